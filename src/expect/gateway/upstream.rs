//! The neutral layer: a server that a gateway connects to, and what it presents there.

use std::net::IpAddr;

use crate::expect::Endpoints;
use crate::expect::apim::Place;

/// A server that a gateway connects to, and what it presents there.
#[derive(Clone, Debug)]
pub(super) struct Upstream {
    /// What it is called (`cluster orders`).
    pub(super) name: String,
    /// Where it is configured.
    pub(super) place: Place,
    /// What the connections look like.
    pub(super) server: Server,
    /// What is presented.
    pub(super) presents: Presents,
    /// What says so, as `proxy_ssl_certificate`.
    pub(super) rule: &'static str,
    /// Where that stands, unless it is at `place`.
    pub(super) rule_place: Option<Place>,
    /// How that came about, one fragment a step.
    pub(super) reasons: Vec<String>,
}

/// What is known of a server.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Server {
    /// Server names that are sent, lower case.
    pub(super) names: Vec<String>,
    /// Addresses, where no name is sent.
    pub(super) addresses: Vec<IpAddr>,
    /// Ports; empty where they are not known.
    pub(super) ports: Vec<u16>,
}

/// What is presented to a server.
#[derive(Clone, Debug)]
pub(super) enum Presents {
    /// This certificate.
    Certificate(CertificateAt),
    /// No certificate.
    None,
    /// The connection is made without TLS.
    NoTls,
    /// That cannot be told, and why.
    Unknown(String),
}

/// Where a certificate is.
#[derive(Clone, Debug)]
pub(super) enum CertificateAt {
    /// In a file, as the configuration names it.
    File(String),
    /// In the configuration itself.
    Inline {
        /// The text or the DER.
        bytes: Vec<u8>,
        /// Where it stands.
        place: Place,
    },
    /// In a Secret of Kubernetes.
    Secret {
        /// Its namespace, where that is known.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
}

impl Upstream {
    /// In place of what is above a bound.
    pub(super) fn too_many() -> Self {
        Self {
            name: "the rest of the configuration".to_owned(),
            place: Place::file(&"configuration".into()),
            server: Server::default(),
            presents: Presents::Unknown("it is larger than what is read".to_owned()),
            rule: "",
            rule_place: None,
            reasons: Vec::new(),
        }
    }
}

impl Server {
    /// A server by the name that is sent to it, or by its address.
    pub(super) fn new(host: &str, port: Option<u16>) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let ports = port.into_iter().collect();
        match host.trim_matches(['[', ']']).parse() {
            Ok(address) => Self { names: Vec::new(), addresses: vec![address], ports },
            Err(_) => Self { names: vec![host], addresses: Vec::new(), ports },
        }
    }

    /// Whether connections to it can be told from others.
    pub(super) fn is_known(&self) -> bool {
        !self.names.is_empty() || !self.addresses.is_empty()
    }

    /// Whether a connection may be one to both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let ports = self.ports.is_empty()
            || other.ports.is_empty()
            || self.ports.iter().any(|port| other.ports.contains(port));
        let names =
            self.names.iter().any(|name| other.names.iter().any(|other| is_same(name, other)));
        let addresses = self.addresses.iter().any(|address| other.addresses.contains(address));
        ports && (names || addresses)
    }

    /// Both.
    pub(super) fn join(&mut self, other: &Self) {
        if self.ports.is_empty() || other.ports.is_empty() {
            self.ports.clear();
        } else {
            extend(&mut self.ports, &other.ports);
        }
        extend(&mut self.names, &other.names);
        extend(&mut self.addresses, &other.addresses);
    }

    /// What selects its connections.
    pub(super) fn endpoints(&self) -> Endpoints {
        Endpoints {
            server_names: self.names.clone(),
            addresses: if self.names.is_empty() { self.addresses.clone() } else { Vec::new() },
            ports: self.ports.clone(),
        }
    }
}

/// Whether two names, which may have a wildcard, can be one.
fn is_same(one: &str, other: &str) -> bool {
    let covers = |pattern: &str, name: &str| {
        let suffix = pattern.strip_prefix('*');
        suffix.is_some_and(|suffix| name.ends_with(suffix))
    };
    one == other || covers(one, other) || covers(other, one)
}

fn extend<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !list.contains(one) {
            list.push(one.clone());
        }
    }
}

/// Host and port of `host:port`, `[::1]:port` and `host`.
pub(super) fn host_and_port(text: &str) -> (&str, Option<u16>) {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.rsplit_once(':') {
        // More than one colon and no brackets: an IPv6 address.
        Some((host, _)) if host.contains(':') => (text, None),
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}
