//! URLs of backends: what they say about the connections to look for.

use std::net::IpAddr;

use crate::expect::Endpoints;

/// The parts of a URL that count here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Url {
    /// The scheme, lower case.
    pub(super) scheme: String,
    /// The host, lower case, without brackets.
    pub(super) host: String,
    /// The port, also where it is the scheme's own.
    pub(super) port: u16,
    /// The path without a slash at its end.
    pub(super) path: String,
}

/// What of a URL tells the server.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Server {
    scheme: String,
    host: String,
    port: u16,
}

impl Url {
    /// Reads a URL; `None` for one without a host, as `fabric:/app/service`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let host_and_port = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match host_and_port.strip_prefix('[') {
            Some(bracketed) => {
                let (host, rest) = bracketed.split_once(']')?;
                (host, rest.strip_prefix(':'))
            }
            None => match host_and_port.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (host_and_port, None),
            },
        };
        let port = match port.filter(|port| !port.is_empty()) {
            Some(port) => port.parse().ok()?,
            None if scheme == "http" => 80,
            None => 443,
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_host = !host.is_empty()
            && !host.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '"' | '<'));
        is_host.then(|| Self { scheme, host, port, path: path.trim_end_matches('/').to_owned() })
    }

    /// The server that it leads to.
    pub(super) fn server(&self) -> Server {
        Server { scheme: self.scheme.clone(), host: self.host.clone(), port: self.port }
    }

    /// The connections that requests to it make.
    pub(super) fn endpoints(&self) -> Endpoints {
        let mut endpoints = Endpoints { ports: vec![self.port], ..Endpoints::default() };
        match self.host.parse::<IpAddr>() {
            Ok(address) => endpoints.addresses.push(address),
            Err(_) => endpoints.server_names.push(self.host.clone()),
        }
        endpoints
    }

    /// Whether requests to it go over TLS.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.scheme.as_str(), "https" | "wss")
    }

    /// Whether both lead to the same server: an entity whose URL is the beginning of another's
    /// path counts as its match.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let inside = other.path.to_ascii_lowercase();
        let own = self.path.to_ascii_lowercase();
        let rest = inside.strip_prefix(&own);
        self.is_same_server(other)
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether both are one server's.
    pub(super) fn is_same_server(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host == other.host && self.port == other.port
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn parts_are_told_apart() {
        for (text, host, port) in [
            ("https://Backend.Contoso.com", "backend.contoso.com", 443),
            ("https://user:p@backend.contoso.com:8443/a?b", "backend.contoso.com", 8443),
            ("http://10.0.0.5/", "10.0.0.5", 80),
            ("https://[2001:db8::5]:444/x", "2001:db8::5", 444),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.host.as_str(), url.port), (host, port), "{text}");
        }
        for text in ["fabric:/app/service", "https://", "backend.contoso.com", "https://{{host}}/"]
        {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }

    #[test]
    fn url_covers_what_stands_below_it() {
        let entity = Url::parse("https://b.example/api").unwrap();
        for (text, covered) in [
            ("https://B.example:443/api/", true),
            ("https://b.example/api/v1", true),
            ("https://b.example/apis", false),
            ("http://b.example/api", false),
        ] {
            assert_eq!(entity.covers(&Url::parse(text).unwrap()), covered, "{text}");
        }
    }
}
