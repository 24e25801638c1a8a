//! The TCP checksum, looked at only where somebody asks.

use std::net::IpAddr;

use super::segment::Segment;

/// What the checksum of a segment says (RFC 9293 section 3.1).
///
/// Where a network card joined segments that came in (large receive offload), it is that of the
/// first of them, and [`Checksum::Wrong`] says nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Checksum {
    /// It fits the segment.
    Fits,
    /// The sender's network card was to fill it in: it is 0, or the sum over the pseudo header
    /// alone.
    Unfilled,
    /// Some of the segment was not recorded, or its length is not stated.
    Unknown,
    /// It does not fit the segment.
    Wrong,
}

/// IP protocol number of TCP.
const TCP: u32 = 6;

/// Where the checksum stands in a TCP header, in bytes.
const PLACE: usize = 16;

/// Shortest TCP header, in bytes.
const HEADER: usize = 20;

impl Segment<'_> {
    /// What its checksum says. It is computed at each call, over all of the segment.
    pub fn checksum(&self) -> Checksum {
        let field = self.octets.get(PLACE..).and_then(<[u8]>::first_chunk);
        let (Some(&field), 0, HEADER..) = (field, self.missing, self.octets.len()) else {
            return Checksum::Unknown;
        };
        let Ok(length) = u32::try_from(self.octets.len()) else {
            return Checksum::Unknown;
        };
        let addresses = sum_of_address(self.source.ip()) + sum_of_address(self.destination.ip());
        let pseudo_header = fold(addresses + u64::from(TCP) + sum_of_number(length));
        let without_length = fold(addresses + u64::from(TCP));
        let field = u16::from_be_bytes(field);
        if fold(u64::from(pseudo_header) + sum(self.octets)) == u16::MAX {
            Checksum::Fits
        } else if [0, pseudo_header, without_length].contains(&field) {
            Checksum::Unfilled
        } else {
            Checksum::Wrong
        }
    }
}

/// An address as it counts in the pseudo header: IPv4 (RFC 9293 section 3.1), IPv6 (RFC 8200
/// section 8.1).
fn sum_of_address(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => sum(&address.octets()),
        IpAddr::V6(address) => sum(&address.octets()),
    }
}

fn sum_of_number(number: u32) -> u64 {
    sum(&number.to_be_bytes())
}

/// The sum of the 16-bit words, an odd byte being the high one of its word.
///
/// Two words are added at a time: 2^16 is 1 in ones' complement, so that the sum folds to the same.
fn sum(bytes: &[u8]) -> u64 {
    let (pairs, rest) = bytes.as_chunks::<4>();
    let pairs: u64 = pairs.iter().map(|&pair| u64::from(u32::from_be_bytes(pair))).sum();
    let (words, odd) = rest.as_chunks::<2>();
    let words: u64 = words.iter().map(|&word| u64::from(u16::from_be_bytes(word))).sum();
    pairs + words + odd.first().map_or(0, |&byte| u64::from(byte) << 8)
}

/// A sum in ones' complement of 16 bits.
fn fold(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}
