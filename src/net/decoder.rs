//! The walk over a packet, again over each datagram that its fragments complete.

use std::ops::Range;

use crate::capture::Packet;
use crate::limits::Limits;

use super::fragments::{Datagram, FragmentPool};
use super::segment::{Layer, Segment, is_like_padding};
use super::skipped::{GivenUp, Skipped, TcpHeader};
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
    /// Packets that the last answer is for.
    packets: u64,
    /// Ports of the outermost UDP header of the packet at hand.
    ports: Option<[u16; 2]>,
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
            packets: 0,
            ports: None,
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
        let Self { depth, layers, counted, udp, reassembled, datagram, pool, packets, ports } =
            self;
        *reassembled = false;
        *packets = 1;
        let mut walk = Walk::new(layers, counted, udp, *depth);
        let mut next = Next::Link(packet.link_type);
        let mut view = frame(packet);
        let tcp = loop {
            let end = walk.run(next, view);
            *ports = walk.ports;
            let fragment = match end {
                Ok(End::Tcp(tcp)) => break tcp,
                Ok(End::Fragment(fragment)) => fragment,
                Err(skipped) => return Err(skipped.unless_quoted(walk.quoted)),
            };
            let buffer = if *reassembled { &datagram.bytes } else { packet.data };
            let bytes = buffer.get(fragment.recorded.clone()).unwrap_or_default();
            let origin = (packet.number, *packets);
            *datagram =
                pool.push(&fragment, bytes, origin, packet.timestamp).inspect_err(|why| {
                    if !matches!(why, Skipped::Malformed(_)) {
                        *packets = 0;
                    }
                })?;
            *packets = datagram.packets;
            *reassembled = true;
            (walk.frame_start, walk.datagram_start) = (None, None);
            walk.unseen_by_wireshark |= datagram.bytes.len() < datagram.length;
            view = View::new(&datagram.bytes, datagram.length);
            next = Next::Protocol(datagram.protocol);
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
            packets: *packets,
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

    /// Packets that the answer to the last packet is for: 1, or as many as the fragments of the
    /// datagram that it completed. 0 for a fragment that completes none: that one is counted by a
    /// later answer, or by [`Decoder::given_up`].
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Source and destination port of the outermost UDP header in the last packet.
    pub fn udp_ports(&self) -> Option<[u16; 2]> {
        self.ports
    }

    /// The datagrams that were given up since this was asked last.
    pub fn given_up(&mut self) -> impl Iterator<Item = GivenUp> {
        self.pool.given_up()
    }

    /// Ends a file: the fragments that wait are given up as far as that file's packets are counted.
    /// What completes them later still does.
    pub fn end_file(&mut self) {
        self.pool.end_file();
    }

    /// Bytes of fragments held, overhead included; never above `Limits::fragment_bytes`.
    pub fn held_bytes(&self) -> usize {
        self.pool.held()
    }
}

/// All of a packet but its frame check sequence.
#[inline]
fn frame<'a>(packet: &Packet<'a>) -> View<'a> {
    let length = usize::try_from(packet.original_length).unwrap_or(usize::MAX);
    let length = length.max(packet.data.len());
    let mut frame = View::new(packet.data, length);
    frame.limit(length.saturating_sub(packet.frame_check_sequence.into()));
    frame
}
