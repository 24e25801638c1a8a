//! Public keys and signature checks.

use super::spki::Key;
use super::{SignatureAlgorithm, ecdsa_signature, eddsa_signature, rsa_signature};

/// Why a signature could not be confirmed.
///
/// Only `Invalid` says something against the signer. It is given where algorithm, key and encoding
/// were all understood and the signature does not belong; whatever else stands in the way has
/// another variant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// The signature does not belong to this key and message.
    #[error("the signature does not belong to this key and message")]
    Invalid,
    /// The algorithm or the key's curve or size is not supported.
    #[error("the algorithm, curve or key size is not supported")]
    Unsupported,
    /// The key is of another type than the algorithm needs.
    #[error("the key is of another type than the signature algorithm needs")]
    WrongKeyType,
    /// The key cannot be decoded, or is one with which anybody can sign.
    #[error("the public key cannot be decoded")]
    MalformedKey,
    /// The signature cannot be decoded under any reading of its bytes (ECDSA: no two integers).
    #[error("the signature cannot be decoded")]
    MalformedSignature,
}

/// The key of a certificate's subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// Raw DER of SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    pub spki_der: Vec<u8>,
    /// For people: `RSA 2048`, `ECDSA P-256`, `Ed25519`, or the algorithm's OID.
    pub description: String,
}

impl PublicKey {
    /// A key from a SubjectPublicKeyInfo alone, as a raw public key carries it (RFC 7250).
    ///
    /// Never fails: where the structure cannot be read the description is `unreadable`, and every
    /// check gives [`SignatureError::MalformedKey`].
    pub fn from_spki_der(der: &[u8]) -> Self {
        let description =
            Key::read(der).map_or_else(|| "unreadable".to_owned(), |key| key.description());
        Self { spki_der: der.to_vec(), description }
    }

    /// Whether it is of a kind that is known to sign; keys of X25519, X448 and Diffie-Hellman are not.
    pub fn can_sign(&self) -> bool {
        !matches!(Key::read(&self.spki_der), None | Some(Key::Other(_)))
    }

    /// Whether it is a point of a curve with which ECDSA and ECDH are done.
    pub fn is_elliptic(&self) -> bool {
        matches!(Key::read(&self.spki_der), Some(Key::Ec { .. }))
    }

    /// Checks `signature` over `message` (the whole message: it is hashed here).
    ///
    /// Tolerated, because they prove the private key as well as the proper form does: an RSA
    /// signature with leading zeros left out, a DigestInfo without the NULL parameters (RFC 8017
    /// appendix A.2.4), a PSS salt of another length, an ECDSA signature in BER or with unsigned
    /// integers. Parameter restrictions of an id-RSASSA-PSS key are not looked at.
    ///
    /// Supported are RSA moduli of 512 to 16384 bits with exponents below 2^33, ECDSA on P-256,
    /// P-384, P-521, brainpoolP256r1 and brainpoolP384r1, Ed25519, Ed448 and ML-DSA. One check takes at
    /// most some tens of milliseconds, whatever the key.
    ///
    /// # Errors
    ///
    /// See [`SignatureError`]; only `Invalid` means that the signature was refuted.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let key = Key::read(&self.spki_der).ok_or(SignatureError::MalformedKey)?;
        match (algorithm, key) {
            (SignatureAlgorithm::RsaPkcs1(hash), Key::Rsa { pss: false, key }) => {
                rsa_signature::verify_pkcs1(key, hash, message, signature)
            }
            (SignatureAlgorithm::RsaPkcs1Md5Sha1, Key::Rsa { pss: false, key }) => {
                rsa_signature::verify_pkcs1_md5_sha1(key, message, signature)
            }
            (SignatureAlgorithm::RsaPss(hash), Key::Rsa { key, .. }) => {
                rsa_signature::verify_pss(key, hash, message, signature)
            }
            (SignatureAlgorithm::Ecdsa(hash), Key::Ec { curve, point }) => {
                ecdsa_signature::verify(&curve, point, hash, message, signature)
            }
            (SignatureAlgorithm::Ed25519, Key::Ed25519(key)) => {
                eddsa_signature::verify_ed25519(key, message, signature)
            }
            (SignatureAlgorithm::Ed448, Key::Ed448(key)) => {
                eddsa_signature::verify_ed448(key, message, signature)
            }
            (SignatureAlgorithm::MlDsa(signed), Key::MlDsa(parameters, key))
                if signed == parameters =>
            {
                parameters.verify(key, message, signature)
            }
            (SignatureAlgorithm::Dsa(_), Key::Dsa(_)) | (_, Key::Other(_)) => {
                Err(SignatureError::Unsupported)
            }
            _ => Err(SignatureError::WrongKeyType),
        }
    }
}
