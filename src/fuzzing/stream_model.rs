//! A stream as a map of bytes: slow, and too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// The first version of every byte, and the frame that carried it.
    bytes: BTreeMap<u64, (u8, u64)>,
    /// What the first sequence number that was told stands for.
    anchor: Option<u64>,
    started: bool,
    read: u64,
    end: Option<u64>,
    cut: Vec<Range<u64>>,
    /// Other versions: offset and frame.
    conflicts: BTreeSet<(u64, u64)>,
    /// One of them was of bytes that must still be known, and no keep-alive.
    must_report: bool,
    /// Bytes were dropped, so that a stream cannot know of every conflict.
    forgotten: bool,
}

/// Where a stream begins to count.
const ORIGIN: u64 = 1 << 32;

impl Model {
    /// Tells the offset of the first sequence number.
    pub(super) fn anchor(&mut self, offset: u64) {
        self.anchor.get_or_insert(offset);
    }

    pub(super) fn start_at(&mut self, offset: u64) {
        if !self.started {
            self.started = true;
            self.read = offset;
            self.bytes = self.bytes.split_off(&offset);
        }
    }

    pub(super) fn start_with_earliest(&mut self) {
        if let Some(&first) = self.bytes.keys().next() {
            self.start_at(first);
        }
    }

    pub(super) fn end_at(&mut self, offset: u64) {
        self.end = Some(offset);
    }

    pub(super) fn push(&mut self, offset: u64, payload: &[u8], missing: u32, frame: u64) {
        for (at, &byte) in (offset..).zip(payload) {
            if self.started && at < self.read {
                // Read bytes are kept for comparison only where they were not skipped.
                if let Some(&(known, _)) = self.bytes.get(&at) {
                    self.compare(at, known != byte, frame, payload.len());
                }
                continue;
            }
            let (known, _) = *self.bytes.entry(at).or_insert((byte, frame));
            self.compare(at, known != byte, frame, payload.len());
        }
        if missing > 0 {
            let end = offset + u64::try_from(payload.len()).unwrap_or_default();
            self.cut.push(end..end + u64::from(missing));
        }
    }

    pub(super) fn consume(&mut self, length: u64) {
        self.forgotten |= length > self.reached() - self.read;
        self.read += length;
    }

    pub(super) fn skip_hole(&mut self) {
        if let Some(beyond) = self.beyond(self.reached()) {
            self.read = beyond;
            self.forgotten = true;
        }
    }

    pub(super) fn forget(&mut self) {
        self.forgotten = true;
    }

    pub(super) fn started(&self) -> bool {
        self.started
    }

    pub(super) fn finished(&self) -> bool {
        self.started && self.end.is_some_and(|end| self.read >= end)
    }

    /// The unread bytes without a hole before them, each with its frame.
    pub(super) fn readable(&self) -> Vec<(u8, u64)> {
        if !self.started {
            return Vec::new();
        }
        let from_here = self.bytes.range(self.read..).zip(self.read..);
        from_here.take_while(|((at, _), due)| *at == due).map(|((_, &byte), _)| byte).collect()
    }

    pub(super) fn position(&self) -> u64 {
        let anchor = self.anchor.unwrap_or(ORIGIN);
        self.read.wrapping_sub(anchor).wrapping_add(ORIGIN)
    }

    /// Length of the hole, and whether the snap length made it.
    pub(super) fn hole(&self) -> Option<(u64, bool)> {
        let from = self.reached();
        let beyond = self.beyond(from)?;
        let cut = self.cut.iter().any(|cut| cut.start < beyond && cut.end > from);
        Some((beyond - from, cut))
    }

    /// Whether the byte at `position`, as streams count, came in another version in `frame`.
    pub(super) fn conflicts(&self, position: u64, frame: u64) -> bool {
        let anchor = self.anchor.unwrap_or(ORIGIN);
        let offset = position.wrapping_sub(ORIGIN).wrapping_add(anchor);
        self.conflicts.contains(&(offset, frame))
    }

    pub(super) fn must_report_conflict(&self) -> bool {
        self.must_report
    }

    fn compare(&mut self, at: u64, differs: bool, frame: u64, length: usize) {
        if differs {
            self.conflicts.insert((at, frame));
            self.must_report |= !self.forgotten && length > 1;
        }
    }

    /// The end of the bytes that can be read.
    fn reached(&self) -> u64 {
        let mut reached = self.read;
        for (&at, _) in self.bytes.range(self.read..) {
            if at != reached {
                break;
            }
            reached += 1;
        }
        reached
    }

    /// The first offset beyond the hole at `from` of which anything is known.
    fn beyond(&self, from: u64) -> Option<u64> {
        if !self.started {
            return None;
        }
        let byte = self.bytes.range(from..).next().map(|(&at, _)| at);
        let known = byte.or_else(|| self.end.filter(|&end| end > from));
        known.or_else(|| self.cut.iter().map(|cut| cut.end).filter(|&end| end > from).max())
    }
}
