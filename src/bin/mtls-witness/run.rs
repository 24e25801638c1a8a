//! Captures in, evidence and verdicts out.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use mtls_witness::capture::CaptureError;
use mtls_witness::diagnose::diagnose;
use mtls_witness::limits::Limits;
use mtls_witness::report::{Part as ReportPart, Report, Resolution};
use mtls_witness::verdict::{
    HypothesisFinding, Judgement, Part, RunResult, Said, Verdict, hypotheses, overall,
};
use mtls_witness::witness::{CaptureSummary, Evidence, Witness};

use crate::args::{InspectArguments, ResolveArguments, VerifyArguments};
use crate::aside;
use crate::configuration::Configured;
use crate::exit_code::ExitStatus;
use crate::failure::{self, Failure};
use crate::inputs::Input;
use crate::lines;
use crate::options::{InspectOptions, VerifyOptions};
use crate::output::Output;
use crate::recordings::Handshakes;
use crate::secrets::SecretFiles;

/// `mtls-witness verify`.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<ExitStatus, Failure> {
    let options = VerifyOptions::new(arguments)?;
    if options.output.is_streamed() {
        return lines::verify(&options);
    }
    let mut evidence =
        examine(&options.inputs, options.continued, &options.secrets, &options.output)?;
    let parts = options.asked.parts(options.require_accepted, last_packet(&evidence))?;
    if parts.is_empty() {
        return Err(Failure::new("there is nothing to judge by"));
    }
    let handshakes = Handshakes::new(&mut evidence, &parts);
    let any_usable = evidence.captures.iter().any(|capture| capture.error.is_none());
    let is_enough = options.allow_incomplete || evidence.is_complete();
    let judged = Judged::all(&evidence, &handshakes, &parts);
    let results: Vec<Option<RunResult>> = judged.iter().map(|judged| judged.result).collect();
    let of_connections = overall(&parts, &results);
    let result = match has_unusable(&evidence) {
        true => RunResult::Error,
        false => of_connections.of_input(is_enough),
    };
    let shown: Vec<ReportPart<'_>> = judged
        .iter()
        .map(|judged| {
            let own = judged.result.unwrap_or(RunResult::Inconclusive);
            ReportPart {
                name: &judged.part.name,
                expectation: &judged.part.expectation,
                selection: &judged.part.selection,
                judgements: &judged.judgements,
                results: &judged.results,
                result: any_usable.then(|| own.of_input(is_enough)),
                of_connections: any_usable.then_some(own),
                hypotheses: &judged.hypotheses,
            }
        })
        .collect();
    let Some(first) = shown.first() else {
        return Err(Failure::new("there is nothing to judge by"));
    };
    let (gravest, results) = gravest(&judged);
    let command = command_line();
    let diagnosis = diagnose(&evidence, &gravest);
    options.output.write(&Report {
        evidence: &evidence,
        expectation: Some(first.expectation),
        selection: Some(first.selection),
        judgements: &gravest,
        results: &results,
        result: Some(result),
        of_connections: any_usable.then_some(of_connections),
        hypotheses: first.hypotheses,
        findings: &diagnosis.connections,
        run_findings: &diagnosis.run,
        parts: if shown.len() > 1 { &shown } else { &[] },
        left_out: None,
        command: &command,
    })?;
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
    /// What each of them is to the run.
    results: Vec<Option<RunResult>>,
    /// The worst of the connections selected; `None` where there are none.
    result: Option<RunResult>,
    hypotheses: Vec<HypothesisFinding>,
}

impl<'a> Judged<'a> {
    fn all(evidence: &'a Evidence, handshakes: &Handshakes, parts: &'a [Part]) -> Vec<Self> {
        let said: Vec<Vec<Said>> = handshakes.all.iter().map(|one| one.said(parts)).collect();
        let parts = parts.iter().enumerate();
        parts.map(|(index, part)| Self::one(evidence, handshakes, (index, part), &said)).collect()
    }

    fn one(
        evidence: &'a Evidence,
        handshakes: &Handshakes,
        (index, part): (usize, &'a Part),
        said: &[Vec<Said>],
    ) -> Self {
        let connections = || evidence.connections.iter().zip(&handshakes.of).enumerate();
        let of = |handshake: usize| said.get(handshake)?.get(index);
        let judgements: Vec<Judgement<'a>> = connections()
            .map(|(_, (connection, handshake))| {
                match (connection.same_handshake_as, of(*handshake)) {
                    (Some(_), _) => Judgement::same_handshake(),
                    (None, Some(said)) => said.judgement(part, &connection.observation),
                    (None, None) => Judgement::not_selected(),
                }
            })
            .collect();
        let selected = connections().filter(|(_, (connection, handshake))| {
            connection.same_handshake_as.is_none()
                && matches!(of(**handshake), Some(Said::Judged(..)))
        });
        let selected = selected.map(|(number, (connection, _))| (number, &connection.observation));
        let hypotheses = hypotheses(&part.expectation, selected);
        let results: Vec<Option<RunResult>> =
            judgements.iter().map(|judgement| part.result_of(judgement)).collect();
        let result = results.iter().flatten().max().copied();
        Self { part, judgements, results, result, hypotheses }
    }
}

/// The gravest judgement of each connection over all parts, and what it is to the run.
fn gravest<'a>(
    judged: &'a [Judged<'a>],
) -> (Cow<'a, [Judgement<'a>]>, Cow<'a, [Option<RunResult>]>) {
    let Some((first, others)) = judged.split_first() else {
        return (Cow::default(), Cow::default());
    };
    let mut all: Cow<'a, [Judgement<'a>]> = Cow::Borrowed(&first.judgements);
    let mut results: Cow<'a, [Option<RunResult>]> = Cow::Borrowed(&first.results);
    for judged in others {
        let of_part = judged.judgements.iter().zip(&judged.results);
        for (index, (judgement, result)) in of_part.enumerate() {
            if let (Some(known), Some(known_result)) =
                (all.to_mut().get_mut(index), results.to_mut().get_mut(index))
                && gravity(judgement) > gravity(known)
            {
                (*known, *known_result) = (*judgement, *result);
            }
        }
    }
    (all, results)
}

/// The words of the command line, in which a report tells how to repeat it.
fn command_line() -> Vec<String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

/// How much a judgement weighs against others of the same connection.
pub(crate) fn gravity(judgement: &Judgement<'_>) -> u8 {
    weight(judgement.verdict)
}

/// How much a verdict weighs against others of the same connection.
pub(crate) fn weight(verdict: Verdict) -> u8 {
    match verdict {
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
    let mut evidence =
        examine(&options.inputs, options.continued, &options.secrets, &options.output)?;
    let left_out = match &options.selection {
        Some(part) => Some(leave_out(&mut evidence, std::slice::from_ref(part))),
        None => {
            Handshakes::new(&mut evidence, &[]);
            None
        }
    };
    let diagnosis = diagnose(&evidence, &[]);
    options.output.write(&Report {
        evidence: &evidence,
        expectation: None,
        selection: None,
        judgements: &[],
        results: &[],
        result: has_unusable(&evidence).then_some(RunResult::Error),
        of_connections: None,
        hypotheses: &[],
        findings: &diagnosis.connections,
        run_findings: &diagnosis.run,
        parts: &[],
        left_out,
        command: &command_line(),
    })?;
    Ok(if has_unusable(&evidence) { ExitStatus::Error } else { ExitStatus::Pass })
}

/// Takes the connections out that the selection is not about, and says how many they are.
fn leave_out(evidence: &mut Evidence, selection: &[Part]) -> usize {
    let handshakes = Handshakes::new(evidence, selection);
    let is_shown: Vec<bool> =
        handshakes.all.iter().map(|one| is_selected(&one.said(selection))).collect();
    let mut shown = handshakes.of.iter().map(|one| is_shown.get(*one).copied().unwrap_or(true));
    let before = evidence.connections.len();
    evidence.connections.retain(|_| shown.next().unwrap_or(true));
    before - evidence.connections.len()
}

/// Whether any part is about it.
pub(crate) fn is_selected(said: &[Said]) -> bool {
    said.iter().any(|said| !matches!(said, Said::NotSelected | Said::WithoutHandshake))
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
    secrets.tell_unused(&witness);
    Ok(witness.finish())
}

/// A connection may need secrets that stand in a later file. What cannot be read is told when its
/// turn comes; standard input and pipes can be read only once.
fn secrets_of_all(witness: &mut Witness, inputs: &[Input]) {
    for input in inputs {
        if input.is_regular()
            && let Ok((reader, _)) = input.open()
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
    let examined = match input.is_regular() {
        false => witness.examine(name, reader),
        true => witness.examine_file(name, reader, || {
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
