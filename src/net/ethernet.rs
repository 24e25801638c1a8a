//! Ethernet, what its EtherTypes name, and IEEE 802.2.

use super::ip;
use super::segment::Layer;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};

/// The largest value of the type field that is a length (IEEE 802.3 section 3.2.6).
const MAXIMUM_LENGTH: u16 = 1500;

/// An Ethernet header: two addresses and a type or length.
#[inline]
pub(super) fn ethernet(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    walk.frame_start = Some(data.start());
    let [.., t0, t1] = data.take::<14>(Header::Link)?;
    Ok(Next::EtherType(u16::from_be_bytes([*t0, *t1])))
}

/// What an EtherType names, or a length.
#[inline]
pub(super) fn ethertype(
    walk: &mut Walk<'_>,
    ethertype: u16,
    data: &mut View<'_>,
) -> Result<Next, Skipped> {
    match ethertype {
        0x0800 => ip::ip(walk, data),
        0x86dd => ip::ipv6(walk, data),
        // IEEE 802.1Q, 802.1ad, and the type that switches used for 802.1ad before it was one.
        0x8100 | 0x88a8 | 0x9100 => vlan(walk, data),
        // Other such types of old switches; Wireshark does not know them.
        0x9200 | 0x9300 => {
            walk.unseen_by_wireshark = true;
            vlan(walk, data)
        }
        0x8847 | 0x8848 => Ok(Next::Mpls),
        0x8864 => pppoe(walk, data),
        0x6558 => Ok(Next::Ethernet),
        0x88e5 => macsec(data),
        // IEEE 802.1ah backbone service instance tag: Ethernet within Ethernet.
        0x88e7 => {
            let tag = u32::from_be_bytes(*data.take::<4>(Header::Link)?);
            walk.surroundings.service_instance(tag & 0x00ff_ffff);
            Ok(Next::Ethernet)
        }
        // Cisco MetaData: version, length, option and security group tag.
        0x8909 => {
            data.skip(6, Header::Link)?;
            type_field(data)
        }
        0x22f3 => trill(walk, data),
        0x894f => nsh(walk, data),
        0xd28b => arista(walk, data),
        length if length <= MAXIMUM_LENGTH => {
            data.frame(length.into());
            Ok(Next::LogicalLinkControl)
        }
        _ => tag(walk, ethertype, data),
    }
}

/// A header of fixed length between Ethernet and what it carries, of which nothing else matters.
struct Tag {
    ethertype: u16,
    name: &'static str,
    /// Bytes behind the EtherType.
    length: usize,
    /// An Ethernet header follows, not an EtherType.
    wraps_ethernet: bool,
}

/// The headers of fixed length.
static TAGS: [Tag; 4] = [
    // Cisco FabricPath: forwarding tag and time to live.
    Tag { ethertype: 0x8903, name: "fabricpath", length: 2, wraps_ethernet: true },
    // Cisco VN-Tag: both virtual interfaces.
    Tag { ethertype: 0x8926, name: "vn-tag", length: 4, wraps_ethernet: false },
    // High-availability Seamless Redundancy (IEC 62439-3): path, size and sequence number.
    Tag { ethertype: 0x892f, name: "hsr", length: 4, wraps_ethernet: false },
    // IEEE 802.1BR: both extended ports.
    Tag { ethertype: 0x893f, name: "e-tag", length: 6, wraps_ethernet: false },
];

/// One of `TAGS`. What they number differs by direction, and so keeps no connections apart.
fn tag(walk: &mut Walk<'_>, ethertype: u16, data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(tag) = TAGS.iter().find(|tag| tag.ethertype == ethertype) else {
        return Err(Skipped::NotTcp(Carried::EtherType(ethertype)));
    };
    data.skip(tag.length, Header::Link)?;
    walk.enter_aside(Layer::Named(tag.name));
    if tag.wraps_ethernet { Ok(Next::Ethernet) } else { type_field(data) }
}

/// TRILL (RFC 6325 section 3): options whose length counts in four bytes, then Ethernet.
fn trill(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[b0, b1, ..] = data.take::<6>(Header::Link)?;
    let first = u16::from_be_bytes([b0, b1]);
    if first >> 14 != 0 {
        return Err(Skipped::NotTcp(Carried::Named("TRILL of an unknown version")));
    }
    data.skip(usize::from(first >> 6 & 0x1f) * 4, Header::Link)?;
    walk.enter_aside(Layer::Named("trill"));
    Ok(Next::Ethernet)
}

/// Network Service Header (RFC 8300 section 2), the length of which counts in four bytes. Its
/// service path differs by direction.
pub(super) fn nsh(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[version, length, _, next_protocol, ..] = data.take::<8>(Header::Tunnel)?;
    if version >> 6 != 0 {
        return Err(Skipped::NotTcp(Carried::Named("NSH of an unknown version")));
    }
    let Some(context) = (usize::from(length & 0x3f) * 4).checked_sub(8) else {
        return Err(Skipped::Malformed(Header::Tunnel));
    };
    data.skip(context, Header::Tunnel)?;
    let management = version & 0x20 != 0;
    if management {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    walk.enter_aside(Layer::Named("nsh"));
    match next_protocol {
        1 => Ok(Next::Ip),
        2 => Ok(Next::Ipv6),
        3 => Ok(Next::Ethernet),
        4 => Ok(Next::EtherType(0x894f)),
        5 => Ok(Next::Mpls),
        _ => Err(Skipped::NotTcp(Carried::Named("NSH around something unknown"))),
    }
}

/// A timestamp that Arista switches put before the EtherType: subtype, clock and format, time.
fn arista(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    match data.take::<4>(Header::Link)? {
        [0, 1, 0 | 1, 0x10] => data.skip(8, Header::Link)?,
        [0, 1, 0 | 1, 0x20] => data.skip(6, Header::Link)?,
        _ => return Err(Skipped::NotTcp(Carried::Named("Arista header of an unknown type"))),
    }
    walk.enter_aside(Layer::Named("timestamp"));
    type_field(data)
}

/// IEEE 802.2 LLC: IP by its own service access point, or by SNAP.
pub(super) fn logical_link_control(data: &mut View<'_>) -> Result<Next, Skipped> {
    match data.take::<3>(Header::Link)? {
        [0x06, 0x06, 0x03] => Ok(Next::Ip),
        [0xaa, 0xaa, 0x03] => match data.take::<3>(Header::Link)? {
            // RFC 1042, and the same for bridged tunnels (IEEE 802.1H).
            [0, 0, 0 | 0xf8] => type_field(data),
            _ => Err(Skipped::NotTcp(Carried::Control)),
        },
        _ => Err(Skipped::NotTcp(Carried::Control)),
    }
}

/// An MPLS label stack entry (RFC 3032), the last of which does not say what follows.
pub(super) fn mpls(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let entry = u32::from_be_bytes(*data.take::<4>(Header::Link)?);
    walk.enter(Layer::Mpls(entry >> 12));
    if entry & 0x100 == 0 {
        return Ok(Next::Mpls);
    }
    let Some(&[first]) = data.peek() else { return Err(Skipped::Cut) };
    match first >> 4 {
        4 | 6 => Ok(Next::Ip),
        0 => pseudowire(data),
        1 => associated_channel(data),
        _ => Err(Skipped::NotTcp(Carried::Named("MPLS around something unknown"))),
    }
}

/// Ethernet over MPLS, with or without a control word (RFC 4448 section 4.6): which of the two is
/// signalled, not said in the packet, so that what has a known type there decides.
fn pseudowire(data: &mut View<'_>) -> Result<Next, Skipped> {
    let plausible = |offset| {
        matches!(
            data.peek_at(offset),
            Some([0x08, 0x00] | [0x86, 0xdd] | [0x81, 0x00] | [0x88, 0xa8 | 0x47 | 0x64])
        )
    };
    let control_word = plausible(16) || !plausible(12);
    if control_word {
        data.skip(4, Header::Link)?;
    }
    Ok(Next::Ethernet)
}

/// A pseudowire associated channel (RFC 4385 section 5) whose type is IPv4 or IPv6.
fn associated_channel(data: &mut View<'_>) -> Result<Next, Skipped> {
    match data.take::<4>(Header::Link)? {
        [_, _, 0x00, 0x21 | 0x57] => Ok(Next::Ip),
        _ => Err(Skipped::NotTcp(Carried::Control)),
    }
}

fn vlan(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let tag = u16::from_be_bytes(*data.take::<2>(Header::Link)?);
    walk.enter(Layer::Vlan(tag & 0x0fff));
    type_field(data)
}

/// A PPP over Ethernet session (RFC 2516 section 4).
pub(super) fn pppoe(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, code, s0, s1, l0, l1] = data.take::<6>(Header::Link)?;
    if code != 0 {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    walk.enter(Layer::Pppoe(u16::from_be_bytes([s0, s1])));
    data.frame(u16::from_be_bytes([l0, l1]).into());
    Ok(Next::Ppp)
}

/// A MACsec SecTAG (IEEE 802.1AE section 9.3) with integrity only; its check value at the end
/// falls to the IP length.
fn macsec(data: &mut View<'_>) -> Result<Next, Skipped> {
    let [control, ..] = data.take::<6>(Header::Link)?;
    let encrypted_or_changed = control & 0x0c != 0;
    if encrypted_or_changed {
        return Err(Skipped::NotTcp(Carried::Named("MACsec, encrypted")));
    }
    let explicit_channel = control & 0x20 != 0;
    if explicit_channel {
        data.skip(8, Header::Link)?;
    }
    type_field(data)
}

fn type_field(data: &mut View<'_>) -> Result<Next, Skipped> {
    Ok(Next::EtherType(u16::from_be_bytes(*data.take::<2>(Header::Link)?)))
}
