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
            // Without its SYN a connection has the number of the one before it on the same ports.
            let streams = || evidence.connections.iter().map(|one| one.stream);
            let is_numbered_alike = connections.len() == 1
                || streams().filter(|one| *one == connection.stream).count() == 1
                    && streams().count() == connections.len();
            let is_so = |truth: &serde_json::Value| {
                // What only secrets show stands apart.
                let logged = [&truth["leaf_sha1"], &truth["with_keys"]["leaf_sha1"]];
                let logged = logged.into_iter().find_map(|logged| logged.as_str());
                let same_leaf = leaf.as_deref().zip(logged).is_none_or(|(a, b)| a == b);
                truth["answered"] == sure && same_leaf
            };
            let alike: Vec<_> = connections
                .iter()
                .filter(|one| {
                    connections.len() == 1
                        || !is_numbered_alike
                        || one["stream"].as_u64() == connection.stream
                })
                .collect();
            let right = alike.iter().filter(|truth| is_so(truth)).count();
            let enough = if is_numbered_alike { alike.len() } else { 1 };
            assert!(right >= enough.min(1), "{}: {context}: {sure} {leaf:?}", self.name);
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
