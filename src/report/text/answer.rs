//! The first line: the answer to the user's question, and what to do next.

use std::collections::BTreeMap;

use super::super::Report;
use super::super::summary::Summary;
use super::page::{Meaning, counted};
use crate::expect::{Expectation, ExpectedOutcome};
use crate::inspect::{ClientAuthentication, ObscuredReason, Possession};
use crate::tls::ProtocolVersion;
use crate::verdict::{Cause, Judgement, RunResult, Verdict};
use crate::witness::Connection;

/// The first line and the hints below it.
pub(super) struct Answer {
    /// The verdict word, empty where nothing was judged.
    pub(super) word: (&'static str, Meaning),
    /// The rest of the line.
    pub(super) sentence: String,
    /// What to do next, one line each.
    pub(super) hints: Vec<String>,
}

/// What the report comes to.
pub(super) fn answer(report: &Report<'_>) -> Answer {
    let mut answer = match (report.expectation, report.result) {
        (Some(expectation), Some(RunResult::Pass)) => passed(report, expectation),
        (Some(expectation), Some(RunResult::Fail)) => failed(report, expectation),
        (Some(_), Some(RunResult::Inconclusive) | None) => inconclusive(report),
        (None, _) => inspected(report),
    };
    let captures = &report.evidence.captures;
    let unusable = captures.iter().filter(|capture| capture.error.is_some()).count();
    if unusable > 0 {
        answer
            .sentence
            .push_str(&format!(" {unusable} of {} captures could not be used.", captures.len()));
    }
    answer
}

/// The colour of a verdict.
pub(super) fn meaning(verdict: Verdict) -> Meaning {
    match verdict {
        Verdict::Match => Meaning::Good,
        Verdict::Mismatch | Verdict::Absent | Verdict::NotRequested | Verdict::Unexpected => {
            Meaning::Bad
        }
        Verdict::Inconclusive => Meaning::Open,
        Verdict::NotSelected => Meaning::Aside,
    }
}

/// How many selected connections got each verdict, but for those of `without`.
pub(super) fn tally(report: &Report<'_>, without: &[Verdict]) -> String {
    let verdicts = [
        Verdict::Match,
        Verdict::Mismatch,
        Verdict::Absent,
        Verdict::NotRequested,
        Verdict::Unexpected,
        Verdict::Inconclusive,
    ];
    let counts = verdicts.into_iter().filter(|verdict| !without.contains(verdict));
    let counts = counts.map(|verdict| (report.count(verdict), verdict.code()));
    let counts: Vec<String> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, code)| format!("{count} {code}"))
        .collect();
    counts.join(", ")
}

fn passed(report: &Report<'_>, expectation: &Expectation) -> Answer {
    let matches = select(report, |judgement| judgement.verdict == Verdict::Match);
    let share = share(report, &matches);
    let sentence = match expectation.outcome {
        ExpectedOutcome::Certificate => {
            let presented =
                format!("the client presented the expected certificate{}", expected(expectation));
            format!("{presented} in {share}{}; {}.", fate(&matches), proof(&matches))
        }
        ExpectedOutcome::None => {
            let asked = matches.iter().filter(|(_, summary, _)| {
                matches!(*summary.authentication, ClientAuthentication::Declined { .. })
            });
            let asked = asked.count();
            format!(
                "the client presented no certificate, as expected, in {share} (asked and declined \
                 in {asked}, not asked in {}).",
                matches.len() - asked
            )
        }
    };
    Answer { word: ("PASS", Meaning::Good), sentence, hints: Vec::new() }
}

fn failed(report: &Report<'_>, expectation: &Expectation) -> Answer {
    let mut clauses = Vec::new();
    let mut hints = Vec::new();
    let mut told = vec![Verdict::Mismatch, Verdict::Absent, Verdict::NotRequested];
    told.push(Verdict::Unexpected);
    for failure in FAILURES {
        let found = select(report, |judgement| failure.covers(judgement));
        if found.is_empty() {
            continue;
        }
        let claim = failure.claim(&found, expectation);
        clauses.push(format!("{claim}, in {}{}", share(report, &found), failure.caveat()));
        hints.extend(failure.hint().map(str::to_owned));
    }
    if clauses.is_empty() {
        // Every verdict is a match: the run fails because the server did not accept it.
        let found = select(report, is_match_with_cause);
        clauses.push(format!(
            "the client presented the expected certificate{} in {}{}, and acceptance was required",
            expected(expectation),
            share(report, &found),
            fate(&found)
        ));
        hints.push(REFUSAL_HINT.to_owned());
        told.push(Verdict::Match);
    }
    let rest = tally(report, &told);
    let rest = if rest.is_empty() { String::new() } else { format!(" ({rest})") };
    let sentence = format!("{}{rest}.", clauses.join("; "));
    Answer { word: ("FAIL", Meaning::Bad), sentence, hints }
}

const REFUSAL_HINT: &str = "the server's own log says why it refused; the client did its part";

fn inconclusive(report: &Report<'_>) -> Answer {
    let word = ("INCONCLUSIVE", Meaning::Open);
    let connections = report.evidence.connections.len();
    if connections == 0 {
        let others = report.evidence.other_streams;
        return Answer {
            word,
            sentence: format!(
                "there is no TLS connection to judge ({} without TLS).",
                counted(others, "TCP stream", "TCP streams")
            ),
            hints: vec![
                "capture on the host where TLS ends, on the interface that the client reaches; a \
                 front end or a proxy before it may end TLS elsewhere"
                    .to_owned(),
            ],
        };
    }
    if report.selected() == 0 {
        return Answer {
            word,
            sentence: format!("none of the {connections} TLS connections is within the selection."),
            hints: vec![
                "run `mtls-witness inspect` on the same capture to see their addresses, server \
                 names and streams"
                    .to_owned(),
            ],
        };
    }
    let open = select(report, |judgement| judgement.verdict == Verdict::Inconclusive);
    // With no verdict open, it is the acceptance of a match that was required and not seen.
    let open = match open.is_empty() {
        true => select(report, |judgement| judgement.cause == Some(Cause::OutcomeUnknown)),
        false => open,
    };
    let mut reasons: Vec<(Unseen, usize)> = Vec::new();
    for (_, summary, judgement) in &open {
        let unseen = Unseen::of(summary, judgement);
        match reasons.iter_mut().find(|(known, _)| *known == unseen) {
            Some((_, count)) => *count += 1,
            None => reasons.push((unseen, 1)),
        }
    }
    let selected = report.selected();
    let clauses: Vec<String> = reasons
        .iter()
        .map(|(unseen, count)| {
            format!("{}, in {count} of {selected} selected connections", unseen.claim())
        })
        .collect();
    let rest = tally(report, &[Verdict::Inconclusive]);
    let rest = if rest.is_empty() { String::new() } else { format!(" ({rest})") };
    Answer {
        word,
        sentence: format!("the capture cannot tell: {}{rest}.", clauses.join("; ")),
        hints: reasons.iter().map(|(unseen, _)| unseen.hint().to_owned()).collect(),
    }
}

fn inspected(report: &Report<'_>) -> Answer {
    let mut seen: BTreeMap<Seen, u64> = BTreeMap::new();
    for (connection, _) in report.connections() {
        let summary = Summary::of(&connection.observation);
        *seen.entry(Seen::of(&summary.authentication)).or_default() += 1;
    }
    let number = report.evidence.connections.len().try_into().unwrap_or(u64::MAX);
    let seen: Vec<String> =
        seen.iter().map(|(seen, count)| format!("{count} {}", seen.words())).collect();
    let sentence = if seen.is_empty() {
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
    Declined,
    NotRequested,
    Resumed,
    Obscured(ObscuredReason),
}

impl Seen {
    fn of(authentication: &ClientAuthentication) -> Self {
        match authentication {
            ClientAuthentication::Presented(_) => Self::Presented,
            ClientAuthentication::Declined { .. } => Self::Declined,
            ClientAuthentication::NotRequested => Self::NotRequested,
            ClientAuthentication::Resumed { .. } => Self::Resumed,
            ClientAuthentication::Obscured(obscurity) => Self::Obscured(obscurity.reason),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Presented => "presented".to_owned(),
            Self::Declined => "declined".to_owned(),
            Self::NotRequested => "not requested".to_owned(),
            Self::Resumed => "resumed".to_owned(),
            Self::Obscured(reason) => {
                format!("obscured ({})", Cause::Obscured(reason).code().replace('_', " "))
            }
        }
    }
}

type Judged<'a> = (&'a Connection, Summary<'a>, &'a Judgement);

fn select<'a>(report: &Report<'a>, wanted: impl Fn(&Judgement) -> bool) -> Vec<Judged<'a>> {
    report
        .connections()
        .filter_map(|(connection, judgement)| Some((connection, judgement?)))
        .filter(|(_, judgement)| wanted(judgement))
        .map(|(connection, judgement)| {
            (connection, Summary::judged(&connection.observation, Some(judgement)), judgement)
        })
        .collect()
}

/// How many of the selected connections these are, and how many of them rest on an earlier
/// handshake.
fn share(report: &Report<'_>, found: &[Judged<'_>]) -> String {
    let resumed = found.iter().filter(|(_, summary, _)| {
        matches!(*summary.authentication, ClientAuthentication::Resumed { .. })
    });
    let resumed = match resumed.count() {
        0 => String::new(),
        resumed => format!(" ({resumed} of them by a resumed session)"),
    };
    format!("{} of {} selected connections{resumed}", found.len(), report.selected())
}

/// The expected thumbprint in parentheses, where exactly one is expected.
fn expected(expectation: &Expectation) -> String {
    let [certificate] = expectation.certificates.as_slice() else {
        return String::new();
    };
    match (certificate.sha1, certificate.sha256) {
        (Some(sha1), _) => format!(" (SHA-1 {sha1:.8}…)"),
        (None, Some(sha256)) => format!(" (SHA-256 {sha256:.8}…)"),
        (None, None) => String::new(),
    }
}

fn is_match_with_cause(judgement: &Judgement) -> bool {
    judgement.verdict == Verdict::Match
        && matches!(judgement.cause, Some(Cause::RefusedByServer | Cause::HandshakeUnfinished))
}

/// What became of presented certificates that the server did not accept.
fn fate(matches: &[Judged<'_>]) -> String {
    let mut text = String::new();
    let caused = |cause| matches.iter().filter(move |(_, _, it)| it.cause == Some(cause));
    let refused = caused(Cause::RefusedByServer).count();
    if refused > 0 {
        let alerts: Vec<String> = caused(Cause::RefusedByServer)
            .filter_map(|(_, summary, _)| summary.fatal_alert_of_server())
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
fn proof(matches: &[Judged<'_>]) -> String {
    let proved = matches.iter().filter(|(_, summary, _)| {
        summary
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

/// A way to fail, with its words.
struct Failure {
    verdict: Verdict,
    /// `None` stands for every cause that has no entry of its own.
    cause: Option<Cause>,
}

/// Every way to fail, the gravest first.
const FAILURES: &[Failure] = &[
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::PossessionFailed) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::ExpectedIsIssuer) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::SamePublicKey) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::SameSubject) },
    Failure { verdict: Verdict::Mismatch, cause: None },
    Failure { verdict: Verdict::Unexpected, cause: None },
    Failure { verdict: Verdict::Absent, cause: None },
    Failure { verdict: Verdict::NotRequested, cause: None },
];

impl Failure {
    fn covers(&self, judgement: &Judgement) -> bool {
        if judgement.verdict != self.verdict {
            return false;
        }
        match self.cause {
            Some(cause) => judgement.cause == Some(cause),
            None => !FAILURES.iter().any(|other| {
                other.verdict == self.verdict
                    && other.cause.is_some()
                    && other.cause == judgement.cause
            }),
        }
    }

    fn claim(&self, found: &[Judged<'_>], expectation: &Expectation) -> String {
        let expected = expected(expectation);
        let presented = only_leaf(found);
        match (self.verdict, self.cause) {
            (Verdict::Mismatch, Some(Cause::PossessionFailed)) => format!(
                "the client presented a certificate{presented} and did not prove that it holds its \
                 key: the CertificateVerify signature does not fit"
            ),
            (Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)) => format!(
                "the client presented another certificate{presented}; the expected \
                 thumbprint{expected} is an issuer's, further up its chain"
            ),
            (Verdict::Mismatch, Some(Cause::SamePublicKey)) => format!(
                "the client presented another certificate{presented} with the same public key as \
                 the expected one{expected}"
            ),
            (Verdict::Mismatch, Some(Cause::SameSubject)) => format!(
                "the client presented another certificate{presented} with the same subject as the \
                 expected one{expected}"
            ),
            (Verdict::Unexpected, _) => format!(
                "no client certificate was expected and the client presented one{presented}"
            ),
            (Verdict::Absent, _) => {
                "the server asked for a certificate and the client sent none".to_owned()
            }
            (Verdict::NotRequested, _) => {
                "the server never asked for a client certificate".to_owned()
            }
            _ => format!(
                "the client presented another certificate{presented} than the expected \
                 one{expected}"
            ),
        }
    }

    fn caveat(&self) -> &'static str {
        match self.verdict {
            Verdict::NotRequested => " (nothing is said against the client)",
            _ => "",
        }
    }

    fn hint(&self) -> Option<&'static str> {
        Some(match (self.verdict, self.cause) {
            (Verdict::Mismatch, Some(Cause::PossessionFailed)) => {
                "this is how a copied certificate looks, or a capture that was altered; the \
                 certificate alone proves nothing"
            }
            (Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)) => {
                "expect the thumbprint of the client's own certificate, number 1 of the chain below"
            }
            (Verdict::Mismatch, Some(Cause::SamePublicKey)) => {
                "a certificate renewed with its old key looks like this; compare the dates below"
            }
            (Verdict::Mismatch, Some(Cause::SameSubject)) => {
                "a certificate renewed with a new key looks like this, and so does an impostor's; \
                 compare issuer and dates below"
            }
            (Verdict::Absent, _) => {
                "the client had no certificate for this server, or none that fits the request; \
                 compare its types, schemes and authorities below with the certificate configured"
            }
            (Verdict::NotRequested, _) => {
                "look at the server first: whether it asks for client certificates at all, for \
                 this server name, and in the first handshake"
            }
            _ => return None,
        })
    }
}

/// The presented certificate's thumbprint in parentheses, where all presented the same one.
fn only_leaf(found: &[Judged<'_>]) -> String {
    let mut leaves = found
        .iter()
        .filter_map(|(_, summary, _)| summary.presented()?.chain.first().map(|leaf| leaf.sha1));
    match leaves.next() {
        Some(first) if leaves.all(|other| other == first) => {
            format!(" (SHA-1 {first:.8}…)")
        }
        _ => String::new(),
    }
}

/// Why a connection could not be judged.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Unseen {
    Obscured(ObscuredReason),
    /// `Obscured(Encrypted)` in TLS 1.3, where everything is.
    Tls13,
    Resumed,
    NoHandshake,
    /// The expectation, not the capture, leaves it open.
    Expectation,
    /// A match, and acceptance is required, and how the handshake ended is not in the capture.
    Acceptance,
    Other,
}

impl Unseen {
    fn of(summary: &Summary<'_>, judgement: &Judgement) -> Self {
        let version = summary.handshake.and_then(|handshake| handshake.protocol_version);
        match judgement.cause {
            Some(Cause::Obscured(ObscuredReason::Encrypted))
                if version == Some(ProtocolVersion::TLS_1_3) =>
            {
                Self::Tls13
            }
            Some(Cause::Obscured(reason)) => Self::Obscured(reason),
            Some(Cause::OriginalNotInCapture) => Self::Resumed,
            Some(Cause::NoHandshake) => Self::NoHandshake,
            Some(Cause::ExpectationUndecidable) => Self::Expectation,
            Some(Cause::OutcomeUnknown) => Self::Acceptance,
            _ => Self::Other,
        }
    }

    fn claim(self) -> &'static str {
        match self {
            Self::Tls13 => "TLS 1.3 encrypts both the request and the answer",
            Self::Obscured(reason) => match reason {
                ObscuredReason::Encrypted => {
                    "a handshake that may have asked for a certificate is encrypted"
                }
                ObscuredReason::DecryptionFailed => "the secrets at hand do not decrypt it",
                ObscuredReason::Gap => "bytes of the handshake are missing from it",
                ObscuredReason::TruncatedPackets => "only the beginning of each packet was kept",
                ObscuredReason::StartedMidConnection => "it starts after the connection did",
                ObscuredReason::EndedEarly => {
                    "what it shows of the connection ends before the client's answer"
                }
                ObscuredReason::OneDirection => "it holds only one side's packets",
                ObscuredReason::Malformed => "the bytes are not what TLS allows there",
                ObscuredReason::LimitReached => "a limit of this program was reached",
            },
            Self::Resumed => {
                "an earlier session was resumed, which shows no certificate, and the full \
                 handshake is not in it"
            }
            Self::NoHandshake => "no TLS handshake is recognisable in it",
            Self::Expectation => "the thumbprints expected are not of one certificate",
            Self::Acceptance => {
                "the expected certificate was presented, and whether the server accepted it is not \
                 in it"
            }
            Self::Other => "what decides it was not seen",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Tls13 => {
                "limit the client or the server to TLS 1.2 for a test, where the certificate is \
                 sent in the clear, and capture again; this version reads no key logs"
            }
            Self::Obscured(reason) => match reason {
                ObscuredReason::Encrypted | ObscuredReason::DecryptionFailed => {
                    "have the server ask in the first handshake instead of by renegotiation (IIS, \
                     http.sys: netsh http update sslcert ... clientcertnegotiation=enable), and \
                     capture again"
                }
                ObscuredReason::Gap => {
                    "the recorder lost packets: capture again with a larger buffer (tcpdump -B \
                     16384) or a narrower filter"
                }
                ObscuredReason::TruncatedPackets => {
                    "capture again with whole packets (tcpdump -s 0, pktmon --pkt-size 0)"
                }
                ObscuredReason::StartedMidConnection => {
                    "start the capture first, then make the client open a new connection; pooled \
                     connections live long"
                }
                ObscuredReason::EndedEarly => {
                    "let the capture run until the handshake is over; look at the details for how \
                     the connection ended"
                }
                ObscuredReason::OneDirection => {
                    "capture where both directions pass, best on the backend host itself"
                }
                ObscuredReason::Malformed => {
                    "look at the anomalies of the connection below; the stream may be damaged or \
                     not TLS"
                }
                ObscuredReason::LimitReached => {
                    "cut the capture down to the connection in question and run again"
                }
            },
            Self::Resumed => {
                "start the capture first, then make the client open a connection with a full \
                 handshake (restart it, or wait until its session has expired)"
            }
            Self::NoHandshake => {
                "start the capture first, then make the client open a new connection"
            }
            Self::Expectation => "give one thumbprint, or the certificate itself",
            Self::Acceptance => "let the capture run until data flows over the connection",
            Self::Other => "look at the details of the connections below",
        }
    }
}
