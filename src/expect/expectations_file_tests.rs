//! Expectations files: what their entries hold, and how broken ones are told.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::apim::Scope;
use super::expectations_file::{FileEntry, Located};

fn error(text: &str) -> (String, String) {
    let error = FileEntry::read_all("e.toml", text).unwrap_err();
    (error.to_string(), error.hint.unwrap_or_default())
}

#[test]
fn entries_are_read_in_the_order_of_the_file() {
    let text = "[[expectation]]\nname = \"a\"\nthumbprint = \"00\"\nsni = [\"x\", \"y\"]\n\
                stream = 3\nsince = 2026-11-20T10:00:00Z\n\n[[expectation]]\nname = \"b\"\n\
                backend = \"b.json\"\npolicy = { global = \"g.xml\", api = \"a.xml\" }\n\
                allow = [\"match\", \"not_requested\"]\n";
    let entries = FileEntry::read_all("e.toml", text).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].name.as_str(), entries[0].line), ("a", 2));
    assert_eq!(entries[0].server_names[1], Located { text: "y".to_owned(), line: 4 });
    assert_eq!(entries[0].streams, [3]);
    assert_eq!(entries[0].since.as_ref().unwrap().text, "2026-11-20T10:00:00Z");
    let mut scopes: Vec<_> = entries[1].policies.iter().map(|(scope, _)| *scope).collect();
    scopes.sort();
    assert_eq!(scopes, [Some(Scope::Global), Some(Scope::Api)]);
    assert_eq!(entries[1].allow.len(), 2);
    assert!(entries[1].has_configuration() && !entries[1].is_direct());
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion() {
    assert_eq!(
        error("[[expectation]]\nname = \"a\"\nthumprint = \"x\"\n"),
        (
            "e.toml:3: unknown key \"thumprint\"".to_owned(),
            "did you mean \"thumbprint\"?".to_owned()
        )
    );
    assert_eq!(error("[[expectation]]\nsin = \"x\"\n").1, "did you mean \"san\" or \"sni\"?");
    assert_eq!(error("[[expectations]]\n").1, "did you mean \"expectation\"?");
    assert!(error("[[expectation]]\nqwertyuiop = 1\n").1.starts_with("known here: name"));
    assert_eq!(
        error("[[expectation]]\nname=\"a\"\npolicy = { apl = \"x\" }\n").1,
        "did you mean \"api\"?"
    );
}

#[test]
fn broken_files_are_told_with_their_line() {
    for (text, what) in [
        ("a = \n", "e.toml:1: not valid TOML"),
        ("", "e.toml: no expectation in this file"),
        ("[[expectation]]\nnone = true\n", "e.toml:2: an expectation has no name"),
        ("[[expectation]]\nname = \"a\"\n", "e.toml:2: \"a\" expects nothing"),
        ("[[expectation]]\nname = 3\n", "e.toml:2: a string is wanted here"),
        ("[[expectation]]\nname = \"a\"\nnone = 1\n", "e.toml:3: true or false is wanted"),
        ("expectation = 1\n", "e.toml:1: expectation is no list"),
        (
            "[[expectation]]\nname='a'\nnone=true\n[[expectation]]\nnone=true\nname='a'\n",
            "e.toml:4: the name \"a\" is used in line 2 already",
        ),
    ] {
        assert!(error(text).0.starts_with(what), "{text}: {}", error(text).0);
    }
    error(&"[".repeat(100_000));
    error(&format!("a = {}", "[".repeat(100_000)));
}
