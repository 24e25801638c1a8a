//! Windows Event Trace Logs show what the same packets show in a capture of another format.
#![expect(clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

mod recorded;

use std::net::SocketAddr;
use std::path::Path;

use mtls_witness::capture::{CaptureReader, Item};
use mtls_witness::inspect::{ClientAuthentication, Observation};
use mtls_witness::limits::Limits;
use mtls_witness::witness::{Connection, Evidence, Witness};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

fn examined(bytes: &[u8]) -> Evidence {
    let mut witness = Witness::new(Limits::default());
    witness.examine("capture", bytes).unwrap();
    witness.finish()
}

/// What the connections of a capture show, without the numbers of frames.
fn shown(evidence: Evidence) -> Vec<([SocketAddr; 2], Observation)> {
    let of = |mut connection: Connection| {
        connection.observation.frames_mut().for_each(|frame| *frame = 0);
        for handshake in &mut connection.observation.handshakes {
            // Its numbers are those of another connection.
            if let ClientAuthentication::Resumed { original } = &mut handshake.client_authentication
            {
                *original = None;
            }
        }
        let Connection { endpoints, observation, .. } = connection;
        (endpoints, observation)
    };
    evidence.connections.into_iter().map(of).collect()
}

fn has_secrets(bytes: &[u8]) -> bool {
    let mut reader = CaptureReader::new(bytes, &Limits::default(), false).unwrap();
    while let Some(item) = reader.read().unwrap() {
        if matches!(item, Item::Secrets(_)) {
            return true;
        }
    }
    false
}

#[test]
fn captures_written_as_logs_show_the_same_connections() {
    let mut compared = 0;
    for path in recorded::captures() {
        let Some(log) = recorded::log::of_capture(&path) else { continue };
        let capture = std::fs::read(&path).unwrap();
        if has_secrets(&capture) {
            continue;
        }
        let [capture, log] = [capture, log].map(|bytes| examined(&bytes));
        assert_eq!(log.captures[0].format, "etl");
        assert_eq!(log.captures[0].packets, capture.captures[0].packets, "{}", path.display());
        assert!(shown(log) == shown(capture), "{}", path.display());
        compared += 1;
    }
    assert!(compared > 20, "{compared} captures");
}

#[test]
fn logs_of_the_corpus_are_accounted_for() {
    let folder = Path::new(PROJECT).join("../shared/corpus-etl");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no ../shared/corpus-etl");
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let mut witness = Witness::new(Limits::default());
        let bytes = std::fs::read(&path).unwrap();
        if witness.examine("capture", bytes.as_slice()).is_err() {
            continue;
        }
        let summary = witness.finish().captures.remove(0);
        let coverage = summary.coverage;
        let not_followed: u64 = coverage.not_followed.iter().map(|kind| kind.packets).sum();
        let others = coverage.other + coverage.unreadable + not_followed;
        let all = coverage.tls + coverage.tcp_without_tls + others + coverage.not_followed_further;
        assert_eq!(all, summary.packets, "{}", path.display());
        assert!(summary.incomplete.is_empty(), "{}", path.display());
    }
}
