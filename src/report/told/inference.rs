//! What record lengths suggest, in one sentence.

use crate::certificate::Certificate;
use crate::inspect::{Comparison, Inference, InferredAnswer, LengthRange};

/// One plain sentence, which says that it is no evidence.
pub(in crate::report) fn sentence(inference: &Inference, expected: Option<&Certificate>) -> String {
    let claim = match inference.conclusion() {
        Some(InferredAnswer::NotRequested) => "that no certificate was requested".to_owned(),
        Some(InferredAnswer::Declined) => {
            "that a certificate was requested and the client sent none".to_owned()
        }
        Some(InferredAnswer::Presented) => {
            format!("that the client sent a certificate{}", described(inference, expected))
        }
        Some(InferredAnswer::Resumed) => {
            "that an earlier session was resumed, which exchanges no certificate".to_owned()
        }
        None => ambiguous(inference).to_owned(),
    };
    format!("record lengths suggest {claim}; this is an inference and does not change the verdict")
}

fn ambiguous(inference: &Inference) -> &'static str {
    match (inference.requested, inference.answers.as_slice()) {
        (Some(true), _) => "that a certificate was requested, and not what the client answered",
        (_, [InferredAnswer::NotRequested, InferredAnswer::Declined]) => {
            "that the client sent no certificate, and not whether one was requested"
        }
        _ => "nothing for certain: they fit more than one story",
    }
}

fn described(inference: &Inference, expected: Option<&Certificate>) -> String {
    let mut text = String::new();
    if let Some(length) = inference.certificate_length.and_then(bytes) {
        text.push_str(&format!(" of {length} (if it was alone)"));
    }
    if !inference.key_types.is_empty() {
        text.push_str(&format!(", key {}", inference.key_types.join(" or ")));
    }
    match expected.and_then(|expected| inference.compare(expected)) {
        Some(Comparison::Consistent) => text.push_str("; the expected one has such a length"),
        Some(Comparison::Refuted) => {
            text.push_str("; the expected one has another length or key type");
        }
        Some(Comparison::Undecided) | None => {}
    }
    text
}

fn bytes(length: LengthRange) -> Option<String> {
    let LengthRange { least, most } = length;
    Some(match most? {
        most if most == least => format!("{most} bytes"),
        most => format!("{least} to {most} bytes"),
    })
}
