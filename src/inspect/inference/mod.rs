//! What the types and lengths of encrypted records say of a handshake that no key opened.
//!
//! Protection hides what a message says and, but for padding, not how long it is: an empty
//! Certificate, a Finished and a signature have lengths of their own. What follows from that is no
//! evidence. It rests on assumptions, which are given with it, and nothing here changes a status or
//! a verdict. Where the lengths fit more than one story, all of them are given.

mod compare;
mod padding;
mod record_lengths;
mod signature;
mod tls12;
mod tls13;
#[cfg(test)]
mod tls13_tests;

use std::ops::RangeInclusive;

pub use compare::Comparison;
pub use record_lengths::RecordLengths;

use super::observation::{ClientAuthentication, HandshakeKind, ObscuredReason, Observation};
use crate::tls::{CipherSuite, ProtocolVersion};

/// What the record lengths of one handshake suggest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inference {
    /// The answers that the lengths fit, at least one; a single one is the conclusion.
    pub answers: Vec<InferredAnswer>,
    /// Whether the server asked, where all the answers agree on that.
    pub requested: Option<bool>,
    /// DER length of the client's certificate if it was the only one, without extensions; `None`
    /// where nothing of it can be said. A certificate that was sent with its issuers is shorter.
    pub certificate_length: Option<LengthRange>,
    /// Length of the signature in the client's CertificateVerify.
    pub signature_length: Option<LengthRange>,
    /// Keys that make such signatures, `ECDSA 256`, `RSA 2048`: family and bits.
    pub key_types: Vec<String>,
    /// What must hold for all this, one clause each.
    pub assumptions: Vec<&'static str>,
    /// Lengths of the client's encrypted records of this handshake and the first ones after it, in
    /// bytes; as many as were looked at.
    pub client_record_lengths: Vec<u16>,
    /// The same of the server.
    pub server_record_lengths: Vec<u16>,
    /// DER length of a lone certificate and length of its signature together, where both stand in
    /// one record.
    certificate_and_signature: Option<RangeInclusive<usize>>,
}

/// An answer that record lengths can suggest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum InferredAnswer {
    /// The server did not ask.
    NotRequested,
    /// The server asked, and the client sent an empty Certificate.
    Declined,
    /// The server asked, and the client sent a certificate.
    Presented,
    /// The session was resumed, and no certificate was exchanged.
    Resumed,
}

/// A length of which only bounds may be known, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LengthRange {
    /// At least so many.
    pub least: usize,
    /// At most so many; `None` where nothing bounds it.
    pub most: Option<usize>,
}

impl InferredAnswer {
    /// All of them that a full handshake can have.
    const OF_FULL_HANDSHAKE: [Self; 3] = [Self::NotRequested, Self::Declined, Self::Presented];

    /// Whether the server asked where this is the answer.
    pub fn was_requested(self) -> bool {
        matches!(self, Self::Declined | Self::Presented)
    }
}

impl LengthRange {
    /// Whether `length` is within the bounds.
    pub fn contains(self, length: usize) -> bool {
        self.least <= length && self.most.is_none_or(|most| length <= most)
    }
}

impl From<&RangeInclusive<usize>> for LengthRange {
    fn from(range: &RangeInclusive<usize>) -> Self {
        Self { least: *range.start(), most: Some(*range.end()) }
    }
}

impl Inference {
    /// The one answer that the lengths fit; `None` where they are ambiguous.
    pub fn conclusion(&self) -> Option<InferredAnswer> {
        match self.answers.as_slice() {
            [answer] => Some(*answer),
            _ => None,
        }
    }

    /// What is left of it for the whole connection where a later handshake may have asked, unseen:
    /// application data records of any length may be one, so that it is always ambiguous.
    #[must_use]
    pub fn with_later_requests(&self) -> Self {
        let mut later = Self::of(InferredAnswer::OF_FULL_HANDSHAKE.to_vec());
        later.assumptions = vec![assumption::POST_HANDSHAKE];
        later.client_record_lengths.clone_from(&self.client_record_lengths);
        later.server_record_lengths.clone_from(&self.server_record_lengths);
        later
    }

    fn of(mut answers: Vec<InferredAnswer>) -> Self {
        answers.sort_unstable();
        answers.dedup();
        let requested = match answers.first().map(|first| first.was_requested()) {
            Some(first) if answers.iter().all(|answer| answer.was_requested() == first) => {
                Some(first)
            }
            _ => None,
        };
        Self {
            answers,
            requested,
            certificate_length: None,
            signature_length: None,
            key_types: Vec::new(),
            assumptions: Vec::new(),
            client_record_lengths: Vec::new(),
            server_record_lengths: Vec::new(),
            certificate_and_signature: None,
        }
    }

    /// Adds what the lengths say of the certificate and its key.
    fn describe(&mut self, certificate: &SentCertificate) {
        match certificate {
            SentCertificate::Lone { certificate, signature } => {
                self.certificate_length = Some(certificate.into());
                self.signature_length = Some(signature.into());
                self.key_types = signature::key_types(signature);
            }
            SentCertificate::WithSignature(together) => {
                let (shortest, longest) = signature::LENGTHS.into_inner();
                let least = together.start().saturating_sub(longest).max(SMALLEST_CERTIFICATE);
                let most = together.end().saturating_sub(shortest);
                self.certificate_length = Some(LengthRange { least, most: Some(most) });
                self.certificate_and_signature = Some(together.clone());
            }
            SentCertificate::Unknown => {}
        }
    }
}

/// What the lengths say of a certificate that was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
enum SentCertificate {
    /// DER length of a lone certificate, and length of its signature.
    Lone { certificate: RangeInclusive<usize>, signature: RangeInclusive<usize> },
    /// Both together.
    WithSignature(RangeInclusive<usize>),
    /// Nothing.
    Unknown,
}

/// What the readable messages say that lengths have to be read by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Negotiated {
    /// The version chosen.
    pub version: Option<ProtocolVersion>,
    /// The cipher suite chosen.
    pub cipher_suite: Option<CipherSuite>,
    /// The server agreed to encrypt first (RFC 7366).
    pub encrypt_then_mac: bool,
    /// Something was agreed to that changes the lengths of records in ways not known here:
    /// compression, a truncated MAC.
    pub other_lengths: bool,
    /// The client may have sent early data (RFC 8446 section 4.2.10).
    pub early_data: bool,
    /// The client may send a raw public key in place of a certificate (RFC 7250).
    pub raw_public_key: bool,
    /// The client's stack compresses certificates (RFC 8879).
    pub compressed_certificate: bool,
    /// The client may have sent messages of its own before its Certificate or Finished, which no
    /// standard knows (application settings, channel identifiers).
    pub other_messages: bool,
    /// Length of the ClientKeyExchange in the first handshake with its header, in bytes.
    pub client_key_exchange: Option<usize>,
    /// Messages that the client sends between ChangeCipherSpec and Finished.
    pub before_finished: usize,
}

/// Adds to every handshake that nobody could read what its record lengths suggest.
pub fn infer(
    observation: &mut Observation,
    negotiated: &Negotiated,
    client: &RecordLengths,
    server: &RecordLengths,
) {
    let renegotiations = client.renegotiations(negotiated.before_finished);
    let mut renegotiations = renegotiations.iter();
    let mut suite_changed = false;
    for handshake in &mut observation.handshakes {
        let group = match handshake.kind {
            HandshakeKind::Renegotiation => renegotiations.next(),
            HandshakeKind::Initial | HandshakeKind::PostHandshake => None,
        };
        // The records of the next one are protected by what this one negotiated.
        let own = handshake.cipher_suite;
        let before = suite_changed;
        suite_changed |= own.is_some() && own != negotiated.cipher_suite;
        // Where the bytes contradict each other their lengths say nothing either.
        let is_open = matches!(
            &handshake.client_authentication,
            ClientAuthentication::Obscured(obscurity)
                if obscurity.reason != ObscuredReason::Malformed
        );
        if !is_open || negotiated.other_lengths {
            continue;
        }
        let asked = handshake.certificate_request.is_some();
        let inference = match (handshake.kind, group) {
            (HandshakeKind::Initial, _) => tls13::infer(negotiated, asked, client, server),
            (HandshakeKind::Renegotiation, Some(group)) if !before => {
                tls12::infer(negotiated, asked, group)
            }
            _ => None,
        };
        handshake.inference = inference.map(Box::new);
    }
}

/// DER length below which no X.509 certificate with a usable key is, in bytes. One with an Ed25519
/// key and signature and empty names has 169 (RFC 5280 section 4.1, RFC 8410).
const SMALLEST_CERTIFICATE: usize = 160;

/// Length of a handshake message's header, in bytes.
const HEADER: usize = 4;

mod assumption {
    //! What an inference rests on.

    pub(super) const NO_RANDOM_PADDING: &str = "records are padded by the same rule, not at random";
    pub(super) const JSSE_PADDING: &str = "the client pads every record by 16 bytes, as Java does";
    pub(super) const BLOCK_PADDING: &str =
        "the client pads every record to a multiple of 16 bytes, as Mbed TLS does";
    pub(super) const MESSAGES_AND_RECORDS: &str =
        "a record holds one message, a part of one, or the whole flight";
    pub(super) const LONE_CERTIFICATE: &str = "the lengths are those of a lone certificate without extensions; one that was sent with \
         its issuers is shorter";
    pub(super) const NOT_COMPRESSED: &str = "the certificate was not compressed";
    pub(super) const MAY_BE_COMPRESSED: &str =
        "the client may have compressed its certificate, so that its length is not told";
    pub(super) const NOT_RAW: &str = "the client sent a certificate and no raw public key";
    pub(super) const POST_HANDSHAKE: &str =
        "a request after the handshake looks like application data";
    pub(super) const SAME_KEY_EXCHANGE: &str =
        "the key exchange message is as long as in the first handshake, or as its kinds are";
    pub(super) const SAME_SUITE: &str =
        "no earlier renegotiation changed the cipher suite or the kind of protection";
    pub(super) const SHORTEST_BLOCKS: &str =
        "no more padding was added than the cipher's blocks need";
}
