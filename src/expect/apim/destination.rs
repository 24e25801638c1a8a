//! Where requests go, and which backends that leads to.

use std::collections::BTreeSet;

use super::backend::{Backend, BackendKind};
use super::flow::{Path, Route};
use super::place::{Text, quoted};
use super::requests::Requests;
use super::resolve::{Resolver, Subject};
use super::url::Url;

/// Where the requests under consideration may go.
#[derive(Clone, Debug)]
pub(super) enum Destination<'a> {
    /// To these backends; more than one of a pool. With the rule that says so.
    Backends(Vec<&'a Backend>, &'static str),
    /// To the server of these backends; whether the entities count is in doubt, and why.
    Doubtful(Vec<&'a Backend>, String),
    /// To a URL that no entity has.
    Url(Url),
    /// To a backend that is not among the files.
    Missing(String),
    /// To where the API's own URL leads, which no file has.
    Unspecified,
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
        let configuration = self.configuration;
        match &path.route {
            Route::BackendId(id) => match self.index.backend(id, requests.workspace.as_deref()) {
                Some(pool) if matches!(pool.kind, BackendKind::Pool(_)) => {
                    let members = std::iter::once(pool).chain(self.members(pool)).collect();
                    Destination::Backends(members, "backend-id of a pool")
                }
                Some(backend) => Destination::Backends(vec![backend], "backend-id"),
                None => Destination::Missing(id.clone()),
            },
            Route::BaseUrl(url) => self.by_url(url, "base-url"),
            Route::Unknown(why) => Destination::Unknown(why.clone()),
            Route::Default => match requests.api.and_then(|api| api.service_url.as_ref()) {
                Some(Text { value: Ok(url), .. }) => match configuration.substitute(url) {
                    Ok(url) => self.by_url(&url, "the API's service URL"),
                    Err(why) => Destination::Unknown(why),
                },
                Some(Text { value: Err(why), .. }) => {
                    Destination::Unknown(format!("the API's service URL is not known: {why}"))
                }
                None => Destination::Unspecified,
            },
        }
    }

    /// By the vendor's rule that an entity is used whose URL matches that of the request.
    pub(super) fn by_url(&self, text: &str, rule: &'static str) -> Destination<'a> {
        let Some(url) = Url::parse(text) else {
            return Destination::Unknown(format!("{} is no URL with a host", quoted(text)));
        };
        let there = self.index.at_server(&url).iter();
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
                Some((requests, path, self.leads(destination, subject)?))
            })
            .collect()
    }

    /// How a path leads to a subject, where it does.
    pub(super) fn leads(
        &self,
        destination: &Destination<'_>,
        subject: Subject<'_>,
    ) -> Option<Leads> {
        let is_one_of = |backends: &[&Backend]| {
            let is_named = |wanted: &Backend| backends.iter().any(|one| std::ptr::eq(*one, wanted));
            match subject {
                Subject::Entity(backend, pool) => is_named(backend) || pool.is_some_and(is_named),
                Subject::Url(_) | Subject::Anything => false,
            }
        };
        match (destination, subject) {
            (_, Subject::Anything) => Some(Leads::by("the policies")),
            (Destination::Backends(backends, rule), _) => {
                is_one_of(backends).then(|| Leads::by(rule))
            }
            (Destination::Doubtful(backends, why), _) => is_one_of(backends).then(|| Leads {
                rule: "",
                doubt: None,
                entity_doubt: Some(why.clone()),
            }),
            (Destination::Url(url), Subject::Url(wanted)) => {
                url.is_same_server(wanted).then(|| Leads::by("its URL"))
            }
            (Destination::Unspecified, Subject::Entity(..)) if !self.configuration.is_whole => {
                Some(Leads::by("assumption"))
            }
            (Destination::Unknown(why), _) => {
                Some(Leads { rule: "", doubt: Some(why.clone()), entity_doubt: None })
            }
            _ => None,
        }
    }

    /// Why no path leads to a backend.
    pub(super) fn missing_route(&self) -> String {
        let mut all = self.destinations.iter().flatten();
        let elsewhere = all.find_map(|destination| match destination {
            Destination::Missing(id) => {
                Some(format!("the backend {}, which is not among the files", quoted(id)))
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
}

impl Leads {
    fn by(rule: &'static str) -> Self {
        Self { rule, doubt: None, entity_doubt: None }
    }
}
