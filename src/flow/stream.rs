//! One direction of a TCP connection, put in order.

use std::ops::Range;

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
    started: bool,
    /// First unread byte; beyond `next` where the reader skipped ahead of what has arrived.
    read: u64,
    /// End of the contiguous bytes.
    next: u64,
    /// What most streams have nothing of, once their handshake is over.
    held: Option<Box<Held>>,
    /// Any segment was seen, also one without payload.
    seen: bool,
    /// Consumed bytes are no longer kept for comparison with retransmissions.
    forgetful: bool,
}

#[derive(Debug, Default)]
struct Held {
    /// The contiguous bytes, ending at `next`; what is before `read` is history.
    buffer: Vec<u8>,
    /// Where each frame's bytes begin in the unread contiguous bytes.
    spans: Vec<(u64, u64)>,
    /// Bytes beyond a hole, sorted, not overlapping.
    pending: Vec<Piece>,
    pending_bytes: usize,
    /// Ranges that a packet carried and the capture did not record (snap length).
    cut: Vec<Range<u64>>,
    conflict: Option<Conflict>,
    /// Offset just after the last byte, where a FIN told it.
    end: Option<u64>,
}

#[derive(Debug)]
struct Piece {
    offset: u64,
    bytes: Vec<u8>,
    frame: u64,
}

/// Bytes that the capture does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hole {
    /// How many.
    pub length: u64,
    /// The snap length cut them; otherwise their packets are missing.
    pub cut: bool,
}

/// A retransmission that carries other bytes than the first transmission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// Offset of the first differing byte, on the scale of [`Stream::position`].
    pub offset: u64,
    /// The frame that carried the second version.
    pub frame: u64,
}

/// Where offsets begin: high enough that a segment before the first one has an offset too.
const ORIGIN: u64 = 1 << 32;

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
        self.held.as_ref()?.pending.first().map(|piece| piece.bytes.as_slice())
    }

    /// Whether the first byte is known.
    pub fn started(&self) -> bool {
        self.started
    }

    /// Adds the payload of a segment: `missing` bytes follow it that the capture cut off.
    pub fn push(&mut self, sequence: u32, payload: &[u8], missing: u32, frame: u64) {
        self.seen = true;
        let offset = self.offset(sequence);
        let end = offset + length(payload);
        if missing > 0 {
            self.note_cut(end..end + u64::from(missing));
        }
        if payload.is_empty() || self.is_keep_alive(offset, payload) {
            return;
        }
        self.compare(offset, payload, frame);
        if !self.started {
            self.hold(offset, payload, frame);
            return;
        }
        if offset > self.next && self.read > self.next {
            // The reader has no use for the bytes up to `read`, missing or not.
            self.next = offset.min(self.read);
        }
        if offset <= self.next && self.first_pending().is_none_or(|pending| pending >= end) {
            self.append(offset, payload, frame);
        } else {
            // Of bytes that came twice the first ones count.
            self.hold(offset, payload, frame);
        }
        self.drain();
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

    /// Passes over a segment that is the next one in order, without looking at it; `false`, and
    /// nothing is changed, where it is not or something unread is held.
    #[inline]
    pub fn pass(&mut self, sequence: u32, length: u32) -> bool {
        let is_next = self.started
            && self.read == self.next
            && self.is_in_order()
            && length > 1
            && self.offset(sequence) == self.next;
        if is_next {
            self.next += u64::from(length);
            self.read = self.next;
            self.drop_buffer();
        }
        is_next
    }

    /// Passes over a segment that is the next one in order and of which the reader wants nothing:
    /// all of it was consumed before it came. `false`, and nothing is changed, for any other.
    #[inline]
    pub fn pass_consumed(&mut self, sequence: u32, length: u32) -> bool {
        let is_unwanted = self.started
            && self.next + u64::from(length) <= self.read
            && self.is_in_order()
            && length > 1
            && self.offset(sequence) == self.next;
        if is_unwanted {
            self.next += u64::from(length);
        }
        is_unwanted
    }

    /// How many bytes at the front of a segment were consumed before it came; `None` where it is not
    /// the next one in order, or where anything is held.
    #[inline]
    pub fn consumed_of(&mut self, sequence: u32, length: u32) -> Option<usize> {
        let is_next =
            self.started && self.held.is_none() && length > 1 && self.offset(sequence) == self.next;
        usize::try_from(self.read.checked_sub(self.next).filter(|_| is_next)?).ok()
    }

    /// Passes over the next segment in order, all of it and so many bytes `beyond` it.
    #[inline]
    pub fn pass_to(&mut self, length: u32, beyond: u64) {
        self.next += u64::from(length);
        self.read = self.next + beyond;
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
        let frame = spans.get(after.checked_sub(1)?)?.1;
        let end = spans.get(after).map_or(self.next, |&(start, _)| start);
        let length = usize::try_from(end - self.read).unwrap_or(usize::MAX);
        Some((readable.get(..length).unwrap_or(readable), frame))
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

    /// What keeps the reader from going on: the bytes missing before later ones, if any.
    pub fn hole(&self) -> Option<Hole> {
        if !self.started {
            return None;
        }
        let from = self.next.max(self.read);
        let beyond = self.beyond()?;
        let cut = self
            .held
            .as_ref()
            .is_some_and(|held| held.cut.iter().any(|cut| cut.start < beyond && cut.end > from));
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

    /// Whether more is held beyond a hole than the limits allow: the hole should be skipped, or
    /// the start be taken as it is.
    pub fn is_full(&self, limits: &Limits) -> bool {
        let (bytes, segments) = if self.started {
            (limits.pending_bytes, limits.pending_segments)
        } else {
            (limits.unstarted_bytes, limits.unstarted_segments)
        };
        self.held
            .as_ref()
            .is_some_and(|held| held.pending_bytes > bytes || held.pending.len() > segments)
    }

    /// The first retransmission that carried other bytes.
    pub fn conflict(&self) -> Option<Conflict> {
        self.held.as_ref()?.conflict
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
            let Held { conflict, end, .. } = **held;
            **held = Held { conflict, end, ..Held::default() };
        }
        self.read = self.next;
        self.trim();
    }

    /// Memory held, in bytes, for the accounting of all connections.
    pub fn held(&self) -> usize {
        self.held.as_ref().map_or(0, |held| {
            size_of::<Held>()
                + held.buffer.capacity()
                + held.pending_bytes
                + held.pending.capacity() * size_of::<Piece>()
                + held.spans.capacity() * size_of::<(u64, u64)>()
                + held.cut.capacity() * size_of::<Range<u64>>()
        })
    }

    fn held_mut(&mut self) -> &mut Held {
        self.held.get_or_insert_default()
    }

    fn end(&self) -> Option<u64> {
        self.held.as_ref()?.end
    }

    fn first_pending(&self) -> Option<u64> {
        self.held.as_ref()?.pending.first().map(|piece| piece.offset)
    }

    /// Whether nothing is held beyond a hole, and no hole is known.
    fn is_in_order(&self) -> bool {
        self.held.as_ref().is_none_or(|held| held.pending.is_empty() && held.cut.is_empty())
    }

    fn drop_buffer(&mut self) {
        if let Some(held) = &mut self.held {
            held.buffer.clear();
            held.spans.clear();
        }
    }

    fn offset(&mut self, sequence: u32) -> u64 {
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

    fn append(&mut self, offset: u64, payload: &[u8], frame: u64) {
        let wanted = self.next.max(self.read);
        let end = offset + length(payload);
        if end <= wanted {
            self.next = self.next.max(end);
            return;
        }
        let known = usize::try_from(wanted.saturating_sub(offset)).unwrap_or(usize::MAX);
        let fresh = payload.get(known..).unwrap_or_default();
        let held = self.held.get_or_insert_default();
        held.spans.push((wanted, frame));
        held.buffer.extend_from_slice(fresh);
        self.next = end;
    }

    /// Moves pending bytes that a hole no longer separates.
    fn drain(&mut self) {
        let reached = self.next.max(self.read);
        if self.first_pending().is_none_or(|offset| offset > reached) {
            return;
        }
        let mut taken = 0;
        for piece in std::mem::take(&mut self.held_mut().pending) {
            if piece.offset > self.next.max(self.read) {
                self.held_mut().pending.push(piece);
                continue;
            }
            taken += piece.bytes.len();
            if self.read > self.next {
                self.next = self.read.min(piece.offset).max(self.next);
            }
            self.append(piece.offset, &piece.bytes, piece.frame);
        }
        self.held_mut().pending_bytes -= taken;
    }

    /// Keeps bytes beyond a hole; those that are held already are not replaced.
    fn hold(&mut self, offset: u64, payload: &[u8], frame: u64) {
        let mut offset = offset;
        let mut rest = payload;
        let Held { pending, pending_bytes, .. } = self.held_mut();
        let mut at = pending.partition_point(|piece| piece.end() <= offset);
        while !rest.is_empty() {
            let gap = match pending.get(at) {
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
            *pending_bytes += fresh.len();
            pending.insert(at, Piece { offset, bytes: fresh.to_vec(), frame });
            offset += length(fresh);
            rest = remaining;
            at += 1;
        }
    }

    /// Looks for bytes that arrived before with another value.
    fn compare(&mut self, offset: u64, payload: &[u8], frame: u64) {
        let Some(held) = self.held.as_mut().filter(|held| held.conflict.is_none()) else {
            return;
        };
        let start = self.next - length(&held.buffer);
        let buffered = first_difference(offset, payload, start, &held.buffer);
        let end = offset + length(payload);
        let from = held.pending.partition_point(|piece| piece.end() <= offset);
        let difference = buffered.or_else(|| {
            held.pending
                .iter()
                .skip(from)
                .take_while(|piece| piece.offset < end)
                .find_map(|piece| first_difference(offset, payload, piece.offset, &piece.bytes))
        });
        held.conflict = difference.map(|offset| Conflict { offset, frame });
    }

    fn note_cut(&mut self, range: Range<u64>) {
        let reached = self.next.max(self.read);
        let started = self.started;
        let cuts = &mut self.held_mut().cut;
        if started {
            cuts.retain(|cut| cut.end > reached);
        }
        let full = cuts.len() >= CUT_RANGES;
        match cuts.last_mut() {
            // More holes than that are one hole for every purpose: their extent is what counts.
            Some(last) if last.end == range.start || full => last.end = last.end.max(range.end),
            _ => cuts.push(range),
        }
    }

    /// The first offset beyond the hole at `next` of which anything is known.
    fn beyond(&self) -> Option<u64> {
        let from = self.next.max(self.read);
        let held = self.held.as_ref()?;
        let pending = self.first_pending();
        let known = pending.or_else(|| held.end.filter(|&end| end > from));
        known.or_else(|| held.cut.iter().map(|cut| cut.end).filter(|&end| end > from).max())
    }

    /// Drops history that is not needed, in steps so that each byte is moved at most once or
    /// twice.
    fn trim(&mut self) {
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
            held.cut.retain(|cut| cut.end > reached);
            if held.is_empty() {
                self.held = None;
            }
        } else if history > 2 * keep.max(HISTORY / 4) {
            held.buffer.drain(..history - keep);
        }
    }
}

/// Cut ranges remembered; each belongs to one packet of an unread stretch.
const CUT_RANGES: usize = 1024;

impl Held {
    fn is_empty(&self) -> bool {
        self.buffer.is_empty()
            && self.pending.is_empty()
            && self.cut.is_empty()
            && self.conflict.is_none()
            && self.end.is_none()
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.offset + length(&self.bytes)
    }
}

fn low_bits(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
}

/// Offset of the first byte that two overlapping stretches do not share.
fn first_difference(start: u64, bytes: &[u8], other_start: u64, other: &[u8]) -> Option<u64> {
    let from = start.max(other_start);
    let bytes = bytes.get(usize::try_from(from - start).ok()?..)?;
    let other = other.get(usize::try_from(from - other_start).ok()?..)?;
    let position = bytes.iter().zip(other).position(|(a, b)| a != b)?;
    Some(from + u64::try_from(position).ok()?)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn started(sequence: u32) -> Stream {
        let mut stream = Stream::default();
        stream.start_at(sequence);
        stream
    }

    fn read_all(stream: &mut Stream) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some((piece, _)) = stream.piece() {
            let piece = piece.to_vec();
            stream.consume(length(&piece));
            all.extend(piece);
        }
        all
    }

    #[test]
    fn in_order() {
        let mut stream = started(10);
        stream.push(10, b"abc", 0, 1);
        stream.push(13, b"def", 0, 2);
        assert_eq!(stream.readable(), b"abcdef");
        assert_eq!(stream.piece(), Some((b"abc".as_slice(), 1)));
        stream.consume(4);
        assert_eq!(stream.piece(), Some((b"ef".as_slice(), 2)));
    }

    #[test]
    fn out_of_order_with_retransmission_and_overlap() {
        let mut stream = started(10);
        stream.push(16, b"ghi", 0, 3);
        stream.push(14, b"efgh", 0, 4);
        stream.push(10, b"abcdef", 0, 5);
        stream.push(10, b"abc", 0, 6);
        assert_eq!(stream.readable(), b"abcdefghi");
        assert_eq!(stream.conflict(), None);
        assert_eq!(stream.hole(), None);
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut stream = started(u32::MAX - 1);
        stream.push(1, b"de", 0, 2);
        stream.push(u32::MAX - 1, b"abc", 0, 1);
        assert_eq!(read_all(&mut stream), b"abcde");
        stream.push(3, b"f", 0, 3);
        assert_eq!(read_all(&mut stream), b"f");
    }

    #[test]
    fn a_hole_is_reported_and_skipped() {
        let mut stream = started(0);
        stream.push(0, b"ab", 0, 1);
        stream.push(5, b"fg", 0, 2);
        assert_eq!(stream.hole(), Some(Hole { length: 3, cut: false }));
        stream.consume(2);
        stream.skip_hole();
        assert_eq!(stream.readable(), b"fg");
        assert_eq!(stream.hole(), None);
    }

    #[test]
    fn the_snap_length_leaves_a_hole_that_says_so_even_at_the_end() {
        let mut stream = started(0);
        stream.push(0, b"ab", 98, 1);
        assert_eq!(stream.hole(), Some(Hole { length: 98, cut: true }));
        stream.push(100, b"cd", 8, 2);
        assert_eq!(stream.hole(), Some(Hole { length: 98, cut: true }));
        stream.skip_hole();
        stream.consume(2);
        assert_eq!(stream.hole(), Some(Hole { length: 8, cut: true }));
    }

    #[test]
    fn a_fin_shows_that_the_last_bytes_are_missing() {
        let mut stream = started(0);
        stream.push(0, b"ab", 0, 1);
        stream.end_at(4);
        assert_eq!(stream.hole(), Some(Hole { length: 2, cut: false }));
        assert!(!stream.finished());
        stream.skip_hole();
        assert!(stream.finished());
    }

    #[test]
    fn a_retransmission_with_other_bytes_is_a_conflict_also_after_reading() {
        let mut stream = started(0);
        stream.push(0, b"abcd", 0, 1);
        stream.consume(4);
        stream.push(2, b"cX", 0, 2);
        assert_eq!(stream.conflict(), Some(Conflict { offset: ORIGIN + 3, frame: 2 }));
    }

    #[test]
    fn of_bytes_that_came_twice_the_first_count_also_where_the_second_fill_a_hole() {
        let mut stream = started(0);
        stream.push(2, b"cd", 0, 1);
        stream.push(0, b"abXYe", 0, 2);
        assert_eq!(stream.readable(), b"abcde");
        assert_eq!(stream.piece(), Some((b"ab".as_slice(), 2)));
        stream.consume(2);
        assert_eq!(stream.piece(), Some((b"cd".as_slice(), 1)));
        assert!(stream.conflict().is_some());
    }

    #[test]
    fn a_keep_alive_byte_is_not_a_conflict() {
        let mut stream = started(0);
        stream.push(0, b"abcd", 0, 1);
        stream.push(3, b"\0", 0, 2);
        assert_eq!(stream.conflict(), None);
        stream.push(4, b"e", 0, 3);
        assert_eq!(stream.readable(), b"abcde");
    }

    #[test]
    fn skipping_ahead_keeps_nothing_of_what_is_skipped_and_needs_none_of_it() {
        let mut stream = started(0);
        stream.push(0, b"ab", 0, 1);
        stream.consume(10);
        stream.push(2, b"cdef", 0, 2);
        assert_eq!(stream.readable(), b"");
        stream.push(8, b"ijkl", 0, 3);
        assert_eq!((stream.readable(), stream.hole()), (b"kl".as_slice(), None));
    }

    #[test]
    fn a_syn_recorded_after_the_data_gives_the_start() {
        let mut stream = Stream::default();
        stream.push(14, b"efg", 0, 1);
        assert_eq!(stream.readable(), b"");
        stream.push(11, b"bcd", 0, 2);
        stream.start_at(10);
        stream.push(10, b"a", 0, 3);
        assert_eq!(read_all(&mut stream), b"abcdefg");
    }

    /// Generated operations against a naive byte map; the same seed every time.
    #[test]
    fn any_order_of_any_cuts_gives_the_same_bytes() {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move |bound: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % u64::try_from(bound).unwrap()).unwrap()
        };
        for round in 0..300 {
            let data: Vec<u8> = (0..200).map(|_| u8::try_from(next(256)).unwrap()).collect();
            let first = u32::MAX - 100 + u32::try_from(round % 7).unwrap();
            let mut arrived = vec![false; data.len()];
            let mut stream = started(first);
            let mut read = Vec::new();
            for frame in 0..60 {
                let from = next(data.len());
                let to = (from + 1 + next(40)).min(data.len());
                let sequence = first.wrapping_add(u32::try_from(from).unwrap());
                stream.push(sequence, &data[from..to], 0, frame);
                arrived[from..to].fill(true);
                if next(3) == 0 {
                    read.extend(read_all(&mut stream));
                }
            }
            read.extend(read_all(&mut stream));
            let contiguous = arrived.iter().take_while(|&&arrived| arrived).count();
            assert_eq!(read, data[..contiguous]);
            assert_eq!(stream.conflict(), None);
            assert_eq!(stream.hole().is_some(), arrived[contiguous..].contains(&true));
        }
    }
}
