//! The Finished of both sides prove that the messages captured are the ones that were exchanged.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};

use mtls_witness::inspect::{ClientAuthentication, Finished, Handshake, ObscuredReason, Outcome};
use mtls_witness::limits::Limits;
use mtls_witness::witness::{Evidence, Witness};

/// Captures of a connection whose messages or secrets are not all there, or of endpoints that did
/// not finish: there is nothing to check.
fn is_incomplete(capture: &Path) -> bool {
    let name = capture.file_name().unwrap().to_string_lossy();
    ["wrong", "secret", "gap", "starts", "ends", "another", "refused", "copied"]
        .iter()
        .any(|word| name.contains(word))
}

#[test]
fn finished_of_every_decrypted_handshake_fit() {
    let mut verified = 0;
    for (capture, keys) in captures_with_keys() {
        let evidence = examine(&std::fs::read(&capture).unwrap(), &keys);
        for handshake in evidence.connections.iter().flat_map(|one| &one.observation.handshakes) {
            assert_ne!(handshake.finished, Finished::Failed, "{}", capture.display());
            verified += usize::from(handshake.finished == Finished::Verified);
            if is_whole(handshake) && !is_incomplete(&capture) {
                assert_eq!(handshake.finished, Finished::Verified, "{}", capture.display());
            }
        }
    }
    assert!(verified >= 80, "{verified}");
}

/// Whoever changes a clear message in the capture, and keeps its form, is found out: by the keys,
/// which depend on the hellos, or by the Finished, which cover all of it.
#[test]
fn changed_clear_message_is_never_taken_for_what_was_exchanged() {
    let mut found_out = 0;
    for (capture, keys) in captures_with_keys() {
        if !capture.to_string_lossy().contains("tls12-renegotiation-after-presented") {
            continue;
        }
        let bytes = std::fs::read(&capture).unwrap();
        let genuine = examine(&bytes, &keys);
        let chain = &genuine.connections[0].observation.handshakes[0].server_chain;
        let der = &chain[0].der;
        let at = bytes.windows(64).position(|window| window == &der[..64]).unwrap();
        for offset in (0..der.len().min(600)).step_by(7) {
            let mut changed = bytes.clone();
            changed[at + offset] ^= 1;
            let evidence = examine(&changed, &keys);
            let first = &evidence.connections[0].observation.handshakes[0];
            if first.server_chain == *chain {
                continue;
            }
            assert_eq!(first.finished, Finished::Failed, "byte {offset}");
            let ClientAuthentication::Obscured(obscurity) = &first.client_authentication else {
                panic!("byte {offset}: {:?}", first.client_authentication);
            };
            assert_eq!(obscurity.reason, ObscuredReason::Malformed);
            found_out += 1;
        }
    }
    assert!(found_out > 50, "{found_out}");
}

fn is_whole(handshake: &Handshake) -> bool {
    let told = !matches!(handshake.client_authentication, ClientAuthentication::Obscured(_));
    told && handshake.outcome == Outcome::Completed && !handshake.client_hello_frames.is_empty()
}

fn examine(capture: &[u8], keys: &Path) -> Evidence {
    let mut witness = Witness::new(Limits::default());
    witness.key_log(std::fs::File::open(keys).unwrap()).unwrap();
    witness.examine("capture", capture).unwrap();
    witness.finish()
}

fn captures_with_keys() -> Vec<(PathBuf, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "keys"))
        // Without one of its name, a key log belongs to a recording in several files.
        .filter_map(|keys| {
            let mut capture = ["pcap", "pcapng"].iter().map(|it| keys.with_extension(it));
            Some((capture.find(|path| path.exists())?, keys))
        })
        .collect();
    found.sort();
    found
}
