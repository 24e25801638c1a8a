//! From header to header, down to TCP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;

use crate::capture::LinkType;

use super::fragments::{Fragment, Key};
use super::segment::{Flags, Layer, MINIMUM_FRAME, MINIMUM_PAYLOAD};
use super::skipped::{Carried, Header, Skipped, TcpHeader};
use super::surroundings::Surroundings;
use super::view::View;
use super::{ethernet, ip, link, tunnel};

/// What the rest of the packet begins with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// An Ethernet header.
    Ethernet,
    /// What this EtherType names, or IEEE 802.2 LLC where it is a length.
    EtherType(u16),
    /// An IP fragment; `Walk::fragment` says which.
    Fragment,
    /// IPv4 or IPv6, as its first four bits say.
    Ip,
    /// IPv6.
    Ipv6,
    /// The header of this link type.
    Link(LinkType),
    /// IEEE 802.2 Logical Link Control.
    LogicalLinkControl,
    /// An MPLS label stack entry.
    Mpls,
    /// PPP, from the address and control fields on if they are there.
    Ppp,
    /// What this IP protocol number names.
    Protocol(u8),
}

/// Where a walk ends.
pub(super) enum End {
    /// At an IP fragment.
    Fragment(Fragment),
    /// At a TCP segment.
    Tcp(Tcp),
}

/// A TCP segment, its payload as a place in the buffer that was walked.
pub(super) struct Tcp {
    pub(super) header: TcpHeader,
    pub(super) acknowledgment: u32,
    pub(super) payload: Range<usize>,
    pub(super) missing: usize,
    /// The recorded segment; empty where its length is not stated.
    pub(super) octets: Range<usize>,
    /// Its frame or datagram is as short as Ethernet allows.
    pub(super) is_shortest: bool,
}

/// What is known of a packet on the way down its headers.
pub(super) struct Walk<'d> {
    layers: &'d mut Vec<Layer>,
    counted: &'d mut Vec<TcpHeader>,
    /// Where the payload of a UDP datagram that is no tunnel stands.
    datagram: &'d mut Range<usize>,
    headers_left: usize,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// Inside an ICMP error message or an sFlow sample.
    pub(super) quoted: bool,
    /// Past a header that Wireshark does not look behind.
    pub(super) unseen_by_wireshark: bool,
    pub(super) fragment: Option<Fragment>,
    pub(super) surroundings: Surroundings,
    /// Source and destination port of the outermost UDP header.
    pub(super) ports: Option<[u16; 2]>,
    /// Where the last Ethernet header and the last IPv4 header begin in the buffer that is walked.
    pub(super) frame_start: Option<usize>,
    pub(super) datagram_start: Option<usize>,
    /// The last IP header states its payload's length.
    pub(super) has_length: bool,
}

impl<'d> Walk<'d> {
    /// A walk over at most `depth` headers that notes the encapsulation in `layers`, and in
    /// `counted` the TCP headers that stand for no segment, in `datagram` where the payload of a
    /// UDP datagram stands.
    pub(super) fn new(
        layers: &'d mut Vec<Layer>,
        counted: &'d mut Vec<TcpHeader>,
        datagram: &'d mut Range<usize>,
        depth: usize,
    ) -> Self {
        layers.clear();
        counted.clear();
        *datagram = 0..0;
        Self {
            layers,
            counted,
            datagram,
            headers_left: depth,
            source: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            destination: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            quoted: false,
            unseen_by_wireshark: false,
            fragment: None,
            surroundings: Surroundings::default(),
            ports: None,
            frame_start: None,
            datagram_start: None,
            has_length: false,
        }
    }

    /// Walks from `next` at the start of `data` to a fragment or a TCP segment.
    pub(super) fn run(&mut self, mut next: Next, mut data: View<'_>) -> Result<End, Skipped> {
        loop {
            self.count_header()?;
            next = match next {
                Next::Ethernet => ethernet::ethernet(self, &mut data)?,
                Next::EtherType(ethertype) => ethernet::ethertype(self, ethertype, &mut data)?,
                Next::Fragment => match self.fragment.take() {
                    Some(fragment) => return Ok(End::Fragment(fragment)),
                    None => return Err(Skipped::NotTcp(Carried::Control)),
                },
                Next::Ip => ip::ip(self, &mut data)?,
                Next::Ipv6 => ip::ipv6(self, &mut data)?,
                Next::Link(link_type) => link::link(self, link_type, &mut data)?,
                Next::LogicalLinkControl => ethernet::logical_link_control(&mut data)?,
                Next::Mpls => ethernet::mpls(self, &mut data)?,
                Next::Ppp => link::ppp(self, &mut data)?,
                Next::Protocol(6) => return self.tcp(data).map(End::Tcp),
                Next::Protocol(protocol) => tunnel::protocol(self, protocol, &mut data)?,
            };
        }
    }

    /// Walks a packet that this one quotes, for the sake of the TCP header that may be in it.
    pub(super) fn quote(&mut self, next: Next, data: View<'_>) {
        let mut walk = Walk {
            layers: &mut *self.layers,
            counted: &mut *self.counted,
            datagram: &mut *self.datagram,
            quoted: true,
            fragment: None,
            ..*self
        };
        // Whatever ends it is no concern of the packet that quotes.
        let _ = walk.run(next, data);
    }

    /// The end of a packet that may have quoted others, and does nothing else.
    pub(super) fn only_quoted(&self) -> Skipped {
        if self.counted.is_empty() { Skipped::NotTcp(Carried::Control) } else { Skipped::TcpQuoted }
    }

    /// Notes a layer that the packet is wrapped in.
    pub(super) fn enter(&mut self, layer: Layer) {
        self.surroundings.enter(layer, [self.source, self.destination]);
        self.layers.push(layer);
    }

    /// Notes a layer that is there for one direction, or for a copy of the packet.
    pub(super) fn enter_aside(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    /// Notes a tunnel that is none of the layers.
    pub(super) fn enter_tunnel(&mut self) {
        self.surroundings.tunnel([self.source, self.destination]);
    }

    /// Notes the payload of a UDP datagram that the packet itself carries.
    pub(super) fn note_datagram(&mut self, payload: &View<'_>) {
        if !self.quoted {
            let start = payload.start();
            *self.datagram = start..start.saturating_add(payload.recorded().len());
        }
    }

    /// One more header, of those that are not worth a step of `run`.
    ///
    /// # Errors
    ///
    /// `Skipped::TooManyLayers` where it is one too many.
    pub(super) fn count_header(&mut self) -> Result<(), Skipped> {
        self.headers_left = self.headers_left.checked_sub(1).ok_or(Skipped::TooManyLayers)?;
        Ok(())
    }

    /// What tells this packet's fragments from those of other datagrams.
    ///
    /// The surroundings belong to it because a capture on all interfaces of a host or a switch
    /// shows the same datagram in several.
    pub(super) fn fragment_key(&self, protocol: u8, identification: u32) -> Key {
        Key {
            source: self.source,
            destination: self.destination,
            protocol,
            identification,
            surroundings: self.surroundings.digest(),
        }
    }

    /// Reads a TCP header (RFC 9293 section 3.1).
    ///
    /// 16 of its 20 bytes are enough, as they are for Wireshark: sequence and length of the
    /// payload are then known, and a packet cut here (`-s 54`) still counts.
    fn tcp(&mut self, data: View<'_>) -> Result<Tcp, Skipped> {
        let mut header = data;
        let Ok(&[s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, _, _]) =
            header.take::<16>(Header::Tcp)
        else {
            return Err(if data.length() < 16 {
                Skipped::Malformed(Header::Tcp)
            } else {
                Skipped::TcpHeaderCut
            });
        };
        let header = TcpHeader {
            source: SocketAddr::new(self.source, u16::from_be_bytes([s0, s1])),
            destination: SocketAddr::new(self.destination, u16::from_be_bytes([d0, d1])),
            sequence: u32::from_be_bytes([q0, q1, q2, q3]),
            flags: Flags::new(flags),
        };
        if self.quoted {
            self.counted.push(header);
            return Err(Skipped::TcpQuoted);
        }

        let data_offset = usize::from(offset >> 4) * 4;
        if data_offset < 20 || data_offset > data.length() {
            self.counted.push(header);
            return Err(Skipped::TcpMalformed);
        }
        let recorded = data.recorded().len();
        let length = recorded.saturating_sub(data_offset);
        let segment = data.start()..data.start().saturating_add(recorded);
        let start = segment.start.saturating_add(data_offset.min(recorded));
        let reaches = |start: Option<usize>, length: usize| {
            start.is_some_and(|start| start.saturating_add(length) == segment.end)
        };
        let is_shortest = reaches(self.frame_start, MINIMUM_FRAME)
            || reaches(self.datagram_start, MINIMUM_PAYLOAD);
        Ok(Tcp {
            header,
            acknowledgment: u32::from_be_bytes([a0, a1, a2, a3]),
            payload: start..start.saturating_add(length),
            missing: data.length().saturating_sub(data_offset).saturating_sub(length),
            is_shortest,
            octets: if self.has_length { segment } else { 0..0 },
        })
    }
}
