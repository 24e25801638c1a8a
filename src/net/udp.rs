//! Tunnels over UDP, told by their registered ports.

use super::guess::Tunnel;
use super::segment::Layer;
use super::sflow;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};
use super::{ethernet, guess, tunnel, wlan};

/// UDP (RFC 768).
pub(super) fn udp(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[s0, s1, d0, d1, l0, l1, _, _] = data.take::<8>(Header::Tunnel)?;
    let Some(length) = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(8) else {
        return Err(Skipped::Malformed(Header::Tunnel));
    };
    data.limit(length);
    either_port(walk, u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]), data)
}

/// UDP-Lite (RFC 3828), which has a checksum coverage in place of the length.
pub(super) fn udp_lite(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[s0, s1, d0, d1, _, _, _, _] = data.take::<8>(Header::Tunnel)?;
    either_port(walk, u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]), data)
}

/// The tunnel of the lower port, else of the higher: the order in which Wireshark looks.
fn either_port(
    walk: &mut Walk<'_>,
    source: u16,
    destination: u16,
    data: &mut View<'_>,
) -> Result<Next, Skipped> {
    walk.ports.get_or_insert([source, destination]);
    let low = source.min(destination);
    let port = if is_tunnel(low) { low } else { source.max(destination) };
    match port {
        1701 => l2tp(walk, data),
        2152 => gtp(walk, data),
        5247 => capwap(walk, data),
        3544 => teredo(walk, data),
        4341 => lisp(walk, data),
        4754 => tunnel::gre(walk, data),
        4789 => vxlan(walk, data),
        4790 => vxlan_gpe(walk, data),
        6081 => geneve(walk, data),
        6343 => sflow::datagram(walk, data).map_err(|skipped| match skipped {
            Skipped::TcpQuoted => skipped,
            _ => Skipped::NotTcp(Carried::Control),
        }),
        6635 => {
            walk.enter_tunnel();
            Ok(Next::Mpls)
        }
        // VXLAN in Linux, where no port is given; Wireshark does not know it.
        8472 => {
            walk.unseen_by_wireshark = true;
            vxlan(walk, data)
        }
        // Weave, both sides of Azure Gateway Load Balancer, Cisco ACI.
        6784 | 10_800 | 10_801 | 48_879 if guess::is_vxlan_by_port(data) => {
            walk.unseen_by_wireshark = true;
            vxlan(walk, data)
        }
        // FOU and GUE, as Linux describes them.
        5555 | 6080 if guess::is_gue(data) => {
            walk.unseen_by_wireshark = true;
            guess::gue(walk, data)
        }
        30_030 if guess::is_ip(data, 8) => {
            data.skip(8, Header::Tunnel)?;
            walk.enter_aside(Layer::Named("jmirror"));
            Ok(Next::Ip)
        }
        37008 => tazmen_sniffer(walk, data),
        _ => match guess::tunnel(data.recorded(), data.length()) {
            Some(tunnel) => {
                walk.unseen_by_wireshark = true;
                walk.enter_aside(Layer::OnPort(destination));
                match tunnel {
                    Tunnel::Vxlan => vxlan(walk, data),
                    Tunnel::Geneve => geneve(walk, data),
                }
            }
            None => {
                walk.note_datagram(data);
                Err(Skipped::NotTcp(Carried::Udp([source, destination])))
            }
        },
    }
}

/// Whether what a port names is a tunnel that is read.
pub(super) fn is_tunnel(port: u16) -> bool {
    matches!(
        port,
        1701 | 2152
            | 3544
            | 4341
            | 4754
            | 4789
            | 4790
            | 5247
            | 5555
            | 6080
            | 6081
            | 6343
            | 6635
            | 6784
            | 8472
            | 10_800
            | 10_801
            | 30_030
            | 37_008
            | 48_879
    )
}

/// VXLAN (RFC 7348 section 5).
fn vxlan(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, _, _, _, network @ ..] = data.take::<8>(Header::Tunnel)?;
    walk.enter(Layer::Vxlan(u32::from_be_bytes(network) >> 8));
    Ok(Next::Ethernet)
}

/// VXLAN with the Generic Protocol Extension (draft-ietf-nvo3-vxlan-gpe section 3).
fn vxlan_gpe(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, _, _, next_protocol, network @ ..] = data.take::<8>(Header::Tunnel)?;
    walk.enter(Layer::Vxlan(u32::from_be_bytes(network) >> 8));
    match next_protocol {
        1 => Ok(Next::Ip),
        2 => Ok(Next::Ipv6),
        3 => Ok(Next::Ethernet),
        4 => ethernet::nsh(walk, data),
        5 => Ok(Next::Mpls),
        _ => Err(Skipped::NotTcp(Carried::Named("VXLAN-GPE around something unknown"))),
    }
}

/// Geneve (RFC 8926 section 3.4); the length of its options counts in four bytes.
fn geneve(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[options, _, p0, p1, network @ ..] = data.take::<8>(Header::Tunnel)?;
    data.skip(usize::from(options & 0x3f) * 4, Header::Tunnel)?;
    walk.enter(Layer::Geneve(u32::from_be_bytes(network) >> 8));
    match u16::from_be_bytes([p0, p1]) {
        ethertype @ 0x0600.. => Ok(Next::EtherType(ethertype)),
        _ => Err(Skipped::NotTcp(Carried::Control)),
    }
}

/// Data of CAPWAP (RFC 5415 section 4.3): Ethernet, or IEEE 802.11.
fn capwap(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[preamble, length, binding, flags, ..] = data.take::<8>(Header::Tunnel)?;
    const DTLS: u8 = 1;
    match preamble {
        0 => {}
        DTLS => return Err(Skipped::NotTcp(Carried::Named("CAPWAP, encrypted"))),
        _ => return Err(Skipped::NotTcp(Carried::Named("CAPWAP of an unknown version"))),
    }
    let Some(options) = (usize::from(length >> 3) * 4).checked_sub(8) else {
        return Err(Skipped::Malformed(Header::Tunnel));
    };
    let fragment = flags & 0x80 != 0;
    if fragment {
        return Err(Skipped::NotTcp(Carried::Named("CAPWAP fragments")));
    }
    let keep_alive = flags & 0x08 != 0;
    if keep_alive {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    data.skip(options, Header::Tunnel)?;
    walk.enter_aside(Layer::Named("capwap"));
    walk.enter_tunnel();
    let native = binding & 1 != 0;
    match binding >> 1 & 0x1f {
        _ if !native => Ok(Next::Ethernet),
        1 => wlan::in_capwap(walk, data),
        _ => Err(Skipped::NotTcp(Carried::Named("CAPWAP around something unknown"))),
    }
}

/// GTP-U version 1 (3GPP TS 29.281 section 5) that carries a user's packet.
fn gtp(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[flags, message, _, _, tunnel @ ..] = data.take::<8>(Header::Tunnel)?;
    const VERSION_1_NOT_PRIME: u8 = 0x30;
    const G_PDU: u8 = 0xff;
    if flags & 0xf0 != VERSION_1_NOT_PRIME || message != G_PDU {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    let optional_fields = flags & 0x07 != 0;
    if optional_fields {
        let &[_, _, _, mut extension] = data.take::<4>(Header::Tunnel)?;
        let extended = flags & 0x04 != 0;
        while extended && extension != 0 {
            walk.count_header()?;
            let Some(&[length]) = data.peek() else { return Err(Skipped::Cut) };
            // In four bytes, the last of which is the next extension's type.
            let Some(before_type) = (usize::from(length) * 4).checked_sub(1) else {
                return Err(Skipped::Malformed(Header::Tunnel));
            };
            data.skip(before_type, Header::Tunnel)?;
            [extension] = *data.take::<1>(Header::Tunnel)?;
        }
    }
    walk.enter(Layer::Gtp(u32::from_be_bytes(tunnel)));
    Ok(Next::Ip)
}

/// Teredo (RFC 4380 section 5.1.1): authentication and origin indications may stand before IPv6.
fn teredo(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    if let Some(&[0, 1, identifier, authentication]) = data.peek() {
        let names = usize::from(identifier) + usize::from(authentication);
        data.skip(4 + names + 9, Header::Tunnel)?;
    }
    if let Some([0, 0]) = data.peek() {
        data.skip(8, Header::Tunnel)?;
    }
    walk.enter(Layer::Teredo);
    Ok(Next::Ipv6)
}

/// A data message of L2TP version 2 (RFC 2661 section 3.1), which carries PPP.
fn l2tp(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[flags, version] = data.take::<2>(Header::Tunnel)?;
    let control = flags & 0x80 != 0;
    if control {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    if version & 0x0f != 2 {
        return Err(Skipped::NotTcp(Carried::Named("L2TP of another version than 2")));
    }
    let length = flags & 0x40 != 0;
    if length {
        data.skip(2, Header::Tunnel)?;
    }
    let &[_, _, s0, s1] = data.take::<4>(Header::Tunnel)?;
    let sequence = flags & 0x08 != 0;
    if sequence {
        data.skip(4, Header::Tunnel)?;
    }
    let offset = flags & 0x02 != 0;
    if offset {
        let padding = u16::from_be_bytes(*data.take::<2>(Header::Tunnel)?);
        data.skip(padding.into(), Header::Tunnel)?;
    }
    walk.enter(Layer::L2tp(u16::from_be_bytes([s0, s1])));
    Ok(Next::Ppp)
}

/// A data packet of LISP (RFC 9300 section 5.3).
fn lisp(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    data.skip(8, Header::Tunnel)?;
    walk.enter(Layer::Lisp);
    Ok(Next::Ip)
}

/// TaZmen Sniffer Protocol: version, type, what is encapsulated, then tagged fields.
fn tazmen_sniffer(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, _, p0, p1] = data.take::<4>(Header::Tunnel)?;
    if [p0, p1] != [0, 1] {
        return Err(Skipped::NotTcp(Carried::Named("TZSP around something else than Ethernet")));
    }
    const PADDING: u8 = 0;
    const END: u8 = 1;
    loop {
        match *data.take::<1>(Header::Tunnel)? {
            [PADDING] => {}
            [END] => break,
            [_] => {
                let &[length] = data.take::<1>(Header::Tunnel)?;
                data.skip(length.into(), Header::Tunnel)?;
            }
        }
    }
    walk.enter(Layer::Tzsp);
    Ok(Next::Ethernet)
}
