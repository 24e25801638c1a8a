//! Authenticated encryption, one key.

use aes::{Aes128, Aes256};
use aes_gcm::aead::array::typenum::{U8, U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm};
use aria::{Aria128, Aria256};
use camellia::{Camellia128, Camellia256};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;

use super::suite::Cipher;

/// Length of the nonce of every AEAD that TLS uses, in bytes (RFC 5288, 6655, 7905).
pub(super) const NONCE: usize = 12;

/// A key of some AEAD.
pub(super) trait AeadKey: Send + Sync {
    /// The plaintext, where the tag at the end of `ciphertext` is right.
    fn open(&self, nonce: &[u8; NONCE], aad: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>>;
}

impl<A: Aead + Send + Sync> AeadKey for A {
    fn open(&self, nonce: &[u8; NONCE], aad: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        let nonce = <&Nonce<A>>::try_from(nonce.as_slice()).ok()?;
        self.decrypt(nonce, Payload { msg: ciphertext, aad }).ok()
    }
}

/// The key of an AEAD cipher; `None` for other ciphers and keys of other lengths.
pub(super) fn aead_key(cipher: Cipher, key: &[u8]) -> Option<Box<dyn AeadKey>> {
    fn boxed<A: AeadKey + KeyInit + 'static>(key: &[u8]) -> Option<Box<dyn AeadKey>> {
        Some(Box::new(A::new_from_slice(key).ok()?))
    }
    match cipher {
        Cipher::Aes128Gcm => boxed::<Aes128Gcm>(key),
        Cipher::Aes256Gcm => boxed::<Aes256Gcm>(key),
        Cipher::Aes128Ccm => boxed::<Ccm<Aes128, U16, U12>>(key),
        Cipher::Aes256Ccm => boxed::<Ccm<Aes256, U16, U12>>(key),
        Cipher::Aes128Ccm8 => boxed::<Ccm<Aes128, U8, U12>>(key),
        Cipher::Aes256Ccm8 => boxed::<Ccm<Aes256, U8, U12>>(key),
        Cipher::Camellia128Gcm => boxed::<AesGcm<Camellia128, U12>>(key),
        Cipher::Camellia256Gcm => boxed::<AesGcm<Camellia256, U12>>(key),
        Cipher::Aria128Gcm => boxed::<AesGcm<Aria128, U12>>(key),
        Cipher::Aria256Gcm => boxed::<AesGcm<Aria256, U12>>(key),
        Cipher::ChaCha20Poly1305 => boxed::<ChaCha20Poly1305>(key),
        _ => None,
    }
}

/// The nonce of a record: its sequence number combined with the write IV (RFC 8446 section 5.3,
/// RFC 7905 section 2).
pub(super) fn nonce_of(iv: &[u8; NONCE], sequence: u64) -> [u8; NONCE] {
    let mut nonce = *iv;
    let counter = sequence.to_be_bytes();
    nonce.iter_mut().rev().zip(counter.iter().rev()).for_each(|(byte, other)| *byte ^= other);
    nonce
}
