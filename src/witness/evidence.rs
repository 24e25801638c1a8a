//! What was seen in all captures: the input of verdicts and reports.

use std::net::SocketAddr;

use super::anomaly::Anomaly;
use crate::capture::{Recorder, Timestamp};
use crate::flow::Account;
use crate::inspect::Observation;
use crate::net::Layer;

/// Everything seen in the captures given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// The captures, in the order given.
    pub captures: Vec<CaptureSummary>,
    /// Every connection that is TLS or may be, by capture and first frame.
    pub connections: Vec<Connection>,
    /// TCP streams without TLS.
    pub other_streams: u64,
    /// What some of those were, by kind and server.
    pub others: Vec<OtherStreams>,
}

/// TCP streams without TLS, of one kind and to one server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OtherStreams {
    /// What they were.
    pub kind: OtherKind,
    /// To whom the first packet went.
    pub server: SocketAddr,
    /// How many.
    pub streams: u64,
    /// First frame of the first one, in the file in which its recording begins.
    pub first_frame: u64,
}

/// What a TCP stream without TLS was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OtherKind {
    /// HTTP in the clear.
    PlainHttp,
    /// A SYN that a RST answered: nothing listens there.
    Refused,
    /// A connection on which nobody said a thing.
    Silent,
    /// A SYN that nobody answered.
    Unanswered,
}

impl OtherStreams {
    /// Adds to a list of kinds and servers, which holds so many at most.
    pub(super) fn add_to(self, all: &mut Vec<Self>) {
        let known = |one: &&mut Self| one.kind == self.kind && one.server == self.server;
        if let Some(known) = all.iter_mut().find(known) {
            known.streams += self.streams;
        } else if all.len() < OTHER_STREAMS {
            all.push(self);
        }
    }
}

/// Kinds and servers of streams without TLS that are told apart: whoever looks for one knows which.
const OTHER_STREAMS: usize = 64;

/// One capture file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CaptureSummary {
    /// As the user named it.
    pub path: String,
    /// SHA-256 of the file as it is stored, lower-case hex; `None` where it was not asked for.
    pub sha256: Option<String>,
    /// `pcap`, `pcapng` or `etl`.
    pub format: String,
    /// `gzip`, `zstd`, `lz4`.
    pub compression: Option<String>,
    /// Packets read.
    pub packets: u64,
    /// Number of the last packet as Wireshark counts frames, in which some blocks of pcapng that are
    /// no packets have a number too, and in which every event of an Event Trace Log that has a packet
    /// has one.
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
    /// What became of its packets.
    pub coverage: Coverage,
    /// What of it was not read that may hold a connection; empty where it is complete.
    pub incomplete: Vec<Incomplete>,
    /// What the file says of its recorder; `None` where it says nothing.
    pub recorder: Option<Recorder>,
}

/// What became of the packets of a capture: every one is counted once.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// Packets of TLS connections.
    pub tls: u64,
    /// Packets of TCP connections in which no TLS was recognised.
    pub tcp_without_tls: u64,
    /// Packets that cannot carry TLS: ARP, ICMP, DNS.
    pub other: u64,
    /// Packets whose headers cannot be read up to TCP.
    pub unreadable: u64,
    /// Packets that may carry TLS and are not followed, by kind, in order of their first frame.
    pub not_followed: Vec<NotFollowed>,
    /// Packets of further kinds that are not followed.
    pub not_followed_further: u64,
    /// The payload of TCP, in bytes, of the connections that ended in this file.
    pub payload: Account,
}

impl Coverage {
    /// Counts the packets of connections of another account too.
    pub(super) fn add(&mut self, other: &Self) {
        self.tls += other.tls;
        self.tcp_without_tls += other.tcp_without_tls;
        self.other += other.other;
        self.unreadable += other.unreadable;
        self.payload.add(other.payload);
    }

    /// All packets that are accounted for.
    pub fn packets(&self) -> u64 {
        let not_followed: u64 = self.not_followed.iter().map(|kind| kind.packets).sum();
        self.tls
            + self.tcp_without_tls
            + self.other
            + self.unreadable
            + not_followed
            + self.not_followed_further
    }
}

/// A kind of packets that are not followed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotFollowed {
    /// What they are, `UDP port 51820`.
    pub what: String,
    /// How many there are.
    pub packets: u64,
    /// Number of the first one, as Wireshark counts frames.
    pub first_frame: u64,
}

/// Something of a capture that was not read and may hold a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Incomplete {
    /// Stable kebab-case code, one of [`super::code::ALL`].
    pub code: &'static str,
    /// The frame at which it was noticed.
    pub frame: Option<u64>,
    /// What exactly, for people; hostile text in it is not yet escaped.
    pub detail: String,
}

/// One TLS connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connection {
    /// Index into `Evidence::captures`: where it begins.
    pub capture: usize,
    /// Wireshark's `tcp.stream` in that file, of its first handshake byte; `None` where Wireshark
    /// gives it no number.
    pub stream: Option<u64>,
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
    /// Time of the last packet; where it was given out before its end, of the last one until then.
    pub ended_at: Option<Timestamp>,
    /// Who ended it first, as far as it was followed.
    pub closed: Option<Closed>,
    /// Any byte of a handshake lies in the capture, or bytes that may be some; otherwise there is
    /// only what came after it.
    pub has_handshake_bytes: bool,
    /// Digests of the ClientHello's random and of the ServerHello's, where visible: recordings of one
    /// handshake at several places share them.
    pub randoms: [Option<u64>; 2],
    /// The earliest recording of the same handshake, where this one is another: of those that were
    /// given out before it, where they are streamed.
    pub same_handshake_as: Option<Copied>,
    /// What TLS shows.
    pub observation: Observation,
    /// What is odd about it.
    pub anomalies: Vec<Anomaly>,
    /// Anomalies beyond the limit, counted only.
    pub anomalies_omitted: u64,
}

/// The first FIN or RST of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed {
    /// Which of the connection's `endpoints` sent it.
    pub by: usize,
    /// It was a RST.
    pub reset: bool,
    /// Its frame.
    pub frame: u64,
}

/// Another recording of a connection's handshake.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Copied {
    /// Index of its capture among those given.
    pub capture: usize,
    /// Its `tcp.stream`.
    pub stream: Option<u64>,
    /// Its first frame.
    pub first_frame: u64,
}

/// Code of what is missing where a capture of the run could not be used.
pub const UNUSABLE_CAPTURE: &str = "unusable-capture";

impl CaptureSummary {
    /// What of it was not read that may hold a connection; of one that could not be used, all.
    pub fn not_read(&self) -> impl Iterator<Item = Incomplete> {
        let unusable = self.error.iter().map(|why| Incomplete {
            code: UNUSABLE_CAPTURE,
            frame: None,
            detail: why.clone(),
        });
        unusable.chain(self.incomplete.iter().cloned())
    }

    /// Whether all of it was read that may hold a connection.
    pub fn is_complete(&self) -> bool {
        self.error.is_none() && self.incomplete.is_empty()
    }
}

impl Evidence {
    /// Whether all was read that may hold a connection.
    pub fn is_complete(&self) -> bool {
        self.captures.iter().all(CaptureSummary::is_complete)
    }

    /// Adds streams without TLS, and what some of them were.
    pub(super) fn add_others(&mut self, streams: u64, others: Vec<OtherStreams>) {
        self.other_streams += streams;
        others.into_iter().for_each(|other| other.add_to(&mut self.others));
    }

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
        self.closed.iter_mut().for_each(|closed| count(&mut closed.frame));
        self.anomalies.iter_mut().filter_map(|anomaly| anomaly.frame.as_mut()).for_each(count);
        self.observation.frames_mut().for_each(count);
    }

    /// The TLS client's address, where known.
    pub fn client(&self) -> Option<SocketAddr> {
        self.client.and_then(|index| self.endpoints.get(index)).copied()
    }

    /// Whether the client ended the connection first, where it is known who did.
    pub fn closed_by_client(&self) -> Option<bool> {
        Some(self.closed?.by == self.client?)
    }

    /// The TLS server's address, where known.
    pub fn server(&self) -> Option<SocketAddr> {
        self.client.and_then(|index| self.endpoints.get(1 - index.min(1))).copied()
    }
}
