//! What can be wrong within a capture that is otherwise read.

use std::fmt;

use pcap_parser::pcapng::DSB_MAGIC;

use super::compression::Compression;
use super::error::chain;

/// Something wrong in a capture file, and where.
///
/// What was read before it stands. After a fault that leaves no sure place to go on from
/// (`Fault::ends_reading`), nothing more is read.
#[derive(Debug)]
pub struct Damage {
    /// Number of the last frame before it, or of the frame it concerns; 0 before the first.
    pub frame: u64,
    /// Where the record or block begins, in bytes from the start of the uncompressed file.
    pub offset: u64,
    /// What is wrong.
    pub fault: Fault,
    /// Packets stand in the file, or may, that were not read because of it, or what was read
    /// behind it may be none. A file that merely ends within its last record hides nothing.
    pub hides_packets: bool,
}

/// What is wrong at one place of a capture file; lengths are in bytes.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// A pcapng block's length cannot be that of a block.
    BlockLength(u32),
    /// The lengths before and after a pcapng block's contents differ.
    BlockLengthsDiffer {
        /// Before the contents.
        first: u32,
        /// After them.
        second: u32,
    },
    /// A section header without a byte-order magic.
    ByteOrderMagic([u8; 4]),
    /// More bytes captured than there were on the wire; reported for the first such packet only.
    ///
    /// The packet is given with the captured length as its original length.
    CapturedLength {
        /// Recorded bytes.
        captured: u32,
        /// The length on the wire that the capture states.
        original: u32,
    },
    /// A compressed file is cut or damaged; what could be decompressed was read.
    Compression {
        /// How the file is compressed.
        compression: Compression,
        /// What the decompressor said.
        error: std::io::Error,
    },
    /// A block's contents do not fit the block; it is passed over.
    Contents {
        /// The block's type code.
        block_type: u32,
        /// The block's length.
        length: u32,
    },
    /// The file ends within a record.
    Cut {
        /// Bytes that the record still needs.
        missing: u64,
    },
    /// Packets that the host dropped, by its own account, of an Event Trace Log. They are counted and
    /// not given: the other side may never have had them.
    DroppedByHost {
        /// Packets, each counted where it was dropped.
        packets: u64,
    },
    /// A log's buffers give more bytes than the limit allows for each that is stored.
    Expansion(u64),
    /// A section describes more interfaces than the limit; packets of further ones are passed over.
    InterfaceLimit(usize),
    /// Options of an interface description do not fit it; its packets have no timestamps, because
    /// the option with their resolution may be lost.
    InterfaceOptions {
        /// Number of the interface in its section.
        interface: usize,
    },
    /// Contents of buffers of a log are damaged; the offset is that of the first one. What follows the
    /// damage in a buffer was not read.
    LogBuffers {
        /// Damaged buffers.
        buffers: u64,
    },
    /// Buffers of a log were lost while it was recorded.
    LogBuffersLost {
        /// Lost buffers, by the log's own account.
        buffers: u32,
    },
    /// A log has fewer buffers than it says were written.
    LogBuffersMissing {
        /// Buffers that are not there.
        missing: u64,
    },
    /// A log does not say what its times count; its packets have no timestamps.
    LogClock,
    /// Events of a log do not fit their records; they are passed over.
    LogEvents {
        /// Such events.
        events: u64,
    },
    /// Parts of packets of a log without the other parts; they are passed over.
    LogFragments {
        /// Such parts.
        parts: u64,
    },
    /// A packet's record, or an interface's description, is longer than the limit.
    RecordLength {
        /// Length that the record states, of the packet (pcap) or the block (pcapng).
        length: u32,
        /// The limit.
        limit: usize,
    },
    /// Decryption secrets in a block longer than the limit; they are passed over.
    SecretsLength {
        /// The block's length.
        length: u32,
        /// The limit.
        limit: usize,
    },
    /// A log holds more bytes of packets than are sorted by time; those from the offset on were not
    /// read.
    SortLimit(usize),
    /// A section of a version that is not known.
    SectionVersion {
        /// Major version; 1 is known.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// An interface's timestamp resolution cannot be used; its packets have no timestamps.
    TimestampResolution {
        /// Number of the interface in its section.
        interface: usize,
        /// The value of `if_tsresol`.
        value: u8,
    },
    /// The time or the length on the wire in a record's header can hardly be one, and the next
    /// record does not confirm it: lengths before it, or its own, are not to be trusted. Reported
    /// for the first such record only.
    RecordHeader {
        /// Seconds since 1970.
        seconds: u32,
        /// The fraction of the second, in units of the file.
        fraction: u32,
        /// The length on the wire.
        original: u32,
    },
    /// A packet of an interface that its section does not describe; it is passed over.
    UnknownInterface {
        /// Number of the interface in its section.
        interface: u32,
        /// Interfaces that the section describes up to here.
        described: usize,
    },
}

impl Fault {
    /// Whether something that was not read stands behind it whatever the file holds.
    pub(super) fn hides_packets(&self) -> bool {
        match self {
            Self::CapturedLength { .. }
            | Self::Cut { .. }
            | Self::DroppedByHost { .. }
            | Self::InterfaceOptions { .. }
            | Self::LogBuffersLost { .. }
            | Self::LogClock
            | Self::SecretsLength { .. }
            | Self::TimestampResolution { .. } => false,
            Self::Contents { block_type, .. } => *block_type != DSB_MAGIC,
            Self::BlockLength(_)
            | Self::BlockLengthsDiffer { .. }
            | Self::ByteOrderMagic(_)
            | Self::Compression { .. }
            | Self::Expansion(_)
            | Self::InterfaceLimit(_)
            | Self::LogBuffers { .. }
            | Self::LogBuffersMissing { .. }
            | Self::LogEvents { .. }
            | Self::LogFragments { .. }
            | Self::RecordHeader { .. }
            | Self::RecordLength { .. }
            | Self::SectionVersion { .. }
            | Self::SortLimit(_)
            | Self::UnknownInterface { .. } => true,
        }
    }

    /// Whether there is no sure place to go on from, so that nothing after it is read.
    pub fn ends_reading(&self) -> bool {
        match self {
            Self::BlockLength(_)
            | Self::BlockLengthsDiffer { .. }
            | Self::ByteOrderMagic(_)
            | Self::Compression { .. }
            | Self::Cut { .. }
            | Self::Expansion(_)
            | Self::RecordLength { .. }
            | Self::SectionVersion { .. }
            | Self::SortLimit(_) => true,
            Self::CapturedLength { .. }
            | Self::Contents { .. }
            | Self::DroppedByHost { .. }
            | Self::InterfaceLimit(_)
            | Self::InterfaceOptions { .. }
            | Self::LogBuffers { .. }
            | Self::LogBuffersLost { .. }
            | Self::LogBuffersMissing { .. }
            | Self::LogClock
            | Self::LogEvents { .. }
            | Self::LogFragments { .. }
            | Self::SecretsLength { .. }
            | Self::RecordHeader { .. }
            | Self::TimestampResolution { .. }
            | Self::UnknownInterface { .. } => false,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, fault, .. } = self;
        match fault {
            Fault::BlockLength(length) => {
                write!(f, "the block at offset {offset} has the impossible length {length}")
            }
            Fault::BlockLengthsDiffer { first, second } => write!(
                f,
                "the block at offset {offset} has the length {first} before its contents and \
                 {second} after them"
            ),
            Fault::ByteOrderMagic([a, b, c, d]) => write!(
                f,
                "the section at offset {offset} has the impossible byte-order magic \
                 {a:02x}{b:02x}{c:02x}{d:02x}"
            ),
            Fault::CapturedLength { captured, original } => write!(
                f,
                "frame {} has {captured} bytes captured of {original} on the wire{}",
                self.frame,
                if self.hides_packets { "; other records stand in them" } else { "" }
            ),
            Fault::Compression { compression, error } => write!(
                f,
                "the {compression} data is cut or damaged after {offset} bytes of capture: {}",
                chain(error)
            ),
            Fault::Contents { block_type, length } => write!(
                f,
                "the contents of the block at offset {offset} (type {block_type:#010x}) do not \
                 fit its {length} bytes"
            ),
            Fault::Cut { missing } => write!(
                f,
                "the file ends within the record at offset {offset}, {missing} bytes are missing{}",
                if self.hides_packets { "; others that were not read may stand in it" } else { "" }
            ),
            Fault::DroppedByHost { packets } => write!(
                f,
                "the host dropped {packets} packets, by its own account (pktmon event 170, one for \
                 each place); they are no evidence and were not used"
            ),
            Fault::Expansion(limit) => write!(
                f,
                "the buffers up to offset {offset} give more than {limit} bytes for each that is \
                 stored; those behind it were not read"
            ),
            Fault::InterfaceLimit(limit) => write!(
                f,
                "the section describes more than {limit} interfaces, from offset {offset} on"
            ),
            Fault::InterfaceOptions { interface } => write!(
                f,
                "options of interface {interface} at offset {offset} do not fit its description"
            ),
            Fault::LogBuffers { buffers } => write!(
                f,
                "the contents of {buffers} buffers are damaged, the first at offset {offset}; what \
                 follows the damage in each was not read"
            ),
            Fault::LogBuffersLost { buffers } => {
                write!(f, "{buffers} buffers of the log were lost while it was recorded")
            }
            Fault::LogBuffersMissing { missing } => write!(
                f,
                "the file ends at offset {offset}, {missing} buffers of the log are missing"
            ),
            Fault::LogClock => {
                f.write_str("the log does not say what its times count; its packets have none")
            }
            Fault::LogEvents { events } => {
                write!(f, "{events} events with packets do not fit their records")
            }
            Fault::LogFragments { parts } => {
                write!(f, "{parts} parts of packets stand in the log without the other parts")
            }
            Fault::RecordLength { length, limit } => write!(
                f,
                "the record at offset {offset} has a length of {length} bytes, limit {limit}"
            ),
            Fault::SecretsLength { length, limit } => write!(
                f,
                "the decryption secrets at offset {offset} are a block of {length} bytes, limit \
                 {limit}"
            ),
            Fault::SectionVersion { major, minor } => {
                write!(f, "the section at offset {offset} has the unknown version {major}.{minor}")
            }
            Fault::SortLimit(limit) => write!(
                f,
                "the log holds more than {limit} bytes of packets, the limit of what is sorted by \
                 time; those from the buffer at offset {offset} on were not read"
            ),
            Fault::RecordHeader { seconds, fraction, original } => write!(
                f,
                "the record at offset {offset} can hardly be one (second {seconds}, fraction \
                 {fraction}, {original} bytes on the wire); it and what follows may not be packets"
            ),
            Fault::TimestampResolution { interface, value } => write!(
                f,
                "interface {interface} at offset {offset} has the unusable timestamp resolution \
                 {value:#04x}"
            ),
            Fault::UnknownInterface { interface, described } => write!(
                f,
                "frame {} is of interface {interface}, of which its section has {described}",
                self.frame
            ),
        }
    }
}
