//! Links resumed sessions to the full handshakes that made them.

use std::collections::HashMap;

use super::evidence::Connection;
use crate::inspect::{ClientAuthentication, Original};

/// Fills in the original of every resumed handshake whose session was made in these captures.
///
/// A session is known by its identifier (RFC 5246 section 7.4.1.2) or a ticket (RFC 5077); a ticket
/// that is renewed in a resumed handshake still leads to the full one.
pub(super) fn link(connections: &mut [Connection]) {
    let mut order: Vec<usize> = (0..connections.len()).collect();
    order.sort_by_key(|&index| {
        connections.get(index).map(|connection| {
            let at = connection.started_at.map(|at| at.nanoseconds);
            (at, connection.capture, connection.first_frame)
        })
    });
    let mut sessions: HashMap<[u8; 32], Original> = HashMap::new();
    for index in order {
        let Some(connection) = connections.get_mut(index) else {
            continue;
        };
        let (capture, stream, first_frame) =
            (connection.capture, connection.stream, connection.first_frame);
        for (position, handshake) in connection.observation.handshakes.iter_mut().enumerate() {
            let source = match &mut handshake.client_authentication {
                ClientAuthentication::Resumed { original } => {
                    let mut offered =
                        handshake.session.offered.iter().filter_map(|id| sessions.get(id));
                    let found = offered.next().cloned();
                    // Two identifiers that lead to different handshakes lead nowhere.
                    let agree = offered.all(|other| Some(other) == found.as_ref());
                    let found = found.filter(|_| agree);
                    *original = found.clone().map(Box::new);
                    found
                }
                answer => Some(Original {
                    capture,
                    stream,
                    handshake: position,
                    frame: handshake.client_hello_frames.first().copied().unwrap_or(first_frame),
                    client_authentication: answer.clone(),
                }),
            };
            if let Some(source) = source {
                for id in &handshake.session.issued {
                    sessions.insert(*id, source.clone());
                }
            }
        }
    }
}
