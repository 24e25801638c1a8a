//! What the connections that are over came to.

use std::net::SocketAddr;

use super::evidence::{Connection, OtherKind, OtherStreams};
use crate::capture::Packet;

/// What the connections that are over came to.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) connections: Vec<Connection>,
    /// They stay here to the end.
    pub(super) keeps: bool,
    /// Those without TLS.
    pub(super) other_streams: u64,
    /// What some of those were.
    pub(super) others: Vec<OtherStreams>,
}

impl Results {
    /// Keeps what came of a connection that is over; `None` where it was no TLS, else its index where
    /// it stays here.
    pub(super) fn add(&mut self, connection: Option<Connection>) -> Option<Option<u32>> {
        let Some(connection) = connection else {
            self.other_streams += 1;
            return None;
        };
        let index = u32::try_from(self.connections.len()).ok().filter(|_| self.keeps);
        self.connections.push(connection);
        Some(index)
    }

    /// Notes what a connection without TLS was.
    pub(super) fn note_other(&mut self, kind: OtherKind, ends: [SocketAddr; 2], first_frame: u64) {
        let [_, server] = ends;
        OtherStreams { kind, server, streams: 1, first_frame }.add_to(&mut self.others);
    }

    /// Notes the last packet of a connection that told everything.
    pub(super) fn last_seen(&mut self, connection: u32, packet: &Packet<'_>) {
        let connection = usize::try_from(connection).ok();
        if let Some(connection) = connection.and_then(|index| self.connections.get_mut(index)) {
            connection.last_frame = packet.number;
            connection.ended_at = packet.timestamp.or(connection.ended_at);
        }
    }
}

/// Connections with the file in which each begins, and frames as that file counts them.
pub(super) fn placed(
    connections: Vec<Connection>,
    files: &[(usize, u64)],
) -> impl Iterator<Item = Connection> + '_ {
    connections.into_iter().map(|mut connection| {
        let later = files.partition_point(|&(_, before)| before < connection.first_frame);
        if let Some(&(capture, before)) = files.get(later.saturating_sub(1)) {
            connection.capture = capture;
            connection.count_frames_after(before);
        }
        connection
    })
}
