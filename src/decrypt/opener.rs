//! One direction of a connection: protected records in, plaintext out.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::aead::{AeadKey, NONCE, aead_key, nonce_of};
use super::cbc::{CbcProtection, Iv};
use super::mac::{RecordContext, RecordMac};
use super::secret::Secret;
use super::stream_cipher::{Keystream, StreamProtection};
use super::suite::{Cipher, Mode, Suite};
use super::tls12::{self, Tls12Parameters};
use super::tls13;
use crate::tls::{CipherSuite, ContentType, ProtocolVersion, RecordHeader};

/// The keys of one direction from a ChangeCipherSpec or key change on, and its sequence number.
pub struct Opener {
    suite: CipherSuite,
    protection: Protection,
    sequence: u64,
}

/// A record's content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    /// What it is: the inner type in TLS 1.3, that of the record header before.
    pub content_type: ContentType,
    /// The content, without padding.
    pub plaintext: Vec<u8>,
}

/// Why a record did not open. Nothing of the opener has changed then.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum OpenError {
    /// The tag, the MAC or the padding is wrong: the secret is not this connection's, the record is
    /// damaged, or records before it are missing.
    #[error("the record does not authenticate")]
    Authentication,
    /// The fragment is longer than any that TLS allows (RFC 5246 section 6.2.3).
    #[error("the record is longer than TLS allows")]
    TooLong,
    /// The record is right and holds nothing but padding (RFC 8446 section 5.4).
    #[error("the record holds padding only")]
    NoContentType,
    /// Records are missing, and the key depends on their bytes: RC4, and one record in TLS 1.0 CBC.
    #[error("records that the key depends on are missing")]
    StateLost,
}

/// Why there is no opener for a secret.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Unsupported {
    /// The cipher suite is not one that can be undone here, or not one of this version.
    #[error("cipher suite {0} cannot be decrypted")]
    CipherSuite(CipherSuite),
    /// The version is none of TLS 1.0 to 1.2.
    #[error("{0} cannot be decrypted")]
    Version(ProtocolVersion),
    /// The secret is not as long as the suite's secrets are; lengths in bytes.
    #[error("the secret has {actual} bytes where {expected} are needed")]
    SecretLength {
        /// What the suite and version need.
        expected: usize,
        /// What is there.
        actual: usize,
    },
}

enum Protection {
    Tls13 { suite: Suite, secret: Secret, key: Box<dyn AeadKey>, iv: Zeroizing<[u8; NONCE]> },
    Aead { key: Box<dyn AeadKey>, iv: Zeroizing<Vec<u8>>, tag: usize },
    Block(CbcProtection),
    Stream(StreamProtection),
}

impl Opener {
    /// The opener for a traffic secret of TLS 1.3 (RFC 8446 section 7.3).
    ///
    /// It is right for drafts from 25 on; older ones authenticate other bytes.
    ///
    /// # Errors
    /// Where the suite is none of TLS 1.3, or the secret's length is not that of the suite's hash.
    pub fn tls13(suite: CipherSuite, secret: &Secret) -> Result<Self, Unsupported> {
        let parameters = Suite::of(suite)
            .filter(|parameters| parameters.is_tls13)
            .ok_or(Unsupported::CipherSuite(suite))?;
        let expected = parameters.prf.length();
        if secret.length() != expected {
            return Err(Unsupported::SecretLength { expected, actual: secret.length() });
        }
        let protection =
            Protection::tls13(parameters, secret).ok_or(Unsupported::CipherSuite(suite))?;
        Ok(Self { suite, protection, sequence: 0 })
    }

    /// The opener for what one side sends after a ChangeCipherSpec of TLS 1.0 to 1.2.
    ///
    /// # Errors
    /// Where the version or the suite is none that can be undone here, or the master secret is not
    /// 48 bytes long.
    pub fn tls12(
        parameters: &Tls12Parameters,
        master_secret: &Secret,
        from_client: bool,
    ) -> Result<Self, Unsupported> {
        let suite = parameters.suite()?;
        if master_secret.length() != tls12::MASTER_SECRET {
            let (expected, actual) = (tls12::MASTER_SECRET, master_secret.length());
            return Err(Unsupported::SecretLength { expected, actual });
        }
        let protection = Protection::tls12(parameters, suite, master_secret, from_client)
            .ok_or(Unsupported::CipherSuite(parameters.cipher_suite))?;
        Ok(Self { suite: parameters.cipher_suite, protection, sequence: 0 })
    }

    /// The cipher suite.
    pub fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// How many records were opened, passed or skipped since the keys were new.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Opens the next record: `content_type` and `version` are those of its header.
    ///
    /// The sequence number advances on success only.
    ///
    /// # Errors
    /// Where the record does not prove right, or cannot be decrypted.
    pub fn open(
        &mut self,
        content_type: ContentType,
        version: u16,
        fragment: &[u8],
    ) -> Result<Opened, OpenError> {
        if fragment.len() > usize::from(RecordHeader::MAX_FRAGMENT) {
            return Err(OpenError::TooLong);
        }
        let context = RecordContext { sequence: self.sequence, content_type, version };
        let opened = self.protection.open(context, fragment)?;
        self.sequence = self.sequence.saturating_add(1);
        Ok(opened)
    }

    /// Opens a record before which an unknown number of records, `most` at most, is missing; gives
    /// how many were.
    ///
    /// Work is that of `most` + 1 records.
    ///
    /// # Errors
    /// As `open`. Where missing records cannot be gone over (`survives_loss`), only the next record
    /// is tried.
    pub fn open_ahead(
        &mut self,
        content_type: ContentType,
        version: u16,
        fragment: &[u8],
        most: u64,
    ) -> Result<(Opened, u64), OpenError> {
        let first = self.sequence;
        let mut error = OpenError::Authentication;
        for missing in 0..=most {
            self.sequence = first.saturating_add(missing);
            match self.open(content_type, version, fragment) {
                Ok(opened) => return Ok((opened, missing)),
                Err(OpenError::Authentication) if self.survives_loss() => {}
                Err(other) => {
                    error = other;
                    break;
                }
            }
        }
        self.sequence = first;
        Err(error)
    }

    /// Goes past a record that is there and whose content does not matter; cheaper than `open`, and
    /// proves nothing.
    pub fn pass(&mut self, fragment: &[u8]) {
        let fragment = fragment.get(..usize::from(RecordHeader::MAX_FRAGMENT)).unwrap_or(fragment);
        self.protection.pass(fragment);
        self.sequence = self.sequence.saturating_add(1);
    }

    /// Goes over so many records that were sent and are not in the capture.
    ///
    /// What follows can be opened with every suite but RC4; in TLS 1.0 with CBC, after one more
    /// record was passed.
    pub fn skip(&mut self, records: u64) {
        if records > 0 {
            self.protection.lose();
            self.sequence = self.sequence.saturating_add(records);
        }
    }

    /// Whether records after a known number of missing ones can be opened at once.
    pub fn survives_loss(&self) -> bool {
        match &self.protection {
            Protection::Tls13 { .. } | Protection::Aead { .. } => true,
            Protection::Block(block) => matches!(block.iv, Iv::Explicit),
            Protection::Stream(stream) => matches!(stream.cipher, Keystream::None),
        }
    }

    /// Changes to the next keys, after a KeyUpdate of this side (RFC 8446 section 7.2); does nothing
    /// before TLS 1.3.
    pub fn update(&mut self) {
        let Protection::Tls13 { suite, secret, .. } = &self.protection else {
            return;
        };
        let next = tls13::next_traffic_secret(suite.prf, secret);
        if let Some(next) = next.and_then(|secret| Protection::tls13(*suite, &secret)) {
            self.protection = next;
            self.sequence = 0;
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("suite", &self.suite)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Protection {
    fn tls13(suite: Suite, secret: &Secret) -> Option<Self> {
        let expand = |label, length| suite.prf.expand_label(secret.expose(), label, length);
        let key = aead_key(suite.cipher, &expand("key", suite.cipher.key_length())?)?;
        let iv = Zeroizing::new(expand("iv", NONCE)?.as_slice().try_into().ok()?);
        Some(Self::Tls13 { suite, secret: secret.clone(), key, iv })
    }

    fn tls12(
        parameters: &Tls12Parameters,
        suite: Suite,
        master_secret: &Secret,
        from_client: bool,
    ) -> Option<Self> {
        let keys = parameters.keys(suite, master_secret, from_client)?;
        let mac = |hash| RecordMac::new(hash, &keys.mac, parameters.truncated_hmac);
        Some(match (suite.cipher.mode(), suite.mac) {
            (Mode::Aead { tag, .. }, _) => {
                Self::Aead { key: aead_key(suite.cipher, &keys.cipher)?, iv: keys.iv, tag }
            }
            (Mode::Block { size }, Some(hash)) => Self::Block(CbcProtection {
                cipher: suite.cipher,
                block: size,
                iv: match parameters.version {
                    ProtocolVersion::TLS_1_0 => Iv::Previous(Some(keys.iv.to_vec())),
                    _ => Iv::Explicit,
                },
                mac: mac(hash),
                key: keys.cipher,
                encrypt_then_mac: parameters.encrypt_then_mac,
            }),
            (Mode::Stream, Some(hash)) => {
                let cipher = match suite.cipher {
                    Cipher::Rc4 => Keystream::rc4(&keys.cipher)?,
                    _ => Keystream::None,
                };
                Self::Stream(StreamProtection { cipher, mac: mac(hash) })
            }
            (_, None) => return None,
        })
    }

    fn open(&mut self, context: RecordContext, fragment: &[u8]) -> Result<Opened, OpenError> {
        let plaintext = match self {
            Self::Tls13 { key, iv, .. } => return open_tls13(key.as_ref(), iv, context, fragment),
            Self::Aead { key, iv, tag } => open_aead(key.as_ref(), iv, *tag, context, fragment)
                .ok_or(OpenError::Authentication)?,
            Self::Block(block) => block.open(context, fragment)?,
            Self::Stream(stream) => stream.open(context, fragment)?,
        };
        Ok(Opened { content_type: context.content_type, plaintext })
    }

    fn pass(&mut self, fragment: &[u8]) {
        match self {
            Self::Tls13 { .. } | Self::Aead { .. } => {}
            Self::Block(block) => block.pass(fragment),
            Self::Stream(stream) => stream.pass(fragment),
        }
    }

    fn lose(&mut self) {
        match self {
            Self::Tls13 { .. } | Self::Aead { .. } => {}
            Self::Block(block) => block.lose(),
            Self::Stream(stream) => stream.lose(),
        }
    }
}

/// RFC 8446 section 5.2.
fn open_tls13(
    key: &dyn AeadKey,
    iv: &[u8; NONCE],
    context: RecordContext,
    fragment: &[u8],
) -> Result<Opened, OpenError> {
    let [v0, v1] = context.version.to_be_bytes();
    let length = u16::try_from(fragment.len()).map_err(|_| OpenError::TooLong)?;
    let [l0, l1] = length.to_be_bytes();
    let header = [context.content_type.0, v0, v1, l0, l1];
    let mut plaintext = key
        .open(&nonce_of(iv, context.sequence), &header, fragment)
        .ok_or(OpenError::Authentication)?;
    let end = plaintext.iter().rposition(|&byte| byte != 0).ok_or(OpenError::NoContentType)?;
    plaintext.truncate(end.saturating_add(1));
    let content_type = ContentType(plaintext.pop().ok_or(OpenError::NoContentType)?);
    Ok(Opened { content_type, plaintext })
}

/// RFC 5246 section 6.2.3.3; the nonce is as RFC 5288 section 3 or RFC 7905 section 2 say, by the
/// length of the write IV.
fn open_aead(
    key: &dyn AeadKey,
    iv: &[u8],
    tag: usize,
    context: RecordContext,
    fragment: &[u8],
) -> Option<Vec<u8>> {
    let (nonce, ciphertext) = match <&[u8; NONCE]>::try_from(iv) {
        Ok(iv) => (nonce_of(iv, context.sequence), fragment),
        Err(_) => {
            let (explicit, ciphertext) = fragment.split_at_checked(NONCE.checked_sub(iv.len())?)?;
            ([iv, explicit].concat().try_into().ok()?, ciphertext)
        }
    };
    let aad = context.authenticated(ciphertext.len().checked_sub(tag)?);
    key.open(&nonce, &aad, ciphertext)
}
