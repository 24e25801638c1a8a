//! IEEE 802.11 data frames, and what radio drivers put before them.

use crate::capture::LinkType;

use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};

/// LINKTYPE_IEEE802_11.
const IEEE802_11: LinkType = LinkType(105);

/// A data frame (IEEE 802.11 section 9.3.2) that is neither encrypted nor a fragment nor an
/// aggregate of several. Windows leaves the bit "protected" set in frames that it decrypted.
pub(super) fn ieee80211(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    mac_frame(walk, data, false)
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
    mac_frame(walk, data, padded)
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

fn mac_frame(walk: &mut Walk<'_>, data: &mut View<'_>, padded: bool) -> Result<Next, Skipped> {
    let frame = *data;
    let &[control, flags] = data.take::<2>(Header::Link)?;
    let data_with_payload = control & 0x4f == 0x08;
    let protected = flags & 0x40 != 0;
    if !data_with_payload {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    let encrypted = Skipped::NotTcp(Carried::Named("802.11 data, encrypted"));
    let [.., sequence, _] = data.take::<22>(Header::Link)?;
    let more_fragments = flags & 0x04 != 0;
    if more_fragments || sequence & 0x0f != 0 {
        if protected {
            return Err(encrypted);
        }
        return Err(Skipped::NotTcp(Carried::Named("802.11 fragments")));
    }
    let four_addresses = flags & 0x03 == 0x03;
    if four_addresses {
        data.skip(6, Header::Link)?;
    }
    let quality_of_service = control & 0x80 != 0;
    if quality_of_service {
        let [service, _] = data.take::<2>(Header::Link)?;
        let aggregate = service & 0x80 != 0;
        if aggregate {
            if protected {
                return Err(encrypted);
            }
            return Err(Skipped::NotTcp(Carried::Named("802.11 aggregates")));
        }
        let high_throughput_control = flags & 0x80 != 0;
        if high_throughput_control {
            data.skip(4, Header::Link)?;
        }
    }
    let header = data.start().saturating_sub(frame.start());
    if padded {
        data.skip(header.next_multiple_of(4).saturating_sub(header), Header::Link)?;
    }
    /// LLC and SNAP before a protocol of Ethernet: encrypted, an initialization vector and a key's
    /// number would stand there.
    const IN_THE_CLEAR: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];
    if protected {
        if data.peek() != Some(&IN_THE_CLEAR) {
            return Err(encrypted);
        }
        walk.unseen_by_wireshark = true;
    }
    Ok(Next::LogicalLinkControl)
}
