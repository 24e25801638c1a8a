//! What packets carried and the snap length cut off.

use std::ops::Range;

/// Ranges of a stream that a packet carried and the capture did not record.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    ranges: Vec<Cut>,
}

/// One of them.
#[derive(Debug)]
struct Cut {
    range: Range<u64>,
    /// The packet that was cut; of several the first.
    frame: u64,
}

/// Ranges remembered; each belongs to one packet of an unread stretch.
const RANGES: usize = 1024;

impl Cuts {
    pub(super) fn note(&mut self, range: Range<u64>, frame: u64) {
        let full = self.ranges.len() >= RANGES;
        match self.ranges.last_mut() {
            // More holes than that are one hole for every purpose: their extent is what counts.
            Some(Cut { range: last, .. }) if last.end == range.start || full => {
                last.end = last.end.max(range.end);
            }
            _ => self.ranges.push(Cut { range, frame }),
        }
    }

    /// Forgets those that end at `reached` or before.
    pub(super) fn forget_before(&mut self, reached: u64) {
        self.ranges.retain(|cut| cut.range.end > reached);
    }

    /// The packet from which a byte of `range` was cut off, where one was.
    pub(super) fn within(&self, range: Range<u64>) -> Option<u64> {
        let cut = self
            .ranges
            .iter()
            .find(|Cut { range: cut, .. }| cut.start < range.end && cut.end > range.start);
        cut.map(|cut| cut.frame)
    }

    /// The largest end.
    pub(super) fn last_end(&self) -> Option<u64> {
        self.ranges.iter().map(|cut| cut.range.end).max()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.ranges.capacity() * size_of::<Cut>()
    }
}
