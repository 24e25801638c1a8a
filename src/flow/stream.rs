//! One direction of a TCP connection, put in order.

use std::ops::Range;

use super::carried::{Account, Carried, Doubt};
use super::conflicts::Conflict;
use super::held::Held;
use super::pending::{Carrier, difference, length};
use super::weak::WeakSegment;
use crate::limits::Limits;

/// The bytes of one direction, in order, with the frame that carried each.
///
/// Offsets count bytes from an arbitrary origin and never wrap; sequence numbers (RFC 9293
/// section 3.4) are unwrapped on entry.
///
/// ```text
///  ... history | unread (readable) |  hole  | pending | hole | pending
///              ^ read              ^ next
/// ```
#[derive(Debug, Default)]
pub struct Stream {
    /// Sequence number of the byte at `ORIGIN`.
    anchor: Option<u32>,
    /// The first byte is known; until then everything is pending.
    pub(super) started: bool,
    /// First unread byte; beyond `next` where the reader skipped ahead of what has arrived.
    pub(super) read: u64,
    /// End of the contiguous bytes.
    pub(super) next: u64,
    /// What most streams have nothing of, once their handshake is over.
    pub(super) held: Option<Box<Held>>,
    /// Any segment was seen, also one without payload.
    seen: bool,
    /// Consumed bytes are no longer kept for comparison with retransmissions.
    forgetful: bool,
    /// Payload bytes of all segments, and what became of them.
    pub(super) account: Account,
}

/// Where offsets begin: high enough that a segment before the first one has an offset too.
pub(super) const ORIGIN: u64 = 1 << 32;

/// Consumed bytes kept to compare retransmissions with: a full unscaled window (RFC 9293 section
/// 3.1), the most that a sender without window scaling can have to send again.
const HISTORY: usize = 64 << 10;

impl Stream {
    /// Tells the sequence number of the first byte: one more than the SYN's.
    ///
    /// Without effect where reading began already.
    pub fn start_at(&mut self, sequence: u32) {
        self.seen = true;
        if self.started {
            return;
        }
        let offset = self.offset(sequence);
        self.begin_at(offset);
    }

    /// Starts with the earliest byte there is: its predecessors, if any, are not in the capture.
    pub fn start_with_earliest(&mut self) {
        if !self.started
            && let Some(offset) = self.first_pending()
        {
            self.begin_at(offset);
        }
    }

    /// The first bytes that are held while the first byte is not known.
    pub fn earliest(&self) -> Option<&[u8]> {
        self.held.as_ref()?.pending.first_bytes()
    }

    /// Whether the first byte is known.
    pub fn started(&self) -> bool {
        self.started
    }

    /// Adds the payload of a segment: `missing` bytes follow it that the capture cut off.
    pub fn push(&mut self, sequence: u32, payload: &[u8], missing: u32, frame: u64) {
        let (acknowledgment, doubt) = (None, None);
        self.take(Carried { sequence, payload, missing, frame, acknowledgment, doubt });
    }

    /// Adds a segment's payload.
    pub fn take(&mut self, segment: Carried<'_>) {
        let Carried { sequence, payload, missing, frame, acknowledgment, doubt } = segment;
        self.seen = true;
        let offset = self.offset(sequence);
        let end = offset + length(payload);
        self.account.arrived += length(payload);
        if missing > 0 {
            self.note_cut(end..end + u64::from(missing), frame);
        }
        if payload.is_empty() {
            return;
        }
        if self.is_keep_alive(offset, payload) {
            self.account.dropped += length(payload);
            return;
        }
        let carrier = Carrier { frame, acknowledgment };
        match doubt {
            Some(doubt) if end > self.read => {
                let is_padding = doubt == Doubt::Padding;
                let weak = WeakSegment::new(offset, payload, carrier, is_padding);
                let oldest = self.held_mut().weak.hold(weak);
                oldest.iter().for_each(|weak| self.strengthen(weak));
            }
            Some(_) => self.account.dropped += length(payload),
            None => {
                if self.has_weak() {
                    self.account.dropped += self.held_mut().weak.replace(offset, payload);
                    self.settle_weak(0, offset);
                }
                self.insert(offset, payload, carrier);
            }
        }
    }

    /// Counts payload that is none: of a keep-alive, of a RST.
    pub fn drop_payload(&mut self, payload: &[u8]) {
        self.seen = true;
        self.account.arrived += length(payload);
        self.account.dropped += length(payload);
    }

    pub(super) fn insert(&mut self, offset: u64, payload: &[u8], carrier: Carrier) {
        let end = offset + length(payload);
        self.compare(offset, payload, carrier.frame);
        if !self.started {
            self.hold(offset, payload, carrier);
            return;
        }
        if offset > self.next && self.read > self.next {
            // The reader has no use for the bytes up to `read`, missing or not.
            self.next = offset.min(self.read);
        }
        if offset <= self.next && self.first_pending().is_none_or(|pending| pending >= end) {
            self.append(offset, payload, carrier);
        } else {
            self.hold(offset, payload, carrier);
        }
        self.drain();
    }

    /// Of bytes that came twice the first ones count.
    fn hold(&mut self, offset: u64, payload: &[u8], carrier: Carrier) {
        let fresh = self.held_mut().pending.hold(offset, payload, carrier);
        self.account.repeated += length(payload) - fresh;
    }

    /// Tells the sequence number just after the last byte: that of a FIN without payload.
    pub fn end_at(&mut self, sequence: u32) {
        self.seen = true;
        let end = self.offset(sequence);
        self.held_mut().end = Some(end);
    }

    /// Notes a segment without payload.
    pub fn touch(&mut self) {
        self.seen = true;
    }

    /// Whether the capture has any segment of this direction.
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// Whether every byte up to the FIN was read.
    pub fn finished(&self) -> bool {
        self.started && self.end().is_some_and(|end| self.read >= end)
    }

    /// Whether everything up to the FIN has arrived, read or not.
    pub fn is_complete(&self) -> bool {
        self.started && self.end().is_some_and(|end| self.next.max(self.read) >= end)
    }

    /// Whether a FIN was seen.
    pub fn closed(&self) -> bool {
        self.end().is_some()
    }

    /// Whether the other side acknowledged all bytes of this one up to its FIN, and the FIN: none of
    /// them is sent again (RFC 9293 section 3.6).
    pub fn is_acknowledged_by(&mut self, acknowledgment: u32) -> bool {
        self.end().is_some_and(|end| self.offset(acknowledgment) > end)
    }

    /// The unread contiguous bytes.
    pub fn readable(&self) -> &[u8] {
        let unread = usize::try_from(self.next.saturating_sub(self.read)).unwrap_or(0);
        let buffer = self.held.as_ref().map_or(&[][..], |held| &held.buffer);
        buffer.get(buffer.len().saturating_sub(unread)..).unwrap_or_default()
    }

    /// The first unread bytes that one frame carried, and that frame.
    pub fn piece(&self) -> Option<(&[u8], u64)> {
        let readable = self.readable();
        if readable.is_empty() {
            return None;
        }
        let spans = &self.held.as_ref()?.spans;
        let after = spans.partition_point(|&(start, _)| start <= self.read);
        let frame = spans.get(after.checked_sub(1)?)?.1.frame;
        let end = spans.get(after).map_or(self.next, |&(start, _)| start);
        let length = usize::try_from(end - self.read).unwrap_or(usize::MAX);
        Some((readable.get(..length).unwrap_or(readable), frame))
    }

    /// What the segment acknowledged that carried the first unread byte.
    pub fn piece_acknowledgment(&self) -> Option<u32> {
        let spans = &self.held.as_ref()?.spans;
        let after = spans.partition_point(|&(start, _)| start <= self.read);
        spans.get(after.checked_sub(1)?)?.1.acknowledgment
    }

    /// Bytes that are held beyond a hole, or in doubt.
    pub fn pending(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| held.pending.bytes() + held.weak.bytes())
    }

    /// What became of the bytes that segments carried.
    pub fn account(&self) -> Account {
        self.account
    }

    /// Offset of the first unread byte.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// Marks the next `length` bytes as read; it may be more than has arrived, and what arrives
    /// of it later is not kept.
    pub fn consume(&mut self, length: u64) {
        self.read += length;
        if let Some(held) = &mut self.held {
            let kept = held.spans.partition_point(|&(start, _)| start <= self.read);
            held.spans.drain(..kept.saturating_sub(1));
        }
        if self.read > self.next {
            self.drop_buffer();
            self.drain();
        }
        self.trim();
    }

    /// Whether more is held beyond a hole than the limits allow: the hole should be skipped, or
    /// the start be taken as it is.
    pub fn is_full(&self, limits: &Limits) -> bool {
        let (bytes, segments) = if self.started {
            (limits.pending_bytes, limits.pending_segments)
        } else {
            (limits.unstarted_bytes, limits.unstarted_segments)
        };
        self.held.as_ref().is_some_and(|held| held.pending.exceeds(bytes, segments))
    }

    /// The first retransmission that carried other bytes within a range of positions.
    pub fn conflict_within(&self, range: Range<u64>) -> Option<Conflict> {
        self.held.as_ref()?.conflicts.within(range)
    }

    /// Consumed bytes are not needed for comparison any more.
    pub fn forget(&mut self) {
        self.forgetful = true;
        self.trim();
    }

    /// Bytes consumed from here on are needed for comparison.
    pub fn remember(&mut self) {
        self.forgetful = false;
    }

    /// Drops everything that is held: nothing more will be read.
    pub fn close(&mut self) {
        if let Some(held) = &mut self.held {
            self.account.dropped += held.pending.bytes() + held.weak.bytes();
            let conflicts = std::mem::take(&mut held.conflicts);
            **held = Held { conflicts, end: held.end, ..Held::default() };
        }
        self.read = self.next;
        self.trim();
    }

    /// Memory held, in bytes, for the accounting of all connections.
    pub fn held(&self) -> usize {
        self.held.as_ref().map_or(0, |held| held.bytes())
    }

    pub(super) fn held_mut(&mut self) -> &mut Held {
        self.held.get_or_insert_default()
    }

    fn end(&self) -> Option<u64> {
        self.held.as_ref()?.end
    }

    pub(super) fn first_pending(&self) -> Option<u64> {
        self.held.as_ref()?.pending.first_offset()
    }

    pub(super) fn drop_buffer(&mut self) {
        if let Some(held) = &mut self.held {
            held.buffer.clear();
            held.spans.clear();
        }
    }

    pub(super) fn offset(&mut self, sequence: u32) -> u64 {
        let anchor = *self.anchor.get_or_insert(sequence);
        let reference = if self.started { self.next } else { ORIGIN };
        let at_reference = anchor.wrapping_add(low_bits(reference.wrapping_sub(ORIGIN)));
        let distance = sequence.wrapping_sub(at_reference).cast_signed();
        reference.saturating_add_signed(i64::from(distance))
    }

    fn begin_at(&mut self, offset: u64) {
        self.started = true;
        self.read = offset;
        self.next = offset;
        self.drain();
    }

    /// A keep-alive repeats the last byte, or any byte in its place (RFC 9293 section 3.8.4).
    fn is_keep_alive(&self, offset: u64, payload: &[u8]) -> bool {
        self.started && payload.len() == 1 && offset + 1 == self.next
    }

    fn append(&mut self, offset: u64, payload: &[u8], carrier: Carrier) {
        let wanted = self.next.max(self.read);
        let end = offset + length(payload);
        let fresh = end.saturating_sub(self.next.max(offset));
        self.account.read += fresh;
        self.account.repeated += length(payload) - fresh;
        if end <= wanted {
            self.next = self.next.max(end);
            return;
        }
        let known = usize::try_from(wanted.saturating_sub(offset)).unwrap_or(usize::MAX);
        let fresh = payload.get(known..).unwrap_or_default();
        let held = self.held.get_or_insert_default();
        held.spans.push((wanted, carrier));
        held.buffer.extend_from_slice(fresh);
        self.next = end;
    }

    /// Moves pending bytes that a hole no longer separates.
    pub(super) fn drain(&mut self) {
        loop {
            let reached = self.next.max(self.read);
            let held = self.held.as_mut();
            let Some(piece) = held.and_then(|held| held.pending.next_up_to(reached)) else {
                return;
            };
            if self.read > self.next {
                self.next = self.read.min(piece.offset).max(self.next);
            }
            self.append(piece.offset, &piece.bytes, piece.carrier);
        }
    }

    /// Looks for bytes that arrived before with another value.
    fn compare(&mut self, offset: u64, payload: &[u8], frame: u64) {
        let Some(held) = self.held.as_mut() else {
            return;
        };
        let start = self.next - length(&held.buffer);
        let buffered = difference(offset, payload, start, &held.buffer);
        let pending = held.pending.difference(offset, payload);
        for Range { start, end } in buffered.into_iter().chain(pending) {
            held.conflicts.add(Conflict { start, end, frame });
        }
    }

    /// Drops history that is not needed, in steps so that each byte is moved at most once or
    /// twice.
    pub(super) fn trim(&mut self) {
        let unread = self.readable().len();
        let reached = self.next.max(self.read);
        let Some(held) = &mut self.held else {
            return;
        };
        let history = held.buffer.len() - unread;
        let keep = if self.forgetful { 0 } else { HISTORY };
        if self.forgetful && unread == 0 {
            held.buffer = Vec::new();
            held.spans = Vec::new();
            held.cut.forget_before(reached);
            if held.is_empty() {
                self.held = None;
            }
        } else if history > 2 * keep.max(HISTORY / 4) {
            held.buffer.drain(..history - keep);
        }
    }
}

fn low_bits(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
}
