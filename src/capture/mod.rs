//! A capture file -> packets and secrets.

mod packet;

pub use packet::{LinkType, Packet, Timestamp};
