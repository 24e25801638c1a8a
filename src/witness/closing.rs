//! The end of connections: they told everything, were replaced, or are given up.

use super::Means;
use super::anomaly::code;
use super::capture_run::Run;
use super::connection::Tracker;
use super::ending::Why;
use super::endpoints::ordered;
use super::over::Nature;
use super::slots::{Slot, State};
use crate::net::Segment;

/// A connection of which bytes are missing that will not come any more.
#[derive(Debug)]
pub(super) struct Ended {
    /// The number of the packet after which it is not waited for.
    pub(super) until: u64,
    /// Where it was kept.
    pub(super) index: u32,
    /// Which one it was.
    pub(super) place: (u64, Option<u64>),
}

impl Run {
    /// Ends a connection; says what is left of it.
    pub(super) fn finish_open(&mut self, index: u32, why: Why, means: Means<'_>) -> Slot {
        let Some(mut tracker) = self.lives.open.remove(index) else {
            return Slot::NEW;
        };
        self.held = self.held.saturating_sub(tracker.counted_held);
        let packets = tracker.packets;
        tracker.read_to_the_end(means);
        self.ledger.take(tracker.account());
        let mut over = tracker.remains();
        let talk = (!tracker.is_tls()).then(|| tracker.talk());
        let (other, ends) = (tracker.other_kind(), tracker.ordered_endpoints());
        let first_frame = tracker.first_frame;
        let connection = tracker.finish(means, why);
        if connection.is_none()
            && let Some(kind) = other
        {
            self.results.note_other(kind, ends, first_frame);
        }
        self.ledger.pass(connection.is_some(), packets);
        over.nature = match (self.results.add(connection), talk) {
            (None, Some(talk)) => Nature::Talk(Box::new(talk)),
            (connection, _) => Nature::Tls(connection.flatten()),
        };
        self.lives.over(over)
    }

    /// Ends what is known of a connection; says what is left of it.
    pub(super) fn close(&mut self, life: Slot, why: Why, means: Means<'_>) -> Slot {
        match life.state() {
            State::Open(index) => self.finish_open(index, why, means),
            State::Quiet(index) => {
                let Some(quiet) = self.lives.quiet.remove(index) else {
                    return Slot::NEW;
                };
                if quiet.lacks_bytes() {
                    let tracker = Tracker::new(quiet.stream, quiet.clone(), quiet.first);
                    let open = self.lives.open(tracker);
                    return match open.state() {
                        State::Open(index) => self.finish_open(index, why, means),
                        _ => open,
                    };
                }
                self.ledger.pass(false, quiet.packets);
                if let Some(kind) = quiet.other_kind() {
                    let ends = ordered(quiet.endpoints.addresses(), quiet.first);
                    self.results.note_other(kind, ends, quiet.first_frame);
                }
                self.results.add(None);
                Slot::NEW
            }
            State::New => {
                self.results.add(None);
                life
            }
            State::Over(_) | State::Several(_) => life,
        }
    }

    /// Ends connections for which there is no place any more beside others of their 5-tuple.
    pub(super) fn leave(&mut self, left: Vec<Slot>, means: Means<'_>) {
        for life in left {
            let life = self.close(life, Why::Ended, means);
            if let State::Over(index) = life.state() {
                self.lives.over.remove(index);
            }
        }
    }

    /// Ends the connections of a 5-tuple that a SYN replaced, in some time.
    pub(super) fn replace(&mut self, before: Slot, segment: &Segment<'_>, frame: u64) {
        for life in self.lives.all(before) {
            if let State::Open(index) = life.state()
                && let Some(tracker) = self.lives.open.get(index)
                && tracker.life.was_in(segment.surroundings)
            {
                let place = tracker.place();
                self.end_later(frame, index, place);
            }
        }
    }

    /// Ends a connection after some more packets: what comes of it until then was recorded late.
    pub(super) fn end_later(&mut self, frame: u64, index: u32, place: (u64, Option<u64>)) {
        let until = frame.saturating_add(self.limits.packets_after_end);
        self.ended.push_back(Ended { until, index, place });
    }

    /// Closes connections that ended long enough before `frame`.
    pub(super) fn close_ended(&mut self, frame: u64, means: Means<'_>) {
        while let Some(&Ended { until, index, place }) = self.ended.front()
            && until <= frame
        {
            self.ended.pop_front();
            let tracker = self.lives.open.get(index).filter(|tracker| tracker.place() == place);
            let Some(ends) = tracker.map(|tracker| tracker.endpoints()) else {
                continue;
            };
            let Some(slot) = self.table.find(ends).map(|slot| *slot) else {
                continue;
            };
            if let Some(place) = self.lives.place_of(slot, State::Open(index)) {
                let left = self.finish_open(index, Why::Ended, means);
                let changed = self.lives.put(slot, place, left);
                if let Some(slot) = self.table.find(ends) {
                    *slot = changed;
                }
            }
        }
    }

    /// Gives up connections where too much is held: the larger half of the holders, or the half
    /// that was silent longest.
    pub(super) fn keep_bounds(&mut self, means: Means<'_>) {
        let too_many = self.lives.open.len() > self.limits.active_flows;
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
        let mut keys: Vec<u64> = self.lives.open.values().map(|tracker| key(tracker)).collect();
        keys.sort_unstable();
        let Some(&threshold) = keys.get(keys.len() / 2) else {
            return;
        };
        let mut table = std::mem::take(&mut self.table);
        let mut given_up = 0_usize;
        for slot in table.values_mut() {
            for life in self.lives.all(*slot) {
                if let State::Open(index) = life.state()
                    && self.lives.open.get(index).is_some_and(|tracker| key(tracker) <= threshold)
                    && let Some(place) = self.lives.place_of(*slot, life.state())
                {
                    let left = self.finish_open(index, Why::LimitReached, means);
                    *slot = self.lives.put(*slot, place, left);
                    given_up += 1;
                }
            }
        }
        self.table = table;
        let detail = format!("{given_up} connections were given up");
        self.given_up.get_or_insert((self.frames, 0)).1 += given_up;
        self.anomalies.add(code::LIMIT_REACHED, Some(self.frames), None, detail);
    }
}
