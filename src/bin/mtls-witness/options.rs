//! The command line checked and typed: what can be wrong with it is found here, before a capture
//! is opened.

use mtls_witness::verdict::{Part, Selection};

use crate::args::{InspectArguments, VerifyArguments};
use crate::asked::{Asked, selection};
use crate::failure::Failure;
use crate::inputs::{self, Input};
use crate::output::Output;
use crate::secrets::SecretFiles;

/// What `verify` is to do.
pub(crate) struct VerifyOptions {
    pub(crate) inputs: Vec<Input>,
    pub(crate) continued: bool,
    pub(crate) secrets: SecretFiles,
    pub(crate) asked: Asked,
    pub(crate) require_accepted: bool,
    pub(crate) allow_incomplete: bool,
    pub(crate) allow_inconclusive: bool,
    pub(crate) output: Output,
}

impl VerifyOptions {
    /// Checks the arguments; repaired spellings are reported on standard error.
    pub(crate) fn new(arguments: &VerifyArguments) -> Result<Self, Failure> {
        let asked = Asked::new(arguments)?;
        let inputs = inputs::collect(&arguments.input)?;
        let output = Output::new(&arguments.output, &inputs)?;
        Ok(Self {
            inputs,
            continued: arguments.input.continue_across_files,
            secrets: SecretFiles::new(&arguments.input),
            asked,
            require_accepted: arguments.require_accepted,
            allow_incomplete: arguments.allow_incomplete,
            allow_inconclusive: arguments.allow_inconclusive,
            output,
        })
    }
}

/// What `inspect` is to do.
pub(crate) struct InspectOptions {
    pub(crate) inputs: Vec<Input>,
    /// Which connections are shown; `None` shows all.
    pub(crate) selection: Option<Part>,
    pub(crate) continued: bool,
    pub(crate) secrets: SecretFiles,
    pub(crate) output: Output,
}

impl InspectOptions {
    /// Checks the arguments.
    pub(crate) fn new(arguments: &InspectArguments) -> Result<Self, Failure> {
        let selection = selection(&arguments.selection)?;
        let selection =
            (selection != Selection::default()).then(|| Part { selection, ..Part::default() });
        let inputs = inputs::collect(&arguments.input)?;
        let output = Output::new(&arguments.output, &inputs)?.without_verdicts()?;
        let continued = arguments.input.continue_across_files;
        let secrets = SecretFiles::new(&arguments.input);
        Ok(Self { inputs, selection, continued, secrets, output })
    }
}
