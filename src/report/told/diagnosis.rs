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

/// The strongest finding of the run, and in how many of the selected connections it is.
pub(in crate::report) fn strongest<'a>(report: &Report<'a>) -> Option<(&'a Finding, String)> {
    let judged = report.connections().enumerate().filter(|(_, (_, judgement))| {
        judgement.is_none_or(|judgement| judgement.verdict != Verdict::NotSelected)
    });
    let mut connections = 0;
    let mut firsts: Vec<(&Finding, u64)> = Vec::new();
    for (index, _) in judged {
        connections += 1;
        let Some(first) = report.findings_of(index).first() else {
            continue;
        };
        match firsts.iter_mut().find(|(known, _)| known.code == first.code) {
            Some((_, count)) => *count += 1,
            None => firsts.push((first, 1)),
        }
    }
    let of_connections = firsts.into_iter().min_by_key(|(finding, _)| finding.strength);
    let of_run = report.run_findings.first();
    match (of_run, of_connections) {
        (Some(of_run), Some((finding, _))) if of_run.strength <= finding.strength => {
            Some((of_run, String::new()))
        }
        (Some(of_run), None) => Some((of_run, String::new())),
        (_, Some((finding, count))) if connections > 1 => {
            let connections = counted(count, "connection", "connections");
            Some((finding, format!(" (in {connections})")))
        }
        (_, Some((finding, _))) => Some((finding, String::new())),
        (None, None) => None,
    }
}
