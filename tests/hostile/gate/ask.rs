//! What is asked of a file, and the answer: of the library, or of the program.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use mtls_witness::expect::{Expectation, Given, resolve};
use mtls_witness::limits::Limits;
use mtls_witness::verdict::{Judgement, Part, RunResult, Selection, ServerAddress, run_result};
use mtls_witness::witness::{Evidence, Witness};

use super::known::Known;
use crate::recordings::Handshakes;

/// What is expected of the clients.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Expected {
    None,
    Thumbprint(String),
}

/// Which connections are asked about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Selected {
    All,
    Name(String),
    Server(SocketAddr),
}

/// One question.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Question {
    pub(super) expected: Expected,
    pub(super) selected: Selected,
}

/// What a run said.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) result: String,
    /// Both ends of each connection, its first frame, and what was said of it.
    pub(super) verdicts: Vec<(BTreeSet<SocketAddr>, u64, String)>,
}

/// A thumbprint that no certificate has.
pub(super) const ANOTHER: &str = "00112233445566778899aabbccddeeff00112233";

impl Question {
    /// All questions about a file with these connections.
    pub(super) fn all(known: &[Known]) -> Vec<Self> {
        let mut expected =
            BTreeSet::from([Expected::None, Expected::Thumbprint(ANOTHER.to_owned())]);
        let mut selected = BTreeSet::from([Selected::All]);
        for one in known {
            if let super::known::Answered::Presented(Some(leaf)) = &one.answered {
                expected.insert(Expected::Thumbprint(leaf.clone()));
            }
            selected.extend(one.server_name.clone().map(Selected::Name));
            selected.extend(one.endpoints.map(|[_, server]| Selected::Server(server)));
        }
        let pairs = expected.iter().flat_map(|expected| {
            selected
                .iter()
                .map(|selected| Self { expected: expected.clone(), selected: selected.clone() })
        });
        pairs.collect()
    }

    /// Whether it is about the connection; `None` where nobody knows.
    pub(super) fn is_about(&self, known: &Known) -> Option<bool> {
        match &self.selected {
            Selected::All => Some(true),
            Selected::Name(name) => Some(known.server_name.as_ref()? == name),
            Selected::Server(server) => Some(known.endpoints?[1] == *server),
        }
    }

    /// The options of the command line.
    pub(super) fn options(&self) -> Vec<String> {
        let mut options = match &self.expected {
            Expected::None => vec!["--expect-none".to_owned()],
            Expected::Thumbprint(hex) => vec!["--expect-thumbprint".to_owned(), hex.clone()],
        };
        match &self.selected {
            Selected::All => {}
            Selected::Name(name) => options.extend(["--sni".to_owned(), name.clone()]),
            Selected::Server(server) => options.extend(["--server".to_owned(), server.to_string()]),
        }
        options
    }

    fn expectation(&self) -> Expectation {
        match &self.expected {
            Expected::None => Expectation::none(),
            Expected::Thumbprint(hex) => resolve(&[Given::Thumbprint(hex)]).unwrap().expectation,
        }
    }

    fn selection(&self) -> Selection {
        let mut selection = Selection::default();
        match &self.selected {
            Selected::All => {}
            Selected::Name(name) => selection.server_names.push(name.clone()),
            Selected::Server(server) => selection
                .servers
                .push(ServerAddress { address: server.ip(), port: Some(server.port()) }),
        }
        selection
    }

    /// The library's answer.
    pub(super) fn of_library(&self, evidence: &Evidence) -> Answer {
        let part = Part {
            expectation: self.expectation(),
            selection: self.selection(),
            ..Part::default()
        };
        let parts = [part];
        let mut evidence = evidence.clone();
        let handshakes = Handshakes::new(&mut evidence, &parts);
        let judgements: Vec<Judgement<'_>> = evidence
            .connections
            .iter()
            .zip(&handshakes.of)
            .map(|(connection, handshake)| match connection.same_handshake_as {
                Some(_) => Judgement::same_handshake(),
                None => handshakes.all[*handshake].said(&parts)[0]
                    .judgement(&parts[0], &connection.observation),
            })
            .collect();
        let of_connections = run_result(&judgements, false);
        let is_complete = evidence.is_complete();
        let result = if of_connections == RunResult::Pass && !is_complete {
            RunResult::Inconclusive.code()
        } else {
            of_connections.code()
        };
        let verdicts =
            evidence.connections.iter().zip(&judgements).map(|(connection, judgement)| {
                let ends = BTreeSet::from(connection.endpoints);
                (ends, connection.first_frame, judgement.verdict.code().to_owned())
            });
        Answer { result: result.to_owned(), verdicts: verdicts.collect() }
    }
}

impl Answer {
    /// The program's answer.
    pub(super) fn of_program(options: &[String], file: &Path, keys: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
        command.args(["verify", "--format", "json"]).args(options);
        if let Some(keys) = keys {
            command.arg("--keylog").arg(keys);
        }
        let output = command.arg(file).output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let status = match output.status.code() {
            Some(0) => "pass",
            Some(1) => "fail",
            Some(2) => "error",
            Some(3) => "inconclusive",
            _ => "crash",
        };
        let end = |end: &serde_json::Value| {
            let address = end["address"].as_str()?.parse().ok()?;
            Some(SocketAddr::new(address, u16::try_from(end["port"].as_u64()?).ok()?))
        };
        let verdicts = answer["connections"].as_array().into_iter().flatten().map(|connection| {
            let ends = connection["endpoints"].as_array().into_iter().flatten().filter_map(end);
            let ends = ends.collect();
            let frame = connection["first_frame"].as_u64().unwrap_or(0);
            (ends, frame, connection["verdict"].as_str().unwrap_or("").to_owned())
        });
        Self { result: status.to_owned(), verdicts: verdicts.collect() }
    }
}

/// What the library sees in a file.
pub(super) fn examine(file: &[u8], keys: &str) -> Evidence {
    let mut witness = Witness::new(Limits::default());
    witness.key_log(keys.as_bytes()).unwrap();
    if let Err(error) = witness.examine("damaged", file) {
        witness.unusable("damaged", error.to_string());
    }
    witness.finish()
}
