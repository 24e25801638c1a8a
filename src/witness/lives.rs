//! Where the connections of a recording are kept: those of one 5-tuple one after the other.

use super::connection::Tracker;
use super::ledger::Ledger;
use super::life::Life;
use super::over::{Nature, Over, is_surely_hello};
use super::quiet::Quiet;
use super::slots::{Slab, Slot, State};
use crate::flow::{Fit, Heading, Side};
use crate::limits::Limits;
use crate::net::Segment;

/// All connections of a recording, by what is still to be learned of them.
#[derive(Debug, Default)]
pub(super) struct Lives {
    pub(super) quiet: Slab<Quiet>,
    pub(super) open: Slab<Box<Tracker>>,
    pub(super) over: Slab<Over>,
    /// Connections of one 5-tuple, the youngest first.
    several: Slab<Vec<Slot>>,
}

/// Which of the connections of a 5-tuple it is, counted from the youngest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place(usize);

impl Place {
    pub(super) const FIRST: Self = Self(0);
}

/// Connections of one 5-tuple that are told apart. Late copies of packets are of the last one or
/// two; connections at the same time in different networks may be more.
const LIVES: usize = 64;

/// Those of them that are over.
const LIVES_OVER: usize = 3;

impl Lives {
    /// Which connection of a 5-tuple a segment is of; `None` where it is of a new one.
    pub(super) fn place(
        &self,
        slot: Slot,
        (side, heading): (Side, &Heading),
        segment: &Segment<'_>,
        limits: &Limits,
    ) -> Option<Place> {
        let fit = |life: Slot| {
            let fit =
                self.life(life).map_or(Fit::Not, |life| life.fit(side, heading, segment, limits));
            if fit < Fit::Exact && self.is_left_by(life, side, segment) { Fit::Not } else { fit }
        };
        match slot.state() {
            State::Several(index) => {
                let lives = self.several.get(index)?.iter().enumerate();
                let fits = lives.map(|(place, &life)| (fit(life), place));
                // Of two that fit alike, the younger one.
                let best = fits.max_by_key(|&(fit, place)| (fit, std::cmp::Reverse(place)));
                best.filter(|&(fit, _)| fit != Fit::Not).map(|(_, place)| Place(place))
            }
            _ => (fit(slot) != Fit::Not).then_some(Place::FIRST),
        }
    }

    /// Whether a segment begins another connection than this one, though it may fit its numbers.
    fn is_left_by(&self, life: Slot, side: Side, segment: &Segment<'_>) -> bool {
        is_surely_hello(segment.payload)
            && match life.state() {
                State::Open(index) => {
                    self.open.get(index).is_some_and(|open| open.is_left_by(side, segment))
                }
                State::Over(index) => self.over.get(index).is_some_and(|over| {
                    matches!(over.nature, Nature::Tls(_)) && over.life.is_ahead(side, segment)
                }),
                _ => false,
            }
    }

    /// Begins another connection of a 5-tuple; gives the slot that holds all of them, and those for
    /// which there is no place any more.
    pub(super) fn begin(&mut self, slot: Slot, quiet: Quiet) -> (Slot, Vec<Slot>) {
        let new = self.quiet.insert(quiet).and_then(|index| Slot::pack(State::Quiet(index)));
        let Some(new) = new else {
            return (slot, Vec::new());
        };
        match slot.state() {
            State::New => (new, Vec::new()),
            State::Several(index) => {
                let Some(lives) = self.several.get_mut(index) else {
                    return (new, Vec::new());
                };
                lives.insert(0, new);
                let mut left = lives.split_off(lives.len().min(LIVES));
                // Of those that are over, only the last ones may still be met.
                let mut over = 0_usize;
                lives.retain(|&life| {
                    over += usize::from(matches!(life.state(), State::Over(_)));
                    let stays = over <= LIVES_OVER || !matches!(life.state(), State::Over(_));
                    if !stays {
                        left.push(life);
                    }
                    stays
                });
                (slot, left)
            }
            _ => {
                let several = self.several.insert(vec![new, slot]);
                let several = several.and_then(|index| Slot::pack(State::Several(index)));
                match several {
                    Some(several) => (several, Vec::new()),
                    None => (new, vec![slot]),
                }
            }
        }
    }

    /// Every connection of a 5-tuple.
    pub(super) fn all(&self, slot: Slot) -> Vec<Slot> {
        match slot.state() {
            State::Several(index) => self.several.get(index).cloned().unwrap_or_default(),
            _ => vec![slot],
        }
    }

    /// One connection of a 5-tuple.
    pub(super) fn at(&self, slot: Slot, Place(place): Place) -> Option<Slot> {
        match slot.state() {
            State::Several(index) => self.several.get(index)?.get(place).copied(),
            _ => Some(slot),
        }
    }

    /// Which of a 5-tuple's connections is in this state.
    pub(super) fn place_of(&self, slot: Slot, state: State) -> Option<Place> {
        self.all(slot).iter().position(|life| life.state() == state).map(Place)
    }

    /// Notes where a connection of a 5-tuple is kept now; gives the slot that holds all of them.
    pub(super) fn put(&mut self, slot: Slot, Place(place): Place, life: Slot) -> Slot {
        match slot.state() {
            State::Several(index) => {
                let own = self.several.get_mut(index).and_then(|lives| lives.get_mut(place));
                if let Some(own) = own {
                    *own = life;
                }
                slot
            }
            _ => life,
        }
    }

    /// Keeps a connection that may tell something.
    pub(super) fn open(&mut self, tracker: Tracker) -> Slot {
        let kept = self.open.insert(Box::new(tracker));
        kept.and_then(|index| Slot::pack(State::Open(index))).unwrap_or(Slot::NEW)
    }

    /// Keeps what is left of a connection.
    pub(super) fn over(&mut self, over: Over) -> Slot {
        let kept = self.over.insert(over);
        kept.and_then(|index| Slot::pack(State::Over(index))).unwrap_or(Slot::NEW)
    }

    /// Counts the packets of connections that go on in the next file, by what they are so far.
    pub(super) fn settle_packets(&mut self, ledger: &mut Ledger) {
        for quiet in self.quiet.values_mut() {
            ledger.pass(false, std::mem::take(&mut quiet.packets));
        }
        for open in self.open.values_mut() {
            ledger.pass(open.is_tls(), std::mem::take(&mut open.packets));
        }
    }

    fn life(&self, slot: Slot) -> Option<&Life> {
        match slot.state() {
            State::Quiet(index) => self.quiet.get(index).map(|quiet| &quiet.life),
            State::Open(index) => self.open.get(index).map(|open| &open.life),
            State::Over(index) => self.over.get(index).map(|over| &over.life),
            State::New | State::Several(_) => None,
        }
    }
}
