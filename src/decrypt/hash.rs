//! Hashes, HMAC and the key derivation functions built on them.

use hkdf::Hkdf;
use hmac::digest::block_api::EagerHash;
use hmac::{Hmac, KeyInit, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

use crate::tls::ProtocolVersion;

/// A hash of a cipher suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
}

impl Hash {
    /// Length of a digest, in bytes.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(bytes).to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
        }
    }

    /// HMAC over the concatenation of `parts` (RFC 2104).
    pub(super) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Md5 => hmac::<Md5>(key, parts),
            Self::Sha1 => hmac::<Sha1>(key, parts),
            Self::Sha256 => hmac::<Sha256>(key, parts),
            Self::Sha384 => hmac::<Sha384>(key, parts),
        }
    }

    /// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
    ///
    /// `None` where the secret is shorter than a digest or the hash is none of TLS 1.3.
    pub(super) fn expand_label(
        self,
        secret: &[u8],
        label: &str,
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let full = [b"tls13 ", label.as_bytes()].concat();
        let mut info = u16::try_from(length).ok()?.to_be_bytes().to_vec();
        info.push(u8::try_from(full.len()).ok()?);
        info.extend_from_slice(&full);
        info.push(0);
        let mut out = Zeroizing::new(vec![0; length]);
        match self {
            Self::Sha256 => Hkdf::<Sha256>::from_prk(secret).ok()?.expand(&info, &mut out).ok()?,
            Self::Sha384 => Hkdf::<Sha384>::from_prk(secret).ok()?.expand(&info, &mut out).ok()?,
            Self::Md5 | Self::Sha1 => return None,
        }
        Some(out)
    }

    /// P_hash (RFC 5246 section 5).
    fn p_hash(self, secret: &[u8], seed: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(length + self.length()));
        let mut a = Zeroizing::new(seed.to_vec());
        while out.len() < length {
            a = self.hmac(secret, &[&a]);
            out.extend_from_slice(&self.hmac(secret, &[&a, seed]));
        }
        out.truncate(length);
        out
    }
}

/// The pseudo-random function of TLS 1.0 to 1.2: `length` bytes (RFC 2246, 4346 and 5246
/// section 5). `hash` matters in TLS 1.2 only.
pub(super) fn prf(
    version: ProtocolVersion,
    hash: Hash,
    secret: &[u8],
    label: &str,
    seeds: &[&[u8]],
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let seed = Zeroizing::new([&[label.as_bytes()], seeds].concat().concat());
    if version == ProtocolVersion::TLS_1_2 {
        return hash.p_hash(secret, &seed, length);
    }
    // The halves share the middle byte of a secret of odd length (RFC 2246 section 5).
    let half = secret.len().div_ceil(2);
    let first = secret.get(..half).unwrap_or_default();
    let second = secret.get(secret.len() - half..).unwrap_or_default();
    let mut out = Hash::Md5.p_hash(first, &seed, length);
    let other = Hash::Sha1.p_hash(second, &seed, length);
    out.iter_mut().zip(other.iter()).for_each(|(byte, other)| *byte ^= other);
    out
}

/// The hash over handshake messages that TLS 1.0 to 1.2 put into Finished and into the extended
/// master secret (RFC 2246 and 5246 section 7.4.9, RFC 7627 section 3).
pub(super) fn handshake_hash(version: ProtocolVersion, hash: Hash, transcript: &[u8]) -> Vec<u8> {
    if version == ProtocolVersion::TLS_1_2 {
        return hash.digest(transcript);
    }
    [Hash::Md5.digest(transcript), Hash::Sha1.digest(transcript)].concat()
}

fn hmac<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>>
where
    Hmac<D>: hmac::Mac + KeyInit,
{
    // HMAC takes keys of any length.
    let Ok(mut mac) = <Hmac<D> as KeyInit>::new_from_slice(key) else {
        return Zeroizing::new(Vec::new());
    };
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}
