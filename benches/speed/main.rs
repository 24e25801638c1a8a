//! Measures how fast captures are read and judged, against what reading them costs at least and
//! against other programs; docs/performance.md says how, and what came of it.
//!
//!     cargo bench --bench speed -- --help
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

mod compare;
mod generator;
mod measure;
mod recall;
mod walk;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Parser, Subcommand, ValueEnum};

use compare::Comparison;
use generator::{Extent, Format, Generated, Kind, Plan};
use recall::{Recall, ReportFormat};

/// Measure how fast captures are read and judged
///
/// Writes the captures that are not there yet, runs everybody on each in turn, and prints one
/// table. Without arguments: all kinds, both formats, 100 MB each, five rounds.
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench speed --", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Action>,
    #[command(flatten)]
    files: FileArguments,
    /// How often everybody reads each capture
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measure another build of this program
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_mtls-witness"))]
    program: PathBuf,
    /// Leave tshark out; above 100 MB it always is
    #[arg(long)]
    no_tshark: bool,
    /// What cargo adds
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the captures and do not measure
    Generate(FileArguments),
    /// Read a capture and keep nothing
    Walk {
        /// Look up each TCP packet's connection
        #[arg(long)]
        flows: bool,
        capture: PathBuf,
    },
    /// Compare a report on standard input with the truth
    Recall {
        #[arg(long)]
        report: ReportFormat,
        truth: PathBuf,
    },
}

/// Which captures.
#[derive(Clone, Debug, clap::Args)]
struct FileArguments {
    /// About how large each capture is
    #[arg(long, value_name = "MB", default_value = "100M", value_parser = size)]
    size: u64,
    /// Only these kinds
    #[arg(long = "kind", value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Only these formats
    #[arg(long = "format", value_delimiter = ',')]
    formats: Vec<Format>,
    /// Where the captures are written
    #[arg(long, value_name = "DIRECTORY", default_value = DIRECTORY)]
    directory: PathBuf,
    /// Another number gives other files
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/benchmark");

/// Connections of the kinds that are compared with each other, whatever the size.
const PAIRED: u64 = 10_000;

/// The size above which tshark is left out, in bytes.
const TSHARK_SIZE: u64 = 100_000_000;

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        None => {
            let tshark = !arguments.no_tshark && arguments.files.size <= TSHARK_SIZE;
            let comparison = Comparison::new(arguments.program, arguments.rounds.max(1), tshark)?;
            comparison.head();
            for plan in arguments.files.plans() {
                let generated = plan.files(&arguments.files.directory);
                arguments.files.make(&plan, &generated)?;
                let name = format!("{}, {}", plan.kind.name(), plan.format.extension());
                comparison.measure(&name, &generated)?;
            }
            Ok(())
        }
        Some(Action::Generate(files)) => {
            let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
            for plan in files.plans() {
                let generated = plan.generate(&captures, &files.directory)?;
                println!("{}", generated.capture.display());
            }
            Ok(())
        }
        Some(Action::Walk { flows, capture }) => {
            println!("{:?}", walk::walk(&capture, flows)?);
            Ok(())
        }
        Some(Action::Recall { report, truth }) => {
            let recall = Recall::new(&truth, io::stdin().lock(), report)?;
            println!("{}", serde_json::to_string(&recall)?);
            Ok(())
        }
    }
}

impl FileArguments {
    fn plans(&self) -> Vec<Plan> {
        let or_all = |kinds: &[Kind]| match kinds {
            [] => Kind::value_variants().to_vec(),
            kinds => kinds.to_vec(),
        };
        let formats = match self.formats.as_slice() {
            [] => Format::value_variants(),
            formats => formats,
        };
        let mut plans = Vec::new();
        for kind in or_all(&self.kinds) {
            for &format in formats {
                let extent = match kind {
                    Kind::Tls12 | Kind::Tls13Keys => Extent::Units(PAIRED),
                    _ => Extent::Bytes(self.size),
                };
                plans.push(Plan { kind, format, extent, seed: self.seed });
            }
        }
        plans
    }

    /// Writes a capture that is not there, in another process, whose memory is gone afterwards.
    fn make(&self, plan: &Plan, generated: &Generated) -> io::Result<()> {
        if generated.is_complete(plan.kind) {
            return Ok(());
        }
        eprintln!("writing {}", generated.capture.display());
        let value = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned()).unwrap_or_default()
        };
        let status = Command::new(std::env::current_exe()?)
            .args(["generate", "--kind", &value(plan.kind.to_possible_value())])
            .args(["--format", &value(plan.format.to_possible_value())])
            .args(["--size", &format!("{}M", self.size / 1_000_000)])
            .args(["--seed", &self.seed.to_string(), "--directory"])
            .arg(&self.directory)
            .stdout(std::process::Stdio::null())
            .status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other("the generator failed")) }
    }
}

fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix('G') {
        Some(digits) => (digits, 1_000_000_000),
        None => (text.strip_suffix('M').unwrap_or(text), 1_000_000),
    };
    digits.parse::<u64>().map(|count| count * unit).map_err(|error| error.to_string())
}
