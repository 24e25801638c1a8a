//! Link types, as registered for pcap and pcapng, and PPP.

use crate::capture::LinkType;

use super::ethernet;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};
use super::wlan;

/// The header of a link type; names are those of the registry without `LINKTYPE_`.
#[inline]
pub(super) fn link(
    walk: &mut Walk<'_>,
    link_type: LinkType,
    data: &mut View<'_>,
) -> Result<Next, Skipped> {
    match link_type.0 {
        // ETHERNET
        1 => ethernet::ethernet(walk, data),
        // NULL, LOOP
        0 => loopback(walk, data),
        108 => {
            let &[0, 0, high, low] = data.take::<4>(Header::Link)? else {
                return Err(Skipped::Malformed(Header::Link));
            };
            address_family(walk, u16::from_be_bytes([high, low]))
        }
        // RAW and two of its former numbers, IPV4
        12 | 14 | 101 | 228 => Ok(Next::Ip),
        // IPV6
        229 => Ok(Next::Ipv6),
        // LINUX_SLL, LINUX_SLL2
        113 => linux_cooked(data),
        276 => linux_cooked_v2(data),
        // PPP, PPP_HDLC
        9 | 50 => ppp_or_cisco_hdlc(data),
        // PPP_ETHER
        51 => ethernet::pppoe(walk, data),
        // PPP_WITH_DIR: one byte says which way
        204 => {
            data.skip(1, Header::Link)?;
            Ok(Next::Ppp)
        }
        // ARCNET_LINUX
        129 => arcnet(data),
        // C_HDLC, C_HDLC_WITH_DIR
        104 => cisco_hdlc(data),
        205 => {
            walk.unseen_by_wireshark = true;
            data.skip(1, Header::Link)?;
            cisco_hdlc(data)
        }
        // FDDI: frame control and two addresses
        10 => {
            data.skip(13, Header::Link)?;
            Ok(Next::LogicalLinkControl)
        }
        // ATM_RFC1483
        100 => Ok(Next::LogicalLinkControl),
        // IEEE802_11 and the headers that radio drivers put before it
        105 => wlan::ieee80211(walk, data),
        119 => wlan::prism(data),
        127 => wlan::radiotap(walk, data),
        163 => wlan::avs(data),
        192 => wlan::per_packet_information(data),
        // ENC: address family, security parameters index, flags
        109 => {
            let next = loopback(walk, data)?;
            data.skip(8, Header::Link)?;
            Ok(next)
        }
        // PFLOG
        117 => packet_filter_log(data),
        // APPLE_IP_OVER_IEEE1394: two addresses and an EtherType
        138 => {
            data.skip(16, Header::Link)?;
            cooked_protocol(*data.take(Header::Link)?)
        }
        // JUNIPER_ETHER
        178 => juniper_ethernet(data),
        // MPLS
        219 => {
            walk.unseen_by_wireshark = true;
            Ok(Next::Mpls)
        }
        // NFLOG
        239 => netfilter_log(data),
        // PKTAP
        258 => packet_tap(data),
        _ => Err(Skipped::LinkType(link_type)),
    }
}

/// PPP (RFC 1661 section 2), in HDLC-like framing (RFC 1662) or not, whose protocol field may be
/// compressed to one byte.
pub(super) fn ppp(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    if let Some([0xff, 0x03]) = data.peek() {
        data.skip(2, Header::Link)?;
    }
    let &[first] = data.take::<1>(Header::Link)?;
    let protocol = if first & 1 == 1 {
        u16::from(first)
    } else {
        let &[second] = data.take::<1>(Header::Link)?;
        u16::from_be_bytes([first, second])
    };
    match protocol {
        0x0021 => Ok(Next::Ip),
        0x0057 => Ok(Next::Ipv6),
        0x0031 => bridged(data),
        0x003d => multilink(walk, data),
        0x0281 | 0x0283 => Ok(Next::Mpls),
        _ => Err(Skipped::NotTcp(Carried::Ppp(protocol))),
    }
}

/// An Ethernet frame over PPP (RFC 3518 section 4.2): flags and padding, type, network.
fn bridged(data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[flags, kind] = data.take::<2>(Header::Link)?;
    const ETHERNET: u8 = 1;
    if kind != ETHERNET {
        return Err(Skipped::NotTcp(Carried::Named(
            "PPP bridging of something else than Ethernet",
        )));
    }
    let has_network = flags & 0x40 != 0;
    if has_network {
        data.skip(4, Header::Link)?;
    }
    Ok(Next::Ethernet)
}

/// A whole packet over PPP multilink (RFC 1990 section 3). How long its sequence number is, is
/// negotiated: what follows tells.
fn multilink(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[flags, ..]) = data.peek::<2>() else { return Err(Skipped::Cut) };
    const BEGINNING_AND_END: u8 = 0xc0;
    if flags & BEGINNING_AND_END != BEGINNING_AND_END {
        return Err(Skipped::NotTcp(Carried::Named("PPP multilink, fragments")));
    }
    let is_ip = |offset| {
        matches!(
            data.peek_at(offset),
            Some([0x00, 0x21, 0x40..=0x4f] | [0x00, 0x57, 0x60..=0x6f])
                | Some([0x21, 0x40..=0x4f, _] | [0x57, 0x60..=0x6f, _])
        )
    };
    let length = if flags == BEGINNING_AND_END && is_ip(4) || !is_ip(2) { 4 } else { 2 };
    // Wireshark takes every number for a long one.
    walk.unseen_by_wireshark |= length == 2;
    data.skip(length, Header::Link)?;
    Ok(Next::Ppp)
}

/// PPP, or what its first byte shows to be Cisco HDLC.
fn ppp_or_cisco_hdlc(data: &mut View<'_>) -> Result<Next, Skipped> {
    match data.peek() {
        Some([0x0f | 0x8f, 0]) => cisco_hdlc(data),
        _ => Ok(Next::Ppp),
    }
}

/// BSD loopback: the address family in the byte order of the host that captured. It is small, so
/// that its place shows the order.
fn loopback(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    match *data.take::<4>(Header::Link)? {
        [low, high, 0, 0] => address_family(walk, u16::from_le_bytes([low, high])),
        [0, 0, high, low] => address_family(walk, u16::from_be_bytes([high, low])),
        _ => Err(Skipped::Malformed(Header::Link)),
    }
}

fn address_family(walk: &mut Walk<'_>, family: u16) -> Result<Next, Skipped> {
    match family {
        2 => Ok(Next::Ip),
        // AF_INET6 of NetBSD, OpenBSD and Npcap; of FreeBSD; of Darwin.
        24 | 28 | 30 => Ok(Next::Ipv6),
        // AF_INET6 of Linux and of Windows, which mean other families on BSD.
        10 | 23 => {
            walk.unseen_by_wireshark = true;
            Ok(Next::Ipv6)
        }
        // Some systems write the EtherType.
        0x0800 | 0x86dd => Ok(Next::EtherType(family)),
        _ => Err(Skipped::NotTcp(Carried::AddressFamily(family))),
    }
}

/// Linux cooked capture: packet type, device type, address length, address, protocol.
fn linux_cooked(data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, _, h0, h1, .., p0, p1] = data.take::<16>(Header::Link)?;
    const NETLINK: u16 = 824;
    if u16::from_be_bytes([h0, h1]) == NETLINK {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    cooked_protocol([p0, p1])
}

/// Linux cooked capture version 2: the protocol stands first.
fn linux_cooked_v2(data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[p0, p1, ..] = data.take::<20>(Header::Link)?;
    cooked_protocol([p0, p1])
}

/// An EtherType, or one of Linux's own numbers below 1536 of which 4 is LLC.
fn cooked_protocol(protocol: [u8; 2]) -> Result<Next, Skipped> {
    match u16::from_be_bytes(protocol) {
        0x0004 => Ok(Next::LogicalLinkControl),
        ethertype @ 0x0600.. => Ok(Next::EtherType(ethertype)),
        other => Err(Skipped::NotTcp(Carried::EtherType(other))),
    }
}

/// ARCnet as Linux gives it: addresses and offset, a protocol, and but for the oldest
/// encapsulation of IP (RFC 1051) the fields of RFC 1201 that split packets.
fn arcnet(data: &mut View<'_>) -> Result<Next, Skipped> {
    data.skip(4, Header::Link)?;
    match data.take::<1>(Header::Link)? {
        [240] => Ok(Next::Ip),
        [212] => match data.take::<3>(Header::Link)? {
            [0, ..] => Ok(Next::Ip),
            _ => Err(Skipped::NotTcp(Carried::Named("ARCnet, split packets"))),
        },
        _ => Err(Skipped::NotTcp(Carried::Control)),
    }
}

/// Cisco HDLC: unicast or broadcast, a zero, an EtherType.
fn cisco_hdlc(data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, _, p0, p1] = data.take::<4>(Header::Link)?;
    cooked_protocol([p0, p1])
}

/// OpenBSD's packet filter: a header that begins with its own length without padding.
fn packet_filter_log(data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[length]) = data.peek() else { return Err(Skipped::Cut) };
    data.skip(usize::from(length).next_multiple_of(4), Header::Link)?;
    Ok(Next::Ip)
}

/// Juniper Ethernet: a magic number, flags, and extensions where the first flag says so.
fn juniper_ethernet(data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[0x4d, 0x47, 0x43, flags] = data.take::<4>(Header::Link)? else {
        return Err(Skipped::Malformed(Header::Link));
    };
    let extensions = flags & 0x80 != 0;
    if extensions {
        let length = u16::from_be_bytes(*data.take::<2>(Header::Link)?);
        data.skip(length.into(), Header::Link)?;
    }
    let without_ethernet = flags & 0x02 != 0;
    if without_ethernet {
        return Err(Skipped::NotTcp(Carried::Named("Juniper packets without Ethernet")));
    }
    Ok(Next::Ethernet)
}

/// Linux netfilter log: tagged values, one of which is the packet, in the byte order of the host:
/// little-endian, as nearly all are.
fn netfilter_log(data: &mut View<'_>) -> Result<Next, Skipped> {
    data.skip(4, Header::Link)?;
    loop {
        let &[l0, l1, tag @ ..] = data.take::<4>(Header::Link)?;
        let Some(length) = usize::from(u16::from_le_bytes([l0, l1])).checked_sub(4) else {
            return Err(Skipped::Malformed(Header::Link));
        };
        const PAYLOAD: u16 = 9;
        if u16::from_le_bytes(tag) == PAYLOAD {
            data.limit(length);
            return Ok(Next::Ip);
        }
        data.skip(length.next_multiple_of(4), Header::Link)?;
    }
}

/// Apple's packet tap: its own length and the link type of what follows, little-endian.
fn packet_tap(data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[l0, l1, l2, l3, _, _, _, _, t0, t1, 0, 0]) = data.peek() else {
        return Err(Skipped::Malformed(Header::Link));
    };
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let length = usize::try_from(length).map_err(|_| Skipped::Malformed(Header::Link))?;
    data.skip(length.max(12), Header::Link)?;
    Ok(Next::Link(LinkType(u16::from_le_bytes([t0, t1]))))
}
