//! A packet's TCP segment, found and rewritten without the library's decoder: what it is tested
//! against must not be what is tested.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const ACK: u8 = 0x10;

/// Where a packet's headers stand, and what a TCP header says.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) vlans: Vec<u16>,
    ip: usize,
    tcp: usize,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) flags: u8,
    /// Where in the packet the payload stands that was captured.
    pub(super) payload: Range<usize>,
}

impl Segment {
    /// Where the segment is; `None` for anything but IPv4 and IPv6 with TCP, not fragmented, on the
    /// plainest link types.
    pub(super) fn of(packet: &[u8], link_type: u32) -> Option<Self> {
        let mut vlans = Vec::new();
        let ip = match link_type {
            1 => {
                let mut at = 12;
                while let [0x81, 0] | [0x88, 0xa8] | [0x91 | 0x92, 0] = packet.get(at..at + 2)? {
                    vlans.push(word(packet, at + 2)? & 0xfff);
                    at += 4;
                }
                matches!(packet.get(at..at + 2)?, [8, 0] | [0x86, 0xdd]).then_some(at + 2)?
            }
            0 | 108 => 4,
            12 | 14 | 101 | 228 | 229 => 0,
            113 => matches!(packet.get(14..16)?, [8, 0] | [0x86, 0xdd]).then_some(16)?,
            276 => matches!(packet.get(..2)?, [8, 0] | [0x86, 0xdd]).then_some(20)?,
            _ => return None,
        };
        let (tcp, end, source, destination) = match packet.get(ip)? >> 4 {
            4 => {
                let is_whole = word(packet, ip + 6)? & 0x3fff == 0;
                let is_tcp = *packet.get(ip + 9)? == 6;
                let tcp = ip + usize::from(packet[ip] & 15) * 4;
                let length = usize::from(word(packet, ip + 2)?);
                let end = if length == 0 { packet.len() } else { ip + length };
                let address = |at: usize| {
                    let bytes: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
                    Some(IpAddr::from(bytes))
                };
                (is_whole && is_tcp).then_some((tcp, end, address(ip + 12)?, address(ip + 16)?))?
            }
            6 => {
                let length = usize::from(word(packet, ip + 4)?);
                let address = |at: usize| {
                    let bytes: [u8; 16] = packet.get(at..at + 16)?.try_into().ok()?;
                    Some(IpAddr::from(bytes))
                };
                (*packet.get(ip + 6)? == 6).then_some((
                    ip + 40,
                    ip + 40 + length,
                    address(ip + 8)?,
                    address(ip + 24)?,
                ))?
            }
            _ => return None,
        };
        let payload = tcp + usize::from(packet.get(tcp + 12)? >> 4) * 4;
        let sequence = packet.get(tcp + 4..tcp + 8)?.try_into().unwrap();
        Some(Self {
            vlans,
            ip,
            tcp,
            source: SocketAddr::new(source, word(packet, tcp)?),
            destination: SocketAddr::new(destination, word(packet, tcp + 2)?),
            sequence: u32::from_be_bytes(sequence),
            flags: *packet.get(tcp + 13)?,
            payload: payload.min(packet.len())
                ..end.min(packet.len()).max(payload.min(packet.len())),
        })
    }

    /// Whether no byte of it was cut off.
    pub(super) fn is_whole(&self, packet: &[u8]) -> bool {
        word(packet, self.ip + 2)
            .is_some_and(|length| length > 0 && self.ip + usize::from(length) <= packet.len())
    }

    /// Whether the connection begins with it: a SYN of the one who asks.
    pub(super) fn is_first(&self) -> bool {
        self.flags & (SYN | ACK) == SYN
    }

    /// Whether a pass may not be where this packet of a failing connection is left. Three kinds
    /// show nothing but that there was an attempt: a SYN, its answer, and a reset that answers a SYN
    /// (its sequence number is 0, RFC 9293 section 3.10.7.1).
    pub(super) fn must_prevent_a_pass(&self) -> bool {
        self.flags & SYN == 0 && !(self.flags & RST != 0 && self.sequence == 0)
    }

    /// The numbers that follow this segment.
    pub(super) fn next(&self) -> u32 {
        let length = u32::try_from(self.payload.len()).unwrap();
        let flags = u32::from(self.flags & SYN != 0) + u32::from(self.flags & FIN != 0);
        self.sequence.wrapping_add(length).wrapping_add(flags)
    }

    /// The packet as part of another connection, checksums and lengths put right; an Ethernet frame
    /// with IPv4.
    pub(super) fn rewritten(&self, packet: &[u8], other: &Rewriting) -> Vec<u8> {
        let (tcp, is_client) = (self.tcp, self.source == other.client.0);
        let mut frame = packet.to_vec();
        let [own, peer] = if is_client { other.shift } else { [other.shift[1], other.shift[0]] };
        let shifted = |frame: &mut Vec<u8>, at: usize, by: u32| {
            let number = u32::from_be_bytes(frame[at..at + 4].try_into().unwrap());
            frame[at..at + 4].copy_from_slice(&number.wrapping_add(by).to_be_bytes());
        };
        shifted(&mut frame, tcp + 4, own);
        if self.flags & ACK != 0 {
            shifted(&mut frame, tcp + 8, peer);
        }
        let mut at = tcp + 20;
        let options_end = tcp + usize::from(frame[tcp + 12] >> 4) * 4;
        while at < options_end && frame[at] != 0 {
            if frame[at] == 1 {
                at += 1;
                continue;
            }
            let length = usize::from(frame[at + 1]).max(2);
            if frame[at] == 5 {
                // Selective acknowledgments, RFC 2018 section 3.
                (at + 2..at + length).step_by(4).for_each(|edge| shifted(&mut frame, edge, peer));
            }
            at += length;
        }
        let (source, destination) =
            if is_client { (other.client.1, other.server) } else { (other.server, other.client.1) };
        for (end, address, port) in
            [(source, self.ip + 12, tcp), (destination, self.ip + 16, tcp + 2)]
        {
            let IpAddr::V4(ip) = end.ip() else { unreachable!("only IPv4 is rewritten") };
            frame[address..address + 4].copy_from_slice(&ip.octets());
            frame[port..port + 2].copy_from_slice(&end.port().to_be_bytes());
        }
        if let Some(flags) = other.flags {
            frame[tcp + 13] = flags;
        }
        if other.flags.is_some() {
            frame.truncate(self.payload.start);
            let length = u16::try_from(frame.len() - self.ip).unwrap();
            frame[self.ip + 2..self.ip + 4].copy_from_slice(&length.to_be_bytes());
        }
        self.put_checksums_right(&mut frame);
        if let Some(vlan) = other.vlan {
            let [high, low] = vlan.to_be_bytes();
            frame.splice(12..12, [0x81, 0, high, low]);
        }
        frame
    }

    fn put_checksums_right(&self, frame: &mut [u8]) {
        let (ip, tcp) = (self.ip, self.tcp);
        frame[ip + 10..ip + 12].fill(0);
        let sum = checksum(&[&frame[ip..tcp]]);
        frame[ip + 10..ip + 12].copy_from_slice(&sum);
        frame[tcp + 16..tcp + 18].fill(0);
        let end = ip + usize::from(word(frame, ip + 2).unwrap());
        let segment = &frame[tcp..end.clamp(tcp, frame.len())];
        let length = u16::try_from(segment.len()).unwrap().to_be_bytes();
        let sum = checksum(&[&frame[ip + 12..ip + 20], &[0, 6], &length, segment]);
        frame[tcp + 16..tcp + 18].copy_from_slice(&sum);
    }
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flags = [(SYN, 'S'), (FIN, 'F'), (RST, 'R'), (ACK, '.')];
        let flags = flags.iter().filter(|(flag, _)| self.flags & flag != 0);
        let flags: String = flags.map(|(_, letter)| letter).collect();
        write!(f, "[{flags}] {}", self.payload.len())
    }
}

/// What becomes of a conversation that is made part of another file.
#[derive(Clone, Debug)]
pub(super) struct Rewriting {
    /// The client as it is, and as it will be.
    pub(super) client: (SocketAddr, SocketAddr),
    pub(super) server: SocketAddr,
    /// What is added to the client's and the server's sequence numbers.
    pub(super) shift: [u32; 2],
    pub(super) vlan: Option<u16>,
    /// Other flags, and no payload.
    pub(super) flags: Option<u8>,
}

/// The Internet checksum (RFC 1071) over parts of even length but for the last.
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let mut sum: u32 = words
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap()).to_be_bytes()
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().unwrap()))
}
