//! `--format ndjson`: captures in, lines out, and nothing kept of a connection but counts.

use std::io::{self, Write};
use std::ops::ControlFlow;

use mtls_witness::report::Tally;
use mtls_witness::report::json::{self, CaptureStatus, PartJudgement, RunLine, RunPart};
use mtls_witness::verdict::{
    HypothesisFinding, HypothesisResult, Judgement, RunResult, Verdict, hypotheses, judge,
};
use mtls_witness::witness::{CaptureSummary, Connection, Streamed, Witness};

use crate::asked::Part;
use crate::exit_code::ExitStatus;
use crate::failure::Failure;
use crate::inputs::Input;
use crate::options::{InspectOptions, VerifyOptions};
use crate::run::{gravity, is_selected, last_packet_second, new_witness, unreadable};

/// `mtls-witness verify --format ndjson`.
pub(crate) fn verify(options: &VerifyOptions) -> Result<ExitStatus, Failure> {
    check(options.continued)?;
    // Time makes a difference to remarks on certificates that expire, and to nothing else.
    let parts = options.asked.parts(options.require_accepted, None)?;
    let mut witness = new_witness(&options.secrets, &options.output)?;
    let mut run = Run::new(&parts, true);
    options.output.lines(|out| {
        run.read_all(&mut witness, &options.inputs, out)?;
        let as_of = run.last_packet.and_then(|at| options.asked.parts(false, Some(at)).ok());
        let shown = as_of.filter(|shown| shown.len() == parts.len());
        run.write_last(shown.as_deref().unwrap_or(&parts), out)
    })?;
    if run.has_unusable() {
        return Ok(ExitStatus::Error);
    }
    let any_match = run.sums.tally.count(Verdict::Match).is_some_and(|count| count > 0);
    Ok(ExitStatus::of(run.sums.result(&parts), options.allow_inconclusive, any_match))
}

/// `mtls-witness inspect --format ndjson`.
pub(crate) fn inspect(options: &InspectOptions) -> Result<ExitStatus, Failure> {
    check(options.continued)?;
    let mut witness = new_witness(&options.secrets, &options.output)?;
    let mut run = Run::new(&[], false);
    options.output.lines(|out| {
        run.read_all(&mut witness, &options.inputs, out)?;
        run.write_last(&[], out)
    })?;
    Ok(if run.has_unusable() { ExitStatus::Error } else { ExitStatus::Pass })
}

/// The lines of a file stand before those of the next one, and a connection of both in neither.
fn check(continued: bool) -> Result<(), Failure> {
    if continued {
        return Err(Failure::new(
            "ndjson is written file by file, and --continue-across-files makes \
                                 one of them",
        )
        .hint("use --format json"));
    }
    Ok(())
}

/// What came of the run so far.
struct Run<'a> {
    parts: &'a [Part],
    sums: Sums,
    other_streams: u64,
    /// Captures that were read, those read as far as they go, and those that could not be used.
    captures: [u64; 3],
    /// Seconds since 1970-01-01T00:00:00 UTC.
    last_packet: Option<i64>,
}

impl<'a> Run<'a> {
    fn new(parts: &'a [Part], judged: bool) -> Self {
        let sums = Sums::new(parts, judged);
        Self { parts, sums, other_streams: 0, captures: [0; 3], last_packet: None }
    }

    fn has_unusable(&self) -> bool {
        let [_, _, unusable] = self.captures;
        unusable > 0
    }

    fn read_all(
        &mut self,
        witness: &mut Witness,
        inputs: &[Input],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        for input in inputs {
            let name = input.name();
            let mut sums = Sums::new(self.parts, self.sums.judged);
            let mut written = Ok(());
            let mut each = |connection: Connection| {
                written = sums.take(self.parts, &name, &connection, &mut *out);
                // Who writes into a pipe waits for the answer.
                if matches!(input, Input::StandardInput) && written.is_ok() {
                    written = out.flush();
                }
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let streamed = stream(witness, input, &name, &mut each);
            written?;
            let (streamed, is_usable) = match streamed {
                Ok(streamed) => (streamed, true),
                Err(failure) => (unusable(&name, &failure), false),
            };
            let result = (is_usable && sums.judged).then(|| sums.result(self.parts));
            let status = json::write_capture(&streamed, result, &sums.tally, out)?;
            let [ok, damaged, error] = &mut self.captures;
            *match status {
                CaptureStatus::Ok => ok,
                CaptureStatus::Damaged => damaged,
                CaptureStatus::Error => error,
            } += 1;
            self.sums.add(&sums);
            self.other_streams += streamed.other_streams;
            self.last_packet = self.last_packet.max(last_packet_second(&streamed.summary));
        }
        Ok(())
    }

    fn write_last(&self, parts: &[Part], out: &mut dyn Write) -> io::Result<()> {
        let [ok, damaged, _] = self.captures;
        let is_told = self.sums.judged && ok + damaged > 0;
        let shown = parts.iter().zip(&self.sums.parts).map(|(part, sum)| RunPart {
            name: &part.name,
            expectation: &part.expectation,
            selection: &part.selection,
            hypotheses: &sum.hypotheses,
            result: is_told.then(|| sum.result()),
            tally: sum.tally,
        });
        let run = RunLine {
            result: is_told.then(|| self.sums.result(self.parts)),
            tally: self.sums.tally,
            other_streams: self.other_streams,
            captures: self.captures,
            parts: shown.collect(),
        };
        json::write_run(&run, out)
    }
}

/// Reads one capture. Its secrets are taken first where it can be opened twice: they may stand
/// after the packets that need them.
fn stream(
    witness: &mut Witness,
    input: &Input,
    name: &str,
    each: &mut dyn FnMut(Connection) -> ControlFlow<()>,
) -> Result<Streamed, Failure> {
    if let Input::File(_) = input {
        let (reader, length) = input.open()?;
        if length.is_some() {
            // What is wrong with the file is told when its packets are read.
            let _ = witness.secrets_of(reader);
        }
    }
    let reader = input.open_with_progress(name)?;
    witness.stream(name, reader, each).map_err(|error| unreadable(name, &error))
}

/// The record of a capture that could not be used; what is wrong with it goes to standard error too.
fn unusable(name: &str, failure: &Failure) -> Streamed {
    failure.tell();
    let why = failure.what.strip_prefix(&format!("{name}: ")).unwrap_or(&failure.what);
    let summary = CaptureSummary {
        path: name.to_owned(),
        error: Some(why.to_owned()),
        ..CaptureSummary::default()
    };
    Streamed { summary, other_streams: 0 }
}

/// What connections came to, taken together.
struct Sums {
    judged: bool,
    tally: Tally,
    parts: Vec<PartSum>,
}

/// What they came to by one expectation.
struct PartSum {
    tally: Tally,
    /// The worst of the connections selected.
    worst: Option<RunResult>,
    hypotheses: Vec<HypothesisFinding>,
}

impl Sums {
    fn new(parts: &[Part], judged: bool) -> Self {
        let parts = parts
            .iter()
            .map(|part| PartSum {
                tally: Tally::new(true),
                worst: None,
                hypotheses: hypotheses(&part.expectation, []),
            })
            .collect();
        Self { judged, tally: Tally::new(judged), parts }
    }

    /// Judges a connection, writes it, and forgets it.
    fn take(
        &mut self,
        parts: &[Part],
        path: &str,
        connection: &Connection,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut is_taken = false;
        let mut judgements = Vec::new();
        for (part, sum) in parts.iter().zip(&mut self.parts) {
            let is_free = !part.shares || !is_taken;
            let judgement = if is_free && is_selected(&part.selection, connection) {
                is_taken |= part.shares;
                let judgement = judge(&part.expectation, &connection.observation);
                sum.worst = worse(sum.worst, part.result(std::slice::from_ref(&judgement)));
                let said = hypotheses(&part.expectation, [(0, &connection.observation)]);
                sum.hear(&said);
                judgement
            } else {
                Judgement::not_selected()
            };
            sum.tally.note(Some(&judgement));
            judgements.push((part.name.as_str(), judgement));
        }
        let gravest = judgements
            .iter()
            .map(|(_, judgement)| judgement)
            .reduce(|worst, other| if gravity(other) > gravity(worst) { other } else { worst });
        self.tally.note(gravest);
        let several = judgements.len() > 1;
        let of_parts: Vec<PartJudgement<'_>> = judgements
            .iter()
            .filter(|(_, judgement)| several && judgement.verdict != Verdict::NotSelected)
            .map(|(name, judgement)| PartJudgement { name, judgement })
            .collect();
        let expectation = match parts {
            [only] => Some(&only.expectation),
            _ => None,
        };
        json::write_connection(path, connection, gravest, expectation, &of_parts, out)
    }

    fn add(&mut self, other: &Self) {
        self.tally.add(&other.tally);
        for (own, other) in self.parts.iter_mut().zip(&other.parts) {
            own.tally.add(&other.tally);
            if let Some(result) = other.worst {
                own.worst = worse(own.worst, result);
            }
            own.hear(&other.hypotheses);
        }
    }

    /// The worst of the parts that count.
    fn result(&self, parts: &[Part]) -> RunResult {
        let any_selected = self.parts.iter().any(PartSum::selects);
        parts
            .iter()
            .zip(&self.parts)
            .filter(|(part, sum)| sum.selects() || !part.shares || !any_selected)
            .fold(None, |worst, (_, sum)| worse(worst, sum.result()))
            .unwrap_or(RunResult::Inconclusive)
    }
}

impl PartSum {
    fn selects(&self) -> bool {
        self.worst.is_some()
    }

    fn result(&self) -> RunResult {
        self.worst.unwrap_or(RunResult::Inconclusive)
    }

    /// Takes what other connections say about the hypotheses. Which ones they are stands in no
    /// line: that would be a list as long as the run.
    fn hear(&mut self, said: &[HypothesisFinding]) {
        for (own, said) in self.hypotheses.iter_mut().zip(said) {
            match (own.result, said.result) {
                _ if own.is_mixed => {}
                (_, HypothesisResult::Silent) if !said.is_mixed => {}
                (HypothesisResult::Silent, result) => {
                    (own.result, own.is_mixed) = (result, said.is_mixed);
                }
                (one, other) if one == other => {}
                _ => (own.result, own.is_mixed) = (HypothesisResult::Silent, true),
            }
        }
    }
}

/// The worse of two results.
fn worse(one: Option<RunResult>, other: RunResult) -> Option<RunResult> {
    let order = |result| match result {
        RunResult::Pass => 0,
        RunResult::Inconclusive => 1,
        RunResult::Fail => 2,
    };
    one.into_iter().chain([other]).max_by_key(|result| order(*result))
}
