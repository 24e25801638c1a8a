//! Configuration -> what should be seen at each backend, by the decision table of the guide.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::backend::{Backend, BackendKind};
use super::configuration::{Configuration, lint};
use super::destination::Destination;
use super::error::ConfigurationError;
use super::index::{self, Index};
use super::lint_rules;
use super::passed_over::{MOST_NAMED, not_read};
use super::place::{is_same_name, last_segment, quoted};
use super::question::{Question, Target};
use super::requests::{Requests, listed, requests};
use super::revisions::Revisions;
use super::scope::Level;
use super::url::{Server, Url};
use crate::expect::lint::{Lint, Severity};
use crate::expect::{ListedCertificate, Thumbprint};

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
    let configuration = &*configuration.settled()?;
    configuration.check()?;
    let revisions = Revisions::of(configuration, question);
    let requests = requests(configuration, question, &revisions)?;
    let index = Index::new(configuration);
    let destinations = Vec::new();
    let mut resolver = Resolver { configuration, question, index, requests, destinations };
    resolver.is_bounded(configuration.backends.len())?;
    resolver.destinations = resolver.all_destinations();
    let mut targets = resolver.targets()?;
    if targets.is_empty() {
        return Err(ConfigurationError::new(
            "the configuration holds no backend and no policy: there is nothing to resolve",
        )
        .hint("give --backend FILE, --policy FILE or --apiops DIR"));
    }
    let mut common = in_order(resolver.common_lint());
    let most = (MOST_REMARKS / targets.len()).max(FEWEST_REMARKS);
    if common.len() > most {
        let left = common.len() - most;
        common.truncate(most);
        let text = format!("{left} remarks on the configuration as a whole are left out");
        common.push(lint("more-remarks", Severity::Info, None, text));
    }
    let listed = listed_certificates(configuration);
    let not_read = not_read(configuration, &revisions);
    let shown = (MOST_REMARKS / targets.len()).clamp(FEWEST_REMARKS, MOST_NAMED);
    for target in &mut targets {
        target.expectation.not_read = not_read.iter().take(shown).cloned().collect();
        target.expectation.listed = Arc::clone(&listed);
        let own = std::mem::take(&mut target.expectation.lint);
        let mut all = own;
        all.extend(common.iter().cloned());
        target.expectation.lint = in_order(all);
        target.expectation.reasons.splice(0..0, configuration.notes.iter().cloned());
    }
    Ok(targets)
}

/// Certificates of a listing that are kept by name: services have some dozens.
const MOST_LISTED: usize = 4096;

/// The certificates of the listings, with the names of their entities.
fn listed_certificates(configuration: &Configuration) -> Arc<[ListedCertificate]> {
    let now = configuration.certificates.iter().map(|entity| (entity, false));
    let earlier = configuration.previous.iter().map(|entity| (entity, true));
    let listed = now.chain(earlier).filter_map(|(entity, is_earlier)| {
        let text = entity.thumbprint.as_ref()?.known()?;
        let (thumbprint, _) = Thumbprint::parse(text).ok()?;
        Some(ListedCertificate {
            name: entity.name.clone(),
            thumbprint,
            is_earlier,
            file: entity.place.file.clone(),
            line: entity.place.line,
        })
    });
    listed.take(MOST_LISTED).collect()
}

/// Remarks in the order of reports, each once.
fn in_order(mut remarks: Vec<Lint>) -> Vec<Lint> {
    let place = |one: &Lint| (one.severity, one.file.clone(), one.line);
    remarks.sort_by_cached_key(|one| (place(one), one.code, one.text.clone()));
    remarks.dedup();
    remarks.sort_by_cached_key(place);
    remarks
}

pub(super) struct Resolver<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) question: &'a Question,
    pub(super) index: Index<'a>,
    pub(super) requests: Vec<Requests<'a>>,
    /// Where each path of each of the requests leads.
    pub(super) destinations: Vec<Vec<Destination<'a>>>,
}

/// What is resolved.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// An entity, as a member of a pool where it is one.
    Entity(&'a Backend, Option<&'a Backend>),
    /// A URL without an entity.
    Url(&'a Url),
    /// A backend that is not among the files.
    Missing(&'a str),
    /// Whatever the policies send requests to.
    Anything,
}

impl<'a> Resolver<'a> {
    fn targets(&self) -> Result<Vec<Target>, ConfigurationError> {
        let mut targets = Vec::new();
        let urls = self.bare_urls();
        let mut groups: Vec<Vec<Subject<'_>>> = Vec::new();
        let mut by_server: BTreeMap<Server, usize> = BTreeMap::new();
        let subjects = self.subjects(&urls)?;
        self.is_bounded(subjects.len())?;
        for subject in subjects {
            if let Subject::Entity(backend, _) = subject
                && let BackendKind::ServiceFabric(fabric) = &backend.kind
            {
                targets.extend(self.service_fabric(backend, fabric));
                continue;
            }
            // Connections to one server cannot be told apart: what leads there is taken together.
            let at = match self.url(subject) {
                Some(url) => *by_server.entry(url.server()).or_insert(groups.len()),
                None => groups.len(),
            };
            match groups.get_mut(at) {
                Some(group) => group.push(subject),
                None => groups.push(vec![subject]),
            }
        }
        let mut without_server = Vec::new();
        for mut group in groups {
            let names: Vec<String> = group.iter().map(|one| self.subject_name(*one)).collect();
            self.add_neighbours(&mut group);
            let target = self.target(&group, names.join(" and "));
            match group.as_slice() {
                [Subject::Missing(_)] => without_server.push(target),
                [Subject::Entity(one, _)] if self.lacks_server(one).is_some() => {
                    without_server.push(target);
                }
                _ => targets.push(target),
            }
        }
        // A server that no file tells is not asked about beside those that are told. Where there is
        // no other, everything is: all of it is inconclusive.
        for mut target in without_server {
            target.is_asked = !targets.iter().any(|one| one.is_asked);
            target.needs_selection &= !target.is_asked;
            targets.push(target);
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
        for (backend, _) in self.index.at_server(&url) {
            let neighbour = Subject::Entity(backend, None);
            let is_known = group.iter().any(|known| match known {
                Subject::Entity(known, _) => std::ptr::eq(*known, *backend),
                Subject::Url(_) | Subject::Anything | Subject::Missing(_) => false,
            });
            let is_used = || {
                let mut all = self.destinations.iter().flatten();
                all.any(|destination| match destination {
                    Destination::Backends(backends, _) | Destination::Doubtful(backends, _) => {
                        backends.iter().any(|one| std::ptr::eq(*one, *backend))
                    }
                    _ => false,
                })
            };
            if !is_known && is_used() {
                group.push(neighbour);
            }
        }
    }

    pub(super) fn subject_name(&self, subject: Subject<'_>) -> String {
        match subject {
            Subject::Entity(backend, pool) => self.entity_name(backend, pool),
            Subject::Url(url) => format!("{}:{}", url.host, url.port),
            Subject::Missing(id) => {
                format!("backend {} (not given)", quoted(last_segment(id)))
            }
            Subject::Anything => "the backend of these policies".to_owned(),
        }
    }

    pub(super) fn url(&self, subject: Subject<'_>) -> Option<Url> {
        match subject {
            Subject::Entity(backend, _) => {
                let level = Level::of_entity(backend.workspace.as_deref());
                index::parsed(self.configuration, backend.url.as_ref()?, &level)
            }
            Subject::Url(url) => Some(url.clone()),
            Subject::Anything | Subject::Missing(_) => None,
        }
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
                let Some(found) = self.index.backends(name).first() else {
                    let missing = self.missing();
                    if let Some(id) = missing.iter().find(|id| is_same_name(id, name)) {
                        return Ok(vec![Subject::Missing(id)]);
                    }
                    let known = self.configuration.backend_names();
                    let error = ConfigurationError::new(format!(
                        "the backend {name} is not in the configuration"
                    ));
                    return Err(match known.is_empty() {
                        true => error.hint("no file given holds a backend"),
                        false => error.hint(format!("one of {}", listed(&known))),
                    });
                };
                vec![*found]
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
            if own.is_empty() {
                subjects.push(Subject::Entity(backend, None));
            }
            for member in own {
                let name = member.known().unwrap_or(&member.raw);
                let level = Level::of_entity(backend.workspace.as_deref());
                let Some(known) = self.index.backend(name, &level) else {
                    subjects.push(Subject::Missing(name));
                    continue;
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
            if !subjects.is_empty() {
                let known = |id: &str| {
                    subjects.iter().any(|one| match one {
                        Subject::Missing(known) => is_same_name(known, id),
                        _ => false,
                    })
                };
                let missing: Vec<&str> =
                    self.missing().into_iter().filter(|id| !known(id)).collect();
                subjects.extend(missing.into_iter().map(Subject::Missing));
            }
        }
        let has_policies = !self.configuration.policies.is_empty()
            || !self.configuration.resolvers.is_empty()
            || !self.configuration.apis.is_empty();
        if subjects.is_empty() && has_policies {
            subjects.push(Subject::Anything);
        }
        Ok(subjects)
    }

    /// The members of a pool that are known; of another backend, none.
    pub(super) fn members(&self, backend: &'a Backend) -> impl Iterator<Item = &'a Backend> {
        let members = match &backend.kind {
            BackendKind::Pool(members) => members.as_slice(),
            _ => &[],
        };
        let level = Level::of_entity(backend.workspace.as_deref());
        members.iter().filter_map(move |member| self.index.backend(member.known()?, &level))
    }

    /// Backends to which policies send requests and that are not among the files.
    fn missing(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for destination in self.destinations.iter().flatten() {
            if let Destination::Missing(id, _) = destination
                && seen.insert(last_segment(id).to_lowercase())
            {
                all.push(id.as_str());
            }
        }
        all
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
            if let Destination::Missing(id, fetch) = destination {
                let text = format!(
                    "the backend {} is not among the files: what it configures is not known; \
                     {fetch}",
                    quoted(id)
                );
                let place = path.routed_at.as_ref();
                remarks.push(lint("unresolved-backend", Severity::Error, place, text));
            }
        }
        remarks.extend(lint_rules::of_configuration(self.configuration));
        remarks
    }

    /// Refuses what would take too long.
    fn is_bounded(&self, subjects: usize) -> Result<(), ConfigurationError> {
        let sides = self.requests.iter().map(|requests| requests.flow.sides.len()).sum::<usize>();
        let paths = self.requests.iter().map(|requests| requests.flow.paths.len()).sum::<usize>();
        if sides.saturating_add(paths).saturating_mul(subjects.max(1)) <= MOST_PAIRS {
            return Ok(());
        }
        Err(ConfigurationError::new(format!(
            "{paths} ways of requests and {subjects} servers are too many to be resolved at once"
        ))
        .hint("narrow the question with --backend-id, --api or --operation"))
    }
}

/// Ways of requests times servers: each way is held against each server.
const MOST_PAIRS: usize = 5_000_000;

/// Remarks on the whole configuration, over all servers, as each server's have them.
const MOST_REMARKS: usize = 100_000;

/// Remarks on the whole configuration that each server's have in any case.
const FEWEST_REMARKS: usize = 100;
