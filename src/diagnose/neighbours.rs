//! What the connections of a run have in common, gathered once for all of them.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use super::words;
use crate::certificate::Sha256Thumbprint;
use crate::inspect::{ClientAuthentication, Observation};
use crate::verdict::{Judgement, Verdict};
use crate::witness::{Connection, Evidence};

/// Different entries that are kept of each kind: each connection is compared with all of them.
const KEPT: usize = 64;

/// For a connection without a server name.
pub(super) const NO_NAME: &str = "without a server name";

/// What is beside a connection.
#[derive(Debug, Default)]
pub(super) struct Neighbours<'a> {
    /// Servers and client programs of connections that match, with their number.
    pub(super) matching: Vec<(Option<SocketAddr>, Program, u64)>,
    /// Servers that are known to have asked, and the names that they were asked for.
    pub(super) asked: Vec<(Option<SocketAddr>, Option<&'a str>)>,
    /// Clients that presented each certificate, the first two of them.
    presenters: HashMap<Sha256Thumbprint, Vec<SocketAddr>>,
}

/// What tells one client from another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Program {
    pub(super) address: String,
    pub(super) fingerprint: String,
    pub(super) name: String,
    pub(super) protocols: String,
}

impl<'a> Neighbours<'a> {
    pub(super) fn new(evidence: &'a Evidence, judgements: &[Judgement<'_>]) -> Self {
        let mut all = Self::default();
        for (index, connection) in evidence.connections.iter().enumerate() {
            if connection.same_handshake_as.is_some() {
                continue;
            }
            if judgements.get(index).is_some_and(|one| one.verdict == Verdict::Match) {
                all.add_matching(connection);
            }
            if has_asked(&connection.observation) {
                all.add_asked(connection);
            }
            all.add_presenter(connection);
        }
        all
    }

    fn add_matching(&mut self, connection: &Connection) {
        let (server, program) = (connection.server(), Program::of(connection));
        let known =
            self.matching.iter_mut().find(|(one, own, _)| *one == server && *own == program);
        if let Some((_, _, count)) = known {
            *count += 1;
        } else if self.matching.len() < KEPT {
            self.matching.push((server, program, 1));
        }
    }

    fn add_asked(&mut self, connection: &'a Connection) {
        let entry = (connection.server(), connection.observation.server_name.as_deref());
        if self.asked.len() < KEPT && !self.asked.contains(&entry) {
            self.asked.push(entry);
        }
    }

    fn add_presenter(&mut self, connection: &Connection) {
        let Some(client) = connection.client() else {
            return;
        };
        for handshake in &connection.observation.handshakes {
            let ClientAuthentication::Presented(presented) = &handshake.client_authentication
            else {
                continue;
            };
            let Some(leaf) = presented.chain.first() else {
                continue;
            };
            let clients = self.presenters.entry(leaf.sha256).or_default();
            if clients.len() < 2 && !clients.iter().any(|known| known.ip() == client.ip()) {
                clients.push(client);
            }
        }
    }

    /// Whether every client program of a connection that matches is among those kept.
    pub(super) fn has_all_matching(&self) -> bool {
        self.matching.len() < KEPT
    }

    /// Another client that presented this certificate.
    pub(super) fn other_presenter(
        &self,
        certificate: &Sha256Thumbprint,
        own: Option<IpAddr>,
    ) -> Option<SocketAddr> {
        let clients = self.presenters.get(certificate)?;
        clients.iter().find(|client| Some(client.ip()) != own).copied()
    }
}

impl Program {
    pub(super) fn of(connection: &Connection) -> Self {
        let observation = &connection.observation;
        let name = observation.server_name.as_deref();
        let protocols = observation.alpn_offered.as_deref();
        Self {
            address: connection.client().map(|end| end.ip().to_string()).unwrap_or_default(),
            fingerprint: observation
                .client_fingerprint
                .as_deref()
                .map_or_else(|| "unknown".to_owned(), str::to_owned),
            name: name
                .map_or_else(|| NO_NAME.to_owned(), |name| format!("name {}", words::short(name))),
            protocols: protocols.map_or_else(
                || "without ALPN".to_owned(),
                |names| format!("ALPN {}", words::short(names)),
            ),
        }
    }
}

/// Whether a server is known to have asked in it.
fn has_asked(observation: &Observation) -> bool {
    observation.handshakes.iter().any(|handshake| {
        handshake.certificate_request.is_some()
            || matches!(
                handshake.client_authentication,
                ClientAuthentication::Declined { .. }
                    | ClientAuthentication::Presented(_)
                    | ClientAuthentication::PresentedKey(_)
            )
    })
}
