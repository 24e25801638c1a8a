//! Expectation + Observation -> Judgement; pure functions.

mod deciding;
mod evidence;
mod explanation;
mod hypothesis;
mod identity;
#[cfg(test)]
mod identity_tests;
mod judge;
mod judgement;
mod part;
mod presentation;
mod recordings;
mod run;
mod select;
mod select_account;
mod select_name;
mod select_parse;
mod unread;
mod words;

#[cfg(test)]
mod judge_tests;
#[cfg(test)]
mod select_tests;
#[cfg(test)]
mod test_values;

pub use deciding::{Deciding, deciding};
pub use evidence::{of_handshake as evidence_of_handshake, original_place};
pub use hypothesis::{HypothesisFinding, HypothesisResult, hypotheses};
pub use judge::judge;
pub use judgement::{Cause, Grounds, Judgement, Verdict, Words};
pub use part::{Part, overall};
pub use recordings::{Recordings, Said};
pub use run::{RunResult, run_result, worst};
pub use select::{Candidate, Network, Selected, Selection, ServerAddress};
pub use select_account::{SelectionAccount, SelectionPart};
pub use select_parse::{SelectError, parse_moment, parse_server_name, parse_since, parse_until};
