//! Captures in, evidence and verdicts out.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use mtls_witness::capture::CaptureError;
use mtls_witness::limits::Limits;
use mtls_witness::report::{Part as ReportPart, Report, Resolution};
use mtls_witness::verdict::{
    Candidate, HypothesisFinding, Judgement, RunResult, Selection, Verdict, hypotheses, judge,
};
use mtls_witness::witness::{CaptureSummary, Connection, Evidence, Witness};

use crate::args::{InspectArguments, ResolveArguments, VerifyArguments};
use crate::aside;
use crate::asked::Part;
use crate::configuration::Configured;
use crate::exit_code::ExitStatus;
use crate::failure::{self, Failure};
use crate::inputs::Input;
use crate::lines;
use crate::options::{InspectOptions, VerifyOptions};
use crate::output::Output;
use crate::secrets::SecretFiles;

/// `mtls-witness verify`.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<ExitStatus, Failure> {
    let options = VerifyOptions::new(arguments)?;
    if options.output.is_streamed() {
        return lines::verify(&options);
    }
    let evidence = examine(&options.inputs, options.continued, &options.secrets, &options.output)?;
    let parts = options.asked.parts(options.require_accepted, last_packet(&evidence))?;
    let any_usable = evidence.captures.iter().any(|capture| capture.error.is_none());
    let judged = Judged::all(&evidence, &parts);
    let result = overall(&judged);
    let shown: Vec<ReportPart<'_>> = judged
        .iter()
        .map(|judged| ReportPart {
            name: &judged.part.name,
            expectation: &judged.part.expectation,
            selection: &judged.part.selection,
            judgements: &judged.judgements,
            result: any_usable.then_some(judged.result),
            hypotheses: &judged.hypotheses,
        })
        .collect();
    let Some(first) = shown.first() else {
        return Err(Failure::new("there is nothing to judge by"));
    };
    let gravest = gravest(&judged);
    options.output.write(&Report {
        evidence: &evidence,
        expectation: Some(first.expectation),
        selection: Some(first.selection),
        judgements: &gravest,
        result: any_usable.then_some(result),
        hypotheses: first.hypotheses,
        parts: if shown.len() > 1 { &shown } else { &[] },
    })?;
    if has_unusable(&evidence) {
        return Ok(ExitStatus::Error);
    }
    let any_match = gravest.iter().any(|judgement| judgement.verdict == Verdict::Match);
    Ok(ExitStatus::of(result, options.allow_inconclusive, any_match))
}

/// `mtls-witness resolve`.
pub(crate) fn resolve(arguments: &ResolveArguments) -> Result<ExitStatus, Failure> {
    let configured = Configured::read(&arguments.configuration, &arguments.files)?;
    let Some(configured) = configured else {
        return Err(Failure::new("no configuration was given")
            .hint("give --backend FILE, --policy FILE, --apiops DIR, or files of any kind"));
    };
    let output = Output::new(&arguments.output, &[])?;
    let targets = configured.resolve(now())?;
    let resolutions: Vec<Resolution<'_>> = targets
        .iter()
        .map(|target| Resolution { name: &target.name, expectation: &target.expectation })
        .collect();
    output.write_resolution(&resolutions)?;
    Ok(ExitStatus::Pass)
}

/// One expectation with what came of it.
struct Judged<'a> {
    part: &'a Part,
    judgements: Vec<Judgement<'a>>,
    result: RunResult,
    hypotheses: Vec<HypothesisFinding>,
    /// Whether it counts for the run: a server beside the one asked about may see no connection.
    counts: bool,
}

impl<'a> Judged<'a> {
    fn all(evidence: &'a Evidence, parts: &'a [Part]) -> Vec<Self> {
        let mut taken = vec![false; evidence.connections.len()];
        let mut all: Vec<Self> =
            parts.iter().map(|part| Self::one(evidence, part, &mut taken)).collect();
        let any_selected = all.iter().any(|judged| judged.selects());
        for judged in &mut all {
            judged.counts = judged.selects() || !judged.part.shares || !any_selected;
        }
        all
    }

    fn one(evidence: &'a Evidence, part: &'a Part, taken: &mut [bool]) -> Self {
        let mut judgements = Vec::with_capacity(evidence.connections.len());
        for (index, connection) in evidence.connections.iter().enumerate() {
            let is_taken = taken.get_mut(index);
            let is_free = !part.shares || is_taken.as_ref().is_none_or(|taken| !**taken);
            if is_free && is_selected(&part.selection, connection) {
                if let Some(taken) = is_taken {
                    *taken = true;
                }
                judgements.push(judge(&part.expectation, &connection.observation));
            } else {
                judgements.push(Judgement::not_selected());
            }
        }
        let result = part.result(&judgements);
        let selected = judgements.iter().zip(&evidence.connections).enumerate();
        let selected = selected.filter(|(_, (one, _))| one.verdict != Verdict::NotSelected);
        let selected = selected.map(|(index, (_, connection))| (index, &connection.observation));
        let hypotheses = hypotheses(&part.expectation, selected);
        Self { part, judgements, result, hypotheses, counts: true }
    }

    fn selects(&self) -> bool {
        self.judgements.iter().any(|judgement| judgement.verdict != Verdict::NotSelected)
    }
}

/// The worst of the parts that count.
fn overall(judged: &[Judged<'_>]) -> RunResult {
    let results: Vec<RunResult> =
        judged.iter().filter(|judged| judged.counts).map(|judged| judged.result).collect();
    if results.contains(&RunResult::Fail) {
        RunResult::Fail
    } else if results.contains(&RunResult::Inconclusive) || results.is_empty() {
        RunResult::Inconclusive
    } else {
        RunResult::Pass
    }
}

/// The gravest judgement of each connection over all parts.
fn gravest<'a>(judged: &'a [Judged<'a>]) -> Cow<'a, [Judgement<'a>]> {
    let Some((first, others)) = judged.split_first() else {
        return Cow::default();
    };
    let mut all: Cow<'a, [Judgement<'a>]> = Cow::Borrowed(&first.judgements);
    for judged in others {
        for (index, judgement) in judged.judgements.iter().enumerate() {
            if let Some(known) = all.to_mut().get_mut(index)
                && gravity(judgement) > gravity(known)
            {
                *known = *judgement;
            }
        }
    }
    all
}

/// How much a judgement weighs against others of the same connection.
pub(crate) fn gravity(judgement: &Judgement<'_>) -> u8 {
    match judgement.verdict {
        Verdict::NotSelected => 0,
        Verdict::Match => 1,
        Verdict::Inconclusive => 2,
        Verdict::NotRequested => 3,
        Verdict::Absent | Verdict::Mismatch | Verdict::Unexpected => 4,
    }
}

/// Time of the last packet, seconds since 1970-01-01T00:00:00 UTC: when what was seen was so.
fn last_packet(evidence: &Evidence) -> Option<i64> {
    evidence.captures.iter().filter_map(last_packet_second).max()
}

/// Time of a capture's last packet, seconds since 1970-01-01T00:00:00 UTC.
pub(crate) fn last_packet_second(capture: &CaptureSummary) -> Option<i64> {
    capture.last_packet_at.map(|at| at.nanoseconds.div_euclid(1_000_000_000))
}

/// The moment of the run, seconds since 1970-01-01T00:00:00 UTC; there is no capture to say.
fn now() -> Option<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// `mtls-witness inspect`.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<ExitStatus, Failure> {
    let options = InspectOptions::new(arguments)?;
    if options.output.is_streamed() {
        return lines::inspect(&options);
    }
    let evidence = examine(&options.inputs, options.continued, &options.secrets, &options.output)?;
    options.output.write(&Report {
        evidence: &evidence,
        expectation: None,
        selection: None,
        judgements: &[],
        result: None,
        hypotheses: &[],
        parts: &[],
    })?;
    Ok(if has_unusable(&evidence) { ExitStatus::Error } else { ExitStatus::Pass })
}

/// Reads every capture; one that cannot be used is reported and recorded, and the others go on.
///
/// Secrets that cannot be read end the run: without them the answers would be others.
fn examine(
    inputs: &[Input],
    continued: bool,
    secrets: &SecretFiles,
    output: &Output,
) -> Result<Evidence, Failure> {
    let mut witness = new_witness(secrets, output)?.continue_across_files(continued);
    if continued {
        secrets_of_all(&mut witness, inputs);
    }
    let asides = if continued { Vec::new() } else { aside::examine(&witness, inputs) };
    let mut asides = asides.into_iter();
    for input in inputs {
        let name = input.name();
        let aside = asides.next().flatten().transpose();
        let examined = aside.and_then(|aside| {
            let is_taken = aside.is_some_and(|aside| witness.take(aside));
            if is_taken { Ok(()) } else { examine_one(&mut witness, input, &name) }
        });
        if let Err(failure) = examined {
            failure.tell();
            let why = failure.what.strip_prefix(&format!("{name}: ")).unwrap_or(&failure.what);
            witness.unusable(&name, why.to_owned());
        }
    }
    Ok(witness.finish())
}

/// A connection may need secrets that stand in a later file. What cannot be read is told when its
/// turn comes; standard input and pipes can be read only once.
fn secrets_of_all(witness: &mut Witness, inputs: &[Input]) {
    for input in inputs {
        if let Input::File(_) = input
            && let Ok((reader, Some(_))) = input.open()
        {
            let _told_later = witness.secrets_of(reader);
        }
    }
}

/// A witness with the secrets given.
pub(crate) fn new_witness(secrets: &SecretFiles, output: &Output) -> Result<Witness, Failure> {
    let mut witness = Witness::new(Limits::default()).hash_captures(output.shows_checksums());
    secrets.give_to(&mut witness)?;
    Ok(witness)
}

fn examine_one(witness: &mut Witness, input: &Input, name: &str) -> Result<(), Failure> {
    let reader = input.open_with_progress(name)?;
    let examined = match input {
        Input::StandardInput => witness.examine(name, reader),
        Input::File(_) => witness.examine_file(name, reader, || {
            let again = input.open_with_progress(name);
            again.map_err(|failure| std::io::Error::other(failure.what))
        }),
    };
    examined.map_err(|error| unreadable(name, &error))
}

/// What is said of a capture of which nothing can be read.
pub(crate) fn unreadable(name: &str, error: &CaptureError) -> Failure {
    Failure {
        what: format!("{name}: {}", failure::chain(error)),
        hint: error.hint().map(|hint| hint.to_string()),
    }
}

fn has_unusable(evidence: &Evidence) -> bool {
    evidence.captures.iter().any(|capture| capture.error.is_some())
}

pub(crate) fn is_selected(selection: &Selection, connection: &Connection) -> bool {
    selection.selects(&Candidate {
        endpoints: connection.endpoints,
        client: connection.client,
        server_name: connection.observation.server_name.as_deref(),
        stream: connection.stream,
        started_at: connection.started_at.map(|at| at.nanoseconds),
    })
}
