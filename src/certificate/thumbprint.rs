//! Thumbprints: digests over a certificate's DER.

use std::fmt;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::der::hex;

/// SHA-1 over a certificate's DER: the thumbprint that Windows and API Management show.
///
/// Displayed as 40 lower-case hex digits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sha1Thumbprint(pub [u8; 20]);

impl Sha1Thumbprint {
    /// The thumbprint of these bytes, whatever they are.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha1::digest(der).into())
    }
}

impl fmt::Display for Sha1Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex(&self.0))
    }
}

/// SHA-256 over a certificate's DER (or over a SubjectPublicKeyInfo where a field says so).
///
/// Displayed as 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sha256Thumbprint(pub [u8; 32]);

impl Sha256Thumbprint {
    /// The thumbprint of these bytes, whatever they are.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl fmt::Display for Sha256Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_are_the_digests_in_lower_case_hex() {
        assert_eq!(Sha1Thumbprint::of(b"").to_string(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(
            Sha256Thumbprint::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
