//! Ingress of Kubernetes, with the annotations of ingress-nginx.

use std::sync::Arc;

use super::gateways::{at, scalar};
use super::upstream::{CertificateAt, Presents, Server, Upstream};
use crate::expect::apim::Place;
use crate::expect::yaml::{Yaml, YamlValue};

/// Whether it is an Ingress.
pub(super) fn is_ingress(resource: &Yaml) -> bool {
    let is = |key, value| resource.get(key).and_then(Yaml::text).is_some_and(|text| text == value);
    is("kind", "Ingress")
}

/// The services that an Ingress sends requests to.
pub(super) fn read(file: &Arc<str>, resource: &Yaml, upstreams: &mut Vec<Upstream>) {
    if !is_ingress(resource) {
        return;
    }
    let metadata = |key: &str| at(resource, &["metadata", key]).and_then(scalar);
    let namespace = metadata("namespace");
    let name = metadata("name").unwrap_or_default();
    let annotations = at(resource, &["metadata", "annotations"]);
    let annotation = |key: &str| {
        let value = annotations?.get(&format!("{PREFIX}{key}"))?;
        Some((scalar(value)?.trim().to_owned(), value.line))
    };
    let place = |line: u64| Place::new(file, line);
    let foreign = foreign_class(resource, annotations);
    let mut reasons = Vec::new();
    let snippet = SNIPPETS.iter().find_map(|key| annotation(key).map(|(text, _)| (*key, text)));
    let protocol = annotation("backend-protocol");
    let protocol_name = protocol.as_ref().map_or("HTTP", |(text, _)| text.as_str());
    reasons.push(format!("the backend protocol is {protocol_name}"));
    let secret = annotation("proxy-ssl-secret");
    let line = secret.as_ref().or(protocol.as_ref()).map_or(resource.line, |(_, line)| *line);
    let presents = match (protocol_name.to_ascii_uppercase().as_str(), &secret, &snippet) {
        _ if foreign.is_some() => Presents::Unknown(foreign.unwrap_or_default()),
        (_, _, Some((key, text)))
            if text.contains("_ssl_certificate") || text.contains("_pass") =>
        {
            Presents::Unknown(format!("the annotation {key} sets what is presented"))
        }
        ("HTTPS" | "GRPCS", Some((secret, _)), _) => {
            reasons.push(format!("proxy-ssl-secret is {secret}"));
            let (own, name) = match secret.split_once('/') {
                Some((namespace, name)) => (Some(namespace.to_owned()), name),
                None => (namespace, secret.as_str()),
            };
            Presents::Certificate(CertificateAt::Secret { namespace: own, name: name.to_owned() })
        }
        ("HTTPS" | "GRPCS", None, _) => {
            reasons.push(
                "there is no proxy-ssl-secret; that the controller's ConfigMap has no snippet \
                 which sets a certificate is taken for granted"
                    .to_owned(),
            );
            Presents::None
        }
        ("HTTP" | "GRPC" | "FCGI" | "AJP", _, _) => Presents::NoTls,
        _ => Presents::Unknown(format!("the backend protocol {protocol_name} is not known")),
    };
    let is_on = annotation("proxy-ssl-server-name").is_some_and(|(text, _)| text == "on");
    let server_name = annotation("proxy-ssl-name").map(|(text, _)| text);
    let server = match (is_on, server_name) {
        (false, _) => {
            reasons.push("proxy-ssl-server-name is not on: no server name is sent".to_owned());
            Server::default()
        }
        (true, Some(name)) if !name.contains('$') => Server::new(&name, None),
        (true, Some(name)) => {
            reasons.push(format!("the server name {name} is a variable"));
            Server::default()
        }
        (true, None) => {
            reasons.push("proxy-ssl-name is not set: which name is sent is not known".to_owned());
            Server::default()
        }
    };
    let services = services(resource);
    upstreams.push(Upstream {
        name: match services.is_empty() {
            true => format!("Ingress {name}"),
            false => format!("Ingress {name} (service {})", services.join(", ")),
        },
        place: place(line),
        server,
        presents,
        rule: "proxy-ssl-secret",
        rule_place: None,
        reasons,
    });
}

/// Why its controller is not ingress-nginx, or may not be.
fn foreign_class(resource: &Yaml, annotations: Option<&Yaml>) -> Option<String> {
    let entries: &[(String, Yaml)] = match annotations.map(|one| &one.value) {
        Some(YamlValue::Map(entries)) => entries,
        _ => &[],
    };
    let has = |prefix: &str| entries.iter().any(|(key, _)| key.starts_with(prefix));
    let class = at(resource, &["spec", "ingressClassName"])
        .or_else(|| annotations?.get("kubernetes.io/ingress.class"))
        .and_then(scalar);
    match class {
        _ if has("nginx.org/") || has("nginx.com/") => {
            Some("its annotations are those of another controller, of F5".to_owned())
        }
        Some(class) if !class.contains("nginx") && !has(PREFIX) => {
            Some(format!("the ingress class {class} is not that of ingress-nginx"))
        }
        None if !has(PREFIX) => {
            Some("neither a class nor an annotation says that it is ingress-nginx's".to_owned())
        }
        _ => None,
    }
}

/// The services by name; the first few of many.
fn services(resource: &Yaml) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |backend: Option<&Yaml>| {
        let name = backend
            .and_then(|one| at(one, &["service", "name"]).or_else(|| one.get("serviceName")));
        if let Some(name) = name.and_then(scalar)
            && !names.contains(&name)
            && names.len() < SERVICES_NAMED
        {
            names.push(name);
        }
    };
    add(at(resource, &["spec", "defaultBackend"]));
    let rules = at(resource, &["spec", "rules"]).map(Yaml::elements).unwrap_or_default();
    for rule in rules {
        let paths = at(rule, &["http", "paths"]);
        match paths.map(|paths| &paths.value) {
            Some(YamlValue::List(paths)) => paths.iter().for_each(|path| add(path.get("backend"))),
            _ => continue,
        }
    }
    names
}

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Annotations that put text into the configuration of nginx.
const SNIPPETS: &[&str] = &["configuration-snippet", "server-snippet", "location-snippet"];

/// Services that are named.
const SERVICES_NAMED: usize = 4;
