//! An encrypted renegotiation of TLS 1.2 and older: the client's handshake records from its
//! ClientHello to its ChangeCipherSpec (RFC 5246 section 7.3).
//!
//! Types stay readable, so that it is known where the flight ends. Between the two stand, in a full
//! handshake, a Certificate where the server asked, the ClientKeyExchange, and a CertificateVerify
//! where the Certificate was not empty. The ClientKeyExchange was in the clear in the first
//! handshake, which tells how long it is.

use std::ops::RangeInclusive;

use super::{
    HEADER, Inference, InferredAnswer, Negotiated, SMALLEST_CERTIFICATE, SentCertificate,
    assumption, signature,
};
use crate::decrypt::Overhead;
use crate::tls::ProtocolVersion;

/// A record's content, in bytes; of a block cipher only a range is known.
type Content = RangeInclusive<usize>;

/// Certificate with an empty list (RFC 5246 section 7.4.2).
const EMPTY_CERTIFICATE: usize = HEADER + 3;
/// What a Certificate has besides the DER of a lone certificate.
const AROUND_CERTIFICATE: usize = EMPTY_CERTIFICATE + 3;
/// ClientHello with one suite and no extensions (section 7.4.1.2).
const SMALLEST_HELLO: usize = HEADER + 2 + 32 + 1 + 4 + 2;

/// Lengths of a ClientKeyExchange, without its header: points of X25519, P-256, X448, P-384,
/// P-521 (RFC 8422 section 5.7); secrets under RSA keys of 1024 to 4096 bits; values of
/// finite-field groups of 1024 to 8192 bits (RFC 7919), whose first byte may be left out.
const KEY_EXCHANGES: [usize; 18] =
    [33, 66, 57, 98, 134, 130, 258, 386, 514, 770, 1026, 129, 257, 385, 513, 769, 1025, 194];

/// What the client's records suggest: `lengths` are those from its ClientHello on.
pub(super) fn infer(negotiated: &Negotiated, asked: bool, lengths: &[u16]) -> Option<Inference> {
    let version = negotiated.version?;
    if !(ProtocolVersion::TLS_1_0..=ProtocolVersion::TLS_1_2).contains(&version) {
        return None;
    }
    let overhead = Overhead::of(negotiated.cipher_suite?, version, negotiated.encrypt_then_mac)?;
    let contents = lengths.iter().map(|length| overhead.content(usize::from(*length)));
    let contents = contents.collect::<Option<Vec<_>>>()?;
    let (hello, flight) = contents.split_first()?;
    if *hello.end() < SMALLEST_HELLO {
        return None;
    }
    let around_signature = HEADER + 2 + if version == ProtocolVersion::TLS_1_2 { 2 } else { 0 };
    let flight = Flight { records: flight, negotiated, around_signature };
    let (mut answers, certificate) = flight.story();
    answers.retain(|answer| !asked || answer.was_requested());
    if answers.is_empty() {
        return None;
    }
    let mut inference = Inference::of(answers);
    if inference.conclusion() == Some(InferredAnswer::Presented) {
        inference.describe(&certificate);
    }
    inference.assumptions.push(assumption::MESSAGES_AND_RECORDS);
    inference.assumptions.push(assumption::SAME_SUITE);
    if overhead.block.is_some() {
        inference.assumptions.push(assumption::SHORTEST_BLOCKS);
    }
    if inference.conclusion().is_some_and(|answer| answer != InferredAnswer::Resumed) {
        inference.assumptions.push(assumption::SAME_KEY_EXCHANGE);
    }
    if inference.conclusion() == Some(InferredAnswer::Presented) {
        inference.assumptions.push(assumption::LONE_CERTIFICATE);
    }
    inference.client_record_lengths = lengths.to_vec();
    Some(inference)
}

/// The client's records between its ClientHello and its ChangeCipherSpec.
struct Flight<'a> {
    records: &'a [Content],
    negotiated: &'a Negotiated,
    /// What a CertificateVerify has besides the signature.
    around_signature: usize,
}

impl Flight<'_> {
    fn story(&self) -> (Vec<InferredAnswer>, SentCertificate) {
        let nothing = SentCertificate::Unknown;
        match self.records {
            // A full handshake has a ClientKeyExchange, which cannot stand beside the ClientHello:
            // it answers the server.
            [] => (vec![InferredAnswer::Resumed], nothing),
            [all] => self.in_one_record(all),
            [empty, exchange]
                if empty.contains(&EMPTY_CERTIFICATE) && self.is_key_exchange(exchange, 0) =>
            {
                (vec![InferredAnswer::Declined], nothing)
            }
            [parts @ .., exchange, verify] => match self.presented(parts, exchange, verify) {
                Some(certificate) => (vec![InferredAnswer::Presented], certificate),
                None => (InferredAnswer::OF_FULL_HANDSHAKE.to_vec(), nothing),
            },
        }
    }

    /// A Certificate, a ClientKeyExchange and a CertificateVerify in records of their own.
    fn presented(
        &self,
        parts: &[Content],
        exchange: &Content,
        verify: &Content,
    ) -> Option<SentCertificate> {
        let signature = self.signature(verify).filter(signature::is_possible)?;
        let (last, full) = parts.split_last()?;
        // All parts of a message but the last are as long as a record may be.
        let longest = full.first().unwrap_or(last);
        let in_parts = full.iter().all(|part| part == longest) && last.end() <= longest.end();
        if !in_parts || !self.is_key_exchange(exchange, 0) {
            return None;
        }
        let (least, most) = parts
            .iter()
            .fold((0, 0), |(least, most), part| (least + part.start(), most + part.end()));
        let least = least.checked_sub(AROUND_CERTIFICATE)?;
        let certificate = least..=most.checked_sub(AROUND_CERTIFICATE)?;
        (least >= SMALLEST_CERTIFICATE).then_some(SentCertificate::Lone { certificate, signature })
    }

    /// The whole flight in one record.
    fn in_one_record(&self, all: &Content) -> (Vec<InferredAnswer>, SentCertificate) {
        let mut answers = Vec::new();
        if self.is_key_exchange(all, 0) {
            answers.push(InferredAnswer::NotRequested);
        }
        if self.is_key_exchange(all, EMPTY_CERTIFICATE) {
            answers.push(InferredAnswer::Declined);
        }
        let certificate = self.certificate_in_one_record(all);
        // As long as the first ClientKeyExchange is more than chance.
        if let Some(length) = self.negotiated.client_key_exchange
            && answers.len() == 1
            && (all == &(length..=length)
                || all == &(length + EMPTY_CERTIFICATE..=length + EMPTY_CERTIFICATE))
        {
            return (answers, SentCertificate::Unknown);
        }
        if certificate.is_some() {
            answers.push(InferredAnswer::Presented);
        }
        if answers.is_empty() {
            answers = InferredAnswer::OF_FULL_HANDSHAKE.to_vec();
        }
        (answers, certificate.unwrap_or(SentCertificate::Unknown))
    }

    /// A certificate and a signature beside a ClientKeyExchange as long as the first one.
    fn certificate_in_one_record(&self, all: &Content) -> Option<SentCertificate> {
        let exchange = self.negotiated.client_key_exchange;
        let others = AROUND_CERTIFICATE + self.around_signature + exchange.unwrap_or(HEADER + 33);
        let most = all.end().checked_sub(others)?;
        let least = all.start().saturating_sub(others);
        let certificate = match exchange {
            Some(_) => SentCertificate::WithSignature(least..=most),
            None => SentCertificate::Unknown,
        };
        (most >= SMALLEST_CERTIFICATE + signature::LENGTHS.start()).then_some(certificate)
    }

    /// Whether a record can hold a ClientKeyExchange after so many other bytes.
    fn is_key_exchange(&self, record: &Content, before: usize) -> bool {
        let known = KEY_EXCHANGES.iter().map(|length| HEADER + length);
        known
            .chain(self.negotiated.client_key_exchange)
            .any(|length| record.contains(&(before + length)))
    }

    fn signature(&self, verify: &Content) -> Option<RangeInclusive<usize>> {
        let most = verify.end().checked_sub(self.around_signature)?;
        Some(verify.start().saturating_sub(self.around_signature)..=most)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::LengthRange;
    use super::*;
    use crate::tls::CipherSuite;
    use InferredAnswer::{Declined, NotRequested, Presented, Resumed};

    const GCM: u16 = 0xc02f;
    const CBC: u16 = 0xc014;
    /// The point of X25519.
    const EXCHANGE: usize = 37;

    fn negotiated(suite: u16, client_key_exchange: Option<usize>) -> Negotiated {
        Negotiated {
            version: Some(ProtocolVersion::TLS_1_2),
            cipher_suite: Some(CipherSuite(suite)),
            client_key_exchange,
            ..Negotiated::default()
        }
    }

    fn answers(suite: u16, lengths: &[u16]) -> Vec<InferredAnswer> {
        infer(&negotiated(suite, Some(EXCHANGE)), false, lengths).unwrap().answers
    }

    /// Lengths of records in a CBC suite with MAC-then-encrypt and SHA-1.
    fn cbc(contents: &[usize]) -> Vec<u16> {
        let overhead = Overhead::of(CipherSuite(CBC), ProtocolVersion::TLS_1_2, false).unwrap();
        contents.iter().map(|content| overhead.fragment(*content).try_into().unwrap()).collect()
    }

    #[test]
    fn the_number_of_records_and_their_lengths_tell_the_answer() {
        assert_eq!(answers(GCM, &[233]), [Resumed]);
        assert_eq!(answers(GCM, &[233, 61]), [NotRequested]);
        assert_eq!(answers(GCM, &[233, 31, 61]), [Declined]);
        assert_eq!(answers(GCM, &[233, 413, 61, 103]), [Presented]);
        assert_eq!(answers(CBC, &cbc(&[209, 7, 37])), [Declined]);
        assert_eq!(answers(CBC, &cbc(&[209, 389, 37, 79])), [Presented]);
    }

    #[test]
    fn a_certificate_is_told_exactly_or_to_a_block() {
        let inference = infer(&negotiated(GCM, None), false, &[233, 413, 61, 103]).unwrap();
        assert_eq!(inference.certificate_length, Some(LengthRange { least: 379, most: Some(379) }));
        assert_eq!(inference.key_types, ["ECDSA 256"]);
        let inference = infer(&negotiated(CBC, None), false, &cbc(&[209, 389, 37, 264])).unwrap();
        let length = inference.certificate_length.unwrap();
        assert!(length.contains(379) && length.most.unwrap() - length.least == 15);
        assert!(inference.key_types.contains(&"RSA 2048".to_owned()));
    }

    #[test]
    fn a_whole_flight_in_one_record_is_told_by_its_sum() {
        assert_eq!(answers(GCM, &[233, 24 + 37 + 7]), [Declined]);
        assert_eq!(answers(GCM, &[233, 24 + 37 + 389 + 79]), [Presented]);
        assert_eq!(answers(CBC, &cbc(&[209, 37])), [NotRequested]);
        // Seven bytes are less than a block: with a point of X448 both fit.
        assert_eq!(answers(CBC, &cbc(&[209, 61])), [NotRequested, Declined]);
        // Under a longer key in the renegotiation, nothing need have been asked.
        assert_eq!(answers(GCM, &[233, 24 + 4 + 514]), [NotRequested, Presented]);
    }

    #[test]
    fn records_in_no_known_form_tell_nothing() {
        let all = [NotRequested, Declined, Presented];
        for flight in [&[233, 90, 100][..], &[233, 50], &[233, 413, 413, 61], &[233, 31, 61, 61]] {
            assert_eq!(answers(GCM, flight), all, "{flight:?}");
        }
        assert_eq!(infer(&negotiated(GCM, None), false, &[]), None);
        assert_eq!(infer(&negotiated(GCM, None), false, &[28, 31, 61]), None);
        assert_eq!(infer(&negotiated(CBC, None), false, &[233, 31, 61]), None);
    }
}
