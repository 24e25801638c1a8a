//! The reader: a file of any known format and compression, one item after the other.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use super::buffer::Buffer;
use super::compression::{Compression, Input};
use super::damage::{Damage, Fault};
use super::error::CaptureError;
use super::etl::Etl;
use super::foreign::Foreign;
use super::order::distance;
use super::packet::{LinkType, Packet, Timestamp};
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::recorder::Recorder;
use super::source::Source;
use crate::limits::Limits;

/// Bytes that tell the format: a pcapng block header and its byte-order magic.
const MAGIC: usize = 12;

/// Reads a capture file: packets, decryption secrets and damage, in the file's order (Event Trace
/// Logs: in the order of time).
///
/// Format and compression are recognised by magic. Memory is bounded by `Limits::block_bytes`, for
/// compressed files by `Limits::zstd_window_bytes`, and for Event Trace Logs, which are sorted, by
/// `Limits::sorted_bytes`, whatever the file says.
///
/// ```
/// use mtls_witness::capture::{CaptureError, CaptureReader, Item};
/// use mtls_witness::limits::Limits;
///
/// fn bytes_on_the_wire(file: impl std::io::Read) -> Result<u64, CaptureError> {
///     let mut reader = CaptureReader::new(file, &Limits::default(), false)?;
///     let mut bytes = 0;
///     while let Some(item) = reader.read()? {
///         if let Item::Packet(packet) = item {
///             bytes += u64::from(packet.original_length);
///         }
///     }
///     Ok(bytes)
/// }
/// ```
pub struct CaptureReader<R: Read> {
    buffer: Buffer<Input<R>>,
    layout: Layout,
    frames: u64,
    ended: bool,
    /// A packet has more bytes than there were on the wire: what does not fit behind it may be its
    /// fault.
    odd_length: bool,
}

/// One thing that a capture holds.
#[derive(Debug)]
pub enum Item<'a> {
    /// Something wrong with the file at this place.
    Damage(Damage),
    /// A packet.
    Packet(Packet<'a>),
    /// The key log of a Decryption Secrets Block: text in the format of `SSLKEYLOGFILE`.
    Secrets(&'a [u8]),
}

/// A capture file format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// Microsoft Event Trace Log, as `pktmon` and `netsh trace` write it.
    Etl,
    /// Classic pcap, in any of its variants.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Etl => "etl",
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        })
    }
}

/// The whole file as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, where it was asked for.
    pub sha256: Option<[u8; 32]>,
}

enum Layout {
    Etl(Box<Etl>),
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// What reading a record or a block gave.
pub(super) enum Step {
    /// Something wrong with the file, which was noticed before this place in it.
    Damage(Damage),
    End,
    Fault(Fault),
    /// Concerns the frame that the next step gives.
    FaultOfNextFrame {
        fault: Fault,
        hides_packets: bool,
    },
    Packet(Recorded),
    Passed,
    Secrets(Range<usize>),
    /// A packet that the layout holds.
    Sorted,
}

/// A packet but for its number and its bytes.
pub(super) struct Recorded {
    pub(super) timestamp: Option<Timestamp>,
    pub(super) link_type: LinkType,
    pub(super) frame_check_sequence: u8,
    pub(super) original_length: u32,
    /// Where its bytes are in the buffer.
    pub(super) data: Range<usize>,
}

impl<R: Read> CaptureReader<R> {
    /// Reads as far as the file's header. `hash` asks for the SHA-256 of the stored file.
    ///
    /// # Errors
    /// Where nothing can be read: no bytes, not a capture, or a header that is cut, damaged or of
    /// an unknown version.
    pub fn new(input: R, limits: &Limits, hash: bool) -> Result<Self, CaptureError> {
        let input = Input::new(Source::new(input, hash), limits).map_err(CaptureError::Io)?;
        let compression = input.compression();
        let mut buffer = Buffer::new(input);
        let layout = Layout::recognise(&mut buffer, compression, limits);
        let layout = layout.map_err(|error| match (buffer.take_failure(), compression) {
            (Some(source), Some(compression)) if !buffer.input().source().failed() => {
                CaptureError::Compression { compression, source }
            }
            (Some(source), _) => CaptureError::Io(source),
            (None, _) => error,
        })?;
        Ok(Self { buffer, layout, frames: 0, ended: false, odd_length: false })
    }

    /// The next item; `None` at the end of what can be read.
    ///
    /// # Errors
    /// Where the input cannot be read on. Damage is no error but an item.
    #[inline]
    pub fn read(&mut self) -> Result<Option<Item<'_>>, CaptureError> {
        while !self.ended {
            let offset = self.buffer.offset();
            let step = match &mut self.layout {
                Layout::Etl(etl) => etl.next(&mut self.frames),
                Layout::Pcap(pcap) => pcap.next(&mut self.buffer, &mut self.frames),
                Layout::Pcapng(pcapng) => pcapng.next(&mut self.buffer, &mut self.frames),
            };
            match step {
                Step::Packet(recorded) => return Ok(Some(Item::Packet(self.packet(recorded)))),
                Step::Damage(damage) => return Ok(Some(Item::Damage(damage))),
                Step::Sorted => return Ok(self.sorted().map(Item::Packet)),
                Step::Passed => {}
                Step::Secrets(range) => {
                    return Ok(Some(Item::Secrets(self.buffer.slice(range))));
                }
                Step::End => {
                    self.ended = true;
                    return Ok(self.failure()?.map(Item::Damage));
                }
                Step::Fault(fault) => {
                    self.ended = fault.ends_reading();
                    // A record is cut because the stream is.
                    let cause = match fault {
                        Fault::Cut { .. } => self.failure()?,
                        _ => None,
                    };
                    let hides_packets = self.odd_length
                        || fault.hides_packets()
                        || matches!(fault, Fault::Cut { .. }) && self.holds_records(offset);
                    let damage = Damage { frame: self.frames, offset, fault, hides_packets };
                    return Ok(Some(Item::Damage(cause.unwrap_or(damage))));
                }
                Step::FaultOfNextFrame { fault, hides_packets } => {
                    self.odd_length |= matches!(fault, Fault::CapturedLength { .. });
                    let damage = Damage { frame: self.frames + 1, offset, fault, hides_packets };
                    return Ok(Some(Item::Damage(damage)));
                }
            }
        }
        Ok(None)
    }

    /// The next packet, where it is an ordinary one that lies ready in memory. `None` says nothing:
    /// [`CaptureReader::read`] tells what comes next.
    ///
    /// Nearly every packet is such a one, and this is the cheapest way to it.
    #[inline]
    pub fn ready(&mut self) -> Option<Packet<'_>> {
        if self.ended {
            return None;
        }
        let recorded = match &self.layout {
            Layout::Etl(_) => return None,
            Layout::Pcap(pcap) => pcap.ready(&mut self.buffer)?,
            Layout::Pcapng(pcapng) => pcapng.ready(&mut self.buffer)?,
        };
        self.frames += 1;
        Some(self.packet(recorded))
    }

    #[inline]
    fn packet(&self, recorded: Recorded) -> Packet<'_> {
        Packet {
            number: self.frames,
            timestamp: recorded.timestamp,
            link_type: recorded.link_type,
            frame_check_sequence: recorded.frame_check_sequence,
            data: self.buffer.slice(recorded.data),
            original_length: recorded.original_length,
        }
    }

    /// The packet that the layout holds.
    fn sorted(&self) -> Option<Packet<'_>> {
        match &self.layout {
            Layout::Etl(etl) => etl.packet(self.frames),
            Layout::Pcap(_) | Layout::Pcapng(_) => None,
        }
    }

    /// The format.
    pub fn format(&self) -> Format {
        match self.layout {
            Layout::Etl(_) => Format::Etl,
            Layout::Pcap(_) => Format::Pcap,
            Layout::Pcapng(_) => Format::Pcapng,
        }
    }

    /// What the file says of its recorder, as far as it was read; `None` where it says nothing.
    pub fn recorder(&self) -> Option<Recorder> {
        match &self.layout {
            Layout::Etl(etl) => Some(etl.recorder()),
            Layout::Pcap(pcap) => pcap.notes().recorder(),
            Layout::Pcapng(pcapng) => pcapng.notes().recorder(),
        }
    }

    /// How the file is compressed, where it is.
    pub fn compression(&self) -> Option<Compression> {
        self.buffer.input().compression()
    }

    /// Frames so far, as Wireshark numbers them: packets, and blocks that it shows among them, such
    /// as systemd journal entries and custom blocks.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Bytes of the stored file read so far, for a progress display.
    pub fn bytes_read(&self) -> u64 {
        self.buffer.input().source().bytes_read()
    }

    /// Reads the rest of the stored file, also past damage, and sums it up.
    ///
    /// # Errors
    /// Where the input cannot be read to its end.
    pub fn finish(self) -> io::Result<Summary> {
        let (bytes, sha256) = self.buffer.into_input().into_source().finish()?;
        Ok(Summary { bytes, sha256 })
    }

    /// Whether other records stand in the cut one that begins at `offset`, with which the file ends.
    #[cold]
    fn holds_records(&self, offset: u64) -> bool {
        let was_passed_over = self.buffer.offset() != offset;
        let rest = self.buffer.available();
        was_passed_over
            || match &self.layout {
                Layout::Etl(_) => true,
                Layout::Pcap(pcap) => pcap.is_record_in(rest),
                Layout::Pcapng(pcapng) => pcapng.is_block_in(rest),
            }
    }

    /// Why the bytes ended early: the compressed stream's damage, or the input's error.
    #[cold]
    fn failure(&mut self) -> Result<Option<Damage>, CaptureError> {
        let Some(error) = self.buffer.take_failure() else { return Ok(None) };
        let input = self.buffer.input();
        match input.compression() {
            Some(compression) if !input.source().failed() => Ok(Some(Damage {
                frame: self.frames,
                offset: self.buffer.offset() + distance(self.buffer.available().len()),
                fault: Fault::Compression { compression, error },
                hides_packets: true,
            })),
            _ => Err(CaptureError::Io(error)),
        }
    }
}

impl<R: Read> fmt::Debug for CaptureReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("format", &self.format())
            .field("compression", &self.compression())
            .field("frames", &self.frames)
            .field("offset", &self.buffer.offset())
            .finish_non_exhaustive()
    }
}

impl Layout {
    fn recognise<R: Read>(
        buffer: &mut Buffer<R>,
        compression: Option<Compression>,
        limits: &Limits,
    ) -> Result<Self, CaptureError> {
        buffer.fill(MAGIC);
        if buffer.available().is_empty() {
            return Err(CaptureError::Empty(compression));
        }
        if Pcapng::recognise(buffer.available()) {
            return Pcapng::new(buffer, limits).map(Self::Pcapng);
        }
        if Pcap::recognise(buffer.available()) {
            return Pcap::new(buffer, limits).map(Self::Pcap);
        }
        buffer.fill_window();
        if Etl::recognise(buffer.available()) {
            return Etl::new(buffer, limits).map(Box::new).map(Self::Etl);
        }
        let found = Foreign::recognise(buffer.available());
        Err(CaptureError::NotACapture { found, compression })
    }
}
