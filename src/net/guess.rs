//! Tunnels told by their content: on ports that other services use too, or on any port.
//!
//! A datagram is taken for a tunnel only where its header has no bit set that must not be, and
//! fits a packet within that fits what is left, its IPv4 header checksum included. One such
//! datagram is proof enough: no other protocol gives these hundred bits by chance.

use super::segment::Layer;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};

/// Tunnels that are told on any port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tunnel {
    Vxlan,
    Geneve,
}

/// Length of the headers of VXLAN and Geneve without options.
const TUNNEL_HEADER: usize = 8;

/// Length of an Ethernet header.
const ETHERNET_HEADER: usize = 14;

/// What a datagram that had `length` bytes on the wire is for sure.
#[inline]
pub(super) fn tunnel(datagram: &[u8], length: usize) -> Option<Tunnel> {
    match datagram {
        // The flag of a valid network identifier, and all that is reserved zero.
        [0x08, 0, 0, 0, _, _, _, 0, ..] => {
            holds_frame(datagram, TUNNEL_HEADER, length).then_some(Tunnel::Vxlan)
        }
        // Version 0 with few options, none of them critical, around Ethernet.
        [options @ 0..=0x3f, 0, 0x65, 0x58, _, _, _, 0, ..] => {
            let header = TUNNEL_HEADER + usize::from(*options) * 4;
            holds_frame(datagram, header, length).then_some(Tunnel::Geneve)
        }
        _ => None,
    }
}

/// Whether an Ethernet frame with a whole IP datagram is at `offset`.
fn holds_frame(bytes: &[u8], offset: usize, length: usize) -> bool {
    let datagram = offset + ETHERNET_HEADER;
    let is_ip = match bytes.get(offset + 12..datagram) {
        Some([0x08, 0x00]) => is_ipv4_at(bytes, datagram, length),
        Some([0x86, 0xdd]) => is_ipv6_at(bytes, datagram, length),
        _ => false,
    };
    // Group addresses send no TCP.
    is_ip && bytes.get(offset).is_some_and(|first| first & 1 == 0)
}

/// Whether a whole IP datagram is at `offset` of what is left.
pub(super) fn is_ip(data: &View<'_>, offset: usize) -> bool {
    is_ipv4_at(data.recorded(), offset, data.length())
        || is_ipv6_at(data.recorded(), offset, data.length())
}

/// Whether `rest` bytes are what a datagram of `total` fills, padding of short frames included.
fn fills(total: usize, rest: usize) -> bool {
    total == rest || total < rest && rest <= 46
}

fn is_ipv4_at(bytes: &[u8], offset: usize, length: usize) -> bool {
    let Some(datagram) = bytes.get(offset..) else { return false };
    let Some(&[first @ 0x45..=0x4f, _, t0, t1]) = datagram.first_chunk() else { return false };
    let total = usize::from(u16::from_be_bytes([t0, t1]));
    let header = datagram.get(..usize::from(first & 0x0f) * 4);
    total >= 20
        && fills(total, length.saturating_sub(offset))
        && header.is_some_and(|header| ones_complement_sum(header) == 0xffff)
}

fn is_ipv6_at(bytes: &[u8], offset: usize, length: usize) -> bool {
    let Some(datagram) = bytes.get(offset..) else { return false };
    let Some(&[0x60..=0x6f, _, _, _, l0, l1, next, limit]) = datagram.first_chunk() else {
        return false;
    };
    let total = usize::from(u16::from_be_bytes([l0, l1])).saturating_add(40);
    let is_common = matches!(next, 0 | 6 | 17 | 43 | 44 | 58 | 60);
    is_common && limit > 0 && fills(total, length.saturating_sub(offset))
}

/// The sum of RFC 1071, without the last complement.
pub(super) fn ones_complement_sum(bytes: &[u8]) -> u16 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let last = rest.first().map(|&last| u16::from_be_bytes([last, 0]));
    let sum = pairs.iter().map(|&pair| u16::from_be_bytes(pair)).chain(last);
    sum.fold(0_u16, |sum, word| {
        let (sum, carry) = sum.overflowing_add(word);
        sum + u16::from(carry)
    })
}

/// Whether a datagram to a port that some use for VXLAN is VXLAN.
pub(super) fn is_vxlan_by_port(data: &View<'_>) -> bool {
    let Some([flags, _, _, _, _, _, _, _]) = data.peek() else { return false };
    let has_network = flags & 0x08 != 0;
    has_network
        && matches!(
            data.peek_at(TUNNEL_HEADER + 12),
            Some(
                [0x08, 0x00, 0x45..=0x4f]
                    | [0x08, 0x06, 0]
                    | [0x81, 0x00, _]
                    | [0x88, 0xa8, _]
                    | [0x86, 0xdd, 0x60..=0x6f]
            )
        )
}

/// Whether a datagram is Generic UDP Encapsulation (draft-ietf-intarea-gue section 3) around IP or
/// GRE, or IP without a header (FOU, and version 1 of GUE).
pub(super) fn is_gue(data: &View<'_>) -> bool {
    let Some(&[first, protocol, flags @ ..]) = data.peek::<4>() else { return false };
    match (first >> 5, protocol) {
        (0, 4 | 41) => flags == [0, 0] && is_ip(data, gue_header(first)),
        _ => is_ip(data, 0),
    }
}

/// Length of a header of version 0, from its first byte.
fn gue_header(first: u8) -> usize {
    4 + usize::from(first & 0x1f) * 4
}

/// What `is_gue` is true of.
pub(super) fn gue(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[first]) = data.peek() else { return Err(Skipped::NotTcp(Carried::Control)) };
    if first >> 5 == 0 {
        data.skip(gue_header(first), Header::Tunnel)?;
    }
    walk.enter_aside(Layer::Named(if first >> 5 == 0 { "gue" } else { "fou" }));
    walk.enter_tunnel();
    Ok(Next::Ip)
}
