//! The walk over a packet, again over each datagram that its fragments complete.

use std::ops::Range;

use crate::capture::Packet;
use crate::limits::Limits;

use super::fragments::{Datagram, FragmentPool};
use super::segment::{Layer, Segment, is_like_padding};
use super::skipped::{Skipped, TcpHeader};
use super::view::View;
use super::walk::{End, Next, Tcp, Walk};

/// Reads packets; holds IP fragments between them.
#[derive(Debug)]
pub struct Decoder {
    depth: usize,
    /// What the packet at hand is wrapped in; kept for its memory.
    layers: Vec<Layer>,
    /// TCP headers in the packet at hand that stand for no segment.
    counted: Vec<TcpHeader>,
    /// Where the payload of a UDP datagram stands, in the packet at hand or in `datagram`.
    udp: Range<usize>,
    /// `udp` is in `datagram`.
    reassembled: bool,
    /// The datagram that the packet at hand completed.
    datagram: Datagram,
    pool: FragmentPool,
}

impl Decoder {
    /// A decoder that walks at most `Limits::encapsulation_depth` headers of a packet, and holds
    /// fragments within `Limits::fragment_bytes` (overhead included),
    /// `Limits::fragment_datagrams` and `Limits::fragment_seconds`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            depth: limits.encapsulation_depth,
            layers: Vec::new(),
            counted: Vec::new(),
            udp: 0..0,
            reassembled: false,
            datagram: Datagram::default(),
            pool: FragmentPool::new(limits),
        }
    }

    /// The TCP segment in `packet`, or in the datagram that `packet` completes.
    ///
    /// Lengths are taken from the IP header, so that padding and trailers are let go and bytes cut
    /// by the snap length are counted as missing; where the IP length is 0 (segmentation offload)
    /// from the packet's original length, without the frame check sequence.
    ///
    /// # Errors
    ///
    /// `Skipped` says why there is no segment; none of it concerns packets to come.
    pub fn decode<'a>(&'a mut self, packet: &Packet<'a>) -> Result<Segment<'a>, Skipped> {
        let Self { depth, layers, counted, udp, reassembled, datagram, pool } = self;
        *reassembled = false;
        let mut walk = Walk::new(layers, counted, udp, *depth);
        let mut end = walk.run(Next::Link(packet.link_type), frame(packet))?;
        let tcp = loop {
            let fragment = match end {
                End::Tcp(tcp) => break tcp,
                End::Fragment(fragment) => fragment,
            };
            let buffer = if *reassembled { &datagram.bytes } else { packet.data };
            let bytes = buffer.get(fragment.recorded.clone()).unwrap_or_default();
            *datagram = pool.push(&fragment, bytes, packet.number, packet.timestamp)?;
            *reassembled = true;
            (walk.frame_start, walk.datagram_start) = (None, None);
            walk.unseen_by_wireshark |= datagram.bytes.len() < datagram.length;
            let whole = View::new(&datagram.bytes, datagram.length);
            end = walk.run(Next::Protocol(datagram.protocol), whole)?;
        };

        let unseen_by_wireshark = walk.unseen_by_wireshark;
        let surroundings = walk.surroundings.digest();
        let Tcp { header, acknowledgment, payload, missing, octets, is_shortest } = tcp;
        let (buffer, fragments) = if *reassembled {
            datagram.frames_from(payload.start);
            (datagram.bytes.as_slice(), datagram.frames.as_slice())
        } else {
            (packet.data, [].as_slice())
        };
        let payload = buffer.get(payload).unwrap_or_default();
        Ok(Segment {
            source: header.source,
            destination: header.destination,
            sequence: header.sequence,
            acknowledgment,
            flags: header.flags,
            payload,
            missing: u32::try_from(missing).unwrap_or(u32::MAX),
            octets: buffer.get(octets).unwrap_or_default(),
            may_be_padding: is_shortest && is_like_padding(payload),
            packets: if *reassembled { datagram.packets } else { 1 },
            fragments,
            encapsulation: layers,
            surroundings,
            unseen_by_wireshark,
        })
    }

    /// The TCP headers in the last packet that stand for no segment, but to which Wireshark gives
    /// stream numbers: in order, none after a segment, more than one only for sFlow.
    pub fn counted(&self) -> &[TcpHeader] {
        &self.counted
    }

    /// What was recorded of the payload of the UDP datagram in `packet`, the last one decoded, or
    /// that it completed; empty where there is none, and where it is a tunnel.
    pub fn udp_payload<'a>(&'a self, packet: &Packet<'a>) -> &'a [u8] {
        let buffer = if self.reassembled { &self.datagram.bytes } else { packet.data };
        buffer.get(self.udp.clone()).unwrap_or_default()
    }

    /// Bytes of fragments held, overhead included; never above `Limits::fragment_bytes`.
    pub fn held_bytes(&self) -> usize {
        self.pool.held()
    }
}

/// All of a packet but its frame check sequence.
fn frame<'a>(packet: &Packet<'a>) -> View<'a> {
    let length = usize::try_from(packet.original_length).unwrap_or(usize::MAX);
    let length = length.max(packet.data.len());
    let mut frame = View::new(packet.data, length);
    frame.limit(length.saturating_sub(packet.frame_check_sequence.into()));
    frame
}
