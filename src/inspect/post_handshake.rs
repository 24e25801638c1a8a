//! Post-handshake client authentication (RFC 8446 section 4.6.2).

use super::finished::Finished;
use std::sync::Arc;

use super::chain::{ClientCertificate, ReadChain};
use super::event::Peer;
use super::frames::Frames;
use super::inspector::Inspector;
use super::observation::{
    CertificateRequest, ClientAuthentication, Handshake, HandshakeKind, ObscuredReason, Obscurity,
    Outcome, Possession, Presented, PresentedKey, Session, Visibility,
};
use super::possession;
use crate::tls::messages::{CertificateRequestBody, ListEnd};
use crate::tls::{HandshakeMessage, ProtocolVersion, Reader};

/// A request that the server made after the handshake, and its answer.
///
/// The two sides need not be in step: the context that both messages carry joins them.
#[derive(Debug, Default)]
pub(super) struct PostHandshake {
    context: Vec<u8>,
    request: Option<CertificateRequest>,
    request_raw: Vec<u8>,
    answer: Option<ClientCertificate>,
    answer_raw: Vec<u8>,
    verify: Option<(Vec<u8>, Frames)>,
    /// The frame in which the client's Finished after the answer ended.
    finished: Option<u64>,
    /// Digests of the tickets that came after the answer.
    pub(super) issued: Vec<[u8; 32]>,
}

impl PostHandshake {
    /// Whether the client answered.
    pub(super) fn is_answered(&self) -> bool {
        self.answer.is_some()
    }
}

impl Inspector {
    /// A CertificateRequest after the server's Finished.
    pub(super) fn post_handshake_request(&mut self, message: &HandshakeMessage) {
        let Ok(context) = Reader::new(message.body()).vector8("certificate_request_context") else {
            return;
        };
        let body = CertificateRequestBody::read(message.body(), ProtocolVersion::TLS_1_3);
        let request = CertificateRequest {
            frames: message.frames.as_slice().into(),
            certificate_types: Arc::default(),
            certificate_authorities: body
                .certificate_authorities
                .iter()
                .map(|name| name.to_vec())
                .collect(),
            signature_schemes: body.signature_schemes.into(),
            malformed: body.malformed.is_some(),
        };
        if let Some(story) = self.post_handshake_story(context.to_vec()) {
            story.request = Some(request);
            story.request_raw = message.raw.clone();
        }
    }

    /// A Certificate of the client after its Finished.
    pub(super) fn post_handshake_answer(&mut self, message: &HandshakeMessage) {
        let ReadChain { chain, raw_key, end, empty, context } =
            self.read_chain(message, Peer::Client);
        let frames = message.frames.as_slice().into();
        let answer = ClientCertificate { frames, chain, raw_key, end, empty, cut_by: None };
        if let Some(story) = self.post_handshake_story(context) {
            story.answer = Some(answer);
            story.answer_raw = message.raw.clone();
        }
    }

    /// A CertificateVerify of the client after its Finished: it belongs to the last Certificate.
    pub(super) fn post_handshake_verify(&mut self, message: &HandshakeMessage) {
        let last = self.post_handshake.iter_mut().rev().find(|story| {
            story.verify.is_none() && story.answer.as_ref().is_some_and(|answer| !answer.empty)
        });
        if let Some(story) = last {
            story.verify = Some((message.body().to_vec(), message.frames.as_slice().into()));
        }
    }

    /// A Finished of the client after its first one: it ends the last answer.
    pub(super) fn post_handshake_finished(&mut self, frame: u64) {
        let last = self.post_handshake.iter_mut().rev().find(|story| story.answer.is_some());
        if let Some(story) = last.filter(|story| story.finished.is_none()) {
            story.finished = Some(frame);
        }
    }

    /// One handshake for each request or answer.
    pub(super) fn post_handshakes(&self, refused: bool) -> Vec<Handshake> {
        let last = self.post_handshake.len().saturating_sub(1);
        let one = |(index, story): (usize, &PostHandshake)| Handshake {
            kind: HandshakeKind::PostHandshake,
            protocol_version: self.version(),
            cipher_suite: self.tls13_suite(),
            visibility: Visibility::Decrypted,
            hello_retry_request: false,
            resumed: false,
            certificate_request: story.request.clone(),
            client_authentication: self.post_handshake_authentication(story),
            server_chain: Arc::default(),
            certificate_message_missing: false,
            outcome: match story.answer {
                Some(_) if refused && index == last => Outcome::Refused,
                Some(_) if story.finished.is_some_and(|end| end < self.server_went_on) => {
                    Outcome::Completed
                }
                _ => Outcome::Unknown,
            },
            alerts: Vec::new(),
            client_hello_frames: Frames::new(),
            server_hello_frames: Frames::new(),
            certificate_verify_frames: story
                .verify
                .as_ref()
                .map(|(_, frames)| frames.clone())
                .unwrap_or_default(),
            session: Session { issued: story.issued.clone(), ..Session::default() },
            finished: Finished::NotChecked,
            inference: None,
        };
        self.post_handshake.iter().enumerate().map(one).collect()
    }

    fn post_handshake_story(&mut self, context: Vec<u8>) -> Option<&mut PostHandshake> {
        let known = self.post_handshake.iter().position(|story| story.context == context);
        let index = match known {
            Some(index) => index,
            None if self.post_handshake.len() < self.shared.limits().handshakes_per_connection => {
                self.post_handshake.push(PostHandshake { context, ..PostHandshake::default() });
                self.post_handshake.len() - 1
            }
            None => return None,
        };
        self.post_handshake.get_mut(index)
    }

    fn post_handshake_authentication(&self, story: &PostHandshake) -> ClientAuthentication {
        let obscured = |reason, detail: &str| {
            ClientAuthentication::Obscured(Obscurity { reason, detail: detail.to_owned() })
        };
        let Some(answer) = &story.answer else {
            return obscured(
                ObscuredReason::EndedEarly,
                "the server asked after the handshake, and the client's answer is not visible",
            );
        };
        if answer.empty {
            return ClientAuthentication::Declined { frames: answer.frames.clone() };
        }
        let leaf = answer.chain.first();
        if leaf.is_none() && answer.raw_key.is_none() {
            return obscured(
                ObscuredReason::Malformed,
                "the client's Certificate message cannot be read",
            );
        }
        let key = match &answer.raw_key {
            Some(raw_key) => Some(&raw_key.public_key),
            None => leaf.and_then(|leaf| leaf.fields.as_ref().ok()).map(|own| &own.public_key),
        };
        let content = self
            .tls13_suite()
            .filter(|_| !story.request_raw.is_empty() && self.client.finished)
            .and_then(|suite| {
                let after = [story.request_raw.as_slice(), &story.answer_raw].concat();
                self.transcript.tls13_content_after_handshake(suite, &after)
            });
        let possession = match (&story.verify, content, key) {
            (None, _, Some(key)) if story.finished.is_some() && key.can_sign() => {
                Possession::Missing
            }
            (None, ..) | (Some(_), None, _) => Possession::NotSeen,
            (Some(_), Some(_), None) => {
                Possession::NotCheckable { why: "the certificate cannot be parsed".to_owned() }
            }
            (Some((body, _)), Some(content), Some(key)) => {
                let keys = self.shared.certificates();
                possession::check(ProtocolVersion::TLS_1_3, key, keys, &content, body)
            }
        };
        let frames = answer.frames.clone();
        if let Some(key) = &answer.raw_key {
            let key = Arc::clone(key);
            return ClientAuthentication::PresentedKey(PresentedKey { frames, key, possession });
        }
        ClientAuthentication::Presented(Presented {
            frames,
            chain: answer.chain.clone(),
            chain_complete: answer.end == ListEnd::Complete,
            possession,
        })
    }
}
