//! One TCP connection on its way from segments to an Observation.

use std::net::SocketAddr;

use super::Means;
use super::decryption::{Decryption, Wanted};
use super::endpoints::Endpoints;
use super::life::Life;
use super::quiet::Quiet;
use super::side::{Context, SideReader};
use crate::capture::Timestamp;
use crate::flow::{Account, Side};
use crate::inspect::{Event, Inspector, Peer};
use crate::net::{Layer, Segment};
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
    /// What its handshakes tell, once anything was told.
    pub(super) inspector: Option<Box<Inspector>>,
    pub(super) decryption: Decryption,
    pub(super) established: bool,
    /// It was talk for so long that only an answer could begin TLS; what stood before it.
    pub(super) talk: Option<&'static str>,
    /// Who sent the last payload.
    pub(super) last: Side,
    /// Memory held, in bytes, as it was counted last.
    pub(super) counted_held: usize,
    /// A packet of it stands where the capture is damaged.
    pub(super) is_damaged: bool,
    /// Any segment of the first, of the second side had a checksum that fits.
    pub(super) has_checksums: [bool; 2],
    /// Which side ended the connection (FIN or RST), and was the first to do so.
    pub(super) ended_by: Option<Side>,
    /// Twice the frame in which it did so, and one more where that was a RST; 0 where it was not kept.
    pub(super) ended_in: u64,
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
pub(super) const ENOUGH_LENGTHS: usize = 32;

impl Tracker {
    /// What becomes of a connection whose first payload `side` sends.
    pub(super) fn new(stream: Option<u64>, quiet: Quiet, side: Side) -> Self {
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
            inspector: None,
            decryption: Decryption::default(),
            established: false,
            talk: None,
            last: side,
            counted_held: 0,
            is_damaged: false,
            has_checksums: [false; 2],
            ended_by,
            ended_in: 0,
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
        self.told().is_some_and(Inspector::has_server_hello) && self.life.is_ahead(side, segment)
    }

    /// What became of the payload of both sides.
    pub(super) fn account(&self) -> Account {
        let [first, second] = &self.sides;
        let mut account = first.stream.account();
        account.add(second.stream.account());
        account
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
            let over = talk && !self.may_become_tls() || silent(first) && silent(second);
            return if over { Interest::Over } else { Interest::Open };
        }
        let exhausted = first.is_exhausted() && second.is_exhausted();
        let opening = Peer::BOTH.iter().any(|&peer| self.wanted(peer, means).any());
        let told_all =
            self.told().is_some_and(Inspector::has_told_all) && !opening && !self.wants_lengths();
        if exhausted || told_all {
            return Interest::Over;
        }
        Interest::Open
    }

    /// Whether what was said so far is what stands before TLS, or may be.
    pub(super) fn may_become_tls(&self) -> bool {
        let [first, second] = &self.sides;
        let may = |side: &SideReader| preamble::may_become_tls(side.prefix());
        first.preamble_known()
            || second.preamble_known()
            || (may(first) || may(second)) && !first.is_other_talk() && !second.is_other_talk()
    }

    /// Whether more record lengths may still tell something: of a TLS 1.3 handshake that no secret
    /// opened, until the client's flight is surely among them.
    pub(super) fn wants_lengths(&self) -> bool {
        self.lengths() < ENOUGH_LENGTHS && self.told().is_some_and(Inspector::may_need_lengths)
    }

    /// Lengths of application data records that were noted of both sides.
    pub(super) fn lengths(&self) -> usize {
        let [first, second] = &self.sides;
        first.record_lengths.application() + second.record_lengths.application()
    }

    /// Which of the next encrypted records of `peer` may be opened and tell something.
    pub(super) fn wanted(&self, peer: Peer, means: Means<'_>) -> Wanted {
        let told = self.told().filter(|told| !told.is_settled());
        told.map_or(Wanted::NOTHING, |told| self.decryption.wants(peer, told, means))
    }

    /// What its handshakes told so far.
    pub(super) fn told(&self) -> Option<&Inspector> {
        self.inspector.as_deref()
    }

    /// The same, to be told more.
    pub(super) fn inspector(&mut self, means: Means<'_>) -> &mut Inspector {
        self.inspector.get_or_insert_with(|| Box::new(Inspector::sharing(means.shared)))
    }

    /// Takes encrypted records of `peer` that nobody may open, of any type but handshake; `false`,
    /// and nothing is changed, where the inspector has to see them.
    pub(super) fn pass_encrypted(&mut self, peer: Peer) -> bool {
        self.inspector.as_mut().is_some_and(|told| told.pass_encrypted(peer))
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let [first, second] = &self.sides;
        let told = self.told().map_or(0, Inspector::held);
        first.held() + second.held() + told + self.decryption.held()
    }

    /// Reads both sides as far as they go; each may have to wait for the other.
    pub(super) fn read(&mut self, means: Means<'_>, give_up: bool) {
        if means.has_secrets()
            && let Some(told) = self.inspector.as_mut().filter(|told| told.is_settled())
        {
            told.resume();
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
        if !self.established && self.told().is_some_and(Inspector::is_established) {
            self.established = true;
            self.sides.iter_mut().for_each(|side| side.stream.forget());
        }
        let may_settle = !give_up && self.client.is_some() && !means.has_secrets();
        if may_settle && self.inspector.as_mut().is_some_and(|told| told.settle()) {
            self.sides.iter_mut().for_each(SideReader::settle);
        }
    }

    fn context<'a>(&self, side: Side, means: Means<'a>, give_up: bool) -> Context<'a> {
        let other = side.other().of(&self.sides);
        let protects = self.told().and_then(Inspector::change_cipher_spec_protects);
        let unsettled = self.told().filter(|told| !told.is_settled());
        Context {
            limits: means.limits,
            protects,
            wanted: self.peer(side).map_or(Wanted::NOTHING, |peer| self.wanted(peer, means)),
            wait_to_change: !other.is_exhausted()
                && self.peer(side).zip(unsettled).is_some_and(|(peer, inspector)| {
                    self.decryption.waits_to_change(peer, inspector, means)
                }),
            wait_for_server: self.client == Some(side)
                && protects.is_none()
                && !other.is_exhausted(),
            give_up,
        }
    }

    pub(super) fn peer(&self, side: Side) -> Option<Peer> {
        let client = self.client?;
        Some(if client == side { Peer::Client } else { Peer::Server })
    }

    /// Takes an event, and what it holds where it is a record that a secret opens.
    fn open(&mut self, side: Side, event: Event, means: Means<'_>) {
        let Some(peer) = self.peer(side) else {
            return self.take(side, event, means);
        };
        if let Event::Protected(content_type) = event
            && content_type != ContentType::HANDSHAKE
            && self.pass_encrypted(peer)
        {
            return;
        }
        let Self { inspector, decryption, .. } = self;
        let inspector = inspector.get_or_insert_with(|| Box::new(Inspector::sharing(means.shared)));
        let inside = match &event {
            Event::Record(record) => decryption.open(peer, record, inspector, means),
            Event::Protected(ContentType::APPLICATION_DATA) => {
                decryption.pass(peer, inspector, means);
                Vec::new()
            }
            Event::ChangeCipherSpec => {
                decryption.change_cipher_spec(peer, inspector, means);
                Vec::new()
            }
            Event::Lost(_) => {
                decryption.lose(peer);
                Vec::new()
            }
            _ => Vec::new(),
        };
        self.take(side, event, means);
        for event in inside {
            self.take(side, event, means);
        }
    }

    /// Gives an event to the inspector, once it is known who is who.
    pub(super) fn take(&mut self, side: Side, event: Event, means: Means<'_>) {
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
                    self.take(side, event, means);
                }
            }
        }
        match self.peer(side) {
            Some(peer) => self.inspector(means).consume(peer, event),
            None => {
                let events = &mut self.unassigned.get_or_insert_default().events;
                if events.len() < UNASSIGNED {
                    events.push((side, event));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There may be a hundred thousand at once: what few of them need stands in a box.
    #[test]
    fn an_open_connection_is_small() {
        assert!(size_of::<Tracker>() <= 560, "{}", size_of::<Tracker>());
        assert!(size_of::<SideReader>() <= 160, "{}", size_of::<SideReader>());
        assert!(size_of::<Decryption>() <= 16, "{}", size_of::<Decryption>());
        assert!(size_of::<Inspector>() <= 2048, "{}", size_of::<Inspector>());
    }
}
