//! `net_decode`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::choices::Choices;
use crate::capture::{LinkType, Packet, Timestamp};
use crate::limits::Limits;
use crate::net::{Addresses, Carried, Decoder, Flags, Plain, PlainSegment, Segment, Skipped};

/// Link types that are read, of every kind, and one that is not.
const LINK_TYPES: [u16; 16] = [1, 1, 0, 101, 108, 113, 276, 228, 229, 12, 9, 50, 51, 105, 127, 147];

/// Decodes a row of packets, which the input describes. Promised: fragments are held within their
/// limits; a payload that is not put together from fragments lies within its packet; frames and
/// layers are within what there was; a plain packet gives what the decoder gives; the same packets
/// give the same segments.
pub fn net_decode(input: &[u8]) {
    let limits = Limits {
        fragment_bytes: 2048,
        fragment_datagrams: 4,
        encapsulation_depth: 8,
        ..Limits::default()
    };
    let first = decode(input, &limits);
    assert_eq!(decode(input, &limits), first);
}

/// What each packet gives, as text.
fn decode(input: &[u8], limits: &Limits) -> Vec<String> {
    let mut choices = Choices::new(input);
    let mut decoder = Decoder::new(limits);
    let mut found = Vec::new();
    let mut nanoseconds = 0;
    for number in 1.. {
        let Some(packet) = packet(&mut choices, number, &mut nanoseconds) else { break };
        let decoded = decoder.decode(&packet);
        if let Ok(segment) = &decoded {
            check(segment, &packet, limits);
        }
        found.push(text(decoded));
        check_plain(&packet, &mut decoder);
        assert!(decoder.held_bytes() <= limits.fragment_bytes, "{}", decoder.held_bytes());
        found.extend(decoder.counted().iter().map(|header| format!("{header:?}")));
    }
    found
}

fn packet<'a>(choices: &mut Choices<'a>, number: u64, nanoseconds: &mut i64) -> Option<Packet<'a>> {
    let kind = choices.u8()?;
    let link_type = match LINK_TYPES.get(usize::from(kind & 0x1f)) {
        Some(&link_type) => link_type,
        None => choices.u16()?,
    };
    *nanoseconds += i64::from(kind >> 7) * 20_000_000_000;
    let length = usize::from(choices.u16()?);
    let data = choices.bytes(length);
    let cut = if kind & 0x40 == 0 { 0 } else { u32::from(choices.u8()?) };
    let length = u32::try_from(data.len()).ok()?;
    Some(Packet {
        number,
        timestamp: Some(Timestamp { nanoseconds: *nanoseconds, digits: 6 }),
        link_type: LinkType(link_type),
        frame_check_sequence: if kind & 0x20 == 0 { 0 } else { 4 },
        data,
        original_length: length + cut,
    })
}

fn check(segment: &Segment<'_>, packet: &Packet<'_>, limits: &Limits) {
    let Segment { payload, missing, fragments, encapsulation, .. } = *segment;
    assert!(encapsulation.len() <= limits.encapsulation_depth);
    if fragments.is_empty() {
        let (data, payload) = (packet.data.as_ptr_range(), payload.as_ptr_range());
        let within = data.start <= payload.start && payload.end <= data.end;
        assert!(within || payload.is_empty(), "the payload lies within its packet");
    }
    let length = u64::try_from(payload.len()).unwrap_or(u64::MAX) + u64::from(missing);
    let most = u64::from(packet.original_length).max(u64::from(u16::MAX));
    assert!(length <= most, "a payload of {length} bytes in {most}");
    let _no_panic = segment.checksum();
    assert!(!segment.may_be_padding || matches!(payload, [0, ..]), "{payload:?}");
    assert!(segment.octets.is_empty() || segment.octets.ends_with(payload), "{segment:?}");
    assert!(fragments.is_sorted_by(|(a, _), (b, _)| a < b), "{fragments:?}");
    for &(offset, frame) in fragments {
        assert!(frame <= packet.number && frame > 0 && offset <= payload.len(), "{fragments:?}");
    }
}

/// Checks that a plain packet gives what the decoder gives.
pub fn check_plain(packet: &Packet<'_>, decoder: &mut Decoder) {
    match Plain::read(packet) {
        None => {}
        Some(Plain::Segment(plain)) => check_segment(&plain, decoder.decode(packet)),
        Some(Plain::Datagram(plain)) => {
            let decoded = decoder.decode(packet).map(drop);
            assert_eq!(decoded, Err(Skipped::NotTcp(Carried::Udp(plain.ports))));
            let payload = decoder.udp_payload(packet);
            assert_eq!(plain.payload, payload);
            assert_eq!((decoder.packets(), decoder.counted().len()), (1, 0));
        }
    }
}

fn check_segment(plain: &PlainSegment<'_>, decoded: Result<Segment<'_>, Skipped>) {
    assert!(decoded.is_ok(), "{plain:?} is not a segment");
    let Ok(segment) = decoded else { return };
    let [source, destination] = [segment.source, segment.destination];
    let addresses: [IpAddr; 2] = match plain.addresses {
        Addresses::V4(addresses) => addresses.map(|address| Ipv4Addr::from(address).into()),
        Addresses::V6(addresses) => addresses.map(|address| Ipv6Addr::from(address).into()),
    };
    assert_eq!(addresses, [source.ip(), destination.ip()]);
    assert_eq!(plain.ports, [source.port(), destination.port()]);
    assert_eq!((plain.sequence, plain.flags), (segment.sequence, segment.flags));
    let acknowledges = segment.flags.contains(Flags::ACK);
    assert_eq!(plain.acknowledgment, acknowledges.then_some(segment.acknowledgment));
    assert_eq!(plain.payload.as_ptr_range(), segment.payload.as_ptr_range());
    assert_eq!((segment.missing, segment.unseen_by_wireshark), (0, false));
    assert_eq!((segment.packets, segment.surroundings), (1, 0));
    assert!(!segment.may_be_padding, "{segment:?}");
    assert!(segment.fragments.is_empty() && segment.encapsulation.is_empty(), "{segment:?}");
}

fn text(decoded: Result<Segment<'_>, Skipped>) -> String {
    format!("{decoded:?}")
}
