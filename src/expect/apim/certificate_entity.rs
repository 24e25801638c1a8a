//! Certificate entities: what the service says of a client certificate, which is its SHA-1
//! thumbprint, subject and expiry, and never the certificate itself.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::node::Node;
use super::place::{Place, Text};
use super::record::Reader;

/// A Certificate entity.
#[derive(Clone, Debug)]
pub(super) struct CertificateEntity {
    /// The last segment of its id.
    pub(super) name: String,
    /// The workspace it lives in.
    pub(super) workspace: Option<String>,
    /// Where it begins.
    pub(super) place: Place,
    /// The thumbprint; `None` where the file has none.
    pub(super) thumbprint: Option<Text>,
    /// The subject as the service shows it.
    pub(super) subject: Option<String>,
    /// End of validity, seconds since 1970-01-01T00:00:00 UTC, with the file's own text.
    pub(super) expires: Option<(i64, String)>,
    /// The secret in Key Vault that it comes from.
    pub(super) key_vault: Option<KeyVault>,
}

/// Where in Key Vault a certificate comes from.
#[derive(Clone, Debug)]
pub(super) struct KeyVault {
    /// The identifier of the secret.
    pub(super) identifier: Text,
    /// Whether it names one version, which is then kept for ever.
    pub(super) is_versioned: bool,
    /// The status of the last refresh, where it is not a success.
    pub(super) failure: Option<String>,
}

impl CertificateEntity {
    /// Reads the body of a record.
    pub(super) fn read(
        reader: &Reader,
        name: String,
        workspace: Option<String>,
        place: Place,
        body: Node<'_>,
    ) -> Self {
        let expires =
            ["expirationDate", "expiration"].into_iter().find_map(|key| body.text_of(key));
        let identifier = body
            .at(&["keyVault", "secretIdentifier"])
            .or_else(|| body.get("keyVaultSecretId"))
            .filter(|identifier| identifier.text().is_some_and(|text| !text.is_empty()));
        let key_vault = identifier.map(|identifier| {
            let identifier = reader.id(identifier);
            KeyVault {
                is_versioned: identifier.known().is_some_and(is_versioned),
                identifier,
                failure: body
                    .at(&["keyVault", "lastStatus", "code"])
                    .and_then(Node::text)
                    .filter(|code| !code.eq_ignore_ascii_case("success"))
                    .map(str::to_owned),
            }
        });
        Self {
            name,
            workspace,
            place,
            thumbprint: reader.optional(body, "thumbprint"),
            subject: body.text_of("subject").map(str::to_owned),
            expires: expires.and_then(|text| Some((read_time(text)?, text.to_owned()))),
            key_vault,
        }
    }

    /// Whether a body is that of a certificate, where nothing else says what it is.
    pub(super) fn is_body(body: Node<'_>) -> bool {
        let has = |key| body.get(key).is_some();
        let names_fabric = has("managementEndpoints");
        !names_fabric
            && ((has("thumbprint")
                && (has("subject") || has("expirationDate") || has("expiration")))
                || (has("keyVault") && has("subject"))
                || (has("certificateId") && has("thumbprint")))
    }
}

/// `https://v.vault.azure.net/secrets/NAME/VERSION`.
fn is_versioned(identifier: &str) -> bool {
    let path = identifier.split_once("://").map_or(identifier, |(_, rest)| rest);
    let segments = path.split(['?', '#']).next().unwrap_or_default().split('/');
    segments.skip(1).filter(|segment| !segment.is_empty()).count() >= 3
}

/// RFC 3339, and the `/Date(milliseconds)/` of Windows PowerShell.
fn read_time(text: &str) -> Option<i64> {
    if let Some(milliseconds) = text.strip_prefix("/Date(").and_then(|rest| rest.split(')').next())
    {
        return Some(milliseconds.parse::<i64>().ok()?.div_euclid(1000));
    }
    let with_zone = format!("{text}Z");
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&with_zone, &Rfc3339))
        .map(OffsetDateTime::unix_timestamp)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_of_a_secret_is_its_third_segment() {
        for (identifier, versioned) in [
            ("https://v.vault.azure.net/secrets/client", false),
            ("https://v.vault.azure.net/secrets/client/", false),
            ("https://v.vault.azure.net/secrets/client/4f3c", true),
            ("https://v.vault.azure.net/certificates/client/4f3c?x", true),
        ] {
            assert_eq!(is_versioned(identifier), versioned, "{identifier}");
        }
    }

    #[test]
    fn times_are_read_in_every_export() {
        assert_eq!(read_time("2018-03-17T21:55:07Z"), Some(1_521_323_707));
        assert_eq!(read_time("2018-03-17T21:55:07"), Some(1_521_323_707));
        assert_eq!(read_time("/Date(1521323707000)/"), Some(1_521_323_707));
        assert_eq!(read_time("tomorrow"), None);
    }
}
