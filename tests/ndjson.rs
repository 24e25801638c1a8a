//! `--format ndjson` says what `--format json` says, a line at a time.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

fn run(arguments: &[&str], captures: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .args(arguments)
        .args(captures)
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn records<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["record"] == kind).collect()
}

/// Connections by capture and first frame, as both formats have them.
type Connections = BTreeMap<(String, u64), Value>;

fn of_json(report: &Value) -> Connections {
    let connections = report["connections"].as_array().unwrap().iter();
    connections
        .map(|connection| {
            let capture = usize::try_from(connection["capture"].as_u64().unwrap()).unwrap();
            let path = report["captures"][capture]["path"].as_str().unwrap().to_owned();
            let mut connection = connection.clone();
            connection.as_object_mut().unwrap().remove("capture");
            ((path, connection["first_frame"].as_u64().unwrap()), connection)
        })
        .collect()
}

fn of_lines(lines: &[Value]) -> Connections {
    let connections = records(lines, "connection").into_iter();
    connections
        .map(|connection| {
            let path = connection["capture"].as_str().unwrap().to_owned();
            let mut connection = connection.clone();
            let object = connection.as_object_mut().unwrap();
            object.remove("record");
            object.remove("capture");
            ((path, connection["first_frame"].as_u64().unwrap()), connection)
        })
        .collect()
}

/// Asserts that both say the same, but for the last frame of connections that told everything
/// before they ended.
fn assert_same(arguments: &[&str], captures: &[&Path]) {
    let json = run(&[arguments, &["--format", "json"]].concat(), captures);
    let streamed = run(&[arguments, &["--format", "ndjson"]].concat(), captures);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    let lines = lines(&streamed);
    let (mut expected, mut found) = (of_json(&report), of_lines(&lines));
    assert_eq!(found.len(), records(&lines, "connection").len());
    // Which of several recordings of a handshake is judged, is known once all of them are.
    let copies = |all: &Connections| -> Vec<(String, u64)> {
        let copy = |((path, frame), connection): (&(String, u64), &Value)| {
            let other = connection["same_handshake_as"]["first_frame"].as_u64()?;
            Some([(path.clone(), *frame), (path.clone(), other)])
        };
        all.iter().filter_map(copy).flatten().collect()
    };
    let copies = [copies(&expected), copies(&found)].concat();
    for place in &copies {
        for connection in [expected.get_mut(place), found.get_mut(place)].into_iter().flatten() {
            let connection = connection.as_object_mut().unwrap();
            let judged =
                ["same_handshake_as", "verdict", "cause", "causes", "explanation", "evidence"];
            connection.retain(|key, _| !judged.contains(&key.as_str()));
        }
    }
    for (place, connection) in &mut found {
        let Some(expected) = expected.get_mut(place) else { panic!("{place:?} is not in JSON") };
        let frame = |connection: &mut Value| connection["last_frame"].take().as_u64().unwrap();
        assert!(frame(connection) <= frame(expected), "{place:?}");
        // What others of the capture explain is not known line by line.
        for one in [&mut *connection, &mut *expected] {
            assert!(one["diagnosis"].take().is_array(), "{place:?}");
        }
        assert_eq!(connection, expected, "{place:?}");
    }
    assert_eq!(found.len(), expected.len());

    let run = lines.last().unwrap();
    assert_eq!(run["record"], "run");
    for key in
        ["result", "complete", "incomplete", "counts", "other_streams", "tool", "format_version"]
    {
        assert_eq!(run[key], report[key], "{key}");
    }
    assert_eq!(streamed.status.code(), json.status.code());
    assert_eq!(streamed.stderr, json.stderr);
}

#[test]
fn every_recorded_capture_says_the_same_in_both_formats() {
    assert_same(&["inspect"], &[&folder()]);
    assert_same(&["verify", "--expect-none"], &[&folder()]);
}

#[test]
fn secrets_after_the_packets_are_used_in_both_formats() {
    let capture = folder().join("tls13-secrets-in-capture.pcapng");
    assert_same(&["verify", "--expect-none"], &[&capture]);
    let keys = folder().join("tls13-resumed.keys");
    let keys = keys.to_str().unwrap();
    let capture = folder().join("tls13-resumed.pcapng");
    assert_same(&["inspect", "--keylog", keys], &[&capture]);
}

#[test]
fn every_file_has_one_capture_record_after_its_connections() {
    let missing = folder().join("no-such-file.pcap");
    let whole = folder().join("tls12-client-certificate.pcapng");
    let cut = folder().join("tls12-file-truncated-after-handshake.pcap");
    let output = run(&["inspect", "--format", "ndjson"], &[&whole, &missing, &cut]);
    assert_eq!(output.status.code(), Some(2));
    let lines = lines(&output);
    let kinds: Vec<&str> = lines.iter().map(|line| line["record"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["connection", "capture", "capture", "connection", "capture", "run"]);
    let captures = records(&lines, "capture");
    let told = |key: &str| captures.iter().map(|one| one[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("status"), ["ok", "error", "damaged"]);
    assert_eq!(told("path"), [&whole, &missing, &cut].map(|path| path.to_str().unwrap()));
    assert!(captures[1]["error"].is_string());
    assert_eq!(captures[0]["counts"]["connections"], 1);
    let counted = serde_json::json!({"files": 3, "ok": 1, "damaged": 1, "error": 1});
    assert_eq!(lines[5]["captures"], counted);
}

#[test]
fn standard_input_is_read_as_it_comes() {
    let whole = std::fs::read(folder().join("tls12-client-certificate.pcapng")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .args(["inspect", "--format", "ndjson", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&whole).unwrap();
    let lines = lines(&child.wait_with_output().unwrap());
    assert_eq!(records(&lines, "connection").len(), 1);
    assert_eq!(records(&lines, "capture")[0]["path"], "-");
}

#[test]
fn a_configuration_alone_has_no_lines() {
    let output = run(&["resolve", "--format", "ndjson"], &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn named_pipe_is_opened_once() {
    let folder = std::env::temp_dir().join(format!("mtls-witness-pipe-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // Its secrets stand after packets: a file would be read again for them.
    let whole = std::fs::read(self::folder().join("tls13-secrets-in-capture.pcapng")).unwrap();
    for (format, more) in
        [("ndjson", &[][..]), ("json", &[]), ("text", &[]), ("json", &["--continue-across-files"])]
    {
        let pipe = folder.join(format!("{format}{}", more.len()));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut child = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
            .args(["inspect", "--format", format])
            .args(more)
            .arg(&pipe)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::fs::OpenOptions::new().write(true).open(&pipe).unwrap().write_all(&whole).unwrap();
        let mut ended = None;
        for _ in 0..300 {
            ended = child.try_wait().unwrap();
            if ended.is_some() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        if ended.is_none() {
            child.kill().unwrap();
        }
        assert_eq!(ended.and_then(|status| status.code()), Some(0), "{format} {more:?}");
        std::fs::remove_file(&pipe).unwrap();
    }
    std::fs::remove_dir(&folder).unwrap();
}
