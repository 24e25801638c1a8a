//! The report as JUnit XML: a test case per expectation and connection, for the test tables of build
//! servers.
//!
//! A case that is inconclusive is an error, never skipped: a build must not pass by it.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::summary::Summary;
use super::told::row::{capture_path, ends, seen};
use super::told::{answer, evidence_lines, finding_line};
use super::untrusted::visible;
use super::{Report, TOOL_VERSION};
use crate::inspect::StreamName;
use crate::verdict::{Judgement, RunResult, Verdict};
use crate::witness::{CaptureSummary, Connection, Incomplete};

/// Writes the report as JUnit XML; the same report gives the same bytes.
///
/// Every character that XML does not allow, and every one that hides or reorders, is written out.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut run = quick_junit::Report::new("mtls-witness");
    run.add_test_suite(of_captures(report));
    for (name, part) in report.by_expectation() {
        run.add_test_suite(of_expectation(name, &part));
    }
    let text = run.to_string().map_err(io::Error::other)?;
    // The schemas that build servers check by know no `skipped` of the whole, and nothing ever is.
    let text = text.replacen(" skipped=\"0\"", "", 1);
    out.write_all(text.as_bytes())?;
    if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
}

/// Text that may stand in XML.
fn xml(text: &str) -> XmlString {
    XmlString::new(visible(text))
}

/// A text of several lines.
fn xml_lines(lines: &[String]) -> XmlString {
    let lines: Vec<String> = lines.iter().map(|line| visible(line)).collect();
    XmlString::new(lines.join("\n"))
}

/// A test case per capture: whether it could be used, and was read whole.
fn of_captures(report: &Report<'_>) -> TestSuite {
    let mut suite = TestSuite::new("captures");
    suite.add_property(Property::new("tool", TOOL_VERSION));
    for capture in &report.evidence.captures {
        let mut case = TestCase::new(xml(&capture.path), of_capture(report, capture));
        case.set_classname("captures");
        suite.add_test_case(case);
    }
    suite
}

fn of_capture(report: &Report<'_>, capture: &CaptureSummary) -> TestCaseStatus {
    let not_read: Vec<Incomplete> = capture.not_read().collect();
    // A run that passes takes what was read for all.
    if not_read.is_empty() || report.result == Some(RunResult::Pass) {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(if capture.error.is_some() { "error" } else { "incomplete" });
    let lines: Vec<String> =
        not_read.iter().map(|one| format!("{}: {}", one.code, one.detail)).collect();
    if let Some(first) = lines.first() {
        status.set_message(xml(first));
    }
    status.set_description(xml_lines(&lines));
    status
}

/// A test case per connection that the expectation is about.
fn of_expectation(name: &str, report: &Report<'_>) -> TestSuite {
    let name = if name.is_empty() { "connections" } else { name };
    let mut suite = TestSuite::new(xml(name));
    let answer = answer::answer(report);
    let (word, _) = answer.word;
    suite.set_system_out(xml_lines(&[format!("{word}: {}", answer.sentence)]));
    for (index, (connection, judgement)) in report.connections().enumerate() {
        let Some(judgement) = judgement.filter(|one| one.verdict != Verdict::NotSelected) else {
            continue;
        };
        let lines = xml_lines(&output(report, index, connection, judgement));
        let mut status = status(report.result_of(index), judgement);
        let is_success = matches!(status, TestCaseStatus::Success { .. });
        if !is_success {
            status.set_description(lines.clone());
        }
        let mut case = TestCase::new(xml(&case_name(report, connection)), status);
        case.set_classname(xml(name));
        if is_success {
            case.set_system_out(lines);
        }
        suite.add_test_case(case);
    }
    if suite.test_cases.is_empty() && report.result != Some(RunResult::Error) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("inconclusive").set_message(xml(&answer.sentence));
        let mut case = TestCase::new("a connection to judge", status);
        case.set_classname(xml(name));
        suite.add_test_case(case);
    }
    suite
}

/// Its stream and both ends, and its capture where there are several.
fn case_name(report: &Report<'_>, connection: &Connection) -> String {
    let mut name = format!("{}, {}", StreamName(connection.stream), ends(connection));
    if connection.stream.is_none() {
        name.push_str(&format!(", from frame {}", connection.first_frame));
    }
    if let Some(server) = &connection.observation.server_name {
        name.push_str(&format!(", {server}"));
    }
    if report.evidence.captures.len() > 1 {
        name.push_str(&format!(", {}", capture_path(report, connection)));
    }
    name
}

fn status(result: Option<RunResult>, judgement: &Judgement<'_>) -> TestCaseStatus {
    let kind = match result {
        Some(RunResult::Pass) => return TestCaseStatus::success(),
        Some(RunResult::Fail) => NonSuccessKind::Failure,
        Some(RunResult::Inconclusive | RunResult::Error) | None => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    let cause = judgement.cause.map(|cause| format!(".{}", cause.code())).unwrap_or_default();
    status.set_type(format!("{}{cause}", judgement.verdict.code()));
    status.set_message(xml(&judgement.explanation()));
    status
}

/// The verdict, what was seen, what explains it, and the frames to look it up.
fn output(
    report: &Report<'_>,
    index: usize,
    connection: &Connection,
    judgement: &Judgement<'_>,
) -> Vec<String> {
    let summary = Summary::judged(&connection.observation, Some(judgement));
    let mut lines = vec![
        format!("{}: {}", judgement.verdict.code(), seen(&summary)),
        judgement.explanation().into_owned(),
    ];
    lines.extend(report.findings_of(index).iter().map(finding_line));
    lines.extend(evidence_lines(report, connection, Some(judgement)));
    lines
}
