//! What record lengths suggest without keys, over every capture, against what the endpoints logged.
//!
//! A conclusion that is wrong in any part fails. `UPDATE_GOLDENS=1 cargo test --test inference`
//! rewrites the table in `docs/inference.md`; a person reads the difference.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mtls_witness::certificate::Certificate;
use mtls_witness::expect::CertificateFile;
use mtls_witness::inspect::{
    ClientAuthentication, Comparison, Handshake, HandshakeKind, Inference, InferredAnswer,
};
use mtls_witness::limits::Limits;
use mtls_witness::witness::{Connection, Witness};
use serde_json::Value;

const BEGIN: &str = "<!-- table -->\n";
const END: &str = "<!-- end of table -->\n";

/// What truly happened in one encrypted handshake, by the endpoints' logs.
struct Truth {
    answer: InferredAnswer,
    /// Certificates in the client's message, and the end-entity one.
    chain: Option<(u64, Certificate)>,
}

/// One row of the table.
struct Row {
    capture: String,
    stream: u64,
    kind: HandshakeKind,
    client: String,
    suite: String,
    truth: Truth,
    inference: Option<Inference>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Outcome {
    Right,
    Ambiguous,
    Wrong,
}

#[test]
fn no_conclusion_over_the_captures_is_wrong_and_the_document_says_so() {
    let rows = rows();
    assert!(rows.len() >= 60, "only {} encrypted handshakes", rows.len());
    let wrong = rows.iter().filter(|row| row.outcome() == Outcome::Wrong);
    let wrong: Vec<_> = wrong.map(|row| row.line()).collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inference.md");
    let text = std::fs::read_to_string(&document).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (old, after) = rest.split_once(END).unwrap();
    let table = table(&rows);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        let text = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(&document, text).unwrap();
        return;
    }
    assert!(old == table, "docs/inference.md is not true any more; it must have:\n{table}");
}

/// The certificate that was sent is never refuted, and never more than consistent.
#[test]
fn the_certificate_that_was_sent_is_not_refuted_and_another_mostly_is() {
    let mut refuted = 0;
    let mut compared = 0;
    let certificates = certificates();
    for row in rows() {
        let (Some(inference), Some((count, leaf))) = (&row.inference, &row.truth.chain) else {
            continue;
        };
        let Some(own) = inference.compare(leaf) else { continue };
        assert_ne!(own, Comparison::Refuted, "{}", row.capture);
        let is_exact = inference.certificate_length.is_some_and(|it| it.most == Some(it.least));
        if *count == 1 && is_exact {
            assert_eq!(own, Comparison::Consistent, "{}", row.capture);
        }
        for other in certificates.values() {
            let is_other = other.der.len() != leaf.der.len();
            compared += u32::from(is_other && *count == 1);
            let is_refuted = inference.compare(other) == Some(Comparison::Refuted);
            refuted += u32::from(is_other && *count == 1 && is_refuted);
        }
    }
    assert!(refuted * 2 > compared, "{refuted} of {compared}");
}

/// Whatever the lengths suggest, what was judged is what was seen.
#[test]
fn an_inference_changes_neither_verdict_nor_exit_status() {
    let certificates = "captures/certificates";
    for (expected, comparison) in [
        (vec!["--expect-certificate", "client-p256.pem"], Value::from("consistent")),
        (vec!["--expect-certificate", "client-rsa.pem"], Value::from("refuted")),
        (vec!["--expect-none"], Value::Null),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
        command.args(["verify", "--format", "json"]);
        for argument in &expected {
            let is_file = argument.contains(".pem");
            let path = format!("{certificates}/{argument}");
            command.arg(if is_file { path } else { (*argument).to_owned() });
        }
        command.arg("captures/tls13-client-certificate.pcapng");
        let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{expected:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let connection = &report["connections"][0];
        assert_eq!(connection["verdict"], "inconclusive");
        let authentication = &connection["client_authentication"];
        assert_eq!(authentication["status"], "obscured");
        assert_eq!(authentication["inference"]["conclusion"], "presented");
        assert_eq!(authentication["inference"]["expected_certificate"], comparison);
        assert_eq!(authentication, &connection["handshakes"][0]["client_authentication"]);
    }
}

impl Row {
    fn outcome(&self) -> Outcome {
        let Some(inference) = &self.inference else {
            return Outcome::Ambiguous;
        };
        let truth = self.truth.answer;
        if !inference.answers.contains(&truth)
            || inference.requested.is_some_and(|asked| asked != truth.was_requested())
        {
            return Outcome::Wrong;
        }
        if let Some((count, leaf)) = &self.truth.chain {
            let length = leaf.der.len();
            let fits = inference.certificate_length.is_none_or(|range| match count {
                1 => range.contains(length),
                _ => range.most.is_none_or(|most| length < most),
            });
            let key = key_type(leaf);
            if !fits || !inference.key_types.is_empty() && !inference.key_types.contains(&key) {
                return Outcome::Wrong;
            }
        }
        match inference.conclusion() {
            Some(_) => Outcome::Right,
            None => Outcome::Ambiguous,
        }
    }

    fn line(&self) -> String {
        let kind = match self.kind {
            HandshakeKind::Initial => "first",
            HandshakeKind::Renegotiation => "renegotiation",
            HandshakeKind::PostHandshake => "post-handshake",
        };
        let truth = match &self.truth.chain {
            Some((1, leaf)) => format!("presented, {}, {}", leaf.der.len(), key_type(leaf)),
            Some((count, leaf)) => {
                format!("presented, {} with {} more, {}", leaf.der.len(), count - 1, key_type(leaf))
            }
            None => word(self.truth.answer).to_owned(),
        };
        let inferred = self.inference.as_ref().map_or_else(|| "nothing".to_owned(), inferred);
        let outcome = match self.outcome() {
            Outcome::Right => "right",
            Outcome::Ambiguous => "ambiguous",
            Outcome::Wrong => "wrong",
        };
        let stream = if self.stream == 0 { String::new() } else { format!(" ({})", self.stream) };
        let (capture, client, suite) = (&self.capture, &self.client, &self.suite);
        format!(
            "| `{capture}`{stream} | {kind} | {client} | {suite} | {truth} | {inferred} | {outcome} |\n"
        )
    }
}

fn inferred(inference: &Inference) -> String {
    let answers: Vec<_> = inference.answers.iter().map(|answer| word(*answer)).collect();
    let mut text = answers.join(" or ");
    if let Some(length) = inference.certificate_length {
        let most = length.most.map_or_else(|| "more".to_owned(), |most| most.to_string());
        text.push_str(&match length.most {
            Some(most) if most == length.least => format!(", {most}"),
            _ => format!(", {} to {most}", length.least),
        });
    }
    if !inference.key_types.is_empty() {
        write!(text, ", {}", inference.key_types.join(" or ")).unwrap();
    }
    text
}

fn word(answer: InferredAnswer) -> &'static str {
    match answer {
        InferredAnswer::NotRequested => "not requested",
        InferredAnswer::Declined => "declined",
        InferredAnswer::Presented => "presented",
        InferredAnswer::Resumed => "resumed",
    }
}

fn key_type(certificate: &Certificate) -> String {
    let description = certificate.fields.as_ref().unwrap().public_key.description.clone();
    let description = description.replace("RSASSA-PSS", "RSA");
    description.replace("ECDSA P-", "ECDSA ")
}

fn table(rows: &[Row]) -> String {
    let mut counts: BTreeMap<(&str, Outcome), usize> = BTreeMap::new();
    for row in rows {
        *counts.entry((row.group(), row.outcome())).or_default() += 1;
    }
    let mut text = "| handshake | right | ambiguous | wrong |\n|---|---|---|---|\n".to_owned();
    let groups = ["TLS 1.3", "renegotiation, AEAD", "renegotiation, CBC", "post-handshake"];
    for group in groups {
        let count = |outcome| counts.get(&(group, outcome)).copied().unwrap_or_default();
        let (right, ambiguous) = (count(Outcome::Right), count(Outcome::Ambiguous));
        writeln!(text, "| {group} | {right} | {ambiguous} | {} |", count(Outcome::Wrong)).unwrap();
    }
    text.push_str(
        "\n| capture (stream) | handshake | client | cipher suite | truth | inferred | |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        text.push_str(&row.line());
    }
    text
}

impl Row {
    fn group(&self) -> &'static str {
        match self.kind {
            HandshakeKind::Initial => "TLS 1.3",
            HandshakeKind::PostHandshake => "post-handshake",
            HandshakeKind::Renegotiation if self.suite.contains("CBC") => "renegotiation, CBC",
            HandshakeKind::Renegotiation => "renegotiation, AEAD",
        }
    }
}

/// Every handshake whose certificate exchange is encrypted, read without keys.
fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".expected.json"));
    files.sort();
    let certificates = certificates();
    let mut rows = Vec::new();
    for path in files {
        let document: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let capture = path.with_file_name(document["capture"].as_str().unwrap());
        let mut witness = Witness::new(Limits::default());
        let name = document["capture"].as_str().unwrap();
        let open = || std::fs::File::open(&capture);
        if witness.examine_file(name, open().unwrap(), open).is_err() {
            continue;
        }
        let seen = witness.finish().connections;
        let logged = document["connections"].as_array().unwrap();
        for (logged, connection) in logged.iter().zip(&seen) {
            assert_eq!(logged["stream"].as_u64(), connection.stream, "{name}");
            rows.extend(rows_of(&document, logged, connection, &certificates));
        }
    }
    rows
}

fn rows_of(
    document: &Value,
    logged: &Value,
    connection: &Connection,
    certificates: &HashMap<String, Certificate>,
) -> Vec<Row> {
    let name = document["capture"].as_str().unwrap();
    // In these the request and its answer came after the handshake, or not at all.
    let is_post_handshake = name.contains("post-handshake") && logged["answered"] != "resumed";
    let not_requested = || Truth { answer: InferredAnswer::NotRequested, chain: None };
    let row = |kind, suite: String, truth, inference: Option<Inference>| Row {
        capture: name.to_owned(),
        stream: connection.stream.unwrap(),
        kind,
        client: document["client"].as_str().unwrap().split(' ').next().unwrap().to_owned(),
        suite: suite.trim_start_matches("TLS_").to_owned(),
        truth,
        inference,
    };
    let first = connection.observation.handshakes.first();
    let suite =
        first.and_then(|first| first.cipher_suite).map_or(String::new(), |it| it.to_string());
    let mut rows = Vec::new();
    let mut renegotiations = 0;
    for handshake in &connection.observation.handshakes {
        if !is_obscured(handshake) {
            continue;
        }
        let is_tls13 = handshake.protocol_version.is_some_and(|version| version.is_tls13());
        let truth = match handshake.kind {
            HandshakeKind::Initial if !is_tls13 => continue,
            HandshakeKind::Initial if is_post_handshake => not_requested(),
            HandshakeKind::Initial => truth(logged, certificates),
            HandshakeKind::Renegotiation => {
                renegotiations += 1;
                renegotiation_truth(document, logged, renegotiations, certificates)
            }
            HandshakeKind::PostHandshake => continue,
        };
        rows.push(row(
            handshake.kind,
            suite.clone(),
            truth,
            handshake.inference.as_deref().cloned(),
        ));
    }
    if connection.observation.hidden.is_some() && is_post_handshake {
        let inference = first.and_then(|first| first.inference.as_deref());
        let inference = inference.map(Inference::with_later_requests);
        let truth = truth(logged, certificates);
        rows.push(row(HandshakeKind::PostHandshake, suite, truth, inference));
    }
    rows
}

fn is_obscured(handshake: &Handshake) -> bool {
    matches!(handshake.client_authentication, ClientAuthentication::Obscured(_))
}

fn truth(logged: &Value, certificates: &HashMap<String, Certificate>) -> Truth {
    let known = if logged["with_keys"].is_null() { logged } else { &logged["with_keys"] };
    let chain = known["chain_length"].as_u64().or_else(|| logged["chain_length"].as_u64());
    let leaf = known["leaf_sha1"].as_str().and_then(|sha1| certificates.get(sha1).cloned());
    let answer = match (logged["answered"].as_str().unwrap(), logged["asked"].as_bool()) {
        ("presented", _) => InferredAnswer::Presented,
        ("declined", _) => InferredAnswer::Declined,
        ("none", Some(false) | None) => InferredAnswer::NotRequested,
        ("resumed", _) => InferredAnswer::Resumed,
        other => panic!("{other:?}"),
    };
    Truth { answer, chain: chain.filter(|count| *count > 0).zip(leaf) }
}

/// What the server logged of its `number`th renegotiation, message by message; where it logged no
/// messages, the connection's answer is that of the renegotiation, unless the first handshake asked
/// in the clear and the renegotiation did not ask again.
fn renegotiation_truth(
    document: &Value,
    logged: &Value,
    number: usize,
    certificates: &HashMap<String, Certificate>,
) -> Truth {
    let log = document["endpoint_log"].as_str().unwrap();
    let messages = log.lines().find(|line| line.starts_with("server's messages, "));
    if let Some(own) = messages.and_then(|messages| messages.split("<ClientHello").nth(number + 1))
    {
        if !own.contains(">CertificateRequest") {
            return Truth { answer: InferredAnswer::NotRequested, chain: None };
        }
        return truth(logged, certificates);
    }
    let asked_before = logged["certificate_request_seen"] == true;
    if asked_before && log.matches(", CertificateRequest").count() < 2 {
        return Truth { answer: InferredAnswer::NotRequested, chain: None };
    }
    let truth = truth(logged, certificates);
    if truth.answer == InferredAnswer::NotRequested
        && document["scenario"].as_str().unwrap().contains("resumes the session")
    {
        return Truth { answer: InferredAnswer::Resumed, chain: None };
    }
    truth
}

/// The client certificates of the captures, by SHA-1.
fn certificates() -> HashMap<String, Certificate> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/certificates");
    let mut certificates = HashMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        let certificate = CertificateFile::read("certificate", &bytes).unwrap().certificate;
        certificates.insert(certificate.sha1.to_string(), certificate);
    }
    certificates
}
