//! Bytes of a direction that the capture does not have.

use std::ops::Range;

use super::stream::Stream;

/// Bytes that the capture does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hole {
    /// How many.
    pub length: u64,
    /// The snap length cut them, from this frame; otherwise their packets are missing.
    pub cut: Option<u64>,
}

impl Stream {
    /// What keeps the reader from going on: the bytes missing before later ones, if any.
    pub fn hole(&self) -> Option<Hole> {
        if !self.started {
            return None;
        }
        let from = self.next.max(self.read);
        let beyond = self.beyond()?;
        let cut = self.held.as_ref().and_then(|held| held.cut.within(from..beyond));
        (beyond > from).then(|| Hole { length: beyond - from, cut })
    }

    /// Gives up waiting for the bytes of [`Stream::hole`]; unread bytes before it are dropped.
    pub fn skip_hole(&mut self) {
        if let Some(beyond) = self.beyond().filter(|_| self.started) {
            self.drop_buffer();
            self.next = self.next.max(beyond);
            self.read = self.read.max(self.next);
            self.drain();
            self.trim();
        }
    }

    /// Bytes that are known to have been sent, up to the sequence number `next`, and that the capture
    /// does not have behind all that it has.
    pub fn missing_before(&mut self, next: u32) -> u64 {
        if !self.started {
            return 0;
        }
        let reached = self.next.max(self.read);
        self.offset(next).saturating_sub(reached)
    }

    /// Whether nothing is held beyond a hole, and no hole is known.
    pub(super) fn is_in_order(&self) -> bool {
        self.held.as_ref().is_none_or(|held| held.pending.is_empty() && held.cut.is_empty())
    }

    pub(super) fn note_cut(&mut self, range: Range<u64>, frame: u64) {
        let reached = self.next.max(self.read);
        let started = self.started;
        let cuts = &mut self.held_mut().cut;
        if started {
            cuts.forget_before(reached);
        }
        cuts.note(range, frame);
    }

    /// The first offset beyond the hole at `next` of which anything is known.
    fn beyond(&self) -> Option<u64> {
        let from = self.next.max(self.read);
        let held = self.held.as_ref()?;
        let pending = self.first_pending();
        let known = pending.or_else(|| held.end.filter(|&end| end > from));
        known.or_else(|| held.cut.last_end().filter(|&end| end > from))
    }
}
