//! The objects of SARIF 2.1.0 that are written, with the names of its schema.

use std::collections::BTreeMap;

use serde::Serialize;

/// A log of one run.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) tool: Tool,
    pub(super) invocations: [Invocation; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) artifacts: Vec<Artifact>,
    pub(super) column_kind: &'static str,
    pub(super) results: Vec<SarifResult>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    pub(super) name: &'static str,
    pub(super) semantic_version: &'static str,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) short_description: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    /// Whether the program could do its job; not whether what it found is as it should be.
    pub(super) execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
pub(super) struct Notification {
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: Vec<Location>,
}

#[derive(Debug, Serialize)]
pub(super) struct Artifact {
    pub(super) location: ArtifactLocation,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) hashes: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult {
    pub(super) rule_id: String,
    pub(super) rule_index: usize,
    pub(super) level: &'static str,
    pub(super) message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) properties: BTreeMap<&'static str, serde_json::Value>,
}

#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    /// From 0, of related locations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<usize>,
    pub(super) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Region>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    /// From 1.
    pub(super) start_line: u64,
}

impl Log {
    /// A log of this program.
    pub(super) fn new(rules: Vec<Rule>, results: Vec<SarifResult>) -> Self {
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: env!("CARGO_PKG_NAME"),
                        semantic_version: env!("CARGO_PKG_VERSION"),
                        rules,
                    },
                },
                invocations: [Invocation {
                    execution_successful: true,
                    tool_execution_notifications: Vec::new(),
                }],
                artifacts: Vec::new(),
                column_kind: "unicodeCodePoints",
                results,
            }],
        }
    }
}

impl Message {
    /// Text with every invisible character written out.
    pub(super) fn new(text: &str) -> Self {
        Self { text: crate::report::visible(text) }
    }
}

impl Location {
    /// A file, and the line in it where it has lines.
    pub(super) fn new(path: &str, line: Option<u64>) -> Self {
        Self {
            id: None,
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::new(path),
                region: line.filter(|line| *line > 0).map(|start_line| Region { start_line }),
            },
            message: None,
        }
    }
}

impl ArtifactLocation {
    /// A path as the user gave it, as a URI reference (RFC 3986).
    pub(super) fn new(path: &str) -> Self {
        Self { uri: uri(path) }
    }
}

/// A path as a URI reference: relative where the path is.
fn uri(path: &str) -> String {
    let bytes = path.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let is_windows =
        drive || path.starts_with("\\\\") || path.contains('\\') && !path.contains('/');
    let path = if is_windows { path.replace('\\', "/") } else { path.to_owned() };
    let mut out = String::new();
    if drive {
        out.push_str("file:///");
    } else if path.starts_with("//") {
        out.push_str("file:");
    } else if path.starts_with('/') {
        out.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        // What stands before a colon would be a scheme.
        out.push_str("./");
    }
    for (index, byte) in path.bytes().enumerate() {
        let is_drive = drive && index == 1;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            b':' if is_drive => out.push(':'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        for (path, expected) in [
            ("captures/a b.pcapng", "captures/a%20b.pcapng"),
            ("/srv/a.pcap", "file:///srv/a.pcap"),
            ("C:\\captures\\a.pcap", "file:///C:/captures/a.pcap"),
            ("captures\\a.pcap", "captures/a.pcap"),
            ("\\\\host\\share\\a.pcap", "file://host/share/a.pcap"),
            ("eth0:443.pcap", "./eth0%3A443.pcap"),
            ("a#b?c%.pcap", "a%23b%3Fc%25.pcap"),
            ("\u{fc}\u{202e}.pcap", "%C3%BC%E2%80%AE.pcap"),
            ("-", "-"),
        ] {
            assert_eq!(uri(path), expected, "{path}");
        }
    }
}
