//! What may be seen under each hypothesis -> one expectation.

use super::reference::{Possibility, Possible};
use crate::expect::{
    Endpoints, Expectation, ExpectedCertificate, ExpectedOutcome, Hypothesis, HypothesisName,
    Prediction,
};

/// What may be seen at one server.
#[derive(Clone, Debug, Default)]
pub(super) struct Conclusion {
    /// Where only policies count.
    pub(super) policy_only: Vec<Possibility>,
    /// Where the Backend entity counts too.
    pub(super) entity_counts: Vec<Possibility>,
    /// What the second allows beside it: no source says what takes precedence.
    pub(super) also: Vec<Possibility>,
    /// Which connections it is about.
    pub(super) endpoints: Endpoints,
    /// Why no TLS connection is made, where none is.
    pub(super) no_handshake: Option<String>,
    /// How it came about.
    pub(super) reasons: Vec<String>,
}

impl Conclusion {
    /// The expectation by the hypothesis that was chosen.
    pub(super) fn expectation(self, chosen: HypothesisName) -> Expectation {
        let policy_only = joined(self.policy_only);
        let entity_counts = joined(self.entity_counts);
        let mut also = joined(self.also);
        also.retain(|one| !entity_counts.iter().any(|known| is_same(&known.what, &one.what)));
        let followed = match chosen {
            HypothesisName::PolicyOnly => &policy_only,
            HypothesisName::EntityCounts => &entity_counts,
        };
        let mut reasons = self.reasons;
        let mut expectation = match &self.no_handshake {
            Some(why) => {
                reasons.push(format!("no TLS handshake is expected: {why}"));
                Expectation { outcome: ExpectedOutcome::NoHandshake, ..Expectation::default() }
            }
            None => outcome(followed, &mut reasons),
        };
        if self.no_handshake.is_none() {
            let list = |possibilities: &[Possibility]| -> Vec<Prediction> {
                possibilities.iter().map(|one| prediction(&one.what)).collect()
            };
            expectation.hypotheses = vec![
                Hypothesis {
                    name: HypothesisName::PolicyOnly,
                    predictions: list(&policy_only),
                    also: Vec::new(),
                },
                Hypothesis {
                    name: HypothesisName::EntityCounts,
                    predictions: list(&entity_counts),
                    also: list(&also),
                },
            ];
        }
        expectation.endpoints = self.endpoints;
        expectation.reasons = reasons;
        expectation
    }
}

/// Whether both hypotheses allow the same.
pub(super) fn agree(one: &[Possibility], other: &[Possibility]) -> bool {
    let within = |one: &[Possibility], other: &[Possibility]| {
        one.iter().all(|this| other.iter().any(|that| is_same(&this.what, &that.what)))
    };
    within(one, other) && within(other, one)
}

fn outcome(possibilities: &[Possibility], reasons: &mut Vec<String>) -> Expectation {
    let mut certificates = Vec::new();
    let mut none_if = None;
    let mut unknown = Vec::new();
    for Possibility { what, condition } in possibilities {
        match what {
            Possible::Certificate(certificate) => {
                let mut certificate = certificate.clone();
                if !condition.is_empty()
                    && let Some(source) = certificate.sources.first_mut()
                {
                    source.condition = Some(condition.clone());
                }
                certificates.push(*certificate);
            }
            Possible::Nothing => none_if = Some(condition.clone()),
            Possible::Unknown(why) => unknown.push(match condition.is_empty() {
                true => why.clone(),
                false => format!("{why} ({condition})"),
            }),
        }
    }
    let outcome = match (unknown.as_slice(), certificates.len(), &none_if) {
        ([_, ..], _, _) => ExpectedOutcome::Undecidable,
        ([], 0, Some(_)) => ExpectedOutcome::None,
        ([], 0, None) => ExpectedOutcome::Undecidable,
        ([], 1, None) => ExpectedOutcome::Certificate,
        _ => ExpectedOutcome::Candidates,
    };
    reasons.push(conclusion_in_words(outcome, &certificates, none_if.as_deref(), &unknown));
    if outcome != ExpectedOutcome::Candidates {
        none_if = None;
    }
    Expectation { outcome, certificates, none_if, ..Expectation::default() }
}

fn conclusion_in_words(
    outcome: ExpectedOutcome,
    certificates: &[ExpectedCertificate],
    none_if: Option<&str>,
    unknown: &[String],
) -> String {
    let asked = "where the server asks for a client certificate";
    match outcome {
        ExpectedOutcome::Certificate => {
            let named = certificates.first().map(name).unwrap_or_default();
            format!("expected {asked}: {named}")
        }
        ExpectedOutcome::None => {
            format!("expected {asked}: none, that is, an empty Certificate message")
        }
        ExpectedOutcome::Candidates => {
            let mut candidates: Vec<String> = certificates
                .iter()
                .map(|certificate| {
                    let condition =
                        certificate.sources.iter().find_map(|source| source.condition.as_deref());
                    format!("{}{}", name(certificate), aside(condition.unwrap_or_default()))
                })
                .collect();
            if let Some(condition) = none_if {
                candidates.push(format!("none{}", aside(condition)));
            }
            format!("expected {asked}, one of: {}", candidates.join("; "))
        }
        ExpectedOutcome::NoHandshake | ExpectedOutcome::Undecidable => match unknown {
            [] => "what is expected cannot be told".to_owned(),
            unknown => format!("what is expected cannot be told: {}", unknown.join("; ")),
        },
    }
}

/// A certificate by its label and thumbprint.
pub(super) fn name(certificate: &ExpectedCertificate) -> String {
    let thumbprint = certificate.thumbprints().next().map(|one| one.to_string());
    match (&certificate.label, thumbprint) {
        (Some(label), Some(thumbprint)) => format!("the certificate {label} ({thumbprint})"),
        (None, Some(thumbprint)) => format!("the certificate with {thumbprint}"),
        (Some(label), None) => format!("the certificate {label}"),
        (None, None) => "a certificate".to_owned(),
    }
}

fn aside(condition: &str) -> String {
    if condition.is_empty() { String::new() } else { format!(" ({condition})") }
}

fn prediction(possible: &Possible) -> Prediction {
    match possible {
        Possible::Certificate(certificate) => Prediction::Certificate(certificate.clone()),
        Possible::Nothing => Prediction::None,
        Possible::Unknown(_) => Prediction::Undecidable,
    }
}

/// Possibilities of the same thing as one, which holds under any of their conditions.
fn joined(possibilities: Vec<Possibility>) -> Vec<Possibility> {
    let mut kept: Vec<Possibility> = Vec::new();
    for one in possibilities {
        match kept.iter_mut().find(|known| is_same(&known.what, &one.what)) {
            Some(known) => {
                if known.condition.is_empty() || one.condition.is_empty() {
                    known.condition.clear();
                } else if !known.condition.contains(&one.condition)
                    && known.condition.len() < LONGEST_CONDITION
                {
                    known.condition.push_str("; or ");
                    known.condition.push_str(&one.condition);
                }
                if let (Possible::Certificate(known), Possible::Certificate(one)) =
                    (&mut known.what, one.what)
                {
                    let more = one.sources.into_iter();
                    let more: Vec<_> =
                        more.filter(|source| !known.sources.contains(source)).collect();
                    known.sources.extend(more);
                    known.label = known.label.take().or(one.label);
                    known.subject = known.subject.take().or(one.subject);
                }
            }
            None => kept.push(one),
        }
    }
    kept
}

fn is_same(one: &Possible, other: &Possible) -> bool {
    match (one, other) {
        (Possible::Certificate(one), Possible::Certificate(other)) => {
            one.sha1 == other.sha1 && one.sha256 == other.sha256
        }
        (Possible::Nothing, Possible::Nothing) => true,
        (Possible::Unknown(one), Possible::Unknown(other)) => one == other,
        _ => false,
    }
}

/// Characters of a condition joined from many.
const LONGEST_CONDITION: usize = 600;
