//! One line per connection.

use std::io;

use super::super::summary::Summary;
use super::super::untrusted::{columns_of, cut};
use super::super::{Report, names};
use super::answer::meaning;
use super::page::{Meaning, Page};
use super::{Detail, Style};
use crate::inspect::{ClientAuthentication, Outcome, Possession, Presented, StreamName};
use crate::verdict::{Cause, Judgement, Verdict};
use crate::witness::Connection;

/// Columns after which a server name is cut.
const SERVER_NAME_COLUMNS: usize = 30;
/// Columns after which a subject is cut.
const SUBJECT_COLUMNS: usize = 40;

/// Writes the table; several captures get one each, with the same columns.
pub(super) fn write(report: &Report<'_>, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    let heading = if report.judged() {
        Row::new(Some("VERDICT"), "STREAM", "CLIENT -> SERVER", "SERVER NAME", "VERSION", "SEEN")
    } else {
        Row::new(None, "STREAM", "CLIENT -> SERVER", "SERVER NAME", "VERSION", "SEEN")
    };
    let shown = || report.connections().filter(move |(_, judgement)| is_shown(*judgement, style));
    if shown().next().is_none() {
        return Ok(());
    }
    let mut widths: Vec<usize> = heading.0.iter().map(|cell| columns_of(cell)).collect();
    for (connection, judgement) in shown() {
        let row = Row::of(connection, judgement);
        for (width, cell) in widths.iter_mut().zip(&row.0) {
            *width = (*width).max(columns_of(cell));
        }
    }
    page.blank()?;
    page.row(&heading.0, &widths, Meaning::Aside, true)?;
    let several = report.evidence.captures.len() > 1;
    let mut capture = None;
    for (connection, judgement) in shown() {
        if several && capture != Some(connection.capture) {
            capture = Some(connection.capture);
            page.heading(&format!("in {}", capture_path(report, connection)), EMPTY)?;
        }
        let (meaning, all) = match judgement {
            Some(judgement) => {
                (meaning(judgement.verdict), judgement.verdict == Verdict::NotSelected)
            }
            None => (Meaning::Plain, false),
        };
        page.row(&Row::of(connection, judgement).0, &widths, meaning, all)?;
    }
    Ok(())
}

const EMPTY: (&str, Meaning) = ("", Meaning::Plain);

/// The path of a connection's capture.
pub(super) fn capture_path<'a>(report: &Report<'a>, connection: &Connection) -> &'a str {
    report.evidence.captures.get(connection.capture).map_or("?", |capture| capture.path.as_str())
}

fn is_shown(judgement: Option<&Judgement<'_>>, style: Style) -> bool {
    style.detail == Detail::Everything
        || judgement.is_none_or(|judgement| judgement.verdict != Verdict::NotSelected)
}

struct Row(Vec<String>);

impl Row {
    fn new(
        verdict: Option<&str>,
        stream: &str,
        ends: &str,
        name: &str,
        version: &str,
        seen: &str,
    ) -> Self {
        let cells = verdict.into_iter().chain([stream, ends, name, version, seen]);
        Self(cells.map(str::to_owned).collect())
    }

    fn of(connection: &Connection, judgement: Option<&Judgement<'_>>) -> Self {
        let observation = &connection.observation;
        let summary = Summary::judged(observation, judgement);
        let name = match &observation.server_name {
            Some(name) => cut(name, SERVER_NAME_COLUMNS),
            None => "-".to_owned(),
        };
        let version = summary
            .handshake
            .into_iter()
            .chain(&observation.handshakes)
            .find_map(|handshake| handshake.protocol_version)
            .map_or_else(|| "-".to_owned(), |version| version.to_string());
        Self::new(
            judgement.map(|judgement| judgement.verdict.code()),
            &connection.stream.map_or_else(|| "-".to_owned(), |number| number.to_string()),
            &ends(connection),
            &name,
            &version,
            &seen(&summary),
        )
    }
}

/// Both ends: `client -> server`, or with `<->` where the bytes do not tell which is which.
pub(super) fn ends(connection: &Connection) -> String {
    match (connection.client(), connection.server()) {
        (Some(client), Some(server)) => format!("{client} -> {server}"),
        _ => {
            let [one, other] = connection.endpoints;
            format!("{one} <-> {other}")
        }
    }
}

/// What was seen, in a few words.
fn seen(summary: &Summary<'_>) -> String {
    let mut words = match summary.authentication.as_ref() {
        ClientAuthentication::NotRequested => "not requested".to_owned(),
        ClientAuthentication::Declined { .. } => "declined".to_owned(),
        ClientAuthentication::Presented(presented) => seen_certificate(presented),
        ClientAuthentication::PresentedKey(presented) => {
            let failed = matches!(presented.possession, Possession::Failed { .. });
            let failed = if failed { ", possession failed" } else { "" };
            format!("raw public key, {}{failed}", presented.key.public_key.description)
        }
        ClientAuthentication::Resumed { original: None } => "resumed".to_owned(),
        ClientAuthentication::Resumed { original: Some(original) } => {
            format!(
                "resumed from {}: {}",
                StreamName(original.stream),
                names::status(&original.client_authentication).replace('_', " ")
            )
        }
        ClientAuthentication::Obscured(obscurity) => {
            format!("obscured: {}", Cause::Obscured(obscurity.reason).code().replace('_', " "))
        }
    };
    if let Some(seen) = summary.fatal_alert() {
        let sender = match seen.from_client {
            Some(true) => "client alert",
            Some(false) => "server alert",
            None => "alert",
        };
        words.push_str(&format!(", {sender} {}", seen.alert.description));
    } else if summary.outcome() == Outcome::Refused {
        words.push_str(", refused");
    }
    words
}

fn seen_certificate(presented: &Presented) -> String {
    let Some(leaf) = presented.chain.first() else {
        return "presented".to_owned();
    };
    let name = match &leaf.fields {
        Ok(fields) if !fields.subject.is_empty() => cut(&fields.subject, SUBJECT_COLUMNS),
        _ => format!("SHA-1 {:.8}…", leaf.sha1),
    };
    match presented.possession {
        Possession::Failed { .. } => format!("presented {name}, possession failed"),
        _ => format!("presented {name}"),
    }
}
