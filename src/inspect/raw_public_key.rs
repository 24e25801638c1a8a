//! Raw public keys: what a Certificate message holds in place of certificates (RFC 7250).

use std::sync::Arc;

use super::chain::ReadChain;
use super::event::Peer;
use super::inspector::Inspector;
use crate::certificate::RawPublicKey;
use crate::tls::messages::{CertificateList, ListEnd};
use crate::tls::{CertificateType, HandshakeMessage, Malformed, Reader};

impl Inspector {
    /// In which form `peer` presents itself; `None` where the message that says it is not there.
    pub(super) fn certificate_type(&self, peer: Peer) -> Option<CertificateType> {
        let [client, server] = if self.is_tls13() {
            let extensions = self.encrypted_extensions()?;
            [extensions.client_certificate_type, extensions.server_certificate_type]
        } else {
            let hello = self.facts.server_hello.as_ref().filter(|hello| hello.complete)?;
            [hello.client_certificate_type, hello.server_certificate_type]
        };
        let chosen = if peer == Peer::Client { client } else { server };
        Some(chosen.unwrap_or(CertificateType::X509))
    }
}

impl ReadChain {
    /// The key in a TLS 1.2 message, which is there without a list around it (RFC 7250 section 3);
    /// `None` where the message holds no key. Where the form is not known, the bytes tell it.
    pub(super) fn tls12_key(
        message: &HandshakeMessage,
        form: Option<CertificateType>,
    ) -> Option<Self> {
        let is_due = match form {
            Some(form) if form != CertificateType::RAW_PUBLIC_KEY => return None,
            form => form.is_some(),
        };
        let mut reader = Reader::new(message.body());
        let key = reader.vector24("ASN.1_subjectPublicKeyInfo").ok().filter(|_| reader.is_empty());
        match key {
            Some([]) => None,
            Some(der) if RawPublicKey::is_one(der) => Some(Self::key(der)),
            Some(_) if is_due => Some(Self::no_key()),
            None if is_due => Some(Self::unreadable(ListEnd::Cut)),
            _ => None,
        }
    }

    /// The key in a list of TLS 1.3, its only entry (RFC 7250 section 3).
    pub(super) fn tls13_key(
        list: &CertificateList<'_>,
        form: Option<CertificateType>,
    ) -> Option<Self> {
        let &first = list.certificates.first()?;
        let is_one = RawPublicKey::is_one(first);
        match form {
            Some(CertificateType::RAW_PUBLIC_KEY) if !is_one => Some(Self::no_key()),
            Some(CertificateType::RAW_PUBLIC_KEY) => Some(Self::key(first)),
            Some(_) => None,
            None => is_one.then(|| Self::key(first)),
        }
    }

    /// A message in which a key is due and something else stands.
    fn no_key() -> Self {
        Self::unreadable(ListEnd::Malformed(Malformed::Value("ASN.1_subjectPublicKeyInfo")))
    }

    fn key(der: &[u8]) -> Self {
        Self {
            raw_key: Some(Arc::new(RawPublicKey::from_der(der))),
            ..Self::unreadable(ListEnd::Complete)
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::tls::HandshakeType;

    /// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 section 10.1).
    const SPKI: [u8; 44] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x19, 0xbf, 0x44,
        0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50,
        0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
    ];
    const RAW: Option<CertificateType> = Some(CertificateType::RAW_PUBLIC_KEY);
    const X509: Option<CertificateType> = Some(CertificateType::X509);

    fn message(body: &[u8]) -> HandshakeMessage {
        HandshakeMessage {
            message_type: HandshakeType::CERTIFICATE,
            length: body.len(),
            raw: [&[11, 0, 0, u8::try_from(body.len()).unwrap()], body].concat(),
            complete: true,
            over_limit: false,
            frames: vec![1],
        }
    }

    fn in_tls12(body: &[u8], form: Option<CertificateType>) -> Option<RawPublicKey> {
        let read = ReadChain::tls12_key(&message(body), form)?;
        read.raw_key.map(|key| RawPublicKey::clone(&key))
    }

    fn in_tls13(der: &[u8], form: Option<CertificateType>) -> bool {
        let length = u8::try_from(der.len()).unwrap();
        let body = [&[0, 0, 0, length + 5, 0, 0, length], der, &[0, 0]].concat();
        ReadChain::tls13_key(&CertificateList::read_tls13(&body, 4), form).is_some()
    }

    #[test]
    fn a_key_stands_alone_in_tls_1_2_and_in_a_list_in_tls_1_3() {
        let body = [&[0, 0, 44], SPKI.as_slice()].concat();
        let key = in_tls12(&body, RAW).unwrap();
        assert_eq!(key.public_key.description, "Ed25519");
        assert!(in_tls13(&SPKI, RAW));
    }

    #[test]
    fn without_the_servers_word_the_structure_tells_a_key() {
        let body = [&[0, 0, 44], SPKI.as_slice()].concat();
        assert!(in_tls12(&body, None).is_some() && in_tls13(&SPKI, None));
        assert!(in_tls12(&body, X509).is_none() && !in_tls13(&SPKI, X509));
        assert!(in_tls12(&[0, 0, 4, 0, 0, 1, 0x30], None).is_none() && !in_tls13(&[0x30, 0], None));
    }

    #[test]
    fn an_empty_message_holds_no_key() {
        assert!(ReadChain::tls12_key(&message(&[0, 0, 0]), RAW).is_none());
        assert!(ReadChain::tls13_key(&CertificateList::read_tls13(&[0; 4], 4), RAW).is_none());
    }

    #[test]
    fn what_stands_in_place_of_a_key_is_none() {
        let no_key = ListEnd::Malformed(Malformed::Value("ASN.1_subjectPublicKeyInfo"));
        let read = ReadChain::tls12_key(&message(&[0, 0, 4, 0, 0, 1, 0x30]), RAW).unwrap();
        assert!(read.raw_key.is_none() && read.chain.is_empty() && read.end == no_key);
        let list = [0, 0, 0, 6, 0, 0, 1, 0x30, 0, 0];
        let read = ReadChain::tls13_key(&CertificateList::read_tls13(&list, 4), RAW).unwrap();
        assert!(read.raw_key.is_none() && read.chain.is_empty() && read.end == no_key);
    }

    #[test]
    fn a_key_that_is_cut_is_not_read_as_certificates() {
        let read = ReadChain::tls12_key(&message(&[0, 0, 44, 0x30, 0x2a]), RAW).unwrap();
        assert!(read.raw_key.is_none() && !read.empty && read.chain.is_empty());
    }
}
