//! One of the questions that a run is made of.

use super::judge::judge;
use super::judgement::{Judgement, Verdict};
use super::run::{RunResult, result_of, worst};
use super::select::Selection;
use crate::expect::Expectation;
use crate::inspect::Observation;

/// An expectation as connections are judged by it.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// What is expected.
    pub expectation: Expectation,
    /// Which connections it is about.
    pub selection: Selection,
    /// Verdicts that are as they should be, where not `match` alone.
    pub allowed: Vec<Verdict>,
    /// A match counts only where the handshake was seen to complete.
    pub require_accepted: bool,
    /// Its number among the questions asked. Parts with the same number, the servers of one
    /// configuration, stand beside each other: the first that selects a connection takes it, and one
    /// that selects none does not count where another does.
    pub group: usize,
}

impl Part {
    /// Judges a connection that it selects.
    pub fn judge<'a>(&'a self, observation: &'a Observation) -> Judgement<'a> {
        judge(&self.expectation, observation)
    }

    /// What one judgement is to the run; `None` where the connection is not selected.
    pub fn result_of(&self, judgement: &Judgement<'_>) -> Option<RunResult> {
        result_of(judgement, &self.allowed, self.require_accepted)
    }

    /// What came of it: nothing selected is inconclusive.
    pub fn result(&self, judgements: &[Judgement<'_>]) -> RunResult {
        worst(judgements.iter().filter_map(|judgement| self.result_of(judgement)))
    }
}

/// The worst of the parts that count: of each, what came of it, or `None` where it selects nothing.
pub fn overall(parts: &[Part], results: &[Option<RunResult>]) -> RunResult {
    let all = || parts.iter().zip(results);
    let any_selects = |group| all().any(|(part, result)| part.group == group && result.is_some());
    let counts = all().filter(|(part, result)| result.is_some() || !any_selects(part.group));
    worst(counts.map(|(_, result)| result.unwrap_or(RunResult::Inconclusive)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(results: &[(usize, Option<RunResult>)]) -> RunResult {
        let part = |group| Part { group, ..Part::default() };
        let parts: Vec<Part> = results.iter().map(|(group, _)| part(*group)).collect();
        let results: Vec<_> = results.iter().map(|(_, result)| *result).collect();
        overall(&parts, &results)
    }

    #[test]
    fn question_that_selects_nothing_is_open_whatever_the_others_are() {
        let pass = Some(RunResult::Pass);
        assert_eq!(of(&[(0, pass), (1, pass)]), RunResult::Pass);
        assert_eq!(of(&[(0, pass), (1, None)]), RunResult::Inconclusive);
        assert_eq!(of(&[(0, Some(RunResult::Fail)), (1, None)]), RunResult::Fail);
        assert_eq!(of(&[]), RunResult::Inconclusive);
    }

    #[test]
    fn server_beside_the_one_seen_may_see_no_connection() {
        let pass = Some(RunResult::Pass);
        assert_eq!(of(&[(0, pass), (0, None)]), RunResult::Pass);
        assert_eq!(of(&[(0, pass), (0, None), (1, None), (1, None)]), RunResult::Inconclusive);
        assert_eq!(of(&[(0, pass), (0, Some(RunResult::Fail))]), RunResult::Fail);
    }
}
