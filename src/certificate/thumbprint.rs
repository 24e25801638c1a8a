//! Thumbprints: digests over a certificate's DER.

/// SHA-1 over a certificate's DER: the thumbprint that Windows and API Management show.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sha1Thumbprint(pub [u8; 20]);

/// SHA-256 over a certificate's DER (or over a SubjectPublicKeyInfo where a field says so).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sha256Thumbprint(pub [u8; 32]);
