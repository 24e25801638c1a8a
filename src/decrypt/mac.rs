//! The MAC of records that are not protected by an AEAD (RFC 5246 section 6.2.3.1).

use zeroize::Zeroizing;

use super::hash::Hash;
use crate::tls::ContentType;

/// What of a record is protected beside its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordContext {
    pub(super) sequence: u64,
    pub(super) content_type: ContentType,
    pub(super) version: u16,
}

impl RecordContext {
    /// Sequence number, type, version and length: the head of what is authenticated in TLS 1.0 to
    /// 1.2 (RFC 5246 sections 6.2.3.1 and 6.2.3.3).
    pub(super) fn authenticated(&self, length: usize) -> [u8; 13] {
        let [s0, s1, s2, s3, s4, s5, s6, s7] = self.sequence.to_be_bytes();
        let [v0, v1] = self.version.to_be_bytes();
        // Fragments are at most 2^14 + 2048 bytes long.
        let [l0, l1] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        [s0, s1, s2, s3, s4, s5, s6, s7, self.content_type.0, v0, v1, l0, l1]
    }
}

/// A MAC key and how much of the MAC is sent.
pub(super) struct RecordMac {
    hash: Hash,
    key: Zeroizing<Vec<u8>>,
    length: usize,
}

/// Length of a truncated MAC, in bytes (RFC 6066 section 7).
const TRUNCATED: usize = 10;

impl RecordMac {
    pub(super) fn new(hash: Hash, key: &[u8], truncated: bool) -> Self {
        let length = if truncated { TRUNCATED } else { hash.length() };
        Self { hash, key: Zeroizing::new(key.to_vec()), length }
    }

    /// Length of the MAC in a record, in bytes.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// `content` without the MAC at its end, where that is right.
    pub(super) fn strip<'a>(&self, context: RecordContext, content: &'a [u8]) -> Option<&'a [u8]> {
        let (content, mac) = content.split_at_checked(content.len().checked_sub(self.length)?)?;
        let head = context.authenticated(content.len());
        let right = self.hash.hmac(&self.key, &[&head, content]);
        (right.get(..self.length) == Some(mac)).then_some(content)
    }
}
