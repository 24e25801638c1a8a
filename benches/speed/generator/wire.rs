//! Packets: Ethernet, VLAN tags, IPv4 with fragments, IPv6, TCP, UDP.

use std::net::{IpAddr, SocketAddr};

use super::conversation::TcpSegment;

/// The two ends of a conversation and how its packets are wrapped.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
    /// VLAN identifiers, outermost first.
    pub(crate) vlans: Vec<u16>,
    /// Largest IPv4 payload before a packet is cut into fragments; a multiple of 8 bytes.
    pub(crate) fragment: Option<usize>,
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const MAC: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 5], [2, 0, 0, 0, 0, 4]];

impl Path {
    /// The packets of a segment; more than one where it is cut into fragments.
    pub(crate) fn tcp(&self, segment: &TcpSegment, at: u64, number: u16) -> Vec<Vec<u8>> {
        let (source, destination) = self.ends(segment.from_client);
        let mut body = Vec::with_capacity(32 + segment.payload.len());
        body.extend_from_slice(&source.port().to_be_bytes());
        body.extend_from_slice(&destination.port().to_be_bytes());
        body.extend_from_slice(&segment.sequence.to_be_bytes());
        body.extend_from_slice(&segment.acknowledgment.to_be_bytes());
        // 32 bytes of header; window; checksum; urgent pointer.
        body.extend_from_slice(&[0x80, segment.flags, 0x10, 0x00, 0, 0, 0, 0]);
        // No operation, no operation, timestamps.
        body.extend_from_slice(&[1, 1, 8, 10]);
        let clock = (at / 1_000_000) as u32;
        body.extend_from_slice(&clock.to_be_bytes());
        body.extend_from_slice(&clock.wrapping_sub(1).to_be_bytes());
        body.extend_from_slice(&segment.payload);
        self.packets(segment.from_client, TCP, body, 16, number)
    }

    pub(crate) fn udp(&self, from_client: bool, payload: &[u8], number: u16) -> Vec<Vec<u8>> {
        let (source, destination) = self.ends(from_client);
        let mut body = Vec::with_capacity(8 + payload.len());
        body.extend_from_slice(&source.port().to_be_bytes());
        body.extend_from_slice(&destination.port().to_be_bytes());
        body.extend_from_slice(&((8 + payload.len()) as u16).to_be_bytes());
        body.extend_from_slice(&[0, 0]);
        body.extend_from_slice(payload);
        self.packets(from_client, UDP, body, 6, number)
    }

    fn ends(&self, from_client: bool) -> (SocketAddr, SocketAddr) {
        if from_client { (self.client, self.server) } else { (self.server, self.client) }
    }

    /// `body` with its checksum at `checksum`, in as many packets as it needs.
    fn packets(
        &self,
        from_client: bool,
        protocol: u8,
        mut body: Vec<u8>,
        checksum: usize,
        number: u16,
    ) -> Vec<Vec<u8>> {
        let (source, destination) = self.ends(from_client);
        let mut sum = add(0, &octets(source.ip()));
        sum = add(sum, &octets(destination.ip()));
        sum += u64::from(protocol) + body.len() as u64;
        let sum = fold(add(sum, &body));
        body[checksum..checksum + 2].copy_from_slice(&sum.to_be_bytes());
        let IpAddr::V4(_) = source.ip() else {
            let mut packet = self.link(from_client, 0x86dd, 40 + body.len());
            packet.extend_from_slice(&[0x60, 0, 0, 0]);
            packet.extend_from_slice(&(body.len() as u16).to_be_bytes());
            packet.extend_from_slice(&[protocol, 64]);
            packet.extend_from_slice(&octets(source.ip()));
            packet.extend_from_slice(&octets(destination.ip()));
            packet.extend_from_slice(&body);
            return vec![packet];
        };
        let size = self.fragment.filter(|&size| body.len() > size).unwrap_or(body.len()).max(1);
        let count = body.len().div_ceil(size);
        let pieces = body.chunks(size).enumerate().map(|(index, piece)| {
            let mut header = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
            header[2..4].copy_from_slice(&((20 + piece.len()) as u16).to_be_bytes());
            header[4..6].copy_from_slice(&number.to_be_bytes());
            let more = if index + 1 < count { 0x2000 } else { 0 };
            let place = more | (index * size / 8) as u16;
            let place = if count == 1 { 0x4000 } else { place };
            header[6..8].copy_from_slice(&place.to_be_bytes());
            let sum = add(add(add(0, &header), &octets(source.ip())), &octets(destination.ip()));
            header[10..12].copy_from_slice(&fold(sum).to_be_bytes());
            let mut packet = self.link(from_client, 0x0800, 20 + piece.len());
            packet.extend_from_slice(&header);
            packet.extend_from_slice(&octets(source.ip()));
            packet.extend_from_slice(&octets(destination.ip()));
            packet.extend_from_slice(piece);
            packet
        });
        pieces.collect()
    }

    /// The link layer's header, with room for `length` more bytes.
    fn link(&self, from_client: bool, ethertype: u16, length: usize) -> Vec<u8> {
        let mut packet = Vec::with_capacity(14 + 4 * self.vlans.len() + length);
        packet.extend_from_slice(&MAC[usize::from(!from_client)]);
        packet.extend_from_slice(&MAC[usize::from(from_client)]);
        for (index, vlan) in self.vlans.iter().enumerate() {
            // The outer one of two is a service tag (IEEE 802.1ad).
            let is_outer = index + 1 < self.vlans.len();
            let tag: u16 = if is_outer { 0x88a8 } else { 0x8100 };
            packet.extend_from_slice(&tag.to_be_bytes());
            packet.extend_from_slice(&vlan.to_be_bytes());
        }
        packet.extend_from_slice(&ethertype.to_be_bytes());
        packet
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The sum of big-endian 16-bit words (RFC 1071).
fn add(mut sum: u64, bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(2);
    for word in &mut words {
        sum += u64::from(u16::from_be_bytes([word[0], word[1]]));
    }
    if let [last] = words.remainder() {
        sum += u64::from(*last) << 8;
    }
    sum
}

fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
