//! A connection of which no more will come.

use super::Means;
use super::anomaly::{Anomalies, Direction, code};
use super::connection::Tracker;
use super::evidence::Connection;
use super::oddities::note_oddities;
use crate::flow::Side;
use crate::inspect::{Event, ObscuredReason, Peer, infer};
use crate::tls::preamble;

impl Tracker {
    /// Takes everything that is there as all there will be.
    ///
    /// `None` where no TLS was recognised. `limit_reached` says that it is given up to keep a
    /// bound of memory.
    pub(super) fn finish(mut self, means: Means<'_>, limit_reached: bool) -> Option<Connection> {
        self.read(means, true);
        let mut events = Vec::new();
        for side in Side::BOTH {
            side.of_mut(&mut self.sides).finish(&mut events);
            if limit_reached {
                events.push(Event::Lost(ObscuredReason::LimitReached));
            }
            for event in events.drain(..) {
                self.take(side, event);
            }
        }
        if !self.is_tls() {
            return None;
        }
        if self.client.is_none() {
            for (_, event) in self.unassigned.iter().flat_map(|unassigned| &unassigned.events) {
                self.story.resume().consume_unassigned(event);
            }
        }
        let preamble = self.preamble();
        let mut anomalies = Anomalies::new(means.limits.anomalies_per_connection);
        for side in Side::BOTH {
            self.note_holes(side, &mut anomalies);
        }
        if limit_reached {
            let detail = "given up to keep the bound on memory".to_owned();
            anomalies.add(code::LIMIT_REACHED, Some(self.last_frame), None, detail);
        }
        let inspector = self.story.into_inspector();
        let client_side = self.client.unwrap_or(Side::First);
        let mut client = client_side.of(&self.sides).end();
        let mut server = client_side.other().of(&self.sides).end();
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
        note_oddities(&observation, means.limits, &mut anomalies);
        let (anomalies, anomalies_omitted) = anomalies.into_parts();
        Some(Connection {
            capture: 0,
            stream: Some(self.stream),
            endpoints: self.endpoints.addresses(),
            client: self.client.map(|side| usize::from(side == Side::Second)),
            encapsulation: self.encapsulation.into_vec(),
            preamble,
            first_frame: self.first_frame,
            last_frame: self.last_frame,
            started_at: self.started_at,
            has_handshake_bytes: true,
            randoms,
            same_handshake_as: None,
            observation,
            anomalies,
            anomalies_omitted,
        })
    }

    fn preamble(&self) -> Option<String> {
        let client_side = self.client.unwrap_or(Side::First);
        let client = client_side.of(&self.sides);
        let server = client_side.other().of(&self.sides);
        let before = !client.prefix().is_empty() && client.end().start_lost.is_none();
        before.then(|| preamble::name(client.prefix(), server.prefix()).to_owned())
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
        for (hole, frame) in reader.take_holes() {
            let (code, why) = if hole.cut {
                (code::TRUNCATED_PACKETS, "were cut off by the snap length")
            } else {
                (code::TCP_GAP, "are missing")
            };
            let detail = format!("{} bytes {why}", hole.length);
            anomalies.add(code, Some(frame), direction, detail);
        }
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
