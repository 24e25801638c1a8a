//! The `expectation` object.

use serde::Serialize;

use super::super::times;
use crate::expect::{
    Endpoints, Expectation, ExpectedCertificate, ExpectedIssuer, Hypothesis, Identity, Lint,
    NotRead, Prediction, Source,
};
use crate::verdict::{HypothesisFinding, Network, Selection, ServerAddress};

#[derive(Serialize)]
pub(super) struct ExpectationRecord<'a> {
    outcome: &'static str,
    certificates: Vec<ExpectedCertificateRecord<'a>>,
    identity: IdentityRecord,
    none_if: Option<&'a str>,
    selection: SelectionRecord<'a>,
    hypotheses: Vec<HypothesisRecord<'a>>,
    reasons: &'a [String],
    lint: Vec<LintRecord<'a>>,
    not_read: Vec<NotReadRecord<'a>>,
}

impl<'a> ExpectationRecord<'a> {
    /// The expectation of a run, with what its connections say about the hypotheses.
    pub(super) fn new(
        expectation: &'a Expectation,
        selection: Option<&'a Selection>,
        findings: &'a [HypothesisFinding],
    ) -> Self {
        let selection = selection.map(SelectionRecord::new).unwrap_or_default();
        Self::with(expectation, selection, findings)
    }

    /// The expectation that a configuration gives, without a run.
    pub(super) fn resolved(expectation: &'a Expectation) -> Self {
        Self::with(expectation, SelectionRecord::of(&expectation.endpoints), &[])
    }

    fn with(
        expectation: &'a Expectation,
        selection: SelectionRecord<'a>,
        findings: &'a [HypothesisFinding],
    ) -> Self {
        let finding = |hypothesis: &Hypothesis| {
            findings.iter().find(|finding| finding.name == hypothesis.name)
        };
        let hypotheses = expectation.hypotheses.iter();
        Self {
            outcome: expectation.outcome.code(),
            certificates: expectation
                .certificates
                .iter()
                .map(ExpectedCertificateRecord::new)
                .collect(),
            identity: IdentityRecord::new(&expectation.identity),
            none_if: expectation.none_if.as_deref(),
            selection,
            hypotheses: hypotheses.map(|one| HypothesisRecord::new(one, finding(one))).collect(),
            reasons: &expectation.reasons,
            lint: expectation.lint.iter().map(LintRecord::new).collect(),
            not_read: expectation.not_read.iter().map(NotReadRecord::new).collect(),
        }
    }
}

/// What must hold of the certificate beside its thumbprint: of every list that has something, one.
#[derive(Serialize)]
struct IdentityRecord {
    spki_sha256: Vec<String>,
    names: Vec<String>,
    issuers: Vec<IssuerRecord>,
}

impl IdentityRecord {
    fn new(identity: &Identity) -> Self {
        Self {
            spki_sha256: identity.spkis.iter().map(|one| one.0.to_string()).collect(),
            names: identity.names.iter().map(ToString::to_string).collect(),
            issuers: identity.issuers.iter().map(IssuerRecord::new).collect(),
        }
    }
}

/// `signature_checked` is false for a name alone.
#[derive(Serialize)]
struct IssuerRecord {
    name: Option<String>,
    file: Option<String>,
    sha256: Option<String>,
    signature_checked: bool,
}

impl IssuerRecord {
    fn new(issuer: &ExpectedIssuer) -> Self {
        let (name, file, sha256) = match issuer {
            ExpectedIssuer::Certificate { certificate, file } => (
                certificate.fields.as_ref().ok().map(|fields| fields.subject.clone()),
                Some(file.clone()),
                Some(certificate.sha256.to_string()),
            ),
            ExpectedIssuer::Name { text, .. } => (Some(text.clone()), None, None),
        };
        Self { name, file, sha256, signature_checked: issuer.is_checked() }
    }
}

/// `alternatives` lists everything that the hypothesis allows, where that is more than one thing.
#[derive(Serialize)]
struct HypothesisRecord<'a> {
    name: &'static str,
    predicts: String,
    alternatives: Vec<String>,
    result: Option<&'static str>,
    frames: &'a [u64],
    connections: &'a [usize],
}

impl<'a> HypothesisRecord<'a> {
    fn new(hypothesis: &Hypothesis, finding: Option<&'a HypothesisFinding>) -> Self {
        let alternatives: Vec<String> = hypothesis.allowed().map(Prediction::text).collect();
        Self {
            name: hypothesis.name.name(),
            predicts: hypothesis.prediction().text(),
            alternatives: if alternatives.len() > 1 { alternatives } else { Vec::new() },
            result: finding.map(|finding| finding.result.code()),
            frames: finding.map(|finding| finding.frames.as_slice()).unwrap_or_default(),
            connections: finding.map(|finding| finding.connections.as_slice()).unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
struct LintRecord<'a> {
    code: &'static str,
    severity: &'static str,
    file: Option<&'a str>,
    line: Option<u64>,
    text: &'a str,
}

impl<'a> LintRecord<'a> {
    fn new(lint: &'a Lint) -> Self {
        Self {
            code: lint.code,
            severity: lint.severity.name(),
            file: lint.file.as_deref(),
            line: lint.line,
            text: &lint.text,
        }
    }
}

/// What of the configuration was seen and passed over.
#[derive(Serialize)]
struct NotReadRecord<'a> {
    file: &'a str,
    line: Option<u64>,
    what: &'a str,
    why: &'a str,
}

impl<'a> NotReadRecord<'a> {
    fn new(one: &'a NotRead) -> Self {
        Self { file: &one.file, line: one.line, what: &one.what, why: &one.why }
    }
}

#[derive(Serialize)]
struct ExpectedCertificateRecord<'a> {
    sha1: Option<String>,
    sha256: Option<String>,
    subject: Option<&'a str>,
    label: Option<&'a str>,
    sources: Vec<SourceRecord<'a>>,
}

impl<'a> ExpectedCertificateRecord<'a> {
    fn new(expected: &'a ExpectedCertificate) -> Self {
        let fields = expected.certificate.as_ref().and_then(|known| known.fields.as_ref().ok());
        Self {
            sha1: expected.sha1.map(|thumbprint| thumbprint.to_string()),
            sha256: expected.sha256.map(|thumbprint| thumbprint.to_string()),
            subject: fields.map(|fields| fields.subject.as_str()).or(expected.subject.as_deref()),
            label: expected.label.as_deref(),
            sources: expected.sources.iter().map(SourceRecord::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct SourceRecord<'a> {
    file: Option<&'a str>,
    line: Option<u64>,
    rule: &'a str,
    condition: Option<&'a str>,
}

impl<'a> SourceRecord<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            file: source.file.as_deref(),
            line: source.line,
            rule: &source.rule,
            condition: source.condition.as_deref(),
        }
    }
}

/// What the run was narrowed to; every list is empty where the user did not narrow it.
#[derive(Default, Serialize)]
struct SelectionRecord<'a> {
    server_names: &'a [String],
    addresses: Vec<String>,
    ports: Vec<u16>,
    clients: Vec<String>,
    streams: &'a [u64],
    since: Option<String>,
    until: Option<String>,
    active_at: Option<String>,
    excluded_clients: Vec<String>,
    excluded_server_names: &'a [String],
    allow_begun_before: bool,
}

impl<'a> SelectionRecord<'a> {
    fn of(endpoints: &'a Endpoints) -> Self {
        Self {
            server_names: &endpoints.server_names,
            addresses: endpoints.addresses.iter().map(ToString::to_string).collect(),
            ports: endpoints.ports.clone(),
            ..Self::default()
        }
    }

    fn new(selection: &'a Selection) -> Self {
        Self {
            server_names: &selection.server_names,
            addresses: selection.servers.iter().map(|server| server.address.to_string()).collect(),
            ports: selection
                .servers
                .iter()
                .filter_map(port)
                .chain(selection.ports.iter().copied())
                .collect(),
            clients: selection.clients.iter().map(cidr).collect(),
            streams: &selection.streams,
            since: selection.since.and_then(times::exact_time),
            until: selection.until.and_then(times::exact_time),
            active_at: selection.active_at.and_then(times::exact_time),
            excluded_clients: selection.excluded_clients.iter().map(cidr).collect(),
            excluded_server_names: &selection.excluded_server_names,
            allow_begun_before: selection.allow_begun_before,
        }
    }
}

fn port(server: &ServerAddress) -> Option<u16> {
    server.port
}

fn cidr(network: &Network) -> String {
    format!("{}/{}", network.address, network.prefix_length)
}
