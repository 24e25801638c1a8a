//! Certificates that Envoy gets by name (SDS): the secrets of a `config_dump`, and of a bootstrap.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gateways::{at, scalar};
use super::upstream::CertificateAt;
use crate::expect::apim::Place;
use crate::expect::base64;
use crate::expect::pem;
use crate::expect::yaml::Yaml;

/// Certificates by the name of their secret, or why one cannot be read.
pub(super) type Secrets = BTreeMap<String, Result<CertificateAt, String>>;

/// The secrets of all documents.
pub(super) fn read(documents: &[(Arc<str>, Yaml)]) -> Secrets {
    let mut secrets = Secrets::new();
    for (file, document) in documents {
        let dumps = document.get("configs").map(Yaml::elements).unwrap_or_default();
        for dump in std::iter::once(document).chain(dumps) {
            // What is active counts, not what is being warmed up.
            for list in ["static_secrets", "dynamic_active_secrets"] {
                for entry in dump.get(list).map(Yaml::elements).unwrap_or_default() {
                    add(file, entry.get("secret").unwrap_or(entry), &mut secrets);
                }
            }
            for root in [dump, dump.get("bootstrap").unwrap_or(dump)] {
                let list = at(root, &["static_resources", "secrets"]);
                for secret in list.map(Yaml::elements).unwrap_or_default() {
                    add(file, secret, &mut secrets);
                }
            }
        }
    }
    secrets
}

fn add(file: &Arc<str>, secret: &Yaml, secrets: &mut Secrets) {
    let name = secret.get("name").and_then(scalar);
    let chain = at(secret, &["tls_certificate", "certificate_chain"]);
    if let (Some(name), Some(chain)) = (name, chain) {
        secrets.insert(name, data_source(file, chain));
    }
}

/// `certificate_chain`: a file, or the bytes themselves.
pub(super) fn data_source(file: &Arc<str>, source: &Yaml) -> Result<CertificateAt, String> {
    let text = |key: &str| Some((scalar(source.get(key)?)?, source.get(key)?.line));
    let inline =
        |bytes: Vec<u8>, line| CertificateAt::Inline { bytes, place: Place::new(file, line) };
    if let Some((name, _)) = text("filename") {
        return Ok(CertificateAt::File(name));
    }
    if let Some((digits, line)) = text("inline_bytes") {
        let bytes = base64::decode(&pem::digits(&digits));
        let bytes = bytes.ok_or("the certificate is not base64: cut or redacted")?;
        return Ok(inline(bytes, line));
    }
    if let Some((text, line)) = text("inline_string") {
        return Ok(inline(text.into_bytes(), line));
    }
    match text("environment_variable") {
        Some((name, _)) => Err(format!("the certificate is in the environment variable {name}")),
        None => Err("where the certificate is cannot be told".to_owned()),
    }
}
