//! Why a packet gives no segment.

use std::net::SocketAddr;

use crate::capture::LinkType;

use super::segment::Flags;

/// Why a packet gives no segment; one fact each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Skipped {
    /// What was recorded ends before it shows whether this is TCP.
    Cut,
    /// Fragments of its datagram overlap and differ: which bytes the receiver took is unknown, so
    /// the whole datagram is given up, this fragment and later ones included.
    FragmentConflict,
    /// An IP fragment, kept until the others of its datagram come; see `Decoder::given_up`.
    FragmentHeld,
    /// As `FragmentHeld`, but to make room an older, unfinished datagram was given up; or the
    /// fragment alone is above the limit.
    FragmentPoolFull,
    /// No reader for its link type.
    LinkType(LinkType),
    /// A header that cannot be: its length is below the least allowed, or beyond its layer's end.
    Malformed(Header),
    /// It carries something else than TCP, or nothing that can be followed to TCP (encryption).
    NotTcp(Carried),
    /// A TCP header whose data offset is below 5 or beyond the segment's end (RFC 9293 section
    /// 3.1): no host accepts it, but Wireshark gives it a stream number; see `Decoder::counted`.
    TcpMalformed,
    /// TCP headers that an ICMP error message or an sFlow datagram quotes: sent earlier and
    /// elsewhere, perhaps not in the capture. They carry nothing, but Wireshark gives them stream
    /// numbers; see `Decoder::counted`.
    TcpQuoted,
    /// TCP, but fewer than the 16 bytes of its header that are needed were recorded.
    TcpHeaderCut,
    /// More headers than `Limits::encapsulation_depth`.
    TooManyLayers,
}

impl Skipped {
    /// Of a packet that only quotes others, it does not matter why their headers cannot be read.
    pub(super) fn unless_quoted(self, quoted: bool) -> Self {
        match self {
            Self::TcpQuoted => self,
            _ if quoted => Self::NotTcp(Carried::Control),
            _ => self,
        }
    }
}

/// What a packet carries that is not followed to TCP, by the last header that was read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Carried {
    /// What this address family of BSD names.
    AddressFamily(u16),
    /// What serves a network itself: management, signalling, error messages, samples.
    Control,
    /// What this EtherType names, or below 0x0600 this number of Linux.
    EtherType(u16),
    /// What has no number, in words.
    Named(&'static str),
    /// What this protocol number of PPP names.
    Ppp(u16),
    /// What this IP protocol number names.
    Protocol(u8),
    /// A UDP datagram between these ports, which is no tunnel that is read.
    Udp([u16; 2]),
}

/// Fragments of an IP datagram that was not put together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GivenUp {
    /// Packets, of the file at hand.
    pub packets: u64,
    /// Number of the first of them.
    pub first_frame: u64,
    /// What the datagram carried, where that is known and is not TCP.
    pub carried: Option<Carried>,
}

/// The kind of header in which a length lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Header {
    /// IPv4 or IPv6, with options, extension headers and fragment fields.
    Ip,
    /// The link layer and what stands between it and IP: VLAN, MPLS, PPP, LLC.
    Link,
    /// TCP, so short that not even its sequence number is there.
    Tcp,
    /// A header that wraps another packet: UDP, GRE, VXLAN and the like.
    Tunnel,
}

/// What decides the `tcp.stream` number of a TCP header that stands for no segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpHeader {
    /// Source address and port.
    pub source: SocketAddr,
    /// Destination address and port.
    pub destination: SocketAddr,
    /// Sequence number.
    pub sequence: u32,
    /// Control bits.
    pub flags: Flags,
}
