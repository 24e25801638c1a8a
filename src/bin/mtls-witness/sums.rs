//! What the connections of a run come to, where none of them is kept.

use mtls_witness::report::Tally;
use mtls_witness::verdict::{
    HypothesisFinding, HypothesisResult, Part, Recordings, RunResult, hypotheses, overall,
};

use crate::run::weight;

/// What connections came to, taken together.
pub(crate) struct Sums {
    pub(crate) tally: Tally,
    pub(crate) parts: Vec<PartSum>,
}

/// What they came to by one expectation.
pub(crate) struct PartSum {
    pub(crate) tally: Tally,
    /// The worst of the connections selected.
    pub(crate) worst: Option<RunResult>,
    pub(crate) hypotheses: Vec<HypothesisFinding>,
}

impl Sums {
    pub(crate) fn new(parts: &[Part], is_judged: bool) -> Self {
        let parts = parts
            .iter()
            .map(|part| PartSum {
                tally: Tally::new(true),
                worst: None,
                hypotheses: hypotheses(&part.expectation, []),
            })
            .collect();
        Self { tally: Tally::new(is_judged), parts }
    }

    /// Counts the recordings of one handshake.
    pub(crate) fn take(&mut self, parts: &[Part], recordings: &Recordings) {
        let mut gravest = None;
        let said = recordings.said(parts);
        for ((part, said), sum) in parts.iter().zip(said).zip(&mut self.parts) {
            let (verdict, result) = said.result(part);
            sum.worst = sum.worst.max(result);
            sum.tally.note_recordings(Some(verdict), recordings);
            gravest = match gravest {
                Some(known) if weight(known) >= weight(verdict) => Some(known),
                _ => Some(verdict),
            };
        }
        self.tally.note_recordings(gravest, recordings);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.tally.add(&other.tally);
        for (own, other) in self.parts.iter_mut().zip(&other.parts) {
            own.tally.add(&other.tally);
            own.worst = own.worst.max(other.worst);
            own.hear(&other.hypotheses);
        }
    }

    /// The worst of the parts that count.
    pub(crate) fn result(&self, parts: &[Part]) -> RunResult {
        let results: Vec<Option<RunResult>> = self.parts.iter().map(|sum| sum.worst).collect();
        overall(parts, &results)
    }
}

impl PartSum {
    pub(crate) fn result(&self) -> RunResult {
        self.worst.unwrap_or(RunResult::Inconclusive)
    }

    /// Takes what other connections say about the hypotheses. Which ones they are stands in no
    /// line: that would be a list as long as the run.
    pub(crate) fn hear(&mut self, said: &[HypothesisFinding]) {
        for (own, said) in self.hypotheses.iter_mut().zip(said) {
            match (own.result, said.result) {
                _ if own.is_mixed => {}
                (_, HypothesisResult::Silent) if !said.is_mixed => {}
                (HypothesisResult::Silent, result) => {
                    (own.result, own.is_mixed) = (result, said.is_mixed);
                }
                (one, other) if one == other => {}
                _ => (own.result, own.is_mixed) = (HypothesisResult::Silent, true),
            }
        }
    }
}
