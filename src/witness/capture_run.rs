//! Every packet of a recording, to the connection that it belongs to.

use std::collections::VecDeque;

use super::Means;
use super::anomaly::{Anomalies, code};
use super::connection::{Interest, Tracker};
use super::evidence::{CaptureSummary, Connection};
use super::passed_over::PassedOver;
use super::quiet::Quiet;
use super::results::{Results, placed};
use super::slots::{Slab, Slot, State};
use super::stream::Outlet;
use crate::capture::{Damage, Fault, Packet, Timestamp};
use crate::flow::{FlowTable, Located, Reuse, Side};
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
    table: FlowTable<Slot>,
    quiet: Slab<Quiet>,
    open: Slab<Box<Tracker>>,
    /// Connections that ended with bytes missing.
    ended: VecDeque<Ended>,
    results: Results,
    /// Packets of the file at hand.
    pub(super) packets: u64,
    /// Number of its last packet.
    pub(super) frames: u64,
    first_packet_at: Option<Timestamp>,
    last_packet_at: Option<Timestamp>,
    anomalies: Anomalies,
    held: usize,
    passed_over: PassedOver,
}

/// A connection of which bytes are missing that will not come any more.
#[derive(Debug)]
struct Ended {
    /// The number of the packet after which it is not waited for.
    until: u64,
    /// Where it was kept.
    index: u32,
    /// Which one it was.
    place: (u64, u64),
}

impl Run {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            files: Vec::new(),
            before: 0,
            limits: limits.clone(),
            table: FlowTable::default(),
            quiet: Slab::default(),
            open: Slab::default(),
            ended: VecDeque::new(),
            results: Results::default(),
            packets: 0,
            frames: 0,
            first_packet_at: None,
            last_packet_at: None,
            anomalies: Anomalies::new(limits.anomalies_per_capture),
            held: 0,
            passed_over: PassedOver::default(),
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

    pub(super) fn end_file(&mut self, summary: &mut CaptureSummary) {
        let anomalies = Anomalies::new(self.limits.anomalies_per_capture);
        let mut anomalies = std::mem::replace(&mut self.anomalies, anomalies);
        std::mem::take(&mut self.passed_over).report(&mut anomalies);
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
        self.first_packet_at = self.first_packet_at.or(packet.timestamp);
        self.last_packet_at = packet.timestamp.or(self.last_packet_at);
    }

    /// Passes over a packet that can tell nothing; `false`, and nothing is changed, where it may
    /// tell something.
    #[inline]
    pub(super) fn pass(&mut self, packet: &Packet<'_>, means: Means<'_>) -> bool {
        let Some(segment) = Plain::read(packet) else {
            return false;
        };
        if segment.flags.intersects(Flags::SYN | Flags::FIN | Flags::RST) {
            return false;
        }
        let Some((slot, side)) = self.table.known(&segment) else {
            return false;
        };
        match slot.state() {
            State::Ignored | State::Told => true,
            State::Open(index) => self.open.get_mut(index).is_some_and(|open| {
                let bytes = (segment.sequence, segment.payload);
                open.pass(side, bytes, packet.number, means)
            }),
            State::Done(connection) => {
                self.results.last_seen(connection, packet.number);
                true
            }
            State::New | State::Quiet(_) => false,
        }
    }

    /// Reads a packet.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, decoder: &mut Decoder, means: Means<'_>) {
        match decoder.decode(packet) {
            Ok(segment) => self.segment(&segment, packet, means),
            Err(skipped) => self.passed_over.note(skipped, self.frames),
        }
        self.close_ended(packet.number, means);
        decoder.counted().iter().for_each(|header| self.mention(header));
        self.passed_over.note_datagram(decoder.udp_payload(packet), self.frames);
    }

    /// Takes a TCP header that carries nothing into account for the stream numbers.
    fn mention(&mut self, header: &TcpHeader) {
        let results = &mut self.results;
        self.table.mention(header, |_| results.add(None));
    }

    fn segment(&mut self, segment: &Segment<'_>, packet: &Packet<'_>, means: Means<'_>) {
        let Self { table, quiet, open, limits, .. } = self;
        let limits = &*limits;
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
            State::Open(index) => {
                let is_whole = segment.missing == 0 && segment.fragments.is_empty();
                let bytes = (segment.sequence, segment.payload);
                if is_whole
                    && !segment.flags.intersects(Flags::SYN | Flags::FIN | Flags::RST)
                    && let Some(tracker) = open.get_mut(index)
                    && tracker.pass(side, bytes, packet.number, means)
                {
                    return;
                }
                before
            }
        };
        *value = after;
        if let State::Open(index) = after.state()
            && let Some(tracker) = open.get_mut(index)
        {
            let held = if before == after { tracker.held() } else { 0 };
            let was_acknowledged = tracker.is_acknowledged();
            tracker.push(side, segment, packet.number, means);
            if tracker.is_acknowledged() && !was_acknowledged {
                let until = packet.number.saturating_add(self.limits.packets_after_end);
                self.ended.push_back(Ended { until, index, place: tracker.place() });
            }
            self.held = self.held.saturating_sub(held) + tracker.held();
            if tracker.interest(means) == Interest::Over
                && let Some(tracker) = open.remove(index)
            {
                self.held = self.held.saturating_sub(tracker.held());
                let connection = tracker.finish(means, false);
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
                    tracker.finish(means, limit_reached)
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

    /// Closes connections that ended long enough before `frame`.
    fn close_ended(&mut self, frame: u64, means: Means<'_>) {
        while let Some(&Ended { until, index, place }) = self.ended.front()
            && until <= frame
        {
            self.ended.pop_front();
            let tracker = self.open.get(index).filter(|tracker| tracker.place() == place);
            let ends = tracker.map(|tracker| tracker.endpoints());
            let slot = ends.and_then(|ends| self.table.find(ends)).map(|slot| *slot);
            let slot = slot.filter(|slot| slot.state() == State::Open(index));
            if let (Some(ends), Some(slot)) = (ends, slot) {
                let left = self.close(slot, false, means);
                if let Some(slot) = self.table.find(ends) {
                    *slot = left;
                }
            }
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

    pub(super) fn damage(&mut self, damage: &Damage) {
        let code = match damage.fault {
            Fault::Cut { .. } => code::TRUNCATED_FILE,
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

    /// Its connections that were not given out, and how many streams without TLS it had; those that
    /// are still open are given out where there is an `outlet`.
    pub(super) fn finish(
        mut self,
        means: Means<'_>,
        mut outlet: Option<&mut Outlet<'_>>,
    ) -> (Vec<Connection>, u64) {
        let mut open = Vec::new();
        for slot in std::mem::take(&mut self.table).into_values() {
            match slot.state() {
                State::Open(index) => open.extend(self.open.remove(index)),
                _ => {
                    self.close(slot, false, means);
                }
            }
        }
        open.sort_unstable_by_key(|tracker| tracker.place());
        // One after the other: a connection takes more memory once it is concluded.
        for tracker in open {
            self.results.add(tracker.finish(means, false));
            self.give_out(outlet.as_deref_mut());
        }
        let Self { files, results: Results { connections, other_streams, .. }, .. } = self;
        let mut connections: Vec<Connection> = placed(connections, &files).collect();
        let place = |one: &Connection| (one.capture, one.first_frame, one.stream);
        connections.sort_unstable_by_key(place);
        (connections, other_streams)
    }
}
