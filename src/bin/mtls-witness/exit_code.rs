//! Exit statuses: what the calling program learns.

use std::process::ExitCode;

use mtls_witness::verdict::RunResult;

/// How a run ended; the numbers are part of the contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ExitStatus {
    /// 0: at least one connection was selected, and every selected one is a match.
    Pass,
    /// 1: a selected connection is a failure.
    Fail,
    /// 2: the command line, the configuration or a capture could not be used.
    Error,
    /// 3: neither proved nor refuted.
    Inconclusive,
}

impl ExitStatus {
    /// The status of a run with this result. `allow_inconclusive` turns an inconclusive run with a
    /// match in it into a passed one.
    pub(crate) fn of(result: RunResult, allow_inconclusive: bool, any_match: bool) -> Self {
        match result {
            RunResult::Pass => Self::Pass,
            RunResult::Fail => Self::Fail,
            RunResult::Error => Self::Error,
            RunResult::Inconclusive if allow_inconclusive && any_match => Self::Pass,
            RunResult::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Pass => 0,
            ExitStatus::Fail => 1,
            ExitStatus::Error => 2,
            ExitStatus::Inconclusive => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inconclusive_is_allowed_only_beside_a_match() {
        let of = ExitStatus::of;
        assert_eq!(of(RunResult::Inconclusive, false, true), ExitStatus::Inconclusive);
        assert_eq!(of(RunResult::Inconclusive, true, false), ExitStatus::Inconclusive);
        assert_eq!(of(RunResult::Inconclusive, true, true), ExitStatus::Pass);
    }

    #[test]
    fn failure_is_never_allowed() {
        assert_eq!(ExitStatus::of(RunResult::Fail, true, true), ExitStatus::Fail);
    }
}
