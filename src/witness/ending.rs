//! A connection of which no more will come.

use super::Means;
use super::anomaly::{Anomalies, Direction, code};
use super::connection::Tracker;
use super::endpoints::ordered;
use super::evidence::{Closed, Connection};
use super::oddities::note_oddities;
use super::side::SideReader;
use crate::flow::Side;
use crate::inspect::{Event, Inspector, ObscuredReason, Obscurity, Observation, Peer, infer};
use crate::limits::Limits;
use crate::tls::preamble;

/// Why no more of a connection will be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Why {
    /// No more of it comes.
    Ended,
    /// More of it may stand where the capture is damaged and was not read.
    Unread,
    /// It is given up to keep a bound of memory.
    LimitReached,
    /// Nothing more can be learned, though more of it may come.
    ToldAll,
}

impl Tracker {
    /// Takes everything that is there as all there will be, and reads it.
    pub(super) fn read_to_the_end(&mut self, means: Means<'_>) {
        self.sides.iter_mut().for_each(|side| side.stream.accept_doubtful());
        self.read(means, true);
    }

    /// What came of it, after it was read to the end.
    ///
    /// `None` where it is no TLS connection.
    pub(super) fn finish(mut self, means: Means<'_>, why: Why) -> Option<Connection> {
        let limit_reached = why == Why::LimitReached;
        let mut events = Vec::new();
        for side in Side::BOTH {
            let lost = if why == Why::ToldAll { 0 } else { self.lost_at_the_end(side) };
            let is_unread = why == Why::Unread && !self.has_ended(side);
            let frame = self.last_frame;
            let reader = side.of_mut(&mut self.sides);
            if lost > 0 || is_unread {
                reader.lose_end(lost, frame);
            }
            reader.finish(&mut events);
            if (lost > 0 || is_unread) && self.is_tls() {
                events.push(Event::Lost(ObscuredReason::Gap));
            }
            if limit_reached {
                events.push(Event::Lost(ObscuredReason::LimitReached));
            }
            for event in events.drain(..) {
                self.take(side, event, means);
            }
        }
        if self.is_refuted() {
            return None;
        }
        if !self.is_tls() {
            let obscurity = self.undecided(means.limits, limit_reached)?;
            return Some(self.unrecognised(obscurity, means));
        }
        if self.client.is_none() {
            for (_, event) in self.unassigned.take().unwrap_or_default().events {
                self.inspector(means).consume_unassigned(&event);
            }
        }
        let preamble = self.preamble();
        let closed = self.closed();
        let ended_at = self.ended_at();
        let has_handshake_bytes = self.may_have_handshake_bytes();
        let anomalies = self.anomalies(means, limit_reached);
        let told = self.inspector.take();
        let inspector = told.map_or_else(|| Inspector::sharing(means.shared), |told| *told);
        let client_side = self.client.unwrap_or(self.first);
        let mut client = client_side.of(&self.sides).end();
        let mut server = client_side.other().of(&self.sides).end();
        (client.damaged, server.damaged) = (self.is_damaged, self.is_damaged);
        client.closed_first = self.ended_by == Some(client_side);
        server.closed_first = self.ended_by == Some(client_side.other());
        client.locked = self.decryption.locked(Peer::Client, &inspector, means);
        server.locked = self.decryption.locked(Peer::Server, &inspector, means);
        server.followed_after_finished = server.unfollowed.is_none()
            && self.decryption.followed_after_finished(Peer::Server, &inspector, means);
        let negotiated = inspector.negotiated();
        let randoms = inspector.randoms();
        let mut observation = inspector.finish(client, server);
        let lengths = |side: Side| &side.of(&self.sides).record_lengths;
        infer(&mut observation, &negotiated, lengths(client_side), lengths(client_side.other()));
        let mut anomalies = anomalies;
        note_oddities(&observation, means.limits, &mut anomalies);
        let (anomalies, anomalies_omitted) = anomalies.into_parts();
        Some(Connection {
            capture: 0,
            stream: self.stream,
            endpoints: ordered(self.endpoints.addresses(), self.first),
            client: self.client.map(|side| usize::from(side != self.first)),
            encapsulation: self.encapsulation.into_vec(),
            preamble,
            first_frame: self.first_frame,
            last_frame: self.last_frame,
            started_at: self.started_at,
            ended_at,
            closed,
            has_handshake_bytes,
            randoms,
            same_handshake_as: None,
            observation,
            anomalies,
            anomalies_omitted,
        })
    }

    /// Bytes that `side` is known to have sent, that are not in the capture, and behind which there
    /// is nothing.
    fn lost_at_the_end(&mut self, side: Side) -> u64 {
        let numbers = &self.life.numbers;
        let (next, has_fin) = (numbers.next(side), numbers.has_finished(side));
        let Some(next) = next.map(|next| next.wrapping_sub(has_fin.into())) else {
            return 0;
        };
        let lost = side.of_mut(&mut self.sides).stream.missing_before(next);
        // One number more may be that of a FIN which was lost.
        if lost == 1 && !has_fin { 0 } else { lost }
    }

    /// Who ended it first, counted as the addresses are given.
    fn closed(&self) -> Option<Closed> {
        let by = usize::from(self.ended_by? != self.first);
        let ended_in = Some(self.ended_in).filter(|frame| *frame > 0)?;
        Some(Closed { by, reset: ended_in % 2 == 1, frame: ended_in / 2 })
    }

    /// Whether `side` sends nothing more: its FIN was seen, or a RST of either side.
    fn has_ended(&self, side: Side) -> bool {
        let was_reset =
            |side: Side| side.of(&self.sides).closed && !self.life.numbers.has_finished(side);
        side.of(&self.sides).closed || was_reset(side.other())
    }

    /// Whether what looked like a hello after other talk was none: the other side, of which
    /// everything was read, went on with something else than TLS.
    fn is_refuted(&self) -> bool {
        Side::BOTH.iter().any(|&side| {
            let (own, other) = (side.of(&self.sides), side.other().of(&self.sides));
            own.is_unconfirmed()
                && !other.is_tls()
                && other.is_followed()
                && other.stream.account().read > 0
                && self.last == side.other()
        })
    }

    /// Why it cannot be told whether there was TLS, where none was recognised: a hello needs both
    /// directions, so that one that was followed from its beginning is enough to exclude it. That
    /// takes its end where the talk so far is what stands before TLS, or there was none.
    fn undecided(&self, limits: &Limits, limit_reached: bool) -> Option<Obscurity> {
        let [first, second] = &self.sides;
        let may_change = self.may_become_tls();
        let is_followed = self.sides.iter().any(|side| {
            let has_talked = side.stream.account().arrived > 0 && !may_change;
            side.is_followed() && (has_talked || side.closed)
        });
        let is_talk = first.is_surely_talk(limits) || second.is_surely_talk(limits);
        if self.talk.is_some() || is_talk && !may_change || is_followed && !limit_reached {
            return None;
        }
        let reason = if limit_reached {
            ObscuredReason::LimitReached
        } else if first.has_cut_holes() || second.has_cut_holes() {
            ObscuredReason::TruncatedPackets
        } else if !first.began_with_syn() && !second.began_with_syn() {
            ObscuredReason::StartedMidConnection
        } else if !first.stream.seen() || !second.stream.seen() {
            ObscuredReason::OneDirection
        } else if first.is_followed() || second.is_followed() {
            ObscuredReason::EndedEarly
        } else {
            ObscuredReason::Gap
        };
        Some(Obscurity {
            reason,
            detail: match reason {
                ObscuredReason::EndedEarly => {
                    "the connection was made, and what came of it is not in the capture"
                }
                _ => "no TLS record was recognised, and bytes are missing in which TLS may begin",
            }
            .to_owned(),
        })
    }

    /// A connection of which it is not known whether it is one of TLS.
    fn unrecognised(mut self, obscurity: Obscurity, means: Means<'_>) -> Connection {
        let limit_reached = obscurity.reason == ObscuredReason::LimitReached;
        let closed = self.closed();
        let ended_at = self.ended_at();
        let has_handshake_bytes = self.sides.iter().any(|side| side.stream.account().arrived > 0);
        let anomalies = self.anomalies(means, limit_reached);
        let (anomalies, anomalies_omitted) = anomalies.into_parts();
        Connection {
            capture: 0,
            stream: self.stream,
            endpoints: ordered(self.endpoints.addresses(), self.first),
            client: None,
            encapsulation: self.encapsulation.into_vec(),
            preamble: None,
            first_frame: self.first_frame,
            last_frame: self.last_frame,
            started_at: self.started_at,
            ended_at,
            closed,
            has_handshake_bytes,
            randoms: [None; 2],
            same_handshake_as: None,
            observation: Observation {
                hidden: Some(Box::new(obscurity)),
                ..Observation::default()
            },
            anomalies,
            anomalies_omitted,
        }
    }

    /// Whether any byte in the capture may be one of a handshake.
    fn may_have_handshake_bytes(&self) -> bool {
        self.sides.iter().any(SideReader::may_have_handshake_bytes)
    }

    fn anomalies(&mut self, means: Means<'_>, limit_reached: bool) -> Anomalies {
        let mut anomalies = Anomalies::new(means.limits.anomalies_per_connection);
        for side in Side::BOTH {
            self.note_holes(side, &mut anomalies);
        }
        if limit_reached {
            let detail = "given up to keep the bound on memory".to_owned();
            anomalies.add(code::LIMIT_REACHED, Some(self.last_frame), None, detail);
        }
        anomalies
    }

    fn preamble(&self) -> Option<String> {
        let client_side = self.client.unwrap_or(self.first);
        let client = client_side.of(&self.sides);
        let server = client_side.other().of(&self.sides);
        let before = !client.prefix().is_empty() && client.end().start_lost.is_none();
        match self.talk {
            Some(talk) => Some(talk.to_owned()),
            None => before.then(|| preamble::name(client.prefix(), server.prefix()).to_owned()),
        }
    }

    fn direction(&self, side: Side) -> Option<Direction> {
        self.client.map(|client| {
            if client == side { Direction::ClientToServer } else { Direction::ServerToClient }
        })
    }

    fn note_holes(&mut self, side: Side, anomalies: &mut Anomalies) {
        let direction = self.direction(side);
        let reader = side.of_mut(&mut self.sides);
        let conflict = reader.conflict();
        let (holes, further) = reader.take_holes();
        for (hole, before) in holes {
            let (code, why, frame) = match hole.cut {
                Some(frame) => (code::TRUNCATED_PACKETS, "were cut off by the snap length", frame),
                None => (code::TCP_GAP, "are missing", before),
            };
            let detail = format!("{} bytes {why}", hole.length);
            anomalies.add(code, Some(frame), direction, detail);
        }
        anomalies.omit(further);
        if let Some(frame) = conflict {
            let detail = "a retransmission carries other bytes than the first transmission";
            anomalies.add(
                code::CONFLICTING_RETRANSMISSION,
                Some(frame),
                direction,
                detail.to_owned(),
            );
        }
    }
}
