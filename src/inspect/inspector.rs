//! The story of one connection, message by message.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::chain::ClientCertificate;
use super::event::{Event, Peer, ProtectedRecord};
use super::exchange::{CertificateVerify, Exchange};
use super::facts::{Facts, Own, Working};
use super::inference::Negotiated;
use super::observation::{CertificateRequest, HandshakeKind, ObscuredReason, SeenAlert};
use super::peer_state::PeerState;
use super::shared::Shared;
use super::transcript::Transcript;
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
    pub(super) facts: Arc<Facts>,
    pub(super) own: Own,
    /// `None` once the handshake is settled: no message is due that could be read.
    pub(super) working: Option<Box<Working>>,
}

impl Inspector {
    /// An inspector for one connection.
    pub fn new(limits: &Limits) -> Self {
        Self::sharing(&Shared::forgetting(limits))
    }

    /// An inspector for one of many connections.
    pub fn sharing(shared: &Shared) -> Self {
        let transcript = Transcript::new(shared.limits().transcript_bytes);
        Self {
            shared: shared.clone(),
            kind: HandshakeKind::Initial,
            facts: Arc::default(),
            own: Own::default(),
            working: Some(Box::new(Working::new(transcript))),
        }
    }

    /// Lets go of the messages, where no other one is due that could be read without secrets; says
    /// whether the handshake is settled then.
    ///
    /// What the messages prove is found out before. Nothing is lost but what a message proves that
    /// covers them and comes later than TLS lets it come.
    pub fn settle(&mut self) -> bool {
        let is_over = self.kind == HandshakeKind::Initial
            && (self.is_established() || self.has_told_all())
            && self.working.as_ref().is_some_and(|working| working.is_spent());
        if !is_over {
            return self.is_settled();
        }
        let signed = self.client_certificate().filter(|_| self.certificate_verify().is_some());
        let possession = signed.map(|answer| self.possession(answer.public_key()));
        let mut session = self.session();
        let Self { shared, facts, own, working, .. } = self;
        own.issued = std::mem::take(&mut session.issued);
        own.session = Some(Box::new(session));
        let stripped = Arc::make_mut(facts);
        stripped.possession = possession;
        stripped.strip(own);
        own.alerts.shrink_to_fit();
        (*facts, own.facts_held) = shared.unite(std::mem::take(facts));
        facts.share(own);
        *working = None;
        true
    }

    /// Whether it is settled.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.working.is_none()
    }

    /// Takes back up what was settled: messages may be readable after all.
    pub fn resume(&mut self) {
        self.working_mut();
    }

    /// What is needed to learn more. Of a settled handshake the messages are gone.
    pub(super) fn working_mut(&mut self) -> &mut Working {
        self.working.get_or_insert_with(|| Box::new(Working::new(Transcript::given_up())))
    }

    pub(super) fn facts_mut(&mut self) -> &mut Facts {
        Arc::make_mut(&mut self.facts)
    }

    pub(super) fn exchange_mut(&mut self) -> &mut Exchange {
        self.own.exchange.get_or_insert_default()
    }

    /// The server's CertificateRequest.
    pub(super) fn request(&self) -> Option<&CertificateRequest> {
        self.own.exchange.as_ref()?.request.as_ref()
    }

    /// The client's Certificate message.
    pub(super) fn client_certificate(&self) -> Option<&ClientCertificate> {
        self.own.exchange.as_ref()?.answer.as_ref()
    }

    /// The client's CertificateVerify.
    pub(super) fn certificate_verify(&self) -> Option<&CertificateVerify> {
        self.own.exchange.as_ref()?.verify.as_ref()
    }

    /// The messages that signatures and Finished cover, where they are held.
    pub(super) fn transcript(&self) -> Option<&Transcript> {
        self.working.as_ref().map(|working| &working.transcript)
    }

    /// What the server said of itself under encryption (RFC 8446 section 4.3.1).
    pub(super) fn encrypted_extensions(&self) -> Option<&EncryptedExtensions> {
        self.working.as_ref()?.encrypted_extensions.as_ref()
    }

    /// Takes encrypted records of `peer` that nobody may open, of any type but handshake; `false`,
    /// and nothing is changed, where the handshake is not settled.
    #[inline]
    pub fn pass_encrypted(&mut self, peer: Peer) -> bool {
        if self.is_settled() {
            self.state_mut(peer).encrypted_record();
        }
        self.is_settled()
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
        if self.facts.hello_retry_request {
            return Some(false);
        }
        self.facts.server_hello.as_ref().map(|_| !self.is_tls13())
    }

    /// Whether the version chosen is TLS 1.3.
    pub fn is_tls13(&self) -> bool {
        self.facts.is_tls13()
    }

    /// The client random, which key logs name a connection by.
    pub fn client_random(&self) -> Option<[u8; 32]> {
        let hello = self.facts.client_hello.as_ref();
        hello.and_then(|hello| hello.random).or_else(|| self.own.client_random.as_deref().copied())
    }

    /// Digests of the ClientHello's random and of the ServerHello's, where visible; a
    /// HelloRetryRequest has none of its own. Recordings of one handshake share them.
    pub fn randoms(&self) -> [Option<u64>; 2] {
        self.own.randoms.map(|digest| digest.map(NonZeroU64::get))
    }

    /// The cipher suite of a TLS 1.3 connection, once the ServerHello is known.
    pub fn tls13_suite(&self) -> Option<CipherSuite> {
        let hello = self.facts.server_hello.as_ref().filter(|_| self.is_tls13())?;
        hello.cipher_suite
    }

    /// Whether the client offered post-handshake authentication (RFC 8446 section 4.2.6), or may
    /// have done so where its hello is cut.
    pub fn offers_post_handshake_auth(&self) -> bool {
        // What an encrypted hello offers nobody sees.
        self.facts.encrypted_client_hello_accepted
            || self
                .facts
                .client_hello
                .as_ref()
                .is_some_and(|hello| hello.post_handshake_auth || !hello.complete)
    }

    /// Whether the client offered an encrypted hello (RFC 9849), or something that looks like one.
    pub fn offers_encrypted_client_hello(&self) -> bool {
        self.facts.client_hello.as_ref().is_some_and(|hello| hello.encrypted_client_hello)
    }

    /// Takes note that the server accepted the encrypted hello: secrets that are not of the visible
    /// one opened its records. What signatures and Finished cover is not all visible then.
    pub fn accept_encrypted_client_hello(&mut self) {
        self.facts_mut().encrypted_client_hello_accepted = true;
        self.working_mut().transcript = Transcript::given_up();
    }

    /// Whether the ServerHello is known.
    pub fn has_server_hello(&self) -> bool {
        self.facts.server_hello.is_some()
    }

    /// Whether both peers sent their Finished: what follows is not readable.
    pub fn is_established(&self) -> bool {
        self.own.client.has_finished() && self.own.server.has_finished()
    }

    /// Whether nothing that is still to come can be read: TLS 1.3 after both hellos, once both
    /// peers have sent an encrypted record.
    pub fn has_told_all(&self) -> bool {
        self.is_tls13() && self.own.client.encrypted && self.own.server.encrypted
    }

    /// Whether the lengths of TLS 1.3 records may have to tell what no secret opened.
    pub fn may_need_lengths(&self) -> bool {
        let is_resumed = self.facts.server_hello.as_ref().is_some_and(ServerHello::resumes);
        self.is_tls13()
            && !is_resumed
            && self.client_certificate().is_none()
            && (!self.facts.server_flight_ended || self.request().is_some())
    }

    /// What record lengths have to be read by.
    pub fn negotiated(&self) -> Negotiated {
        let mut negotiated = Negotiated {
            version: self.version(),
            client_key_exchange: self.facts.client_key_exchange_length,
            ..Negotiated::default()
        };
        if let Some(hello) = &self.facts.server_hello {
            negotiated.cipher_suite = hello.cipher_suite;
            negotiated.encrypt_then_mac = hello.encrypt_then_mac;
            negotiated.other_lengths = hello.compression || hello.truncated_hmac || !hello.complete;
            negotiated.before_finished = usize::from(hello.client_message_before_finished);
        }
        // What cannot be seen of the hello may be there.
        let hello = self.facts.client_hello.as_ref().filter(|hello| hello.complete);
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
        let facts = if self.is_settled() { 0 } else { size_of::<Facts>() };
        let working = self.working.as_ref().map_or(0, |working| working.held());
        size_of::<Self>() + self.own.held() + facts + working
    }

    /// Takes the next event of `peer`'s stream.
    pub fn consume(&mut self, peer: Peer, event: Event) {
        // It is of the connection, whichever handshake has the records.
        if let Event::HttpStatus(status) = event {
            self.own.http_status.get_or_insert(status);
            return;
        }
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
                            .facts
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
            Event::HttpStatus(_) => {}
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
            && self.own.alerts.len() < self.shared.limits().alerts_per_handshake
        {
            self.own.client.readable = true;
            self.own.alerts.push(SeenAlert { from_client: None, alert, frame });
        }
    }

    pub(super) fn state(&self, peer: Peer) -> &PeerState {
        match peer {
            Peer::Client => &self.own.client,
            Peer::Server => &self.own.server,
        }
    }

    pub(super) fn state_mut(&mut self, peer: Peer) -> &mut PeerState {
        match peer {
            Peer::Client => &mut self.own.client,
            Peer::Server => &mut self.own.server,
        }
    }

    pub(super) fn version(&self) -> Option<ProtocolVersion> {
        self.facts.server_hello.as_ref().and_then(|hello| hello.version)
    }

    /// Notes a record of TLS 1.3 that was decrypted and is no alert.
    pub(super) fn opened(&mut self, peer: Peer, frame: u64) {
        if peer == Peer::Server && self.own.server.finished {
            let went_on = &mut self.working_mut().server_went_on;
            *went_on = frame.max(*went_on);
        }
    }

    fn alert(&mut self, peer: Peer, alert: Alert, frame: u64) {
        // SSL 3.0 answers a CertificateRequest with this alert instead of an empty Certificate
        // (RFC 6101 section 5.6.6).
        if peer == Peer::Client && alert.description == AlertDescription::NO_CERTIFICATE {
            self.facts_mut().refused_certificate_by_alert = true;
        }
        if self.own.alerts.len() < self.shared.limits().alerts_per_handshake {
            self.own.alerts.push(SeenAlert {
                from_client: Some(peer == Peer::Client),
                alert,
                frame,
            });
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
