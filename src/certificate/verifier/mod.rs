//! Public keys taken apart for many checks: a client signs every handshake with the same one.
//!
//! What is computed here only ever accepts. A signature that is not found to belong is left to the
//! crates to refute, so that an error here accuses nobody; and it lets nobody in, because that
//! takes as many bits to come out right as the signature has.

mod curve;
mod ecdsa;
mod limbs;
mod modulus;
mod multiples;
mod point;
mod residue;
mod rsa;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use p256::NistP256;
use p384::NistP384;

use super::spki::{Curve, Key};
use super::{Hash, SignatureAlgorithm};

use ecdsa::EcVerifier;
use multiples::Multiples;
use rsa::RsaVerifier;

/// A key of one of the kinds that clients have.
#[derive(Debug)]
pub(super) struct Verifier {
    key: VerifierKey,
}

#[derive(Debug)]
enum VerifierKey {
    P256(Box<EcVerifier<NistP256, 4>>),
    P384(Box<EcVerifier<NistP384, 6>>),
    Rsa { pss: bool, key: RsaVerifier },
}

static P256_GENERATOR: LazyLock<Option<Multiples<NistP256, 4>>> =
    LazyLock::new(Multiples::of_generator);
static P384_GENERATOR: LazyLock<Option<Multiples<NistP384, 6>>> =
    LazyLock::new(Multiples::of_generator);

impl Verifier {
    /// Takes a SubjectPublicKeyInfo apart; `None` where nothing is gained by it.
    ///
    /// It takes less than a check, and two kilobytes of memory at most.
    pub(super) fn new(spki_der: &[u8]) -> Option<Self> {
        let key = match Key::read(spki_der)? {
            Key::Rsa { pss, key } => VerifierKey::Rsa { pss, key: RsaVerifier::new(key?)? },
            Key::Ec { curve: Curve::P256, point } => {
                VerifierKey::P256(EcVerifier::new(point)?.into())
            }
            Key::Ec { curve: Curve::P384, point } => {
                VerifierKey::P384(EcVerifier::new(point)?.into())
            }
            _ => return None,
        };
        Some(Self { key })
    }

    /// The same key, which checks several times faster; `None` where nothing is gained any more.
    ///
    /// It takes as long as some checks, and the memory that [`Self::bytes`] says.
    pub(super) fn prepared(&self) -> Option<Self> {
        let key = match &self.key {
            VerifierKey::P256(key) => VerifierKey::P256(key.prepared()?.into()),
            VerifierKey::P384(key) => VerifierKey::P384(key.prepared()?.into()),
            VerifierKey::Rsa { .. } => return None,
        };
        Some(Self { key })
    }

    /// Bytes that being prepared takes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        match &self.key {
            VerifierKey::P256(key) => key.bytes(),
            VerifierKey::P384(key) => key.bytes(),
            VerifierKey::Rsa { .. } => 0,
        }
    }

    /// Length of the salt of an RSASSA-PSS signature that is found to belong to this key and
    /// `message`, in bytes.
    pub(super) fn pss_salt(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Option<usize> {
        match &self.key {
            VerifierKey::Rsa { key, .. } if hash != Hash::Md5 => {
                key.pss_salt(hash, message, signature)
            }
            _ => None,
        }
    }

    /// Whether a signature is found to belong to this key and `message`; where it is not,
    /// [`super::PublicKey::verify`] decides.
    pub(super) fn accepts(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        match (&self.key, algorithm) {
            (VerifierKey::P256(key), SignatureAlgorithm::Ecdsa(hash)) => P256_GENERATOR
                .as_ref()
                .is_some_and(|generator| key.accepts(generator, hash, message, signature)),
            (VerifierKey::P384(key), SignatureAlgorithm::Ecdsa(hash)) => P384_GENERATOR
                .as_ref()
                .is_some_and(|generator| key.accepts(generator, hash, message, signature)),
            (VerifierKey::Rsa { pss: false, key }, SignatureAlgorithm::RsaPkcs1(hash)) => {
                key.accepts_pkcs1(hash, message, signature)
            }
            (VerifierKey::Rsa { pss: false, key }, SignatureAlgorithm::RsaPkcs1Md5Sha1) => {
                key.accepts_pkcs1_md5_sha1(message, signature)
            }
            (VerifierKey::Rsa { key, .. }, SignatureAlgorithm::RsaPss(hash))
                if hash != Hash::Md5 =>
            {
                key.accepts_pss(hash, message, signature)
            }
            _ => false,
        }
    }
}
