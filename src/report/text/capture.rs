//! A capture's lines: what it is, who recorded it, and what of it was not followed.

use std::io;

use super::super::told::capture::{described, not_followed, recorded};
use super::super::told::row::anomaly;
use super::super::untrusted::{NAME_COLUMNS, cut};
use super::page::Page;
use super::{Detail, SHOWN_ANOMALIES, Style, details};
use crate::witness::{CaptureSummary, Incomplete};

/// Writes what there is to say of a capture.
pub(super) fn write(capture: &CaptureSummary, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    page.field(0, "capture", &described(capture))?;
    if let Some(recorded) = capture.recorder.as_ref().and_then(recorded) {
        page.field(0, "", &recorded)?;
    }
    if let Some(sha256) = &capture.sha256 {
        page.field(0, "", &format!("SHA-256 {sha256}"))?;
    }
    let everything = style.detail == Detail::Everything;
    if let Some(not_followed) = not_followed(capture, everything) {
        page.field(0, "", &not_followed)?;
    }
    let shown = if everything { usize::MAX } else { SHOWN_ANOMALIES };
    // What is an anomaly too is told below.
    let is_told = |one: &&Incomplete| {
        capture.anomalies.iter().any(|other| (other.code, other.frame) == (one.code, one.frame))
    };
    for one in capture.incomplete.iter().filter(|one| !is_told(one)).take(shown) {
        let place = one.frame.map(|frame| format!(" (frame {frame})")).unwrap_or_default();
        let detail = cut(&one.detail, NAME_COLUMNS);
        page.field(0, "", &format!("not read, {}{place}: {detail}", one.code))?;
    }
    for item in capture.anomalies.iter().take(shown) {
        page.field(0, "", &anomaly(item))?;
    }
    details::left_out(page, 0, capture.anomalies.len(), shown, capture.anomalies_omitted)
}
