//! Why nothing could be read of a capture.

use std::io;

use super::compression::Compression;
use super::damage::Damage;
use super::foreign::Foreign;
use super::reader::Format;

/// Why a capture cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// It begins like a compressed file, but nothing could be decompressed.
    #[error("{compression} data cannot be decompressed")]
    Compression {
        /// What the file's first bytes say.
        compression: Compression,
        /// What the decompressor said.
        source: io::Error,
    },
    /// There is not a single byte in it, after decompression where it is compressed.
    #[error("file is empty{}", within(.0))]
    Empty(Option<Compression>),
    /// Its header is damaged.
    #[error("{format} file is damaged from its start: {damage}")]
    Header {
        /// What the first bytes say.
        format: Format,
        /// What is wrong.
        damage: Damage,
    },
    /// It ends within the header with which every capture of the format begins.
    #[error("{format} file ends within its header, after {length} bytes")]
    HeaderCut {
        /// What the first bytes say.
        format: Format,
        /// Bytes that are there.
        length: usize,
    },
    /// It could not be read from where it is.
    #[error("cannot be read")]
    Io(#[source] io::Error),
    /// It is an Event Trace Log of Windows without packets.
    #[error("Windows Event Trace Log (ETL) without packets{}", .0.reason())]
    NoPackets(NoPackets),
    /// It is something else.
    #[error("not a pcap, pcapng or ETL capture but {found}{}", within(.compression))]
    NotACapture {
        /// What it is, as far as its first bytes tell.
        found: Foreign,
        /// How it is compressed.
        compression: Option<Compression>,
    },
    /// It is a capture of a kind that is not known.
    #[error("{format} file {what}")]
    Unsupported {
        /// What the first bytes say.
        format: Format,
        /// What is not known; completes the sentence `pcap file ...`.
        what: String,
    },
}

impl CaptureError {
    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Compression { .. } => {
                Some("check that the file was copied whole; try to decompress it by itself")
            }
            Self::Empty(_) => Some(
                "was the recording stopped before a packet came, or the file copied before it \
                 was written?",
            ),
            Self::NoPackets(_) => Some(
                "record packets: pktmon start --capture --pkt-size 0, or netsh trace start \
                 capture=yes",
            ),
            Self::NotACapture { found, .. } => found.hint(),
            Self::Header { .. }
            | Self::HeaderCut { .. }
            | Self::Io(_)
            | Self::Unsupported { .. } => None,
        }
    }
}

/// What an Event Trace Log without packets holds instead.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct NoPackets {
    /// Events of `pktmon`.
    pub pktmon: bool,
    /// Packets that Windows dropped: they are no evidence.
    pub dropped: u64,
}

impl NoPackets {
    fn reason(self) -> String {
        match (self.pktmon, self.dropped) {
            (false, _) => ": no network tool wrote to it".to_owned(),
            (true, 0) => ": pktmon wrote it, but packets were not asked for (--capture), or none \
                          passed its filters"
                .to_owned(),
            (true, dropped) => format!(": pktmon wrote it, with {dropped} dropped ones only"),
        }
    }
}

fn within(compression: &Option<Compression>) -> String {
    compression.map(|compression| format!(" (within {compression})")).unwrap_or_default()
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !line.contains(&cause_text) {
            line.push_str(": ");
            line.push_str(&cause_text);
        }
        source = cause.source();
    }
    line
}
