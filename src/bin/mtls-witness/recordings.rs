//! Connections that are recordings of one handshake, and which of them is judged.

use std::collections::HashMap;

use mtls_witness::report::candidate;
use mtls_witness::verdict::{Part, Recordings};
use mtls_witness::witness::{Connection, Copied, Evidence};

/// The connections of a run by their handshakes.
pub(crate) struct Handshakes {
    /// The recordings of each.
    pub(crate) all: Vec<Recordings>,
    /// Which one each connection is of.
    pub(crate) of: Vec<usize>,
}

impl Handshakes {
    /// Takes the connections together that the evidence says are of one handshake, and makes all
    /// others point at the one that is judged.
    pub(crate) fn new(evidence: &mut Evidence, parts: &[Part]) -> Self {
        let mut handshakes = Self { all: Vec::new(), of: Vec::new() };
        let mut firsts: HashMap<Copied, usize> = HashMap::new();
        for (number, connection) in evidence.connections.iter().enumerate() {
            let recording = recording(number, connection, parts);
            let known = connection.same_handshake_as;
            let known = known.and_then(|first| firsts.get(&first).copied());
            let handshake = known.unwrap_or(handshakes.all.len());
            match handshakes.all.get_mut(handshake) {
                Some(others) => others.add(recording),
                None => {
                    firsts.insert(place(connection), handshake);
                    handshakes.all.push(recording);
                }
            }
            handshakes.of.push(handshake);
        }
        handshakes.point_at_judged(&mut evidence.connections);
        handshakes
    }

    fn point_at_judged(&self, connections: &mut [Connection]) {
        let copied = |handshake: &usize| {
            let recordings = self.all.get(*handshake).filter(|one| one.count() > 1)?;
            let judged = recordings.judged();
            Some((judged, place(connections.get(judged)?)))
        };
        let judged: Vec<Option<(usize, Copied)>> = self.of.iter().map(copied).collect();
        for (number, (connection, judged)) in connections.iter_mut().zip(judged).enumerate() {
            connection.same_handshake_as =
                judged.filter(|(judged, _)| *judged != number).map(|(_, place)| place);
        }
    }
}

/// A connection as the only recording of its handshake.
pub(crate) fn recording(number: usize, connection: &Connection, parts: &[Part]) -> Recordings {
    let place = (connection.capture, connection.first_frame);
    Recordings::new(number, place, &candidate(connection), &connection.observation, parts)
}

fn place(connection: &Connection) -> Copied {
    let Connection { capture, stream, first_frame, .. } = *connection;
    Copied { capture, stream, first_frame }
}
