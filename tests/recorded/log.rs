//! A capture written anew as a Windows Event Trace Log.
#![allow(clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

/// One packet: nanoseconds since 1970, and its bytes.
type Timed = (u64, Vec<u8>);

/// The packets of a capture of Ethernet, as `pktmon` records them: compressed buffers of two
/// processors, each packet at a filter, an adapter and TCP/IP. `None` where there are others.
pub(crate) fn of_capture(path: &Path) -> Option<Vec<u8>> {
    let mut packets: Vec<Timed> = Vec::new();
    let mut fits = true;
    super::for_each_packet(path, |packet| {
        let time = packet.timestamp.map(|time| u64::try_from(time.nanoseconds).unwrap());
        let whole = usize::try_from(packet.original_length) == Ok(packet.data.len());
        let in_order = packets.last().is_none_or(|last| time.is_some_and(|time| last.0 < time));
        fits &= packet.link_type.0 == 1 && whole && in_order && packet.data.len() < 60_000;
        packets.push((time.unwrap_or_default(), packet.data.to_vec()));
    });
    let first = packets.first().filter(|_| fits)?.0;
    let mut log = header(first);
    for processor in [1, 0] {
        let mut records = Vec::new();
        for (number, (time, packet)) in packets.iter().enumerate() {
            if number % 2 != processor {
                continue;
            }
            for (place, component) in [42, 13, 80].into_iter().enumerate() {
                // Raw times are nanoseconds.
                let time = time - first + u64::try_from(place).unwrap();
                records.extend(event(160, time, &passed(component, packet)));
            }
        }
        for (id, kind) in [(42_u16, 3_u16), (13, 2), (80, 4)] {
            let component = [id.to_le_bytes(), kind.to_le_bytes(), [0; 2]].concat();
            records.extend(event(20, u64::MAX >> 1, &component));
        }
        log.extend(buffer(processor, &records));
    }
    Some(log)
}

/// The first buffer, with times in nanoseconds from `first` on.
fn header(first: u64) -> Vec<u8> {
    let mut contents = vec![0; 0xf8 + 32];
    let mut put = |at: usize, value: u64| {
        contents[at..at + 8].copy_from_slice(&value.to_le_bytes());
    };
    put(0x08, 26200);
    put(0xf8 + 8, 1_000_000_000);
    put(0xf8 + 16, 116_444_736_000_000_000 + first / 100);
    put(0xf8 + 24, 1);
    let size = u16::try_from(0x20 + contents.len()).unwrap().to_le_bytes();
    let mut record = vec![2, 0, 2, 0xc0, size[0], size[1], 0, 0];
    record.resize(0x20, 0);
    record.extend(contents);
    let mut bytes = vec![0; 0x48];
    bytes[0x34] = 0x20;
    bytes.extend(record);
    let used = u32::try_from(bytes.len()).unwrap();
    bytes[0x30..0x34].copy_from_slice(&used.to_le_bytes());
    bytes.resize(0x400, 0xff);
    bytes[..4].copy_from_slice(&0x400_u32.to_le_bytes());
    bytes
}

/// A compressed buffer, all of it literals.
fn buffer(processor: usize, records: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 0x48];
    bytes[0x28] = u8::try_from(processor).unwrap();
    bytes[0x34] = 0x60;
    let used = u32::try_from(0x48 + records.len()).unwrap();
    bytes[0x30..0x34].copy_from_slice(&used.to_le_bytes());
    for literals in records.chunks(32) {
        bytes.extend([0; 4]);
        bytes.extend(literals);
    }
    let stored = u32::try_from(bytes.len()).unwrap();
    bytes[..4].copy_from_slice(&stored.to_le_bytes());
    bytes
}

fn event(id: u16, time: u64, payload: &[u8]) -> Vec<u8> {
    let size = u16::try_from(0x50 + payload.len()).unwrap().to_le_bytes();
    let mut bytes = vec![size[0], size[1], 0x13, 0xc0];
    bytes.resize(0x10, 0);
    bytes.extend(time.to_le_bytes());
    bytes.extend(b"\xd9\x80\x4f\x4d\xbd\xc8\x73\x4d\xbb\x5b\x19\xc9\x04\x02\xc5\xac");
    bytes.extend(id.to_le_bytes());
    bytes.resize(0x50, 0);
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn passed(component: u16, packet: &[u8]) -> Vec<u8> {
    let length = u16::try_from(packet.len()).unwrap();
    let mut bytes = vec![0; 14];
    for value in [1, component, 1, 1, 0, 0, 0, 0, length, length] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(packet);
    bytes
}
