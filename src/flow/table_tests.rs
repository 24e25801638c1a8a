//! Which connection segments belong to, and the number that Wireshark gives it.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::key::{KeyV4, Side};
use super::table::{Flow, FlowTable, Reuse};
use crate::net::{Flags, Segment, TcpHeader};

const CLIENT: &str = "10.0.0.4:50000";
const SERVER: &str = "10.0.0.5:443";

fn segment(from_client: bool, flags: Flags, sequence: u32) -> Segment<'static> {
    let (source, destination) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
    let [source, destination] = [source, destination].map(|end| end.parse().unwrap());
    Segment::of_header(&TcpHeader { source, destination, sequence, flags })
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
fn a_connection_that_is_over_costs_32_bytes_and_its_place_in_the_index() {
    assert_eq!(size_of::<Flow<KeyV4, u32>>(), 32);
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
fn in_the_next_file_numbers_begin_again_and_connections_do_not() {
    let mut table = FlowTable::default();
    let locate = |table: &mut FlowTable<u64>, segment| {
        let located = table.locate(&segment, |number| number, |_, _, _| Reuse::New).unwrap();
        (located.stream, located.side)
    };
    let other = Segment { source: "10.0.0.9:1".parse().unwrap(), ..segment(true, Flags::SYN, 7) };
    assert_eq!(locate(&mut table, other), (0, Side::First));
    assert_eq!(locate(&mut table, segment(true, Flags::SYN, 100)), (1, Side::First));
    table.begin_file();
    assert_eq!(locate(&mut table, segment(false, Flags::ACK, 9)), (1, Side::Second));
    assert_eq!(locate(&mut table, segment(true, Flags::ACK, 101)), (1, Side::First));
    assert_eq!(table.streams(), 1);
    assert_eq!(locate(&mut table, segment(true, Flags::SYN, 900)), (1, Side::First));
    assert_eq!(table.streams(), 2);
    let header = TcpHeader {
        source: other.source,
        destination: other.destination,
        sequence: 8,
        flags: Flags::ACK,
    };
    table.mention(&header, |number| number);
    table.mention(&header, |number| number);
    assert_eq!(table.streams(), 3);
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

/// What Wireshark does not see takes no number; it may be another connection all the same.
#[test]
fn a_syn_that_wireshark_does_not_see_begins_a_connection_and_takes_no_number() {
    let mut table = FlowTable::default();
    let unseen = Segment { unseen_by_wireshark: true, ..segment(true, Flags::SYN, 200) };
    let first = segment(true, Flags::SYN, 100);
    table.locate(&first, |number| number, |_, _, _| Reuse::New).unwrap();
    let located = table.locate(&unseen, |number| number, |_, _, _| Reuse::New).unwrap();
    assert_eq!((located.stream, located.replaced), (0, Some(0)));
    assert_eq!(table.streams(), 1);
}
