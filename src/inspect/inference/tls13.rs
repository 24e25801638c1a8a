//! TLS 1.3: the first encrypted flights of both sides (RFC 8446 section 2).
//!
//! Each record's length bounds what it holds. A Finished has the length of the suite's hash, an
//! empty Certificate has 8 bytes, one with a certificate more than 170. The client's flight ends
//! with a record, because its keys change there (RFC 8446 section 5.1), and what follows is
//! application data of any length. What no bound decides is decided where one rule of padding that
//! is in use fits all records of the client.

use std::ops::RangeInclusive;

use super::padding::{BLOCK, JSSE, MOST_CONSTANT, PADDED_TO, Padding, is_multiple};
use super::{
    HEADER, Inference, InferredAnswer, LengthRange, Negotiated, RecordLengths,
    SMALLEST_CERTIFICATE, SentCertificate, assumption, signature,
};
use crate::decrypt::Overhead;
use crate::tls::ProtocolVersion;

/// Certificate with an empty list: header, empty context, length of the list (section 4.4.2).
const EMPTY_CERTIFICATE: usize = HEADER + 1 + 3;
/// What a Certificate has besides the DER of a lone certificate: also its length, and no extensions.
const AROUND_CERTIFICATE: usize = EMPTY_CERTIFICATE + 3 + 2;
/// What a CertificateVerify has besides the signature: scheme and length (section 4.4.3).
const AROUND_SIGNATURE: usize = HEADER + 2 + 2;
/// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410): no raw public key in use is shorter.
const SMALLEST_RAW_KEY: usize = 44;
/// No part of a message is shorter unless it is the last: `record_size_limit` is 64 at least, and
/// counts the content type (RFC 8449 section 4).
const SMALLEST_PART: usize = 63;
/// EncryptedExtensions without an extension (section 4.3.1).
const SMALLEST_EXTENSIONS: usize = HEADER + 2;
/// CertificateRequest with one signature scheme, the extension that it must have (section 4.3.2).
const SMALLEST_REQUEST: usize = HEADER + 1 + 2 + 4 + 2 + 2;
/// A server's Certificate may also be compressed, or hold a raw public key.
const SMALLEST_SERVER_CERTIFICATE: usize = 57;
/// Bytes that compression adds at most to what cannot be compressed, with some to spare.
const COMPRESSION_SPREAD: usize = 64;

/// What the record lengths of both sides suggest; `None` where there is nothing to go by.
pub(super) fn infer(
    negotiated: &Negotiated,
    asked: bool,
    client: &RecordLengths,
    server: &RecordLengths,
) -> Option<Inference> {
    let version = negotiated.version.filter(|version| *version == ProtocolVersion::TLS_1_3)?;
    let overhead = Overhead::of(negotiated.cipher_suite?, version, false)?;
    let (client, server) = (client.tls13(), server.tls13());
    let finished = overhead.finished;
    let asked = match asked {
        true => Some(true),
        false => server_asked(&contents(&overhead, &server), finished),
    };
    let flight = ClientFlight {
        contents: contents(&overhead, &client),
        finished,
        smallest_certificate: AROUND_CERTIFICATE
            + if negotiated.raw_public_key { SMALLEST_RAW_KEY } else { SMALLEST_CERTIFICATE },
        other_messages: negotiated.other_messages,
    };
    let story = if negotiated.early_data { None } else { flight.story() };
    if story.is_none() && asked.is_none() {
        return None;
    }
    let mut answers = match &story {
        Some(story) => story.answers.clone(),
        None => InferredAnswer::OF_FULL_HANDSHAKE.to_vec(),
    };
    answers.retain(|answer| asked.is_none_or(|asked| answer.was_requested() == asked));
    if answers.is_empty() {
        // The two sides tell different stories: some assumption does not hold.
        answers = InferredAnswer::OF_FULL_HANDSHAKE.to_vec();
    }
    let mut inference = Inference::of(answers);
    inference.assumptions.push(assumption::NO_RANDOM_PADDING);
    inference.assumptions.push(assumption::MESSAGES_AND_RECORDS);
    if let Some(story) = story.filter(|_| inference.conclusion().is_some()) {
        inference.assumptions.extend(story.padding.assumption());
        if inference.conclusion() == Some(InferredAnswer::Presented) {
            describe(&mut inference, negotiated, &story.certificate);
        }
    }
    inference.client_record_lengths = client;
    inference.server_record_lengths = server;
    Some(inference)
}

fn describe(inference: &mut Inference, negotiated: &Negotiated, certificate: &SentCertificate) {
    inference.describe(certificate);
    if negotiated.raw_public_key {
        let too_short =
            |length: &LengthRange| length.most.is_some_and(|most| most < SMALLEST_CERTIFICATE);
        if inference.certificate_length.as_ref().is_some_and(too_short) {
            // No certificate is so short.
            inference.certificate_length = None;
            return;
        }
        inference.assumptions.push(assumption::NOT_RAW);
    }
    inference.assumptions.push(assumption::LONE_CERTIFICATE);
    if negotiated.compressed_certificate {
        inference.assumptions.push(assumption::MAY_BE_COMPRESSED);
        inference.certificate_and_signature = None;
        let least = inference
            .certificate_length
            .map_or(0, |length| length.least.saturating_sub(COMPRESSION_SPREAD));
        inference.certificate_length =
            (least > SMALLEST_CERTIFICATE).then_some(LengthRange { least, most: None });
    } else {
        inference.assumptions.push(assumption::NOT_COMPRESSED);
    }
}

/// The most that each record can hold, up to the first that no suite of this kind makes.
fn contents(overhead: &Overhead, lengths: &[u16]) -> Vec<usize> {
    let contents = lengths.iter().map(|length| overhead.content(usize::from(*length)));
    contents.map_while(|content| content.map(RangeInclusive::into_inner)).map(|own| own.1).collect()
}

/// Whether the server's flight has a CertificateRequest; `None` where it is not in the one form
/// that tells: a record for each message, all padded by the same number of bytes.
fn server_asked(contents: &[usize], finished: usize) -> Option<bool> {
    [0, JSSE].into_iter().find_map(|padding| {
        let mut messages = contents.iter().map_while(|content| content.checked_sub(padding));
        let mut next = || messages.next();
        let [first, second, third, fourth] = [next()?, next()?, next()?, next()?];
        if first < SMALLEST_EXTENSIONS {
            return None;
        }
        if fourth == finished {
            let fits = second >= SMALLEST_SERVER_CERTIFICATE && is_verify(&(third..=third));
            return fits.then_some(false);
        }
        // A Certificate in two parts has the longer one first.
        let fits = next()? == finished
            && is_verify(&(fourth..=fourth))
            && third >= SMALLEST_SERVER_CERTIFICATE
            && (SMALLEST_REQUEST..third).contains(&second);
        fits.then_some(true)
    })
}

/// Whether a message of such a length can be a CertificateVerify.
fn is_verify(length: &RangeInclusive<usize>) -> bool {
    signature_lengths(length).is_some_and(|lengths| signature::is_possible(&lengths))
}

fn signature_lengths(verify: &RangeInclusive<usize>) -> Option<RangeInclusive<usize>> {
    let most = verify.end().checked_sub(AROUND_SIGNATURE)?;
    Some(verify.start().saturating_sub(AROUND_SIGNATURE)..=most)
}

/// What the client's records tell.
struct Story {
    answers: Vec<InferredAnswer>,
    padding: Padding,
    certificate: SentCertificate,
}

/// The client's encrypted records, from the first one of its flight on.
struct ClientFlight {
    /// The most that each can hold.
    contents: Vec<usize>,
    /// Length of its Finished.
    finished: usize,
    /// Length of the shortest Certificate that is not empty.
    smallest_certificate: usize,
    other_messages: bool,
}

impl ClientFlight {
    /// The answers that the records fit; `None` where they tell nothing.
    fn story(&self) -> Option<Story> {
        let first = *self.contents.first()?;
        let possible = self.possible(first);
        let ambiguous = |answers| Story {
            answers,
            padding: Padding::None,
            certificate: SentCertificate::Unknown,
        };
        if possible.is_empty() {
            // An alert, or the first part of something.
            return None;
        }
        if self.other_messages {
            return Some(match self.plain(first) {
                Some(story) => story,
                None => ambiguous(InferredAnswer::OF_FULL_HANDSHAKE.to_vec()),
            });
        }
        // In short records a multiple that no library is known for may look like no padding.
        let odd = 2..=if first < self.smallest_certificate { first + 1 } else { 0 };
        let rules = Padding::ALL.into_iter().chain(odd.map(Padding::Block));
        let mut fitting = rules
            .filter(|padding| padding.fits(&self.contents))
            .flat_map(|padding| self.fitting(first, padding))
            .collect::<Vec<_>>();
        fitting.sort_by_key(|(answer, _)| *answer);
        fitting.dedup_by_key(|(answer, _)| *answer);
        Some(match (possible.as_slice(), fitting.as_slice()) {
            ([only], _) => {
                let padding = fitting.iter().find(|(answer, _)| answer == only);
                let padding = padding.map_or(Padding::None, |(_, padding)| *padding);
                Story { padding, ..ambiguous(vec![*only]) }
            }
            (_, [(InferredAnswer::Presented, _)]) => match self.certificate() {
                Some((padding, certificate)) => {
                    Story { answers: vec![InferredAnswer::Presented], padding, certificate }
                }
                None if self.may_be_padding(first) => ambiguous(possible),
                None => Story {
                    certificate: self.certificate_in_one_record(first),
                    ..ambiguous(vec![InferredAnswer::Presented])
                },
            },
            (_, [(answer, padding)]) => Story { padding: *padding, ..ambiguous(vec![*answer]) },
            (_, []) => ambiguous(possible),
            (_, several) => {
                ambiguous(possible.iter().copied().chain(several.iter().map(|one| one.0)).collect())
            }
        })
    }

    /// What the records can hold at all, whatever the padding.
    fn possible(&self, first: usize) -> Vec<InferredAnswer> {
        let second = self.contents.get(1).copied().unwrap_or_default();
        let both = EMPTY_CERTIFICATE + self.finished;
        let mut possible = Vec::new();
        if first >= self.finished {
            possible.push(InferredAnswer::NotRequested);
        }
        if first >= both || first >= EMPTY_CERTIFICATE && second >= self.finished {
            possible.push(InferredAnswer::Declined);
        }
        if first >= SMALLEST_PART.min(self.smallest_certificate) {
            possible.push(InferredAnswer::Presented);
        }
        possible
    }

    /// What the records hold if they were padded by this rule.
    fn fitting(&self, first: usize, padding: Padding) -> Vec<(InferredAnswer, Padding)> {
        let second = self.contents.get(1).copied();
        let finished = padding.content(self.finished);
        let mut fitting = Vec::new();
        if first == finished {
            fitting.push((InferredAnswer::NotRequested, padding));
        }
        let is_pair = first == padding.content(EMPTY_CERTIFICATE) && second == Some(finished);
        let is_whole = first == padding.content(EMPTY_CERTIFICATE + self.finished);
        if is_pair || is_whole || self.is_constant_pair(first) {
            fitting.push((InferredAnswer::Declined, padding));
        }
        if *padding.message(first).start() >= self.smallest_certificate {
            fitting.push((InferredAnswer::Presented, padding));
        }
        fitting
    }

    /// The one story in which every message stands in a record of its own and nothing is padded.
    fn plain(&self, first: usize) -> Option<Story> {
        let second = self.contents.get(1).copied();
        let (answer, certificate) = if first == self.finished {
            (InferredAnswer::NotRequested, SentCertificate::Unknown)
        } else if first == EMPTY_CERTIFICATE && second == Some(self.finished) {
            (InferredAnswer::Declined, SentCertificate::Unknown)
        } else {
            (InferredAnswer::Presented, self.certificate_padded(Padding::None)?)
        };
        Some(Story { answers: vec![answer], padding: Padding::None, certificate })
    }

    /// The certificate where CertificateVerify and Finished stand in records of their own.
    fn certificate(&self) -> Option<(Padding, SentCertificate)> {
        let mut rules = Padding::ALL.into_iter().filter(|padding| padding.fits(&self.contents));
        rules.find_map(|padding| Some((padding, self.certificate_padded(padding)?)))
    }

    /// The same for one rule of padding.
    fn certificate_padded(&self, padding: Padding) -> Option<SentCertificate> {
        let finished = padding.content(self.finished);
        // The first Finished that follows a CertificateVerify ends the flight.
        let (end, verify) =
            self.contents.windows(2).enumerate().skip(1).find_map(|(at, pair)| {
                let [verify, last] = *pair else { return None };
                let verify = padding.message(verify);
                (last == finished && is_verify(&verify)).then_some((at, verify))
            })?;
        let parts = self.contents.get(..end)?;
        let (last, full) = parts.split_last()?;
        // All parts of a message but the last are as long as a record may be.
        let longest = full.first().copied().unwrap_or(*last);
        let in_parts = full.iter().all(|part| *part == longest && longest >= SMALLEST_PART);
        if !in_parts || *last > longest {
            return None;
        }
        let message = parts.iter().map(|part| padding.message(*part));
        let (least, most) =
            message.fold((0, 0), |(least, most), part| (least + part.start(), most + part.end()));
        if least < self.smallest_certificate {
            return None;
        }
        Some(SentCertificate::Lone {
            certificate: least.checked_sub(AROUND_CERTIFICATE)?
                ..=most.checked_sub(AROUND_CERTIFICATE)?,
            signature: signature_lengths(&verify)?,
        })
    }

    /// The certificate where the whole flight stands in one record; nothing where the record may be
    /// only a part of it.
    fn certificate_in_one_record(&self, first: usize) -> SentCertificate {
        let ends_later = self.contents.get(1) == Some(&self.finished);
        let others = AROUND_CERTIFICATE + AROUND_SIGNATURE + self.finished;
        let shortest = *signature::LENGTHS.start();
        let together = first.checked_sub(others);
        match together.filter(|all| *all >= SMALLEST_CERTIFICATE + shortest) {
            Some(together) if !ends_later && !may_be_full(first) => {
                SentCertificate::WithSignature(together..=together)
            }
            _ => SentCertificate::Unknown,
        }
    }

    /// Whether the first record may be as long as it is by padding alone: to a multiple that is
    /// in use (some libraries pad handshake records by a rule of their own) or that all records
    /// share, or by a number of bytes that no later record contradicts.
    fn may_be_padding(&self, first: usize) -> bool {
        let whole = EMPTY_CERTIFICATE + self.finished;
        self.may_be_constant(first.saturating_sub(whole))
            || self.is_constant_pair(first)
            || is_multiple(&self.contents, BLOCK)
            || is_multiple(&self.contents, first + 1)
            || PADDED_TO.iter().any(|block| (first + 1).is_multiple_of(*block))
    }

    /// Whether every record may have so many bytes of padding.
    fn may_be_constant(&self, padding: usize) -> bool {
        padding <= MOST_CONSTANT && self.contents.iter().all(|content| *content >= padding)
    }

    /// Whether the first two records differ as an empty Certificate and a Finished do, under the
    /// same padding.
    fn is_constant_pair(&self, first: usize) -> bool {
        let padding = first.saturating_sub(EMPTY_CERTIFICATE);
        self.contents.get(1).copied() == Some(padding + self.finished)
            && self.may_be_constant(padding)
    }
}

/// Whether a record may be one that was filled up before the next was begun.
fn may_be_full(content: usize) -> bool {
    // Limits on records are powers of two and the like, or what fits into a packet.
    let is_round = |length: usize| PADDED_TO.iter().any(|step| length.is_multiple_of(*step));
    content >= 512
        && (is_round(content) || is_round(content + 1) || (1300..=1460).contains(&content))
}
