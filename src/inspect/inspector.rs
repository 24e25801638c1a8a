//! The story of one connection, message by message.

use std::sync::Arc;

use super::observation::{
    CertificateRequest, ClientAuthentication, Frames, Handshake, HandshakeKind, ObscuredReason,
    Obscurity, Observation, Outcome, Possession, Presented, SeenAlert, Session, Visibility,
};
use super::possession;
use super::transcript::Transcript;
use crate::certificate::Certificate;
use crate::limits::Limits;
use crate::tls::messages::{
    CertificateList, CertificateRequestBody, ClientHello, ListEnd, ServerHello, session_ticket,
};
use crate::tls::{
    Alert, AlertDescription, AlertLevel, ContentType, HandshakeMessage, HandshakeType,
    ProtocolVersion,
};
use sha2::{Digest, Sha256};

/// One of the two ends of a TLS connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Peer {
    /// The one that sends the ClientHello.
    Client,
    /// The other one.
    Server,
}

/// Something that a peer put on its record stream, in that stream's order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A readable handshake message, or as much of it as there is.
    Message {
        /// The message.
        message: HandshakeMessage,
        /// Why it is not complete, where it is not.
        cut_by: Option<ObscuredReason>,
    },
    /// An SSLv2-framed ClientHello: everything after its two length bytes.
    Sslv2ClientHello(HandshakeMessage),
    /// A ChangeCipherSpec record.
    ChangeCipherSpec,
    /// A readable alert.
    Alert {
        /// What it says.
        alert: Alert,
        /// The frame that completed it.
        frame: u64,
    },
    /// A record whose content cannot be read.
    Protected(ContentType),
    /// The peer's readable handshake messages cannot be followed any further.
    Lost(ObscuredReason),
}

/// How a peer's stream ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StreamEnd {
    /// The capture has packets that the peer sent.
    pub seen: bool,
    /// The capture has the stream's first byte, as far as can be known.
    pub from_start: bool,
    /// The peer ended the connection (FIN or RST).
    pub closed: bool,
    /// Where records stopped being followed: all record types from there on are unknown.
    pub unfollowed: Option<ObscuredReason>,
    /// Retransmitted handshake bytes differ from the first transmission.
    pub conflict: bool,
}

/// Turns the events of both peers into an Observation.
///
/// The two streams need not be in step: each peer's events must be in order, and nothing else.
#[derive(Debug)]
pub struct Inspector {
    limits: Limits,
    client_hello: Option<ClientHello>,
    client_hello_frames: Frames,
    server_hello: Option<ServerHello>,
    server_hello_frames: Frames,
    hello_retry_request: bool,
    transcript: Transcript,
    server_chain: Vec<Arc<Certificate>>,
    certificate_request: Option<CertificateRequest>,
    server_hello_done: bool,
    client_certificate: Option<ClientCertificate>,
    client_key_exchange: bool,
    certificate_verify: Option<CertificateVerify>,
    refused_certificate_by_alert: bool,
    issued: Vec<[u8; 32]>,
    alerts: Vec<SeenAlert>,
    client: PeerState,
    server: PeerState,
}

/// The client's Certificate message.
#[derive(Debug)]
struct ClientCertificate {
    frames: Frames,
    chain: Vec<Arc<Certificate>>,
    end: ListEnd,
    empty: bool,
    /// What cut the message, where something did.
    cut_by: Option<ObscuredReason>,
}

#[derive(Debug)]
struct CertificateVerify {
    frames: Frames,
    body: Vec<u8>,
    complete: bool,
}

/// Where a peer stands in its record stream.
#[derive(Debug, Default)]
struct PeerState {
    /// Any readable message or record.
    spoke: bool,
    /// Any record of application data.
    encrypted: bool,
    lost: Option<ObscuredReason>,
    protection: Protection,
    /// Encrypted handshakes begun after the first one.
    renegotiations: usize,
    /// Encrypted handshakes ended by a ChangeCipherSpec and a Finished.
    renegotiations_finished: usize,
}

/// What the next record of type handshake is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Protection {
    /// A readable message.
    #[default]
    None,
    /// The Finished that follows a ChangeCipherSpec, after so many other messages.
    FinishedNext(u8),
    /// The start of another handshake.
    Established,
    /// A part of another handshake.
    Renegotiating,
}

impl Inspector {
    /// An inspector for one connection.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            client_hello: None,
            client_hello_frames: Frames::new(),
            server_hello: None,
            server_hello_frames: Frames::new(),
            hello_retry_request: false,
            transcript: Transcript::new(limits.transcript_bytes),
            server_chain: Vec::new(),
            certificate_request: None,
            server_hello_done: false,
            client_certificate: None,
            client_key_exchange: false,
            certificate_verify: None,
            refused_certificate_by_alert: false,
            issued: Vec::new(),
            alerts: Vec::new(),
            client: PeerState::default(),
            server: PeerState::default(),
        }
    }

    /// Which peer sends messages of this type, where only one does.
    pub fn sender_of(message_type: HandshakeType) -> Option<Peer> {
        match message_type {
            HandshakeType::CLIENT_HELLO
            | HandshakeType::CLIENT_KEY_EXCHANGE
            | HandshakeType::CERTIFICATE_VERIFY => Some(Peer::Client),
            HandshakeType::HELLO_REQUEST
            | HandshakeType::SERVER_HELLO
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

    /// Memory held, in bytes.
    pub fn held(&self) -> usize {
        self.transcript.held()
    }

    /// Takes the next event of `peer`'s stream.
    pub fn consume(&mut self, peer: Peer, event: Event) {
        let state = self.state_mut(peer);
        state.spoke = true;
        match event {
            Event::Message { message, cut_by } => {
                if state.lost.is_none() {
                    self.message(peer, message, cut_by);
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
            Event::Protected(ContentType::HANDSHAKE) => {
                self.state_mut(peer).protected_handshake();
            }
            Event::Protected(_) => state.encrypted = true,
            Event::Lost(reason) => {
                state.lost.get_or_insert(reason);
            }
        }
    }

    /// Ends the story.
    pub fn finish(mut self, client: StreamEnd, server: StreamEnd) -> Observation {
        let hidden = self.hidden(client, server);
        let client_authentication = self.client_authentication(client, server);
        let outcome = self.outcome(client, server);
        let hello = self.client_hello.take().unwrap_or_default();
        let server_hello = self.server_hello.take();
        let version = server_hello.as_ref().and_then(|hello| hello.version);
        let is_tls13 = version.is_some_and(ProtocolVersion::is_tls13);
        let renegotiations = self.client.renegotiations.max(self.server.renegotiations);
        let session = self.session(&hello, server_hello.as_ref());
        let initial = Handshake {
            kind: HandshakeKind::Initial,
            protocol_version: version,
            cipher_suite: server_hello.as_ref().and_then(|hello| hello.cipher_suite),
            visibility: if is_tls13 { Visibility::Encrypted } else { Visibility::Clear },
            hello_retry_request: self.hello_retry_request,
            resumed: matches!(client_authentication, ClientAuthentication::Resumed { .. }),
            certificate_request: self.certificate_request,
            client_authentication,
            server_chain: self.server_chain,
            outcome,
            alerts: self.alerts,
            client_hello_frames: self.client_hello_frames,
            server_hello_frames: self.server_hello_frames,
            certificate_verify_frames: self
                .certificate_verify
                .map(|verify| verify.frames)
                .unwrap_or_default(),
            session,
        };
        let mut handshakes = vec![initial];
        let finished = self.client.renegotiations_finished.min(self.server.renegotiations_finished);
        handshakes.extend(
            (0..renegotiations.min(self.limits.handshakes_per_connection))
                .map(|index| encrypted_renegotiation(version, index < finished)),
        );
        Observation {
            server_name: hello.server_name,
            alpn: server_hello.and_then(|hello| hello.alpn),
            handshakes,
            hidden,
        }
    }

    fn state_mut(&mut self, peer: Peer) -> &mut PeerState {
        match peer {
            Peer::Client => &mut self.client,
            Peer::Server => &mut self.server,
        }
    }

    fn version(&self) -> Option<ProtocolVersion> {
        self.server_hello.as_ref().and_then(|hello| hello.version)
    }

    fn message(
        &mut self,
        peer: Peer,
        message: HandshakeMessage,
        cut_by: Option<ObscuredReason>,
    ) {
        if peer == Peer::Server && !self.server_hello_done {
            self.transcript.server_message(&message);
        } else if peer == Peer::Client && self.certificate_verify.is_none() {
            self.transcript.client_message(&message);
        }
        match (peer, message.message_type) {
            (Peer::Client, HandshakeType::CLIENT_HELLO) => {
                if self.client_hello.is_none() {
                    self.client_hello = Some(ClientHello::read(message.body()));
                    self.client_hello_frames = message.frames;
                }
            }
            (Peer::Client, HandshakeType::CERTIFICATE) => {
                self.certificate_of_client(message, cut_by);
            }
            (Peer::Client, HandshakeType::CLIENT_KEY_EXCHANGE) => self.client_key_exchange = true,
            (Peer::Client, HandshakeType::CERTIFICATE_VERIFY) => {
                self.certificate_verify.get_or_insert_with(|| CertificateVerify {
                    body: message.body().to_vec(),
                    complete: message.complete,
                    frames: message.frames,
                });
            }
            (Peer::Server, HandshakeType::SERVER_HELLO) => self.server_hello(message),
            (Peer::Server, HandshakeType::CERTIFICATE) => {
                let limit = self.limits.certificates_per_chain;
                let list = CertificateList::read(&message, limit);
                self.server_chain = parse_chain(&list);
            }
            (Peer::Server, HandshakeType::CERTIFICATE_REQUEST) => self.request(&message),
            (Peer::Server, HandshakeType::SERVER_HELLO_DONE) => self.server_hello_done = true,
            (Peer::Server, HandshakeType::NEW_SESSION_TICKET) if message.complete => {
                self.issued.extend(session_ticket(message.body()).map(digest));
            }
            _ => {}
        }
    }

    fn sslv2_client_hello(&mut self, message: HandshakeMessage) {
        self.transcript.client_message(&message);
        let body = message.raw.get(1..).unwrap_or_default();
        self.client_hello = Some(ClientHello::read_v2(body));
        self.client_hello_frames = message.frames;
    }

    fn server_hello(&mut self, message: HandshakeMessage) {
        let hello = ServerHello::read(message.body());
        if hello.hello_retry_request {
            self.hello_retry_request = true;
        } else if self.server_hello.is_none() {
            self.server_hello = Some(hello);
            self.server_hello_frames = message.frames;
        }
    }

    fn certificate_of_client(
        &mut self,
        message: HandshakeMessage,
        cut_by: Option<ObscuredReason>,
    ) {
        if self.client_certificate.is_some() {
            return;
        }
        let list = CertificateList::read(&message, self.limits.certificates_per_chain);
        self.client_certificate = Some(ClientCertificate {
            chain: parse_chain(&list),
            end: list.end,
            empty: list.is_empty(),
            cut_by,
            frames: message.frames,
        });
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
            frames: message.frames.clone(),
            certificate_types: body.certificate_types.to_vec(),
            signature_schemes: body.signature_schemes,
            certificate_authorities: body
                .certificate_authorities
                .iter()
                .map(|name| name.to_vec())
                .collect(),
            malformed: body.malformed.is_some(),
        });
    }

    fn alert(&mut self, peer: Peer, alert: Alert, frame: u64) {
        // SSL 3.0 answers a CertificateRequest with this alert instead of an empty Certificate
        // (RFC 6101 section 5.6.6).
        if peer == Peer::Client && alert.description == AlertDescription::NO_CERTIFICATE {
            self.refused_certificate_by_alert = true;
        }
        if self.alerts.len() < self.limits.alerts_per_handshake {
            self.alerts.push(SeenAlert { from_client: Some(peer == Peer::Client), alert, frame });
        }
    }

    fn client_authentication(&self, client: StreamEnd, server: StreamEnd) -> ClientAuthentication {
        if client.conflict || server.conflict {
            return obscured(
                ObscuredReason::Malformed,
                "handshake bytes were sent twice with different content",
            );
        }
        if let Some(certificate) = &self.client_certificate {
            return self.answer(certificate);
        }
        if self.refused_certificate_by_alert && self.certificate_request.is_some() {
            let frames = self
                .alerts
                .iter()
                .filter(|seen| seen.alert.description == AlertDescription::NO_CERTIFICATE)
                .map(|seen| seen.frame)
                .collect();
            return ClientAuthentication::Declined { frames };
        }
        if self.is_tls13() {
            return self.tls13();
        }
        if self.is_abbreviated() {
            return ClientAuthentication::Resumed { original: None };
        }
        if self.certificate_request.is_some() {
            let reason = self.silence(&self.client, client, server);
            return obscured(reason, "the server asked, and the client's answer is not visible");
        }
        if self.server_hello.is_some() && self.server_hello_done && self.server.lost.is_none() {
            return ClientAuthentication::NotRequested;
        }
        let reason = self.silence(&self.server, server, client);
        let detail = if self.hello_retry_request {
            "the handshake stops after a HelloRetryRequest"
        } else if self.client_key_exchange && self.client.lost.is_none() {
            "whether the server asked is not visible; the client went on without a Certificate \
             message, which TLS allows only where none was asked for"
        } else {
            "whether the server asked is not visible"
        };
        obscured(reason, detail)
    }

    /// What the client's Certificate message says.
    fn answer(&self, certificate: &ClientCertificate) -> ClientAuthentication {
        if certificate.empty {
            return ClientAuthentication::Declined { frames: certificate.frames.clone() };
        }
        match (certificate.chain.first(), certificate.end) {
            (Some(leaf), list_end) => ClientAuthentication::Presented(Presented {
                frames: certificate.frames.clone(),
                chain: certificate.chain.clone(),
                chain_complete: list_end == ListEnd::Complete,
                possession: self.possession(leaf),
            }),
            (None, ListEnd::Malformed(_)) => obscured(
                ObscuredReason::Malformed,
                "the client's Certificate message contradicts its own lengths",
            ),
            (None, _) => {
                let reason = certificate.cut_by.unwrap_or(ObscuredReason::LimitReached);
                obscured(
                    reason,
                    "the client sent a Certificate message, and its end-entity certificate is not \
                     completely visible",
                )
            }
        }
    }

    /// TLS 1.3 without secrets: only the hellos can be read.
    fn tls13(&self) -> ClientAuthentication {
        match &self.server_hello {
            Some(hello) if hello.pre_shared_key && !hello.certificate_with_psk => {
                ClientAuthentication::Resumed { original: None }
            }
            _ => obscured(
                ObscuredReason::Encrypted,
                "TLS 1.3 encrypts the request and the answer, and no secret is given",
            ),
        }
    }

    /// An abbreviated handshake: the server goes from its hello straight to ChangeCipherSpec (RFC
    /// 5246 section 7.3); so does the client, which sends a ClientKeyExchange in any other.
    fn is_abbreviated(&self) -> bool {
        let server = self.server.is_protected()
            && self.server.lost.is_none()
            && !self.server_hello_done
            && self.server_chain.is_empty()
            && self.certificate_request.is_none();
        let client = self.client.is_protected()
            && self.client.lost.is_none()
            && self.client_hello.is_some()
            && !self.client_key_exchange
            && !self.server_hello_done
            && self.certificate_request.is_none();
        self.server_hello.is_some() && (server || client)
    }

    /// Why the rest of a peer's readable messages is not there.
    fn silence(&self, state: &PeerState, own: StreamEnd, other: StreamEnd) -> ObscuredReason {
        if let Some(reason) = state.lost.or(own.unfollowed) {
            return reason;
        }
        if self.client_hello.is_none() && self.server_hello.is_none() {
            return ObscuredReason::StartedMidConnection;
        }
        if !own.seen && other.seen {
            return ObscuredReason::OneDirection;
        }
        if !own.from_start && state.spoke {
            return ObscuredReason::StartedMidConnection;
        }
        ObscuredReason::EndedEarly
    }

    fn possession(&self, leaf: &Certificate) -> Possession {
        let Some(verify) = &self.certificate_verify else {
            return Possession::NotSeen;
        };
        let not_checkable = |why: &str| Possession::NotCheckable { why: why.to_owned() };
        if !verify.complete {
            return not_checkable("the CertificateVerify message is not completely visible");
        }
        let (Some(version), Some(transcript), true) =
            (self.version(), self.transcript.bytes(), self.server_hello_done)
        else {
            return not_checkable("handshake messages that the signature covers are not visible");
        };
        match &leaf.fields {
            Ok(fields) => {
                possession::check(version, &fields.public_key, &transcript, &verify.body)
            }
            Err(_) => not_checkable("the certificate cannot be parsed"),
        }
    }

    fn outcome(&self, client: StreamEnd, server: StreamEnd) -> Outcome {
        let fatal = |seen: &&SeenAlert| seen.alert.level == AlertLevel::FATAL;
        if self.client.has_finished() && self.server.has_finished() {
            Outcome::Completed
        } else if self.alerts.iter().any(|seen| fatal(&seen)) {
            Outcome::Refused
        } else if self.is_tls13()
            || client.unfollowed.is_some()
            || server.unfollowed.is_some()
            || self.client.lost.is_some()
            || self.server.lost.is_some()
            || (self.client_hello.is_none() && self.server_hello.is_none())
        {
            Outcome::Unknown
        } else if server.closed && self.client_certificate.is_some() {
            Outcome::Refused
        } else if server.closed || client.closed {
            Outcome::Unfinished
        } else {
            Outcome::Unknown
        }
    }

    /// What could hide another handshake that asks.
    fn hidden(&self, client: StreamEnd, server: StreamEnd) -> Option<Obscurity> {
        if self.is_tls13() {
            let hello = self.client_hello.as_ref()?;
            return hello.post_handshake_auth.then(|| Obscurity {
                reason: ObscuredReason::Encrypted,
                detail: "the client offered post-handshake authentication, and the server may \
                         have asked for a certificate at any time"
                    .to_owned(),
            });
        }
        // A renegotiation needs handshake records of both sides: one side's unbroken record types
        // are enough to exclude it.
        match (client.unfollowed, server.unfollowed) {
            (Some(reason), Some(_)) if self.client.is_protected() && self.server.is_protected() => Some(Obscurity {
                reason,
                detail: "records of both sides after the handshake could not be followed, and a \
                         renegotiation cannot be excluded"
                    .to_owned(),
            }),
            _ => None,
        }
    }

    fn session(&self, client: &ClientHello, server: Option<&ServerHello>) -> Session {
        let mut session = Session { offered: Vec::new(), issued: self.issued.clone() };
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
}

impl PeerState {
    fn is_protected(&self) -> bool {
        self.protection != Protection::None
    }

    fn has_finished(&self) -> bool {
        matches!(self.protection, Protection::Established | Protection::Renegotiating)
            || self.renegotiations > 0
    }

    fn change_cipher_spec(&mut self, messages_before_finished: u8) {
        if self.protection != Protection::Established {
            self.protection = Protection::FinishedNext(messages_before_finished);
        }
    }

    fn protected_handshake(&mut self) {
        self.protection = match self.protection {
            Protection::None => Protection::None,
            Protection::FinishedNext(0) => {
                if self.renegotiations > 0 {
                    self.renegotiations_finished += 1;
                }
                Protection::Established
            }
            Protection::FinishedNext(more) => Protection::FinishedNext(more - 1),
            Protection::Established => {
                self.renegotiations += 1;
                Protection::Renegotiating
            }
            Protection::Renegotiating => Protection::Renegotiating,
        };
    }
}

/// A handshake inside the connection that no key opened.
fn encrypted_renegotiation(version: Option<ProtocolVersion>, completed: bool) -> Handshake {
    Handshake {
        kind: HandshakeKind::Renegotiation,
        protocol_version: version,
        cipher_suite: None,
        visibility: Visibility::Encrypted,
        hello_retry_request: false,
        resumed: false,
        certificate_request: None,
        client_authentication: obscured(
            ObscuredReason::Encrypted,
            "the handshake was renegotiated inside the encrypted connection, and no secret is \
             given",
        ),
        server_chain: Vec::new(),
        outcome: if completed { Outcome::Completed } else { Outcome::Unknown },
        alerts: Vec::new(),
        client_hello_frames: Frames::new(),
        server_hello_frames: Frames::new(),
        certificate_verify_frames: Frames::new(),
        session: Session::default(),
    }
}

fn obscured(reason: ObscuredReason, detail: &str) -> ClientAuthentication {
    ClientAuthentication::Obscured(Obscurity { reason, detail: detail.to_owned() })
}

fn parse_chain(list: &CertificateList<'_>) -> Vec<Arc<Certificate>> {
    list.certificates.iter().map(|der| Arc::new(Certificate::from_der(der))).collect()
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
