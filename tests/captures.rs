//! Every shipped capture gives what its endpoints logged.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn every_capture_gives_what_its_endpoints_logged() {
    let mut differences = Vec::new();
    for expected in expected_files() {
        let wanted: Value = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
        let capture = expected.with_file_name(wanted["capture"].as_str().unwrap());
        let seen = inspect(&capture);
        compare(&wanted, &seen, &mut |what, wanted, seen| {
            let name = capture.file_name().unwrap().to_string_lossy().into_owned();
            differences.push(format!("{name}: {what}: {seen}, the endpoints say {wanted}"));
        });
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// With the key log the answer is as good as for a handshake in the clear.
#[test]
fn capture_with_its_key_log_gives_what_its_endpoints_logged() {
    let mut differences = Vec::new();
    let mut compared = 0;
    for expected in expected_files() {
        let wanted: Value = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
        let capture = expected.with_file_name(wanted["capture"].as_str().unwrap());
        let keys = expected.to_string_lossy().replace(".expected.json", ".keys");
        if !Path::new(&keys).exists() {
            continue;
        }
        let seen = read(&run(&capture, &["--keylog", &keys]), &capture);
        let listed = seen["connections"].as_array().unwrap();
        for (wanted, seen) in wanted["connections"].as_array().unwrap().iter().zip(listed) {
            let Some(with_keys) = wanted.get("with_keys").filter(|keyed| !keyed.is_null()) else {
                continue;
            };
            compared += 1;
            let authentication = &seen["client_authentication"];
            let leaf = &authentication["chain"][0]["sha1"];
            let handshakes = seen["handshakes"].as_array().unwrap();
            let requested =
                handshakes.iter().any(|handshake| !handshake["certificate_request"].is_null());
            let (handshakes, requested) = (Value::from(handshakes.len()), Value::from(requested));
            for (what, fact) in [
                ("status", &authentication["status"]),
                ("reason", &authentication["reason"]),
                ("leaf_sha1", leaf),
                ("possession", &authentication["possession"]),
                ("raw_public_key_sha256", &authentication["raw_public_key"]["spki_sha256"]),
                ("resumed_from_stream", &authentication["original"]["stream"]),
                ("outcome", &seen["outcome"]),
                ("handshakes", &handshakes),
                ("certificate_request_seen", &requested),
                ("early_data", &seen["handshakes"][0]["early_data"]),
            ] {
                let also = &wanted["alternatives"][format!("with_keys.{what}")];
                let also = also.as_array().is_some_and(|also| also.contains(fact));
                if with_keys.get(what).is_some_and(|wanted| wanted != fact) && !also {
                    let name = capture.file_name().unwrap().to_string_lossy().into_owned();
                    let wanted = &with_keys[what];
                    differences.push(format!("{name}: {what}: {fact}, the endpoints say {wanted}"));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= 30, "only {compared} connections with key logs");
}

/// What the generators let stand before TLS.
#[test]
fn what_stands_before_tls_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    for (name, preamble) in [
        ("http-connect.pcap", "http-connect"),
        ("proxy-protocol-v1.pcap", "proxy-v1"),
        ("proxy-protocol-v2.pcapng", "proxy-v2"),
        ("starttls-postgresql.pcapng", "starttls-postgresql"),
        ("starttls-smtp.pcap", "starttls-smtp"),
    ] {
        assert_eq!(inspect(&folder.join(name))["connections"][0]["preamble"], preamble, "{name}");
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    for expected in expected_files() {
        let wanted: Value = serde_json::from_slice(&std::fs::read(&expected).unwrap()).unwrap();
        let capture = expected.with_file_name(wanted["capture"].as_str().unwrap());
        assert_eq!(run(&capture, &[]), run(&capture, &[]), "{}", capture.display());
    }
}

fn expected_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".expected.json"))
        .collect();
    files.sort();
    assert!(files.len() >= 25, "only {} captures", files.len());
    files
}

fn inspect(capture: &Path) -> Value {
    read(&run(capture, &[]), capture)
}

fn read(output: &[u8], capture: &Path) -> Value {
    serde_json::from_slice(output).unwrap_or_else(|error| panic!("{}: {error}", capture.display()))
}

fn run(capture: &Path, more: &[&str]) -> Vec<u8> {
    let program = env!("CARGO_BIN_EXE_mtls-witness");
    let arguments = ["inspect", "--format", "json"];
    let output = Command::new(program).args(arguments).args(more).arg(capture).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn compare(wanted: &Value, seen: &Value, differ: &mut impl FnMut(String, &Value, &Value)) {
    let (datagrams, connections): (Vec<_>, Vec<_>) =
        wanted["connections"].as_array().unwrap().iter().partition(|one| one["transport"] == "udp");
    // DTLS is not read; that it is there is said, and nothing of what it shows.
    let is_said = seen["captures"][0]["anomalies"]
        .as_array()
        .is_some_and(|list| list.iter().any(|anomaly| anomaly["code"] == "dtls-not-read"));
    if is_said == datagrams.is_empty() {
        differ("dtls".to_owned(), &Value::from(datagrams.len()), &Value::from(is_said));
    }
    let listed = seen["connections"].as_array().unwrap();
    let streams: Value = connections.iter().map(|one| one["stream"].clone()).collect();
    let listed_streams: Value = listed.iter().map(|one| one["stream"].clone()).collect();
    if streams != listed_streams {
        differ("streams".to_owned(), &streams, &listed_streams);
        return;
    }
    if wanted["other_streams"] != seen["other_streams"] {
        differ("other_streams".to_owned(), &wanted["other_streams"], &seen["other_streams"]);
    }
    for (wanted, seen) in connections.iter().zip(listed) {
        compare_connection(wanted, seen, differ);
    }
}

fn compare_connection(
    wanted: &Value,
    seen: &Value,
    differ: &mut impl FnMut(String, &Value, &Value),
) {
    let authentication = &seen["client_authentication"];
    let first = &seen["handshakes"][0];
    let handshakes = seen["handshakes"].as_array().unwrap();
    let requested = handshakes.iter().any(|handshake| !handshake["certificate_request"].is_null());
    let chain = authentication["chain"].as_array().map_or(&[][..], Vec::as_slice);
    let is_presented = authentication["status"] == "presented";
    let when_presented = |value: Value| if is_presented { value } else { Value::Null };
    let alerts = first["alerts"].as_array().map_or(&[][..], Vec::as_slice);
    let alerts = Value::from_iter(alerts.iter().map(|alert| {
        let mut alert = alert.clone();
        alert.as_object_mut().unwrap().remove("frame");
        alert
    }));
    let leaf = |digest: &str| {
        when_presented(chain.first().map_or(Value::Null, |leaf| leaf[digest].clone()))
    };
    let facts = [
        ("status", authentication["status"].clone()),
        ("reason", authentication["reason"].clone()),
        ("leaf_sha1", leaf("sha1")),
        ("leaf_sha256", leaf("sha256")),
        ("chain_complete", when_presented(authentication["chain_complete"].clone())),
        ("possession", when_presented(authentication["possession"].clone())),
        ("raw_public_key_sha256", authentication["raw_public_key"]["spki_sha256"].clone()),
        ("certificate_request_seen", Value::from(requested)),
        ("resumed_from_stream", authentication["original"]["stream"].clone()),
        ("protocol_version", first["protocol_version"].clone()),
        ("cipher_suite", first["cipher_suite"].clone()),
        ("server_name", seen["server_name"].clone()),
        ("outcome", seen["outcome"].clone()),
        ("alerts", alerts),
        ("handshakes", Value::from(handshakes.len())),
    ];
    for (name, fact) in facts {
        // Where the contract leaves two readings open, the endpoints' log fits either.
        let also = wanted["alternatives"][name].as_array().map_or(&[][..], Vec::as_slice);
        if wanted[name] != fact && !also.contains(&fact) {
            differ(format!("stream {}: {name}", seen["stream"]), &wanted[name], &fact);
        }
    }
    if is_presented && wanted["chain_length"] != chain.len() {
        differ("chain_length".to_owned(), &wanted["chain_length"], &Value::from(chain.len()));
    }
}
