//! Captures in, evidence and verdicts out.

use std::fs::File;
use std::path::PathBuf;

use mtls_witness::limits::Limits;
use mtls_witness::report::Report;
use mtls_witness::verdict::{Candidate, Judgement, Selection, Verdict, judge, run_result};
use mtls_witness::witness::{Connection, Evidence, Witness};

use crate::args::{InspectArguments, VerifyArguments};
use crate::exit_code::ExitStatus;
use crate::failure::{self, Failure};
use crate::inputs::Input;
use crate::options::{InspectOptions, VerifyOptions};
use crate::output::Output;
use crate::progress::Progress;

/// `mtls-witness verify`.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<ExitStatus, Failure> {
    let options = VerifyOptions::new(arguments)?;
    let evidence = examine(&options.inputs, &options.key_logs, &options.output)?;
    let judgements: Vec<Judgement> = evidence
        .connections
        .iter()
        .map(|connection| {
            if is_selected(&options.selection, connection) {
                judge(&options.expectation, &connection.observation)
            } else {
                Judgement::not_selected()
            }
        })
        .collect();
    let result = run_result(&judgements, options.require_accepted);
    let any_usable = evidence.captures.iter().any(|capture| capture.error.is_none());
    options.output.write(&Report {
        evidence: &evidence,
        expectation: Some(&options.expectation),
        selection: Some(&options.selection),
        judgements: &judgements,
        result: any_usable.then_some(result),
    })?;
    if has_unusable(&evidence) {
        return Ok(ExitStatus::Error);
    }
    let any_match = judgements.iter().any(|judgement| judgement.verdict == Verdict::Match);
    Ok(ExitStatus::of(result, options.allow_inconclusive, any_match))
}

/// `mtls-witness inspect`.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<ExitStatus, Failure> {
    let options = InspectOptions::new(arguments)?;
    let evidence = examine(&options.inputs, &options.key_logs, &options.output)?;
    options.output.write(&Report {
        evidence: &evidence,
        expectation: None,
        selection: None,
        judgements: &[],
        result: None,
    })?;
    Ok(if has_unusable(&evidence) { ExitStatus::Error } else { ExitStatus::Pass })
}

/// Reads every capture; one that cannot be used is reported and recorded, and the others go on.
///
/// A key log that cannot be read ends the run: without it the answers would be others.
fn examine(inputs: &[Input], key_logs: &[PathBuf], output: &Output) -> Result<Evidence, Failure> {
    let mut witness = Witness::new(Limits::default()).hash_captures(output.shows_checksums());
    for path in key_logs {
        let name = path.display().to_string();
        let summary = File::open(path)
            .and_then(|file| witness.key_log(file))
            .map_err(|error| Failure::io(&name, &error))?;
        if summary.used + summary.unneeded == 0 {
            failure::warn(&format!("{name}: no line of it is a secret"));
        }
    }
    for input in inputs {
        let name = input.name();
        if let Err(failure) = examine_one(&mut witness, input, &name) {
            failure.tell();
            let why = failure.what.strip_prefix(&format!("{name}: ")).unwrap_or(&failure.what);
            witness.unusable(&name, why.to_owned());
        }
    }
    Ok(witness.finish())
}

fn examine_one(witness: &mut Witness, input: &Input, name: &str) -> Result<(), Failure> {
    let (reader, length) = input.open()?;
    let reader = Progress::new(reader, name, length);
    let examined = match input {
        Input::StandardInput => witness.examine(name, reader),
        Input::File(_) => witness.examine_file(name, reader, || {
            let (reader, length) =
                input.open().map_err(|failure| std::io::Error::other(failure.what))?;
            Ok(Progress::new(reader, name, length))
        }),
    };
    examined.map_err(|error| Failure {
        what: format!("{name}: {}", failure::chain(&error)),
        hint: error.hint().map(|hint| hint.to_string()),
    })
}

fn has_unusable(evidence: &Evidence) -> bool {
    evidence.captures.iter().any(|capture| capture.error.is_some())
}

fn is_selected(selection: &Selection, connection: &Connection) -> bool {
    selection.selects(&Candidate {
        endpoints: connection.endpoints,
        client: connection.client,
        server_name: connection.observation.server_name.as_deref(),
        stream: connection.stream,
        started_at: connection.started_at.map(|at| at.nanoseconds),
    })
}
