//! A public key without a certificate.

use super::spki::Key;
use super::{PublicKey, Sha256Thumbprint};

/// A public key that a peer sent in place of a certificate (RFC 7250).
///
/// It has no thumbprint: what is compared with one of a certificate is never a digest over a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RawPublicKey {
    /// The key.
    pub public_key: PublicKey,
    /// SHA-256 over the DER of SubjectPublicKeyInfo, as [`super::Fields::spki_sha256`].
    pub spki_sha256: Sha256Thumbprint,
}

impl RawPublicKey {
    /// Reads a SubjectPublicKeyInfo; never fails, as [`PublicKey::from_spki_der`].
    pub fn from_der(der: &[u8]) -> Self {
        Self { public_key: PublicKey::from_spki_der(der), spki_sha256: Sha256Thumbprint::of(der) }
    }

    /// Whether bytes have the structure of a SubjectPublicKeyInfo; no certificate has it.
    pub fn is_one(der: &[u8]) -> bool {
        Key::read(der).is_some()
    }
}
