//! The handshake messages that a CertificateVerify and the Finished of both sides cover.

use crate::decrypt::{tls13_certificate_verify_content, tls13_message_hash};
use crate::tls::{CipherSuite, HandshakeMessage, HandshakeType};

/// Every handshake message of both sides, up to their Finished.
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
    /// What the server sends in TLS 1.2 after the client's Finished: a NewSessionTicket.
    server_after: Vec<u8>,
    server_finished: Vec<u8>,
    client: Vec<u8>,
    client_finished: Vec<u8>,
    /// The server accepted early data: the client ends them with a message (RFC 8446 section 4.5).
    early_data: bool,
    /// Length of `client` before the CertificateVerify, once there is one.
    verify_at: Option<usize>,
    whole: bool,
}

/// A Finished, and the messages that it covers.
pub(super) struct Covered<'a> {
    /// Every message before it, with headers.
    pub(super) before: Vec<u8>,
    /// The Finished, with its header.
    pub(super) finished: &'a [u8],
}

impl Covered<'_> {
    /// Whether `verify_data` is what the Finished holds.
    pub(super) fn holds(&self, verify_data: &[u8]) -> bool {
        self.finished.get(HandshakeMessage::HEADER..) == Some(verify_data)
    }
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
            server_after: empty(),
            server_finished: empty(),
            client: empty(),
            client_finished: empty(),
            early_data: false,
            verify_at: None,
            whole: true,
        }
    }

    /// One of which the messages are no longer held: nothing can be checked with it.
    pub(super) fn given_up() -> Self {
        Self { whole: false, ..Self::new(0) }
    }

    /// Adds a HelloRetryRequest.
    pub(super) fn hello_retry_request(&mut self, message: &HandshakeMessage) {
        if self.admit(message) {
            let [retry, _] = &mut self.retry;
            retry.extend_from_slice(&message.raw);
        }
    }

    /// Adds a message of the server; `flight_ended` where its ServerHelloDone came before.
    pub(super) fn server_message(&mut self, message: &HandshakeMessage, flight_ended: bool) {
        // "This message MUST NOT be included in the message hashes" (RFC 5246 section 7.4.1.1).
        if message.message_type == HandshakeType::HELLO_REQUEST || !self.admit(message) {
            return;
        }
        let part = match message.message_type {
            HandshakeType::FINISHED => &mut self.server_finished,
            _ if flight_ended => &mut self.server_after,
            _ => &mut self.server,
        };
        part.extend_from_slice(&message.raw);
    }

    /// Notes that the server accepted early data.
    pub(super) fn accept_early_data(&mut self) {
        self.early_data = true;
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
            false if message.message_type == HandshakeType::FINISHED => &mut self.client_finished,
            false => &mut self.client,
        };
        part.extend_from_slice(&message.raw);
    }

    /// What a CertificateVerify signs in TLS 1.2 and before, and an extended master secret is bound
    /// to (RFC 5246 section 7.4.8, RFC 7627 section 3): all up to the ClientKeyExchange. `None`
    /// where a part of it is missing.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        self.is_there().then(|| {
            [self.client_hello.as_slice(), &self.server, self.client_before_verify()].concat()
        })
    }

    /// What the client's CertificateVerify of TLS 1.3 signs (RFC 8446 section 4.4.3); `None` where a
    /// part of it is missing.
    pub(super) fn tls13_content(&self, suite: CipherSuite) -> Option<Vec<u8>> {
        let before =
            [self.to_server_finished(suite)?, self.client_flight(self.client_before_verify())];
        tls13_certificate_verify_content(suite, &before.concat(), true)
    }

    /// What a CertificateVerify after the handshake signs: the whole handshake, and `after` it the
    /// CertificateRequest and the Certificate (RFC 8446 section 4.4).
    pub(super) fn tls13_content_after_handshake(
        &self,
        suite: CipherSuite,
        after: &[u8],
    ) -> Option<Vec<u8>> {
        let server = self.to_server_finished(suite)?;
        let client = self.client_flight(&self.client);
        let transcript = [server.as_slice(), &client, &self.client_finished, after].concat();
        tls13_certificate_verify_content(suite, &transcript, true)
    }

    /// What the Finished of both sides cover in TLS 1.2 and before (RFC 5246 section 7.4.9), and
    /// what the Finished hold. In an abbreviated handshake the server's comes first.
    pub(super) fn tls12_finished(&self, abbreviated: bool) -> Option<[Covered<'_>; 2]> {
        let hellos = [self.client_hello.as_slice(), &self.server].concat();
        let (before_client, before_server) = if abbreviated {
            let client = [hellos.as_slice(), &self.server_finished, &self.client].concat();
            (client, hellos)
        } else {
            let client = [hellos.as_slice(), &self.client].concat();
            let server = [client.as_slice(), &self.client_finished, &self.server_after].concat();
            (client, server)
        };
        self.finished(before_client, before_server)
    }

    /// What the Finished of both sides cover in TLS 1.3 (RFC 8446 section 4.4.4), and what they hold.
    pub(super) fn tls13_finished(&self, suite: CipherSuite) -> Option<[Covered<'_>; 2]> {
        let before_server = self.to_server(suite)?;
        let before_client =
            [before_server.as_slice(), &self.server_finished, &self.client_flight(&self.client)]
                .concat();
        self.finished(before_client, before_server)
    }

    fn finished(&self, client: Vec<u8>, server: Vec<u8>) -> Option<[Covered<'_>; 2]> {
        let there =
            self.is_there() && !self.client_finished.is_empty() && !self.server_finished.is_empty();
        there.then(|| {
            [
                Covered { before: client, finished: &self.client_finished },
                Covered { before: server, finished: &self.server_finished },
            ]
        })
    }

    fn is_there(&self) -> bool {
        self.whole && !self.client_hello.is_empty() && !self.server.is_empty()
    }

    fn client_before_verify(&self) -> &[u8] {
        let end = self.verify_at.unwrap_or(self.client.len());
        self.client.get(..end).unwrap_or(&self.client)
    }

    /// Messages of the client after the server's Finished, with the one that ends early data: it is
    /// protected with a key of its own, and always the same.
    fn client_flight(&self, messages: &[u8]) -> Vec<u8> {
        let end_of_early_data: &[u8] = &[HandshakeType::END_OF_EARLY_DATA.0, 0, 0, 0];
        match self.early_data && !messages.starts_with(end_of_early_data) {
            true => [end_of_early_data, messages].concat(),
            false => messages.to_vec(),
        }
    }

    fn to_server_finished(&self, suite: CipherSuite) -> Option<Vec<u8>> {
        Some([self.to_server(suite)?.as_slice(), &self.server_finished].concat())
    }

    /// TLS 1.3, from the ClientHello to the server's last message before its Finished.
    fn to_server(&self, suite: CipherSuite) -> Option<Vec<u8>> {
        let [retry, second_hello] = &self.retry;
        if !self.is_there() || retry.is_empty() != second_hello.is_empty() {
            return None;
        }
        let first = if retry.is_empty() {
            self.client_hello.clone()
        } else {
            tls13_message_hash(suite, &self.client_hello)?
        };
        Some([first.as_slice(), retry, second_hello, &self.server].concat())
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let retry: usize = self.retry.iter().map(Vec::capacity).sum();
        let server =
            self.server.capacity() + self.server_after.capacity() + self.server_finished.capacity();
        let client = self.client.capacity() + self.client_finished.capacity();
        self.client_hello.capacity() + retry + server + client
    }

    fn admit(&mut self, message: &HandshakeMessage) -> bool {
        self.whole &= message.complete && self.held() + message.raw.len() <= self.limit;
        self.whole
    }
}
