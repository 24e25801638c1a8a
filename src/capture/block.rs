//! Blocks of pcapng: their lengths are checked here, their fields are pcap-parser's to read.
//!
//! A block is framed before anything in it is looked at, so that contents which do not fit are
//! told from a file that is cut. pcap-parser calls both incomplete.
//!
//! What every packet goes through is inlined always: measured, it is 5 % of reading.

use std::borrow::Cow;
use std::io::Read;

use pcap_parser::Block;
use pcap_parser::pcapng::{parse_block_be, parse_block_le};

use super::buffer::Buffer;
use super::damage::Fault;
use super::order::{Fields, Order, distance, size};

/// Type and length before a block's contents, in bytes.
pub(super) const BLOCK_HEADER: usize = 8;

/// Length after a block's contents, in bytes.
pub(super) const BLOCK_TRAILER: usize = 4;

/// Longest block without packets that is held where it is the last and cut, in bytes.
const LOOKED_AT: usize = 1 << 20;

/// What stands before a block's contents.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BlockHeader {
    pub(super) block_type: u32,
    /// Of the whole block, in bytes, as it is stated.
    pub(super) length: u32,
    /// With padding, which some writers do not count.
    pub(super) padded: usize,
    order: Order,
}

impl BlockHeader {
    /// Reads the first bytes of a block.
    #[inline(always)]
    pub(super) fn read(bytes: &[u8], order: Order) -> Result<Self, Fault> {
        let mut fields = Fields::new(bytes, order);
        let block_type = fields.u32().unwrap_or_default();
        let length = fields.u32().unwrap_or_default();
        match length.checked_next_multiple_of(4).map(size) {
            Some(padded) if padded >= BLOCK_HEADER + BLOCK_TRAILER => {
                Ok(Self { block_type, length, padded, order })
            }
            _ => Err(Fault::BlockLength(length)),
        }
    }

    /// The whole block, without taking it; `limit` bounds what is held, in bytes.
    #[inline(always)]
    pub(super) fn hold<R: Read>(
        self,
        buffer: &mut Buffer<R>,
        limit: usize,
    ) -> Result<Whole<'_>, Fault> {
        if self.padded > limit {
            return Err(Fault::RecordLength { length: self.length, limit });
        }
        if !buffer.fill(self.padded) {
            let missing = distance(self.padded - buffer.available().len());
            return Err(Fault::Cut { missing });
        }
        let bytes = buffer.available().get(..self.padded).unwrap_or_default();
        let (_, trailer) = bytes.split_at(self.padded - BLOCK_TRAILER);
        self.check_trailer(trailer)?;
        Ok(Whole { bytes, order: self.order })
    }

    /// Drops the block, of whatever length, without holding it.
    pub(super) fn pass_over<R: Read>(self, buffer: &mut Buffer<R>) -> Result<(), Fault> {
        // What is left of a block that is cut is looked at; of one that is too long for that, it is
        // taken for damage.
        if self.padded <= LOOKED_AT && !buffer.fill(self.padded) {
            return Err(Fault::Cut { missing: distance(self.padded - buffer.available().len()) });
        }
        let missing = buffer.skip(distance(self.padded - BLOCK_TRAILER));
        if missing > 0 {
            return Err(Fault::Cut { missing: missing + distance(BLOCK_TRAILER) });
        }
        if !buffer.fill(BLOCK_TRAILER) {
            return Err(Fault::Cut { missing: distance(BLOCK_TRAILER - buffer.available().len()) });
        }
        self.check_trailer(buffer.available())?;
        buffer.take(BLOCK_TRAILER);
        Ok(())
    }

    /// Both lengths of a block must agree, or either is a lie and what follows is a guess.
    #[inline(always)]
    fn check_trailer(self, trailer: &[u8]) -> Result<(), Fault> {
        let first = self.length;
        let second = Fields::new(trailer, self.order).u32().unwrap_or_default();
        if first.next_multiple_of(4) == second.checked_next_multiple_of(4).unwrap_or_default() {
            return Ok(());
        }
        Err(Fault::BlockLengthsDiffer { first, second })
    }
}

/// A block that is there as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    /// With padding.
    bytes: &'a [u8],
    order: Order,
}

impl<'a> Whole<'a> {
    /// What stands between the two lengths.
    #[inline(always)]
    pub(super) fn contents(self) -> &'a [u8] {
        let end = self.bytes.len().saturating_sub(BLOCK_TRAILER);
        self.bytes.get(BLOCK_HEADER..end).unwrap_or_default()
    }

    /// What `read` makes of the block's fields; `None` where they do not fit the block.
    pub(super) fn parsed<T>(self, read: impl FnOnce(&Block<'_>) -> Option<T>) -> Option<T> {
        let bytes = self.with_padding_counted();
        let (_, block) = match self.order {
            Order::Big => parse_block_be(&bytes),
            Order::Little => parse_block_le(&bytes),
        }
        .ok()?;
        read(&block)
    }

    /// The block with both lengths as pcap-parser needs them.
    fn with_padding_counted(self) -> Cow<'a, [u8]> {
        let length = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let length = self.order.bytes(length);
        if self.bytes.get(4..BLOCK_HEADER) == Some(&length) && self.bytes.ends_with(&length) {
            return Cow::Borrowed(self.bytes);
        }
        let mut bytes = self.bytes.to_vec();
        if let Some(first) = bytes.get_mut(4..BLOCK_HEADER) {
            first.copy_from_slice(&length);
        }
        if let Some(second) = bytes.last_chunk_mut() {
            *second = length;
        }
        Cow::Owned(bytes)
    }
}
