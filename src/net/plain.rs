//! The packets that most of a capture consists of, read at one go.

use crate::capture::Packet;

use super::segment::{Flags, MINIMUM_PAYLOAD, is_like_padding};
use super::{guess, udp};

/// A packet that holds no more than an IP datagram without options, all of it, right behind the
/// link-layer header, and in it TCP, or UDP that is no tunnel.
///
/// [`super::Decoder::decode`] says the same of such a packet, and walks every other one.
#[derive(Clone, Copy, Debug)]
pub enum Plain<'a> {
    /// TCP.
    Segment(PlainSegment<'a>),
    /// UDP.
    Datagram(PlainDatagram<'a>),
}

/// A TCP segment that is recorded whole.
#[derive(Clone, Copy, Debug)]
pub struct PlainSegment<'a> {
    /// Source and destination.
    pub addresses: Addresses,
    /// Source and destination.
    pub ports: [u16; 2],
    /// Sequence number of the first payload byte, or of the SYN.
    pub sequence: u32,
    /// Acknowledgment number; only where `flags` has `Flags::ACK`.
    pub acknowledgment: Option<u32>,
    /// Control bits.
    pub flags: Flags,
    /// The payload; never one that may be padding.
    pub payload: &'a [u8],
}

/// A UDP datagram that is recorded whole, between ports that name no tunnel.
#[derive(Clone, Copy, Debug)]
pub struct PlainDatagram<'a> {
    /// Source and destination.
    pub ports: [u16; 2],
    /// The payload.
    pub payload: &'a [u8],
}

/// The source and the destination of a datagram.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Addresses {
    /// IPv4, the first byte of an address being the highest.
    V4([u32; 2]),
    /// IPv6.
    V6([[u8; 16]; 2]),
}

/// The device type (`ARPHRD_NETLINK`) of packets that are none of a network.
const NETLINK: [u8; 2] = [0x03, 0x38];

/// IP protocol numbers.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Shortest TCP header, in bytes (RFC 9293 section 3.1).
const TCP_HEADER: usize = 20;

/// Length of the UDP header, in bytes (RFC 768).
const UDP_HEADER: usize = 8;

impl<'a> Plain<'a> {
    /// What is in `packet`; `None` says nothing of a packet but that it is not a plain one.
    #[inline]
    pub fn read(packet: &Packet<'a>) -> Option<Self> {
        if packet.frame_check_sequence > 0 {
            return None;
        }
        // ETHERNET, LINUX_SLL, LINUX_SLL2: the EtherType, and what is behind the header.
        let (ethertype, datagram) = match packet.link_type.0 {
            1 => (packet.data.get(12..14)?, packet.data.get(14..)?),
            113 if packet.data.get(2..4)? != NETLINK => {
                (packet.data.get(14..16)?, packet.data.get(16..)?)
            }
            276 => (packet.data.get(..2)?, packet.data.get(20..)?),
            _ => return None,
        };
        match ethertype {
            [0x08, 0x00] => Self::in_ipv4(datagram),
            [0x86, 0xdd] => Self::in_ipv6(datagram),
            _ => None,
        }
    }

    /// IPv4 (RFC 791 section 3.1).
    #[inline(always)]
    fn in_ipv4(datagram: &'a [u8]) -> Option<Self> {
        let &[
            0x45,
            _,
            t0,
            t1,
            _,
            _,
            // Don't Fragment may be set, More Fragments and an offset may not.
            0 | 0x40,
            0,
            _,
            protocol,
            _,
            _,
            s0,
            s1,
            s2,
            s3,
            d0,
            d1,
            d2,
            d3,
        ] = datagram.first_chunk::<20>()?
        else {
            return None;
        };
        let addresses = [[s0, s1, s2, s3], [d0, d1, d2, d3]].map(u32::from_be_bytes);
        // A length of 0, which segmentation offload leaves, is none.
        let total = usize::from(u16::from_be_bytes([t0, t1]));
        let payload = datagram.get(20..total)?;
        if protocol != TCP {
            return PlainDatagram::read(protocol, payload).map(Self::Datagram);
        }
        let segment = PlainSegment::read(Addresses::V4(addresses), payload)?;
        let may_be_padding = total == MINIMUM_PAYLOAD && is_like_padding(segment.payload);
        (!may_be_padding).then_some(Self::Segment(segment))
    }

    /// IPv6 (RFC 8200 section 3).
    #[inline]
    fn in_ipv6(datagram: &'a [u8]) -> Option<Self> {
        let (&[0x60..=0x6f, _, _, _, l0, l1, protocol, _], rest) = datagram.split_first_chunk()?
        else {
            return None;
        };
        let (&source, rest) = rest.split_first_chunk()?;
        let (&destination, rest) = rest.split_first_chunk()?;
        let payload = rest.get(..usize::from(u16::from_be_bytes([l0, l1])))?;
        if protocol != TCP {
            return PlainDatagram::read(protocol, payload).map(Self::Datagram);
        }
        PlainSegment::read(Addresses::V6([source, destination]), payload).map(Self::Segment)
    }
}

impl<'a> PlainSegment<'a> {
    #[inline(always)]
    fn read(addresses: Addresses, segment: &'a [u8]) -> Option<Self> {
        let &[s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, ..] =
            segment.first_chunk::<TCP_HEADER>()?;
        let offset = usize::from(offset >> 4) * 4;
        if offset < TCP_HEADER {
            return None;
        }
        let flags = Flags::new(flags);
        let acknowledgment = u32::from_be_bytes([a0, a1, a2, a3]);
        Some(Self {
            addresses,
            ports: [[s0, s1], [d0, d1]].map(u16::from_be_bytes),
            sequence: u32::from_be_bytes([q0, q1, q2, q3]),
            acknowledgment: flags.contains(Flags::ACK).then_some(acknowledgment),
            flags,
            payload: segment.get(offset..)?,
        })
    }
}

impl<'a> PlainDatagram<'a> {
    #[inline]
    fn read(protocol: u8, datagram: &'a [u8]) -> Option<Self> {
        let &[s0, s1, d0, d1, l0, l1, _, _] = datagram.first_chunk::<UDP_HEADER>()?;
        let ports = [[s0, s1], [d0, d1]].map(u16::from_be_bytes);
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if protocol != UDP || ports.into_iter().any(udp::is_tunnel) {
            return None;
        }
        let payload = datagram.get(UDP_HEADER..length)?;
        if guess::tunnel(payload, payload.len()).is_some() {
            return None;
        }
        Some(Self { ports, payload })
    }
}
