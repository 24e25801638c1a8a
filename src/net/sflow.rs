//! sFlow: beginnings of packets that a switch saw, sampled and sent to a collector.
//!
//! They say nothing reliable of a connection, but Wireshark numbers the streams in them.

use super::skipped::{Carried, Header, Skipped};
use super::view::View;
use super::walk::{Next, Walk};

/// An sFlow version 5 datagram: the TCP headers in its samples are counted.
pub(super) fn datagram(walk: &mut Walk<'_>, data: &mut View<'_>) -> Result<Next, Skipped> {
    if walk.quoted {
        return Err(Skipped::NotTcp(Carried::Control));
    }
    let agent = match data.take::<8>(Header::Tunnel)? {
        [0, 0, 0, 5, 0, 0, 0, 1] => 4,
        [0, 0, 0, 5, 0, 0, 0, 2] => 16,
        _ => return Err(Skipped::NotTcp(Carried::Control)),
    };
    let sequence_and_time = 12;
    data.skip(agent + sequence_and_time, Header::Tunnel)?;
    const COUNT: usize = 4;
    data.skip(COUNT, Header::Tunnel)?;
    while let Ok((kind, mut sample)) = tagged(data) {
        let before_records = match kind {
            FLOW_SAMPLE => 28,
            EXPANDED_FLOW_SAMPLE => 40,
            _ => continue,
        };
        if sample.skip(before_records + COUNT, Header::Tunnel).is_ok() {
            while let Ok((kind, record)) = tagged(&mut sample) {
                if kind == RAW_PACKET_HEADER {
                    raw_packet_header(walk, record);
                }
            }
        }
    }
    Err(walk.only_quoted())
}

const FLOW_SAMPLE: u32 = 1;
const EXPANDED_FLOW_SAMPLE: u32 = 3;
const RAW_PACKET_HEADER: u32 = 1;

/// Protocol, length of the frame, bytes taken off, and the bytes from the frame's start.
fn raw_packet_header(walk: &mut Walk<'_>, mut record: View<'_>) {
    let Ok(&[_, _, _, protocol, _, _, _, _, _, _, _, _, l0, l1, l2, l3]) =
        record.take::<16>(Header::Tunnel)
    else {
        return;
    };
    let next = match protocol {
        1 => Next::Ethernet,
        11 | 12 => Next::Ip,
        _ => return,
    };
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    walk.quote(next, record.part(length));
}

/// A format and a length in bytes, then so many bytes.
fn tagged<'a>(data: &mut View<'a>) -> Result<(u32, View<'a>), Skipped> {
    let &[k0, k1, k2, k3, l0, l1, l2, l3] = data.take::<8>(Header::Tunnel)?;
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    Ok((u32::from_be_bytes([k0, k1, k2, k3]), data.part(length)))
}
