//! Bytes that came twice with different values.

use std::ops::Range;

/// A retransmission that carries other bytes than the first transmission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// Offset of the first differing byte, on the scale of [`Stream::position`](super::Stream::position).
    pub start: u64,
    /// Offset after the last differing byte.
    pub end: u64,
    /// The frame that carried the second version.
    pub frame: u64,
}

/// Every segment that differed from what came before, up to a bound.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    listed: Vec<Conflict>,
}

/// Conflicts told apart; the last one stands for all further ones.
const LISTED: usize = 64;

impl Conflicts {
    pub(super) fn add(&mut self, conflict: Conflict) {
        let is_full = self.listed.len() >= LISTED;
        match self.listed.last_mut() {
            Some(last) if is_full => {
                last.start = last.start.min(conflict.start);
                last.end = last.end.max(conflict.end);
            }
            _ => self.listed.push(conflict),
        }
    }

    /// The first one, in the order of the capture, that differs within `range`.
    pub(super) fn within(&self, range: Range<u64>) -> Option<Conflict> {
        let overlaps =
            |conflict: &&Conflict| conflict.start < range.end && conflict.end > range.start;
        self.listed.iter().find(overlaps).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.listed.capacity() * size_of::<Conflict>()
    }
}
