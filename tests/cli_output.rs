//! The binary: which format goes where, groups, and the words of its help and errors.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SHA1: &str = "0d649a802f8253610d122587301538dd903a4065";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder of this test's own, empty.
fn folder(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli_output").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn project(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).display().to_string()
}

fn capture() -> String {
    project("captures/tls12-client-certificate.pcapng")
}

#[test]
fn ending_of_the_file_names_the_format_unless_the_option_does() {
    let folder = folder("endings");
    let capture = capture();
    for (name, arguments, begins) in [
        ("a.json", &[][..], "{\n  \"format_version\": 1"),
        ("a.ndjson", &[], "{\"record\":\"connection\""),
        ("a.HTML", &[], "<!DOCTYPE html>"),
        ("a.md", &[], "## "),
        ("a.xml", &[], "<?xml "),
        ("a.sarif", &[], "{\n  \"$schema\""),
        ("a.sarif.json", &[], "{\n  \"$schema\""),
        ("a.txt", &[], "INCONCLUSIVE: "),
        ("b.json", &["--format", "text"], "INCONCLUSIVE: "),
    ] {
        let file = folder.join(name).display().to_string();
        let mut all = vec!["verify", "--expect-none", "--stream", "99", &capture, "-o", &file];
        all.extend(arguments);
        let output = run(&all);
        assert_eq!(stderr(&output), "", "{name}");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(begins), "{name}: {text}");
    }
}

#[test]
fn format_that_tells_verdicts_is_refused_where_there_are_none() {
    let capture = capture();
    for arguments in [
        &["inspect", "--format", "junit", &capture][..],
        &["inspect", "--format", "sarif", &capture],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("tells verdicts, and inspect gives none"));
    }
}

#[test]
fn connections_are_grouped_by_what_there_is() {
    let output = run(&["inspect", "--group-by", "client,colour", &capture()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--group-by: connections cannot be grouped by \"colour\""));
    let output = run(&["inspect", "--group-by", "client", &capture()]);
    assert!(stdout(&output).contains("COUNT  CLIENT    FIRST"), "{}", stdout(&output));
}

// ---- the selection of inspect

#[test]
fn inspect_shows_what_is_selected_and_counts_the_rest() {
    let captures = project("captures/tls12-translated-recorded-thrice-declined.pcapng");
    let all = stdout(&run(&["inspect", &capture(), &captures]));
    assert!(all.contains("connections  4 with TLS"), "{all}");
    let some = ["inspect", "--client", "10.0.0.4", "--stream", "0", &capture(), &captures];
    let text = stdout(&run(&some));
    let words = "with TLS within the selection, ";
    assert!(text.contains(words), "{text}");
    let none = run(&["inspect", "--sni", "other.example", &capture()]);
    assert!(
        stdout(&none).starts_with("none of 1 connection with TLS is within the selection."),
        "{}",
        stdout(&none)
    );
    assert_eq!(none.status.code(), Some(0));
}

#[test]
fn selection_of_inspect_is_the_same_in_both_structured_formats() {
    let counts = |format: &str| {
        let arguments = ["inspect", "--sni", "other.example", "--format", format, &capture()];
        let text = stdout(&run(&arguments));
        let last = if format == "json" { text.as_str() } else { text.lines().last().unwrap() };
        let record: serde_json::Value = serde_json::from_str(last).unwrap();
        record.get("counts").cloned().unwrap()
    };
    let of_json = counts("json");
    assert_eq!(of_json, counts("ndjson"));
    assert_eq!(of_json.get("connections"), Some(&1.into()));
    assert_eq!(of_json.get("selected"), Some(&0.into()));
    assert_eq!(of_json.get("not_selected"), Some(&1.into()));
    assert_eq!(of_json.get("match"), Some(&serde_json::Value::Null));
}

// ---- words

/// What the binary says on standard error.
fn said(arguments: &[&str]) -> String {
    stderr(&run(arguments))
}

#[test]
fn other_names_of_options_are_understood() {
    for (name, option) in [
        ("--thumbprint", "--expect-thumbprint"),
        ("--fingerprint", "--expect-thumbprint"),
        ("--certificate", "--expect-certificate"),
        ("--server-name", "--sni"),
    ] {
        let said = said(&["verify", name, SHA1, "a.pcap"]);
        let tip = format!("tip: a similar argument exists: '{option}'");
        assert!(said.contains(&tip), "{name}: {said}");
        assert!(!said.contains("as a value"), "{said}");
    }
}

#[test]
fn thumbprint_in_several_words_is_to_be_quoted() {
    let words =
        ["0D", "64", "9A", "80", "2F", "82", "53", "61", "0D", "12", "25", "87", "30", "15"];
    let more = ["38", "DD", "90", "3A", "40", "65"];
    let mut arguments = vec!["verify", "--expect-thumbprint"];
    arguments.extend(words);
    arguments.extend(more);
    arguments.push("a.pcap");
    let said = said(&arguments);
    let whole = [&words[..], &more[..]].concat().join(" ");
    assert!(said.contains(&format!("hint: quote it: --expect-thumbprint \"{whole}\"")), "{said}");
}

#[test]
fn file_and_thumbprint_taken_for_each_other_are_explained() {
    let file = project("captures/certificates/client-p256.pem");
    let said_of_file = said(&["verify", "--expect-thumbprint", &file, "a.pcap"]);
    assert!(said_of_file.contains("is a file, not a thumbprint"), "{said_of_file}");
    assert!(said_of_file.contains(&format!("hint: use --expect-certificate {file}")));
    let said_of_digits = said(&["verify", "--expect-certificate", SHA1, "a.pcap"]);
    assert!(said_of_digits.contains("is a thumbprint, not a file"), "{said_of_digits}");
    assert!(said_of_digits.contains(&format!("hint: use --expect-thumbprint {SHA1}")));
    let list = folder("thumbprint").join("thumbprint.txt");
    fs::write(&list, format!("{SHA1}\n")).unwrap();
    let list = list.display().to_string();
    let said_of_text = said(&["verify", "--expect-certificate", &list, "a.pcap"]);
    assert!(said_of_text.contains("the file holds a thumbprint, not a certificate"));
    assert!(said_of_text.contains(&format!("hint: use --expect-thumbprint {SHA1}")));
}

#[test]
fn usual_colon_form_gives_no_warning() {
    let pairs: Vec<&str> =
        SHA1.as_bytes().chunks(2).map(|two| str::from_utf8(two).unwrap()).collect();
    for text in [pairs.join(":"), pairs.join(":").to_uppercase(), pairs.join(" ")] {
        let output = run(&["verify", "--expect-thumbprint", &text, &capture()]);
        assert_eq!(stderr(&output), "", "{text}");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn help_has_no_backslashes_and_is_asked_for_in_every_way() {
    for command in ["verify", "resolve", "inspect"] {
        let long = stdout(&run(&[command, "--help"]));
        assert!(!long.contains('\\'), "{long}");
        assert_eq!(stdout(&run(&["help", command])), long);
    }
    assert_eq!(run(&["help"]).status.code(), Some(0));
}
