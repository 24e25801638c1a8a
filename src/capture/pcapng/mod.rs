//! pcapng (draft-ietf-opsawg-pcapng).

mod options;
mod search;

use std::io::Read;

use pcap_parser::pcapng::{
    CB_MAGIC, DCB_MAGIC, DSB_MAGIC, EPB_MAGIC, IDB_MAGIC, ISB_MAGIC, SJE_MAGIC, SPB_MAGIC,
};
use pcap_parser::{Block, SecretsType};

use options::PacketOptions;

use super::block::{BLOCK_HEADER, BLOCK_TRAILER, BlockHeader};
use super::buffer::Buffer;
use super::damage::{Damage, Fault};
use super::error::CaptureError;
use super::interface::{Flaw, Interface};
use super::order::{Fields, Order, distance, size};
use super::reader::{Format, Recorded, Step};
use super::recorder::Notes;
use crate::limits::Limits;

/// The same in both byte orders.
const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Block types (sections 4.1 to 4.8, and the registry of section 11.1).
const OBSOLETE_PACKET: u32 = 0x0000_0002;

/// Blocks without a packet that Wireshark shows, and numbers, among the packets: systemd journal
/// entries, custom blocks, and events of Sysdig in their versions.
const OTHER_FRAMES: [u32; 9] = [
    SJE_MAGIC,   // systemd journal export
    CB_MAGIC,    // custom, may be copied
    DCB_MAGIC,   // custom, must not be copied
    0x0000_0204, // Sysdig event
    0x0000_0208, // with flags
    0x0000_0216, // version 2
    0x0000_0217, // with flags
    0x0000_0221, // version 2, large
    0x0000_0222, // with flags
];

/// Where the packet begins in an Enhanced Packet Block, in bytes (section 4.3).
const ENHANCED_PACKET: usize = 28;

/// Where the secrets begin in a Decryption Secrets Block, in bytes.
const SECRETS: usize = 16;

/// Longest section header or interface description, in bytes.
///
/// pcap-parser makes a list of the options in it, of up to sixteen times their length. They are
/// some kilobytes: names, a filter, comments of at most 64 KiB each.
const DESCRIPTION: usize = 1 << 20;

/// A pcapng file in one of its sections.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    /// The section's, up to the limit.
    interfaces: Vec<Interface>,
    interface_limit_reported: bool,
    captured_length_reported: bool,
    block_limit: usize,
    interface_limit: usize,
    notes: Notes,
}

impl Pcapng {
    /// Whether a file begins like pcapng, as far as it goes.
    pub(super) fn recognise(bytes: &[u8]) -> bool {
        let byte_order_magic = bytes.get(8..).and_then(<[u8]>::first_chunk);
        bytes.starts_with(&SECTION_HEADER)
            && byte_order_magic.is_none_or(|&magic| order(magic).is_some())
    }

    /// Reads the first section header.
    pub(super) fn new<R: Read>(
        buffer: &mut Buffer<R>,
        limits: &Limits,
    ) -> Result<Self, CaptureError> {
        let mut pcapng = Self {
            order: Order::Little,
            interfaces: Vec::new(),
            interface_limit_reported: false,
            captured_length_reported: false,
            block_limit: limits.block_bytes,
            interface_limit: limits.interfaces,
            notes: Notes::default(),
        };
        match pcapng.section_header(buffer) {
            Ok(()) => Ok(pcapng),
            Err(Fault::Cut { .. }) => {
                let length = buffer.available().len();
                Err(CaptureError::HeaderCut { format: Format::Pcapng, length })
            }
            Err(fault) => {
                let damage = Damage { frame: 0, offset: 0, fault, hides_packets: true };
                Err(CaptureError::Header { format: Format::Pcapng, damage })
            }
        }
    }

    /// The next block. `frames` counts it where Wireshark counts it as a frame.
    #[inline]
    pub(super) fn next<R: Read>(&mut self, buffer: &mut Buffer<R>, frames: &mut u64) -> Step {
        if !buffer.fill(BLOCK_HEADER) {
            let available = buffer.available().len();
            if available == 0 {
                return Step::End;
            }
            return Step::Fault(Fault::Cut { missing: distance(BLOCK_HEADER - available) });
        }
        self.block(buffer, frames).unwrap_or_else(Step::Fault)
    }

    /// The packet of the next block, where that is an Enhanced Packet Block without options, all of
    /// it is in memory, and nothing about it is odd.
    #[inline]
    pub(super) fn ready<R: Read>(&self, buffer: &mut Buffer<R>) -> Option<Recorded> {
        let mut fields = Fields::new(buffer.available(), self.order);
        if fields.u32()? != EPB_MAGIC {
            return None;
        }
        let length = fields.u32()?;
        let (number, high, low) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (captured, original) = (fields.u32()?, fields.u32()?);
        let interface = self.interfaces.get(size(number))?;
        let whole = size(length);
        let padded = size(captured).checked_next_multiple_of(4)?;
        let is_plain = captured <= original
            && whole == ENHANCED_PACKET + padded + BLOCK_TRAILER
            && whole <= self.block_limit;
        fields.take(padded)?;
        if !is_plain || fields.u32()? != length {
            return None;
        }
        let start = buffer.take(whole).start + ENHANCED_PACKET;
        Some(Recorded {
            timestamp: interface.clock.timestamp(high, low),
            link_type: interface.link_type,
            frame_check_sequence: interface.frame_check_sequence,
            original_length: original,
            data: start..start + size(captured),
        })
    }

    #[inline]
    fn block<R: Read>(&mut self, buffer: &mut Buffer<R>, frames: &mut u64) -> Result<Step, Fault> {
        let available = buffer.available();
        if available.starts_with(&SECTION_HEADER) {
            self.section_header(buffer)?;
            return Ok(Step::Passed);
        }
        let header = BlockHeader::read(available, self.order)?;
        match header.block_type {
            EPB_MAGIC | OBSOLETE_PACKET | SPB_MAGIC => self.packet_block(header, buffer, frames),
            DSB_MAGIC => self.decryption_secrets(header, buffer),
            IDB_MAGIC => self.interface_description(header, buffer),
            ISB_MAGIC if header.padded <= self.block_limit.min(DESCRIPTION) => {
                self.interface_statistics(header, buffer)
            }
            block_type => {
                header.pass_over(buffer)?;
                *frames += u64::from(OTHER_FRAMES.contains(&block_type));
                Ok(Step::Passed)
            }
        }
    }

    #[inline]
    fn packet_block<R: Read>(
        &mut self,
        header: BlockHeader,
        buffer: &mut Buffer<R>,
        frames: &mut u64,
    ) -> Result<Step, Fault> {
        let block = header.hold(buffer, self.block_limit)?;
        let packet = self.packet(header.block_type, header.length, block.contents());
        if let Err(fault @ Fault::CapturedLength { .. }) = packet {
            self.captured_length_reported = true;
            return Ok(Step::FaultOfNextFrame { fault, hides_packets: false });
        }
        *frames += 1;
        let start = buffer.take(header.padded).start + BLOCK_HEADER;
        Ok(match packet {
            Ok(mut packet) => {
                packet.data = start + packet.data.start..start + packet.data.end;
                Step::Packet(packet)
            }
            Err(fault) => Step::Fault(fault),
        })
    }

    #[cold]
    fn decryption_secrets<R: Read>(
        &self,
        header: BlockHeader,
        buffer: &mut Buffer<R>,
    ) -> Result<Step, Fault> {
        let BlockHeader { block_type, length, padded, .. } = header;
        let limit = self.block_limit;
        if padded > limit {
            header.pass_over(buffer)?;
            return Ok(Step::Fault(Fault::SecretsLength { length, limit }));
        }
        let secrets = header.hold(buffer, limit)?.parsed(|block| match block {
            Block::DecryptionSecrets(secrets) => {
                let of_tls = secrets.secrets_type == SecretsType::TlsKeyLog;
                Some(of_tls.then_some(size(secrets.secrets_len)))
            }
            _ => None,
        });
        let start = buffer.take(padded).start + SECRETS;
        Ok(match secrets {
            Some(Some(length)) => Step::Secrets(start..start + length),
            Some(None) => Step::Passed,
            None => Step::Fault(Fault::Contents { block_type, length }),
        })
    }

    #[cold]
    fn interface_description<R: Read>(
        &mut self,
        header: BlockHeader,
        buffer: &mut Buffer<R>,
    ) -> Result<Step, Fault> {
        let BlockHeader { block_type, length, padded, .. } = header;
        let block = header.hold(buffer, self.block_limit.min(DESCRIPTION))?;
        let Self { order, notes, .. } = self;
        let interface = block.parsed(|block| match block {
            Block::InterfaceDescription(block) => {
                notes.interface(block.snaplen, &block.options);
                Some(Interface::new(block, *order))
            }
            _ => None,
        });
        buffer.take(padded);
        let Some((interface, flaw)) = interface else {
            return Ok(Step::Fault(Fault::Contents { block_type, length }));
        };
        Ok(self.describe(interface, flaw).map_or(Step::Passed, Step::Fault))
    }

    /// What the file says of its recorder.
    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Reads how many packets an interface lost; what does not fit is passed over.
    #[cold]
    fn interface_statistics<R: Read>(
        &mut self,
        header: BlockHeader,
        buffer: &mut Buffer<R>,
    ) -> Result<Step, Fault> {
        let Self { order, notes, interface_limit, .. } = self;
        let block = header.hold(buffer, self.block_limit)?;
        block.parsed(|block| match block {
            Block::InterfaceStatistics(block) => {
                notes.statistics(block.if_id, *interface_limit, &block.options, *order);
                Some(())
            }
            _ => None,
        });
        buffer.take(header.padded);
        Ok(Step::Passed)
    }

    /// Begins a section: its byte order holds, and its interfaces count from 0.
    #[cold]
    fn section_header<R: Read>(&mut self, buffer: &mut Buffer<R>) -> Result<(), Fault> {
        const START: usize = 12;
        const FIXED: usize = 28;
        buffer.fill(START);
        let available = buffer.available();
        let Some(&magic) = available.get(BLOCK_HEADER..).and_then(<[u8]>::first_chunk) else {
            return Err(Fault::Cut { missing: distance(START.saturating_sub(available.len())) });
        };
        let order = order(magic).ok_or(Fault::ByteOrderMagic(magic))?;
        let header = BlockHeader::read(available, order)?;
        let BlockHeader { length, padded, .. } = header;
        if padded < FIXED {
            return Err(Fault::BlockLength(length));
        }
        let block = header.hold(buffer, self.block_limit.min(DESCRIPTION))?;
        let notes = &mut self.notes;
        let version = block.parsed(|block| match block {
            Block::SectionHeader(section) => {
                notes.section(&section.options);
                Some((section.major_version, section.minor_version))
            }
            _ => None,
        });
        let (major, minor) = version.ok_or(Fault::BlockLength(length))?;
        if major != 1 {
            return Err(Fault::SectionVersion { major, minor });
        }
        buffer.take(padded);
        self.order = order;
        self.interfaces.clear();
        self.interface_limit_reported = false;
        Ok(())
    }

    /// Adds an interface to the section.
    fn describe(&mut self, interface: Interface, flaw: Option<Flaw>) -> Option<Fault> {
        let number = self.interfaces.len();
        if number >= self.interface_limit {
            let first = !std::mem::replace(&mut self.interface_limit_reported, true);
            return first.then_some(Fault::InterfaceLimit(self.interface_limit));
        }
        self.interfaces.push(interface);
        Some(match flaw? {
            Flaw::Options => Fault::InterfaceOptions { interface: number },
            Flaw::Resolution(value) => Fault::TimestampResolution { interface: number, value },
        })
    }

    /// A packet block's packet; the range of its data counts from the contents' begin.
    #[inline]
    fn packet(&mut self, block_type: u32, length: u32, contents: &[u8]) -> Result<Recorded, Fault> {
        let unfit = || Fault::Contents { block_type, length };
        if block_type == SPB_MAGIC {
            return self.simple_packet(contents).ok_or_else(unfit)?;
        }
        let mut fields = Fields::new(contents, self.order);
        let mut lost = 0;
        let mut read = || {
            let number = if block_type == OBSOLETE_PACKET {
                let number = fields.u16()?;
                let drops = fields.u16()?;
                // All ones where it is not known.
                lost = if drops == u16::MAX { 0 } else { drops.into() };
                u32::from(number)
            } else {
                fields.u32()?
            };
            Some((number, fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?))
        };
        let (number, high, low, captured, original) = read().ok_or_else(unfit)?;
        let start = contents.len() - fields.rest().len();
        let captured_size = size(captured);
        if fields.take(captured_size).is_none() {
            return Err(unfit());
        }
        let interface = *self.interface(number)?;
        self.check_captured_length(captured, original)?;
        let mut frame_check_sequence = interface.frame_check_sequence;
        // Padding may be missing where no options follow: the block's length is then too.
        if fields.take(captured_size.next_multiple_of(4) - captured_size).is_some()
            && !fields.rest().is_empty()
        {
            let options = PacketOptions::read(fields, self.order);
            frame_check_sequence = options.frame_check_sequence.unwrap_or(frame_check_sequence);
            lost = lost.max(options.lost);
        }
        if lost > 0 {
            self.notes.lost(lost);
        }
        Ok(Recorded {
            timestamp: interface.clock.timestamp(high, low),
            link_type: interface.link_type,
            frame_check_sequence,
            original_length: original.max(captured),
            data: start..start + captured_size,
        })
    }

    /// Section 4.4: of interface 0, without a timestamp and without a captured length.
    fn simple_packet(&self, contents: &[u8]) -> Option<Result<Recorded, Fault>> {
        let mut fields = Fields::new(contents, self.order);
        let original = fields.u32()?;
        let interface = match self.interface(0) {
            Ok(interface) => interface,
            Err(fault) => return Some(Err(fault)),
        };
        let captured = match interface.snap_length {
            0 => original,
            snap_length => original.min(snap_length),
        };
        let start = contents.len() - fields.rest().len();
        let data = fields.take(size(captured))?;
        Some(Ok(Recorded {
            timestamp: None,
            link_type: interface.link_type,
            frame_check_sequence: interface.frame_check_sequence,
            original_length: original,
            data: start..start + data.len(),
        }))
    }

    fn interface(&self, number: u32) -> Result<&Interface, Fault> {
        let described = self.interfaces.len();
        self.interfaces
            .get(size(number))
            .ok_or(Fault::UnknownInterface { interface: number, described })
    }

    fn check_captured_length(&self, captured: u32, original: u32) -> Result<(), Fault> {
        if captured > original && !self.captured_length_reported {
            return Err(Fault::CapturedLength { captured, original });
        }
        Ok(())
    }
}

/// The byte order of a section, by its byte-order magic (section 4.1).
fn order(magic: [u8; 4]) -> Option<Order> {
    [Order::Big, Order::Little].into_iter().find(|order| order.u32(magic) == 0x1a2b_3c4d)
}
