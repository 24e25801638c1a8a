//! Which connection of a 5-tuple segments belong to, by their numbers.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::key::Side;
use super::numbers::{Fit, Heading, Numbers};
use crate::net::Flags;

const CLIENT: Side = Side::First;
const SERVER: Side = Side::Second;
const LATE: u32 = 1 << 16;

fn heading(flags: Flags, sequence: u32, acknowledgment: Option<u32>, length: u32) -> Heading {
    Heading { sequence, acknowledgment, flags, length }
}

fn data(sequence: u32, acknowledgment: u32, length: u32) -> Heading {
    heading(Flags::ACK, sequence, Some(acknowledgment), length)
}

/// A connection that began with 100 and 900, and of which each side sent 50 bytes.
fn begun() -> Numbers {
    let mut numbers = Numbers::default();
    for (side, segment) in [
        (CLIENT, heading(Flags::SYN, 99, None, 0)),
        (SERVER, heading(Flags::SYN | Flags::ACK, 899, Some(100), 0)),
        (CLIENT, data(100, 900, 50)),
        (SERVER, data(900, 150, 50)),
    ] {
        let fit = numbers.fit(side, &segment, LATE);
        assert!(fit > Fit::Not || numbers == Numbers::default(), "{segment:?}");
        numbers.note(side, &segment);
    }
    numbers
}

#[test]
fn what_comes_next_fits_exactly_and_copies_fit() {
    let numbers = begun();
    for (side, segment, expected) in [
        (CLIENT, data(150, 950, 10), Fit::Exact),
        (CLIENT, data(100, 900, 50), Fit::Near),
        (CLIENT, heading(Flags::SYN, 99, None, 0), Fit::Exact),
        (SERVER, heading(Flags::SYN | Flags::ACK, 899, Some(100), 0), Fit::Exact),
        // A keep-alive.
        (CLIENT, data(149, 950, 1), Fit::Near),
        // Much of one direction is lost.
        (SERVER, data(900 + (1 << 24), 150, 10), Fit::Far),
    ] {
        assert_eq!(numbers.fit(side, &segment, LATE), expected, "{segment:?}");
    }
}

#[test]
fn another_beginning_is_another_connection_with_or_without_syn() {
    let numbers = begun();
    for (side, segment) in [
        (CLIENT, heading(Flags::SYN, 70_000, None, 0)),
        (SERVER, heading(Flags::SYN | Flags::ACK, 70_000, Some(100), 0)),
        (SERVER, heading(Flags::SYN | Flags::ACK, 899, Some(7), 0)),
        // Both directions jump: Linux goes on 65,537 numbers later.
        (CLIENT, data(150 + 65_537, 950 + 65_537, 10)),
        // Before the beginning.
        (CLIENT, data(20, 950, 10)),
        (CLIENT, data(150, 20, 10)),
    ] {
        assert_eq!(numbers.fit(side, &segment, LATE), Fit::Not, "{segment:?}");
    }
}

#[test]
fn nothing_comes_behind_a_fin() {
    let mut numbers = begun();
    let fin = heading(Flags::FIN | Flags::ACK, 150, Some(950), 0);
    numbers.note(CLIENT, &fin);
    assert_eq!(numbers.fit(CLIENT, &fin, LATE), Fit::Near);
    assert_eq!(numbers.fit(CLIENT, &data(151, 950, 0), LATE), Fit::Exact);
    assert_eq!(numbers.fit(CLIENT, &data(151, 950, 5), LATE), Fit::Not);
    assert_eq!(numbers.fit(SERVER, &data(950, 151, 5), LATE), Fit::Exact);
    assert_eq!(numbers.fit(SERVER, &data(950, 152, 0), LATE), Fit::Not);
}

/// RFC 9293 section 3.5.2.
#[test]
fn reset_counts_within_the_window_and_one_that_is_not_heeded_ends_nothing() {
    let mut numbers = begun();
    let far = heading(Flags::RST, 1 << 20, None, 0);
    assert_eq!(numbers.fit(CLIENT, &far, LATE), Fit::Not);
    numbers.note(SERVER, &heading(Flags::RST, 950, None, 0));
    assert!(numbers.has_ended());
    let goes_on = data(950, 150, 10);
    assert_eq!(numbers.fit(SERVER, &goes_on, LATE), Fit::Exact);
    assert_eq!(numbers.fit(SERVER, &data(970, 150, 10), LATE), Fit::Not);
    numbers.note(SERVER, &goes_on);
    assert!(!numbers.has_ended());
}

#[test]
fn syn_recorded_late_is_of_the_connection_whose_bytes_follow_it() {
    let mut numbers = Numbers::default();
    numbers.note(CLIENT, &data(100, 900, 50));
    let syn = heading(Flags::SYN, 99, None, 0);
    assert_eq!(numbers.fit(CLIENT, &syn, LATE), Fit::Near);
    let later = heading(Flags::SYN, 65_686, None, 0);
    assert_eq!(numbers.fit(CLIENT, &later, LATE), Fit::Not);
}

#[test]
fn numbers_wrap() {
    let mut numbers = Numbers::default();
    let last = u32::MAX - 9;
    numbers.note(CLIENT, &heading(Flags::SYN, last - 1, None, 0));
    numbers.note(CLIENT, &data(last, 1, 20));
    assert_eq!(numbers.next(CLIENT), Some(10));
    assert_eq!(numbers.fit(CLIENT, &data(10, 1, 5), LATE), Fit::Exact);
    let in_order = numbers.in_order(CLIENT, 10, Some(1)).unwrap();
    numbers.advance(in_order, 5);
    assert_eq!(numbers.next(CLIENT), Some(15));
}
