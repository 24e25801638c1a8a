//! Handshake messages of one connection -> one Observation.

mod conclusion;
mod event;
mod finished;
mod inference;
mod inspector;
mod observation;
mod peer_state;
mod possession;
mod post_handshake;
mod renegotiation;
mod transcript;

pub use event::{Event, Locked, Peer, ProtectedRecord, StreamEnd};
pub use finished::Finished;
pub use inference::{
    Comparison, Inference, InferredAnswer, LengthRange, Negotiated, RecordLengths, infer,
};
pub use inspector::Inspector;
pub use observation::{
    CertificateRequest, ClientAuthentication, Frames, Handshake, HandshakeKind, ObscuredReason,
    Obscurity, Observation, Original, Outcome, Possession, Presented, SeenAlert, Session,
    Visibility,
};
