//! Certificates inside JSON and YAML documents: a Kubernetes Secret, what Azure Key Vault shows.

use super::certificate_file_error::CertificateFileError;
use super::yaml::{Yaml, YamlValue};
use super::{base64, pem};

/// The bytes of a certificate file inside a document.
#[derive(Debug)]
pub(super) struct Carried {
    /// Line of the value, from 1.
    pub(super) line: u64,
    /// Where in the document it stands.
    pub(super) place: String,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
}

/// A Secret that holds a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Secret {
    /// `metadata.namespace`, where it says one.
    pub(super) namespace: Option<String>,
    /// `metadata.name`.
    pub(super) name: String,
    /// Line of the certificate, from 1.
    pub(super) line: u64,
    /// Its certificate file, or what is wrong with it.
    pub(super) bytes: Result<Vec<u8>, CertificateFileError>,
}

/// What went wrong, and in which line.
pub(super) type Wrong = (Option<u64>, CertificateFileError);

/// The certificate that a document carries; `None` for a text that is not such a document.
pub(super) fn read(text: &str) -> Option<Result<Carried, Wrong>> {
    let first = text.trim_start_matches('\u{feff}').trim_start();
    let is_kubernetes = |line: &str| line.starts_with("kind:") || line.starts_with("apiVersion:");
    if !first.starts_with(['{', '[']) && !text.lines().any(is_kubernetes) {
        return None;
    }
    let documents = match documents(text) {
        Ok(documents) => documents,
        Err(error) if first.starts_with(['{', '[']) || text.lines().any(is_kubernetes) => {
            return Some(Err((Some(error.0), wrong(error.1, "export it again"))));
        }
        Err(_) => return None,
    };
    let secrets: Vec<Secret> = documents.iter().flat_map(secrets).collect();
    match secrets.as_slice() {
        [] => documents.iter().find_map(key_vault).or_else(|| Some(Err(nothing(&documents)))),
        [secret] => Some(match &secret.bytes {
            Ok(bytes) => Ok(Carried {
                line: secret.line,
                place: format!("the Secret {}", secret.name),
                bytes: bytes.clone(),
            }),
            Err(error) => Err((Some(secret.line), error.clone())),
        }),
        several => {
            let names: Vec<&str> = several.iter().take(8).map(|one| one.name.as_str()).collect();
            let what =
                format!("{} Secrets hold a certificate ({})", several.len(), names.join(", "));
            let hint = "kubectl get secret NAME -n NAMESPACE -o yaml shows one";
            Some(Err((None, wrong(what, hint))))
        }
    }
}

/// The documents of a YAML or JSON text.
pub(super) fn documents(text: &str) -> Result<Vec<Yaml>, (u64, String)> {
    Yaml::documents(text.trim_start_matches('\u{feff}')).map_err(|error| (error.line, error.what))
}

/// The Secrets with a certificate in a document: it itself, or the items of a list.
pub(super) fn secrets(document: &Yaml) -> Vec<Secret> {
    let items = document.get("items").map(Yaml::elements).unwrap_or_default();
    let items = items.iter().chain(document.elements());
    std::iter::once(document).chain(items).filter_map(secret).collect()
}

fn secret(document: &Yaml) -> Option<Secret> {
    if document.get("kind")?.text()? != "Secret" {
        return None;
    }
    let metadata = |key| document.get("metadata")?.get(key)?.text().map(str::to_owned);
    let name = metadata("name").unwrap_or_else(|| "without a name".to_owned());
    // What stringData says takes the place of what data says.
    let plain = entry(document, "stringData").map(|(key, value)| (key, value, true));
    let (key, value, is_plain) =
        plain.or_else(|| entry(document, "data").map(|(key, value)| (key, value, false)))?;
    let hint = "kubectl get secret NAME -o yaml shows it whole";
    let bytes = match value.text() {
        Some(text) if is_plain => Ok(text.as_bytes().to_vec()),
        Some(text) => base64::decode(&pem::digits(text)).ok_or_else(|| {
            wrong(format!("{key} of the Secret {name} is not base64: cut or masked"), hint)
        }),
        None => Err(wrong(format!("{key} of the Secret {name} is empty"), hint)),
    };
    Some(Secret { namespace: metadata("namespace"), name, line: value.line, bytes })
}

/// The certificate's entry of `data` or `stringData`; `cert` is Istio's key for it.
fn entry<'a>(document: &'a Yaml, field: &str) -> Option<(&'static str, &'a Yaml)> {
    let data = document.get(field)?;
    ["tls.crt", "cert"].into_iter().find_map(|key| Some((key, data.get(key)?)))
}

/// `az keyvault certificate show` (`cer`), and `az keyvault secret show` of a certificate's secret.
fn key_vault(document: &Yaml) -> Option<Result<Carried, Wrong>> {
    let carried = |place: &str, value: &Yaml, bytes: Option<Vec<u8>>| match bytes {
        Some(bytes) => Ok(Carried { line: value.line, place: place.to_owned(), bytes }),
        None => {
            let what = format!("{place} is not base64: cut or masked");
            Err((Some(value.line), wrong(what, "export it again")))
        }
    };
    let has_policy = document.get("policy").is_some() || document.get("x509Thumbprint").is_some();
    if let Some(value) = document.get("cer") {
        return Some(match value.text() {
            Some(text) => carried("cer", value, base64::decode(&pem::digits(text))),
            None => Err((
                Some(value.line),
                wrong(
                    "this certificate of the vault has no cer yet".to_owned(),
                    "az keyvault certificate show --vault-name VAULT --name NAME shows it once it \
                     was issued",
                ),
            )),
        });
    }
    if has_policy {
        let what = "a certificate of the vault without its cer".to_owned();
        let hint = "az keyvault certificate show shows it, or give x509ThumbprintHex to \
                    --expect-thumbprint";
        return Some(Err((Some(document.line), wrong(what, hint))));
    }
    let kind = document.get("contentType")?.text()?;
    let value = document.get("value")?;
    let text = value.text()?;
    match kind {
        "application/x-pkcs12" => Some(carried("value", value, base64::decode(&pem::digits(text)))),
        "application/x-pem-file" => Some(carried("value", value, Some(text.as_bytes().to_vec()))),
        _ => None,
    }
}

/// For documents without a certificate.
fn nothing(documents: &[Yaml]) -> Wrong {
    let kinds: Vec<&str> =
        documents.iter().filter_map(|document| document.get("kind")?.text()).take(4).collect();
    let is_list = |document: &Yaml| matches!(document.value, YamlValue::List(_));
    let hint = "read are a Kubernetes Secret with tls.crt and az keyvault certificate show; a \
                configuration is given with --backend, --certificates or --gateway-config";
    match kinds.as_slice() {
        [] if documents.iter().any(is_list) => {
            let what = "no certificate is known in this list".to_owned();
            (None, wrong(what, "az keyvault certificate show shows one, not the list"))
        }
        [] => (None, wrong("no certificate is known in this document".to_owned(), hint)),
        kinds => {
            let what = format!("no tls.crt in this {} of Kubernetes", kinds.join(", "));
            (None, wrong(what, hint))
        }
    }
}

fn wrong(what: String, hint: &str) -> CertificateFileError {
    CertificateFileError::Document { what, hint: hint.to_owned() }
}
