//! The handshake messages that a CertificateVerify signs.

use crate::tls::{HandshakeMessage, HandshakeType};

/// Every handshake message from the ClientHello up to the CertificateVerify, of both sides.
///
/// Each side's messages come in their own order, and the two sides need not be in step: the server
/// speaks between the client's first message and its second (RFC 5246 section 7.3).
#[derive(Debug)]
pub(super) struct Transcript {
    limit: usize,
    client_hello: Vec<u8>,
    server: Vec<u8>,
    client: Vec<u8>,
    whole: bool,
}

impl Transcript {
    /// An empty transcript that keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        let empty = Vec::new;
        Self { limit, client_hello: empty(), server: empty(), client: empty(), whole: true }
    }

    /// Adds a message of the server, up to its ServerHelloDone.
    pub(super) fn server_message(&mut self, message: &HandshakeMessage) {
        // "This message MUST NOT be included in the message hashes" (RFC 5246 section 7.4.1.1).
        if message.message_type != HandshakeType::HELLO_REQUEST && self.admit(message) {
            self.server.extend_from_slice(&message.raw);
        }
    }

    /// Adds a message of the client; the CertificateVerify itself is left out.
    pub(super) fn client_message(&mut self, message: &HandshakeMessage) {
        if message.message_type == HandshakeType::CERTIFICATE_VERIFY || !self.admit(message) {
            return;
        }
        let is_first = message.message_type == HandshakeType::CLIENT_HELLO;
        let part = if is_first && self.client_hello.is_empty() {
            &mut self.client_hello
        } else {
            &mut self.client
        };
        part.extend_from_slice(&message.raw);
    }

    /// What a CertificateVerify signs; `None` where a part of it is missing.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let there = self.whole && !self.client_hello.is_empty() && !self.server.is_empty();
        there.then(|| [self.client_hello.as_slice(), &self.server, &self.client].concat())
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.client_hello.capacity() + self.server.capacity() + self.client.capacity()
    }

    fn admit(&mut self, message: &HandshakeMessage) -> bool {
        self.whole &= message.complete && self.held() + message.raw.len() <= self.limit;
        self.whole
    }
}
