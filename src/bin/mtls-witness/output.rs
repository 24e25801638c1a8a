//! Where results go: standard output or a file, in which format, coloured or not.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::CommandFactory;
use clap::error::ErrorKind;
use clap_complete::Shell;
use mtls_witness::report::text::{Detail, Style};
use mtls_witness::report::{
    Grouping, Layout, Report, Resolution, html, json, junit, markdown, sarif, text,
};

use crate::args::{Arguments, Color, Format, OutputArguments};
use crate::exit_code::ExitStatus;
use crate::failure::Failure;
use crate::inputs::Input;
use crate::misheard::suggest;

/// Where the report goes and how it looks.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    file: Option<PathBuf>,
    format: Format,
    color: Color,
    detail: Detail,
    layout: Layout,
}

impl Output {
    /// The output that the arguments name; never one of the captures.
    pub(crate) fn new(arguments: &OutputArguments, inputs: &[Input]) -> Result<Self, Failure> {
        let file = arguments.output.clone().filter(|path| path.as_os_str() != "-");
        if let Some(path) = file.as_deref()
            && inputs.iter().any(|input| is_same_file(input, path))
        {
            let path = path.display();
            return Err(Failure::new(format!("{path}: the report would overwrite this capture"))
                .hint("name another file after -o"));
        }
        let detail = match (arguments.quiet, arguments.verbose) {
            (true, _) => Detail::Answer,
            (false, true) => Detail::Everything,
            (false, false) => Detail::Selected,
        };
        let by_ending = || file.as_deref().and_then(Format::of_ending);
        let format = arguments.format.or_else(by_ending).unwrap_or_default();
        let grouping = grouping(&arguments.group_by)?;
        let layout = Layout { list: arguments.list, grouping };
        Ok(Self { file, format, color: arguments.color, detail, layout })
    }

    /// The same for a report without verdicts.
    pub(crate) fn without_verdicts(self) -> Result<Self, Failure> {
        if matches!(self.format, Format::Junit | Format::Sarif) {
            let name = self.format.name();
            return Err(Failure::new(format!("{name} tells verdicts, and inspect gives none"))
                .hint("use verify, or another format: text, json, ndjson, markdown, html"));
        }
        Ok(self)
    }

    /// Whether the report shows the captures' checksums.
    pub(crate) fn shows_checksums(&self) -> bool {
        match self.format {
            Format::Html | Format::Json | Format::Markdown | Format::Sarif => true,
            Format::Text => self.detail == Detail::Everything,
            Format::Junit | Format::Ndjson => false,
        }
    }

    /// Writes the report.
    pub(crate) fn write(&self, report: &Report<'_>) -> Result<(), Failure> {
        self.to_target(|(choice, terminal), out| match self.format {
            Format::Html => html::write(report, self.layout, out),
            Format::Json | Format::Ndjson => json::write(report, out),
            Format::Junit => junit::write(report, out),
            Format::Markdown => markdown::write(report, self.layout, out),
            Format::Sarif => sarif::write(report, out),
            Format::Text => text::write(report, self.style(choice, terminal), out),
        })
    }

    /// Writes what a configuration says, without a run.
    pub(crate) fn write_resolution(&self, resolutions: &[Resolution<'_>]) -> Result<(), Failure> {
        if !matches!(self.format, Format::Json | Format::Sarif | Format::Text) {
            let name = self.format.name();
            return Err(Failure::new(format!("{name} tells of connections, and here are none"))
                .hint("use --format text, json or sarif"));
        }
        self.to_target(|(choice, terminal), out| match self.format {
            Format::Json => json::write_resolution(resolutions, out),
            Format::Sarif => sarif::write_resolution(resolutions, out),
            _ => text::write_resolution(resolutions, self.style(choice, terminal), out),
        })
    }

    /// Whether connections are written one by one.
    pub(crate) fn is_streamed(&self) -> bool {
        self.format == Format::Ndjson
    }

    /// Writes lines to the file or to standard output, while there is somebody who reads them.
    pub(crate) fn lines(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let buffered = |out: &mut dyn Write| {
            let mut out = BufWriter::with_capacity(BUFFER, out);
            write(&mut out)?;
            out.flush()
        };
        match &self.file {
            Some(path) => File::create(path)
                .and_then(|mut file| buffered(&mut file))
                .map_err(|error| Failure::io(&path.display().to_string(), &error)),
            None => to_stdout(|out| buffered(out)),
        }
    }

    fn style(&self, choice: ColorChoice, terminal: Terminal) -> Style {
        let plain = Style::new(choice != ColorChoice::Never, self.detail);
        let Terminal { columns, lines } = terminal;
        Style { layout: self.layout, columns, lines, ..plain }
    }

    /// Writes to the file or to standard output.
    fn to_target(
        &self,
        write: impl Fn((ColorChoice, Terminal), &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let buffered = |choice, terminal, out: &mut dyn Write| {
            let mut out = BufWriter::with_capacity(BUFFER, out);
            write((choice, terminal), &mut out)?;
            out.flush()
        };
        match &self.file {
            Some(path) => {
                let choice = match self.color {
                    Color::Always => ColorChoice::Always,
                    Color::Auto | Color::Never => ColorChoice::Never,
                };
                let written = File::create(path)
                    .and_then(|mut file| buffered(choice, Terminal::default(), &mut file));
                written.map_err(|error| Failure::io(&path.display().to_string(), &error))
            }
            None => {
                let stdout = io::stdout();
                let choice = match self.color {
                    Color::Always => ColorChoice::Always,
                    Color::Auto => AutoStream::choice(&stdout),
                    Color::Never => ColorChoice::Never,
                };
                // What is written has escape sequences only where they are wanted; a terminal may not
                // know them.
                let is_terminal = stdout.is_terminal();
                let terminal = terminal_size::terminal_size_of(&stdout)
                    .filter(|_| is_terminal)
                    .map(|(columns, lines)| Terminal {
                        columns: Some(columns.0.into()),
                        lines: Some(lines.0.into()),
                    })
                    .unwrap_or_default();
                to_stdout(|out| match is_terminal {
                    true => buffered(choice, terminal, &mut AutoStream::new(out, choice)),
                    false => buffered(choice, Terminal::default(), out),
                })
            }
        }
    }
}

/// What `--group-by` names; `None` where it is not given.
fn grouping(names: &[String]) -> Result<Option<Grouping>, Failure> {
    let mut grouping = None;
    for name in names {
        let more = grouping.unwrap_or_else(Grouping::default).and(name.trim());
        grouping = Some(more.ok_or_else(|| {
            Failure::new(format!("--group-by: connections cannot be grouped by \"{name}\""))
                .hint(format!("one or more of {}", Grouping::NAMES.join(",")))
        })?);
    }
    Ok(grouping)
}

/// The terminal that is written to; of a file or a pipe nothing is known.
#[derive(Clone, Copy, Debug, Default)]
struct Terminal {
    columns: Option<usize>,
    lines: Option<usize>,
}

/// Bytes of a report or of lines that are written at once.
const BUFFER: usize = 64 << 10;

/// Says what the command line parser has to say: help and version on standard output, a usage
/// error on standard error.
pub(crate) fn command_line_message(message: clap::Error) -> ExitStatus {
    let message = suggest(message);
    match message.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe after the first screen of help is no error.
            let _ = message.print();
            ExitStatus::Pass
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = message.print();
            ExitStatus::Error
        }
        _ => {
            let _ = write!(io::stderr().lock(), "mtls-witness: {}", message.render());
            ExitStatus::Error
        }
    }
}

/// Prints a completion script.
pub(crate) fn completions(shell: Shell) -> Result<ExitStatus, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "mtls-witness", &mut script);
    to_stdout(|out| out.write_all(&script))?;
    Ok(ExitStatus::Pass)
}

/// Prints the manual page of a command, or of the whole.
pub(crate) fn manual(page: Option<&str>) -> Result<ExitStatus, Failure> {
    let mut command = Arguments::command();
    command.build();
    let command = match page {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let known: Vec<&str> =
                    command.get_subcommands().map(clap::Command::get_name).collect();
                return Err(Failure::new(format!("there is no command {name}"))
                    .hint(format!("one of {}", known.join(", "))));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut text)
        .map_err(|error| Failure::io("standard output", &error))?;
    to_stdout(|out| out.write_all(&text))?;
    Ok(ExitStatus::Pass)
}

/// Writes to standard output; a reader that has seen enough is no error.
fn to_stdout(
    write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("standard output", &error))
        }
        _ => Ok(()),
    }
}

fn is_same_file(input: &Input, output: &Path) -> bool {
    let Input::File(input) = input else {
        return false;
    };
    match (fs::canonicalize(input), fs::canonicalize(output)) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    }
}
