//! The programs that are compared, and one file's rows of the table.
#![expect(clippy::as_conversions, clippy::print_stdout, reason = "prints rounded numbers")]

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::generator::{Generated, Totals, Truth};
use crate::measure::{self, Usage, median};
use crate::recall::{Recall, ReportFormat};

/// Who is compared, and how often.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) program: PathBuf,
    pub(crate) rounds: usize,
    pub(crate) tshark: bool,
    /// The benchmark itself, which walks and compares in processes of their own.
    benchmark: PathBuf,
    report: ReportFormat,
    /// Memory of the program where it has nothing to read, in bytes.
    base: u64,
}

/// One program and what it is asked to do.
struct Contestant {
    name: String,
    command: Command,
    runs: Vec<Usage>,
    recall: Option<Recall>,
}

/// The certificates and requests in one pass; a faster command that answers the question is not
/// known for the versions that distributions have.
const TSHARK: &str = "-n -o tcp.reassemble_out_of_order:TRUE \
    -Y tls.handshake.type==11||tls.handshake.type==13 \
    -T fields -e frame.number -e tcp.stream -e tls.handshake.type -e tls.handshake.certificate";

impl Comparison {
    pub(crate) fn new(program: PathBuf, rounds: usize, tshark: bool) -> io::Result<Self> {
        let mut comparison = Self {
            program,
            rounds,
            tshark,
            benchmark: std::env::current_exe()?,
            report: ReportFormat::Json,
            base: 0,
        };
        let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/tls12-declined.pcap");
        let mut probe = Command::new(&comparison.program);
        probe.args(["inspect", "--format", "ndjson"]).arg(capture);
        if measure::run(&mut probe, &[0]).is_ok() {
            comparison.report = ReportFormat::Ndjson;
        }
        let empty = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/empty.pcap");
        comparison.base = measure::run(&mut comparison.inspect(&empty, None), &[0])?.peak;
        Ok(comparison)
    }

    /// Prints the table's head.
    pub(crate) fn head(&self) {
        let rounds = self.rounds;
        println!("{rounds} rounds. This program without a packet: {} MB.\n", mega(self.base));
        println!(
            "| file | program | CPU ÷ walk | wall ÷ walk | CPU, s | wall, s | peak memory, MB \
             | memory for a connection, bytes | connections/s | recall |"
        );
        println!("|---|---|--:|--:|--:|--:|--:|--:|--:|---|");
    }

    /// Measures everybody on a file, in turn, and prints a row for each.
    pub(crate) fn measure(&self, name: &str, generated: &Generated) -> io::Result<()> {
        let (totals, leaf) = truth(&generated.truth)?;
        let mut contestants = self.contestants(generated, &leaf);
        for contestant in &mut contestants {
            // Warms the page cache; not counted.
            contestant.run()?;
        }
        for round in 0..self.rounds {
            let count = contestants.len();
            for turn in 0..count {
                if let Some(contestant) = contestants.get_mut((round + turn) % count) {
                    let usage = contestant.run()?;
                    contestant.runs.push(usage);
                }
            }
        }
        if let Some(tshark) = self.tshark(generated)? {
            contestants.push(tshark);
        }
        if let Some(reader) = contestants.iter_mut().find(|it| it.name.contains("inspect")) {
            reader.recall = Some(self.recall(generated)?);
        }
        let walk = contestants.first().map(|walk| walk.runs.clone()).unwrap_or_default();
        let size = totals.bytes as f64 / 1e6;
        for (index, contestant) in contestants.iter().enumerate() {
            let file = match index {
                0 => format!("{name}, {size:.0} MB, {} connections", totals.connections),
                _ => String::new(),
            };
            println!("{}", contestant.row(&file, &walk, &totals, self.base));
        }
        for contestant in &contestants {
            for difference in contestant.recall.iter().flat_map(|recall| &recall.differences) {
                eprintln_difference(difference);
            }
        }
        Ok(())
    }

    fn contestants(&self, generated: &Generated, leaf: &str) -> Vec<Contestant> {
        let capture = &generated.capture;
        let walk = |flows: &[&str]| {
            let mut command = Command::new(&self.benchmark);
            command.arg("walk").args(flows).arg(capture);
            command
        };
        let mut verify = Command::new(&self.program);
        verify.args(["verify", "--expect-thumbprint", leaf]).arg(capture);
        keys(&mut verify, generated);
        let format = match self.report {
            ReportFormat::Json => "json",
            ReportFormat::Ndjson => "ndjson",
        };
        let mut contestants = vec![
            Contestant::new("bare walk", walk(&[])),
            Contestant::new("walk, a flow lookup for each packet", walk(&["--flows"])),
            Contestant::new(
                &format!("**mtls-witness** inspect, {format}"),
                self.inspect(capture, Some(generated)),
            ),
            Contestant::new("**mtls-witness** verify, text", verify),
        ];
        if is_installed("tcpdump") {
            let mut tcpdump = Command::new("tcpdump");
            tcpdump.arg("-r").arg(capture).args(["-w", "/dev/null"]);
            contestants.push(Contestant::new("tcpdump -r -w /dev/null", tcpdump));
        }
        contestants
    }

    fn inspect(&self, capture: &Path, generated: Option<&Generated>) -> Command {
        let mut command = Command::new(&self.program);
        let format = match self.report {
            ReportFormat::Json => "json",
            ReportFormat::Ndjson => "ndjson",
        };
        command.args(["inspect", "--format", format]).arg(capture);
        if let Some(generated) = generated {
            keys(&mut command, generated);
        }
        command
    }

    /// Once only: it takes minutes.
    fn tshark(&self, generated: &Generated) -> io::Result<Option<Contestant>> {
        if !self.tshark || !is_installed("tshark") {
            return Ok(None);
        }
        let mut command = Command::new("tshark");
        command.args(TSHARK.split_whitespace()).arg("-r").arg(&generated.capture);
        if let Some(key_log) = &generated.key_log {
            command.arg("-o").arg(format!("tls.keylog_file:{}", key_log.display()));
        }
        let mut tshark = Contestant::new("tshark, certificates, once", command);
        let usage = tshark.run()?;
        tshark.runs.push(usage);
        Ok(Some(tshark))
    }

    /// In a process of its own: what the truth takes in memory would count as the next child's.
    fn recall(&self, generated: &Generated) -> io::Result<Recall> {
        let mut inspect = self.inspect(&generated.capture, Some(generated));
        let mut report = inspect.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let Some(output) = report.stdout.take() else { return Err(io::Error::other("no pipe")) };
        let format = match self.report {
            ReportFormat::Json => "json",
            ReportFormat::Ndjson => "ndjson",
        };
        let compared = Command::new(&self.benchmark)
            .args(["recall", "--report", format])
            .arg(&generated.truth)
            .stdin(output)
            .stderr(Stdio::inherit())
            .output()?;
        report.wait()?;
        Ok(serde_json::from_slice(&compared.stdout)?)
    }
}

impl Contestant {
    fn new(name: &str, command: Command) -> Self {
        Self { name: name.to_owned(), command, runs: Vec::new(), recall: None }
    }

    /// A program of ours may also end with a verdict: fail, inconclusive.
    fn run(&mut self) -> io::Result<Usage> {
        let expected: &[i32] = if self.is_ours() { &[0, 1, 3] } else { &[0] };
        measure::run(&mut self.command, expected)
    }

    fn is_ours(&self) -> bool {
        self.name.contains("mtls-witness")
    }

    fn row(&self, file: &str, walk: &[Usage], totals: &Totals, base: u64) -> String {
        let middle = |of: fn(&Usage) -> f64| median(self.runs.iter().map(of));
        // Each run is compared with the walk of the same round: both met the same machine.
        let ratio = |of: fn(&Usage) -> f64| {
            if self.runs.len() < walk.len() {
                return middle(of) / median(walk.iter().map(of));
            }
            median(self.runs.iter().zip(walk).map(|(run, walk)| of(run) / of(walk)))
        };
        let (cpu, wall) = (middle(|run| run.cpu), middle(|run| run.wall));
        let peak = self.runs.iter().map(|run| run.peak).max().unwrap_or_default();
        // Of few connections it says nothing.
        let each = if self.is_ours() && totals.connections >= 1000 {
            (peak.saturating_sub(base) / totals.connections).to_string()
        } else {
            String::new()
        };
        let mut row = format!("| {file} | {} ", self.name);
        let _infallible = write!(
            row,
            "| {} | {} | {cpu:.3} | {wall:.3} | {} | {each} | {:.0} | {} |",
            short(ratio(|run| run.cpu)),
            short(ratio(|run| run.wall)),
            mega(peak),
            totals.connections as f64 / wall,
            self.recall.as_ref().map(Recall::to_string).unwrap_or_default(),
        );
        row
    }
}

fn keys(command: &mut Command, generated: &Generated) {
    if let Some(key_log) = &generated.key_log {
        command.arg("--keylog").arg(key_log);
    }
}

/// The whole file's truth, and a certificate to expect.
fn truth(path: &Path) -> io::Result<(Totals, String)> {
    let mut leaf = None;
    for line in BufReader::new(std::fs::File::open(path)?).lines() {
        let line = line?;
        match serde_json::from_str::<Truth>(&line) {
            Ok(truth) => leaf = leaf.or(truth.sha1),
            Err(_) => {
                return Ok((serde_json::from_str(&line)?, leaf.unwrap_or_else(|| "0".repeat(40))));
            }
        }
    }
    Err(io::Error::other(format!("{}: not complete", path.display())))
}

fn is_installed(name: &str) -> bool {
    Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn mega(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn short(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

#[expect(clippy::print_stderr, reason = "a program")]
fn eprintln_difference(difference: &str) {
    eprintln!("{difference}");
}
