//! All TCP connections of a capture, numbered as Wireshark's `tcp.stream`.

use std::collections::HashMap;

use super::key::{FlowKey, Side};
use crate::net::{Flags, Segment, TcpHeader};

/// Finds the connection of each segment and notices when a 5-tuple is used again.
///
/// `T` is what the caller keeps of a connection. Numbers follow Wireshark 4: a connection begins
/// with the first segment of a 5-tuple, and again with a SYN whose sequence number is not the
/// one the tuple began with.
#[derive(Debug)]
pub struct FlowTable<T> {
    index: HashMap<FlowKey, usize>,
    flows: Vec<Flow<T>>,
    streams: u64,
}

/// One 5-tuple's current connection.
#[derive(Debug)]
struct Flow<T> {
    value: T,
    stream: u64,
    /// Initial sequence numbers of the lower and the higher end, as Wireshark guesses them.
    initial_sequence: [Option<u32>; 2],
    /// The lower end sent the first segment.
    low_is_first: bool,
}

/// Where a segment belongs.
#[derive(Debug)]
pub struct Located<'a, T> {
    /// The connection's value.
    pub value: &'a mut T,
    /// Wireshark's `tcp.stream`.
    pub stream: u64,
    /// Who sent the segment.
    pub side: Side,
    /// The value of the connection that this segment's SYN ended by using its ports again.
    pub replaced: Option<T>,
}

/// What a SYN on a known 5-tuple means for the connection there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reuse {
    /// A new connection.
    New,
    /// The connection's own SYN, recorded after its data.
    SameConnection,
}

impl<T> Default for FlowTable<T> {
    fn default() -> Self {
        Self { index: HashMap::new(), flows: Vec::new(), streams: 0 }
    }
}

impl<T> FlowTable<T> {
    /// The connection of `segment`, made with `make` where there is none or where the segment's
    /// SYN starts a new one; `reuse` says what a SYN that Wireshark counts as a new connection
    /// really is, given the value there, the side that sent it, and how many bytes before the first
    /// ones known of that side it stands.
    pub fn locate(
        &mut self,
        segment: &Segment<'_>,
        make: impl FnOnce(u64) -> T,
        reuse: impl FnOnce(&T, Side, Option<u32>) -> Reuse,
    ) -> Option<Located<'_, T>> {
        let (key, from_low) = FlowKey::new(segment.source, segment.destination);
        let mut replaced = None;
        let position = match self.index.get(&key) {
            // Wireshark gives it no number, and alone it tells nothing.
            None if segment.unseen_by_wireshark => return None,
            Some(&position) => {
                let flow = self.flows.get_mut(position)?;
                if let Some(initial) = flow.differing_initial(segment, from_low) {
                    let before = initial.wrapping_sub(segment.sequence).cast_signed();
                    let before = u32::try_from(before).ok();
                    flow.initial_sequence = [None, None];
                    if reuse(&flow.value, flow.side(from_low), before) == Reuse::New {
                        flow.stream = self.streams;
                        flow.low_is_first = from_low;
                        replaced = Some(std::mem::replace(&mut flow.value, make(self.streams)));
                    }
                    self.streams += 1;
                }
                position
            }
            None => {
                self.index.insert(key, self.flows.len());
                self.flows.push(Flow {
                    value: make(self.streams),
                    stream: self.streams,
                    initial_sequence: [None, None],
                    low_is_first: from_low,
                });
                self.streams += 1;
                self.flows.len() - 1
            }
        };
        let flow = self.flows.get_mut(position)?;
        flow.note(segment, from_low);
        let side = flow.side(from_low);
        Some(Located { value: &mut flow.value, stream: flow.stream, side, replaced })
    }

    /// Gives a number, where Wireshark does, to the connection of a TCP header that stands for no
    /// segment: one quoted in an ICMP error, or a malformed one.
    pub fn mention(&mut self, header: &TcpHeader, make: impl FnOnce(u64) -> T) {
        let segment = Segment {
            source: header.source,
            destination: header.destination,
            sequence: header.sequence,
            acknowledgment: 0,
            flags: header.flags,
            payload: &[],
            missing: 0,
            fragments: &[],
            encapsulation: &[],
            unseen_by_wireshark: false,
        };
        let (key, _) = FlowKey::new(segment.source, segment.destination);
        if !self.index.contains_key(&key) {
            self.locate(&segment, make, |_, _, _| Reuse::New);
        }
    }

    /// How many connections were counted.
    pub fn streams(&self) -> u64 {
        self.streams
    }

    /// Every current value, in order of the first use of its 5-tuple.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.flows.iter_mut().map(|flow| &mut flow.value)
    }

    /// Every current value, in order of the first use of its 5-tuple.
    pub fn into_values(self) -> impl Iterator<Item = T> {
        self.flows.into_iter().map(|flow| flow.value)
    }
}

impl<T> Flow<T> {
    fn side(&self, from_low: bool) -> Side {
        if from_low == self.low_is_first { Side::First } else { Side::Second }
    }

    /// The sender's initial sequence number as it was taken to be, where `segment` is a SYN with
    /// another one.
    fn differing_initial(&self, segment: &Segment<'_>, from_low: bool) -> Option<u32> {
        if !segment.flags.contains(Flags::SYN) || segment.flags.contains(Flags::ACK) {
            return None;
        }
        let [low, high] = self.initial_sequence;
        (if from_low { low } else { high }).filter(|&initial| initial != segment.sequence)
    }

    fn note(&mut self, segment: &Segment<'_>, from_low: bool) {
        let [low, high] = &mut self.initial_sequence;
        let (own, other) = if from_low { (low, high) } else { (high, low) };
        let before_first = u32::from(!segment.flags.contains(Flags::SYN));
        own.get_or_insert(segment.sequence.wrapping_sub(before_first));
        if segment.flags.contains(Flags::ACK) {
            other.get_or_insert(segment.acknowledgment.wrapping_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const CLIENT: &str = "10.0.0.4:50000";
    const SERVER: &str = "10.0.0.5:443";

    fn segment(from_client: bool, flags: Flags, sequence: u32) -> Segment<'static> {
        let (source, destination) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        Segment {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            sequence,
            acknowledgment: 1,
            flags,
            payload: &[],
            missing: 0,
            fragments: &[],
            encapsulation: &[],
            unseen_by_wireshark: false,
        }
    }

    fn streams(segments: &[Segment<'_>]) -> Vec<(u64, Side)> {
        let mut table = FlowTable::default();
        segments
            .iter()
            .map(|segment| {
                let located = table.locate(segment, |_| (), |(), _, _| Reuse::New).unwrap();
                (located.stream, located.side)
            })
            .collect()
    }

    #[test]
    fn both_directions_are_one_stream_and_the_first_sender_is_first() {
        let found = streams(&[segment(false, Flags::ACK, 9), segment(true, Flags::ACK, 1)]);
        assert_eq!(found, [(0, Side::First), (0, Side::Second)]);
    }

    #[test]
    fn a_syn_with_another_sequence_number_starts_a_new_stream() {
        let found = streams(&[segment(true, Flags::SYN, 100), segment(true, Flags::SYN, 200)]);
        assert_eq!(found, [(0, Side::First), (1, Side::First)]);
    }

    #[test]
    fn a_repeated_syn_is_a_retransmission_also_after_a_reset() {
        let syn = segment(true, Flags::SYN, 100);
        let reset = segment(false, Flags::RST | Flags::ACK, 0);
        let found = streams(&[syn, syn, reset, syn]);
        assert!(found.iter().all(|found| found.0 == 0));
    }

    #[test]
    fn a_late_syn_takes_a_number_but_not_the_connection() {
        let mut table = FlowTable::default();
        table.locate(&segment(true, Flags::ACK, 101), |_| "data", |_, _, _| Reuse::New).unwrap();
        let syn = segment(true, Flags::SYN, 50);
        let located = table.locate(&syn, |_| "new", |_, _, _| Reuse::SameConnection).unwrap();
        assert_eq!((*located.value, located.stream), ("data", 0));
        assert_eq!(table.streams(), 2);
    }
}
