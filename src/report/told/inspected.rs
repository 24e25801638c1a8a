//! The first line of `inspect`: what the connections show, counted.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::{Meaning, counted};
use crate::inspect::{ClientAuthentication, ObscuredReason};
use crate::report::Report;
use crate::report::summary::Summary;
use crate::verdict::Cause;

pub(super) fn answer(report: &Report<'_>) -> Answer {
    let mut seen: BTreeMap<Seen, u64> = BTreeMap::new();
    for (connection, _) in report.connections() {
        let summary = Summary::of(&connection.observation);
        *seen.entry(Seen::of(&summary.authentication)).or_default() += 1;
    }
    let number = report.evidence.connections.len().try_into().unwrap_or(u64::MAX);
    let seen: Vec<String> =
        seen.iter().map(|(seen, count)| format!("{count} {}", seen.words())).collect();
    let left_out = report.left_out.unwrap_or_default();
    let sentence = if seen.is_empty() && left_out > 0 {
        let total = counted(left_out.try_into().unwrap_or(u64::MAX), "connection", "connections");
        format!("none of {total} with TLS is within the selection.")
    } else if seen.is_empty() {
        let others = report.evidence.other_streams;
        format!("no TLS connection ({} without TLS).", counted(others, "TCP stream", "TCP streams"))
    } else {
        let total = counted(number, "TLS connection", "TLS connections");
        format!("{total}: {}.", seen.join(", "))
    };
    Answer { word: ("", Meaning::Plain), sentence, hints: Vec::new() }
}

/// What `inspect` counts, in the order in which it says it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Seen {
    Presented,
    PresentedKey,
    Declined,
    NotRequested,
    Resumed,
    Obscured(ObscuredReason),
}

impl Seen {
    fn of(authentication: &ClientAuthentication) -> Self {
        match authentication {
            ClientAuthentication::Presented(_) => Self::Presented,
            ClientAuthentication::PresentedKey(_) => Self::PresentedKey,
            ClientAuthentication::Declined { .. } => Self::Declined,
            ClientAuthentication::NotRequested => Self::NotRequested,
            ClientAuthentication::Resumed { .. } => Self::Resumed,
            ClientAuthentication::Obscured(obscurity) => Self::Obscured(obscurity.reason),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Presented => "presented".to_owned(),
            Self::PresentedKey => "raw public key presented".to_owned(),
            Self::Declined => "declined".to_owned(),
            Self::NotRequested => "not requested".to_owned(),
            Self::Resumed => "resumed".to_owned(),
            Self::Obscured(reason) => {
                format!("obscured ({})", Cause::Obscured(reason).code().replace('_', " "))
            }
        }
    }
}
