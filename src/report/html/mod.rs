//! The report as one HTML file: no script, no network, light and dark, for a screen and for paper.

mod connection;
mod ladder;
mod view;

use std::io::{self, Write};

use askama::Template;

use self::view::{Capture, Cell, Expected, Part, Row, Table, View, Why, class, shown};
use super::summary::Summary;
use super::told::capture::{described, is_odd, not_followed, recorded};
use super::told::expected::{expected, expected_certificate, identity, shown_remarks, steps};
use super::told::groups::{Group, streams};
use super::told::plan::Plan;
use super::told::{Meaning, answer, contested, counted, diagnosis, repeat, row, untold};
use super::untrusted::columns_of;
use super::{Layout, Report, TOOL_VERSION};
use crate::witness::CaptureSummary;

/// Captures with nothing odd about them that are listed.
const LISTED_CAPTURES: usize = 20;
/// Groups that are listed.
const LISTED_GROUPS: usize = 200;
/// Ranges of streams that are listed of a group.
const LISTED_STREAMS: usize = 6;
/// Columns of a server name that is not broken.
const TIGHT_COLUMNS: usize = 28;
/// Anomalies of a capture that are listed.
const LISTED_ANOMALIES: usize = 10;

/// The page; every value in it is escaped by the template.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    view: View,
}

/// Writes the report as one HTML file; the same report gives the same bytes.
///
/// No text from a capture or a file becomes markup, and nothing in the page is loaded or run.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write(report: &Report<'_>, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { view: View::of(report, layout) };
    page.write_into(out).map_err(|error| io::Error::other(error.to_string()))
}

impl View {
    fn of(report: &Report<'_>, layout: Layout) -> Self {
        let ((word, meaning), sentence, hints) = match report.parts {
            [] => {
                let answer = answer::answer(report);
                (answer.word, answer.sentence, answer.hints)
            }
            _ => {
                let (word, sentence) = answer::of_parts(report);
                (word, sentence, Vec::new())
            }
        };
        let plan = Plan::new(report, (layout, false));
        let caveat = contested::caveat(report).map(str::to_owned);
        let connections = counted(plan.omitted, "connection", "connections");
        Self {
            word: if word.is_empty() { "TLS connections" } else { word },
            class: class(meaning),
            sentence: shown(&answer::sentence(&sentence)),
            parts: parts(report),
            why: diagnosis::of_run(report)
                .into_iter()
                .map(|(finding, share)| Why::new(finding, &share))
                .collect(),
            contested: contested::sentence(report).map(|sentence| shown(&sentence)),
            hints: caveat.iter().chain(&hints).map(|hint| shown(hint)).collect(),
            expected: all_expected(report),
            captures: captures(report),
            selection: answer::selection(report).map(|text| shown(&text)),
            counts: shown(&answer::connections(report)),
            table: table(report, &plan),
            details: connection::details(report, &plan),
            omitted: (plan.omitted > 0).then(|| format!("{connections} not told in detail.")),
            untold: untold::sentences(report).iter().map(|sentence| shown(sentence)).collect(),
            command: repeat::command(report.command).map(|command| shown(&command)),
            tool: TOOL_VERSION,
        }
    }
}

fn parts(report: &Report<'_>) -> Vec<Part> {
    let parts = report.by_expectation().into_iter().filter(|(name, _)| !name.is_empty());
    parts
        .map(|(name, part)| {
            let answer = answer::answer(&part);
            let (word, meaning) = answer.word;
            let sentence = shown(&answer.sentence);
            Part { name: shown(name), word, class: class(meaning), sentence }
        })
        .collect()
}

fn all_expected(report: &Report<'_>) -> Vec<Expected> {
    let mut all = Vec::new();
    for (name, part) in report.by_expectation() {
        let Some(expectation) = part.expectation else { continue };
        let mut lines = vec![shown(&expected(expectation))];
        let others = expectation.certificates.iter().skip(1);
        lines.extend(others.map(|one| shown(&format!("or {}", expected_certificate(one)))));
        lines.extend(identity(expectation).iter().map(|text| shown(text)));
        if let Some(condition) = &expectation.none_if {
            lines.push(shown(&format!("or none: {condition}")));
        }
        let is_configured = contested::is_from_configuration(expectation);
        let steps = if is_configured { steps(expectation) } else { &[] };
        let remarks = shown_remarks(expectation).filter(|_| is_configured);
        all.push(Expected {
            name: shown(name),
            lines,
            because: steps.iter().map(|step| shown(step)).collect(),
            not_read: expectation
                .not_read
                .iter()
                .take(LISTED_CAPTURES)
                .map(|one| shown(&one.to_string()))
                .collect(),
            remarks: remarks.map(|remark| shown(&remark.to_string())).collect(),
        });
    }
    all
}

fn captures(report: &Report<'_>) -> Vec<Capture> {
    let captures = &report.evidence.captures;
    let few = captures.len() <= LISTED_CAPTURES;
    let listed = captures.iter().filter(|capture| few || is_odd(capture));
    let mut listed: Vec<Capture> = listed.map(capture).collect();
    let more = captures.len() - listed.len();
    if more > 0 {
        let others = if listed.is_empty() { "" } else { " more" };
        let number = more.try_into().unwrap_or(u64::MAX);
        let captures = counted(number, "capture", "captures");
        let described = format!("{captures}{others} with nothing odd about them");
        listed.push(Capture { described, facts: Vec::new(), anomalies: Vec::new() });
    }
    listed
}

fn capture(capture: &CaptureSummary) -> Capture {
    let mut facts = Vec::new();
    let recorded = capture.recorder.as_ref().and_then(recorded);
    facts.extend(capture.sha256.clone().map(|sha256| ("SHA-256", sha256)));
    facts.extend(recorded.map(|recorded| ("recorder", shown(&recorded))));
    facts.extend(not_followed(capture, false).map(|text| ("packets", shown(&text))));
    for one in capture.incomplete.iter().take(LISTED_ANOMALIES) {
        let at = one.frame.map(|frame| format!(" (frame {frame})")).unwrap_or_default();
        facts.push(("not read", shown(&format!("{}{at}: {}", one.code, one.detail))));
    }
    let anomalies = capture.anomalies.iter().take(LISTED_ANOMALIES);
    Capture {
        described: shown(&described(capture)),
        facts,
        anomalies: anomalies.map(|one| shown(&row::anomaly(one))).collect(),
    }
}

fn table(report: &Report<'_>, plan: &Plan) -> Option<Table> {
    if plan.shown.is_empty() {
        return None;
    }
    Some(match &plan.groups {
        Some(groups) => {
            let rows: Vec<Row> = groups
                .iter()
                .enumerate()
                .take(LISTED_GROUPS)
                .map(|(number, group)| group_row(report, plan, number, group))
                .collect();
            let more = groups.len() - rows.len();
            Table::new(rows, more)
        }
        None => {
            let rows = plan.shown.iter().filter_map(|index| connection_row(report, plan, *index));
            Table::new(rows.collect(), 0)
        }
    })
}

impl Table {
    fn new(rows: Vec<Row>, more: usize) -> Self {
        let headings = rows.first().map(|row| row.cells.iter().map(|cell| cell.heading).collect());
        Self { headings: headings.unwrap_or_default(), rows, more }
    }
}

impl Cell {
    fn new(heading: &'static str, text: &str) -> Self {
        let text = shown(text);
        let is_tight = match heading {
            "Verdict" | "Count" | "Stream" | "Client" | "Server" => true,
            "Server name" => columns_of(&text) <= TIGHT_COLUMNS,
            _ => false,
        };
        Self { heading, text, is_verdict: false, is_tight }
    }

    fn verdict(text: &str) -> Self {
        Self { is_verdict: true, ..Self::new("Verdict", text) }
    }
}

fn group_row(report: &Report<'_>, plan: &Plan, number: usize, group: &Group) -> Row {
    let key = &group.key;
    let told = plan.detailed.iter().find(|(_, group)| *group == Some(number));
    let cells = [
        key.verdict.as_deref().map(Cell::verdict),
        Some(Cell::new("Count", &group.members.len().to_string())),
        key.expectation.as_deref().map(|text| Cell::new("Expectation", text)),
        key.client.as_deref().map(|text| Cell::new("Client", text)),
        key.server.as_deref().map(|text| Cell::new("Server", text)),
        key.name.as_deref().map(|text| Cell::new("Server name", text)),
        key.seen.as_deref().map(|text| Cell::new("Seen", text)),
        Some(Cell::new("Streams", &streams(report, &group.members, LISTED_STREAMS))),
    ];
    Row {
        class: class(group.meaning),
        link: told.map(|(index, _)| connection::id(*index)),
        cells: cells.into_iter().flatten().collect(),
    }
}

fn connection_row(report: &Report<'_>, plan: &Plan, index: usize) -> Option<Row> {
    let (connection, judgement) = report.connection(index)?;
    let observation = &connection.observation;
    let summary = Summary::judged(observation, judgement);
    let verdict = judgement.map(|judgement| row::verdict(report, index, judgement));
    let meaning = verdict.as_ref().map_or(Meaning::Plain, |(_, meaning)| *meaning);
    let expectation = (!report.parts.is_empty()).then(|| row::expectation(report, index));
    let stream = connection.stream.map_or_else(|| "-".to_owned(), |stream| stream.to_string());
    let name = observation.server_name.as_deref().unwrap_or("-");
    let several = report.evidence.captures.len() > 1;
    let capture = several.then(|| row::capture_path(report, connection));
    let cells = [
        verdict.as_ref().map(|(text, _)| Cell::verdict(text)),
        expectation.map(|text| Cell::new("Expectation", &text)),
        capture.map(|path| Cell::new("Capture", path)),
        Some(Cell::new("Stream", &stream)),
        Some(Cell::new("Client → server", &row::ends(connection).replace("->", "→"))),
        Some(Cell::new("Server name", name)),
        Some(Cell::new("Seen", &row::seen(&summary))),
    ];
    let is_told = plan.detailed.iter().any(|(told, _)| *told == index);
    Some(Row {
        class: class(meaning),
        link: is_told.then(|| connection::id(index)),
        cells: cells.into_iter().flatten().collect(),
    })
}
