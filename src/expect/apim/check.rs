//! What is wrong with everything given, taken together.

use std::collections::BTreeMap;

use super::backend::Backend;
use super::certificate_entity::CertificateEntity;
use super::configuration::Configuration;
use super::error::ConfigurationError;
use super::scope::workspace_key;

impl Configuration {
    /// Says what is wrong with everything given, taken together.
    ///
    /// # Errors
    ///
    /// Two entities of one name that differ: which one is meant cannot be told.
    pub fn check(&self) -> Result<(), ConfigurationError> {
        self.is_of_one_service()?;
        let mut certificates = BTreeMap::new();
        for one in &self.certificates {
            let key = (workspace_key(one.workspace.as_deref()), one.name.to_lowercase());
            let other: &mut &CertificateEntity = certificates.entry(key).or_insert(one);
            if digits(other) != digits(one) {
                let what = format!(
                    "the certificate id {} stands here with another thumbprint than in {}",
                    one.name, other.place
                );
                return Err(ConfigurationError::at(&one.place, what).hint(
                    "give one listing of one service; an earlier listing goes to \
                     --previous-certificates",
                ));
            }
        }
        let mut backends = BTreeMap::new();
        for one in &self.backends {
            let key = (workspace_key(one.workspace.as_deref()), one.name.to_lowercase());
            let other: &mut &Backend = backends.entry(key).or_insert(one);
            if credentials(other) != credentials(one) {
                let what = format!(
                    "the backend {} stands here with other credentials than in {}",
                    one.name, other.place
                );
                return Err(ConfigurationError::at(&one.place, what)
                    .hint("give each backend once, of one service"));
            }
        }
        Ok(())
    }
}

fn digits(entity: &CertificateEntity) -> Option<String> {
    let thumbprint = entity.thumbprint.as_ref()?;
    let kept = thumbprint.raw.chars().filter(char::is_ascii_alphanumeric);
    Some(kept.collect::<String>().to_ascii_lowercase())
}

fn credentials(backend: &Backend) -> (Option<&str>, Vec<&str>, Vec<&str>) {
    (
        backend.url.as_ref().map(|url| url.raw.as_str()),
        backend.certificate_ids.iter().map(|text| text.raw.as_str()).collect(),
        backend.thumbprints.iter().map(|text| text.raw.as_str()).collect(),
    )
}
