//! What explains the run.

use super::counted;
use crate::diagnose::Finding;
use crate::report::Report;
use crate::verdict::Verdict;

/// What explains the run, the strongest finding first.
pub(in crate::report) fn of_run<'a>(report: &Report<'a>) -> Vec<(&'a Finding, String)> {
    let first = strongest(report);
    let is_other =
        |other: &&Finding| first.as_ref().is_none_or(|(known, _)| !std::ptr::eq(*known, *other));
    let others: Vec<_> =
        report.run_findings.iter().filter(is_other).map(|one| (one, String::new())).collect();
    first.into_iter().chain(others).collect()
}

/// Index and verdict of every connection that was asked about.
fn selected(report: &Report<'_>) -> impl Iterator<Item = (usize, Option<Verdict>)> {
    let verdicts = report.connections().map(|(_, judgement)| judgement.map(|one| one.verdict));
    verdicts.enumerate().filter(|(_, verdict)| *verdict != Some(Verdict::NotSelected))
}

/// The strongest finding of the run, of those that stand first, and in how many of the selected
/// connections it does.
pub(in crate::report) fn strongest<'a>(report: &Report<'a>) -> Option<(&'a Finding, String)> {
    let mut connections = 0_u64;
    let mut firsts: Vec<(&Finding, bool, u64)> = Vec::new();
    for (index, verdict) in selected(report) {
        connections += 1;
        let Some(first) = report.findings_of(index).first() else {
            continue;
        };
        match firsts.iter_mut().find(|(known, _, _)| known.code == first.code) {
            Some((_, _, count)) => *count += 1,
            None => firsts.push((first, verdict == Some(Verdict::Match), 1)),
        }
    }
    // What failed is to be explained before what may be said of a match.
    let of_connections = firsts.into_iter().min_by_key(|(finding, is_match, count)| {
        (*is_match, finding.strength, std::cmp::Reverse(*count))
    });
    match (report.run_findings.first(), of_connections) {
        (Some(of_run), None | Some((_, true, _))) => Some((of_run, String::new())),
        (Some(of_run), Some((finding, false, _))) if of_run.strength <= finding.strength => {
            Some((of_run, String::new()))
        }
        (_, Some((finding, _, count))) if connections > 1 => {
            Some((finding, format!(" (in {})", counted(count, "connection", "connections"))))
        }
        (_, Some((finding, _, _))) => Some((finding, String::new())),
        (None, None) => None,
    }
}
