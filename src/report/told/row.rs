//! A connection in a few words, as one line has room for.

use crate::inspect::{ClientAuthentication, Outcome, Possession, Presented, StreamName};
use crate::report::summary::Summary;
use crate::report::untrusted::{NAME_COLUMNS, cut};
use crate::report::{Report, names, times};
use crate::verdict::Cause;
use crate::witness::{Anomaly, Connection, Direction};

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
