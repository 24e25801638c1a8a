//! How a handshake ended, and what may have come after it unseen.

use super::event::StreamEnd;
use super::inspector::Inspector;
use super::observation::{ObscuredReason, Obscurity, Outcome, SeenAlert};
use super::peer_state::PeerState;
use crate::tls::AlertLevel;

impl Inspector {
    pub(super) fn outcome(&self, client: StreamEnd, server: StreamEnd) -> Outcome {
        let fatal = |seen: &&SeenAlert| seen.alert.level == AlertLevel::FATAL;
        // The server ends a full handshake, and no application data of a server comes before its
        // end (RFC 5246 section 7.3).
        let server_went_on = self.server.encrypted
            || self.server.has_finished() && (self.server_flight_ended || self.client.encrypted);
        let nothing_opened = self.client_hello.is_none() && self.server_hello.is_none();
        let is_clear = if self.server_hello.is_some() {
            !self.is_tls13()
        } else {
            self.client_key_exchange_length.is_some()
                || self.client_certificate.is_some()
                || self.server_flight_ended
        };
        let fatal_alert = self.alerts.iter().any(|seen| fatal(&seen));
        // A server that closes on the client's Finished without a word did not accept it.
        let closed_on_the_answer = self.is_tls13()
            && self.client.finished
            && self.client_certificate.is_some()
            && server.closed
            && server.unfollowed.is_none()
            && !self.server.records_after_finished;
        let tls13_completed =
            self.client.finished && self.server.finished && self.server.went_on && !fatal_alert;
        if tls13_completed
            || is_clear
                && (self.client.has_finished() && self.server.has_finished() || server_went_on)
        {
            Outcome::Completed
        } else if fatal_alert || closed_on_the_answer {
            Outcome::Refused
        } else if self.is_tls13()
            || nothing_opened && client.start_lost.or(server.start_lost).is_some()
            || [client, server].iter().any(|end| !end.seen || end.unfollowed.is_some())
            || self.client.lost.is_some()
            || self.server.lost.is_some()
        {
            Outcome::Unknown
        } else if server.closed && self.client_certificate.is_some() {
            Outcome::Refused
        } else {
            Outcome::Unfinished
        }
    }

    /// What could hide another handshake that asks.
    pub(super) fn hidden(&self, client: StreamEnd, server: StreamEnd) -> Option<Obscurity> {
        if self.is_tls13() {
            let may_ask = self.offers_post_handshake_auth() && !server.followed_after_finished;
            return may_ask.then(|| Obscurity {
                reason: ObscuredReason::Encrypted,
                detail: "the client offered post-handshake authentication, and the server may \
                         have asked for a certificate at any time"
                    .to_owned(),
            });
        }
        // HTTP/2 forbids a renegotiation (RFC 9113 section 9.2.1).
        let alpn = self.server_hello.as_ref().and_then(|hello| hello.alpn.as_deref());
        if alpn == Some("h2") {
            return None;
        }
        // A renegotiation needs handshake records of both sides: one side's unbroken record types
        // are enough to exclude it. Of a side that was not seen they are not known.
        let is_followed = |state: &PeerState, end: StreamEnd| {
            end.has_bytes
                && end.unfollowed.is_none()
                && (end.start_lost.is_none() || state.has_finished())
        };
        if is_followed(&self.client, client) || is_followed(&self.server, server) {
            return None;
        }
        let [client, server] = [client, server].map(|end| {
            let unseen = (!end.has_bytes).then_some(ObscuredReason::OneDirection);
            end.unfollowed.or(unseen).or(end.start_lost)
        });
        // Bytes that are missing say more than a side that is.
        let reason = [client, server].into_iter().flatten().min()?;
        Some(Obscurity {
            reason,
            detail: "records of neither side could be followed from the end of the handshake to \
                     that of the connection, and a renegotiation cannot be excluded"
                .to_owned(),
        })
    }
}
