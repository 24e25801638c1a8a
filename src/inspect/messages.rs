//! What each handshake message adds to the story.

use super::event::Peer;
use super::exchange::CertificateVerify;
use super::facts::Chain;
use super::inspector::{Inspector, digest_of_random};
use super::observation::{CertificateRequest, ObscuredReason};
use crate::tls::messages::{CertificateRequestBody, ClientHello, EncryptedExtensions, ServerHello};
use crate::tls::{HandshakeMessage, HandshakeType, ProtocolVersion};

impl Inspector {
    pub(super) fn message(
        &mut self,
        peer: Peer,
        message: HandshakeMessage,
        cut_by: Option<ObscuredReason>,
    ) {
        self.facts_mut().any_message = true;
        let last_frame = message.frames.last().copied().unwrap_or_default();
        let is_hello = [HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO]
            .contains(&message.message_type);
        self.state_mut(peer).decrypted |= !is_hello && self.is_tls13();
        if peer == Peer::Server && !(self.is_tls13() && self.facts.server_flight_ended) {
            let is_retry = message.message_type == HandshakeType::SERVER_HELLO
                && ServerHello::read(&message).hello_retry_request;
            if is_retry {
                self.working_mut().transcript.hello_retry_request(&message);
            } else {
                let flight_ended = self.facts.server_flight_ended;
                self.working_mut().transcript.server_message(&message, flight_ended);
            }
        } else if peer == Peer::Client && !self.own.client.finished {
            self.working_mut().transcript.client_message(&message);
        }
        if self.is_tls13() {
            self.opened(peer, last_frame);
        }
        match (peer, message.message_type) {
            (Peer::Client, HandshakeType::CLIENT_HELLO) if self.facts.client_hello.is_none() => {
                let hello = ClientHello::read(&message);
                let [random, _] = &mut self.own.randoms;
                *random = digest_of_random(hello.random);
                self.facts_mut().client_hello = Some(hello);
                self.own.client_hello_frames = message.frames.into();
            }
            (Peer::Client, HandshakeType::CLIENT_HELLO) => self.client_hello_again(&message),
            (Peer::Client, HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE)
                if self.own.client.finished =>
            {
                self.post_handshake_answer(&message);
            }
            (Peer::Client, HandshakeType::CERTIFICATE_VERIFY) if self.own.client.finished => {
                self.post_handshake_verify(&message);
            }
            (Peer::Server, HandshakeType::CERTIFICATE_REQUEST) if self.own.server.finished => {
                self.post_handshake_request(&message);
            }
            (Peer::Client, HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE) => {
                self.certificate_of_client(message, cut_by);
            }
            (Peer::Client, HandshakeType::CLIENT_KEY_EXCHANGE) => {
                let held = &mut self.working_mut().client_key_exchange;
                held.get_or_insert_with(|| message.body().to_vec());
                let length = &mut self.facts_mut().client_key_exchange_length;
                length.get_or_insert(HandshakeMessage::HEADER + message.length);
            }
            (Peer::Client, HandshakeType::CERTIFICATE_VERIFY)
                if self.certificate_verify().is_none() =>
            {
                self.exchange_mut().verify = Some(CertificateVerify::of(&message));
                self.working_mut().verify = message.body().to_vec();
            }
            (Peer::Server, HandshakeType::SERVER_HELLO) => self.server_hello(message, cut_by),
            (Peer::Server, HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE) => {
                let chain = self.read_chain(&message, peer).chain;
                self.facts_mut().server_chain = Chain(chain.into());
            }
            (Peer::Client, HandshakeType::FINISHED) if self.own.client.finished => {
                self.post_handshake_finished(last_frame);
            }
            (_, HandshakeType::FINISHED) if self.is_tls13() && message.complete => {
                let state = self.state_mut(peer);
                state.finished = true;
                state.ended_whole = state.lost.is_none();
                match peer {
                    Peer::Client => self.working_mut().client_finished = last_frame,
                    Peer::Server => self.facts_mut().server_flight_ended = true,
                }
            }
            (Peer::Server, HandshakeType::CERTIFICATE_REQUEST) => self.read_request(&message),
            (Peer::Server, HandshakeType::SERVER_HELLO_DONE) => {
                self.facts_mut().server_flight_ended = true;
            }
            (Peer::Server, HandshakeType::ENCRYPTED_EXTENSIONS) => {
                let read = EncryptedExtensions::read(message.body()).ok();
                let working = self.working_mut();
                if read.as_ref().is_some_and(|read| read.early_data) {
                    working.transcript.accept_early_data();
                }
                working.encrypted_extensions = read;
            }
            (Peer::Server, HandshakeType::NEW_SESSION_TICKET) => {
                self.new_session_ticket(&message);
            }
            _ => {}
        }
    }

    /// After a HelloRetryRequest the client may offer fewer pre-shared keys (RFC 8446 section
    /// 4.1.2), and the server chooses among those.
    fn client_hello_again(&mut self, message: &HandshakeMessage) {
        let again = ClientHello::read(message);
        let first = self.facts.client_hello.as_ref();
        if first.is_some_and(|first| first.random == again.random)
            && let Some(first) = &mut self.facts_mut().client_hello
        {
            first.offered_psks = again.offered_psks;
        }
    }

    pub(super) fn sslv2_client_hello(&mut self, message: HandshakeMessage) {
        self.working_mut().transcript.client_message(&message);
        let body = message.raw.get(1..).unwrap_or_default();
        self.facts_mut().client_hello = Some(ClientHello::read_v2(body));
        self.own.client_hello_frames = message.frames.into();
    }

    fn server_hello(&mut self, message: HandshakeMessage, cut_by: Option<ObscuredReason>) {
        let hello = ServerHello::read(&message);
        if hello.hello_retry_request {
            self.facts_mut().hello_retry_request = true;
        } else if self.facts.server_hello.is_none() {
            let [_, random] = &mut self.own.randoms;
            *random = digest_of_random(hello.random);
            let facts = self.facts_mut();
            facts.server_hello = Some(hello);
            facts.server_hello_cut_by = cut_by;
            self.own.server_hello_frames = message.frames.into();
        }
    }

    fn read_request(&mut self, message: &HandshakeMessage) {
        let read = |version| CertificateRequestBody::read(message.body(), version);
        let body = match self.version() {
            Some(version) => read(version),
            // Without the ServerHello, the form that fits is taken.
            None => Some(read(ProtocolVersion::TLS_1_2))
                .filter(|body| body.malformed.is_none())
                .unwrap_or_else(|| read(ProtocolVersion::TLS_1_1)),
        };
        if self.request().is_none() {
            self.exchange_mut().request = Some(CertificateRequest::of(message, &body));
        }
    }
}
