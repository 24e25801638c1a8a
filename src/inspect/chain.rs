//! The certificates of a Certificate message, in the form of the negotiated version.

use std::sync::Arc;

use super::event::Peer;
use super::frames::Frames;
use super::inspector::Inspector;
use super::observation::ObscuredReason;
use crate::certificate::{Certificate, CertificateCache, PublicKey, RawPublicKey};
use crate::decrypt::decompress_certificate;
use crate::tls::messages::{CertificateList, CompressedCertificateBody, ListEnd};
use crate::tls::{CertificateType, HandshakeMessage, HandshakeType, Malformed, Reader};

/// The client's Certificate message.
#[derive(Debug)]
pub(super) struct ClientCertificate {
    pub(super) frames: Frames,
    pub(super) chain: Vec<Arc<Certificate>>,
    /// What it holds in place of a chain (RFC 7250).
    pub(super) raw_key: Option<Arc<RawPublicKey>>,
    pub(super) end: ListEnd,
    pub(super) empty: bool,
    /// What cut the message, where something did.
    pub(super) cut_by: Option<ObscuredReason>,
}

impl ClientCertificate {
    /// The key that it is sent for; `None` where there is none that can be read.
    pub(super) fn public_key(&self) -> Option<&PublicKey> {
        match &self.raw_key {
            Some(raw_key) => Some(&raw_key.public_key),
            None => self.chain.first()?.fields.as_ref().ok().map(|own| &own.public_key),
        }
    }
}

/// The certificates of one message.
pub(super) struct ReadChain {
    pub(super) chain: Vec<Arc<Certificate>>,
    pub(super) raw_key: Option<Arc<RawPublicKey>>,
    pub(super) end: ListEnd,
    pub(super) empty: bool,
    /// `certificate_request_context`; empty but after the handshake.
    pub(super) context: Vec<u8>,
}

impl ReadChain {
    fn tls13(
        body: &[u8],
        limit: usize,
        form: Option<CertificateType>,
        certificates: &CertificateCache,
    ) -> Self {
        let context = Reader::new(body).vector8("certificate_request_context");
        let list = CertificateList::read_tls13(body, limit);
        Self {
            context: context.unwrap_or_default().to_vec(),
            ..Self::tls13_key(&list, form).unwrap_or_else(|| Self::new(&list, certificates))
        }
    }

    pub(super) fn unreadable(end: ListEnd) -> Self {
        Self { chain: Vec::new(), raw_key: None, end, empty: false, context: Vec::new() }
    }

    fn new(list: &CertificateList<'_>, certificates: &CertificateCache) -> Self {
        Self {
            chain: list.certificates.iter().map(|der| certificates.read(der)).collect(),
            raw_key: None,
            end: list.end,
            empty: list.is_empty(),
            context: Vec::new(),
        }
    }
}

impl Inspector {
    pub(super) fn certificate_of_client(
        &mut self,
        message: HandshakeMessage,
        cut_by: Option<ObscuredReason>,
    ) {
        if self.client_certificate().is_some() {
            return;
        }
        let ReadChain { chain, raw_key, end, empty, .. } = self.read_chain(&message, Peer::Client);
        self.exchange_mut().answer = Some(ClientCertificate {
            chain,
            raw_key,
            end,
            empty,
            cut_by,
            frames: message.frames.into(),
        });
    }

    /// The certificates of `peer`, in the form of the negotiated version.
    pub(super) fn read_chain(&self, message: &HandshakeMessage, peer: Peer) -> ReadChain {
        let limit = self.shared.limits().certificates_per_chain;
        let form = self.certificate_type(peer);
        if self.is_tls13() && !message.complete {
            return ReadChain::unreadable(ListEnd::Cut);
        }
        if !self.is_tls13() {
            return ReadChain::tls12_key(message, form).unwrap_or_else(|| {
                ReadChain::new(&CertificateList::read(message, limit), self.shared.certificates())
            });
        }
        if message.message_type == HandshakeType::CERTIFICATE {
            return ReadChain::tls13(message.body(), limit, form, self.shared.certificates());
        }
        let uncompressed = CompressedCertificateBody::read(message.body()).ok().and_then(|body| {
            let limit = self.shared.limits().handshake_message_bytes;
            let length = body.uncompressed_length;
            decompress_certificate(body.algorithm, length, body.compressed, limit).ok()
        });
        match uncompressed {
            Some(body) => ReadChain::tls13(&body, limit, form, self.shared.certificates()),
            None => ReadChain::unreadable(ListEnd::Malformed(Malformed::Value(
                "compressed_certificate_message",
            ))),
        }
    }
}
