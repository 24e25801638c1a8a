//! What the connections say about the hypotheses of the configuration.

use super::deciding::{Deciding, deciding};
use crate::certificate::Certificate;
use crate::expect::{Expectation, Hypothesis, HypothesisName, Prediction};
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Handshake, Observation, Possession,
};

/// What the capture says about one hypothesis.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HypothesisFinding {
    /// Which hypothesis.
    pub name: HypothesisName,
    /// What came of it.
    pub result: HypothesisResult,
    /// Frames of the messages that say so, in the order of the connections.
    pub frames: Vec<u64>,
    /// The connections that say so, by their index; as many as there are, and first those that
    /// support it.
    pub connections: Vec<usize>,
    /// Whether some connections support it and others refute it: then it is silent.
    pub is_mixed: bool,
}

/// What a capture may say about a hypothesis.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HypothesisResult {
    /// What was seen contradicts its prediction.
    Refuted,
    /// Nothing was seen that it makes a difference to, or connections disagree.
    Silent,
    /// What was seen is what it predicts.
    Supported,
}

impl HypothesisResult {
    /// The contract's word, `supported`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Refuted => "refuted",
            Self::Silent => "silent",
            Self::Supported => "supported",
        }
    }
}

/// What these connections say about each hypothesis of an expectation.
///
/// A connection speaks only where the server asked in a handshake that can be read, and the answer
/// is one that a hypothesis predicts: an empty Certificate message, or a predicted certificate with
/// a key that was not disproved. Another certificate says nothing, because the client may then be
/// another; nor does an empty answer that the expected certificate itself explains, by its usages
/// or by the issuers that the server asked for.
pub fn hypotheses<'a>(
    expectation: &Expectation,
    connections: impl IntoIterator<Item = (usize, &'a Observation)>,
) -> Vec<HypothesisFinding> {
    let all = &expectation.hypotheses;
    let mut tallies = vec![Tally::default(); all.len()];
    for (index, observation) in connections {
        let Deciding::Handshake(_, handshake) = deciding(observation) else {
            continue;
        };
        for (hypothesis, tally) in all.iter().zip(&mut tallies) {
            match speaks(hypothesis, all, handshake) {
                Some((true, frames)) => tally.supporting.push((index, frames)),
                Some((false, frames)) => tally.refuting.push((index, frames)),
                None => {}
            }
        }
    }
    let findings = all.iter().zip(tallies).map(|(hypothesis, tally)| {
        let Tally { supporting, refuting } = tally;
        let is_mixed = !supporting.is_empty() && !refuting.is_empty();
        let result = match (supporting.is_empty(), refuting.is_empty()) {
            (false, true) => HypothesisResult::Supported,
            (true, false) => HypothesisResult::Refuted,
            _ => HypothesisResult::Silent,
        };
        let spoken = supporting.into_iter().chain(refuting);
        let (connections, frames): (Vec<usize>, Vec<Vec<u64>>) = spoken.unzip();
        let frames = frames.into_iter().flatten().take(MOST_FRAMES).collect();
        HypothesisFinding { name: hypothesis.name, result, frames, connections, is_mixed }
    });
    findings.collect()
}

/// The connections that speak for and against one hypothesis, with their frames.
#[derive(Clone, Debug, Default)]
struct Tally {
    supporting: Vec<(usize, Vec<u64>)>,
    refuting: Vec<(usize, Vec<u64>)>,
}

/// Whether a handshake supports (`true`) or refutes a hypothesis, and in which frames.
fn speaks(
    hypothesis: &Hypothesis,
    all: &[Hypothesis],
    handshake: &Handshake,
) -> Option<(bool, Vec<u64>)> {
    match &handshake.client_authentication {
        ClientAuthentication::Presented(presented) => {
            let leaf = presented.chain.first()?;
            if matches!(presented.possession, Possession::Failed { .. }) {
                return None;
            }
            if allows(hypothesis, leaf) {
                return Some((true, presented.frames.to_vec()));
            }
            let is_others = all.iter().any(|other| allows(other, leaf));
            (is_others && !hypothesis.is_open()).then(|| (false, presented.frames.to_vec()))
        }
        ClientAuthentication::Declined { frames } => {
            if hypothesis.allowed().any(|one| *one == Prediction::None) {
                return Some((true, frames.to_vec()));
            }
            let request = handshake.certificate_request.as_ref();
            let is_explained = hypothesis.allowed().any(|one| explains_silence(one, request));
            (!hypothesis.is_open() && !is_explained).then(|| (false, frames.to_vec()))
        }
        _ => None,
    }
}

fn allows(hypothesis: &Hypothesis, leaf: &Certificate) -> bool {
    hypothesis.allowed().any(|one| match one {
        Prediction::Certificate(expected) => expected.matches(leaf),
        Prediction::None | Prediction::Undecidable => false,
    })
}

/// Whether a client that has this certificate may still answer without one: .NET filters those
/// without the usages of a client, and those whose issuer the server did not name.
fn explains_silence(prediction: &Prediction, request: Option<&CertificateRequest>) -> bool {
    let Prediction::Certificate(expected) = prediction else {
        return false;
    };
    let Some(Ok(fields)) = expected.certificate.as_ref().map(|known| known.fields.as_ref()) else {
        return false;
    };
    let is_client = |usage: &String| matches!(usage.as_str(), "clientAuth" | "anyExtendedKeyUsage");
    let lacks_usage =
        fields.extended_key_usages.as_ref().is_some_and(|usages| !usages.iter().any(is_client));
    let is_unnamed = request.is_some_and(|request| {
        let authorities = &request.certificate_authorities;
        !authorities.is_empty() && !authorities.contains(&fields.issuer_der)
    });
    lacks_usage || fields.digital_signature == Some(false) || is_unnamed
}

/// Frames that are listed for one hypothesis.
const MOST_FRAMES: usize = 64;

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use super::super::test_values::*;
    use super::*;
    use crate::expect::ExpectedCertificate;
    use crate::inspect::ObscuredReason;

    fn certificate_is(number: u8) -> Prediction {
        let sha1 = Some(certificate(number).sha1);
        Prediction::Certificate(Box::new(ExpectedCertificate { sha1, ..Default::default() }))
    }

    /// Policy-only predicts the first, entity-counts the second.
    fn contested(first: Prediction, second: Prediction, also: &[Prediction]) -> Expectation {
        let hypothesis = |name, prediction, also: &[Prediction]| Hypothesis {
            name,
            predictions: vec![prediction],
            also: also.to_vec(),
        };
        Expectation {
            hypotheses: vec![
                hypothesis(HypothesisName::PolicyOnly, first, &[]),
                hypothesis(HypothesisName::EntityCounts, second, also),
            ],
            ..Expectation::default()
        }
    }

    fn results(expectation: &Expectation, seen: &[ClientAuthentication]) -> [&'static str; 2] {
        let observations: Vec<_> =
            seen.iter().map(|one| observation([handshake(one.clone())])).collect();
        let found = hypotheses(expectation, observations.iter().enumerate());
        [found[0].result.code(), found[1].result.code()]
    }

    #[test]
    fn certificate_of_the_entity_refutes_policy_only() {
        let expectation = contested(Prediction::None, certificate_is(1), &[]);
        let presented = presented(&[1]);
        assert_eq!(results(&expectation, &[presented]), ["refuted", "supported"]);
    }

    #[test]
    fn empty_answer_supports_policy_only() {
        let expectation = contested(Prediction::None, certificate_is(1), &[]);
        assert_eq!(results(&expectation, &[declined()]), ["supported", "refuted"]);
        let seen = observation([handshake(declined())]);
        let found = hypotheses(&expectation, [(7, &seen)]);
        assert_eq!(found[1].frames, [9]);
        assert_eq!(found[1].connections, [7]);
    }

    #[test]
    fn what_neither_predicts_and_what_is_not_seen_says_nothing() {
        let expectation = contested(Prediction::None, certificate_is(1), &[]);
        for seen in [
            presented(&[2]),
            ClientAuthentication::NotRequested,
            ClientAuthentication::Resumed { original: None },
            resumed(presented(&[1])),
            obscured(ObscuredReason::Encrypted),
        ] {
            assert_eq!(results(&expectation, &[seen]), ["silent", "silent"]);
        }
        assert_eq!(results(&expectation, &[]), ["silent", "silent"]);
    }

    #[test]
    fn connections_that_disagree_settle_nothing() {
        let expectation = contested(Prediction::None, certificate_is(1), &[]);
        let seen = [presented(&[1]), declined()];
        assert_eq!(results(&expectation, &seen), ["silent", "silent"]);
    }

    #[test]
    fn what_is_not_decidable_is_never_refuted() {
        let expectation = contested(Prediction::Undecidable, certificate_is(1), &[]);
        assert_eq!(results(&expectation, &[presented(&[1])]), ["silent", "supported"]);
        assert_eq!(results(&expectation, &[declined()]), ["silent", "refuted"]);
    }

    #[test]
    fn entity_that_wins_over_the_policy_is_found() {
        let expectation = contested(certificate_is(2), certificate_is(2), &[certificate_is(1)]);
        assert_eq!(results(&expectation, &[presented(&[1])]), ["refuted", "supported"]);
        assert_eq!(results(&expectation, &[presented(&[2])]), ["supported", "supported"]);
    }

    #[test]
    fn copied_certificate_says_nothing() {
        let expectation = contested(Prediction::None, certificate_is(1), &[]);
        let mut presentation = presentation(&[1]);
        presentation.possession = Possession::Failed { scheme: String::new(), signer: None };
        let seen = ClientAuthentication::Presented(presentation);
        assert_eq!(results(&expectation, &[seen]), ["silent", "silent"]);
    }

    #[test]
    fn certificate_that_the_client_had_to_withhold_refutes_nothing() {
        let mut known = certificate(1);
        if let Ok(fields) = &mut known.fields {
            fields.extended_key_usages = Some(vec!["serverAuth".to_owned()]);
        }
        let withheld = ExpectedCertificate { certificate: Some(known), ..Default::default() };
        let withheld = Prediction::Certificate(Box::new(withheld));
        let expectation = contested(Prediction::None, withheld, &[]);
        assert_eq!(results(&expectation, &[declined()]), ["supported", "silent"]);

        let other_issuer =
            ExpectedCertificate { certificate: Some(certificate(1)), ..Default::default() };
        let expectation =
            contested(Prediction::None, Prediction::Certificate(Box::new(other_issuer)), &[]);
        let mut asked = handshake(declined());
        if let Some(request) = &mut asked.certificate_request {
            request.certificate_authorities = [vec![0x30, 99]].into();
        }
        let seen = observation([asked]);
        let found = hypotheses(&expectation, [(0, &seen)]);
        assert_eq!(found[1].result, HypothesisResult::Silent);
    }
}
