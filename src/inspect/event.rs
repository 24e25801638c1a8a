//! What the peers of a connection send, as the inspector is told it.

use super::observation::ObscuredReason;
use crate::tls::{Alert, ContentType, HandshakeMessage};

/// One of the two ends of a TLS connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Peer {
    /// The one that sends the ClientHello.
    Client,
    /// The other one.
    Server,
}

impl Peer {
    /// Both peers.
    pub const BOTH: [Self; 2] = [Self::Client, Self::Server];
}

/// Something that a peer put on its record stream, in that stream's order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A handshake message in the clear, or as much of it as there is; in TLS 1.2 and before also a
    /// decrypted one.
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
    /// An encrypted record, for whoever may have its key; alone it is as `Protected`.
    Record(ProtectedRecord),
    /// A handshake message of TLS 1.3 that was decrypted.
    Decrypted(HandshakeMessage),
    /// A record of TLS 1.3 that was decrypted and holds neither handshake messages nor an alert.
    Opened {
        /// The frame that completed it.
        frame: u64,
    },
    /// The status of the first final HTTP/1 response of the server, of decrypted application data.
    HttpStatus(u16),
    /// The record before this event is one that a secret should have opened, and did not (TLS 1.2
    /// and before).
    Unopened(ObscuredReason),
    /// The peer's readable handshake messages cannot be followed any further.
    Lost(ObscuredReason),
}

/// An encrypted record, whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProtectedRecord {
    /// Content type of its header.
    pub content_type: ContentType,
    /// Version of its header.
    pub version: u16,
    /// What follows the header.
    pub fragment: Vec<u8>,
    /// The frames that carried it.
    pub frames: Vec<u64>,
}

/// Why a peer's encrypted records stay closed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Locked {
    /// No secret is given for any connection.
    #[default]
    NoSecret,
    /// Secrets are given, and none for this connection.
    NotListed {
        /// Sessions that the key logs have secrets of.
        sessions: usize,
    },
    /// More values than are tried were given for this connection, and those tried do not fit.
    TooMany,
    /// Secrets of this connection are given, and the one for this peer is not among them.
    Missing,
    /// The secret given for this peer does not fit.
    DoesNotFit,
    /// They were opened.
    Opened,
}

/// How a peer's stream ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StreamEnd {
    /// The capture has packets that the peer sent.
    pub seen: bool,
    /// The capture has bytes that the peer sent.
    pub has_bytes: bool,
    /// Why the capture lacks the beginning of the stream, where it does.
    pub start_lost: Option<ObscuredReason>,
    /// The peer ended the connection (FIN or RST).
    pub closed: bool,
    /// It did so before the other one did.
    pub closed_first: bool,
    /// Where records stopped being followed: record types from there on are unknown. That bytes are
    /// missing, acknowledgments may tell as well.
    pub unfollowed: Option<ObscuredReason>,
    /// A packet that the peer sent stands where the capture is damaged: its bytes may be others.
    pub damaged: bool,
    /// Retransmitted handshake bytes differ from the first transmission.
    pub conflict: bool,
    /// What kept its encrypted records closed.
    pub locked: Locked,
    /// Every record after its Finished was opened.
    pub followed_after_finished: bool,
}

impl StreamEnd {
    /// Whether the types of all records are known that the peer sent: none is missing from the
    /// beginning of its stream to its end, or to the last packet of it in the capture. Of a peer of
    /// which the capture has no byte nothing is known.
    pub(super) fn is_followed(&self) -> bool {
        self.has_bytes && self.unfollowed.is_none() && self.start_lost.is_none()
    }
}
