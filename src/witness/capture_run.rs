//! Every packet of a recording, to the connection that it belongs to.

use std::collections::VecDeque;

use super::Means;
use super::anomaly::{Anomalies, code};
use super::closing::Ended;
use super::connection::{Interest, Tracker};
use super::ending::Why;
use super::evidence::{CaptureSummary, Connection, Coverage, Incomplete, OtherStreams};
use super::ledger::Ledger;
use super::life::heading;
use super::lives::{Lives, Place};
use super::over::{Nature, Over};
use super::passed_over::PassedOver;
use super::quiet::Quiet;
use super::results::{Results, placed};
use super::slots::{Slot, State};
use super::stream::Outlet;
use crate::capture::{Damage, Fault, Packet, Timestamp};
use crate::flow::{FlowTable, Heading, Located, Side};
use crate::limits::Limits;
use crate::net::{Decoder, Flags, Plain, Segment, TcpHeader};

/// The connections of a recording while it is read.
#[derive(Debug)]
pub(super) struct Run {
    /// Every file: its place among the captures, and how many frames came before it.
    pub(super) files: Vec<(usize, u64)>,
    /// How many frames came before the file at hand.
    before: u64,
    pub(super) limits: Limits,
    /// Connections go on from file to file.
    continued: bool,
    pub(super) table: FlowTable<Slot>,
    pub(super) lives: Lives,
    pub(super) ledger: Ledger,
    /// Connections that ended with bytes missing.
    pub(super) ended: VecDeque<Ended>,
    pub(super) results: Results,
    /// Packets of the file at hand.
    pub(super) packets: u64,
    /// Number of its last packet.
    pub(super) frames: u64,
    first_packet_at: Option<Timestamp>,
    last_packet_at: Option<Timestamp>,
    pub(super) anomalies: Anomalies,
    pub(super) held: usize,
    passed_over: PassedOver,
    /// What stands behind damage was not read, of any file.
    pub(super) cut_short: bool,
    /// The packet at which damage was noticed last.
    damaged_frame: u64,
    /// Connections of the file at hand that were given up to keep a bound, and when that began.
    pub(super) given_up: Option<(u64, usize)>,
}

/// What came of a recording.
#[derive(Debug, Default)]
pub(super) struct Finished {
    /// Its connections that were not given out.
    pub(super) connections: Vec<Connection>,
    /// How many connections without TLS it had.
    pub(super) other_streams: u64,
    /// What some of those were.
    pub(super) others: Vec<OtherStreams>,
    /// Packets of the last file whose connections were still open at its end.
    pub(super) coverage: Coverage,
}

impl Run {
    pub(super) fn new(limits: &Limits, continued: bool) -> Self {
        Self {
            continued,
            files: Vec::new(),
            before: 0,
            limits: limits.clone(),
            table: FlowTable::default(),
            lives: Lives::default(),
            ledger: Ledger::default(),
            ended: VecDeque::new(),
            results: Results::default(),
            packets: 0,
            frames: 0,
            first_packet_at: None,
            last_packet_at: None,
            anomalies: Anomalies::new(limits.anomalies_per_capture),
            held: 0,
            passed_over: PassedOver::default(),
            cut_short: false,
            damaged_frame: 0,
            given_up: None,
        }
    }

    /// Begins a file, and says how many frames came before it; `keeps` says that what is found
    /// stays here to the end.
    pub(super) fn begin_file(&mut self, index: usize, keeps: bool) -> u64 {
        self.results.keeps = keeps;
        self.before += self.frames;
        self.files.push((index, self.before));
        self.packets = 0;
        self.frames = 0;
        self.first_packet_at = None;
        self.last_packet_at = None;
        self.table.begin_file();
        self.before
    }

    pub(super) fn end_file(&mut self, decoder: &mut Decoder, summary: &mut CaptureSummary) {
        let anomalies = Anomalies::new(self.limits.anomalies_per_capture);
        let mut anomalies = std::mem::replace(&mut self.anomalies, anomalies);
        self.passed_over.end_file(decoder);
        self.cut_short |= self.passed_over.has_unreadable();
        std::mem::take(&mut self.passed_over).report(&mut anomalies, summary);
        if let Some((frame, number)) = self.given_up.take() {
            summary.incomplete.push(Incomplete {
                code: code::LIMIT_REACHED,
                frame: Some(frame),
                detail: format!("{number} connections were given up to keep the bound on memory"),
            });
        }
        if self.continued {
            self.lives.settle_packets(&mut self.ledger);
        }
        self.ledger.close(&mut summary.coverage);
        (summary.anomalies, summary.anomalies_omitted) = anomalies.into_parts();
        summary.packets = self.packets;
        summary.frames = self.frames;
        summary.first_packet_at = self.first_packet_at;
        summary.last_packet_at = self.last_packet_at;
    }

    /// Counts a packet.
    #[inline]
    pub(super) fn count(&mut self, packet: &Packet<'_>) {
        self.packets += 1;
        self.frames = packet.number - self.before;
        if packet.timestamp.is_some() {
            if self.first_packet_at.is_none() {
                self.first_packet_at = packet.timestamp;
            }
            self.last_packet_at = packet.timestamp;
        }
    }

    /// Passes over a packet that can tell nothing; `false`, and nothing is changed, where it may
    /// tell something.
    #[inline]
    pub(super) fn pass(&mut self, packet: &Packet<'_>, means: Means<'_>) -> bool {
        let segment = match Plain::read(packet) {
            Some(Plain::Segment(segment)) => segment,
            Some(Plain::Datagram(datagram)) => {
                self.passed_over.datagram(&datagram, self.frames);
                return true;
            }
            None => return false,
        };
        if segment.flags.intersects(Flags::SYN | Flags::FIN | Flags::RST) {
            return false;
        }
        let Some((slot, side)) = self.table.known(&segment) else {
            return false;
        };
        let numbers = (segment.sequence, segment.acknowledgment);
        match slot.state() {
            State::Open(index) => self.lives.open.get_mut(index).is_some_and(|open| {
                let passed = open.life.is_plain()
                    && open.pass(side, numbers, segment.payload, packet.number, means);
                open.packets += u64::from(passed);
                if passed {
                    open.seen_at(packet.timestamp);
                }
                passed
            }),
            State::Over(index) => self.lives.over.get_mut(index).is_some_and(|over| {
                let passed = over.life.is_plain() && over.pass(side, numbers, segment.payload);
                if passed {
                    self.ledger.pass(over.is_tls(), 1);
                    self.ledger.watch(segment.payload);
                    if let Nature::Tls(Some(connection)) = over.nature {
                        self.results.last_seen(connection, packet);
                    }
                }
                passed
            }),
            State::New | State::Quiet(_) | State::Several(_) => false,
        }
    }

    /// Reads a packet.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, decoder: &mut Decoder, means: Means<'_>) {
        match decoder.decode(packet) {
            Ok(segment) => self.segment(&segment, packet, means),
            Err(skipped) => self.passed_over.note(skipped, packet, decoder, self.frames),
        }
        self.close_ended(packet.number, means);
        decoder.counted().iter().for_each(|header| self.mention(header));
    }

    /// Takes a TCP header that carries nothing into account for the stream numbers.
    fn mention(&mut self, header: &TcpHeader) {
        self.table.mention(header, || Slot::NEW);
    }

    /// Gives a segment to the connection of its 5-tuple whose numbers it fits, and to a new one where
    /// it fits none.
    fn segment(&mut self, segment: &Segment<'_>, packet: &Packet<'_>, means: Means<'_>) {
        let Some(located) = self.table.locate(segment, || Slot::NEW) else {
            self.ledger.pass(false, segment.packets);
            self.ledger.watch(segment.payload);
            return;
        };
        let Located { value, stream, side } = located;
        let heading = heading(segment);
        let place = self.lives.place(*value, (side, &heading), segment, &self.limits);
        let (slot, place) = match place {
            Some(place) => (*value, place),
            None => {
                let quiet = Quiet::new(stream, side, segment, packet);
                let before = *value;
                let (slot, left) = self.lives.begin(before, quiet);
                *value = slot;
                self.leave(left, means);
                if segment.flags.contains(Flags::SYN) {
                    self.replace(before, segment, packet.number);
                }
                (slot, Place::FIRST)
            }
        };
        let Some(life) = self.lives.at(slot, place) else {
            self.ledger.pass(false, segment.packets);
            self.ledger.watch(segment.payload);
            return;
        };
        let after = self.take(life, (stream, side), (segment, &heading), packet, means);
        if after != life {
            let changed = self.lives.put(slot, place, after);
            if let Some(value) = self.table.value_of(segment) {
                *value = changed;
            }
        }
        self.keep_bounds(means);
    }

    /// Gives a segment to a connection; says where that is kept now.
    fn take(
        &mut self,
        life: Slot,
        (stream, side): (Option<u64>, Side),
        (segment, heading): (&Segment<'_>, &Heading),
        packet: &Packet<'_>,
        means: Means<'_>,
    ) -> Slot {
        let mut life = life;
        match life.state() {
            State::Quiet(index) if Quiet::leaves_quiet(segment) => {
                if let Some(quiet) = self.lives.quiet.get_mut(index) {
                    quiet.life.note(side, heading, segment);
                    quiet.note(side, segment);
                    quiet.packets += segment.packets;
                }
                return life;
            }
            State::Quiet(index) => {
                if let Some(quiet) = self.lives.quiet.remove(index) {
                    life = self.lives.open(Tracker::new(stream, quiet, side));
                }
            }
            State::Over(index) => {
                match self.watch(index, (stream, side), (segment, heading), packet, means) {
                    Some(woken) => life = woken,
                    None => return life,
                }
            }
            State::Open(_) | State::New | State::Several(_) => {}
        }
        let State::Open(index) = life.state() else {
            return life;
        };
        let Some(tracker) = self.lives.open.get_mut(index) else {
            return life;
        };
        tracker.packets += segment.packets;
        tracker.is_damaged |= self.damaged_frame == packet.number;
        let held = tracker.counted_held;
        let was_acknowledged = tracker.is_acknowledged();
        tracker.seen_at(packet.timestamp);
        tracker.push(side, segment, packet.number, means);
        tracker.counted_held = tracker.held();
        self.held = self.held.saturating_sub(held) + tracker.counted_held;
        if tracker.is_acknowledged() && !was_acknowledged {
            let place = tracker.place();
            self.end_later(packet.number, index, place);
        }
        let over = self.lives.open.get(index).map(|tracker| tracker.interest(means));
        match over {
            Some(Interest::Over) => self.finish_open(index, Why::ToldAll, means),
            _ => life,
        }
    }

    /// Takes a segment of a connection of which no more is read; says where it is kept where more is
    /// to be read again.
    fn watch(
        &mut self,
        index: u32,
        (stream, side): (Option<u64>, Side),
        (segment, heading): (&Segment<'_>, &Heading),
        packet: &Packet<'_>,
        means: Means<'_>,
    ) -> Option<Slot> {
        let over = self.lives.over.get_mut(index)?;
        if let Nature::Tls(Some(connection)) = over.nature {
            self.results.last_seen(connection, packet);
        }
        if !over.is_ended_by(side, heading, segment) {
            over.note(side, heading, segment);
            self.ledger.pass(over.is_tls(), segment.packets);
            self.ledger.watch(segment.payload);
            return None;
        }
        let Some(Over { life, nature: Nature::Talk(talk), .. }) = self.lives.over.remove(index)
        else {
            return None;
        };
        // It was counted as one without TLS.
        self.results.other_streams = self.results.other_streams.saturating_sub(1);
        let tracker = Tracker::after_talk(stream, *talk, life, side, segment, means);
        Some(self.lives.open(tracker))
    }

    pub(super) fn damage(&mut self, damage: &Damage) {
        self.passed_over.damage(damage);
        self.cut_short |= damage.hides_packets;
        // A wrong length is noticed behind the packet that it belongs to.
        if damage.hides_packets && !matches!(damage.fault, Fault::Compression { .. }) {
            self.damaged_frame = self.before + damage.frame;
            let near = self.damaged_frame.saturating_sub(1)..=self.damaged_frame;
            let last = self.lives.open.values_mut();
            last.filter(|open| near.contains(&open.last_frame))
                .for_each(|open| open.is_damaged = true);
        }
        let code = match damage.fault {
            Fault::Cut { .. } | Fault::LogBuffersMissing { .. } => code::TRUNCATED_FILE,
            Fault::DroppedByHost { .. } => code::DROPPED_BY_HOST,
            Fault::Expansion(_) | Fault::SortLimit(_) => code::LIMIT_REACHED,
            _ => code::DAMAGED_FILE,
        };
        self.anomalies.add(code, Some(damage.frame), None, damage.to_string());
    }

    /// Gives out the connections that are over, and says whether more are wanted.
    #[inline]
    pub(super) fn give_out(&mut self, outlet: Option<&mut Outlet<'_>>) -> bool {
        let Some(outlet) = outlet else {
            return true;
        };
        if !self.results.connections.is_empty() {
            let connections = std::mem::take(&mut self.results.connections);
            for connection in placed(connections, &self.files) {
                outlet.add(connection);
            }
        }
        outlet.is_open()
    }

    /// What came of it; connections that are still open are given out where there is an `outlet`.
    pub(super) fn finish(
        mut self,
        means: Means<'_>,
        mut outlet: Option<&mut Outlet<'_>>,
    ) -> Finished {
        let mut open = Vec::new();
        for slot in std::mem::take(&mut self.table).into_values() {
            for life in self.lives.all(slot) {
                match life.state() {
                    State::Open(index) => {
                        let place = self.lives.open.get(index).map(|tracker| tracker.place());
                        open.push((place, index));
                    }
                    _ => {
                        self.close(life, Why::Ended, means);
                    }
                }
            }
        }
        open.sort_unstable();
        // One after the other: a connection takes more memory once it is concluded.
        for (_, index) in open {
            let why = if self.cut_short { Why::Unread } else { Why::Ended };
            self.finish_open(index, why, means);
            self.give_out(outlet.as_deref_mut());
        }
        let mut coverage = Coverage::default();
        self.ledger.close(&mut coverage);
        let Self { files, results, .. } = self;
        let Results { connections, other_streams, others, .. } = results;
        let mut connections: Vec<Connection> = placed(connections, &files).collect();
        let place = |one: &Connection| (one.capture, one.first_frame, one.stream);
        connections.sort_unstable_by_key(place);
        Finished { connections, other_streams, others, coverage }
    }
}
