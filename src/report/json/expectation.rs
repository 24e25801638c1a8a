//! The `expectation` object.

use serde::Serialize;

use super::super::times;
use crate::expect::{Expectation, ExpectedCertificate, Source};
use crate::verdict::{Network, Selection, ServerAddress};

#[derive(Serialize)]
pub(super) struct ExpectationRecord<'a> {
    outcome: &'static str,
    certificates: Vec<ExpectedCertificateRecord<'a>>,
    selection: SelectionRecord<'a>,
    hypotheses: [(); 0],
    reasons: &'a [String],
    lint: [(); 0],
}

impl<'a> ExpectationRecord<'a> {
    pub(super) fn new(expectation: &'a Expectation, selection: Option<&'a Selection>) -> Self {
        Self {
            outcome: expectation.outcome.code(),
            certificates: expectation
                .certificates
                .iter()
                .map(ExpectedCertificateRecord::new)
                .collect(),
            selection: selection.map(SelectionRecord::new).unwrap_or_default(),
            hypotheses: [],
            reasons: &expectation.reasons,
            lint: [],
        }
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
            subject: fields.map(|fields| fields.subject.as_str()),
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
}

impl<'a> SelectionRecord<'a> {
    fn new(selection: &'a Selection) -> Self {
        Self {
            server_names: &selection.server_names,
            addresses: selection.servers.iter().map(|server| server.address.to_string()).collect(),
            ports: selection.servers.iter().filter_map(port).collect(),
            clients: selection.clients.iter().map(cidr).collect(),
            streams: &selection.streams,
            since: selection.since.and_then(times::exact_time),
            until: selection.until.and_then(times::exact_time),
        }
    }
}

fn port(server: &ServerAddress) -> Option<u16> {
    server.port
}

fn cidr(network: &Network) -> String {
    format!("{}/{}", network.address, network.prefix_length)
}
