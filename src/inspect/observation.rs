//! What one connection shows of client authentication. Facts only: no expectation, no verdict.

use std::fmt;
use std::sync::Arc;

use super::finished::Finished;
use super::frames::Frames;
use super::inference::Inference;
use crate::certificate::{Certificate, RawPublicKey};
use crate::tls::{Alert, CipherSuite, ProtocolVersion, SignatureScheme};

/// The TLS story of one connection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Observation {
    /// `server_name` of the first ClientHello (RFC 6066 section 3); hostile text.
    pub server_name: Option<Arc<str>>,
    /// The first ClientHello was read as far as its server name would stand: without one in it, it
    /// names none.
    pub client_hello_seen: bool,
    /// The protocol that the server chose (RFC 7301); hostile text.
    pub alpn: Option<Arc<str>>,
    /// JA4 of the first ClientHello: what tells one client program from another.
    pub client_fingerprint: Option<Arc<str>>,
    /// The protocols that the first ClientHello offers (RFC 7301), with commas between them; hostile
    /// text.
    pub alpn_offered: Option<Arc<str>>,
    /// Status of the server's first final HTTP/1 response, where application data was decrypted.
    pub http_status: Option<u16>,
    /// Every handshake that was recognised, the initial one first.
    pub handshakes: Vec<Handshake>,
    /// Why a handshake that was not recognised may still have asked for a certificate, where that
    /// cannot be excluded: post-handshake authentication that no key opens, both directions lost.
    pub hidden: Option<Box<Obscurity>>,
    /// The server is proved to have accepted the client's encrypted hello (RFC 9849): what is visible
    /// of the client's hello, its server name too, is not what the two agreed upon.
    pub encrypted_client_hello_accepted: bool,
}

/// One handshake of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Handshake {
    /// Which one it is.
    pub kind: HandshakeKind,
    /// The version that the server chose; `None` where its hello was not seen.
    pub protocol_version: Option<ProtocolVersion>,
    /// The cipher suite that the server chose.
    pub cipher_suite: Option<CipherSuite>,
    /// Whether its messages could be read.
    pub visibility: Visibility,
    /// Whether the server answered the first ClientHello with a HelloRetryRequest.
    pub hello_retry_request: bool,
    /// Whether the handshake resumed a session or used a PSK.
    pub resumed: bool,
    /// The server's CertificateRequest, where it was seen.
    pub certificate_request: Option<CertificateRequest>,
    /// What is known of the client's answer.
    pub client_authentication: ClientAuthentication,
    /// The server's certificates, end-entity first.
    pub server_chain: Arc<[Arc<Certificate>]>,
    /// The server asked, and the client went on without the Certificate message that it owed; what
    /// is known of its answer is obscured then.
    pub certificate_message_missing: bool,
    /// How the handshake ended.
    pub outcome: Outcome,
    /// Readable alerts, in capture order.
    pub alerts: Vec<SeenAlert>,
    /// Frames of the ClientHello and the ServerHello, for evidence.
    pub client_hello_frames: Frames,
    /// Frames of the ServerHello.
    pub server_hello_frames: Frames,
    /// Frames of the client's CertificateVerify.
    pub certificate_verify_frames: Frames,
    /// What links this handshake to others of the same session.
    pub session: Session,
    /// Whether the Finished of both sides fit its messages.
    pub finished: Finished,
    /// What its record lengths suggest, where nothing of it could be read. No evidence.
    pub inference: Option<Box<Inference>>,
}

impl Observation {
    /// Every frame number in it, but those of another connection that a handshake resumed.
    pub fn frames_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        self.handshakes.iter_mut().flat_map(|handshake| {
            let request = handshake.certificate_request.iter_mut();
            let answer = match &mut handshake.client_authentication {
                ClientAuthentication::Declined { frames } => Some(frames),
                ClientAuthentication::Presented(presented) => Some(&mut presented.frames),
                ClientAuthentication::PresentedKey(presented) => Some(&mut presented.frames),
                ClientAuthentication::NotRequested
                | ClientAuthentication::Resumed { .. }
                | ClientAuthentication::Obscured(_) => None,
            };
            let messages = [
                &mut handshake.client_hello_frames,
                &mut handshake.server_hello_frames,
                &mut handshake.certificate_verify_frames,
            ];
            let messages = messages.into_iter().chain(request.map(|request| &mut request.frames));
            let alerts = handshake.alerts.iter_mut().map(|alert| &mut alert.frame);
            messages.chain(answer).flatten().chain(alerts)
        })
    }
}

/// What a handshake is within its connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HandshakeKind {
    /// The first one.
    Initial,
    /// A TLS 1.2 (or older) handshake inside the connection (RFC 5246 section 7.4.1.1).
    Renegotiation,
    /// TLS 1.3 post-handshake client authentication (RFC 8446 section 4.6.2).
    PostHandshake,
}

/// Whether the messages of a handshake could be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Visibility {
    /// They were sent in the clear.
    Clear,
    /// They were encrypted, and decrypted with the secrets given.
    Decrypted,
    /// They were encrypted and stayed so.
    Encrypted,
}

/// A CertificateRequest (RFC 5246 section 7.4.4, RFC 8446 section 4.3.2).
///
/// Thousands of connections of one server get the same one; clones share its parts.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct CertificateRequest {
    /// Frames that carried it.
    pub frames: Frames,
    /// `certificate_types`, TLS 1.2 and older, as IANA's ClientCertificateType numbers.
    pub certificate_types: Arc<[u8]>,
    /// `supported_signature_algorithms` (TLS 1.2) or `signature_algorithms` (TLS 1.3).
    pub signature_schemes: Arc<[SignatureScheme]>,
    /// `certificate_authorities`: DER of each Name.
    pub certificate_authorities: Arc<[Vec<u8>]>,
    /// `signature_algorithms_cert`: how certificates may be signed, where that differs from
    /// `signature_schemes`; empty where it does not.
    pub certificate_signature_schemes: Arc<[SignatureScheme]>,
    /// `oid_filters` (RFC 8446 section 4.2.5).
    pub oid_filters: Arc<[OidFilter]>,
    /// `trust_anchors` stands beside the authorities, and either may tell a client what to send.
    pub trust_anchors: bool,
    /// The message could not be decoded to its end: what stands here is what came before.
    pub malformed: bool,
}

/// An extension that a server wants in a client's certificate (RFC 8446 section 4.2.5).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OidFilter {
    /// OID of the extension: the contents of its DER, without tag and length.
    pub oid: Vec<u8>,
    /// DER of the value wanted; empty where any will do.
    pub values: Vec<u8>,
}

impl Handshake {
    /// Whether a pre-shared key was used of which the captures do not show that it comes from an
    /// earlier session.
    pub fn uses_psk_of_unknown_origin(&self) -> bool {
        self.session.pre_shared_key.is_some_and(|key| key.origin != PskOrigin::Session)
    }
}

/// What is known of the client's authentication in one handshake.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClientAuthentication {
    /// Seen far enough to know that there was no CertificateRequest.
    NotRequested,
    /// Requested; the client answered with an empty Certificate message.
    Declined {
        /// Frames of the empty Certificate message.
        frames: Frames,
    },
    /// At least one certificate was sent.
    Presented(Presented),
    /// A public key was sent in place of a certificate (RFC 7250).
    PresentedKey(PresentedKey),
    /// Session resumption or PSK: no certificate is exchanged in this handshake.
    Resumed {
        /// The full handshake that this one resumes, where the capture has it.
        original: Option<Box<Original>>,
    },
    /// The capture cannot tell.
    Obscured(Obscurity),
}

impl ClientAuthentication {
    /// The certificate that was presented, here or in the handshake that is resumed.
    pub fn presented(&self) -> Option<&Presented> {
        match self {
            Self::Presented(presented) => Some(presented),
            Self::Resumed { original: Some(original) } => match &original.client_authentication {
                Self::Presented(presented) => Some(presented),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The certificates that a client sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Presented {
    /// Frames of the Certificate message.
    pub frames: Frames,
    /// End-entity certificate first; never empty.
    pub chain: Vec<Arc<Certificate>>,
    /// Whether every certificate of the message was read.
    pub chain_complete: bool,
    /// Whether the client proved that it holds the private key.
    pub possession: Possession,
}

/// The public key that a client sent in place of a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PresentedKey {
    /// Frames of the Certificate message.
    pub frames: Frames,
    /// The key.
    pub key: Arc<RawPublicKey>,
    /// Whether the client proved that it holds the private key.
    pub possession: Possession,
}

/// What the client's CertificateVerify proves (RFC 5246 section 7.4.8, RFC 8446 section 4.4.3).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Possession {
    /// The signature belongs to the certificate's key and this handshake.
    Verified {
        /// How it was made, `rsa_pss_rsae_sha256`.
        scheme: String,
    },
    /// The signature does not belong to the certificate's key and this handshake.
    Failed {
        /// How it claims to be made.
        scheme: String,
        /// Index of another certificate of the chain, whose key made it: the chain is in a wrong
        /// order then.
        signer: Option<usize>,
    },
    /// The client went on without a CertificateVerify, although its key can sign.
    Missing,
    /// There is no CertificateVerify in the capture.
    NotSeen,
    /// There is one, and it cannot be checked.
    NotCheckable {
        /// Why, in words.
        why: String,
    },
}

/// Why the capture cannot tell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Obscurity {
    /// The contract's word for it.
    pub reason: ObscuredReason,
    /// What exactly could not be seen, and what the visible rest suggests; one sentence without
    /// hostile text.
    pub detail: String,
}

/// The reasons of `obscured`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ObscuredReason {
    /// No usable secret.
    Encrypted,
    /// Secrets were given and did not fit.
    DecryptionFailed,
    /// Bytes are missing in the reassembled stream.
    Gap,
    /// The snap length cut the packets.
    TruncatedPackets,
    /// The capture began after the handshake did.
    StartedMidConnection,
    /// The capture or the connection ended before the answer.
    EndedEarly,
    /// Only one side's packets were recorded.
    OneDirection,
    /// The bytes are not what TLS allows there.
    Malformed,
    /// A bound of this program was reached.
    LimitReached,
}

/// The full handshake behind a resumed one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Original {
    /// Index of its capture among those given.
    pub capture: usize,
    /// The name of that capture, where it is not the one of the handshake that resumes.
    pub elsewhere: Option<String>,
    /// Its `tcp.stream`; `None` where Wireshark gives it no number.
    pub stream: Option<u64>,
    /// Its index among that connection's handshakes.
    pub handshake: usize,
    /// First frame of its ClientHello, else of the connection.
    pub frame: u64,
    /// What it showed; never `Resumed`.
    pub client_authentication: ClientAuthentication,
    /// How it ended.
    pub outcome: Outcome,
}

/// A connection's number in words: `stream 3`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StreamName(pub Option<u64>);

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "stream {number}"),
            None => f.write_str("a stream without a number"),
        }
    }
}

/// How a handshake ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The server took the client's Finished: up to TLS 1.2 its own came, in TLS 1.3 a record after
    /// the client's that decrypts to something other than an alert.
    Completed,
    /// A fatal alert of the server stopped it, or the server ended the connection on the answer.
    Refused,
    /// The connection ended before the handshake did, by the client or without an answer.
    Unfinished,
    /// The capture cannot tell: also where the server's Finished was not seen.
    Unknown,
}

/// A readable alert.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeenAlert {
    /// Whether the client sent it; `None` while the roles are unknown.
    pub from_client: Option<bool>,
    /// What it says.
    pub alert: Alert,
    /// The frame that completed it.
    pub frame: u64,
}

/// What links handshakes of one session; identifiers are kept as SHA-256 digests.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Session {
    /// Session identifiers and tickets that the client offered; in TLS 1.3 only the identity that
    /// the server accepted.
    pub offered: Vec<[u8; 32]>,
    /// Session identifiers and tickets under which the server will know this session.
    pub issued: Vec<[u8; 32]>,
    /// The pre-shared key of TLS 1.3, where one was accepted.
    pub pre_shared_key: Option<PreSharedKey>,
    /// What became of the client's early data; `None` where it offered none.
    pub early_data: Option<EarlyData>,
}

/// A pre-shared key that the server accepted (RFC 8446 section 4.2.11).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PreSharedKey {
    /// How many the client offered; `None` where its hello does not show it.
    pub offered: Option<usize>,
    /// Which of them the server accepted, counted from 0.
    pub accepted: Option<u16>,
    /// Where the key comes from.
    pub origin: PskOrigin,
    /// Whether the ticket age that goes with it is 0, as it should be for keys that were agreed
    /// upon outside TLS: a hint, and no more.
    pub zero_ticket_age: Option<bool>,
}

/// Where a pre-shared key comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PskOrigin {
    /// Client and server agreed upon it outside TLS.
    External,
    /// From a session of a connection in the captures.
    Session,
    /// The captures do not show it: from a session that they do not have, or whose tickets could
    /// not be opened, or agreed upon outside TLS.
    Unknown,
}

/// What became of the data that a client sent before the server's answer (RFC 8446 section 2.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EarlyData {
    /// The server took it.
    Accepted,
    /// The client sent it; the server's answer is encrypted, or not in the capture.
    Offered,
    /// The server passed over it.
    Refused,
}
