//! What the page shows, each text of it ready: visible, and one line.

use super::ladder::Ladder;
use crate::diagnose::Finding;
use crate::report::told::Meaning;
use crate::report::untrusted::{as_visible, cut};

/// Columns after which a text of the page is cut.
const TEXT_COLUMNS: usize = 600;

/// The page.
pub(super) struct View {
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) sentence: String,
    pub(super) parts: Vec<Part>,
    pub(super) why: Vec<Why>,
    pub(super) contested: Option<String>,
    pub(super) hints: Vec<String>,
    pub(super) expected: Vec<Expected>,
    pub(super) captures: Vec<Capture>,
    pub(super) counts: String,
    pub(super) selection: Option<String>,
    pub(super) table: Option<Table>,
    pub(super) details: Vec<Details>,
    pub(super) omitted: Option<String>,
    pub(super) untold: Vec<String>,
    pub(super) command: Option<String>,
    pub(super) tool: &'static str,
}

/// The answer to one of several expectations.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) sentence: String,
}

/// A finding.
pub(super) struct Why {
    pub(super) strength: &'static str,
    pub(super) text: String,
    pub(super) frames: String,
    pub(super) next: Option<String>,
}

/// What was expected, and from where.
pub(super) struct Expected {
    pub(super) name: String,
    pub(super) lines: Vec<String>,
    pub(super) because: Vec<String>,
    pub(super) remarks: Vec<String>,
    /// What of the configuration was passed over.
    pub(super) not_read: Vec<String>,
}

/// A capture.
pub(super) struct Capture {
    pub(super) described: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) anomalies: Vec<String>,
}

/// The connections, or groups of them.
pub(super) struct Table {
    pub(super) headings: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
    pub(super) more: usize,
}

/// A row; its first cell is the verdict, where there are verdicts.
pub(super) struct Row {
    pub(super) class: &'static str,
    /// Its details, where it has some.
    pub(super) link: Option<String>,
    pub(super) cells: Vec<Cell>,
}

pub(super) struct Cell {
    pub(super) heading: &'static str,
    pub(super) text: String,
    pub(super) is_verdict: bool,
    /// Short, and not to be broken.
    pub(super) is_tight: bool,
}

/// A connection in detail.
pub(super) struct Details {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) word: String,
    pub(super) class: &'static str,
    pub(super) alike: Option<String>,
    pub(super) explanation: Option<String>,
    pub(super) why: Vec<Why>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) handshakes: Vec<HandshakeView>,
    pub(super) certificates: Certificates,
    pub(super) evidence: Vec<(String, String)>,
    pub(super) anomalies: Vec<String>,
}

/// A handshake with its ladder.
pub(super) struct HandshakeView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) ladder: Ladder,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) authorities: Vec<String>,
}

/// The expected and the presented certificate.
#[derive(Default)]
pub(super) struct Certificates {
    pub(super) is_expected: bool,
    /// Only its thumbprint is known.
    pub(super) is_thumbprint_alone: bool,
    pub(super) rows: Vec<CertificateRow>,
    /// The chain below the end-entity certificate.
    pub(super) chain: Vec<String>,
}

pub(super) struct CertificateRow {
    pub(super) field: &'static str,
    pub(super) expected: Option<String>,
    pub(super) presented: Option<String>,
    pub(super) differs: bool,
    /// Digits to be compared one by one.
    pub(super) is_digits: bool,
}

/// Text as the page shows it: nothing in it hides, reorders or breaks the line.
pub(super) fn shown(text: &str) -> String {
    match text.len() {
        ..=TEXT_COLUMNS => as_visible(text).into_owned(),
        _ => cut(text, TEXT_COLUMNS),
    }
}

/// The class of a meaning, which the style sheet colours.
pub(super) fn class(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Good => "good",
        Meaning::Bad => "bad",
        Meaning::Open => "open",
        Meaning::Aside => "aside",
        Meaning::Heading | Meaning::Plain => "plain",
    }
}

impl Why {
    /// A finding, and in how many connections it is.
    pub(super) fn new(finding: &Finding, share: &str) -> Self {
        let frames: Vec<String> = finding.frames.iter().take(8).map(u64::to_string).collect();
        Self {
            strength: finding.strength.code(),
            text: shown(&format!("{}{share}.", finding.text)),
            frames: frames.join(", "),
            next: finding.next_step.as_deref().map(shown),
        }
    }
}
