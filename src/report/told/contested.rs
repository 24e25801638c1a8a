//! What the capture says about the contested rule, in the second line.

use crate::expect::{Expectation, Hypothesis, HypothesisName, Prediction};
use crate::report::Report;
use crate::verdict::{HypothesisFinding, HypothesisResult};

/// The sentence, where the hypotheses differ; it does not repeat what the first line says.
pub(in crate::report) fn sentence(report: &Report<'_>) -> Option<String> {
    let expectation = report.expectation?;
    let [policy, entity] = HypothesisName::ALL.map(|name| {
        let is_it = |one: &&HypothesisFinding| one.name == name;
        let predicted = expectation.hypotheses.iter().find(|one| one.name == name);
        Some((predicted?, report.hypotheses.iter().find(is_it)?))
    });
    let ((policy_predicts, policy), (entity_predicts, entity)) = (policy?, entity?);
    if !differ(policy_predicts, entity_predicts) {
        return None;
    }
    let because = because(policy_predicts, entity_predicts);
    Some(match (policy.result, entity.result) {
        (HypothesisResult::Refuted, HypothesisResult::Supported) => format!(
            "the capture supports entity-counts and refutes policy-only{}: {}",
            frames(report, entity),
            because.entity_seen
        ),
        (HypothesisResult::Supported, HypothesisResult::Refuted) => format!(
            "the capture supports policy-only and refutes entity-counts{}: {}",
            frames(report, policy),
            because.nothing_seen
        ),
        (HypothesisResult::Silent, HypothesisResult::Silent) if policy.is_mixed => {
            "the capture does not settle policy-only against entity-counts: some connections speak \
             for the one and some for the other, so they are of different clients, or the \
             configuration changed in between"
                .to_owned()
        }
        (HypothesisResult::Silent, HypothesisResult::Silent) => {
            "the capture is silent on policy-only against entity-counts: in no selected connection \
             was the server seen to ask and the client to answer in a way that tells them apart"
                .to_owned()
        }
        (policy_result, entity_result) => format!(
            "policy-only is {}{}, entity-counts is {}{}",
            words(policy_result),
            frames(report, policy),
            words(entity_result),
            frames(report, entity)
        ),
    })
}

/// What else may explain what was seen, as a hint below.
pub(in crate::report) fn caveat(report: &Report<'_>) -> Option<&'static str> {
    let refuted = report
        .hypotheses
        .iter()
        .find(|finding| finding.name == HypothesisName::EntityCounts)
        .is_some_and(|finding| finding.result == HypothesisResult::Refuted);
    let differ = report.expectation.is_some_and(|one| match one.hypotheses.as_slice() {
        [policy, entity] => differ(policy, entity),
        _ => false,
    });
    (refuted && differ).then_some(
        "exclude first that the gateway withheld the certificate (extended key usage without \
         clientAuth, an issuer that the server did not name): --expect-certificate FILE takes both \
         into account; else name it in an authentication-certificate policy",
    )
}

/// Whether the two hypotheses allow different things.
fn differ(policy: &Hypothesis, entity: &Hypothesis) -> bool {
    let texts = |one: &Hypothesis| {
        let mut texts: Vec<String> = one.allowed().map(Prediction::text).collect();
        texts.sort();
        texts
    };
    texts(policy) != texts(entity)
}

struct Because {
    entity_seen: String,
    nothing_seen: String,
}

/// The reasons in words, by what the policies attach.
fn because(policy: &Hypothesis, entity: &Hypothesis) -> Because {
    let label = entity.allowed().find_map(|one| match one {
        Prediction::Certificate(certificate) => certificate.label.as_deref(),
        Prediction::None | Prediction::Undecidable => None,
    });
    let label = label.map(|label| format!(" ({label})")).unwrap_or_default();
    if *policy.prediction() == Prediction::None {
        return Because {
            entity_seen: format!(
                "the certificate on the Backend entity{label} was presented, and no policy given \
                 attaches one"
            ),
            nothing_seen: format!(
                "the server asked, and the client did not present the certificate on the Backend \
                 entity{label}, which no policy given attaches"
            ),
        };
    }
    Because {
        entity_seen: "the certificate on the Backend entity was presented where the policy \
                      attaches another"
            .to_owned(),
        nothing_seen: "what the policies attach was seen, not what the Backend entity names"
            .to_owned(),
    }
}

fn words(result: HypothesisResult) -> &'static str {
    match result {
        HypothesisResult::Refuted => "refuted",
        HypothesisResult::Silent => "not decided",
        HypothesisResult::Supported => "supported",
    }
}

/// ` (frame 8)`, with the stream where there are several connections.
fn frames(report: &Report<'_>, finding: &HypothesisFinding) -> String {
    let list: Vec<String> = finding.frames.iter().take(FRAMES_SHOWN).map(u64::to_string).collect();
    if list.is_empty() {
        return String::new();
    }
    let more = if finding.frames.len() > FRAMES_SHOWN { ", …" } else { "" };
    let noun = if finding.frames.len() == 1 { "frame" } else { "frames" };
    let several = report.evidence.captures.len() > 1;
    let place = finding.connections.first().filter(|_| several).and_then(|index| {
        let connection = report.evidence.connections.get(*index)?;
        report.evidence.captures.get(connection.capture).map(|capture| capture.path.as_str())
    });
    let place = place.map(|path| format!(", first in {path}")).unwrap_or_default();
    format!(" ({noun} {}{more}{place})", list.join(", "))
}

/// Whether an expectation comes from a configuration.
pub(in crate::report) fn is_from_configuration(expectation: &Expectation) -> bool {
    let is_concluded =
        expectation.reasons.last().is_some_and(|reason| reason.starts_with("expected "));
    !expectation.hypotheses.is_empty() || !expectation.lint.is_empty() || is_concluded
}

/// Frames that are listed in the line.
const FRAMES_SHOWN: usize = 6;
