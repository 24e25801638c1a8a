//! One direction of a connection: segments in, TLS events out.

use std::ops::Range;

use super::decryption::Wanted;
use super::quiet::QuietSide;
use super::wrapped::Wrapping;
use crate::flow::{Carried, Hole, Stream};
use crate::inspect::{Event, Locked, ObscuredReason, ProtectedRecord, RecordLengths, StreamEnd};
use crate::limits::Limits;
use crate::tls::{HandshakeJoiner, HandshakeMessage};

/// Reads one direction: finds TLS, follows its records, joins its handshake messages.
#[derive(Debug)]
pub(super) struct SideReader {
    pub(super) stream: Stream,
    pub(super) phase: Phase,
    /// What is of use until the clear handshake is over.
    pub(super) details: Option<Box<Details>>,
    pub(super) last_frame: u64,
    /// Encrypted records up to the first that could not be followed.
    pub(super) record_lengths: RecordLengths,
    /// Records of type handshake are encrypted from here on.
    pub(super) protected: bool,
    /// The bytes begin elsewhere than the connection did, and why.
    pub(super) start_lost: Option<ObscuredReason>,
    pub(super) syn_seen: bool,
    /// The unread bytes begin where a segment did.
    pub(super) at_segment: bool,
    /// FIN or RST was sent.
    pub(super) closed: bool,
    /// The other side acknowledged the FIN, and with it everything before.
    pub(super) acknowledged: bool,
    /// Why record boundaries were lost, now or before.
    pub(super) unfollowed: Option<ObscuredReason>,
    /// Too much was held while waiting for the other side.
    pub(super) impatient: bool,
    /// Bytes behind all that the capture has are missing, or may be.
    pub(super) lost_end: bool,
    /// A record of type handshake was met, readable or not.
    pub(super) has_handshake_record: bool,
}

/// What is known of one direction beside its records.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub(super) joiner: Option<HandshakeJoiner>,
    /// First bytes before TLS, for naming what they are.
    pub(super) prefix: Vec<u8>,
    /// They are the first ones of the stream.
    pub(super) prefix_is_first: bool,
    /// `prefix` is known to stand before TLS.
    pub(super) preamble_known: bool,
    /// Bytes passed in the search for TLS.
    pub(super) searched: usize,
    /// A record may have begun before the first that is found: this one may be within that, and its
    /// messages stay unread. Why nothing tells.
    pub(super) doubtful: Option<ObscuredReason>,
    /// Segments passed in that search that answered the other side and began with no record.
    pub(super) answers: u8,
    /// What the last segment that was passed acknowledged.
    pub(super) acknowledged: Option<u32>,
    /// TLS began after other talk, and only the other side's TLS shows that it is some.
    pub(super) unconfirmed: bool,
    /// Bytes were passed before a hole and before the first record.
    pub(super) passed_before_hole: bool,
    /// The clear handshake in the stream: what differs within it matters.
    pub(super) handshake: Range<u64>,
    /// Holes that were given up, with the frame that was last read before each, up to a limit.
    holes: Vec<(Hole, u64)>,
    /// Further ones.
    further_holes: u64,
    /// The first byte of an alert that goes on in the next record.
    pub(super) alert_level: Option<u8>,
    /// Records are wrapped in packets of SQL Server's protocol, or were.
    pub(super) wrapping: Option<Wrapping>,
    /// What the message under way misses bytes for.
    pub(super) message_cut_by: Option<ObscuredReason>,
}

/// Bytes of the longest record with a Finished, with what protects it: so many before the first
/// record that is recognised may be the rest of one.
const LONGEST_FINISHED: usize = 128;

/// Holes of one direction that are listed; as many as anomalies of a connection.
const HOLES: usize = 32;

/// Where reading stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// Looking for the first record.
    Searching,
    /// At a record header.
    AtRecord,
    /// Within a readable handshake record, so many bytes before its end.
    InHandshake(u64),
    /// Within a readable record of alerts, so many bytes before its end.
    InAlert(u64),
    /// Within an SSLv2-framed ClientHello, so many bytes before its end.
    InSslv2Hello(Box<(u64, HandshakeMessage)>),
    /// Within an encrypted record that someone may open, so many bytes before its end.
    InProtected(Box<(u64, ProtectedRecord)>),
    /// Within an encrypted record that is wrapped, so many bytes before its end.
    Passing(u64),
    /// TLS is over, and the connection goes on without it.
    OtherTalk,
    /// Record boundaries are lost; the next segment that begins like a record shows them again.
    Lost,
}

/// What a step may rely on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) limits: &'a Limits,
    /// Whether a ChangeCipherSpec switches protection on; `None` while unknown.
    pub(super) protects: Option<bool>,
    /// This side's protected records must wait for the other side's ServerHello.
    pub(super) wait_for_server: bool,
    /// A ChangeCipherSpec of this side must wait for the other side's messages.
    pub(super) wait_to_change: bool,
    /// Which encrypted records are wanted whole.
    pub(super) wanted: Wanted,
    /// No more segments will come, or too much is held: what is missing stays missing.
    pub(super) give_up: bool,
}

impl SideReader {
    fn new() -> Self {
        let mut stream = Stream::default();
        // What stands before TLS is of no use once it is passed.
        stream.forget();
        Self {
            stream,
            phase: Phase::Searching,
            details: None,
            last_frame: 0,
            record_lengths: RecordLengths::default(),
            protected: false,
            start_lost: Some(ObscuredReason::StartedMidConnection),
            syn_seen: false,
            at_segment: true,
            closed: false,
            acknowledged: false,
            unfollowed: None,
            impatient: false,
            lost_end: false,
            has_handshake_record: false,
        }
    }

    /// A side of which no payload was seen so far, and the sequence number of its first byte where
    /// the SYN was seen.
    pub(super) fn after(quiet: QuietSide, start: Option<u32>) -> Self {
        let mut reader = Self::new();
        if quiet.seen {
            reader.stream.touch();
        }
        if let Some(sequence) = start {
            reader.start_at(sequence);
        }
        reader.closed = quiet.closed;
        reader
    }

    /// What is known of it beside its payload.
    pub(super) fn quiet(&self) -> QuietSide {
        QuietSide { seen: self.stream.seen(), closed: self.closed }
    }

    /// Lets go of what only the clear handshake needed.
    pub(super) fn settle(&mut self) {
        self.stream.forget();
        let over = self.details.as_ref().is_some_and(|details| {
            details.joiner.as_ref().is_none_or(HandshakeJoiner::is_idle)
                && details.prefix.is_empty()
                && details.holes.is_empty()
                && details.message_cut_by.is_none()
                && !details.unconfirmed
                && details.wrapping.is_none()
                && self.conflict().is_none()
        });
        if over {
            self.details = None;
        }
    }

    /// Whether the SYN of this side was seen.
    pub(super) fn began_with_syn(&self) -> bool {
        self.syn_seen
    }

    /// Tells the sequence number of the first byte, by a SYN.
    pub(super) fn start_at(&mut self, sequence: u32) {
        self.syn_seen = true;
        if !self.stream.started() {
            self.start_lost = None;
        }
        self.stream.start_at(sequence);
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// A SYN followed: the connection was not over.
    pub(super) fn reopen(&mut self) {
        self.closed = false;
        self.acknowledged = false;
    }

    /// Goes on in the midst of talk that was no TLS so far, at this sequence number where nothing was
    /// lost before.
    pub(super) fn go_on_at(&mut self, sequence: Option<u32>, searched: usize) {
        match sequence {
            Some(sequence) => self.start_at(sequence),
            None => self.start_lost = Some(ObscuredReason::Gap),
        }
        self.details_mut().searched = searched;
    }

    /// Adds a segment's payload.
    pub(super) fn push(&mut self, segment: Carried<'_>) {
        self.last_frame = segment.frame;
        self.stream.take(segment);
    }

    pub(super) fn is_tls(&self) -> bool {
        !matches!(self.phase, Phase::Searching)
    }

    /// Nothing more can be read of this side.
    pub(super) fn is_exhausted(&self) -> bool {
        self.stream.finished()
    }

    pub(super) fn prefix(&self) -> &[u8] {
        self.details.as_ref().map_or(&[], |details| &details.prefix)
    }

    /// Bytes passed in the search for TLS.
    pub(super) fn searched(&self) -> usize {
        self.details.as_ref().map_or(0, |details| details.searched)
    }

    /// Whether what was passed in that search is known to stand before TLS.
    pub(super) fn preamble_known(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.preamble_known)
    }

    pub(super) fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }

    /// Holes that were given up, with the frame that was last read before each, and how many more
    /// there were.
    pub(super) fn take_holes(&mut self) -> (Vec<(Hole, u64)>, u64) {
        let details = self.details.as_mut();
        details
            .map(|details| (std::mem::take(&mut details.holes), details.further_holes))
            .unwrap_or_default()
    }

    /// Whether bytes were given up that the capture does not have.
    pub(super) fn has_holes(&self) -> bool {
        self.details.as_ref().is_some_and(|details| !details.holes.is_empty())
    }

    /// Whether bytes were given up that the snap length cut off.
    pub(super) fn has_cut_holes(&self) -> bool {
        self.details
            .as_ref()
            .is_some_and(|details| details.holes.iter().any(|(hole, _)| hole.cut.is_some()))
    }

    /// Whether all that this side sent was read, from its SYN to its last byte that is known of.
    pub(super) fn is_followed(&self) -> bool {
        self.syn_seen && self.start_lost.is_none() && !self.has_holes() && !self.lost_end
    }

    /// Whether TLS began after other talk, so that the other side has to show that it is some.
    pub(super) fn is_unconfirmed(&self) -> bool {
        self.is_tls() && self.details.as_ref().is_some_and(|details| details.unconfirmed)
    }

    /// Whether any byte that was read may be one of a handshake.
    pub(super) fn may_have_handshake_bytes(&self) -> bool {
        self.has_handshake_record
            || !self.is_tls() && self.searched() > 0
            || (1..=LONGEST_FINISHED).contains(&self.searched())
            || self.details.as_ref().is_some_and(|details| details.passed_before_hole)
    }

    /// Notes bytes that were sent behind all that the capture has, or may have been where no length
    /// is known.
    pub(super) fn lose_end(&mut self, length: u64, frame: u64) {
        if length > 0 {
            self.note_hole(Hole { length, cut: None }, frame);
        }
        self.lost_end = true;
        self.details_mut().message_cut_by = Some(ObscuredReason::Gap);
        self.unfollowed.get_or_insert(ObscuredReason::Gap);
    }

    pub(super) fn held(&self) -> usize {
        let details = self.details.as_ref().map_or(0, |details| {
            size_of::<Details>()
                + details.joiner.as_ref().map_or(0, HandshakeJoiner::held)
                + details.prefix.capacity()
                + details.holes.capacity() * size_of::<(Hole, u64)>()
        });
        let record = match &self.phase {
            Phase::InProtected(within) => within.1.fragment.capacity(),
            Phase::InSslv2Hello(within) => within.1.raw.capacity(),
            _ => 0,
        };
        self.stream.held() + details + record + self.record_lengths.held()
    }

    pub(super) fn end(&self) -> StreamEnd {
        StreamEnd {
            seen: self.stream.seen(),
            has_bytes: self.stream.account().arrived > 0,
            start_lost: self.start_lost.filter(|_| self.stream.started()),
            closed: self.closed,
            closed_first: false,
            unfollowed: self.unfollowed,
            damaged: false,
            conflict: self.conflict().is_some(),
            locked: Locked::NoSecret,
            followed_after_finished: false,
        }
    }

    /// The frame of a retransmission that changes handshake bytes.
    pub(super) fn conflict(&self) -> Option<u64> {
        let handshake = self.details.as_ref()?.handshake.clone();
        self.stream.conflict_within(handshake).map(|conflict| conflict.frame)
    }

    /// Reads until there is at least one event, or nothing more to read.
    ///
    /// Returns whether anything was read.
    pub(super) fn step(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let mut progress = false;
        while events.is_empty() && self.advance(context, events) {
            progress = true;
        }
        progress || !events.is_empty()
    }

    /// The rest of a message that will not be completed.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) {
        let joiner = self.details.as_mut().and_then(|details| details.joiner.as_mut());
        if let Some(joiner) = joiner.filter(|joiner| joiner.is_within_message()) {
            joiner.lose();
            self.drain(events);
        }
    }

    fn advance(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        if self.is_wrapped()
            && let Some(answer) = self.unwrap_header(context, events)
        {
            return answer;
        }
        match &mut self.phase {
            Phase::Searching => self.search(context, events),
            Phase::AtRecord => self.record(context, events),
            Phase::InHandshake(_) => self.handshake(context, events),
            Phase::InAlert(_) => self.alert(context, events),
            Phase::InSslv2Hello(..) => self.sslv2_hello(context, events),
            Phase::InProtected(..) => self.protected_record(context, events),
            Phase::Passing(_) => self.pass_record(context, events),
            Phase::OtherTalk => self.pass_other_talk(context),
            Phase::Lost => self.find_record(context),
        }
    }

    pub(super) fn hole_to_give_up(&self, context: Context<'_>) -> Option<Hole> {
        let full = context.give_up || self.stream.is_full(context.limits);
        self.stream.hole().filter(|_| full)
    }

    pub(super) fn skip_hole(&mut self, hole: Hole) {
        self.note_hole(hole, self.last_frame);
        self.stream.skip_hole();
    }

    fn note_hole(&mut self, hole: Hole, frame: u64) {
        let details = self.details_mut();
        if details.holes.len() < HOLES {
            details.holes.push((hole, frame));
        } else {
            details.further_holes += 1;
        }
    }
}

impl Details {
    pub(super) fn joiner(&mut self, limits: &Limits) -> &mut HandshakeJoiner {
        let (bytes, frames) = (limits.handshake_message_bytes, limits.frames_per_message);
        self.joiner.get_or_insert_with(|| HandshakeJoiner::new(bytes, frames))
    }
}

/// The reason behind a hole.
pub(super) fn reason(hole: Hole) -> ObscuredReason {
    if hole.cut.is_some() { ObscuredReason::TruncatedPackets } else { ObscuredReason::Gap }
}
