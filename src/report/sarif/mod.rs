//! What failed, as SARIF 2.1.0: connections that are not as expected, or the remarks on a
//! configuration with file and line.

mod log;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::log::{
    Artifact, ArtifactLocation, Location, Log, Message, Notification, Rule, SarifResult,
};
use super::summary::Summary;
use super::told::row::{capture_path, ends};
use super::told::{answer, finding_line};
use super::untrusted::visible;
use super::{Report, Resolution};
use crate::expect::{Expectation, Lint, Severity};
use crate::inspect::StreamName;
use crate::verdict::{Judgement, RunResult, Verdict};
use crate::witness::Connection;

/// Writes a result for each connection that is not as expected, and one for each expectation that
/// no connection answers; the same report gives the same bytes.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut results = Results::default();
    for (name, part) in report.by_expectation() {
        results.expectation(name, &part);
    }
    let Results { rules, results } = results;
    let mut log = Log::new(rules, results);
    let [run] = &mut log.runs;
    let [invocation] = &mut run.invocations;
    for capture in &report.evidence.captures {
        let hash = capture.sha256.clone().map(|sha256| ("sha-256", sha256));
        run.artifacts.push(Artifact {
            location: ArtifactLocation::new(&capture.path),
            hashes: hash.into_iter().collect(),
        });
        for one in capture.not_read() {
            invocation.tool_execution_notifications.push(Notification {
                level: if capture.error.is_some() { "error" } else { "warning" },
                message: Message::new(&format!("{}: {}", one.code, one.detail)),
                locations: vec![Location::new(&capture.path, None)],
            });
        }
    }
    invocation.execution_successful = report.result != Some(RunResult::Error);
    finish(&log, out)
}

/// Writes the remarks on a configuration, once for all servers.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write_resolution(resolutions: &[Resolution<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut results = Results::default();
    for remark in super::told::expected::all_remarks(resolutions) {
        results.remark(remark);
    }
    finish(&Log::new(results.rules, results.results), out)
}

fn finish(log: &Log, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, log)?;
    out.write_all(b"\n")
}

#[derive(Default)]
struct Results {
    rules: Vec<Rule>,
    results: Vec<SarifResult>,
}

impl Results {
    fn expectation(&mut self, name: &str, report: &Report<'_>) {
        let sources = report.expectation.map(sources).unwrap_or_default();
        let mut selected = 0;
        for (index, (connection, judgement)) in report.connections().enumerate() {
            let Some(judgement) = judgement.filter(|one| one.verdict != Verdict::NotSelected)
            else {
                continue;
            };
            selected += 1;
            let level = match report.result_of(index) {
                Some(RunResult::Pass) => continue,
                Some(RunResult::Fail) => "error",
                Some(RunResult::Inconclusive | RunResult::Error) | None => "warning",
            };
            let rule = match judgement.verdict {
                Verdict::Match => "not-accepted".to_owned(),
                verdict => verdict.code().replace('_', "-"),
            };
            let rule_index = self.rule(&rule, description(judgement.verdict));
            self.results.push(SarifResult {
                rule_id: rule,
                rule_index,
                level,
                message: Message::new(&message(name, report, index, connection, judgement)),
                locations: vec![Location::new(capture_path(report, connection), None)],
                related_locations: sources.iter().enumerate().map(related).collect(),
                properties: properties(report, connection, judgement),
            });
        }
        if selected == 0 && report.judged() && report.of_connections.is_some() {
            let rule = "no-connection".to_owned();
            let rule_index = self.rule(&rule, "No connection was there to judge.");
            let answer = answer::answer(report);
            let message = Message::new(&format!("{}{}", named(name), answer.sentence));
            let captures = report.evidence.captures.iter();
            self.results.push(SarifResult {
                rule_id: rule,
                rule_index,
                level: "warning",
                message,
                locations: captures.take(1).map(|one| Location::new(&one.path, None)).collect(),
                related_locations: sources.iter().enumerate().map(related).collect(),
                properties: BTreeMap::new(),
            });
        }
    }

    fn remark(&mut self, remark: &Lint) {
        let rule_index = self.rule(remark.code, "");
        let place = remark.file.as_deref().map(|file| Location::new(file, remark.line));
        self.results.push(SarifResult {
            rule_id: remark.code.to_owned(),
            rule_index,
            level: match remark.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "note",
            },
            message: Message::new(&remark.text),
            locations: place.into_iter().collect(),
            related_locations: Vec::new(),
            properties: BTreeMap::new(),
        });
    }

    /// The index of a rule, new or known.
    fn rule(&mut self, id: &str, description: &str) -> usize {
        if let Some(known) = self.rules.iter().position(|rule| rule.id == id) {
            return known;
        }
        let text = (!description.is_empty()).then(|| Message::new(description));
        self.rules.push(Rule { id: id.to_owned(), short_description: text });
        self.rules.len() - 1
    }
}

fn description(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Match => "The server did not accept the expected certificate, or was not seen to.",
        Verdict::Mismatch => {
            "The client presented another certificate, or did not prove that it holds the key."
        }
        Verdict::Absent => "The server asked for a certificate and the client sent none.",
        Verdict::NotRequested => "The server never asked for a client certificate.",
        Verdict::Unexpected => "No client certificate was expected and one was presented.",
        Verdict::Inconclusive => "The capture cannot tell.",
        Verdict::NotSelected => "Outside the selection.",
    }
}

fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{name}: ") }
}

fn message(
    name: &str,
    report: &Report<'_>,
    index: usize,
    connection: &Connection,
    judgement: &Judgement<'_>,
) -> String {
    let place = format!("{}, {}", StreamName(connection.stream), ends(connection));
    let mut text = format!("{}{place}: {}", named(name), judgement.explanation());
    for finding in report.findings_of(index) {
        text.push(' ');
        text.push_str(&finding_line(finding));
    }
    text
}

/// Where the expectation was named in files.
fn sources(expectation: &Expectation) -> Vec<(&str, Option<u64>, &str)> {
    let sources = expectation.certificates.iter().flat_map(|one| &one.sources);
    sources
        .filter_map(|source| Some((source.file.as_deref()?, source.line, source.rule.as_str())))
        .collect()
}

fn related((id, (file, line, rule)): (usize, &(&str, Option<u64>, &str))) -> Location {
    let message = Some(Message::new(&format!("expected by {rule}")));
    Location { id: Some(id), message, ..Location::new(file, *line) }
}

/// What a program needs to find the connection.
fn properties(
    report: &Report<'_>,
    connection: &Connection,
    judgement: &Judgement<'_>,
) -> BTreeMap<&'static str, serde_json::Value> {
    let summary = Summary::judged(&connection.observation, Some(judgement));
    let evidence = summary.evidence(connection, report.evidence, Some(judgement));
    let frames: Vec<u64> = evidence.iter().map(|evident| evident.frame_there).collect();
    let address = |address: Option<std::net::SocketAddr>| address.map(|one| one.to_string());
    let name = connection.observation.server_name.as_deref().map(visible);
    BTreeMap::from([
        ("verdict", judgement.verdict.code().into()),
        ("cause", judgement.cause.map(|cause| cause.code()).into()),
        ("stream", connection.stream.into()),
        ("client", address(connection.client()).into()),
        ("server", address(connection.server()).into()),
        ("serverName", name.into()),
        ("frames", frames.into()),
    ])
}
