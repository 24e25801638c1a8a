//! Every report format, from one hand-made report that holds one of everything.
//!
//! `UPDATE_GOLDENS=1 cargo test --test report_formats` rewrites `tests/goldens/`; a person reads
//! the difference.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests, which say what they skip"
)]

mod formats;
mod groups;
mod html;
mod world;

use std::path::Path;

use mtls_witness::expect::ExpectedOutcome;
use mtls_witness::inspect::{ClientAuthentication, ObscuredReason, Obscurity, Possession};
use mtls_witness::report::text::{Detail, Style};
use mtls_witness::report::{Layout, Report, json, text};
use mtls_witness::tls::ProtocolVersion;
use mtls_witness::verdict::{Cause, RunResult, Verdict};
use mtls_witness::witness::{CaptureSummary, Copied, Incomplete};
use serde::Deserialize;

use crate::world::{
    HOSTILE, World, declined, handshake, hostile_world, issuer, leaf, presented, refused, resumed,
};

const PLAIN: Style = Style::new(false, Detail::Selected);

// ---- goldens

#[test]
fn text_of_one_of_everything() {
    assert_golden("everything.txt", &text_of(&World::new().report(), PLAIN));
}

#[test]
fn text_with_nothing_left_out() {
    let style = Style::new(false, Detail::Everything);
    assert_golden("everything-verbose.txt", &text_of(&World::new().report(), style));
}

#[test]
fn text_in_colour() {
    let mut world = World::new();
    world.evidence.connections.truncate(2);
    world.judgements.truncate(2);
    let style = Style::new(true, Detail::Selected);
    assert_golden("colour.txt", &text_of(&world.report(), style));
}

#[test]
fn json_of_one_of_everything() {
    assert_golden("everything.json", &json_of(&World::new().report()));
}

#[test]
fn text_of_inspect() {
    assert_golden("inspect.txt", &text_of(&World::new().inspected(), PLAIN));
}

#[test]
fn json_of_inspect() {
    assert_golden("inspect.json", &json_of(&World::new().inspected()));
}

// ---- the first line

#[test]
fn quiet_prints_the_answer_only() {
    let style = Style::new(false, Detail::Answer);
    let text = text_of(&World::new().report(), style);
    assert_eq!(text.lines().count(), 1);
    assert!(text.starts_with("ERROR: 1 of 2 captures "), "{text}");
}

#[test]
fn match_is_told_with_its_proof() {
    let world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    assert_eq!(
        world.first_line(),
        "PASS: the client presented the expected certificate (SHA-1 11111111…) in 1 of 1 selected \
         connections; possession of its key is proved."
    );
}

#[test]
fn match_without_proof_says_so() {
    let mut unproved = presented(leaf());
    let ClientAuthentication::Presented(inner) = &mut unproved.client_authentication else {
        panic!("presented");
    };
    inner.possession = Possession::NotSeen;
    let world = World::of(vec![(unproved, Verdict::Match, None)], RunResult::Pass);
    assert!(world.first_line().ends_with("; possession of its key is not proved."));
}

#[test]
fn refused_match_says_both_in_one_line() {
    let world =
        World::of(vec![(refused(), Verdict::Match, Some(Cause::RefusedByServer))], RunResult::Pass);
    assert_eq!(
        world.first_line(),
        "PASS: the client presented the expected certificate (SHA-1 11111111…) in 1 of 1 selected \
         connections, and the server refused it (fatal alert unknown_ca); possession of its key is \
         proved."
    );
}

#[test]
fn refused_match_fails_where_acceptance_is_required() {
    let world =
        World::of(vec![(refused(), Verdict::Match, Some(Cause::RefusedByServer))], RunResult::Fail);
    assert_eq!(
        world.first_line(),
        "FAIL: the client presented the expected certificate (SHA-1 11111111…) in 1 of 1 selected \
         connections, and the server refused it (fatal alert unknown_ca), and acceptance was \
         required."
    );
}

#[test]
fn resumed_match_is_told_as_one() {
    let world = World::of(
        vec![(presented(leaf()), Verdict::Match, None), (resumed(), Verdict::Match, None)],
        RunResult::Pass,
    );
    assert_eq!(
        world.first_line(),
        "PASS: the client presented the expected certificate (SHA-1 11111111…) in 2 of 2 selected \
         connections (1 of them by a resumed session); possession of its key is proved."
    );
}

#[test]
fn acceptance_that_was_not_seen_is_inconclusive_where_it_is_required() {
    let cause = Some(Cause::OutcomeUnknown);
    let world =
        World::of(vec![(presented(leaf()), Verdict::Match, cause)], RunResult::Inconclusive);
    assert_eq!(
        world.first_line(),
        "INCONCLUSIVE: the capture cannot tell: the expected certificate was presented, and \
         whether the server accepted it is not in it, in 1 of 1 selected connections (1 match)."
    );
}

#[test]
fn absent_certificate_is_the_clients() {
    let world = World::of(
        vec![
            (declined(), Verdict::Absent, None),
            (presented(leaf()), Verdict::Match, None),
            (presented(leaf()), Verdict::Match, None),
        ],
        RunResult::Fail,
    );
    assert_eq!(
        world.first_line(),
        "FAIL: the server asked for a certificate and the client sent none, in 1 of 3 selected \
         connections (2 match)."
    );
}

#[test]
fn missing_request_says_nothing_against_the_client() {
    let world = World::of(
        vec![(handshake(ClientAuthentication::NotRequested), Verdict::NotRequested, None)],
        RunResult::Fail,
    );
    assert_eq!(
        world.first_line(),
        "FAIL: the server never asked for a client certificate, in 1 of 1 selected connections \
         (nothing is said against the client)."
    );
}

#[test]
fn other_certificate_is_told_with_both_thumbprints() {
    let world = World::of(
        vec![(presented(issuer()), Verdict::Mismatch, Some(Cause::OtherCertificate))],
        RunResult::Fail,
    );
    assert_eq!(
        world.first_line(),
        "FAIL: the client presented another certificate (SHA-1 22222222…) than the expected one \
         (SHA-1 11111111…), in 1 of 1 selected connections."
    );
}

#[test]
fn several_ways_to_fail_are_all_told() {
    let world = World::of(
        vec![
            (presented(issuer()), Verdict::Mismatch, Some(Cause::OtherCertificate)),
            (presented(leaf()), Verdict::Mismatch, Some(Cause::PossessionFailed)),
            (declined(), Verdict::Absent, None),
        ],
        RunResult::Fail,
    );
    let line = world.first_line();
    assert!(line.contains("did not prove that it holds its key"), "{line}");
    assert!(line.contains("another certificate"), "{line}");
    assert!(line.contains("the client sent none"), "{line}");
}

#[test]
fn encrypted_tls13_is_told_as_what_no_capture_shows() {
    let hidden = ClientAuthentication::Obscured(Obscurity {
        reason: ObscuredReason::Encrypted,
        detail: String::new(),
    });
    let mut handshake = handshake(hidden);
    handshake.protocol_version = Some(ProtocolVersion::TLS_1_3);
    let cause = Some(Cause::Obscured(ObscuredReason::Encrypted));
    let world = World::of(vec![(handshake, Verdict::Inconclusive, cause)], RunResult::Inconclusive);
    assert_eq!(
        world.first_line(),
        "INCONCLUSIVE: the capture cannot tell: TLS 1.3 encrypts both the request and the answer, \
         in 1 of 1 selected connections."
    );
    let text = text_of(&world.report(), PLAIN);
    assert!(text.lines().nth(1).unwrap().starts_with("hint: "), "{text}");
}

#[test]
fn empty_selection_and_missing_tls_are_different_answers() {
    let mut world =
        World::of(vec![(declined(), Verdict::NotSelected, None)], RunResult::Inconclusive);
    assert_eq!(
        world.first_line(),
        "INCONCLUSIVE: none of the 1 TLS connections is within the selection."
    );
    world.evidence.connections.clear();
    world.judgements.clear();
    assert_eq!(
        world.first_line(),
        "INCONCLUSIVE: there is no TLS connection to judge (0 TCP streams without TLS)."
    );
}

#[test]
fn no_certificate_as_expected_passes() {
    let mut world = World::of(
        vec![
            (declined(), Verdict::Match, None),
            (handshake(ClientAuthentication::NotRequested), Verdict::Match, None),
        ],
        RunResult::Pass,
    );
    world.expectation.outcome = ExpectedOutcome::None;
    world.expectation.certificates.clear();
    assert_eq!(
        world.first_line(),
        "PASS: the client presented no certificate, as expected, in 2 of 2 selected connections \
         (asked and declined in 1, not asked in 1)."
    );
}

#[test]
fn unusable_capture_is_told_in_the_first_line() {
    let mut world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    world.evidence.captures.push(CaptureSummary {
        path: "broken.pcap".into(),
        error: Some("not a capture".into()),
        ..CaptureSummary::default()
    });
    assert_eq!(
        world.first_line(),
        "ERROR: 1 of 2 captures could not be used; what could be read is a pass: the client \
         presented the expected certificate (SHA-1 11111111…) in 1 of 1 selected connections; \
         possession of its key is proved."
    );
    world.evidence.captures.remove(0);
    world.evidence.connections.clear();
    world.judgements.clear();
    assert_eq!(world.first_line(), "ERROR: the capture could not be used.");
}

#[test]
fn incomplete_input_makes_a_pass_inconclusive_and_says_why() {
    let mut world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    let incomplete = |code, frame| Incomplete { code, frame, detail: HOSTILE.into() };
    world.evidence.captures[0].incomplete =
        vec![incomplete("damaged-file", Some(120)), incomplete("unsupported-link-type", Some(7))];
    assert_eq!(
        world.first_line(),
        "INCONCLUSIVE: the client presented the expected certificate (SHA-1 11111111…) in 1 of 1 \
         selected connections; possession of its key is proved; but damaged bytes were not read \
         from frame 120 on and packets of a link type that is not supported were not read, where a \
         connection that fails may be."
    );
    world.evidence.captures[0].incomplete.truncate(1);
    let allowed = Report { result: Some(RunResult::Pass), ..world.report() };
    let line = text_of(&allowed, PLAIN).lines().next().unwrap().to_owned();
    assert!(line.starts_with("PASS: "), "{line}");
    assert!(line.ends_with(" proved. Damaged bytes were not read from frame 120 on."), "{line}");
    world.result = RunResult::Fail;
    world.judgements[0].verdict = Verdict::Absent;
    let line = world.first_line();
    assert!(line.starts_with("FAIL: "), "{line}");
    assert!(line.ends_with(". Damaged bytes were not read from frame 120 on."), "{line}");
}

#[test]
fn connections_begun_before_the_capture_are_named_in_the_first_line() {
    let left_out = Some(Cause::WithoutHandshake);
    let mut world = World::of(
        vec![
            (presented(leaf()), Verdict::Match, None),
            (handshake(ClientAuthentication::NotRequested), Verdict::NotSelected, left_out),
            (handshake(ClientAuthentication::NotRequested), Verdict::NotSelected, None),
        ],
        RunResult::Pass,
    );
    world.evidence.connections[1].has_handshake_bytes = false;
    world.evidence.connections[2].has_handshake_bytes = false;
    let line = world.first_line();
    let words = " proved. 1 connection that began before the capture left out.";
    assert!(line.ends_with(words), "{line}");
    world.evidence.connections[1].same_handshake_as =
        Some(Copied { capture: 0, stream: Some(0), first_frame: 1 });
    world.evidence.connections[1].has_handshake_bytes = true;
    let line = world.first_line();
    let words = " 1 other recording of the same handshake left out.";
    assert!(line.ends_with(words), "{line}");
}

// ---- many connections

#[test]
fn many_matches_are_listed_and_not_told_in_detail() {
    let mut connections: Vec<_> =
        (0..30).map(|_| (presented(leaf()), Verdict::Match, None)).collect();
    connections.push((declined(), Verdict::Absent, None));
    let world = World::of(connections, RunResult::Fail);
    let text =
        text_of(&world.report(), Style { layout: Layout { list: true, grouping: None }, ..PLAIN });
    assert_eq!(text.lines().filter(|line| line.starts_with("match ")).count(), 30);
    assert_eq!(text.lines().filter(|line| line.starts_with("stream ")).count(), 1);
    assert!(text.contains("30 connections as expected not shown in detail; -v shows all."));
    let style = Style::new(false, Detail::Everything);
    let text = text_of(&world.report(), style);
    assert_eq!(text.lines().filter(|line| line.starts_with("stream ")).count(), 31);
}

#[test]
fn of_many_captures_only_the_odd_ones_are_listed() {
    let mut world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    for number in 0..30 {
        let path = format!("{number}.pcap");
        world.evidence.captures.push(CaptureSummary { path, ..CaptureSummary::default() });
    }
    let text = text_of(&world.report(), PLAIN);
    assert_eq!(text.lines().filter(|line| line.starts_with("capture ")).count(), 1, "{text}");
    assert!(text.contains("30 captures with nothing odd not listed; -v lists all"), "{text}");
}

// ---- hostile text

#[test]
fn hostile_text_stays_inert_in_the_text_report() {
    let world = hostile_world();
    let style = Style::new(false, Detail::Everything);
    for report in [world.report(), world.inspected()] {
        let text = text_of(&report, style);
        for character in text.chars() {
            assert!(character == '\n' || !character.is_control(), "{character:?}");
            assert!(!matches!(character, '\u{202e}' | '\u{200b}'), "{character:?}");
        }
        let forged = text.lines().skip(1).filter(|line| line.starts_with("PASS"));
        assert_eq!(forged.count(), 0, "{text}");
        assert!(text.contains("\\x1b[2J\\x0d\\x0aPASS: forged\\u{202e}\\u{200b}\\x9b31m"));
    }
}

#[test]
fn long_hostile_text_is_cut_and_never_begins_a_line() {
    let mut world = World::new();
    let long = "PASS: ".repeat(10_000);
    world.evidence.connections[0].observation.server_name = Some(long.into());
    let text = text_of(&world.report(), PLAIN);
    assert!(text.len() < 30_000, "{}", text.len());
    assert!(!text.lines().any(|line| line.starts_with("PASS")));
}

#[test]
fn hostile_text_survives_json_unchanged() {
    let world = hostile_world();
    let record: ReportRecord = serde_json::from_str(&json_of(&world.report())).unwrap();
    assert_eq!(record.connections[0].server_name.as_deref(), Some(HOSTILE));
    let chain = &record.connections[0].client_authentication.chain;
    assert_eq!(chain[0].subject.as_deref(), Some(HOSTILE));
}

#[test]
fn every_line_fits_the_page_but_the_first_and_the_table() {
    let style = Style::new(false, Detail::Everything);
    let text = text_of(&hostile_world().report(), style);
    let details = text.lines().skip(1).filter(|line| line.starts_with("  "));
    for line in details {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

// ---- JSON as a contract, read back into this file's own structs

#[derive(Debug, Deserialize)]
struct ReportRecord {
    format_version: u32,
    tool: ToolRecord,
    result: Option<String>,
    complete: bool,
    incomplete: Vec<IncompleteRecord>,
    counts: CountsRecord,
    other_streams: u64,
    captures: Vec<CaptureRecord>,
    connections: Vec<ConnectionRecord>,
}

#[derive(Debug, Deserialize)]
struct IncompleteRecord {
    code: String,
}

#[derive(Debug, Deserialize)]
struct ToolRecord {
    name: String,
}

#[derive(Debug, Deserialize)]
struct CountsRecord {
    copies: usize,
    without_handshake: usize,
    connections: u64,
    selected: Option<u64>,
    r#match: Option<u64>,
    absent: Option<u64>,
    not_selected: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct CaptureRecord {
    path: String,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ConnectionRecord {
    stream: u64,
    client: Option<EndpointRecord>,
    endpoints: [EndpointRecord; 2],
    server_name: Option<String>,
    client_authentication: AuthenticationRecord,
    outcome: String,
    verdict: Option<String>,
    cause: Option<String>,
    evidence: Vec<EvidenceRecord>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct EndpointRecord {
    address: String,
    port: u16,
}

#[derive(Debug, Deserialize)]
struct AuthenticationRecord {
    status: String,
    reason: Option<String>,
    frames: Vec<u64>,
    chain: Vec<CertificateRecord>,
    possession: Option<String>,
    original: Option<OriginalRecord>,
}

#[derive(Debug, Deserialize)]
struct CertificateRecord {
    subject: Option<String>,
    sha1: String,
}

#[derive(Debug, Deserialize)]
struct OriginalRecord {
    stream: u64,
    status: String,
    sha1: Option<String>,
}

#[derive(Debug, Deserialize)]
struct EvidenceRecord {
    frame: u64,
    what: String,
    filter: String,
}

#[test]
fn json_reads_back_as_the_contract_says() {
    let world = World::new();
    let record: ReportRecord = serde_json::from_str(&json_of(&world.report())).unwrap();
    assert_eq!(record.format_version, 1);
    assert_eq!(record.tool.name, "mtls-witness");
    assert_eq!(record.result.as_deref(), Some("error"));
    assert!(!record.complete);
    assert_eq!(record.incomplete[1].code, "unusable-capture");
    assert_eq!((record.counts.copies, record.counts.without_handshake), (1, 1));
    assert_eq!(record.counts.connections, 6);
    assert_eq!(record.counts.selected, Some(5));
    assert_eq!(record.counts.r#match, Some(2));
    assert_eq!(record.counts.absent, Some(1));
    assert_eq!(record.counts.not_selected, Some(1));
    assert_eq!(record.other_streams, 7);
    assert_eq!(record.captures[0].path, "backend.pcapng");
    assert_eq!(
        record.captures[1].error.as_deref(),
        Some("not a capture: it begins with 50 4b 03 04")
    );

    let first = &record.connections[0];
    assert_eq!((first.stream, first.verdict.as_deref()), (0, Some("match")));
    assert_eq!(first.cause.as_deref(), Some("refused_by_server"));
    assert_eq!(first.outcome, "refused");
    assert_eq!(first.client.as_ref(), Some(&first.endpoints[0]));
    assert_eq!(first.client_authentication.status, "presented");
    assert_eq!(first.client_authentication.frames, [9, 10]);
    assert_eq!(first.client_authentication.possession.as_deref(), Some("verified"));
    assert_eq!(first.client_authentication.chain[0].sha1, "11".repeat(20));
    assert_eq!(first.evidence[0].frame, 7);
    assert_eq!(first.evidence[0].what, "CertificateRequest");
    assert_eq!(first.evidence[0].filter, "frame.number == 7");

    let obscured = &record.connections[3];
    assert_eq!(obscured.client, None);
    assert_eq!(obscured.client_authentication.reason.as_deref(), Some("gap"));

    let original = record.connections[2].client_authentication.original.as_ref().unwrap();
    assert_eq!((original.stream, original.status.as_str()), (0, "presented"));
    assert_eq!(original.sha1.as_deref(), Some("11".repeat(20).as_str()));
}

#[test]
fn no_key_is_ever_missing() {
    let world = World::new();
    for report in [world.report(), world.inspected()] {
        let value: serde_json::Value = serde_json::from_str(&json_of(&report)).unwrap();
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().unwrap().keys().cloned().collect()
        };
        let connections = value["connections"].as_array().unwrap();
        for connection in connections {
            assert_eq!(keys(connection), keys(&connections[0]));
            let authentication = &connection["client_authentication"];
            assert_eq!(keys(authentication), keys(&connections[0]["client_authentication"]));
        }
        let captures = value["captures"].as_array().unwrap();
        assert_eq!(keys(&captures[0]), keys(&captures[1]));
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    let world = World::new();
    assert_eq!(json_of(&world.report()), json_of(&World::new().report()));
    assert_eq!(text_of(&world.report(), PLAIN), text_of(&World::new().report(), PLAIN));
}

// ---- comparing

fn text_of(report: &Report<'_>, style: Style) -> String {
    let mut out = Vec::new();
    text::write(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json_of(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    json::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn assert_golden(name: &str, actual: &str) {
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let actual = actual.replace(&version, "\"version\": \"VERSION\"");
    let named = concat!("mtls-witness ", env!("CARGO_PKG_VERSION"));
    let actual = actual.replace(named, "mtls-witness VERSION");
    let semantic = concat!("\"semanticVersion\": \"", env!("CARGO_PKG_VERSION"));
    let actual = actual.replace(semantic, "\"semanticVersion\": \"VERSION");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, &actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(expected == actual, "{name} differs; UPDATE_GOLDENS=1 rewrites it. Got:\n{actual}");
}
