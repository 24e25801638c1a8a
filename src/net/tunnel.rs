//! What IP protocol numbers name, and the packets within packets.

use super::segment::Layer;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};
use super::{ip, udp};

/// What an IP protocol number names, but for TCP.
pub(super) fn protocol(
    walk: &mut Walk<'_>,
    protocol: u8,
    data: &mut View<'_>,
) -> Result<Next, Skipped> {
    match protocol {
        // UDP and UDP-Lite, whose headers differ in the meaning of one field.
        17 => udp::udp(walk, data),
        136 => udp::udp_lite(walk, data),
        // ICMP and ICMPv6.
        1 => icmp(walk, data),
        58 => icmpv6(walk, data),
        // IPv4 and IPv6 within IP.
        4 => {
            walk.enter(Layer::IpInIp);
            ip::ip(walk, data)
        }
        41 => {
            walk.enter(Layer::IpInIp);
            ip::ipv6(walk, data)
        }
        // IPv6 extension headers.
        0 | 60 | 140 => ip::extension(data),
        43 if walk.destination.is_ipv6() => ip::routing(walk, data),
        44 => ip::fragment_header(walk, data),
        47 => gre(walk, data),
        51 => authentication_header(walk, data),
        // Ethernet within IP (RFC 3378).
        97 => {
            data.skip(2, Header::Tunnel)?;
            walk.enter_tunnel();
            Ok(Next::Ethernet)
        }
        // MPLS within IP (RFC 4023).
        137 => {
            walk.enter_tunnel();
            Ok(Next::Mpls)
        }
        // Ethernet within segment routing (RFC 8986 section 4.9).
        143 => Ok(Next::Ethernet),
        _ => Err(Skipped::NotTcp(Carried::Protocol(protocol))),
    }
}

/// Generic Routing Encapsulation (RFC 2784, RFC 2890), with the routing field of RFC 1701 and as
/// RFC 2637 changed it for PPTP.
pub(super) fn gre(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[flags, version, p0, p1] = data.take::<4>(Header::Tunnel)?;
    let checksum = flags & 0x80 != 0;
    let routing = flags & 0x40 != 0;
    let acknowledgment = version & 0x80 != 0;
    if checksum || routing {
        data.skip(4, Header::Tunnel)?;
    }
    let key = match flags & 0x20 {
        0 => None,
        _ => Some(u32::from_be_bytes(*data.take::<4>(Header::Tunnel)?)),
    };
    let sequence = flags & 0x10 != 0;
    if sequence {
        data.skip(4, Header::Tunnel)?;
    }
    if acknowledgment {
        data.skip(4, Header::Tunnel)?;
    }
    if routing {
        source_routes(data)?;
    }
    match [p0, p1] {
        // What is mirrored to an analyser, or one direction redirected to a cache.
        [0x88, 0xbe | 0x3e] | [0x22, 0xeb] => walk.enter_aside(Layer::Gre(key)),
        _ => walk.enter(Layer::Gre(key)),
    }

    match u16::from_be_bytes([p0, p1]) {
        0x0800 => Ok(Next::Ip),
        0x86dd => Ok(Next::Ipv6),
        // Transparent bridging, and the same as MikroTik writes it.
        0x6558 | 0x6400 => Ok(Next::Ethernet),
        0x880b => Ok(Next::Ppp),
        0x8847 | 0x8848 => Ok(Next::Mpls),
        0x883e => web_cache(data),
        // ERSPAN type I is without a header of its own, and known by the missing sequence number.
        0x88be if !sequence => Ok(Next::Ethernet),
        0x88be | 0x22eb => erspan(walk, data),
        other => Err(Skipped::NotTcp(Carried::EtherType(other))),
    }
}

/// Source route entries (RFC 1701) up to the empty one.
fn source_routes(data: &mut View<'_>) -> Result<(), Skipped> {
    loop {
        match *data.take::<4>(Header::Tunnel)? {
            [0, 0, _, 0] => return Ok(()),
            [_, _, _, length] => data.skip(length.into(), Header::Tunnel)?,
        }
    }
}

/// Web Cache Communication Protocol: a redirect header that is there or not.
fn web_cache(data: &mut View<'_>) -> Result<Next, Skipped> {
    if !matches!(data.peek(), Some([first]) if first >> 4 == 4) {
        data.skip(4, Header::Tunnel)?;
    }
    Ok(Next::Ip)
}

/// ERSPAN type II and III (draft-foschiano-erspan section 4).
fn erspan(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[version, _, s0, s1, _, _, _, _] = data.take::<8>(Header::Tunnel)?;
    walk.enter(Layer::Erspan(u16::from_be_bytes([s0, s1]) & 0x03ff));
    const TYPE_II: u8 = 1;
    const TYPE_III: u8 = 2;
    match version >> 4 {
        TYPE_II => Ok(Next::Ethernet),
        TYPE_III => {
            let [_, _, _, flags] = data.take::<4>(Header::Tunnel)?;
            let platform_specific = flags & 1 != 0;
            if platform_specific {
                data.skip(8, Header::Tunnel)?;
            }
            Ok(Next::Ethernet)
        }
        _ => Err(Skipped::NotTcp(Carried::Named("ERSPAN of an unknown type"))),
    }
}

/// IP Authentication Header (RFC 4302 section 2), whose length counts otherwise than those of
/// other extension headers.
fn authentication_header(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[next_header, length] = data.take::<2>(Header::Ip)?;
    data.skip(usize::from(length) * 4 + 6, Header::Ip)?;
    walk.enter(Layer::AuthenticationHeader);
    Ok(Next::Protocol(next_header))
}

/// ICMP errors quote a packet (RFC 792). A redirect does too, but Wireshark reads only the ports
/// there.
fn icmp(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let Ok([kind, ..]) = data.take::<8>(Header::Tunnel) else {
        return Err(Skipped::NotTcp(Carried::Control));
    };
    match kind {
        3 | 4 | 11 | 12 => {
            walk.quoted = true;
            Ok(Next::Ip)
        }
        _ => Err(Skipped::NotTcp(Carried::Control)),
    }
}

/// ICMPv6 errors quote a packet (RFC 4443 section 3), and so may a redirect in one of its options
/// (RFC 4861 section 4.6.3).
fn icmpv6(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let Ok([kind, ..]) = data.take::<8>(Header::Tunnel) else {
        return Err(Skipped::NotTcp(Carried::Control));
    };
    walk.quoted = true;
    match kind {
        1..=4 => Ok(Next::Ipv6),
        137 => {
            data.skip(32, Header::Tunnel)?;
            const REDIRECTED_HEADER: u8 = 4;
            while let Some(&[option, length]) = data.peek() {
                if option == REDIRECTED_HEADER {
                    data.skip(8, Header::Tunnel)?;
                    return Ok(Next::Ipv6);
                }
                data.skip(usize::from(length).max(1) * 8, Header::Tunnel)?;
            }
            Err(Skipped::NotTcp(Carried::Control))
        }
        _ => Err(Skipped::NotTcp(Carried::Control)),
    }
}
