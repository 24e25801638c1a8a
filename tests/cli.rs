//! The binary as a process: exit statuses, what goes where, help. No capture of the pipeline's is
//! needed here; those are in `cli_captures.rs`.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const SHA1: &str = "0d649a802f8253610d122587301538dd903a4065";

fn witness() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn run(arguments: &[&str]) -> Output {
    witness().args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder of this test's own, empty.
fn folder(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A pcap file with a header and no packet.
fn empty_pcap() -> Vec<u8> {
    let mut bytes = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    bytes.extend([0; 8]);
    bytes.extend(65_535_u32.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes
}

// ---- usage

#[test]
fn usage_errors_exit_with_2_and_say_nothing_on_standard_output() {
    for arguments in [
        &[][..],
        &["verify"],
        &["verify", "a.pcap"],
        &["verify", "--expect-none"],
        &["inspect"],
        &["verify", "--no-such-option"],
        &["verify", "--expect-none", "--format", "yaml", "a.pcap"],
        &["verify", "--expect-none", "--stream", "x", "a.pcap"],
        &["verify", "--expect-none", "-q", "-v", "a.pcap"],
        &["no-such-command"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn verify_without_an_expectation_names_the_options() {
    let output = run(&["verify", "a.pcap"]);
    let text = stderr(&output);
    assert!(text.starts_with("mtls-witness: error: "), "{text}");
    let hint = text.lines().find(|line| line.starts_with("hint: ")).unwrap();
    for option in ["--expect-thumbprint", "--expect-certificate", "--expect-none"] {
        assert!(hint.contains(option), "{hint}");
    }
}

#[test]
fn missing_capture_is_told_with_a_hint() {
    let output = run(&["inspect"]);
    assert_eq!(
        stderr(&output),
        "mtls-witness: error: no capture was given\n\
         hint: name a file, a folder, or - for standard input\n"
    );
}

#[test]
fn masked_thumbprint_is_refused() {
    let output = run(&["verify", "--expect-thumbprint", "EBA6****48", "a.pcap"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("hint: "), "{}", stderr(&output));
}

#[test]
fn wrong_selection_names_its_option() {
    for (option, value) in [
        ("--server", "10.0.0.300"),
        ("--client", "10.0.0.0/99"),
        ("--since", "yesterday"),
        ("--until", "25:00"),
    ] {
        let output = run(&["verify", "--expect-none", option, value, "a.pcap"]);
        assert_eq!(output.status.code(), Some(2));
        let start = format!("mtls-witness: error: {option}: ");
        assert!(stderr(&output).starts_with(&start), "{}", stderr(&output));
    }
}

// ---- help

#[test]
fn short_help_has_one_line_per_option_within_80_columns() {
    for command in ["verify", "resolve", "inspect", "completions", "man"] {
        let output = run(&[command, "-h"]);
        assert_eq!(output.status.code(), Some(0));
        let text = stdout(&output);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
            // A continued line would begin far to the right.
            assert!(!line.starts_with("            "), "{command}: {line}");
        }
    }
}

#[test]
fn verify_groups_its_options() {
    let text = stdout(&run(&["verify", "-h"]));
    let headings = ["Input", "Expectation", "Configuration", "Selection", "Output"];
    for heading in headings {
        assert!(text.contains(&format!("\n{heading}:\n")), "{heading}");
    }
}

#[test]
fn long_help_has_examples_and_exit_statuses() {
    let text = stdout(&run(&["verify", "--help"]));
    for words in ["Examples:", "--expect-certificate client.cer", "Exit status:", "inconclusive"] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn version_is_the_crates() {
    let output = run(&["--version"]);
    assert_eq!(stdout(&output), format!("mtls-witness {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(stdout(&output).contains("expect-thumbprint"), "{shell}");
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn manual_page_describes_each_command() {
    assert!(stdout(&run(&["man"])).contains(".SH NAME\nmtls\\-witness"));
    assert!(stdout(&run(&["man", "verify"])).contains("\\-\\-expect\\-thumbprint"));
    let output = run(&["man", "nothing"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("hint: one of verify"), "{}", stderr(&output));
}

// ---- captures that cannot be used

#[test]
fn missing_file_is_an_error_with_its_path_first() {
    let output = run(&["inspect", "no-such.pcap"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).starts_with("ERROR: the capture could not be used.\n"));
    assert_eq!(stderr(&output), "mtls-witness: error: no-such.pcap: no such file or directory\n");
}

#[test]
fn hostile_path_cannot_forge_a_line() {
    let output = run(&["inspect", "no\nPASS: forged\x1b[2J.pcap"]);
    let text = stderr(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains('\x1b'));
}

#[test]
fn unusable_capture_beside_a_good_one_is_exit_2_and_the_good_one_is_reported() {
    let folder = folder("unusable_beside_good");
    fs::write(folder.join("good.pcap"), empty_pcap()).unwrap();
    fs::write(folder.join("unusable.pcap"), "").unwrap();
    let folder = folder.to_str().unwrap();
    let output = run(&["inspect", "--format", "json", folder]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("unusable.pcap: "), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let captures = report["captures"].as_array().unwrap();
    assert_eq!(captures.len(), 2);
    assert_eq!(captures[0]["error"], serde_json::Value::Null);
    assert!(captures[1]["error"].is_string());

    let output = run(&["inspect", folder]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains(" 1 of 2 captures could not be used."), "{}", stdout(&output));
}

#[test]
fn empty_capture_is_inconclusive_not_a_failure() {
    let path = folder("empty_capture").join("empty.pcap");
    fs::write(&path, empty_pcap()).unwrap();
    let path = path.to_str().unwrap();
    let output = run(&["verify", "--expect-thumbprint", SHA1, path]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).starts_with("INCONCLUSIVE: "), "{}", stdout(&output));
    assert_eq!(stderr(&output), "");
    // Nothing matched, so there is nothing to allow.
    let output = run(&["verify", "--expect-thumbprint", SHA1, "--allow-inconclusive", path]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(run(&["inspect", path]).status.code(), Some(0));
}

#[test]
fn folder_without_captures_is_an_error() {
    let folder = folder("without_captures");
    fs::write(folder.join("README.md"), "nothing").unwrap();
    let output = run(&["inspect", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no capture in this folder"), "{}", stderr(&output));
}

#[test]
fn folder_is_read_in_name_order() {
    let folder = folder("name_order");
    for name in ["b.pcap", "c", "a.pcap", "notes.txt"] {
        let content = if name == "notes.txt" { Vec::new() } else { empty_pcap() };
        fs::write(folder.join(name), content).unwrap();
    }
    let output = run(&["inspect", "--format", "json", folder.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let paths: Vec<&str> = report["captures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|capture| capture["path"].as_str().unwrap().rsplit(['/', '\\']).next().unwrap())
        .collect();
    assert_eq!(paths, ["a.pcap", "b.pcap", "c"]);
}

#[test]
fn list_of_captures_is_read_by_line_or_nul() {
    let folder = folder("list");
    let capture = folder.join("a b.pcap");
    fs::write(&capture, empty_pcap()).unwrap();
    for separator in ["\n", "\r\n", "\0"] {
        let list = folder.join("list");
        fs::write(&list, format!("{}{separator}", capture.display())).unwrap();
        let output = run(&["inspect", "--files-from", list.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{separator:?}: {}", stderr(&output));
    }
}

#[test]
fn standard_input_is_read_once() {
    let output = run(&["inspect", "--files-from", "-", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("more than once"), "{}", stderr(&output));
}

// ---- output

#[test]
fn report_never_overwrites_a_capture() {
    let path = folder("overwrite").join("a.pcap");
    fs::write(&path, empty_pcap()).unwrap();
    let path = path.to_str().unwrap();
    let output = run(&["inspect", "-o", path, path]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(path).unwrap(), empty_pcap());
}

#[test]
fn report_goes_to_the_file_named() {
    let folder = folder("to_file");
    let (capture, report) = (folder.join("a.pcap"), folder.join("report.txt"));
    fs::write(&capture, empty_pcap()).unwrap();
    let output = witness().arg("inspect").arg("-o").arg(&report).arg(&capture).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
    assert!(fs::read_to_string(report).unwrap().starts_with("no TLS connection"));
}

#[test]
fn quiet_prints_one_line() {
    let path = folder("quiet").join("a.pcap");
    fs::write(&path, empty_pcap()).unwrap();
    let output = run(&["inspect", "-q", path.to_str().unwrap()]);
    assert_eq!(stdout(&output).lines().count(), 1);
}

#[test]
fn colour_is_written_only_where_it_is_wanted() {
    let path = folder("colour").join("a.pcap");
    fs::write(&path, empty_pcap()).unwrap();
    let path = path.to_str().unwrap();
    for (arguments, no_color, coloured) in [
        (&["--color", "always"][..], false, true),
        (&["--color", "always"], true, true),
        (&["--color", "never"], false, false),
        (&["--color", "auto"], false, false),
        (&[], false, false),
    ] {
        let mut command = witness();
        command.args(["verify", "--expect-none", path]).args(arguments);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().unwrap();
        assert_eq!(stdout(&output).contains("\x1b["), coloured, "{arguments:?}");
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    let path = folder("same_bytes").join("a.pcap");
    fs::write(&path, empty_pcap()).unwrap();
    let path = path.to_str().unwrap();
    for format in ["text", "json"] {
        let arguments = ["verify", "--expect-thumbprint", SHA1, "--format", format, path];
        assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
    }
}

#[test]
fn broken_pipe_is_not_an_error() {
    for arguments in [&["completions", "zsh"][..], &["man", "verify"], &["verify", "--help"]] {
        let mut child = witness()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Close the reading end before anything is read.
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {said}");
        assert_eq!(said, "", "{arguments:?}");
    }
}
