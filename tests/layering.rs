//! Who may import whom: the table of docs/architecture.md, checked over every `crate::` path.

#![expect(clippy::string_slice, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Module, and what it may import. `net::Layer` allows that item alone, `net` all of it; `limits`
/// is open to every module that reads bytes.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("capture", &["limits"]),
    ("certificate", &[]),
    ("diagnose", &["verdict", "inspect", "expect", "certificate", "witness", "tls"]),
    ("expect", &["certificate"]),
    ("flow", &["net", "limits"]),
    // Nobody imports it.
    (
        "fuzzing",
        &[
            "capture",
            "net",
            "flow",
            "tls",
            "decrypt",
            "certificate",
            "inspect",
            "expect",
            "verdict",
            "witness",
            "diagnose",
            "report",
            "limits",
        ],
    ),
    ("decrypt", &["tls", "limits"]),
    ("inspect", &["tls", "certificate", "decrypt", "limits"]),
    ("limits", &[]),
    ("net", &["capture::LinkType", "capture::Packet", "capture::Timestamp", "limits"]),
    (
        "report",
        &[
            "witness",
            "inspect",
            "verdict",
            "diagnose",
            "expect",
            "certificate",
            // Values that evidence is made of, to be shown.
            "capture::Timestamp",
            "net::Layer",
            "tls::AlertLevel",
            "tls::ClientCertificateType",
            "tls::ProtocolVersion",
        ],
    ),
    ("tls", &["limits"]),
    ("verdict", &["inspect", "expect", "certificate"]),
    ("witness", &["capture", "net", "flow", "tls", "decrypt", "inspect", "certificate", "limits"]),
];

#[test]
fn every_module_imports_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        let row = MAY_IMPORT.iter().find(|(name, _)| *name == module);
        let Some((_, allowed)) = row else {
            wrong.push(format!("{}: module {module} is not in the table", file.display()));
            continue;
        };
        for path in crate_paths(&fs::read_to_string(&file).unwrap()) {
            let inside = path == module || path.starts_with(&format!("{module}::"));
            let ok = |entry: &str| path == entry || path.starts_with(&format!("{entry}::"));
            if !inside && !allowed.iter().any(|entry| ok(entry)) {
                wrong.push(format!("{}: crate::{path}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the table:\n{}", wrong.join("\n"));
}

#[test]
fn table_has_no_cycle() {
    let mut open: BTreeSet<&str> = MAY_IMPORT.iter().map(|(module, _)| *module).collect();
    while !open.is_empty() {
        let leaf = open.iter().copied().find(|module| {
            let (_, allowed) = MAY_IMPORT.iter().find(|(name, _)| name == module).unwrap();
            !allowed.iter().any(|entry| open.contains(entry.split("::").next().unwrap()))
        });
        assert!(leaf.is_some(), "a cycle among {open:?}");
        open.remove(leaf.unwrap());
    }
}

#[test]
fn paths_are_found_in_every_form() {
    let code = "use crate::net::{self, Layer, Flags};\nlet x: crate::tls::Alert = y;\n\
                // crate::comment::Only\nuse crate::{limits::Limits, flow::{A, b::C}};\n\
                #[cfg(test)]\nmod tests { use crate::report::X; }\n";
    let expected = [
        "flow::A",
        "flow::b::C",
        "limits::Limits",
        "net",
        "net::Flags",
        "net::Layer",
        "tls::Alert",
    ];
    assert_eq!(crate_paths(code).into_iter().collect::<Vec<_>>(), expected);
}

/// Every source file of the library with its module; the binary and test modules are left out.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name == "bin" || name == "tests" {
                    continue;
                }
                folders.push(path);
            } else if name.ends_with(".rs") && name != "lib.rs" && !is_test(&name) {
                let inside = path.strip_prefix(&root).unwrap();
                let first = inside.iter().next().unwrap().to_str().unwrap();
                files.push((first.trim_end_matches(".rs").to_owned(), path));
            }
        }
    }
    assert!(files.len() > 10);
    files
}

fn is_test(name: &str) -> bool {
    name == "tests.rs" || name.ends_with("_tests.rs") || name.starts_with("test_")
}

/// Every path after `crate::` in code that is built into the library, use trees spread out.
fn crate_paths(code: &str) -> BTreeSet<String> {
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.collect::<Vec<_>>().join("\n");
    let mut paths = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        if code[..start].ends_with(|before: char| before == '$' || before.is_alphanumeric()) {
            continue;
        }
        spread("", &code[start + "crate::".len()..], &mut paths);
    }
    paths
}

/// Adds the paths of the use tree at the start of `code`; gives what follows it.
fn spread<'c>(prefix: &str, code: &'c str, paths: &mut BTreeSet<String>) -> &'c str {
    let end = code.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let (path, mut rest) = code.split_at(end.unwrap_or(code.len()));
    if !(path.is_empty() || path.ends_with("::")) || !rest.starts_with('{') {
        let whole = format!("{prefix}{path}");
        paths.insert(whole.trim_end_matches("::self").trim_end_matches("::").to_owned());
        return rest;
    }
    let prefix = format!("{prefix}{path}");
    rest = rest[1..].trim_start();
    while !rest.is_empty() && !rest.starts_with('}') {
        rest = spread(&prefix, rest, paths).trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    rest.strip_prefix('}').unwrap_or(rest)
}
