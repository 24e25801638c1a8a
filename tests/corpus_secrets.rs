//! Captures of other projects with their secrets, against another program's reading.
//!
//! The corpus is not part of the project: it is looked for in `../shared/corpus`, or where the
//! variable `CORPUS` says, and where it is absent nothing is tested. `oracle.ndjson` in it holds what
//! tshark makes of every stream; `files/` the captures, key logs and RSA keys.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Streams whose secrets open more for tshark than for this program: capture, stream, why.
const NOT_OPENED: [(&str, &str); 1] =
    // SSL 3.0 is read in the clear only; tshark opens a renegotiation in it.
    [("debsrc_wireshark-4.0.17/test/captures/rsasnakeoil2.pcap", "tcp:0")];

#[test]
fn streams_with_secrets_are_read_as_tshark_reads_them() {
    let Some(corpus) = Corpus::find() else { return };
    let mut differences = Vec::new();
    let mut compared = 0;
    for (capture, streams) in &corpus.streams {
        if !streams.values().any(|stream| stream["view"] == "secrets") {
            continue;
        }
        let secrets: Vec<String> = corpus.secrets(capture).into_iter().flatten().collect();
        let connections = corpus.inspect(capture, &secrets);
        for (name, stream) in streams.iter().filter(|(_, stream)| stream["view"] == "secrets") {
            if NOT_OPENED.contains(&(capture, name)) {
                continue;
            }
            compared += 1;
            let mut differ = |what: String| differences.push(format!("{capture} {name}: {what}"));
            match connections.get(name) {
                Some(connection) => compare(stream, connection, &mut differ),
                None => differ("not listed".to_owned()),
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= 50, "only {compared} streams");
}

/// Secrets of other connections, or a part of those that are needed, give no other sure answer.
#[test]
fn no_part_of_the_secrets_gives_an_answer_against_tshark() {
    let Some(corpus) = Corpus::find() else { return };
    let mut runs = 0;
    for (capture, streams) in &corpus.streams {
        for secrets in corpus.secrets(capture) {
            let connections = corpus.inspect(capture, &secrets);
            runs += 1;
            for (name, stream) in streams {
                let Some(connection) = connections.get(name) else { continue };
                let status = connection["client_authentication"]["status"].as_str().unwrap();
                let seen = seen(stream);
                let contradicts = match seen {
                    "presented" | "declined" => status != seen && status != "obscured",
                    "asked" => status == "not_requested",
                    _ => false,
                };
                assert!(!contradicts, "{capture} {name} with {secrets:?}: {status}, not {seen}");
            }
        }
    }
    assert!(runs >= 40, "only {runs} runs");
}

struct Corpus {
    folder: PathBuf,
    /// Of each capture: its own record.
    captures: BTreeMap<String, Value>,
    /// Of each capture: its TCP streams, as they are seen with the secrets where that differs.
    streams: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Corpus {
    fn find() -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
        let folder = std::env::var_os("CORPUS").map_or(beside, PathBuf::from);
        let Ok(text) = std::fs::read_to_string(folder.join("oracle.ndjson")) else {
            eprintln!("skipped: there is no corpus in {}", folder.display());
            return None;
        };
        let mut corpus =
            Self { folder, captures: BTreeMap::default(), streams: BTreeMap::default() };
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            let capture = record["capture"].as_str().unwrap().to_owned();
            if record["record"] == "capture" {
                corpus.captures.insert(capture, record);
            } else if record["transport"] == "tcp" {
                let stream = record["stream"].as_str().unwrap().to_owned();
                let streams = corpus.streams.entry(capture).or_default();
                let is_better = record["view"] == "secrets" || !streams.contains_key(&stream);
                if is_better {
                    streams.insert(stream, record);
                }
            }
        }
        Some(corpus)
    }

    /// The arguments for each file of secrets of a capture.
    fn secrets(&self, capture: &str) -> Vec<Vec<String>> {
        let record = &self.captures[capture];
        let options = [("keylogs", "--keylog"), ("rsa_keys", "--rsa-key")];
        let of = |(key, option): (&str, &str)| -> Vec<Vec<String>> {
            let files = record[key].as_array().map_or(&[][..], Vec::as_slice);
            let path = |file: &Value| self.file(file.as_str().unwrap());
            files.iter().map(|file| vec![option.to_owned(), path(file)]).collect()
        };
        options.into_iter().flat_map(of).collect()
    }

    fn file(&self, name: &str) -> String {
        self.folder.join("files").join(name).to_string_lossy().into_owned()
    }

    /// The connections of a capture, by the names of their streams.
    fn inspect(&self, capture: &str, secrets: &[String]) -> BTreeMap<String, Value> {
        let output = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
            .args(["inspect", "--format", "json"])
            .args(secrets)
            .arg(self.file(capture))
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{capture}: {error}: {}", String::from_utf8_lossy(&output.stderr))
        });
        let connections = report["connections"].as_array().unwrap().iter();
        connections.map(|one| (format!("tcp:{}", one["stream"]), one.clone())).collect()
    }
}

/// What tshark saw of client authentication.
fn seen(stream: &Value) -> &'static str {
    let certificates = stream["client_certificate"].as_array().unwrap();
    let is_empty = |message: &Value| message["empty"] == true;
    if certificates.iter().any(|message| !is_empty(message)) {
        "presented"
    } else if !certificates.is_empty() {
        "declined"
    } else if stream["certificate_request"] != Value::Array(Vec::new()) {
        "asked"
    } else {
        "none"
    }
}

fn compare(stream: &Value, connection: &Value, differ: &mut impl FnMut(String)) {
    let answer = &connection["client_authentication"];
    let status = answer["status"].as_str().unwrap();
    let fits = match seen(stream) {
        "none" => ["not_requested", "resumed"].contains(&status),
        seen => status == seen,
    };
    if !fits {
        differ(format!("{status} ({}), tshark: {}", answer["reason"], seen(stream)));
    }
    let handshakes = connection["handshakes"].as_array().unwrap();
    let all = |of: &dyn Fn(&Value) -> Value| -> Vec<Value> {
        handshakes.iter().map(of).filter(|value| *value != Value::Array(Vec::new())).collect()
    };
    // What was exchanged in all handshakes of the connection, in their order.
    for (side, chains) in [
        ("client", all(&|handshake| digests(&handshake["client_authentication"]["chain"]))),
        ("server", all(&|handshake| digests(&handshake["server_chain"]))),
    ] {
        let compressed = &stream[format!("{side}_compressed_certificate")];
        let is_compressed = compressed.as_array().is_some_and(|frames| !frames.is_empty());
        let messages = stream[format!("{side}_certificate")].as_array().unwrap();
        let wanted: Vec<Value> =
            messages.iter().map(|message| digests(&message["certs"])).collect();
        if wanted != chains && !(wanted.is_empty() && is_compressed) {
            differ(format!("{side}'s certificates {chains:?}, tshark: {wanted:?}"));
        }
    }
    let requests = handshakes.iter().filter_map(|one| one["certificate_request"]["frames"].get(0));
    let requests: Value = requests.cloned().collect();
    if requests != stream["certificate_request"] {
        differ(format!("asked in {requests}, tshark: {}", stream["certificate_request"]));
    }
    let version = &handshakes[0]["protocol_version"];
    if *version != stream["version"] {
        differ(format!("{version}, tshark: {}", stream["version"]));
    }
    if status == "presented" && answer["possession"] != "verified" {
        differ(format!("possession {} ({})", answer["possession"], answer["possession_detail"]));
    }
}

fn digests(chain: &Value) -> Value {
    let chain = chain.as_array().map_or(&[][..], Vec::as_slice);
    chain.iter().map(|certificate| certificate["sha256"].clone()).collect()
}
