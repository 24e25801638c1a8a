//! What is true of a generated file: JSON, one line for each TLS connection and one for the whole.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What is true of a connection; the words are those of the JSON report.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Truth {
    /// As Wireshark counts `tcp.stream`.
    pub(crate) stream: u64,
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) possession: Option<String>,
    /// SHA-1 of the client's certificate.
    pub(crate) sha1: Option<String>,
    pub(crate) resumed_from_stream: Option<u64>,
    #[serde(skip)]
    pub(crate) is_tls13: bool,
}

/// What is true of the whole file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Totals {
    pub(crate) connections: u64,
    /// TCP connections without TLS.
    pub(crate) other_streams: u64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    /// What [`super::Kind::version`] was when it was written.
    pub(crate) version: u32,
}

/// The line about the whole file, without reading all the others.
pub(super) fn last_line(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(1000)))?;
    let mut end = String::new();
    file.read_to_string(&mut end)?;
    Ok(end.lines().last().unwrap_or_default().to_owned())
}

#[derive(Debug)]
pub(crate) struct TruthFile {
    writer: BufWriter<File>,
    connections: u64,
}

impl TruthFile {
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { writer: BufWriter::new(File::create(path)?), connections: 0 })
    }

    pub(crate) fn add(&mut self, truth: &Truth) -> io::Result<()> {
        self.connections += 1;
        serde_json::to_writer(&mut self.writer, truth)?;
        self.writer.write_all(b"\n")
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections
    }

    pub(crate) fn finish(mut self, totals: &Totals) -> io::Result<()> {
        serde_json::to_writer(&mut self.writer, totals)?;
        self.writer.write_all(b"\n")?;
        self.writer.flush()
    }
}
