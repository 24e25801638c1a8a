//! The story of one connection, message by message.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::chain::ClientCertificate;
use super::event::{Event, Peer, ProtectedRecord};
use super::finished::ProvedSecrets;
use super::frames::Frames;
use super::inference::Negotiated;
use super::observation::{CertificateRequest, HandshakeKind, ObscuredReason, SeenAlert};
use super::peer_state::PeerState;
use super::post_handshake::PostHandshake;
use super::settled::Known;
use super::shared::Shared;
use super::transcript::Transcript;
use crate::certificate::Certificate;
use crate::limits::Limits;
use crate::tls::messages::{ClientHello, EncryptedExtensions, ServerHello};
use crate::tls::{
    Alert, AlertDescription, CipherSuite, ContentType, HandshakeType, ProtocolVersion,
};
use sha2::{Digest, Sha256};

/// Turns the events of both peers into an Observation.
///
/// The two streams need not be in step: each peer's events must be in order, and nothing else. It
/// tells the story of the first handshake itself, and has another inspector for each one within the
/// connection that is decrypted (TLS 1.2 and before).
#[derive(Debug)]
pub struct Inspector {
    pub(super) shared: Shared,
    pub(super) kind: HandshakeKind,
    /// Handshakes within the connection, in order; those that stay closed are here too, empty.
    pub(super) renegotiated: Vec<Self>,
    /// What the messages proved, where they are no longer held.
    pub(super) known: Option<Known>,
    /// Any handshake message was read.
    pub(super) any_message: bool,
    pub(super) proved: ProvedSecrets,
    /// Digests of the randoms of both hellos, where visible.
    pub(super) randoms: [Option<NonZeroU64>; 2],
    pub(super) client_hello: Option<ClientHello>,
    pub(super) client_hello_frames: Frames,
    pub(super) server_hello: Option<ServerHello>,
    pub(super) server_hello_frames: Frames,
    /// Why the server's hello is not there as a whole, where it is not.
    pub(super) server_hello_cut_by: Option<ObscuredReason>,
    pub(super) hello_retry_request: bool,
    pub(super) encrypted_client_hello_accepted: bool,
    pub(super) encrypted_extensions: Option<EncryptedExtensions>,
    pub(super) transcript: Transcript,
    pub(super) server_chain: Arc<[Arc<Certificate>]>,
    pub(super) certificate_request: Option<CertificateRequest>,
    pub(super) server_flight_ended: bool,
    pub(super) client_certificate: Option<ClientCertificate>,
    pub(super) client_key_exchange: Option<Vec<u8>>,
    /// Length of that message with its header, also where it is cut.
    pub(super) client_key_exchange_length: Option<usize>,
    pub(super) certificate_verify: Option<CertificateVerify>,
    pub(super) refused_certificate_by_alert: bool,
    pub(super) post_handshake: Vec<PostHandshake>,
    pub(super) issued: Vec<[u8; 32]>,
    pub(super) alerts: Vec<SeenAlert>,
    /// The last frame in which the server sent something other than an alert after its Finished, and
    /// that in which the client's Finished ended (TLS 1.3); 0 where it was not decrypted.
    pub(super) server_went_on: u64,
    pub(super) client_finished: u64,
    pub(super) client: PeerState,
    pub(super) server: PeerState,
}

#[derive(Debug)]
pub(super) struct CertificateVerify {
    pub(super) frames: Frames,
    pub(super) body: Vec<u8>,
    pub(super) complete: bool,
}

impl Inspector {
    /// An inspector for one connection.
    pub fn new(limits: &Limits) -> Self {
        Self::sharing(&Shared::forgetting(limits))
    }

    /// An inspector for one of many connections.
    pub fn sharing(shared: &Shared) -> Self {
        Self {
            shared: shared.clone(),
            known: None,
            kind: HandshakeKind::Initial,
            renegotiated: Vec::new(),
            any_message: false,
            proved: ProvedSecrets::default(),
            randoms: [None; 2],
            client_hello: None,
            client_hello_frames: Frames::new(),
            server_hello: None,
            server_hello_frames: Frames::new(),
            server_hello_cut_by: None,
            hello_retry_request: false,
            encrypted_client_hello_accepted: false,
            encrypted_extensions: None,
            transcript: Transcript::new(shared.limits().transcript_bytes),
            server_chain: Arc::default(),
            certificate_request: None,
            server_flight_ended: false,
            client_certificate: None,
            client_key_exchange: None,
            client_key_exchange_length: None,
            certificate_verify: None,
            refused_certificate_by_alert: false,
            post_handshake: Vec::new(),
            issued: Vec::new(),
            alerts: Vec::new(),
            server_went_on: 0,
            client_finished: 0,
            client: PeerState::default(),
            server: PeerState::default(),
        }
    }

    /// Which peer sends messages of this type, where only one does.
    ///
    /// A HelloRequest, four zero bytes, is left out: encrypted bytes begin like that too, and a real
    /// one is followed by a ClientHello.
    pub fn sender_of(message_type: HandshakeType) -> Option<Peer> {
        match message_type {
            HandshakeType::CLIENT_HELLO
            | HandshakeType::CLIENT_KEY_EXCHANGE
            | HandshakeType::CERTIFICATE_VERIFY => Some(Peer::Client),
            HandshakeType::SERVER_HELLO
            | HandshakeType::NEW_SESSION_TICKET
            | HandshakeType::SERVER_KEY_EXCHANGE
            | HandshakeType::CERTIFICATE_REQUEST
            | HandshakeType::CERTIFICATE_STATUS
            | HandshakeType::SERVER_HELLO_DONE => Some(Peer::Server),
            _ => None,
        }
    }

    /// Whether a ChangeCipherSpec switches protection on: `None` until the ServerHello is known.
    ///
    /// In TLS 1.3 it does not: it only pleases middleboxes (RFC 8446 appendix D.4).
    pub fn change_cipher_spec_protects(&self) -> Option<bool> {
        if self.hello_retry_request {
            return Some(false);
        }
        self.server_hello.as_ref().map(|_| !self.is_tls13())
    }

    /// Whether the version chosen is TLS 1.3.
    pub fn is_tls13(&self) -> bool {
        self.version().is_some_and(ProtocolVersion::is_tls13)
    }

    /// The client random, which key logs name a connection by.
    pub fn client_random(&self) -> Option<[u8; 32]> {
        self.client_hello.as_ref().and_then(|hello| hello.random)
    }

    /// Digests of the ClientHello's random and of the ServerHello's, where visible; a
    /// HelloRetryRequest has none of its own. Recordings of one handshake share them.
    pub fn randoms(&self) -> [Option<u64>; 2] {
        self.randoms.map(|digest| digest.map(NonZeroU64::get))
    }

    /// The cipher suite of a TLS 1.3 connection, once the ServerHello is known.
    pub fn tls13_suite(&self) -> Option<CipherSuite> {
        let hello = self.server_hello.as_ref().filter(|_| self.is_tls13())?;
        hello.cipher_suite
    }

    /// Whether the client offered post-handshake authentication (RFC 8446 section 4.2.6), or may
    /// have done so where its hello is cut.
    pub fn offers_post_handshake_auth(&self) -> bool {
        // What an encrypted hello offers nobody sees.
        self.encrypted_client_hello_accepted
            || self
                .client_hello
                .as_ref()
                .is_some_and(|hello| hello.post_handshake_auth || !hello.complete)
    }

    /// Whether the client offered an encrypted hello (RFC 9849), or something that looks like one.
    pub fn offers_encrypted_client_hello(&self) -> bool {
        self.client_hello.as_ref().is_some_and(|hello| hello.encrypted_client_hello)
    }

    /// Takes note that the server accepted the encrypted hello: secrets that are not of the visible
    /// one opened its records. What signatures and Finished cover is not all visible then.
    pub fn accept_encrypted_client_hello(&mut self) {
        self.encrypted_client_hello_accepted = true;
        self.transcript = Transcript::given_up();
    }

    /// Whether the ServerHello is known.
    pub fn has_server_hello(&self) -> bool {
        self.server_hello.is_some()
    }

    /// Whether both peers sent their Finished: what follows is not readable.
    pub fn is_established(&self) -> bool {
        self.client.has_finished() && self.server.has_finished()
    }

    /// Whether nothing that is still to come can be read: TLS 1.3 after both hellos, once both
    /// peers have sent an encrypted record.
    pub fn has_told_all(&self) -> bool {
        self.is_tls13() && self.client.encrypted && self.server.encrypted
    }

    /// Whether the lengths of TLS 1.3 records may have to tell what no secret opened.
    pub fn may_need_lengths(&self) -> bool {
        let is_resumed = self.server_hello.as_ref().is_some_and(ServerHello::resumes);
        self.is_tls13()
            && !is_resumed
            && self.client_certificate.is_none()
            && (!self.server_flight_ended || self.certificate_request.is_some())
    }

    /// What record lengths have to be read by.
    pub fn negotiated(&self) -> Negotiated {
        let mut negotiated = Negotiated {
            version: self.version(),
            client_key_exchange: self.client_key_exchange_length,
            ..Negotiated::default()
        };
        if let Some(hello) = &self.server_hello {
            negotiated.cipher_suite = hello.cipher_suite;
            negotiated.encrypt_then_mac = hello.encrypt_then_mac;
            negotiated.other_lengths = hello.compression || hello.truncated_hmac || !hello.complete;
            negotiated.before_finished = usize::from(hello.client_message_before_finished);
        }
        // What cannot be seen of the hello may be there.
        let hello = self.client_hello.as_ref().filter(|hello| hello.complete);
        let may = |offers: fn(&ClientHello) -> bool| hello.is_none_or(offers);
        negotiated.early_data = may(|hello| hello.early_data);
        negotiated.raw_public_key =
            may(|hello| hello.client_certificate_type || hello.encrypted_client_hello);
        negotiated.compressed_certificate =
            may(|hello| hello.compress_certificate || hello.encrypted_client_hello);
        negotiated.other_messages =
            may(|hello| hello.other_messages || hello.encrypted_client_hello);
        negotiated
    }

    /// Memory held, in bytes.
    pub fn held(&self) -> usize {
        let renegotiated: usize = self.renegotiated.iter().map(Self::held).sum();
        let tickets: usize = self.post_handshake.iter().map(|story| story.issued.capacity()).sum();
        let tickets = (self.issued.capacity() + tickets) * size_of::<[u8; 32]>();
        self.transcript.held() + renegotiated + tickets
    }

    /// Takes the next event of `peer`'s stream.
    pub fn consume(&mut self, peer: Peer, event: Event) {
        match self.state(peer).renegotiations() {
            0 => self.take(peer, event),
            _ => self.consume_renegotiation(peer, event),
        }
    }

    pub(super) fn take(&mut self, peer: Peer, event: Event) {
        let kind = self.kind;
        let is_out_of_place = matches!(
            &event,
            Event::Message { message, .. } if self.is_out_of_place(peer, message)
        );
        let state = self.state_mut(peer);
        state.readable |= matches!(
            event,
            Event::Message { .. }
                | Event::Sslv2ClientHello(_)
                | Event::Decrypted(_)
                | Event::ChangeCipherSpec
                | Event::Alert { .. }
        );
        // In TLS 1.3 nothing but hellos is in the clear (RFC 8446 sections 2 and 5).
        if is_out_of_place {
            state.out_of_place = true;
            return;
        }
        match event {
            // What the other peer alone sends was not read where messages begin.
            Event::Message { message, .. }
                if message.message_type != HandshakeType::CERTIFICATE_VERIFY
                    && Self::sender_of(message.message_type)
                        .is_some_and(|sender| sender != peer) =>
            {
                state.clear_message |= state.lost.is_none();
                state.lost.get_or_insert(ObscuredReason::Malformed);
            }
            Event::Message { message, cut_by } => {
                if state.lost.is_none() {
                    state.note_clear(message.message_type);
                    self.message(peer, message, cut_by);
                }
            }
            Event::Decrypted(message) => {
                if state.lost.is_none() {
                    self.message(peer, message, None);
                }
            }
            Event::Sslv2ClientHello(message) => self.sslv2_client_hello(message),
            Event::ChangeCipherSpec => {
                if self.change_cipher_spec_protects() != Some(false) {
                    let extra = peer == Peer::Client
                        && self
                            .server_hello
                            .as_ref()
                            .is_some_and(|hello| hello.client_message_before_finished);
                    self.state_mut(peer).change_cipher_spec(u8::from(extra));
                }
            }
            Event::Alert { alert, frame } => self.alert(peer, alert, frame),
            Event::Protected(ContentType::HANDSHAKE)
            | Event::Record(ProtectedRecord { content_type: ContentType::HANDSHAKE, .. }) => {
                self.state_mut(peer).protected_handshake();
                self.begin_renegotiation(peer);
            }
            Event::Protected(_) | Event::Record(_) => state.encrypted_record(),
            Event::Opened { frame } => self.opened(peer, frame),
            Event::Unopened(reason) => {
                if kind == HandshakeKind::Renegotiation && !state.is_protected() {
                    state.lost.get_or_insert(reason);
                }
            }
            // After the handshake there is nothing more to lose of it.
            Event::Lost(reason) => {
                if !state.is_established() {
                    state.lost.get_or_insert(reason);
                }
            }
        }
    }

    /// Takes what does not tell who sent it, where nothing else told either.
    pub fn consume_unassigned(&mut self, event: &Event) {
        if let Event::Alert { alert, frame } = *event
            && self.alerts.len() < self.shared.limits().alerts_per_handshake
        {
            self.client.readable = true;
            self.alerts.push(SeenAlert { from_client: None, alert, frame });
        }
    }

    pub(super) fn state(&self, peer: Peer) -> &PeerState {
        match peer {
            Peer::Client => &self.client,
            Peer::Server => &self.server,
        }
    }

    pub(super) fn state_mut(&mut self, peer: Peer) -> &mut PeerState {
        match peer {
            Peer::Client => &mut self.client,
            Peer::Server => &mut self.server,
        }
    }

    pub(super) fn version(&self) -> Option<ProtocolVersion> {
        self.server_hello.as_ref().and_then(|hello| hello.version)
    }

    /// Notes a record of TLS 1.3 that was decrypted and is no alert.
    pub(super) fn opened(&mut self, peer: Peer, frame: u64) {
        if peer == Peer::Server && self.server.finished {
            self.server_went_on = self.server_went_on.max(frame);
        }
    }

    fn alert(&mut self, peer: Peer, alert: Alert, frame: u64) {
        // SSL 3.0 answers a CertificateRequest with this alert instead of an empty Certificate
        // (RFC 6101 section 5.6.6).
        if peer == Peer::Client && alert.description == AlertDescription::NO_CERTIFICATE {
            self.refused_certificate_by_alert = true;
        }
        if self.alerts.len() < self.shared.limits().alerts_per_handshake {
            self.alerts.push(SeenAlert { from_client: Some(peer == Peer::Client), alert, frame });
        }
    }
}

/// The first 8 bytes of the SHA-256 of a hello's random.
pub(super) fn digest_of_random(random: Option<[u8; 32]>) -> Option<NonZeroU64> {
    let digest = digest(&random?);
    let first = digest.first_chunk().copied().map(u64::from_be_bytes)?;
    // One in 2^64 is 0, and stands for its neighbour.
    Some(NonZeroU64::new(first).unwrap_or(NonZeroU64::MIN))
}

pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
