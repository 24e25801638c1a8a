//! What explains the answer, and each connection.

use std::io;

use super::super::Report;
use super::super::told::diagnosis::strongest;
use super::page::Page;
use crate::diagnose::Finding;

/// The second line of a run with one answer, behind what a configuration has contested: the strongest
/// finding, and of how many connections.
pub(super) fn of_run(report: &Report<'_>, page: &mut Page<'_>) -> io::Result<()> {
    if !report.parts.is_empty() {
        return Ok(());
    }
    let Some((finding, share)) = strongest(report) else {
        return Ok(());
    };
    page.finding(0, finding.strength.code(), &format!("{}{share}.", finding.text))?;
    match &finding.next_step {
        Some(next) => page.hint(next),
        None => Ok(()),
    }
}

/// Writes what explains one connection.
pub(super) fn of_connection(findings: &[Finding], page: &mut Page<'_>) -> io::Result<()> {
    for finding in findings {
        page.finding(2, finding.strength.code(), &format!("{}.", finding.text))?;
        if let Some(next) = &finding.next_step {
            page.paragraph(4, &format!("next: {next}"))?;
        }
    }
    Ok(())
}
