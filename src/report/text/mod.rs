//! The report for people: the answer first, then what it stands on.

mod capture;
mod details;
mod diagnosis;
mod handshake;
mod ladder;
mod not_read;
mod page;
mod resolution;
mod table;

use std::io::{self, Write};

use self::page::Page;
pub use self::resolution::write_resolution;
use super::told::capture::is_odd;
use super::told::expected::{expected, expected_certificate, identity, shown_remarks, steps};
use super::told::plan::Plan;
use super::told::{Meaning, answer, contested, counted};
use super::{Layout, Report, TOOL_VERSION};
use crate::expect::Expectation;

/// More captures than this, and only those that need a look are listed.
const DETAILED_CAPTURES: usize = 20;
/// Anomalies of one capture or connection that are shown unless everything is asked for.
const SHOWN_ANOMALIES: usize = 5;
/// Certificate authorities of one request that are shown unless everything is asked for.
const SHOWN_AUTHORITIES: usize = 10;

/// How the text is to look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Style {
    /// Whether to colour it with ANSI escape sequences.
    pub color: bool,
    /// How much to say.
    pub detail: Detail,
    /// How connections are shown.
    pub layout: Layout,
    /// Columns of the terminal that it is for; else lines are broken before column 100, and rows of
    /// tables not at all.
    pub columns: Option<usize>,
    /// Lines of the terminal that it is for: the answer is said again at the end of a longer report.
    pub lines: Option<usize>,
}

impl Style {
    /// As it is written into a file.
    pub const fn new(color: bool, detail: Detail) -> Self {
        let layout = Layout { list: false, grouping: None };
        Self { color, detail, layout, columns: None, lines: None }
    }
}

/// How much the text says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// Only the first line.
    Answer,
    /// The selected connections; of many, only those that need a look in detail.
    #[default]
    Selected,
    /// Every connection in detail, nothing left out.
    Everything,
}

/// Writes the report for people; the same report and style give the same bytes.
///
/// No text from a capture reaches `out` with a control, reordering or invisible character in it,
/// and none begins a line.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style);
    let first = first_lines(report, style, &mut page)?;
    if style.detail == Detail::Answer {
        return Ok(());
    }
    page.blank()?;
    head(report, style, &mut page)?;
    let plan = Plan::new(report, (style.layout, style.detail == Detail::Everything));
    table::write(report, &plan, style, &mut page)?;
    details::write(report, &plan, style, &mut page)?;
    if style.lines.is_some_and(|lines| page.lines() >= lines) {
        page.blank()?;
        let (word, sentence) = first;
        page.answer(word, &sentence)?;
    }
    Ok(())
}

/// The answers and what goes with them; gives the first of them.
fn first_lines(
    report: &Report<'_>,
    style: Style,
    page: &mut Page<'_>,
) -> io::Result<((&'static str, Meaning), String)> {
    if report.parts.is_empty() {
        return answer(report, style, page);
    }
    let (word, sentence) = answer::of_parts(report);
    page.answer(word, &sentence)?;
    for part in report.parts {
        page.heading(part.name, ("", Meaning::Plain))?;
        answer(&report.part(part), style, page)?;
    }
    Ok((word, sentence))
}

/// The first lines: the answer, what it says about the contested rule, and what to do next.
fn answer(
    report: &Report<'_>,
    style: Style,
    page: &mut Page<'_>,
) -> io::Result<((&'static str, Meaning), String)> {
    let answer = answer::answer(report);
    page.answer(answer.word, &answer.sentence)?;
    let first = (answer.word, answer.sentence);
    if style.detail == Detail::Answer {
        return Ok(first);
    }
    if let Some(sentence) = contested::sentence(report) {
        page.answer(("CONTESTED RULE", Meaning::Heading), &format!("{sentence}."))?;
    }
    diagnosis::of_run(report, page)?;
    if let Some(caveat) = contested::caveat(report) {
        page.hint(caveat)?;
    }
    for hint in &answer.hints {
        page.hint(hint)?;
    }
    Ok(first)
}

/// What was asked, of which files, and how many connections they hold.
fn head(report: &Report<'_>, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    if report.parts.is_empty() {
        if let Some(expectation) = report.expectation {
            expected_lines("expected", expectation, page)?;
        }
    } else {
        for part in report.parts {
            page.field(0, "expected", &format!("of {}:", part.name))?;
            expected_lines("", part.expectation, page)?;
        }
    }
    let parts = report.parts.iter().map(|part| part.expectation);
    not_read::write(report.expectation.into_iter().chain(parts), style, 0, page)?;
    let captures = &report.evidence.captures;
    let all = style.detail == Detail::Everything || captures.len() <= DETAILED_CAPTURES;
    let (listed, others): (Vec<_>, Vec<_>) =
        captures.iter().partition(|capture| all || is_odd(capture));
    for capture in listed {
        capture::write(capture, style, page)?;
    }
    if !others.is_empty() {
        let others = counted(others.len().try_into().unwrap_or(u64::MAX), "capture", "captures");
        page.field(0, "captures", &format!("{others} with nothing odd not listed; -v lists all"))?;
    }
    page.field(0, "connections", &answer::connections(report))?;
    if let Some(selection) = answer::selection(report) {
        page.field(0, "selection", &selection)?;
    }
    if style.detail == Detail::Everything {
        page.field(0, "tool", TOOL_VERSION)?;
    }
    Ok(())
}

fn expected_lines(label: &str, expectation: &Expectation, page: &mut Page<'_>) -> io::Result<()> {
    page.field(0, label, &expected(expectation))?;
    for certificate in expectation.certificates.iter().skip(1) {
        page.field(0, "", &format!("or {}", expected_certificate(certificate)))?;
    }
    for text in identity(expectation) {
        page.field(0, "", &text)?;
    }
    if let Some(condition) = &expectation.none_if {
        page.field(0, "", &format!("or none: {condition}"))?;
    }
    if contested::is_from_configuration(expectation) {
        for (index, reason) in steps(expectation).iter().enumerate() {
            page.field(0, if index == 0 { "because" } else { "" }, reason)?;
        }
        for (index, remark) in shown_remarks(expectation).enumerate() {
            page.field(0, if index == 0 { "remarks" } else { "" }, &remark.to_string())?;
        }
    }
    Ok(())
}
