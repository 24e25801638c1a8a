//! Records within packets of SQL Server's protocol, until they come by themselves.

use super::side::{Context, Phase, SideReader, reason};
use crate::flow::Hole;
use crate::inspect::{Event, ObscuredReason};
use crate::tls::preamble::Start;
use crate::tls::{Probe, RecordHeader, tds};

/// How far the packets that wrap records have been followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wrapping {
    /// Within one, so many bytes before its end.
    Within(u64),
    /// Records come by themselves.
    Over,
}

impl SideReader {
    /// Whether what follows a record that was wrapped, or one of a connection whose first ones were,
    /// is talk of SQL Server in the clear.
    pub(super) fn is_followed_by_clear_talk(&self) -> bool {
        let is_over =
            self.details.as_ref().is_some_and(|details| details.wrapping == Some(Wrapping::Over));
        is_over && tds::is_clear(self.stream.readable())
    }

    /// Bytes before the end of the packet that wraps records at hand.
    fn wrapped(&self) -> Option<u64> {
        match self.details.as_ref()?.wrapping? {
            Wrapping::Within(left) => Some(left),
            Wrapping::Over => None,
        }
    }

    /// Whether records are wrapped here.
    pub(super) fn is_wrapped(&self) -> bool {
        self.wrapped().is_some()
    }

    fn set_wrapping(&mut self, wrapping: Wrapping) {
        self.details_mut().wrapping = Some(wrapping);
    }

    /// Whether TLS begins with the segment at hand, in packets; it then begins.
    pub(super) fn begin_wrapped(
        &mut self,
        context: Context<'_>,
        events: &mut Vec<Event>,
    ) -> Option<bool> {
        let may_be = self.searched() == 0 || self.start_lost.is_some() || self.preamble_known();
        let start = match tds::probe(self.stream.readable()) {
            _ if !may_be => return None,
            Probe::Is(start) => start,
            Probe::NeedMore => {
                let waits = !self.stream.readable().is_empty()
                    && self.stream.hole().is_none()
                    && !context.give_up;
                return waits.then_some(false);
            }
            Probe::IsNot => return None,
        };
        let payload = self.stream.readable().get(tds::HEADER..).unwrap_or_default();
        if !self.may_start(start, payload) {
            return None;
        }
        if start == Start::Hello {
            self.start_lost = None;
        }
        self.set_wrapping(Wrapping::Within(0));
        self.begin(start, events);
        Some(true)
    }

    /// What stood before TLS led to none: what it says of itself is over, and what follows is as any
    /// other talk.
    pub(super) fn drop_prelogin(&mut self) {
        if self.preamble_known() && tds::is_prelogin(self.prefix()) {
            self.details_mut().preamble_known = false;
        }
    }

    /// Takes off the header of the next packet where the last one has ended. `Some` is the answer of
    /// a step, `None` that there are records to read.
    pub(super) fn unwrap_header(
        &mut self,
        context: Context<'_>,
        events: &mut Vec<Event>,
    ) -> Option<bool> {
        let is_between = match self.phase {
            Phase::AtRecord => true,
            Phase::InHandshake(0) | Phase::InAlert(0) | Phase::Passing(0) => return None,
            Phase::InProtected(ref within) if within.0 == 0 => return None,
            Phase::InHandshake(_)
            | Phase::InAlert(_)
            | Phase::Passing(_)
            | Phase::InProtected(_) => false,
            Phase::Searching | Phase::InSslv2Hello(_) | Phase::Lost | Phase::OtherTalk => {
                return None;
            }
        };
        if self.wrapped() != Some(0) {
            return None;
        }
        let readable = self.stream.readable();
        if is_between && readable.is_empty() && self.stream.hole().is_none() {
            return Some(false);
        }
        match tds::wrapping(readable) {
            Probe::Is(length) => {
                // An answer in the clear looks like a packet that wraps records.
                let ends = is_between && tds::is_clear(readable);
                match tds::probe(readable) {
                    Probe::IsNot if ends => self.phase = Phase::OtherTalk,
                    Probe::NeedMore if ends && self.may_grow(context) => return Some(false),
                    _ => {
                        self.stream.consume(HEADER_LENGTH);
                        self.set_wrapping(Wrapping::Within(length.into()));
                    }
                }
                Some(true)
            }
            Probe::NeedMore if self.may_grow(context) => Some(false),
            Probe::NeedMore => match self.hole_to_give_up(context) {
                Some(hole) => {
                    self.skip_hole(hole);
                    Some(self.lose(reason(hole), context, events))
                }
                None => Some(false),
            },
            Probe::IsNot if is_between => {
                self.set_wrapping(Wrapping::Over);
                None
            }
            Probe::IsNot => Some(self.lose(ObscuredReason::Malformed, context, events)),
        }
    }

    /// Whether there may be more of what is readable.
    fn may_grow(&self, context: Context<'_>) -> bool {
        self.stream.hole().is_none() && !context.give_up
    }

    /// The header of the record at hand.
    pub(super) fn record_header(&self) -> Probe<RecordHeader> {
        let readable = self.stream.readable();
        let Some(left) = self.wrapped() else {
            return RecordHeader::probe(readable);
        };
        let beginning = tds::record_beginning(readable, left);
        match RecordHeader::probe(beginning.bytes()) {
            Probe::NeedMore if beginning.ends_wrapping => Probe::IsNot,
            answer => answer,
        }
    }

    /// Takes off the header of a record, and those of packets that stand in it.
    pub(super) fn consume_record_header(&mut self) {
        let mut rest = RecordHeader::LENGTH;
        while let Some(left) = self.wrapped().filter(|_| rest > 0) {
            let own = left.min(rest);
            self.consume(own);
            rest -= own;
            if rest == 0 {
                return;
            }
            let Probe::Is(length) = tds::wrapping(self.stream.readable()) else {
                // `record_header` saw them all.
                return;
            };
            self.stream.consume(HEADER_LENGTH);
            self.set_wrapping(Wrapping::Within(length.into()));
        }
        self.stream.consume(rest);
    }

    /// How many of so many bytes of a record may be read before another packet begins.
    pub(super) fn within_packet(&self, bytes: u64) -> usize {
        let bytes = self.wrapped().map_or(bytes, |left| left.min(bytes));
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Marks so many bytes of a record as read; no more than `within_packet` says where they are wrapped.
    pub(super) fn consume(&mut self, length: u64) {
        self.stream.consume(length);
        self.pass_wrapped(length);
    }

    fn pass_wrapped(&mut self, length: u64) {
        if let Some(left) = self.wrapped() {
            self.set_wrapping(Wrapping::Within(left.saturating_sub(length)));
        }
    }

    /// Skips a hole within a record; whether a header of a packet may be in it, so that it is not
    /// known how many bytes of the record are.
    pub(super) fn skip_hole_in_record(&mut self, hole: Hole) -> bool {
        let hides_header = self.wrapped().is_some_and(|left| hole.length > left);
        self.skip_hole(hole);
        self.pass_wrapped(hole.length);
        hides_header
    }

    /// Passes over the rest of an encrypted record.
    pub(super) fn pass_record(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::Passing(remaining) = self.phase else {
            return false;
        };
        if remaining == 0 {
            self.phase = Phase::AtRecord;
            return true;
        }
        let limit = self.within_packet(remaining);
        let passed = if let Some((piece, _)) = self.stream.piece() {
            let length = u64::try_from(piece.len().min(limit)).unwrap_or(u64::MAX);
            self.consume(length);
            length
        } else if let Some(hole) = self.hole_to_give_up(context) {
            if self.skip_hole_in_record(hole) || hole.length > remaining {
                return self.lose(reason(hole), context, events);
            }
            hole.length
        } else {
            return false;
        };
        self.phase = Phase::Passing(remaining - passed);
        true
    }

    /// Passes over what follows TLS in the clear.
    pub(super) fn pass_other_talk(&mut self, context: Context<'_>) -> bool {
        if let Some((piece, _)) = self.stream.piece() {
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.stream.consume(length);
            return true;
        }
        match self.hole_to_give_up(context) {
            Some(hole) => {
                self.skip_hole(hole);
                true
            }
            None => false,
        }
    }

    /// Where reading goes on after a loss: at a segment that begins with a record by itself, or with
    /// a packet around one.
    pub(super) fn find_wrapped_record(&mut self) -> bool {
        let Some(details) = self.details.as_mut().filter(|details| details.wrapping.is_some())
        else {
            return false;
        };
        let begins = matches!(tds::probe(self.stream.readable()), Probe::Is(_));
        details.wrapping = Some(if begins { Wrapping::Within(0) } else { Wrapping::Over });
        begins
    }
}

/// Length of a packet's header.
const HEADER_LENGTH: u64 = 8;
