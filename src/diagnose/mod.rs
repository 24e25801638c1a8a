//! Why it came as it did: evidence and verdicts -> findings. Each rule is a file of its own; a finding
//! explains a verdict, and never changes it.

mod finding;

pub use self::finding::{Finding, Strength};
