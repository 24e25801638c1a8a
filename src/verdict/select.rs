//! Which connections the question is about.

use std::net::{IpAddr, SocketAddr};

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

/// The names that a server's certificate is for; none where it does not tell them all.
fn names_of(certificate: &Certificate) -> Vec<&str> {
    let Ok(fields) = &certificate.fields else {
        return Vec::new();
    };
    if !fields.oddities.is_empty() || fields.dns_names.len() >= MOST_NAMES {
        return Vec::new();
    }
    if !fields.dns_names.is_empty() {
        return fields.dns_names.iter().map(String::as_str).collect();
    }
    let attributes = fields.subject.split([',', '+']).map(str::trim_start);
    let names = attributes.filter_map(|attribute| attribute.strip_prefix("CN="));
    // One label alone, as of a test server, is rarely the name that clients ask for.
    let is_host_name = |name: &&str| {
        name.contains('.')
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || "-_.*".contains(character))
    };
    names.filter(is_host_name).collect()
}

/// DNS names that are read of a certificate; it may have more.
const MOST_NAMES: usize = 1024;

/// Whether a name that is asked about, `*.` standing for one or more labels, may be one that a
/// certificate covers, in which `*.` stands for one label.
fn may_be_the_same(pattern: &str, covered: &str) -> bool {
    let covered = covered.strip_suffix('.').unwrap_or(covered);
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    let Some(parent) = covered.strip_prefix("*.") else {
        // Some clients let a star stand for a part of a label.
        return covered.contains('*') || is_named(pattern, covered);
    };
    match pattern.strip_prefix("*.") {
        Some(domain) => parent.eq_ignore_ascii_case(domain) || is_named(pattern, parent),
        None => pattern
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent)),
    }
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
            is_name_known: true,
            server_certificate: None,
            has_handshake_bytes: true,
            stream: Some(3),
            started_at: Some(1_000),
            ended_at: Some(2_000),
        }
    }

    impl Selection {
        fn is_about_it(&self, candidate: &Candidate<'_>) -> bool {
            self.selects(candidate) == Selected::Yes
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
        assert!(Selection::default().is_about_it(&candidate()));
        let bare = Candidate { client: None, server_name: None, started_at: None, ..candidate() };
        assert!(Selection::default().is_about_it(&bare));
    }

    #[test]
    fn server_is_the_side_that_did_not_send_the_client_hello() {
        assert!(server("10.0.0.5").is_about_it(&candidate()));
        assert!(server("10.0.0.5:443").is_about_it(&candidate()));
        assert!(!server("10.0.0.5:8443").is_about_it(&candidate()));
        assert!(!server("10.0.0.4").is_about_it(&candidate()));
        assert!(server("10.0.0.4").is_about_it(&Candidate { client: Some(1), ..candidate() }));
    }

    #[test]
    fn configuration_selects_its_server_unless_the_user_named_one() {
        let endpoints = Endpoints {
            server_names: vec!["backend.contoso.com".to_owned()],
            ports: vec![443],
            ..Endpoints::default()
        };
        let selection = Selection::default().or_endpoints(&endpoints);
        assert!(selection.is_about_it(&candidate()));
        assert!(!selection.is_about_it(&Candidate { server_name: Some("other"), ..candidate() }));
        let management = Endpoints { ports: vec![19080], ..endpoints.clone() };
        assert!(!Selection::default().or_endpoints(&management).is_about_it(&candidate()));
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
            assert_eq!(client(network).is_about_it(&candidate()), expected, "{network}");
        }
    }

    #[test]
    fn ipv6_networks_compare_leading_bits() {
        let v6 = Candidate {
            endpoints: ["[2001:db8:1::4]:5".parse().unwrap(), "[2001:db8::5]:443".parse().unwrap()],
            ..candidate()
        };
        assert!(client("2001:db8:1::/48").is_about_it(&v6));
        assert!(!client("2001:db8:2::/48").is_about_it(&v6));
        assert!(!client("10.0.0.0/8").is_about_it(&v6));
        assert!(server("[2001:db8::5]:443").is_about_it(&v6));
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
        assert!(server("10.0.0.5:443").is_about_it(&mapped));
        assert!(client("10.0.0.0/24").is_about_it(&mapped));
        assert!(server("[::ffff:10.0.0.5]:443").is_about_it(&candidate()));
    }

    #[test]
    fn unknown_roles_match_on_either_end_but_not_on_the_same_for_both() {
        let unknown = Candidate { client: None, ..candidate() };
        assert!(server("10.0.0.4").is_about_it(&unknown));
        assert!(server("10.0.0.5").is_about_it(&unknown));
        let both = |address: &str| Selection {
            servers: vec![address.parse().unwrap()],
            clients: vec!["10.0.0.4".parse().unwrap()],
            ..Selection::default()
        };
        assert!(both("10.0.0.5").is_about_it(&unknown));
        assert!(!both("10.0.0.4").is_about_it(&unknown));
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
            assert_eq!(name(pattern).is_about_it(&candidate()), expected, "{pattern}");
        }
        let dotted = Candidate { server_name: Some("BACKEND.contoso.com."), ..candidate() };
        assert!(name("*.contoso.com").is_about_it(&dotted));
        let odd = Candidate { server_name: Some("é.é"), ..candidate() };
        assert!(!name("*.e").is_about_it(&odd));
        assert!(
            !name("*.contoso.com")
                .is_about_it(&Candidate { server_name: Some(".contoso.com"), ..candidate() })
        );
    }

    #[test]
    fn hello_that_names_no_server_is_anothers() {
        let nameless = Candidate { server_name: None, ..candidate() };
        assert_eq!(name("backend.contoso.com").selects(&nameless), Selected::No);
    }

    #[test]
    fn name_that_cannot_be_known_is_not_taken_for_another() {
        let hidden = Candidate { server_name: None, is_name_known: false, ..candidate() };
        let by_name = name("backend.contoso.com");
        assert_eq!(by_name.selects(&hidden), Selected::NameNotVisible);
        // What a hello that was not accepted names counts for nothing.
        let outer = Candidate { server_name: Some("backend.contoso.com"), ..hidden };
        assert_eq!(by_name.selects(&outer), Selected::NameNotVisible);
        assert_eq!(Selection::default().selects(&hidden), Selected::Yes);
        let elsewhere = Selection { servers: server("10.0.0.9").servers, ..by_name };
        assert_eq!(elsewhere.selects(&hidden), Selected::No);
    }

    #[test]
    fn certificate_of_another_name_excludes_a_name_that_cannot_be_known() {
        for (dns_names, subject, pattern, expected) in [
            (&["backend.contoso.com"][..], "CN=x.example", "backend.contoso.com", true),
            (&["other.contoso.com"], "CN=backend.contoso.com", "backend.contoso.com", false),
            (&["*.contoso.com"], "", "backend.contoso.com", true),
            (&["*.contoso.com"], "", "a.backend.contoso.com", false),
            (&["*.contoso.com"], "", "contoso.com", false),
            (&["*.contoso.com"], "", "*.contoso.com", true),
            (&["*.contoso.com"], "", "*.com", true),
            (&["*.contoso.com"], "", "*.a.contoso.com", false),
            (&["*.a.contoso.com"], "", "*.contoso.com", true),
            (&["a.contoso.com", "b.example"], "", "*.contoso.com", true),
            (&["back*.contoso.com"], "", "backend.contoso.com", true),
            (&[], "O=Contoso, CN=backend.contoso.com", "backend.contoso.com", true),
            (&[], "CN=other.example", "backend.contoso.com", false),
            (&[], "O=Contoso", "backend.contoso.com", true),
            (&[], "O=Contoso, CN=srv", "backend.contoso.com", true),
            (&[], "CN=Contoso Root", "backend.contoso.com", true),
        ] {
            let certificate = server_certificate(dns_names, subject);
            let hidden = Candidate {
                server_name: None,
                is_name_known: false,
                server_certificate: Some(&certificate),
                ..candidate()
            };
            let expected = if expected { Selected::NameNotVisible } else { Selected::No };
            assert_eq!(name(pattern).selects(&hidden), expected, "{dns_names:?} {pattern}");
        }
    }

    fn server_certificate(dns_names: &[&str], subject: &str) -> Certificate {
        let mut certificate = Certificate::from_der(include_bytes!("../expect/testdata/leaf.der"));
        let fields = certificate.fields.as_mut().unwrap();
        fields.dns_names = dns_names.iter().map(|name| (*name).to_owned()).collect();
        fields.subject = subject.to_owned();
        fields.oddities.clear();
        certificate
    }

    #[test]
    fn connection_without_handshake_bytes_is_not_selected_by_name() {
        let begun = Candidate {
            server_name: None,
            is_name_known: false,
            has_handshake_bytes: false,
            ..candidate()
        };
        assert_eq!(name("backend.contoso.com").selects(&begun), Selected::WithoutHandshake);
        assert_eq!(Selection::default().selects(&begun), Selected::Yes);
        let allowing = Selection { allow_begun_before: true, ..Selection::default() };
        assert_eq!(allowing.selects(&begun), Selected::WithoutHandshake);
        assert_eq!(allowing.selects(&candidate()), Selected::Yes);
        let elsewhere = Selection { allow_begun_before: true, ..server("10.0.0.9") };
        assert_eq!(elsewhere.selects(&begun), Selected::No);
    }

    #[test]
    fn clients_and_names_are_excluded() {
        let clients = |network: &str| Selection {
            excluded_clients: vec![network.parse().unwrap()],
            ..Selection::default()
        };
        assert!(!clients("10.0.0.4").is_about_it(&candidate()));
        assert!(clients("10.0.0.4").is_about_it(&Candidate { client: Some(1), ..candidate() }));
        assert!(clients("10.0.0.5").is_about_it(&candidate()));
        // With roles unknown, it may be the server that has this address.
        let unknown = Candidate { client: None, ..candidate() };
        assert!(clients("10.0.0.4").is_about_it(&unknown));
        let probed = Selection { servers: server("10.0.0.5").servers, ..clients("10.0.0.4") };
        assert!(!probed.is_about_it(&unknown));
        let names = |pattern: &str| Selection {
            excluded_server_names: vec![pattern.to_owned()],
            ..Selection::default()
        };
        assert!(!names("*.contoso.com").is_about_it(&candidate()));
        assert!(names("other.example").is_about_it(&candidate()));
        let hidden = Candidate { server_name: None, is_name_known: false, ..candidate() };
        assert!(names("*.contoso.com").is_about_it(&hidden));
    }

    #[test]
    fn connections_open_at_a_moment_are_selected() {
        let at = |moment| Selection { active_at: Some(moment), ..Selection::default() };
        for (moment, expected) in
            [(999, false), (1_000, true), (1_500, true), (2_000, true), (2_001, false)]
        {
            assert_eq!(at(moment).is_about_it(&candidate()), expected, "{moment}");
        }
        assert!(!at(1_500).is_about_it(&Candidate { ended_at: None, ..candidate() }));
    }

    #[test]
    fn times_are_inclusive_and_need_a_time() {
        let window = |since, until| Selection { since, until, ..Selection::default() };
        assert!(window(Some(1_000), Some(1_000)).is_about_it(&candidate()));
        assert!(!window(Some(1_001), None).is_about_it(&candidate()));
        assert!(!window(None, Some(999)).is_about_it(&candidate()));
        let timeless = Candidate { started_at: None, ..candidate() };
        assert!(!window(Some(0), None).is_about_it(&timeless));
        assert!(!window(None, Some(i64::MAX)).is_about_it(&timeless));
    }

    #[test]
    fn every_filled_field_must_hold_and_any_entry_may() {
        let streams =
            |streams: &[u64]| Selection { streams: streams.to_vec(), ..server("10.0.0.5") };
        assert!(streams(&[1, 3]).is_about_it(&candidate()));
        assert!(!streams(&[1, 2]).is_about_it(&candidate()));
    }

    #[test]
    fn prefix_longer_than_the_address_does_not_panic() {
        let network = Network { address: "10.0.0.4".parse().unwrap(), prefix_length: 255 };
        assert!(network.contains("10.0.0.4".parse().unwrap()));
    }
}
