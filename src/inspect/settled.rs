//! A handshake that is over, in little memory, for as long as its connection stays open.

use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::sync::Arc;

use super::chain::ClientCertificate;
use super::event::Peer;
use super::finished::ProvedSecrets;
use super::frames::Frames;
use super::inspector::{CertificateVerify, Inspector};
use super::observation::{
    CertificateRequest, HandshakeKind, ObscuredReason, Possession, SeenAlert, Session,
};
use super::peer_state::PeerState;
use super::shared::Shared;
use super::transcript::Transcript;
use crate::certificate::Certificate;
use crate::tls::ProtocolVersion;
use crate::tls::messages::{ClientHello, ListEnd, ServerHello};

/// What is left of an inspector when no message is due any more that it could read.
///
/// It becomes an inspector again when something else than encrypted records comes. What a
/// handshake has in common with thousands of others is held once for all of them.
#[derive(Debug)]
pub(super) struct Settled {
    common: Arc<Common>,
    client: PeerState,
    server: PeerState,
    client_hello_frames: Frames,
    server_hello_frames: Frames,
    randoms: [Option<NonZeroU64>; 2],
    /// Only TLS 1.3 still asks for it.
    client_random: Option<Box<[u8; 32]>>,
    /// Sessions offered, and after them those issued.
    sessions: Box<[[u8; 32]]>,
    offered: usize,
    alerts: Box<[SeenAlert]>,
    authentication: Option<Box<Authentication>>,
    /// Bytes of `common` that are held for the first time.
    own: usize,
}

/// What only handshakes have in which the server asked.
#[derive(Debug)]
struct Authentication {
    request_frames: Frames,
    answer_frames: Frames,
    verify_frames: Frames,
    chain: Box<[Arc<Certificate>]>,
}

/// What a handshake has in common with others of the same client program and server.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(super) struct Common {
    client_hello: Option<ClientHello>,
    server_hello: Option<ServerHello>,
    server_hello_cut_by: Option<ObscuredReason>,
    hello_retry_request: bool,
    any_message: bool,
    server_flight_ended: bool,
    refused_certificate_by_alert: bool,
    server_chain: Chain,
    certificate_request: Option<CertificateRequest>,
    client_key_exchange_length: Option<usize>,
    answer: Option<Answer>,
    /// Whether the CertificateVerify is complete, where there is one.
    verify: Option<bool>,
    known: Known,
}

/// What a handshake is known for once its messages are no longer held.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Known {
    pub(super) session: Session,
    /// What a CertificateVerify proves.
    pub(super) possession: Option<Possession>,
}

/// How the client's Certificate message was read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Answer {
    end: ListEnd,
    empty: bool,
    cut_by: Option<ObscuredReason>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Chain(Arc<[Arc<Certificate>]>);

impl Hash for Chain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|certificate| certificate.der.hash(state));
    }
}

impl Common {
    /// Memory held, in bytes, but for certificates.
    pub(super) fn held(&self) -> usize {
        let text = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        let client = self.client_hello.as_ref().map_or(0, |hello| text(&hello.server_name));
        let server = self.server_hello.as_ref().map_or(0, |hello| text(&hello.alpn));
        let request = self.certificate_request.as_ref().map_or(0, |request| {
            let names = request.certificate_authorities.iter();
            let names: usize = names.map(|name| size_of::<Vec<u8>>() + name.capacity()).sum();
            names + request.certificate_types.len() + size_of_val(&*request.signature_schemes)
        });
        size_of::<Self>() + client + server + request + size_of_val(&*self.server_chain.0)
    }
}

impl Settled {
    /// Whether `inspector` holds nothing that has no place here.
    pub(super) fn has_room_for(inspector: &Inspector) -> bool {
        let ProvedSecrets { master, client_traffic, server_traffic } = &inspector.proved;
        let is_closed = master.is_none() && client_traffic.is_none() && server_traffic.is_none();
        is_closed
            && inspector.kind == HandshakeKind::Initial
            && inspector.renegotiated.is_empty()
            && inspector.post_handshake.is_empty()
            && inspector.encrypted_extensions.is_none()
            && inspector.client_certificate.as_ref().is_none_or(|answer| answer.raw_key.is_none())
    }

    pub(super) fn new(inspector: Inspector) -> Self {
        let known = inspector.known();
        let Session { offered, issued, .. } = &known.session;
        let sessions = offered.iter().chain(issued).copied().collect();
        let offered = offered.len();
        let keeps_random = inspector.is_tls13();
        let random = inspector.client_random().filter(|_| keeps_random);
        let mut request = inspector.certificate_request;
        let request_frames = request.as_mut().map(|request| std::mem::take(&mut request.frames));
        let verify = inspector.certificate_verify.as_ref().map(|verify| verify.complete);
        let verify_frames = inspector.certificate_verify.map(|verify| verify.frames);
        let answer = inspector.client_certificate.as_ref().map(|answer| Answer {
            end: answer.end,
            empty: answer.empty,
            cut_by: answer.cut_by,
        });
        let asked = request_frames.is_some() || verify_frames.is_some() || answer.is_some();
        let (answer_frames, chain) = inspector
            .client_certificate
            .map(|answer| (answer.frames, answer.chain))
            .unwrap_or_default();
        let authentication = asked.then(|| {
            Box::new(Authentication {
                request_frames: request_frames.unwrap_or_default(),
                answer_frames,
                verify_frames: verify_frames.unwrap_or_default(),
                chain: chain.into_boxed_slice(),
            })
        });
        let session = Session { offered: Vec::new(), issued: Vec::new(), ..known.session };
        let (common, own) = inspector.shared.unite(Common {
            client_hello: inspector.client_hello.map(|hello| ClientHello {
                random: None,
                session_id: Vec::new(),
                session_ticket: None,
                offered_psks: None,
                ..hello
            }),
            server_hello: inspector.server_hello.map(|hello| ServerHello {
                random: None,
                session_id: Vec::new(),
                ..hello
            }),
            server_hello_cut_by: inspector.server_hello_cut_by,
            hello_retry_request: inspector.hello_retry_request,
            any_message: inspector.any_message,
            server_flight_ended: inspector.server_flight_ended,
            refused_certificate_by_alert: inspector.refused_certificate_by_alert,
            server_chain: Chain(inspector.server_chain),
            certificate_request: request,
            client_key_exchange_length: inspector.client_key_exchange_length,
            answer,
            verify,
            known: Known { session, possession: known.possession },
        });
        Self {
            common,
            client: inspector.client,
            server: inspector.server,
            client_hello_frames: inspector.client_hello_frames,
            server_hello_frames: inspector.server_hello_frames,
            randoms: inspector.randoms,
            client_random: random.map(Box::new),
            sessions,
            offered,
            alerts: inspector.alerts.into_boxed_slice(),
            authentication,
            own,
        }
    }

    pub(super) fn into_inspector(self, shared: &Shared) -> Inspector {
        let common = &*self.common;
        let (offered, issued) =
            self.sessions.split_at_checked(self.offered).unwrap_or((&self.sessions, &[]));
        let session = Session {
            offered: offered.to_vec(),
            issued: issued.to_vec(),
            ..common.known.session.clone()
        };
        let mut inspector = Inspector::sharing(shared);
        inspector.issued.clone_from(&session.issued);
        inspector.known = Some(Known { session, possession: common.known.possession.clone() });
        inspector.transcript = Transcript::given_up();
        inspector.client = self.client;
        inspector.server = self.server;
        inspector.client_hello.clone_from(&common.client_hello);
        if let Some(hello) = &mut inspector.client_hello {
            hello.random = self.client_random.as_deref().copied();
        }
        inspector.randoms = self.randoms;
        inspector.client_hello_frames = self.client_hello_frames;
        inspector.server_hello.clone_from(&common.server_hello);
        inspector.server_hello_frames = self.server_hello_frames;
        inspector.server_hello_cut_by = common.server_hello_cut_by;
        inspector.hello_retry_request = common.hello_retry_request;
        inspector.any_message = common.any_message;
        inspector.server_flight_ended = common.server_flight_ended;
        inspector.refused_certificate_by_alert = common.refused_certificate_by_alert;
        inspector.server_chain = Arc::clone(&common.server_chain.0);
        inspector.client_key_exchange_length = common.client_key_exchange_length;
        inspector.alerts = self.alerts.into_vec();
        let Some(authentication) = self.authentication else {
            return inspector;
        };
        let Authentication { request_frames, answer_frames, verify_frames, chain } =
            *authentication;
        inspector.certificate_request.clone_from(&common.certificate_request);
        if let Some(request) = &mut inspector.certificate_request {
            request.frames = request_frames;
        }
        inspector.client_certificate =
            common.answer.map(|Answer { end, empty, cut_by }| ClientCertificate {
                frames: answer_frames,
                chain: chain.into_vec(),
                raw_key: None,
                end,
                empty,
                cut_by,
            });
        inspector.certificate_verify = common.verify.map(|complete| CertificateVerify {
            frames: verify_frames,
            body: Vec::new(),
            complete,
        });
        inspector
    }

    /// Notes encrypted records of `peer`.
    pub(super) fn encrypted_record(&mut self, peer: Peer) {
        match peer {
            Peer::Client => self.client.encrypted_record(),
            Peer::Server => self.server.encrypted_record(),
        }
    }

    /// As of the inspector.
    pub(super) fn change_cipher_spec_protects(&self) -> Option<bool> {
        let common = &*self.common;
        if common.hello_retry_request {
            return Some(false);
        }
        common.server_hello.as_ref().map(|_| !self.is_tls13())
    }

    /// As of the inspector.
    pub(super) fn has_server_hello(&self) -> bool {
        self.common.server_hello.is_some()
    }

    /// As of the inspector.
    pub(super) fn has_told_all(&self) -> bool {
        self.is_tls13() && self.client.encrypted && self.server.encrypted
    }

    /// As of the inspector.
    pub(super) fn may_need_lengths(&self) -> bool {
        let common = &*self.common;
        let is_resumed = common.server_hello.as_ref().is_some_and(ServerHello::resumes);
        self.is_tls13()
            && !is_resumed
            && common.answer.is_none()
            && (!common.server_flight_ended || common.certificate_request.is_some())
    }

    fn is_tls13(&self) -> bool {
        let hello = self.common.server_hello.as_ref();
        hello.and_then(|hello| hello.version).is_some_and(ProtocolVersion::is_tls13)
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let authentication = self.authentication.as_ref().map_or(0, |own| {
            size_of::<Authentication>()
                + own.request_frames.held()
                + own.answer_frames.held()
                + own.verify_frames.held()
                + size_of_val(&*own.chain)
        });
        size_of::<Self>()
            + self.client_hello_frames.held()
            + self.server_hello_frames.held()
            + self.client_random.as_ref().map_or(0, |random| random.len())
            + size_of_val(&*self.sessions)
            + size_of_val(&*self.alerts)
            + authentication
            + self.own
    }
}
