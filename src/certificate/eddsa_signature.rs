//! Ed25519 and Ed448 signature checks (RFC 8032 sections 5.1.7 and 5.2.7).
//!
//! A signature of the wrong length, or one whose parts do not decode, is invalid by these sections.

use signature::Verifier;

use super::SignatureError;

/// Checks an Ed25519 signature.
pub(super) fn verify_ed25519(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = key.try_into().map_err(|_| SignatureError::MalformedKey)?;
    let key =
        ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| SignatureError::MalformedKey)?;
    // With a point of small order everybody can sign.
    if key.is_weak() {
        return Err(SignatureError::MalformedKey);
    }
    let signature =
        ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError::Invalid)?;
    key.verify(message, &signature).map_err(|_| SignatureError::Invalid)
}

/// Checks an Ed448 signature with an empty context, as TLS and X.509 use it (RFC 8446 section
/// 4.2.3, RFC 8410 section 3).
pub(super) fn verify_ed448(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = key.try_into().map_err(|_| SignatureError::MalformedKey)?;
    let key = ed448_goldilocks::VerifyingKey::from_bytes(key)
        .map_err(|_| SignatureError::MalformedKey)?;
    let signature =
        ed448_goldilocks::Signature::from_slice(signature).map_err(|_| SignatureError::Invalid)?;
    key.verify(message, &signature).map_err(|_| SignatureError::Invalid)
}
