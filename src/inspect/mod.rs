//! Handshake messages of one connection -> one Observation.

mod chain;
mod clear;
mod conclusion;
mod event;
mod exchange;
mod facts;
mod finished;
mod frames;
mod inference;
mod inspector;
mod locked;
mod messages;
mod observation;
mod outcome;
mod peer_state;
mod possession;
mod post_handshake;
mod raw_public_key;
mod renegotiation;
mod resumption;
mod shared;
mod transcript;

pub use event::{Event, Locked, Peer, ProtectedRecord, StreamEnd};
pub use finished::Finished;
pub use frames::Frames;
pub use inference::{
    Comparison, Inference, InferredAnswer, LengthRange, Negotiated, RecordLengths, infer,
};
pub use inspector::Inspector;
pub use observation::{
    CertificateRequest, ClientAuthentication, EarlyData, Handshake, HandshakeKind, ObscuredReason,
    Obscurity, Observation, OidFilter, Original, Outcome, Possession, PreSharedKey, Presented,
    PresentedKey, PskOrigin, SeenAlert, Session, StreamName, Visibility,
};
pub use shared::Shared;
