//! Bytes that may be none: padding that an IP length counts, and segments whose checksum is wrong.

use std::collections::VecDeque;

use super::pending::{Carrier, length};
use super::stream::Stream;

/// Segments that count only where nothing better comes in their place.
///
/// Some network cards pad short Ethernet frames and count the padding as payload; and a receiver
/// drops a segment whose checksum is wrong, so that its sender sends the bytes again. Both are
/// taken for data once the other side has acknowledged them, or no other ones came.
#[derive(Debug, Default)]
pub(super) struct Weak {
    segments: VecDeque<WeakSegment>,
}

#[derive(Debug)]
pub(super) struct WeakSegment {
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) carrier: Carrier,
    /// It may be padding: bytes behind it, or its acknowledgment, show that it is not.
    is_padding: bool,
}

/// Segments held; where there are more, the oldest one is taken for data.
const SEGMENTS: usize = 64;

impl Weak {
    pub(super) fn hold(&mut self, segment: WeakSegment) -> Option<WeakSegment> {
        let oldest = if self.segments.len() >= SEGMENTS { self.segments.pop_front() } else { None };
        self.segments.push_back(segment);
        oldest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Forgets those in whose place other bytes came; says how many bytes they had.
    pub(super) fn replace(&mut self, offset: u64, payload: &[u8]) -> u64 {
        let end = offset + length(payload);
        let before = self.bytes();
        self.segments.retain(|held| held.end() <= offset || held.offset >= end);
        before - self.bytes()
    }

    /// Forgets what looks like padding; says how many bytes it had.
    pub(super) fn drop_padding(&mut self) -> u64 {
        let before = self.bytes();
        self.segments.retain(|held| !held.is_padding);
        before - self.bytes()
    }

    /// How many bytes there are.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|held| length(&held.bytes)).sum()
    }

    /// Takes one that is not in doubt any more: all before `acknowledged`, and padding before
    /// `continued`.
    pub(super) fn settled(&mut self, acknowledged: u64, continued: u64) -> Option<WeakSegment> {
        let is_settled = |held: &WeakSegment| {
            held.end() <= acknowledged || held.is_padding && held.end() <= continued
        };
        let position = self.segments.iter().position(is_settled)?;
        self.segments.remove(position)
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let bytes: usize = self.segments.iter().map(|held| held.bytes.capacity()).sum();
        bytes + self.segments.capacity() * size_of::<WeakSegment>()
    }
}

impl WeakSegment {
    pub(super) fn new(offset: u64, payload: &[u8], carrier: Carrier, is_padding: bool) -> Self {
        Self { offset, bytes: payload.to_vec(), carrier, is_padding }
    }

    fn end(&self) -> u64 {
        self.offset + length(&self.bytes)
    }
}

impl Stream {
    /// Takes bytes for data that were in doubt: the other side acknowledged them.
    pub fn acknowledged_up_to(&mut self, acknowledgment: u32) {
        if self.has_weak() {
            let acknowledged = self.offset(acknowledgment);
            self.settle_weak(acknowledged, 0);
        }
    }

    /// Takes all bytes for data that are still in doubt, for nothing better will come: but not what
    /// looks like padding, which the other side would have acknowledged.
    pub fn accept_doubtful(&mut self) {
        if let Some(held) = self.held.as_mut() {
            self.account.dropped += held.weak.drop_padding();
            self.settle_weak(u64::MAX, 0);
        }
    }

    pub(super) fn has_weak(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.weak.is_empty())
    }

    pub(super) fn settle_weak(&mut self, acknowledged: u64, continued: u64) {
        while let Some(weak) =
            self.held.as_mut().and_then(|held| held.weak.settled(acknowledged, continued))
        {
            self.strengthen(&weak);
        }
    }

    pub(super) fn strengthen(&mut self, weak: &WeakSegment) {
        self.insert(weak.offset, &weak.bytes, weak.carrier);
    }
}
