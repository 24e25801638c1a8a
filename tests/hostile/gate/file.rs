//! A capture file taken apart into its records and put together again.

use std::ops::Range;

/// A capture file: what stands before the first record, then its records.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) head: Vec<u8>,
    pub(super) records: Vec<Record>,
    pub(super) is_big_endian: bool,
    pub(super) is_pcapng: bool,
}

/// A packet record of a classic capture, or a block of a pcapng file.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) bytes: Vec<u8>,
    /// Where in `bytes` the captured bytes stand, and how they are linked; `None` for blocks that
    /// hold no packet.
    pub(super) packet: Option<(Range<usize>, u32)>,
    /// Where the length of what was captured stands in `bytes`, where it has a field of its own.
    captured_at: Option<usize>,
    /// Which of the file's connections it belongs to, by what is known of the whole file.
    pub(super) owner: Option<usize>,
    /// It has to prevent a pass where its connection fails.
    pub(super) counts: bool,
    /// Offset in the packet behind which its first byte of a handshake stands.
    pub(super) handshake_before: Option<usize>,
    /// It stands before the first byte of TLS: a handshake of TCP, or what is said before.
    pub(super) is_before_tls: bool,
    /// It stands where, or behind where, a later handshake of its connection may begin.
    pub(super) is_late: bool,
}

impl File {
    /// Takes a file apart; `None` where it is no pcap or pcapng file whose records are whole.
    pub(super) fn split(bytes: &[u8]) -> Option<Self> {
        let magic = u32::from_le_bytes(bytes.get(..4)?.try_into().unwrap());
        match magic {
            0xa1b2_c3d4 | 0xa1b2_3c4d => Self::split_pcap(bytes, false),
            0xd4c3_b2a1 | 0x4d3c_b2a1 => Self::split_pcap(bytes, true),
            0x0a0d_0d0a => Self::split_pcapng(bytes),
            _ => None,
        }
    }

    fn split_pcap(bytes: &[u8], is_big_endian: bool) -> Option<Self> {
        let (head, mut rest) = bytes.split_at_checked(24)?;
        let link_type = number(head, 20, is_big_endian)? & 0x0fff_ffff;
        let mut records = Vec::new();
        while !rest.is_empty() {
            let end = 16 + usize::try_from(number(rest, 8, is_big_endian)?).unwrap();
            let (record, after) = rest.split_at_checked(end)?;
            records.push(Record::new(record, Some((16..end, link_type)), Some(8)));
            rest = after;
        }
        Some(Self { head: head.to_vec(), records, is_big_endian, is_pcapng: false })
    }

    fn split_pcapng(bytes: &[u8]) -> Option<Self> {
        let is_big_endian = bytes.get(8..12)? == [0x1a, 0x2b, 0x3c, 0x4d];
        let mut interfaces = Vec::new();
        let mut records = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let kind = number(rest, 0, is_big_endian)?;
            let end = usize::try_from(number(rest, 4, is_big_endian)?).unwrap();
            let (block, after) = rest.split_at_checked(end)?;
            let (mut packet, mut captured_at) = (None, None);
            match kind {
                0x0a0d_0d0a if (block.get(8..12)? == [0x1a, 0x2b, 0x3c, 0x4d]) != is_big_endian => {
                    return None;
                }
                0x0a0d_0d0a => interfaces.clear(),
                1 => interfaces.push(
                    number(block, 8, is_big_endian)? >> if is_big_endian { 16 } else { 0 } & 0xffff,
                ),
                3 => {
                    let length = usize::try_from(number(block, 8, is_big_endian)?).unwrap();
                    packet = Some((12..(12 + length).min(end - 4), *interfaces.first()?));
                }
                6 => {
                    let interface = usize::try_from(number(block, 8, is_big_endian)?).unwrap();
                    let length = usize::try_from(number(block, 20, is_big_endian)?).unwrap();
                    packet = Some((28..28 + length, *interfaces.get(interface)?));
                    captured_at = Some(20);
                }
                _ => {}
            }
            records.push(Record::new(block, packet, captured_at));
            rest = after;
        }
        Some(Self { head: Vec::new(), records, is_big_endian, is_pcapng: true })
    }

    /// A classic capture of Ethernet frames, each with its time in microseconds.
    pub(super) fn of_frames(frames: Vec<(u32, Record)>) -> Self {
        let mut head = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
        head.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
        let records = frames.into_iter().map(|(time, frame)| {
            let length = u32::try_from(frame.data().len()).unwrap();
            let seconds = 1_700_000_000 + time / 1_000_000;
            let mut bytes = Vec::new();
            for field in [seconds, time % 1_000_000, length, length] {
                bytes.extend(field.to_le_bytes());
            }
            bytes.extend(frame.data());
            let packet = Some((16..bytes.len(), 1));
            Record { bytes, packet, captured_at: Some(8), ..frame }
        });
        Self { head, records: records.collect(), is_big_endian: false, is_pcapng: false }
    }

    /// The file's bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        self.records.iter().for_each(|record| bytes.extend(&record.bytes));
        bytes
    }

    /// The places of the records that hold packets.
    pub(super) fn packets(&self) -> Vec<usize> {
        (0..self.records.len()).filter(|at| self.records[*at].packet.is_some()).collect()
    }
}

impl Record {
    fn new(bytes: &[u8], packet: Option<(Range<usize>, u32)>, captured_at: Option<usize>) -> Self {
        Self {
            bytes: bytes.to_vec(),
            packet,
            captured_at,
            owner: None,
            counts: false,
            handshake_before: None,
            is_before_tls: false,
            is_late: false,
        }
    }

    /// The packet alone, to become part of another file.
    pub(super) fn of_frame(frame: Vec<u8>, like: &Self) -> Self {
        let packet = Some((0..frame.len(), 1));
        Self { bytes: frame, packet, captured_at: None, ..like.clone() }
    }

    /// The packet's bytes that were captured.
    pub(super) fn data(&self) -> &[u8] {
        self.packet.as_ref().map_or(&[], |(place, _)| &self.bytes[place.clone()])
    }

    /// Whether a time stands where packet records have it.
    pub(super) fn has_time(&self) -> bool {
        self.captured_at.is_some()
    }

    /// Whether a byte of its connection's handshake is among them.
    pub(super) fn has_handshake_byte(&self) -> bool {
        self.handshake_before.is_some_and(|before| before < self.data().len())
    }

    /// Cuts the packet as a snap length does: it tells how long it was.
    pub(super) fn cut(&mut self, length: usize, is_big_endian: bool, is_pcapng: bool) {
        let (Some((place, link_type)), Some(captured_at)) = (self.packet.clone(), self.captured_at)
        else {
            return;
        };
        if length >= place.len() {
            return;
        }
        let end = place.start + length;
        if is_pcapng {
            // What stands behind the packet, padded to four bytes, stays: options and the length.
            let behind = place.start + place.len().next_multiple_of(4);
            let padded = place.start + length.next_multiple_of(4);
            let mut cut = self.bytes[..end].to_vec();
            cut.resize(padded, 0);
            cut.extend(&self.bytes[behind..]);
            self.bytes = cut;
            let total = u32::try_from(self.bytes.len()).unwrap();
            let last = self.bytes.len() - 4;
            set_number(&mut self.bytes, 4, total, is_big_endian);
            set_number(&mut self.bytes, last, total, is_big_endian);
        } else {
            self.bytes.truncate(end);
        }
        set_number(&mut self.bytes, captured_at, u32::try_from(length).unwrap(), is_big_endian);
        self.packet = Some((place.start..end, link_type));
    }

    /// Where in `bytes` lengths stand on which the way to the next record depends.
    pub(super) fn length_fields(&self, is_pcapng: bool) -> Vec<usize> {
        let own = self.captured_at;
        if is_pcapng {
            [Some(4), own].into_iter().flatten().collect()
        } else {
            own.into_iter().collect()
        }
    }
}

fn number(bytes: &[u8], at: usize, is_big_endian: bool) -> Option<u32> {
    let field = bytes.get(at..at + 4)?.try_into().unwrap();
    Some(if is_big_endian { u32::from_be_bytes(field) } else { u32::from_le_bytes(field) })
}

fn set_number(bytes: &mut [u8], at: usize, value: u32, is_big_endian: bool) {
    let field = if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    bytes[at..at + 4].copy_from_slice(&field);
}
