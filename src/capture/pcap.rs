//! Classic pcap (draft-ietf-opsawg-pcap), with the variants that Wireshark reads.

use std::io::Read;
use std::ops::Range;

use pcap_parser::{Linktype, PcapHeader, parse_pcap_header};

use super::buffer::Buffer;
use super::damage::Fault;
use super::error::CaptureError;
use super::order::{Fields, Order, distance, size};
use super::packet::{LinkType, Timestamp};
use super::pcap_variant::Variant;
use super::reader::{Format, Recorded, Step};
use super::recorder::Notes;
use crate::limits::Limits;

/// Length of the file header, in bytes.
pub(super) const FILE_HEADER: usize = 24;

/// Length of the part of a record header that all variants share, in bytes.
pub(super) const RECORD_HEADER: usize = 16;

/// Link types whose packets Wireshark allows to be longer than others': USB, D-Bus and EBHSCR.
const LONG_PACKETS: [u16; 6] = [189, 220, 231, 249, 266, 279];

/// Longest packet on the wire that a record header is believed to state, in bytes: twice one that
/// segmentation offload has still to cut up.
const LONGEST_ON_THE_WIRE: u32 = 1 << 20;

/// Seconds of a day.
const DAY: u32 = 86_400;

/// Which of the two lengths in a record header comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lengths {
    CapturedFirst,
    /// Before version 2.3.
    OriginalFirst,
    /// In version 2.3: the captured length is the smaller one.
    Either,
}

/// A classic pcap file after its header.
#[derive(Debug)]
pub(super) struct Pcap {
    order: Order,
    /// Nanoseconds in a unit of the second field of a timestamp.
    unit: i64,
    digits: u8,
    /// Length of a record header.
    header: usize,
    lengths: Lengths,
    link_type: LinkType,
    frame_check_sequence: u8,
    /// Longest packet.
    limit: usize,
    /// Longest packet that is not odd, by the file's snap length.
    snap_length: usize,
    /// The snap length as the file states it.
    stated_snap_length: u32,
    captured_length_reported: bool,
    /// The frame whose captured length was reported last.
    reported_frame: u64,
    header_reported: bool,
    /// Longest length on the wire that is not odd.
    longest: u32,
    /// Units of a timestamp's fraction in a second.
    second: u32,
    /// When the first packet was recorded, in seconds.
    first_seconds: u32,
}

/// What the first four bytes of a file say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Magic {
    order: Order,
    variant: Variant,
    nanoseconds: bool,
    /// Bytes between the file header and the first record.
    extra: usize,
}

impl Magic {
    fn recognise(bytes: [u8; 4]) -> Option<Self> {
        [Order::Little, Order::Big].into_iter().find_map(|order| {
            let (variant, nanoseconds, extra) = match order.u32(bytes) {
                0xa1b2_c3d4 => (Variant::Standard, false, 0),
                0xa1b2_3c4d => (Variant::Standard, true, 0),
                0xa1b2_cd34 => (Variant::Modified, false, 0),
                // Ixia "lcap", hardware and software: the length of all records follows.
                0x1c00_01ac => (Variant::Standard, true, 4),
                0x1c00_01ab => (Variant::Standard, false, 4),
                _ => return None,
            };
            Some(Self { order, variant, nanoseconds, extra })
        })
    }
}

impl Pcap {
    /// Whether a file begins like classic pcap.
    pub(super) fn recognise(bytes: &[u8]) -> bool {
        bytes.first_chunk().is_some_and(|&magic| Magic::recognise(magic).is_some())
    }

    /// Reads the file header, and the first records as far as they tell the variant.
    pub(super) fn new<R: Read>(
        buffer: &mut Buffer<R>,
        limits: &Limits,
    ) -> Result<Self, CaptureError> {
        buffer.fill_window();
        let bytes = buffer.available();
        let cut = CaptureError::HeaderCut { format: Format::Pcap, length: bytes.len() };
        let magic = bytes.first_chunk().and_then(|&magic| Magic::recognise(magic));
        let (Some(magic), true) = (magic, bytes.len() >= FILE_HEADER) else { return Err(cut) };
        if bytes.len() < FILE_HEADER + magic.extra {
            return Err(cut);
        }

        let Some(PcapHeader {
            version_major: major,
            version_minor: minor,
            snaplen: snap_length,
            network: Linktype(network),
            ..
        }) = file_header(bytes, magic.order)
        else {
            return Err(cut);
        };
        let network = network.cast_unsigned();
        let lengths = match (major, minor) {
            (0 | 1, _) => {
                return Err(unsupported(format!("has the unknown version {major}.{minor}")));
            }
            (2, 0..=2) | (543, _) => Lengths::OriginalFirst,
            (2, 3) => Lengths::Either,
            _ => Lengths::CapturedFirst,
        };
        let aix =
            magic.variant == Variant::Standard && !magic.nanoseconds && (major, minor) == (2, 2);
        let (network, nanoseconds) = match network {
            // AIX writes interface types of RFC 1573 and nanoseconds.
            6 if aix => (1, true),
            9 if aix => (6, true),
            15 if aix => (10, true),
            24 if aix => (0, true),
            _ => (network, magic.nanoseconds),
        };
        // Bits 16 to 25 and 27 must be zero: they once held the class of a link type.
        if network & 0x0bff_0000 != 0 {
            return Err(unsupported(format!("has the unknown link type {network:#010x}")));
        }
        let link_type = LinkType(u16::try_from(network & 0xffff).unwrap_or_default());
        // Bit 26 says that bits 28 to 31 are the FCS length, in units of 16 bits.
        let frame_check_sequence = if network & 0x0400_0000 == 0 {
            0
        } else {
            u8::try_from(network >> 28 << 1).unwrap_or(0)
        };
        let limit = if LONG_PACKETS.contains(&link_type.0) {
            limits.block_bytes
        } else {
            limits.packet_bytes.min(limits.block_bytes)
        };
        let longest =
            if LONG_PACKETS.contains(&link_type.0) { u32::MAX } else { LONGEST_ON_THE_WIRE };
        let header = FILE_HEADER + magic.extra;
        let first_records = bytes.get(header..).unwrap_or_default();
        // Other versions and resolutions were not used by the variants.
        let variant = if lengths == Lengths::CapturedFirst && !nanoseconds && magic.extra == 0 {
            magic.variant.confirm(first_records, magic.order, snap_length, limit)
        } else {
            magic.variant
        };
        let first_seconds = Record::read(first_records, magic.order).map(|record| record.seconds);
        let stated_snap_length = snap_length;
        let snap_length = if snap_length == 0 { limit } else { size(snap_length).min(limit) };
        buffer.take(header);
        Ok(Self {
            order: magic.order,
            unit: if nanoseconds { 1 } else { 1000 },
            digits: if nanoseconds { 9 } else { 6 },
            header: variant.record_header(),
            lengths,
            link_type,
            frame_check_sequence,
            limit,
            snap_length,
            stated_snap_length,
            captured_length_reported: false,
            reported_frame: 0,
            header_reported: false,
            longest,
            second: if nanoseconds { 1_000_000_000 } else { 1_000_000 },
            first_seconds: first_seconds.unwrap_or_default(),
        })
    }

    /// What the file says of its recorder.
    pub(super) fn notes(&self) -> Notes {
        Notes::of_snap_length(self.stated_snap_length)
    }

    /// The next record. `frames` counts it.
    #[inline]
    pub(super) fn next<R: Read>(&mut self, buffer: &mut Buffer<R>, frames: &mut u64) -> Step {
        if !buffer.fill(self.header) {
            let available = buffer.available().len();
            if available == 0 {
                return Step::End;
            }
            return Step::Fault(Fault::Cut { missing: distance(self.header - available) });
        }
        let Some(record) = Record::read(buffer.available(), self.order) else { return Step::End };
        let Record { seconds, fraction, .. } = record;
        let [captured, original] = self.lengths(record);
        if !self.is_plain_header(record)
            && !self.header_reported
            && !self.is_confirmed(record, buffer)
        {
            self.header_reported = true;
            let fault = Fault::RecordHeader { seconds, fraction, original };
            return Step::FaultOfNextFrame { fault, hides_packets: true };
        }
        let length = size(captured);
        if length > self.limit {
            return Step::Fault(Fault::RecordLength { length: captured, limit: self.limit });
        }
        let needed = self.header + length;
        if !buffer.fill(needed) {
            let missing = distance(needed - buffer.available().len());
            return Step::Fault(Fault::Cut { missing });
        }
        let is_odd = captured > original || length > self.snap_length;
        if is_odd && self.reported_frame != *frames + 1 {
            let record = buffer.available().get(..needed).unwrap_or_default();
            let hides_packets = self.is_record_in(record);
            if hides_packets || captured > original && !self.captured_length_reported {
                self.captured_length_reported |= captured > original;
                self.reported_frame = *frames + 1;
                let fault = Fault::CapturedLength { captured, original };
                return Step::FaultOfNextFrame { fault, hides_packets };
            }
        }
        *frames += 1;
        let Range { start, end } = buffer.take(needed);
        let data = start + self.header..end;
        Step::Packet(self.recorded(seconds, fraction, original.max(captured), data))
    }

    /// The next record, where all of it is in memory and nothing about it is odd.
    #[inline]
    pub(super) fn ready<R: Read>(&self, buffer: &mut Buffer<R>) -> Option<Recorded> {
        let record = Record::read(buffer.available(), self.order)?;
        let Record { seconds, fraction, first: captured, second: original } = record;
        let length = size(captured);
        let needed = self.header + length;
        let is_plain = self.lengths == Lengths::CapturedFirst
            && captured <= original
            && self.is_plain_header(record)
            && length <= self.snap_length
            && needed <= buffer.available().len();
        if !is_plain {
            return None;
        }
        let Range { start, end } = buffer.take(needed);
        Some(self.recorded(seconds, fraction, original, start + self.header..end))
    }

    /// The captured length and that on the wire.
    #[inline]
    fn lengths(&self, Record { first, second, .. }: Record) -> [u32; 2] {
        match self.lengths {
            Lengths::OriginalFirst => [second, first],
            Lengths::Either if first > second => [second, first],
            Lengths::CapturedFirst | Lengths::Either => [first, second],
        }
    }

    /// Whether a record's header is such as nearly all are: not long after the file's first, or
    /// hardly before it.
    #[inline]
    fn is_plain_header(&self, record: Record) -> bool {
        let [_, original] = self.lengths(record);
        let time = record.seconds.wrapping_sub(self.first_seconds.wrapping_sub(DAY));
        record.fraction < self.second && time <= 367 * DAY && original <= self.longest
    }

    /// Whether the next record, where there is one, confirms a header with a time far from the
    /// others': clocks are set, and files joined. It is what the later ones are then compared with.
    #[cold]
    fn is_confirmed<R: Read>(&mut self, record: Record, buffer: &mut Buffer<R>) -> bool {
        let [captured, original] = self.lengths(record);
        let length = size(captured);
        if length > self.limit {
            // That is reported instead.
            return true;
        }
        if record.fraction >= self.second || original > self.longest || captured == 0 {
            return false;
        }
        buffer.fill(self.header + length + RECORD_HEADER);
        let next = buffer.available().get(self.header + length..);
        let next = next.filter(|next| !next.is_empty());
        let Some(next) = next else { return true };
        let earlier = std::mem::replace(&mut self.first_seconds, record.seconds);
        let is_confirmed = Record::read(next, self.order).is_none_or(|next| {
            let [captured, original] = self.lengths(next);
            self.is_plain_header(next) && (1..=original).contains(&captured)
        });
        if !is_confirmed {
            self.first_seconds = earlier;
        }
        is_confirmed
    }

    /// Whether the header of another record seems to stand in one, or in what is left of it: a time
    /// near its own or not long after the file's first, and lengths that can be.
    ///
    /// Of random bytes, one place in some 10^14 looks like it.
    #[cold]
    pub(super) fn is_record_in(&self, record: &[u8]) -> bool {
        let own = Record::read(record, self.order).map(|record| record.seconds);
        let is_near = |seconds: u32| own.is_some_and(|own| own.abs_diff(seconds) <= 30 * DAY);
        let headers = record.get(self.header..).unwrap_or_default().windows(RECORD_HEADER);
        headers.filter_map(|header| Record::read(header, self.order)).any(|other| {
            let [captured, original] = self.lengths(other);
            let is_plain = self.is_plain_header(other);
            (is_plain || is_near(other.seconds) && other.fraction < self.second)
                && captured > 0
                && captured <= original
                && size(captured) <= self.limit
                && original <= LONGEST_ON_THE_WIRE
        })
    }

    #[inline]
    fn recorded(
        &self,
        seconds: u32,
        fraction: u32,
        original_length: u32,
        data: Range<usize>,
    ) -> Recorded {
        let nanoseconds = i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * self.unit;
        Recorded {
            timestamp: Some(Timestamp { nanoseconds, digits: self.digits }),
            link_type: self.link_type,
            frame_check_sequence: self.frame_check_sequence,
            original_length,
            data,
        }
    }
}

/// The file header. All variants share the standard one's layout, and pcap-parser does not know the
/// magic numbers of all.
fn file_header(bytes: &[u8], order: Order) -> Option<PcapHeader> {
    let mut header: [u8; FILE_HEADER] = *bytes.first_chunk()?;
    let (magic, _) = header.split_first_chunk_mut()?;
    *magic = order.bytes(STANDARD_MAGIC);
    parse_pcap_header(&header).ok().map(|(_, header)| header)
}

/// Magic number of a file with microseconds.
const STANDARD_MAGIC: u32 = 0xa1b2_c3d4;

/// The part of a record header that all variants share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) seconds: u32,
    pub(super) fraction: u32,
    pub(super) first: u32,
    pub(super) second: u32,
}

impl Record {
    #[inline]
    pub(super) fn read(bytes: &[u8], order: Order) -> Option<Self> {
        let mut fields = Fields::new(bytes.get(..RECORD_HEADER)?, order);
        Some(Self {
            seconds: fields.u32()?,
            fraction: fields.u32()?,
            first: fields.u32()?,
            second: fields.u32()?,
        })
    }
}

fn unsupported(what: String) -> CaptureError {
    CaptureError::Unsupported { format: Format::Pcap, what }
}
