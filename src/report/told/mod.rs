//! What every report for people says, in words: the answer, what was expected, a connection in a
//! line. How it looks is the formats' own.

pub(super) mod answer;
pub(super) mod capture;
pub(super) mod contested;
pub(super) mod expected;
mod failing;
pub(super) mod handshake;
pub(super) mod inference;
mod input;
mod judged;
pub(super) mod row;
mod unseen;

/// What something is to the reader; each format has one look for each meaning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::report) enum Meaning {
    /// As expected.
    Good,
    /// Not as expected.
    Bad,
    /// The capture cannot tell.
    Open,
    /// Not what was asked about.
    Aside,
    /// Where something new begins.
    Heading,
    /// Nothing in particular.
    Plain,
}

/// A number with its noun.
pub(in crate::report) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
