//! Key logs that do not fit, and secrets that stand under another random.
#![expect(clippy::unwrap_used, clippy::print_stderr, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use mtls_witness::inspect::{ClientAuthentication, Obscurity, Observation, Outcome, Possession};
use mtls_witness::limits::Limits;
use mtls_witness::witness::Witness;

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

fn captures(name: &str) -> PathBuf {
    Path::new(PROJECT).join("captures").join(name)
}

fn observe(capture: &Path, key_logs: &[&str]) -> Observation {
    let mut witness = Witness::new(Limits::default());
    for log in key_logs {
        witness.key_log(log.as_bytes()).unwrap();
    }
    witness.examine("capture", std::fs::read(capture).unwrap().as_slice()).unwrap();
    witness.finish().connections.into_iter().next().unwrap().observation
}

fn obscurity(observation: &Observation) -> &Obscurity {
    match &observation.handshakes.first().unwrap().client_authentication {
        ClientAuthentication::Obscured(obscurity) => obscurity,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_secret_is_given_is_only_said_where_none_was() {
    let capture = captures("tls13-client-certificate.pcapng");
    let none = observe(&capture, &[]);
    assert!(obscurity(&none).detail.contains("no secret is given"));
    let other = std::fs::read_to_string(captures("tls13-declined.keys")).unwrap();
    let others = std::fs::read_to_string(captures("tls13-resumed-chain.keys")).unwrap();
    let own = std::fs::read_to_string(captures("tls13-client-certificate.keys")).unwrap();
    let random = own.lines().find(|line| line.starts_with("CLIENT_HANDSHAKE")).unwrap();
    let random = random.split(' ').nth(1).unwrap().to_lowercase();
    let sessions = |text: &str| {
        let randoms = text.lines().filter_map(|line| line.split(' ').nth(1));
        randoms.filter(|random| random.len() == 64).collect::<std::collections::BTreeSet<_>>().len()
    };
    for (logs, count) in [
        (vec![other.as_str()], 1),
        (vec![others.as_str()], sessions(&others)),
        (vec![other.as_str(), &others], 1 + sessions(&others)),
    ] {
        let observation = observe(&capture, &logs);
        let detail = &obscurity(&observation).detail;
        assert!(detail.contains(&format!("none for its client random {random}")), "{detail}");
        let sessions =
            if count == 1 { "1 session,".to_owned() } else { format!("{count} sessions,") };
        assert!(detail.contains(&sessions), "{count}: {detail}");
        assert!(!detail.contains("no secret is given") && !detail.contains("ECH"), "{detail}");
    }
}

#[test]
fn a_renegotiation_names_the_key_log_that_has_nothing_for_it() {
    let capture = captures("tls12-renegotiation.pcap");
    let other = std::fs::read_to_string(captures("tls12-renegotiation-declined.keys")).unwrap();
    let observation = observe(&capture, &[&other]);
    let ClientAuthentication::Obscured(obscurity) =
        &observation.handshakes.last().unwrap().client_authentication
    else {
        panic!("{observation:?}");
    };
    assert!(obscurity.detail.contains("none for its client random"), "{}", obscurity.detail);
    assert!(!obscurity.detail.contains("no secret is given"), "{}", obscurity.detail);
}

/// More values are given for one secret than are tried, and the one that fits comes last.
#[test]
fn a_secret_that_was_not_tried_is_a_limit_and_no_failure() {
    for (capture, labels) in [
        ("tls13-client-certificate.pcapng", vec!["SERVER_HANDSHAKE", "CLIENT_HANDSHAKE"]),
        ("tls12-renegotiation.pcap", vec!["CLIENT_RANDOM"]),
    ] {
        let path = captures(capture);
        let own = std::fs::read_to_string(path.with_extension("keys")).unwrap();
        let mut log = String::new();
        for line in own.lines().filter(|line| labels.iter().any(|label| line.starts_with(label))) {
            let (name, secret) = line.rsplit_once(' ').unwrap();
            for wrong in 0..4 {
                log.push_str(&format!("{name} {}\n", format!("{wrong:x}").repeat(secret.len())));
            }
        }
        log.push_str(&own);
        let observation = observe(&path, &[&log]);
        let ClientAuthentication::Obscured(obscurity) =
            &observation.handshakes.last().unwrap().client_authentication
        else {
            panic!("{capture}: {observation:?}");
        };
        assert_eq!(
            obscurity.reason,
            mtls_witness::inspect::ObscuredReason::LimitReached,
            "{capture}"
        );
    }
}

/// The secrets of a client whose encrypted hello was accepted stand under a random that is not in
/// the capture.
#[test]
fn an_accepted_encrypted_hello_is_proved_by_its_secrets() {
    let folder = Path::new(PROJECT).join("../shared/cases");
    let capture = folder.join("go-ech.pcapng");
    if !capture.exists() {
        eprintln!("skipped: {} is not there", capture.display());
        return;
    }
    let inner = std::fs::read_to_string(folder.join("go-ech.keys")).unwrap();
    let other = std::fs::read_to_string(captures("tls13-declined.keys")).unwrap();
    for logs in [vec![inner.as_str()], vec![other.as_str(), &inner]] {
        let observation = observe(&capture, &logs);
        assert!(observation.encrypted_client_hello_accepted);
        let handshake = observation.handshakes.first().unwrap();
        assert_eq!(handshake.outcome, Outcome::Completed);
        let ClientAuthentication::Presented(presented) = &handshake.client_authentication else {
            panic!("{handshake:?}");
        };
        // What is signed begins with the hello that nobody sees.
        assert_eq!(presented.possession, Possession::NotSeen);
    }
    let observation = observe(&capture, &[&other]);
    assert!(!observation.encrypted_client_hello_accepted);
    assert!(obscurity(&observation).detail.contains("ECH"));
}

#[test]
fn of_each_key_log_is_told_whether_it_had_to_do_with_the_captures() {
    let capture = captures("tls13-client-certificate.pcapng");
    let read = |name: &str| std::fs::read_to_string(captures(name)).unwrap();
    let mut witness = Witness::new(Limits::default());
    for name in ["tls13-declined.keys", "tls13-client-certificate.keys", "tls13-resumed-chain.keys"]
    {
        witness.key_log(read(name).as_bytes()).unwrap();
    }
    // One that repeats another has no session of its own.
    witness.key_log(read("tls13-declined.keys").as_bytes()).unwrap();
    witness.examine("capture", std::fs::read(capture).unwrap().as_slice()).unwrap();
    let uses = witness.key_log_uses();
    let met: Vec<usize> = uses.iter().map(|one| one.met).collect();
    assert_eq!(met, [0, 1, 0, 0]);
    let sessions: Vec<usize> = uses.iter().map(|one| one.sessions).collect();
    assert!(matches!(sessions.as_slice(), [1, 1, more, 0] if *more > 1), "{sessions:?}");
}
