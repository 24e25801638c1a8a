//! What segments carried, and what became of it.

/// What became of the payload bytes that segments carried.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Account {
    /// All of them.
    pub arrived: u64,
    /// Those that took their place in the stream.
    pub read: u64,
    /// Those in whose place others were already.
    pub repeated: u64,
    /// Keep-alives, padding, what a receiver drops, and what was let go of at the end.
    pub dropped: u64,
    /// Those of connections that told everything, or talk something else than TLS: they were watched
    /// and not read.
    pub watched: u64,
}

impl Account {
    /// Whether every byte that arrived is somewhere.
    pub fn is_balanced(&self) -> bool {
        self.arrived == self.read + self.repeated + self.dropped + self.watched
    }

    /// Counts the bytes of another account too.
    pub fn add(&mut self, other: Self) {
        self.arrived += other.arrived;
        self.read += other.read;
        self.repeated += other.repeated;
        self.dropped += other.dropped;
        self.watched += other.watched;
    }
}

/// One segment's payload as it was carried.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// Sequence number of its first byte.
    pub sequence: u32,
    /// The recorded bytes.
    pub payload: &'a [u8],
    /// Bytes that follow them and were not recorded.
    pub missing: u32,
    /// The frame that carried it.
    pub frame: u64,
    /// What it acknowledged.
    pub acknowledgment: Option<u32>,
    /// Why its bytes may be none.
    pub doubt: Option<Doubt>,
}

/// Why a segment's bytes may be none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Doubt {
    /// They may be padding of the frame.
    Padding,
    /// Their checksum is wrong: the receiver drops them.
    Checksum,
}
