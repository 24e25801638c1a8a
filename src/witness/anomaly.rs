//! Everything odd that can be noticed in a capture, as data.

/// Something odd in a capture; not an error and not a verdict.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Anomaly {
    /// Stable kebab-case code (`tcp-gap`).
    pub code: &'static str,
    /// The frame at which it was noticed.
    pub frame: Option<u64>,
    /// Which side's stream it concerns.
    pub direction: Option<Direction>,
    /// What exactly, for people; without hostile text.
    pub detail: String,
}

/// One side's stream of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// What the client sent.
    ClientToServer,
    /// What the server sent.
    ServerToClient,
}
