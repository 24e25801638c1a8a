//! One direction of a connection: segments in, TLS events out.

use super::decryption::Wanted;
use super::quiet::QuietSide;
use crate::flow::{Hole, Stream};
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
}

/// What is known of one direction beside its records.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub(super) joiner: Option<HandshakeJoiner>,
    /// First bytes before TLS, for naming what they are.
    pub(super) prefix: Vec<u8>,
    /// `prefix` is known to stand before TLS.
    pub(super) preamble_known: bool,
    /// Bytes passed in the search for TLS.
    pub(super) searched: usize,
    /// A record may have begun before the first that is found: this one may be within that, and its
    /// messages stay unread. Why nothing tells.
    pub(super) doubtful: Option<ObscuredReason>,
    /// Where the clear handshake ends in the stream: what differs before it matters.
    pub(super) handshake_end: u64,
    /// Holes that were given up, with the frame that was last read before each.
    holes: Vec<(Hole, u64)>,
    /// The first byte of an alert that goes on in the next record.
    pub(super) alert_level: Option<u8>,
    /// What the message under way misses bytes for.
    pub(super) message_cut_by: Option<ObscuredReason>,
}

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
    /// Record boundaries are lost; the next segment that begins like a record shows them again.
    Lost,
    /// There is no TLS.
    NotTls,
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
        }
    }

    /// A side of which no payload was seen so far.
    pub(super) fn after(quiet: QuietSide) -> Self {
        let mut reader = Self::new();
        if quiet.seen {
            reader.stream.touch();
        }
        if let Some(sequence) = quiet.start {
            reader.start_at(sequence);
        }
        reader.closed = quiet.closed;
        reader
    }

    /// Lets go of what only the clear handshake needed.
    pub(super) fn settle(&mut self) {
        self.stream.forget();
        let over = self.details.as_ref().is_some_and(|details| {
            details.joiner.as_ref().is_none_or(HandshakeJoiner::is_idle)
                && details.prefix.is_empty()
                && details.holes.is_empty()
                && details.message_cut_by.is_none()
                && self.stream.conflict().is_none()
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

    /// Adds a segment's payload; nothing is kept where nothing can be learned from it.
    pub(super) fn push(&mut self, sequence: u32, payload: &[u8], missing: u32, frame: u64) {
        self.last_frame = frame;
        if self.is_not_tls() {
            self.stream.touch();
        } else {
            self.stream.push(sequence, payload, missing, frame);
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        !matches!(self.phase, Phase::Searching | Phase::NotTls)
    }

    pub(super) fn is_not_tls(&self) -> bool {
        matches!(self.phase, Phase::NotTls)
    }

    /// Nothing more can be read of this side.
    pub(super) fn is_exhausted(&self) -> bool {
        self.is_not_tls() || self.stream.finished()
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

    /// Holes that were given up, with the frame that was last read before each.
    pub(super) fn take_holes(&mut self) -> Vec<(Hole, u64)> {
        self.details.as_mut().map(|details| std::mem::take(&mut details.holes)).unwrap_or_default()
    }

    pub(super) fn held(&self) -> usize {
        let details = self.details.as_ref().map_or(0, |details| {
            size_of::<Details>()
                + details.joiner.as_ref().map_or(0, HandshakeJoiner::held)
                + details.prefix.capacity()
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
            start_lost: self.start_lost.filter(|_| self.stream.started()),
            closed: self.closed,
            closed_first: false,
            unfollowed: self.unfollowed,
            conflict: self.conflict().is_some(),
            locked: Locked::NoSecret,
            followed_after_finished: false,
        }
    }

    /// The frame of a retransmission that changes handshake bytes.
    pub(super) fn conflict(&self) -> Option<u64> {
        let conflict = self.stream.conflict()?;
        let end = self.details.as_ref()?.handshake_end;
        (conflict.offset < end).then_some(conflict.frame)
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
        match &mut self.phase {
            Phase::Searching => self.search(context, events),
            Phase::AtRecord => self.record(context, events),
            Phase::InHandshake(_) => self.handshake(context, events),
            Phase::InAlert(_) => self.alert(context, events),
            Phase::InSslv2Hello(..) => self.sslv2_hello(context, events),
            Phase::InProtected(..) => self.protected_record(context, events),
            Phase::Lost => self.find_record(context),
            Phase::NotTls => false,
        }
    }

    pub(super) fn hole_to_give_up(&self, context: Context<'_>) -> Option<Hole> {
        let full = context.give_up || self.stream.is_full(context.limits);
        self.stream.hole().filter(|_| full)
    }

    pub(super) fn skip_hole(&mut self, hole: Hole) {
        let frame = self.last_frame;
        self.details_mut().holes.push((hole, frame));
        self.stream.skip_hole();
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
    if hole.cut { ObscuredReason::TruncatedPackets } else { ObscuredReason::Gap }
}
