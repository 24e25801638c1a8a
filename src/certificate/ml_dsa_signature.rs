//! ML-DSA signature checks (FIPS 204 algorithm 3), with an empty context as X.509 and TLS use it (RFC
//! 9881 section 3).

use ml_dsa::{EncodedVerifyingKey, MlDsaParams, Signature, VerifyingKey};

use super::SignatureError;

/// The parameter sets of FIPS 204.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MlDsa {
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl MlDsa {
    /// The parameter set that an OID names (RFC 9881 section 2), of keys and of signatures.
    pub(super) fn from_oid(oid: &str) -> Option<Self> {
        Some(match oid {
            "2.16.840.1.101.3.4.3.17" => Self::MlDsa44,
            "2.16.840.1.101.3.4.3.18" => Self::MlDsa65,
            "2.16.840.1.101.3.4.3.19" => Self::MlDsa87,
            _ => return None,
        })
    }

    /// Its name in FIPS 204.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Checks a signature.
    pub(super) fn verify(
        self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        match self {
            Self::MlDsa44 => verify::<ml_dsa::MlDsa44>(key, message, signature),
            Self::MlDsa65 => verify::<ml_dsa::MlDsa65>(key, message, signature),
            Self::MlDsa87 => verify::<ml_dsa::MlDsa87>(key, message, signature),
        }
    }
}

fn verify<P: MlDsaParams>(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = EncodedVerifyingKey::<P>::try_from(key).map_err(|_| SignatureError::MalformedKey)?;
    let key = VerifyingKey::<P>::decode(&key);
    // One of another length, or whose hints do not decode, is invalid (FIPS 204 algorithm 8).
    let signature = Signature::<P>::try_from(signature).map_err(|_| SignatureError::Invalid)?;
    match key.verify_with_context(message, &[], &signature) {
        true => Ok(()),
        false => Err(SignatureError::Invalid),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use ml_dsa::{B32, SigningKey};

    use super::*;

    fn signs<P: MlDsaParams>(parameters: MlDsa) {
        let key = SigningKey::<P>::from_seed(&B32::default());
        let signature = key.expanded_key().sign_deterministic(b"message", &[]).unwrap().encode();
        let other = key.expanded_key().sign_deterministic(b"message", b"context").unwrap().encode();
        let public = key.expanded_key().verifying_key().encode();
        assert_eq!(parameters.verify(&public, b"message", &signature), Ok(()));
        let invalid = Err(SignatureError::Invalid);
        assert_eq!(parameters.verify(&public, b"massage", &signature), invalid);
        assert_eq!(parameters.verify(&public, b"message", &other), invalid);
        assert_eq!(parameters.verify(&public, b"message", &[]), invalid);
        let malformed = Err(SignatureError::MalformedKey);
        assert_eq!(parameters.verify(&[0; 7], b"message", &signature), malformed);
    }

    #[test]
    fn signature_with_an_empty_context_is_verified() {
        signs::<ml_dsa::MlDsa44>(MlDsa::MlDsa44);
        signs::<ml_dsa::MlDsa65>(MlDsa::MlDsa65);
        signs::<ml_dsa::MlDsa87>(MlDsa::MlDsa87);
    }
}
