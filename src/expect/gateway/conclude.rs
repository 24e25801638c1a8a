//! Upstreams that share a server -> one expectation.

use super::gateways::Gateways;
use super::upstream::{CertificateAt, Presents, Server, Upstream};
use crate::expect::apim::Target;
use crate::expect::{
    CertificateFile, Expectation, ExpectedCertificate, ExpectedOutcome, Source, Thumbprint,
};

/// What should be seen at each server: those that a connection cannot be told apart by are one.
pub(super) fn targets(
    gateways: &Gateways,
    upstreams: Vec<Upstream>,
    only: Option<&str>,
) -> Vec<Target> {
    let mut groups: Vec<(Server, Vec<Upstream>)> = Vec::new();
    for upstream in upstreams {
        let server = upstream.server.clone();
        let mut joined = (server, vec![upstream]);
        // What it has in common with several of them makes these one, too.
        let mut apart = Vec::with_capacity(groups.len());
        for (server, others) in groups {
            if joined.0.overlaps(&server) {
                joined.0.join(&server);
                joined.1.splice(0..0, others);
            } else {
                apart.push((server, others));
            }
        }
        groups = apart;
        groups.push(joined);
    }
    let mut targets: Vec<Target> =
        groups.iter().map(|(server, upstreams)| target(gateways, server, upstreams)).collect();
    if let Some(only) = only {
        targets.retain(|target| is_called(&target.name, only));
    }
    // A server that cannot be selected must not keep the others from being judged.
    let any_known = targets.iter().any(|target| !target.needs_selection);
    for target in &mut targets {
        target.is_asked = !(any_known && target.needs_selection);
    }
    targets
}

/// Whether a name has another as one of its words, with or without a port.
fn is_called(name: &str, wanted: &str) -> bool {
    name.split([' ', '(', ')', ',']).any(|word| {
        let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
        word.eq_ignore_ascii_case(wanted) || host.eq_ignore_ascii_case(wanted)
    })
}

fn target(gateways: &Gateways, server: &Server, upstreams: &[Upstream]) -> Target {
    let mut certificates: Vec<ExpectedCertificate> = Vec::new();
    let mut unknown = Vec::new();
    let mut none = Vec::new();
    let mut reasons = Vec::new();
    for upstream in upstreams {
        let place = &upstream.place;
        reasons.extend(upstream.reasons.iter().map(|reason| format!("{place}: {reason}")));
        match &upstream.presents {
            Presents::Certificate(at) => match certificate(gateways, upstream, at, &mut reasons) {
                Ok(found) => add(&mut certificates, found),
                Err(why) => unknown.push(format!("{place}: {why}")),
            },
            Presents::None => none.push(upstream.name.clone()),
            Presents::NoTls => {}
            Presents::Unknown(why) => unknown.push(format!("{place}: {why}")),
        }
    }
    let outcome = match (unknown.is_empty(), certificates.as_slice(), none.is_empty()) {
        (false, _, _) => ExpectedOutcome::Undecidable,
        (true, [_], true) => ExpectedOutcome::Certificate,
        (true, [_, ..], _) => ExpectedOutcome::Candidates,
        (true, [], false) => ExpectedOutcome::None,
        (true, [], true) => ExpectedOutcome::NoHandshake,
    };
    if outcome != ExpectedOutcome::Candidates {
        for one in certificates.iter_mut().flat_map(|one| &mut one.sources) {
            one.condition = None;
        }
    }
    let none_if =
        (outcome == ExpectedOutcome::Candidates && !none.is_empty()).then(|| none.join(", "));
    reasons.push(claim(outcome, &certificates, &unknown));
    Target {
        name: upstreams.first().map(|one| one.name.clone()).unwrap_or_default(),
        is_asked: true,
        needs_selection: !server.is_known(),
        expectation: Expectation {
            outcome,
            certificates,
            none_if,
            endpoints: server.endpoints(),
            reasons,
            ..Expectation::default()
        },
    }
}

fn certificate(
    gateways: &Gateways,
    upstream: &Upstream,
    at: &CertificateAt,
    reasons: &mut Vec<String>,
) -> Result<ExpectedCertificate, String> {
    let (name, bytes) = match at {
        CertificateAt::File(path) => match gateways.file(&upstream.place.file, path) {
            Some((name, bytes)) => (name.to_owned(), bytes.to_vec()),
            None => {
                return Err(format!(
                    "the certificate {path} was not given: put it beside the configuration, or \
                     give it with --expect-certificate"
                ));
            }
        },
        CertificateAt::Inline { bytes, place } => (place.to_string(), bytes.clone()),
        CertificateAt::Secret { namespace, name } => gateways.secret(namespace.as_deref(), name)?,
    };
    let file = CertificateFile::read(&name, &bytes).map_err(|error| error.to_string())?;
    reasons.extend(file.reasons);
    let certificate = file.certificate;
    reasons
        .push(format!("{name} holds the certificate with {}", Thumbprint::Sha1(certificate.sha1)));
    let place = upstream.rule_place.as_ref().unwrap_or(&upstream.place);
    Ok(ExpectedCertificate {
        sha1: Some(certificate.sha1),
        sha256: Some(certificate.sha256),
        certificate: Some(certificate),
        subject: None,
        label: Some(name),
        sources: vec![Source {
            file: Some(place.file.to_string()),
            line: place.line,
            rule: upstream.rule.to_owned(),
            condition: Some(upstream.name.clone()),
        }],
    })
}

/// One certificate is one candidate, however many upstreams present it.
fn add(certificates: &mut Vec<ExpectedCertificate>, found: ExpectedCertificate) {
    match certificates.iter_mut().find(|one| one.sha256 == found.sha256) {
        Some(known) => known.sources.extend(found.sources),
        None => certificates.push(found),
    }
}

/// What it comes to, in words.
fn claim(
    outcome: ExpectedOutcome,
    certificates: &[ExpectedCertificate],
    unknown: &[String],
) -> String {
    let names: Vec<String> = certificates
        .iter()
        .filter_map(|one| Some(format!("{} (SHA-1 {})", one.label.as_deref()?, one.sha1?)))
        .collect();
    match outcome {
        ExpectedOutcome::Candidates => {
            format!("expected where the server asks: one of {}", names.join(", "))
        }
        ExpectedOutcome::Certificate => {
            format!("expected where the server asks for a client certificate: {}", names.join(", "))
        }
        ExpectedOutcome::NoHandshake => "expected no TLS handshake of this gateway".to_owned(),
        ExpectedOutcome::None => "expected no client certificate".to_owned(),
        ExpectedOutcome::Undecidable => {
            format!("expected what cannot be told: {}", unknown.join("; "))
        }
    }
}
