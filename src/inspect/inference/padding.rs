//! Rules by which TLS libraries pad the records of TLS 1.3 (RFC 8446 section 5.4).
//!
//! A content here is the most that a record of its length can hold, any padding included.

use std::ops::RangeInclusive;

use super::assumption;

/// Bytes that Java adds to every record.
pub(super) const JSSE: usize = 16;
/// Bytes to a multiple of which Mbed TLS pads what it protects, the content type included.
pub(super) const BLOCK: usize = 16;
/// Bytes that a library may add to every record.
pub(super) const MOST_CONSTANT: usize = 255;
/// Multiples to which configurations pad.
pub(super) const PADDED_TO: [usize; 2] = [64, 100];

/// A rule of padding that a TLS library follows by default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Padding {
    /// None at all.
    None,
    /// So many bytes to every record as Java adds.
    Jsse,
    /// To a multiple of so many bytes, the content type included.
    Block(usize),
}

impl Padding {
    /// Those of libraries that are known.
    pub(super) const ALL: [Self; 3] = [Self::None, Self::Jsse, Self::Block(BLOCK)];

    /// What a record holds at most that carries `message` bytes.
    pub(super) fn content(self, message: usize) -> usize {
        match self {
            Self::None => message,
            Self::Jsse => message + JSSE,
            Self::Block(block) => (message + 1).next_multiple_of(block) - 1,
        }
    }

    /// How long the message is in a record that holds `content` bytes at most.
    pub(super) fn message(self, content: usize) -> RangeInclusive<usize> {
        match self {
            Self::None => content..=content,
            Self::Jsse => content.saturating_sub(JSSE)..=content.saturating_sub(JSSE),
            Self::Block(block) => (content + 1).saturating_sub(block)..=content,
        }
    }

    /// Whether it fits every record. Of one record alone it cannot be told that it was padded to a
    /// multiple.
    pub(super) fn fits(self, contents: &[usize]) -> bool {
        match self {
            Self::None => true,
            Self::Jsse => contents.iter().all(|content| *content >= JSSE),
            Self::Block(block) => contents.len() > 1 && is_multiple(contents, block),
        }
    }

    /// What an inference rests on that goes by it.
    pub(super) fn assumption(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Jsse => Some(assumption::JSSE_PADDING),
            Self::Block(BLOCK) => Some(assumption::BLOCK_PADDING),
            Self::Block(_) => None,
        }
    }
}

/// Whether all records, content type included, are multiples of `block` bytes.
pub(super) fn is_multiple(contents: &[usize], block: usize) -> bool {
    contents.iter().all(|content| (content + 1).is_multiple_of(block))
}
