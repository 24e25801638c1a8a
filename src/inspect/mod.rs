//! Handshake messages of one connection -> one Observation.

mod conclusion;
mod inspector;
mod observation;
mod possession;
mod post_handshake;
mod transcript;

pub use inspector::{Event, Inspector, Locked, Peer, ProtectedRecord, StreamEnd};
pub use observation::{
    CertificateRequest, ClientAuthentication, Frames, Handshake, HandshakeKind, ObscuredReason,
    Obscurity, Observation, Original, Outcome, Possession, Presented, SeenAlert, Session,
    Visibility,
};
