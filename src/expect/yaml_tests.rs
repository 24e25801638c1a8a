//! YAML as people write it, and as nobody should.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::yaml::{Yaml, YamlError};

fn one(text: &str) -> Yaml {
    let mut documents = Yaml::documents(text).unwrap();
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

fn json(text: &str) -> String {
    one(text).to_json().to_string()
}

fn error(text: &str) -> YamlError {
    Yaml::documents(text).unwrap_err()
}

#[test]
fn scalars_follow_the_core_schema() {
    let text = "a: true\nb: yes\nc: 12\nd: \"12\"\ne: ~\nf:\ng: 1.5\nh: 0x10\ni: !!str 5\nj: |\n  x\n  y\n";
    let expected = r#"{"a":true,"b":"yes","c":12,"d":"12","e":null,"f":null,"g":1.5,"h":"0x10","i":"5","j":"x\ny\n"}"#;
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert_eq!(one(text).to_json(), expected);
}

#[test]
fn lines_survive_into_json_text() {
    let text =
        "# a comment\nbackends:\n  - name: b\n\n    properties:\n      url: https://b.example\n";
    let json = one(text).to_json_text();
    let line_of = |what: &str| json.lines().position(|line| line.contains(what)).unwrap() + 1;
    assert_eq!(line_of("\"b\""), 3);
    assert_eq!(line_of("https://b.example"), 6);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), one(text).to_json());
}

#[test]
fn several_documents_are_all_read_and_empty_ones_left_out() {
    let documents = Yaml::documents("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n").unwrap();
    let all: Vec<String> = documents.iter().map(|one| one.to_json().to_string()).collect();
    assert_eq!(all, [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert!(Yaml::documents("").unwrap().is_empty());
}

#[test]
fn aliases_and_merge_keys_are_put_in_and_own_keys_win() {
    let text = "base: &base {url: x, kind: y}\nb:\n  <<: *base\n  url: z\nc: *base\n";
    let expected =
        r#"{"base":{"kind":"y","url":"x"},"b":{"kind":"y","url":"z"},"c":{"kind":"y","url":"x"}}"#;
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert_eq!(one(text).to_json(), expected);
}

#[test]
fn keys_and_elements_are_found_with_their_lines() {
    let document = one("a:\n- x\n- y\n");
    let list = document.get("a").unwrap();
    assert_eq!(list.elements().iter().map(|one| one.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(list.elements().first().and_then(Yaml::text), Some("x"));
    assert!(document.get("b").is_none());
}

#[test]
fn what_is_not_yaml_is_told_with_its_line() {
    assert_eq!(error("a: 1\nb: [1,\n").line, 3);
    assert!(error("a: 1\n\tb: 2\n").what.starts_with("not valid YAML: "));
    let twice = error("a: 1\nb: 2\na: 3\n");
    assert_eq!((twice.line, twice.what.as_str()), (3, "the key \"a\" comes twice"));
    assert!(error("? [a]\n: b\n").what.contains("a key is a list"));
}

#[test]
fn depth_is_bounded_also_through_aliases() {
    for open in ["[", "{a: ", "- ", "? "] {
        assert!(error(&open.repeat(100_000)).line >= 1, "{open}");
    }
    let mut text = String::from("a0: &a0 [1]\n");
    for index in 1..200 {
        text.push_str(&format!("a{index}: &a{index} [*a{}]\n", index - 1));
    }
    assert!(error(&text).what.contains("inside one another"));
}

#[test]
fn aliases_that_multiply_are_bounded() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for index in 1..20 {
        let all = vec![format!("*a{}", index - 1); 10].join(", ");
        text.push_str(&format!("a{index}: &a{index} [{all}]\n"));
    }
    assert!(error(&text).what.contains("with what aliases repeat"));
    let mut text = format!("a: &a {}\nb:\n", "x".repeat(1 << 20));
    text.push_str(&"- *a\n".repeat(1000));
    assert!(error(&text).what.contains("with what aliases repeat"));
    assert!(error("a: &a [*a]\n").what.contains("an alias stands inside"));
}

#[test]
fn every_beginning_of_a_document_is_read_or_refused() {
    let text =
        "a: &x [1, 'two', \"thr\\u0065e\"]\nb:\n  <<: {c: d}\n  e: |\n    text\nf: *x\n---\n- g\n";
    for end in 0..=text.len() {
        let _ = Yaml::documents(&text[..end]);
    }
    assert_eq!(json("a: \"\\u0065\""), r#"{"a":"e"}"#);
}
