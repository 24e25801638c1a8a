//! Envoy: the clusters of a `config_dump`, of a bootstrap, or of single resources.

use std::net::IpAddr;
use std::sync::Arc;

use super::envoy_secrets::{self, Secrets, data_source};
use super::gateways::{at, port, scalar};
use super::upstream::{CertificateAt, Presents, Server, Upstream};
use crate::expect::apim::Place;
use crate::expect::yaml::{Yaml, YamlValue};

/// Whether it is Envoy's.
pub(super) fn is_envoy(document: &Yaml) -> bool {
    let has_configs =
        document.get("configs").map(Yaml::elements).unwrap_or_default().iter().any(|one| {
            let kind = one.get("@type").and_then(Yaml::text).unwrap_or_default();
            kind.starts_with("type.googleapis.com/envoy.")
        });
    has_configs
        || document.get("static_resources").is_some()
        || ["static_clusters", "dynamic_active_clusters"]
            .iter()
            .any(|key| document.get(key).is_some())
}

/// The certificates that are known by the name of a secret.
pub(super) fn secrets(documents: &[(Arc<str>, Yaml)]) -> Secrets {
    envoy_secrets::read(documents)
}

/// The clusters of a document.
pub(super) fn read(
    file: &Arc<str>,
    document: &Yaml,
    secrets: &Secrets,
    upstreams: &mut Vec<Upstream>,
) {
    if !is_envoy(document) {
        return;
    }
    let dumps = document.get("configs").map(Yaml::elements).unwrap_or_default();
    for dump in std::iter::once(document).chain(dumps) {
        for list in ["static_clusters", "dynamic_active_clusters"] {
            for entry in dump.get(list).map(Yaml::elements).unwrap_or_default() {
                cluster(file, entry.get("cluster").unwrap_or(entry), secrets, upstreams);
            }
        }
        // A dump repeats the static ones of its bootstrap among its clusters.
        if dumps.is_empty() {
            let list = at(dump, &["static_resources", "clusters"]);
            for entry in list.map(Yaml::elements).unwrap_or_default() {
                cluster(file, entry, secrets, upstreams);
            }
        }
    }
}

fn cluster(file: &Arc<str>, cluster: &Yaml, secrets: &Secrets, upstreams: &mut Vec<Upstream>) {
    let name = cluster.get("name").and_then(scalar).unwrap_or_default();
    let mut sockets: Vec<(Option<&Yaml>, String)> = Vec::new();
    let matches = cluster.get("transport_socket_matches").map(Yaml::elements).unwrap_or_default();
    for one in matches.iter().take(MOST_MATCHES) {
        let label = one.get("name").and_then(scalar).unwrap_or_default();
        sockets.push((one.get("transport_socket"), format!(", transport socket {label}")));
    }
    let default = cluster.get("transport_socket").or_else(|| cluster.get("tls_context"));
    // Where every endpoint has its own, the default may still be used.
    sockets.push((default, String::new()));
    let has_more = matches.len() > MOST_MATCHES;
    for (socket, part) in sockets {
        let mut reasons = vec![format!("the cluster {name}{part}")];
        let context = socket.map(Context::of);
        let presents = match &context {
            _ if has_more => Presents::Unknown("more transport sockets than are read".to_owned()),
            None => Presents::NoTls,
            Some(context) => context.presents(file, secrets, &mut reasons),
        };
        let sni = match &context {
            Some(Context::Tls(tls)) => tls.get("sni").and_then(scalar),
            _ => None,
        };
        let line = socket.map_or(cluster.line, |one| one.line);
        for server in servers(cluster, sni.filter(|name| !name.is_empty()), &mut reasons) {
            upstreams.push(Upstream {
                name: format!("cluster {name}{part}"),
                place: Place::new(file, line),
                server,
                presents: presents.clone(),
                rule: "UpstreamTlsContext",
                rule_place: None,
                reasons: reasons.clone(),
            });
        }
    }
}

/// What a transport socket is.
enum Context<'a> {
    /// UpstreamTlsContext.
    Tls(&'a Yaml),
    /// No TLS.
    Plain,
    /// Another one.
    Other(String),
}

impl<'a> Context<'a> {
    fn of(socket: &'a Yaml) -> Self {
        // tls_context of Envoy's older interface is the context itself.
        let Some(config) = socket.get("typed_config").or_else(|| socket.get("config")) else {
            let name = socket.get("name").and_then(scalar).unwrap_or_default();
            return match name.as_str() {
                "" => Self::Tls(socket),
                "envoy.transport_sockets.raw_buffer" => Self::Plain,
                _ => Self::Other(name),
            };
        };
        let kind = config.get("@type").and_then(scalar).unwrap_or_default();
        let kind = kind.rsplit('.').next().unwrap_or_default();
        match kind {
            "UpstreamTlsContext" => Self::Tls(config),
            "RawBuffer" => Self::Plain,
            // These carry another transport socket inside.
            "QuicUpstreamTransport" => match config.get("upstream_tls_context") {
                Some(inner) => Self::Tls(inner),
                None => Self::Other(kind.to_owned()),
            },
            "ProxyProtocolUpstreamTransport"
            | "TapConfig"
            | "Tap"
            | "InternalUpstreamTransport"
            | "TcpStatsConfig"
            | "Config" => match config.get("transport_socket") {
                Some(inner) if inner.get("typed_config").is_some() => Self::direct(inner),
                _ => Self::Other(kind.to_owned()),
            },
            "" if config.get("common_tls_context").is_some() => Self::Tls(config),
            _ => Self::Other(kind.to_owned()),
        }
    }

    /// A transport socket inside another one; no deeper.
    fn direct(socket: &'a Yaml) -> Self {
        let config = socket.get("typed_config").unwrap_or(socket);
        let kind = config.get("@type").and_then(scalar).unwrap_or_default();
        match kind.rsplit('.').next() {
            Some("UpstreamTlsContext") => Self::Tls(config),
            Some("RawBuffer") => Self::Plain,
            _ => Self::Other(kind),
        }
    }

    fn presents(&self, file: &Arc<str>, secrets: &Secrets, reasons: &mut Vec<String>) -> Presents {
        let tls = match self {
            Self::Tls(tls) => tls,
            Self::Plain => return Presents::NoTls,
            Self::Other(kind) => {
                return Presents::Unknown(format!("the transport socket {kind} is not read"));
            }
        };
        let Some(common) = tls.get("common_tls_context") else {
            reasons.push("its UpstreamTlsContext has no certificate".to_owned());
            return Presents::None;
        };
        let list = |key: &str| {
            let own = common.get(key).filter(|one| one.value != YamlValue::Null);
            own.map(Yaml::elements).unwrap_or_default()
        };
        let is_not_read = |(key, value): &&(String, Yaml)| {
            let is_list = matches!(value.value, YamlValue::List(_) | YamlValue::Null);
            let is_read = READ.contains(&key.as_str()) && is_list;
            !is_read && !CONCERNS_THE_SERVER.contains(&key.as_str())
        };
        let provided = match &common.value {
            YamlValue::Map(entries) => entries.iter().find(is_not_read).map(|(key, _)| key),
            _ => None,
        };
        let own = list("tls_certificates");
        let named = list("tls_certificate_sds_secret_configs");
        let found = match (own, named, provided) {
            ([], [], None) => {
                reasons.push("its UpstreamTlsContext has no certificate".to_owned());
                return Presents::None;
            }
            ([one], [], None) => match one.get("certificate_chain") {
                Some(chain) => {
                    reasons.push("tls_certificates has the certificate".to_owned());
                    data_source(file, chain)
                }
                None => Err("tls_certificates has no certificate_chain".to_owned()),
            },
            ([], [one], None) => named_secret(one, secrets, reasons),
            ([], [], Some(key)) => Err(format!("the certificate comes from {key}")),
            _ => Err("several certificates are configured for one cluster".to_owned()),
        };
        match found {
            Ok(at) => Presents::Certificate(at),
            Err(why) => Presents::Unknown(why),
        }
    }
}

/// A certificate by the name of its secret.
fn named_secret(
    config: &Yaml,
    secrets: &Secrets,
    reasons: &mut Vec<String>,
) -> Result<CertificateAt, String> {
    let name = config.get("name").and_then(scalar).unwrap_or_default();
    reasons.push(format!("the certificate is that of the secret {name}"));
    match secrets.get(&name) {
        Some(found) => found.clone(),
        None => Err(format!(
            "the secret {name} is not in the dump: curl localhost:9901/config_dump has it once it \
             was fetched"
        )),
    }
}

/// The servers of a cluster, one for each port.
fn servers(cluster: &Yaml, sni: Option<String>, reasons: &mut Vec<String>) -> Vec<Server> {
    let mut endpoints: Vec<(String, Option<u16>)> = Vec::new();
    let load = at(cluster, &["load_assignment", "endpoints"]);
    for locality in load.map(Yaml::elements).unwrap_or_default() {
        for endpoint in locality.get("lb_endpoints").map(Yaml::elements).unwrap_or_default() {
            endpoints.extend(at(endpoint, &["endpoint", "address", "socket_address"]).map(socket));
        }
    }
    for host in cluster.get("hosts").map(Yaml::elements).unwrap_or_default() {
        endpoints.extend(host.get("socket_address").map(socket));
    }
    let mut ports: Vec<Option<u16>> = endpoints.iter().map(|(_, port)| *port).collect();
    ports.sort_unstable();
    ports.dedup();
    if ports.is_empty() || ports.contains(&None) {
        ports = vec![None];
    }
    let options = cluster.get("typed_extension_protocol_options");
    let is_automatic = options.is_some_and(|options| match &options.value {
        YamlValue::Map(entries) => entries.iter().any(|(_, one)| {
            let own = at(one, &["upstream_http_protocol_options", "auto_sni"]);
            own.is_some_and(|one| one.value == YamlValue::Boolean(true))
        }),
        _ => false,
    });
    match (&sni, is_automatic) {
        (_, true) => reasons.push("auto_sni: the request's host is the server name".to_owned()),
        (Some(name), false) => reasons.push(format!("sni is {name}")),
        (None, false) => reasons.push("no sni: no server name is sent".to_owned()),
    }
    let of_port = |number: Option<u16>| match (&sni, is_automatic) {
        (_, true) => Server { ports: number.into_iter().collect(), ..Server::default() },
        (Some(name), false) => Server::new(name, number),
        (None, false) => {
            let own = endpoints.iter().filter(|(_, port)| number.is_none() || *port == number);
            let addresses: Option<Vec<IpAddr>> = own.map(|(host, _)| host.parse().ok()).collect();
            Server {
                names: Vec::new(),
                addresses: addresses.unwrap_or_default(),
                ports: number.into_iter().collect(),
            }
        }
    };
    ports.into_iter().map(of_port).collect()
}

fn socket(address: &Yaml) -> (String, Option<u16>) {
    let host = address.get("address").and_then(scalar).unwrap_or_default();
    (host, address.get("port_value").and_then(port))
}

/// Where Envoy's certificate is read.
const READ: &[&str] = &["tls_certificates", "tls_certificate_sds_secret_configs"];

/// What has no part in Envoy's own certificate; anything else may give one.
const CONCERNS_THE_SERVER: &[&str] = &[
    "alpn_protocols",
    "combined_validation_context",
    "key_log",
    "tls_params",
    "validation_context",
    "validation_context_certificate_provider",
    "validation_context_certificate_provider_instance",
    "validation_context_sds_secret_config",
];

/// `transport_socket_matches` of a cluster that are read.
const MOST_MATCHES: usize = 16;
