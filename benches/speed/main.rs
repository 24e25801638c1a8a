//! Measures how fast captures are read and judged, against what reading them costs at least and
//! against other programs.
//!
//!     cargo bench --bench speed -- --help
#![expect(clippy::print_stdout, reason = "a program")]

mod generator;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use generator::{Extent, Format, Kind, Plan};

/// Measure how fast captures are read and judged
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench speed --")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    files: FileArguments,
    /// What cargo adds
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the captures and do not measure
    Generate(FileArguments),
}

/// Which captures.
#[derive(Clone, Debug, clap::Args)]
struct FileArguments {
    /// About how large each capture is
    #[arg(long, value_name = "BYTES", default_value = "100M", value_parser = size)]
    size: u64,
    /// Only these kinds
    #[arg(long = "kind", value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Only these formats
    #[arg(long = "format", value_delimiter = ',')]
    formats: Vec<Format>,
    /// Where the captures are written
    #[arg(long, value_name = "DIRECTORY", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/benchmark"))]
    directory: PathBuf,
    /// Another number gives other files
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.strip_suffix('G') {
        Some(digits) => (digits, 1_000_000_000),
        None => (text.strip_suffix('M').unwrap_or(text), 1_000_000),
    };
    digits.parse::<u64>().map(|count| count * unit).map_err(|error| error.to_string())
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let files = match arguments.command {
        Some(Command::Generate(files)) => files,
        None => arguments.files,
    };
    for &kind in &files.kinds {
        for &format in &files.formats {
            let plan = Plan { kind, format, extent: Extent::Bytes(files.size), seed: files.seed };
            let generated = plan.generate(&captures, &files.directory)?;
            println!("{}", generated.capture.display());
        }
    }
    Ok(())
}
