//! What a packet carries: one TCP segment, and how it was wrapped.

use std::net::SocketAddr;

use super::skipped::TcpHeader;

/// TCP control bits that matter here (RFC 9293 section 3.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flags(u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// The acknowledgment field is significant.
    pub const ACK: Self = Self(0x10);

    /// The flags in the low byte of a TCP header's 13th and 14th octet.
    pub fn new(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether any of `other` is set.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of `other` are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One layer that a packet was wrapped in, outermost first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Layer {
    /// IEEE 802.1Q or 802.1ad tag: VLAN identifier, 12 bits.
    Vlan(u16),
    /// MPLS label, 20 bits (RFC 3032).
    Mpls(u32),
    /// PPP over Ethernet: session identifier (RFC 2516).
    Pppoe(u16),
    /// IPv4 or IPv6 within IP (RFC 2003, 2473, 4213).
    IpInIp,
    /// Generic Routing Encapsulation, with its key if it has one (RFC 2784, 2890).
    Gre(Option<u32>),
    /// ERSPAN type I to III: session identifier.
    Erspan(u16),
    /// VXLAN network identifier, 24 bits (RFC 7348).
    Vxlan(u32),
    /// Geneve network identifier, 24 bits (RFC 8926).
    Geneve(u32),
    /// GTP-U tunnel endpoint identifier (3GPP TS 29.281).
    Gtp(u32),
    /// IP Authentication Header (RFC 4302).
    AuthenticationHeader,
    /// Teredo (RFC 4380).
    Teredo,
    /// Layer Two Tunneling Protocol, version 2: session identifier (RFC 2661).
    L2tp(u16),
    /// Locator/ID Separation Protocol (RFC 9300).
    Lisp,
    /// What has no identifier that both directions share, by name.
    Named(&'static str),
    /// A UDP port that names no tunnel, where the datagram itself shows for sure that it is one.
    OnPort(u16),
    /// TaZmen Sniffer Protocol, which carries the captures of wireless sensors.
    Tzsp,
}

/// One TCP segment as it was recorded.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// Sequence number of the first payload byte, or of the SYN.
    pub sequence: u32,
    /// Acknowledgment number; meaningless without `Flags::ACK`.
    pub acknowledgment: u32,
    /// Control bits.
    pub flags: Flags,
    /// The recorded payload bytes.
    pub payload: &'a [u8],
    /// Payload bytes that follow `payload` and were on the wire, but not recorded (snap length).
    pub missing: u32,
    /// All that was recorded of the segment, from its TCP header on; empty where its length is not
    /// stated. [`Segment::checksum`] is over this.
    pub octets: &'a [u8],
    /// The payload is like the padding with which Ethernet fills up short frames (1 to 6 bytes, all
    /// zero, in a frame of the least length): some gateways count padding in the IP length.
    pub may_be_padding: bool,
    /// Packets that it was put together from: 1, or as many as the fragments of its datagram that
    /// came in the file at hand.
    pub packets: u64,
    /// Where the payload came in IP fragments: (offset into `payload`, frame number), in offset
    /// order, one for each fragment; empty where the whole segment is in the packet at hand.
    pub fragments: &'a [(usize, u64)],
    /// What the segment was wrapped in, outermost first.
    pub encapsulation: &'a [Layer],
    /// A digest of what keeps connections with the same addresses and ports apart, the same for
    /// both directions: VLANs, PPPoE sessions, tunnels with their identifiers and outer addresses.
    /// 0 where there is none of them.
    pub surroundings: u64,
    /// Wireshark 4.0 with default preferences does not find this segment (VXLAN on other ports than 4789, ESP, IPv6
    /// payload length 0, VLAN tags of types 0x9200 and 0x9300, datagrams put together from cut
    /// fragments, loopback families that it takes for others): it has no `tcp.stream` there, and
    /// must not shift the numbers of those that have.
    pub unseen_by_wireshark: bool,
}

impl Segment<'_> {
    /// A segment without payload, of which nothing is known but its header.
    pub fn of_header(header: &TcpHeader) -> Self {
        Self {
            source: header.source,
            destination: header.destination,
            sequence: header.sequence,
            acknowledgment: 0,
            flags: header.flags,
            payload: &[],
            missing: 0,
            octets: &[],
            may_be_padding: false,
            packets: 1,
            fragments: &[],
            encapsulation: &[],
            surroundings: 0,
            unseen_by_wireshark: false,
        }
    }
}

/// Least length of an Ethernet frame without its check sequence, in bytes (IEEE 802.3 section
/// 3.2.8).
pub(super) const MINIMUM_FRAME: usize = 60;

/// Least length of what an Ethernet frame carries, in bytes.
pub(super) const MINIMUM_PAYLOAD: usize = 46;

/// Whether a payload looks like what fills up a frame with a TCP segment without data.
#[inline]
pub(super) fn is_like_padding(payload: &[u8]) -> bool {
    matches!(payload.len(), 1..=6) && payload.iter().all(|&byte| byte == 0)
}
