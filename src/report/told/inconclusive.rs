//! The first line where the capture cannot tell: why, and what to do.

use super::answer::{Answer, tally};
use super::judged::select;
use super::unseen::Unseen;
use super::{Meaning, capture, counted};
use crate::expect::ExpectedOutcome;
use crate::report::{Report, selection};
use crate::verdict::{Cause, Verdict};

pub(super) fn answer(report: &Report<'_>) -> Answer {
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
            hints: match report.run_findings {
                [] => vec![
                    "capture on the host where TLS ends, on the interface that the client reaches; \
                     a front end or a proxy before it may end TLS elsewhere"
                        .to_owned(),
                ],
                _ => Vec::new(),
            },
        };
    }
    if report.selected() == 0 {
        return Answer {
            word,
            sentence: format!("none of the {connections} TLS connections is within the selection."),
            hints: vec![nothing_selected(report)],
        };
    }
    let open = select(report, |judgement| judgement.verdict == Verdict::Inconclusive);
    // With no verdict open, it is the acceptance of a match that was required and not seen.
    let open = match open.is_empty() {
        true => select(report, |judgement| {
            matches!(judgement.cause, Some(Cause::HttpRefusalPossible | Cause::OutcomeUnknown))
        }),
        false => open,
    };
    let undecidable = report
        .expectation
        .is_some_and(|expectation| expectation.outcome == ExpectedOutcome::Undecidable);
    let mut reasons: Vec<(Unseen, usize)> = Vec::new();
    let mut unexplained: Vec<Unseen> = Vec::new();
    for judged in &open {
        let unseen = match Unseen::of(&judged.summary(), judged.judgement) {
            Unseen::Expectation if undecidable => Unseen::Configuration,
            unseen => unseen,
        };
        if !judged.is_explained && !unexplained.contains(&unseen) {
            unexplained.push(unseen);
        }
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
    let obscured: Vec<_> = reasons
        .iter()
        .filter_map(|(unseen, _)| match unseen {
            Unseen::Obscured(reason) => Some(*reason),
            _ => None,
        })
        .collect();
    let rest = tally(report, &[Verdict::Inconclusive]);
    let rest = if rest.is_empty() { String::new() } else { format!(" ({rest})") };
    Answer {
        word,
        sentence: format!("the capture cannot tell: {}{rest}.", clauses.join("; ")),
        hints: unexplained
            .iter()
            .map(|unseen| unseen.hint().to_owned())
            .chain(capture::explanations(&report.evidence.captures, &obscured))
            .collect(),
    }
}

/// What the connections have that are not within the selection.
fn nothing_selected(report: &Report<'_>) -> String {
    let account = selection::account(report);
    let instead = account.zip(report.selection);
    instead.and_then(|(account, selection)| selection::instead(&account, selection)).unwrap_or_else(
        || {
            "run `mtls-witness inspect` on the same capture to see their addresses, server names \
             and streams"
                .to_owned()
        },
    )
}
