//! Handshake messages of one connection -> one Observation.

mod observation;

pub use observation::{
    CertificateRequest, ClientAuthentication, Frames, Handshake, HandshakeKind, Obscurity,
    ObscuredReason, Observation, Original, Outcome, Possession, Presented, SeenAlert, Session,
    Visibility,
};
