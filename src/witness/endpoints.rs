//! The two ends of a connection, in little memory.

use std::net::{SocketAddr, SocketAddrV4};

use crate::flow::Side;

/// Both ends; those of IPv4 take a fifth of the memory.
#[derive(Clone, Debug)]
pub(super) enum Endpoints {
    V4([SocketAddrV4; 2]),
    Others(Box<[SocketAddr; 2]>),
}

impl From<[SocketAddr; 2]> for Endpoints {
    fn from(ends: [SocketAddr; 2]) -> Self {
        match ends {
            [SocketAddr::V4(first), SocketAddr::V4(second)] => Self::V4([first, second]),
            ends => Self::Others(Box::new(ends)),
        }
    }
}

impl Endpoints {
    /// Both, in the order in which they were given.
    pub(super) fn addresses(&self) -> [SocketAddr; 2] {
        match self {
            Self::V4(ends) => ends.map(SocketAddr::V4),
            Self::Others(ends) => **ends,
        }
    }
}

/// The ends of the sides, given that of `first` and the other one; or the other way round.
pub(super) fn ordered([one, other]: [SocketAddr; 2], first: Side) -> [SocketAddr; 2] {
    match first {
        Side::First => [one, other],
        Side::Second => [other, one],
    }
}
