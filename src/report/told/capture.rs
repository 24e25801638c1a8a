//! A capture in words: what it is, who recorded it, and what of it was not followed.

use super::counted;
use crate::inspect::ObscuredReason;
use crate::report::times;
use crate::report::untrusted::{NAME_COLUMNS, cut};
use crate::witness::{CaptureSummary, Recorder};

/// Kinds of packets that are shown unless everything is asked for, the most frequent ones.
const SHOWN_KINDS: usize = 5;

/// Longest packet of nearly all networks, in bytes: a snap length from there on hardly cuts any.
const LONG_SNAP_LENGTH: u32 = 65_535;

/// Explanations by recorders that are given at most.
const EXPLANATIONS: usize = 3;

/// Whether a capture is worth a look among many.
pub(in crate::report) fn is_odd(capture: &CaptureSummary) -> bool {
    let dropped = capture.recorder.as_ref().and_then(|recorder| recorder.dropped);
    capture.error.is_some()
        || !capture.anomalies.is_empty()
        || !capture.incomplete.is_empty()
        || dropped.is_some_and(|dropped| dropped > 0)
}

pub(in crate::report) fn described(capture: &CaptureSummary) -> String {
    if let Some(error) = &capture.error {
        return format!("{}: could not be used: {error}", capture.path);
    }
    let mut text = format!("{}: {}", capture.path, capture.format);
    if let Some(compression) = &capture.compression {
        text.push_str(&format!(" in {compression}"));
    }
    text.push_str(&format!(", {}", counted(capture.packets, "packet", "packets")));
    if capture.format == "etl" {
        text.push_str(", frames numbered in the order of time");
        // Other logs are converted in the order of the file.
        let program = capture.recorder.as_ref().and_then(|recorder| recorder.program.as_deref());
        if program == Some("pktmon") {
            text.push_str(" as `pktmon etl2pcap` writes them");
        }
    }
    let first = capture.first_packet_at.and_then(times::packet_time);
    let last = capture.last_packet_at.and_then(times::packet_time);
    if let (Some(first), Some(last)) = (first, last) {
        text.push_str(&format!(", {first} to {last}"));
    }
    text
}

/// Who recorded it, with what filter and what losses.
pub(in crate::report) fn recorded(recorder: &Recorder) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(program) = &recorder.program {
        let mut text = format!("recorded by {}", cut(program, NAME_COLUMNS));
        if let Some(system) = &recorder.operating_system {
            text.push_str(&format!(" on {}", cut(system, NAME_COLUMNS)));
        }
        parts.push(text);
    }
    match recorder.filters.as_slice() {
        [] => {}
        [filter] => parts.push(format!("with the filter `{}`", cut(filter, NAME_COLUMNS))),
        [filter, ..] => {
            let count = recorder.filters.len();
            let filter = cut(filter, NAME_COLUMNS);
            parts.push(format!("with {count} filters, the first `{filter}`"));
        }
    }
    if let Some(length) = recorder.snap_length.filter(|&length| length < LONG_SNAP_LENGTH) {
        parts.push(format!("at most {length} bytes of a packet"));
    }
    if let Some(dropped) = recorder.dropped.filter(|&dropped| dropped > 0) {
        let packets = counted(dropped, "packet", "packets");
        parts.push(format!("{packets} dropped by the recorder"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What may carry TLS and was not followed.
pub(in crate::report) fn not_followed(
    capture: &CaptureSummary,
    everything: bool,
) -> Option<String> {
    let coverage = &capture.coverage;
    let mut kinds: Vec<_> = coverage.not_followed.iter().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.packets));
    let shown = if everything { kinds.len() } else { SHOWN_KINDS };
    let mut parts: Vec<String> = kinds
        .iter()
        .take(shown)
        .map(|kind| {
            let packets = counted(kind.packets, "packet", "packets");
            format!("{packets} of {} (from frame {})", kind.what, kind.first_frame)
        })
        .collect();
    let hidden: u64 = kinds.iter().skip(shown).map(|kind| kind.packets).sum();
    let hidden = hidden.saturating_add(coverage.not_followed_further);
    if hidden > 0 {
        parts.push(format!("{} of other kinds", counted(hidden, "packet", "packets")));
    }
    (!parts.is_empty()).then(|| format!("not followed: {}", parts.join(", ")))
}

/// What the recorders of the captures say that explains why something cannot be told, a sentence
/// each.
pub(in crate::report) fn explanations(
    captures: &[CaptureSummary],
    reasons: &[ObscuredReason],
) -> Vec<String> {
    let mut sentences = Vec::new();
    for capture in captures {
        let Some(recorder) = &capture.recorder else { continue };
        for reason in reasons {
            let why = match reason {
                ObscuredReason::Gap | ObscuredReason::EndedEarly => losses(recorder),
                ObscuredReason::OneDirection => {
                    one_way_filter(recorder).or_else(|| losses(recorder))
                }
                ObscuredReason::TruncatedPackets => recorder
                    .snap_length
                    .filter(|&length| length < LONG_SNAP_LENGTH)
                    .map(|length| format!("at most {length} bytes of a packet were recorded")),
                _ => None,
            };
            let sentence = why.map(|why| match captures {
                [_] => why,
                _ => format!("{}: {why}", cut(&capture.path, NAME_COLUMNS)),
            });
            sentences.extend(sentence.filter(|sentence| !sentences.contains(sentence)));
            if sentences.len() >= EXPLANATIONS {
                return sentences;
            }
        }
    }
    sentences
}

fn losses(recorder: &Recorder) -> Option<String> {
    recorder
        .dropped
        .filter(|&dropped| dropped > 0)
        .map(|dropped| format!("the recorder dropped {}", counted(dropped, "packet", "packets")))
}

/// A filter by source or destination may let one direction through only.
fn one_way_filter(recorder: &Recorder) -> Option<String> {
    let is_one_way = |filter: &&String| {
        let mut words = filter.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| matches!(word, "src" | "dst" | "inbound" | "outbound"))
    };
    recorder.filters.iter().find(is_one_way).map(|filter| {
        let filter = cut(filter, NAME_COLUMNS);
        format!("recorded with the filter `{filter}`: only one direction may be there")
    })
}
