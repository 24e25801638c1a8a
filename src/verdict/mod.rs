//! Expectation + Observation -> Judgement; pure functions.

mod judge;
mod select;

pub use judge::{judge, run_result, Cause, Judgement, RunResult, Verdict};
pub use select::{Candidate, Network, Selection, ServerAddress};
