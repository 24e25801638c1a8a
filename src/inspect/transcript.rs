//! The handshake messages that a CertificateVerify signs.

use crate::decrypt::{tls13_certificate_verify_content, tls13_message_hash};
use crate::tls::{CipherSuite, HandshakeMessage, HandshakeType};

/// Every handshake message from the ClientHello up to the CertificateVerify, of both sides.
///
/// Each side's messages come in their own order, and the two sides need not be in step: the server
/// speaks between the client's first message and its second (RFC 5246 section 7.3).
#[derive(Debug)]
pub(super) struct Transcript {
    limit: usize,
    client_hello: Vec<u8>,
    /// HelloRetryRequest and the second ClientHello.
    retry: [Vec<u8>; 2],
    server: Vec<u8>,
    client: Vec<u8>,
    /// Length of `client` before the CertificateVerify, once there is one.
    verify_at: Option<usize>,
    whole: bool,
}

impl Transcript {
    /// An empty transcript that keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        let empty = Vec::new;
        Self {
            limit,
            client_hello: empty(),
            retry: [empty(), empty()],
            server: empty(),
            client: empty(),
            verify_at: None,
            whole: true,
        }
    }

    /// Adds a HelloRetryRequest.
    pub(super) fn hello_retry_request(&mut self, message: &HandshakeMessage) {
        if self.admit(message) {
            let [retry, _] = &mut self.retry;
            retry.extend_from_slice(&message.raw);
        }
    }

    /// Adds a message of the server, up to its ServerHelloDone.
    pub(super) fn server_message(&mut self, message: &HandshakeMessage) {
        // "This message MUST NOT be included in the message hashes" (RFC 5246 section 7.4.1.1).
        if message.message_type != HandshakeType::HELLO_REQUEST && self.admit(message) {
            self.server.extend_from_slice(&message.raw);
        }
    }

    /// Adds a message of the client, up to its Finished.
    pub(super) fn client_message(&mut self, message: &HandshakeMessage) {
        if !self.admit(message) {
            return;
        }
        if message.message_type == HandshakeType::CERTIFICATE_VERIFY {
            self.verify_at.get_or_insert(self.client.len());
        }
        let is_first = message.message_type == HandshakeType::CLIENT_HELLO;
        let [_, second_hello] = &mut self.retry;
        let part = match is_first {
            true if self.client_hello.is_empty() => &mut self.client_hello,
            true => second_hello,
            false => &mut self.client,
        };
        part.extend_from_slice(&message.raw);
    }

    /// What a CertificateVerify signs; `None` where a part of it is missing.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let there = self.whole && !self.client_hello.is_empty() && !self.server.is_empty();
        there.then(|| {
            [self.client_hello.as_slice(), &self.server, self.client_before_verify()].concat()
        })
    }

    /// What a client's CertificateVerify of TLS 1.3 signs (RFC 8446 section 4.4.3); `None` where a
    /// part of it is missing.
    pub(super) fn tls13_content(&self, suite: CipherSuite) -> Option<Vec<u8>> {
        self.tls13_signed(suite, self.client_before_verify())
    }

    /// What a CertificateVerify after the handshake signs: the whole handshake, and `after` it the
    /// CertificateRequest and the Certificate (RFC 8446 section 4.4).
    pub(super) fn tls13_content_after_handshake(
        &self,
        suite: CipherSuite,
        after: &[u8],
    ) -> Option<Vec<u8>> {
        self.tls13_signed(suite, &[self.client.as_slice(), after].concat())
    }

    fn client_before_verify(&self) -> &[u8] {
        let end = self.verify_at.unwrap_or(self.client.len());
        self.client.get(..end).unwrap_or(&self.client)
    }

    fn tls13_signed(&self, suite: CipherSuite, client: &[u8]) -> Option<Vec<u8>> {
        let [retry, second_hello] = &self.retry;
        let there = self.whole
            && !self.client_hello.is_empty()
            && !self.server.is_empty()
            && retry.is_empty() == second_hello.is_empty();
        if !there {
            return None;
        }
        let first = if retry.is_empty() {
            self.client_hello.clone()
        } else {
            tls13_message_hash(suite, &self.client_hello)?
        };
        let transcript = [first.as_slice(), retry, second_hello, &self.server, client].concat();
        tls13_certificate_verify_content(suite, &transcript, true)
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let retry: usize = self.retry.iter().map(Vec::capacity).sum();
        self.client_hello.capacity() + retry + self.server.capacity() + self.client.capacity()
    }

    fn admit(&mut self, message: &HandshakeMessage) -> bool {
        self.whole &= message.complete && self.held() + message.raw.len() <= self.limit;
        self.whole
    }
}
