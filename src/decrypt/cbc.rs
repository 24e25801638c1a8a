//! Block ciphers in cipher block chaining mode (RFC 5246 section 6.2.3.2, RFC 7366).

use aes::{Aes128, Aes256};
use aria::{Aria128, Aria256};
use camellia::{Camellia128, Camellia256};
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit, KeyIvInit};
use des::{Des, TdesEde3};
use zeroize::Zeroizing;

use super::mac::{RecordContext, RecordMac};
use super::opener::OpenError;
use super::suite::Cipher;

/// One direction's protection with a block cipher and a MAC.
pub(super) struct CbcProtection {
    pub(super) cipher: Cipher,
    /// Length of a block, in bytes.
    pub(super) block: usize,
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) iv: Iv,
    pub(super) mac: RecordMac,
    /// The MAC is over the ciphertext (RFC 7366).
    pub(super) encrypt_then_mac: bool,
}

/// Where the initialisation vector of a record comes from.
pub(super) enum Iv {
    /// It is the last block of the record before (TLS 1.0); `None` where that was not seen.
    Previous(Option<Vec<u8>>),
    /// It stands before the ciphertext (TLS 1.1 and 1.2).
    Explicit,
}

impl CbcProtection {
    pub(super) fn open(
        &mut self,
        context: RecordContext,
        fragment: &[u8],
    ) -> Result<Vec<u8>, OpenError> {
        let encrypted = if self.encrypt_then_mac {
            self.mac.strip(context, fragment).ok_or(OpenError::Authentication)?
        } else {
            fragment
        };
        let (iv, ciphertext) = match &self.iv {
            Iv::Previous(previous) => (previous.as_deref().ok_or(OpenError::StateLost)?, encrypted),
            Iv::Explicit => {
                encrypted.split_at_checked(self.block).ok_or(OpenError::Authentication)?
            }
        };
        if ciphertext.is_empty() {
            return Err(OpenError::Authentication);
        }
        let padded =
            decrypt(self.cipher, &self.key, iv, ciphertext).ok_or(OpenError::Authentication)?;
        let content = strip_padding(&padded).ok_or(OpenError::Authentication)?;
        let content = if self.encrypt_then_mac {
            content
        } else {
            self.mac.strip(context, content).ok_or(OpenError::Authentication)?
        };
        let content = content.to_vec();
        self.pass(fragment);
        Ok(content)
    }

    /// Goes past a record without decrypting it.
    pub(super) fn pass(&mut self, fragment: &[u8]) {
        let mac = if self.encrypt_then_mac { self.mac.length() } else { 0 };
        if let Iv::Previous(previous) = &mut self.iv {
            let end = fragment.len().saturating_sub(mac);
            let start = end.checked_sub(self.block);
            *previous = start.and_then(|start| fragment.get(start..end)).map(<[u8]>::to_vec);
        }
    }

    /// Tells that records are missing.
    pub(super) fn lose(&mut self) {
        if let Iv::Previous(previous) = &mut self.iv {
            *previous = None;
        }
    }
}

/// Removes padding: its last byte says how many bytes before it have the same value.
fn strip_padding(padded: &[u8]) -> Option<&[u8]> {
    let (&last, rest) = padded.split_last()?;
    let (content, padding) = rest.split_at_checked(rest.len().checked_sub(usize::from(last))?)?;
    padding.iter().all(|&byte| byte == last).then_some(content)
}

fn decrypt(cipher: Cipher, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let plaintext = match cipher {
        Cipher::Aes128Cbc => decrypt_with::<Aes128>(key, iv, ciphertext),
        Cipher::Aes256Cbc => decrypt_with::<Aes256>(key, iv, ciphertext),
        Cipher::Camellia128Cbc => decrypt_with::<Camellia128>(key, iv, ciphertext),
        Cipher::Camellia256Cbc => decrypt_with::<Camellia256>(key, iv, ciphertext),
        Cipher::Aria128Cbc => decrypt_with::<Aria128>(key, iv, ciphertext),
        Cipher::Aria256Cbc => decrypt_with::<Aria256>(key, iv, ciphertext),
        Cipher::TripleDesCbc => decrypt_with::<TdesEde3>(key, iv, ciphertext),
        Cipher::DesCbc => decrypt_with::<Des>(key, iv, ciphertext),
        _ => None,
    };
    plaintext.map(Zeroizing::new)
}

/// `None` where the ciphertext is not whole blocks.
fn decrypt_with<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Option<Vec<u8>>
where
    Decryptor<C>: InnerIvInit<Inner = C>,
{
    let decryptor = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    decryptor.decrypt_padded_vec::<NoPadding>(ciphertext).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_must_say_its_own_length() {
        assert_eq!(strip_padding(&[7, 0]), Some([7].as_slice()));
        assert_eq!(strip_padding(&[7, 2, 2, 2]), Some([7].as_slice()));
        assert_eq!(strip_padding(&[2, 2, 2]), Some([].as_slice()));
        assert_eq!(strip_padding(&[7, 1, 2, 2]), None);
        assert_eq!(strip_padding(&[2, 2]), None);
        assert_eq!(strip_padding(&[]), None);
    }
}
