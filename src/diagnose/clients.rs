//! Connections of another client than those that did as expected.

use super::case::Case;
use super::neighbours::{NO_NAME, Program};
use super::words;
use super::{Finding, Strength};
use crate::verdict::Verdict;

/// A connection that failed comes from another client than those that match.
pub(super) fn another(case: &Case<'_>) -> Option<Finding> {
    let failed = matches!(
        case.verdict(),
        Some(Verdict::Absent | Verdict::Inconclusive | Verdict::Mismatch | Verdict::NotRequested)
    );
    if !failed || case.connection.client.is_none() || !case.neighbours.has_all_matching() {
        return None;
    }
    let own = Program::of(case.connection);
    let server = case.connection.server();
    let matching = case.neighbours.matching.iter().filter(|(one, _, _)| *one == server);
    let (mut first, mut count) = (None, 0_u64);
    for (_, other, connections) in matching {
        if *other == own {
            return None;
        }
        count += connections;
        first.get_or_insert(other);
    }
    let other = first?;
    let mut differences = Vec::new();
    let is_elsewhere = own.address != other.address;
    if is_elsewhere {
        differences.push(format!("from {} and not from {}", own.address, other.address));
    }
    let is_other_program = own.fingerprint != other.fingerprint;
    if is_other_program {
        differences.push(format!("JA4 {} and not {}", own.fingerprint, other.fingerprint));
    }
    if own.name != other.name {
        differences.push(format!("{} and not {}", own.name, other.name));
    }
    if own.protocols != other.protocols {
        differences.push(format!("{} and not {}", own.protocols, other.protocols));
    }
    let is_bare = is_elsewhere && own.name == NO_NAME;
    let probe = if is_bare { ": consistent with a probe or health check" } else { "" };
    Some(Finding {
        code: "another-client",
        strength: if is_other_program { Strength::Likely } else { Strength::Possible },
        text: format!(
            "this connection comes from another client than the {} that presented what was \
             expected: {}{probe}",
            if count == 1 { "one".to_owned() } else { count.to_string() },
            differences.join(", ")
        ),
        frames: case
            .handshake
            .map(|handshake| words::frames(&[&handshake.client_hello_frames]))
            .unwrap_or_default(),
        next_step: Some(if is_elsewhere {
            format!("--exclude-client {} leaves it out", own.address)
        } else if own.name == NO_NAME {
            format!("--sni {} narrows the question", other.name.trim_start_matches("name "))
        } else {
            "find out which programs share this address (NAT, a second process); --stream narrows \
             the question"
                .to_owned()
        }),
    })
}
