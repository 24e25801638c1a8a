//! `--format ndjson`: captures in, lines out, and nothing kept of a connection but counts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, Write};
use std::ops::ControlFlow;

use mtls_witness::diagnose::diagnose_alone;
use mtls_witness::report::json::{
    self, CaptureStatus, IncompleteRecord, PartJudgement, RunLine, RunPart,
};
use mtls_witness::verdict::{Judgement, Part, Recordings, RunResult, Said, Verdict, hypotheses};
use mtls_witness::witness::{CaptureSummary, Connection, Streamed, Witness, same_handshakes};

use crate::exit_code::ExitStatus;
use crate::failure::Failure;
use crate::inputs::Input;
use crate::options::{InspectOptions, VerifyOptions};
use crate::recordings::recording;
use crate::run::{gravity, is_selected, last_packet_second, new_witness, unreadable};
use crate::sums::Sums;

/// `mtls-witness verify --format ndjson`.
pub(crate) fn verify(options: &VerifyOptions) -> Result<ExitStatus, Failure> {
    check(options.continued)?;
    // Time makes a difference to remarks on certificates that expire, and to nothing else.
    let parts = options.asked.parts(options.require_accepted, None)?;
    check_moments(&parts)?;
    let mut witness = new_witness(&options.secrets, &options.output)?;
    let mut run = Run::new(&parts, true, options.allow_incomplete);
    options.output.lines(|out| {
        run.read_all(&mut witness, &options.inputs, out)?;
        options.secrets.tell_unused(&witness);
        let as_of = run.last_packet.and_then(|at| options.asked.parts(false, Some(at)).ok());
        let shown = as_of.filter(|shown| shown.len() == parts.len());
        run.write_last(shown.as_deref().unwrap_or(&parts), out)
    })?;
    let any_match = run.sums.tally.count(Verdict::Match).is_some_and(|count| count > 0);
    let result = run.overall().unwrap_or(RunResult::Inconclusive);
    Ok(ExitStatus::of(result, options.allow_inconclusive, any_match))
}

/// `mtls-witness inspect --format ndjson`.
pub(crate) fn inspect(options: &InspectOptions) -> Result<ExitStatus, Failure> {
    check(options.continued)?;
    let mut witness = new_witness(&options.secrets, &options.output)?;
    let shown = options.selection.as_slice();
    check_moments(shown)?;
    let mut run = Run { shown, ..Run::new(&[], false, false) };
    options.output.lines(|out| {
        run.read_all(&mut witness, &options.inputs, out)?;
        options.secrets.tell_unused(&witness);
        run.write_last(&[], out)
    })?;
    Ok(match run.overall() {
        Some(_) => ExitStatus::Error,
        None => ExitStatus::Pass,
    })
}

/// Whether a connection was open at a moment is known when it is over.
fn check_moments(parts: &[Part]) -> Result<(), Failure> {
    if parts.iter().any(|part| part.selection.active_at.is_some()) {
        return Err(Failure::new(
            "ndjson gives a connection out before its end, and --active-at asks for that",
        )
        .hint("use --format json"));
    }
    Ok(())
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
    /// In `inspect`, what is shown; empty shows all.
    shown: &'a [Part],
    sums: Sums,
    is_judged: bool,
    allow_incomplete: bool,
    other_streams: u64,
    /// Captures that were read, those read as far as they go, and those that could not be used.
    captures: [u64; 3],
    /// What of them was not read.
    incomplete: Vec<IncompleteRecord>,
    /// Seconds since 1970-01-01T00:00:00 UTC.
    last_packet: Option<i64>,
}

impl<'a> Run<'a> {
    fn new(parts: &'a [Part], is_judged: bool, allow_incomplete: bool) -> Self {
        Self {
            parts,
            shown: &[],
            sums: Sums::new(parts, is_judged),
            is_judged,
            allow_incomplete,
            other_streams: 0,
            captures: [0; 3],
            incomplete: Vec::new(),
            last_packet: None,
        }
    }

    /// What connections come to, of captures that could be used and of which all was read, or not.
    fn result(&self, sums: &Sums, is_usable: bool, is_complete: bool) -> Option<RunResult> {
        if !is_usable {
            return Some(RunResult::Error);
        }
        let is_enough = is_complete || self.allow_incomplete;
        self.is_judged.then(|| sums.result(self.parts).of_input(is_enough))
    }

    /// What the run comes to.
    fn overall(&self) -> Option<RunResult> {
        let [_, _, unusable] = self.captures;
        self.result(&self.sums, unusable == 0, self.incomplete.is_empty())
    }

    fn read_all(
        &mut self,
        witness: &mut Witness,
        inputs: &[Input],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        for (index, input) in inputs.iter().enumerate() {
            let name = input.name();
            let mut seen = Seen { shown: self.shown, ..Seen::new(self.parts, self.is_judged) };
            if !self.shown.is_empty() {
                seen.sums.tally.note_left_out(0);
                self.sums.tally.note_left_out(0);
            }
            let mut written = Ok(());
            let mut each = |mut connection: Connection| {
                connection.capture = index;
                if let Some(other) = &mut connection.same_handshake_as {
                    other.capture = index;
                }
                written = seen.take(&name, &connection, &mut *out);
                // Who writes into a pipe waits for the answer.
                if !input.is_regular() && written.is_ok() {
                    written = out.flush();
                }
                if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let streamed = stream(witness, input, &name, &mut each);
            written?;
            let streamed = streamed.unwrap_or_else(|failure| unusable(&name, &failure));
            let sums = seen.finish();
            let summary = &streamed.summary;
            let result = self.result(&sums, summary.error.is_none(), summary.is_complete());
            let status = json::write_capture(&streamed, result, &sums.tally, out)?;
            let [ok, damaged, error] = &mut self.captures;
            *match status {
                CaptureStatus::Ok => ok,
                CaptureStatus::Damaged => damaged,
                CaptureStatus::Error => error,
            } += 1;
            self.sums.add(&sums);
            self.incomplete.extend(IncompleteRecord::of(index, &streamed.summary));
            self.other_streams += streamed.other_streams;
            self.last_packet = self.last_packet.max(last_packet_second(&streamed.summary));
        }
        Ok(())
    }

    fn write_last(&self, parts: &[Part], out: &mut dyn Write) -> io::Result<()> {
        let [ok, damaged, _] = self.captures;
        let is_told = ok + damaged > 0;
        let is_enough = self.incomplete.is_empty() || self.allow_incomplete;
        let shown = parts.iter().zip(&self.sums.parts).map(|(part, sum)| RunPart {
            name: &part.name,
            expectation: &part.expectation,
            selection: &part.selection,
            hypotheses: &sum.hypotheses,
            result: is_told.then(|| sum.result().of_input(is_enough)),
            tally: sum.tally,
        });
        let run = RunLine {
            result: self.overall(),
            complete: self.incomplete.is_empty(),
            incomplete: &self.incomplete,
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
    if input.is_regular() {
        let (reader, _) = input.open()?;
        // What is wrong with the file is told when its packets are read.
        let _ = witness.secrets_of(reader);
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

/// The connections of one capture, while it is read.
struct Seen<'a> {
    parts: &'a [Part],
    /// In `inspect`, what is shown; empty shows all.
    shown: &'a [Part],
    sums: Sums,
    /// Handshakes of which there may be other recordings, by their randoms; in two halves: when the
    /// younger one is full, the older one is summed up.
    young: HashMap<[Option<u64>; 2], Recordings>,
    old: HashMap<[Option<u64>; 2], Recordings>,
    /// How many connections were given out.
    count: usize,
}

/// Handshakes that are kept in a half, with their verdicts: some hundred bytes each. Recordings of
/// one handshake end at about the same time.
const MOST_HANDSHAKES: usize = 1 << 15;

impl<'a> Seen<'a> {
    fn new(parts: &'a [Part], is_judged: bool) -> Self {
        let sums = Sums::new(parts, is_judged);
        Self { parts, shown: &[], sums, young: HashMap::new(), old: HashMap::new(), count: 0 }
    }

    /// Judges a connection, writes it, and forgets all of it but what it is to the run.
    fn take(&mut self, path: &str, connection: &Connection, out: &mut dyn Write) -> io::Result<()> {
        let (parts, shown) = (self.parts, self.shown);
        if !shown.is_empty() && !is_selected(&recording(self.count, connection, shown).said(shown))
        {
            self.count += 1;
            self.sums.tally.note_left_out(1);
            return Ok(());
        }
        let recording = recording(self.count, connection, parts);
        self.count += 1;
        let said = recording.said(parts);
        let is_copy = connection.same_handshake_as.is_some();
        let mut judgements = Vec::new();
        for ((part, said), sum) in parts.iter().zip(&said).zip(&mut self.sums.parts) {
            let judgement = match is_copy {
                true => Judgement::same_handshake(),
                false => said.judgement(part, &connection.observation),
            };
            if matches!(said, Said::Judged(..)) {
                sum.hear(&hypotheses(&part.expectation, [(0, &connection.observation)]));
            }
            judgements.push((part.name.as_str(), judgement));
        }
        self.keep(connection.randoms, recording);
        let gravest = judgements
            .iter()
            .map(|(_, judgement)| judgement)
            .reduce(|worst, other| if gravity(other) > gravity(worst) { other } else { worst });
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
        let findings = match is_copy {
            true => Vec::new(),
            false => diagnose_alone(connection, gravest),
        };
        json::write_connection(path, connection, (gravest, &findings), expectation, &of_parts, out)
    }

    /// Keeps what a connection is to the run, until it is known what other recordings there are of
    /// its handshake.
    fn keep(&mut self, randoms: [Option<u64>; 2], recording: Recordings) {
        if randoms == [None; 2] {
            return self.sums.take(self.parts, &recording);
        }
        if let Some(known) = self.old.get_mut(&randoms) {
            return known.add(recording);
        }
        match self.young.entry(randoms) {
            Entry::Occupied(mut known) => known.get_mut().add(recording),
            Entry::Vacant(new) => {
                new.insert(recording);
            }
        }
        if self.young.len() >= MOST_HANDSHAKES {
            let full = std::mem::take(&mut self.young);
            let old = std::mem::replace(&mut self.old, full);
            self.sum_up(old);
        }
    }

    /// What all of them come to.
    fn finish(mut self) -> Sums {
        let mut all = std::mem::take(&mut self.old);
        all.extend(std::mem::take(&mut self.young));
        self.sum_up(all);
        self.sums
    }

    /// Takes those together that are of one handshake, and counts them.
    fn sum_up(&mut self, kept: HashMap<[Option<u64>; 2], Recordings>) {
        let numbers = same_handshakes(kept.keys().copied());
        let mut handshakes: HashMap<usize, Recordings> = HashMap::new();
        for (randoms, recordings) in kept {
            let Some(number) = numbers.get(&randoms) else {
                continue;
            };
            match handshakes.entry(*number) {
                Entry::Occupied(mut known) => known.get_mut().add(recordings),
                Entry::Vacant(new) => {
                    new.insert(recordings);
                }
            }
        }
        // Sums do not depend on the order.
        handshakes.values().for_each(|recordings| self.sums.take(self.parts, recordings));
    }
}
