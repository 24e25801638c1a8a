//! Expectation + Observation -> Judgement; pure functions.

mod judge;
mod select;

pub use judge::{Cause, Judgement, RunResult, Verdict, judge, run_result};
pub use select::{Candidate, Network, Selection, ServerAddress};
