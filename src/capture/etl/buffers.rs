//! The buffers of a log, and the records in one.

use super::super::order::{Fields, Order, size};

/// Length of a buffer's header (WMI_BUFFER_HEADER), in bytes.
pub(super) const HEADER: usize = 0x48;

/// Records begin at multiples of this, in bytes from the buffer's start.
const ALIGNMENT: usize = 8;

/// What the header of a buffer says.
#[derive(Clone, Copy, Debug)]
pub(super) struct BufferHeader {
    /// Bytes from this header to the next one.
    pub(super) stored: u32,
    /// Bytes in use from the header's start, once decompressed.
    pub(super) used: u32,
    pub(super) processor: u16,
    pub(super) compressed: bool,
}

impl BufferHeader {
    /// `None` where bytes are missing.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        const PROCESSOR_INDEX: u16 = 0x20;
        const COMPRESSED: u16 = 0x40;
        let mut fields = Fields::new(bytes.get(..HEADER)?, Order::Little);
        let stored = fields.u32()?;
        fields.take(0x24)?;
        let processor = fields.u16()?;
        fields.take(6)?;
        let used = fields.u32()?;
        let flags = fields.u16()?;
        let processor = if flags & PROCESSOR_INDEX == 0 { processor & 0xff } else { processor };
        Some(Self { stored, used, processor, compressed: flags & COMPRESSED != 0 })
    }
}

/// The records of a buffer, by its contents: what follows its header.
pub(super) struct Records<'a> {
    rest: &'a [u8],
    /// A record whose size cannot be one was met.
    pub(super) is_damaged: bool,
    /// The contents are cut, so that the last record may be.
    is_cut: bool,
}

/// One record, with its header.
pub(super) struct Record<'a> {
    pub(super) kind: Kind,
    pub(super) bytes: &'a [u8],
}

/// Kinds of records that are told apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// EVENT_HEADER: what providers with a manifest write.
    Event,
    /// A system event; its pointers have 8 bytes, or 4.
    System {
        pointers_of_8: bool,
    },
    Other,
}

impl<'a> Records<'a> {
    pub(super) fn new(contents: &'a [u8], is_cut: bool) -> Self {
        Self { rest: contents, is_damaged: false, is_cut }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let &[a, b, header_type, marker, c, d, _, _] = self.rest.first_chunk()?;
        if [a, b, header_type, marker] == [0xff; 4] {
            return None;
        }
        let first = usize::from(u16::from_le_bytes([a, b]));
        let (kind, length) = match (marker, header_type) {
            (0xc0, 0x01 | 0x02) => {
                let kind = Kind::System { pointers_of_8: header_type == 0x02 };
                (kind, usize::from(u16::from_le_bytes([c, d])))
            }
            (0xc0, 0x03 | 0x04 | 0x10 | 0x11) => {
                (Kind::Other, usize::from(u16::from_le_bytes([c, d])))
            }
            (0xc0, 0x12 | 0x13) => (Kind::Event, first),
            (0xc0 | 0x90, _) => (Kind::Other, first),
            (0..=0x7f, _) => (Kind::Other, size(u32::from_le_bytes([a, b, header_type, marker]))),
            _ => (Kind::Other, 0),
        };
        let record = self.rest.get(..length).filter(|record| record.len() >= ALIGNMENT);
        let Some(bytes) = record else {
            self.is_damaged = !(self.is_cut && length > self.rest.len());
            self.rest = &[];
            return None;
        };
        self.rest = self.rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
        Some(Record { kind, bytes })
    }
}

/// The times, versions and losses that the first record of a log states.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    /// Build of Windows.
    pub(super) build: u32,
    pub(super) events_lost: u32,
    pub(super) buffers_lost: u32,
    /// Buffers that were written; 0 where the session was not ended.
    pub(super) buffers_written: u32,
    /// Old buffers were overwritten with new ones.
    pub(super) is_circular: bool,
    /// When the first record was written: raw, and in units of 100 nanoseconds since 1601.
    first_raw: u64,
    start: u64,
    clock: Option<Clock>,
}

/// What raw times count, and how many of them 10^7 units of 100 nanoseconds are.
#[derive(Clone, Copy, Debug)]
struct Clock {
    per_second: u64,
}

impl Session {
    /// `None` where the record is none with which a log begins.
    pub(super) fn read(record: &Record<'_>) -> Option<Self> {
        const CIRCULAR: u32 = 2;
        /// Length of a system event's header, in bytes.
        const EVENT_HEADER: usize = 0x20;
        let Kind::System { pointers_of_8 } = record.kind else { return None };
        let mut header = Fields::new(record.bytes, Order::Little);
        header.take(6)?;
        let hook = header.u16()?;
        header.take(8)?;
        let first_raw = header.u64()?;
        if hook != 0 {
            return None;
        }
        let contents = record.bytes.get(EVENT_HEADER..)?;
        let mut fields = Fields::new(contents, Order::Little);
        fields.take(8)?;
        let build = fields.u32()?;
        fields.take(0x14)?;
        let mode = fields.u32()?;
        let buffers_written = fields.u32()?;
        fields.take(8)?;
        let events_lost = fields.u32()?;
        let megahertz = fields.u32()?;
        let times = contents.get(if pointers_of_8 { 0xf8 } else { 0xf0 }..)?;
        let mut times = Fields::new(times, Order::Little);
        times.take(8)?;
        let frequency = times.u64()?;
        let start = times.u64()?;
        let clock = times.u32()?;
        let buffers_lost = times.u32()?;
        let per_second = match clock {
            1 => frequency,
            2 => 10_000_000,
            3 => u64::from(megahertz) * 1_000_000,
            _ => 0,
        };
        Some(Self {
            build,
            events_lost,
            buffers_lost,
            buffers_written,
            is_circular: mode & CIRCULAR != 0,
            first_raw,
            start,
            clock: (per_second > 0).then_some(Clock { per_second }),
        })
    }

    /// Whether raw times can be told.
    pub(super) fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// Nanoseconds since 1970 of a raw time.
    pub(super) fn nanoseconds(&self, raw: u64) -> Option<i64> {
        /// 1970-01-01 in units of 100 nanoseconds since 1601.
        const EPOCH: i128 = 116_444_736_000_000_000;
        let Clock { per_second } = self.clock?;
        let since_first = i128::from(raw) - i128::from(self.first_raw);
        let units = (since_first * 10_000_000).div_euclid(i128::from(per_second));
        i64::try_from((i128::from(self.start) + units - EPOCH) * 100).ok()
    }

    /// Raw times in a millisecond; 1 where the clock is not known.
    pub(super) fn per_millisecond(&self) -> u64 {
        self.clock.map_or(1, |clock| clock.per_second / 1000).max(1)
    }
}
