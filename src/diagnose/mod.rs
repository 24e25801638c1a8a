//! Why it came as it did: evidence and verdicts -> findings.
//!
//! Each rule is a function of its own, from what was seen and expected to at most one finding. A
//! finding explains a verdict and never changes it: "consistent with" is what it says where the cause
//! is not on the wire.

mod authorities;
mod case;
mod chain_order;
mod clients;
mod ended;
mod finding;
mod http;
mod key_type;
mod lengths;
mod names;
mod neighbours;
mod never_asked;
mod nothing;
mod purpose;
mod refused;
mod signed_with;
mod strangers;
mod validity;
mod whose;
mod withheld;
mod words;

pub use self::finding::{Finding, Strength};

use self::case::{Case, Pool};
use self::neighbours::Neighbours;
use crate::verdict::{Judgement, Verdict};
use crate::witness::{Connection, Evidence};

/// What explains a run.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagnosis {
    /// One list for each connection, in the order of the evidence, what explains it with the
    /// strongest first, then remarks; may be shorter, the rest then has none.
    pub connections: Vec<Vec<Finding>>,
    /// What is of several connections together, or of there being none; the strongest first.
    pub run: Vec<Finding>,
}

/// Connections of one run that are explained; nobody reads more.
const EXPLAINED: usize = 20_000;

/// Rules about one connection, the gravest first: what one explains, the next ones say more of.
const RULES: &[fn(&Case<'_>) -> Option<Finding>] = &[
    chain_order::wrong,
    whose::instead,
    refused::by_alert,
    refused::silently,
    never_asked::at_all,
    never_asked::maybe_later,
    ended::before_the_answer,
    clients::another,
    http::refused,
    lengths::refused,
    lengths::closed,
    lengths::client_left,
];

/// Rules that explain nothing and are worth a word.
const REMARKS: &[fn(&Case<'_>) -> Option<Finding>] = &[
    withheld::required,
    http::without_certificate,
    never_asked::known_later,
    validity::remark,
    purpose::remark,
    withheld::optional,
];

/// Rules about an expected certificate that the client withheld, in that order too.
const WITHHELD: &[fn(&Case<'_>) -> Option<Finding>] = &[
    key_type::withheld,
    purpose::extended,
    purpose::key_usage,
    validity::withheld,
    authorities::withheld,
    purpose::filters,
    signed_with::withheld,
];

/// What explains each connection and the run; without judgements, as far as that goes.
#[must_use]
pub fn diagnose<'a>(evidence: &'a Evidence, judgements: &'a [Judgement<'a>]) -> Diagnosis {
    let pool = Pool::new(evidence, judgements);
    let neighbours = Neighbours::new(evidence, judgements);
    let connections = evidence.connections.iter().enumerate().take(EXPLAINED);
    let connections = connections
        .map(|(index, connection)| {
            let unselected = judgements
                .get(index)
                .is_some_and(|judgement| judgement.verdict == Verdict::NotSelected);
            if unselected || connection.same_handshake_as.is_some() {
                return Vec::new();
            }
            of_connection(&Case::new(connection, judgements.get(index), &pool, &neighbours))
        })
        .collect();
    let rules = [strangers::narrowed, nothing::instead];
    let run = rules.iter().filter_map(|rule| rule(evidence, judgements)).collect();
    Diagnosis { connections, run: sorted(run) }
}

/// What explains one connection by itself, where no others are at hand.
#[must_use]
pub fn diagnose_alone<'a>(
    connection: &'a Connection,
    judgement: Option<&'a Judgement<'a>>,
) -> Vec<Finding> {
    if judgement.is_some_and(|judgement| judgement.verdict == Verdict::NotSelected) {
        return Vec::new();
    }
    let pool = Pool::alone(connection, judgement);
    of_connection(&Case::new(connection, judgement, &pool, &Neighbours::default()))
}

fn of_connection(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if case.is_declined() && case.verdict() == Some(Verdict::Absent) {
        findings.extend(WITHHELD.iter().filter_map(|rule| rule(case)));
        match findings.as_mut_slice() {
            [] => findings.extend(withheld::not_attached(case)),
            [only] => only.text.push_str(&withheld::besides(case, only.code)),
            _ => {}
        }
    }
    findings.extend(RULES.iter().filter_map(|rule| rule(case)));
    let mut findings = sorted(findings);
    findings.extend(REMARKS.iter().filter_map(|rule| rule(case)));
    findings
}

/// The strongest first, and else as they stand.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.strength);
    findings
}
