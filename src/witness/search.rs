//! Where records begin in a stream: at its start, after a preamble, or again after a loss.

use super::side::{Context, Phase, SideReader, reason};
use crate::inspect::Event;
use crate::limits::Limits;
use crate::tls::preamble::{self, Start};
use crate::tls::{HandshakeMessage, HandshakeType, Probe, RecordHeader};

/// Bytes of a stream's beginning that are kept to name what stands before TLS.
const PREFIX: usize = 512;

/// Segments that answered the other side and began with no record, after which there are none: a
/// sender of TLS may be within a record when the other side speaks, but not every time.
const ANSWERS: u8 = 4;

/// Length of a ChangeCipherSpec with the first bytes of the Finished behind it.
const FINISHED: usize = 8;

/// Whether bytes of this length are a ChangeCipherSpec and the beginning of a Finished.
fn is_finished(bytes: &[u8]) -> bool {
    matches!(bytes, [20, 3, 0..=4, 0, 1, 1, 22, 3])
}

/// The longest pattern that the search for a hello looks for, less one.
const HELLO_PATTERN_TAIL: usize = 10;

impl SideReader {
    /// Passes over a segment that cannot hold the beginning of TLS, where that is certain without
    /// the segments around it.
    pub(super) fn pass_unread(
        &mut self,
        (sequence, acknowledgment): (u32, Option<u32>),
        payload: &[u8],
        limits: &Limits,
    ) -> bool {
        let is_plain = matches!(self.phase, Phase::Searching)
            && self.searched() + payload.len() <= limits.preamble_bytes
            && self.at_segment
            && self.is_plain()
            && preamble::probe(payload) == Probe::IsNot;
        let length = u32::try_from(payload.len()).unwrap_or_default();
        let passed = is_plain && self.stream.pass(sequence, length);
        if passed {
            let details = self.details_mut();
            details.searched += payload.len();
            details.acknowledged = acknowledgment.or(details.acknowledged);
        }
        passed
    }

    pub(super) fn search(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        if !self.stream.started() {
            let is_hello = self
                .stream
                .earliest()
                .is_some_and(|bytes| preamble::probe(bytes) == Probe::Is(Start::Hello));
            let full = self.stream.is_full(context.limits);
            if !is_hello && !full && !context.give_up {
                return false;
            }
            self.stream.start_with_earliest();
            if is_hello {
                self.start_lost = None;
            }
            return self.stream.started();
        }
        if self.stream.readable().is_empty() {
            return self.skip_hole_before_tls(context);
        }
        if self.searched() == 0 && self.start_lost.is_none() {
            let is_last = self.stream.hole().is_some() || context.give_up;
            match preamble::length(self.stream.readable()) {
                Probe::Is(length) if length > 0 => {
                    // What stands in it is no hello, whatever it looks like.
                    self.pass_preamble(length);
                    return true;
                }
                Probe::NeedMore if !is_last => return false,
                _ => {}
            }
        }
        if self.at_segment {
            if let Some(answer) = self.begin_wrapped(context, events) {
                return answer;
            }
            match self.beginning(context) {
                Probe::Is(start) => {
                    self.begin(start, events);
                    return true;
                }
                Probe::NeedMore if self.stream.hole().is_none() && !context.give_up => {
                    return false;
                }
                _ => {}
            }
            self.drop_prelogin();
        }
        // Within a segment, only what is known to stand before TLS may: other protocols wrap TLS
        // records in packets of their own.
        let hello =
            if self.preamble_known() || self.searched() == 0 { self.find_hello() } else { None };
        match hello {
            Some(offset) if self.preamble_known() || self.stands_before_tls(offset) => {
                self.pass_over(offset);
                self.start_lost = None;
                self.begin(Start::Hello, events);
                true
            }
            _ => self.pass_one_piece(context),
        }
    }

    /// Whether TLS begins with the segment at hand.
    fn beginning(&mut self, context: Context<'_>) -> Probe<Start> {
        let readable = self.stream.readable();
        let start = match preamble::probe(readable) {
            Probe::Is(start) => start,
            other => return other,
        };
        let after_talk = self.searched() > 0 && !self.preamble_known();
        if after_talk && self.start_lost.is_none() {
            if !self.may_answer_with_tls(context.limits) {
                return Probe::IsNot;
            }
            let whole = match preamble::whole_hello(readable) {
                // Its beginning is all that there is.
                Probe::NeedMore if self.stream.hole().is_some() || context.give_up => Probe::Is(()),
                whole => whole,
            };
            if whole == Probe::Is(()) {
                self.details_mut().unconfirmed = true;
            }
            return match whole {
                Probe::Is(()) => Probe::Is(Start::Hello),
                Probe::NeedMore => Probe::NeedMore,
                Probe::IsNot => Probe::IsNot,
            };
        }
        if self.may_start(start, readable) {
            self.details_mut().unconfirmed |= after_talk;
            return Probe::Is(start);
        }
        if self.start_lost.is_some() {
            self.details_mut().doubtful = self.start_lost;
        }
        Probe::IsNot
    }

    /// Whether the segment at hand may begin TLS after other talk: near the beginning any, later one
    /// that answers the other side. What looks like a hello within a transfer begins nothing.
    fn may_answer_with_tls(&self, limits: &Limits) -> bool {
        self.searched() <= limits.preamble_bytes || self.is_answer()
    }

    /// Whether the segment at hand acknowledges more than the one before it did: the other side has
    /// spoken in between.
    fn is_answer(&self) -> bool {
        let before = self.details.as_ref().and_then(|details| details.acknowledged);
        match (before, self.stream.piece_acknowledgment()) {
            (Some(before), Some(now)) => now.wrapping_sub(before).cast_signed() > 0,
            _ => true,
        }
    }

    /// Passes over what is known to stand before TLS, all of it.
    fn pass_preamble(&mut self, length: usize) {
        self.pass_over(length);
        self.details_mut().preamble_known = true;
        self.at_segment = true;
    }

    /// Where a hello begins in the segment at hand.
    fn find_hello(&self) -> Option<usize> {
        let (piece, _) = self.stream.piece()?;
        let readable = self.stream.readable();
        preamble::find_hello(readable.get(..piece.len() + HELLO_PATTERN_TAIL).unwrap_or(readable))
    }

    /// Whether a record here can be the first of this side.
    pub(super) fn may_start(&self, start: Start, readable: &[u8]) -> bool {
        match start {
            Start::Hello => true,
            Start::Sslv2Hello(_) => self.start_lost.is_none() && self.searched() == 0,
            // A server may refuse with an alert before anything else; otherwise a connection that
            // was seen from its start begins with a hello.
            Start::Within if self.start_lost.is_none() => {
                matches!(readable, [21, 3, 0..=4, 0, 2, 1 | 2, ..])
            }
            Start::Within => next_record_is_plausible(readable),
        }
    }

    /// Whether the next bytes are known to be what stands before TLS.
    fn stands_before_tls(&self, length: usize) -> bool {
        let before = self.stream.readable().get(..length).unwrap_or_default();
        preamble::is_known(before, 0)
    }

    pub(super) fn begin(&mut self, start: Start, events: &mut Vec<Event>) {
        self.stream.remember();
        let position = self.stream.position();
        self.details_mut().handshake = position..position;
        if let Some(reason) = self.details.as_ref().and_then(|details| details.doubtful) {
            self.unfollowed.get_or_insert(reason);
            events.push(Event::Lost(reason));
        }
        self.has_handshake_record |= start != Start::Within;
        self.phase = match start {
            Start::Sslv2Hello(length) => {
                self.stream.consume(2);
                let hello = HandshakeMessage {
                    message_type: HandshakeType::CLIENT_HELLO,
                    length: usize::from(length),
                    raw: Vec::new(),
                    complete: true,
                    over_limit: false,
                    frames: Vec::new(),
                };
                Phase::InSslv2Hello(Box::new((u64::from(length), hello)))
            }
            Start::Hello | Start::Within => Phase::AtRecord,
        };
    }

    /// Gives up bytes that are not TLS: the rest of a segment, as far as no hello may begin there.
    fn pass_one_piece(&mut self, context: Context<'_>) -> bool {
        let Some((piece, _)) = self.stream.piece() else {
            return false;
        };
        let is_last = piece.len() == self.stream.readable().len();
        let length = piece.len();
        let is_plain = self.is_plain();
        if is_last && !is_plain && self.stream.hole().is_none() && !context.give_up {
            let passed = length.saturating_sub(HELLO_PATTERN_TAIL);
            if passed == 0 {
                return false;
            }
            self.pass_over(passed);
            self.at_segment = false;
        } else {
            self.pass_over(length);
            self.at_segment = true;
        }
        true
    }

    /// Whether it begins like a protocol in which TLS never begins later.
    pub(super) fn is_other_talk(&self) -> bool {
        preamble::never_becomes_tls(self.prefix(), self.knows_first_bytes())
    }

    /// Whether `prefix` holds the first bytes of the stream.
    fn knows_first_bytes(&self) -> bool {
        self.syn_seen && self.details.as_ref().is_some_and(|details| details.prefix_is_first)
    }

    /// Whether so much was passed that is no TLS, and nothing that stands before it, that only an
    /// answer may still begin it.
    pub(super) fn is_talk(&self, limits: &Limits) -> bool {
        !self.is_tls() && self.searched() > limits.preamble_bytes && !self.preamble_known()
    }

    /// Whether what was read cannot be a part of TLS, though bytes of it are missing.
    pub(super) fn is_surely_talk(&self, limits: &Limits) -> bool {
        !self.is_tls()
            && !self.preamble_known()
            && (self.is_talk(limits)
                || self.is_other_talk()
                || self.details.as_ref().is_some_and(|details| details.answers >= ANSWERS))
    }

    /// Whether what was passed is nothing that stands before TLS, and will not become it: a hello
    /// may then only begin where a segment does.
    fn is_plain(&self) -> bool {
        self.prefix().len() >= PREFIX && !self.preamble_known()
    }

    fn pass_over(&mut self, length: usize) {
        let acknowledgment = self.stream.piece_acknowledgment();
        if self.start_lost.is_some() {
            let passed = self.stream.readable().get(..length + FINISHED);
            let passed = passed.unwrap_or_else(|| self.stream.readable());
            self.has_handshake_record |= passed.windows(FINISHED).any(is_finished);
        }
        let is_record = RecordHeader::probe(self.stream.readable()) != Probe::IsNot;
        let is_answer = self.at_segment && self.is_answer();
        let is_first = self.searched() == 0 && self.start_lost.is_none();
        let details = self.details.get_or_insert_default();
        details.prefix_is_first |= is_first;
        if is_answer && !is_record {
            details.answers = details.answers.saturating_add(1);
        }
        details.acknowledged = acknowledgment.or(details.acknowledged);
        let room = PREFIX.saturating_sub(details.prefix.len());
        if room > 0 {
            let passed = self.stream.readable().get(..length).unwrap_or_default();
            let searched = details.prefix.len();
            details.prefix.extend_from_slice(passed.get(..room).unwrap_or(passed));
            details.preamble_known |= preamble::is_known(&details.prefix, searched);
        }
        details.searched += length;
        self.stream.consume(u64::try_from(length).unwrap_or(u64::MAX));
    }

    fn skip_hole_before_tls(&mut self, context: Context<'_>) -> bool {
        match self.stream.hole() {
            Some(hole) if context.give_up || self.stream.is_full(context.limits) => {
                self.skip_hole(hole);
                let passed = self.searched() > 0;
                self.details_mut().passed_before_hole |= passed;
                self.start_lost = Some(reason(hole));
                self.at_segment = true;
                true
            }
            _ => false,
        }
    }

    /// Looks for a segment that begins like a record. Its handshake messages stay unread: they may
    /// have begun before it.
    pub(super) fn find_record(&mut self, context: Context<'_>) -> bool {
        if let Some(hole) = self.hole_to_give_up(context).filter(|_| self.stream.piece().is_none())
        {
            self.skip_hole(hole);
            self.at_segment = true;
            return true;
        }
        let Some((piece, _)) = self.stream.piece() else {
            return false;
        };
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if self.at_segment && self.find_wrapped_record() {
            self.phase = Phase::AtRecord;
            return true;
        }
        let readable = self.stream.readable();
        if self.at_segment && preamble::probe(readable) != Probe::IsNot {
            if readable.len() < 6 && self.stream.hole().is_none() && !context.give_up {
                return false;
            }
            if next_record_is_plausible(readable) {
                self.phase = Phase::AtRecord;
                return true;
            }
        }
        self.stream.consume(length);
        self.at_segment = true;
        true
    }
}

/// Whether the record after this one, where it is there, begins like one.
fn next_record_is_plausible(readable: &[u8]) -> bool {
    let Probe::Is(header) = RecordHeader::probe(readable) else {
        return false;
    };
    let next = readable.get(5 + usize::from(header.length)..).unwrap_or_default();
    RecordHeader::probe(next) != Probe::IsNot
}
