//! One direction of a connection: segments in, TLS events out.

use super::decryption::Wanted;
use super::quiet::QuietSide;
use crate::flow::{Hole, Stream};
use crate::inspect::{Event, Locked, ObscuredReason, ProtectedRecord, RecordLengths, StreamEnd};
use crate::limits::Limits;
use crate::tls::{
    Alert, AlertDescription, AlertLevel, ContentType, HandshakeJoiner, HandshakeMessage,
    HandshakeType, Probe, RecordHeader,
};

/// Reads one direction: finds TLS, follows its records, joins its handshake messages.
#[derive(Debug)]
pub(super) struct SideReader {
    pub(super) stream: Stream,
    pub(super) phase: Phase,
    pub(super) joiner: HandshakeJoiner,
    /// Records of type handshake are encrypted from here on.
    pub(super) protected: bool,
    /// The bytes begin elsewhere than the connection did, and why.
    pub(super) start_lost: Option<ObscuredReason>,
    pub(super) syn_seen: bool,
    /// First bytes before TLS, for naming what they are.
    pub(super) prefix: Vec<u8>,
    /// `prefix` is known to stand before TLS.
    pub(super) preamble_known: bool,
    pub(super) searched: usize,
    /// The unread bytes begin where a segment did.
    pub(super) at_segment: bool,
    /// FIN or RST was sent.
    pub(super) closed: bool,
    /// Where the clear handshake ends in the stream: what differs before it matters.
    pub(super) handshake_end: u64,
    pub(super) holes: Vec<(Hole, u64)>,
    /// Why record boundaries were lost, now or before.
    pub(super) unfollowed: Option<ObscuredReason>,
    /// What the message under way misses bytes for.
    pub(super) message_cut_by: Option<ObscuredReason>,
    /// Too much was held while waiting for the other side.
    pub(super) impatient: bool,
    pub(super) last_frame: u64,
    /// Encrypted records up to the first that could not be followed.
    pub(super) record_lengths: RecordLengths,
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
    /// Within a readable alert.
    InAlert(Vec<u8>),
    /// Within an SSLv2-framed ClientHello, so many bytes before its end.
    InSslv2Hello(u64, HandshakeMessage),
    /// Within an encrypted record that someone may open, so many bytes before its end.
    InProtected(u64, ProtectedRecord),
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
    fn new(limits: &Limits) -> Self {
        let mut stream = Stream::default();
        // What stands before TLS is of no use once it is passed.
        stream.forget();
        Self {
            stream,
            phase: Phase::Searching,
            joiner: HandshakeJoiner::new(limits.handshake_message_bytes, limits.frames_per_message),
            protected: false,
            start_lost: Some(ObscuredReason::StartedMidConnection),
            syn_seen: false,
            prefix: Vec::new(),
            preamble_known: false,
            searched: 0,
            at_segment: true,
            closed: false,
            handshake_end: 0,
            holes: Vec::new(),
            unfollowed: None,
            message_cut_by: None,
            impatient: false,
            last_frame: 0,
            record_lengths: RecordLengths::default(),
        }
    }

    /// A side of which no payload was seen so far.
    pub(super) fn after(quiet: QuietSide, limits: &Limits) -> Self {
        let mut reader = Self::new(limits);
        if quiet.seen {
            reader.stream.touch();
        }
        if let Some(sequence) = quiet.start {
            reader.start_at(sequence);
        }
        reader.closed = quiet.closed;
        reader
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
    }

    /// Passes over a whole segment that can tell nothing; `false`, and nothing is changed, where it
    /// may tell something.
    #[inline]
    pub(super) fn pass(
        &mut self,
        sequence: u32,
        payload: &[u8],
        frame: u64,
        limits: &Limits,
    ) -> bool {
        let length = u32::try_from(payload.len()).unwrap_or_default();
        let passed = if payload.is_empty() {
            self.stream.seen()
        } else {
            self.stream.pass_consumed(sequence, length)
                || self.pass_unread(sequence, payload, limits)
        };
        if passed {
            self.last_frame = frame;
        }
        passed
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
        &self.prefix
    }

    /// Holes that were given up, with the frame that was last read before each.
    pub(super) fn take_holes(&mut self) -> Vec<(Hole, u64)> {
        std::mem::take(&mut self.holes)
    }

    pub(super) fn held(&self) -> usize {
        self.stream.held()
            + self.joiner.held()
            + self.prefix.capacity()
            + self.record_lengths.held()
    }

    pub(super) fn end(&self) -> StreamEnd {
        StreamEnd {
            seen: self.stream.seen(),
            start_lost: self.start_lost.filter(|_| self.stream.started()),
            closed: self.closed,
            unfollowed: self.unfollowed,
            conflict: self.conflict().is_some(),
            locked: Locked::NoSecret,
            followed_after_finished: false,
        }
    }

    /// The frame of a retransmission that changes handshake bytes.
    pub(super) fn conflict(&self) -> Option<u64> {
        let conflict = self.stream.conflict()?;
        (conflict.offset < self.handshake_end).then_some(conflict.frame)
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
        if self.joiner.is_within_message() {
            self.joiner.lose();
            self.drain(events);
        }
    }

    fn advance(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        match &mut self.phase {
            Phase::Searching => self.search(context),
            Phase::AtRecord => self.record(context, events),
            Phase::InHandshake(_) => self.handshake(context, events),
            Phase::InAlert(_) => self.alert(context, events),
            Phase::InSslv2Hello(..) => self.sslv2_hello(context, events),
            Phase::InProtected(..) => self.protected_record(context, events),
            Phase::Lost => self.find_record(context),
            Phase::NotTls => false,
        }
    }

    fn record(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let header = match RecordHeader::probe(self.stream.readable()) {
            Probe::Is(header) => header,
            Probe::IsNot => {
                let length = self.stream.piece().map_or(0, |(piece, _)| piece.len());
                self.stream.consume(u64::try_from(length).unwrap_or(u64::MAX));
                return self.lose(ObscuredReason::Malformed, events);
            }
            Probe::NeedMore => {
                return match self.hole_to_give_up(context) {
                    Some(hole) => {
                        self.skip_hole(hole);
                        self.lose(reason(hole), events)
                    }
                    None => false,
                };
            }
        };
        let is_readable = match header.content_type {
            ContentType::HANDSHAKE => !self.protected,
            ContentType::ALERT => !self.protected && header.length == 2,
            _ => false,
        };
        let waits = context.wait_for_server
            || context.wait_to_change && header.content_type == ContentType::CHANGE_CIPHER_SPEC;
        if !is_readable && waits && !context.give_up && !self.impatient {
            self.impatient = self.stream.held() > context.limits.pending_bytes;
            return self.impatient;
        }
        let length = u64::from(header.length);
        if is_readable {
            self.stream.consume(RecordHeader::LENGTH);
            self.phase = match header.content_type {
                ContentType::ALERT => Phase::InAlert(Vec::new()),
                _ => Phase::InHandshake(length),
            };
            return true;
        }
        if self.unfollowed.is_none() {
            self.record_lengths.note(header.content_type, header.length, context.limits);
        }
        if context.wanted.includes(header.content_type) {
            self.stream.consume(RecordHeader::LENGTH);
            let record = ProtectedRecord {
                content_type: header.content_type,
                version: header.version,
                fragment: Vec::new(),
                frames: Vec::new(),
            };
            self.phase = Phase::InProtected(length, record);
            return true;
        }
        self.stream.consume(RecordHeader::LENGTH + length);
        if header.content_type == ContentType::CHANGE_CIPHER_SPEC {
            // Unknown only where the ServerHello is not in the capture: TLS 1.2 is then the one in
            // which it means something.
            if context.protects != Some(false) {
                self.protected = true;
                self.finish(events);
            }
            events.push(Event::ChangeCipherSpec);
        } else {
            events.push(Event::Protected(header.content_type));
        }
        true
    }

    fn handshake(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InHandshake(remaining) = self.phase else {
            return false;
        };
        if remaining == 0 {
            self.phase = Phase::AtRecord;
            return true;
        }
        let limit = usize::try_from(remaining).unwrap_or(usize::MAX);
        if let Some((piece, frame)) = self.stream.piece() {
            let own = piece.get(..limit).unwrap_or(piece);
            let length = u64::try_from(own.len()).unwrap_or(u64::MAX);
            self.joiner.push(own, &[frame]);
            self.stream.consume(length);
            self.phase = Phase::InHandshake(remaining - length);
        } else if let Some(hole) = self.hole_to_give_up(context) {
            self.message_cut_by = Some(reason(hole));
            self.joiner.push_missing(hole.length.min(remaining));
            self.skip_hole(hole);
            if hole.length > remaining {
                return self.lose(reason(hole), events);
            }
            self.phase = Phase::InHandshake(remaining - hole.length);
            if self.joiner.is_lost() {
                self.drain(events);
                events.push(Event::Lost(reason(hole)));
                return true;
            }
        } else {
            return false;
        }
        self.handshake_end = self.stream.position();
        self.drain(events);
        true
    }

    fn protected_record(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InProtected(remaining, record) = &mut self.phase else {
            return false;
        };
        if *remaining == 0 {
            record.frames.sort_unstable();
            record.frames.dedup();
            if let Phase::InProtected(_, record) =
                std::mem::replace(&mut self.phase, Phase::AtRecord)
            {
                events.push(Event::Record(record));
            }
            return true;
        }
        let Some((piece, frame)) = self.stream.piece() else {
            let remaining = *remaining;
            let Some(hole) = self.hole_to_give_up(context) else {
                return false;
            };
            self.skip_hole(hole);
            let Some(rest) = remaining.checked_sub(hole.length) else {
                return self.lose(reason(hole), events);
            };
            // Without all of its bytes it cannot be opened; where the next one begins is known.
            self.stream.consume(rest);
            self.phase = Phase::AtRecord;
            let reason = reason(hole);
            self.unfollowed.get_or_insert(reason);
            events.push(Event::Lost(reason));
            return true;
        };
        let own = piece.get(..usize::try_from(*remaining).unwrap_or(usize::MAX)).unwrap_or(piece);
        record.fragment.extend_from_slice(own);
        record.frames.push(frame);
        let length = u64::try_from(own.len()).unwrap_or(u64::MAX);
        *remaining -= length;
        self.stream.consume(length);
        true
    }

    fn alert(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InAlert(held) = &mut self.phase else {
            return false;
        };
        let Some((&[first, ..], frame)) = self.stream.piece() else {
            return match self.hole_to_give_up(context) {
                Some(hole) => {
                    self.skip_hole(hole);
                    self.lose(reason(hole), events)
                }
                None => false,
            };
        };
        held.push(first);
        self.stream.consume(1);
        if let [level, description] = **held {
            let alert =
                Alert { level: AlertLevel(level), description: AlertDescription(description) };
            events.push(Event::Alert { alert, frame });
            self.phase = Phase::AtRecord;
        }
        true
    }

    fn sslv2_hello(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> bool {
        let Phase::InSslv2Hello(remaining, hello) = &mut self.phase else {
            return false;
        };
        let Some((piece, frame)) = self.stream.piece() else {
            return match self.hole_to_give_up(context) {
                Some(hole) => {
                    self.skip_hole(hole);
                    self.lose(reason(hole), events)
                }
                None => false,
            };
        };
        let own = piece.get(..usize::try_from(*remaining).unwrap_or(usize::MAX)).unwrap_or(piece);
        hello.raw.extend_from_slice(own);
        if hello.frames.last() != Some(&frame) {
            hello.frames.push(frame);
        }
        let length = u64::try_from(own.len()).unwrap_or(u64::MAX);
        *remaining -= length;
        if *remaining == 0 {
            let mut whole = hello.clone();
            whole.frames.sort_unstable();
            events.push(Event::Sslv2ClientHello(whole));
            self.phase = Phase::AtRecord;
        }
        self.stream.consume(length);
        true
    }

    /// Gives out the messages that ended; a stream that begins within a connection may be
    /// encrypted, and then its first message makes no sense.
    fn drain(&mut self, events: &mut Vec<Event>) {
        let messages: Vec<_> = self.joiner.drain().collect();
        for message in messages {
            if let Some(reason) = self.start_lost.filter(|_| !makes_sense(&message)) {
                self.joiner.lose();
                self.joiner.drain().for_each(drop);
                self.protected = true;
                events.push(Event::Lost(reason));
                return;
            }
            let cut_by = match (message.complete, message.over_limit) {
                (true, _) => None,
                (false, true) => Some(ObscuredReason::LimitReached),
                (false, false) => {
                    Some(self.message_cut_by.take().unwrap_or(ObscuredReason::EndedEarly))
                }
            };
            events.push(Event::Message { message, cut_by });
        }
    }

    pub(super) fn hole_to_give_up(&self, context: Context<'_>) -> Option<Hole> {
        let full = context.give_up || self.stream.is_full(context.limits);
        self.stream.hole().filter(|_| full)
    }

    pub(super) fn skip_hole(&mut self, hole: Hole) {
        self.holes.push((hole, self.last_frame));
        self.stream.skip_hole();
    }

    fn lose(&mut self, reason: ObscuredReason, events: &mut Vec<Event>) -> bool {
        let reason = match (reason, self.start_lost) {
            // What does not look like TLS after an unknown beginning may be an unlucky guess.
            (ObscuredReason::Malformed, Some(start_lost)) => start_lost,
            (reason, _) => reason,
        };
        self.message_cut_by = Some(reason);
        self.joiner.lose();
        self.handshake_end = self.stream.position();
        self.drain(events);
        events.push(Event::Lost(reason));
        self.unfollowed.get_or_insert(reason);
        self.phase = Phase::Lost;
        self.at_segment = true;
        true
    }
}

/// The reason behind a hole.
pub(super) fn reason(hole: Hole) -> ObscuredReason {
    if hole.cut { ObscuredReason::TruncatedPackets } else { ObscuredReason::Gap }
}

/// Whether a message is one that TLS sends in the clear.
fn makes_sense(message: &HandshakeMessage) -> bool {
    message.message_type.name().is_some()
        && (message.complete || message.message_type == HandshakeType::CERTIFICATE)
}
