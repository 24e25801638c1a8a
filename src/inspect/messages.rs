//! What each handshake message adds to the story.

use super::event::Peer;
use super::inspector::{CertificateVerify, Inspector, digest_of_random};
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
        self.any_message = true;
        let last_frame = message.frames.last().copied().unwrap_or_default();
        let is_hello = [HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO]
            .contains(&message.message_type);
        self.state_mut(peer).decrypted |= !is_hello && self.is_tls13();
        if peer == Peer::Server && !(self.is_tls13() && self.server_flight_ended) {
            let is_retry = message.message_type == HandshakeType::SERVER_HELLO
                && ServerHello::read(&message).hello_retry_request;
            if is_retry {
                self.transcript.hello_retry_request(&message);
            } else {
                self.transcript.server_message(&message, self.server_flight_ended);
            }
        } else if peer == Peer::Client && !self.client.finished {
            self.transcript.client_message(&message);
        }
        if self.is_tls13() {
            self.opened(peer, last_frame);
        }
        match (peer, message.message_type) {
            (Peer::Client, HandshakeType::CLIENT_HELLO) if self.client_hello.is_none() => {
                let hello = ClientHello::read(&message);
                let [random, _] = &mut self.randoms;
                *random = digest_of_random(hello.random);
                self.client_hello = Some(hello);
                self.client_hello_frames = message.frames.into();
            }
            (Peer::Client, HandshakeType::CLIENT_HELLO) => self.client_hello_again(&message),
            (Peer::Client, HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE)
                if self.client.finished =>
            {
                self.post_handshake_answer(&message);
            }
            (Peer::Client, HandshakeType::CERTIFICATE_VERIFY) if self.client.finished => {
                self.post_handshake_verify(&message);
            }
            (Peer::Server, HandshakeType::CERTIFICATE_REQUEST) if self.server.finished => {
                self.post_handshake_request(&message);
            }
            (Peer::Client, HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE) => {
                self.certificate_of_client(message, cut_by);
            }
            (Peer::Client, HandshakeType::CLIENT_KEY_EXCHANGE) => {
                self.client_key_exchange.get_or_insert_with(|| message.body().to_vec());
                self.client_key_exchange_length
                    .get_or_insert(HandshakeMessage::HEADER + message.length);
            }
            (Peer::Client, HandshakeType::CERTIFICATE_VERIFY) => {
                self.certificate_verify.get_or_insert_with(|| CertificateVerify {
                    body: message.body().to_vec(),
                    complete: message.complete,
                    frames: message.frames.into(),
                });
            }
            (Peer::Server, HandshakeType::SERVER_HELLO) => self.server_hello(message, cut_by),
            (Peer::Server, HandshakeType::CERTIFICATE | HandshakeType::COMPRESSED_CERTIFICATE) => {
                self.server_chain = self.read_chain(&message, peer).chain.into();
            }
            (Peer::Client, HandshakeType::FINISHED) if self.client.finished => {
                self.post_handshake_finished(last_frame);
            }
            (_, HandshakeType::FINISHED) if self.is_tls13() && message.complete => {
                let state = self.state_mut(peer);
                state.finished = true;
                state.ended_whole = state.lost.is_none();
                match peer {
                    Peer::Client => self.client_finished = last_frame,
                    Peer::Server => self.server_flight_ended = true,
                }
            }
            (Peer::Server, HandshakeType::CERTIFICATE_REQUEST) => self.request(&message),
            (Peer::Server, HandshakeType::SERVER_HELLO_DONE) => self.server_flight_ended = true,
            (Peer::Server, HandshakeType::ENCRYPTED_EXTENSIONS) => {
                self.encrypted_extensions = EncryptedExtensions::read(message.body()).ok();
                if self.encrypted_extensions.as_ref().is_some_and(|read| read.early_data) {
                    self.transcript.accept_early_data();
                }
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
        if let Some(hello) = self.client_hello.as_mut().filter(|hello| hello.random == again.random)
        {
            hello.offered_psks = again.offered_psks;
        }
    }

    pub(super) fn sslv2_client_hello(&mut self, message: HandshakeMessage) {
        self.transcript.client_message(&message);
        let body = message.raw.get(1..).unwrap_or_default();
        self.client_hello = Some(ClientHello::read_v2(body));
        self.client_hello_frames = message.frames.into();
    }

    fn server_hello(&mut self, message: HandshakeMessage, cut_by: Option<ObscuredReason>) {
        let hello = ServerHello::read(&message);
        if hello.hello_retry_request {
            self.hello_retry_request = true;
        } else if self.server_hello.is_none() {
            let [_, random] = &mut self.randoms;
            *random = digest_of_random(hello.random);
            self.server_hello = Some(hello);
            self.server_hello_cut_by = cut_by;
            self.server_hello_frames = message.frames.into();
        }
    }

    fn request(&mut self, message: &HandshakeMessage) {
        let read = |version| CertificateRequestBody::read(message.body(), version);
        let body = match self.version() {
            Some(version) => read(version),
            // Without the ServerHello, the form that fits is taken.
            None => Some(read(ProtocolVersion::TLS_1_2))
                .filter(|body| body.malformed.is_none())
                .unwrap_or_else(|| read(ProtocolVersion::TLS_1_1)),
        };
        self.certificate_request.get_or_insert_with(|| CertificateRequest {
            frames: message.frames.as_slice().into(),
            certificate_types: body.certificate_types.into(),
            signature_schemes: body.signature_schemes.into(),
            certificate_authorities: body
                .certificate_authorities
                .iter()
                .map(|name| name.to_vec())
                .collect(),
            malformed: body.malformed.is_some(),
        });
    }
}
