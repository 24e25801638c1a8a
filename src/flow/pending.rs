//! Bytes of a stream that came before their turn.

use std::collections::VecDeque;

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
    pub(super) frame: u64,
}

impl Pending {
    /// Keeps bytes; those that are held already are not replaced.
    pub(super) fn hold(&mut self, mut offset: u64, payload: &[u8], frame: u64) {
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
            self.pieces.insert(at, Piece { offset, bytes: fresh.to_vec(), frame });
            offset += length(fresh);
            rest = remaining;
            at += 1;
        }
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

    /// Offset of the first of these bytes that is held with another value.
    pub(super) fn first_difference(&self, offset: u64, payload: &[u8]) -> Option<u64> {
        let end = offset + length(payload);
        let from = self.pieces.partition_point(|piece| piece.end() <= offset);
        self.pieces
            .iter()
            .skip(from)
            .take_while(|piece| piece.offset < end)
            .find_map(|piece| first_difference(offset, payload, piece.offset, &piece.bytes))
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.offset + length(&self.bytes)
    }
}

/// Offset of the first byte that two overlapping stretches do not share.
pub(super) fn first_difference(
    start: u64,
    bytes: &[u8],
    other_start: u64,
    other: &[u8],
) -> Option<u64> {
    let from = start.max(other_start);
    let bytes = bytes.get(usize::try_from(from - start).ok()?..)?;
    let other = other.get(usize::try_from(from - other_start).ok()?..)?;
    let position = bytes.iter().zip(other).position(|(a, b)| a != b)?;
    Some(from + u64::try_from(position).ok()?)
}

/// Length as an offset counts it.
pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
