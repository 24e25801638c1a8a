//! Which connection a segment belongs to.

use std::net::{IpAddr, SocketAddr};

/// One of the two neutral directions of a connection.
///
/// Neither is called client here: only TLS tells who is who.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Side {
    /// The side that sent the first packet of the connection.
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
/// IPv4 addresses are held in IPv4-mapped form (RFC 4291 section 2.5.5.2): 36 bytes in all.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct FlowKey {
    low: End,
    high: End,
}

/// One end, packed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct End {
    address: [u8; 16],
    port: u16,
}

impl FlowKey {
    /// The key of a segment, and whether its source is the lower end.
    pub(super) fn new(source: SocketAddr, destination: SocketAddr) -> (Self, bool) {
        let (source, destination) = (End::new(source), End::new(destination));
        if source <= destination {
            (Self { low: source, high: destination }, true)
        } else {
            (Self { low: destination, high: source }, false)
        }
    }
}

impl End {
    fn new(end: SocketAddr) -> Self {
        let address = match end.ip() {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        };
        Self { address, port: end.port() }
    }
}
