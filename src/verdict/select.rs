//! Which connections the question is about.

use std::net::{IpAddr, SocketAddr};

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
    /// Its stream number, where it has one.
    pub stream: Option<u64>,
    /// Time of its first packet, nanoseconds since 1970-01-01T00:00:00 UTC; a connection without
    /// one is not selected by time.
    pub started_at: Option<i64>,
}

impl Selection {
    /// Whether the connection is one that the user asked about.
    pub fn selects(&self, candidate: &Candidate<'_>) -> bool {
        let [first, second] = candidate.endpoints;
        let is_between = |client: SocketAddr, server: SocketAddr| {
            any(&self.clients, |network| network.contains(client.ip()))
                && any(&self.servers, |address| address.is(server))
                && any(&self.ports, |port| *port == server.port())
        };
        let endpoints = match candidate.client {
            Some(0) => is_between(first, second),
            Some(1) => is_between(second, first),
            _ => is_between(first, second) || is_between(second, first),
        };
        endpoints
            && any(&self.streams, |stream| Some(*stream) == candidate.stream)
            && any(&self.server_names, |pattern| {
                candidate.server_name.is_some_and(|name| is_named(pattern, name))
            })
            && self.since.is_none_or(|since| candidate.started_at.is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| candidate.started_at.is_some_and(|at| at <= until))
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

/// Whether a ClientHello's server name is what a pattern names: letter case and one dot at the end
/// do not count (RFC 6066 section 3), `*.` stands for one or more labels.
fn is_named(pattern: &str, name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    let Some(domain) = pattern.strip_prefix("*.") else {
        return pattern.eq_ignore_ascii_case(name);
    };
    let labels = name.len().checked_sub(domain.len() + 1);
    let Some((labels, rest)) = labels.and_then(|length| name.split_at_checked(length)) else {
        return false;
    };
    !labels.is_empty()
        && rest.strip_prefix('.').is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn candidate() -> Candidate<'static> {
        Candidate {
            endpoints: ["10.0.0.4:51234".parse().unwrap(), "10.0.0.5:443".parse().unwrap()],
            client: Some(0),
            server_name: Some("backend.contoso.com"),
            stream: Some(3),
            started_at: Some(1_000),
        }
    }

    fn server(text: &str) -> Selection {
        Selection { servers: vec![text.parse().unwrap()], ..Selection::default() }
    }

    fn client(text: &str) -> Selection {
        Selection { clients: vec![text.parse().unwrap()], ..Selection::default() }
    }

    fn name(text: &str) -> Selection {
        Selection { server_names: vec![text.to_owned()], ..Selection::default() }
    }

    #[test]
    fn empty_selection_selects_everything() {
        assert!(Selection::default().selects(&candidate()));
        let bare = Candidate { client: None, server_name: None, started_at: None, ..candidate() };
        assert!(Selection::default().selects(&bare));
    }

    #[test]
    fn server_is_the_side_that_did_not_send_the_client_hello() {
        assert!(server("10.0.0.5").selects(&candidate()));
        assert!(server("10.0.0.5:443").selects(&candidate()));
        assert!(!server("10.0.0.5:8443").selects(&candidate()));
        assert!(!server("10.0.0.4").selects(&candidate()));
        assert!(server("10.0.0.4").selects(&Candidate { client: Some(1), ..candidate() }));
    }

    #[test]
    fn configuration_selects_its_server_unless_the_user_named_one() {
        let endpoints = Endpoints {
            server_names: vec!["backend.contoso.com".to_owned()],
            ports: vec![443],
            ..Endpoints::default()
        };
        let selection = Selection::default().or_endpoints(&endpoints);
        assert!(selection.selects(&candidate()));
        assert!(!selection.selects(&Candidate { server_name: Some("other"), ..candidate() }));
        let management = Endpoints { ports: vec![19080], ..endpoints.clone() };
        assert!(!Selection::default().or_endpoints(&management).selects(&candidate()));
        assert_eq!(server("10.0.0.5").or_endpoints(&endpoints), server("10.0.0.5"));
        assert_eq!(name("x").or_endpoints(&endpoints), name("x"));
    }

    #[test]
    fn client_is_selected_by_network() {
        for (network, expected) in [
            ("10.0.0.0/24", true),
            ("10.0.0.4", true),
            ("10.0.0.4/32", true),
            ("10.0.0.5/32", false),
            ("10.0.0.6/30", true),
            ("0.0.0.0/0", true),
            ("11.0.0.0/8", false),
            ("::/0", true),
            ("::ffff:10.0.0.0/104", true),
            ("2001:db8::/32", false),
        ] {
            assert_eq!(client(network).selects(&candidate()), expected, "{network}");
        }
    }

    #[test]
    fn ipv6_networks_compare_leading_bits() {
        let v6 = Candidate {
            endpoints: ["[2001:db8:1::4]:5".parse().unwrap(), "[2001:db8::5]:443".parse().unwrap()],
            ..candidate()
        };
        assert!(client("2001:db8:1::/48").selects(&v6));
        assert!(!client("2001:db8:2::/48").selects(&v6));
        assert!(!client("10.0.0.0/8").selects(&v6));
        assert!(server("[2001:db8::5]:443").selects(&v6));
    }

    #[test]
    fn mapped_addresses_equal_their_ipv4() {
        let mapped = Candidate {
            endpoints: [
                "[::ffff:10.0.0.4]:5".parse().unwrap(),
                "[::ffff:10.0.0.5]:443".parse().unwrap(),
            ],
            ..candidate()
        };
        assert!(server("10.0.0.5:443").selects(&mapped));
        assert!(client("10.0.0.0/24").selects(&mapped));
        assert!(server("[::ffff:10.0.0.5]:443").selects(&candidate()));
    }

    #[test]
    fn unknown_roles_match_on_either_end_but_not_on_the_same_for_both() {
        let unknown = Candidate { client: None, ..candidate() };
        assert!(server("10.0.0.4").selects(&unknown));
        assert!(server("10.0.0.5").selects(&unknown));
        let both = |address: &str| Selection {
            servers: vec![address.parse().unwrap()],
            clients: vec!["10.0.0.4".parse().unwrap()],
            ..Selection::default()
        };
        assert!(both("10.0.0.5").selects(&unknown));
        assert!(!both("10.0.0.4").selects(&unknown));
    }

    #[test]
    fn names_ignore_case_and_a_dot_at_the_end() {
        for (pattern, expected) in [
            ("backend.contoso.com", true),
            ("Backend.Contoso.COM.", true),
            ("contoso.com", false),
            ("*.contoso.com", true),
            ("*.com", true),
            ("*.backend.contoso.com", false),
            ("*.toso.com", false),
            ("*.", false),
            ("", false),
        ] {
            assert_eq!(name(pattern).selects(&candidate()), expected, "{pattern}");
        }
        let dotted = Candidate { server_name: Some("BACKEND.contoso.com."), ..candidate() };
        assert!(name("*.contoso.com").selects(&dotted));
        let odd = Candidate { server_name: Some("é.é"), ..candidate() };
        assert!(!name("*.e").selects(&odd));
        assert!(
            !name("*.contoso.com")
                .selects(&Candidate { server_name: Some(".contoso.com"), ..candidate() })
        );
    }

    #[test]
    fn connection_without_a_visible_name_is_not_selected_by_name() {
        let nameless = Candidate { server_name: None, ..candidate() };
        assert!(!name("backend.contoso.com").selects(&nameless));
    }

    #[test]
    fn times_are_inclusive_and_need_a_time() {
        let window = |since, until| Selection { since, until, ..Selection::default() };
        assert!(window(Some(1_000), Some(1_000)).selects(&candidate()));
        assert!(!window(Some(1_001), None).selects(&candidate()));
        assert!(!window(None, Some(999)).selects(&candidate()));
        let timeless = Candidate { started_at: None, ..candidate() };
        assert!(!window(Some(0), None).selects(&timeless));
        assert!(!window(None, Some(i64::MAX)).selects(&timeless));
    }

    #[test]
    fn every_filled_field_must_hold_and_any_entry_may() {
        let streams =
            |streams: &[u64]| Selection { streams: streams.to_vec(), ..server("10.0.0.5") };
        assert!(streams(&[1, 3]).selects(&candidate()));
        assert!(!streams(&[1, 2]).selects(&candidate()));
    }

    #[test]
    fn prefix_longer_than_the_address_does_not_panic() {
        let network = Network { address: "10.0.0.4".parse().unwrap(), prefix_length: 255 };
        assert!(network.contains("10.0.0.4".parse().unwrap()));
    }
}
