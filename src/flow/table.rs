//! All TCP connections of a capture, numbered as Wireshark's `tcp.stream`.

use std::hash::{BuildHasher, Hash};
use std::net::SocketAddr;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::key::{FlowKey, KeyV4, KeyV6, Side};
use crate::net::{Flags, PlainSegment, Segment, TcpHeader};

/// Finds the 5-tuple of each segment, and the number that Wireshark gives its connection.
///
/// `T` is what the caller keeps of a 5-tuple, which is never forgotten, so it should be small. Which
/// of several connections of one 5-tuple a segment belongs to, the caller decides ([`super::Numbers`]):
/// Wireshark 4 begins to count another one only with a SYN whose sequence number is not the one the
/// tuple began with.
///
/// A 5-tuple of IPv4 costs 28 bytes, those of `T`, and 5 to 11 in the index.
#[derive(Debug)]
pub struct FlowTable<T> {
    v4: Family<KeyV4, T>,
    v6: Family<KeyV6, T>,
    streams: u64,
}

/// The 5-tuples of one address family, in order of their first use.
#[derive(Debug)]
struct Family<K, T> {
    flows: Vec<Flow<K, T>>,
    /// Positions in `flows`. The hasher has a seed of its own in every process: nobody can choose
    /// addresses and ports that collide.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Position of the one asked for last: packets of a flow come in trains.
    last: u32,
}

/// One 5-tuple.
#[derive(Debug)]
pub(super) struct Flow<K, T> {
    key: K,
    /// It counts where `state` says so.
    stream: u32,
    /// Initial sequence numbers of the lower and the higher end, as Wireshark guesses them; they
    /// count where `state` says so.
    initial_sequence: [u32; 2],
    value: T,
    state: State,
}

/// What is known of a flow.
#[derive(Clone, Copy, Debug, Default)]
struct State(u8);

impl State {
    /// Wireshark has a number for it.
    const NUMBERED: u8 = 1;
    const LOW_KNOWN: u8 = 2;
    const HIGH_KNOWN: u8 = 4;
    /// Nothing of it has come in the file at hand.
    const OF_EARLIER_FILE: u8 = 8;

    /// The bit that says that the initial sequence number of an end is known.
    fn known_of(low: bool) -> u8 {
        if low { Self::LOW_KNOWN } else { Self::HIGH_KNOWN }
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Whether a segment that is no SYN can tell nothing new.
    #[inline]
    fn is_settled(self) -> bool {
        const ALL: u8 = State::NUMBERED | State::LOW_KNOWN | State::HIGH_KNOWN;
        self.0 & (ALL | Self::OF_EARLIER_FILE) == ALL
    }
}

/// Where a segment belongs.
#[derive(Debug)]
pub struct Located<'a, T> {
    /// The 5-tuple's value.
    pub value: &'a mut T,
    /// Wireshark's `tcp.stream`, in the file in which the number was given; `None` where Wireshark
    /// does not see any segment of it.
    pub stream: Option<u64>,
    /// Who sent the segment.
    pub side: Side,
}

impl<T> Default for FlowTable<T> {
    fn default() -> Self {
        Self { v4: Family::default(), v6: Family::default(), streams: 0 }
    }
}

impl<T> FlowTable<T> {
    /// The 5-tuple of `segment`, made with `make` where it is not known.
    ///
    /// `None` beyond 2^32 of them, or of connections.
    #[inline]
    pub fn locate(
        &mut self,
        segment: &Segment<'_>,
        make: impl FnOnce() -> T,
    ) -> Option<Located<'_, T>> {
        let (key, from_low) = FlowKey::new(segment.source, segment.destination);
        let heading = Heading {
            from_low,
            sequence: segment.sequence,
            acknowledgment: segment.acknowledgment,
            flags: segment.flags,
            is_seen: !segment.unseen_by_wireshark,
        };
        let streams = &mut self.streams;
        match key {
            FlowKey::V4(key) => self.v4.locate(key, heading, streams, make),
            FlowKey::V6(key) => self.v6.locate(key, heading, streams, make),
        }
    }

    /// The value of the connection of `segment`, and who sent it, where it is known and the segment,
    /// which is no SYN, tells nothing new of it: [`FlowTable::locate`] would change nothing.
    #[inline]
    pub fn known(&mut self, segment: &PlainSegment<'_>) -> Option<(&mut T, Side)> {
        let (key, from_low) = FlowKey::of(segment.addresses, segment.ports);
        match key {
            FlowKey::V4(key) => self.v4.known(&key, from_low),
            FlowKey::V6(key) => self.v6.known(&key, from_low),
        }
    }

    /// The value of the 5-tuple of a segment that was located.
    pub fn value_of(&mut self, segment: &Segment<'_>) -> Option<&mut T> {
        self.find([segment.source, segment.destination])
    }

    /// The value of the connection between two ends, where there is one.
    pub fn find(&mut self, [source, destination]: [SocketAddr; 2]) -> Option<&mut T> {
        match FlowKey::new(source, destination) {
            (FlowKey::V4(key), _) => self.v4.find(&key),
            (FlowKey::V6(key), _) => self.v6.find(&key),
        }
    }

    /// Gives a number, where Wireshark does, to the 5-tuple of a TCP header that stands for no
    /// segment: one quoted in an ICMP error, or a malformed one.
    pub fn mention(&mut self, header: &TcpHeader, make: impl FnOnce() -> T) {
        let (key, from_low) = FlowKey::new(header.source, header.destination);
        let streams = &mut self.streams;
        let is_known = match &key {
            FlowKey::V4(key) => self.v4.count_in_file(key, streams),
            FlowKey::V6(key) => self.v6.count_in_file(key, streams),
        };
        if is_known {
            return;
        }
        let heading = Heading {
            from_low,
            sequence: header.sequence,
            acknowledgment: 0,
            flags: header.flags,
            is_seen: true,
        };
        match key {
            FlowKey::V4(key) => drop(self.v4.locate(key, heading, streams, make)),
            FlowKey::V6(key) => drop(self.v6.locate(key, heading, streams, make)),
        }
    }

    /// Begins the next file of one recording: Wireshark counts from 0 again there, and gives a
    /// number to every connection that goes on.
    ///
    /// The number that `locate` gives of one that began earlier stays that of its first file.
    pub fn begin_file(&mut self) {
        self.streams = 0;
        let v4 = self.v4.flows.iter_mut().map(|flow| &mut flow.state);
        let v6 = self.v6.flows.iter_mut().map(|flow| &mut flow.state);
        v4.chain(v6).for_each(|state| state.0 |= State::OF_EARLIER_FILE);
    }

    /// How many connections were counted, in the file at hand.
    pub fn streams(&self) -> u64 {
        self.streams
    }

    /// Every current value: those of IPv4 first, each family in order of the first use of its
    /// 5-tuples.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let v4 = self.v4.flows.iter_mut().map(|flow| &mut flow.value);
        v4.chain(self.v6.flows.iter_mut().map(|flow| &mut flow.value))
    }

    /// Every current value, in the order of `values_mut`.
    pub fn into_values(self) -> impl Iterator<Item = T> {
        let v4 = self.v4.flows.into_iter().map(|flow| flow.value);
        v4.chain(self.v6.flows.into_iter().map(|flow| flow.value))
    }
}

impl<K, T> Default for Family<K, T> {
    fn default() -> Self {
        Self {
            flows: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: 0,
        }
    }
}

impl<K: Copy + Eq + Hash, T> Family<K, T> {
    #[inline]
    fn locate(
        &mut self,
        key: K,
        heading: Heading,
        streams: &mut u64,
        make: impl FnOnce() -> T,
    ) -> Option<Located<'_, T>> {
        let position = match self.position(&key) {
            Some(position) => position,
            None => self.insert(Flow {
                key,
                stream: 0,
                initial_sequence: [0, 0],
                value: make(),
                state: State::default(),
            })?,
        };
        self.last = position;
        let flow = self.flow(position)?;
        if heading.is_seen {
            flow.count(heading, streams)?;
        }
        let stream = flow.state.has(State::NUMBERED).then(|| flow.stream.into());
        let side = if heading.from_low { Side::First } else { Side::Second };
        Some(Located { value: &mut flow.value, stream, side })
    }

    #[inline]
    fn known(&mut self, key: &K, from_low: bool) -> Option<(&mut T, Side)> {
        let position = self.position(key)?;
        self.last = position;
        let flow = self.flow(position)?;
        let side = if from_low { Side::First } else { Side::Second };
        flow.state.is_settled().then_some((&mut flow.value, side))
    }

    fn find(&mut self, key: &K) -> Option<&mut T> {
        let position = self.position(key)?;
        self.flow(position).map(|flow| &mut flow.value)
    }

    /// Whether the 5-tuple is known; where nothing of it has come in this file, it is counted.
    fn count_in_file(&mut self, key: &K, streams: &mut u64) -> bool {
        let flow = self.position(key).and_then(|position| self.flow(position));
        let Some(flow) = flow else {
            return false;
        };
        *streams += u64::from(flow.goes_on());
        true
    }

    #[inline]
    fn position(&self, key: &K) -> Option<u32> {
        if at(&self.flows, self.last).is_some_and(|flow| flow.key == *key) {
            return Some(self.last);
        }
        let is_same =
            |&position: &u32| at(&self.flows, position).is_some_and(|flow| flow.key == *key);
        self.index.find(self.hasher.hash_one(key), is_same).copied()
    }

    fn insert(&mut self, flow: Flow<K, T>) -> Option<u32> {
        let position = u32::try_from(self.flows.len()).ok()?;
        let Self { flows, index, hasher, .. } = self;
        let hash = hasher.hash_one(flow.key);
        flows.push(flow);
        let hash_of =
            |&position: &u32| at(flows, position).map_or(0, |flow| hasher.hash_one(flow.key));
        index.insert_unique(hash, position, hash_of);
        Some(position)
    }

    #[inline]
    fn flow(&mut self, position: u32) -> Option<&mut Flow<K, T>> {
        self.flows.get_mut(usize::try_from(position).ok()?)
    }
}

#[inline]
fn at<K, T>(flows: &[Flow<K, T>], position: u32) -> Option<&Flow<K, T>> {
    flows.get(usize::try_from(position).ok()?)
}

/// What of a segment decides its number.
#[derive(Clone, Copy, Debug)]
struct Heading {
    /// The lower end sent it.
    from_low: bool,
    sequence: u32,
    acknowledgment: u32,
    flags: Flags,
    /// Wireshark sees it.
    is_seen: bool,
}

impl<K, T> Flow<K, T> {
    /// Counts a segment as Wireshark does.
    #[inline]
    fn count(&mut self, heading: Heading, streams: &mut u64) -> Option<()> {
        let goes_on = self.goes_on();
        if !self.state.has(State::NUMBERED) || self.differs_from_initial(heading) {
            self.stream = u32::try_from(*streams).ok()?;
            self.state = State(State::NUMBERED);
            *streams += 1;
        } else if goes_on {
            *streams += 1;
        }
        let before_first = u32::from(!heading.flags.contains(Flags::SYN));
        self.learn(heading.from_low, heading.sequence.wrapping_sub(before_first));
        if heading.flags.contains(Flags::ACK) {
            self.learn(!heading.from_low, heading.acknowledgment.wrapping_sub(1));
        }
        Some(())
    }

    /// Whether this is the first packet in this file of a 5-tuple of an earlier one.
    #[inline]
    fn goes_on(&mut self) -> bool {
        let goes_on = self.state.has(State::OF_EARLIER_FILE);
        self.state.0 &= !State::OF_EARLIER_FILE;
        goes_on
    }

    /// Whether this is a SYN with another sequence number than the one its sender was taken to
    /// begin with.
    #[inline]
    fn differs_from_initial(&self, heading: Heading) -> bool {
        if !heading.flags.contains(Flags::SYN) || heading.flags.contains(Flags::ACK) {
            return false;
        }
        let [low, high] = self.initial_sequence;
        let initial = if heading.from_low { low } else { high };
        self.state.has(State::known_of(heading.from_low)) && initial != heading.sequence
    }

    /// Takes an end's initial sequence number, where none is known.
    #[inline]
    fn learn(&mut self, low: bool, sequence: u32) {
        let known = State::known_of(low);
        if !self.state.has(known) {
            self.state.0 |= known;
            let [of_low, of_high] = &mut self.initial_sequence;
            *(if low { of_low } else { of_high }) = sequence;
        }
    }
}
