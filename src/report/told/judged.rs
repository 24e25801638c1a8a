//! Judged connections taken together, in the words of the first line.

use crate::expect::{Expectation, IdentityKind};
use crate::inspect::{ClientAuthentication, Observation, Possession};
use crate::report::Report;
use crate::report::summary::Summary;
use crate::report::untrusted;
use crate::verdict::{Cause, Judgement, Verdict};

/// One judged connection.
pub(in crate::report) struct Judged<'a> {
    observation: &'a Observation,
    /// The answer.
    pub(in crate::report) judgement: &'a Judgement<'a>,
    /// A finding explains it and says what to do.
    pub(in crate::report) is_explained: bool,
}

impl<'a> Judged<'a> {
    /// What was judged.
    pub(in crate::report) fn summary(&self) -> Summary<'a> {
        Summary::judged(self.observation, Some(self.judgement))
    }
}

/// The connections that got a judgement as wanted.
pub(in crate::report) fn select<'a>(
    report: &Report<'a>,
    wanted: impl Fn(&Judgement<'_>) -> bool,
) -> Vec<Judged<'a>> {
    report
        .connections()
        .enumerate()
        .filter_map(|(index, (connection, judgement))| Some((index, connection, judgement?)))
        .filter(|(_, _, judgement)| wanted(judgement))
        .map(|(index, connection, judgement)| Judged {
            observation: &connection.observation,
            judgement,
            is_explained: report
                .findings_of(index)
                .first()
                .is_some_and(|finding| finding.next_step.is_some()),
        })
        .collect()
}

/// How many of the selected connections these are, and how many of them rest on an earlier
/// handshake.
pub(in crate::report) fn share(report: &Report<'_>, found: &[Judged<'_>]) -> String {
    let resumed = found.iter().filter(|judged| {
        matches!(*judged.summary().authentication, ClientAuthentication::Resumed { .. })
    });
    let resumed = match resumed.count() {
        0 => String::new(),
        resumed => format!(" ({resumed} of them by a resumed session)"),
    };
    format!("{} of {} selected connections{resumed}", found.len(), report.selected())
}

/// The expected thumbprint in parentheses, where exactly one is expected.
pub(in crate::report) fn expected(expectation: &Expectation) -> String {
    let [certificate] = expectation.certificates.as_slice() else {
        let kinds: Vec<String> = match expectation.certificates.is_empty() {
            true => expectation.identity.kinds().map(|kind| identity(expectation, kind)).collect(),
            false => Vec::new(),
        };
        return match kinds.is_empty() {
            true => String::new(),
            false => format!(", with {}", kinds.join(" and ")),
        };
    };
    match (certificate.sha1, certificate.sha256) {
        (Some(sha1), _) => format!(" (SHA-1 {sha1:.8}…)"),
        (None, Some(sha256)) => format!(" (SHA-256 {sha256:.8}…)"),
        (None, None) => String::new(),
    }
}

/// What is expected of a kind, short enough for the first line.
pub(in crate::report) fn identity(expectation: &Expectation, kind: IdentityKind) -> String {
    untrusted::cut(&expectation.identity.describe(kind), IDENTITY_COLUMNS)
}

/// Columns of the first line that an expected identity may take.
const IDENTITY_COLUMNS: usize = 120;

/// Whether it is a match that the server did not accept.
pub(in crate::report) fn is_match_not_accepted(judgement: &Judgement<'_>) -> bool {
    judgement.verdict == Verdict::Match
        && matches!(judgement.cause, Some(Cause::RefusedByServer | Cause::HandshakeUnfinished))
}

/// What became of presented certificates that the server did not accept.
pub(in crate::report) fn fate(matches: &[Judged<'_>]) -> String {
    let mut text = String::new();
    let caused = |cause| matches.iter().filter(move |judged| judged.judgement.cause == Some(cause));
    let refused = caused(Cause::RefusedByServer).count();
    if refused > 0 {
        let alerts: Vec<String> = caused(Cause::RefusedByServer)
            .filter_map(|judged| judged.summary().fatal_alert_of_server())
            .map(|seen| seen.alert.description.to_string())
            .collect();
        let alert = match alerts.split_first() {
            Some((first, others)) if others.iter().all(|other| other == first) => {
                format!(" (fatal alert {first})")
            }
            Some(_) => " (fatal alerts)".to_owned(),
            None => String::new(),
        };
        let share = part(refused, matches);
        text.push_str(&format!(", and the server refused it{share}{alert}"));
    }
    let unfinished = caused(Cause::HandshakeUnfinished).count();
    if unfinished > 0 {
        let share = part(unfinished, matches);
        text.push_str(&format!(", and the handshake did not complete{share}"));
    }
    text
}

fn part(number: usize, of: &[Judged<'_>]) -> String {
    if number == of.len() { String::new() } else { format!(" in {number}") }
}

/// Whether the client proved that it holds the key.
pub(in crate::report) fn proof(matches: &[Judged<'_>]) -> String {
    let proved = matches.iter().filter(|judged| {
        judged
            .summary()
            .presented()
            .is_some_and(|presented| matches!(presented.possession, Possession::Verified { .. }))
    });
    let proved = proved.count();
    if proved == matches.len() {
        "possession of its key is proved".to_owned()
    } else if proved == 0 {
        "possession of its key is not proved".to_owned()
    } else {
        format!("possession of its key is proved in {proved} of them")
    }
}

/// The presented certificate's thumbprint in parentheses, where all presented the same one.
pub(in crate::report) fn only_leaf(found: &[Judged<'_>]) -> String {
    let mut leaves = found
        .iter()
        .filter_map(|judged| judged.summary().presented()?.chain.first().map(|leaf| leaf.sha1));
    match leaves.next() {
        Some(first) if leaves.all(|other| other == first) => {
            format!(" (SHA-1 {first:.8}…)")
        }
        _ => String::new(),
    }
}
