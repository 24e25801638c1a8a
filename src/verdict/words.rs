//! The small parts of an explanation: frames, remarks, reasons.

use std::fmt;

use super::judgement::Cause;
use crate::inspect::{ObscuredReason, Obscurity};

/// One sentence of several clauses.
pub(super) fn sentence(clauses: &[String]) -> String {
    let text = clauses.join("; ");
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    format!("{}{}.", first.to_uppercase(), characters.as_str().trim_end_matches('.'))
}

/// `ServerHello in frame 6`; nothing where there is no frame.
pub(super) fn labelled(label: &str, frames: &[u64]) -> String {
    if frames.is_empty() { String::new() } else { format!("{label} in {}", InFrames(frames)) }
}

/// Remarks in parentheses, with a space before; nothing where all are empty.
pub(super) struct Aside<'a>(pub(super) &'a [String]);

impl fmt::Display for Aside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remarks: Vec<_> =
            self.0.iter().filter(|remark| !remark.is_empty()).map(String::as_str).collect();
        if remarks.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", remarks.join(", "))
    }
}

/// `frame 9`, `frames 9-10, 14`; the first few runs of many.
pub(super) struct InFrames<'a>(pub(super) &'a [u64]);

impl fmt::Display for InFrames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs = Vec::<(u64, u64)>::new();
        for frame in self.0 {
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*frame) => *last = *frame,
                _ => runs.push((*frame, *frame)),
            }
        }
        match self.0 {
            [] => return Ok(()),
            [frame] => return write!(f, "frame {frame}"),
            _ => f.write_str("frames")?,
        }
        for (index, (first, last)) in runs.iter().take(RUNS_SHOWN).enumerate() {
            f.write_str(if index == 0 { " " } else { ", " })?;
            if first == last {
                write!(f, "{first}")?;
            } else {
                write!(f, "{first}-{last}")?;
            }
        }
        if runs.len() > RUNS_SHOWN {
            write!(f, ", … ({} in all)", self.0.len())?;
        }
        Ok(())
    }
}

/// Why something cannot be told: the inspector's sentence and the contract's word.
pub(super) struct Why<'a>(pub(super) &'a Obscurity);

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.0.detail.trim().trim_end_matches('.');
        let code = Cause::Obscured(self.0.reason);
        if detail.is_empty() {
            return write!(f, "{} ({code})", reason(self.0.reason));
        }
        write!(f, "{detail} ({code})")
    }
}

/// The contract's reasons in words.
fn reason(reason: ObscuredReason) -> &'static str {
    match reason {
        ObscuredReason::Encrypted => "the handshake is encrypted and no usable secret was given",
        ObscuredReason::DecryptionFailed => "the secrets given do not open the handshake",
        ObscuredReason::Gap => "bytes of the handshake are missing in the capture",
        ObscuredReason::TruncatedPackets => "the snap length of the capture cut the packets",
        ObscuredReason::StartedMidConnection => "the capture began after the handshake did",
        ObscuredReason::EndedEarly => "the connection or the capture ended before the answer",
        ObscuredReason::OneDirection => "only one side's packets were recorded",
        ObscuredReason::Malformed => "the bytes are not what TLS allows there",
        ObscuredReason::LimitReached => "a limit of this program was reached",
    }
}

/// Runs of consecutive frame numbers that are shown.
const RUNS_SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_in_runs() {
        for (frames, text) in [
            (vec![], ""),
            (vec![9], "frame 9"),
            (vec![9, 10], "frames 9-10"),
            (vec![1, 2, 3, 7, 9], "frames 1-3, 7, 9"),
            (vec![1, 3, 5, 7, 9, 11], "frames 1, 3, 5, 7, … (6 in all)"),
            (vec![u64::MAX, 0], "frames 18446744073709551615, 0"),
        ] {
            assert_eq!(InFrames(&frames).to_string(), text);
        }
    }

    #[test]
    fn sentence_begins_upper_case_and_ends_in_one_full_stop() {
        assert_eq!(sentence(&["the end.".to_owned()]), "The end.");
        assert_eq!(sentence(&["a".to_owned(), "b".to_owned()]), "A; b.");
        assert_eq!(sentence(&[]), "");
    }

    #[test]
    fn obscurity_without_detail_has_words_for_every_reason() {
        let empty = Obscurity { reason: ObscuredReason::Gap, detail: " ".to_owned() };
        assert_eq!(
            Why(&empty).to_string(),
            "bytes of the handshake are missing in the capture (gap)"
        );
    }
}
