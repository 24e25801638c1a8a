//! Templates and the files of parameters beside them, in whatever order they came.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::certificate_entity::CertificateEntity;
use super::configuration::Configuration;
use super::error::ConfigurationError;
use super::json::Document;
use super::parameters::{Given, ParameterFile};
use super::scope::workspace_key;
use super::value::Json;
use super::walk::{Found, Walk};

/// A template that was given.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// The whole template.
    root: Arc<Json>,
}

impl Configuration {
    /// Keeps a template until all files are there; gives what it holds by its defaults.
    pub(super) fn add_template(&mut self, document: Document) -> Result<Found, ConfigurationError> {
        let root = Arc::new(document.into_root());
        let mut first_look = Self::default();
        let given = Given::new(&root, self.parameters.iter());
        let found = Walk::new(&mut first_look).deployment(&root, &given)?;
        if found == Found::default() && first_look.not_read.is_empty() {
            return Err(ConfigurationError::at(
                &root.place,
                "no resource of API Management is recognised in this template",
            )
            .hint("give the template that deploys backends, certificates, policies or APIs"));
        }
        self.templates.push(Template { root });
        Ok(found)
    }

    /// The configuration with what its templates deploy by the parameters that were given.
    ///
    /// # Errors
    ///
    /// A template cannot be used by these parameters, or parameters are of no template.
    pub(super) fn settled(&self) -> Result<Cow<'_, Self>, ConfigurationError> {
        if let Some(stray) = self.parameters.iter().find(|file| !self.concern_a_template(file)) {
            return Err(ConfigurationError::at(
                &stray.place,
                "no template that was given has a parameter of this file",
            )
            .hint("give the template beside it"));
        }
        if self.templates.is_empty() && !self.certificates.iter().any(lacks_thumbprint) {
            return Ok(Cow::Borrowed(self));
        }
        let mut all = self.clone();
        for template in &self.templates {
            let given = Given::new(&template.root, self.parameters.iter());
            Walk::new(&mut all).deployment(&template.root, &given)?;
        }
        all.complete_certificates();
        Ok(Cow::Owned(all))
    }

    /// What makes a certificate, as a template does, has no thumbprint: where a list has the same
    /// certificate, that counts.
    fn complete_certificates(&mut self) {
        let key = |one: &CertificateEntity| {
            (workspace_key(one.workspace.as_deref()), one.name.to_lowercase())
        };
        let mut made: BTreeMap<_, CertificateEntity> = BTreeMap::new();
        let whole: BTreeSet<_> =
            self.certificates.iter().filter(|one| !lacks_thumbprint(one)).map(key).collect();
        self.certificates.retain(|one| {
            let is_kept = !lacks_thumbprint(one) || !whole.contains(&key(one));
            if !is_kept {
                made.entry(key(one)).or_insert_with(|| one.clone());
            }
            is_kept
        });
        for one in &mut self.certificates {
            if one.key_vault.is_none()
                && let Some(made) = made.get(&key(one))
            {
                one.key_vault.clone_from(&made.key_vault);
            }
        }
    }

    fn concern_a_template(&self, file: &ParameterFile) -> bool {
        self.templates.iter().any(|template| file.concerns(&template.root))
    }
}

fn lacks_thumbprint(certificate: &CertificateEntity) -> bool {
    certificate.thumbprint.is_none()
}
