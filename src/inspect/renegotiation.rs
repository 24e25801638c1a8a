//! Handshakes within a connection of TLS 1.2 and before, and what their keys depend on.
//!
//! Whoever has no key sees only that there is one: records of type handshake after the Finished. With
//! the keys in use each is a story of its own, told by an [`Inspector`] of its own.

use super::conclusion::obscured;
use super::event::{Event, Locked, Peer, ProtectedRecord, StreamEnd};
use super::inspector::Inspector;
use super::observation::{
    Handshake, HandshakeKind, ObscuredReason, Obscurity, Outcome, SeenAlert, Visibility,
};
use crate::decrypt::Tls12Parameters;
use crate::tls::{AlertDescription, ContentType, ProtocolVersion};

impl Inspector {
    /// The handshake that `peer` is in, or was in last; `None` where it is one too many to be kept.
    pub fn handshake_of(&self, peer: Peer) -> Option<&Self> {
        match self.state(peer).renegotiations() {
            0 => Some(self),
            begun => self.working.as_ref()?.renegotiated.get(begun - 1),
        }
    }

    pub(super) fn handshake_of_mut(&mut self, peer: Peer) -> Option<&mut Self> {
        match self.state(peer).renegotiations() {
            0 => Some(self),
            begun => self.working_mut().renegotiated.get_mut(begun - 1),
        }
    }

    /// What the keys of this handshake depend on (RFC 5246 section 6.3); `None` until both hellos
    /// are known, and for TLS 1.3.
    pub fn tls12_parameters(&self) -> Option<Tls12Parameters> {
        let server = self.facts.server_hello.as_ref().filter(|hello| hello.complete)?;
        Some(Tls12Parameters {
            version: server.version.filter(|version| !version.is_tls13())?,
            cipher_suite: server.cipher_suite?,
            client_random: self.client_random()?,
            server_random: server.random?,
            encrypt_then_mac: server.encrypt_then_mac,
            truncated_hmac: server.truncated_hmac,
        })
    }

    /// The messages that an extended master secret is bound to (RFC 7627 section 3), where this
    /// handshake has one; `None` where it has none or a message is missing.
    pub fn session_messages(&self) -> Option<Vec<u8>> {
        let is_extended = self.facts.server_hello.as_ref()?.extended_master_secret;
        self.transcript().filter(|_| is_extended)?.bytes()
    }

    /// Whether the master secret is an extended one (RFC 7627).
    pub fn has_extended_master_secret(&self) -> bool {
        self.facts.server_hello.as_ref().is_some_and(|hello| hello.extended_master_secret)
    }

    /// The body of the ClientKeyExchange.
    pub fn client_key_exchange(&self) -> Option<&[u8]> {
        self.working.as_ref()?.client_key_exchange.as_deref()
    }

    /// The session identifier that the server chose or repeated.
    pub fn session_id(&self) -> Option<&[u8]> {
        self.facts.server_hello.as_ref().map(|hello| hello.session_id.as_slice())
    }

    /// Whether all that the keys after the next ChangeCipherSpec of `peer` depend on was read, of
    /// both sides. The two streams need not be in step, and the keys depend on both.
    pub fn is_ready_to_change(&self, peer: Peer) -> bool {
        let Some(handshake) = self.handshake_of(peer) else {
            return true;
        };
        let hellos =
            handshake.facts.client_hello.is_some() && handshake.facts.server_hello.is_some();
        hellos
            && match peer {
                // In an abbreviated handshake there is nothing more, and the server is the first.
                Peer::Client => {
                    handshake.facts.server_flight_ended || handshake.own.server.is_protected()
                }
                Peer::Server => {
                    !handshake.facts.server_flight_ended
                        || handshake.client_key_exchange().is_some()
                }
            }
    }

    /// Takes an event of `peer` that belongs to a handshake within the connection.
    pub(super) fn consume_renegotiation(&mut self, peer: Peer, event: Event) {
        let begun = self.state(peer).renegotiations();
        match &event {
            Event::ChangeCipherSpec => self.state_mut(peer).change_cipher_spec(0),
            Event::Protected(ContentType::HANDSHAKE)
            | Event::Record(ProtectedRecord { content_type: ContentType::HANDSHAKE, .. }) => {
                self.state_mut(peer).protected_handshake();
                if self.state(peer).renegotiations() > begun {
                    self.begin_renegotiation(peer);
                    return;
                }
            }
            Event::Protected(_) | Event::Record(_) => {
                self.state_mut(peer).encrypted = true;
                return;
            }
            _ => {}
        }
        if let Some(handshake) = self.handshake_of_mut(peer) {
            handshake.take(peer, event);
        }
    }

    /// The handshakes within the connection, decrypted or not.
    pub(super) fn renegotiations(
        &mut self,
        client: StreamEnd,
        server: StreamEnd,
    ) -> Vec<Handshake> {
        let working = self.working.as_mut();
        let stories = working.map(|working| std::mem::take(&mut working.renegotiated));
        let stories = stories.unwrap_or_default();
        let finished = self
            .own
            .client
            .renegotiations_finished()
            .min(self.own.server.renegotiations_finished());
        let mut handshakes = Vec::with_capacity(stories.len());
        for (index, story) in stories.into_iter().enumerate() {
            if !story.facts.any_message {
                handshakes.push(self.encrypted_renegotiation(index < finished, client, server));
            } else if story.is_request_alone()
                && self.own.client.renegotiations() <= index
                && self.is_request_ignored(&story, client)
            {
                // What is said of it is all that comes of it.
                let room =
                    self.shared.limits().alerts_per_handshake.saturating_sub(self.own.alerts.len());
                self.own.alerts.extend(story.own.alerts.into_iter().take(room));
            } else {
                // The capture may lack the connection's beginning, and yet have all of this one.
                let within = |end| StreamEnd { start_lost: None, conflict: false, ..end };
                let (client, server) = (within(client), within(server));
                let client_authentication = story.client_authentication(client, server);
                let outcome = story.outcome(client, server);
                handshakes.push(story.into_handshake(client_authentication, outcome));
            }
        }
        handshakes
    }

    /// More handshakes than are kept: the others may have asked.
    pub(super) fn beyond_limit(&self) -> Option<Obscurity> {
        let begun = self.own.client.renegotiations().max(self.own.server.renegotiations());
        (begun > self.shared.limits().handshakes_per_connection).then(|| Obscurity {
            reason: ObscuredReason::LimitReached,
            detail: format!(
                "the connection has {begun} handshakes after its first, and only {} are followed",
                self.shared.limits().handshakes_per_connection
            ),
        })
    }

    /// A HelloRequest that came to nothing: clients may ignore it (RFC 5246 section 7.4.1.1).
    fn is_request_alone(&self) -> bool {
        self.facts.client_hello.is_none()
            && self.facts.server_hello.is_none()
            && self.client_certificate().is_none()
            && self.request().is_none()
            && self.facts.server_chain.0.is_empty()
            && self.own.server.lost.is_none()
    }

    /// Whether a HelloRequest is known to have come to nothing: the client said so, or all that it
    /// sent up to its end was read, and no handshake was in it.
    fn is_request_ignored(&self, story: &Self, client: StreamEnd) -> bool {
        let refuses = |seen: &SeenAlert| {
            seen.from_client == Some(true)
                && seen.alert.description == AlertDescription::NO_RENEGOTIATION
        };
        self.own.alerts.iter().chain(&story.own.alerts).any(refuses)
            || client.closed && client.is_followed()
    }

    /// A handshake inside the connection that no key opened.
    fn encrypted_renegotiation(
        &self,
        completed: bool,
        client: StreamEnd,
        server: StreamEnd,
    ) -> Handshake {
        let locks = [client.locked, server.locked];
        let unfollowed = client.unfollowed.or(server.unfollowed);
        let not_listed = locks.into_iter().find_map(|lock| match lock {
            Locked::NotListed { sessions } => Some(self.not_listed(sessions)),
            _ => None,
        });
        let (reason, why) = match unfollowed {
            _ if locks.contains(&Locked::TooMany) => (
                ObscuredReason::LimitReached,
                "more secrets are given for this connection than are tried",
            ),
            _ if locks.contains(&Locked::DoesNotFit) => (
                ObscuredReason::DecryptionFailed,
                "the secret given for this connection does not open it",
            ),
            _ if locks.contains(&Locked::Missing) => (
                ObscuredReason::DecryptionFailed,
                "the secret of the handshake before it is not among those given",
            ),
            Some(reason) if locks.contains(&Locked::Opened) => {
                (reason, "records before it could not be followed")
            }
            _ if self.version() == Some(ProtocolVersion::SSL_3_0) => {
                (ObscuredReason::Encrypted, "SSL 3.0 is not decrypted")
            }
            _ => {
                let why = not_listed.as_deref().unwrap_or("no secret is given for it");
                (ObscuredReason::Encrypted, why)
            }
        };
        let mut story = Self::sharing(&self.shared);
        story.kind = HandshakeKind::Renegotiation;
        let detail =
            format!("the handshake was renegotiated inside the encrypted connection, and {why}");
        let outcome = if completed { Outcome::Completed } else { Outcome::Unknown };
        Handshake {
            protocol_version: self.version(),
            visibility: Visibility::Encrypted,
            ..story.into_handshake(obscured(reason, &detail), outcome)
        }
    }

    /// Makes room for the handshake that `peer` begins now.
    pub(super) fn begin_renegotiation(&mut self, peer: Peer) {
        let begun = self.state(peer).renegotiations();
        let room = self.shared.limits().handshakes_per_connection;
        if begun == 0 || begun > room {
            return;
        }
        let mut handshake = Self::sharing(&self.shared);
        handshake.kind = HandshakeKind::Renegotiation;
        let kept = &mut self.working_mut().renegotiated;
        if kept.len() < begun {
            kept.push(handshake);
        }
    }
}
