//! Reports on many connections, and on a terminal.

use mtls_witness::report::text::{Detail, Style};
use mtls_witness::report::{Grouping, Layout};
use mtls_witness::verdict::{Cause, RunResult, Verdict};

use crate::world::{World, declined, handshake, leaf, presented, refused};
use crate::{PLAIN, text_of};

/// Five hundred connections of four clients; the fourth declines.
fn world_of_four_clients() -> World {
    let connections = (0..500).map(|number| match number % 4 {
        3 => (declined(), Verdict::Absent, None),
        _ => (presented(leaf()), Verdict::Match, None),
    });
    let mut world = World::of(connections.collect(), RunResult::Fail);
    for (number, connection) in (0_u8..=3).cycle().zip(&mut world.evidence.connections) {
        let address = std::net::Ipv4Addr::new(10, 0, 0, 10 + number);
        connection.endpoints[0].set_ip(address.into());
    }
    world
}

fn rows(text: &str) -> Vec<&str> {
    let table = text.lines().skip_while(|line| !line.starts_with("VERDICT"));
    table.skip(1).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn five_hundred_connections_of_four_clients_are_four_lines() {
    let text = text_of(&world_of_four_clients().report(), PLAIN);
    let rows = rows(&text);
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows[0].starts_with("absent   125    10.0.0.13  10.0.0.5:443"), "{text}");
    assert!(rows[1].starts_with("match    125    10.0.0.10 "), "{text}");
    let details = text.lines().filter(|line| line.starts_with("stream "));
    assert_eq!(details.count(), 1, "one of those that failed: {text}");
    assert!(text.contains("one of 125 that are alike: 3, 7, 11, "), "{text}");
    assert!(text.lines().count() < 60, "{text}");
}

#[test]
fn list_has_a_line_for_each() {
    let style = Style { layout: Layout { list: true, grouping: None }, ..PLAIN };
    assert_eq!(rows(&text_of(&world_of_four_clients().report(), style)).len(), 500);
}

#[test]
fn groups_are_by_what_was_asked() {
    let by = |names: &[&str]| {
        let grouping = names.iter().try_fold(Grouping::default(), |all, name| all.and(name));
        let style = Style { layout: Layout { list: false, grouping }, ..PLAIN };
        let text = text_of(&world_of_four_clients().report(), style);
        let table = text.lines().skip_while(|line| !line.contains("COUNT"));
        table.take_while(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let table = by(&["verdict"]);
    assert_eq!(table.len(), 3, "{table:?}");
    assert_eq!(table[0], "VERDICT  COUNT  FIRST");
    assert_eq!(table[1], "absent   125    3");
    assert_eq!(table[2], "match    375    0");
    assert_eq!(by(&["client"]).len(), 5);
    assert_eq!(by(&["server", "name"]).len(), 2);
    assert_eq!(Grouping::default().and("colour"), None);
}

#[test]
fn many_clients_are_taken_together_by_their_networks() {
    let mut world = World::of(
        (0..400).map(|_| (presented(leaf()), Verdict::Match, None)).collect(),
        RunResult::Pass,
    );
    for (number, connection) in (0_u8..200).cycle().zip(&mut world.evidence.connections) {
        let address = std::net::Ipv4Addr::new(10, 0, number % 2, number);
        connection.endpoints[0].set_ip(address.into());
    }
    let text = text_of(&world.report(), PLAIN);
    let rows = rows(&text);
    assert_eq!(rows.len(), 2, "{text}");
    assert!(rows[0].contains("10.0.0.0/24") && rows[1].contains("10.0.1.0/24"), "{text}");
}

#[test]
fn refused_match_is_not_all_well_and_a_failure_where_acceptance_is_required() {
    let connections = vec![(refused(), Verdict::Match, Some(Cause::RefusedByServer))];
    let (yellow, red) = ("\x1b[1m\x1b[33mmatch, refused", "\x1b[1m\x1b[31mmatch, refused");
    for (result, expected) in [(RunResult::Pass, yellow), (RunResult::Fail, red)] {
        let world = World::of(connections.clone(), result);
        let text = text_of(&world.report(), Style::new(true, Detail::Selected));
        assert_eq!(text.matches(expected).count(), 2, "{text}");
    }
}

#[test]
fn answer_is_said_again_where_it_scrolled_away() {
    let world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    for (lines, times) in [(10, 2), (500, 1)] {
        let style = Style { columns: Some(100), lines: Some(lines), ..PLAIN };
        let text = text_of(&world.report(), style);
        assert_eq!(text.lines().filter(|line| line.starts_with("PASS: ")).count(), times, "{text}");
        let is_last = text.lines().last().is_some_and(|line| line.starts_with("PASS: "));
        assert_eq!(is_last, times == 2);
    }
}

#[test]
fn report_keeps_to_the_terminals_width() {
    let world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    let style = Style { columns: Some(120), lines: Some(500), ..PLAIN };
    let text = text_of(&world.report(), style);
    for line in text.lines().filter(|line| !line.starts_with("PASS")) {
        assert!(line.chars().count() <= 120, "{line}");
    }
}

#[test]
fn connections_without_verdicts_are_taken_together_too() {
    let connections = (0..100).map(|number| match number % 2 {
        0 => (handshake(declined().client_authentication), Verdict::Absent, None),
        _ => (presented(leaf()), Verdict::Match, None),
    });
    let world = World::of(connections.collect(), RunResult::Fail);
    let text = text_of(&world.inspected(), PLAIN);
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("COUNT")).collect();
    assert!(table[1].starts_with("50 ") && table[2].starts_with("50 "), "{text}");
    assert!(table[3].is_empty(), "{text}");
}

#[test]
fn addresses_are_kept_where_networks_make_no_fewer_groups() {
    let connections = (0..50).map(|_| (presented(leaf()), Verdict::Match, None));
    let mut world = World::of(connections.collect(), RunResult::Pass);
    for (number, connection) in (0..).zip(&mut world.evidence.connections) {
        connection.observation.server_name = Some(format!("{number}.example").into());
    }
    let text = text_of(&world.report(), PLAIN);
    assert!(rows(&text).iter().take(40).all(|row| row.contains("10.0.0.4 ")), "{text}");
    assert!(text.contains("and 10 groups more; -v shows them"), "{text}");
}
