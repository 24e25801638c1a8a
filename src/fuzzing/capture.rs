//! `capture_reader`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use sha2::{Digest, Sha256};

use super::pieces::Pieces;
use crate::capture::{CaptureReader, Format, Item};
use crate::limits::Limits;

/// Reads a capture. Promised: no more is read than there is, and all of it in the end; an
/// uncompressed file gives no more packet bytes than it has, and an Event Trace Log no more than are
/// sorted; numbers ascend; however the input comes in pieces, and whether or not packets are taken
/// where they lie ready, the same items are found.
pub fn capture_reader(input: &[u8]) {
    let limits = Limits {
        block_bytes: 64 << 10,
        packet_bytes: 16 << 10,
        interfaces: 8,
        zstd_window_bytes: 1 << 20,
        sorted_bytes: 1 << 20,
        log_buffer_bytes: 64 << 10,
        ..Limits::default()
    };
    let whole = items(input, input, &limits, false);
    assert_eq!(items(input, input, &limits, true), whole, "where they lie ready");
    for most in [1, 7, 300] {
        let seed = u64::try_from(input.len()).unwrap_or_default();
        let pieces = items(Pieces::new(input, most, seed), input, &limits, most > 1);
        assert_eq!(pieces, whole, "in pieces of up to {most} bytes");
    }
}

/// What is found in a capture, as text; the bytes of a packet as their hash.
fn items<R: Read>(reader: R, input: &[u8], limits: &Limits, ready: bool) -> Vec<String> {
    let length = u64::try_from(input.len()).unwrap_or(u64::MAX);
    let mut reader = match CaptureReader::new(reader, limits, true) {
        Ok(reader) => reader,
        Err(error) => return vec![error.to_string()],
    };
    let mut found = Vec::new();
    let (mut last, mut bytes) = (0, 0);
    loop {
        let lying = if ready { reader.ready() } else { None };
        let item = match lying {
            Some(packet) => Ok(Some(Item::Packet(packet))),
            None => reader.read(),
        };
        match item {
            Ok(Some(Item::Packet(packet))) => {
                assert!(packet.number > last, "numbers ascend");
                last = packet.number;
                let captured = u64::try_from(packet.data.len()).unwrap_or(u64::MAX);
                assert!(captured <= u64::from(packet.original_length), "no more than on the wire");
                bytes += captured;
                let mut hasher = DefaultHasher::new();
                packet.data.hash(&mut hasher);
                let hash = hasher.finish();
                found.push(format!("{:?} {hash:x}", (last, packet.timestamp, packet.link_type)));
            }
            Ok(Some(item)) => found.push(format!("{item:?}")),
            Ok(None) => break,
            Err(error) => {
                found.push(error.to_string());
                break;
            }
        }
        assert!(reader.frames() >= last && reader.bytes_read() <= length);
        // Buffers of a log are compressed each by itself.
        if reader.compression().is_none() && reader.format() != Format::Etl {
            assert!(bytes <= length, "{bytes} packet bytes of {length}");
            assert!(found.len() <= input.len(), "every item takes bytes");
        }
        if reader.format() == Format::Etl {
            let most = u64::try_from(limits.sorted_bytes).unwrap_or(u64::MAX);
            assert!(bytes <= most, "{bytes} packet bytes of a log, limit {most}");
        }
    }
    assert!(matches!(reader.read(), Ok(None)), "the end stays the end");
    if let Ok(summary) = reader.finish() {
        assert_eq!(summary.bytes, length, "all is read in the end");
        assert_eq!(summary.sha256, Some(Sha256::digest(input).into()));
    }
    found
}
