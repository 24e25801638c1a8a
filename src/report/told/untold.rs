//! What the captures of a run cannot tell, each in a sentence.

use crate::inspect::Possession;
use crate::report::Report;
use crate::report::summary::Summary;
use crate::verdict::Verdict;

use super::capture::not_followed;
use super::unseen::Unseen;
use super::{counted, row};

/// Sentences that are given at most of what was not read.
const MOST_SENTENCES: usize = 20;

/// What is open, the gravest first; never empty, for no capture tells all.
pub(in crate::report) fn sentences(report: &Report<'_>) -> Vec<String> {
    let mut open: Vec<(String, u64)> = Vec::new();
    let mut note = |sentence: String| match open.iter_mut().find(|(known, _)| *known == sentence) {
        Some((_, count)) => *count += 1,
        None => open.push((sentence, 1)),
    };
    for (connection, judgement) in report.connections() {
        if judgement.is_some_and(|one| one.verdict == Verdict::NotSelected) {
            continue;
        }
        let summary = Summary::judged(&connection.observation, judgement);
        match judgement {
            Some(judgement) if judgement.verdict == Verdict::Inconclusive => {
                note(Unseen::of(&summary, judgement).claim().to_owned());
            }
            None if row::is_obscured(&summary) => {
                note(format!(
                    "whether a certificate was presented ({})",
                    row::seen_alike(&summary)
                ));
            }
            _ => {
                let unproved = summary.presented().is_some_and(|presented| {
                    matches!(
                        presented.possession,
                        Possession::NotSeen | Possession::NotCheckable { .. }
                    )
                });
                if unproved {
                    note(
                        "whether the client holds the key of the certificate that it presented"
                            .to_owned(),
                    );
                }
            }
        }
    }
    let mut sentences: Vec<String> = open
        .into_iter()
        .map(|(sentence, count)| {
            format!("In {}: {sentence}.", counted(count, "connection", "connections"))
        })
        .collect();
    for capture in &report.evidence.captures {
        for one in capture.not_read() {
            let at = one.frame.map(|frame| format!(" (frame {frame})")).unwrap_or_default();
            let (path, code, detail) = (&capture.path, one.code, one.detail);
            sentences.push(format!("{path}: not read, {code}{at}: {detail}."));
        }
        let dropped = capture.recorder.as_ref().and_then(|recorder| recorder.dropped);
        if let Some(dropped) = dropped.filter(|&dropped| dropped > 0) {
            let packets = counted(dropped, "packet", "packets");
            sentences.push(format!("{}: the recorder dropped {packets}.", capture.path));
        }
        sentences
            .extend(not_followed(capture, false).map(|text| format!("{}: {text}.", capture.path)));
    }
    let more = sentences.len().saturating_sub(MOST_SENTENCES);
    sentences.truncate(MOST_SENTENCES);
    if more > 0 {
        sentences.push(format!("And {more} more of the like; the JSON report has them all."));
    }
    sentences.push(
        "Whether something before the place of the recording ended TLS: a front end, a proxy, a \
         service mesh. What is judged is the handshake that was recorded."
            .to_owned(),
    );
    sentences.push(
        "What the server thought of a certificate after the handshake, as in an HTTP 403."
            .to_owned(),
    );
    sentences
}
