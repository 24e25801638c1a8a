//! What every report for people says, in words: the answer, what was expected, a connection in a
//! line. How it looks is the formats' own.

pub(super) mod answer;
pub(super) mod capture;
pub(super) mod comparison;
pub(super) mod contested;
pub(super) mod diagnosis;
pub(super) mod expected;
mod failing;
pub(super) mod groups;
pub(super) mod handshake;
mod inconclusive;
pub(super) mod inference;
mod input;
mod inspected;
mod judged;
pub(super) mod ladder;
pub(super) mod plan;
pub(super) mod repeat;
pub(super) mod row;
mod unseen;
pub(super) mod untold;

use super::Report;
use super::summary::Summary;
use crate::diagnose::Finding;
use crate::verdict::Judgement;
use crate::witness::Connection;

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

/// What explains a connection, in one line.
pub(in crate::report) fn finding_line(finding: &Finding) -> String {
    let next = finding.next_step.as_ref().map(|next| format!(" Next: {next}")).unwrap_or_default();
    format!("why ({}): {}.{next}", finding.strength.code(), finding.text)
}

/// Each frame behind a connection's answer: its display filter, and what it carried.
pub(in crate::report) fn evidence_lines(
    report: &Report<'_>,
    connection: &Connection,
    judgement: Option<&Judgement<'_>>,
) -> Vec<String> {
    let summary = Summary::judged(&connection.observation, judgement);
    let frames = summary.evidence(connection, report.evidence, judgement);
    let lines = frames.into_iter().map(|evident| {
        let captures = &report.evidence.captures;
        let elsewhere =
            captures.get(evident.capture).filter(|_| evident.frame != evident.frame_there);
        let place = elsewhere.map(|capture| format!(" (in {})", capture.path)).unwrap_or_default();
        format!("{}: {}{place}", evident.filter(), evident.what)
    });
    lines.collect()
}
