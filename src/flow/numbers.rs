//! Which of several connections of one 5-tuple a segment belongs to: its numbers tell.

use super::key::Side;
use crate::net::{Flags, Segment};

/// Where both sides of a connection are in their sequence numbers, as far as segments told.
///
/// A 5-tuple may have several connections one after another, and in a capture without their SYN,
/// or with a late copy of an old segment, only sequence and acknowledgment numbers tell them apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Numbers {
    sides: [SideNumbers; 2],
    known: Known,
}

/// The numbers of one side; each counts where `Known` says so.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct SideNumbers {
    /// Of its first byte.
    start: u32,
    /// Of the byte after the last one that it is known to have sent.
    next: u32,
    /// Of the byte after the last one that it will ever send.
    end: u32,
}

/// One bit for each number of [`Numbers`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Known(u8);

impl Known {
    const START: u8 = 1;
    const NEXT: u8 = 2;
    const END: u8 = 4;
    /// It ended with a FIN, which takes a number of its own.
    const FIN: u8 = 8;

    /// Whether it is known of both sides where they are, and of neither that it ended.
    #[inline]
    fn are_under_way(self) -> bool {
        const BOTH: u8 = 0x11;
        self.0 & ((Self::NEXT | Self::END) * BOTH) == Self::NEXT * BOTH
    }

    fn has(self, side: Side, bit: u8) -> bool {
        self.0 & (bit << Self::shift(side)) != 0
    }

    fn set(&mut self, side: Side, bit: u8) {
        self.0 |= bit << Self::shift(side);
    }

    fn clear(&mut self, side: Side, bit: u8) {
        self.0 &= !(bit << Self::shift(side));
    }

    fn shift(side: Side) -> u8 {
        match side {
            Side::First => 0,
            Side::Second => 4,
        }
    }
}

/// What numbers need to know of a segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Heading {
    /// Sequence number of the first payload byte, or of the SYN.
    pub sequence: u32,
    /// The acknowledgment number, where it counts.
    pub acknowledgment: Option<u32>,
    /// Control bits.
    pub flags: Flags,
    /// Payload bytes on the wire, recorded or not.
    pub length: u32,
}

/// A segment that is the next one in order of its side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InOrder {
    side: Side,
    acknowledgment: u32,
    /// It acknowledges bytes of the other side that nothing told of so far.
    pub acknowledges_more: bool,
}

/// How well a segment fits the numbers of a connection, worst first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fit {
    /// It is of another connection.
    Not,
    /// It may be of this one if much of it was lost, in one direction.
    Far,
    /// It is within a window of what was seen.
    Near,
    /// It is the next one, or the SYN of this one.
    Exact,
}

/// Farther from what was seen than this, in both directions, a segment is of another connection: a
/// full window without scaling (RFC 9293 section 3.1). A recorder that loses more than that of both
/// directions at once makes two connections of one, which costs a sure answer and never gives a
/// wrong one. Linux uses ports again with a sequence number that is just that far on.
const NEAR: u32 = 0xffff;

/// The largest window that scaling allows (RFC 7323 section 2.3): where only one direction is
/// recorded, what lies outside is of another connection.
const LARGEST_WINDOW: u32 = 1 << 30;

impl From<&Segment<'_>> for Heading {
    fn from(segment: &Segment<'_>) -> Self {
        let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
        Self {
            sequence: segment.sequence,
            acknowledgment: segment.flags.contains(Flags::ACK).then_some(segment.acknowledgment),
            flags: segment.flags,
            length: length.saturating_add(segment.missing),
        }
    }
}

impl Heading {
    /// Sequence number of the first byte after a SYN, where this is one.
    fn first_byte(&self) -> u32 {
        self.sequence.wrapping_add(self.flags.contains(Flags::SYN).into())
    }

    /// Sequence number after the payload, a SYN and a FIN counted.
    fn after(&self) -> u32 {
        let fin = u32::from(self.flags.contains(Flags::FIN));
        self.first_byte().wrapping_add(self.length).wrapping_add(fin)
    }
}

/// How far one number is from another, on the circle of 2^32 (RFC 9293 section 3.4).
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}

impl Numbers {
    /// How well a segment of `side` fits. `late` is how many bytes a SYN may stand before the first
    /// ones seen of its side and still be theirs: it was recorded late.
    pub fn fit(&self, side: Side, heading: &Heading, late: u32) -> Fit {
        if heading.flags.contains(Flags::SYN) {
            return self.fit_of_syn(side, heading, late);
        }
        let own = self.next(side).map(|next| distance(next, heading.sequence));
        let other = heading.acknowledgment.and_then(|acknowledgment| {
            let next = self.next(side.other())?;
            Some(distance(next, acknowledgment))
        });
        if self.is_outside(side, heading) {
            return Fit::Not;
        }
        let is_far = |distance: i32| distance.unsigned_abs() > NEAR;
        // A RST counts within the window only (RFC 9293 section 3.5.2).
        if heading.flags.contains(Flags::RST) && own.is_some_and(is_far) && heading.sequence != 0 {
            return Fit::Not;
        }
        let is_out = |distance: i32| distance.unsigned_abs() > LARGEST_WINDOW;
        match (own, other) {
            (Some(own), Some(other)) if is_far(own) && is_far(other) => Fit::Not,
            (Some(one), None) | (None, Some(one)) if is_out(one) => Fit::Not,
            (Some(0), Some(other)) if !is_far(other) => Fit::Exact,
            (Some(0), None) => Fit::Exact,
            (own, other) if own.into_iter().chain(other).any(is_far) => Fit::Far,
            _ => Fit::Near,
        }
    }

    /// The same for a segment that was wrapped otherwise than those seen: numbers must prove that it
    /// is of the same connection.
    pub fn fit_elsewhere(&self, side: Side, heading: &Heading) -> Fit {
        match self.fit(side, heading, 0) {
            Fit::Far => Fit::Not,
            fit => fit,
        }
    }

    /// Whether a segment has bytes before a beginning or behind an end that was seen.
    fn is_outside(&self, side: Side, heading: &Heading) -> bool {
        // A keep-alive repeats the byte before the next one, even where there was none yet (RFC 9293
        // section 3.8.4), and a RST that refuses a SYN has no number.
        let keep_alive = heading.length <= 1 || heading.flags.contains(Flags::RST);
        let start = self.start(side).map(|start| start.wrapping_sub(keep_alive.into()));
        let no_number = heading.flags.contains(Flags::RST) && heading.sequence == 0;
        let before = !no_number && start.is_some_and(|start| distance(start, heading.sequence) < 0);
        let behind = self.last(side).is_some_and(|last| {
            // A RST that was not heeded is followed by the next bytes.
            let is_next = !self.has_finished(side) && heading.sequence == last;
            !is_next && distance(last, heading.after()) > 0
        });
        let acknowledges = heading.acknowledgment.is_some_and(|acknowledgment| {
            let start = self.start(side.other());
            let last = self.last(side.other());
            start.is_some_and(|start| distance(start, acknowledgment) < 0)
                || last.is_some_and(|last| distance(last, acknowledgment) > 0)
        });
        before || behind || acknowledges
    }

    fn fit_of_syn(&self, side: Side, heading: &Heading, late: u32) -> Fit {
        let first = heading.first_byte();
        let other = side.other();
        let answered = heading.acknowledgment.and_then(|acknowledgment| {
            let start = self.start(other)?;
            let next = self.next(other).unwrap_or(start);
            Some(distance(start, acknowledgment) >= 0 && distance(next, acknowledgment) <= 0)
        });
        if answered == Some(false) {
            return Fit::Not;
        }
        match (self.start(side), self.next(side)) {
            (Some(start), _) if start == first => Fit::Exact,
            (Some(_), _) => Fit::Not,
            (None, None) if answered == Some(true) => Fit::Exact,
            // Recorded after bytes that follow it.
            (None, Some(next)) => match u32::try_from(distance(first, next)) {
                Ok(before) if before <= late => Fit::Near,
                _ => Fit::Not,
            },
            // Both sides opened at once (RFC 9293 section 3.5).
            (None, None) if self.start(other).is_some() && !self.has_ended() => Fit::Near,
            (None, None) => Fit::Not,
        }
    }

    /// Learns from a segment of `side` that fits.
    pub fn note(&mut self, side: Side, heading: &Heading) {
        if heading.flags.contains(Flags::SYN) {
            self.start(side).is_none().then(|| self.set(side, Known::START, heading.first_byte()));
        }
        let no_number = heading.flags.contains(Flags::RST) && heading.sequence == 0;
        if !no_number {
            self.reach(side, heading.after());
        }
        let is_behind = self.end(side).is_some_and(|end| distance(end, heading.after()) > 0);
        if is_behind && !self.has_finished(side) {
            self.known.clear(side, Known::END);
        }
        if let Some(acknowledgment) = heading.acknowledgment {
            self.reach(side.other(), acknowledgment);
        }
        if heading.flags.contains(Flags::FIN) {
            self.known.set(side, Known::FIN);
            self.set(side, Known::END, heading.after().wrapping_sub(1));
        } else if heading.flags.contains(Flags::RST)
            && self.last(side).is_none()
            && let Some(next) = self.next(side)
        {
            self.set(side, Known::END, next);
        }
    }

    /// What a segment of `side` that holds neither SYN, FIN nor RST does, where it is the next one in
    /// order and acknowledges what is near; `None` for any other.
    #[inline]
    pub fn in_order(
        &self,
        side: Side,
        sequence: u32,
        acknowledgment: Option<u32>,
    ) -> Option<InOrder> {
        let acknowledgment = acknowledgment?;
        if !self.known.are_under_way() || side.of(&self.sides).next != sequence {
            return None;
        }
        let ahead = distance(side.other().of(&self.sides).next, acknowledgment);
        let acknowledges_more = ahead > 0;
        (ahead.unsigned_abs() <= NEAR).then_some(InOrder {
            side,
            acknowledgment,
            acknowledges_more,
        })
    }

    /// Learns from a segment that is the next one in order, with a payload of `length` bytes.
    #[inline]
    pub fn advance(&mut self, segment: InOrder, length: u32) {
        let own = segment.side.of_mut(&mut self.sides);
        own.next = own.next.wrapping_add(length);
        if segment.acknowledges_more {
            segment.side.other().of_mut(&mut self.sides).next = segment.acknowledgment;
        }
    }

    /// Whether `side` acknowledges bytes of the other side that nothing told of so far.
    #[inline]
    pub fn acknowledges_more(&self, side: Side, acknowledgment: Option<u32>) -> bool {
        acknowledgment
            .zip(self.next(side.other()))
            .is_some_and(|(acknowledgment, next)| distance(next, acknowledgment) > 0)
    }

    /// Sequence number of the first byte of `side`, where its SYN was seen.
    pub fn start(&self, side: Side) -> Option<u32> {
        self.known.has(side, Known::START).then(|| side.of(&self.sides).start)
    }

    /// Sequence number after the last byte, SYN or FIN that `side` is known to have sent: segments
    /// of its own, and acknowledgments of the other side, tell.
    pub fn next(&self, side: Side) -> Option<u32> {
        self.known.has(side, Known::NEXT).then(|| side.of(&self.sides).next)
    }

    /// Sequence number after the last byte of `side`, where a FIN or RST told it.
    pub fn end(&self, side: Side) -> Option<u32> {
        self.known.has(side, Known::END).then(|| side.of(&self.sides).end)
    }

    /// Whether `side` sent a FIN.
    pub fn has_finished(&self, side: Side) -> bool {
        self.known.has(side, Known::FIN)
    }

    /// Whether either side sent a FIN or a RST.
    pub fn has_ended(&self) -> bool {
        Side::BOTH.iter().any(|&side| self.known.has(side, Known::END))
    }

    /// The last number that `side` can have reached, its FIN counted.
    fn last(&self, side: Side) -> Option<u32> {
        let fin = u32::from(self.known.has(side, Known::FIN));
        self.end(side).map(|end| end.wrapping_add(fin))
    }

    #[inline]
    fn reach(&mut self, side: Side, number: u32) {
        if self.next(side).is_none_or(|next| distance(next, number) > 0) {
            self.set(side, Known::NEXT, number);
        }
    }

    #[inline]
    fn set(&mut self, side: Side, what: u8, number: u32) {
        self.known.set(side, what);
        let own = side.of_mut(&mut self.sides);
        match what {
            Known::START => own.start = number,
            Known::NEXT => own.next = number,
            _ => own.end = number,
        }
    }
}
