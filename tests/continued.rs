//! One recording in several files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use mtls_witness::inspect::ClientAuthentication;
use mtls_witness::limits::Limits;
use mtls_witness::witness::{Connection, Evidence, Witness};
use serde_json::Value;

/// Captures with certificates in many segments, several connections, lost packets and resumption.
const CUT: [&str; 6] = [
    "ipv4-fragments.pcap",
    "tls12-client-chain-small-segments.pcap",
    "tls12-gap-client-flight.pcap",
    "tls12-resumed-ticket.pcap",
    "tls12-ticket-renewed.pcap",
    "tls13-resumed-go.pcap",
];

#[test]
fn a_recording_cut_anywhere_into_two_files_gives_the_same_connections() {
    for name in CUT {
        let whole = std::fs::read(captures().join(name)).unwrap();
        let keys = std::fs::read(captures().join(name).with_extension("keys")).unwrap_or_default();
        let expected = examine(&[&whole], &keys, false);
        let (header, records) = whole.split_at(24);
        let starts = starts(records);
        let step = 1 + starts.len() / 24;
        for &(before, start) in starts.iter().step_by(step) {
            let first = [header, &records[..start]].concat();
            let second = [header, &records[start..]].concat();
            let evidence = examine(&[&first, &second], &keys, true);
            assert_eq!(evidence.other_streams, expected.other_streams, "{name}, {before}");
            assert_eq!(
                evidence.connections.iter().map(|one| placed(&evidence, one)).collect::<Vec<_>>(),
                expected.connections.iter().map(|one| placed(&expected, one)).collect::<Vec<_>>(),
                "{name} cut after packet {before}"
            );
            for (one, whole) in evidence.connections.iter().zip(&expected.connections) {
                if one.capture == 0 {
                    assert_eq!(one, whole, "{name} cut after packet {before}");
                }
            }
        }
    }
}

#[test]
fn without_the_option_captures_are_independent() {
    let whole = std::fs::read(captures().join("tls12-resumed-ticket.pcap")).unwrap();
    let (header, records) = whole.split_at(24);
    let all = examine(&[&whole], b"", false);
    let second_begins = all.connections[1].first_frame;
    let (_, start) = starts(records)[usize::try_from(second_begins).unwrap() - 1];
    let first = [header, &records[..start]].concat();
    let second = [header, &records[start..]].concat();
    let original = |evidence: &Evidence| {
        let handshake = &evidence.connections[1].observation.handshakes[0];
        match &handshake.client_authentication {
            ClientAuthentication::Resumed { original } => original.clone(),
            _ => None,
        }
    };
    assert_eq!(original(&examine(&[&first, &second], b"", false)), None);
    let continued = original(&examine(&[&first, &second], b"", true)).unwrap();
    assert_eq!((continued.capture, continued.stream), (0, Some(0)));
    assert_eq!(continued.elsewhere.as_deref(), Some("0"));
}

/// What a ring buffer of dumpcap left, against the endpoints' log.
#[test]
fn a_rotated_recording_gives_what_its_endpoints_logged() {
    let wanted = std::fs::read(rotated().join("expected.json")).unwrap();
    let wanted: Value = serde_json::from_slice(&wanted).unwrap();
    let files = wanted["captures"].as_array().unwrap().iter();
    let files: Vec<PathBuf> = files.map(|name| rotated().join(name.as_str().unwrap())).collect();
    assert!(files.len() > 2);
    let keys = rotated().join("keys.log");
    let seen = inspect(&files, &["--continue-across-files", "--keylog", keys.to_str().unwrap()]);
    let listed = seen["connections"].as_array().unwrap();
    let wanted = wanted["connections"].as_array().unwrap();
    assert_eq!(listed.len(), wanted.len());
    for (index, (seen, wanted)) in listed.iter().zip(wanted).enumerate() {
        let answer = &seen["client_authentication"];
        assert_eq!(answer["status"], wanted["status"], "connection {index}");
        assert_eq!(answer["chain"][0]["sha1"], wanted["leaf_sha1"], "connection {index}");
        assert_eq!(seen["outcome"], wanted["outcome"], "connection {index}");
        let original = match wanted["resumed_from"].as_u64() {
            Some(number) => {
                let original = &listed[usize::try_from(number).unwrap()];
                (original["capture"].clone(), original["stream"].clone())
            }
            None => (Value::Null, Value::Null),
        };
        let found = &answer["original"];
        assert_eq!((found["capture"].clone(), found["stream"].clone()), original);
    }
    assert!(listed.iter().any(|one| one["continued_in"] != Value::Array(Vec::new())));
    every_frame_is_one_of_its_file(&seen, &files);
}

/// A connection that lies in one file is told as by that file alone, numbers and all.
fn every_frame_is_one_of_its_file(seen: &Value, files: &[PathBuf]) {
    let keys = rotated().join("keys.log");
    for (index, file) in files.iter().enumerate() {
        let alone = inspect(std::slice::from_ref(file), &["--keylog", keys.to_str().unwrap()]);
        for one in seen["connections"].as_array().unwrap() {
            let within = one["continued_in"] == Value::Array(Vec::new());
            if one["capture"] != index || !within {
                continue;
            }
            let same = alone["connections"].as_array().unwrap().iter();
            let same = same.clone().find(|same| same["stream"] == one["stream"]).unwrap();
            for key in ["first_frame", "last_frame", "client", "server", "anomalies"] {
                assert_eq!(one[key], same[key], "{key}");
            }
            for key in ["client_hello_frames", "server_hello_frames", "certificate_request"] {
                assert_eq!(one["handshakes"][0][key], same["handshakes"][0][key], "{key}");
            }
        }
    }
}

/// Where a connection begins, counted over all files, and what it shows.
fn placed(evidence: &Evidence, connection: &Connection) -> (u64, String, String) {
    let captures = &evidence.captures[..connection.capture];
    let before: u64 = captures.iter().map(|capture| capture.packets).sum();
    let mut observation = connection.observation.clone();
    observation.frames_mut().for_each(|frame| *frame += before);
    for handshake in &mut observation.handshakes {
        let ClientAuthentication::Resumed { original } = &mut handshake.client_authentication
        else {
            continue;
        };
        // Which stream of which file it is, the other test says.
        if let Some(original) = original {
            let captures = &evidence.captures[..original.capture];
            original.frame += captures.iter().map(|capture| capture.packets).sum::<u64>();
            (original.capture, original.stream, original.elsewhere) = (0, Some(0), None);
            original.client_authentication = ClientAuthentication::NotRequested;
        }
    }
    let ends = format!("{:?}", connection.endpoints);
    (connection.first_frame + before, ends, format!("{observation:?}"))
}

/// The offset of every packet record of a little-endian classic capture, and its index.
fn starts(records: &[u8]) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut offset = 0;
    while offset < records.len() {
        starts.push((starts.len(), offset));
        let length: [u8; 4] = records[offset + 8..offset + 12].try_into().unwrap();
        offset += 16 + usize::try_from(u32::from_le_bytes(length)).unwrap();
    }
    starts
}

fn examine(files: &[&[u8]], keys: &[u8], continued: bool) -> Evidence {
    let mut witness = Witness::new(Limits::default()).continue_across_files(continued);
    witness.key_log(keys).unwrap();
    for (index, file) in files.iter().enumerate() {
        witness.examine(&index.to_string(), *file).unwrap();
    }
    witness.finish()
}

fn inspect(files: &[PathBuf], options: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .args(["inspect", "--format", "json"])
        .args(options)
        .args(files)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rotated() -> PathBuf {
    captures().join("rotated")
}

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}
