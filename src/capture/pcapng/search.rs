//! Blocks in what is left of a damaged file.

use pcap_parser::pcapng::{DSB_MAGIC, EPB_MAGIC};

use super::{ENHANCED_PACKET, OTHER_FRAMES, Pcapng, SECTION_HEADER, order};
use crate::capture::block::{BLOCK_HEADER, BLOCK_TRAILER};
use crate::capture::order::{Fields, size};

/// The last of the block types that count from 1 and are in use (decryption secrets have another).
const LAST_BLOCK_TYPE: u32 = 6;

impl Pcapng {
    /// Whether a block seems to begin in what is left of a cut one.
    pub(in crate::capture) fn is_block_in(&self, rest: &[u8]) -> bool {
        let mut places = (4..rest.len()).step_by(4).filter_map(|start| rest.get(start..));
        places.any(|rest| self.seems_block(rest) == Some(true))
    }

    /// Whether a block begins here that ends in the file, with its length again, or a packet that
    /// goes beyond the file's end.
    fn seems_block(&self, rest: &[u8]) -> Option<bool> {
        if rest.starts_with(&SECTION_HEADER) {
            let magic = rest.get(BLOCK_HEADER..)?.first_chunk()?;
            return Some(order(*magic).is_some());
        }
        let mut fields = Fields::new(rest, self.order);
        let (block_type, length) = (fields.u32()?, fields.u32()?);
        let is_known = block_type <= LAST_BLOCK_TYPE && block_type > 0
            || block_type == DSB_MAGIC
            || OTHER_FRAMES.contains(&block_type);
        let length = size(length);
        if !is_known
            || !length.is_multiple_of(4)
            || !(BLOCK_HEADER + BLOCK_TRAILER..=self.block_limit).contains(&length)
        {
            return Some(false);
        }
        if let Some(trailer) = rest.get(length - BLOCK_TRAILER..).and_then(<[u8]>::first_chunk) {
            return Some(size(self.order.u32(*trailer)) == length);
        }
        let (interface, _, _) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (captured, original) = (size(fields.u32()?), size(fields.u32()?));
        Some(
            block_type == EPB_MAGIC
                && size(interface) < self.interfaces.len()
                && captured <= original
                && ENHANCED_PACKET + captured + BLOCK_TRAILER <= length,
        )
    }
}
