//! Connections that losses hide from whoever looks for a SYN, and bytes that are not what they seem,
//! each made by damaging one recorded capture.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use mtls_witness::inspect::{ClientAuthentication, ObscuredReason};
use mtls_witness::limits::Limits;
use mtls_witness::verdict::{Deciding, deciding};
use mtls_witness::witness::{Connection, Evidence, Witness, code};

/// Bytes before a packet in a classic capture.
const RECORD: usize = 16;
/// Ethernet, IPv4 without options.
const TCP: usize = 14 + 20;

/// A classic capture, taken apart.
struct Capture {
    header: Vec<u8>,
    packets: Vec<Vec<u8>>,
}

impl Capture {
    fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name);
        let bytes = std::fs::read(path).unwrap();
        let (header, mut rest) = bytes.split_at(24);
        let mut packets = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_le_bytes(*rest[8..].first_chunk().unwrap());
            let (packet, others) = rest.split_at(RECORD + usize::try_from(length).unwrap());
            packets.push(packet.to_vec());
            rest = others;
        }
        Self { header: header.to_vec(), packets }
    }

    /// Without these packets, as Wireshark counts them.
    fn without(mut self, frames: std::ops::RangeInclusive<usize>) -> Self {
        self.packets.drain(frames.start() - 1..*frames.end());
        self
    }

    fn cut_to(mut self, length: usize) -> Self {
        for packet in &mut self.packets {
            let recorded = length.min(packet.len() - RECORD);
            packet.truncate(RECORD + recorded);
            packet[8..12].copy_from_slice(&u32::try_from(recorded).unwrap().to_le_bytes());
        }
        self
    }

    fn examine(&self, keys: &str) -> Evidence {
        let file = [&self.header[..], &self.packets.concat()].concat();
        let mut witness = Witness::new(Limits::default());
        witness.key_log(keys.as_bytes()).unwrap();
        witness.examine("damaged", file.as_slice()).unwrap();
        witness.finish()
    }
}

fn keys_of(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name);
    std::fs::read_to_string(path.with_extension("keys")).unwrap()
}

/// What a connection shows, in a word.
fn shown(connection: &Connection) -> &'static str {
    match deciding(&connection.observation) {
        Deciding::Handshake(_, handshake) => match handshake.client_authentication {
            ClientAuthentication::NotRequested => "not requested",
            ClientAuthentication::Declined { .. } => "declined",
            ClientAuthentication::Presented(_) => "presented",
            ClientAuthentication::Obscured(_) => "obscured",
            _ => "other",
        },
        Deciding::Hidden(_) => "hidden",
        Deciding::Nothing => "nothing",
    }
}

fn all_shown(evidence: &Evidence) -> Vec<&'static str> {
    evidence.connections.iter().map(shown).collect()
}

#[test]
fn connection_on_used_ports_is_found_without_its_syn() {
    let evidence = Capture::read("tls12-port-reuse-after-fin.pcap").without(20..=20).examine("");
    assert_eq!(all_shown(&evidence), ["presented", "declined"]);
}

/// SYN, SYN-ACK, ACK and both hellos are lost: its numbers tell it from the one before.
#[test]
fn connection_on_used_ports_is_found_without_its_beginning() {
    for last in 21..=30 {
        let evidence =
            Capture::read("tls12-port-reuse-after-fin.pcap").without(20..=last).examine("");
        let shown = all_shown(&evidence);
        assert_eq!(shown[0], "presented", "up to {last}");
        assert_eq!(shown.len(), 2, "up to {last}: {shown:?}");
        assert!(["declined", "obscured", "hidden"].contains(&shown[1]), "up to {last}: {shown:?}");
    }
}

/// Both FINs are lost as well: only its numbers tell where the second connection begins.
#[test]
fn connection_on_used_ports_is_found_where_the_end_of_the_one_before_is_lost() {
    let evidence = Capture::read("tls12-port-reuse-after-fin.pcap").without(13..=22).examine("");
    assert_eq!(all_shown(&evidence), ["presented", "declined"]);
}

#[test]
fn end_of_the_old_connection_behind_the_new_syn_ends_nothing() {
    let mut capture = Capture::read("tls12-port-reuse-after-fin.pcap");
    // The FINs and the last acknowledgments of the first connection, behind the second one's SYN.
    let late: Vec<_> = capture.packets.drain(14..19).collect();
    let behind = 15 + 1;
    capture.packets.splice(behind..behind, late);
    assert_eq!(all_shown(&capture.examine("")), ["presented", "declined"]);
}

/// What is lost of an encrypted renegotiation, numbers of empty segments tell.
#[test]
fn lost_renegotiation_is_not_taken_for_none() {
    let name = "tls12-renegotiation-apache-ed25519.pcap";
    for keys in [String::new(), keys_of(name)] {
        let evidence = Capture::read(name).without(14..=20).examine(&keys);
        assert_ne!(all_shown(&evidence), ["not requested"]);
        // Only acknowledgments and FINs behind the handshake.
        let mut capture = Capture::read(name);
        let mut frame = 0;
        capture.packets.retain(|packet| {
            frame += 1;
            frame <= 10 || packet.len() == RECORD + 66
        });
        assert_eq!(all_shown(&capture.examine(&keys)), ["hidden"]);
    }
}

#[test]
fn cut_packets_are_named_and_not_those_that_reveal_the_cut() {
    let evidence =
        Capture::read("tls12-port-reuse-after-fin.pcap").without(20..=38).cut_to(96).examine("");
    let cut = evidence.connections[0].anomalies.iter();
    let cut = cut.filter(|anomaly| anomaly.code == code::TRUNCATED_PACKETS);
    let mut frames: Vec<u64> = cut.filter_map(|anomaly| anomaly.frame).collect();
    frames.sort_unstable();
    // Behind them are records of which the header alone counts.
    assert_eq!(frames, [4, 6, 8, 9]);
}

/// A gateway counts six bytes of Ethernet padding as payload; what is really sent there follows.
#[test]
fn padding_that_the_ip_length_counts_shifts_no_stream() {
    let mut capture = Capture::read("tls12-port-reuse-after-fin.pcap").without(20..=38);
    let mut padded = 0;
    for packet in &mut capture.packets {
        let ip = RECORD + 14;
        let total = u16::from_be_bytes([packet[ip + 2], packet[ip + 3]]);
        let is_pure_ack = total == 52 && packet[RECORD + TCP + 13] == 0x10;
        if is_pure_ack {
            // Without the timestamps option the frame is short, and filled up.
            packet.truncate(RECORD + TCP + 20);
            packet.extend([0; 6]);
            packet[RECORD + TCP + 12] = 0x50;
            packet[ip + 2..ip + 4].copy_from_slice(&46_u16.to_be_bytes());
            packet[8..12].copy_from_slice(&60_u32.to_le_bytes());
            packet[12..16].copy_from_slice(&60_u32.to_le_bytes());
            padded += 1;
        }
    }
    assert!(padded >= 3);
    let evidence = capture.examine("");
    assert_eq!(all_shown(&evidence), ["presented"]);
    assert!(
        evidence.connections[0].anomalies.is_empty(),
        "{:?}",
        evidence.connections[0].anomalies
    );
}

/// A copy of the client's flight with other bytes and a checksum that is wrong, before the real one:
/// the receiver drops it, and so do we.
#[test]
fn forged_segment_with_a_wrong_checksum_does_not_count() {
    let mut capture = Capture::read("tls12-port-reuse-after-fin.pcap").without(20..=38);
    let mut forged = capture.packets[7].clone();
    let end = forged.len();
    forged[end - 300..end - 200].fill(0x5a);
    capture.packets.insert(7, forged);
    let evidence = capture.examine("");
    assert_eq!(all_shown(&evidence), ["presented"]);
    let ClientAuthentication::Presented(presented) =
        &evidence.connections[0].observation.handshakes[0].client_authentication
    else {
        unreachable!("it is shown");
    };
    assert!(presented.chain[0].fields.is_ok());
}

#[test]
fn connection_that_is_given_up_is_listed_though_no_tls_was_recognised() {
    let capture = Capture::read("starttls-smtp.pcap");
    // All but the beginning of the talk, behind a hole.
    let file = [&capture.header[..], &capture.packets[..5].concat()].concat();
    let mut limits = Limits::default();
    limits.held_bytes = 0;
    let mut witness = Witness::new(limits);
    witness.examine("short", file.as_slice()).unwrap();
    let evidence = witness.finish();
    let [connection] = &evidence.connections[..] else {
        unreachable!("{} connections", evidence.connections.len());
    };
    let hidden = connection.observation.hidden.as_ref().map(|obscurity| obscurity.reason);
    assert_eq!(hidden, Some(ObscuredReason::LimitReached));
    assert!(!evidence.captures[0].incomplete.is_empty());
}
