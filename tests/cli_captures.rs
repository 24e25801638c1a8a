//! The binary on the shipped captures: the whole way from a file to an exit status.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// An RSA client certificate, presented and accepted.
const PRESENTED: &str = "tls12-client-certificate.pcapng";
/// The server asked; the client sent none.
const DECLINED: &str = "tls12-declined.pcap";
/// The server never asked.
const NOT_REQUESTED: &str = "tls12-not-requested.pcapng";
/// The server asked within the encrypted connection.
const RENEGOTIATION: &str = "tls12-renegotiation.pcap";
/// A certificate that the server refused with an alert.
const REFUSED: &str = "tls12-refused-unknown-ca.pcapng";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn capture(name: &str) -> String {
    format!("captures/{name}")
}

/// The SHA-1 of the client certificate that the endpoints logged.
fn sha1(name: &str) -> String {
    let stem = name.split('.').next().unwrap();
    let path = root().join("captures").join(format!("{stem}.expected.json"));
    let expected: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    expected["connections"][0]["leaf_sha1"].as_str().unwrap().to_owned()
}

fn witness(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.current_dir(root()).stdin(Stdio::null()).args(arguments);
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn run(arguments: &[&str]) -> Output {
    witness(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Exit status and first line of `verify` with these arguments.
fn verify(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(&[&["verify"], arguments].concat());
    let first = stdout(&output).lines().next().unwrap_or_default().to_owned();
    (output.status.code(), first)
}

#[track_caller]
fn assert_answer(arguments: &[&str], code: i32, start: &str) {
    let (status, line) = verify(arguments);
    assert_eq!(status, Some(code), "{line}");
    assert!(line.starts_with(start), "{line}");
}

#[test]
fn expected_certificate_passes() {
    assert_answer(
        &["--expect-thumbprint", &sha1(PRESENTED), &capture(PRESENTED)],
        0,
        "PASS: the client presented the expected certificate ",
    );
}

#[test]
fn other_certificate_fails() {
    assert_answer(
        &["--expect-thumbprint", &"ab".repeat(20), &capture(PRESENTED)],
        1,
        "FAIL: the client presented another certificate ",
    );
}

#[test]
fn declined_request_fails_as_the_clients() {
    assert_answer(
        &["--expect-thumbprint", &sha1(PRESENTED), &capture(DECLINED)],
        1,
        "FAIL: the server asked for a certificate and the client sent none",
    );
}

#[test]
fn missing_request_fails_and_says_nothing_against_the_client() {
    let (code, line) = verify(&["--expect-thumbprint", &sha1(PRESENTED), &capture(NOT_REQUESTED)]);
    assert_eq!(code, Some(1));
    assert!(line.starts_with("FAIL: the server never asked"), "{line}");
    assert!(line.ends_with("(nothing is said against the client)."), "{line}");
}

#[test]
fn encrypted_renegotiation_is_inconclusive() {
    assert_answer(
        &["--expect-thumbprint", &sha1(PRESENTED), &capture(RENEGOTIATION)],
        3,
        "INCONCLUSIVE: the capture cannot tell: ",
    );
}

#[test]
fn certificate_file_is_compared_whole() {
    for file in ["client-rsa.pem", "client-rsa.der"] {
        let file = format!("captures/certificates/{file}");
        assert_answer(&["--expect-certificate", &file, &capture(PRESENTED)], 0, "PASS: ");
        // Both may be given: they name the same certificate.
        let thumbprint = sha1(PRESENTED);
        let both = ["--expect-certificate", &file, "--expect-thumbprint", &thumbprint];
        assert_answer(&[&both[..], &[&capture(PRESENTED)]].concat(), 0, "PASS: ");
    }
    let other = "captures/certificates/client-p256.pem";
    assert_answer(&["--expect-certificate", other, &capture(PRESENTED)], 1, "FAIL: ");
}

#[test]
fn contradicting_expectations_are_a_usage_error() {
    let thumbprint = "ab".repeat(20);
    let output = run(&[
        "verify",
        "--expect-certificate",
        "captures/certificates/client-rsa.pem",
        "--expect-thumbprint",
        &thumbprint,
        &capture(PRESENTED),
    ]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()));
    assert!(stderr(&output).contains("\nhint: "), "{}", stderr(&output));
}

#[test]
fn repaired_thumbprint_is_warned_of_on_standard_error() {
    let pasted = format!("\u{200e}{}", sha1(PRESENTED));
    let output = run(&["verify", "--expect-thumbprint", &pasted, &capture(PRESENTED)]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).starts_with("mtls-witness: warning: "), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("PASS: "));
}

#[test]
fn no_certificate_expected_is_the_other_way_round() {
    assert_answer(&["--expect-none", &capture(DECLINED)], 0, "PASS: ");
    assert_answer(&["--expect-none", &capture(NOT_REQUESTED)], 0, "PASS: ");
    assert_answer(&["--expect-none", &capture(PRESENTED)], 1, "FAIL: no client certificate was ");
}

#[test]
fn refused_match_says_both_and_fails_where_acceptance_is_required() {
    let thumbprint = sha1(REFUSED);
    let arguments = ["--expect-thumbprint", &thumbprint, &capture(REFUSED)];
    let (code, line) = verify(&arguments);
    assert_eq!(code, Some(0));
    assert!(line.contains("presented the expected certificate"), "{line}");
    assert!(line.contains("the server refused it"), "{line}");
    assert_answer(&[&["--require-accepted"], &arguments[..]].concat(), 1, "FAIL: ");
}

#[test]
fn empty_selection_is_inconclusive() {
    assert_answer(
        &["--expect-none", "--sni", "no-such-name.example", &capture(PRESENTED)],
        3,
        "INCONCLUSIVE: none of the 1 TLS connections is within the selection.",
    );
}

#[test]
fn selection_narrows_the_question() {
    let thumbprint = sha1(PRESENTED);
    let arguments = ["--expect-thumbprint", &thumbprint, &capture(PRESENTED)];
    for selection in [
        &["--server", "10.0.0.5:443"][..],
        &["--client", "10.0.0.0/24"],
        &["--sni", "*.example"],
        &["--stream", "0"],
        &["--since", "2020-01-01T00:00:00Z", "--until", "2100-01-01T00:00:00Z"],
    ] {
        assert_answer(&[selection, &arguments].concat(), 0, "PASS: ");
    }
    for selection in [&["--server", "10.0.0.6"][..], &["--stream", "1"], &["--until", "2020-01-01"]]
    {
        assert_answer(&[selection, &arguments].concat(), 3, "INCONCLUSIVE: none of ");
    }
}

#[test]
fn inconclusive_beside_a_match_may_be_allowed() {
    let thumbprint = sha1(PRESENTED);
    let arguments =
        ["--expect-thumbprint", &thumbprint, &capture(PRESENTED), &capture(RENEGOTIATION)];
    assert_eq!(verify(&arguments).0, Some(3));
    assert_eq!(verify(&[&["--allow-inconclusive"], &arguments[..]].concat()).0, Some(0));
}

#[test]
fn unusable_capture_beside_a_good_one_is_told_and_exits_with_2() {
    let unusable = "captures/README.md";
    let arguments = ["verify", "--expect-thumbprint", &sha1(PRESENTED), &capture(PRESENTED)];
    let output = run(&[&arguments[..], &[unusable]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("mtls-witness: error: captures/README.md: "));
    let line = stdout(&output).lines().next().unwrap().to_owned();
    let words =
        "ERROR: 1 of 2 captures could not be used; what could be read is a pass: the client";
    assert!(line.starts_with(words), "{line}");
    // In every format, the result is what the exit status is.
    for (format, all) in [("json", true), ("ndjson", false)] {
        let output = run(&[&arguments[..], &["--format", format, unusable]].concat());
        assert_eq!(output.status.code(), Some(2));
        let text = stdout(&output);
        let last = if all { &text } else { text.lines().last().unwrap() };
        let value: Value = serde_json::from_str(last).unwrap();
        assert_eq!((&value["result"], &value["complete"]), (&"error".into(), &false.into()));
        assert_eq!(value["incomplete"][0]["code"], "unusable-capture");
        assert_eq!(value["incomplete"][0]["capture"], 1);
        assert_eq!(value["counts"]["match"], 1);
    }
}

#[test]
fn standard_input_is_a_capture_like_any_other() {
    let thumbprint = sha1(PRESENTED);
    let output = witness(&["verify", "--expect-thumbprint", &thumbprint, "-q", "-"])
        .stdin(File::open(root().join(capture(PRESENTED))).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output).lines().count(), 1);
    assert!(stdout(&output).starts_with("PASS: "));
}

#[test]
fn inspect_has_no_verdict_and_exits_with_0() {
    for (name, words) in [
        (PRESENTED, "1 TLS connection: 1 presented."),
        (DECLINED, "1 TLS connection: 1 declined."),
        (NOT_REQUESTED, "1 TLS connection: 1 not requested."),
        (RENEGOTIATION, "1 TLS connection: 1 obscured (encrypted)."),
    ] {
        let output = run(&["inspect", &capture(name)]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stdout(&output).lines().next(), Some(words));
    }
}

#[test]
fn json_names_the_file_and_its_checksum() {
    let thumbprint = sha1(PRESENTED);
    let arguments =
        ["verify", "--expect-thumbprint", &thumbprint, "--format", "json", &capture(PRESENTED)];
    let report: Value = serde_json::from_str(&stdout(&run(&arguments))).unwrap();
    assert_eq!(report["result"], "pass");
    assert_eq!(report["captures"][0]["path"], capture(PRESENTED));
    assert_eq!(report["captures"][0]["sha256"].as_str().map(str::len), Some(64));
    let connection = &report["connections"][0];
    assert_eq!(connection["verdict"], "match");
    assert_eq!(connection["client_authentication"]["possession"], "verified");
    assert_eq!(connection["client_authentication"]["chain"][0]["sha1"], thumbprint);
    let frames = &connection["client_authentication"]["frames"];
    let evidence = connection["evidence"].as_array().unwrap();
    assert!(evidence.iter().any(|entry| entry["frame"] == frames[0]), "{evidence:?}");
}

#[test]
fn whole_folder_gives_the_same_bytes_twice() {
    for format in ["text", "json"] {
        let arguments = ["inspect", "--format", format, "captures"];
        let first = run(&arguments);
        assert!(first.stdout.len() > 10_000, "{}", stderr(&first));
        assert_eq!(first.stdout, run(&arguments).stdout);
    }
}

#[test]
fn reader_that_has_seen_enough_is_no_error() {
    for format in ["text", "json"] {
        let files: Vec<PathBuf> = vec![root().join(capture(PRESENTED)); 200];
        let mut command = witness(&["inspect", "-v", "--format", format]);
        let mut child =
            command.args(files).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn readme_shows_what_is_printed() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap().replace("\r\n", "\n");
    let command =
        readme.lines().find_map(|line| line.strip_prefix("cargo run --release -- ")).unwrap();
    let shown = readme.split_once("```text\n").unwrap().1.split_once("```").unwrap().0;
    let arguments: Vec<&str> = command.split(' ').collect();
    assert_eq!(stdout(&run(&arguments)), shown);
}

/// With the server's key alone, as its owner has it, the renegotiation opens.
#[test]
fn rsa_key_of_the_server_opens_a_renegotiation_with_rsa_key_exchange() {
    let recording = capture("tls12-renegotiation-rsa-key-exchange.pcap");
    let key = capture("certificates/server-rsa.key");
    let output = run(&["inspect", "--rsa-key", &key, &recording]);
    assert!(stdout(&output).starts_with("1 TLS connection: 1 presented."), "{}", stdout(&output));
    let without = run(&["inspect", &recording]);
    assert!(stdout(&without).starts_with("1 TLS connection: 1 obscured"), "{}", stdout(&without));
}

#[test]
fn file_that_is_no_rsa_key_is_an_error_with_its_path_first() {
    let recording = capture("tls12-renegotiation-rsa-key-exchange.pcap");
    let output =
        run(&["inspect", "--rsa-key", &capture("certificates/client-rsa.pem"), &recording]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("client-rsa.pem: no private key is in the file"), "{text}");
}
