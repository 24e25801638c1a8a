//! `mtls-witness`: the command line of the library of the same name.
//!
//! | module | does |
//! |---|---|
//! | `args`, `help` | what may stand on the command line, and its help |
//! | `options` | the same, checked and typed |
//! | `configuration` | files and folders of configuration |
//! | `misheard` | what was probably meant by words that cannot be right |
//! | `asked` | one expectation or many, each with its selection |
//! | `expectations` | the entries of an expectations file |
//! | `inputs` | files, folders, lists and standard input |
//! | `aside` | several captures at a time |
//! | `progress` | what is drawn while a large file is read |
//! | `run` | captures in, evidence and verdicts out |
//! | `recordings` | which connections are recordings of one handshake |
//! | `lines` | the same for `--format ndjson`, one connection after the other |
//! | `output` | where the report goes, and in which colours |
//! | `failure` | what is said when it cannot be done |
//! | `exit_code` | what the calling program learns |

mod args;
mod args_expectation;
mod aside;
mod asked;
mod configuration;
mod exit_code;
mod expectations;
mod failure;
mod help;
mod inputs;
mod lines;
mod misheard;
mod options;
mod output;
mod progress;
mod recordings;
mod run;
mod secrets;
mod sums;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Arguments, Command};
use self::failure::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => return output::command_line_message(message).into(),
    };
    let status = match arguments.command {
        Command::Verify(arguments) => run::verify(&arguments),
        Command::Resolve(arguments) => run::resolve(&arguments),
        Command::Inspect(arguments) => run::inspect(&arguments),
        Command::Completions(arguments) => output::completions(arguments.shell),
        Command::Man(arguments) => output::manual(arguments.page.as_deref()),
    };
    status.unwrap_or_else(|failure: Failure| failure.tell()).into()
}
