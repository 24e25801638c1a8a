//! TLS within the packets of SQL Server's protocol ([MS-TDS] section 2.2.6.5): the records of a
//! handshake travel as the payload of PRELOGIN packets, those after it by themselves.

use super::preamble::{self, Start};
use super::record::Probe;

/// Header of a packet, in bytes: type, status, length with the header, process, number, window
/// ([MS-TDS] section 2.2.3.1).
pub const HEADER: usize = 8;

/// Bytes of a record that tell what it is.
const RECORD_BEGINNING: usize = 6;

/// Packets over which the header of a record may be spread. None has so few bytes for a reason.
const PACKETS: usize = 8;

/// Types of packets.
mod kind {
    /// Answers of a server.
    pub(super) const RESPONSE: u8 = 0x04;
    pub(super) const PRELOGIN: u8 = 0x12;
}

/// The bytes of a PRELOGIN packet by which it is known, `None` standing for any: its first option is
/// the version, which has six bytes.
const PRELOGIN: [Option<u8>; 12] =
    [Some(1), None, None, None, None, None, Some(0), Some(0), Some(0), None, Some(0), Some(6)];

/// Whether so much of a PRELOGIN packet begins here, at the start of a stream, as there is.
fn begins_prelogin(bytes: &[u8]) -> bool {
    let Some((&(kind::PRELOGIN | kind::RESPONSE), rest)) = bytes.split_first() else {
        return false;
    };
    rest.iter().zip(PRELOGIN).all(|(&byte, known)| known.is_none_or(|known| known == byte))
}

/// Whether a stream begins with the PRELOGIN packet of a client or a server.
pub fn is_prelogin(bytes: &[u8]) -> bool {
    bytes.len() > PRELOGIN.len() && begins_prelogin(bytes)
}

/// Length of the PRELOGIN packet of a client or a server that a stream begins with; 0 where it
/// begins otherwise.
pub fn prelogin(bytes: &[u8]) -> Probe<usize> {
    if !begins_prelogin(bytes) {
        return Probe::Is(0);
    }
    match bytes.get(2..4) {
        Some(&[high, low]) if is_prelogin(bytes) => {
            match usize::from(u16::from_be_bytes([high, low])) {
                length if length <= PRELOGIN.len() => Probe::Is(0),
                length if bytes.len() < length => Probe::NeedMore,
                length => Probe::Is(length),
            }
        }
        _ => Probe::NeedMore,
    }
}

/// Length of the payload of a packet that may hold records.
pub fn wrapping(bytes: &[u8]) -> Probe<u16> {
    match *bytes {
        [] => Probe::NeedMore,
        [kind::RESPONSE | kind::PRELOGIN] => Probe::NeedMore,
        [kind::RESPONSE | kind::PRELOGIN, 0 | 1, ref rest @ ..] => match *rest {
            [high, low, _, _, _, 0, ..] => match u16::from_be_bytes([high, low]).checked_sub(8) {
                Some(length) => Probe::Is(length),
                None => Probe::IsNot,
            },
            [_, _, _, _, _, _, ..] => Probe::IsNot,
            _ => Probe::NeedMore,
        },
        _ => Probe::IsNot,
    }
}

/// Whether a packet begins here that is none of a handshake: the login and what follows it in the
/// clear, where only the login was to be encrypted.
pub fn is_clear(bytes: &[u8]) -> bool {
    // SQL batch, old login, procedure call, answer, attention, bulk load, federated token,
    // transaction manager, login, SSPI.
    matches!(bytes, [1..=4 | 6..=8 | 0x0e | 0x10 | 0x11, 0..=0x1f, ..])
}

/// The first bytes of records, up to as many as tell what they are: `left` of `bytes` belong to the
/// packet at hand, then come others.
pub fn record_beginning(bytes: &[u8], left: u64) -> Beginning {
    let mut beginning = Beginning { bytes: [0; RECORD_BEGINNING], length: 0, ends_wrapping: false };
    let mut rest = bytes;
    let mut left = usize::try_from(left).unwrap_or(usize::MAX);
    for _ in 0..PACKETS {
        let (payload, after) = rest.split_at_checked(left).unwrap_or((rest, &[]));
        for (place, &byte) in beginning.bytes.iter_mut().skip(beginning.length).zip(payload) {
            *place = byte;
            beginning.length += 1;
        }
        if beginning.length == RECORD_BEGINNING {
            return beginning;
        }
        match wrapping(after) {
            Probe::Is(length) => left = length.into(),
            Probe::NeedMore => return beginning,
            Probe::IsNot => {
                beginning.ends_wrapping = true;
                return beginning;
            }
        }
        rest = after.get(HEADER..).unwrap_or_default();
    }
    beginning.ends_wrapping = true;
    beginning
}

/// The first bytes of records.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    bytes: [u8; RECORD_BEGINNING],
    length: usize,
    /// What follows them is no packet that may hold more.
    pub ends_wrapping: bool,
}

impl Beginning {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Whether a packet with TLS begins right here.
pub fn probe(bytes: &[u8]) -> Probe<Start> {
    let length = match wrapping(bytes) {
        Probe::Is(length) => length,
        Probe::NeedMore => return Probe::NeedMore,
        Probe::IsNot => return Probe::IsNot,
    };
    let beginning = record_beginning(bytes.get(HEADER..).unwrap_or_default(), length.into());
    match preamble::probe(beginning.bytes()) {
        Probe::NeedMore if beginning.ends_wrapping => Probe::IsNot,
        Probe::Is(Start::Sslv2Hello(_)) => Probe::IsNot,
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: [u8; 9] = [22, 3, 1, 0, 50, 1, 0, 0, 46];

    fn packet(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len() + HEADER).unwrap_or(u8::MAX);
        [&[kind, 1, 0, length, 0, 0, 0, 0], payload].concat()
    }

    #[test]
    fn prelogin_packet_says_its_length_in_every_prefix() {
        let options = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 15, 0, 7, 0, 0, 0, 1];
        for kind in [0x12, 4] {
            let whole = packet(kind, &options);
            assert_eq!(prelogin(&whole), Probe::Is(whole.len()));
            for end in 1..whole.len() {
                assert_eq!(prelogin(whole.get(..end).unwrap_or_default()), Probe::NeedMore);
            }
        }
        assert_eq!(prelogin(&packet(0x12, &HELLO)), Probe::Is(0));
        assert_eq!(prelogin(&packet(4, &[0xe3, 0x1b, 0])), Probe::Is(0));
        assert_eq!(prelogin(&[0x12, 1, 0, 4, 0, 0, 0, 0, 0, 0, 11, 0, 6]), Probe::Is(0));
    }

    #[test]
    fn records_are_found_in_packets_of_any_size() {
        for size in 1..HELLO.len() {
            let all: Vec<u8> = HELLO.chunks(size).flat_map(|part| packet(0x12, part)).collect();
            let expected = Probe::Is(Start::Hello);
            assert_eq!(probe(&all), expected, "{size}");
            for end in 0..all.len() {
                let known = probe(all.get(..end).unwrap_or_default());
                assert!([Probe::NeedMore, expected].contains(&known), "{size} {end}");
            }
        }
        assert_eq!(probe(&packet(4, &[0xe3, 0x1b, 0, 1, 2, 3])), Probe::IsNot);
        assert_eq!(probe(&HELLO), Probe::IsNot);
        let torn = [packet(0x12, &[22, 3]), HELLO.to_vec()].concat();
        assert_eq!(probe(&torn), Probe::IsNot);
        assert_eq!(probe(&packet(0x12, &[]).repeat(9)), Probe::IsNot);
    }

    #[test]
    fn length_below_that_of_the_header_is_none() {
        for length in 0..8 {
            assert_eq!(wrapping(&[0x12, 1, 0, length, 0, 0, 0, 0]), Probe::IsNot);
        }
        assert_eq!(wrapping(&[0x12, 1, 0, 8, 0, 0, 0, 0]), Probe::Is(0));
    }
}
