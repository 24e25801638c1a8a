//! The report in Markdown, for a ticket: the answer, the table, and what it stands on.

mod escape;

use std::io::{self, Write};

use self::escape::{code, prose};
use super::summary::Summary;
use super::told::capture::{described, is_odd, not_followed, recorded};
use super::told::comparison::compare;
use super::told::expected::{expected, expected_certificate, identity, shown_remarks, steps};
use super::told::groups::{Group, streams};
use super::told::ladder::{Peer, rungs};
use super::told::plan::Plan;
use super::told::{answer, contested, counted, diagnosis, evidence_lines, repeat, row, untold};
use super::{Layout, Report, TOOL_VERSION};
use crate::diagnose::Finding;
use crate::inspect::StreamName;
use crate::verdict::Judgement;
use crate::witness::Connection;

/// Captures with nothing odd about them that are listed.
const LISTED_CAPTURES: usize = 20;
/// Ranges of streams that are listed of a group.
const LISTED_STREAMS: usize = 12;

/// Writes the report as Markdown (CommonMark with the tables of GitHub and GitLab); the same report
/// gives the same bytes.
///
/// No text from a capture or a file marks anything up, links, or mentions anybody.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write(report: &Report<'_>, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out };
    page.answer(report)?;
    page.expected(report)?;
    page.captures(report)?;
    let plan = Plan::new(report, (layout, false));
    page.connections(report, &plan)?;
    for (index, group) in &plan.detailed {
        let group = group.and_then(|number| plan.groups.as_ref()?.get(number));
        if let Some((connection, judgement)) = report.connection(*index) {
            page.details(report, (*index, connection, judgement), group)?;
        }
    }
    if plan.omitted > 0 {
        let connections = counted(plan.omitted, "connection", "connections");
        page.line(&format!("{connections} not told in detail."))?;
    }
    page.rest(report)
}

struct Page<'w> {
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}\n")
    }

    fn item(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "- {text}")
    }

    fn row(&mut self, cells: &[String]) -> io::Result<()> {
        writeln!(self.out, "| {} |", cells.join(" | "))
    }

    fn table(&mut self, headings: &[&str]) -> io::Result<()> {
        let headings: Vec<String> = headings.iter().map(|one| (*one).to_owned()).collect();
        self.row(&headings)?;
        let rules = vec!["---".to_owned(); headings.len()];
        self.row(&rules)
    }

    fn end(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    fn answer(&mut self, report: &Report<'_>) -> io::Result<()> {
        let (word, sentence, hints) = match report.parts {
            [] => {
                let answer = answer::answer(report);
                (answer.word.0, answer.sentence, answer.hints)
            }
            _ => {
                let ((word, _), sentence) = answer::of_parts(report);
                (word, sentence, Vec::new())
            }
        };
        let word = if word.is_empty() { "TLS connections" } else { word };
        self.line(&format!("## {word}"))?;
        self.line(&prose(&answer::sentence(&sentence)))?;
        for (name, part) in report.by_expectation().into_iter().filter(|(name, _)| !name.is_empty())
        {
            let answer = answer::answer(&part);
            let (name, word) = (prose(name), answer.word.0);
            self.item(&format!("**{name}**: {word}: {}", prose(&answer.sentence)))?;
        }
        if !report.parts.is_empty() {
            self.end()?;
        }
        for (finding, share) in diagnosis::of_run(report) {
            self.line(&why(finding, &share))?;
        }
        if let Some(sentence) = contested::sentence(report) {
            self.line(&format!("Contested rule: {}.", prose(&sentence)))?;
        }
        let caveat = contested::caveat(report).map(str::to_owned);
        for hint in caveat.iter().chain(&hints) {
            self.line(&format!("Next: {}.", prose(hint)))?;
        }
        Ok(())
    }

    fn expected(&mut self, report: &Report<'_>) -> io::Result<()> {
        for (name, part) in report.by_expectation() {
            let Some(expectation) = part.expectation else { continue };
            match name.is_empty() {
                true => self.line("### Expected")?,
                false => self.line(&format!("### Expected of {}", prose(name)))?,
            }
            self.item(&prose(&expected(expectation)))?;
            for certificate in expectation.certificates.iter().skip(1) {
                self.item(&format!("or {}", prose(&expected_certificate(certificate))))?;
            }
            for text in identity(expectation) {
                self.item(&prose(&text))?;
            }
            if let Some(condition) = &expectation.none_if {
                self.item(&format!("or none: {}", prose(condition)))?;
            }
            for one in expectation.not_read.iter().take(LISTED_CAPTURES) {
                self.item(&format!("not read: {}", prose(&one.to_string())))?;
            }
            if contested::is_from_configuration(expectation) {
                for step in steps(expectation) {
                    self.item(&format!("because {}", prose(step)))?;
                }
                for remark in shown_remarks(expectation) {
                    self.item(&prose(&remark.to_string()))?;
                }
            }
            self.end()?;
        }
        Ok(())
    }

    fn captures(&mut self, report: &Report<'_>) -> io::Result<()> {
        self.line("### Captures")?;
        let captures = &report.evidence.captures;
        let few = captures.len() <= LISTED_CAPTURES;
        let mut unlisted = 0;
        for capture in captures {
            if !few && !is_odd(capture) {
                unlisted += 1;
                continue;
            }
            let mut text = prose(&described(capture));
            if let Some(sha256) = &capture.sha256 {
                text.push_str(&format!(", SHA-256 {}", code(sha256)));
            }
            let more = [recorded_of(capture), not_followed(capture, false)];
            for more in more.into_iter().flatten() {
                text.push_str(&format!("; {}", prose(&more)));
            }
            self.item(&text)?;
            for anomaly in capture.anomalies.iter().take(5) {
                writeln!(self.out, "  - {}", prose(&row::anomaly(anomaly)))?;
            }
        }
        if unlisted > 0 {
            self.item(&format!("{unlisted} more with nothing odd"))?;
        }
        self.end()?;
        self.line(&prose(&format!("{}.", answer::connections(report))))?;
        match answer::selection(report) {
            Some(selection) => self.line(&prose(&format!("Selection: {selection}."))),
            None => Ok(()),
        }
    }

    fn connections(&mut self, report: &Report<'_>, plan: &Plan) -> io::Result<()> {
        if plan.shown.is_empty() {
            return Ok(());
        }
        self.line("### Connections")?;
        if let Some(groups) = &plan.groups {
            self.table(&[
                "Verdict",
                "Count",
                "Client",
                "Server",
                "Server name",
                "Seen",
                "Streams",
            ])?;
            for group in groups {
                let key = &group.key;
                let cell = |cell: &Option<String>| cell.as_deref().map(code).unwrap_or_default();
                self.row(&[
                    key.verdict.as_deref().map(prose).unwrap_or_default(),
                    group.members.len().to_string(),
                    cell(&key.client),
                    cell(&key.server),
                    cell(&key.name),
                    key.seen.as_deref().map(prose).unwrap_or_default(),
                    prose(&streams(report, &group.members, LISTED_STREAMS)),
                ])?;
            }
            return self.end();
        }
        self.table(&["Verdict", "Stream", "Client → server", "Server name", "Seen"])?;
        for index in &plan.shown {
            let Some((connection, judgement)) = report.connection(*index) else { continue };
            let observation = &connection.observation;
            let summary = Summary::judged(observation, judgement);
            let mut verdict = judgement
                .map(|judgement| row::verdict(report, *index, judgement).0)
                .unwrap_or_default();
            if !report.parts.is_empty() {
                verdict = format!("{}: {verdict}", row::expectation(report, *index));
            }
            self.row(&[
                prose(&verdict),
                connection.stream.map_or_else(|| "-".to_owned(), |stream| stream.to_string()),
                code(&row::ends(connection)),
                observation.server_name.as_deref().map(code).unwrap_or_default(),
                prose(&row::seen(&summary)),
            ])?;
        }
        self.end()
    }

    fn details(
        &mut self,
        report: &Report<'_>,
        (index, connection, judgement): (usize, &Connection, Option<&Judgement<'_>>),
        group: Option<&Group>,
    ) -> io::Result<()> {
        let observation = &connection.observation;
        let mut title = StreamName(connection.stream).to_string();
        if report.evidence.captures.len() > 1 {
            title.push_str(&format!(" of {}", row::capture_path(report, connection)));
        }
        let (word, meaning) = match judgement {
            Some(judgement) => row::verdict(report, index, judgement),
            None => (String::new(), super::told::Meaning::Plain),
        };
        if !word.is_empty() {
            title.push_str(&format!(": {word}"));
        }
        self.line(&format!("#### {}", prose(&title)))?;
        if let Some(group) = group.filter(|group| group.members.len() > 1) {
            let count = group.members.len();
            let streams = streams(report, &group.members, LISTED_STREAMS);
            self.line(&format!("One of {count} alike: streams {}.", prose(&streams)))?;
        }
        if let Some(judgement) = judgement {
            self.line(&prose(&judgement.explanation()))?;
        }
        for finding in report.findings_of(index) {
            self.line(&why(finding, ""))?;
        }
        self.line(&format!(
            "{}. Display filter: {}",
            prose(&row::place(connection)),
            code(&row::filter(connection))
        ))?;
        if let Some(status) = observation.http_status {
            self.line(&format!("The server's first response: HTTP {status}."))?;
        }
        for handshake in &observation.handshakes {
            self.table(&["Frame", "From", "Message", "Carried"])?;
            for rung in rungs(observation, handshake, meaning) {
                let frames: Vec<String> = rung.frames.iter().map(u64::to_string).collect();
                let from = match rung.from {
                    Some(Peer::Client) => "client",
                    Some(Peer::Server) => "server",
                    None => "",
                };
                self.row(&[
                    frames.join(", "),
                    from.to_owned(),
                    prose(&rung.message),
                    prose(&rung.carried),
                ])?;
            }
            self.end()?;
        }
        self.certificates(report, connection, judgement)?;
        for line in evidence_lines(report, connection, judgement) {
            let (filter, what) = line.split_once(": ").unwrap_or((&line, ""));
            self.item(&format!("{}: {}", code(filter), prose(what)))?;
        }
        for anomaly in connection.anomalies.iter().take(5) {
            self.item(&prose(&row::anomaly(anomaly)))?;
        }
        self.end()
    }

    fn certificates(
        &mut self,
        report: &Report<'_>,
        connection: &Connection,
        judgement: Option<&Judgement<'_>>,
    ) -> io::Result<()> {
        let summary = Summary::judged(&connection.observation, judgement);
        let leaf = summary.presented().and_then(|presented| presented.chain.first());
        let expectation = judgement.and(report.expectation).filter(|_| report.parts.is_empty());
        let rows = compare(expectation, leaf.map(AsRef::as_ref));
        if rows.is_empty() {
            return Ok(());
        }
        self.table(&["Client certificate", "Expected", "Presented", ""])?;
        for row in rows {
            let mark = if row.differs() { "**differs**" } else { "" };
            self.row(&[
                row.field.to_owned(),
                row.expected.as_deref().map(code).unwrap_or_default(),
                row.presented.as_deref().map(code).unwrap_or_default(),
                mark.to_owned(),
            ])?;
        }
        self.end()
    }

    fn rest(&mut self, report: &Report<'_>) -> io::Result<()> {
        self.line("### What the capture cannot tell")?;
        for sentence in untold::sentences(report) {
            self.item(&prose(&sentence))?;
        }
        self.end()?;
        if let Some(command) = repeat::command(report.command) {
            self.line("### To repeat it")?;
            self.line(&code(&command))?;
        }
        writeln!(self.out, "{TOOL_VERSION}")
    }
}

fn recorded_of(capture: &crate::witness::CaptureSummary) -> Option<String> {
    capture.recorder.as_ref().and_then(recorded)
}

/// A finding in one paragraph.
fn why(finding: &Finding, share: &str) -> String {
    let next = match &finding.next_step {
        Some(next) => format!(" Next: {}", prose(next)),
        None => String::new(),
    };
    let (strength, text) = (finding.strength.code(), prose(&finding.text));
    format!("**Why** ({strength}): {text}{share}.{next}")
}
