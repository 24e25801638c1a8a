//! Markdown, JUnit and SARIF: exact reports, what they come to, and hostile text.

use std::path::PathBuf;
use std::process::Command;

use mtls_witness::diagnose::{Finding, Strength};
use mtls_witness::report::{Layout, Report, junit, markdown, sarif};
use mtls_witness::verdict::{Cause, RunResult, Verdict};
use serde_json::Value;

use crate::world::{HOSTILE, World, declined, hostile_world, leaf, presented, refused};

fn markdown_of(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    markdown::write(report, Layout::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn junit_of(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    junit::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sarif_of(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    sarif::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn markdown_of_one_of_everything() {
    crate::assert_golden("everything.md", &markdown_of(&World::new().report()));
}

#[test]
fn junit_of_one_of_everything() {
    crate::assert_golden("everything.xml", &junit_of(&World::new().report()));
}

#[test]
fn sarif_of_one_of_everything() {
    crate::assert_golden("everything.sarif", &sarif_of(&World::new().report()));
}

/// Failures and errors of a test table.
fn bad_cases(text: &str) -> (usize, usize) {
    let document = roxmltree::Document::parse(text).unwrap();
    let count = |name| document.descendants().filter(|node| node.has_tag_name(name)).count();
    (count("failure"), count("error"))
}

#[test]
fn test_table_is_as_good_as_the_run() {
    let good = (presented(leaf()), Verdict::Match, None);
    let bad = (declined(), Verdict::Absent, None);
    let open = (presented(leaf()), Verdict::Inconclusive, Some(Cause::PossessionNotSeen));
    let world = World::of(vec![good.clone()], RunResult::Pass);
    assert_eq!(bad_cases(&junit_of(&world.report())), (0, 0));
    let world = World::of(vec![good.clone(), bad], RunResult::Fail);
    assert_eq!(bad_cases(&junit_of(&world.report())), (1, 0));
    let world = World::of(vec![good, open], RunResult::Inconclusive);
    assert_eq!(bad_cases(&junit_of(&world.report())), (0, 1));
    let world = World::of(Vec::new(), RunResult::Inconclusive);
    assert_eq!(bad_cases(&junit_of(&world.report())), (0, 1), "nothing to judge is no success");
}

#[test]
fn capture_that_could_not_be_used_or_read_whole_is_an_error_in_the_test_table() {
    let (_, errors) = bad_cases(&junit_of(&World::new().report()));
    let world = World::new();
    let open = world.judgements.iter().filter(|one| one.verdict == Verdict::Inconclusive).count();
    assert_eq!(errors, open + 2, "one capture is damaged, one is none");
}

#[test]
fn log_of_results_names_rule_place_and_frames() {
    let world = World::of(
        vec![(presented(leaf()), Verdict::Match, None), (declined(), Verdict::Absent, None)],
        RunResult::Fail,
    );
    let log: Value = serde_json::from_str(&sarif_of(&world.report())).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules: Vec<&str> = results.iter().filter_map(|one| one["ruleId"].as_str()).collect();
    assert_eq!(rules, ["absent"]);
    for result in results {
        assert_eq!(result["level"], "error");
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "backend.pcapng");
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["artifacts"][0]["hashes"]["sha-256"], "ab".repeat(32));
}

#[test]
fn refused_match_is_a_result_where_acceptance_is_required() {
    let refused = vec![(refused(), Verdict::Match, Some(Cause::RefusedByServer))];
    for (result, expected) in [(RunResult::Fail, vec!["not-accepted"]), (RunResult::Pass, vec![])] {
        let world = World::of(refused.clone(), result);
        let log: Value = serde_json::from_str(&sarif_of(&world.report())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let rules: Vec<&str> = results.iter().filter_map(|one| one["ruleId"].as_str()).collect();
        assert_eq!(rules, expected);
    }
}

#[test]
fn hostile_text_stays_inert_in_every_format() {
    let world = hostile_world();
    for report in [world.report(), world.inspected()] {
        for (name, text) in [
            ("markdown", markdown_of(&report)),
            ("junit", junit_of(&report)),
            ("sarif", sarif_of(&report)),
        ] {
            for character in text.chars() {
                assert!(character == '\n' || !character.is_control(), "{name}: {character:?}");
                let hides = matches!(character, '\u{202e}' | '\u{200b}' | '\u{fffe}');
                assert!(!hides, "{name}: {character:?}");
            }
            assert!(!text.lines().any(|line| line.starts_with("PASS")), "{name}: {text}");
        }
        roxmltree::Document::parse(&junit_of(&report)).unwrap();
        let log: Value = serde_json::from_str(&sarif_of(&report)).unwrap();
        assert_eq!(log["version"], "2.1.0");
    }
    assert!(HOSTILE.contains("<script>"));
    let page = markdown_of(&world.report());
    // In a code span it is shown as it is.
    let outside_code: String = page
        .split('`')
        .enumerate()
        .filter(|(index, _)| index % 2 == 0)
        .map(|(_, text)| text)
        .collect();
    assert!(!outside_code.contains("\u{20}<script>"), "{page}");
    assert!(!outside_code.replace("\\<", "").contains("<script"), "{page}");
}

#[test]
fn characters_that_xml_does_not_allow_are_written_out() {
    let mut world = World::of(vec![(presented(leaf()), Verdict::Match, None)], RunResult::Pass);
    let name = "a\u{fffe}\u{ffff}\0\x0b\x1b]0;x\x07]]>&<\u{7f}";
    world.evidence.connections[0].observation.server_name = Some(name.into());
    let text = junit_of(&world.report());
    let document = roxmltree::Document::parse(&text).unwrap();
    let cases = document.descendants().filter_map(|node| node.attribute("name"));
    let escaped = "a\\u{fffe}\\u{ffff}\\x00\\x0b\\x1b]0;x\\x07]]>&<\\x7f";
    assert_eq!(cases.filter(|name| name.contains(escaped)).count(), 1, "{text}");
}

/// A finding of each connection and one of the run, hostile where it can be.
pub(crate) fn findings(connections: usize) -> (Vec<Vec<Finding>>, Vec<Finding>) {
    let finding = |code| Finding {
        code,
        strength: Strength::Likely,
        text: format!("issuer {HOSTILE}"),
        frames: vec![7],
        next_step: Some(format!("--expect-certificate {HOSTILE}")),
    };
    let each = vec![vec![finding("issuer-not-in-certificate-authorities")]; connections];
    (each, vec![Finding { strength: Strength::Possible, ..finding("another-client") }])
}

#[test]
fn findings_are_told_in_every_format() {
    let world = hostile_world();
    let (each, of_run) = findings(world.evidence.connections.len());
    let report = Report { findings: &each, run_findings: &of_run, ..world.report() };
    let page = markdown_of(&report);
    assert!(page.contains("**Why** (likely): issuer x"), "{page}");
    assert!(page.contains("**Why** (possible): issuer x"), "{page}");
    assert!(page.contains(" Next: \\--expect-certificate x"), "{page}");
    let table = junit_of(&report);
    assert!(table.contains("why (likely): issuer x\\x1b[2J"), "{table}");
    assert!(sarif_of(&report).contains("why (likely): issuer x"));
    roxmltree::Document::parse(&table).unwrap();
}

/// `JUNIT_XSD` names the schema of Jenkins's xUnit plugin (`junit-10.xsd`), `SARIF_SCHEMA` that of
/// SARIF 2.1.0, `PYTHON` a Python that has lxml, junitparser and jsonschema. Each is skipped where it
/// is absent.
#[test]
fn independent_readers_take_what_is_written() {
    let world = World::new();
    let hostile = hostile_world();
    let nothing = World::of(Vec::new(), RunResult::Inconclusive);
    let folder = std::env::temp_dir().join(format!("mtls-witness-formats-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (index, world) in [&world, &hostile, &nothing].into_iter().enumerate() {
        let table = folder.join(format!("{index}.xml"));
        let log = folder.join(format!("{index}.sarif"));
        std::fs::write(&table, junit_of(&world.report())).unwrap();
        std::fs::write(&log, sarif_of(&world.report())).unwrap();
        python("JUNIT_XSD", JUNIT_CHECK, table);
        python("SARIF_SCHEMA", SARIF_CHECK, log);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

const JUNIT_CHECK: &str = "
import sys
from lxml import etree
from junitparser import JUnitXml
etree.XMLSchema(etree.parse(sys.argv[1])).assertValid(etree.parse(sys.argv[2]))
read = JUnitXml.fromfile(sys.argv[2])
cases = [case for suite in read for case in suite]
bad = [case for case in cases if not case.is_passed]
assert len(cases) == read.tests and len(bad) == read.failures + read.errors, (cases, read)
";

const SARIF_CHECK: &str = "
import json, sys
from jsonschema import Draft7Validator, FormatChecker
schema = json.load(open(sys.argv[1]))
Draft7Validator(schema, format_checker=FormatChecker()).validate(json.load(open(sys.argv[2])))
";

fn python(schema: &str, program: &str, file: PathBuf) {
    let (Some(schema_file), Some(python)) = (std::env::var_os(schema), std::env::var_os("PYTHON"))
    else {
        eprintln!("skipped: {schema} and PYTHON are not set");
        return;
    };
    let out =
        Command::new(python).args(["-c", program]).arg(schema_file).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{}: {said}", file.display());
}
