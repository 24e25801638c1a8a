//! IPv4, IPv6, and the IPv6 extension headers.

use std::net::IpAddr;

use super::fragments::Fragment;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};

/// IPv4 or IPv6, as the first four bits say.
#[inline]
pub(super) fn ip(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    match data.peek() {
        Some([first]) if first >> 4 == 4 => ipv4(walk, data),
        Some([first]) if first >> 4 == 6 => ipv6(walk, data),
        Some(_) => Err(Skipped::Malformed(Header::Ip)),
        None if data.missing() > 0 => Err(Skipped::Cut),
        None => Err(Skipped::Malformed(Header::Ip)),
    }
}

/// IPv4 (RFC 791 section 3.1).
#[inline]
fn ipv4(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    walk.datagram_start = Some(data.start());
    let &[version_and_length, _, t0, t1, i0, i1, f0, f1, _, protocol, _, _] =
        data.take::<12>(Header::Ip)?;
    let header_length = usize::from(version_and_length & 0x0f) * 4;
    let Some(options) = header_length.checked_sub(20) else {
        return Err(Skipped::Malformed(Header::Ip));
    };
    walk.source = (*data.take::<4>(Header::Ip)?).into();
    walk.destination = (*data.take::<4>(Header::Ip)?).into();
    if options > 0 {
        let before = data.recorded();
        data.skip(options, Header::Ip)?;
        if let Some(last) = before.get(..options).and_then(source_route_end) {
            walk.destination = last;
        }
    }

    match usize::from(u16::from_be_bytes([t0, t1])) {
        // Segmentation offload: the network card will fill it in, so all of the packet is IP.
        0 => walk.has_length = false,
        total => match total.checked_sub(header_length) {
            Some(payload) => {
                walk.has_length = true;
                data.limit(payload);
            }
            None => return Err(Skipped::Malformed(Header::Ip)),
        },
    }

    let fragmentation = u16::from_be_bytes([f0, f1]);
    let more = fragmentation & 0x2000 != 0;
    let offset = usize::from(fragmentation & 0x1fff) * 8;
    if !more && offset == 0 {
        return Ok(Next::Protocol(protocol));
    }
    // A first fragment that was cut shows what it shows at once, as in Wireshark; so does one
    // that an ICMP message quotes, which says nothing of the datagram's other fragments.
    if offset == 0 && (data.missing() > 0 || walk.quoted) {
        return Ok(Next::Protocol(protocol));
    }
    let identification = u16::from_be_bytes([i0, i1]).into();
    fragment(walk, data, protocol, protocol, identification, offset, more)
}

/// IPv6 (RFC 8200 section 3).
pub(super) fn ipv6(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    if !matches!(data.peek(), Some([first]) if first >> 4 == 6) {
        return match data.missing() {
            1.. if data.recorded().is_empty() => Err(Skipped::Cut),
            _ => Err(Skipped::Malformed(Header::Ip)),
        };
    }
    // Of its own headers 40 bytes: a datagram with TCP in it is never as short as Ethernet allows.
    walk.datagram_start = None;
    let &[_, _, _, _, l0, l1, next_header, _] = data.take::<8>(Header::Ip)?;
    walk.source = address(data)?;
    walk.destination = address(data)?;
    match u16::from_be_bytes([l0, l1]) {
        // A jumbogram (RFC 2675) or segmentation offload: all of the packet is IP.
        0 => {
            walk.unseen_by_wireshark = true;
            walk.has_length = false;
        }
        length => {
            walk.has_length = true;
            data.limit(length.into());
        }
    }
    Ok(Next::Protocol(next_header))
}

/// A header of which only the length matters: hop-by-hop and destination options (RFC 8200
/// sections 4.3 and 4.6), Shim6 (RFC 5533 section 5.1).
pub(super) fn extension(data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[next_header, length]) = data.peek() else { return Err(shortage(data)) };
    data.skip((usize::from(length) + 1) * 8, Header::Ip)?;
    Ok(Next::Protocol(next_header))
}

/// A routing header (RFC 8200 section 4.4): where it is not used up, the connection's endpoint is
/// its last address, not the packet's destination.
pub(super) fn routing(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[_, length, kind, segments_left]) = data.peek() else { return Err(shortage(data)) };
    let last = match kind {
        // RFC 2460 section 4.4: addresses in order of travel.
        0 => (usize::from(length) / 2).checked_sub(1).map(|index| 8 + index * 16),
        // RFC 6275 section 6.4, and RFC 8754 section 2 in reverse order of travel.
        2 | 4 => Some(8),
        _ => None,
    };
    let last = last.filter(|_| segments_left > 0 && length >= 2);
    let last = last.and_then(|offset| data.peek_at::<16>(offset));
    let next = extension(data)?;
    if let Some(last) = last {
        walk.destination = (*last).into();
    }
    Ok(next)
}

/// An IPv6 fragment header (RFC 8200 section 4.5).
pub(super) fn fragment_header(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[next_header, _, f0, f1, identification @ ..] = data.take::<8>(Header::Ip)?;
    let field = u16::from_be_bytes([f0, f1]);
    let more = field & 1 != 0;
    let offset = usize::from(field & 0xfff8);
    let atomic = !more && offset == 0;
    if atomic || (offset == 0 && walk.quoted) {
        return Ok(Next::Protocol(next_header));
    }
    /// Of IPv6: the next header belongs to the first fragment alone.
    const FRAGMENT: u8 = 44;
    let identification = u32::from_be_bytes(identification);
    fragment(walk, data, FRAGMENT, next_header, identification, offset, more)
}

fn fragment(
    walk: &mut Walk<'_>,
    data: &View<'_>,
    key_protocol: u8,
    protocol: u8,
    identification: u32,
    offset: usize,
    more: bool,
) -> Result<Next, Skipped> {
    if walk.quoted {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    let start = data.start();
    walk.fragment = Some(Fragment {
        key: walk.fragment_key(key_protocol, identification),
        protocol,
        offset,
        more,
        recorded: start..start.saturating_add(data.recorded().len()),
        length: data.length(),
    });
    Ok(Next::Fragment)
}

/// The last address of a source route that is not used up (RFC 791 section 3.1).
fn source_route_end(options: &[u8]) -> Option<IpAddr> {
    let mut rest = options;
    loop {
        match rest {
            [] | [_] | [0, ..] => return None,
            [1, after @ ..] => rest = after,
            // Loose and strict source route; the pointer counts from 1.
            [0x83 | 0x89, length, pointer, ..] => {
                let last: [u8; 4] = *rest.get(3..usize::from(*length))?.last_chunk()?;
                return (4..*length).contains(pointer).then(|| last.into());
            }
            [_, length, ..] => rest = rest.get(usize::from(*length).max(2)..)?,
        }
    }
}

fn address(data: &mut View<'_>) -> Result<IpAddr, Skipped> {
    Ok((*data.take::<16>(Header::Ip)?).into())
}

fn shortage(data: &View<'_>) -> Skipped {
    if data.missing() > 0 { Skipped::Cut } else { Skipped::Malformed(Header::Ip) }
}
