//! What the messages of one connection prove, on real bytes that were cut, moved or framed anew.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

mod recorded;

use std::path::PathBuf;

use mtls_witness::flow::Side;
use mtls_witness::inspect::{
    ClientAuthentication, Handshake, ObscuredReason, Observation, Outcome, Possession,
};
use mtls_witness::limits::Limits;
use mtls_witness::witness::Witness;

/// What one side sends at once; `lost` where the recorder missed it.
#[derive(Clone, Debug)]
struct Turn {
    side: Side,
    bytes: Vec<u8>,
    lost: bool,
}

/// A connection as it is written into a capture.
#[derive(Clone, Debug)]
struct Talk {
    turns: Vec<Turn>,
    /// Who closes, in order.
    closes: Vec<Side>,
    keys: Option<PathBuf>,
}

const FATAL_UNKNOWN_CA: [u8; 2] = [2, 48];

impl Talk {
    fn of(capture: &str) -> Self {
        let path = PathBuf::from(PROJECT).join("captures").join(capture);
        let turns = recorded::dialogue(&path);
        Self {
            turns: turns
                .into_iter()
                .map(|(side, bytes)| Turn { side, bytes, lost: false })
                .collect(),
            closes: vec![Side::Second, Side::First],
            keys: None,
        }
    }

    fn with_keys(capture: &str) -> Self {
        let path = PathBuf::from(PROJECT).join("captures").join(capture).with_extension("keys");
        Self { keys: Some(path), ..Self::of(capture) }
    }

    /// Adds something to what was sent.
    fn insert(mut self, index: usize, side: Side, bytes: &[u8]) -> Self {
        self.turns.insert(index, Turn { side, bytes: bytes.to_vec(), lost: false });
        self
    }

    /// Replaces the records of one turn.
    fn records(mut self, index: usize, records: &[Vec<u8>]) -> Self {
        self.turns[index].bytes = records.concat();
        self
    }

    fn until(mut self, count: usize) -> Self {
        self.turns.truncate(count);
        self
    }

    fn closed_by(mut self, closes: &[Side]) -> Self {
        self.closes = closes.to_vec();
        self
    }

    /// A classic capture of it, over IPv4 without a link layer.
    fn capture(&self) -> Vec<u8> {
        let mut file = [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 0x4_0000, 101]
            .iter()
            .flat_map(|number| match number {
                0x0002_0004 => [2, 0, 4, 0],
                number => number.to_le_bytes(),
            })
            .collect::<Vec<u8>>();
        let mut next = [1_u32, 1];
        let mut add = |side: Side, flags: u8, bytes: &[u8], next: [u32; 2], time: u32| {
            let (own, other) = match side {
                Side::First => (0, 1),
                Side::Second => (1, 0),
            };
            let (ports, hosts) = ([40000_u16, 443], [4_u8, 5]);
            let length = u16::try_from(40 + bytes.len()).unwrap();
            let mut packet = vec![0x45, 0];
            packet.extend(length.to_be_bytes());
            packet.extend([
                0,
                0,
                0x40,
                0,
                64,
                6,
                0,
                0,
                10,
                0,
                0,
                hosts[own],
                10,
                0,
                0,
                hosts[other],
            ]);
            packet.extend(ports[own].to_be_bytes());
            packet.extend(ports[other].to_be_bytes());
            packet.extend(next[own].to_be_bytes());
            packet.extend(next[other].to_be_bytes());
            packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
            packet.extend(bytes);
            for number in [time, 0, length.into(), length.into()] {
                file.extend(number.to_le_bytes());
            }
            file.extend(packet);
        };
        add(Side::First, 0x02, &[], [0, 0], 1);
        add(Side::Second, 0x12, &[], [1, 0], 1);
        for (turn, time) in self.turns.iter().zip(2..) {
            if !turn.lost {
                add(turn.side, 0x18, &turn.bytes, next, time);
            }
            let own = usize::from(turn.side == Side::Second);
            next[own] += u32::try_from(turn.bytes.len()).unwrap();
        }
        for side in &self.closes {
            add(*side, 0x11, &[], next, 1000);
            next[usize::from(*side == Side::Second)] += 1;
        }
        file
    }

    fn observe(&self) -> Observation {
        let mut witness = Witness::new(Limits::default());
        if let Some(keys) = &self.keys {
            witness.key_log(std::fs::File::open(keys).unwrap()).unwrap();
        }
        witness.examine("capture", self.capture().as_slice()).unwrap();
        witness.finish().connections.into_iter().next().unwrap().observation
    }

    fn handshake(&self) -> Handshake {
        self.observe().handshakes.into_iter().next().unwrap()
    }

    fn outcome(&self) -> Outcome {
        self.handshake().outcome
    }

    fn possession(&self) -> Possession {
        match self.handshake().client_authentication {
            ClientAuthentication::Presented(presented) => presented.possession,
            other => panic!("{other:?}"),
        }
    }

    fn reason(&self) -> Option<ObscuredReason> {
        match self.handshake().client_authentication {
            ClientAuthentication::Obscured(obscurity) => Some(obscurity.reason),
            _ => None,
        }
    }
}

fn record(content_type: u8, fragment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(fragment.len()).unwrap().to_be_bytes();
    [&[content_type, 3, 3], length.as_slice(), fragment].concat()
}

/// The records of a turn.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while rest.len() >= 5 {
        let length = 5 + usize::from(u16::from_be_bytes([rest[3], rest[4]]));
        let (record, after) = rest.split_at(length);
        records.push(record.to_vec());
        rest = after;
    }
    records
}

/// Turns: the hello; the server's flight; the client's; the server's ticket and Finished.
const TLS12: &str = "tls12-client-certificate.pcapng";
/// The same, with the alert last.
const TLS12_REFUSED: &str = "tls12-refused-unknown-ca.pcapng";
/// Turns: the hello; the server's flight; the client's; two tickets.
const TLS13: &str = "tls13-client-certificate.pcapng";

#[test]
fn a_rebuilt_capture_says_what_the_recorded_one_does() {
    assert!(matches!(Talk::of(TLS12).possession(), Possession::Verified { .. }));
    assert_eq!(Talk::of(TLS12).outcome(), Outcome::Completed);
    assert!(matches!(Talk::with_keys(TLS13).possession(), Possession::Verified { .. }));
    assert_eq!(Talk::with_keys(TLS13).outcome(), Outcome::Completed);
}

#[test]
fn no_clear_message_follows_the_hello_of_tls_1_3() {
    for message_type in [0, 1, 2, 4, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24, 25, 99] {
        let message = record(22, &[message_type, 0, 0, 4, 0, 0, 0, 0]);
        for keys in [false, true] {
            let talk = if keys { Talk::with_keys(TLS13) } else { Talk::of(TLS13) };
            let server = {
                let mut records = split(&talk.turns[1].bytes);
                records.insert(1, message.clone());
                talk.clone().records(1, &records)
            };
            let client = {
                let mut records = split(&talk.turns[2].bytes);
                records.insert(0, message.clone());
                talk.clone().records(2, &records)
            };
            // The server's flight recorded after the client's.
            let mut late = client.clone();
            late.turns.swap(1, 2);
            for (name, talk) in [("server", server), ("client", client), ("late", late)] {
                let reason = talk.reason();
                assert_eq!(
                    reason,
                    Some(ObscuredReason::Malformed),
                    "{name}, type {message_type}, keys: {keys}"
                );
            }
        }
    }
}

#[test]
fn alerts_and_change_cipher_spec_may_be_in_the_clear() {
    let talk = Talk::with_keys(TLS13);
    let with_alert = talk.clone().insert(2, Side::First, &record(21, &[1, 90]));
    assert_eq!(with_alert.reason(), None);
    let with_change = talk.insert(2, Side::First, &record(20, &[1]));
    assert_eq!(with_change.reason(), None);
}

#[test]
fn no_alert_is_an_answer_after_ssl_3() {
    let talk = Talk::of("tls12-declined.pcap");
    let mut records = split(&talk.turns[2].bytes);
    records[0] = record(21, &[1, 41]);
    assert_eq!(talk.clone().records(2, &records).reason(), Some(ObscuredReason::Malformed));
    let alone = talk.records(2, &records[..1]).until(3);
    assert_eq!(alone.reason(), Some(ObscuredReason::EndedEarly));
}

#[test]
fn a_refusal_is_read_in_any_framing() {
    let [level, description] = FATAL_UNKNOWN_CA;
    let alert = record(21, &FATAL_UNKNOWN_CA);
    let framings = [
        vec![record(21, &[level]), record(21, &[description])],
        vec![record(21, &[1, 90, level, description])],
        vec![record(21, &[1, 90, level]), record(21, &[description])],
        vec![record(21, &[]), alert.clone()],
        vec![record(24, &[1, 0, 0]), alert.clone()],
        vec![record(23, &[0; 40]), alert.clone()],
        vec![alert],
    ];
    for (index, framing) in framings.iter().enumerate() {
        let handshake = Talk::of(TLS12_REFUSED).records(3, framing).handshake();
        assert_eq!(handshake.outcome, Outcome::Refused, "{index}");
        let read = handshake.alerts.iter().any(|seen| seen.alert.description.0 == 48);
        assert!(read, "{index}: {:?}", handshake.alerts);
    }
}

#[test]
fn only_the_servers_finished_completes_a_handshake() {
    let talk = Talk::of(TLS12);
    let records = split(&talk.turns[3].bytes);
    let change = records[1].clone();
    for (name, answer) in [
        ("a heartbeat", vec![record(24, &[1, 0, 0])]),
        ("application data", vec![record(23, &[0; 40])]),
        ("an alert that cannot be read", vec![change.clone(), record(21, &[0; 26])]),
        ("a ChangeCipherSpec", vec![change.clone()]),
        ("application data behind it", vec![change, record(23, &[0; 40])]),
    ] {
        let talk = talk.clone().records(3, &answer).until(4);
        assert_eq!(talk.outcome(), Outcome::Unknown, "{name}");
    }
}

#[test]
fn who_ends_the_connection_decides_between_refused_and_unfinished() {
    let talk = Talk::of(TLS12).until(3);
    let by_server = talk.clone().closed_by(&[Side::Second, Side::First]);
    assert_eq!(by_server.outcome(), Outcome::Refused);
    let by_client = talk.closed_by(&[Side::First, Side::Second]);
    assert_eq!(by_client.outcome(), Outcome::Unfinished);
    let alert_of_client = Talk::of("tls12-client-rejects-server.pcap").handshake();
    assert_eq!(alert_of_client.outcome, Outcome::Unfinished);
    assert_eq!(alert_of_client.alerts.len(), 1);
}

#[test]
fn what_a_tls_1_3_server_sends_before_the_clients_finished_does_not_accept_it() {
    let mut talk = Talk::with_keys(TLS13).until(5);
    assert_eq!(talk.outcome(), Outcome::Completed);
    // Both tickets recorded before the client's flight.
    talk.turns.swap(2, 4);
    talk.turns.swap(2, 3);
    assert_eq!(talk.outcome(), Outcome::Unknown);
    let mut without = Talk::with_keys(TLS13).until(3).closed_by(&[Side::First, Side::Second]);
    assert_eq!(without.outcome(), Outcome::Unknown);
    without.closes = vec![Side::Second, Side::First];
    assert_eq!(without.outcome(), Outcome::Refused);
}

#[test]
fn a_left_out_certificate_verify_is_missing_and_a_lost_one_not_seen() {
    let talk = Talk::of(TLS12);
    let records = split(&talk.turns[2].bytes);
    assert_eq!(records.len(), 5);
    let without = [&records[..2], &records[3..]].concat();
    assert_eq!(talk.clone().records(2, &without).possession(), Possession::Missing);
    // The same, one message a segment, and each in turn lost.
    let segments = |lost: usize, records: &[Vec<u8>]| {
        let mut split = talk.clone();
        let turns = records.iter().enumerate().map(|(index, bytes)| Turn {
            side: Side::First,
            bytes: bytes.clone(),
            lost: index == lost,
        });
        split.turns.splice(2..3, turns);
        split
    };
    assert_eq!(segments(9, &without).possession(), Possession::Missing);
    assert!(matches!(segments(9, &records).possession(), Possession::Verified { .. }));
    for lost in [1, 2] {
        assert_eq!(segments(lost, &records).possession(), Possession::NotSeen, "{lost}");
    }
    // Broken off behind the Certificate, by a server that refuses it.
    let refused = talk.clone().records(2, &records[..1]).until(3);
    let refused = refused.insert(3, Side::Second, &record(21, &FATAL_UNKNOWN_CA));
    assert_eq!(refused.possession(), Possession::NotSeen);
    // An empty ClientKeyExchange: a certificate with fixed parameters does not sign.
    let fixed = |capture: &str| {
        let talk = Talk::of(capture);
        let records = split(&talk.turns[2].bytes);
        let fixed = [&records[..1], &[record(22, &[16, 0, 0, 0])], &records[3..]].concat();
        talk.records(2, &fixed).possession()
    };
    assert_eq!(fixed("tls12-client-certificate-p256.pcap"), Possession::NotSeen);
    assert_eq!(fixed(TLS12), Possession::Missing);
}

#[test]
fn cut_bytes_are_never_a_signature_that_cannot_be_checked() {
    let talk = Talk::of(TLS12);
    let flight = talk.turns[2].bytes.clone();
    let split = |turn: usize, bytes: &[u8], from: usize, length: usize| {
        let mut talk = talk.clone();
        let side = talk.turns[turn].side;
        let parts =
            [(0, from, false), (from, from + length, true), (from + length, bytes.len(), false)];
        talk.turns.splice(
            turn..=turn,
            parts.map(|(from, to, lost)| Turn { side, bytes: bytes[from..to].to_vec(), lost }),
        );
        talk
    };
    let verify = split_at(&flight, 2);
    for from in (verify.0 + 10..verify.1 - 20).step_by(40) {
        assert_eq!(split(2, &flight, from, 10).possession(), Possession::NotSeen, "{from}");
    }
    let server = talk.turns[1].bytes.clone();
    for from in (100..server.len() - 200).step_by(90) {
        let possession = match split(1, &server, from, 10).handshake().client_authentication {
            ClientAuthentication::Presented(presented) => presented.possession,
            _ => continue,
        };
        assert_eq!(possession, Possession::NotSeen, "{from}");
    }
}

/// Where the record at `index` begins and ends.
fn split_at(bytes: &[u8], index: usize) -> (usize, usize) {
    let records = split(bytes);
    let begin = records[..index].concat().len();
    (begin, begin + records[index].len())
}

#[test]
fn a_skipped_certificate_message_is_told_from_a_lost_one() {
    let talk = Talk::of(TLS12);
    let records = split(&talk.turns[2].bytes);
    let skipped = [&records[1..2], &records[3..]].concat();
    let handshake = talk.clone().records(2, &skipped).handshake();
    assert!(handshake.certificate_message_missing);
    let mut lost = talk;
    let parts = [(records[0].clone(), true), (skipped.concat(), false)];
    lost.turns.splice(2..3, parts.map(|(bytes, lost)| Turn { side: Side::First, bytes, lost }));
    assert!(!lost.handshake().certificate_message_missing);
    assert_eq!(lost.reason(), Some(ObscuredReason::Gap));
}

#[test]
fn a_record_longer_than_any_version_allows_is_malformed_and_the_alert_is_read() {
    let talk = Talk::of(TLS12);
    let mut records = split(&talk.turns[2].bytes);
    records[0][3..5].copy_from_slice(&0x4801_u16.to_be_bytes());
    let talk = talk.records(2, &records).until(3);
    let talk = talk.insert(3, Side::Second, &record(21, &[2, 22]));
    assert_eq!(talk.reason(), Some(ObscuredReason::Malformed));
    let handshake = talk.handshake();
    assert_eq!(handshake.outcome, Outcome::Refused);
    assert_eq!(handshake.alerts[0].alert.description.to_string(), "record_overflow");
}
