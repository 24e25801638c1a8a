//! A packet -> a TCP segment; stateless but for IP fragments.

mod segment;

pub use segment::{Flags, Layer, Segment};
