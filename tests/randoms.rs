//! What tells recordings of one handshake from others: digests of both hellos' randoms.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use mtls_witness::limits::Limits;
use mtls_witness::witness::{Evidence, Witness};
use sha2::{Digest, Sha256};

fn examine(capture: &str) -> (Vec<u8>, Evidence) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(capture);
    let bytes = std::fs::read(path).unwrap();
    let mut witness = Witness::new(Limits::default());
    witness.examine(capture, bytes.as_slice()).unwrap();
    (bytes, witness.finish())
}

/// The randoms stand behind the record header, the message header and the version.
fn random_after(bytes: &[u8], message_type: u8) -> u64 {
    let is_hello = |window: &[u8]| matches!(window, &[22, 3, _, _, _, found, 0, _, _, 3, 3, ..] if found == message_type);
    let at = bytes.windows(43).position(is_hello).unwrap();
    let digest = Sha256::digest(bytes.get(at + 11..at + 43).unwrap());
    u64::from_be_bytes(*digest.first_chunk().unwrap())
}

#[test]
fn both_randoms_of_a_handshake_are_told() {
    for capture in
        ["tls12-client-certificate.pcapng", "tls12-declined.pcap", "tls13-declined.pcapng"]
    {
        let (bytes, evidence) = examine(capture);
        let randoms = [random_after(&bytes, 1), random_after(&bytes, 2)];
        let connection = evidence.connections.first().unwrap();
        assert_eq!(connection.randoms, randoms.map(Some), "{capture}");
    }
}

#[test]
fn the_random_of_a_hello_retry_request_is_not_the_servers() {
    let (_, retried) = examine("tls13-hello-retry-request.pcapng");
    let (_, declined) = examine("tls13-hello-retry-request-declined.pcap");
    let of = |evidence: &Evidence| evidence.connections.first().unwrap().randoms;
    assert!(of(&retried).iter().all(Option::is_some));
    assert_ne!(of(&retried), of(&declined));
    assert_ne!(of(&retried)[1], of(&declined)[1]);
}

#[test]
fn a_hello_that_is_not_there_has_none() {
    let (_, evidence) = examine("tls12-server-direction-only.pcapng");
    let [client, server] = evidence.connections.first().unwrap().randoms;
    assert!(client.is_none() && server.is_some());
}
