//! Which connection a segment belongs to.

use std::net::{IpAddr, SocketAddr};

use crate::net::Addresses;

/// One of the two neutral directions of a connection.
///
/// Neither is called client here: only TLS tells who is who.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Side {
    /// The end that is lower by address and port.
    First,
    /// The other one.
    Second,
}

impl Side {
    /// Both sides.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// The opposite side.
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    /// Picks this side's value.
    pub fn of<T>(self, [first, second]: &[T; 2]) -> &T {
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }

    /// Picks this side's value.
    pub fn of_mut<T>(self, [first, second]: &mut [T; 2]) -> &mut T {
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }
}

/// Addresses and ports of both ends, in an order that does not depend on the direction.
///
/// The two families are kept apart: most flows are of IPv4, and need a third of the memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FlowKey {
    /// Both ends are IPv4.
    V4(KeyV4),
    /// Both ends are IPv6, or one is.
    V6(KeyV6),
}

/// Two IPv4 ends: 12 bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct KeyV4 {
    /// That of the lower end first.
    addresses: [u32; 2],
    /// The port of the lower end in the upper half.
    ports: u32,
}

/// Two IPv6 ends: 36 bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct KeyV6 {
    addresses: [[u8; 16]; 2],
    ports: u32,
}

impl FlowKey {
    /// The key of a segment, and whether its source is the lower end.
    #[inline]
    pub(super) fn new(source: SocketAddr, destination: SocketAddr) -> (Self, bool) {
        let ports = [source.port(), destination.port()];
        match (source.ip(), destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                Self::of(Addresses::V4([source.to_bits(), destination.to_bits()]), ports)
            }
            (source, destination) => {
                Self::of(Addresses::V6([octets(source), octets(destination)]), ports)
            }
        }
    }

    /// The same, of a source and a destination taken apart.
    #[inline]
    pub(super) fn of(addresses: Addresses, ports: [u16; 2]) -> (Self, bool) {
        match addresses {
            Addresses::V4(addresses) => {
                let (key, from_low) = KeyV4::directed(addresses, ports);
                (Self::V4(key), from_low)
            }
            Addresses::V6(addresses) => {
                let (key, from_low) = KeyV6::directed(addresses, ports);
                (Self::V6(key), from_low)
            }
        }
    }
}

impl KeyV4 {
    #[inline]
    fn directed([source, destination]: [u32; 2], [from, to]: [u16; 2]) -> (Self, bool) {
        let from_low = (source, from) <= (destination, to);
        let addresses = if from_low { [source, destination] } else { [destination, source] };
        (Self { addresses, ports: both(from, to, from_low) }, from_low)
    }
}

impl KeyV6 {
    #[inline]
    fn directed([source, destination]: [[u8; 16]; 2], [from, to]: [u16; 2]) -> (Self, bool) {
        let from_low = (source, from) <= (destination, to);
        let addresses = if from_low { [source, destination] } else { [destination, source] };
        (Self { addresses, ports: both(from, to, from_low) }, from_low)
    }
}

#[inline]
fn both(from: u16, to: u16, from_low: bool) -> u32 {
    let (low, high) = if from_low { (from, to) } else { (to, from) };
    u32::from(low) << 16 | u32::from(high)
}

/// IPv4 addresses in IPv4-mapped form (RFC 4291 section 2.5.5.2).
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}
