//! `--format ndjson`: one object a line, each written as soon as it is known.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::connection::ConnectionRecord;
use super::expectation::ExpectationRecord;
use super::{CaptureRecord, Counts, IncompleteRecord, Tool};
use crate::diagnose::Finding;
use crate::expect::Expectation;
use crate::report::summary::Summary;
use crate::report::{Tally, expected_certificate};
use crate::verdict::{HypothesisFinding, Judgement, RunResult, Selection};
use crate::witness::{CaptureSummary, Connection, Evidence, Streamed, code};

/// What a part of the run says about one connection.
#[derive(Clone, Copy, Debug)]
pub struct PartJudgement<'a> {
    /// What the part is called.
    pub name: &'a str,
    /// What it says.
    pub judgement: &'a Judgement<'a>,
}

/// How a capture could be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CaptureStatus {
    /// To its end.
    Ok,
    /// As far as it goes.
    Damaged,
    /// Not at all.
    Error,
}

/// What is left to say once all captures were read.
#[derive(Clone, Debug)]
pub struct RunLine<'a> {
    /// The answer; in `inspect` `None`, or `Error`.
    pub result: Option<RunResult>,
    /// All was read that may hold a connection.
    pub complete: bool,
    /// What was not.
    pub incomplete: &'a [IncompleteRecord],
    /// The connections of all captures.
    pub tally: Tally,
    /// TCP streams without TLS.
    pub other_streams: u64,
    /// Captures that were read, those read as far as they go, and those that could not be used.
    pub captures: [u64; 3],
    /// What was expected; none in `inspect`.
    pub parts: Vec<RunPart<'a>>,
}

/// One of the expectations of the run.
#[derive(Clone, Debug)]
pub struct RunPart<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What was expected.
    pub expectation: &'a Expectation,
    /// Which connections it is about.
    pub selection: &'a Selection,
    /// What the connections say about its hypotheses.
    pub hypotheses: &'a [HypothesisFinding],
    /// What came of it; `None` where no capture could be used.
    pub result: Option<RunResult>,
    /// Its connections.
    pub tally: Tally,
}

/// Writes one connection of the capture at `path`, with its judgement and what explains it; where the run has one
/// expectation, that is given, and where it has several their judgements are.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write_connection(
    path: &str,
    connection: &Connection,
    (judgement, findings): (Option<&Judgement<'_>>, &[Finding]),
    expectation: Option<&Expectation>,
    parts: &[PartJudgement<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let summary = Summary::of(&connection.observation);
    line(
        &ConnectionLine {
            record: "connection",
            connection: ConnectionRecord::of(
                path,
                connection,
                &summary,
                &Evidence::default(),
                (judgement, findings),
                expectation.and_then(expected_certificate),
            ),
            judgements: parts.iter().map(PartRecord::new).collect(),
        },
        out,
    )
}

/// Writes what is left to say of a capture after its connections, and says how it could be read.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write_capture(
    streamed: &Streamed,
    result: Option<RunResult>,
    tally: &Tally,
    out: &mut dyn Write,
) -> io::Result<CaptureStatus> {
    let status = CaptureStatus::of(&streamed.summary);
    line(
        &CaptureLine {
            record: "capture",
            capture: CaptureRecord::new(&streamed.summary),
            status: status.code(),
            result: result.map(RunResult::code),
            counts: Counts::new(tally),
            other_streams: streamed.other_streams,
        },
        out,
    )?;
    Ok(status)
}

/// Writes the last line.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write_run(run: &RunLine<'_>, out: &mut dyn Write) -> io::Result<()> {
    let [ok, damaged, error] = run.captures;
    let several = run.parts.len() > 1;
    line(
        &RunRecord {
            record: "run",
            format_version: 1,
            tool: Tool::THIS,
            result: run.result.map(RunResult::code),
            complete: run.complete,
            incomplete: run.incomplete,
            expectation: run.parts.first().map(RunPartRecord::expectation),
            expectations: run.parts.iter().filter(|_| several).map(RunPartRecord::new).collect(),
            counts: Counts::new(&run.tally),
            other_streams: run.other_streams,
            captures: CaptureCounts { files: ok + damaged + error, ok, damaged, error },
        },
        out,
    )
}

impl CaptureStatus {
    /// How a capture could be read.
    fn of(summary: &CaptureSummary) -> Self {
        let is_damage = |code| [code::TRUNCATED_FILE, code::DAMAGED_FILE].contains(&code);
        if summary.error.is_some() {
            Self::Error
        } else if summary.anomalies.iter().any(|anomaly| is_damage(anomaly.code)) {
            Self::Damaged
        } else {
            Self::Ok
        }
    }

    /// The contract's word, `damaged`.
    fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Damaged => "damaged",
            Self::Error => "error",
        }
    }
}

#[derive(Serialize)]
struct ConnectionLine<'a> {
    record: &'static str,
    #[serde(flatten)]
    connection: ConnectionRecord<'a, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judgements: Vec<PartRecord<'a>>,
}

#[derive(Serialize)]
struct PartRecord<'a> {
    name: &'a str,
    verdict: &'static str,
    cause: Option<&'static str>,
    explanation: Cow<'a, str>,
}

impl<'a> PartRecord<'a> {
    fn new(part: &PartJudgement<'a>) -> Self {
        Self {
            name: part.name,
            verdict: part.judgement.verdict.code(),
            cause: part.judgement.cause.map(|cause| cause.code()),
            explanation: part.judgement.explanation(),
        }
    }
}

#[derive(Serialize)]
struct CaptureLine<'a> {
    record: &'static str,
    #[serde(flatten)]
    capture: CaptureRecord<'a>,
    status: &'static str,
    result: Option<&'static str>,
    counts: Counts,
    other_streams: u64,
}

#[derive(Serialize)]
struct RunRecord<'a> {
    record: &'static str,
    format_version: u32,
    tool: Tool,
    result: Option<&'static str>,
    complete: bool,
    incomplete: &'a [IncompleteRecord],
    expectation: Option<ExpectationRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expectations: Vec<RunPartRecord<'a>>,
    counts: Counts,
    other_streams: u64,
    captures: CaptureCounts,
}

#[derive(Serialize)]
struct RunPartRecord<'a> {
    name: &'a str,
    result: Option<&'static str>,
    expectation: ExpectationRecord<'a>,
    counts: Counts,
}

impl<'a> RunPartRecord<'a> {
    fn new(part: &RunPart<'a>) -> Self {
        Self {
            name: part.name,
            result: part.result.map(RunResult::code),
            expectation: Self::expectation(part),
            counts: Counts::new(&part.tally),
        }
    }

    fn expectation(part: &RunPart<'a>) -> ExpectationRecord<'a> {
        ExpectationRecord::new(part.expectation, Some(part.selection), part.hypotheses)
    }
}

#[derive(Serialize)]
struct CaptureCounts {
    files: u64,
    ok: u64,
    damaged: u64,
    error: u64,
}

/// Bytes that most lines are shorter than.
const LINE_BYTES: usize = 8 << 10;

fn line(record: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut line = Vec::with_capacity(LINE_BYTES);
    serde_json::to_writer(&mut line, record)?;
    line.push(b'\n');
    out.write_all(&line)
}
