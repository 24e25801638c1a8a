//! IEEE 802.11 data frames, and what radio drivers put before them.

use crate::capture::LinkType;

use super::segment::Layer;
use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};

/// LINKTYPE_IEEE802_11.
const IEEE802_11: LinkType = LinkType(105);

/// A data frame (IEEE 802.11 section 9.3.2) that is neither encrypted nor a fragment nor an
/// aggregate of several.
pub(super) fn ieee80211(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[control, flags] = data.take::<2>(Header::Link)?;
    mac_frame(walk, data, [control, flags], false)
}

/// The same within CAPWAP, where access points of Cisco exchange the first two bytes.
pub(super) fn in_capwap(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[first, second] = data.take::<2>(Header::Link)?;
    // Wireshark takes it for granted that they are.
    let [exchanged, usual] = [second, first].map(|control| {
        let address_4 = if first & second & 0x03 == 0x03 { 6 } else { 0 };
        let service = if control & 0x80 != 0 { 2 } else { 0 };
        carries_payload(control) && starts_with_snap(data, 22 + address_4 + service)
    });
    if !exchanged && (usual || !carries_payload(second)) {
        walk.unseen_by_wireshark = true;
        return mac_frame(walk, data, [first, second], false);
    }
    mac_frame(walk, data, [second, first], false)
}

/// A radiotap header: present fields are announced by bits; two of the flags matter here.
pub(super) fn radiotap(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    const TIMESTAMP: u8 = 0x01;
    const FLAGS: u8 = 0x02;
    const ANOTHER_WORD: u8 = 0x80;
    let Some(&[_, _, l0, l1, present, ..]) = data.peek::<8>() else { return Err(Skipped::Cut) };

    let mut padded = false;
    if present & FLAGS != 0 {
        let mut words = 1_usize;
        while let Some([_, _, _, last]) = data.peek_at(words.saturating_mul(4)) {
            if last & ANOTHER_WORD == 0 {
                break;
            }
            words = words.saturating_add(1);
        }
        let fields = words.saturating_add(1).saturating_mul(4);
        let flags = match present & TIMESTAMP {
            0 => fields,
            _ => fields.next_multiple_of(8).saturating_add(8),
        };
        const PADDED_TO_32_BITS: u8 = 0x20;
        padded = matches!(data.peek_at(flags), Some([flags]) if flags & PADDED_TO_32_BITS != 0);
    }
    data.skip(u16::from_le_bytes([l0, l1]).max(8).into(), Header::Link)?;
    let &[control, flags] = data.take::<2>(Header::Link)?;
    mac_frame(walk, data, [control, flags], padded)
}

/// A Prism header of 144 bytes, or the AVS header that took over its link type.
pub(super) fn prism(data: &mut View<'_>) -> Result<Next, Skipped> {
    if let Some([0x80, 0x21, 0x10, _]) = data.peek() {
        return avs(data);
    }
    data.skip(144, Header::Link)?;
    Ok(Next::Link(IEEE802_11))
}

/// An AVS header: version and its own length.
pub(super) fn avs(data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[_, _, _, _, l0, l1, l2, l3] = data.take::<8>(Header::Link)?;
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3]))
        .ok()
        .and_then(|length| length.checked_sub(8))
        .ok_or(Skipped::Malformed(Header::Link))?;
    data.skip(length, Header::Link)?;
    Ok(Next::Link(IEEE802_11))
}

/// Per-Packet Information: its own length and the link type of what follows, little-endian.
pub(super) fn per_packet_information(data: &mut View<'_>) -> Result<Next, Skipped> {
    let Some(&[_, _, l0, l1, t0, t1, 0, 0]) = data.peek() else {
        return Err(Skipped::Malformed(Header::Link));
    };
    data.skip(u16::from_le_bytes([l0, l1]).max(8).into(), Header::Link)?;
    Ok(Next::Link(LinkType(u16::from_le_bytes([t0, t1]))))
}

/// Whether a frame of this type carries data.
fn carries_payload(control: u8) -> bool {
    control & 0x4f == 0x08
}

/// Whether LLC and SNAP with a type that is common stand in the clear at `offset`.
fn starts_with_snap(data: &View<'_>, offset: usize) -> bool {
    matches!(
        data.peek_at(offset),
        Some(
            [0xaa, 0xaa, 3, 0, 0, 0 | 0xf8, 0x08, 0x00 | 0x06]
                | [0xaa, 0xaa, 3, 0, 0, 0 | 0xf8, 0x81, 0x00]
                | [0xaa, 0xaa, 3, 0, 0, 0 | 0xf8, 0x86, 0xdd]
                | [0xaa, 0xaa, 3, 0, 0, 0 | 0xf8, 0x88, 0x8e]
        )
    )
}

/// The rest of a frame behind its first two bytes.
fn mac_frame(
    walk: &mut Walk<'_>,
    data: &mut View<'_>,
    [control, flags]: [u8; 2],
    padded: bool,
) -> Result<Next, Skipped> {
    let start = data.start();
    if !carries_payload(control) {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    let protected = flags & 0x40 != 0;
    const ENCRYPTED: Skipped = Skipped::NotTcp(Carried::Named("802.11 data, encrypted"));
    let [.., sequence, _] = data.take::<22>(Header::Link)?;
    let more_fragments = flags & 0x04 != 0;
    if more_fragments || sequence & 0x0f != 0 {
        return Err(if protected {
            ENCRYPTED
        } else {
            Skipped::NotTcp(Carried::Named("802.11 fragments"))
        });
    }
    let four_addresses = flags & 0x03 == 0x03;
    if four_addresses {
        data.skip(6, Header::Link)?;
    }
    let quality_of_service = control & 0x80 != 0;
    let mut aggregate = false;
    if quality_of_service {
        let [service, _] = data.take::<2>(Header::Link)?;
        aggregate = service & 0x80 != 0;
        let high_throughput_control = flags & 0x80 != 0;
        if high_throughput_control {
            data.skip(4, Header::Link)?;
        }
    }
    let header = data.start().saturating_sub(start).saturating_add(2);
    if padded {
        data.skip(header.next_multiple_of(4).saturating_sub(header), Header::Link)?;
    }
    let inner = if aggregate { AGGREGATED } else { 0 };
    if protected {
        // Some drivers decrypt frames and leave the bit, and some the header of the cipher: 4 bytes
        // of WEP, 8 of all others.
        let Some(cipher) =
            [0, 8, 4].into_iter().find(|&cipher| starts_with_snap(data, cipher + inner))
        else {
            return Err(ENCRYPTED);
        };
        walk.unseen_by_wireshark = true;
        data.skip(cipher, Header::Link)?;
    }
    if aggregate {
        return only_one(walk, data);
    }
    Ok(Next::LogicalLinkControl)
}

/// Length of the header of a part of an aggregate: two addresses and a length.
const AGGREGATED: usize = 14;

/// An aggregate (A-MSDU, IEEE 802.11 section 9.3.2.2) of one part; a packet gives one segment.
fn only_one(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    let &[.., l0, l1] = data.take::<AGGREGATED>(Header::Link)?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    // Each part but the last is filled up to four bytes; less than a header is none.
    if data.length() >= length.saturating_add(AGGREGATED + 3) {
        return Err(Skipped::NotTcp(Carried::Named("802.11 aggregates of several")));
    }
    data.frame(length);
    walk.enter_aside(Layer::Named("a-msdu"));
    Ok(Next::LogicalLinkControl)
}
