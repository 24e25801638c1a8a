//! Records: what TLS puts on the byte stream (RFC 5246 section 6.2, RFC 8446 section 5.1).

use super::enums::ContentType;

/// The five bytes before every record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordHeader {
    /// What the fragment holds.
    pub content_type: ContentType,
    /// `legacy_record_version`; says little (RFC 8446 section 5.1).
    pub version: u16,
    /// Length of the fragment, in bytes.
    pub length: u16,
}

/// Whether bytes are what they might be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Probe<T> {
    /// They are.
    Is(T),
    /// They are not.
    IsNot,
    /// More bytes are needed to tell.
    NeedMore,
}

impl RecordHeader {
    /// Length of a record header, in bytes.
    pub const LENGTH: u64 = 5;

    /// Largest fragment: 2^14 bytes and 2048 of protection (RFC 5246 section 6.2.3).
    pub const MAX_FRAGMENT: u16 = (1 << 14) + 2048;

    /// The header at the start of `bytes`; content type, version and length must all be ones that
    /// TLS knows.
    pub fn probe(bytes: &[u8]) -> Probe<Self> {
        let known =
            |position: usize, ok: fn(u8) -> bool| bytes.get(position).is_none_or(|&b| ok(b));
        if !known(0, |b| (20..=26).contains(&b)) || !known(1, |b| b == 3) || !known(2, |b| b <= 4) {
            return Probe::IsNot;
        }
        let Some(&[content_type, major, minor, high, low]) = bytes.first_chunk() else {
            return Probe::NeedMore;
        };
        let header = Self {
            content_type: ContentType(content_type),
            version: u16::from_be_bytes([major, minor]),
            length: u16::from_be_bytes([high, low]),
        };
        if header.length > Self::MAX_FRAGMENT { Probe::IsNot } else { Probe::Is(header) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_recognised_as_soon_as_it_can_be() {
        assert_eq!(RecordHeader::probe(b"GET "), Probe::IsNot);
        assert_eq!(RecordHeader::probe(&[]), Probe::NeedMore);
        assert_eq!(RecordHeader::probe(&[22, 3, 1, 0]), Probe::NeedMore);
        assert_eq!(RecordHeader::probe(&[22, 2]), Probe::IsNot);
        let header = RecordHeader { content_type: ContentType::ALERT, version: 0x0303, length: 2 };
        assert_eq!(RecordHeader::probe(&[21, 3, 3, 0, 2, 1, 0]), Probe::Is(header));
    }

    #[test]
    fn a_tls_1_2_record_may_be_longer_than_a_tls_1_3_one() {
        assert!(matches!(RecordHeader::probe(&[23, 3, 3, 0x48, 0x00]), Probe::Is(_)));
        assert_eq!(RecordHeader::probe(&[23, 3, 3, 0x48, 0x01]), Probe::IsNot);
    }
}
