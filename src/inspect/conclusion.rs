//! What the events of a connection prove, once there are no more.

use std::sync::Arc;

use super::event::StreamEnd;
use super::finished::Finished;
use super::inspector::Inspector;
use super::observation::{
    ClientAuthentication, Handshake, HandshakeKind, ObscuredReason, Obscurity, Observation,
    Outcome, Visibility,
};
use super::peer_state::PeerState;
use crate::tls::{AlertDescription, ProtocolVersion};

/// What key logs call the secrets of a handshake (RFC 9850 section 2.2).
const CLIENT_SECRET: &str = "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
const SERVER_SECRET: &str = "SERVER_HANDSHAKE_TRAFFIC_SECRET";

const CERTIFICATE_SKIPPED: &str =
    "the server asked, and the client went on without the Certificate message that it owed";

impl Inspector {
    /// Ends the story.
    pub fn finish(mut self, client: StreamEnd, server: StreamEnd) -> Observation {
        let client_authentication = self.client_authentication(client, server);
        let nothing_readable = !self.own.client.readable && !self.own.server.readable;
        let hidden = match &client_authentication {
            ClientAuthentication::Obscured(obscurity) if nothing_readable => {
                Some(obscurity.clone())
            }
            _ => self.hidden(client, server),
        };
        let outcome = self.outcome(client, server);
        let post_handshakes = self.post_handshakes(outcome == Outcome::Refused);
        // An alert after an answer that came later concerns that one.
        let outcome = match outcome {
            Outcome::Refused if !post_handshakes.is_empty() => Outcome::Completed,
            outcome => outcome,
        };
        let hidden = hidden.or_else(|| self.beyond_limit());
        let hello = self.facts.client_hello.as_ref();
        let server_name = hello.and_then(|hello| hello.server_name.clone());
        // A name that was read is a name, whatever follows it.
        let client_hello_seen =
            hello.is_some_and(|hello| hello.complete || hello.server_name.is_some());
        let extensions = self.encrypted_extensions();
        let alpn = self.facts.server_hello.as_ref().and_then(|hello| hello.alpn.clone());
        let alpn = alpn.or_else(|| extensions?.alpn.clone());
        let client_fingerprint = hello.and_then(|hello| hello.fingerprint.clone());
        let alpn_offered = hello.and_then(|hello| hello.alpn_offered.clone());
        let renegotiations = self.renegotiations(client, server);
        let encrypted_client_hello_accepted = self.facts.encrypted_client_hello_accepted;
        let http_status = self.own.http_status;
        let initial = self.into_handshake(client_authentication, outcome);
        let mut handshakes = if nothing_readable { Vec::new() } else { vec![initial] };
        handshakes.extend(post_handshakes);
        handshakes.extend(renegotiations);
        Observation {
            server_name,
            client_hello_seen,
            alpn,
            client_fingerprint,
            alpn_offered,
            http_status,
            handshakes,
            hidden: hidden.map(Box::new),
            encrypted_client_hello_accepted,
        }
    }

    /// The story of this handshake alone.
    pub(super) fn into_handshake(
        mut self,
        client_authentication: ClientAuthentication,
        outcome: Outcome,
    ) -> Handshake {
        // The last that is asked of it.
        let (finished, session) = (self.finished(), self.session());
        let exchange = self.own.exchange.take().map(|exchange| *exchange).unwrap_or_default();
        let server_hello = self.facts.server_hello.as_ref();
        let certificate_message_missing = match &client_authentication {
            ClientAuthentication::Obscured(obscurity) => obscurity.detail == CERTIFICATE_SKIPPED,
            _ => false,
        };
        Handshake {
            certificate_message_missing,
            kind: self.kind,
            protocol_version: self.version(),
            cipher_suite: server_hello.and_then(|hello| hello.cipher_suite),
            visibility: match (self.is_tls13(), self.kind) {
                (true, _) if self.own.client.decrypted || self.own.server.decrypted => {
                    Visibility::Decrypted
                }
                (true, _) => Visibility::Encrypted,
                (false, HandshakeKind::Initial) => Visibility::Clear,
                (false, _) => Visibility::Decrypted,
            },
            hello_retry_request: self.facts.hello_retry_request,
            resumed: matches!(client_authentication, ClientAuthentication::Resumed { .. }),
            finished,
            session,
            certificate_request: exchange.request,
            client_authentication,
            server_chain: Arc::clone(&self.facts.server_chain.0),
            outcome,
            alerts: self.own.alerts,
            client_hello_frames: self.own.client_hello_frames,
            server_hello_frames: self.own.server_hello_frames,
            certificate_verify_frames: exchange
                .verify
                .map(|verify| verify.frames)
                .unwrap_or_default(),
            inference: None,
        }
    }

    pub(super) fn client_authentication(
        &self,
        client: StreamEnd,
        server: StreamEnd,
    ) -> ClientAuthentication {
        if client.damaged || server.damaged {
            return obscured(
                ObscuredReason::Malformed,
                "a packet of the connection stands where the capture is damaged",
            );
        }
        if client.conflict || server.conflict {
            return obscured(
                ObscuredReason::Malformed,
                "handshake bytes were sent twice with different content",
            );
        }
        if let Some(why) = self.clear_messages_out_of_place() {
            return obscured(ObscuredReason::Malformed, why);
        }
        if self.finished() == Finished::Failed {
            return obscured(
                ObscuredReason::Malformed,
                "a Finished does not fit the handshake messages that were captured",
            );
        }
        if let Some(certificate) = self.client_certificate() {
            if self.request().is_none() && self.has_whole_server_flight() {
                return obscured(
                    ObscuredReason::Malformed,
                    "the client's Certificate message answers a request that the server, whose \
                     messages are all there, did not send",
                );
            }
            return certificate.authentication(|key| self.possession(key));
        }
        // No later version has that alert (RFC 4346 section 7.2.2).
        if self.facts.refused_certificate_by_alert
            && self.version() == Some(ProtocolVersion::SSL_3_0)
            && self.request().is_some()
        {
            let frames = self
                .own
                .alerts
                .iter()
                .filter(|seen| seen.alert.description == AlertDescription::NO_CERTIFICATE)
                .map(|seen| seen.frame)
                .collect();
            return ClientAuthentication::Declined { frames };
        }
        if self.skipped_certificate() {
            return obscured(ObscuredReason::Malformed, CERTIFICATE_SKIPPED);
        }
        if self.is_tls13() {
            return self.tls13(client, server);
        }
        if self.is_abbreviated() {
            // TLS 1.3 looks the same, and says what it is in an extension.
            return match self.version() {
                Some(_) => ClientAuthentication::Resumed { original: None },
                None => obscured(
                    self.facts.server_hello_cut_by.unwrap_or(ObscuredReason::Malformed),
                    "the server's hello does not show which version it chose",
                ),
            };
        }
        if self.request().is_some() {
            let reason = self.silence(&self.own.client, client, server);
            return obscured(reason, "the server asked, and the client's answer is not visible");
        }
        if self.has_whole_server_flight() {
            return ClientAuthentication::NotRequested;
        }
        let reason = self.silence(&self.own.server, server, client);
        let detail = if self.facts.hello_retry_request {
            "the handshake stops after a HelloRetryRequest"
        } else if self.facts.client_key_exchange_length.is_some() && self.own.client.lost.is_none()
        {
            "whether the server asked is not visible; the client went on without a Certificate \
             message, which TLS allows only where none was asked for"
        } else {
            "whether the server asked is not visible"
        };
        obscured(reason, detail)
    }

    /// Whether the client left out the Certificate message that the server asked for (RFC 5246
    /// section 7.4.6, RFC 8446 section 4.4.2).
    fn skipped_certificate(&self) -> bool {
        let went_on = match self.is_tls13() {
            true => self.own.client.finished,
            false => {
                self.facts.client_key_exchange_length.is_some() || self.own.client.is_protected()
            }
        };
        let is_whole = self.own.client.lost.is_none() || self.own.client.ended_whole;
        self.request().is_some()
            && self.client_certificate().is_none()
            && self.facts.client_hello.is_some()
            && went_on
            && is_whole
    }

    /// Whether the server's messages were read, from its hello to the end of its flight.
    fn has_whole_server_flight(&self) -> bool {
        self.facts.server_hello.is_some()
            && self.facts.server_flight_ended
            && self.own.server.lost.is_none()
    }

    /// TLS 1.3, where the client's Certificate was not opened.
    fn tls13(&self, client: StreamEnd, server: StreamEnd) -> ClientAuthentication {
        let is_resumed = self.facts.server_hello.as_ref().is_some_and(|hello| {
            hello.complete && hello.pre_shared_key && !hello.certificate_with_psk
        });
        if is_resumed {
            return ClientAuthentication::Resumed { original: None };
        }
        if self.request().is_some() {
            let (reason, why) = self.closed(&self.own.client, client, server, CLIENT_SECRET);
            return obscured(reason, &format!("the server asked; {why}"));
        }
        if self.facts.server_flight_ended && self.own.server.lost.is_none() {
            let hello = self.facts.server_hello.as_ref();
            // A server that takes a pre-shared key sends no certificates.
            if hello.is_some_and(|hello| hello.complete) || !self.facts.server_chain.0.is_empty() {
                return ClientAuthentication::NotRequested;
            }
            return obscured(
                self.facts.server_hello_cut_by.unwrap_or(ObscuredReason::Malformed),
                "the server's hello does not show whether an earlier session is resumed",
            );
        }
        let (reason, why) = self.closed(&self.own.server, server, client, SERVER_SECRET);
        obscured(reason, &why)
    }

    /// An abbreviated handshake: the server goes from its hello straight to ChangeCipherSpec (RFC
    /// 5246 section 7.3); so does the client, which sends a ClientKeyExchange in any other.
    pub(super) fn is_abbreviated(&self) -> bool {
        let server = self.own.server.is_protected()
            && self.own.server.lost.is_none()
            && !self.facts.server_flight_ended
            && self.facts.server_chain.0.is_empty()
            && self.request().is_none();
        let client = self.own.client.is_protected()
            && self.own.client.lost.is_none()
            && self.facts.client_hello.is_some()
            && self.facts.client_key_exchange_length.is_none()
            && !self.facts.server_flight_ended
            && self.request().is_none();
        self.facts.server_hello.is_some() && (server || client)
    }

    /// Why the rest of a peer's readable messages is not there.
    pub(super) fn silence(
        &self,
        state: &PeerState,
        own: StreamEnd,
        other: StreamEnd,
    ) -> ObscuredReason {
        if let Some(reason) = state.lost.or(own.unfollowed) {
            return reason;
        }
        if !own.seen && other.seen {
            return ObscuredReason::OneDirection;
        }
        let nothing_opened = self.facts.client_hello.is_none() && self.facts.server_hello.is_none();
        if let Some(reason) = own.start_lost.or_else(|| other.start_lost.filter(|_| nothing_opened))
        {
            return reason;
        }
        ObscuredReason::EndedEarly
    }
}

pub(super) fn obscured(reason: ObscuredReason, detail: &str) -> ClientAuthentication {
    ClientAuthentication::Obscured(Obscurity { reason, detail: detail.to_owned() })
}
