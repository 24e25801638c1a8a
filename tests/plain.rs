//! Packets that are read at one go are read as the decoder reads them.
#![expect(clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mtls_witness::capture::{LinkType, Packet};
use mtls_witness::fuzzing::check_plain;
use mtls_witness::limits::Limits;
use mtls_witness::net::{Checksum, Decoder, Plain, Segment};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn plain_packets_of_all_captures_are_read_as_the_decoder_reads_them() {
    let mut captures = recorded::captures();
    let own = captures.len();
    let corpus = "../shared/corpus/files";
    if Path::new(PROJECT).join(corpus).exists() {
        captures.extend(recorded::files_below(corpus));
    } else {
        println!("skipped: there is no {corpus}");
    }
    let (mut plain, mut all, mut datagrams) = (0_u64, 0_u64, 0_u64);
    for (position, path) in captures.iter().enumerate() {
        let mut decoder = Decoder::new(&Limits::default());
        recorded::for_each_packet(path, |packet| {
            check_plain(packet, &mut decoder);
            if position < own && decoder.decode(packet).is_ok() {
                plain += u64::from(Plain::read(packet).is_some());
                all += 1;
            }
            datagrams += u64::from(matches!(Plain::read(packet), Some(Plain::Datagram(_))));
        });
    }
    assert!(datagrams > 0);
    assert!(plain * 2 > all, "{plain} of {all}");
}

#[test]
fn checksums_of_recorded_segments_fit_or_were_left_to_the_network_card() {
    let mut seen = [0_u64; 4];
    for path in recorded::captures() {
        let mut decoder = Decoder::new(&Limits::default());
        recorded::for_each_packet(&path, |packet| {
            let Ok(segment) = decoder.decode(packet) else { return };
            let name = format!("{} frame {}", path.display(), packet.number);
            let checksum = segment.checksum();
            match checksum {
                Checksum::Fits => seen[0] += 1,
                Checksum::Unfilled => seen[1] += 1,
                Checksum::Unknown => seen[2] += 1,
                Checksum::Wrong => {
                    println!("wrong: {name}");
                    seen[3] += 1;
                }
            }
            if checksum == Checksum::Fits {
                let mut octets = segment.octets.to_vec();
                *octets.last_mut().unwrap() ^= 0x10;
                let damaged = Segment { octets: &octets, ..segment };
                assert_eq!(damaged.checksum(), Checksum::Wrong, "{name}");
            }
        });
    }
    println!("fits, unfilled, unknown, wrong: {seen:?}");
    let [fits, unfilled, _, wrong] = seen;
    assert!(fits > 1000 && unfilled > 10 && wrong * 100 < fits, "{seen:?}");
}

#[test]
fn acknowledgment_whose_padding_is_counted_as_payload_says_so() {
    let path = Path::new(PROJECT).join("captures/tls12-client-certificate.pcapng");
    let mut seen = 0;
    recorded::for_each_packet(&path, |packet| {
        let mut decoder = Decoder::new(&Limits::default());
        let Ok(segment) = decoder.decode(packet) else { return };
        let is_acknowledgment = segment.payload.is_empty() && packet.data.len() < 80;
        if !is_acknowledgment || !segment.source.is_ipv4() {
            return;
        }
        // As without TCP options: an IPv4 header, a TCP header, and six bytes of padding.
        let mut bytes = packet.data[..14 + 20].to_vec();
        bytes.extend_from_slice(&segment.octets[..20]);
        (bytes[16], bytes[17], bytes[46]) = (0, 46, 0x50);
        bytes.extend_from_slice(&[0; 6]);
        let padded = |bytes: &[u8], link_type| {
            let mut decoder = Decoder::new(&Limits::default());
            let original_length = bytes.len().try_into().unwrap();
            let packet = Packet { data: bytes, original_length, link_type, ..*packet };
            let is_padded = |plain: &Plain<'_>| matches!(plain, Plain::Segment(segment) if segment.payload == [0; 6]);
            assert!(!Plain::read(&packet).as_ref().is_some_and(is_padded));
            let segment = decoder.decode(&packet).unwrap();
            (segment.payload.len(), segment.may_be_padding)
        };
        let ethernet = packet.link_type;
        assert_eq!(padded(&bytes, ethernet), (6, true));
        assert_eq!(padded(&bytes[14..], LinkType(101)), (6, true), "without its Ethernet header");
        let tag = [&bytes[..12], &[0x81, 0, 0, 7], &bytes[12..]].concat();
        assert_eq!(padded(&tag, ethernet), (6, true), "behind a VLAN tag");
        *bytes.last_mut().unwrap() = 1;
        assert_eq!(padded(&bytes, ethernet), (6, false), "not all zero");
        seen += 1;
    });
    assert!(seen > 0);
}

#[test]
fn surroundings_are_the_same_for_both_directions_and_differ_by_network_and_tunnel() {
    let path = Path::new(PROJECT).join("captures/tls12-client-certificate.pcapng");
    let mut kinds = BTreeMap::<String, BTreeSet<u64>>::new();
    recorded::for_each_packet(&path, |packet| {
        let mut decoder = Decoder::new(&Limits::default());
        let from_client = match decoder.decode(packet) {
            Ok(segment) => segment.source.port() > segment.destination.port(),
            Err(_) => return,
        };
        let mut note = |kind: &str, bytes: &[u8]| {
            let original_length = bytes.len().try_into().unwrap();
            let packet = Packet { data: bytes, original_length, ..*packet };
            let surroundings = decoder.decode(&packet).unwrap().surroundings;
            kinds.entry(kind.to_owned()).or_default().insert(surroundings);
        };
        let (ends, rest) = packet.data.split_at(12);
        note("plain", packet.data);
        note("priority", &[ends, &[0x81, 0, 0x60, 0], rest].concat());
        note(
            "label",
            &[ends, &[0x88, 0x47, 0, 0x10 + u8::from(from_client), 0x11, 9], &rest[2..]].concat(),
        );
        for vlan in [1, 2] {
            note(&format!("vlan {vlan}"), &[ends, &[0x81, 0, 0x60, vlan], rest].concat());
            let both = [ends, &[0x81, 0, 0, vlan, 0x81, 0, 0, 3 - vlan], rest].concat();
            note(&format!("vlans {vlan}"), &both);
        }
        for (network, far) in [(1, 1), (2, 1), (1, 2)] {
            let (near, far) = ([10, 9, 0, 0], [10, 9, 0, far]);
            let (source, destination) = if from_client { (near, far) } else { (far, near) };
            let vxlan = [&[8, 0, 0, 0, 0, 0, network, 0], packet.data].concat();
            let length = u16::try_from(vxlan.len() + 8).unwrap();
            let udp = [&[0xc0, 0, 0x12, 0xb5][..], &length.to_be_bytes(), &[0, 0], &vxlan].concat();
            let length = (length + 20).to_be_bytes();
            let ip = [0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, 17, 0, 0];
            let outer = [ends, &[8, 0], &ip, &source, &destination, &udp].concat();
            note(&format!("vxlan {network} {far:?}"), &outer);
        }
    });
    let one = |kind: &str| {
        assert_eq!(kinds[kind].len(), 1, "{kind}: {kinds:?}");
        kinds[kind].first().copied()
    };
    for kind in ["plain", "priority", "label"] {
        assert_eq!(one(kind), Some(0), "{kind}");
    }
    let different: BTreeSet<_> = kinds.keys().map(|kind| one(kind)).collect();
    assert_eq!(different.len(), kinds.len() - 2, "{kinds:?}");
}
