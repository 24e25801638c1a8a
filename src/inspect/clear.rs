//! What is in the clear and cannot be: in TLS 1.3 hellos alone are (RFC 8446 sections 2 and 5).

use super::event::Peer;
use super::inspector::Inspector;
use super::observation::HandshakeKind;
use crate::tls::{HandshakeMessage, HandshakeType};

impl Inspector {
    /// Whether a message stands in the clear where TLS 1.3 has none.
    pub(super) fn is_out_of_place(&self, peer: Peer, message: &HandshakeMessage) -> bool {
        let is_due = match peer {
            Peer::Client => message.message_type == HandshakeType::CLIENT_HELLO,
            Peer::Server => {
                message.message_type == HandshakeType::SERVER_HELLO
                    && self.facts.server_hello.is_none()
            }
        };
        let is_tls13 = self.is_tls13() || self.facts.hello_retry_request;
        self.kind == HandshakeKind::Initial
            && is_tls13
            && !is_due
            && self.state(peer).lost.is_none()
    }

    /// Why what the peers sent in the clear is no handshake of TLS 1.3, where it is none. The
    /// streams need not be in step: that it is TLS 1.3 may have come to light later.
    pub(super) fn clear_messages_out_of_place(&self) -> Option<&'static str> {
        if !self.is_tls13() && !self.facts.hello_retry_request {
            return None;
        }
        let [client, server] = [&self.own.client, &self.own.server];
        if client.out_of_place || client.clear_message {
            return Some("the client sent a handshake message in the clear where TLS 1.3 has none");
        }
        if server.out_of_place {
            return Some("the server sent a handshake message in the clear where TLS 1.3 has none");
        }
        let is_answered = self.facts.server_hello.is_some() && server.lost.is_none();
        if client.clear_hellos > 1 && is_answered && !self.facts.hello_retry_request {
            return Some("the client sent two hellos, and the server asked for no second one");
        }
        None
    }
}
