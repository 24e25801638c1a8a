//! What may stand on the command line; nothing is opened or checked here.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::args_expectation::{ConfigurationArguments, ExpectationArguments};
use crate::help::{
    ABOUT, EXAMPLES, INSPECT_LONG_ABOUT, LONG_ABOUT, RESOLVE_EXAMPLES, RESOLVE_LONG_ABOUT,
    VERIFY_EXAMPLES, VERIFY_LONG_ABOUT,
};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "mtls-witness", version, about = ABOUT, long_about = LONG_ABOUT,
    after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge the captures' connections against an expectation
    #[command(long_about = VERIFY_LONG_ABOUT, after_long_help = VERIFY_EXAMPLES,
        override_usage = "mtls-witness verify <EXPECTATION> [OPTIONS] <CAPTURE>...")]
    Verify(Box<VerifyArguments>),
    /// Say what a backend configuration makes expected
    #[command(long_about = RESOLVE_LONG_ABOUT, after_long_help = RESOLVE_EXAMPLES,
        override_usage = "mtls-witness resolve [OPTIONS] [CONFIG]...")]
    Resolve(Box<ResolveArguments>),
    /// List TLS connections and what they show; no verdict
    #[command(long_about = INSPECT_LONG_ABOUT,
        override_usage = "mtls-witness inspect [OPTIONS] <CAPTURE>...")]
    Inspect(Box<InspectArguments>),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    Man(ManArguments),
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) expectation: ExpectationArguments,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,

    /// Many named expectations from a TOML file
    ///
    /// For regression runs: each table [[expectation]] has a name, what is expected, which
    /// connections it is about, and the verdicts that are as they should be. Files are named
    /// relative to it. The exit status is that of the worst.
    #[arg(long, value_name = "FILE", help_heading = "Expectation")]
    pub(crate) expectations: Option<PathBuf>,

    /// Fail where the server refused the certificate
    ///
    /// Also where the handshake did not complete. Without this option such a connection is a
    /// match, and the report says that it was refused.
    #[arg(long, help_heading = "Expectation")]
    pub(crate) require_accepted: bool,

    /// Pass also where not all was read
    ///
    /// Bytes behind damage, packets of a link type that is not read, streams given up to keep a
    /// bound: a connection that fails may be there, and without this option that is inconclusive.
    #[arg(long, help_heading = "Output")]
    pub(crate) allow_incomplete: bool,

    /// Exit with 0, not 3, if at least one matches
    ///
    /// An inconclusive run without any match keeps status 3, and failures stay failures.
    #[arg(long, help_heading = "Output")]
    pub(crate) allow_inconclusive: bool,
}

/// Arguments of `resolve`.
#[derive(Args, Debug)]
pub(crate) struct ResolveArguments {
    /// Files and folders of configuration
    ///
    /// Recognised by their content, as if each were given with the option for its kind.
    #[arg(value_name = "CONFIG", help_heading = "Configuration")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Arguments of `inspect`.
#[derive(Args, Debug)]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// bash, elvish, fish, powershell or zsh
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub(crate) shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
pub(crate) struct ManArguments {
    /// The command to describe; without it, the whole
    #[arg(value_name = "COMMAND")]
    pub(crate) page: Option<String>,
}

/// Which captures.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArguments {
    /// Files, folders, or - for standard input
    ///
    /// pcap, pcapng and Windows ETL (pktmon, netsh trace), plain or compressed with gzip, zstd or lz4,
    /// are recognised by content. A folder stands for every capture in it, in name order. Several captures are independent of
    /// each other (but see --continue-across-files); one that cannot be used is reported, and the others are still judged.
    #[arg(value_name = "CAPTURE")]
    pub(crate) captures: Vec<PathBuf>,

    /// The captures are parts of one recording
    ///
    /// As a ring buffer or tcpdump -C leaves them, in the order given: connections go on from one
    /// into the next, and resumed sessions are looked for in all of them. The frames of a connection
    /// that goes on are counted on from its first file. Without this option captures are
    /// independent of each other.
    #[arg(long)]
    pub(crate) continue_across_files: bool,

    /// Read the captures' names from a file or -
    ///
    /// One name a line, or separated by NUL bytes as `find -print0` writes them; - is standard
    /// input.
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,

    /// Secrets of the connections, SSLKEYLOGFILE format
    ///
    /// What browsers, curl, OpenSSL, Go, Node.js and others write when SSLKEYLOGFILE is set (RFC
    /// 9850); may be given several times. TLS 1.3 handshakes are opened with it: the certificate
    /// needs the line CLIENT_HANDSHAKE_TRAFFIC_SECRET, the request and the answer "not requested"
    /// SERVER_HANDSHAKE_TRAFFIC_SECRET, and a refusal SERVER_TRAFFIC_SECRET_0. A renegotiation of
    /// TLS 1.2 and older needs the line CLIENT_RANDOM of the handshake before it. Decryption Secrets
    /// Blocks of a pcapng file are used by themselves.
    #[arg(long, value_name = "FILE")]
    pub(crate) keylog: Vec<PathBuf>,

    /// Private key of the server, for RSA key exchange
    ///
    /// PEM or DER, PKCS #8 or PKCS #1, without a passphrase; may be given several times. It opens
    /// connections of TLS 1.2 and older in which the cipher suite is TLS_RSA_WITH_...: with any other
    /// the key alone opens nothing, and a key log is needed. The key is never written anywhere.
    #[arg(long, value_name = "FILE")]
    pub(crate) rsa_key: Vec<PathBuf>,
}

/// Which connections the question is about.
#[derive(Args, Debug)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArguments {
    /// Only connections to this server
    ///
    /// With or without a port: 10.0.0.5, 10.0.0.5:443, [2001:db8::5]:443. Several may be given.
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub(crate) server: Vec<String>,

    /// Only connections from this client
    ///
    /// An address or a network: 10.0.0.4, 10.0.1.0/24. Several may be given.
    #[arg(long, value_name = "ADDR|CIDR")]
    pub(crate) client: Vec<String>,

    /// Only connections to this server name
    ///
    /// The name in the ClientHello; *.contoso.com stands for any name below contoso.com. Several
    /// may be given. A connection whose ClientHello cannot be read is inconclusive, unless the
    /// server's certificate is for other names, or another option leaves it out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sni: Vec<String>,

    /// Only this stream, Wireshark's tcp.stream
    ///
    /// Several may be given. The number counts within one capture.
    #[arg(long, value_name = "N")]
    pub(crate) stream: Vec<u64>,

    /// Only connections that began then or later
    ///
    /// As in 2026-11-20T10:00:00Z, or with another offset from UTC.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Only connections that began by then
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Only connections that were open then
    ///
    /// Whose first packet came by then, and whose last one then or later.
    #[arg(long, value_name = "TIME")]
    pub(crate) active_at: Option<String>,

    /// No connections from this client
    ///
    /// An address or a network, of health probes or known strangers: 168.63.129.16. Several may be
    /// given. Where the capture does not show which end is the client, this leaves nothing out.
    #[arg(long, value_name = "ADDR|CIDR")]
    pub(crate) exclude_client: Vec<String>,

    /// No connections to this server name
    ///
    /// As for --sni; several may be given. A name that is not visible leaves nothing out.
    #[arg(long, value_name = "NAME")]
    pub(crate) exclude_sni: Vec<String>,

    /// Leave out what began before the capture
    ///
    /// Those of which only application data was recorded, and no byte of a handshake: pooled
    /// connections live long. They are counted, and named in the first line.
    #[arg(long)]
    pub(crate) allow_begun_before: bool,
}

/// What comes out.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Format of the report [default: text]
    ///
    /// text; json; ndjson (JSON with one object a line, each connection written as soon as nothing
    /// more can be learned of it; memory then grows by some 40 bytes a connection); markdown, for a
    /// ticket; html, one file that needs nothing else; junit, a test case per expectation and
    /// connection; sarif, what failed, or in `resolve` the remarks with file and line. Without this
    /// option the ending of the file after -o decides.
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: Option<Format>,

    /// Write the report to a file
    ///
    /// Its ending names the format, unless --format does: .json, .ndjson, .md, .html, .xml (JUnit),
    /// .sarif; any other is text.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Take connections together that are alike in these
    ///
    /// Of client (its network where there are many), server, name, seen, verdict, with commas between
    /// them. More than 20 connections are taken together by all of these without being asked; each
    /// group that needs a look is told in detail once.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', conflicts_with = "list")]
    pub(crate) group_by: Vec<String>,

    /// A line for each connection, however many
    #[arg(long)]
    pub(crate) list: bool,

    /// auto, always or never [default: auto]
    ///
    /// `auto` colours the text report on a terminal, unless the environment variable NO_COLOR is
    /// set.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: Color,

    /// Print the answer only, one line
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Leave nothing out of the text report
    ///
    /// Every connection in detail, also those outside the selection, and lists in full.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Formats of a report.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// One file that needs nothing else.
    Html,
    /// One JSON object.
    Json,
    /// A test case per expectation and connection.
    Junit,
    /// For a ticket.
    Markdown,
    /// One JSON object a line.
    Ndjson,
    /// What failed.
    Sarif,
    /// For people.
    #[default]
    Text,
}

impl Format {
    /// The format that a file's ending names.
    pub(crate) fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "htm" | "html" => Self::Html,
            "json"
                if path.file_stem().is_some_and(|stem| {
                    stem.to_string_lossy().to_ascii_lowercase().ends_with(".sarif")
                }) =>
            {
                Self::Sarif
            }
            "json" => Self::Json,
            "markdown" | "md" => Self::Markdown,
            "jsonl" | "ndjson" => Self::Ndjson,
            "sarif" => Self::Sarif,
            "xml" => Self::Junit,
            _ => return None,
        })
    }

    /// As it stands on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Ndjson => "ndjson",
            Self::Sarif => "sarif",
            Self::Text => "text",
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Color {
    /// Always.
    Always,
    /// On a terminal that wants colours.
    #[default]
    Auto,
    /// Never.
    Never,
}
