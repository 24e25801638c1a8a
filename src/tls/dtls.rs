//! DTLS (RFC 6347, RFC 9147) told apart from other datagrams; it is not read.

use super::record::RecordHeader;

/// What CAPWAP puts before DTLS (RFC 5415 section 4.2).
const CAPWAP: &[u8] = &[1, 0, 0, 0];

/// Whether a datagram begins with a DTLS record: one that lies in it, or, where the snap length cut
/// it, one that holds a handshake message in the clear.
///
/// Versions are those of the RFCs, and for a handshake message 0x0100, which OpenSSL used before
/// there were any and AnyConnect still does.
///
/// Records of an encrypted DTLS 1.3 connection have another header (RFC 9147 section 4) and are not
/// recognised: its handshake begins with records that are.
pub fn begins_record(datagram: &[u8]) -> bool {
    // Content type, version, epoch, sequence number, length.
    let datagram = datagram.strip_prefix(CAPWAP).unwrap_or(datagram);
    let Some((header, fragment)) = datagram.split_first_chunk::<13>() else { return false };
    let &[20..=26, v0, v1, e0, e1, _, _, _, _, _, _, l0, l1] = header else {
        return false;
    };
    let length = u16::from_be_bytes([l0, l1]);
    let is_within = usize::from(length) <= fragment.len();
    let is_clear_handshake =
        header.starts_with(&[22]) && [e0, e1] == [0, 0] && begins_message(fragment, length);
    (1..=RecordHeader::MAX_FRAGMENT).contains(&length)
        && match [v0, v1] {
            [0xfe, 0xff | 0xfd] => is_within || is_clear_handshake,
            [1, 0] => is_clear_handshake,
            _ => false,
        }
}

/// Whether a fragment of `length` bytes begins with a handshake message, or with a part of one (RFC
/// 6347 section 4.2.2).
fn begins_message(fragment: &[u8], length: u16) -> bool {
    let Some(&[message_type, m0, m1, m2, _, _, o0, o1, o2, p0, p1, p2]) = fragment.first_chunk()
    else {
        return false;
    };
    let number = |a, b, c| u32::from_be_bytes([0, a, b, c]);
    let (message, offset, part) = (number(m0, m1, m2), number(o0, o1, o2), number(p0, p1, p2));
    matches!(message_type, 1..=4 | 11..=16 | 22 | 23)
        && offset + part <= message
        && part + 12 <= u32::from(length)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    /// A ClientHello of 100 bytes, the first 20 of them in this record, of which none is here.
    const HELLO: [u8; 25] =
        [22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 1, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 20];

    #[test]
    fn records_are_recognised_whole_and_cut() {
        assert!(begins_record(&HELLO));
        assert!(begins_record(&[&HELLO[..], &[0; 20]].concat()));
        assert!(begins_record(&[CAPWAP, &HELLO].concat()));
        let old = [&[22, 1, 0], &HELLO[3..]].concat();
        assert!(begins_record(&old) && !begins_record(&old[..20]));
        assert!(begins_record(&[20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 1]));
        assert!(begins_record(&[23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 5, 0, 1, 1]));
    }

    #[test]
    fn other_datagrams_are_not() {
        for length in 0..HELLO.len() {
            assert!(!begins_record(&HELLO[..length]), "{length} bytes");
        }
        // Content type, version, length, message type, length of the part.
        for (position, byte) in
            [(0, 27), (1, 3), (2, 3), (11, 0x49), (12, 0), (13, 30), (22, 1), (24, 21)]
        {
            let mut other = HELLO;
            other[position] = byte;
            assert!(!begins_record(&other), "byte {position}");
        }
        assert!(!begins_record(&[23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 5, 0, 2, 1]));
    }
}
