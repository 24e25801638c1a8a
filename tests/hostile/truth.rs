//! What the endpoints of a capture logged, against what the program is sure of.

use std::path::Path;

use mtls_witness::inspect::ClientAuthentication;
use mtls_witness::verdict::{Deciding, deciding};
use mtls_witness::witness::Evidence;

use super::{Answer, answer};

/// What the endpoints of a capture logged.
pub(crate) struct Truth {
    pub(crate) name: String,
    expected: serde_json::Value,
}

impl Truth {
    pub(crate) fn of(capture: &Path) -> Self {
        let expected = std::fs::read(expected_of(capture)).unwrap();
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        Self { name, expected: serde_json::from_slice(&expected).unwrap() }
    }

    /// Every sure answer must be that of the endpoints.
    pub(crate) fn check(&self, evidence: &Evidence, context: &str) {
        for connection in &evidence.connections {
            let Deciding::Handshake(_, handshake) = deciding(&connection.observation) else {
                continue;
            };
            let sure = match answer(handshake) {
                Answer::Obscured(_) => continue,
                Answer::NotRequested => "none",
                Answer::Declined => "declined",
                Answer::Presented(_) => "presented",
                Answer::Resumed => "resumed",
            };
            let leaf = match &handshake.client_authentication {
                ClientAuthentication::Presented(presented) => {
                    Some(presented.chain[0].sha1.to_string())
                }
                _ => None,
            };
            let connections = self.expected["connections"].as_array().unwrap();
            // Without a packet the streams may be numbered otherwise.
            let alike = connections.iter().filter(|one| {
                connections.len() == 1 || one["stream"].as_u64() == connection.stream
            });
            for truth in alike {
                assert_eq!(truth["answered"], sure, "{}: {context}", self.name);
                // What only secrets show stands apart.
                let logged = [&truth["leaf_sha1"], &truth["with_keys"]["leaf_sha1"]];
                if let (Some(leaf), Some(logged)) =
                    (&leaf, logged.into_iter().find_map(|logged| logged.as_str()))
                {
                    assert_eq!(logged, leaf, "{}: {context}", self.name);
                }
            }
        }
    }
}

/// The key log beside a capture.
pub(crate) fn key_log_of(capture: &Path) -> Option<String> {
    std::fs::read_to_string(expected_of(capture).replace(".expected.json", ".keys")).ok()
}

fn expected_of(capture: &Path) -> String {
    let name = capture.to_string_lossy();
    let stem = name.split(".pcap").next().unwrap();
    format!("{stem}.expected.json")
}
