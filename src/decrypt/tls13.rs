//! Key schedule below the traffic secrets, transcripts and Finished of TLS 1.3 (RFC 8446).
//!
//! A transcript is the concatenation of handshake messages with their headers, as they were sent.

use super::hash::Hash;
use super::secret::Secret;
use super::suite::Suite;
use crate::tls::{CipherSuite, HandshakeType};

/// Transcript-Hash (RFC 8446 section 4.4.1); `None` for suites that are none of TLS 1.3.
pub fn tls13_transcript_hash(suite: CipherSuite, transcript: &[u8]) -> Option<Vec<u8>> {
    Some(hash_of(suite)?.digest(transcript))
}

/// The message that stands for the first ClientHello in the transcript after a HelloRetryRequest,
/// header included (RFC 8446 section 4.4.1).
pub fn tls13_message_hash(suite: CipherSuite, client_hello: &[u8]) -> Option<Vec<u8>> {
    let digest = hash_of(suite)?.digest(client_hello);
    let mut message = vec![HandshakeType::MESSAGE_HASH.0, 0, 0, u8::try_from(digest.len()).ok()?];
    message.extend_from_slice(&digest);
    Some(message)
}

/// What the Finished of one side must hold (RFC 8446 section 4.4.4).
///
/// `traffic_secret` is that side's handshake traffic secret, after the handshake its application
/// traffic secret at that time; `transcript` is every message up to, not with, the Finished.
pub fn tls13_verify_data(
    suite: CipherSuite,
    traffic_secret: &Secret,
    transcript: &[u8],
) -> Option<Vec<u8>> {
    let hash = hash_of(suite)?;
    let key = hash.expand_label(traffic_secret.expose(), "finished", hash.length())?;
    Some(hash.hmac(&key, &[&hash.digest(transcript)]).to_vec())
}

/// What a CertificateVerify signs (RFC 8446 section 4.4.3).
///
/// `transcript` ends with the Certificate of the same side.
pub fn tls13_certificate_verify_content(
    suite: CipherSuite,
    transcript: &[u8],
    from_client: bool,
) -> Option<Vec<u8>> {
    let context: &[u8] = match from_client {
        true => b"TLS 1.3, client CertificateVerify",
        false => b"TLS 1.3, server CertificateVerify",
    };
    let digest = hash_of(suite)?.digest(transcript);
    Some([[b' '; 64].as_slice(), context, &[0], &digest].concat())
}

/// The traffic secret after a KeyUpdate (RFC 8446 section 7.2).
pub(super) fn next_traffic_secret(hash: Hash, secret: &Secret) -> Option<Secret> {
    Some(hash.expand_label(secret.expose(), "traffic upd", hash.length())?.into())
}

fn hash_of(suite: CipherSuite) -> Option<Hash> {
    Some(Suite::of(suite).filter(|suite| suite.is_tls13)?.prf)
}
