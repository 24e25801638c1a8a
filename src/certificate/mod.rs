//! One X.509 certificate: the fields that are compared and shown. No trust decisions.

mod name;
mod public_key;
mod thumbprint;

pub use public_key::{Hash, PublicKey, SignatureAlgorithm, SignatureError};
pub use thumbprint::{Sha1Thumbprint, Sha256Thumbprint};

/// A certificate as it was sent or configured.
///
/// The thumbprints are over the raw DER and exist even where the DER cannot be parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// The raw DER bytes.
    pub der: Vec<u8>,
    /// SHA-1 over `der`: the thumbprint that Windows and API Management show.
    pub sha1: Sha1Thumbprint,
    /// SHA-256 over `der`.
    pub sha256: Sha256Thumbprint,
    /// The parsed fields, or why there are none.
    pub fields: Result<Fields, String>,
}

/// The fields of a certificate that are compared and shown (RFC 5280 section 4.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fields {
    /// Subject as text, RFC 4514 order as the certificate has it (`CN=a, O=b`); hostile text.
    pub subject: String,
    /// Raw DER of the subject Name.
    pub subject_der: Vec<u8>,
    /// Issuer as text; hostile text.
    pub issuer: String,
    /// Raw DER of the issuer Name, as `certificate_authorities` lists it.
    pub issuer_der: Vec<u8>,
    /// Serial number, lower-case hex, as encoded.
    pub serial: String,
    /// Start of validity, seconds since 1970-01-01T00:00:00 UTC.
    pub not_before: i64,
    /// End of validity, seconds since 1970-01-01T00:00:00 UTC.
    pub not_after: i64,
    /// The subject's public key.
    pub public_key: PublicKey,
    /// SHA-256 over the DER of SubjectPublicKeyInfo: equal where a renewal kept its key.
    pub spki_sha256: Sha256Thumbprint,
    /// Extended key usages by their usual names (`clientAuth`) or dotted OID; `None` where the
    /// extension is absent (any usage), empty never.
    pub extended_key_usages: Option<Vec<String>>,
    /// keyUsage's digitalSignature bit; `None` where the extension is absent.
    pub digital_signature: Option<bool>,
    /// DNS names of subjectAltName; hostile text.
    pub dns_names: Vec<String>,
    /// What is odd about the encoding: trailing bytes, an unreadable extension.
    pub oddities: Vec<String>,
}

impl Certificate {
    /// Reads a certificate; bytes that are no certificate still get their thumbprints.
    pub fn from_der(der: &[u8]) -> Self {
        let _ = der;
        todo!()
    }
}
