//! How long a record is that protects so many bytes, for those who have no keys.

use std::ops::RangeInclusive;

use super::suite::{Mode, Suite};
use super::tls12::VERIFY_DATA_LENGTH;
use crate::tls::{CipherSuite, ProtocolVersion};

/// What protection adds to a fragment (RFC 5246 section 6.2.3, RFC 8446 section 5.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Overhead {
    /// Bytes before the ciphertext: the explicit nonce or initialisation vector.
    pub explicit: usize,
    /// Bytes of the authentication tag, or of the MAC.
    pub tag: usize,
    /// Bytes of a block; `None` where the ciphertext is as long as the plaintext.
    pub block: Option<usize>,
    /// The MAC is outside the ciphertext (RFC 7366); only matters with blocks.
    pub encrypt_then_mac: bool,
    /// Bytes of the content type inside the ciphertext: 1 in TLS 1.3, 0 before.
    pub inner_type: usize,
    /// Bytes of a Finished message, its header included (RFC 5246 section 7.4.9, RFC 8446 section
    /// 4.4.4).
    pub finished: usize,
}

impl Overhead {
    /// The overhead of a suite; `None` where the suite is unknown here or not of this version.
    ///
    /// A MAC that was truncated (RFC 6066 section 7) is not reckoned with.
    pub fn of(
        suite: CipherSuite,
        version: ProtocolVersion,
        encrypt_then_mac: bool,
    ) -> Option<Self> {
        let suite = Suite::of(suite).filter(|suite| suite.is_tls13 == version.is_tls13())?;
        if suite.mac.is_none() && version < ProtocolVersion::TLS_1_2 {
            return None;
        }
        let mac = suite.mac.map(super::hash::Hash::length);
        let (explicit, tag, block) = match suite.cipher.mode() {
            Mode::Aead { tag, .. } if suite.is_tls13 => (0, tag, None),
            Mode::Aead { tag, explicit_nonce } => (explicit_nonce, tag, None),
            Mode::Block { size } if version < ProtocolVersion::TLS_1_1 => (0, mac?, Some(size)),
            Mode::Block { size } => (size, mac?, Some(size)),
            Mode::Stream => (0, mac?, None),
        };
        let inner_type = usize::from(suite.is_tls13);
        let encrypt_then_mac = encrypt_then_mac && block.is_some();
        let verify_data = if suite.is_tls13 { suite.prf.length() } else { VERIFY_DATA_LENGTH };
        let finished = 4 + verify_data;
        Some(Self { explicit, tag, block, encrypt_then_mac, inner_type, finished })
    }

    /// How many bytes of content a record with a fragment of `length` bytes may hold, if no more
    /// padding was added than a block cipher needs; `None` where no content gives that length.
    pub fn content(&self, length: usize) -> Option<RangeInclusive<usize>> {
        let inner = length.checked_sub(self.explicit)?;
        let Some(block) = self.block else {
            let content = inner.checked_sub(self.tag)?.checked_sub(self.inner_type)?;
            return Some(content..=content);
        };
        let (encrypted, mac) = if self.encrypt_then_mac {
            (inner.checked_sub(self.tag)?, 0)
        } else {
            (inner, self.tag)
        };
        if encrypted == 0 || encrypted.checked_rem(block)? != 0 {
            return None;
        }
        // One byte at least says how much padding there is.
        let most = encrypted.checked_sub(mac)?.checked_sub(1)?;
        Some(encrypted.saturating_sub(mac).saturating_sub(block)..=most)
    }

    /// As `content`, with as much padding as the protocol allows: up to 255 bytes in a block
    /// cipher's record, any number in TLS 1.3.
    pub fn content_with_padding(&self, length: usize) -> Option<RangeInclusive<usize>> {
        let most = *self.content(length)?.end();
        Some(match (self.block, self.inner_type) {
            (Some(_), _) => most.saturating_sub(255)..=most,
            (None, 0) => most..=most,
            (None, _) => 0..=most,
        })
    }

    /// Length of the fragment that protects `content` bytes with no more padding than needed.
    pub fn fragment(&self, content: usize) -> usize {
        let Some(block) = self.block else {
            return self.explicit + content + self.inner_type + self.tag;
        };
        let mac = if self.encrypt_then_mac { 0 } else { self.tag };
        let encrypted = (content + mac + 1).next_multiple_of(block);
        self.explicit + encrypted + self.tag - mac
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn overhead(suite: u16, version: ProtocolVersion, encrypt_then_mac: bool) -> Overhead {
        Overhead::of(CipherSuite(suite), version, encrypt_then_mac).unwrap()
    }

    #[test]
    fn aead_lengths_tell_the_content_exactly() {
        let v12 = ProtocolVersion::TLS_1_2;
        assert_eq!(overhead(0x1301, ProtocolVersion::TLS_1_3, false).content(53), Some(36..=36));
        assert_eq!(overhead(0x1305, ProtocolVersion::TLS_1_3, false).content(17), Some(8..=8));
        assert_eq!(overhead(0xc02f, v12, false).content(40), Some(16..=16));
        assert_eq!(overhead(0xc0ae, v12, false).content(32), Some(16..=16));
        assert_eq!(overhead(0xcca8, v12, false).content(32), Some(16..=16));
        assert_eq!(overhead(0xc02f, v12, false).content(23), None);
    }

    #[test]
    fn a_finished_is_as_long_as_the_suite_says() {
        let finished = |suite, version| overhead(suite, version, false).finished;
        assert_eq!(finished(0x1301, ProtocolVersion::TLS_1_3), 36);
        assert_eq!(finished(0x1302, ProtocolVersion::TLS_1_3), 52);
        assert_eq!(finished(0xc030, ProtocolVersion::TLS_1_2), 16);
    }

    #[test]
    fn block_ciphers_leave_a_range() {
        let tls10 = overhead(0x002f, ProtocolVersion::TLS_1_0, false);
        assert_eq!(tls10.content(48), Some(12..=27));
        let tls12 = overhead(0x002f, ProtocolVersion::TLS_1_2, false);
        assert_eq!(tls12.content(64), Some(12..=27));
        let encrypt_then_mac = overhead(0xc027, ProtocolVersion::TLS_1_2, true);
        assert_eq!(encrypt_then_mac.content(80), Some(16..=31));
        assert_eq!(encrypt_then_mac.content(79), None);
        assert_eq!(tls12.content(63), None);
        assert_eq!(tls12.content(16), None);
    }

    #[test]
    fn every_content_lies_within_the_range_of_its_record() {
        for (suite, version, encrypt_then_mac) in [
            (0x1301, ProtocolVersion::TLS_1_3, false),
            (0x1305, ProtocolVersion::TLS_1_3, false),
            (0xc02f, ProtocolVersion::TLS_1_2, false),
            (0xcca8, ProtocolVersion::TLS_1_2, false),
            (0xc028, ProtocolVersion::TLS_1_2, false),
            (0xc028, ProtocolVersion::TLS_1_2, true),
            (0x000a, ProtocolVersion::TLS_1_0, false),
            (0x000a, ProtocolVersion::TLS_1_0, true),
            (0x0005, ProtocolVersion::TLS_1_1, false),
        ] {
            let overhead = overhead(suite, version, encrypt_then_mac);
            for content in 0..600 {
                let length = overhead.fragment(content);
                assert!(overhead.content(length).unwrap().contains(&content), "{suite:#x}");
                assert!(overhead.content_with_padding(length).unwrap().contains(&content));
            }
        }
    }

    #[test]
    fn a_suite_of_another_version_has_no_overhead() {
        let of = |suite, version| Overhead::of(CipherSuite(suite), version, false);
        assert_eq!(of(0xc02f, ProtocolVersion::TLS_1_3), None);
        assert_eq!(of(0x1301, ProtocolVersion::TLS_1_2), None);
        assert_eq!(of(0xfafa, ProtocolVersion::TLS_1_2), None);
    }
}
