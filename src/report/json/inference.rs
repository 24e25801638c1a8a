//! The `inference` object: what record lengths suggest.

use serde::Serialize;

use super::super::names;
use super::shown::Each;
use crate::certificate::Certificate;
use crate::inspect::{Inference, InferredAnswer, LengthRange};

#[derive(Serialize)]
pub(super) struct InferenceRecord<'a> {
    conclusion: &'static str,
    possible: Each<'a, InferredAnswer, &'static str>,
    requested: Option<bool>,
    certificate_length: Option<LengthRecord>,
    signature_length: Option<LengthRecord>,
    key_types: &'a [String],
    expected_certificate: Option<&'static str>,
    assumptions: &'a [&'static str],
    client_record_lengths: &'a [u16],
    server_record_lengths: &'a [u16],
}

impl<'a> InferenceRecord<'a> {
    /// `expected` is the certificate to compare with, where there is one.
    pub(super) fn new(inference: &'a Inference, expected: Option<&Certificate>) -> Self {
        Self {
            conclusion: inference.conclusion().map_or("ambiguous", names::inferred_answer),
            possible: Each(&inference.answers, |answer| names::inferred_answer(*answer)),
            requested: inference.requested,
            certificate_length: inference.certificate_length.map(LengthRecord::new),
            signature_length: inference.signature_length.map(LengthRecord::new),
            key_types: &inference.key_types,
            expected_certificate: expected
                .and_then(|expected| inference.compare(expected))
                .map(names::comparison),
            assumptions: &inference.assumptions,
            client_record_lengths: &inference.client_record_lengths,
            server_record_lengths: &inference.server_record_lengths,
        }
    }
}

#[derive(Serialize)]
struct LengthRecord {
    least: usize,
    most: Option<usize>,
}

impl LengthRecord {
    fn new(length: LengthRange) -> Self {
        Self { least: length.least, most: length.most }
    }
}
