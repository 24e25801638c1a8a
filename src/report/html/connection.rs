//! The connections of the page that are told in detail.

use super::ladder::Ladder;
use super::view::{CertificateRow, Certificates, Details, HandshakeView, Why, class, shown};
use super::{LISTED_ANOMALIES, LISTED_STREAMS};
use crate::certificate::{Certificate, display_name};
use crate::inspect::{CertificateRequest, ClientAuthentication, Handshake, StreamName};
use crate::report::Report;
use crate::report::summary::Summary;
use crate::report::told::comparison::compare;
use crate::report::told::groups::{Group, streams};
use crate::report::told::handshake::{described, possession};
use crate::report::told::ladder::rungs;
use crate::report::told::plan::Plan;
use crate::report::told::{Meaning, evidence_lines, inference, row};
use crate::tls::ClientCertificateType;
use crate::verdict::Judgement;
use crate::witness::Connection;

/// Certificate authorities of a request that are listed.
const LISTED_AUTHORITIES: usize = 20;

/// The name of a connection's details within the page.
pub(super) fn id(index: usize) -> String {
    format!("connection-{index}")
}

/// Those that the plan has in detail.
pub(super) fn details(report: &Report<'_>, plan: &Plan) -> Vec<Details> {
    let told = plan.detailed.iter().filter_map(|(index, group)| {
        let (connection, judgement) = report.connection(*index)?;
        let group = group.and_then(|number| plan.groups.as_ref()?.get(number));
        Some(one(report, (*index, connection, judgement), group))
    });
    told.collect()
}

fn one(
    report: &Report<'_>,
    (index, connection, judgement): (usize, &Connection, Option<&Judgement<'_>>),
    group: Option<&Group>,
) -> Details {
    let observation = &connection.observation;
    let mut title = StreamName(connection.stream).to_string();
    if report.evidence.captures.len() > 1 {
        title.push_str(&format!(" of {}", row::capture_path(report, connection)));
    }
    let (word, meaning) = match judgement {
        Some(judgement) => row::verdict(report, index, judgement),
        None => (String::new(), Meaning::Plain),
    };
    let alike = group.filter(|group| group.members.len() > 1).map(|group| {
        let streams = streams(report, &group.members, LISTED_STREAMS);
        shown(&format!("One of {} that are alike: streams {streams}", group.members.len()))
    });
    let evidence = evidence_lines(report, connection, judgement);
    let handshakes = observation.handshakes.iter().enumerate();
    let decided = judgement.and_then(|judgement| judgement.handshake);
    let handshakes = handshakes.map(|(number, handshake)| {
        let decides = decided.is_none_or(|decided| decided == number);
        let meaning = if decides { meaning } else { Meaning::Plain };
        HandshakeView {
            id: format!("{}-handshake-{number}", id(index)),
            ..handshake_view(report, connection, handshake, meaning)
        }
    });
    let anomalies = connection.anomalies.iter().take(LISTED_ANOMALIES);
    Details {
        id: id(index),
        title: shown(&title),
        word,
        class: class(meaning),
        alike,
        explanation: judgement.map(|judgement| shown(&judgement.explanation())),
        why: report.findings_of(index).iter().map(|finding| Why::new(finding, "")).collect(),
        facts: facts(report, connection),
        handshakes: handshakes.collect(),
        certificates: certificates(report, connection, judgement),
        evidence: evidence
            .iter()
            .map(|line| line.split_once(": ").unwrap_or((line, "")))
            .map(|(filter, what)| (shown(filter), shown(what)))
            .collect(),
        anomalies: anomalies.map(|one| shown(&row::anomaly(one))).collect(),
    }
}

fn facts(report: &Report<'_>, connection: &Connection) -> Vec<(&'static str, String)> {
    let observation = &connection.observation;
    let mut facts = vec![
        ("Connection", shown(&row::place(connection).replace("->", "→"))),
        ("Display filter", row::filter(connection)),
    ];
    let (last, there) = report.evidence.locate(connection.capture, connection.last_frame);
    if let Some(capture) = report.evidence.captures.get(last).filter(|_| last != connection.capture)
    {
        let path = shown(&capture.path);
        facts.push(("Goes on", format!("in {path}; its last frame there is {there}")));
    }
    facts.extend(observation.server_name.as_deref().map(|name| ("Server name", shown(name))));
    facts.extend(observation.alpn.as_deref().map(|name| ("Protocol", shown(name))));
    facts.extend(observation.client_fingerprint.as_ref().map(|one| ("Client's JA4", shown(one))));
    facts.extend(observation.http_status.map(|status| ("Response", format!("HTTP {status}"))));
    if observation.encrypted_client_hello_accepted {
        let text = "Encrypted Client Hello accepted: the server name is that of the outer hello";
        facts.push(("Hello", text.to_owned()));
    }
    facts.extend(observation.hidden.as_ref().map(|hidden| ("Hidden", shown(&hidden.detail))));
    if let Some(other) = connection.same_handshake_as {
        let place = format!("{}, first frame {}", StreamName(other.stream), other.first_frame);
        facts.push(("Recording of", place));
    }
    facts
}

fn handshake_view(
    report: &Report<'_>,
    connection: &Connection,
    handshake: &Handshake,
    meaning: Meaning,
) -> HandshakeView {
    let address = |one: Option<std::net::SocketAddr>| one.map(|one| one.to_string());
    let client = address(connection.client()).unwrap_or_default();
    let server = address(connection.server()).unwrap_or_default();
    let mut facts = Vec::new();
    let mut authorities = Vec::new();
    if let Some(request) = &handshake.certificate_request {
        request_facts(request, &mut facts, &mut authorities);
    }
    let proof = match &handshake.client_authentication {
        ClientAuthentication::Presented(presented) => Some(&presented.possession),
        ClientAuthentication::PresentedKey(presented) => Some(&presented.possession),
        ClientAuthentication::Obscured(obscurity) => {
            facts.push(("Cannot be told", shown(&obscurity.detail)));
            let expected = report.expected_certificate();
            let inference = handshake.inference.as_deref();
            facts.extend(
                inference.map(|one| ("Inference", shown(&inference::sentence(one, expected)))),
            );
            None
        }
        _ => None,
    };
    let is_there = !handshake.certificate_verify_frames.is_empty();
    facts.extend(proof.map(|proof| ("Possession", shown(&possession(proof, is_there)))));
    if let Some(leaf) = handshake.server_chain.first() {
        facts.push(("Server certificate", shown(&named(leaf))));
    }
    HandshakeView {
        id: String::new(),
        title: shown(&described(handshake)),
        ladder: Ladder::new(rungs(&connection.observation, handshake, meaning), client, server),
        facts,
        authorities,
    }
}

fn request_facts(
    request: &CertificateRequest,
    facts: &mut Vec<(&'static str, String)>,
    authorities: &mut Vec<String>,
) {
    let types: Vec<String> = request
        .certificate_types
        .iter()
        .map(|number| ClientCertificateType(*number).to_string())
        .collect();
    if !types.is_empty() {
        facts.push(("Types asked for", types.join(", ")));
    }
    let schemes: Vec<String> = request.signature_schemes.iter().map(ToString::to_string).collect();
    if !schemes.is_empty() {
        facts.push(("Schemes asked for", shown(&schemes.join(", "))));
    }
    let all = &request.certificate_authorities;
    authorities.extend(all.iter().take(LISTED_AUTHORITIES).map(|name| shown(&display_name(name))));
    if all.is_empty() {
        facts.push(("Authorities", "none named".to_owned()));
    } else if all.len() > authorities.len() {
        authorities.push(format!("and {} more", all.len() - authorities.len()));
    }
}

fn certificates(
    report: &Report<'_>,
    connection: &Connection,
    judgement: Option<&Judgement<'_>>,
) -> Certificates {
    let summary = Summary::judged(&connection.observation, judgement);
    let chain = summary.presented().map(|presented| presented.chain.as_slice()).unwrap_or_default();
    // Of several expectations, each row names its own.
    let expectation = judgement.and(report.expectation).filter(|_| report.parts.is_empty());
    let rows = compare(expectation, chain.first().map(AsRef::as_ref));
    let known = rows.iter().filter(|row| row.expected.is_some());
    Certificates {
        is_thumbprint_alone: known.clone().next().is_some()
            && known.clone().all(|row| matches!(row.field, "SHA-1" | "SHA-256")),
        is_expected: rows.iter().any(|row| row.expected.is_some()),
        rows: rows
            .into_iter()
            .map(|row| CertificateRow {
                field: row.field,
                differs: row.differs(),
                is_digits: row.field.starts_with("SHA-") || row.field.starts_with("Serial"),
                expected: row.expected.as_deref().map(shown),
                presented: row.presented.as_deref().map(shown),
            })
            .collect(),
        chain: chain.iter().skip(1).map(|one| shown(&named(one))).collect(),
    }
}

fn named(certificate: &Certificate) -> String {
    let subject = match &certificate.fields {
        Ok(fields) => fields.subject.as_str(),
        Err(_) => "a certificate that cannot be read",
    };
    format!("{subject}, SHA-1 {}", certificate.sha1)
}
