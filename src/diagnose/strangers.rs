//! A run that is open only because of connections that nobody asked about.

use std::collections::BTreeSet;

use super::words;
use super::{Finding, Strength};
use crate::verdict::{Judgement, Verdict};
use crate::witness::{Connection, Evidence};

/// Addresses that are named in an option.
const NAMED: usize = 3;

/// The option that narrows the run to what matches.
pub(super) fn narrowed(evidence: &Evidence, judgements: &[Judgement<'_>]) -> Option<Finding> {
    let of = |verdict: Verdict| -> Vec<&Connection> {
        let all = evidence.connections.iter().zip(judgements);
        let found = all.filter(|(_, judgement)| judgement.verdict == verdict);
        found.map(|(connection, _)| connection).collect()
    };
    let (matching, open) = (of(Verdict::Match), of(Verdict::Inconclusive));
    let is_settled = judgements.iter().all(|judgement| {
        matches!(judgement.verdict, Verdict::Match | Verdict::Inconclusive | Verdict::NotSelected)
    });
    if matching.is_empty() || open.is_empty() || !is_settled {
        return None;
    }
    let (what, option) = option(&matching, &open)?;
    let connections = if open.len() == 1 { "connection is" } else { "connections are" };
    Some(Finding {
        code: "inconclusive-because-of-others",
        strength: Strength::Likely,
        text: format!(
            "{} match what was expected, and the {} {connections} open because of {what}",
            matching.len(),
            open.len()
        ),
        frames: Vec::new(),
        next_step: Some(format!("narrow the question: {option}")),
    })
}

/// What sets the open ones apart, and the option for it.
fn option(matching: &[&Connection], open: &[&Connection]) -> Option<(String, String)> {
    if open.iter().all(|one| !one.has_handshake_bytes) {
        return Some((
            "connections that began before the capture".to_owned(),
            "--allow-begun-before".to_owned(),
        ));
    }
    let servers = |all: &[&Connection]| -> BTreeSet<_> {
        all.iter().filter_map(|one| one.server()).collect()
    };
    let (own, other) = (servers(matching), servers(open));
    if let Some(server) = only(&own)
        && !other.is_empty()
        && own.is_disjoint(&other)
    {
        return Some(("another server".to_owned(), format!("--server {server}")));
    }
    let names = |all: &[&Connection]| -> BTreeSet<_> {
        all.iter().map(|one| one.observation.server_name.clone()).collect()
    };
    let (own, other) = (names(matching), names(open));
    if let Some(Some(name)) = only(&own)
        && own.is_disjoint(&other)
        && open.iter().all(|one| one.observation.client_hello_seen)
    {
        return Some(("another server name".to_owned(), format!("--sni {}", words::short(name))));
    }
    let clients = |all: &[&Connection]| -> BTreeSet<_> {
        all.iter().filter_map(|one| one.client()).map(|client| client.ip()).collect()
    };
    let (own, other) = (clients(matching), clients(open));
    if !own.is_disjoint(&other) || other.is_empty() || other.len() > NAMED {
        return None;
    }
    let options: Vec<String> =
        other.iter().map(|client| format!("--exclude-client {client}")).collect();
    Some(("other clients".to_owned(), options.join(" ")))
}

fn only<T: Ord>(all: &BTreeSet<T>) -> Option<&T> {
    if all.len() == 1 { all.first() } else { None }
}
