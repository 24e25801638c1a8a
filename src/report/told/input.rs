//! The first line, where not all of the input was read.

use super::answer::{Answer, word};
use crate::report::Report;
use crate::verdict::RunResult;
use crate::witness::{Evidence, UNUSABLE_CAPTURE, code};

/// The answer of the connections, as an answer of all that was to be read.
pub(in crate::report) fn told(report: &Report<'_>, mut answer: Answer) -> Answer {
    let captures = &report.evidence.captures;
    let unusable = captures.iter().filter(|capture| capture.error.is_some()).count();
    let missing = not_read(report.evidence);
    if report.result == Some(RunResult::Error) {
        let which = match (unusable, captures.len()) {
            (1, 1) => "the capture could not be used".to_owned(),
            (unusable, all) if unusable == all => {
                format!("none of the {all} captures could be used")
            }
            (unusable, all) => format!("{unusable} of {all} captures could not be used"),
        };
        answer.word = word(RunResult::Error);
        if unusable == captures.len() {
            answer.sentence = format!("{which}.");
            answer.hints.clear();
            return answer;
        }
        let rest = match report.of_connections {
            Some(result) => format!("; what could be read is {}: ", named(result)),
            None => ". ".to_owned(),
        };
        answer.sentence = format!("{which}{rest}{}", answer.sentence);
    } else if report.result == Some(RunResult::Inconclusive)
        && report.of_connections == Some(RunResult::Pass)
    {
        answer.word = word(RunResult::Inconclusive);
        answer.hints.push(INCOMPLETE_HINT.to_owned());
        let missing = match missing.is_empty() {
            true => format!("{unusable} of {} captures could not be used", captures.len()),
            false => missing,
        };
        let held = answer.sentence.strip_suffix('.').unwrap_or(&answer.sentence);
        answer.sentence = format!("{held}; but {missing}, where a connection that fails may be.");
        return answer;
    }
    if !missing.is_empty() {
        let mut characters = missing.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        let sentence: String = first.into_iter().chain(characters).collect();
        answer.sentence.push_str(&format!(" {sentence}."));
    }
    answer
}

const INCOMPLETE_HINT: &str = "capture again, or cut the capture down to the connections in \
                               question; --allow-incomplete takes what was read for all";

fn named(result: RunResult) -> &'static str {
    match result {
        RunResult::Pass => "a pass",
        RunResult::Fail => "a failure",
        RunResult::Inconclusive | RunResult::Error => "inconclusive",
    }
}

/// What was not read, a clause for each kind; empty where all was. Captures that could not be used
/// are told apart.
fn not_read(evidence: &Evidence) -> String {
    let mut kinds: Vec<(&str, Option<u64>)> = Vec::new();
    for one in evidence.captures.iter().flat_map(|capture| &capture.incomplete) {
        let code = if one.code == code::TRUNCATED_FILE { code::DAMAGED_FILE } else { one.code };
        match kinds.iter_mut().find(|(known, _)| *known == code) {
            Some((_, frame)) => *frame = one.frame.map(|new| frame.map_or(new, |old| old.min(new))),
            None => kinds.push((code, one.frame)),
        }
    }
    // Of several captures, each has its own frames.
    let is_one = evidence.captures.len() == 1;
    let mut clauses: Vec<String> = Vec::new();
    for (code, frame) in kinds.into_iter().filter(|(code, _)| *code != UNUSABLE_CAPTURE) {
        let frame = frame.filter(|_| is_one);
        let at = frame.map(|frame| format!(" from frame {frame} on")).unwrap_or_default();
        let clause = match code {
            code::DAMAGED_FILE => format!("damaged bytes were not read{at}"),
            code::UNSUPPORTED_LINK_TYPE => {
                "packets of a link type that is not supported were not read".to_owned()
            }
            code::MALFORMED_PACKETS => "packets with unreadable headers were not read".to_owned(),
            code::FRAGMENTS_GIVEN_UP => "IP fragments were never completed".to_owned(),
            code::LIMIT_REACHED => "streams were given up to keep a bound".to_owned(),
            other => format!("not all was read ({other})"),
        };
        clauses.push(clause);
    }
    let more = clauses.len().saturating_sub(SHOWN);
    clauses.truncate(SHOWN);
    if more > 0 {
        clauses.push(format!("{more} more kinds were not read"));
    }
    match clauses.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Kinds of what was not read that the line names.
const SHOWN: usize = 3;
