//! The binary with identities that outlive a thumbprint, on the shipped captures.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// An RSA client certificate with the name client-rsa.example, presented and accepted.
const CAPTURE: &str = "captures/tls12-client-certificate.pcapng";
const SHA1: &str = "0d649a802f8253610d122587301538dd903a4065";
const SPKI: &str = "02ded6c9f4860c6441e2544ded3dd6b2e0072d44618dac7a681e1e91cc386dc0";
const OTHER: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.args(arguments).output().unwrap()
}

/// Exit status, and the JSON report of `verify`.
fn verify(expectation: &[&str]) -> (Option<i32>, Value) {
    let output = run(&[&["verify", "--format", "json", CAPTURE], expectation].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), report)
}

#[track_caller]
fn assert_causes(expectation: &[&str], causes: &[&str]) -> Value {
    let (status, report) = verify(expectation);
    let found = &report["connections"][0]["causes"];
    assert_eq!(found, &Value::from(causes), "{expectation:?}");
    assert_eq!(status, Some(if causes.is_empty() { 0 } else { 1 }), "{expectation:?}");
    report
}

/// A file of the test's own.
fn file(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("identities-{name}"));
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn every_kind_is_compared() {
    assert_causes(&["--expect-spki", SPKI], &[]);
    assert_causes(&["--expect-san", "Client-RSA.example"], &[]);
    assert_causes(&["--expect-issuer", "CN=ROOT,O=Witness  Tests"], &[]);
    assert_causes(&["--expect-issuer", "/O=Witness Tests/CN=root"], &[]);
    assert_causes(&["--expect-san", "spiffe://a/b"], &["san_mismatch"]);
    assert_causes(&["--expect-issuer", "CN=other"], &["issuer_mismatch"]);
    let other = SPKI.replace('0', "1");
    let report = assert_causes(
        &["--expect-spki", &other, "--expect-san", "DNS:a.example"],
        &["spki_mismatch", "san_mismatch"],
    );
    let explanation = report["connections"][0]["explanation"].as_str().unwrap();
    for value in [SPKI, &other, "DNS:client-rsa.example", "DNS:a.example"] {
        assert!(explanation.contains(value), "{explanation}");
    }
    let identity = &report["expectation"]["identity"];
    assert_eq!(identity["spki_sha256"][0], *other);
    assert_eq!(identity["names"][0], "DNS:a.example");
}

#[test]
fn kinds_must_all_hold_and_one_of_each_is_enough() {
    let both = ["--expect-san", "a.example", "--expect-san", "client-rsa.example"];
    assert_causes(&[&both[..], &["--expect-thumbprint", SHA1]].concat(), &[]);
    assert_causes(&["--expect-thumbprint", SHA1, "--expect-san", "a.example"], &["san_mismatch"]);
    assert_causes(
        &["--expect-thumbprint", OTHER, "--expect-san", "client-rsa.example"],
        &["other_certificate"],
    );
}

#[test]
fn several_thumbprints_are_a_rotation() {
    assert_causes(&["--expect-thumbprint", OTHER, "--expect-thumbprint", SHA1], &[]);
    let other = OTHER.replace('9', "8");
    assert_causes(
        &["--expect-thumbprint", OTHER, "--expect-thumbprint", &other],
        &["other_certificate"],
    );
}

#[test]
fn file_of_somebody_else_is_not_the_issuer() {
    let output = run(&[
        "verify",
        "--expect-issuer",
        "captures/certificates/client-rsa.pem",
        CAPTURE,
        "--quiet",
    ]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn issuer_that_is_only_named_is_said_to_be_a_claim() {
    let output = run(&["verify", "--expect-issuer", "CN=root,O=Witness Tests", CAPTURE]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("is the certificate's own claim"), "{text}");
}

#[test]
fn expectations_file_has_the_same_keys() {
    let name = file(
        "all.toml",
        &format!(
            "[[expectation]]\nname = \"rotation\"\nthumbprint = [\"{OTHER}\", \"{SHA1}\"]\n\
             [[expectation]]\nname = \"identity\"\nspki = \"sha256//At7WyfSGDGRB4lRN7T3WsuAHLURhjax6aB4ekcw4bcA=\"\n\
             san = [\"DNS:a.example\", \"client-rsa.example\"]\nissuer = \"CN=root,O=Witness Tests\"\n"
        ),
    );
    let output = run(&["verify", "--expectations", name.to_str().unwrap(), CAPTURE]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let name = file("wrong.toml", "[[expectation]]\nname = \"a\"\nsan = \"\"\n");
    let output = run(&["verify", "--expectations", name.to_str().unwrap(), CAPTURE]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("wrong.toml:2: --expect-san: the name is empty"), "{text}");
}

#[test]
fn missing_file_of_the_issuer_is_an_error() {
    let output = run(&["verify", "--expect-issuer", "no-such-file.pem", CAPTURE]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no-such-file.pem: ") && text.contains("hint: "), "{text}");
}
