//! Every report format, from one hand-made report that holds one of everything.
//!
//! `UPDATE_GOLDENS=1 cargo test --test report_formats` rewrites `tests/goldens/`; a person reads
//! the difference.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use mtls_witness::capture::Timestamp;
use mtls_witness::certificate::{Certificate, Fields, PublicKey, Sha1Thumbprint, Sha256Thumbprint};
use mtls_witness::expect::{Expectation, ExpectedCertificate, ExpectedOutcome, Source};
use mtls_witness::inspect::{
    CertificateRequest, ClientAuthentication, Handshake, HandshakeKind, ObscuredReason, Obscurity,
    Observation, Original, Outcome, Possession, Presented, SeenAlert, Session, Visibility,
};
use mtls_witness::net::Layer;
use mtls_witness::report::text::{Detail, Style};
use mtls_witness::report::{Report, json, text};
use mtls_witness::tls::{
    Alert, AlertDescription, AlertLevel, CipherSuite, ProtocolVersion, SignatureScheme,
};
use mtls_witness::verdict::{
    Cause, Judgement, Network, RunResult, Selection, ServerAddress, Verdict,
};
use mtls_witness::witness::{Anomaly, CaptureSummary, Connection, Direction, Evidence};
use serde::Deserialize;

const PLAIN: Style = Style { color: false, detail: Detail::Selected };
/// Tries to move the cursor, forge a line, hide and reorder.
const HOSTILE: &str = "x\x1b[2J\r\nPASS: forged\u{202e}\u{200b}\u{9b}31m<script>|\"\\";

// ---- goldens

#[test]
fn text_of_one_of_everything() {
    assert_golden("everything.txt", &text_of(&World::new().report(), PLAIN));
}

#[test]
fn text_with_nothing_left_out() {
    let style = Style { color: false, detail: Detail::Everything };
    assert_golden("everything-verbose.txt", &text_of(&World::new().report(), style));
}

#[test]
fn text_in_colour() {
    let mut world = World::new();
    world.evidence.connections.truncate(2);
    world.judgements.truncate(2);
    let style = Style { color: true, detail: Detail::Selected };
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
    let style = Style { color: false, detail: Detail::Answer };
    let text = text_of(&World::new().report(), style);
    assert_eq!(text.lines().count(), 1);
    assert!(text.starts_with("FAIL: "), "{text}");
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
    let line = world.first_line();
    assert!(line.ends_with(" 1 of 2 captures could not be used."), "{line}");
}

// ---- many connections

#[test]
fn many_matches_are_listed_and_not_told_in_detail() {
    let mut connections: Vec<_> =
        (0..30).map(|_| (presented(leaf()), Verdict::Match, None)).collect();
    connections.push((declined(), Verdict::Absent, None));
    let world = World::of(connections, RunResult::Fail);
    let text = text_of(&world.report(), PLAIN);
    assert_eq!(text.lines().filter(|line| line.starts_with("match ")).count(), 30);
    assert_eq!(text.lines().filter(|line| line.starts_with("stream ")).count(), 1);
    assert!(text.contains("30 connections as expected not shown in detail; -v shows all."));
    let style = Style { color: false, detail: Detail::Everything };
    let text = text_of(&world.report(), style);
    assert_eq!(text.lines().filter(|line| line.starts_with("stream ")).count(), 31);
}

// ---- hostile text

#[test]
fn hostile_text_stays_inert_in_the_text_report() {
    let world = hostile_world();
    let style = Style { color: false, detail: Detail::Everything };
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
    world.evidence.connections[0].observation.server_name = Some(long);
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
    let style = Style { color: false, detail: Detail::Everything };
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
    counts: CountsRecord,
    other_streams: u64,
    captures: Vec<CaptureRecord>,
    connections: Vec<ConnectionRecord>,
}

#[derive(Debug, Deserialize)]
struct ToolRecord {
    name: String,
}

#[derive(Debug, Deserialize)]
struct CountsRecord {
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
    assert_eq!(record.result.as_deref(), Some("fail"));
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

// ---- the hand-made report

struct World {
    evidence: Evidence,
    expectation: Expectation,
    selection: Selection,
    judgements: Vec<Judgement>,
    result: RunResult,
}

impl World {
    /// One of everything.
    fn new() -> Self {
        let evidence = Evidence {
            captures: captures(),
            connections: vec![
                Connection {
                    encapsulation: vec![Layer::Vlan(12), Layer::Vxlan(7)],
                    preamble: Some("proxy-v2".into()),
                    ..connection(0, vec![refused()])
                },
                connection(1, vec![declined()]),
                connection(2, vec![resumed()]),
                broken_connection(),
                connection(4, vec![handshake(ClientAuthentication::NotRequested), renegotiated()]),
                connection(5, vec![unreadable_certificate()]),
            ],
            other_streams: 7,
        };
        let judgements = vec![
            judgement(
                Verdict::Match,
                Some(Cause::RefusedByServer),
                "The client presented the expected certificate CN=client.contoso.com, proved that it holds its key, and the server refused it with the fatal alert unknown_ca.",
                &[
                    (7, "CertificateRequest"),
                    (9, "client Certificate"),
                    (10, "client Certificate"),
                    (11, "CertificateVerify"),
                    (12, "alert unknown_ca"),
                ],
            ),
            judgement(
                Verdict::Absent,
                None,
                "The server asked for a certificate and the client answered with an empty Certificate message.",
                &[(7, "CertificateRequest"), (9, "empty client Certificate")],
            ),
            judgement(
                Verdict::Match,
                None,
                "The session of stream 0 was resumed; there the client presented the expected certificate.",
                &[(1, "ClientHello")],
            ),
            judgement(
                Verdict::Inconclusive,
                Some(Cause::Obscured(ObscuredReason::Gap)),
                "1448 bytes are missing where the client's Certificate would stand.",
                &[],
            ),
            judgement(
                Verdict::Inconclusive,
                Some(Cause::Obscured(ObscuredReason::Encrypted)),
                "A renegotiation took place inside the encrypted connection.",
                &[(20, "encrypted handshake record")],
            ),
            judgement(Verdict::NotSelected, None, "This connection is outside the selection.", &[]),
        ];
        Self {
            evidence,
            expectation: expectation(),
            selection: Selection {
                servers: vec![ServerAddress {
                    address: "10.0.0.5".parse().unwrap(),
                    port: Some(443),
                }],
                clients: vec![Network { address: "10.0.0.0".parse().unwrap(), prefix_length: 24 }],
                server_names: vec!["*.contoso.com".into()],
                streams: vec![0, 1],
                since: Some(1_795_000_000_000_000_000),
                until: None,
            },
            judgements,
            result: RunResult::Fail,
        }
    }

    /// One connection for each handshake, judged as told.
    fn of(connections: Vec<(Handshake, Verdict, Option<Cause>)>, result: RunResult) -> Self {
        let mut world = Self::new();
        world.evidence.captures.truncate(1);
        world.evidence.other_streams = 0;
        world.evidence.connections.clear();
        world.judgements.clear();
        world.result = result;
        for (stream, (handshake, verdict, cause)) in (0..).zip(connections) {
            world.evidence.connections.push(connection(stream, vec![handshake]));
            world.judgements.push(judgement(verdict, cause, "Because.", &[]));
        }
        world
    }

    fn report(&self) -> Report<'_> {
        Report {
            evidence: &self.evidence,
            expectation: Some(&self.expectation),
            selection: Some(&self.selection),
            judgements: &self.judgements,
            result: Some(self.result),
        }
    }

    fn inspected(&self) -> Report<'_> {
        Report {
            expectation: None,
            selection: None,
            judgements: &[],
            result: None,
            ..self.report()
        }
    }

    fn first_line(&self) -> String {
        text_of(&self.report(), PLAIN).lines().next().unwrap().to_owned()
    }
}

/// Hostile text in every place that a capture or a file name can fill.
fn hostile_world() -> World {
    let mut world = World::new();
    world.evidence.captures[0].path = HOSTILE.into();
    world.evidence.captures[0].anomalies[0].detail = HOSTILE.into();
    for connection in &mut world.evidence.connections {
        connection.preamble = Some(HOSTILE.into());
        connection.observation.server_name = Some(HOSTILE.into());
        connection.observation.alpn = Some(HOSTILE.into());
        for handshake in &mut connection.observation.handshakes {
            handshake.client_authentication =
                presented(hostile_certificate()).client_authentication;
        }
    }
    for judgement in &mut world.judgements {
        judgement.explanation = HOSTILE.into();
        judgement.evidence = vec![(1, HOSTILE.into())];
    }
    world.expectation.certificates[0].sources[0].rule = HOSTILE.into();
    world
}

fn captures() -> Vec<CaptureSummary> {
    let at = |nanoseconds| Some(Timestamp { nanoseconds, digits: 6 });
    vec![
        CaptureSummary {
            path: "backend.pcapng".into(),
            sha256: Some("ab".repeat(32)),
            format: "pcapng".into(),
            compression: Some("gzip".into()),
            packets: 123,
            bytes: 45_678,
            first_packet_at: at(1_795_000_000_012_345_000),
            last_packet_at: at(1_795_000_060_000_000_000),
            anomalies: vec![Anomaly {
                code: "truncated-file",
                frame: Some(123),
                direction: None,
                detail: "the file ends within a packet".into(),
            }],
            anomalies_omitted: 3,
            error: None,
        },
        CaptureSummary {
            path: "archive.pcap".into(),
            error: Some("not a capture: it begins with 50 4b 03 04".into()),
            ..CaptureSummary::default()
        },
    ]
}

fn connection(stream: u64, handshakes: Vec<Handshake>) -> Connection {
    let port = 51_234 + u16::try_from(stream).unwrap();
    Connection {
        capture: 0,
        stream,
        endpoints: [
            SocketAddr::from(([10, 0, 0, 4], port)),
            SocketAddr::from(([10, 0, 0, 5], 443)),
        ],
        client: Some(0),
        encapsulation: Vec::new(),
        preamble: None,
        first_frame: 1,
        last_frame: 40,
        started_at: Some(Timestamp { nanoseconds: 1_795_000_000_012_345_000, digits: 6 }),
        observation: Observation {
            server_name: Some("backend.contoso.com".into()),
            alpn: Some("http/1.1".into()),
            handshakes,
            hidden: None,
        },
        anomalies: Vec::new(),
        anomalies_omitted: 0,
    }
}

/// Roles unknown, no handshake in full, no name, over IPv6.
fn broken_connection() -> Connection {
    let obscurity = Obscurity {
        reason: ObscuredReason::Gap,
        detail: "1448 bytes are missing where the client's Certificate would stand".into(),
    };
    Connection {
        endpoints: ["[2001:db8::1]:443".parse().unwrap(), "[2001:db8::2]:51237".parse().unwrap()],
        client: None,
        started_at: None,
        observation: Observation { hidden: Some(obscurity), ..Observation::default() },
        anomalies: vec![Anomaly {
            code: "tcp-gap",
            frame: Some(8),
            direction: Some(Direction::ClientToServer),
            detail: "1448 bytes missing".into(),
        }],
        anomalies_omitted: 2,
        ..connection(3, Vec::new())
    }
}

fn handshake(client_authentication: ClientAuthentication) -> Handshake {
    Handshake {
        kind: HandshakeKind::Initial,
        protocol_version: Some(ProtocolVersion::TLS_1_2),
        cipher_suite: Some(CipherSuite(0xc02f)),
        visibility: Visibility::Clear,
        hello_retry_request: false,
        resumed: false,
        certificate_request: None,
        client_authentication,
        server_chain: vec![issuer()],
        outcome: Outcome::Completed,
        alerts: Vec::new(),
        client_hello_frames: vec![4],
        server_hello_frames: vec![6],
        certificate_verify_frames: Vec::new(),
        session: Session::default(),
    }
}

fn requested() -> CertificateRequest {
    CertificateRequest {
        frames: vec![7],
        certificate_types: vec![1, 64, 99],
        signature_schemes: vec![
            SignatureScheme::RSA_PSS_RSAE_SHA256,
            SignatureScheme::ECDSA_SECP256R1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme(0x0fff),
        ],
        certificate_authorities: vec![name("Contoso Root"), name("Fabrikam Root")],
        malformed: false,
    }
}

fn presented(leaf: Arc<Certificate>) -> Handshake {
    Handshake {
        certificate_request: Some(requested()),
        certificate_verify_frames: vec![11],
        ..handshake(ClientAuthentication::Presented(Presented {
            frames: vec![9, 10],
            chain: vec![leaf, issuer()],
            chain_complete: true,
            possession: Possession::Verified { scheme: "rsa_pss_rsae_sha256".into() },
        }))
    }
}

fn refused() -> Handshake {
    Handshake {
        outcome: Outcome::Refused,
        alerts: vec![SeenAlert {
            from_client: Some(false),
            alert: Alert { level: AlertLevel::FATAL, description: AlertDescription::UNKNOWN_CA },
            frame: 12,
        }],
        ..presented(leaf())
    }
}

fn declined() -> Handshake {
    let mut request = requested();
    request.certificate_authorities = Vec::new();
    request.malformed = true;
    Handshake {
        certificate_request: Some(request),
        ..handshake(ClientAuthentication::Declined { frames: vec![9] })
    }
}

fn resumed() -> Handshake {
    let original = Original {
        capture: 0,
        stream: 0,
        handshake: 0,
        frame: 4,
        client_authentication: presented(leaf()).client_authentication,
    };
    Handshake {
        resumed: true,
        server_chain: Vec::new(),
        ..handshake(ClientAuthentication::Resumed { original: Some(Box::new(original)) })
    }
}

fn renegotiated() -> Handshake {
    Handshake {
        kind: HandshakeKind::Renegotiation,
        protocol_version: None,
        cipher_suite: None,
        visibility: Visibility::Encrypted,
        server_chain: Vec::new(),
        outcome: Outcome::Unknown,
        client_hello_frames: Vec::new(),
        server_hello_frames: Vec::new(),
        ..handshake(ClientAuthentication::Obscured(Obscurity {
            reason: ObscuredReason::Encrypted,
            detail: "a handshake record after ChangeCipherSpec".into(),
        }))
    }
}

/// A certificate that cannot be parsed, the rest of its chain cut, and an unknown proof.
fn unreadable_certificate() -> Handshake {
    let certificate = Certificate {
        der: vec![0x30, 0x00],
        sha1: Sha1Thumbprint([0x33; 20]),
        sha256: Sha256Thumbprint([0x33; 32]),
        fields: Err("not a certificate: empty sequence".into()),
    };
    handshake(ClientAuthentication::Presented(Presented {
        frames: (9..30).collect(),
        chain: vec![Arc::new(certificate)],
        chain_complete: false,
        possession: Possession::NotCheckable { why: "the key cannot be decoded".into() },
    }))
}

fn leaf() -> Arc<Certificate> {
    certificate(0x11, "CN=client.contoso.com, O=Contoso", Some(vec!["clientAuth".into()]))
}

fn issuer() -> Arc<Certificate> {
    certificate(0x22, "CN=Contoso Issuing CA", None)
}

fn hostile_certificate() -> Arc<Certificate> {
    certificate(0x44, HOSTILE, Some(vec![HOSTILE.into()]))
}

fn certificate(seed: u8, subject: &str, usages: Option<Vec<String>>) -> Arc<Certificate> {
    Arc::new(Certificate {
        der: vec![seed; 1234],
        sha1: Sha1Thumbprint([seed; 20]),
        sha256: Sha256Thumbprint([seed; 32]),
        fields: Ok(Fields {
            subject: subject.into(),
            subject_der: Vec::new(),
            issuer: "CN=Contoso Issuing CA".into(),
            issuer_der: Vec::new(),
            serial: "0a1b".into(),
            not_before: Some(1_767_225_600),
            not_after: Some(1_798_761_599),
            public_key: PublicKey { spki_der: Vec::new(), description: "RSA 2048".into() },
            spki_sha256: Sha256Thumbprint([seed ^ 0xff; 32]),
            extended_key_usages: usages,
            digital_signature: Some(true),
            dns_names: vec!["client.contoso.com".into()],
            oddities: vec!["1 byte after the certificate".into()],
        }),
    })
}

fn expectation() -> Expectation {
    Expectation {
        outcome: ExpectedOutcome::Certificate,
        certificates: vec![ExpectedCertificate {
            sha1: Some(Sha1Thumbprint([0x11; 20])),
            sha256: None,
            certificate: None,
            label: Some("client.pem".into()),
            sources: vec![Source {
                file: None,
                line: None,
                rule: "--expect-thumbprint".into(),
                condition: None,
            }],
        }],
        reasons: vec!["--expect-thumbprint names the certificate.".into()],
    }
}

fn judgement(
    verdict: Verdict,
    cause: Option<Cause>,
    explanation: &str,
    evidence: &[(u64, &str)],
) -> Judgement {
    Judgement {
        verdict,
        cause,
        explanation: explanation.into(),
        handshake: Some(0),
        evidence: evidence.iter().map(|(frame, what)| (*frame, (*what).into())).collect(),
    }
}

/// DER of a Name with one commonName.
fn name(common_name: &str) -> Vec<u8> {
    let wrap = |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).unwrap()], body].concat();
    let value = [vec![0x06, 0x03, 0x55, 0x04, 0x03], wrap(0x0c, common_name.as_bytes())].concat();
    wrap(0x30, &wrap(0x31, &wrap(0x30, &value)))
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
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, &actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(expected == actual, "{name} differs; UPDATE_GOLDENS=1 rewrites it. Got:\n{actual}");
}
