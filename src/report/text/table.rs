//! One line per connection, or per group of them.

use std::io;

use super::super::Report;
use super::super::summary::Summary;
use super::super::told::Meaning;
use super::super::told::groups::{Group, first};
use super::super::told::plan::Plan;
use super::super::told::row::{self, capture_path, ends, seen};
use super::super::untrusted::{columns_of, cut};
use super::page::Page;
use super::{Detail, Style};
use crate::verdict::{Judgement, Verdict};
use crate::witness::Connection;

/// Columns after which a server name is cut.
const SERVER_NAME_COLUMNS: usize = 30;
/// Columns after which the name of an expectation is cut.
const EXPECTATION_COLUMNS: usize = 40;
/// Groups that are shown unless everything is asked for.
const SHOWN_GROUPS: usize = 40;

/// Writes the table; several captures get one each, with the same columns.
pub(super) fn write(
    report: &Report<'_>,
    plan: &Plan,
    style: Style,
    page: &mut Page<'_>,
) -> io::Result<()> {
    if plan.shown.is_empty() {
        return Ok(());
    }
    page.blank()?;
    match &plan.groups {
        Some(groups) => of_groups(report, groups, style, page),
        None => of_connections(report, plan, page),
    }
}

/// A line for each group, with its first stream.
fn of_groups(
    report: &Report<'_>,
    groups: &[Group],
    style: Style,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let most = if style.detail == Detail::Everything { groups.len() } else { SHOWN_GROUPS };
    let cells = |group: &Group| {
        let key = &group.key;
        let expectation = key.expectation.as_deref().map(|name| cut(name, EXPECTATION_COLUMNS));
        [
            key.verdict.clone(),
            Some(group.members.len().to_string()),
            expectation,
            key.client.clone(),
            key.server.clone(),
            key.name.clone(),
            Some(first(report, &group.members)),
            key.seen.clone(),
        ]
    };
    let names =
        ["VERDICT", "COUNT", "EXPECTATION", "CLIENT", "SERVER", "SERVER NAME", "FIRST", "SEEN"];
    let rows: Vec<_> =
        groups.iter().take(most).map(|group| (cells(group), group.meaning)).collect();
    // All groups are by the same things.
    let is_there = rows.first().map(|(cells, _)| cells.each_ref().map(Option::is_some));
    let is_there = is_there.unwrap_or_default();
    let heading: Vec<String> = names
        .iter()
        .zip(is_there)
        .filter(|(_, is_there)| *is_there)
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let rows: Vec<(Vec<String>, Meaning)> = rows
        .into_iter()
        .map(|(cells, meaning)| (cells.into_iter().flatten().collect(), meaning))
        .collect();
    let mut widths: Vec<usize> = heading.iter().map(|cell| columns_of(cell)).collect();
    for (cells, _) in &rows {
        widen(&mut widths, cells);
    }
    page.row(&heading, &widths, Meaning::Aside, true)?;
    for (cells, meaning) in &rows {
        page.row(cells, &widths, *meaning, *meaning == Meaning::Aside)?;
    }
    let more = groups.len().saturating_sub(most);
    if more > 0 {
        page.paragraph(0, &format!("and {more} groups more; -v shows them"))?;
    }
    Ok(())
}

fn of_connections(report: &Report<'_>, plan: &Plan, page: &mut Page<'_>) -> io::Result<()> {
    let heading = Row::heading(report);
    let rows = || {
        plan.shown.iter().filter_map(|index| {
            let (connection, judgement) = report.connection(*index)?;
            Some((*index, connection, judgement))
        })
    };
    let mut widths: Vec<usize> = heading.iter().map(|cell| columns_of(cell)).collect();
    for row in rows() {
        widen(&mut widths, &Row::of(report, row).cells);
    }
    page.row(&heading, &widths, Meaning::Aside, true)?;
    let several = report.evidence.captures.len() > 1;
    let mut capture = None;
    for (index, connection, judgement) in rows() {
        if several && capture != Some(connection.capture) {
            capture = Some(connection.capture);
            page.heading(&format!("in {}", capture_path(report, connection)), EMPTY)?;
        }
        let row = Row::of(report, (index, connection, judgement));
        let all = judgement.is_some_and(|judgement| judgement.verdict == Verdict::NotSelected);
        page.row(&row.cells, &widths, row.meaning, all)?;
    }
    Ok(())
}

const EMPTY: (&str, Meaning) = ("", Meaning::Plain);

fn widen(widths: &mut [usize], cells: &[String]) {
    for (width, cell) in widths.iter_mut().zip(cells) {
        *width = (*width).max(columns_of(cell));
    }
}

struct Row {
    cells: Vec<String>,
    meaning: Meaning,
}

impl Row {
    fn heading(report: &Report<'_>) -> Vec<String> {
        let verdict = report.judged().then_some("VERDICT");
        let expectation = (!report.parts.is_empty()).then_some("EXPECTATION");
        let others = ["STREAM", "CLIENT -> SERVER", "SERVER NAME", "VERSION", "SEEN"];
        verdict.into_iter().chain(expectation).chain(others).map(str::to_owned).collect()
    }

    fn of(
        report: &Report<'_>,
        (index, connection, judgement): (usize, &Connection, Option<&Judgement<'_>>),
    ) -> Self {
        let observation = &connection.observation;
        let summary = Summary::judged(observation, judgement);
        let verdict = judgement.map(|judgement| row::verdict(report, index, judgement));
        let expectation = (!report.parts.is_empty())
            .then(|| cut(&row::expectation(report, index), EXPECTATION_COLUMNS));
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
        let stream = connection.stream.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let (verdict, meaning) = match verdict {
            Some((verdict, meaning)) => (Some(verdict), meaning),
            None => (None, Meaning::Plain),
        };
        let others = [stream, ends(connection), name, version, seen(&summary)];
        Self { cells: verdict.into_iter().chain(expectation).chain(others).collect(), meaning }
    }
}
