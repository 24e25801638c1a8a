//! A stream, on segments in any order.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::pending::length;
use super::stream::ORIGIN;
use super::{Conflict, Hole, Stream};

fn started(sequence: u32) -> Stream {
    let mut stream = Stream::default();
    stream.start_at(sequence);
    stream
}

fn read_all(stream: &mut Stream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some((piece, _)) = stream.piece() {
        let piece = piece.to_vec();
        stream.consume(length(&piece));
        all.extend(piece);
    }
    all
}

#[test]
fn in_order() {
    let mut stream = started(10);
    stream.push(10, b"abc", 0, 1);
    stream.push(13, b"def", 0, 2);
    assert_eq!(stream.readable(), b"abcdef");
    assert_eq!(stream.piece(), Some((b"abc".as_slice(), 1)));
    stream.consume(4);
    assert_eq!(stream.piece(), Some((b"ef".as_slice(), 2)));
}

#[test]
fn out_of_order_with_retransmission_and_overlap() {
    let mut stream = started(10);
    stream.push(16, b"ghi", 0, 3);
    stream.push(14, b"efgh", 0, 4);
    stream.push(10, b"abcdef", 0, 5);
    stream.push(10, b"abc", 0, 6);
    assert_eq!(stream.readable(), b"abcdefghi");
    assert_eq!(stream.conflict_within(0..u64::MAX), None);
    assert_eq!(stream.hole(), None);
}

#[test]
fn sequence_numbers_wrap() {
    let mut stream = started(u32::MAX - 1);
    stream.push(1, b"de", 0, 2);
    stream.push(u32::MAX - 1, b"abc", 0, 1);
    assert_eq!(read_all(&mut stream), b"abcde");
    stream.push(3, b"f", 0, 3);
    assert_eq!(read_all(&mut stream), b"f");
}

#[test]
fn a_hole_is_reported_and_skipped() {
    let mut stream = started(0);
    stream.push(0, b"ab", 0, 1);
    stream.push(5, b"fg", 0, 2);
    assert_eq!(stream.hole(), Some(Hole { length: 3, cut: None }));
    stream.consume(2);
    stream.skip_hole();
    assert_eq!(stream.readable(), b"fg");
    assert_eq!(stream.hole(), None);
}

#[test]
fn the_snap_length_leaves_a_hole_that_says_so_even_at_the_end() {
    let mut stream = started(0);
    stream.push(0, b"ab", 98, 1);
    assert_eq!(stream.hole(), Some(Hole { length: 98, cut: Some(1) }));
    stream.push(100, b"cd", 8, 2);
    assert_eq!(stream.hole(), Some(Hole { length: 98, cut: Some(1) }));
    stream.skip_hole();
    stream.consume(2);
    assert_eq!(stream.hole(), Some(Hole { length: 8, cut: Some(2) }));
}

#[test]
fn a_fin_shows_that_the_last_bytes_are_missing() {
    let mut stream = started(0);
    stream.push(0, b"ab", 0, 1);
    stream.end_at(4);
    assert_eq!(stream.hole(), Some(Hole { length: 2, cut: None }));
    assert!(!stream.finished());
    stream.skip_hole();
    assert!(stream.finished());
}

#[test]
fn a_retransmission_with_other_bytes_is_a_conflict_also_after_reading() {
    let mut stream = started(0);
    stream.push(0, b"abcd", 0, 1);
    stream.consume(4);
    stream.push(2, b"cX", 0, 2);
    assert_eq!(
        stream.conflict_within(0..u64::MAX),
        Some(Conflict { start: ORIGIN + 3, end: ORIGIN + 4, frame: 2 })
    );
}

#[test]
fn of_bytes_that_came_twice_the_first_count_also_where_the_second_fill_a_hole() {
    let mut stream = started(0);
    stream.push(2, b"cd", 0, 1);
    stream.push(0, b"abXYe", 0, 2);
    assert_eq!(stream.readable(), b"abcde");
    assert_eq!(stream.piece(), Some((b"ab".as_slice(), 2)));
    stream.consume(2);
    assert_eq!(stream.piece(), Some((b"cd".as_slice(), 1)));
    assert!(stream.conflict_within(0..u64::MAX).is_some());
}

#[test]
fn a_keep_alive_byte_is_not_a_conflict() {
    let mut stream = started(0);
    stream.push(0, b"abcd", 0, 1);
    stream.push(3, b"\0", 0, 2);
    assert_eq!(stream.conflict_within(0..u64::MAX), None);
    stream.push(4, b"e", 0, 3);
    assert_eq!(stream.readable(), b"abcde");
}

#[test]
fn skipping_ahead_keeps_nothing_of_what_is_skipped_and_needs_none_of_it() {
    let mut stream = started(0);
    stream.push(0, b"ab", 0, 1);
    stream.consume(10);
    stream.push(2, b"cdef", 0, 2);
    assert_eq!(stream.readable(), b"");
    stream.push(8, b"ijkl", 0, 3);
    assert_eq!((stream.readable(), stream.hole()), (b"kl".as_slice(), None));
}

#[test]
fn a_syn_recorded_after_the_data_gives_the_start() {
    let mut stream = Stream::default();
    stream.push(14, b"efg", 0, 1);
    assert_eq!(stream.readable(), b"");
    stream.push(11, b"bcd", 0, 2);
    stream.start_at(10);
    stream.push(10, b"a", 0, 3);
    assert_eq!(read_all(&mut stream), b"abcdefg");
}

/// Generated operations against a naive byte map; the same seed every time.
#[test]
fn any_order_of_any_cuts_gives_the_same_bytes() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(bound).unwrap()).unwrap()
    };
    for round in 0..300 {
        let data: Vec<u8> = (0..200).map(|_| u8::try_from(next(256)).unwrap()).collect();
        let first = u32::MAX - 100 + u32::try_from(round % 7).unwrap();
        let mut arrived = vec![false; data.len()];
        let mut stream = started(first);
        let mut read = Vec::new();
        for frame in 0..60 {
            let from = next(data.len());
            let to = (from + 1 + next(40)).min(data.len());
            let sequence = first.wrapping_add(u32::try_from(from).unwrap());
            stream.push(sequence, &data[from..to], 0, frame);
            arrived[from..to].fill(true);
            if next(3) == 0 {
                read.extend(read_all(&mut stream));
            }
        }
        read.extend(read_all(&mut stream));
        let contiguous = arrived.iter().take_while(|&&arrived| arrived).count();
        assert_eq!(read, data[..contiguous]);
        assert_eq!(stream.conflict_within(0..u64::MAX), None);
        assert_eq!(stream.hole().is_some(), arrived[contiguous..].contains(&true));
    }
}
