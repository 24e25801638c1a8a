//! How a handshake ended, and what may have come after it unseen.

use super::event::StreamEnd;
use super::inspector::Inspector;
use super::observation::{ObscuredReason, Obscurity, Outcome, SeenAlert};
use crate::tls::{AlertDescription, AlertLevel};

impl Inspector {
    pub(super) fn outcome(&self, client: StreamEnd, server: StreamEnd) -> Outcome {
        let fatal = self.first_fatal_alert();
        let by_client = fatal.is_some_and(|seen| seen.from_client == Some(true));
        if self.is_completed() {
            return Outcome::Completed;
        }
        // What the client says after its Finished does not tell what the server said to that.
        if by_client && !self.own.client.has_finished() {
            return Outcome::Unfinished;
        }
        if fatal.is_some() && !by_client || self.is_closed_on_the_answer(server) {
            return Outcome::Refused;
        }
        let nothing_opened = self.facts.client_hello.is_none() && self.facts.server_hello.is_none();
        if self.is_tls13()
            || nothing_opened && client.start_lost.or(server.start_lost).is_some()
            || [client, server].iter().any(|end| !end.seen || end.unfollowed.is_some())
            || self.own.client.lost.is_some()
            || self.own.server.lost.is_some()
            // A Finished that was not seen, or an alert that cannot be read.
            || self.own.server.is_protected()
            || self.own.server.encrypted
        {
            Outcome::Unknown
        } else if server.closed_first && self.client_certificate().is_some() {
            Outcome::Refused
        } else {
            Outcome::Unfinished
        }
    }

    /// Whether the server took the client's Finished.
    fn is_completed(&self) -> bool {
        if self.is_tls13() {
            let is_refused =
                self.first_fatal_alert().is_some_and(|seen| seen.from_client != Some(true));
            let both = self.own.client.finished && self.own.server.finished;
            let went_on = self
                .working
                .as_ref()
                .is_some_and(|working| working.client_finished < working.server_went_on);
            return both && went_on && !is_refused;
        }
        // The server ends a full handshake, and the client an abbreviated one (RFC 5246 section
        // 7.3).
        let is_full = self.facts.server_flight_ended
            || self.facts.client_key_exchange_length.is_some()
            || self.client_certificate().is_some();
        let is_clear = self.facts.server_hello.is_some() || is_full;
        is_clear && self.own.server.has_finished() && (is_full || self.own.client.has_finished())
    }

    /// A server of TLS 1.3 that closes on the client's Finished without a word did not accept it.
    fn is_closed_on_the_answer(&self, server: StreamEnd) -> bool {
        self.is_tls13()
            && self.own.client.finished
            && self.own.server.finished
            && self.client_certificate().is_some()
            && server.closed_first
            && server.unfollowed.is_none()
            && !self.own.server.records_after_finished
    }

    /// The first alert that ends a connection. In TLS 1.3 the level does not matter (RFC 8446
    /// section 6).
    fn first_fatal_alert(&self) -> Option<&SeenAlert> {
        let is_fatal = |seen: &&SeenAlert| {
            let description = seen.alert.description;
            seen.alert.level == AlertLevel::FATAL
                || self.is_tls13()
                    && description != AlertDescription::CLOSE_NOTIFY
                    && description != AlertDescription::USER_CANCELED
        };
        self.own.alerts.iter().filter(is_fatal).min_by_key(|seen| seen.frame)
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
        let alpn = self.facts.server_hello.as_ref().and_then(|hello| hello.alpn.as_deref());
        if alpn == Some("h2") {
            return None;
        }
        // A renegotiation needs handshake records of both sides: one side's unbroken record types
        // are enough to exclude it. Of a side that was not seen they are not known.
        // One side that did not get to its Finished tells only where the other one did not go on.
        let sides = [(&self.own.client, client), (&self.own.server, server)];
        let [one, other] = sides
            .map(|(state, end)| (end.is_followed(), end.is_followed() && state.has_finished()));
        if one.1 || other.1 || one.0 && other.0 {
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
