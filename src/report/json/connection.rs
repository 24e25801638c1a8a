//! One connection.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use serde::{Serialize, Serializer};

use super::super::summary::{Evident, FrameFilter, Summary};
use super::super::{Report, names, times};
use super::AnomalyRecord;
use super::handshake::{ClientAuthenticationRecord, HandshakeRecord};
use super::shown::{Each, Shown};
use crate::certificate::Certificate;
use crate::diagnose::Finding;
use crate::verdict::{Cause, Judgement};
use crate::witness::{Anomaly, Connection, Evidence};

/// The connections, turned into records one at a time: a capture may hold a great many.
pub(super) struct Connections<'a>(pub(super) Report<'a>);

impl Serialize for Connections<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let records = self.0.connections();
        let expected = self.0.expected_certificate();
        serializer.collect_seq(records.enumerate().map(|(index, (connection, judgement))| {
            InReport {
                connection,
                evidence: self.0.evidence,
                judgement,
                findings: self.0.findings_of(index),
                expected,
            }
        }))
    }
}

/// One of the connections of a report.
struct InReport<'a> {
    connection: &'a Connection,
    evidence: &'a Evidence,
    judgement: Option<&'a Judgement<'a>>,
    findings: &'a [Finding],
    expected: Option<&'a Certificate>,
}

impl Serialize for InReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { connection, evidence, judgement, findings, expected } = *self;
        let summary = Summary::of(&connection.observation);
        let capture = connection.capture;
        let judged = (judgement, findings);
        ConnectionRecord::of(capture, connection, &summary, evidence, judged, expected)
            .serialize(serializer)
    }
}

/// A connection; `C` names its capture.
#[derive(Serialize)]
pub(super) struct ConnectionRecord<'a, C> {
    capture: C,
    stream: Option<u64>,
    same_handshake_as: Option<SameHandshakeRecord>,
    transport: &'static str,
    protocol: &'static str,
    endpoints: [Endpoint; 2],
    client: Option<Endpoint>,
    server: Option<Endpoint>,
    encapsulation: Vec<String>,
    preamble: Option<&'a str>,
    first_frame: u64,
    last_frame: u64,
    continued_in: Vec<usize>,
    started_at: Option<String>,
    server_name: Option<&'a str>,
    alpn: Option<&'a str>,
    alpn_offered: Option<&'a str>,
    client_fingerprint: Option<&'a str>,
    encrypted_client_hello_accepted: bool,
    handshakes: Vec<HandshakeRecord<'a>>,
    client_authentication: ClientAuthenticationRecord<'a>,
    outcome: &'static str,
    verdict: Option<&'static str>,
    cause: Option<&'static str>,
    causes: Vec<&'static str>,
    http_status: Option<u16>,
    explanation: Option<Cow<'a, str>>,
    evidence: Vec<EvidenceRecord>,
    diagnosis: Each<'a, Finding, FindingRecord<'a>>,
    anomalies: Each<'a, Anomaly, AnomalyRecord<'a>>,
    anomalies_omitted: u64,
}

impl<'a, C> ConnectionRecord<'a, C> {
    pub(super) fn of(
        capture: C,
        connection: &'a Connection,
        summary: &'a Summary<'a>,
        evidence: &Evidence,
        (judgement, findings): (Option<&'a Judgement<'a>>, &'a [Finding]),
        expected: Option<&Certificate>,
    ) -> Self {
        let observation = &connection.observation;
        Self {
            capture,
            stream: connection.stream,
            same_handshake_as: connection.same_handshake_as.map(|other| SameHandshakeRecord {
                capture: other.capture,
                stream: other.stream,
                first_frame: other.first_frame,
            }),
            transport: "tcp",
            protocol: "tls",
            endpoints: connection.endpoints.map(Endpoint::new),
            client: connection.client().map(Endpoint::new),
            server: connection.server().map(Endpoint::new),
            encapsulation: connection.encapsulation.iter().copied().map(names::layer).collect(),
            preamble: connection.preamble.as_deref(),
            first_frame: connection.first_frame,
            last_frame: connection.last_frame,
            continued_in: {
                let (last, _) = evidence.locate(connection.capture, connection.last_frame);
                (connection.capture + 1..=last).collect()
            },
            started_at: connection.started_at.and_then(times::packet_time),
            server_name: observation.server_name.as_deref(),
            alpn: observation.alpn.as_deref(),
            alpn_offered: observation.alpn_offered.as_deref(),
            client_fingerprint: observation.client_fingerprint.as_deref(),
            encrypted_client_hello_accepted: observation.encrypted_client_hello_accepted,
            handshakes: observation
                .handshakes
                .iter()
                .map(|handshake| HandshakeRecord::new(handshake, expected))
                .collect(),
            client_authentication: ClientAuthenticationRecord::new(
                &summary.authentication,
                summary.inference.as_ref().map(|inference| &***inference),
                expected,
            ),
            outcome: names::outcome(summary.outcome()),
            verdict: judgement.map(|judgement| judgement.verdict.code()),
            cause: judgement.and_then(|judgement| judgement.cause).map(|cause| cause.code()),
            causes: judgement
                .map(Judgement::causes)
                .unwrap_or_default()
                .into_iter()
                .map(Cause::code)
                .collect(),
            http_status: observation.http_status,
            explanation: judgement.map(Judgement::explanation),
            evidence: summary
                .evidence(connection, evidence, judgement)
                .into_iter()
                .map(EvidenceRecord::new)
                .collect(),
            diagnosis: Each(findings, FindingRecord::new),
            anomalies: Each(&connection.anomalies, AnomalyRecord::new),
            anomalies_omitted: connection.anomalies_omitted,
        }
    }
}

/// Another recording of the same handshake.
#[derive(Serialize)]
struct SameHandshakeRecord {
    capture: usize,
    stream: Option<u64>,
    first_frame: u64,
}

#[derive(Serialize)]
struct Endpoint {
    address: Shown<IpAddr>,
    port: u16,
}

impl Endpoint {
    fn new(socket: SocketAddr) -> Self {
        Self { address: Shown(socket.ip()), port: socket.port() }
    }
}

#[derive(Serialize)]
struct EvidenceRecord {
    capture: usize,
    frame: u64,
    what: String,
    filter: Shown<FrameFilter>,
}

impl EvidenceRecord {
    fn new(evident: Evident) -> Self {
        let filter = Shown(evident.filter());
        let Evident { capture, frame, what, .. } = evident;
        Self { capture, frame, what, filter }
    }
}

/// One thing that explains what was seen.
#[derive(Serialize)]
pub(super) struct FindingRecord<'a> {
    code: &'static str,
    strength: &'static str,
    text: &'a str,
    frames: &'a [u64],
    next_step: Option<&'a str>,
}

impl<'a> FindingRecord<'a> {
    pub(super) fn new(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            strength: finding.strength.code(),
            text: &finding.text,
            frames: &finding.frames,
            next_step: finding.next_step.as_deref(),
        }
    }
}
