//! Whether the Finished of both sides fit the messages before them (RFC 5246 section 7.4.9, RFC
//! 8446 section 4.4.4).

use super::event::Peer;
use super::facts::Working;
use super::inspector::Inspector;
use crate::decrypt::{Secret, tls13_verify_data};

/// What the Finished of a handshake prove.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Finished {
    /// They cannot be checked: no secret opened them, or a message that they cover is missing.
    #[default]
    NotChecked,
    /// Both fit: nothing was lost or reordered by accident. It is a MAC, and whoever holds the
    /// secrets can have made up the messages and both Finished (RFC 8446 section 4.4.4).
    Verified,
    /// One does not fit: what the capture shows is not what the endpoints exchanged.
    Failed,
}

/// Secrets of a handshake that opened its records.
#[derive(Debug, Default)]
pub(super) struct ProvedSecrets {
    /// TLS 1.2 and before.
    pub(super) master: Option<Secret>,
    /// TLS 1.3: the handshake traffic secrets.
    pub(super) client_traffic: Option<Secret>,
    pub(super) server_traffic: Option<Secret>,
}

impl Inspector {
    /// Takes the master secret that opened the Finished of the handshake that `peer` is in.
    pub fn prove_master_secret(&mut self, peer: Peer, secret: Secret) {
        if let Some(handshake) = self.handshake_of_mut(peer) {
            handshake.working_mut().proved.master = Some(secret);
        }
    }

    /// Takes the handshake traffic secret that opened the records of `peer`.
    pub fn prove_traffic_secret(&mut self, peer: Peer, secret: Secret) {
        let proved = &mut self.working_mut().proved;
        match peer {
            Peer::Client => proved.client_traffic = Some(secret),
            Peer::Server => proved.server_traffic = Some(secret),
        }
    }

    /// What the Finished of this handshake prove.
    pub(super) fn finished(&self) -> Finished {
        match self.check_finished() {
            None => Finished::NotChecked,
            Some(true) => Finished::Verified,
            Some(false) => Finished::Failed,
        }
    }

    fn check_finished(&self) -> Option<bool> {
        let Working { transcript, proved: secrets, .. } = self.working.as_deref()?;
        if let Some(suite) = self.tls13_suite() {
            let [client, server] = transcript.tls13_finished(suite)?;
            let holds = |secret: &Option<Secret>, covered: &super::transcript::Covered<'_>| {
                let data = tls13_verify_data(suite, secret.as_ref()?, &covered.before)?;
                Some(covered.holds(&data))
            };
            return Some(
                holds(&secrets.client_traffic, &client)?
                    && holds(&secrets.server_traffic, &server)?,
            );
        }
        let master = secrets.master.as_ref()?;
        let parameters = self.tls12_parameters()?;
        let [client, server] = transcript.tls12_finished(!self.facts.server_flight_ended)?;
        let of_client = parameters.verify_data(master, &client.before, true).ok()?;
        let of_server = parameters.verify_data(master, &server.before, false).ok()?;
        Some(client.holds(&of_client) && server.holds(&of_server))
    }
}
