//! The steps of a resolution in words.

use super::conclusion::{self, Conclusion};
use super::destination::{BY_API, Leads};
use super::flow::{Attached, Path};
use super::place::quoted;
use super::question::Gateway;
use super::reference::{Possibility, Possible};
use super::requests::Requests;
use super::resolve::{Resolver, Subject};
use super::scope::Scope;
use super::url::Url;

impl<'a> Resolver<'a> {
    /// The first step: what the subject is, and which connections lead to it.
    pub(super) fn describe(
        &self,
        subject: Subject<'_>,
        conclusion: &mut Conclusion,
    ) -> Option<Url> {
        match subject {
            Subject::Entity(backend, pool) => {
                if let Some(pool) = pool {
                    conclusion.reasons.push(format!(
                        "{}: the pool {} has the member {}: each member is judged by its own \
                         connections",
                        pool.place, pool.name, backend.name
                    ));
                }
                let text = backend.url.as_ref();
                let url = self.url(subject);
                conclusion.reasons.push(match (&url, text) {
                    (Some(url), _) => format!(
                        "{}: the backend {} stands for {}://{}:{}",
                        backend.place, backend.name, url.scheme, url.host, url.port
                    ),
                    (None, Some(text)) => format!(
                        "{}: the URL of the backend {} names no server ({}): select its \
                         connections with --server or --sni",
                        text.place,
                        backend.name,
                        quoted(&text.raw)
                    ),
                    (None, None) => {
                        format!("{}: the backend {} has no URL", backend.place, backend.name)
                    }
                });
                if let Some(url) = &url {
                    conclusion.endpoints = url.endpoints();
                }
                url
            }
            Subject::Url(url) => {
                conclusion.reasons.push(format!(
                    "requests go to {}://{}:{}, for which there is no Backend entity",
                    url.scheme, url.host, url.port
                ));
                conclusion.endpoints = url.endpoints();
                Some(url.clone())
            }
            Subject::Missing(id) => {
                conclusion.reasons.push(format!(
                    "the backend {}, to which requests are sent, is not among the files",
                    quoted(id)
                ));
                None
            }
            Subject::Anything => {
                conclusion.reasons.push(
                    "no backend was given: what the policies attach is expected on every \
                     connection that is selected"
                        .to_owned(),
                );
                None
            }
        }
    }

    pub(super) fn tell_path(
        &self,
        requests: &Requests<'_>,
        path: &Path,
        leads: &Leads,
        condition: &str,
        subject: Subject<'_>,
        conclusion: &mut Conclusion,
    ) {
        if conclusion.reasons.len() > MOST_TOLD {
            return;
        }
        let condition = in_brackets(condition);
        if let (Subject::Entity(backend, pool), None) = (subject, &leads.doubt) {
            let name = pool.map_or(&backend.name, |pool| &pool.name);
            conclusion.reasons.push(match (&path.routed_at, leads.rule) {
                _ if leads.entity_doubt.is_some() => {
                    format!("{}{condition}", leads.entity_doubt.clone().unwrap_or_default())
                }
                (Some(place), rule) if requests.is_resolver => format!(
                    "{place}: the resolver sends requests to the backend {name} by \
                     {rule}{condition}"
                ),
                (Some(place), rule) => format!(
                    "{place}: <set-backend-service> sends requests to the backend {name} by \
                     {rule}{condition}"
                ),
                (None, "assumption") => format!(
                    "no <set-backend-service> and no service URL among the files: it is taken that \
                     requests reach the backend {name}{condition}"
                ),
                (None, BY_API) => {
                    let place = requests.api.map(|api| format!("{}: ", api.place));
                    format!(
                        "{}the API's backendId names the backend {name}{condition}",
                        place.unwrap_or_default()
                    )
                }
                (None, rule) => {
                    let place = requests.api.and_then(|api| api.service_url.as_ref());
                    let place = place.map(|url| format!("{}: ", url.place)).unwrap_or_default();
                    format!(
                        "{place}{rule} is that of the backend {name}: by the vendor's rule, the \
                         entity is used without <set-backend-service>{condition}"
                    )
                }
            });
        }
        let at = path.attached_at.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let overrode = match &path.overrode {
            Some(place) => format!(
                ", in place of the one attached at {place}: the last to run counts (so the policy \
                 toolkit has it; no page says so)"
            ),
            None => String::new(),
        };
        conclusion.reasons.push(match &path.attached {
            Attached::Nothing => {
                let scopes: Vec<&str> = requests.scopes.iter().map(|scope| scope.name()).collect();
                let given = match scopes.as_slice() {
                    [] => "none is in force".to_owned(),
                    scopes => format!("policies read: {}", scopes.join(", ")),
                };
                let missing = self.missing_scopes(&requests.scopes);
                format!("no policy that runs attaches a certificate ({given}{missing}){condition}")
            }
            Attached::Id(id, _) => format!(
                "{at}<authentication-certificate> attaches the certificate with the id \
                 {}{overrode}{condition}",
                quoted(id)
            ),
            Attached::Thumbprint(text, _) => format!(
                "{at}<authentication-certificate> attaches the certificate with the thumbprint \
                 {}{overrode}{condition}",
                quoted(text)
            ),
            Attached::Unknown(why) => format!("{at}{why}{condition}"),
        });
    }

    /// Scopes whose policies were not given, which is then taken to mean that they attach nothing.
    pub(super) fn missing_scopes(&self, scopes: &[Scope]) -> String {
        if self.configuration.is_whole() {
            return String::new();
        }
        let missing = [Scope::Global, Scope::Product, Scope::Api, Scope::Operation];
        let missing: Vec<&str> =
            missing.into_iter().filter(|scope| !scopes.contains(scope)).map(Scope::name).collect();
        match missing.as_slice() {
            [] => String::new(),
            missing => {
                format!("; not given, and taken to attach none: {}", missing.join(", "))
            }
        }
    }

    /// The contested rule, where it makes a difference.
    pub(super) fn tell_contest(&self, entity: &[Possibility], conclusion: &mut Conclusion) {
        for one in entity {
            if let Possible::Certificate(certificate) = &one.what {
                let place = certificate.sources.first().map(|source| {
                    let line = source.line.map(|line| format!(":{line}")).unwrap_or_default();
                    format!("{}{line}", source.file.as_deref().unwrap_or_default())
                });
                conclusion.reasons.push(format!(
                    "{}: the Backend entity names {}",
                    place.unwrap_or_default(),
                    conclusion::name(certificate)
                ));
            }
        }
        let names_one = |one: &Possibility| matches!(one.what, Possible::Certificate(_));
        if conclusion.also.iter().any(names_one)
            && conclusion.policy_only.iter().any(names_one)
            && conclusion.no_handshake.is_none()
        {
            let is_same = conclusion::agree(&conclusion.also, &conclusion.policy_only);
            conclusion.reasons.push(if is_same { BOTH_NAME_IT } else { PRECEDENCE }.to_owned());
        }
        if entity.is_empty()
            || conclusion.no_handshake.is_some()
            || conclusion::agree(&conclusion.policy_only, &conclusion.entity_counts)
        {
            return;
        }
        conclusion.reasons.push(CONTESTED.to_owned());
        if self.question.gateway == Some(Gateway::SelfHosted) {
            conclusion.reasons.push(
                "that the self-hosted gateway takes certificates from a Backend entity is not \
                 documented at all"
                    .to_owned(),
            );
        }
        conclusion.reasons.push(match self.question.hypothesis {
            Some(hypothesis) => {
                format!("followed is {hypothesis}, as --hypothesis says: {}", hypothesis.claim())
            }
            None => "followed is entity-counts: the certificate was put on the entity in order to \
                     be presented, so its absence is what its owner wants to know \
                     (--hypothesis policy-only follows the other)"
                .to_owned(),
        });
    }
}

pub(super) fn in_brackets(condition: &str) -> String {
    if condition.is_empty() { String::new() } else { format!(" ({condition})") }
}

const BOTH_NAME_IT: &str = "the policy and the Backend entity name the same certificate: seeing it \
     does not tell which of the two had it presented";

const PRECEDENCE: &str = "the policy names another certificate than the Backend entity: the \
     policy's is expected; no source says which takes precedence, and seeing the entity's would \
     mean that the entity won";

pub(super) const PROXIED: &str =
    "whose TLS and whose certificate the backend host sees depends on it";

const CONTESTED: &str = "whether a certificate on a Backend entity is presented without a policy \
     is contested: Microsoft Q&A 5808706 (2026-03) calls it \"declarative only\" (policy-only); \
     Microsoft's backends.md and training, the Terraform provider's documentation and published \
     samples have it presented (entity-counts)";

/// Steps that are told for one target.
pub(super) const MOST_TOLD: usize = 40;
