//! RSA signature checks (RFC 8017 section 8).

use std::ops::RangeInclusive;

use md5::Md5;
use rsa::{BoxedUint, Error, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::digest::FixedOutputReset;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::der::unsigned;
use super::spki::{RsaKey, bit_length};
use super::{Hash, SignatureError};

/// Modulus sizes that are checked, in bits: OpenSSL's own bounds for RSA keys.
const MODULUS_BITS: RangeInclusive<usize> = 512..=16384;

/// Largest public exponent that is checked, in bits; the rsa crate refuses more.
///
/// The work of a check is the exponent's bits times the square of the modulus's: with this bound
/// and the one above, some tens of milliseconds. CryptoAPI cannot even hold more than 32 bits.
const EXPONENT_BITS_MAX: usize = 33;

/// Checks an RSASSA-PKCS1-v1_5 signature (RFC 8017 section 8.2.2).
pub(super) fn verify_pkcs1(
    key: Option<RsaKey<'_>>,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let (key, size) = decode(key)?;
    let digest = hash.digest(message);
    let verify = |prefix: &[u8]| verify_encoded(&key, size, prefix, &digest, signature);
    // RFC 8017 section 9.2, note 1: NULL parameters are written, but their absence is accepted.
    match verify(digest_info_prefix(hash)) {
        Err(SignatureError::Invalid) => verify(digest_info_prefix_without_null(hash)),
        result => result,
    }
}

/// Checks the signature of TLS 1.0 and 1.1: PKCS #1 block type 1 around MD5 ‖ SHA-1, no DigestInfo
/// (RFC 4346 section 4.7).
pub(super) fn verify_pkcs1_md5_sha1(
    key: Option<RsaKey<'_>>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let (key, size) = decode(key)?;
    let digests = [Md5::digest(message).as_slice(), Sha1::digest(message).as_slice()].concat();
    verify_encoded(&key, size, &[], &digests, signature)
}

/// Checks an RSASSA-PSS signature with a salt of any length (RFC 8017 section 8.1.2).
pub(super) fn verify_pss(
    key: Option<RsaKey<'_>>,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let (key, size) = decode(key)?;
    match hash {
        Hash::Md5 => Err(SignatureError::Unsupported),
        Hash::Sha1 => verify_pss_with::<Sha1>(&key, size, message, signature),
        Hash::Sha224 => verify_pss_with::<Sha224>(&key, size, message, signature),
        Hash::Sha256 => verify_pss_with::<Sha256>(&key, size, message, signature),
        Hash::Sha384 => verify_pss_with::<Sha384>(&key, size, message, signature),
        Hash::Sha512 => verify_pss_with::<Sha512>(&key, size, message, signature),
    }
}

fn verify_pss_with<D: Digest + FixedOutputReset>(
    key: &RsaPublicKey,
    size: Size,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    // EM holds at least one octet of padding, the digest and the trailer octet; without room for
    // them the key cannot make such signatures.
    let encoded_octets = size.bits.saturating_sub(1).div_ceil(8);
    if encoded_octets < <D as Digest>::output_size().saturating_add(2) {
        return Err(SignatureError::Unsupported);
    }
    let scheme = Pss { blinded: false, digest: D::new(), salt_len: None };
    let signature = resize(signature, size.octets)?;
    key.verify(scheme, &D::digest(message), &signature).map_err(refused)
}

fn verify_encoded(
    key: &RsaPublicKey,
    size: Size,
    prefix: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    // RFC 8017 section 9.2: "intended encoded message length too short" is no invalid signature.
    let needed = prefix.len().saturating_add(digest.len()).saturating_add(11);
    if size.octets < needed {
        return Err(SignatureError::Unsupported);
    }
    let scheme = Pkcs1v15Sign { hash_len: Some(digest.len()), prefix: prefix.into() };
    let signature = resize(signature, size.octets)?;
    key.verify(scheme, digest, &signature).map_err(refused)
}

fn refused(error: Error) -> SignatureError {
    match error {
        Error::Verification => SignatureError::Invalid,
        _ => SignatureError::Unsupported,
    }
}

/// Size of a modulus.
#[derive(Clone, Copy, Debug)]
struct Size {
    bits: usize,
    octets: usize,
}

/// Takes a key apart, and finds the size of its modulus.
fn decode(key: Option<RsaKey<'_>>) -> Result<(RsaPublicKey, Size), SignatureError> {
    let key = key.ok_or(SignatureError::MalformedKey)?;
    let size = Size { bits: bit_length(key.modulus), octets: key.modulus.len() };
    if size.bits == 0 {
        return Err(SignatureError::MalformedKey);
    }
    if !MODULUS_BITS.contains(&size.bits) || bit_length(key.exponent) > EXPONENT_BITS_MAX {
        return Err(SignatureError::Unsupported);
    }
    // Even numbers make no RSA key, and with the exponent 1 everybody can sign.
    let is_even = |number: &[u8]| number.last().is_none_or(|octet| octet & 1 == 0);
    if is_even(key.modulus) || is_even(key.exponent) || key.exponent == [1] {
        return Err(SignatureError::MalformedKey);
    }
    let modulus = BoxedUint::from_be_slice_vartime(key.modulus);
    let exponent = BoxedUint::from_be_slice_vartime(key.exponent);
    let decoded = RsaPublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS)
        .map_err(|_| SignatureError::MalformedKey)?;
    Ok((decoded, size))
}

/// The signature as a number of exactly `octets` octets; one that does not fit is not below the
/// modulus, which makes it invalid (RFC 8017 section 5.2.2).
fn resize(signature: &[u8], octets: usize) -> Result<Vec<u8>, SignatureError> {
    let number = unsigned(signature);
    let padding = octets.checked_sub(number.len()).ok_or(SignatureError::Invalid)?;
    Ok([vec![0; padding].as_slice(), number].concat())
}

/// DER of DigestInfo up to the digest (RFC 8017 section 9.2, note 1).
pub(super) fn digest_info_prefix(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Md5 => b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
        Hash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        Hash::Sha224 => {
            b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c"
        }
        Hash::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        Hash::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        Hash::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}

/// The same with the parameters left out.
pub(super) fn digest_info_prefix_without_null(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Md5 => b"\x30\x1e\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x04\x10",
        Hash::Sha1 => b"\x30\x1f\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x14",
        Hash::Sha224 => b"\x30\x2b\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x04\x1c",
        Hash::Sha256 => b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20",
        Hash::Sha384 => b"\x30\x3f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x04\x30",
        Hash::Sha512 => b"\x30\x4f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x04\x40",
    }
}
