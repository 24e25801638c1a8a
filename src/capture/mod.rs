//! A capture file -> packets and secrets.
//!
//! ```text
//!  Source ──► Input ──► Buffer ──► Pcap | Pcapng | Etl ──► CaptureReader ──► Item
//!  stored     gzip,     window     records, blocks,                         Packet, Secrets, Damage
//!  bytes,     zstd,     in memory  buffers
//!  hashed     lz4
//! ```
//!
//! Records and blocks are framed here rather than by a crate, because that is where a cut file, a
//! length that lies and contents that do not fit are told apart. The fields of a block that is
//! whole are pcap-parser's to read (docs/decisions/0003).

mod block;
mod buffer;
mod compression;
mod damage;
mod error;
mod etl;
mod foreign;
mod interface;
mod lz4;
mod order;
mod packet;
mod pcap;
mod pcap_variant;
mod pcapng;
mod reader;
mod recorder;
mod source;
mod zstd;

pub use compression::Compression;
pub use damage::{Damage, Fault};
pub use error::{CaptureError, NoPackets};
pub use foreign::Foreign;
pub use packet::{LinkType, Packet, Timestamp};
pub use reader::{CaptureReader, Format, Item, Summary};
pub use recorder::Recorder;

#[cfg(test)]
mod tests;
