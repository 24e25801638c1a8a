//! Declarative configuration of Kong (deck, kong.yml).

use std::sync::Arc;

use super::gateways::{port, scalar};
use super::upstream::{CertificateAt, Presents, Server, Upstream, host_and_port};
use crate::expect::apim::Place;
use crate::expect::yaml::{Yaml, YamlValue};

/// Whether it is Kong's.
pub(super) fn is_kong(document: &Yaml) -> bool {
    document.get("_format_version").is_some()
}

/// The services of a configuration.
pub(super) fn read(file: &Arc<str>, document: &Yaml, upstreams: &mut Vec<Upstream>) {
    if !is_kong(document) {
        return;
    }
    let certificates = document.get("certificates").map(Yaml::elements).unwrap_or_default();
    for service in document.get("services").map(Yaml::elements).unwrap_or_default() {
        let upstream = of_service(file, document, service, certificates);
        upstreams.push(upstream);
    }
}

fn of_service(file: &Arc<str>, document: &Yaml, service: &Yaml, certificates: &[Yaml]) -> Upstream {
    let text = |key: &str| service.get(key).and_then(scalar);
    let name = text("name").or_else(|| text("host")).unwrap_or_default();
    let url = text("url");
    let (scheme, authority) = match url.as_deref().and_then(|url| url.split_once("://")) {
        Some((scheme, rest)) => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            (scheme.to_owned(), authority.to_owned())
        }
        None => (
            text("protocol").unwrap_or_else(|| "http".to_owned()),
            text("host").unwrap_or_default(),
        ),
    };
    let is_tls = matches!(scheme.as_str(), "https" | "grpcs" | "wss" | "tls");
    let (host, own_port) = host_and_port(&authority);
    let number = own_port.or_else(|| service.get("port").and_then(port));
    // The port of a service is 80 where none is told beside protocol and host (Kong's schema).
    let default = if url.is_some() && is_tls { 443 } else { 80 };
    let number = number.unwrap_or(default);
    let mut reasons = vec![format!("the service {name} is at {scheme}://{host}")];
    // Where the service names none, the upstream's is used.
    let of_upstream = || group(document, host)?.get("client_certificate");
    let is_there = |one: &&Yaml| one.value != YamlValue::Null;
    let named = service.get("client_certificate").filter(is_there);
    let (presents, line) = match (is_tls, named.or_else(|| of_upstream().filter(is_there))) {
        (false, _) => match scheme.as_str() {
            "tls_passthrough" => (
                Presents::Unknown("the client's own TLS is passed through".to_owned()),
                service.line,
            ),
            "http" | "grpc" | "ws" | "tcp" | "udp" => (Presents::NoTls, service.line),
            other => {
                (Presents::Unknown(format!("the protocol {other} is not known")), service.line)
            }
        },
        (true, Some(reference)) => {
            (certificate(file, reference, certificates, &mut reasons), reference.line)
        }
        (true, None) => {
            reasons.push(
                "the service has no client_certificate; that kong.conf sets no client_ssl_cert is \
                 taken for granted"
                    .to_owned(),
            );
            (Presents::None, service.line)
        }
    };
    let server = server(document, service, host, number, &mut reasons);
    Upstream {
        name: format!("service {name}"),
        place: Place::new(file, line),
        server,
        presents,
        rule: "client_certificate",
        rule_place: None,
        reasons,
    }
}

/// The certificate that a service names by its id.
fn certificate(
    file: &Arc<str>,
    reference: &Yaml,
    certificates: &[Yaml],
    reasons: &mut Vec<String>,
) -> Presents {
    let id = scalar(reference).or_else(|| reference.get("id").and_then(scalar));
    let inline = reference.get("cert");
    let Some(id) = id.or_else(|| inline.map(|_| String::new())) else {
        return Presents::Unknown("client_certificate names no id".to_owned());
    };
    let is_it = |one: &&Yaml| one.get("id").and_then(scalar).is_some_and(|own| own == id);
    let found = certificates.iter().find(is_it);
    let Some(value) = inline.or_else(|| found.and_then(|one| one.get("cert"))) else {
        return Presents::Unknown(format!(
            "the certificate {id} is not in this file: deck gateway dump writes it with its \
             certificates"
        ));
    };
    reasons.push(format!("client_certificate is {id}, line {}", value.line));
    let text = scalar(value).unwrap_or_default();
    if text.trim_start().starts_with('{') || text.starts_with("$") || text.contains("${") {
        return Presents::Unknown(format!("the certificate {id} is a reference to a vault"));
    }
    let place = Place::new(file, value.line);
    Presents::Certificate(CertificateAt::Inline { bytes: text.into_bytes(), place })
}

fn server(
    document: &Yaml,
    service: &Yaml,
    host: &str,
    number: u16,
    reasons: &mut Vec<String>,
) -> Server {
    if host.contains(['{', '$']) || host.is_empty() {
        reasons.push("the host is a reference".to_owned());
        return Server { ports: vec![number], ..Server::default() };
    }
    // A route that keeps the client's host sends that as the server name.
    let own = service.get("routes").map(Yaml::elements).unwrap_or_default();
    let all = document.get("routes").map(Yaml::elements).unwrap_or_default();
    let name = service.get("name").and_then(scalar);
    let id = service.get("id").and_then(scalar);
    let is_own = |route: &&Yaml| {
        let of = route.get("service").and_then(|of| {
            scalar(of).or_else(|| of.get("name").or_else(|| of.get("id")).and_then(scalar))
        });
        of.is_some() && (of == name || of == id)
    };
    let mut routes = own.iter().chain(all.iter().filter(is_own));
    let keeps = |route: &Yaml| {
        route.get("preserve_host").is_some_and(|one| one.value == YamlValue::Boolean(true))
    };
    if routes.any(keeps) {
        reasons.push("a route has preserve_host: the client's host is the server name".to_owned());
        return Server { ports: vec![number], ..Server::default() };
    }
    let Some(group) = group(document, host) else {
        return Server::new(host, Some(number));
    };
    let targets = group.get("targets").map(Yaml::elements).unwrap_or_default();
    let mut ports: Vec<u16> = targets
        .iter()
        .filter_map(|target| scalar(target.get("target")?))
        .map(|target| host_and_port(&target).1.unwrap_or(8000))
        .collect();
    ports.sort_unstable();
    ports.dedup();
    let sent = group.get("host_header").and_then(scalar).unwrap_or_else(|| host.to_owned());
    reasons.push(format!("{host} is an upstream; the server name {sent} is sent"));
    Server { ports, ..Server::new(&sent, None) }
}

/// The upstream that stands for a host.
fn group<'y>(document: &'y Yaml, host: &str) -> Option<&'y Yaml> {
    let upstreams = document.get("upstreams").map(Yaml::elements).unwrap_or_default();
    upstreams.iter().find(|one| one.get("name").and_then(scalar).is_some_and(|own| own == host))
}
