//! Which connections the question is about.

use std::net::{IpAddr, SocketAddr};

use super::select_name::{is_named, may_be_the_same, names_of};
use crate::certificate::Certificate;
use crate::expect::Endpoints;

/// The user's selection; every filled field must hold, any entry of a list may.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// Server addresses (`--server`).
    pub servers: Vec<ServerAddress>,
    /// Client networks (`--client`).
    pub clients: Vec<Network>,
    /// Server names, lower case; a leading `*.` stands for one or more labels (`--sni`).
    pub server_names: Vec<String>,
    /// Server ports, whatever the address; a configuration names them beside a server name.
    pub ports: Vec<u16>,
    /// Stream numbers (`--stream`).
    pub streams: Vec<u64>,
    /// Nanoseconds since 1970-01-01T00:00:00 UTC, inclusive (`--since`).
    pub since: Option<i64>,
    /// Nanoseconds since 1970-01-01T00:00:00 UTC, inclusive (`--until`).
    pub until: Option<i64>,
    /// A moment at which the connection was open, nanoseconds since 1970-01-01T00:00:00 UTC
    /// (`--active-at`).
    pub active_at: Option<i64>,
    /// Clients whose connections are left out (`--exclude-client`).
    pub excluded_clients: Vec<Network>,
    /// Server names whose connections are left out, as in `server_names` (`--exclude-sni`).
    pub excluded_server_names: Vec<String>,
    /// Connections without any byte of a handshake are left out (`--allow-begun-before`).
    pub allow_begun_before: bool,
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
    /// The ClientHello's server name.
    pub server_name: Option<&'a str>,
    /// The ClientHello was read, and what it names is what the client wants: otherwise the name is
    /// not known.
    pub is_name_known: bool,
    /// The certificate that the server presented, where it can be read.
    pub server_certificate: Option<&'a Certificate>,
    /// Bytes of a handshake, or bytes that may be some, were recorded.
    pub has_handshake_bytes: bool,
    /// Its stream number, where it has one.
    pub stream: Option<u64>,
    /// Time of its first packet, nanoseconds since 1970-01-01T00:00:00 UTC; a connection without
    /// one is not selected by time.
    pub started_at: Option<i64>,
    /// Time of its last packet, likewise.
    pub ended_at: Option<i64>,
}

/// Whether a connection is one that the user asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Selected {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It is but for its server name, which cannot be known.
    NameNotVisible,
    /// It would be, but that nothing of its handshakes was recorded.
    WithoutHandshake,
}

/// What a connection's server name is to a selection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Named {
    /// None that is asked about, by the server's certificate.
    OtherByCertificate,
    /// It cannot be known.
    NotVisible,
    /// None that is asked about.
    Other,
    /// One that is asked about, or any may be.
    Fits,
}

impl Selection {
    /// Whether the connection is one that the user asked about.
    pub fn selects(&self, candidate: &Candidate<'_>) -> Selected {
        let Candidate { has_handshake_bytes, .. } = *candidate;
        self.decide(self.fits_but_for_name(candidate), self.named(candidate), has_handshake_bytes)
    }

    /// The same, of what is known of its name and of the rest.
    pub(super) fn decide(&self, fits: bool, named: Named, has_handshake_bytes: bool) -> Selected {
        if !fits {
            return Selected::No;
        }
        if !has_handshake_bytes && (self.allow_begun_before || !self.server_names.is_empty()) {
            return Selected::WithoutHandshake;
        }
        match named {
            Named::Fits => Selected::Yes,
            Named::NotVisible => Selected::NameNotVisible,
            Named::Other | Named::OtherByCertificate => Selected::No,
        }
    }

    /// What its server name is to the selection.
    ///
    /// Where the ClientHello cannot be read, a certificate of the server excludes names that it
    /// does not cover (RFC 9525 section 6.3; the common name counts where there is no DNS name).
    pub(super) fn named(&self, candidate: &Candidate<'_>) -> Named {
        let is_one_of =
            |list: &[String], name: &str| list.iter().any(|pattern| is_named(pattern, name));
        let name = candidate.server_name.filter(|_| candidate.is_name_known);
        if name.is_some_and(|name| is_one_of(&self.excluded_server_names, name)) {
            return Named::Other;
        }
        if self.server_names.is_empty() {
            return Named::Fits;
        }
        match name {
            Some(name) if is_one_of(&self.server_names, name) => Named::Fits,
            _ if candidate.is_name_known => Named::Other,
            _ => match candidate.server_certificate.map(names_of) {
                Some(covered) if !covered.is_empty() => {
                    let is_covered = |pattern: &String| {
                        covered.iter().any(|name| may_be_the_same(pattern, name))
                    };
                    match self.server_names.iter().any(is_covered) {
                        true => Named::NotVisible,
                        false => Named::OtherByCertificate,
                    }
                }
                _ => Named::NotVisible,
            },
        }
    }

    /// Whether all of the selection but the server name fits.
    pub(super) fn fits_but_for_name(&self, candidate: &Candidate<'_>) -> bool {
        let [first, second] = candidate.endpoints;
        let is_between = |client: SocketAddr, server: SocketAddr| {
            any(&self.clients, |network| network.contains(client.ip()))
                && any(&self.servers, |address| address.is(server))
                && any(&self.ports, |port| *port == server.port())
                && !self.excluded_clients.iter().any(|network| network.contains(client.ip()))
        };
        let endpoints = match candidate.client {
            Some(0) => is_between(first, second),
            Some(1) => is_between(second, first),
            _ => is_between(first, second) || is_between(second, first),
        };
        endpoints
            && any(&self.streams, |stream| Some(*stream) == candidate.stream)
            && self.since.is_none_or(|since| candidate.started_at.is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| candidate.started_at.is_some_and(|at| at <= until))
            && self.active_at.is_none_or(|moment| {
                candidate.started_at.is_some_and(|at| at <= moment)
                    && candidate.ended_at.is_some_and(|at| at >= moment)
            })
    }

    /// Whether the user named a server, by name or by address.
    pub fn has_server(&self) -> bool {
        !self.servers.is_empty() || !self.server_names.is_empty()
    }

    /// Whether a server that the user named is one of a configuration's.
    pub fn is_about(&self, endpoints: &Endpoints) -> bool {
        let mut names = endpoints.server_names.iter();
        let mut addresses = endpoints.addresses.iter();
        names.any(|name| self.server_names.iter().any(|pattern| is_named(pattern, name)))
            || addresses.any(|address| {
                let address = address.to_canonical();
                self.servers.iter().any(|server| server.address.to_canonical() == address)
            })
    }

    /// Takes the server over that a configuration names, unless the user named one.
    pub fn or_endpoints(mut self, endpoints: &Endpoints) -> Self {
        if self.has_server() {
            return self;
        }
        let server = |address: &IpAddr| ServerAddress { address: *address, port: None };
        self.servers = endpoints.addresses.iter().map(server).collect();
        self.server_names = endpoints.server_names.clone();
        self.ports = endpoints.ports.clone();
        self
    }
}

impl ServerAddress {
    /// Whether `endpoint` is it; an IPv4-mapped IPv6 address is its IPv4 address.
    pub fn is(&self, endpoint: SocketAddr) -> bool {
        self.address.to_canonical() == endpoint.ip().to_canonical()
            && self.port.is_none_or(|port| port == endpoint.port())
    }
}

impl Network {
    /// Whether `address` lies in it; an IPv4-mapped IPv6 address is its IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let ignored = 32_u32.saturating_sub(self.prefix_length.into());
                let mask = u32::MAX.checked_shl(ignored).unwrap_or(0);
                (network.to_bits() ^ address.to_bits()) & mask == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
            (IpAddr::V6(network), address) => {
                let address = match address {
                    IpAddr::V4(address) => address.to_ipv6_mapped(),
                    IpAddr::V6(address) => address,
                };
                let ignored = 128_u32.saturating_sub(self.prefix_length.into());
                let mask = u128::MAX.checked_shl(ignored).unwrap_or(0);
                (network.to_bits() ^ address.to_bits()) & mask == 0
            }
        }
    }
}

/// Whether a list is empty or one of its entries holds.
fn any<T>(list: &[T], holds: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(holds)
}
