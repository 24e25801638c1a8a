//! A Service Fabric cluster: its management endpoints apart from the service itself.

use super::backend::{Backend, ServiceFabric};
use super::conclusion::Conclusion;
use super::lint_rules;
use super::place::quoted;
use super::question::Target;
use super::reference::{Lookup, Possibility, Possible, always};
use super::resolve::Resolver;
use super::scope::Level;
use super::url::Url;
use crate::expect::{Endpoints, HypothesisName};

impl<'a> Resolver<'a> {
    /// A Service Fabric cluster: its management endpoints apart from the service itself.
    pub(super) fn service_fabric(&self, backend: &Backend, fabric: &ServiceFabric) -> Vec<Target> {
        let chosen = self.question.hypothesis.unwrap_or(HypothesisName::EntityCounts);
        let mut lookup = Lookup::new(self.configuration, &self.index);
        let level = Level::of_entity(backend.workspace.as_deref());
        let mut possibilities: Vec<Possibility> = backend
            .unread
            .iter()
            .map(|(place, why)| always(Possible::Unknown(format!("{place}: {why}"))))
            .collect();
        possibilities.extend(match (&fabric.certificate_id, &fabric.thumbprint) {
            (Some(id), _) => {
                lookup.text(id, true, &level, "serviceFabricCluster.clientCertificateId")
            }
            (None, Some(thumbprint)) => lookup.text(
                thumbprint,
                false,
                &level,
                "serviceFabricCluster.clientCertificatethumbprint",
            ),
            (None, None) => vec![always(Possible::Nothing)],
        });
        let mut endpoints = Endpoints::default();
        let mut reasons = vec![format!(
            "{}: the backend {} is a Service Fabric cluster: its certificate is for the cluster's \
             management endpoints, and needs no policy (Microsoft's moderator says so in Q&A \
             5808706; the how-to names the property)",
            backend.place, backend.name
        )];
        for endpoint in &fabric.management_endpoints {
            match endpoint.known().and_then(Url::parse) {
                Some(url) => {
                    let own = url.endpoints();
                    endpoints.server_names.extend(own.server_names);
                    endpoints.addresses.extend(own.addresses);
                    if !endpoints.ports.contains(&url.port) {
                        endpoints.ports.push(url.port);
                    }
                    reasons.push(format!(
                        "{}: a management endpoint is {}:{}",
                        endpoint.place, url.host, url.port
                    ));
                }
                None => reasons.push(format!(
                    "{}: the management endpoint {} is no URL with a host",
                    endpoint.place,
                    quoted(&endpoint.raw)
                )),
            }
        }
        if !endpoints.server_names.is_empty() {
            // Names and addresses at once would have to hold together.
            endpoints.addresses.clear();
        }
        let management = Conclusion {
            policy_only: possibilities.clone(),
            entity_counts: possibilities.clone(),
            endpoints: endpoints.clone(),
            reasons,
            ..Conclusion::default()
        };
        let mut management = management.expectation(chosen);
        management.lint = lookup.lint;
        management.lint.extend(lint_rules::of_backend(backend, self));
        management.lint.extend(lint_rules::of_certificates(&management.certificates, self));

        let why = "which certificate the gateway presents to a service inside a Service Fabric \
                   cluster is established by no source: what is seen is reported, not judged";
        let unknown = always(Possible::Unknown(why.to_owned()));
        let service_endpoints =
            Endpoints { server_names: endpoints.server_names, ..Endpoints::default() };
        let needs_selection = service_endpoints == Endpoints::default();
        let service = Conclusion {
            policy_only: vec![unknown.clone()],
            entity_counts: std::iter::once(unknown).chain(possibilities).collect(),
            endpoints: service_endpoints,
            reasons: vec![format!(
                "{}: the service itself is found by the cluster at run time; its address is not in \
                 the configuration",
                backend.place
            )],
            ..Conclusion::default()
        };
        vec![
            Target {
                name: format!("backend {}, management endpoints", backend.name),
                is_asked: true,
                needs_selection: management.endpoints == Endpoints::default(),
                expectation: management,
            },
            Target {
                name: format!("backend {}, the service itself", backend.name),
                is_asked: false,
                needs_selection,
                expectation: service.expectation(chosen),
            },
        ]
    }
}
