//! The first line: the answer to the user's question, and what to do next.

use super::failing::FAILURES;
use super::inconclusive;
use super::input;
use super::inspected;
use super::judged::{Judged, expected, fate, is_match_not_accepted, proof, select, share};
use super::{Meaning, counted};
use crate::expect::{Expectation, ExpectedOutcome};
use crate::inspect::ClientAuthentication;
use crate::report::Report;
use crate::report::selection;
use crate::verdict::{Cause, Judgement, RunResult, Verdict};
use crate::witness::Connection;

/// The first line and the hints below it.
pub(in crate::report) struct Answer {
    /// The verdict word, empty where nothing was judged.
    pub(in crate::report) word: (&'static str, Meaning),
    /// The rest of the line.
    pub(in crate::report) sentence: String,
    /// What to do next, one line each.
    pub(in crate::report) hints: Vec<String>,
}

/// What the report comes to.
pub(in crate::report) fn answer(report: &Report<'_>) -> Answer {
    let mut answer = match (report.expectation, report.of_connections) {
        (Some(expectation), Some(RunResult::Pass)) => passed(report, expectation),
        (Some(expectation), Some(RunResult::Fail)) => failed(report, expectation),
        (Some(_), Some(RunResult::Inconclusive | RunResult::Error) | None) => {
            inconclusive::answer(report)
        }
        (None, _) => inspected::answer(report),
    };
    answer.sentence.push_str(&left_out(report));
    input::told(report, answer)
}

/// What several expectations come to together.
pub(in crate::report) fn of_parts(report: &Report<'_>) -> ((&'static str, Meaning), String) {
    let word = report.result.map_or(("INCONCLUSIVE", Meaning::Open), word);
    let counts = [RunResult::Pass, RunResult::Fail, RunResult::Inconclusive].map(|result| {
        let of = report.parts.iter().filter(|part| part.result == Some(result)).count();
        (of, result.code())
    });
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let mut sentence = format!("of {} expectations: {}.", report.parts.len(), counts.join(", "));
    if counts.is_empty() {
        sentence = format!("{} expectations, and nothing to judge.", report.parts.len());
    }
    sentence.push_str(&left_out(report));
    let answer = Answer { word, sentence, hints: Vec::new() };
    let Answer { word, sentence, .. } = input::told(report, answer);
    (word, sentence)
}

/// The word for a result, and its colour.
pub(in crate::report) fn word(result: RunResult) -> (&'static str, Meaning) {
    match result {
        RunResult::Pass => ("PASS", Meaning::Good),
        RunResult::Fail => ("FAIL", Meaning::Bad),
        RunResult::Error => ("ERROR", Meaning::Bad),
        RunResult::Inconclusive => ("INCONCLUSIVE", Meaning::Open),
    }
}

/// Connections that are not among those judged, where that is not for the selection alone.
fn left_out(report: &Report<'_>) -> String {
    let mut text = String::new();
    let is_begun_before = |connection: &Connection, judgement: Option<&Judgement<'_>>| {
        let is_meant = judgement.is_none_or(|judgement| {
            judgement.verdict != Verdict::NotSelected
                || judgement.cause == Some(Cause::WithoutHandshake)
        });
        !connection.has_handshake_bytes && is_meant
    };
    let begun = report.connections().filter(|(one, judgement)| is_begun_before(one, *judgement));
    let (mut begun_before, mut judged) = (0, 0);
    for (_, judgement) in begun {
        begun_before += 1;
        judged += u64::from(judgement.is_some_and(|one| one.verdict != Verdict::NotSelected));
    }
    if begun_before > 0 && judged == 0 && report.judged() {
        let connections = counted(begun_before, "connection", "connections");
        text.push_str(&format!(" {connections} that began before the capture left out."));
    } else if begun_before > 0 {
        text.push_str(&format!(" {begun_before} of these began before the capture."));
    }
    let copies = report.tally().copies();
    if copies > 0 && report.judged() {
        let copies = counted(
            copies.try_into().unwrap_or(u64::MAX),
            "other recording of the same handshake",
            "other recordings of the same handshakes",
        );
        text.push_str(&format!(" {copies} left out."));
    } else if copies > 0 {
        let them = if copies == 1 { "a recording" } else { "recordings" };
        text.push_str(&format!(" {copies} of these: {them} of the same handshake as another."));
    }
    text
}

/// The colour of a verdict.
pub(in crate::report) fn meaning(verdict: Verdict) -> Meaning {
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
pub(in crate::report) fn tally(report: &Report<'_>, without: &[Verdict]) -> String {
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
        ExpectedOutcome::Candidates
        | ExpectedOutcome::Certificate
        | ExpectedOutcome::NoHandshake
        | ExpectedOutcome::Undecidable => {
            let presented = match expectation.certificates.as_slice() {
                [_, _, ..] => "the client presented one of the expected certificates".to_owned(),
                _ => format!(
                    "the client presented the expected certificate{}",
                    expected(expectation)
                ),
            };
            let which = which(expectation, &matches);
            format!("{presented} in {share}{}{which}; {}.", fate(&matches), proof(&matches))
        }
        ExpectedOutcome::None => {
            let asked = matches.iter().filter(|judged| {
                matches!(*judged.summary().authentication, ClientAuthentication::Declined { .. })
            });
            let asked = asked.count();
            format!(
                "the client presented no certificate, as expected, in {share} (asked and declined \
                 in {asked}, not asked in {}).",
                matches.len() - asked
            )
        }
    };
    let hints = if is_claim(expectation) { vec![CLAIM_HINT.to_owned()] } else { Vec::new() };
    Answer { word: ("PASS", Meaning::Good), sentence, hints }
}

/// Whether nothing but the name of an issuer says that the certificate is the expected one.
fn is_claim(expectation: &Expectation) -> bool {
    let issuers = &expectation.identity.issuers;
    issuers.iter().any(|issuer| !issuer.is_checked())
}

const CLAIM_HINT: &str = "the name of an issuer is the certificate's own claim: give the issuer's \
                          certificate to --expect-issuer, and its signature is checked";

/// How many connections showed each of several expected certificates.
fn which(expectation: &Expectation, matches: &[Judged<'_>]) -> String {
    let candidates = &expectation.certificates;
    if candidates.len() < 2 {
        return String::new();
    }
    let counts: Vec<String> = candidates
        .iter()
        .filter_map(|candidate| {
            let is_it = |judged: &&Judged<'_>| {
                let summary = judged.summary();
                let leaf = summary.presented().and_then(|one| one.chain.first());
                leaf.is_some_and(|leaf| candidate.matches(leaf))
            };
            let count = matches.iter().filter(is_it).count();
            let thumbprint = candidate.thumbprints().next()?.digits();
            let short: String = thumbprint.chars().take(8).collect();
            let condition = candidate.sources.iter().find_map(|source| source.condition.as_deref());
            let condition = condition.map(|condition| format!(", {condition}")).unwrap_or_default();
            (count > 0).then(|| format!("{short}…{condition}: {count}"))
        })
        .collect();
    format!(" ({})", counts.join("; "))
}

fn failed(report: &Report<'_>, expectation: &Expectation) -> Answer {
    let mut clauses = Vec::new();
    let mut hints = Vec::new();
    let mut told =
        vec![Verdict::Mismatch, Verdict::Absent, Verdict::NotRequested, Verdict::Unexpected];
    for failure in FAILURES {
        let found = select(report, |judgement| failure.covers(judgement));
        if found.is_empty() {
            continue;
        }
        let claim = failure.claim(&found, expectation);
        clauses.push(format!("{claim}, in {}{}", share(report, &found), failure.caveat()));
        if !found.iter().all(|judged| judged.is_explained) {
            hints.extend(failure.hint(&found).map(str::to_owned));
        }
    }
    if clauses.is_empty() {
        // Every verdict is a match: the run fails because the server did not accept it.
        let found = select(report, is_match_not_accepted);
        clauses.push(format!(
            "the client presented the expected certificate{} in {}{}, and acceptance was required",
            expected(expectation),
            share(report, &found),
            fate(&found)
        ));
        hints.push(REFUSAL_HINT.to_owned());
        if found.len() == report.count(Verdict::Match) {
            told.push(Verdict::Match);
        }
    }
    let rest = tally(report, &told);
    let rest = if rest.is_empty() { String::new() } else { format!(" ({rest})") };
    let sentence = format!("{}{rest}.", clauses.join("; "));
    Answer { word: ("FAIL", Meaning::Bad), sentence, hints }
}

const REFUSAL_HINT: &str = "the server's own log says why it refused; the client did its part";

/// How many connections there are, and what they came to.
pub(in crate::report) fn connections(report: &Report<'_>) -> String {
    let evidence = report.evidence;
    let mut text = format!("{} with TLS", evidence.connections.len());
    if report.judged() {
        text.push_str(&format!(": {} selected", report.selected()));
        let verdicts = tally(report, &[]);
        if !verdicts.is_empty() {
            text.push_str(&format!(" ({verdicts})"));
        }
        text.push_str(&format!(", {} outside the selection", report.count(Verdict::NotSelected)));
    }
    if let Some(left_out) = report.left_out {
        text.push_str(&format!(" within the selection, {left_out} outside it"));
    }
    match report.tally().copies() {
        0 => {}
        copies if report.judged() => {
            text.push_str(&format!(" ({copies} of them another recording of a handshake)"));
        }
        copies => text.push_str(&format!(", {copies} of them another recording of a handshake")),
    }
    let others = counted(evidence.other_streams, "other TCP stream", "other TCP streams");
    text.push_str(&format!("; {others}"));
    text
}

/// Which connections the run was about, and how many fit each part of that.
pub(in crate::report) fn selection(report: &Report<'_>) -> Option<String> {
    let selection = report.selection.filter(|_| report.parts.is_empty())?;
    let account = selection::account(report)?;
    let parts = account
        .fits
        .iter()
        .map(|(part, fits)| format!("{} (fits {fits})", selection::words(*part, selection)));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A sentence as it stands by itself: with a capital at its beginning.
pub(in crate::report) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
