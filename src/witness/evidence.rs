//! What was seen in all captures: the input of verdicts and reports.

use std::net::SocketAddr;

use super::anomaly::Anomaly;
use crate::capture::Timestamp;
use crate::inspect::Observation;
use crate::net::Layer;

/// Everything seen in the captures given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// The captures, in the order given.
    pub captures: Vec<CaptureSummary>,
    /// Every connection in which a TLS record header was recognised, by capture and first frame.
    pub connections: Vec<Connection>,
    /// TCP streams without TLS.
    pub other_streams: u64,
}

/// One capture file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CaptureSummary {
    /// As the user named it.
    pub path: String,
    /// SHA-256 of the file as it is stored, lower-case hex; `None` where it was not asked for.
    pub sha256: Option<String>,
    /// `pcap` or `pcapng`.
    pub format: String,
    /// `gzip`, `zstd`, `lz4`.
    pub compression: Option<String>,
    /// Packets read.
    pub packets: u64,
    /// Number of the last packet as Wireshark counts frames, in which some blocks of pcapng that are
    /// no packets have a number too.
    pub frames: u64,
    /// Length of the file as it is stored, in bytes.
    pub bytes: u64,
    /// Time of the first packet in the file.
    pub first_packet_at: Option<Timestamp>,
    /// Time of the last packet in the file.
    pub last_packet_at: Option<Timestamp>,
    /// What is odd about the file itself.
    pub anomalies: Vec<Anomaly>,
    /// Anomalies beyond the limit, counted only.
    pub anomalies_omitted: u64,
    /// Why the capture could not be used, where it could not.
    pub error: Option<String>,
}

/// One TLS connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connection {
    /// Index into `Evidence::captures`: where it begins.
    pub capture: usize,
    /// Wireshark's `tcp.stream` in that file.
    pub stream: u64,
    /// Both ends; the sender of the connection's first packet stands first.
    pub endpoints: [SocketAddr; 2],
    /// Which of `endpoints` is the TLS client; `None` where the bytes do not tell.
    pub client: Option<usize>,
    /// What the first packet was wrapped in, outermost first.
    pub encapsulation: Vec<Layer>,
    /// What stood before TLS (`proxy-v2`, `http-connect`, `starttls-smtp`).
    pub preamble: Option<String>,
    /// First packet of the connection, an IP fragment too. All its frames are those of `capture`; where it goes on
    /// into the next file, they are counted on.
    pub first_frame: u64,
    /// Last packet of the connection.
    pub last_frame: u64,
    /// Time of the first packet.
    pub started_at: Option<Timestamp>,
    /// What TLS shows.
    pub observation: Observation,
    /// What is odd about it.
    pub anomalies: Vec<Anomaly>,
    /// Anomalies beyond the limit, counted only.
    pub anomalies_omitted: u64,
}

impl Evidence {
    /// Adds connections; of one capture there may be very many, and they are not moved then.
    pub(super) fn add(&mut self, mut connections: Vec<Connection>) {
        if self.connections.is_empty() {
            self.connections = connections;
        } else {
            self.connections.append(&mut connections);
        }
    }

    /// The capture in which a frame of a connection stands that begins in `capture`, and its
    /// number there.
    ///
    /// Frames of a connection that goes on into the next file of a recording are counted on.
    pub fn locate(&self, mut capture: usize, mut frame: u64) -> (usize, u64) {
        while let Some(frames) = self.captures.get(capture).map(|capture| capture.frames)
            && frame > frames
            && capture + 1 < self.captures.len()
        {
            frame -= frames;
            capture += 1;
        }
        (capture, frame)
    }
}

impl Connection {
    /// Counts every frame from the packet after `before`.
    pub(super) fn count_frames_after(&mut self, before: u64) {
        let count = |frame: &mut u64| *frame = frame.saturating_sub(before);
        count(&mut self.first_frame);
        count(&mut self.last_frame);
        self.anomalies.iter_mut().filter_map(|anomaly| anomaly.frame.as_mut()).for_each(count);
        self.observation.frames_mut().for_each(count);
    }

    /// The TLS client's address, where known.
    pub fn client(&self) -> Option<SocketAddr> {
        self.client.and_then(|index| self.endpoints.get(index)).copied()
    }

    /// The TLS server's address, where known.
    pub fn server(&self) -> Option<SocketAddr> {
        self.client.and_then(|index| self.endpoints.get(1 - index.min(1))).copied()
    }
}
