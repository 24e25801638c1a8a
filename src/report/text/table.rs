//! One line per connection.

use std::io;

use super::super::Report;
use super::super::summary::Summary;
use super::super::told::Meaning;
use super::super::told::answer::meaning;
use super::super::told::row::{capture_path, ends, seen};
use super::super::untrusted::{columns_of, cut};
use super::page::Page;
use super::{Detail, Style};
use crate::verdict::{Judgement, Verdict};
use crate::witness::Connection;

/// Columns after which a server name is cut.
const SERVER_NAME_COLUMNS: usize = 30;
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
