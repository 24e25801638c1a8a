//! Configuration -> what should be seen at each backend, by the decision table of the guide.

use std::collections::BTreeSet;

use super::backend::{Backend, BackendKind, ServiceFabric};
use super::conclusion::{self, Conclusion};
use super::configuration::{Configuration, lint};
use super::error::ConfigurationError;
use super::flow::{Attached, Path, Route};
use super::lint_rules;
use super::place::{Text, is_same_name, quoted};
use super::reference::{Lookup, Possibility, Possible, always};
use super::requests::{Requests, listed, requests};
use super::scope::Scope;
use super::url::Url;
use crate::expect::lint::{Lint, Severity};
use crate::expect::{Endpoints, Expectation, HypothesisName};

/// What is asked about a configuration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Question {
    /// Only this backend.
    pub backend: Option<String>,
    /// Only requests of this API.
    pub api: Option<String>,
    /// Only requests of this operation.
    pub operation: Option<String>,
    /// The hypothesis that the expectation follows; without one, that the entity counts, because
    /// that is what its owner configured it for.
    pub hypothesis: Option<HypothesisName>,
    /// The moment at which certificates are judged to be expired, seconds since
    /// 1970-01-01T00:00:00 UTC; without one, none is.
    pub as_of: Option<i64>,
    /// The kind of gateway, where it is known.
    pub gateway: Option<Gateway>,
}

/// Kinds of gateway between which what is documented differs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gateway {
    /// Classic tiers.
    Classic,
    /// The Consumption tier.
    Consumption,
    /// The self-hosted gateway.
    SelfHosted,
    /// The v2 tiers.
    V2,
}

impl Gateway {
    /// The gateway of this name, as `--gateway` has it.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "classic" => Self::Classic,
            "consumption" => Self::Consumption,
            "self-hosted" => Self::SelfHosted,
            "v2" => Self::V2,
            _ => return None,
        })
    }
}

/// One server, and what should be seen there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// What it is called (`backend contoso`).
    pub name: String,
    /// Whether it is what was asked about, and not found beside it, as a request that a policy
    /// makes by itself.
    pub is_asked: bool,
    /// Whether the configuration does not say which server it is: then the user has to, because
    /// connections to other servers would be judged by it.
    pub needs_selection: bool,
    /// What should be seen.
    pub expectation: Expectation,
}

/// Resolves a configuration to what should be seen at each backend that may be meant.
///
/// # Errors
///
/// The question names something that is not there, nothing is there to resolve, or two entities
/// contradict each other.
pub fn resolve(
    configuration: &Configuration,
    question: &Question,
) -> Result<Vec<Target>, ConfigurationError> {
    configuration.check()?;
    let requests = requests(configuration, question)?;
    let mut resolver = Resolver { configuration, question, requests, destinations: Vec::new() };
    resolver.destinations = resolver.all_destinations();
    let mut targets = resolver.targets()?;
    if targets.is_empty() {
        return Err(ConfigurationError::new(
            "the configuration holds no backend and no policy: there is nothing to resolve",
        )
        .hint("give --backend FILE, --policy FILE or --apiops DIR"));
    }
    let common = resolver.common_lint();
    for target in &mut targets {
        let own = std::mem::take(&mut target.expectation.lint);
        let mut all: Vec<Lint> = Vec::new();
        for remark in own.into_iter().chain(common.iter().cloned()) {
            if !all.contains(&remark) {
                all.push(remark);
            }
        }
        all.sort_by(|one, other| {
            (one.severity, &one.file, one.line).cmp(&(other.severity, &other.file, other.line))
        });
        target.expectation.lint = all;
    }
    Ok(targets)
}

struct Resolver<'a> {
    configuration: &'a Configuration,
    question: &'a Question,
    requests: Vec<Requests<'a>>,
    /// Where each path of each of the requests leads.
    destinations: Vec<Vec<Destination<'a>>>,
}

/// Where the requests under consideration may go.
#[derive(Clone, Debug)]
enum Destination<'a> {
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

/// What is resolved.
#[derive(Clone, Copy, Debug)]
enum Subject<'a> {
    /// An entity, as a member of a pool where it is one.
    Entity(&'a Backend, Option<&'a Backend>),
    /// A URL without an entity.
    Url(&'a Url),
    /// Whatever the policies send requests to.
    Anything,
}

impl<'a> Resolver<'a> {
    fn targets(&self) -> Result<Vec<Target>, ConfigurationError> {
        let mut targets = Vec::new();
        let urls = self.bare_urls();
        let mut groups: Vec<Vec<Subject<'_>>> = Vec::new();
        for subject in self.subjects(&urls)? {
            if let Subject::Entity(backend, _) = subject
                && let BackendKind::ServiceFabric(fabric) = &backend.kind
            {
                targets.extend(self.service_fabric(backend, fabric));
                continue;
            }
            // Connections to one server cannot be told apart: what leads there is taken together.
            let url = self.url(subject);
            let is_same_server = |group: &&mut Vec<Subject<'_>>| {
                let first = group.first().and_then(|first| self.url(*first));
                url.as_ref().zip(first).is_some_and(|(url, first)| url.is_same_server(&first))
            };
            match groups.iter_mut().find(is_same_server) {
                Some(group) => group.push(subject),
                None => groups.push(vec![subject]),
            }
        }
        for mut group in groups {
            let names: Vec<String> = group.iter().map(|one| self.subject_name(*one)).collect();
            self.add_neighbours(&mut group);
            targets.push(self.target(&group, names.join(" and ")));
        }
        let sides = self.side_targets(&targets);
        targets.extend(sides);
        Ok(targets)
    }

    /// Where only one backend was asked about: others at the same server, to which policies send
    /// requests too.
    fn add_neighbours<'s>(&'s self, group: &mut Vec<Subject<'s>>) {
        let Some(url) = group.first().and_then(|first| self.url(*first)) else {
            return;
        };
        if self.question.backend.is_none() {
            return;
        }
        for backend in &self.configuration.backends {
            let neighbour = Subject::Entity(backend, None);
            let is_there = self.url(neighbour).is_some_and(|own| own.is_same_server(&url));
            let is_known = group.iter().any(|known| match known {
                Subject::Entity(known, _) => std::ptr::eq(*known, backend),
                Subject::Url(_) | Subject::Anything => false,
            });
            let is_used = || {
                let mut all = self.destinations.iter().flatten();
                all.any(|destination| match destination {
                    Destination::Backends(backends, _) | Destination::Doubtful(backends, _) => {
                        backends.iter().any(|one| std::ptr::eq(*one, backend))
                    }
                    _ => false,
                })
            };
            if is_there && !is_known && is_used() {
                group.push(neighbour);
            }
        }
    }

    fn subject_name(&self, subject: Subject<'_>) -> String {
        match subject {
            Subject::Entity(backend, pool) => self.entity_name(backend, pool),
            Subject::Url(url) => format!("{}:{}", url.host, url.port),
            Subject::Anything => "the backend of these policies".to_owned(),
        }
    }

    fn url(&self, subject: Subject<'_>) -> Option<Url> {
        match subject {
            Subject::Entity(backend, _) => self.parsed(backend.url.as_ref()?),
            Subject::Url(url) => Some(url.clone()),
            Subject::Anything => None,
        }
    }

    /// A URL with its named values put in.
    fn parsed(&self, text: &Text) -> Option<Url> {
        let text = self.configuration.substitute(text.known()?).ok()?;
        Url::parse(&text)
    }

    fn entity_name(&self, backend: &Backend, pool: Option<&Backend>) -> String {
        match pool {
            Some(pool) => format!("backend {} (member of the pool {})", backend.name, pool.name),
            None => format!("backend {}", backend.name),
        }
    }

    /// What the question is about.
    fn subjects<'s>(&'s self, urls: &'s [Url]) -> Result<Vec<Subject<'s>>, ConfigurationError> {
        let backends = &self.configuration.backends;
        let asked: Vec<&Backend> = match &self.question.backend {
            Some(name) => {
                let found = backends.iter().find(|backend| is_same_name(&backend.name, name));
                let Some(found) = found else {
                    let known = self.configuration.backend_names();
                    let error = ConfigurationError::new(format!(
                        "the backend {name} is not in the configuration"
                    ));
                    return Err(match known.is_empty() {
                        true => error.hint("no file given holds a backend"),
                        false => error.hint(format!("one of {}", listed(&known))),
                    });
                };
                vec![found]
            }
            None => backends.iter().collect(),
        };
        let mut subjects = Vec::new();
        let members: BTreeSet<String> = asked
            .iter()
            .flat_map(|pool| self.members(pool))
            .map(|member| member.name.to_lowercase())
            .collect();
        for backend in &asked {
            let BackendKind::Pool(own) = &backend.kind else {
                let is_member = self.question.backend.is_none()
                    && members.contains(&backend.name.to_lowercase());
                if !is_member {
                    subjects.push(Subject::Entity(backend, None));
                }
                continue;
            };
            for member in own {
                let name = member.known().unwrap_or(&member.raw);
                let known = backends.iter().find(|one| is_same_name(&one.name, name));
                let Some(known) = known else {
                    return Err(ConfigurationError::at(
                        &member.place,
                        format!(
                            "the pool {} has the member {}, which is not among the files",
                            backend.name,
                            quoted(name)
                        ),
                    )
                    .hint("give the list of all backends"));
                };
                if matches!(known.kind, BackendKind::Pool(_)) {
                    return Err(ConfigurationError::at(
                        &member.place,
                        format!("the pool {} has a pool as its member", backend.name),
                    ));
                }
                subjects.push(Subject::Entity(known, Some(backend)));
            }
        }
        if self.question.backend.is_none() {
            subjects.extend(urls.iter().map(Subject::Url));
        }
        if subjects.is_empty() && !self.configuration.policies.is_empty() {
            subjects.push(Subject::Anything);
        }
        Ok(subjects)
    }

    /// The members of a pool that are known; of another backend, none.
    fn members(&self, backend: &'a Backend) -> impl Iterator<Item = &'a Backend> {
        let members = match &backend.kind {
            BackendKind::Pool(members) => members.as_slice(),
            _ => &[],
        };
        let backends = &self.configuration.backends;
        members.iter().filter_map(move |member| {
            let name = member.known()?;
            backends.iter().find(|one| is_same_name(&one.name, name))
        })
    }

    /// URLs without an entity to which requests go.
    fn bare_urls(&self) -> Vec<Url> {
        let mut urls: Vec<Url> = Vec::new();
        for (_, path, destination) in self.all_paths() {
            if let Destination::Url(url) = destination
                && path.ended.is_none()
                && !urls.iter().any(|known| known.is_same_server(url))
            {
                urls.push(url.clone());
            }
        }
        urls
    }

    /// Every path of all requests, with where it leads.
    fn all_paths(&self) -> impl Iterator<Item = (&Requests<'a>, &Path, &Destination<'a>)> {
        let all = self.requests.iter().zip(&self.destinations);
        all.flat_map(|(requests, destinations)| {
            let paths = requests.flow.paths.iter().zip(destinations);
            paths.map(move |(path, destination)| (requests, path, destination))
        })
    }

    fn all_destinations(&self) -> Vec<Vec<Destination<'a>>> {
        let of = |requests: &Requests<'a>| {
            let paths = requests.flow.paths.iter();
            paths.map(|path| self.destination(requests, path)).collect()
        };
        self.requests.iter().map(of).collect()
    }

    fn destination(&self, requests: &Requests<'_>, path: &Path) -> Destination<'a> {
        let configuration = self.configuration;
        match &path.route {
            Route::BackendId(id) => {
                let named = || {
                    let backends = configuration.backends.iter();
                    backends.filter(|backend| is_same_name(&backend.name, id))
                };
                let near = named().find(|backend| backend.workspace == requests.workspace);
                match near.or_else(|| named().next()) {
                    Some(pool) if matches!(pool.kind, BackendKind::Pool(_)) => {
                        let members = std::iter::once(pool).chain(self.members(pool)).collect();
                        Destination::Backends(members, "backend-id of a pool")
                    }
                    Some(backend) => Destination::Backends(vec![backend], "backend-id"),
                    None => Destination::Missing(id.clone()),
                }
            }
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
    fn by_url(&self, text: &str, rule: &'static str) -> Destination<'a> {
        let Some(url) = Url::parse(text) else {
            return Destination::Unknown(format!("{} is no URL with a host", quoted(text)));
        };
        let own = |backend: &Backend| backend.url.as_ref().and_then(|text| self.parsed(text));
        let backends = || self.configuration.backends.iter();
        let covers = |backend: &&Backend| own(backend).is_some_and(|own| own.covers(&url));
        let matching: Vec<&Backend> = backends().filter(covers).collect();
        if !matching.is_empty() {
            return Destination::Backends(matching, rule);
        }
        let below = |backend: &&Backend| own(backend).is_some_and(|own| url.covers(&own));
        let below: Vec<&Backend> = backends().filter(below).collect();
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
    fn paths<'s>(&'s self, subject: Subject<'_>) -> Vec<(&'s Requests<'a>, &'s Path, Leads)> {
        self.all_paths()
            .filter_map(|(requests, path, destination)| {
                Some((requests, path, self.leads(destination, subject)?))
            })
            .collect()
    }

    /// How a path leads to a subject, where it does.
    fn leads(&self, destination: &Destination<'_>, subject: Subject<'_>) -> Option<Leads> {
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

    /// What should be seen at one server, to which one or several subjects belong.
    fn target(&self, group: &[Subject<'_>], name: String) -> Target {
        let mut lookup = Lookup::new(self.configuration);
        let mut all = Conclusion::default();
        let mut entities = Vec::new();
        let mut idle = Vec::new();
        let mut remarks = Vec::new();
        let mut url = None;
        for subject in group {
            let mut conclusion = Conclusion::default();
            url = self.describe(*subject, &mut conclusion);
            let entity = match subject {
                Subject::Entity(backend, _) => self.entity_certificates(backend, &mut lookup),
                Subject::Url(_) | Subject::Anything => Vec::new(),
            };
            self.follow(*subject, &entity, &mut conclusion, &mut lookup);
            self.overrule(*subject, url.as_ref(), &mut conclusion);
            let condition = match group {
                [_] => String::new(),
                _ => format!("requests to {}", self.subject_name(*subject)),
            };
            let under = |possibilities: &[Possibility]| -> Vec<Possibility> {
                possibilities.iter().map(|one| with_condition(one, &condition)).collect()
            };
            all.reasons.extend(conclusion.reasons);
            all.endpoints = conclusion.endpoints;
            match conclusion.no_handshake {
                Some(why) => idle.push(why),
                None => {
                    all.policy_only.extend(under(&conclusion.policy_only));
                    all.entity_counts.extend(under(&conclusion.entity_counts));
                    all.also.extend(under(&conclusion.also));
                }
            }
            entities.extend(entity);
            if let Subject::Entity(backend, _) = subject {
                remarks.extend(lint_rules::of_backend(backend, self.configuration, self.question));
            }
        }
        if idle.len() == group.len() {
            all.no_handshake = idle.into_iter().next();
        } else if let Some(url) = &url {
            self.sides_to(url, &mut all, &mut lookup);
        }
        all.reasons.append(&mut lookup.notes);
        self.tell_contest(&entities, &mut all);

        remarks.extend(lookup.lint);
        let chosen = self.question.hypothesis.unwrap_or(HypothesisName::EntityCounts);
        let mut expectation = all.expectation(chosen);
        remarks.extend(lint_rules::of_certificates(
            &expectation.certificates,
            self.configuration,
            self.question.as_of,
        ));
        expectation.lint = remarks;
        let is_anything = matches!(group, [Subject::Anything]);
        let needs_selection = !is_anything && expectation.endpoints == Endpoints::default();
        Target { name, is_asked: true, needs_selection, expectation }
    }

    /// The first step: what the subject is, and which connections lead to it.
    fn describe(&self, subject: Subject<'_>, conclusion: &mut Conclusion) -> Option<Url> {
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
                let url = text.and_then(|text| self.parsed(text));
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

    /// What policies attach to the requests that lead here, under each hypothesis.
    fn follow(
        &self,
        subject: Subject<'_>,
        entity: &[Possibility],
        conclusion: &mut Conclusion,
        lookup: &mut Lookup<'_>,
    ) {
        let configuration = self.configuration;
        if configuration.policies.is_empty() && !configuration.is_whole {
            return self.without_policies(subject, entity, conclusion);
        }
        let found = self.paths(subject);
        let is_one = self.requests.len() == 1;
        let mut ended = Vec::new();
        let mut is_any_open = false;
        for (requests, path, leads) in found {
            let label = requests.label.as_ref().filter(|_| !is_one);
            let conditions = label
                .map(|label| format!("requests of {label}"))
                .into_iter()
                .chain(leads.doubt.iter().map(|why| format!("if they go here: {why}")))
                .chain(path.conditions.iter().cloned());
            let condition = conditions.collect::<Vec<_>>().join(", ");
            if let Some((place, why)) = &path.ended {
                ended.push(format!("{place}: {why}{}", in_brackets(&condition)));
                continue;
            }
            is_any_open = true;
            self.tell_path(requests, path, &leads, &condition, subject, conclusion);
            let policy = lookup.attached(
                &path.attached,
                path.attached_at.as_ref(),
                "authentication-certificate",
            );
            let under = |possibilities: &[Possibility]| -> Vec<Possibility> {
                possibilities.iter().map(|one| with_condition(one, &condition)).collect()
            };
            if let Some(place) = &path.proxied_at {
                let why = format!("{place}: <proxy> sends the requests through a proxy: {PROXIED}");
                let unknown = under(&[always(Possible::Unknown(why))]);
                conclusion.policy_only.extend(unknown.iter().cloned());
                conclusion.entity_counts.extend(unknown);
            }
            conclusion.policy_only.extend(under(&policy));
            if path.attached == Attached::Nothing && !entity.is_empty() {
                conclusion.entity_counts.extend(under(entity));
                if leads.entity_doubt.is_some() {
                    conclusion.entity_counts.extend(under(&policy));
                }
            } else {
                conclusion.entity_counts.extend(under(&policy));
                conclusion.also.extend(under(entity));
            }
        }
        conclusion.reasons.extend(ended.iter().take(MOST_TOLD).cloned());
        if !is_any_open {
            conclusion.no_handshake = Some(if ended.is_empty() {
                "no API and no policy of the configuration leads to it".to_owned()
            } else {
                "no request is sent to the backend".to_owned()
            });
            if ended.is_empty() && !configuration.is_whole {
                // Files given one by one need not be all: that is no knowledge.
                conclusion.no_handshake = None;
                let why = self.missing_route();
                conclusion.policy_only.push(always(Possible::Unknown(why.clone())));
                conclusion.entity_counts.push(always(Possible::Unknown(why)));
            }
        }
    }

    /// Without any policy, what policies do is not known; the entity's certificate is what its
    /// owner expects to see.
    fn without_policies(
        &self,
        subject: Subject<'_>,
        entity: &[Possibility],
        conclusion: &mut Conclusion,
    ) {
        let why = "no policy was given, and a policy may attach a certificate".to_owned();
        conclusion.policy_only.push(always(Possible::Unknown(why.clone())));
        if entity.is_empty() {
            conclusion.entity_counts.push(always(Possible::Unknown(why)));
            return;
        }
        if let Subject::Entity(backend, _) = subject {
            conclusion.reasons.push(format!(
                "no policy was given: it is taken that requests reach the backend {} and that no \
                 policy attaches another certificate",
                backend.name
            ));
        }
        conclusion.entity_counts.extend(entity.iter().cloned());
    }

    /// Why no path leads to a backend.
    fn missing_route(&self) -> String {
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

    fn tell_path(
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
                (Some(place), rule) => format!(
                    "{place}: <set-backend-service> sends requests to the backend {name} by \
                     {rule}{condition}"
                ),
                (None, "assumption") => format!(
                    "no <set-backend-service> and no service URL among the files: it is taken that \
                     requests reach the backend {name}{condition}"
                ),
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
            Attached::Id(id) => format!(
                "{at}<authentication-certificate> attaches the certificate with the id \
                 {}{overrode}{condition}",
                quoted(id)
            ),
            Attached::Thumbprint(text) => format!(
                "{at}<authentication-certificate> attaches the certificate with the thumbprint \
                 {}{overrode}{condition}",
                quoted(text)
            ),
            Attached::Unknown(why) => format!("{at}{why}{condition}"),
        });
    }

    /// Scopes whose policies were not given, which is then taken to mean that they attach nothing.
    fn missing_scopes(&self, scopes: &[Scope]) -> String {
        if self.configuration.is_whole {
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

    /// What the entity's own credentials name.
    fn entity_certificates(&self, backend: &Backend, lookup: &mut Lookup<'_>) -> Vec<Possibility> {
        let mut found: Vec<Possibility> = backend
            .unread
            .iter()
            .map(|(place, why)| always(Possible::Unknown(format!("{place}: {why}"))))
            .collect();
        // By the reference, thumbprints are ignored where there are ids.
        let (texts, is_id, rule) = match backend.certificate_ids.as_slice() {
            [] => (&backend.thumbprints, false, "credentials.certificate"),
            _ => (&backend.certificate_ids, true, "credentials.certificateIds"),
        };
        let is_several = texts.len() > 1;
        for text in texts {
            for mut one in lookup.text(text, is_id, rule) {
                if is_several && one.condition.is_empty() {
                    one.condition =
                        "one of several on the entity: the TLS stack chooses".to_owned();
                }
                found.push(one);
            }
        }
        found
    }

    /// Requests that policies make by themselves to the very server of a backend.
    fn sides_to(&self, url: &Url, conclusion: &mut Conclusion, lookup: &mut Lookup<'_>) {
        for side in self.requests.iter().flat_map(|requests| &requests.flow.sides) {
            let to = side.url.as_deref().and_then(Url::parse);
            if !to.is_some_and(|to| to.is_same_server(url)) {
                continue;
            }
            let condition = format!("requests of <{}> in {}", side.element, side.place);
            conclusion.reasons.push(format!(
                "{}: <{}> makes connections of its own to the same server",
                side.place, side.element
            ));
            for one in lookup.attached(
                &side.attached,
                Some(&side.place),
                "authentication-certificate in send-request",
            ) {
                let one = with_condition(&one, &condition);
                conclusion.policy_only.push(one.clone());
                conclusion.entity_counts.push(one);
            }
        }
    }

    /// Where something between the gateway and the backend, or the lack of TLS, decides.
    fn overrule(&self, subject: Subject<'_>, url: Option<&Url>, conclusion: &mut Conclusion) {
        if let Some(url) = url.filter(|url| !url.is_tls()) {
            conclusion.no_handshake =
                Some(format!("{}:// is no TLS, so a certificate can have no effect", url.scheme));
            return;
        }
        if let Subject::Entity(backend, _) = subject
            && let Some(proxy) = &backend.proxy
        {
            let why = format!(
                "{}: the backend is reached through the proxy {}: {PROXIED}",
                proxy.place,
                quoted(&proxy.raw)
            );
            let unknown = always(Possible::Unknown(why));
            conclusion.policy_only.push(unknown.clone());
            conclusion.entity_counts.push(unknown);
        }
    }

    /// The contested rule, where it makes a difference.
    fn tell_contest(&self, entity: &[Possibility], conclusion: &mut Conclusion) {
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

    /// A Service Fabric cluster: its management endpoints apart from the service itself.
    fn service_fabric(&self, backend: &Backend, fabric: &ServiceFabric) -> Vec<Target> {
        let chosen = self.question.hypothesis.unwrap_or(HypothesisName::EntityCounts);
        let mut lookup = Lookup::new(self.configuration);
        let mut possibilities: Vec<Possibility> = backend
            .unread
            .iter()
            .map(|(place, why)| always(Possible::Unknown(format!("{place}: {why}"))))
            .collect();
        possibilities.extend(match (&fabric.certificate_id, &fabric.thumbprint) {
            (Some(id), _) => lookup.text(id, true, "serviceFabricCluster.clientCertificateId"),
            (None, Some(thumbprint)) => {
                lookup.text(thumbprint, false, "serviceFabricCluster.clientCertificatethumbprint")
            }
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
        management.lint.extend(lint_rules::of_backend(backend, self.configuration, self.question));
        management.lint.extend(lint_rules::of_certificates(
            &management.certificates,
            self.configuration,
            self.question.as_of,
        ));

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

    /// Requests that policies make by themselves with a certificate of their own, to other servers.
    fn side_targets(&self, targets: &[Target]) -> Vec<Target> {
        let chosen = self.question.hypothesis.unwrap_or(HypothesisName::EntityCounts);
        let mut found: Vec<Target> = Vec::new();
        for side in self.requests.iter().flat_map(|requests| &requests.flow.sides) {
            if side.attached == Attached::Nothing {
                continue;
            }
            let url = side.url.as_deref().and_then(Url::parse);
            let endpoints = url.as_ref().map(Url::endpoints).unwrap_or_default();
            let is_known =
                |target: &Target| url.is_some() && target.expectation.endpoints == endpoints;
            if targets.iter().chain(&found).any(is_known) {
                continue;
            }
            let mut lookup = Lookup::new(self.configuration);
            let condition = side.conditions.join(", ");
            let possibilities = lookup.attached(
                &side.attached,
                Some(&side.place),
                "authentication-certificate in send-request",
            );
            let possibilities: Vec<Possibility> =
                possibilities.iter().map(|one| with_condition(one, &condition)).collect();
            let to = match &url {
                Some(url) => format!("{}:{}", url.host, url.port),
                None => "a server that its policy computes".to_owned(),
            };
            let mut reasons = vec![format!(
                "{}: <{}> makes a connection of its own to {to}, with a certificate of its own; \
                 the request's certificate is not used there",
                side.place, side.element
            )];
            if url.is_none() {
                reasons.push(
                    "its URL is not in the configuration: select its connections with --sni"
                        .to_owned(),
                );
            }
            let conclusion = Conclusion {
                policy_only: possibilities.clone(),
                entity_counts: possibilities,
                endpoints,
                reasons,
                ..Conclusion::default()
            };
            let mut expectation = conclusion.expectation(chosen);
            expectation.lint = lookup.lint;
            let name = format!("{} to {to}", side.element);
            let needs_selection = url.is_none();
            found.push(Target { name, is_asked: false, needs_selection, expectation });
        }
        found
    }

    /// Remarks that concern the configuration as a whole.
    fn common_lint(&self) -> Vec<Lint> {
        let mut remarks = self.configuration.lint.clone();
        for requests in &self.requests {
            for (code, place, text) in &requests.flow.remarks {
                let severity = match *code {
                    "missing-base" => Severity::Warning,
                    _ => Severity::Error,
                };
                remarks.push(lint(code, severity, Some(place), text.clone()));
            }
        }
        for (_, path, destination) in self.all_paths() {
            if let Destination::Missing(id) = destination {
                let text = format!(
                    "the backend {} is not among the files: what it configures is not known",
                    quoted(id)
                );
                let place = path.routed_at.as_ref();
                remarks.push(lint("unresolved-backend", Severity::Error, place, text));
            }
        }
        remarks.extend(lint_rules::of_configuration(self.configuration));
        remarks
    }
}

/// How requests come to a subject.
#[derive(Clone, Debug)]
struct Leads {
    /// The rule that says so.
    rule: &'static str,
    /// Why it is in doubt, where it is.
    doubt: Option<String>,
    /// Why it is in doubt whether the entity counts, although requests reach its server.
    entity_doubt: Option<String>,
}

impl Leads {
    fn by(rule: &'static str) -> Self {
        Self { rule, doubt: None, entity_doubt: None }
    }
}

fn with_condition(possibility: &Possibility, condition: &str) -> Possibility {
    let condition = match (possibility.condition.is_empty(), condition.is_empty()) {
        (_, true) => possibility.condition.clone(),
        (true, false) => condition.to_owned(),
        (false, false) => format!("{condition}, {}", possibility.condition),
    };
    Possibility { what: possibility.what.clone(), condition }
}

fn in_brackets(condition: &str) -> String {
    if condition.is_empty() { String::new() } else { format!(" ({condition})") }
}

const BOTH_NAME_IT: &str = "the policy and the Backend entity name the same certificate: seeing it \
     does not tell which of the two had it presented";

const PRECEDENCE: &str = "the policy names another certificate than the Backend entity: the \
     policy's is expected; no source says which takes precedence, and seeing the entity's would \
     mean that the entity won";

const PROXIED: &str = "whose TLS and whose certificate the backend host sees depends on it";

const CONTESTED: &str = "whether a certificate on a Backend entity is presented without a policy \
     is contested: Microsoft Q&A 5808706 (2026-03) calls it \"declarative only\" (policy-only); \
     Microsoft's backends.md and training, the Terraform provider's documentation and published \
     samples have it presented (entity-counts)";

/// Steps that are told for one target.
const MOST_TOLD: usize = 40;
