//! Which connections the question is about.

use std::net::{IpAddr, SocketAddr};

/// The user's selection; every filled field must hold, any entry of a list may.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// Server addresses (`--server`).
    pub servers: Vec<ServerAddress>,
    /// Client networks (`--client`).
    pub clients: Vec<Network>,
    /// Server names, lower case; a leading `*.` stands for one or more labels (`--sni`).
    pub server_names: Vec<String>,
    /// Stream numbers (`--stream`).
    pub streams: Vec<u64>,
    /// Nanoseconds since 1970-01-01T00:00:00 UTC, inclusive (`--since`).
    pub since: Option<i64>,
    /// Nanoseconds since 1970-01-01T00:00:00 UTC, inclusive (`--until`).
    pub until: Option<i64>,
}

/// An address, with or without a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerAddress {
    /// The address.
    pub address: IpAddr,
    /// The port; `None` for any.
    pub port: Option<u16>,
}

/// An address prefix in CIDR notation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    /// The address; bits beyond the prefix are ignored.
    pub address: IpAddr,
    /// Leading bits that must agree: 0 to 32 or 128.
    pub prefix_length: u8,
}

/// What a selection looks at in a connection.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Both ends.
    pub endpoints: [SocketAddr; 2],
    /// The client's index in `endpoints`, where known; unknown roles match on either end.
    pub client: Option<usize>,
    /// The ClientHello's server name; a connection whose name is not visible is not selected by
    /// name.
    pub server_name: Option<&'a str>,
    /// Its stream number.
    pub stream: u64,
    /// Time of its first packet, nanoseconds since 1970-01-01T00:00:00 UTC.
    pub started_at: Option<i64>,
}
