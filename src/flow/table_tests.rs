//! Which connection segments belong to, and the number that Wireshark gives it.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::key::{KeyV4, Side};
use super::table::{Flow, FlowTable};
use crate::net::{Flags, Segment, TcpHeader};

const CLIENT: &str = "10.0.0.4:50000";
const SERVER: &str = "10.0.0.5:443";

fn segment(from_client: bool, flags: Flags, sequence: u32) -> Segment<'static> {
    let (source, destination) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
    Segment {
        acknowledgment: 1,
        ..Segment::of_header(&TcpHeader {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            sequence,
            flags,
        })
    }
}

fn streams(segments: &[Segment<'_>]) -> Vec<(Option<u64>, Side)> {
    let mut table = FlowTable::default();
    segments
        .iter()
        .map(|segment| {
            let located = table.locate(segment, || ()).unwrap();
            (located.stream, located.side)
        })
        .collect()
}

#[test]
fn a_connection_that_is_over_costs_32_bytes_and_its_place_in_the_index() {
    assert_eq!(size_of::<Flow<KeyV4, u32>>(), 32);
}

#[test]
fn both_directions_are_one_stream_and_the_lower_end_is_first() {
    let found = streams(&[segment(false, Flags::ACK, 9), segment(true, Flags::ACK, 1)]);
    assert_eq!(found, [(Some(0), Side::Second), (Some(0), Side::First)]);
}

#[test]
fn a_syn_with_another_sequence_number_takes_the_next_number() {
    let found = streams(&[segment(true, Flags::SYN, 100), segment(true, Flags::SYN, 200)]);
    assert_eq!(found, [(Some(0), Side::First), (Some(1), Side::First)]);
}

#[test]
fn a_repeated_syn_is_a_retransmission_also_after_a_reset() {
    let syn = segment(true, Flags::SYN, 100);
    let reset = segment(false, Flags::RST | Flags::ACK, 0);
    let found = streams(&[syn, syn, reset, syn]);
    assert!(found.iter().all(|found| found.0 == Some(0)));
}

#[test]
fn in_the_next_file_numbers_begin_again_and_what_goes_on_takes_one() {
    let mut table = FlowTable::default();
    let locate = |table: &mut FlowTable<()>, segment| table.locate(&segment, || ()).unwrap().stream;
    let other = Segment { source: "10.0.0.9:1".parse().unwrap(), ..segment(true, Flags::SYN, 7) };
    assert_eq!(locate(&mut table, other), Some(0));
    assert_eq!(locate(&mut table, segment(true, Flags::SYN, 100)), Some(1));
    table.begin_file();
    assert_eq!(locate(&mut table, segment(false, Flags::ACK, 9)), Some(1));
    assert_eq!(locate(&mut table, segment(true, Flags::ACK, 101)), Some(1));
    assert_eq!(table.streams(), 1);
    assert_eq!(locate(&mut table, segment(true, Flags::SYN, 900)), Some(1));
    assert_eq!(table.streams(), 2);
    let header = TcpHeader {
        source: other.source,
        destination: other.destination,
        sequence: 8,
        flags: Flags::ACK,
    };
    table.mention(&header, || ());
    table.mention(&header, || ());
    assert_eq!(table.streams(), 3);
}

/// What Wireshark does not see takes no number.
#[test]
fn what_wireshark_does_not_see_takes_no_number_and_shifts_none() {
    let unseen =
        |sequence| Segment { unseen_by_wireshark: true, ..segment(true, Flags::SYN, sequence) };
    let found = streams(&[unseen(200), segment(true, Flags::SYN, 100), unseen(300)]);
    let numbers: Vec<_> = found.iter().map(|found| found.0).collect();
    assert_eq!(numbers, [None, Some(0), Some(0)]);
}
