//! Post-handshake client authentication (RFC 8446 section 4.6.2).

use std::sync::Arc;

use super::chain::{ClientCertificate, ReadChain};
use super::conclusion::obscured;
use super::event::Peer;
use super::exchange::{CertificateVerify, Exchange};
use super::facts::Working;
use super::finished::Finished;
use super::frames::Frames;
use super::inspector::Inspector;
use super::observation::{
    CertificateRequest, ClientAuthentication, Handshake, HandshakeKind, ObscuredReason, Outcome,
    Possession, Session, Visibility,
};
use super::possession;
use crate::certificate::PublicKey;
use crate::tls::messages::CertificateRequestBody;
use crate::tls::{HandshakeMessage, ProtocolVersion, Reader};

/// A request that the server made after the handshake, and its answer.
///
/// The two sides need not be in step: the context that both messages carry joins them.
#[derive(Debug, Default)]
pub(super) struct PostHandshake {
    context: Vec<u8>,
    exchange: Exchange,
    /// The messages, which the signature covers, and the body of the CertificateVerify.
    request: Vec<u8>,
    answer: Vec<u8>,
    verify: Vec<u8>,
    /// The frame in which the client's Finished after the answer ended.
    finished: Option<u64>,
    /// Digests of the tickets that came after the answer.
    pub(super) issued: Vec<[u8; 32]>,
}

impl PostHandshake {
    /// Whether the client answered.
    pub(super) fn is_answered(&self) -> bool {
        self.exchange.answer.is_some()
    }
}

impl Inspector {
    /// A CertificateRequest after the server's Finished.
    pub(super) fn post_handshake_request(&mut self, message: &HandshakeMessage) {
        let Ok(context) = Reader::new(message.body()).vector8("certificate_request_context") else {
            return;
        };
        let body = CertificateRequestBody::read(message.body(), ProtocolVersion::TLS_1_3);
        if let Some(story) = self.post_handshake_story(context.to_vec()) {
            story.exchange.request = Some(CertificateRequest::of(message, &body));
            story.request.clone_from(&message.raw);
        }
    }

    /// A Certificate of the client after its Finished.
    pub(super) fn post_handshake_answer(&mut self, message: &HandshakeMessage) {
        let ReadChain { chain, raw_key, end, empty, context } =
            self.read_chain(message, Peer::Client);
        let frames = message.frames.as_slice().into();
        let answer = ClientCertificate { frames, chain, raw_key, end, empty, cut_by: None };
        if let Some(story) = self.post_handshake_story(context) {
            story.exchange.answer = Some(answer);
            story.answer.clone_from(&message.raw);
        }
    }

    /// A CertificateVerify of the client after its Finished: it belongs to the last Certificate.
    pub(super) fn post_handshake_verify(&mut self, message: &HandshakeMessage) {
        let is_due = |story: &&mut PostHandshake| {
            let Exchange { answer, verify, .. } = &story.exchange;
            verify.is_none() && answer.as_ref().is_some_and(|answer| !answer.empty)
        };
        let last = self.working_mut().post_handshake.iter_mut().rev().find(is_due);
        if let Some(story) = last {
            story.exchange.verify = Some(CertificateVerify::of(message));
            story.verify = message.body().to_vec();
        }
    }

    /// A Finished of the client after its first one: it ends the last answer.
    pub(super) fn post_handshake_finished(&mut self, frame: u64) {
        let stories = self.working_mut().post_handshake.iter_mut();
        let last = stories.rev().find(|story| story.is_answered());
        if let Some(story) = last.filter(|story| story.finished.is_none()) {
            story.finished = Some(frame);
        }
    }

    /// One handshake for each request or answer.
    pub(super) fn post_handshakes(&self, refused: bool) -> Vec<Handshake> {
        let Some(Working { post_handshake, server_went_on, .. }) = self.working.as_deref() else {
            return Vec::new();
        };
        let last = post_handshake.len().saturating_sub(1);
        let one = |(index, story): (usize, &PostHandshake)| Handshake {
            kind: HandshakeKind::PostHandshake,
            protocol_version: self.version(),
            cipher_suite: self.tls13_suite(),
            visibility: Visibility::Decrypted,
            hello_retry_request: false,
            resumed: false,
            certificate_request: story.exchange.request.clone(),
            client_authentication: self.post_handshake_authentication(story),
            server_chain: Arc::default(),
            certificate_message_missing: false,
            outcome: match story.exchange.answer {
                Some(_) if refused && index == last => Outcome::Refused,
                Some(_) if story.finished.is_some_and(|end| end < *server_went_on) => {
                    Outcome::Completed
                }
                _ => Outcome::Unknown,
            },
            alerts: Vec::new(),
            client_hello_frames: Frames::new(),
            server_hello_frames: Frames::new(),
            certificate_verify_frames: story
                .exchange
                .verify
                .as_ref()
                .map(|verify| verify.frames.clone())
                .unwrap_or_default(),
            session: Session { issued: story.issued.clone(), ..Session::default() },
            finished: Finished::NotChecked,
            inference: None,
        };
        post_handshake.iter().enumerate().map(one).collect()
    }

    fn post_handshake_story(&mut self, context: Vec<u8>) -> Option<&mut PostHandshake> {
        let most = self.shared.limits().handshakes_per_connection;
        let stories = &mut self.working_mut().post_handshake;
        let known = stories.iter().position(|story| story.context == context);
        let index = match known {
            Some(index) => index,
            None if stories.len() < most => {
                stories.push(PostHandshake { context, ..PostHandshake::default() });
                stories.len() - 1
            }
            None => return None,
        };
        stories.get_mut(index)
    }

    fn post_handshake_authentication(&self, story: &PostHandshake) -> ClientAuthentication {
        match &story.exchange.answer {
            Some(answer) => answer.authentication(|key| self.post_handshake_possession(story, key)),
            None => obscured(
                ObscuredReason::EndedEarly,
                "the server asked after the handshake, and the client's answer is not visible",
            ),
        }
    }

    fn post_handshake_possession(
        &self,
        story: &PostHandshake,
        key: Option<&PublicKey>,
    ) -> Possession {
        let content = self
            .tls13_suite()
            .zip(self.transcript())
            .filter(|_| !story.request.is_empty() && self.own.client.finished)
            .and_then(|(suite, transcript)| {
                let after = [story.request.as_slice(), &story.answer].concat();
                transcript.tls13_content_after_handshake(suite, &after)
            });
        match (&story.exchange.verify, content, key) {
            (None, _, Some(key)) if story.finished.is_some() && key.can_sign() => {
                Possession::Missing
            }
            (None, ..) | (Some(_), None, _) => Possession::NotSeen,
            (Some(_), Some(_), None) => {
                Possession::NotCheckable { why: "the certificate cannot be parsed".to_owned() }
            }
            (Some(_), Some(content), Some(key)) => {
                let keys = self.shared.certificates();
                possession::check(ProtocolVersion::TLS_1_3, key, keys, &content, &story.verify)
            }
        }
    }
}
