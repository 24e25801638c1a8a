//! RSA with the public exponent that all keys have, 65537.

use std::ops::RangeInclusive;

use super::super::Hash;
use super::super::der::unsigned;
use super::super::rsa_signature::{digest_info_prefix, digest_info_prefix_without_null};
use super::super::spki::{RsaKey, bit_length};
use super::modulus::Modulus;

/// Modulus sizes that are checked here, in bits; a key takes a kilobyte at most.
const MODULUS_BITS: RangeInclusive<usize> = 512..=4096;

/// An RSA key.
#[derive(Debug)]
pub(super) struct RsaVerifier {
    modulus: Modulus,
    /// Bits of the modulus.
    bits: usize,
}

impl RsaVerifier {
    pub(super) fn new(key: RsaKey<'_>) -> Option<Self> {
        let bits = bit_length(key.modulus);
        if !MODULUS_BITS.contains(&bits) || key.exponent != [1, 0, 1] {
            return None;
        }
        Some(Self { modulus: Modulus::new(key.modulus)?, bits })
    }

    /// Whether a signature belongs to this key and message (RFC 8017 section 8.2.2).
    pub(super) fn accepts_pkcs1(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        let Some(encoded) = self.encoded(signature, self.bits.div_ceil(8)) else {
            return false;
        };
        let digest = hash.digest(message);
        [digest_info_prefix(hash), digest_info_prefix_without_null(hash)]
            .into_iter()
            .any(|prefix| is_pkcs1(&encoded, prefix, &digest))
    }

    /// The same for the digests of TLS 1.0 and 1.1, MD5 and SHA-1, which have no DigestInfo (RFC
    /// 4346 section 4.7).
    pub(super) fn accepts_pkcs1_md5_sha1(&self, message: &[u8], signature: &[u8]) -> bool {
        let digest = [Hash::Md5.digest(message), Hash::Sha1.digest(message)].concat();
        let encoded = self.encoded(signature, self.bits.div_ceil(8));
        encoded.is_some_and(|encoded| is_pkcs1(&encoded, &[], &digest))
    }

    /// Whether a signature with a salt of any length belongs to this key and message (RFC 8017
    /// section 8.1.2).
    pub(super) fn accepts_pss(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        self.pss_salt(hash, message, signature).is_some()
    }

    /// Length of the salt of a signature that belongs to this key and message, in bytes; `None` where
    /// it does not.
    pub(super) fn pss_salt(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Option<usize> {
        let bits = self.bits.saturating_sub(1);
        let encoded = self.encoded(signature, bits.div_ceil(8))?;
        pss_salt(&encoded, bits, hash, &hash.digest(message))
    }

    /// The encoded message that was signed, in so many octets; `None` where it needs more.
    fn encoded(&self, signature: &[u8], octets: usize) -> Option<Vec<u8>> {
        let mut encoded = self.modulus.power_65537(unsigned(signature))?;
        let unused = encoded.len().checked_sub(octets)?;
        let zeros = encoded.drain(..unused);
        zeros.into_iter().all(|octet| octet == 0).then_some(())?;
        Some(encoded)
    }
}

/// Whether an encoded message is that of a digest (RFC 8017 section 9.2).
fn is_pkcs1(encoded: &[u8], prefix: &[u8], digest: &[u8]) -> bool {
    let Some(rest) = encoded.strip_suffix(digest) else { return false };
    let Some([0, 1, padding @ .., 0]) = rest.strip_suffix(prefix) else { return false };
    padding.len() >= 8 && padding.iter().all(|octet| *octet == 0xff)
}

/// Length of the salt in an encoded message of so many bits that is that of a digest (RFC 8017
/// section 9.1.2); `None` where it is not.
fn pss_salt(encoded: &[u8], bits: usize, hash: Hash, digest: &[u8]) -> Option<usize> {
    let (masked, rest) =
        encoded.split_at_checked(encoded.len().checked_sub(digest.len())?.checked_sub(1)?)?;
    let (own, trailer) = rest.split_at_checked(digest.len())?;
    let unused = u32::try_from(encoded.len().saturating_mul(8).checked_sub(bits)?).ok()?;
    let kept = 0xff_u8.checked_shr(unused)?;
    if trailer != [0xbc] || masked.first()? & !kept != 0 {
        return None;
    }
    // MGF1 (RFC 8017 section B.2.1).
    let mut block = masked.to_vec();
    for (octets, counter) in block.chunks_mut(digest.len().max(1)).zip(0_u32..) {
        let mask = hash.digest(&[own, &counter.to_be_bytes()].concat());
        for (octet, mask) in octets.iter_mut().zip(mask) {
            *octet ^= mask;
        }
    }
    *block.first_mut()? &= kept;
    // Zeros, a one, and the salt.
    let one = block.iter().position(|octet| *octet != 0)?;
    let salt = block.get(one..)?.strip_prefix(&[1])?;
    (hash.digest(&[&[0; 8], digest, salt].concat()) == own).then_some(salt.len())
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_encoded_message_is_that_of_a_digest() {
        let (prefix, digest) = (digest_info_prefix(Hash::Sha256), [7; 32]);
        let encoded = |padding: usize| {
            [&[0, 1], vec![0xff; padding].as_slice(), &[0], prefix, &digest].concat()
        };
        for padding in [8, 9, 200] {
            let encoded = encoded(padding);
            assert!(is_pkcs1(&encoded, prefix, &digest));
            for bit in 0..encoded.len() * 8 {
                let mut changed = encoded.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_pkcs1(&changed, prefix, &digest), "bit {bit}");
            }
            for at in 0..encoded.len() {
                assert!(!is_pkcs1(&encoded[at + 1..], prefix, &digest));
                assert!(!is_pkcs1(&encoded[..at], prefix, &digest));
            }
            assert!(!is_pkcs1(&[&encoded[..], &[0]].concat(), prefix, &digest));
        }
        assert!(!is_pkcs1(&encoded(7), prefix, &digest));
    }

    /// RFC 8017 section 9.1.1.
    fn pss(bits: usize, hash: Hash, digest: &[u8], salt: &[u8]) -> Vec<u8> {
        let length = bits.div_ceil(8);
        let own = hash.digest(&[&[0; 8], digest, salt].concat());
        let zeros = length - salt.len() - own.len() - 2;
        let mut block = [vec![0; zeros].as_slice(), &[1], salt].concat();
        let masks = (0_u32..)
            .flat_map(|counter| hash.digest(&[own.as_slice(), &counter.to_be_bytes()].concat()));
        for (octet, mask) in block.iter_mut().zip(masks) {
            *octet ^= mask;
        }
        block[0] &= 0xff >> (length * 8 - bits);
        [block.as_slice(), &own, &[0xbc]].concat()
    }

    #[test]
    fn only_the_encoded_message_with_a_salt_is_that_of_a_digest() {
        for (bits, hash, salt) in [
            (1023, Hash::Sha256, 32),
            (1024, Hash::Sha256, 0),
            (1017, Hash::Sha1, 20),
            (1022, Hash::Sha384, 48),
            (528, Hash::Sha256, 32),
        ] {
            let digest = hash.digest(b"message");
            let encoded = pss(bits, hash, &digest, &vec![9; salt]);
            assert_eq!(pss_salt(&encoded, bits, hash, &digest), Some(salt), "{bits}");
            for bit in 0..encoded.len() * 8 {
                let mut changed = encoded.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(pss_salt(&changed, bits, hash, &digest), None, "{bits}, bit {bit}");
            }
            for at in 0..encoded.len() {
                assert_eq!(pss_salt(&encoded[..at], at * 8, hash, &digest), None);
            }
            let other = hash.digest(b"another message");
            assert_eq!(pss_salt(&encoded, bits, hash, &other), None);
        }
    }

    #[test]
    fn other_exponents_and_sizes_are_left_to_the_crate() {
        let key = |octets: usize, exponent| {
            let modulus = vec![0xff; octets];
            RsaVerifier::new(RsaKey { modulus: &modulus, exponent }).is_some()
        };
        assert!(key(256, &[1, 0, 1]) && key(512, &[1, 0, 1]) && key(64, &[1, 0, 1]));
        assert!(!key(513, &[1, 0, 1]) && !key(63, &[1, 0, 1]));
        assert!(!key(256, &[3]) && !key(256, &[1, 0, 3]) && !key(256, &[]));
    }
}
