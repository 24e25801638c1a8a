//! Writes logs as Windows does.

/// Keyword of wireless frames.
pub(super) const NATIVE_802_11: u64 = 0x1_0000;

/// What the first record of a log states.
pub(super) struct Log {
    pub(super) pointers: u32,
    pub(super) mode: u32,
    pub(super) buffers_written: u32,
    pub(super) events_lost: u32,
    pub(super) buffers_lost: u32,
    pub(super) first_raw: u64,
    pub(super) frequency: u64,
    pub(super) clock: u32,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            pointers: 8,
            mode: 1,
            buffers_written: 0,
            events_lost: 0,
            buffers_lost: 0,
            first_raw: 0,
            frequency: 10_000_000,
            clock: 1,
        }
    }
}

impl Log {
    /// The first buffer, which begins at 2026-01-01.
    pub(super) fn header(&self, length: usize) -> Vec<u8> {
        let times = if self.pointers == 8 { 0xf8 } else { 0xf0 };
        let mut contents = vec![0; times];
        let mut put = |at: usize, value: u32| {
            contents[at..at + 4].copy_from_slice(&value.to_le_bytes());
        };
        put(0x08, 20348);
        put(0x20, self.mode);
        put(0x24, self.buffers_written);
        put(0x2c, self.pointers);
        put(0x30, self.events_lost);
        put(0x34, 2000);
        let start: u64 = 116_444_736_000_000_000 + 1_767_225_600 * 10_000_000;
        for value in [0, self.frequency, start] {
            contents.extend(value.to_le_bytes());
        }
        contents.extend(self.clock.to_le_bytes());
        contents.extend(self.buffers_lost.to_le_bytes());
        let kind = if self.pointers == 8 { 2 } else { 1 };
        let size = u16::try_from(0x20 + contents.len()).unwrap().to_le_bytes();
        let mut record = vec![2, 0, kind, 0xc0, size[0], size[1], 0, 0];
        record.extend([0; 8]);
        record.extend(self.first_raw.to_le_bytes());
        record.extend([0; 8]);
        record.extend(contents);
        buffer(0, length, &record)
    }
}

/// A plain buffer of a length.
pub(super) fn buffer(processor: u8, length: usize, records: &[u8]) -> Vec<u8> {
    let mut bytes = with_header(processor, 0x20, records.len(), records);
    assert!(bytes.len() <= length);
    bytes.resize(length, 0xff);
    let length = u32::try_from(length).unwrap();
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// A compressed buffer, all of it literals.
pub(super) fn packed(processor: u8, records: &[u8]) -> Vec<u8> {
    let words = records.chunks(32).flat_map(|chunk| [&[0; 4][..], chunk].concat());
    with_header(processor, 0x60, records.len(), &words.collect::<Vec<u8>>())
}

fn with_header(processor: u8, flags: u8, used: usize, contents: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 0x48];
    bytes[0x28] = processor;
    bytes[0x34] = flags;
    let used = u32::try_from(0x48 + used).unwrap();
    bytes[0x30..0x34].copy_from_slice(&used.to_le_bytes());
    bytes.extend(contents);
    let stored = u32::try_from(bytes.len()).unwrap();
    bytes[..4].copy_from_slice(&stored.to_le_bytes());
    bytes
}

/// A record whose size is that of its bytes, filled up.
pub(super) fn record(mut bytes: Vec<u8>) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap();
    bytes[..2].copy_from_slice(&size.to_le_bytes());
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

struct Event {
    provider: &'static [u8; 16],
    id: u16,
    time: u64,
    keywords: u64,
    thread: u32,
}

impl Event {
    fn with(&self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0x13, 0xc0, 0, 0, 0, 0];
        bytes.extend(self.thread.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.time.to_le_bytes());
        bytes.extend(self.provider);
        bytes.extend(self.id.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(self.keywords.to_le_bytes());
        bytes.extend([0; 24]);
        bytes.extend(payload);
        record(bytes)
    }
}

pub(super) mod pktmon {
    use super::Event;

    const PROVIDER: &[u8; 16] = b"\xd9\x80\x4f\x4d\xbd\xc8\x73\x4d\xbb\x5b\x19\xc9\x04\x02\xc5\xac";

    pub(in super::super) fn component(time: u64, id: u16, kind: u16) -> Vec<u8> {
        let names = [0; 4];
        let payload = [&id.to_le_bytes()[..], &kind.to_le_bytes(), &names].concat();
        event(20, time).with(&payload)
    }

    /// A packet of Ethernet; an original length of 0 is that of the packet.
    pub(in super::super) fn passed(
        time: u64,
        component: u16,
        packet: &[u8],
        original: u16,
    ) -> Vec<u8> {
        passed_as(time, component, packet, 1, original)
    }

    pub(in super::super) fn passed_as(
        time: u64,
        component: u16,
        packet: &[u8],
        packet_type: u16,
        original: u16,
    ) -> Vec<u8> {
        event(160, time).with(&payload(component, packet, packet_type, original))
    }

    pub(in super::super) fn dropped(time: u64, component: u16, packet: &[u8]) -> Vec<u8> {
        event(170, time).with(&payload(component, packet, 1, 0))
    }

    fn event(id: u16, time: u64) -> Event {
        Event { provider: PROVIDER, id, time, keywords: 0x10, thread: 1 }
    }

    fn payload(component: u16, packet: &[u8], packet_type: u16, original: u16) -> Vec<u8> {
        let logged = u16::try_from(packet.len()).unwrap();
        let original = if original == 0 { logged } else { original };
        let mut bytes = vec![0; 14];
        for value in [packet_type, component, 1, 1, 0, 0, 0, 0, original, logged] {
            bytes.extend(value.to_le_bytes());
        }
        assert_eq!(bytes.len(), 0x22);
        bytes.extend(packet);
        bytes
    }
}

pub(super) mod ndis {
    use super::Event;

    const PROVIDER: &[u8; 16] = b"\x6e\x00\xd6\x2e\x29\x47\x09\x46\xb4\x23\x3e\xe7\xbc\xd6\x78\xef";

    pub(in super::super) fn frame(time: u64, thread: u32, keywords: u64, packet: &[u8]) -> Vec<u8> {
        let length = u32::try_from(packet.len()).unwrap();
        let payload = [&9_u32.to_le_bytes()[..], &9_u32.to_le_bytes(), &length.to_le_bytes()];
        let payload = [&payload.concat(), packet, &[0; 16]].concat();
        Event { provider: PROVIDER, id: 1001, time, keywords, thread }.with(&payload)
    }

    pub(in super::super) fn switch_frame(time: u64, keywords: u64, packet: &[u8]) -> Vec<u8> {
        let mut payload = vec![0; 12];
        for name in ["a", "port", ""] {
            payload.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        payload.extend(2_u32.to_le_bytes());
        payload.extend([0; 16]);
        payload.extend(u32::try_from(packet.len()).unwrap().to_le_bytes());
        payload.extend(packet);
        payload.extend([0; 4]);
        Event { provider: PROVIDER, id: 1003, time, keywords, thread: 1 }.with(&payload)
    }
}

/// An Ethernet frame, filled up to 60 bytes, with an IPv4 packet of 20 bytes that has a number.
pub(super) fn ethernet(number: u8) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00];
    bytes.extend(ipv4(number));
    bytes.resize(60, 0);
    bytes
}

/// The same in 802.11, decrypted and said to be encrypted.
pub(super) fn wireless(number: u8) -> Vec<u8> {
    let mut bytes = vec![0x88, 0x42];
    bytes.resize(26, 1);
    bytes.extend([0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00]);
    bytes.extend(ipv4(number));
    bytes
}

fn ipv4(number: u8) -> [u8; 20] {
    [0x45, 0, 0, 20, 0, number, 0, 0, 64, 255, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
}
