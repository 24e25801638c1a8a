//! Everything about one connection, with the frames and filters to look it up in Wireshark.

use std::io;

use super::super::Report;
use super::super::summary::Summary;
use super::super::told::groups::{Group, streams};
use super::super::told::plan::Plan;
use super::super::told::row::{self, anomaly, capture_path, filter, place};
use super::super::told::{Meaning, counted};
use super::super::untrusted::{NAME_COLUMNS, cut};
use super::page::Page;
use super::{Detail, SHOWN_ANOMALIES, Style};
use super::{diagnosis, ladder};
use crate::diagnose::Finding;
use crate::inspect::StreamName;
use crate::verdict::{Judgement, Verdict};
use crate::witness::Connection;

/// Streams of a group that are listed.
const LISTED_STREAMS: usize = 20;

/// Writes the details of every connection that is to have them, and says how many have not.
pub(super) fn write(
    report: &Report<'_>,
    plan: &Plan,
    style: Style,
    page: &mut Page<'_>,
) -> io::Result<()> {
    for (index, group) in &plan.detailed {
        let Some((connection, judgement)) = report.connection(*index) else { continue };
        let group = group.and_then(|number| plan.groups.as_ref()?.get(number));
        let findings = report.findings_of(*index);
        page.blank()?;
        Details { report, style, index: *index, connection, judgement, findings, group }
            .write(page)?;
    }
    if plan.omitted > 0 {
        let kind = match (&plan.groups, report.judged()) {
            (Some(_), _) => "",
            (None, true) => " as expected",
            (None, false) => " without a request",
        };
        let connections = counted(plan.omitted, "connection", "connections");
        let listed = if plan.groups.is_some() { "--list names each, " } else { "" };
        page.blank()?;
        page.paragraph(
            0,
            &format!("{connections}{kind} not shown in detail; {listed}-v shows all."),
        )?;
    }
    let outside = report.count(Verdict::NotSelected);
    if outside > 0 && style.detail != Detail::Everything {
        let connections =
            counted(outside.try_into().unwrap_or(u64::MAX), "connection", "connections");
        page.blank()?;
        page.paragraph(
            0,
            &format!("{connections} outside the selection not listed; -v lists all."),
        )?;
    }
    Ok(())
}

/// Says how many anomalies are not shown, where some are not.
pub(super) fn left_out(
    page: &mut Page<'_>,
    indent: usize,
    listed: usize,
    shown: usize,
    omitted: u64,
) -> io::Result<()> {
    let hidden = listed.saturating_sub(shown);
    if hidden > 0 {
        page.field(indent, "", &format!("and {hidden} more; -v shows them"))?;
    }
    if omitted > 0 {
        page.field(indent, "", &format!("and {omitted} more that were only counted"))?;
    }
    Ok(())
}

/// What the details of one connection are written from.
pub(super) struct Details<'a> {
    /// The report that it stands in.
    pub(super) report: &'a Report<'a>,
    /// How the text is to look.
    pub(super) style: Style,
    index: usize,
    connection: &'a Connection,
    judgement: Option<&'a Judgement<'a>>,
    findings: &'a [Finding],
    /// The group that it stands for.
    group: Option<&'a Group>,
}

impl Details<'_> {
    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let connection = self.connection;
        let observation = &connection.observation;
        let mut title = StreamName(connection.stream).to_string();
        if self.report.evidence.captures.len() > 1 {
            title.push_str(&format!(" of {}", capture_path(self.report, connection)));
        }
        let (word, meaning) = match self.judgement {
            Some(judgement) => row::verdict(self.report, self.index, judgement),
            None => (String::new(), Meaning::Plain),
        };
        page.heading(&title, (&word, meaning))?;
        if let Some(group) = self.group.filter(|group| group.members.len() > 1) {
            let streams = streams(self.report, &group.members, LISTED_STREAMS);
            let text = format!("one of {} that are alike: {streams}", group.members.len());
            page.field(2, "streams", &text)?;
        }
        if let Some(judgement) = self.judgement {
            page.paragraph(2, &judgement.explanation())?;
        }
        diagnosis::of_connection(self.findings, page)?;
        page.field(2, "filter", &filter(connection))?;
        page.field(2, "connection", &place(connection))?;
        let captures = &self.report.evidence.captures;
        let (last, _) = self.report.evidence.locate(connection.capture, connection.last_frame);
        let mut before = 0;
        for (index, capture) in captures.iter().enumerate().take(last).skip(connection.capture) {
            before += capture.frames;
            if let Some(next) = captures.get(index + 1) {
                let path = cut(&next.path, NAME_COLUMNS);
                page.field(
                    2,
                    "goes on",
                    &format!("in {path}: frame 1 there is {} here", before + 1),
                )?;
            }
        }
        if let Some(other) = connection.same_handshake_as {
            let place = format!("{}, first frame {}", StreamName(other.stream), other.first_frame);
            page.field(2, "recording of", &place)?;
        }
        if let Some(name) = &observation.server_name {
            page.field(2, "server name", &cut(name, NAME_COLUMNS))?;
        }
        if observation.encrypted_client_hello_accepted {
            let text = "Encrypted Client Hello (ECH) accepted: the server name is that of the outer \
                        hello, and not the one that the two agreed upon";
            page.field(2, "hello", text)?;
        }
        if let Some(alpn) = &observation.alpn {
            page.field(2, "protocol", &cut(alpn, NAME_COLUMNS))?;
        }
        if let Some(fingerprint) = &observation.client_fingerprint {
            let offered = observation.alpn_offered.as_deref();
            let offered = offered.map(|names| format!(", offers {}", cut(names, NAME_COLUMNS)));
            let fingerprint = format!("JA4 {fingerprint}{}", offered.unwrap_or_default());
            page.field(2, "client", &cut(&fingerprint, NAME_COLUMNS * 2))?;
        }
        for handshake in &observation.handshakes {
            self.handshake(handshake, page)?;
            if self.style.detail == Detail::Everything {
                ladder::write(observation, handshake, page)?;
            }
        }
        if let Some(status) = observation.http_status {
            page.field(2, "response", &format!("HTTP {status}"))?;
        }
        if let Some(hidden) = &observation.hidden {
            page.field(2, "hidden", &cut(&hidden.detail, NAME_COLUMNS * 2))?;
        }
        self.evidence(page)?;
        self.anomalies(page)
    }

    fn evidence(&self, page: &mut Page<'_>) -> io::Result<()> {
        let summary = Summary::judged(&self.connection.observation, self.judgement);
        let (connection, evidence) = (self.connection, self.report.evidence);
        let frames = summary.evidence(connection, evidence, self.judgement);
        for (index, evident) in frames.into_iter().enumerate() {
            let label = if index == 0 { "evidence" } else { "" };
            let mut what = cut(&evident.what, NAME_COLUMNS);
            if evident.frame != evident.frame_there
                && let Some(capture) = evidence.captures.get(evident.capture)
            {
                what.push_str(&format!(" (in {})", cut(&capture.path, NAME_COLUMNS)));
            }
            page.pair(2, label, &evident.filter().to_string(), &what)?;
        }
        Ok(())
    }

    fn anomalies(&self, page: &mut Page<'_>) -> io::Result<()> {
        let anomalies = &self.connection.anomalies;
        let shown = match self.style.detail {
            Detail::Everything => anomalies.len(),
            _ => SHOWN_ANOMALIES,
        };
        for (index, item) in anomalies.iter().take(shown).enumerate() {
            let label = if index == 0 { "anomalies" } else { "" };
            page.field(2, label, &anomaly(item))?;
        }
        left_out(page, 2, anomalies.len(), shown, self.connection.anomalies_omitted)
    }
}
