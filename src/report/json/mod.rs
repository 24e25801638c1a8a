//! The report as one JSON object; names and meanings are the contract's, `format_version` 1.

mod capture;
mod connection;
mod expectation;
mod handshake;
mod indented;
mod inference;
mod lines;
mod shown;

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use self::capture::CaptureRecord;
use self::connection::{Connections, FindingRecord};
use self::expectation::ExpectationRecord;
use self::indented::Indented;
use self::shown::Each;
use super::recipe::Recipe;
use super::{Part, Report, Resolution, Tally, names};
use crate::diagnose::Finding;
use crate::verdict::{RunResult, Verdict};
use crate::witness::{Anomaly, CaptureSummary, Incomplete};

pub use self::lines::{
    CaptureStatus, PartJudgement, RunLine, RunPart, write_capture, write_connection, write_run,
};

/// Writes the report as pretty-printed JSON with a line feed at its end; the same report gives the
/// same bytes.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let record = ReportRecord {
        format_version: 1,
        tool: Tool::THIS,
        result: report.result.map(RunResult::code),
        complete: report.evidence.is_complete(),
        incomplete: IncompleteRecord::all(report.evidence.captures.iter().enumerate()),
        expectation: report
            .expectation
            .map(|one| ExpectationRecord::new(one, report.selection, report.hypotheses)),
        expectations: report.parts.iter().map(|part| PartRecord::new(report, part)).collect(),
        counts: Counts::of(report),
        diagnosis: Each(report.run_findings, FindingRecord::new),
        other_streams: report.evidence.other_streams,
        captures: report.evidence.captures.iter().map(CaptureRecord::new).collect(),
        connections: Connections(*report),
    };
    // A report is many small pieces; `out` gets few large ones.
    let mut out = BufWriter::with_capacity(PIECE_BYTES, out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Indented::default());
    record.serialize(&mut serializer)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Bytes of a report that are written at once.
const PIECE_BYTES: usize = 64 << 10;

/// Writes what a configuration says, without a run: the expectation itself where there is one
/// server, a list of them where there are several.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write_resolution(resolutions: &[Resolution<'_>], out: &mut dyn Write) -> io::Result<()> {
    let tool = Tool::THIS;
    let recording = Recipe::new(resolutions.iter().map(|one| one.expectation));
    match resolutions {
        [only] => {
            let one = NamedRecord::new(only);
            let record = OneResolution { format_version: 1, tool, one, recording };
            serde_json::to_writer_pretty(&mut *out, &record)?;
        }
        several => {
            let expectations = several.iter().map(NamedRecord::new).collect();
            let record = SeveralResolutions { format_version: 1, tool, expectations, recording };
            serde_json::to_writer_pretty(&mut *out, &record)?;
        }
    }
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct OneResolution<'a> {
    format_version: u32,
    tool: Tool,
    #[serde(flatten)]
    one: NamedRecord<'a>,
    /// How to record what is expected; null where no handshake is.
    recording: Option<Recipe>,
}

#[derive(Serialize)]
struct SeveralResolutions<'a> {
    format_version: u32,
    tool: Tool,
    expectations: Vec<NamedRecord<'a>>,
    /// How to record what is expected; null where no handshake is.
    recording: Option<Recipe>,
}

#[derive(Serialize)]
struct NamedRecord<'a> {
    name: &'a str,
    #[serde(flatten)]
    expectation: ExpectationRecord<'a>,
}

impl<'a> NamedRecord<'a> {
    fn new(resolution: &Resolution<'a>) -> Self {
        let expectation = ExpectationRecord::resolved(resolution.expectation);
        Self { name: resolution.name, expectation }
    }
}

/// One of several expectations of a run. `judgements` has the connections that it is about, by
/// their index.
#[derive(Serialize)]
struct PartRecord<'a> {
    name: &'a str,
    result: Option<&'static str>,
    expectation: ExpectationRecord<'a>,
    counts: Counts,
    judgements: Vec<JudgementRecord<'a>>,
}

impl<'a> PartRecord<'a> {
    fn new(report: &Report<'a>, part: &'a Part<'a>) -> Self {
        let selected = part.judgements.iter().enumerate();
        let selected = selected.filter(|(_, one)| one.verdict != Verdict::NotSelected);
        Self {
            name: part.name,
            result: part.result.map(RunResult::code),
            expectation: ExpectationRecord::new(
                part.expectation,
                Some(part.selection),
                part.hypotheses,
            ),
            counts: Counts::of(&report.part(part)),
            judgements: selected
                .map(|(connection, judgement)| JudgementRecord {
                    connection,
                    verdict: judgement.verdict.code(),
                    cause: judgement.cause.map(|cause| cause.code()),
                    explanation: judgement.explanation(),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct JudgementRecord<'a> {
    connection: usize,
    verdict: &'static str,
    cause: Option<&'static str>,
    explanation: Cow<'a, str>,
}

#[derive(Serialize)]
struct ReportRecord<'a> {
    format_version: u32,
    tool: Tool,
    result: Option<&'static str>,
    complete: bool,
    incomplete: Vec<IncompleteRecord>,
    expectation: Option<ExpectationRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expectations: Vec<PartRecord<'a>>,
    counts: Counts,
    diagnosis: Each<'a, Finding, FindingRecord<'a>>,
    other_streams: u64,
    captures: Vec<CaptureRecord<'a>>,
    connections: Connections<'a>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    const THIS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

/// Something that was not read and may hold a connection.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct IncompleteRecord {
    code: &'static str,
    capture: usize,
    frame: Option<u64>,
    detail: String,
}

impl IncompleteRecord {
    /// What was not read of a capture, by its index among those given.
    pub fn of(index: usize, capture: &CaptureSummary) -> impl Iterator<Item = Self> {
        capture.not_read().map(move |one| {
            let Incomplete { code, frame, detail } = one;
            Self { code, capture: index, frame, detail }
        })
    }

    fn all<'a>(captures: impl Iterator<Item = (usize, &'a CaptureSummary)>) -> Vec<Self> {
        captures.flat_map(|(index, capture)| Self::of(index, capture)).collect()
    }
}

#[derive(Serialize)]
struct Counts {
    copies: usize,
    without_handshake: usize,
    connections: usize,
    selected: Option<usize>,
    r#match: Option<usize>,
    mismatch: Option<usize>,
    absent: Option<usize>,
    not_requested: Option<usize>,
    unexpected: Option<usize>,
    inconclusive: Option<usize>,
    not_selected: Option<usize>,
}

impl Counts {
    fn of(report: &Report<'_>) -> Self {
        Self::new(&report.tally())
    }

    fn new(tally: &Tally) -> Self {
        let count = |verdict| tally.count(verdict);
        Self {
            copies: tally.copies(),
            without_handshake: tally.without_handshake(),
            connections: tally.connections(),
            selected: tally.selected(),
            r#match: count(Verdict::Match),
            mismatch: count(Verdict::Mismatch),
            absent: count(Verdict::Absent),
            not_requested: count(Verdict::NotRequested),
            unexpected: count(Verdict::Unexpected),
            inconclusive: count(Verdict::Inconclusive),
            not_selected: count(Verdict::NotSelected),
        }
    }
}

#[derive(Serialize)]
struct AnomalyRecord<'a> {
    code: &'a str,
    frame: Option<u64>,
    direction: Option<&'static str>,
    detail: &'a str,
}

impl<'a> AnomalyRecord<'a> {
    fn new(anomaly: &'a Anomaly) -> Self {
        Self {
            code: anomaly.code,
            frame: anomaly.frame,
            direction: anomaly.direction.map(names::direction),
            detail: &anomaly.detail,
        }
    }
}
