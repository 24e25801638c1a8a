//! What was found, sorted by kind, and written for a person to repeat.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ask::{Question, Selected};
use super::damage::Damaged;
use super::packet::Segment;

/// Findings that look alike.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) count: u64,
    /// How often each damage led to one.
    pub(super) damages: BTreeMap<String, u64>,
    /// The smallest.
    pub(super) example: Finding,
}

/// An example of a kind of finding.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) operations: usize,
    pub(super) bytes: Vec<u8>,
    pub(super) is_pcapng: bool,
    pub(super) keys: String,
    pub(super) options: Vec<String>,
    pub(super) what: String,
}

impl Finding {
    pub(super) fn size(&self) -> (usize, usize) {
        (self.operations, self.bytes.len())
    }

    /// Writes it for the program to read.
    pub(super) fn write(&self, folder: &Path, stem: &str) -> (PathBuf, Option<PathBuf>) {
        write(folder, stem, &self.bytes, self.is_pcapng, &self.keys)
    }
}

/// What is left of a connection and has to prevent a pass.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Left {
    pub(super) most: Most,
    pub(super) owner: usize,
    pub(super) packets: Vec<String>,
}

/// The most that a packet shows.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Most {
    Nothing,
    /// Only packets before the first byte of TLS.
    BeforeTls,
    /// Only packets without data.
    Empty,
    /// Data, but no byte of a handshake.
    Data,
    Handshake,
}

impl Left {
    /// A name is not seen in packets without a byte of the handshake.
    pub(super) fn of(owner: usize, question: &Question, damaged: &Damaged) -> Self {
        let by_name = matches!(question.selected, Selected::Name(_));
        let mut left = Self { most: Most::Nothing, owner, packets: Vec::new() };
        let (mut talk, mut greets) = (0, false);
        for (at, record) in damaged.file.records.iter().enumerate() {
            let is_its = record.owner == Some(owner) && record.counts;
            if !is_its || by_name && !record.has_handshake_byte() {
                continue;
            }
            let segment =
                record.packet.as_ref().and_then(|(_, link)| Segment::of(record.data(), *link));
            let has_data = segment.as_ref().is_none_or(|one| !one.payload.is_empty());
            let most = match (record.is_before_tls, record.has_handshake_byte(), has_data) {
                (true, ..) => Most::BeforeTls,
                (false, true, _) => Most::Handshake,
                (false, false, true) => Most::Data,
                (false, false, false) => Most::Empty,
            };
            left.most = left.most.max(most);
            if let Some(one) = &segment {
                talk += one.payload.len();
                greets |= record.data()[one.payload.clone()].starts_with(b"220");
            }
            let shown = segment.map_or_else(String::new, |one| one.to_string());
            left.packets.push(format!("{} {shown}", at + 1));
        }
        // So much talk is none of TLS; that it may turn into it, only its greeting says.
        if left.most == Most::BeforeTls && talk > 16 << 10 && !greets {
            left.most = Most::Nothing;
        }
        left
    }
}

/// Writes a capture, and its key log beside it where there is one.
pub(super) fn write(
    folder: &Path,
    stem: &str,
    bytes: &[u8],
    is_pcapng: bool,
    keys: &str,
) -> (PathBuf, Option<PathBuf>) {
    let path = folder.join(format!("{stem}.{}", if is_pcapng { "pcapng" } else { "pcap" }));
    std::fs::write(&path, bytes).unwrap();
    let key_log = (!keys.is_empty()).then(|| path.with_extension("keys"));
    if let Some(key_log) = &key_log {
        std::fs::write(key_log, keys).unwrap();
    }
    (path, key_log)
}
