//! One capture from its first packet to its last.

use std::fmt::Write as _;
use std::io::Read;

use super::Means;
use super::anomaly::{Anomalies, code};
use super::connection::{Interest, Tracker};
use super::evidence::{CaptureSummary, Connection};
use crate::capture::{
    CaptureError, CaptureReader, Damage, Fault, Item, LinkType, Packet, Timestamp,
};
use crate::decrypt::KeyLog;
use crate::flow::{FlowTable, Located, Reuse};
use crate::limits::Limits;
use crate::net::{Decoder, Segment, Skipped, TcpHeader};

/// Reads all of a capture.
///
/// # Errors
/// Where the input cannot be read on.
pub(super) fn run<R: Read>(
    mut reader: CaptureReader<R>,
    path: &str,
    index: usize,
    limits: &Limits,
    key_log: &mut KeyLog,
) -> Result<CaptureResult, CaptureError> {
    let mut run = Run::new(index, limits);
    let mut decoder = Decoder::new(limits);
    let mut late_secrets = None;
    while let Some(item) = reader.read()? {
        match item {
            Item::Packet(packet) => {
                run.packet(&packet, decoder.decode(&packet), Means { limits, key_log });
                decoder.counted().iter().for_each(|header| run.mention(header));
            }
            Item::Damage(damage) => run.damage(&damage),
            Item::Secrets(secrets) => {
                key_log.add(secrets);
                if run.packets > 0 {
                    late_secrets.get_or_insert(run.packets);
                }
            }
        }
    }
    let mut summary = CaptureSummary {
        path: path.to_owned(),
        format: reader.format().to_string(),
        compression: reader.compression().map(|compression| compression.to_string()),
        packets: run.packets,
        ..CaptureSummary::default()
    };
    let file = reader.finish().map_err(CaptureError::Io)?;
    summary.bytes = file.bytes;
    summary.sha256 = file.sha256.map(|digest| {
        digest.iter().fold(String::new(), |mut text, byte| {
            let _infallible = write!(text, "{byte:02x}");
            text
        })
    });
    let (connections, other_streams) = run.finish(&mut summary, Means { limits, key_log });
    Ok(CaptureResult { summary, connections, other_streams, late_secrets })
}

/// What one capture gave.
pub(super) struct CaptureResult {
    pub(super) summary: CaptureSummary,
    pub(super) connections: Vec<Connection>,
    pub(super) other_streams: u64,
    /// The packet before the first secrets that do not stand at the beginning.
    pub(super) late_secrets: Option<u64>,
}

/// What a 5-tuple's current connection is to us.
#[derive(Debug)]
enum Slot {
    /// It may still tell something.
    Open(Box<Tracker>),
    /// It is TLS and told everything: the index of its connection.
    Done(usize),
    /// It is not TLS.
    Ignored,
}

struct Run<'a> {
    index: usize,
    limits: &'a Limits,
    table: FlowTable<Slot>,
    connections: Vec<Connection>,
    other_streams: u64,
    packets: u64,
    first_packet_at: Option<Timestamp>,
    last_packet_at: Option<Timestamp>,
    anomalies: Anomalies,
    open: usize,
    held: usize,
    passed_over: PassedOver,
}

/// Packets that could not be followed to TCP, by cause: count and first frame.
#[derive(Debug, Default)]
struct PassedOver {
    link_types: Vec<(LinkType, u64, u64)>,
    malformed: Option<(u64, u64)>,
    fragments: Option<(u64, u64)>,
}

impl<'a> Run<'a> {
    fn new(index: usize, limits: &'a Limits) -> Self {
        Self {
            index,
            limits,
            table: FlowTable::default(),
            connections: Vec::new(),
            other_streams: 0,
            packets: 0,
            first_packet_at: None,
            last_packet_at: None,
            anomalies: Anomalies::new(limits.anomalies_per_capture),
            open: 0,
            held: 0,
            passed_over: PassedOver::default(),
        }
    }

    fn packet(
        &mut self,
        packet: &Packet<'_>,
        decoded: Result<Segment<'_>, Skipped>,
        means: Means<'_>,
    ) {
        self.packets += 1;
        self.first_packet_at = self.first_packet_at.or(packet.timestamp);
        self.last_packet_at = packet.timestamp.or(self.last_packet_at);
        match decoded {
            Ok(segment) => self.segment(&segment, packet, means),
            Err(skipped) => self.passed_over.note(skipped, packet.number),
        }
    }

    /// Takes a TCP header that carries nothing into account for the stream numbers.
    fn mention(&mut self, header: &TcpHeader) {
        let mut is_new = false;
        self.table.mention(header, |_| {
            is_new = true;
            Slot::Ignored
        });
        self.other_streams += u64::from(is_new);
    }

    fn segment(&mut self, segment: &Segment<'_>, packet: &Packet<'_>, means: Means<'_>) {
        let limits = self.limits;
        let mut is_new = false;
        let make = |stream| {
            is_new = true;
            let (frame, at) = (packet.number, packet.timestamp);
            Slot::Open(Box::new(Tracker::new(stream, segment, frame, at, limits)))
        };
        let located = self.table.locate(segment, make, |slot, side, before| match slot {
            Slot::Open(tracker) if tracker.may_begin_with(side, before, limits) => {
                Reuse::SameConnection
            }
            _ => Reuse::New,
        });
        let Some(Located { value, side, replaced, .. }) = located else {
            return;
        };
        self.open += usize::from(is_new);
        let mut finished = None;
        match value {
            Slot::Open(tracker) => {
                let before = tracker.held();
                tracker.push(side, segment, packet.number, means);
                self.held = self.held.saturating_sub(before) + tracker.held();
                let instead = match tracker.interest(means.key_log) {
                    Interest::Open => None,
                    Interest::Done => Some(Slot::Done(self.connections.len())),
                    Interest::None => Some(Slot::Ignored),
                };
                finished = instead.map(|slot| std::mem::replace(value, slot));
            }
            Slot::Done(connection) => {
                if let Some(connection) = self.connections.get_mut(*connection) {
                    connection.last_frame = packet.number;
                }
            }
            Slot::Ignored => {}
        }
        // What is done goes first: its index was taken.
        for slot in finished.into_iter().chain(replaced) {
            self.close(slot, false, means);
        }
        self.keep_bounds(means);
    }

    /// Ends what is known of a connection.
    fn close(&mut self, slot: Slot, limit_reached: bool, means: Means<'_>) {
        match slot {
            Slot::Open(tracker) => {
                self.open -= 1;
                self.held = self.held.saturating_sub(tracker.held());
                match tracker.finish(self.index, means, limit_reached) {
                    Some(connection) => self.connections.push(connection),
                    None => self.other_streams += 1,
                }
            }
            // Counted when that was found out.
            Slot::Done(_) | Slot::Ignored => {}
        }
    }

    /// Gives up connections where too much is held: the larger half of the holders, or the half
    /// that was silent longest.
    fn keep_bounds(&mut self, means: Means<'_>) {
        let too_many = self.open > self.limits.active_flows;
        if !too_many && self.held <= self.limits.held_bytes {
            return;
        }
        let key = |tracker: &Tracker| {
            if too_many {
                tracker.last_frame
            } else {
                u64::MAX - u64::try_from(tracker.held()).unwrap_or(u64::MAX)
            }
        };
        let mut keys: Vec<u64> = self
            .table
            .values_mut()
            .filter_map(|slot| match slot {
                Slot::Open(tracker) => Some(key(tracker)),
                _ => None,
            })
            .collect();
        keys.sort_unstable();
        let Some(&threshold) = keys.get(keys.len() / 2) else {
            return;
        };
        let mut given_up = Vec::new();
        let mut next = self.connections.len();
        for slot in self.table.values_mut() {
            if let Slot::Open(tracker) = slot
                && key(tracker) <= threshold
            {
                let instead = if tracker.is_tls() { Slot::Done(next) } else { Slot::Ignored };
                next += usize::from(tracker.is_tls());
                given_up.push(std::mem::replace(slot, instead));
            }
        }
        let detail = format!("{} connections were given up", given_up.len());
        self.anomalies.add(code::LIMIT_REACHED, Some(self.packets), None, detail);
        for slot in given_up {
            self.close(slot, true, means);
        }
    }

    fn damage(&mut self, damage: &Damage) {
        let code = match damage.fault {
            Fault::Cut { .. } => code::TRUNCATED_FILE,
            _ => code::DAMAGED_FILE,
        };
        self.anomalies.add(code, Some(damage.frame), None, damage.to_string());
    }

    fn finish(mut self, summary: &mut CaptureSummary, means: Means<'_>) -> (Vec<Connection>, u64) {
        let table = std::mem::take(&mut self.table);
        for slot in table.into_values() {
            self.close(slot, false, means);
        }
        self.passed_over.report(&mut self.anomalies);
        summary.first_packet_at = self.first_packet_at;
        summary.last_packet_at = self.last_packet_at;
        (summary.anomalies, summary.anomalies_omitted) = self.anomalies.into_parts();
        self.connections.sort_by_key(|connection| (connection.first_frame, connection.stream));
        (self.connections, self.other_streams)
    }
}

impl PassedOver {
    fn note(&mut self, skipped: Skipped, frame: u64) {
        let counter = match skipped {
            Skipped::LinkType(link_type) => {
                let known = self.link_types.iter_mut().find(|(known, ..)| *known == link_type);
                match known {
                    Some((_, count, _)) => *count += 1,
                    None => self.link_types.push((link_type, 1, frame)),
                }
                return;
            }
            Skipped::FragmentConflict | Skipped::FragmentPoolFull => &mut self.fragments,
            Skipped::Malformed(_) | Skipped::TooManyLayers => &mut self.malformed,
            _ => return,
        };
        counter.get_or_insert((0, frame)).0 += 1;
    }

    fn report(self, anomalies: &mut Anomalies) {
        for (LinkType(number), count, frame) in self.link_types {
            let detail = format!("{count} packets of link type {number} were passed over");
            anomalies.add(code::UNSUPPORTED_LINK_TYPE, Some(frame), None, detail);
        }
        if let Some((count, frame)) = self.malformed {
            let detail = format!("{count} packets with malformed headers were passed over");
            anomalies.add(code::MALFORMED_PACKETS, Some(frame), None, detail);
        }
        if let Some((count, frame)) = self.fragments {
            let detail = format!("{count} IP fragments could not be put together");
            anomalies.add(code::FRAGMENTS_GIVEN_UP, Some(frame), None, detail);
        }
    }
}
