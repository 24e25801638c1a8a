//! `--expect-spki`: the SHA-256 digest of a public key, in the spellings of pins.

use std::fmt;

use super::super::base64;
use super::super::digest_text;
use crate::certificate::Sha256Thumbprint;

/// The SHA-256 digest over the DER of SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpkiDigest(pub Sha256Thumbprint);

/// Why a text is not the digest of a public key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpkiError {
    /// Characters or a length that no SHA-256 digest has.
    #[error("this is not a SHA-256 digest: 64 hexadecimal digits, or 43 of base64")]
    NotADigest,
    /// A digest of another length.
    #[error("this is a SHA-1 digest; that of a public key is SHA-256 here")]
    Sha1,
    /// A digest over the text of a PEM file.
    #[error("this is the digest of the file {0} as PEM text, not of the key in it")]
    OfPem(String),
    /// A digest over a whole certificate.
    #[error("this is labelled as the fingerprint of a certificate, not of its public key")]
    OfCertificate,
    /// Several pins, as in one option of curl.
    #[error("several pins in one value")]
    Several,
}

impl SpkiDigest {
    /// Reads a pin: hexadecimal digits with or without colons, base64, `sha256//…` of curl,
    /// `pin-sha256="…"` (RFC 7469), `sha256/…` of OkHttp, and what sha256sum and openssl dgst print.
    ///
    /// # Errors
    ///
    /// Whatever is not one SHA-256 digest, or not one of a public key.
    pub fn parse(text: &str) -> Result<Self, SpkiError> {
        let text = text.trim().trim_matches(['"', '\'', ',']);
        let lower = text.to_ascii_lowercase();
        if lower.matches("sha256/").count() > 1 || lower.matches("pin-sha256").count() > 1 {
            return Err(SpkiError::Several);
        }
        if lower.contains("fingerprint") || lower.contains("thumbprint") {
            return Err(SpkiError::OfCertificate);
        }
        let printed = digest_text::printed(text);
        if let Some(file) = printed.as_ref().and_then(digest_text::Printed::pem_file) {
            return Err(SpkiError::OfPem(file.to_owned()));
        }
        let value = match &printed {
            Some(printed) => printed.digits,
            None => without_label(text),
        };
        let digits: String =
            value.chars().filter(|one| !matches!(one, ':' | ' ' | '\t' | '"' | '\'')).collect();
        let is_hexadecimal = digits.chars().all(|digit| digit.is_ascii_hexdigit());
        if is_hexadecimal && digits.len() == 40 {
            return Err(SpkiError::Sha1);
        }
        let bytes = match is_hexadecimal && digits.len() == 64 {
            true => digest_text::hexadecimal(&digits),
            false => base64::decode(&digits),
        };
        let bytes = bytes.ok_or(SpkiError::NotADigest)?;
        match <[u8; 32]>::try_from(bytes) {
            Ok(digest) => Ok(Self(Sha256Thumbprint(digest))),
            Err(bytes) if bytes.len() == 20 => Err(SpkiError::Sha1),
            Err(_) => Err(SpkiError::NotADigest),
        }
    }
}

impl fmt::Display for SpkiDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA-256 {}", self.0)
    }
}

impl SpkiError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Several => "give the option once for each: any of them may be the key",
            Self::OfCertificate => "a fingerprint is what --expect-thumbprint takes",
            Self::NotADigest | Self::OfPem(_) | Self::Sha1 => {
                "openssl x509 -in FILE -pubkey -noout | openssl pkey -pubin -outform DER | openssl \
                 dgst -sha256 prints it"
            }
        }
    }
}

/// Takes a label in front of a digest away.
fn without_label(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let label = LABELS.iter().find(|label| lower.starts_with(**label));
    let rest = label.and_then(|label| text.get(label.len()..)).unwrap_or(text);
    rest.trim_start_matches([' ', '=', ':']).trim_matches(['"', '\'', ';', ',', ' '])
}

/// What stands in front of a digest; the longer before those that begin them.
const LABELS: &[&str] = &[
    "pin-sha256",
    "spki_sha256",
    "spki-sha256",
    "spki sha256",
    "sha256//",
    "sha256/",
    "sha-256",
    "sha2-256",
    "sha256",
    "spki",
];
