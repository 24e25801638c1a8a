//! Links between connections: how far they hold.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use mtls_witness::inspect::{ClientAuthentication, Handshake, PskOrigin};
use mtls_witness::limits::Limits;
use mtls_witness::witness::{Evidence, Witness, code};

#[test]
fn tickets_beyond_the_bound_link_nothing_and_are_reported() {
    let mut limits = Limits::default();
    limits.tickets_per_connection = 1;
    // OpenSSL issues two tickets, and its client keeps the second.
    let evidence = examine("tls13-resumed-two-identities", limits, |line| line.to_owned());
    assert_eq!(original(&evidence), None);
    let first = evidence.connections.first().unwrap();
    assert!(first.anomalies.iter().any(|anomaly| anomaly.code == code::LIMIT_REACHED));
}

#[test]
fn without_the_secret_of_the_tickets_a_pre_shared_key_is_of_unknown_origin() {
    let without = |line: &str| match line.starts_with("SERVER_TRAFFIC_SECRET_0") {
        true => String::new(),
        false => line.to_owned(),
    };
    let evidence = examine("tls13-resumed-two-identities", Limits::default(), without);
    assert_eq!(original(&evidence), None);
    let key = second(&evidence).session.pre_shared_key.unwrap();
    assert_eq!((key.origin, key.offered, key.accepted), (PskOrigin::Unknown, Some(2), Some(0)));
}

#[test]
fn only_the_accepted_one_of_several_identities_counts() {
    let linked = examine("tls13-resumed-two-identities", Limits::default(), str::to_owned);
    assert_eq!(original(&linked), Some(0));
    // The first identity is a ticket of the first connection, and the server took the other.
    let external =
        examine("tls13-external-psk-of-two-identities", Limits::default(), str::to_owned);
    assert_eq!(original(&external), None);
    let key = second(&external).session.pre_shared_key.unwrap();
    assert_eq!((key.accepted, key.zero_ticket_age), (Some(1), Some(true)));
}

/// The stream whose session the second connection resumed.
fn original(evidence: &Evidence) -> Option<u64> {
    match &second(evidence).client_authentication {
        ClientAuthentication::Resumed { original } => {
            original.as_ref().and_then(|original| original.stream)
        }
        _ => None,
    }
}

fn second(evidence: &Evidence) -> &Handshake {
    evidence.connections.get(1).unwrap().observation.handshakes.first().unwrap()
}

fn examine(name: &str, limits: Limits, line: impl Fn(&str) -> String) -> Evidence {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let keys = std::fs::read_to_string(captures.join(name).with_extension("keys")).unwrap();
    let keys: Vec<String> = keys.lines().map(line).collect();
    let capture = std::fs::read(captures.join(name).with_extension("pcap")).unwrap();
    let mut witness = Witness::new(limits);
    witness.key_log(keys.join("\n").as_bytes()).unwrap();
    witness.examine(name, capture.as_slice()).unwrap();
    witness.finish()
}
