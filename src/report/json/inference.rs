//! The `inference` object: what record lengths suggest.

use serde::Serialize;

use super::super::names;
use crate::certificate::Certificate;
use crate::inspect::{Inference, LengthRange};

#[derive(Serialize)]
pub(super) struct InferenceRecord {
    conclusion: &'static str,
    possible: Vec<&'static str>,
    requested: Option<bool>,
    certificate_length: Option<LengthRecord>,
    signature_length: Option<LengthRecord>,
    key_types: Vec<String>,
    expected_certificate: Option<&'static str>,
    assumptions: Vec<&'static str>,
    client_record_lengths: Vec<u16>,
    server_record_lengths: Vec<u16>,
}

impl InferenceRecord {
    /// `expected` is the certificate to compare with, where there is one.
    pub(super) fn new(inference: &Inference, expected: Option<&Certificate>) -> Self {
        Self {
            conclusion: inference.conclusion().map_or("ambiguous", names::inferred_answer),
            possible: inference.answers.iter().copied().map(names::inferred_answer).collect(),
            requested: inference.requested,
            certificate_length: inference.certificate_length.map(LengthRecord::new),
            signature_length: inference.signature_length.map(LengthRecord::new),
            key_types: inference.key_types.clone(),
            expected_certificate: expected
                .and_then(|expected| inference.compare(expected))
                .map(names::comparison),
            assumptions: inference.assumptions.clone(),
            client_record_lengths: inference.client_record_lengths.clone(),
            server_record_lengths: inference.server_record_lengths.clone(),
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
