//! What is asked, answered and signed: of the first handshake, of one within the connection, and of
//! an authentication after it.

use std::sync::Arc;

use super::chain::ClientCertificate;
use super::conclusion::obscured;
use super::frames::Frames;
use super::observation::{
    CertificateRequest, ClientAuthentication, ObscuredReason, OidFilter, Possession, Presented,
    PresentedKey,
};
use crate::certificate::{Certificate, PublicKey};
use crate::tls::HandshakeMessage;
use crate::tls::messages::{CertificateRequestBody, ListEnd};

/// The server's request and the client's answer.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) request: Option<CertificateRequest>,
    pub(super) answer: Option<ClientCertificate>,
    pub(super) verify: Option<CertificateVerify>,
}

/// The client's CertificateVerify, without what it holds.
#[derive(Debug)]
pub(super) struct CertificateVerify {
    pub(super) frames: Frames,
    pub(super) is_complete: bool,
}

impl Exchange {
    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let request = self.request.as_ref().map_or(0, |request| request.frames.held());
        let verify = self.verify.as_ref().map_or(0, |verify| verify.frames.held());
        let answer = self.answer.as_ref().map_or(0, |answer| {
            answer.frames.held() + answer.chain.capacity() * size_of::<Arc<Certificate>>()
        });
        size_of::<Self>() + request + answer + verify
    }
}

impl CertificateVerify {
    pub(super) fn of(message: &HandshakeMessage) -> Self {
        Self { frames: message.frames.as_slice().into(), is_complete: message.complete }
    }
}

impl CertificateRequest {
    /// A request as its message says it.
    pub(super) fn of(message: &HandshakeMessage, body: &CertificateRequestBody<'_>) -> Self {
        Self {
            frames: message.frames.as_slice().into(),
            certificate_types: body.certificate_types.into(),
            signature_schemes: body.signature_schemes.as_slice().into(),
            certificate_authorities: body
                .certificate_authorities
                .iter()
                .map(|name| name.to_vec())
                .collect(),
            certificate_signature_schemes: body.certificate_signature_schemes.as_slice().into(),
            oid_filters: body
                .oid_filters
                .iter()
                .map(|(oid, values)| OidFilter { oid: oid.to_vec(), values: values.to_vec() })
                .collect(),
            trust_anchors: body.trust_anchors,
            malformed: body.malformed.is_some(),
        }
    }
}

impl ClientCertificate {
    /// What the message says; `possession` tells what was proved of its key.
    pub(super) fn authentication(
        &self,
        possession: impl FnOnce(Option<&PublicKey>) -> Possession,
    ) -> ClientAuthentication {
        let frames = || self.frames.clone();
        if self.empty {
            return ClientAuthentication::Declined { frames: frames() };
        }
        if let Some(key) = &self.raw_key {
            return ClientAuthentication::PresentedKey(PresentedKey {
                frames: frames(),
                key: Arc::clone(key),
                possession: possession(self.public_key()),
            });
        }
        match (self.chain.is_empty(), self.end) {
            (false, list_end) => ClientAuthentication::Presented(Presented {
                frames: frames(),
                chain: self.chain.clone(),
                chain_complete: list_end == ListEnd::Complete,
                possession: possession(self.public_key()),
            }),
            (true, ListEnd::Malformed(why)) => obscured(
                ObscuredReason::Malformed,
                &format!("the client's Certificate message cannot be read: {why}"),
            ),
            (true, _) => obscured(
                self.cut_by.unwrap_or(ObscuredReason::LimitReached),
                "the client sent a Certificate message, and its end-entity certificate is not \
                 completely visible",
            ),
        }
    }
}
