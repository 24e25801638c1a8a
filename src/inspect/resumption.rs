//! What links a handshake to an earlier one, and what a pre-shared key is known to be.

use super::inspector::{Inspector, digest};
use super::observation::{EarlyData, PreSharedKey, PskOrigin, Session};
use crate::tls::HandshakeMessage;
use crate::tls::messages::{ClientHello, ServerHello, session_ticket, tls13_session_ticket};

impl Inspector {
    /// A NewSessionTicket; of TLS 1.3 it belongs to the last authentication that is complete.
    pub(super) fn new_session_ticket(&mut self, message: &HandshakeMessage) {
        if !message.complete {
            return;
        }
        if !self.is_tls13() {
            let ticket = session_ticket(message.body()).map(digest);
            self.issue(ticket);
            return;
        }
        let ticket = tls13_session_ticket(message.body()).map(digest);
        let most = self.shared.limits().tickets_per_connection;
        match self.working_mut().post_handshake.last_mut() {
            None => self.issue(ticket),
            Some(story) if story.is_answered() => {
                let room = most.saturating_sub(story.issued.len());
                story.issued.extend(ticket.into_iter().take(room));
            }
            // Between a request and its answer: what such a ticket stands for is not known.
            Some(_) => {}
        }
    }

    /// What the hellos and the tickets say of this session and the one before.
    pub(super) fn session(&self) -> Session {
        if let Some(known) = self.own.session.as_deref() {
            return Session { issued: self.own.issued.clone(), ..known.clone() };
        }
        let none = ClientHello::default();
        let client = self.facts.client_hello.as_ref().unwrap_or(&none);
        let server = self.facts.server_hello.as_ref();
        let mut session = Session {
            issued: self.own.issued.clone(),
            early_data: self.early_data(client, server),
            ..Session::default()
        };
        if let Some(server) = server.filter(|_| self.is_tls13()) {
            // The session identifiers of TLS 1.3 mean nothing (RFC 8446 section 4.1.2).
            session.pre_shared_key = server.pre_shared_key.then(|| pre_shared_key(client, server));
            let accepted = server.selected_identity.zip(client.offered_psks.as_ref());
            let accepted = accepted.and_then(|(selected, offered)| offered.get(selected));
            session.offered.extend(accepted.map(|accepted| digest(accepted.identity)));
            return session;
        }
        let ticket = client.session_ticket.as_deref().filter(|ticket| !ticket.is_empty());
        session.offered.extend(ticket.map(digest));
        if !client.session_id.is_empty() {
            session.offered.push(digest(&client.session_id));
        }
        if let Some(server) = server
            && !server.session_id.is_empty()
            && !self.is_abbreviated()
        {
            session.issued.push(digest(&server.session_id));
        }
        session
    }

    fn issue(&mut self, ticket: Option<[u8; 32]>) {
        let room =
            self.shared.limits().tickets_per_connection.saturating_sub(self.own.issued.len());
        self.own.issued.extend(ticket.into_iter().take(room));
    }

    fn early_data(&self, client: &ClientHello, server: Option<&ServerHello>) -> Option<EarlyData> {
        if !client.early_data {
            return None;
        }
        // It is encrypted with the first key offered, and taken with that one only (RFC 8446
        // section 4.2.10).
        let refused = |server: &ServerHello| {
            server.version.is_some() && server.complete && server.selected_identity != Some(0)
        };
        Some(match self.encrypted_extensions() {
            _ if self.facts.hello_retry_request || server.is_some_and(refused) => {
                EarlyData::Refused
            }
            Some(extensions) if extensions.early_data => EarlyData::Accepted,
            Some(_) => EarlyData::Refused,
            None => EarlyData::Offered,
        })
    }
}

fn pre_shared_key(client: &ClientHello, server: &ServerHello) -> PreSharedKey {
    let offered = client.offered_psks.as_ref();
    let accepted = server.selected_identity;
    let identity = accepted.and_then(|selected| offered?.get(selected));
    PreSharedKey {
        offered: offered.map(|offered| offered.count()),
        accepted,
        // Beside certificates, the keys offered must all be external ones (RFC 8773 section 5.1).
        origin: match server.certificate_with_psk {
            true => PskOrigin::External,
            false => PskOrigin::Unknown,
        },
        zero_ticket_age: identity.map(|identity| identity.obfuscated_ticket_age == 0),
    }
}
