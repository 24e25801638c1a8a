//! Bytes of a stream that came before their turn.

use std::collections::VecDeque;
use std::ops::Range;

/// Bytes beyond a hole, in order; no two pieces overlap.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pieces: VecDeque<Piece>,
    /// How many there are.
    bytes: usize,
}

/// Bytes that one frame carried.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) carrier: Carrier,
}

/// What carried some bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Carrier {
    pub(super) frame: u64,
    /// What it acknowledged.
    pub(super) acknowledgment: Option<u32>,
}

impl Pending {
    /// Keeps bytes, and says how many of them; those that are held already are not replaced.
    pub(super) fn hold(&mut self, mut offset: u64, payload: &[u8], carrier: Carrier) -> u64 {
        let before = self.bytes;
        let mut rest = payload;
        let mut at = self.pieces.partition_point(|piece| piece.end() <= offset);
        while !rest.is_empty() {
            let gap = match self.pieces.get(at) {
                Some(held) if held.offset <= offset => {
                    let known = usize::try_from(held.end() - offset).unwrap_or(usize::MAX);
                    offset = held.end();
                    rest = rest.get(known..).unwrap_or_default();
                    at += 1;
                    continue;
                }
                Some(held) => usize::try_from(held.offset - offset).unwrap_or(usize::MAX),
                None => rest.len(),
            };
            let (fresh, remaining) = rest.split_at(gap.min(rest.len()));
            self.bytes += fresh.len();
            self.pieces.insert(at, Piece { offset, bytes: fresh.to_vec(), carrier });
            offset += length(fresh);
            rest = remaining;
            at += 1;
        }
        u64::try_from(self.bytes - before).unwrap_or(u64::MAX)
    }

    /// Takes the first piece, where it begins at `reached` or before.
    pub(super) fn next_up_to(&mut self, reached: u64) -> Option<Piece> {
        self.first_offset().filter(|offset| *offset <= reached)?;
        let piece = self.pieces.pop_front()?;
        self.bytes -= piece.bytes.len();
        Some(piece)
    }

    /// Where the first piece begins.
    pub(super) fn first_offset(&self) -> Option<u64> {
        self.pieces.front().map(|piece| piece.offset)
    }

    /// What the first piece holds.
    pub(super) fn first_bytes(&self) -> Option<&[u8]> {
        self.pieces.front().map(|piece| piece.bytes.as_slice())
    }

    /// How many bytes there are.
    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.bytes).unwrap_or(u64::MAX)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether there are more bytes or more pieces than these.
    pub(super) fn exceeds(&self, bytes: usize, pieces: usize) -> bool {
        self.bytes > bytes || self.pieces.len() > pieces
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.bytes + self.pieces.capacity() * size_of::<Piece>()
    }

    /// From the first to the last of these bytes that is held with another value.
    pub(super) fn difference(&self, offset: u64, payload: &[u8]) -> Option<Range<u64>> {
        let end = offset + length(payload);
        let from = self.pieces.partition_point(|piece| piece.end() <= offset);
        self.pieces
            .iter()
            .skip(from)
            .take_while(|piece| piece.offset < end)
            .filter_map(|piece| difference(offset, payload, piece.offset, &piece.bytes))
            .reduce(|first, last| first.start..last.end)
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.offset + length(&self.bytes)
    }
}

/// From the first to the last byte that two overlapping stretches do not share.
pub(super) fn difference(
    start: u64,
    bytes: &[u8],
    other_start: u64,
    other: &[u8],
) -> Option<Range<u64>> {
    let from = start.max(other_start);
    let bytes = bytes.get(usize::try_from(from - start).ok()?..)?;
    let other = other.get(usize::try_from(from - other_start).ok()?..)?;
    let differs = |(a, b): (&u8, &u8)| a != b;
    let first = bytes.iter().zip(other).position(differs)?;
    let last = bytes.iter().zip(other).rposition(differs)?;
    Some(from + u64::try_from(first).ok()?..from + u64::try_from(last).ok()? + 1)
}

/// Length as an offset counts it.
pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
