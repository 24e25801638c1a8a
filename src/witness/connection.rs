//! One TCP connection on its way from segments to an Observation.

use std::net::SocketAddr;

use super::Means;
use super::decryption::{Decryption, Wanted};
use super::endpoints::Endpoints;
use super::life::{Life, heading};
use super::over::{Nature, Over, Talk};
use super::quiet::Quiet;
use super::side::{Context, SideReader};
use crate::capture::Timestamp;
use crate::flow::{Account, Carried, Doubt, Side};
use crate::inspect::{Event, Inspector, Peer, Story};
use crate::net::{Checksum, Flags, Layer, Segment};
use crate::tls::{ContentType, preamble};

/// Everything held of a connection that may still tell something.
#[derive(Debug)]
pub(super) struct Tracker {
    pub(super) stream: Option<u64>,
    pub(super) endpoints: Endpoints,
    pub(super) life: Life,
    /// Who sent the first packet.
    pub(super) first: Side,
    /// Packets that it has had in the file at hand.
    pub(super) packets: u64,
    pub(super) encapsulation: Box<[Layer]>,
    pub(super) first_frame: u64,
    pub(super) last_frame: u64,
    pub(super) started_at: Option<Timestamp>,
    /// Time from its first packet to the last one so far, in nanoseconds.
    lasted: i64,
    pub(super) sides: [SideReader; 2],
    pub(super) client: Option<Side>,
    pub(super) unassigned: Option<Box<Unassigned>>,
    pub(super) story: Story,
    pub(super) decryption: Decryption,
    established: bool,
    /// It was talk for so long that only an answer could begin TLS; what stood before it.
    pub(super) talk: Option<&'static str>,
    /// Who sent the last payload.
    pub(super) last: Side,
    /// Memory held, in bytes, as it was counted last.
    pub(super) counted_held: usize,
    /// Any segment of the first, of the second side had a checksum that fits.
    has_checksums: [bool; 2],
    /// Which side ended the connection (FIN or RST), and was the first to do so.
    pub(super) ended_by: Option<Side>,
}

/// What was read before the roles were known.
#[derive(Debug, Default)]
pub(super) struct Unassigned {
    pub(super) events: Vec<(Side, Event)>,
}

/// Whether a connection may still tell something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Interest {
    /// It may.
    Open,
    /// Everything that can be learned is, or it is not TLS.
    Over,
}

/// Events kept until the roles are known; a handshake has about ten messages a side.
const UNASSIGNED: usize = 64;

/// Lengths of application data records of both sides: more than two flights have, unless they are
/// cut very small.
const ENOUGH_LENGTHS: usize = 32;

impl Tracker {
    /// What becomes of a connection whose first payload `side` sends.
    pub(super) fn new(stream: Option<u64>, quiet: Quiet, side: Side, means: Means<'_>) -> Self {
        let [first, second] = quiet.sides;
        let ended_by = Side::BOTH.into_iter().find(|side| side.of(&quiet.sides).closed);
        let numbers = &quiet.life.numbers;
        Self {
            stream,
            endpoints: quiet.endpoints,
            sides: [
                SideReader::after(first, numbers.start(Side::First)),
                SideReader::after(second, numbers.start(Side::Second)),
            ],
            life: quiet.life,
            first: quiet.first,
            packets: quiet.packets,
            encapsulation: quiet.encapsulation.into_boxed_slice(),
            first_frame: quiet.first_frame,
            last_frame: quiet.first_frame,
            started_at: quiet.started_at,
            lasted: 0,
            client: None,
            unassigned: None,
            story: Story::new(means.shared),
            decryption: Decryption::default(),
            established: false,
            talk: None,
            last: side,
            counted_held: 0,
            has_checksums: [false; 2],
            ended_by,
        }
    }

    /// Notes when a packet of it was recorded.
    #[inline]
    pub(super) fn seen_at(&mut self, at: Option<Timestamp>) {
        if let (Some(from), Some(at)) = (self.started_at, at) {
            self.lasted = at.nanoseconds.saturating_sub(from.nanoseconds);
        }
    }

    /// When its last packet so far was recorded.
    pub(super) fn ended_at(&self) -> Option<Timestamp> {
        let from = self.started_at?;
        Some(Timestamp { nanoseconds: from.nanoseconds.saturating_add(self.lasted), ..from })
    }

    /// What becomes of talk that may begin TLS with `segment`.
    pub(super) fn after_talk(
        stream: Option<u64>,
        talk: Talk,
        life: Life,
        side: Side,
        segment: &Segment<'_>,
        means: Means<'_>,
    ) -> Self {
        let quiet = Quiet { life, packets: 0, ..talk.origin };
        let after_loss = quiet.life.is_ahead(side, segment);
        let next = Side::BOTH.map(|side| quiet.life.numbers.next(side));
        let preamble = talk.preamble.unwrap_or("unknown");
        let mut tracker = Self { talk: Some(preamble), ..Self::new(stream, quiet, side, means) };
        let searched = means.limits.preamble_bytes.saturating_add(1);
        for (own, next) in Side::BOTH.into_iter().zip(next) {
            let reader = own.of_mut(&mut tracker.sides);
            *reader = SideReader::after(reader.quiet(), None);
            let next = next.filter(|_| own != side || !after_loss);
            reader.go_on_at(next, searched);
        }
        tracker.last = side.other();
        tracker
    }

    /// Passes over a segment that `side` sent, is recorded whole, and can tell nothing; `false`, and
    /// nothing is changed, where it may tell something. SYN, FIN and RST always do.
    ///
    /// Most packets of a capture are such: acknowledgments, and the insides of records.
    #[inline]
    pub(super) fn pass(
        &mut self,
        side: Side,
        (sequence, acknowledgment): (u32, Option<u32>),
        payload: &[u8],
        frame: u64,
        means: Means<'_>,
    ) -> bool {
        if !self.life.numbers.is_next(side, sequence, acknowledgment) {
            return false;
        }
        // An acknowledgment may be the last thing to be waited for.
        if payload.is_empty() && side.other().of(&self.sides).stream.closed() {
            return false;
        }
        let numbers = (sequence, acknowledgment);
        let passed = side.of_mut(&mut self.sides).pass(numbers, payload, frame, means.limits)
            || self.pass_records(side, (sequence, payload), frame, means);
        if passed {
            let length = u32::try_from(payload.len()).unwrap_or_default();
            self.life.numbers.advance(side, length, acknowledgment);
            self.last_frame = self.last_frame.max(frame);
            if length > 0 {
                self.last = side;
            }
        }
        passed
    }

    /// Passes over a segment that holds nothing but records that nobody may open, and of which no
    /// more than their being there matters; `false`, and nothing is changed, for any other.
    fn pass_records(
        &mut self,
        side: Side,
        bytes: (u32, &[u8]),
        frame: u64,
        means: Means<'_>,
    ) -> bool {
        if !self.story.is_settled() || means.has_secrets() {
            return false;
        }
        let Some(peer) = self.peer(side) else {
            return false;
        };
        let room = match self.story.has_told_all() {
            true => ENOUGH_LENGTHS.saturating_sub(self.lengths() + 1),
            false => usize::MAX,
        };
        let protects = self.story.change_cipher_spec_protects();
        let reader = side.of_mut(&mut self.sides);
        reader.pass_records(bytes, frame, (protects, room), means.limits)
            && self.story.pass_encrypted(peer)
    }

    /// Adds a segment that `side` sent.
    pub(super) fn push(&mut self, side: Side, segment: &Segment<'_>, frame: u64, means: Means<'_>) {
        self.last_frame = self.last_frame.max(frame);
        let heading = heading(segment);
        let is_keep_alive = heading.length == 1
            && self.life.numbers.next(side) == Some(segment.sequence.wrapping_add(1));
        self.life.note(side, &heading, segment);
        let reader = side.of_mut(&mut self.sides);
        let mut sequence = segment.sequence;
        if segment.flags.contains(Flags::SYN) {
            sequence = sequence.wrapping_add(1);
            reader.start_at(sequence);
            if !segment.flags.contains(Flags::ACK) {
                self.sides.iter_mut().for_each(SideReader::reopen);
                self.ended_by = None;
            }
        }
        let doubt = self.doubt(side, segment);
        let is_text_of_reset = segment.flags.contains(Flags::RST);
        if is_keep_alive || is_text_of_reset {
            side.of_mut(&mut self.sides).stream.drop_payload(segment.payload);
        } else {
            self.push_payload(side, sequence, doubt, segment, frame);
        }
        let reader = side.of_mut(&mut self.sides);
        if segment.flags.contains(Flags::FIN) {
            let end = sequence.wrapping_add(heading.length);
            reader.stream.end_at(end);
            reader.close();
        }
        if segment.flags.contains(Flags::RST) {
            reader.close();
        }
        if reader.closed {
            self.ended_by.get_or_insert(side);
        }
        if let Some(acknowledgment) = heading.acknowledgment {
            let acknowledged = side.other().of_mut(&mut self.sides);
            acknowledged.acknowledged |= acknowledged.stream.is_acknowledged_by(acknowledgment);
            if doubt != Some(Doubt::Checksum) {
                acknowledged.stream.acknowledged_up_to(acknowledgment);
            }
        }
        self.read(means, false);
    }

    fn push_payload(
        &mut self,
        side: Side,
        sequence: u32,
        doubt: Option<Doubt>,
        segment: &Segment<'_>,
        frame: u64,
    ) {
        let reader = side.of_mut(&mut self.sides);
        let Segment { payload, missing, .. } = *segment;
        let acknowledgment = segment.flags.contains(Flags::ACK).then_some(segment.acknowledgment);
        let carried = Carried { sequence, payload, missing, frame, acknowledgment, doubt };
        if segment.fragments.is_empty() {
            reader.push(carried);
        } else {
            push_fragments(reader, carried, segment.fragments);
            // They may have come before any other packet of the connection.
            let first = segment.fragments.iter().map(|&(_, frame)| frame).min();
            self.first_frame = self.first_frame.min(first.unwrap_or(frame));
        }
        if !payload.is_empty() {
            self.last = side;
        }
    }

    /// Why a segment's payload may be none: it looks like padding, or its checksum is wrong where
    /// others of its side have one that fits. Once the handshake is over, nothing depends on it.
    fn doubt(&mut self, side: Side, segment: &Segment<'_>) -> Option<Doubt> {
        if segment.may_be_padding {
            return Some(Doubt::Padding);
        }
        if self.established {
            return None;
        }
        let has_checksums = side.of_mut(&mut self.has_checksums);
        match segment.checksum() {
            Checksum::Fits => {
                *has_checksums = true;
                None
            }
            Checksum::Wrong if *has_checksums => Some(Doubt::Checksum),
            _ => None,
        }
    }

    /// Whether both sides have all that the other one sent: what is missing, the capture lacks.
    pub(super) fn is_acknowledged(&self) -> bool {
        self.sides.iter().all(|side| side.acknowledged)
    }

    /// Both ends.
    pub(super) fn endpoints(&self) -> [SocketAddr; 2] {
        self.endpoints.addresses()
    }

    /// Whether a segment of `side` that begins with a hello begins another connection: this one had
    /// its hellos, and the segment does not continue what was seen.
    pub(super) fn is_left_by(&self, side: Side, segment: &Segment<'_>) -> bool {
        self.story.has_server_hello() && self.life.is_ahead(side, segment)
    }

    /// What became of the payload of both sides.
    pub(super) fn account(&self) -> Account {
        let [first, second] = &self.sides;
        let mut account = first.stream.account();
        account.add(second.stream.account());
        account
    }

    /// What is left of it, once it is over.
    pub(super) fn remains(&self) -> Over {
        Over { life: self.life.clone(), nature: Nature::Tls(None) }
    }

    /// What is left of it where it was talk all the time, and may still begin TLS.
    pub(super) fn talk(&self) -> Talk {
        let [first, second] = &self.sides;
        let preamble = preamble::name(first.prefix(), second.prefix());
        let preamble = Some(preamble).filter(|name| *name != "unknown");
        Talk {
            origin: Quiet {
                life: self.life.clone(),
                stream: self.stream,
                endpoints: self.endpoints.clone(),
                first_frame: self.first_frame,
                started_at: self.started_at,
                encapsulation: self.encapsulation.to_vec(),
                first: self.first,
                sides: [first.quiet(), second.quiet()],
                established: true,
                packets: 0,
            },
            last: self.last,
            preamble: self.talk.filter(|name| *name != "unknown").or(preamble),
        }
    }

    /// Where it stands among the connections of its recording: that of its first packet first.
    pub(super) fn place(&self) -> (u64, Option<u64>) {
        (self.first_frame, self.stream)
    }

    /// Whether TLS was recognised on either side.
    pub(super) fn is_tls(&self) -> bool {
        self.sides.iter().any(SideReader::is_tls)
    }

    /// What there is left to learn.
    pub(super) fn interest(&self, means: Means<'_>) -> Interest {
        let [first, second] = &self.sides;
        let tls = self.is_tls();
        if !tls {
            let silent = |side: &SideReader| side.began_with_syn() && side.stream.is_complete();
            let talk = first.is_talk(means.limits) || second.is_talk(means.limits);
            let may_change = first.preamble_known() || second.preamble_known();
            let over = talk && !may_change || silent(first) && silent(second);
            return if over { Interest::Over } else { Interest::Open };
        }
        let exhausted = first.is_exhausted() && second.is_exhausted();
        let opening = Peer::BOTH.iter().any(|&peer| self.wanted(peer, means).any());
        let told_all = self.story.has_told_all() && !opening && !self.wants_lengths();
        if exhausted || told_all {
            return Interest::Over;
        }
        Interest::Open
    }

    /// Whether more record lengths may still tell something: of a TLS 1.3 handshake that no secret
    /// opened, until the client's flight is surely among them.
    fn wants_lengths(&self) -> bool {
        self.lengths() < ENOUGH_LENGTHS && self.story.may_need_lengths()
    }

    /// Lengths of application data records that were noted of both sides.
    fn lengths(&self) -> usize {
        let [first, second] = &self.sides;
        first.record_lengths.application() + second.record_lengths.application()
    }

    /// Which of the next encrypted records of `peer` may be opened and tell something.
    fn wanted(&self, peer: Peer, means: Means<'_>) -> Wanted {
        let inspector = self.story.inspector();
        inspector.map_or(Wanted::NOTHING, |told| self.decryption.wants(peer, told, means))
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let [first, second] = &self.sides;
        first.held() + second.held() + self.story.held() + self.decryption.held()
    }

    /// Reads both sides as far as they go; each may have to wait for the other.
    pub(super) fn read(&mut self, means: Means<'_>, give_up: bool) {
        if self.story.is_settled() && means.has_secrets() {
            self.story.resume();
        }
        let mut events = Vec::new();
        loop {
            let mut progress = false;
            for side in Side::BOTH {
                let context = self.context(side, means, give_up);
                progress |= side.of_mut(&mut self.sides).step(context, &mut events);
                for event in events.drain(..) {
                    self.open(side, event, means);
                }
            }
            if !progress {
                break;
            }
        }
        let inspector = self.story.inspector();
        if !self.established && inspector.is_some_and(Inspector::is_established) {
            self.established = true;
            self.sides.iter_mut().for_each(|side| side.stream.forget());
        }
        if !give_up && self.client.is_some() && !means.has_secrets() && self.story.settle() {
            self.sides.iter_mut().for_each(SideReader::settle);
        }
    }

    fn context<'a>(&self, side: Side, means: Means<'a>, give_up: bool) -> Context<'a> {
        let other = side.other().of(&self.sides);
        let protects = self.story.change_cipher_spec_protects();
        Context {
            limits: means.limits,
            protects,
            wanted: self.peer(side).map_or(Wanted::NOTHING, |peer| self.wanted(peer, means)),
            wait_to_change: !other.is_exhausted()
                && self.peer(side).zip(self.story.inspector()).is_some_and(|(peer, inspector)| {
                    self.decryption.waits_to_change(peer, inspector, means)
                }),
            wait_for_server: self.client == Some(side)
                && protects.is_none()
                && !other.is_exhausted(),
            give_up,
        }
    }

    fn peer(&self, side: Side) -> Option<Peer> {
        let client = self.client?;
        Some(if client == side { Peer::Client } else { Peer::Server })
    }

    /// Takes an event, and what it holds where it is a record that a secret opens.
    fn open(&mut self, side: Side, event: Event, means: Means<'_>) {
        let Some(peer) = self.peer(side) else {
            return self.take(side, event);
        };
        if let Event::Protected(content_type) = event
            && content_type != ContentType::HANDSHAKE
            && self.story.pass_encrypted(peer)
        {
            return;
        }
        let inspector = self.story.resume();
        let inside = match &event {
            Event::Record(record) => self.decryption.open(peer, record, inspector, means),
            Event::Protected(ContentType::APPLICATION_DATA) => {
                self.decryption.pass(peer, inspector, means);
                Vec::new()
            }
            Event::ChangeCipherSpec => {
                self.decryption.change_cipher_spec(peer, inspector, means);
                Vec::new()
            }
            Event::Lost(_) => {
                self.decryption.lose(peer);
                Vec::new()
            }
            _ => Vec::new(),
        };
        self.take(side, event);
        for event in inside {
            self.take(side, event);
        }
    }

    /// Gives an event to the inspector, once it is known who is who.
    pub(super) fn take(&mut self, side: Side, event: Event) {
        if self.client.is_none() {
            let sender = match &event {
                Event::Message { message, .. } => Inspector::sender_of(message.message_type),
                Event::Sslv2ClientHello(_) => Some(Peer::Client),
                _ => None,
            };
            self.client = sender.map(|sender| match sender {
                Peer::Client => side,
                Peer::Server => side.other(),
            });
            if self.client.is_some() {
                let unassigned = std::mem::take(&mut self.unassigned).unwrap_or_default();
                for (side, event) in unassigned.events {
                    self.take(side, event);
                }
            }
        }
        match self.peer(side) {
            Some(peer) => self.story.resume().consume(peer, event),
            None => {
                let events = &mut self.unassigned.get_or_insert_default().events;
                if events.len() < UNASSIGNED {
                    events.push((side, event));
                }
            }
        }
    }
}

fn push_fragments(reader: &mut SideReader, segment: Carried<'_>, fragments: &[(usize, u64)]) {
    let Carried { sequence, payload, .. } = segment;
    let ends = fragments.iter().skip(1).map(|&(offset, _)| offset);
    let ends = ends.chain([payload.len()]);
    for (&(start, frame), end) in fragments.iter().zip(ends) {
        let bytes = payload.get(start..end).unwrap_or_default();
        let missing = if end == payload.len() { segment.missing } else { 0 };
        let offset = u32::try_from(start).unwrap_or_default();
        let sequence = sequence.wrapping_add(offset);
        reader.push(Carried { sequence, payload: bytes, missing, frame, ..segment });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There may be a hundred thousand at once: what few of them need stands in a box.
    #[test]
    fn an_open_connection_is_small() {
        assert!(size_of::<Tracker>() <= 536, "{}", size_of::<Tracker>());
        assert!(size_of::<SideReader>() <= 152, "{}", size_of::<SideReader>());
        assert!(size_of::<Decryption>() <= 16, "{}", size_of::<Decryption>());
        assert!(size_of::<Inspector>() <= 2048, "{}", size_of::<Inspector>());
    }
}
