//! A connection in a few words, as one line has room for.

use crate::certificate::Certificate;
use crate::inspect::{ClientAuthentication, Outcome, Possession, Presented, StreamName};
use crate::report::summary::Summary;
use crate::report::untrusted::{NAME_COLUMNS, cut};
use crate::report::{Report, names, times};
use crate::verdict::{Cause, Judgement, RunResult, Verdict};
use crate::witness::{Anomaly, Connection, Direction};

use super::Meaning;
use super::answer::meaning;

/// Columns after which a subject is cut.
const SUBJECT_COLUMNS: usize = 40;

/// The path of a connection's capture.
pub(in crate::report) fn capture_path<'a>(report: &Report<'a>, connection: &Connection) -> &'a str {
    report.evidence.captures.get(connection.capture).map_or("?", |capture| capture.path.as_str())
}

/// Both ends: `client -> server`, or with `<->` where the bytes do not tell which is which.
pub(in crate::report) fn ends(connection: &Connection) -> String {
    match (connection.client(), connection.server()) {
        (Some(client), Some(server)) => format!("{client} -> {server}"),
        _ => {
            let [one, other] = connection.endpoints;
            format!("{one} <-> {other}")
        }
    }
}

/// What was seen, in a few words.
pub(in crate::report) fn seen(summary: &Summary<'_>) -> String {
    seen_by(summary, true)
}

/// The same without what only one connection has: its original's stream.
pub(in crate::report) fn seen_alike(summary: &Summary<'_>) -> String {
    seen_by(summary, false)
}

fn seen_by(summary: &Summary<'_>, with_stream: bool) -> String {
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
            let from = match with_stream {
                true => format!(" from {}", StreamName(original.stream)),
                false => String::new(),
            };
            format!(
                "resumed{from}: {}",
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
    let name = leaf_name(leaf, SUBJECT_COLUMNS);
    match presented.possession {
        Possession::Failed { .. } => format!("presented {name}, possession failed"),
        _ => format!("presented {name}"),
    }
}

/// A certificate by its subject, or by its thumbprint where it has none.
pub(in crate::report) fn leaf_name(leaf: &Certificate, columns: usize) -> String {
    match &leaf.fields {
        Ok(fields) if !fields.subject.is_empty() => cut(&fields.subject, columns),
        _ => format!("SHA-1 {:.8}…", leaf.sha1),
    }
}

/// Where and when a connection was, in one line.
pub(in crate::report) fn place(connection: &Connection) -> String {
    let mut parts = vec![ends(connection)];
    parts.push(format!("frames {} to {}", connection.first_frame, connection.last_frame));
    if let Some(time) = connection.started_at.and_then(times::packet_time) {
        parts.push(time);
    }
    parts.extend(connection.encapsulation.iter().copied().map(names::layer));
    if let Some(preamble) = &connection.preamble {
        parts.push(format!("after {}", cut(preamble, NAME_COLUMNS)));
    }
    parts.join(", ")
}

/// One anomaly on one line.
pub(in crate::report) fn anomaly(anomaly: &Anomaly) -> String {
    let mut place = Vec::new();
    if let Some(frame) = anomaly.frame {
        place.push(format!("frame {frame}"));
    }
    match anomaly.direction {
        Some(Direction::ClientToServer) => place.push("client to server".to_owned()),
        Some(Direction::ServerToClient) => place.push("server to client".to_owned()),
        None => {}
    }
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    format!("{}{place}: {}", anomaly.code, cut(&anomaly.detail, NAME_COLUMNS))
}

/// The display filter that shows a connection in Wireshark.
pub(in crate::report) fn filter(connection: &Connection) -> String {
    match connection.stream {
        Some(stream) => format!("tcp.stream == {stream}"),
        None => format!(
            "frame.number >= {} and frame.number <= {}",
            connection.first_frame, connection.last_frame
        ),
    }
}

/// The verdict in a word or two, and what it is to the run: a refused match is not all well, and
/// where acceptance is required it is a failure.
pub(in crate::report) fn verdict(
    report: &Report<'_>,
    index: usize,
    judgement: &Judgement<'_>,
) -> (String, Meaning) {
    let code = judgement.verdict.code();
    let refused = match judgement.cause {
        Some(Cause::RefusedByServer) => ", refused",
        Some(Cause::HandshakeUnfinished) => ", unfinished",
        _ => "",
    };
    let result = report.result_of(index);
    match (judgement.verdict, result) {
        (Verdict::NotSelected, _) => (code.to_owned(), Meaning::Aside),
        (Verdict::Match, Some(RunResult::Fail)) => (format!("{code}{refused}"), Meaning::Bad),
        (Verdict::Match, Some(RunResult::Inconclusive)) => {
            (format!("{code}, end not seen"), Meaning::Open)
        }
        (Verdict::Match, _) if !refused.is_empty() => (format!("{code}{refused}"), Meaning::Open),
        (Verdict::Match, _) => (code.to_owned(), Meaning::Good),
        (_, Some(RunResult::Pass)) => (format!("{code}, allowed"), Meaning::Good),
        (verdict, _) => (code.to_owned(), meaning(verdict)),
    }
}

/// Whether the capture cannot tell.
pub(in crate::report) fn is_obscured(summary: &Summary<'_>) -> bool {
    matches!(*summary.authentication, ClientAuthentication::Obscured(_))
}

/// The expectation of a run of several that judges a connection as the run does, and how many others
/// are about it too.
pub(in crate::report) fn expectation(report: &Report<'_>, index: usize) -> String {
    let about = || {
        let parts =
            report.parts.iter().filter_map(|part| Some((part, part.judgements.get(index)?)));
        parts.filter(|(_, judgement)| judgement.verdict != Verdict::NotSelected)
    };
    let run = report.judgements.get(index).map(|judgement| judgement.verdict);
    let first = about().find(|(_, judgement)| Some(judgement.verdict) == run);
    match (first, about().count()) {
        (None, _) => "-".to_owned(),
        (Some((part, _)), 0 | 1) => part.name.to_owned(),
        (Some((part, _)), count) => format!("{} (and {} more)", part.name, count - 1),
    }
}
