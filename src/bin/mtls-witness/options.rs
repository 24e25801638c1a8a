//! The command line checked and typed: what can be wrong with it is found here, before a capture
//! is opened.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use mtls_witness::expect::{self, Expectation, Given};
use mtls_witness::verdict::{Selection, parse_server_name, parse_since, parse_until};

use crate::args::{ExpectationArguments, InspectArguments, SelectionArguments, VerifyArguments};
use crate::failure::{self, Failure};
use crate::inputs::{self, Input};
use crate::output::Output;

/// Largest certificate file that is read, in bytes: a bundle of hundreds of certificates.
const LARGEST_CERTIFICATE_FILE: u64 = 4 << 20;

/// What `verify` is to do.
pub(crate) struct VerifyOptions {
    pub(crate) inputs: Vec<Input>,
    pub(crate) key_logs: Vec<PathBuf>,
    pub(crate) expectation: Expectation,
    pub(crate) selection: Selection,
    pub(crate) require_accepted: bool,
    pub(crate) allow_inconclusive: bool,
    pub(crate) output: Output,
}

impl VerifyOptions {
    /// Checks the arguments; repaired spellings are reported on standard error.
    pub(crate) fn new(arguments: &VerifyArguments) -> Result<Self, Failure> {
        let expectation = expectation(&arguments.expectation)?;
        let selection = selection(&arguments.selection)?;
        let inputs = inputs::collect(&arguments.input)?;
        let output = Output::new(&arguments.output, &inputs)?;
        Ok(Self {
            inputs,
            key_logs: arguments.input.keylog.clone(),
            expectation,
            selection,
            require_accepted: arguments.require_accepted,
            allow_inconclusive: arguments.allow_inconclusive,
            output,
        })
    }
}

/// What `inspect` is to do.
pub(crate) struct InspectOptions {
    pub(crate) inputs: Vec<Input>,
    pub(crate) key_logs: Vec<PathBuf>,
    pub(crate) output: Output,
}

impl InspectOptions {
    /// Checks the arguments.
    pub(crate) fn new(arguments: &InspectArguments) -> Result<Self, Failure> {
        let inputs = inputs::collect(&arguments.input)?;
        let output = Output::new(&arguments.output, &inputs)?;
        Ok(Self { inputs, key_logs: arguments.input.keylog.clone(), output })
    }
}

fn expectation(arguments: &ExpectationArguments) -> Result<Expectation, Failure> {
    let mut files = Vec::new();
    for path in &arguments.expect_certificate {
        files.push((path.display().to_string(), read(path)?));
    }
    let mut given: Vec<Given<'_>> =
        arguments.expect_thumbprint.iter().map(|text| Given::Thumbprint(text)).collect();
    given.extend(files.iter().map(|(path, bytes)| Given::CertificateFile { path, bytes }));
    if arguments.expect_none {
        given.push(Given::None);
    }
    let resolved = expect::resolve(&given)
        .map_err(|error| Failure { what: error.to_string(), hint: error.hint() })?;
    for warning in &resolved.warnings {
        failure::warn(warning);
    }
    Ok(resolved.expectation)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_CERTIFICATE_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::io(&name, &error))?;
    Ok(bytes)
}

fn selection(arguments: &SelectionArguments) -> Result<Selection, Failure> {
    let mut selection = Selection { streams: arguments.stream.clone(), ..Selection::default() };
    for text in &arguments.server {
        selection.servers.push(text.parse().map_err(|error| wrong("--server", &error))?);
    }
    for text in &arguments.client {
        selection.clients.push(text.parse().map_err(|error| wrong("--client", &error))?);
    }
    for text in &arguments.sni {
        selection
            .server_names
            .push(parse_server_name(text).map_err(|error| wrong("--sni", &error))?);
    }
    if let Some(text) = &arguments.since {
        selection.since = Some(parse_since(text).map_err(|error| wrong("--since", &error))?);
    }
    if let Some(text) = &arguments.until {
        selection.until = Some(parse_until(text).map_err(|error| wrong("--until", &error))?);
    }
    if let (Some(since), Some(until)) = (selection.since, selection.until)
        && since > until
    {
        return Err(Failure::new("--since is later than --until"));
    }
    Ok(selection)
}

fn wrong(option: &str, error: &mtls_witness::verdict::SelectError) -> Failure {
    Failure { what: format!("{option}: {error}"), hint: Some(error.hint().to_owned()) }
}
