//! The hand-made report that holds one of everything.

use std::net::SocketAddr;
use std::sync::Arc;

use mtls_witness::capture::Timestamp;
use mtls_witness::certificate::{Certificate, Fields, PublicKey, Sha1Thumbprint, Sha256Thumbprint};
use mtls_witness::expect::{Expectation, ExpectedCertificate, ExpectedOutcome, NotRead, Source};
use mtls_witness::inspect::{
    CertificateRequest, ClientAuthentication, Finished, Frames, Handshake, HandshakeKind,
    Negotiated, ObscuredReason, Obscurity, Observation, OidFilter, Original, Outcome, Possession,
    Presented, RecordLengths, SeenAlert, Session, Visibility, infer,
};
use mtls_witness::limits::Limits;
use mtls_witness::net::Layer;
use mtls_witness::report::Report;
use mtls_witness::tls::{
    Alert, AlertDescription, AlertLevel, CipherSuite, ContentType, ProtocolVersion, SignatureScheme,
};
use mtls_witness::verdict::{
    Cause, Grounds, Judgement, Network, RunResult, Selection, ServerAddress, Verdict, Words,
};
use mtls_witness::witness::{
    Anomaly, CaptureSummary, Connection, Copied, Coverage, Direction, Evidence, Incomplete,
    NotFollowed, Recorder,
};

/// Tries to move the cursor, forge a line, hide and reorder.
pub(crate) const HOSTILE: &str = "x\x1b[2J\r\nPASS: forged\u{202e}\u{200b}\u{9b}31m<script>|\"\\";

pub(crate) struct World {
    pub(crate) evidence: Evidence,
    pub(crate) expectation: Expectation,
    pub(crate) selection: Selection,
    pub(crate) judgements: Vec<Judgement<'static>>,
    pub(crate) result: RunResult,
}

impl World {
    /// One of everything.
    pub(crate) fn new() -> Self {
        let mut evidence = Evidence {
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
                Connection {
                    same_handshake_as: Some(Copied { capture: 0, stream: Some(0), first_frame: 1 }),
                    ..connection(5, vec![unreadable_certificate()])
                },
            ],
            other_streams: 7,
            others: Vec::new(),
        };
        infer_renegotiation(&mut evidence.connections[4].observation);
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
            judgement(
                Verdict::NotSelected,
                Some(Cause::SameHandshake),
                "This is another recording of a handshake that is judged already.",
                &[],
            ),
        ];
        Self {
            evidence,
            expectation: expectation(),
            selection: Selection {
                ports: Vec::new(),
                servers: vec![ServerAddress {
                    address: "10.0.0.5".parse().unwrap(),
                    port: Some(443),
                }],
                clients: vec![Network { address: "10.0.0.0".parse().unwrap(), prefix_length: 24 }],
                server_names: vec!["*.contoso.com".into()],
                streams: vec![0, 1],
                since: Some(1_795_000_000_000_000_000),
                until: None,
                ..Selection::default()
            },
            judgements,
            result: RunResult::Fail,
        }
    }

    /// One connection for each handshake, judged as told.
    pub(crate) fn of(
        connections: Vec<(Handshake, Verdict, Option<Cause>)>,
        result: RunResult,
    ) -> Self {
        let mut world = Self::new();
        world.evidence.captures.truncate(1);
        world.evidence.captures[0].incomplete.clear();
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

    pub(crate) fn report(&self) -> Report<'_> {
        Report {
            evidence: &self.evidence,
            expectation: Some(&self.expectation),
            selection: Some(&self.selection),
            judgements: &self.judgements,
            results: self.results().leak(),
            result: Some(match self.evidence.captures.iter().any(|one| one.error.is_some()) {
                true => RunResult::Error,
                false => self.result.of_input(self.evidence.is_complete()),
            }),
            of_connections: Some(self.result),
            hypotheses: &[],
            findings: &[],
            run_findings: &[],
            parts: &[],
            left_out: None,
            command: &[],
        }
    }

    /// What each judgement is to the run.
    fn results(&self) -> Vec<Option<RunResult>> {
        let is_by_acceptance = self.judgements.iter().all(|one| one.verdict == Verdict::Match);
        let result_of = |judgement: &Judgement<'_>| {
            Some(match (judgement.verdict, judgement.cause) {
                (Verdict::NotSelected, _) => return None,
                // Where acceptance is required, it makes the run what it is.
                (Verdict::Match, Some(_)) if is_by_acceptance => self.result,
                (Verdict::Match, _) => RunResult::Pass,
                (Verdict::Inconclusive, _) => RunResult::Inconclusive,
                _ => RunResult::Fail,
            })
        };
        self.judgements.iter().map(result_of).collect()
    }

    pub(crate) fn inspected(&self) -> Report<'_> {
        Report {
            expectation: None,
            selection: None,
            judgements: &[],
            results: &[],
            result: self.report().result.filter(|result| *result == RunResult::Error),
            of_connections: None,
            ..self.report()
        }
    }

    pub(crate) fn first_line(&self) -> String {
        crate::text_of(&self.report(), crate::PLAIN).lines().next().unwrap().to_owned()
    }
}

/// Hostile text in every place that a capture or a file name can fill.
pub(crate) fn hostile_world() -> World {
    let mut world = World::new();
    world.evidence.captures[0].path = HOSTILE.into();
    world.evidence.captures[0].anomalies[0].detail = HOSTILE.into();
    if let Some(recorder) = &mut world.evidence.captures[0].recorder {
        recorder.program = Some(HOSTILE.into());
        recorder.operating_system = Some(HOSTILE.into());
        recorder.filters = vec![HOSTILE.into()];
    }
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
        let words = Words { explanation: HOSTILE, evidence: &[(1, HOSTILE)] };
        judgement.grounds = Grounds::Told(Box::leak(Box::new(words)));
    }
    world.expectation.certificates[0].sources[0].rule = HOSTILE.into();
    world
}

pub(crate) fn captures() -> Vec<CaptureSummary> {
    let at = |nanoseconds| Some(Timestamp { nanoseconds, digits: 6 });
    vec![
        CaptureSummary {
            path: "backend.pcapng".into(),
            sha256: Some("ab".repeat(32)),
            format: "pcapng".into(),
            compression: Some("gzip".into()),
            packets: 123,
            frames: 123,
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
            coverage: Coverage {
                tls: 80,
                tcp_without_tls: 19,
                other: 4,
                unreadable: 1,
                not_followed: vec![NotFollowed {
                    what: "WireGuard (UDP port 51820)".into(),
                    packets: 16,
                    first_frame: 3,
                }],
                not_followed_further: 3,
                payload: Default::default(),
            },
            incomplete: vec![Incomplete {
                code: "damaged-file",
                frame: Some(120),
                detail: "a block of 7 bytes at offset 45 000".into(),
            }],
            recorder: Some(Recorder {
                program: Some("Dumpcap (Wireshark) 4.0.17".into()),
                operating_system: Some("Linux 6.1.0".into()),
                filters: vec!["src port 443".into()],
                snap_length: Some(4096),
                dropped: Some(17),
            }),
        },
        CaptureSummary {
            path: "archive.pcap".into(),
            error: Some("not a capture: it begins with 50 4b 03 04".into()),
            ..CaptureSummary::default()
        },
    ]
}

pub(crate) fn connection(stream: u64, handshakes: Vec<Handshake>) -> Connection {
    let port = 51_234 + u16::try_from(stream).unwrap();
    Connection {
        capture: 0,
        stream: Some(stream),
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
        ended_at: Some(Timestamp { nanoseconds: 1_795_000_030_000_000_000, digits: 6 }),
        closed: None,
        has_handshake_bytes: true,
        randoms: [None; 2],
        same_handshake_as: None,
        observation: Observation {
            server_name: Some("backend.contoso.com".into()),
            client_hello_seen: true,
            alpn: Some("http/1.1".into()),
            client_fingerprint: Some("t13d1516h2_8daaf6152771_e5627efa2ab1".into()),
            alpn_offered: Some("h2, http/1.1".into()),
            http_status: Some(403),
            handshakes,
            hidden: None,
            encrypted_client_hello_accepted: false,
        },
        anomalies: Vec::new(),
        anomalies_omitted: 0,
    }
}

/// Roles unknown, no handshake in full, no name, over IPv6.
pub(crate) fn broken_connection() -> Connection {
    let obscurity = Obscurity {
        reason: ObscuredReason::Gap,
        detail: "1448 bytes are missing where the client's Certificate would stand".into(),
    };
    Connection {
        endpoints: ["[2001:db8::1]:443".parse().unwrap(), "[2001:db8::2]:51237".parse().unwrap()],
        client: None,
        started_at: None,
        ended_at: None,
        closed: None,
        has_handshake_bytes: false,
        observation: Observation { hidden: Some(obscurity.into()), ..Observation::default() },
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

pub(crate) fn handshake(client_authentication: ClientAuthentication) -> Handshake {
    Handshake {
        kind: HandshakeKind::Initial,
        protocol_version: Some(ProtocolVersion::TLS_1_2),
        cipher_suite: Some(CipherSuite(0xc02f)),
        visibility: Visibility::Clear,
        hello_retry_request: false,
        resumed: false,
        certificate_request: None,
        client_authentication,
        server_chain: [issuer()].into(),
        certificate_message_missing: false,
        outcome: Outcome::Completed,
        alerts: Vec::new(),
        client_hello_frames: [4].into(),
        server_hello_frames: [6].into(),
        certificate_verify_frames: Frames::new(),
        session: Session::default(),
        finished: Finished::NotChecked,
        inference: None,
    }
}

pub(crate) fn requested() -> CertificateRequest {
    CertificateRequest {
        frames: [7].into(),
        certificate_types: [1, 64, 99].into(),
        signature_schemes: [
            SignatureScheme::RSA_PSS_RSAE_SHA256,
            SignatureScheme::ECDSA_SECP256R1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme(0x0fff),
        ]
        .into(),
        certificate_authorities: [name("Contoso Root"), name("Fabrikam Root")].into(),
        certificate_signature_schemes: [SignatureScheme::RSA_PKCS1_SHA384].into(),
        oid_filters: [OidFilter { oid: vec![0x55, 0x1d, 0x25], values: vec![0x30, 0] }].into(),
        trust_anchors: true,
        malformed: false,
    }
}

pub(crate) fn presented(leaf: Arc<Certificate>) -> Handshake {
    Handshake {
        certificate_request: Some(requested()),
        certificate_verify_frames: [11].into(),
        ..handshake(ClientAuthentication::Presented(Presented {
            frames: [9, 10].into(),
            chain: vec![leaf, issuer()],
            chain_complete: true,
            possession: Possession::Verified { scheme: "rsa_pss_rsae_sha256".into() },
        }))
    }
}

pub(crate) fn refused() -> Handshake {
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

pub(crate) fn declined() -> Handshake {
    let mut request = requested();
    request.certificate_authorities = Arc::default();
    request.malformed = true;
    Handshake {
        certificate_request: Some(request),
        ..handshake(ClientAuthentication::Declined { frames: [9].into() })
    }
}

pub(crate) fn resumed() -> Handshake {
    let original = Original {
        capture: 0,
        elsewhere: None,
        stream: Some(0),
        handshake: 0,
        frame: 4,
        client_authentication: presented(leaf()).client_authentication,
        outcome: Outcome::Completed,
    };
    Handshake {
        resumed: true,
        server_chain: Arc::default(),
        certificate_message_missing: false,
        ..handshake(ClientAuthentication::Resumed { original: Some(Box::new(original)) })
    }
}

pub(crate) fn renegotiated() -> Handshake {
    Handshake {
        kind: HandshakeKind::Renegotiation,
        protocol_version: None,
        cipher_suite: None,
        visibility: Visibility::Encrypted,
        server_chain: Arc::default(),
        certificate_message_missing: false,
        outcome: Outcome::Unknown,
        client_hello_frames: Frames::new(),
        server_hello_frames: Frames::new(),
        ..handshake(ClientAuthentication::Obscured(Obscurity {
            reason: ObscuredReason::Encrypted,
            detail: "a handshake record after ChangeCipherSpec".into(),
        }))
    }
}

/// What a client's records in a renegotiation suggest: ClientHello, Certificate, ClientKeyExchange,
/// CertificateVerify.
fn infer_renegotiation(observation: &mut Observation) {
    let negotiated = Negotiated {
        version: Some(ProtocolVersion::TLS_1_2),
        cipher_suite: Some(CipherSuite(0xc02f)),
        client_key_exchange: Some(37),
        ..Negotiated::default()
    };
    let mut client = RecordLengths::default();
    let handshake = ContentType::HANDSHAKE;
    let end = (ContentType::CHANGE_CIPHER_SPEC, 1);
    let flight = [233, 413, 61, 103].map(|length| (handshake, length));
    for (content_type, length) in [end, (handshake, 40)].into_iter().chain(flight).chain([end]) {
        client.note(content_type, length, &Limits::default());
    }
    infer(observation, &negotiated, &client, &RecordLengths::default());
}

/// A certificate that cannot be parsed, the rest of its chain cut, and an unknown proof.
pub(crate) fn unreadable_certificate() -> Handshake {
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

pub(crate) fn leaf() -> Arc<Certificate> {
    certificate(0x11, "CN=client.contoso.com, O=Contoso", Some(vec!["clientAuth".into()]))
}

pub(crate) fn issuer() -> Arc<Certificate> {
    certificate(0x22, "CN=Contoso Issuing CA", None)
}

pub(crate) fn hostile_certificate() -> Arc<Certificate> {
    certificate(0x44, HOSTILE, Some(vec![HOSTILE.into()]))
}

pub(crate) fn certificate(
    seed: u8,
    subject: &str,
    usages: Option<Vec<String>>,
) -> Arc<Certificate> {
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
            signature_algorithm: "sha256WithRSAEncryption".to_owned(),
            is_ca: false,
            authority_key_identifier: None,
            subject_key_identifier: None,
            oddities: vec!["1 byte after the certificate".into()],
        }),
    })
}

pub(crate) fn expectation() -> Expectation {
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
            ..ExpectedCertificate::default()
        }],
        reasons: vec!["--expect-thumbprint names the certificate.".into()],
        not_read: vec![NotRead {
            file: "service\u{202e}.json".to_owned(),
            line: Some(7),
            what: "loggers insights".to_owned(),
            why: "it has no part in client certificates at a backend".to_owned(),
        }],
        ..Expectation::default()
    }
}

pub(crate) fn judgement(
    verdict: Verdict,
    cause: Option<Cause>,
    explanation: &'static str,
    evidence: &'static [(u64, &'static str)],
) -> Judgement<'static> {
    let words = Words { explanation, evidence };
    let grounds = Grounds::Told(Box::leak(Box::new(words)));
    Judgement { verdict, cause, handshake: Some(0), grounds }
}

/// DER of a Name with one commonName.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    let wrap = |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).unwrap()], body].concat();
    let value = [vec![0x06, 0x03, 0x55, 0x04, 0x03], wrap(0x0c, common_name.as_bytes())].concat();
    wrap(0x30, &wrap(0x31, &wrap(0x30, &value)))
}
