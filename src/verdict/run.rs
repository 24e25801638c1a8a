//! The verdicts of all connections -> the answer for the run.

use std::fmt;

use super::judgement::{Cause, Judgement, Verdict};

/// The answer for the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RunResult {
    /// At least one selected connection, and each one is a match.
    Pass,
    /// A selected connection is a failure.
    Fail,
    /// Neither.
    Inconclusive,
}

impl RunResult {
    /// The contract's word, `inconclusive`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
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
/// complete, and makes one inconclusive whose end the capture does not show.
pub fn run_result<'a>(
    judgements: impl IntoIterator<Item = &'a Judgement<'a>>,
    require_accepted: bool,
) -> RunResult {
    let mut result = None;
    for judgement in judgements {
        let own = match (judgement.verdict, judgement.cause) {
            (Verdict::NotSelected, _) => continue,
            (Verdict::Inconclusive, _) => RunResult::Inconclusive,
            (Verdict::Match, Some(Cause::RefusedByServer | Cause::HandshakeUnfinished))
                if require_accepted =>
            {
                RunResult::Fail
            }
            (Verdict::Match, Some(Cause::OutcomeUnknown)) if require_accepted => {
                RunResult::Inconclusive
            }
            (Verdict::Match, _) => RunResult::Pass,
            (
                Verdict::Mismatch | Verdict::Absent | Verdict::NotRequested | Verdict::Unexpected,
                _,
            ) => RunResult::Fail,
        };
        result = match (result, own) {
            (Some(RunResult::Fail), _) | (_, RunResult::Fail) => Some(RunResult::Fail),
            (Some(RunResult::Inconclusive), _) => Some(RunResult::Inconclusive),
            (_, own) => Some(own),
        };
    }
    result.unwrap_or(RunResult::Inconclusive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(verdicts: &[(Verdict, Option<Cause>)], require_accepted: bool) -> RunResult {
        let judgements: Vec<_> = verdicts
            .iter()
            .map(|(verdict, cause)| Judgement {
                verdict: *verdict,
                cause: *cause,
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
        for (cause, required) in [
            (Cause::RefusedByServer, RunResult::Fail),
            (Cause::HandshakeUnfinished, RunResult::Fail),
            (Cause::OutcomeUnknown, RunResult::Inconclusive),
        ] {
            assert_eq!(result(&[(Verdict::Match, Some(cause))], true), required);
            assert_eq!(result(&[(Verdict::Match, Some(cause))], false), RunResult::Pass);
        }
    }
}
