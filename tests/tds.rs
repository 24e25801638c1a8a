//! A connection inside SQL Server's packets shows what it shows by itself, and no loss makes it show
//! something else.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod recorded;

use std::path::Path;

use mtls_witness::inspect::{ClientAuthentication, Outcome};
use mtls_witness::limits::Limits;
use mtls_witness::net::{Decoder, Flags};
use mtls_witness::witness::{Connection, Evidence, Witness};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

const RECORDINGS: [&str; 3] =
    ["tls12-client-certificate-go.pcap", "tls12-declined-go.pcap", "tls12-not-requested-go.pcap"];

/// Options of a PRELOGIN packet, as both sides send them.
const OPTIONS: &[u8] =
    &[0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 15, 0, 7, 0, 0, 0, 1, 0x10, 0x20, 0x30, 0x40, 0];

/// Payloads with who sent them: `true` for the client.
type Talk = Vec<(bool, Vec<u8>)>;

fn recorded_talk(name: &str) -> Talk {
    let mut decoder = Decoder::new(&Limits::default());
    let mut client = None;
    let mut talk: Talk = Vec::new();
    recorded::for_each_packet(&Path::new(PROJECT).join("captures").join(name), |packet| {
        let Ok(segment) = decoder.decode(packet) else { return };
        if segment.flags.contains(Flags::SYN) {
            client.get_or_insert(segment.source);
        }
        if segment.payload.is_empty() {
            return;
        }
        let from_client = Some(segment.source) == client;
        match talk.last_mut() {
            Some((last, bytes)) if *last == from_client => bytes.extend(segment.payload),
            _ => talk.push((from_client, segment.payload.to_vec())),
        }
    });
    talk
}

fn packet(kind: u8, payload: &[u8], is_last: bool) -> Vec<u8> {
    let [high, low] = u16::try_from(payload.len() + 8).unwrap().to_be_bytes();
    [&[kind, is_last.into(), high, low, 0, 0, 1, 0], payload].concat()
}

/// The same talk with its handshake in packets of `size` bytes, those of the server of type `answer`.
fn wrapped(talk: &Talk, size: usize, answer: u8) -> Talk {
    let mut all = vec![(true, packet(0x12, OPTIONS, true)), (false, packet(4, OPTIONS, true))];
    for (from_client, bytes) in talk {
        let is_handshake = [20, 22].contains(&bytes[0]);
        let kind = if *from_client { 0x12 } else { answer };
        let parts = bytes.chunks(size - 8);
        let count = parts.len();
        let packets = parts.enumerate().flat_map(|(n, part)| packet(kind, part, n + 1 == count));
        let bytes = if is_handshake { packets.collect() } else { bytes.clone() };
        all.push((*from_client, bytes));
    }
    all
}

/// A classic capture of IPv4 packets, one for each `segment` bytes, but for the one numbered `lost`.
fn capture(talk: &Talk, segment: usize, lost: Option<usize>) -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0];
    file.extend(101_u32.to_le_bytes());
    let mut next = [1000_u32, 5000];
    let mut add = |from_client: bool, flags: u8, payload: &[u8], is_lost: bool| {
        let (own, other) = if from_client { (0, 1) } else { (1, 0) };
        let total = u16::try_from(40 + payload.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend(total.to_be_bytes());
        packet.extend([0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, own, 10, 0, 0, other]);
        let ports: [u16; 2] = if from_client { [40_000, 1433] } else { [1433, 40_000] };
        packet.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        packet.extend(next[usize::from(own)].to_be_bytes());
        packet.extend(next[usize::from(other)].to_be_bytes());
        packet.extend([0x50, flags, 4, 0, 0, 0, 0, 0]);
        packet.extend(payload);
        next[usize::from(own)] += u32::try_from(payload.len()).unwrap() + u32::from(flags & 2 != 0);
        if !is_lost {
            let length = u32::from(total).to_le_bytes();
            file.extend([[0; 8].as_slice(), &length, &length, &packet].concat());
        }
    };
    add(true, 2, &[], false);
    add(false, 0x12, &[], false);
    let mut number = 0;
    for (from_client, bytes) in talk {
        for part in bytes.chunks(segment) {
            add(*from_client, 0x18, part, lost == Some(number));
            number += 1;
        }
    }
    file
}

fn examine(file: &[u8]) -> Evidence {
    let mut witness = Witness::new(Limits::default());
    witness.examine("capture", file).unwrap();
    let evidence = witness.finish();
    let bytes = &evidence.captures[0].coverage.payload;
    assert!(bytes.is_balanced(), "{bytes:?}");
    evidence
}

/// What the first handshake shows; `None` where it is not certain.
fn shown(connection: &Connection) -> Option<String> {
    let handshake = connection.observation.handshakes.first()?;
    match &handshake.client_authentication {
        ClientAuthentication::Presented(presented) => {
            presented.chain.first().map(|one| format!("{:?}", one.sha256))
        }
        ClientAuthentication::Declined { .. } => Some("declined".to_owned()),
        ClientAuthentication::NotRequested => Some("not requested".to_owned()),
        _ => None,
    }
}

#[test]
fn handshake_in_packets_of_any_size_is_read_as_it_is_without_them() {
    for name in RECORDINGS {
        let talk = recorded_talk(name);
        let bare = examine(&capture(&talk, 1460, None));
        let expected = shown(&bare.connections[0]);
        assert!(expected.is_some(), "{name}");
        for (size, answer) in [(9, 0x12), (13, 4), (100, 0x12), (512, 4), (4096, 0x12), (32_767, 4)]
        {
            for segment in [1, 7, 8, 512, 1460] {
                let name = format!("{name}, packets of {size}, segments of {segment}");
                let evidence = examine(&capture(&wrapped(&talk, size, answer), segment, None));
                assert_eq!(evidence.connections.len(), 1, "{name}");
                let connection = &evidence.connections[0];
                assert_eq!(shown(connection), expected, "{name}");
                assert_eq!(connection.preamble.as_deref(), Some("tds-prelogin"), "{name}");
                assert_eq!(connection.anomalies, [], "{name}");
                let handshake = &connection.observation.handshakes[0];
                assert_eq!(handshake.outcome, Outcome::Completed, "{name}");
            }
        }
    }
}

#[test]
fn lost_segment_never_makes_it_show_something_else() {
    let mut uncertain = 0;
    for name in RECORDINGS {
        let talk = recorded_talk(name);
        let expected = shown(&examine(&capture(&talk, 1460, None)).connections[0]);
        for (size, segment) in [(100, 90), (512, 300), (4096, 1460), (16, 33)] {
            let wrapped = wrapped(&talk, size, 0x12);
            let segments: usize =
                wrapped.iter().map(|(_, bytes)| bytes.chunks(segment).len()).sum();
            for lost in 0..segments {
                let evidence = examine(&capture(&wrapped, segment, Some(lost)));
                for connection in &evidence.connections {
                    match shown(connection) {
                        None => uncertain += 1,
                        shown => {
                            assert_eq!(shown, expected, "{name}, {size}, {segment} without {lost}");
                        }
                    }
                }
            }
        }
    }
    assert!(uncertain > 10, "{uncertain}");
}

#[test]
fn talk_in_the_clear_behind_an_encrypted_login_is_no_loss() {
    let mut talk = wrapped(&recorded_talk(RECORDINGS[0]), 4096, 0x12);
    talk.push((false, packet(4, &[0xe3, 0x1b, 0, 1, 6], true)));
    talk.push((true, packet(1, b"s\0e\0t\0", true)));
    talk.push((false, packet(4, &[0xfd; 3000], true)));
    let evidence = examine(&capture(&talk, 1460, None));
    let connection = &evidence.connections[0];
    assert!(shown(connection).is_some());
    assert_eq!(connection.anomalies, []);
    let talk = examine(&capture(&recorded_talk(RECORDINGS[0]), 1460, None));
    assert_eq!(shown(connection), shown(&talk.connections[0]));
}

#[test]
fn connection_without_encryption_is_not_taken_for_tls() {
    let hello = recorded_talk(RECORDINGS[0])[0].1.clone();
    let talk = vec![
        (true, packet(0x12, OPTIONS, true)),
        (false, packet(4, OPTIONS, true)),
        (true, packet(0x10, &[7; 200], true)),
        (false, packet(4, &[&[0xad; 100], hello.as_slice()].concat(), true)),
    ];
    let evidence = examine(&capture(&talk, 1460, None));
    assert_eq!(evidence.connections.len(), 0);
}
