//! Whether every planted connection was found and judged as is true of it.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::generator::{Totals, Truth};

/// How the report is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum ReportFormat {
    Json,
    Ndjson,
}

/// What came of comparing a report with the truth.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Recall {
    pub(crate) planted: u64,
    /// Found, and everything said of it is true.
    pub(crate) right: u64,
    /// Connections that nobody planted.
    pub(crate) invented: u64,
    /// TCP connections without TLS are counted as they are; `None` where they are not reported.
    pub(crate) other_streams: Option<bool>,
    /// The first differences, in words.
    pub(crate) differences: Vec<String>,
}

/// Differences that are told.
const TOLD: usize = 5;

impl Recall {
    /// Compares a report, which may be larger than memory, with the truth about its capture.
    pub(crate) fn new(truth: &Path, report: impl Read, format: ReportFormat) -> io::Result<Self> {
        let mut comparison = Comparison::default();
        let mut totals = None;
        for line in BufReader::new(File::open(truth)?).lines() {
            let line = line?;
            if let Ok(truth) = serde_json::from_str::<Truth>(&line) {
                comparison.truths.insert(truth.stream, truth);
            } else {
                totals = Some(serde_json::from_str::<Totals>(&line)?);
            }
        }
        let totals = totals.ok_or_else(|| io::Error::other("the truth file is not complete"))?;
        comparison.recall.planted = totals.connections;
        let report = BufReader::with_capacity(1 << 18, report);
        match format {
            ReportFormat::Json => {
                let mut json = serde_json::Deserializer::from_reader(report);
                WholeReport(&mut comparison).deserialize(&mut json)?;
            }
            ReportFormat::Ndjson => {
                for line in report.lines() {
                    let line = line?;
                    let record: Line = serde_json::from_str(&line)?;
                    comparison.others = record.other_streams.or(comparison.others);
                    if record.record == "connection" {
                        comparison.compare(&serde_json::from_str(&line)?);
                    }
                }
            }
        }
        let mut missing: Vec<_> = comparison.truths.into_keys().collect();
        missing.sort_unstable();
        let mut recall = comparison.recall;
        recall.differences.extend(missing.iter().map(|stream| format!("stream {stream}: missing")));
        recall.differences.truncate(TOLD);
        recall.other_streams = comparison.others.map(|others| others == totals.other_streams);
        if recall.other_streams == Some(false) {
            let counted = comparison.others.unwrap_or_default();
            let difference = format!("{counted} other streams, not {}", totals.other_streams);
            recall.differences.push(difference);
        }
        Ok(recall)
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.right == self.planted && self.invented == 0 && self.other_streams != Some(false)
    }
}

impl fmt::Display for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complete() {
            return write!(f, "all {}", self.planted);
        }
        write!(f, "**{} of {}**", self.right, self.planted)?;
        if self.invented > 0 {
            write!(f, ", {} invented", self.invented)?;
        }
        if self.other_streams == Some(false) {
            f.write_str(", other streams miscounted")?;
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Comparison {
    truths: HashMap<u64, Truth>,
    recall: Recall,
    others: Option<u64>,
}

impl Comparison {
    fn compare(&mut self, seen: &Seen) {
        let Some(truth) = self.truths.remove(&seen.stream) else {
            self.recall.invented += 1;
            return;
        };
        let authentication = &seen.client_authentication;
        let leaf = authentication.chain.as_ref().and_then(|chain| chain.first());
        let said = Truth {
            stream: seen.stream,
            client: seen.client.as_ref().map_or(truth.server, Endpoint::socket),
            server: seen.server.as_ref().map_or(truth.client, Endpoint::socket),
            status: authentication.status.clone(),
            reason: authentication.reason.clone(),
            possession: authentication.possession.clone(),
            sha1: leaf.map(|leaf| leaf.sha1.clone()),
            resumed_from_stream: authentication.original.as_ref().map(|original| original.stream),
            is_tls13: truth.is_tls13,
        };
        if said == truth {
            self.recall.right += 1;
        } else if self.recall.differences.len() < TOLD {
            self.recall.differences.push(format!("said: {said:?}\n true: {truth:?}"));
        }
    }
}

/// What is compared of a connection in a report.
#[derive(Debug, Deserialize)]
struct Seen {
    stream: u64,
    client: Option<Endpoint>,
    server: Option<Endpoint>,
    client_authentication: Authentication,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    address: IpAddr,
    port: u16,
}

impl Endpoint {
    fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }
}

#[derive(Debug, Deserialize)]
struct Authentication {
    status: String,
    reason: Option<String>,
    possession: Option<String>,
    chain: Option<Vec<Certificate>>,
    original: Option<Original>,
}

#[derive(Debug, Deserialize)]
struct Certificate {
    sha1: String,
}

#[derive(Debug, Deserialize)]
struct Original {
    stream: u64,
}

#[derive(Debug, Deserialize)]
struct Line {
    record: String,
    other_streams: Option<u64>,
}

/// The JSON report, of which one connection at a time is in memory.
struct WholeReport<'a>(&'a mut Comparison);

impl<'de> DeserializeSeed<'de> for WholeReport<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WholeReport<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "connections" => map.next_value_seed(Connections(self.0))?,
                "other_streams" => self.0.others = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Connections<'a>(&'a mut Comparison);

impl<'de> DeserializeSeed<'de> for Connections<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Connections<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connections")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut connections: A) -> Result<(), A::Error> {
        while let Some(seen) = connections.next_element::<Seen>()? {
            self.0.compare(&seen);
        }
        Ok(())
    }
}
