//! What is learned of a handshake, apart from what more can be learned with.

use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::sync::Arc;

use super::exchange::Exchange;
use super::finished::ProvedSecrets;
use super::frames::Frames;
use super::inspector::Inspector;
use super::observation::{CertificateRequest, ObscuredReason, Possession, SeenAlert, Session};
use super::peer_state::PeerState;
use super::post_handshake::PostHandshake;
use super::transcript::Transcript;
use crate::certificate::Certificate;
use crate::tls::messages::{ClientHello, EncryptedExtensions, ServerHello};

/// What a handshake has in common with thousands of others of the same client program and server.
///
/// Once nothing more is due it is held once for all of them.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(super) struct Facts {
    /// Any handshake message was read.
    pub(super) any_message: bool,
    pub(super) client_hello: Option<ClientHello>,
    pub(super) server_hello: Option<ServerHello>,
    /// Why the server's hello is not there as a whole, where it is not.
    pub(super) server_hello_cut_by: Option<ObscuredReason>,
    pub(super) hello_retry_request: bool,
    pub(super) encrypted_client_hello_accepted: bool,
    pub(super) server_chain: Chain,
    pub(super) server_flight_ended: bool,
    /// Length of that message with its header, also where it is cut.
    pub(super) client_key_exchange_length: Option<usize>,
    pub(super) refused_certificate_by_alert: bool,
    /// What the server's request says, its frames apart, once the handshake is settled.
    request: Option<CertificateRequest>,
    /// What a CertificateVerify was found to prove when the handshake was settled.
    pub(super) possession: Option<Possession>,
}

/// The certificates of a peer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Chain(pub(super) Arc<[Arc<Certificate>]>);

impl Hash for Chain {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|certificate| certificate.der.hash(state));
    }
}

/// What was learned of this handshake alone.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) client: PeerState,
    pub(super) server: PeerState,
    pub(super) client_hello_frames: Frames,
    pub(super) server_hello_frames: Frames,
    /// Digests of the randoms of both hellos, where visible.
    pub(super) randoms: [Option<NonZeroU64>; 2],
    /// That of a settled handshake; only TLS 1.3 still asks for it.
    pub(super) client_random: Option<Box<[u8; 32]>>,
    /// What was asked, answered and signed, where anything was.
    pub(super) exchange: Option<Box<Exchange>>,
    pub(super) alerts: Vec<SeenAlert>,
    /// Status of the server's first final HTTP/1 response, where it was decrypted.
    pub(super) http_status: Option<u16>,
    /// Digests of the sessions that the server issued.
    pub(super) issued: Vec<[u8; 32]>,
    /// What links it to other handshakes, but for `issued`, once it is settled.
    pub(super) session: Option<Box<Session>>,
    /// Bytes of the facts that are held for the first time.
    pub(super) facts_held: usize,
}

/// What is needed only as long as more is to be learned.
#[derive(Debug)]
pub(super) struct Working {
    pub(super) transcript: Transcript,
    pub(super) client_key_exchange: Option<Vec<u8>>,
    /// The body of the CertificateVerify.
    pub(super) verify: Vec<u8>,
    pub(super) encrypted_extensions: Option<EncryptedExtensions>,
    pub(super) proved: ProvedSecrets,
    /// Handshakes within the connection, in order; those that stay closed are here too, empty.
    pub(super) renegotiated: Vec<Inspector>,
    pub(super) post_handshake: Vec<PostHandshake>,
    /// The last frame in which the server sent something other than an alert after its Finished, and
    /// that in which the client's Finished ended (TLS 1.3); 0 where it was not decrypted.
    pub(super) server_went_on: u64,
    pub(super) client_finished: u64,
}

impl Facts {
    /// Takes out what no other handshake shares, and what a settled one is no longer asked for.
    pub(super) fn strip(&mut self, own: &mut Own) {
        let is_tls13 = self.is_tls13();
        if let Some(hello) = &mut self.client_hello {
            if let Some(random) = hello.random.take().filter(|_| is_tls13) {
                own.client_random = Some(Box::new(random));
            }
            hello.session_id = Vec::new();
            hello.session_ticket = None;
            hello.offered_psks = None;
        }
        if let Some(hello) = &mut self.server_hello {
            hello.random = None;
            hello.session_id = Vec::new();
        }
        let request = own.exchange.as_ref().and_then(|exchange| exchange.request.as_ref());
        self.request = request.map(|request| {
            let frames = Frames::new();
            CertificateRequest { frames, ..request.clone() }
        });
    }

    /// Shares with `own` what is in it too.
    pub(super) fn share(&self, own: &mut Own) {
        let own = own.exchange.as_mut().and_then(|exchange| exchange.request.as_mut());
        if let (Some(own), Some(request)) = (own, &self.request) {
            let frames = std::mem::take(&mut own.frames);
            *own = CertificateRequest { frames, ..request.clone() };
        }
    }

    pub(super) fn is_tls13(&self) -> bool {
        let hello = self.server_hello.as_ref();
        hello.and_then(|hello| hello.version).is_some_and(|version| version.is_tls13())
    }

    /// Memory held, in bytes, but for certificates.
    pub(super) fn held(&self) -> usize {
        let text = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        let client = self.client_hello.as_ref().map_or(0, |hello| text(&hello.server_name));
        let server = self.server_hello.as_ref().map_or(0, |hello| text(&hello.alpn));
        let request = self.request.as_ref().map_or(0, |request| {
            let names = request.certificate_authorities.iter();
            let names: usize = names.map(|name| size_of::<Vec<u8>>() + name.capacity()).sum();
            let filters = request.oid_filters.iter();
            let filters: usize = filters
                .map(|filter| size_of_val(filter) + filter.oid.len() + filter.values.len())
                .sum();
            names
                + filters
                + request.certificate_types.len()
                + size_of_val(&*request.signature_schemes)
                + size_of_val(&*request.certificate_signature_schemes)
        });
        size_of::<Self>() + client + server + request + size_of_val(&*self.server_chain.0)
    }
}

impl Own {
    /// Memory held beside the value itself, in bytes.
    pub(super) fn held(&self) -> usize {
        let random = self.client_random.as_ref().map_or(0, |random| random.len());
        let session = self.session.as_ref().map_or(0, |session| {
            size_of::<Session>() + session.offered.capacity() * size_of::<[u8; 32]>()
        });
        self.client_hello_frames.held()
            + self.server_hello_frames.held()
            + random
            + session
            + self.exchange.as_ref().map_or(0, |exchange| exchange.held())
            + self.alerts.capacity() * size_of::<SeenAlert>()
            + self.issued.capacity() * size_of::<[u8; 32]>()
            + self.facts_held
    }
}

impl Working {
    /// For a handshake that is read from its beginning, or from where it is seen.
    pub(super) fn new(transcript: Transcript) -> Self {
        Self {
            transcript,
            client_key_exchange: None,
            verify: Vec::new(),
            encrypted_extensions: None,
            proved: ProvedSecrets::default(),
            renegotiated: Vec::new(),
            post_handshake: Vec::new(),
            server_went_on: 0,
            client_finished: 0,
        }
    }

    /// Whether nothing of it is of use once both peers have finished.
    pub(super) fn is_spent(&self) -> bool {
        let ProvedSecrets { master, client_traffic, server_traffic } = &self.proved;
        master.is_none()
            && client_traffic.is_none()
            && server_traffic.is_none()
            && self.renegotiated.is_empty()
            && self.post_handshake.is_empty()
            && self.encrypted_extensions.is_none()
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let renegotiated: usize = self.renegotiated.iter().map(Inspector::held).sum();
        let tickets: usize = self.post_handshake.iter().map(|one| one.issued.capacity()).sum();
        size_of::<Self>() + self.transcript.held() + renegotiated + tickets * size_of::<[u8; 32]>()
    }
}
