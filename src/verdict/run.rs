//! The verdicts of all connections -> the answer for the run.

use std::fmt;

use super::judgement::{Judgement, Verdict};
use crate::inspect::Outcome;

/// The answer for the run; a worse one is greater.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RunResult {
    /// At least one selected connection, each one is a match, and nothing of the input is missing
    /// that may hold another.
    Pass,
    /// Neither this nor that.
    Inconclusive,
    /// A selected connection is a failure.
    Fail,
    /// A capture could not be used, whatever the others show.
    Error,
}

impl RunResult {
    /// The contract's word, `inconclusive`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// The same where not all of the input may have been read: what was not read may hold a
    /// connection that fails.
    #[must_use]
    pub fn of_input(self, is_complete: bool) -> Self {
        if is_complete { self } else { self.max(Self::Inconclusive) }
    }
}

impl fmt::Display for RunResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The run's result from the verdicts of its connections.
///
/// `require_accepted` makes a match fail whose handshake the server refused or that did not
/// complete, and makes one inconclusive whose end the capture does not show, or whose first HTTP
/// response may be a refusal.
pub fn run_result<'a>(
    judgements: impl IntoIterator<Item = &'a Judgement<'a>>,
    require_accepted: bool,
) -> RunResult {
    worst(judgements.into_iter().filter_map(|one| result_of(one, &[], require_accepted)))
}

/// What one judgement is to the run; `None` where the connection is not selected. Every verdict
/// that is `allowed` stands for a match.
pub(super) fn result_of(
    judgement: &Judgement<'_>,
    allowed: &[Verdict],
    require_accepted: bool,
) -> Option<RunResult> {
    let accepted = match judgement.outcome() {
        _ if !require_accepted => RunResult::Pass,
        Some(Outcome::Completed) if judgement.may_be_refused_over_http() => RunResult::Inconclusive,
        Some(Outcome::Completed) => RunResult::Pass,
        Some(Outcome::Refused | Outcome::Unfinished) => RunResult::Fail,
        Some(Outcome::Unknown) | None => RunResult::Inconclusive,
    };
    Some(match judgement.verdict {
        Verdict::NotSelected => return None,
        Verdict::Match if allowed.is_empty() || allowed.contains(&Verdict::Match) => accepted,
        other if allowed.contains(&other) => RunResult::Pass,
        Verdict::Inconclusive => RunResult::Inconclusive,
        _ => RunResult::Fail,
    })
}

/// The worst of several; of none, inconclusive.
pub fn worst(results: impl IntoIterator<Item = RunResult>) -> RunResult {
    results.into_iter().max().unwrap_or(RunResult::Inconclusive)
}

#[cfg(test)]
mod tests {
    use super::super::judgement::Grounds;
    use super::super::test_values::{handshake, observation, presented};
    use super::*;
    use crate::expect::Expectation;
    use crate::inspect::Handshake;

    /// Judgements of handshakes that completed unless told otherwise.
    fn result(verdicts: &[(Verdict, Option<Outcome>)], require_accepted: bool) -> RunResult {
        let expectation = Expectation::none();
        let observations: Vec<_> = verdicts
            .iter()
            .map(|(_, outcome)| {
                let outcome = outcome.unwrap_or(Outcome::Completed);
                observation([Handshake { outcome, ..handshake(presented(&[1])) }])
            })
            .collect();
        let judgements: Vec<_> = verdicts
            .iter()
            .zip(&observations)
            .map(|((verdict, _), observation)| Judgement {
                verdict: *verdict,
                handshake: Some(0),
                grounds: Grounds::Observed(&expectation, observation),
                ..Judgement::not_selected()
            })
            .collect();
        run_result(&judgements, require_accepted)
    }

    #[test]
    fn nothing_selected_is_inconclusive() {
        assert_eq!(result(&[], false), RunResult::Inconclusive);
        assert_eq!(result(&[(Verdict::NotSelected, None)], false), RunResult::Inconclusive);
    }

    #[test]
    fn one_failure_fails_the_run_wherever_it_stands() {
        for verdict in
            [Verdict::Mismatch, Verdict::Absent, Verdict::NotRequested, Verdict::Unexpected]
        {
            for others in [Verdict::Match, Verdict::Inconclusive, Verdict::NotSelected] {
                assert_eq!(result(&[(verdict, None), (others, None)], false), RunResult::Fail);
                assert_eq!(result(&[(others, None), (verdict, None)], false), RunResult::Fail);
            }
        }
    }

    #[test]
    fn pass_needs_every_selected_connection_to_match() {
        let matching = (Verdict::Match, None);
        assert_eq!(result(&[matching], true), RunResult::Pass);
        assert_eq!(result(&[(Verdict::NotSelected, None), matching], true), RunResult::Pass);
        for other in
            [[matching, (Verdict::Inconclusive, None)], [(Verdict::Inconclusive, None), matching]]
        {
            assert_eq!(result(&other, false), RunResult::Inconclusive);
        }
    }

    #[test]
    fn acceptance_counts_only_where_it_is_required() {
        for (outcome, required) in [
            (Outcome::Refused, RunResult::Fail),
            (Outcome::Unfinished, RunResult::Fail),
            (Outcome::Unknown, RunResult::Inconclusive),
        ] {
            assert_eq!(result(&[(Verdict::Match, Some(outcome))], true), required);
            assert_eq!(result(&[(Verdict::Match, Some(outcome))], false), RunResult::Pass);
        }
    }

    #[test]
    fn allowed_verdicts_are_as_they_should_be() {
        let one = |verdict| Judgement { verdict, ..Judgement::not_selected() };
        let of = |verdict, allowed: &[Verdict]| result_of(&one(verdict), allowed, false);
        assert_eq!(of(Verdict::Absent, &[Verdict::Absent]), Some(RunResult::Pass));
        assert_eq!(of(Verdict::Match, &[Verdict::Absent]), Some(RunResult::Fail));
        assert_eq!(of(Verdict::Inconclusive, &[Verdict::Absent]), Some(RunResult::Inconclusive));
        assert_eq!(of(Verdict::NotSelected, &[Verdict::Absent]), None);
    }

    #[test]
    fn pass_needs_the_whole_input() {
        assert_eq!(RunResult::Pass.of_input(false), RunResult::Inconclusive);
        assert_eq!(RunResult::Pass.of_input(true), RunResult::Pass);
        assert_eq!(RunResult::Fail.of_input(false), RunResult::Fail);
    }
}
