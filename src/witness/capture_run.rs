//! One capture from its first packet to its last.

use std::fmt::Write as _;
use std::io::Read;

use super::Means;
use super::anomaly::{Anomalies, code};
use super::connection::{Interest, Tracker};
use super::evidence::{CaptureSummary, Connection};
use super::quiet::Quiet;
use super::slots::{Slab, Slot, State};
use crate::capture::{
    CaptureError, CaptureReader, Damage, Fault, Item, LinkType, Packet, Timestamp,
};
use crate::certificate::CertificateCache;
use crate::decrypt::{KeyLog, RsaKey};
use crate::flow::{FlowTable, Located, Reuse, Side};
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
    rsa_keys: &[RsaKey],
    certificates: &CertificateCache,
) -> Result<CaptureResult, CaptureError> {
    let mut run = Run::new(index, limits);
    let mut decoder = Decoder::new(limits);
    let mut late_secrets = None;
    while let Some(item) = reader.read()? {
        match item {
            Item::Packet(packet) => {
                run.packet(
                    &packet,
                    decoder.decode(&packet),
                    Means { limits, key_log, rsa_keys, certificates },
                );
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
    let (connections, other_streams) =
        run.finish(&mut summary, Means { limits, key_log, rsa_keys, certificates });
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

struct Run<'a> {
    index: usize,
    limits: &'a Limits,
    table: FlowTable<Slot>,
    quiet: Slab<Quiet>,
    open: Slab<Box<Tracker>>,
    results: Results,
    packets: u64,
    first_packet_at: Option<Timestamp>,
    last_packet_at: Option<Timestamp>,
    anomalies: Anomalies,
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
            quiet: Slab::default(),
            open: Slab::default(),
            results: Results::default(),
            packets: 0,
            first_packet_at: None,
            last_packet_at: None,
            anomalies: Anomalies::new(limits.anomalies_per_capture),
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
        let results = &mut self.results;
        self.table.mention(header, |_| results.add(None));
    }

    fn segment(&mut self, segment: &Segment<'_>, packet: &Packet<'_>, means: Means<'_>) {
        let Self { table, quiet, open, limits, .. } = self;
        let may_begin = |slot: &Slot, side, before| match slot.state() {
            State::Quiet(index) => {
                quiet.get(index).is_some_and(|quiet| quiet.may_begin_with(side, before, limits))
            }
            State::Open(index) => {
                open.get(index).is_some_and(|tracker| tracker.may_begin_with(side, before, limits))
            }
            _ => false,
        };
        let reuse = |slot: &Slot, side, before| {
            if may_begin(slot, side, before) { Reuse::SameConnection } else { Reuse::New }
        };
        let Some(located) = table.locate(segment, |_| Slot::NEW, reuse) else {
            return;
        };
        let Located { value, stream, side, replaced } = located;
        let before = *value;
        let after = match before.state() {
            State::Ignored | State::Told => return,
            State::Done(connection) => return self.results.last_seen(connection, packet.number),
            State::New | State::Quiet(_) if Quiet::leaves_quiet(segment) => {
                Self::keep_quiet(quiet, before, (side, segment), packet)
            }
            State::New => {
                let quiet = Quiet::new(segment, packet.number, packet.timestamp);
                Self::begin(open, Tracker::new(stream, quiet, side, segment, means))
            }
            State::Quiet(index) => quiet.remove(index).map_or(Slot::IGNORED, |quiet| {
                Self::begin(open, Tracker::new(stream, quiet, side, segment, means))
            }),
            State::Open(_) => before,
        };
        *value = after;
        if let State::Open(index) = after.state()
            && let Some(tracker) = open.get_mut(index)
        {
            let held = if before == after { tracker.held() } else { 0 };
            tracker.push(side, segment, packet.number, means);
            self.held = self.held.saturating_sub(held) + tracker.held();
            if tracker.interest(means) == Interest::Over
                && let Some(tracker) = open.remove(index)
            {
                self.held = self.held.saturating_sub(tracker.held());
                let connection = tracker.finish(self.index, means, false);
                *value = self.results.add(connection);
            }
        }
        if let Some(slot) = replaced {
            self.close(slot, false, means);
        }
        self.keep_bounds(means);
    }

    /// Keeps a connection that has no payload still.
    fn keep_quiet(
        quiet: &mut Slab<Quiet>,
        slot: Slot,
        (side, segment): (Side, &Segment<'_>),
        packet: &Packet<'_>,
    ) -> Slot {
        if let State::Quiet(index) = slot.state() {
            if let Some(quiet) = quiet.get_mut(index) {
                quiet.note(side, segment);
            }
            return slot;
        }
        let mut new = Quiet::new(segment, packet.number, packet.timestamp);
        new.note(side, segment);
        let kept = quiet.insert(new).and_then(|index| Slot::pack(State::Quiet(index)));
        kept.unwrap_or(Slot::IGNORED)
    }

    /// Keeps a connection that may tell something.
    fn begin(open: &mut Slab<Box<Tracker>>, tracker: Tracker) -> Slot {
        let kept = open.insert(Box::new(tracker)).and_then(|index| Slot::pack(State::Open(index)));
        kept.unwrap_or(Slot::IGNORED)
    }

    /// Ends what is known of a connection.
    fn close(&mut self, slot: Slot, limit_reached: bool, means: Means<'_>) -> Slot {
        match slot.state() {
            State::Open(index) => {
                let connection = self.open.remove(index).and_then(|tracker| {
                    self.held = self.held.saturating_sub(tracker.held());
                    tracker.finish(self.index, means, limit_reached)
                });
                self.results.add(connection)
            }
            State::Quiet(index) => {
                self.quiet.remove(index);
                self.results.add(None)
            }
            State::New => self.results.add(None),
            State::Ignored | State::Told | State::Done(_) => slot,
        }
    }

    /// Gives up connections where too much is held: the larger half of the holders, or the half
    /// that was silent longest.
    fn keep_bounds(&mut self, means: Means<'_>) {
        let too_many = self.open.len() > self.limits.active_flows;
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
        let mut keys: Vec<u64> = self.open.values().map(|tracker| key(tracker)).collect();
        keys.sort_unstable();
        let Some(&threshold) = keys.get(keys.len() / 2) else {
            return;
        };
        let mut table = std::mem::take(&mut self.table);
        let mut given_up = 0_usize;
        for slot in table.values_mut() {
            if let State::Open(index) = slot.state()
                && self.open.get(index).is_some_and(|tracker| key(tracker) <= threshold)
            {
                *slot = self.close(*slot, true, means);
                given_up += 1;
            }
        }
        self.table = table;
        let detail = format!("{given_up} connections were given up");
        self.anomalies.add(code::LIMIT_REACHED, Some(self.packets), None, detail);
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
        let Results { mut connections, other_streams } = self.results;
        connections.sort_by_key(|connection| (connection.first_frame, connection.stream));
        (connections, other_streams)
    }
}

/// What the connections that are over came to.
#[derive(Debug, Default)]
struct Results {
    connections: Vec<Connection>,
    /// Those without TLS.
    other_streams: u64,
}

impl Results {
    /// Keeps what came of a connection that is over, and says what is left of it.
    fn add(&mut self, connection: Option<Connection>) -> Slot {
        let Some(connection) = connection else {
            self.other_streams += 1;
            return Slot::IGNORED;
        };
        let index = u32::try_from(self.connections.len()).ok();
        self.connections.push(connection);
        index.and_then(|index| Slot::pack(State::Done(index))).unwrap_or(Slot::TOLD)
    }

    /// Notes the last packet of a connection that told everything.
    fn last_seen(&mut self, connection: u32, frame: u64) {
        let connection = usize::try_from(connection).ok();
        if let Some(connection) = connection.and_then(|index| self.connections.get_mut(index)) {
            connection.last_frame = frame;
        }
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
