//! RC4, and no cipher at all, with a MAC (RFC 5246 section 6.2.3.1).

use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::mac::{RecordContext, RecordMac};
use super::opener::OpenError;

/// One direction's protection with a MAC and perhaps a stream cipher.
pub(super) struct StreamProtection {
    pub(super) cipher: Keystream,
    pub(super) mac: RecordMac,
}

/// Where the key stream comes from.
pub(super) enum Keystream {
    /// Nothing is encrypted.
    None,
    /// RC4, and the bytes of its key stream that no record has used yet: a record that fails uses
    /// none. As many as the longest record at most.
    Rc4(Box<Rc4>, Zeroizing<Vec<u8>>),
    /// RC4, but how much of the key stream was used is not known.
    Lost,
}

impl StreamProtection {
    pub(super) fn open(
        &mut self,
        context: RecordContext,
        fragment: &[u8],
    ) -> Result<Vec<u8>, OpenError> {
        let mut content = Zeroizing::new(fragment.to_vec());
        self.cipher.apply(&mut content)?;
        let content = self.mac.strip(context, &content).ok_or(OpenError::Authentication)?.to_vec();
        self.pass(fragment);
        Ok(content)
    }

    /// Goes past a record without decrypting it.
    pub(super) fn pass(&mut self, fragment: &[u8]) {
        if let Keystream::Rc4(cipher, ahead) = &mut self.cipher {
            fill(cipher, ahead, fragment.len());
            ahead.drain(..fragment.len());
        }
    }

    /// Tells that records are missing.
    pub(super) fn lose(&mut self) {
        if matches!(self.cipher, Keystream::Rc4(..)) {
            self.cipher = Keystream::Lost;
        }
    }
}

impl Keystream {
    /// The key stream of RC4 from its beginning.
    pub(super) fn rc4(key: &[u8]) -> Option<Self> {
        let cipher = Rc4::new_from_slice(key).ok()?;
        Some(Self::Rc4(Box::new(cipher), Zeroizing::new(Vec::new())))
    }

    fn apply(&mut self, bytes: &mut [u8]) -> Result<(), OpenError> {
        match self {
            Self::None => Ok(()),
            Self::Lost => Err(OpenError::StateLost),
            Self::Rc4(cipher, ahead) => {
                fill(cipher, ahead, bytes.len());
                bytes.iter_mut().zip(ahead.iter()).for_each(|(byte, key)| *byte ^= key);
                Ok(())
            }
        }
    }
}

/// Makes at least `length` bytes of key stream ready.
fn fill(cipher: &mut Rc4, ahead: &mut Zeroizing<Vec<u8>>, length: usize) {
    let ready = ahead.len();
    if ready >= length {
        return;
    }
    // A new allocation, so that the old one is overwritten.
    let mut longer = Zeroizing::new(vec![0; length]);
    for (byte, old) in longer.iter_mut().zip(ahead.iter()) {
        *byte = *old;
    }
    if let Some(fresh) = longer.get_mut(ready..) {
        cipher.apply_keystream(fresh);
    }
    *ahead = longer;
}
