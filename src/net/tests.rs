//! Tests over whole frames.

#![expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::net::{IpAddr, SocketAddr};

use crate::capture::{LinkType, Packet, Timestamp};
use crate::limits::Limits;

use super::testdata::{
    ARCNET, ETHERNET_IPV4, ETHERNET_IPV6, FRAMES, IPV4_OPTIONS, PPPOE, RAW_IPV4, RAW_IPV6, VXLAN,
    WIRELESS,
};
use super::{Carried, Decoder, Flags, Header, Layer, Segment, Skipped, TcpHeader};

const ETHERNET: u16 = 1;
const RAW: u16 = 101;

#[test]
fn every_frame_gives_its_segment() {
    let mut decoder = decoder();
    for frame in FRAMES {
        let bytes = frame.bytes();
        let segment = decoder.decode(&packet(frame.link_type, &bytes));
        let segment = segment.unwrap_or_else(|skipped| panic!("{}: {skipped:?}", frame.name));
        assert_hello(&segment, frame.name);
        assert_eq!(segment.payload, b"hello", "{}", frame.name);
        assert_eq!(segment.missing, 0, "{}", frame.name);
        assert_eq!(segment.encapsulation, frame.encapsulation, "{}", frame.name);
        assert!(!segment.unseen_by_wireshark, "{}", frame.name);
        assert_eq!(segment.fragments, [], "{}", frame.name);
    }
}

#[test]
fn wireless_frames_are_read_where_they_were_decrypted_and_still_say_protected() {
    let mut decoder = decoder();
    let mut bytes = WIRELESS.bytes();
    bytes[1] |= 0x40;
    let segment = decoder.decode(&packet(WIRELESS.link_type, &bytes)).unwrap();
    assert_hello(&segment, "protected");
    assert_eq!(segment.payload, b"hello");
    assert!(segment.unseen_by_wireshark);
    // An initialization vector and a key's number instead of LLC and SNAP.
    bytes[24..32].copy_from_slice(&[1, 0, 0, 0x20, 0, 0, 0, 0]);
    let encrypted = Skipped::NotTcp(Carried::Named("802.11 data, encrypted"));
    assert_eq!(decoder.decode(&packet(WIRELESS.link_type, &bytes)).unwrap_err(), encrypted);
}

#[test]
fn every_prefix_cut_by_the_snap_length_says_what_is_missing() {
    let mut decoder = decoder();
    for frame in FRAMES {
        let bytes = frame.bytes();
        let payload = bytes.windows(5).position(|window| window == b"hello").unwrap();
        for snap in 0..=bytes.len() {
            let cut = Packet {
                original_length: bytes.len() as u32,
                ..packet(frame.link_type, &bytes[..snap])
            };
            let result = decoder.decode(&cut);
            let name = format!("{} at {snap}", frame.name);
            match result {
                Ok(segment) => {
                    assert!(snap >= payload - 4, "{name}");
                    assert_hello(&segment, &name);
                    let recorded = snap.saturating_sub(payload).min(5);
                    assert_eq!(segment.payload, &b"hello"[..recorded], "{name}");
                    assert_eq!(segment.missing as usize, 5 - recorded, "{name}");
                }
                Err(skipped) => {
                    assert!(snap < payload - 4, "{name}: {skipped:?}");
                    let in_tcp = snap >= payload - 20;
                    assert_eq!(skipped == Skipped::TcpHeaderCut, in_tcp, "{name}: {skipped:?}");
                }
            }
        }
    }
}

#[test]
fn every_prefix_that_claims_to_be_whole_gives_no_other_payload() {
    let mut decoder = decoder();
    for frame in FRAMES {
        let bytes = frame.bytes();
        for length in 0..bytes.len() {
            if let Ok(segment) = decoder.decode(&packet(frame.link_type, &bytes[..length])) {
                assert!(b"hello".starts_with(segment.payload), "{} at {length}", frame.name);
            }
        }
    }
}

#[test]
fn any_byte_changed_does_no_harm() {
    let mut decoder = decoder();
    for frame in FRAMES {
        let bytes = frame.bytes();
        for at in 0..bytes.len() {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff, !bytes[at], bytes[at].wrapping_add(1)] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                if let Ok(segment) = decoder.decode(&packet(frame.link_type, &bytes)) {
                    assert!(segment.payload.len() <= bytes.len());
                }
            }
        }
    }
}

#[test]
fn random_bytes_of_every_link_type_do_no_harm() {
    let mut decoder = decoder();
    let mut random = Random(1);
    let mut bytes = Vec::new();
    for round in 0..200 {
        for link_type in 0..=300 {
            bytes.clear();
            bytes.extend((0..random.next() % 200).map(|_| random.byte()));
            let original_length = if round % 2 == 0 { bytes.len() as u32 } else { random.next() };
            let packet = Packet {
                original_length,
                frame_check_sequence: random.byte() % 8,
                ..packet(link_type, &bytes)
            };
            let _ = decoder.decode(&packet);
            assert!(decoder.held_bytes() <= Limits::default().fragment_bytes);
        }
    }
}

#[test]
fn random_tails_of_real_headers_do_no_harm() {
    let mut decoder = decoder();
    let mut random = Random(2);
    for _ in 0..200 {
        for frame in FRAMES {
            let mut bytes = frame.bytes();
            let from = random.next() as usize % bytes.len();
            for byte in &mut bytes[from..] {
                *byte = random.byte();
            }
            let _ = decoder.decode(&packet(frame.link_type, &bytes));
        }
    }
}

/// etherparse reads what it can of the same packets alike.
#[test]
fn ip_lengths_agree_with_etherparse() {
    let mut decoder = decoder();
    let mut random = Random(3);
    let mut compared = 0;
    for round in 0..20_000 {
        let frame = [&RAW_IPV4, &RAW_IPV6, &IPV4_OPTIONS][round % 3];
        let mut bytes = frame.bytes();
        if frame.link_type == ETHERNET {
            bytes.drain(..14);
        }
        bytes.extend((0..random.next() % 20).map(|_| random.byte()));
        // One byte of the IP header up to the protocol, but not the fragmentation field.
        let at = [0, 2, 3, 4, 5][random.next() as usize % 5];
        bytes[at] = random.byte();
        bytes.truncate(bytes.len() - random.next() as usize % 8);

        let Ok((ip, None)) = etherparse::LaxIpSlice::from_slice(&bytes) else { continue };
        let theirs = ip.payload();
        if theirs.ip_number != etherparse::IpNumber::TCP {
            continue;
        }
        let Ok(tcp) = etherparse::TcpSlice::from_slice(theirs.payload) else { continue };
        // etherparse passes a total length below the header's by taking the whole slice.
        let Ok(ours) = decoder.decode(&packet(RAW, &bytes)) else {
            let total = u16::from_be_bytes([bytes[2], bytes[3]]);
            assert!(bytes[0] >> 4 == 4 && total < u16::from(bytes[0] & 0x0f) * 4, "{bytes:x?}");
            continue;
        };
        assert_eq!(ours.payload, tcp.payload(), "{bytes:x?}");
        assert_eq!(ours.missing > 0, theirs.incomplete, "{bytes:x?}");
        assert_eq!(ours.source.port(), tcp.source_port());
        compared += 1;
    }
    assert!(compared > 5_000, "{compared}");
}

#[test]
fn ethernet_padding_is_not_payload() {
    let mut bytes = ETHERNET_IPV4.bytes();
    bytes.extend([0; 12]);
    assert_eq!(decoder().decode(&packet(ETHERNET, &bytes)).unwrap().payload, b"hello");
}

#[test]
fn padding_in_the_ip_length_of_a_pppoe_frame_is_not_missing() {
    let mut bytes = PPPOE.bytes();
    // IP total length: six more than the PPPoE length allows.
    bytes[25] += 6;
    bytes.extend([0; 6]);
    let mut decoder = decoder();
    let segment = decoder.decode(&packet(ETHERNET, &bytes)).unwrap();
    assert_eq!((segment.payload, segment.missing), (b"hello".as_slice(), 0));
}

#[test]
fn total_length_zero_of_segmentation_offload_takes_the_packet() {
    let mut bytes = ETHERNET_IPV4.bytes();
    bytes[16..18].fill(0);
    let mut decoder = decoder();
    let segment = decoder.decode(&packet(ETHERNET, &bytes)).unwrap();
    assert_eq!((segment.payload, segment.missing), (b"hello".as_slice(), 0));

    let cut = Packet { original_length: 1000, ..packet(ETHERNET, &bytes) };
    let segment = decoder.decode(&cut).unwrap();
    assert_eq!((segment.payload, segment.missing), (b"hello".as_slice(), 1000 - 59));
}

#[test]
fn frame_check_sequence_is_not_payload() {
    let mut bytes = ETHERNET_IPV4.bytes();
    bytes[16..18].fill(0);
    bytes.extend(b"FCS!");
    let checked = Packet { frame_check_sequence: 4, ..packet(ETHERNET, &bytes) };
    let mut decoder = decoder();
    assert_eq!(decoder.decode(&checked).unwrap().payload, b"hello");

    // Cut within the frame check sequence, and so within nothing that matters.
    let cut = Packet { original_length: 63, ..packet(ETHERNET, &bytes[..61]) };
    let segment = decoder.decode(&Packet { frame_check_sequence: 4, ..cut }).unwrap();
    assert_eq!((segment.payload, segment.missing), (b"hello".as_slice(), 0));
}

#[test]
fn ip_length_beyond_the_packet_is_missing_even_where_the_capture_does_not_say_so() {
    let mut decoder = decoder();
    for (frame, at) in [(&ETHERNET_IPV4, 16), (&ETHERNET_IPV6, 18)] {
        let mut bytes = frame.bytes();
        bytes[at] = 1;
        let segment = decoder.decode(&packet(ETHERNET, &bytes)).unwrap();
        assert_eq!((segment.payload, segment.missing), (b"hello".as_slice(), 256));
    }
}

#[test]
fn header_lengths_that_lie_are_malformed() {
    let mut decoder = decoder();
    let mut decode = |at: usize, value: u8| {
        let mut bytes = RAW_IPV4.bytes();
        bytes[at] = value;
        decoder.decode(&packet(RAW, &bytes)).map(|segment| segment.payload.len())
    };
    let ip = Err(Skipped::Malformed(Header::Ip));
    assert_eq!(decode(0, 0x44), ip, "IPv4 header of 16 bytes");
    assert_eq!(decode(0, 0x55), ip, "IP version 5");
    assert_eq!(decode(3, 19), ip, "total length below the header's");
    assert_eq!(decode(3, 20), Err(Skipped::Malformed(Header::Tcp)), "no TCP header at all");
    assert_eq!(decode(3, 39), Err(Skipped::TcpMalformed), "TCP header of 19 bytes");
    assert_eq!(decode(32, 0x40), Err(Skipped::TcpMalformed), "data offset 4");
    assert_eq!(decode(32, 0x70), Err(Skipped::TcpMalformed), "data offset beyond the end");
    assert_eq!(decode(32, 0x60), Ok(1), "data offset 6");
}

#[test]
fn ipv4_header_longer_than_the_packet_is_malformed() {
    let mut bytes = RAW_IPV4.bytes();
    bytes[0] = 0x4f;
    bytes.truncate(40);
    let result = decoder().decode(&packet(RAW, &bytes)).map(drop);
    assert_eq!(result, Err(Skipped::Malformed(Header::Ip)));
}

#[test]
fn malformed_tcp_header_is_counted_but_is_no_segment() {
    let mut bytes = RAW_IPV4.bytes();
    bytes[32] = 0x40;
    let mut decoder = decoder();
    assert_eq!(decoder.decode(&packet(RAW, &bytes)).map(drop), Err(Skipped::TcpMalformed));
    assert_eq!(decoder.counted(), [hello_header()]);
    decoder.decode(&packet(RAW, &RAW_IPV4.bytes())).unwrap();
    assert_eq!(decoder.counted(), []);
}

#[test]
fn tcp_header_quoted_by_an_icmp_error_is_counted_but_is_no_segment() {
    let mut decoder = decoder();
    for (kind, quoted) in [(3, 28), (4, 36), (11, 40), (12, 45)] {
        let message = icmp(kind, &RAW_IPV4.bytes()[..quoted]);
        let result = decoder.decode(&packet(RAW, &ipv4(1, 7, 0, false, &message))).map(drop);
        if quoted < 36 {
            assert_eq!(result, Err(Skipped::NotTcp(Carried::Control)), "8 bytes of it");
            assert_eq!(decoder.counted(), []);
        } else {
            assert_eq!(result, Err(Skipped::TcpQuoted));
            assert_eq!(decoder.counted(), [hello_header()]);
        }
    }
    let redirect = icmp(5, &RAW_IPV4.bytes());
    let result = decoder.decode(&packet(RAW, &ipv4(1, 7, 0, false, &redirect))).map(drop);
    assert_eq!(result, Err(Skipped::NotTcp(Carried::Control)));

    for kind in 1..=4 {
        let message = icmp(kind, &RAW_IPV6.bytes());
        let result = decoder.decode(&packet(RAW, &ipv4(58, 7, 0, false, &message))).map(drop);
        assert_eq!(result, Err(Skipped::TcpQuoted));
        assert_eq!(decoder.counted().len(), 1);
    }
}

#[test]
fn fragment_quoted_by_an_icmp_error_is_not_held() {
    let mut decoder = decoder();
    for (offset, expected) in [(0, Skipped::TcpQuoted), (8, Skipped::NotTcp(Carried::Control))] {
        let quoted = ipv4(6, 9, offset, true, &RAW_IPV4.bytes()[20..44]);
        let bytes = ipv4(1, 7, 0, false, &icmp(11, &quoted));
        assert_eq!(decoder.decode(&packet(RAW, &bytes)).map(drop), Err(expected));
        assert_eq!(decoder.held_bytes(), 0);
    }
}

#[test]
fn tcp_headers_sampled_by_sflow_are_counted_in_order() {
    let frame = ETHERNET_IPV4.bytes();
    let mut record = [0, 0, 0, 1, 0, 0, 0, 59, 0, 0, 0, 4, 0, 0, 0, 59].to_vec();
    record.extend(&frame);
    record.push(0);
    let mut sample = [0; 32].to_vec();
    for _ in 0..2 {
        sample.extend([0, 0, 0, 1, 0, 0, 0, record.len() as u8]);
        sample.extend(&record);
    }
    let mut datagram = [0, 0, 0, 5, 0, 0, 0, 1, 192, 0, 2, 1].to_vec();
    datagram.extend([0; 16]);
    for _ in 0..2 {
        datagram.extend([0, 0, 0, 1, 0, 0, 0, sample.len() as u8]);
        datagram.extend(&sample);
    }
    let mut decoder = decoder();
    let bytes = ipv4(17, 7, 0, false, &udp(6343, &datagram));
    assert_eq!(decoder.decode(&packet(RAW, &bytes)).map(drop), Err(Skipped::TcpQuoted));
    assert_eq!(decoder.counted(), [hello_header(); 4]);
    for length in 0..bytes.len() {
        let _ = decoder.decode(&packet(RAW, &bytes[..length]));
    }
}

#[test]
fn what_wireshark_does_not_find_says_so() {
    let mut decoder = decoder();
    let mut unseen = |link_type, bytes: &[u8]| {
        let packet = packet(link_type, bytes);
        decoder.decode(&packet).unwrap().unseen_by_wireshark
    };
    let mut linux_vxlan = VXLAN.bytes();
    linux_vxlan[36..38].copy_from_slice(&8472_u16.to_be_bytes());
    assert!(unseen(ETHERNET, &linux_vxlan));

    let mut jumbogram = RAW_IPV6.bytes();
    jumbogram[4..6].fill(0);
    assert!(unseen(RAW, &jumbogram));

    for (family, expected) in [(10, true), (23, true), (24, false), (28, false), (30, false)] {
        for header in [[family, 0, 0, 0], [0, 0, 0, family]] {
            assert_eq!(unseen(0, &[&header[..], &RAW_IPV6.bytes()].concat()), expected);
        }
    }
    for (tag, expected) in [(0x9100, false), (0x9200, true), (0x9300, true)] {
        let mut bytes = ETHERNET_IPV4.bytes();
        bytes.splice(12..12, [(tag >> 8) as u8, 0, 0, 1]);
        assert_eq!(unseen(ETHERNET, &bytes), expected);
    }
}

#[test]
fn source_route_that_is_not_used_up_names_the_endpoint() {
    let mut decoder = decoder();
    let mut destination = |pointer| {
        let mut bytes = ipv4(6, 7, 0, false, &RAW_IPV4.bytes()[20..]);
        bytes.splice(20..20, [1, 0x83, 11, pointer, 192, 0, 2, 8, 192, 0, 2, 9]);
        bytes[0] = 0x48;
        bytes[3] += 12;
        decoder.decode(&packet(RAW, &bytes)).unwrap().destination.ip().to_string()
    };
    assert_eq!(destination(4), "192.0.2.9");
    assert_eq!(destination(8), "192.0.2.9");
    assert_eq!(destination(12), "10.0.0.2");
    assert_eq!(destination(0), "10.0.0.2");
}

#[test]
fn routing_header_that_is_not_used_up_names_the_endpoint() {
    let mut decoder = decoder();
    let mut destination = |kind, segments_left| {
        let mut bytes = RAW_IPV6.bytes();
        let mut routing = [6, 4, kind, segments_left, 0, 0, 0, 0].to_vec();
        routing.extend([1; 16]);
        routing.extend([2; 16]);
        bytes.splice(40..40, routing);
        bytes[5] += 40;
        bytes[6] = 43;
        match decoder.decode(&packet(RAW, &bytes)).unwrap().destination.ip() {
            IpAddr::V6(address) => address.octets()[0],
            IpAddr::V4(_) => 4,
        }
    };
    let packets_own = 0x20;
    assert_eq!([destination(0, 0), destination(0, 1), destination(0, 2)], [packets_own, 2, 2]);
    assert_eq!([destination(4, 0), destination(4, 1)], [packets_own, 1]);
    assert_eq!([destination(2, 0), destination(2, 1)], [packets_own, 1]);
    assert_eq!(destination(9, 1), packets_own);
}

#[test]
fn too_many_layers_are_given_up() {
    let mut decoder = decoder();
    let frame = ETHERNET_IPV4.bytes();
    let mut tagged = |tags: usize| {
        let mut bytes = frame[..12].to_vec();
        bytes.extend([0x81, 0x00, 0x00, 0x01].repeat(tags));
        bytes.extend(&frame[12..]);
        decoder.decode(&packet(ETHERNET, &bytes)).map(|segment| segment.encapsulation.len())
    };
    assert_eq!(tagged(29), Ok(29));
    assert_eq!(tagged(30), Err(Skipped::TooManyLayers));
    assert_eq!(tagged(16_000), Err(Skipped::TooManyLayers));
}

#[test]
fn what_is_not_tcp_is_told_from_what_cannot_be_read() {
    let mut decoder = decoder();
    let mut decode =
        |link_type, bytes: &[u8]| decoder.decode(&packet(link_type, bytes)).map(drop).unwrap_err();
    let arp = [&[2; 12][..], &[0x08, 0x06], &[0; 28]].concat();
    assert_eq!(decode(ETHERNET, &arp), Skipped::NotTcp(Carried::EtherType(0x0806)));
    assert_eq!(decode(ETHERNET, &arp[..13]), Skipped::Malformed(Header::Link));
    assert_eq!(
        decode(RAW, &ipv4(17, 1, 0, false, &udp(53, b"dns"))),
        Skipped::NotTcp(Carried::Udp([0xd000, 53]))
    );
    assert_eq!(
        decode(RAW, &ipv4(50, 1, 0, false, &[0; 40])),
        Skipped::NotTcp(Carried::Protocol(50))
    );
    assert_eq!(decode(RAW, &[]), Skipped::Malformed(Header::Ip));
    assert_eq!(decode(147, &arp), Skipped::LinkType(LinkType(147)));
    let mut split = ARCNET.bytes();
    split[5] = 1;
    assert_eq!(
        decode(ARCNET.link_type, &split),
        Skipped::NotTcp(Carried::Named("ARCnet, split packets"))
    );
}

#[test]
fn fragments_in_every_order_give_the_same_datagram() {
    let payload: Vec<u8> = (0..120).collect();
    for permutation in permutations(4) {
        for build in [fragments_of_ipv4, fragments_of_ipv6] {
            let fragments = build(7, &tcp(&payload), &[24, 48, 96]);
            let mut decoder = decoder();
            let mut frame = 100;
            let mut results = permutation.iter().map(|&index| {
                frame += 1;
                let packet = Packet { number: frame, ..packet(RAW, &fragments[index]) };
                decoder.decode(&packet).map(|segment| {
                    assert_hello(&segment, "fragments");
                    assert_eq!(segment.payload, payload);
                    assert_eq!(segment.missing, 0);
                    segment.fragments.to_vec()
                })
            });
            for _ in 0..3 {
                assert_eq!(results.next(), Some(Err(Skipped::FragmentHeld)));
            }
            let came = |index| 101 + permutation.iter().position(|&at| at == index).unwrap() as u64;
            // The first fragment holds the 20 bytes of TCP header, and 4 of payload.
            let frames = [(0, came(0)), (4, came(1)), (28, came(2)), (76, came(3))];
            assert_eq!(results.next(), Some(Ok(frames.to_vec())));
            drop(results);
            assert_eq!(decoder.held_bytes(), 0);
        }
    }
}

#[test]
fn fragments_that_hold_no_payload_are_not_its_provenance() {
    let mut decoder = decoder();
    let fragments = fragments_of_ipv4(7, &tcp(b"0123456789"), &[8, 16, 24]);
    for (number, bytes) in (1..).zip(&fragments) {
        if let Ok(segment) = decoder.decode(&Packet { number, ..packet(RAW, bytes) }) {
            assert_eq!(segment.payload, b"0123456789");
            assert_eq!(segment.fragments, [(0, 3), (4, 4)]);
        } else {
            assert!(number < 4);
        }
    }
}

#[test]
fn duplicate_and_equal_overlapping_fragments_change_nothing() {
    let datagram = tcp(b"the quick brown fox jumps over the lazy dog");
    let piece = |from: usize, to: usize| ipv4(6, 7, from, to < datagram.len(), &datagram[from..to]);
    let mut decoder = decoder();
    for (from, to) in [(0, 24), (0, 24), (40, 63), (40, 63), (48, 63), (16, 30), (32, 40)] {
        let result = decoder.decode(&packet(RAW, &piece(from, to))).map(drop);
        assert_eq!(result, Err(Skipped::FragmentHeld), "{from}..{to}");
    }
    let bytes = piece(24, 48);
    let segment = decoder.decode(&packet(RAW, &bytes)).unwrap();
    assert_eq!(segment.payload, &datagram[20..]);
    assert_eq!(segment.missing, 0);
}

#[test]
fn fragments_that_overlap_and_differ_give_up_the_datagram() {
    let datagram = tcp(b"the quick brown fox jumps over the lazy dog");
    let mut decoder = decoder();
    let mut decode = |offset: usize, more, bytes: &[u8]| {
        let bytes = ipv4(6, 7, offset, more, bytes);
        let result = decoder.decode(&packet(RAW, &bytes)).map(drop);
        (result.unwrap_err(), decoder.held_bytes())
    };
    let (held, _) = decode(0, true, &datagram[..32]);
    assert_eq!(held, Skipped::FragmentHeld);
    assert_eq!(decode(24, true, b"evil bytes"), (Skipped::FragmentConflict, 0));
    assert_eq!(decode(32, false, &datagram[32..]), (Skipped::FragmentConflict, 0));
}

#[test]
fn fragments_that_disagree_on_the_end_give_up_the_datagram() {
    let last_at = |offset| ipv4(6, 7, offset, false, &[0; 8]);
    let more_at = |offset| ipv4(6, 7, offset, true, &[0; 8]);
    for (first, second) in [
        (last_at(40), last_at(48)),
        (last_at(48), last_at(40)),
        (last_at(40), more_at(48)),
        (more_at(48), last_at(40)),
    ] {
        let mut decoder = decoder();
        let mut decode = |bytes: &[u8]| decoder.decode(&packet(RAW, bytes)).map(drop);
        assert_eq!(decode(&first), Err(Skipped::FragmentHeld));
        assert_eq!(decode(&second), Err(Skipped::FragmentConflict));
    }
}

#[test]
fn fragment_beyond_the_largest_datagram_is_malformed() {
    let mut decoder = decoder();
    for (offset, bytes) in [(65_528, [0; 8].as_slice()), (8, &[])] {
        let bytes = ipv4(6, 7, offset, false, bytes);
        let result = decoder.decode(&packet(RAW, &bytes)).map(drop);
        assert_eq!(result, Err(Skipped::Malformed(Header::Ip)));
    }
    assert_eq!(decoder.held_bytes(), 0);
}

#[test]
fn cut_fragment_gives_what_is_known_and_counts_the_rest() {
    let payload: Vec<u8> = (0..120).collect();
    let fragments = fragments_of_ipv4(7, &tcp(&payload), &[48, 96]);
    let mut decoder = decoder();
    let whole = |bytes| packet(RAW, bytes);
    let cut = |bytes: &'static [u8]| Packet {
        original_length: bytes.len() as u32,
        ..packet(RAW, &bytes[..60])
    };
    let middle: &'static [u8] = Vec::leak(fragments[1].clone());
    assert!(decoder.decode(&whole(&fragments[0])).is_err());
    assert!(decoder.decode(&cut(middle)).is_err());
    let segment = decoder.decode(&whole(&fragments[2])).unwrap();
    assert_eq!(segment.payload, &payload[..28 + 40]);
    assert_eq!(segment.missing, 120 - 68);
    assert!(segment.unseen_by_wireshark);
}

#[test]
fn cut_first_fragment_of_ipv4_shows_its_segment_at_once() {
    let fragments = fragments_of_ipv4(7, &tcp(&[7; 120]), &[48, 96]);
    let cut = Packet { original_length: 68, ..packet(RAW, &fragments[0][..50]) };
    let mut decoder = decoder();
    let segment = decoder.decode(&cut).unwrap();
    assert_eq!((segment.payload, segment.missing), ([7; 10].as_slice(), 18));
    assert!(!segment.unseen_by_wireshark);
}

#[test]
fn fragments_wait_thirty_seconds_for_the_rest() {
    let fragments = fragments_of_ipv4(7, &tcp(b"hello"), &[16]);
    for (seconds, complete) in [(30, true), (31, false), (-100, true)] {
        let mut decoder = decoder();
        let at = |seconds: i64, bytes| Packet {
            timestamp: Some(Timestamp { nanoseconds: seconds * 1_000_000_000, digits: 6 }),
            ..packet(RAW, bytes)
        };
        assert!(decoder.decode(&at(1000, &fragments[0])).is_err());
        assert_eq!(decoder.decode(&at(1000 + seconds, &fragments[1])).is_ok(), complete);
    }
}

#[test]
fn fragments_of_other_datagrams_do_not_mix() {
    let mut decoder = decoder();
    let tagged = |vlan: u8, bytes: &[u8]| {
        [&[2; 12][..], &[0x81, 0x00, 0x00, vlan, 0x08, 0x00], bytes].concat()
    };
    let one = fragments_of_ipv4(7, &tcp(b"one"), &[16]);
    let two = fragments_of_ipv4(8, &tcp(b"two"), &[16]);
    for bytes in [tagged(1, &one[0]), tagged(2, &one[0]), tagged(1, &two[0])] {
        assert!(decoder.decode(&packet(ETHERNET, &bytes)).is_err());
    }
    for (bytes, expected) in [(&one[1], b"one"), (&two[1], b"two")] {
        let bytes = tagged(1, bytes);
        assert_eq!(decoder.decode(&packet(ETHERNET, &bytes)).unwrap().payload, expected);
    }
    assert!(decoder.held_bytes() > 0, "the other VLAN's is still open");
}

#[test]
fn payload_of_a_datagram_is_given_whole_and_in_fragments() {
    let mut decoder = decoder();
    let payload: Vec<u8> = (0..50).collect();
    let datagram = udp(443, &payload);
    let whole = ipv4(17, 1, 0, false, &datagram);
    let build = |offset, more, part: &[u8]| ipv4(17, 2, offset, more, part);
    let [first, second] = fragments_in(build, &datagram, &[24]).try_into().unwrap();
    let vxlan = ipv4(17, 3, 0, false, &udp(4789, &payload));
    let quoted = ipv4(1, 4, 0, false, &icmp(3, &whole));
    for (bytes, expected) in [
        (&whole, &payload[..]),
        (&first, &[]),
        (&second, &payload),
        (&vxlan, &[]),
        (&quoted, &[]),
        (&RAW_IPV4.bytes(), &[]),
    ] {
        let packet = packet(RAW, bytes);
        let _no_matter = decoder.decode(&packet).map(drop);
        assert_eq!(decoder.udp_payload(&packet), expected);
    }
    let cut = Packet { original_length: 78, ..packet(RAW, &whole[..40]) };
    assert_eq!(decoder.decode(&cut).map(drop), Err(Skipped::NotTcp(Carried::Udp([0xd000, 443]))));
    assert_eq!(decoder.udp_payload(&cut), &payload[..12]);
}

#[test]
fn fragments_within_tunnels_and_tunnels_within_fragments() {
    let payload: Vec<u8> = (0..100).collect();
    let inner = fragments_of_ipv6(7, &tcp(&payload), &[24, 48]);
    let mut decoder = decoder();
    let mut last = None;
    let mut number = 0;
    for fragment in &inner {
        let ethernet = [&[2; 12][..], &[0x86, 0xdd], fragment].concat();
        let vxlan = udp(4789, &[&[8, 0, 0, 0, 0, 0, 5, 0][..], &ethernet].concat());
        for bytes in
            fragments_in(|offset, more, part| ipv4(17, 9, offset, more, part), &vxlan, &[32])
        {
            number += 1;
            let packet = Packet { number, ..packet(RAW, &bytes) };
            if let Ok(segment) = decoder.decode(&packet) {
                assert_eq!(segment.payload, payload);
                assert_eq!(segment.encapsulation, [Layer::Vxlan(5)]);
                last = Some((number, segment.fragments.to_vec()));
            }
        }
    }
    // Each inner fragment was whole when its second outer fragment came.
    assert_eq!(last, Some((6, vec![(0, 2), (4, 4), (28, 6)])));
    assert_eq!(decoder.held_bytes(), 0);
}

#[test]
fn flood_of_fragments_stays_within_the_limits() {
    let limits = Limits { fragment_bytes: 20_000, fragment_datagrams: 50, ..Limits::default() };
    let mut decoder = Decoder::new(&limits);
    let mut random = Random(4);
    let (mut full, mut peak) = (0, 0);
    for _ in 0..50_000 {
        let length = 1 + random.next() as usize % 64;
        let offset = random.next() as usize % 8000 * 8;
        let id = random.next() as u16 % 80;
        let bytes = ipv4(6, id, offset, !random.next().is_multiple_of(50), &vec![0; length]);
        if decoder.decode(&packet(RAW, &bytes)).map(drop) == Err(Skipped::FragmentPoolFull) {
            full += 1;
        }
        peak = peak.max(decoder.held_bytes());
        assert!(decoder.held_bytes() <= limits.fragment_bytes);
    }
    assert!(full > 1000, "{full}");
    assert!(peak > 15_000, "{peak}");
}

#[test]
fn pool_without_room_holds_nothing() {
    for (bytes, datagrams) in [(0, 10), (10_000, 0)] {
        let limits =
            Limits { fragment_bytes: bytes, fragment_datagrams: datagrams, ..Limits::default() };
        let mut decoder = Decoder::new(&limits);
        let bytes = ipv4(6, 1, 0, true, &[0; 64]);
        let result = decoder.decode(&packet(RAW, &bytes)).map(drop);
        assert_eq!(result, Err(Skipped::FragmentPoolFull));
        assert_eq!(decoder.held_bytes(), 0);
    }
}

#[test]
fn oldest_datagram_makes_room_for_the_newest() {
    let limits = Limits { fragment_datagrams: 2, ..Limits::default() };
    let mut decoder = Decoder::new(&limits);
    let datagrams: Vec<_> = (1..=3).map(|id| fragments_of_ipv4(id, &tcp(b"x"), &[16])).collect();
    let mut decode = |bytes: &[u8]| decoder.decode(&packet(RAW, bytes)).map(drop);
    assert_eq!(decode(&datagrams[0][0]), Err(Skipped::FragmentHeld));
    assert_eq!(decode(&datagrams[1][0]), Err(Skipped::FragmentHeld));
    assert_eq!(decode(&datagrams[2][0]), Err(Skipped::FragmentPoolFull));
    assert_eq!(decode(&datagrams[1][1]), Ok(()));
    assert_eq!(decode(&datagrams[2][1]), Ok(()));
    assert_eq!(decode(&datagrams[0][1]), Err(Skipped::FragmentHeld));
}

fn decoder() -> Decoder {
    Decoder::new(&Limits::default())
}

fn packet(link_type: u16, data: &[u8]) -> Packet<'_> {
    Packet {
        number: 1,
        timestamp: Some(Timestamp { nanoseconds: 0, digits: 6 }),
        link_type: LinkType(link_type),
        frame_check_sequence: 0,
        data,
        original_length: data.len() as u32,
    }
}

fn assert_hello(segment: &Segment<'_>, name: &str) {
    assert_eq!(segment.source.port(), 49152, "{name}");
    assert_eq!(segment.destination.port(), 443, "{name}");
    let (source, destination) = match segment.source.ip() {
        IpAddr::V4(_) => ("10.0.0.1", "10.0.0.2"),
        IpAddr::V6(_) => ("2001:db8::1", "2001:db8::2"),
    };
    assert_eq!(segment.source.ip().to_string(), source, "{name}");
    assert_eq!(segment.destination.ip().to_string(), destination, "{name}");
    assert_eq!(segment.sequence, 0x0102_0304, "{name}");
    assert_eq!(segment.acknowledgment, 0x0a0b_0c0d, "{name}");
    assert!(segment.flags.contains(Flags::ACK) && !segment.flags.contains(Flags::SYN), "{name}");
}

fn hello_header() -> TcpHeader {
    TcpHeader {
        source: SocketAddr::from(([10, 0, 0, 1], 49152)),
        destination: SocketAddr::from(([10, 0, 0, 2], 443)),
        sequence: 0x0102_0304,
        flags: Flags::new(0x18),
    }
}

/// The TCP header of all frames before another payload.
fn tcp(payload: &[u8]) -> Vec<u8> {
    [&RAW_IPV4.bytes()[20..40], payload].concat()
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 8).to_be_bytes();
    [&[0xd0, 0x00][..], &port.to_be_bytes(), &length, &[0, 0], payload].concat()
}

fn icmp(kind: u8, quoted: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, 0, 0, 0, 0, 0][..], quoted].concat()
}

fn ipv4(protocol: u8, identification: u16, offset: usize, more: bool, payload: &[u8]) -> Vec<u8> {
    let fragmentation = (offset / 8) as u16 | if more { 0x2000 } else { 0 };
    let mut bytes = RAW_IPV4.bytes()[..20].to_vec();
    bytes[2..4].copy_from_slice(&(payload.len() as u16 + 20).to_be_bytes());
    bytes[4..6].copy_from_slice(&identification.to_be_bytes());
    bytes[6..8].copy_from_slice(&fragmentation.to_be_bytes());
    bytes[9] = protocol;
    bytes.extend(payload);
    bytes
}

fn ipv6_fragment(identification: u16, offset: usize, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut bytes = RAW_IPV6.bytes()[..40].to_vec();
    bytes[4..6].copy_from_slice(&(payload.len() as u16 + 8).to_be_bytes());
    bytes[6] = 44;
    bytes.extend([6, 0]);
    bytes.extend((offset as u16 | u16::from(more)).to_be_bytes());
    bytes.extend(u32::from(identification).to_be_bytes());
    bytes.extend(payload);
    bytes
}

fn fragments_of_ipv4(identification: u16, datagram: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    fragments_in(|offset, more, part| ipv4(6, identification, offset, more, part), datagram, cuts)
}

fn fragments_of_ipv6(identification: u16, datagram: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let build = |offset, more, part: &[u8]| ipv6_fragment(identification, offset, more, part);
    fragments_in(build, datagram, cuts)
}

fn fragments_in(
    build: impl Fn(usize, bool, &[u8]) -> Vec<u8>,
    datagram: &[u8],
    cuts: &[usize],
) -> Vec<Vec<u8>> {
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([datagram.len()]);
    starts
        .zip(ends)
        .map(|(start, end)| build(start, end < datagram.len(), &datagram[start..end]))
        .collect()
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(count - 1);
    let insert = |at: usize| {
        shorter.iter().map(move |order| {
            let mut order = order.clone();
            order.insert(at, count - 1);
            order
        })
    };
    (0..count).flat_map(insert).collect()
}

/// Pseudo-random numbers (xorshift), the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}
