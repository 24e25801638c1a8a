//! What reading a capture costs at least: records and headers decoded, nothing kept.
#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "reads the benchmark's own files"
)]

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, Read};
use std::path::Path;

const WINDOW: usize = 256 << 10;

/// What was seen; printed, so that no part of the work can be left out.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) packets: u64,
    pub(crate) tcp: u64,
    pub(crate) flows: u64,
    pub(crate) checksum: u64,
}

/// Reads a little-endian pcap or pcapng file of Ethernet frames; with `flows`, looks up each TCP
/// packet's connection once in a table that keeps a counter for each.
pub(crate) fn walk(path: &Path, flows: bool) -> io::Result<Walked> {
    let mut walked = Walked::default();
    if flows {
        let mut table = Table::default();
        read(path, |packet| walked.packet(packet, |headers| table.count(headers)))?;
        walked.flows = (table.version4.len() + table.version6.len()) as u64;
    } else {
        read(path, |packet| walked.packet(packet, |_| {}))?;
    }
    Ok(walked)
}

/// Calls `each` with every packet.
fn read(path: &Path, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut window = vec![0; WINDOW];
    let mut end = file.read(&mut window)?;
    let is_pcap = window[..4] == [0xd4, 0xc3, 0xb2, 0xa1];
    let mut start = if is_pcap { 24 } else { 0 };
    loop {
        // A record's header and length, and where its packet stands.
        while let Some(header) = window[start..end].get(..if is_pcap { 16 } else { 8 }) {
            let word = |at: usize| {
                u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
                    as usize
            };
            let length = if is_pcap { 16 + word(8) } else { word(4) };
            let Some(record) = window[start..end].get(..length) else { break };
            start += length;
            if is_pcap {
                each(&record[16..]);
            } else if record[0] == 6 {
                let captured = u32::from_le_bytes([record[20], record[21], record[22], record[23]]);
                each(&record[28..28 + captured as usize]);
            }
        }
        window.copy_within(start..end, 0);
        end -= start;
        start = 0;
        let length = file.read(&mut window[end..])?;
        if length == 0 {
            return Ok(());
        }
        end += length;
    }
}

/// The headers of a TCP packet.
#[derive(Clone, Copy)]
struct Headers<'a> {
    /// Source and destination, 4 or 16 bytes each.
    addresses: &'a [u8],
    ports: [u8; 4],
}

impl Walked {
    #[inline]
    fn packet(&mut self, packet: &[u8], mut each: impl FnMut(Headers<'_>)) {
        self.packets += 1;
        let Some((headers, tcp)) = decode(packet) else { return };
        self.tcp += 1;
        let sequence = u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]);
        self.checksum =
            self.checksum.wrapping_add(u64::from(sequence) ^ u64::from(tcp[13])).rotate_left(1);
        each(headers);
    }
}

/// Ethernet, VLAN tags, IPv4 or IPv6, TCP.
#[inline]
fn decode(packet: &[u8]) -> Option<(Headers<'_>, &[u8])> {
    let mut at = 12;
    loop {
        let ethertype = packet.get(at..at + 2)?;
        match ethertype {
            [0x81, 0x00] | [0x88, 0xa8] => at += 4,
            [0x08, 0x00] => {
                let ip = packet.get(at + 2..)?;
                let header = ip.get(..20)?;
                // Not TCP, or not a datagram's first fragment.
                if header[9] != 6 || (header[6] & 0x1f, header[7]) != (0, 0) {
                    return None;
                }
                let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
                let tcp = ip.get(usize::from(header[0] & 0x0f) * 4..length)?;
                return Some((Headers::new(&header[12..20], tcp)?, tcp));
            }
            [0x86, 0xdd] => {
                let ip = packet.get(at + 2..)?;
                let header = ip.get(..40)?;
                if header[6] != 6 {
                    return None;
                }
                let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
                let tcp = ip.get(40..40 + length)?;
                return Some((Headers::new(&header[8..40], tcp)?, tcp));
            }
            _ => return None,
        }
    }
}

impl<'a> Headers<'a> {
    #[inline]
    fn new(addresses: &'a [u8], tcp: &[u8]) -> Option<Self> {
        let header = tcp.get(..20)?;
        Some(Self { addresses, ports: [header[0], header[1], header[2], header[3]] })
    }
}

/// Packets of each connection, both directions together.
#[derive(Default)]
struct Table {
    version4: HashMap<u128, u32, BuildHasherDefault<Multiply>>,
    version6: HashMap<(u128, u128, u32), u32, BuildHasherDefault<Multiply>>,
}

impl Table {
    #[inline]
    fn count(&mut self, headers: Headers<'_>) {
        let [s0, s1, d0, d1] = headers.ports.map(u128::from);
        let (source, destination) = (s0 << 8 | s1, d0 << 8 | d1);
        let counter = match <[u8; 8]>::try_from(headers.addresses) {
            Ok([a, b, c, d, e, f, g, h]) => {
                let one = u128::from(u32::from_be_bytes([a, b, c, d])) << 16 | source;
                let other = u128::from(u32::from_be_bytes([e, f, g, h])) << 16 | destination;
                self.version4.entry(one.min(other) << 48 | one.max(other)).or_default()
            }
            Err(_) => {
                let address = |from: usize| {
                    let mut bytes = [0; 16];
                    bytes.copy_from_slice(&headers.addresses[from..from + 16]);
                    u128::from_be_bytes(bytes)
                };
                let (one, other) = ((address(0), source), (address(16), destination));
                let (low, high) = (one.min(other), one.max(other));
                let ports = (low.1 << 16 | high.1) as u32;
                self.version6.entry((low.0, high.0, ports)).or_default()
            }
        };
        *counter = counter.wrapping_add(1);
    }
}

/// Multiplies and folds: the fastest hash that will do where nobody chooses the keys in bad faith.
#[derive(Default)]
struct Multiply(u64);

impl Multiply {
    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.mix(byte.into()));
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.mix(word.into());
    }

    #[inline]
    fn write_u128(&mut self, word: u128) {
        self.mix(word as u64 ^ 0x2545_f491_4f6c_dd1d);
        self.mix((word >> 64) as u64);
    }
}
