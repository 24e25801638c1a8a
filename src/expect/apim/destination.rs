//! Where requests go, and which backends that leads to.

use std::collections::BTreeSet;

use super::backend::{Backend, BackendKind};
use super::commands::{API_VERSION, API_VERSION_WITH_MCP};
use super::flow::{Path, Route};
use super::place::{Text, is_same_name, last_segment, quoted};
use super::requests::Requests;
use super::resolve::{Resolver, Subject};
use super::scope::{Level, is_same_workspace};
use super::url::Url;

/// Where the requests under consideration may go.
#[derive(Clone, Debug)]
pub(super) enum Destination<'a> {
    /// To a backend of which the file does not say where it leads, and why that may be.
    Dropped(&'a Backend, String),
    /// To these backends; more than one of a pool. With the rule that says so.
    Backends(Vec<&'a Backend>, &'static str),
    /// To the server of these backends; whether the entities count is in doubt, and why.
    Doubtful(Vec<&'a Backend>, String),
    /// To a URL that no entity has.
    Url(Url),
    /// To a backend that is not among the files: its name, and what fetches it.
    Missing(String, String),
    /// To where the API's own settings lead, and the API is not among the files or names nothing.
    NotGiven(String),
    /// On ways that are not followed, also by policies of others, and why.
    NotFollowed(String),
    /// Nowhere by the API's own settings, as far as a whole configuration says.
    Nowhere,
    /// The configuration does not tell.
    Unknown(String),
}

impl<'a> Resolver<'a> {
    /// URLs without an entity to which requests go.
    pub(super) fn bare_urls(&self) -> Vec<Url> {
        let mut urls: Vec<Url> = Vec::new();
        let mut seen = BTreeSet::new();
        for (_, path, destination) in self.all_paths() {
            if let Destination::Url(url) = destination
                && path.ended.is_none()
                && seen.insert((&url.scheme, &url.host, url.port))
            {
                urls.push(url.clone());
            }
        }
        urls
    }

    /// Every path of all requests, with where it leads.
    pub(super) fn all_paths(
        &self,
    ) -> impl Iterator<Item = (&Requests<'a>, &Path, &Destination<'a>)> {
        let all = self.requests.iter().zip(&self.destinations);
        all.flat_map(|(requests, destinations)| {
            let paths = requests.flow.paths.iter().zip(destinations);
            paths.map(move |(path, destination)| (requests, path, destination))
        })
    }

    pub(super) fn all_destinations(&self) -> Vec<Vec<Destination<'a>>> {
        let of = |requests: &Requests<'a>| {
            let paths = requests.flow.paths.iter();
            paths.map(|path| self.destination(requests, path)).collect()
        };
        self.requests.iter().map(of).collect()
    }

    pub(super) fn destination(&self, requests: &Requests<'_>, path: &Path) -> Destination<'a> {
        match &path.route {
            Route::BackendId(id, level) => self.by_id(id, level, "backend-id"),
            Route::Sidecar => Destination::Nowhere,
            Route::BaseUrl(url) => self.by_url(url, requests, "base-url"),
            Route::Unknown(why) => Destination::Unknown(why.clone()),
            Route::Default => self.by_api(requests),
        }
    }

    /// Where requests go by the settings of their API.
    fn by_api(&self, requests: &Requests<'_>) -> Destination<'a> {
        let configuration = self.configuration;
        let label = requests.label.as_deref().unwrap_or("the API");
        if requests.is_resolver {
            return Destination::Unknown(format!("{label} names no URL with <set-url>"));
        }
        let level = Level::of_entity(requests.workspace.as_deref());
        let Some(api) = requests.api else {
            let path = match requests.api_name.as_deref() {
                Some(name) => format!("apis/{name}"),
                None => "apis".to_owned(),
            };
            let fetch = configuration.fetch(&level, &path, API_VERSION);
            return Destination::NotGiven(format!(
                "no <set-backend-service> runs, and {label}, whose service URL decides, is not \
                 among the files: {fetch}"
            ));
        };
        match &api.backend_id {
            Some(Text { value: Ok(id), .. }) => return self.by_id(id, &level, BY_API),
            Some(Text { value: Err(why), .. }) => {
                return Destination::Unknown(format!("the API's backendId is not known: {why}"));
            }
            None => {}
        }
        if let Some(kind) = api.kind.as_deref().filter(|kind| !BY_SERVICE_URL.contains(kind)) {
            let path = format!("apis/{}", api.name);
            let fetch = configuration.fetch(&level, &path, API_VERSION_WITH_MCP);
            return Destination::NotFollowed(format!(
                "{}: an API of the type {} sends requests to the Backend that its backendId names, \
                 or as the APIs do whose operations it offers, and no backendId is there: {fetch}",
                api.place,
                quoted(kind)
            ));
        }
        match &api.service_url {
            Some(Text { value: Ok(url), .. }) => match configuration.substitute(url, &level) {
                Ok(url) => self.by_url(&url, requests, "the API's service URL"),
                Err(why) => Destination::Unknown(why),
            },
            Some(Text { value: Err(why), .. }) => {
                Destination::Unknown(format!("the API's service URL is not known: {why}"))
            }
            None if configuration.is_whole() => Destination::Nowhere,
            None if api.kind.as_deref() == Some("graphql") => {
                let path = format!("apis/{}/resolvers", api.name);
                let fetch = configuration.fetch(&level, &path, API_VERSION);
                Destination::NotGiven(format!(
                    "{}: the API names no service URL, and its resolvers make the requests: {fetch}, \
                     and …/resolvers/NAME/policies/policy each one's policy",
                    api.place
                ))
            }
            None => Destination::NotGiven(format!(
                "no <set-backend-service> runs, and {} names no service URL",
                api.place
            )),
        }
    }

    /// By the name or id of a backend.
    fn by_id(&self, id: &str, level: &Level, rule: &'static str) -> Destination<'a> {
        match self.index.backend(id, level) {
            Some(pool) if matches!(&pool.kind, BackendKind::Pool(all) if !all.is_empty()) => {
                let members = std::iter::once(pool).chain(self.members(pool)).collect();
                Destination::Backends(members, if rule == BY_API { rule } else { BY_POOL })
            }
            Some(backend) => match self.lacks_server(backend) {
                // Its members may be any of the others.
                Some(why) if backend.unread.is_empty() => Destination::Dropped(backend, why),
                _ => Destination::Backends(vec![backend], rule),
            },
            None => {
                let path = format!("backends/{}", last_segment(id));
                let fetch = self.configuration.fetch(level, &path, API_VERSION);
                Destination::Missing(id.to_owned(), fetch)
            }
        }
    }

    /// Why it is not known where a backend leads: it has neither a URL nor members.
    pub(super) fn lacks_server(&self, backend: &Backend) -> Option<String> {
        let is_bare = match &backend.kind {
            BackendKind::Pool(members) => members.is_empty(),
            BackendKind::ServiceFabric(_) => false,
            BackendKind::Single => backend.url.is_none(),
        };
        if !is_bare {
            return None;
        }
        if let Some((place, why)) = backend.unread.first() {
            return Some(format!("{place}: {why}"));
        }
        let level = Level::of_entity(backend.workspace.as_deref());
        let path = format!("backends/{}", backend.name);
        let fetch = self.configuration.fetch(&level, &path, API_VERSION);
        Some(format!(
            "{}: the backend {} has neither a url nor members of a pool: older API versions, and the SDK \
             below az apim backend, leave them out: {fetch}",
            backend.place, backend.name
        ))
    }

    /// By the vendor's rule that an entity is used whose URL matches that of the request.
    fn by_url(&self, text: &str, requests: &Requests<'_>, rule: &'static str) -> Destination<'a> {
        let Some(url) = Url::parse(text) else {
            return Destination::Unknown(format!("{} is no URL with a host", quoted(text)));
        };
        let there = self.index.at_server(&url).iter();
        let there = there.filter(|(backend, _)| {
            let workspace = backend.workspace.as_deref();
            is_same_workspace(workspace, requests.workspace.as_deref())
        });
        let covering = there.clone().filter(|(_, own)| own.covers(&url));
        let matching: Vec<&Backend> = covering.map(|(backend, _)| *backend).collect();
        if !matching.is_empty() {
            return Destination::Backends(matching, rule);
        }
        let below = there.filter(|(_, own)| url.covers(own));
        let below: Vec<&Backend> = below.map(|(backend, _)| *backend).collect();
        if below.is_empty() {
            return Destination::Url(url);
        }
        let why = format!(
            "{rule} {} ends before the entity's URL does, so the entity is used only where the \
             request's path goes on as that does",
            quoted(text)
        );
        Destination::Doubtful(below, why)
    }

    /// The ways that lead to a subject, each with the requests that take it.
    pub(super) fn paths<'s>(
        &'s self,
        subject: Subject<'_>,
    ) -> Vec<(&'s Requests<'a>, &'s Path, Leads)> {
        self.all_paths()
            .filter_map(|(requests, path, destination)| {
                Some((requests, path, self.leads(path, destination, subject)?))
            })
            .collect()
    }

    /// How a path leads to a subject, where it does.
    pub(super) fn leads(
        &self,
        path: &Path,
        destination: &Destination<'_>,
        subject: Subject<'_>,
    ) -> Option<Leads> {
        let is_one_of = |backends: &[&Backend]| {
            let is_named = |wanted: &Backend| backends.iter().any(|one| std::ptr::eq(*one, wanted));
            match subject {
                Subject::Entity(backend, pool) => is_named(backend) || pool.is_some_and(is_named),
                Subject::Url(_) | Subject::Anything | Subject::Missing(_) => false,
            }
        };
        match (destination, subject) {
            (Destination::Missing(id, fetch), Subject::Anything) => {
                Some(Leads::to_the_unknown(missing(id, fetch)))
            }
            (Destination::Missing(id, fetch), Subject::Missing(wanted)) => {
                is_same_name(id, wanted).then(|| Leads::to_the_unknown(missing(id, fetch)))
            }
            (
                Destination::NotGiven(why)
                | Destination::NotFollowed(why)
                | Destination::Unknown(why),
                Subject::Anything,
            ) => Some(Leads::to_the_unknown(why.clone())),
            (Destination::Nowhere, Subject::Anything) => {
                path.ended.is_some().then(|| Leads::by("the policies"))
            }
            (_, Subject::Anything) => Some(Leads::by("the policies")),
            (Destination::Dropped(backend, why), _) => Some(match is_one_of(&[*backend]) {
                true => Leads::to_the_unknown(why.clone()),
                false => Leads { doubt: Some(why.clone()), ..Leads::to_the_unknown(why.clone()) },
            }),
            (Destination::Backends(backends, rule), _) => {
                is_one_of(backends).then(|| Leads::by(rule))
            }
            (Destination::Doubtful(backends, why), _) => is_one_of(backends).then(|| Leads {
                rule: "",
                doubt: None,
                entity_doubt: Some(why.clone()),
                unknown: None,
            }),
            (Destination::Url(url), Subject::Url(wanted)) => {
                url.is_same_server(wanted).then(|| Leads::by("its URL"))
            }
            // Whoever gives one backend means it.
            (Destination::NotGiven(_), Subject::Entity(..)) if self.is_one_backend() => {
                Some(Leads::by("assumption"))
            }
            (Destination::NotGiven(why), Subject::Entity(..)) => {
                Some(Leads::to_the_unknown(why.clone()))
            }
            (Destination::NotFollowed(why), _) => Some(Leads::to_the_unknown(why.clone())),
            (Destination::Unknown(why), _) => Some(Leads::in_doubt(why.clone())),
            _ => None,
        }
    }

    /// Whether the files hold one backend, which is then meant.
    fn is_one_backend(&self) -> bool {
        let backends = self.configuration.backends.len();
        let pools = self.configuration.backends.iter();
        let pools = pools.filter(|one| matches!(one.kind, BackendKind::Pool(_))).count();
        !self.configuration.is_folder
            && (backends == 1 || pools == 1 || self.question.backend.is_some())
    }

    /// Why no path leads to a backend.
    pub(super) fn missing_route(&self) -> String {
        let mut all = self.destinations.iter().flatten();
        let elsewhere = all.find_map(|destination| match destination {
            Destination::Missing(id, fetch) => {
                Some(format!("the backend {}, which is not among the files: {fetch}", quoted(id)))
            }
            _ => None,
        });
        match elsewhere {
            Some(elsewhere) => format!("the policies send their requests to {elsewhere}"),
            None => "no policy or API that was given leads to this backend".to_owned(),
        }
    }
}

/// How requests come to a subject.
#[derive(Clone, Debug)]
pub(super) struct Leads {
    /// The rule that says so.
    pub(super) rule: &'static str,
    /// Why it is in doubt, where it is.
    pub(super) doubt: Option<String>,
    /// Why it is in doubt whether the entity counts, although requests reach its server.
    pub(super) entity_doubt: Option<String>,
    /// Why what is there may be anything, unless a policy attaches a certificate.
    pub(super) unknown: Option<String>,
}

impl Leads {
    fn by(rule: &'static str) -> Self {
        Self { rule, doubt: None, entity_doubt: None, unknown: None }
    }

    fn in_doubt(why: String) -> Self {
        Self { doubt: Some(why), ..Self::by("") }
    }

    fn to_the_unknown(why: String) -> Self {
        Self { unknown: Some(why), ..Self::by("") }
    }
}

/// That a backend was not given.
pub(super) fn missing(id: &str, fetch: &str) -> String {
    format!("the backend {} is not among the files: {fetch}", quoted(id))
}

/// The rule by which an API names its Backend itself.
pub(super) const BY_API: &str = "the API's backendId";

/// The rule by which requests go to a pool.
const BY_POOL: &str = "backend-id of a pool";

/// Types of APIs whose requests go to their service URL.
const BY_SERVICE_URL: [&str; 6] = ["graphql", "grpc", "http", "odata", "soap", "websocket"];
