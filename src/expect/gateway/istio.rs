//! DestinationRule of Istio.

use std::sync::Arc;

use super::gateways::{at, port, scalar};
use super::upstream::{CertificateAt, Presents, Server, Upstream};
use crate::expect::apim::Place;
use crate::expect::yaml::Yaml;

/// Whether it is a DestinationRule.
pub(super) fn is_rule(resource: &Yaml) -> bool {
    let text = |key| resource.get(key).and_then(Yaml::text).unwrap_or_default();
    text("kind") == "DestinationRule" && text("apiVersion").starts_with("networking.istio.io/")
}

/// What a DestinationRule says of its host: as a whole, for single ports, and for subsets.
pub(super) fn read(file: &Arc<str>, resource: &Yaml, upstreams: &mut Vec<Upstream>) {
    if !is_rule(resource) {
        return;
    }
    let metadata = |key: &str| at(resource, &["metadata", key]).and_then(scalar);
    let rule = Rule {
        file,
        name: metadata("name").unwrap_or_default(),
        namespace: metadata("namespace"),
        host: at(resource, &["spec", "host"]).and_then(scalar).unwrap_or_default(),
    };
    let spec = resource.get("spec").unwrap_or(resource);
    rule.policy(spec, "", upstreams);
    for subset in spec.get("subsets").map(Yaml::elements).unwrap_or_default() {
        // A subset without a policy has that of the whole.
        if subset.get("trafficPolicy").is_some() {
            let name = subset.get("name").and_then(scalar).unwrap_or_default();
            rule.policy(subset, &format!(", subset {name}"), upstreams);
        }
    }
}

struct Rule<'a> {
    file: &'a Arc<str>,
    name: String,
    namespace: Option<String>,
    host: String,
}

impl Rule<'_> {
    fn policy(&self, holder: &Yaml, part: &str, upstreams: &mut Vec<Upstream>) {
        let policy = holder.get("trafficPolicy");
        let ports = policy.and_then(|one| one.get("portLevelSettings"));
        let ports = ports.map(Yaml::elements).unwrap_or_default();
        for settings in ports {
            let number = at(settings, &["port", "number"]).and_then(port);
            let part = match number {
                Some(number) => format!("{part}, port {number}"),
                None => format!("{part}, a port"),
            };
            // Settings of a port take the place of all others.
            upstreams.push(self.upstream(settings, number, &part));
        }
        let tls = policy.and_then(|one| one.get("tls"));
        if tls.is_some() || ports.is_empty() {
            upstreams.push(self.upstream(policy.unwrap_or(holder), None, part));
        }
    }

    fn upstream(&self, settings: &Yaml, number: Option<u16>, part: &str) -> Upstream {
        let tls = settings.get("tls");
        let text = |key: &str| tls.and_then(|tls| tls.get(key)).and_then(scalar);
        let mut reasons = vec![format!("the rule is about the host {}{part}", self.host)];
        let mode = text("mode");
        if let Some(mode) = &mode {
            reasons.push(format!("tls.mode is {mode}"));
        }
        let presents = match mode.as_deref() {
            Some("MUTUAL") => match (text("credentialName"), text("clientCertificate")) {
                (Some(name), _) => {
                    reasons.push(format!("credentialName is {name}"));
                    let (namespace, name) = self.credential(&name);
                    Presents::Certificate(CertificateAt::Secret { namespace, name })
                }
                (None, Some(file)) => {
                    reasons.push(format!("clientCertificate is {file}"));
                    Presents::Certificate(CertificateAt::File(file))
                }
                (None, None) => Presents::Unknown(
                    "tls.mode is MUTUAL, and neither credentialName nor clientCertificate is there"
                        .to_owned(),
                ),
            },
            Some("ISTIO_MUTUAL") => Presents::Unknown(
                "the mesh makes the certificate itself, for some hours: --expect-san \
                 spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT names the workload"
                    .to_owned(),
            ),
            Some("SIMPLE") => Presents::None,
            // What the application itself may encrypt is passed through.
            Some("DISABLE") => Presents::NoTls,
            Some(other) => Presents::Unknown(format!("the mode {other} is not known")),
            None => Presents::Unknown(
                "there is no tls.mode here: the mesh's own rules decide, which were not given"
                    .to_owned(),
            ),
        };
        // A short name is completed by the namespace, and * is every host.
        let server_name = text("sni").or_else(|| Some(self.host.clone()));
        let server_name = server_name.filter(|name| name.contains('.') && !name.starts_with("*."));
        if server_name.is_none() {
            reasons.push(format!("which server name is sent for {} is not known", self.host));
        }
        let server = match server_name {
            Some(name) => Server::new(&name, number),
            None => Server { ports: number.into_iter().collect(), ..Server::default() },
        };
        Upstream {
            name: format!("DestinationRule {}{part}", self.name),
            place: Place::new(self.file, tls.map_or(settings.line, |tls| tls.line)),
            server,
            presents,
            rule: "trafficPolicy.tls",
            rule_place: None,
            reasons,
        }
    }

    /// Namespace and name of a credential: `name`, `namespace/name`, `kubernetes://namespace/name`.
    fn credential(&self, text: &str) -> (Option<String>, String) {
        let text = text.strip_prefix("kubernetes://").unwrap_or(text);
        match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
            None => (self.namespace.clone(), text.to_owned()),
        }
    }
}
