//! A packet -> a TCP segment; stateless but for IP fragments.
//!
//! A packet is walked from header to header: the link type names the first, each names the next,
//! until TCP is found or it is clear that there is none. Nothing is copied but fragments, and
//! nothing is judged: no packet is refused for its checksum, for segmentation and checksum offload
//! leave them wrong in captures taken at a host; [`Segment::checksum`] says what it is.
//!
//! Which packets hold a TCP header is decided as Wireshark 4.0 decides it, because stream numbers
//! are counted over them; where more is read than Wireshark reads, the segment says so.

mod checksum;
mod decoder;
mod ethernet;
mod fragments;
mod guess;
mod ip;
mod link;
mod plain;
mod segment;
mod sflow;
mod skipped;
mod surroundings;
mod tunnel;
mod udp;
mod view;
mod walk;
mod wlan;

pub use checksum::Checksum;
pub use decoder::Decoder;
pub use plain::{Addresses, Plain, PlainDatagram, PlainSegment};
pub use segment::{Flags, Layer, Segment};
pub use skipped::{Carried, GivenUp, Header, Skipped, TcpHeader};

#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod testdata;
#[cfg(test)]
mod tests;
