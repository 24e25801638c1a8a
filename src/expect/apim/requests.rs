//! Which requests there are: for each API and operation, the policies that run.

use std::collections::BTreeSet;

use super::configuration::Configuration;
use super::entities::{Api, Policy, Resolver};
use super::error::ConfigurationError;
use super::flow::{Chain, Flow};
use super::place::is_same_name;
use super::question::Question;
use super::revisions::{Revisions, split};
use super::scope::{Level, Owner, Scope, is_same_workspace, workspace_key};

/// The requests of one API or operation, and what they may come to.
#[derive(Debug)]
pub(super) struct Requests<'a> {
    /// What they are called, where the configuration names it.
    pub(super) label: Option<String>,
    /// The API, where it is among the files.
    pub(super) api: Option<&'a Api>,
    /// The name of the API, where a file names one.
    pub(super) api_name: Option<String>,
    /// The workspace of the API.
    pub(super) workspace: Option<String>,
    /// The scopes that have a policy.
    pub(super) scopes: Vec<Scope>,
    /// Whether a GraphQL resolver makes them.
    pub(super) is_resolver: bool,
    /// What they may come to.
    pub(super) flow: Flow,
}

/// Every request that the question is about.
pub(super) fn requests<'a>(
    configuration: &'a Configuration,
    question: &Question,
    revisions: &Revisions,
) -> Result<Vec<Requests<'a>>, ConfigurationError> {
    let names = api_names(configuration, revisions);
    if names.is_empty() {
        if let Some(api) = &question.api {
            return Err(ConfigurationError::new(format!(
                "the API {api} is not in the configuration: no file names an API"
            )));
        }
        return loose(configuration);
    }
    let wanted: Vec<Named<'_>> = match &question.api {
        Some(api) => {
            let is_wanted = |one: &Named<'_>| is_same_name(one.name, split(api).0);
            names.iter().copied().filter(is_wanted).collect()
        }
        None => names.clone(),
    };
    if let (Some(api), true) = (&question.api, wanted.is_empty()) {
        let known: Vec<&str> = names.iter().map(|one| one.name).collect();
        return Err(ConfigurationError::new(format!("the API {api} is not in the configuration"))
            .hint(format!("one of {}", listed(&known))));
    }
    let mut all = All::default();
    for api in wanted {
        let of = Of { configuration, revisions, api };
        if let Some(why) = revisions.doubt(api.workspace, api.name) {
            all.push(of.unknown(why))?;
            continue;
        }
        let operations = of.operations();
        match &question.operation {
            Some(operation) => {
                let known = operations.iter().find(|known| is_same_name(known, operation));
                // One without a policy of its own has the API's.
                all.push(of.operation(known.copied())?)?;
            }
            None => {
                all.push(of.operation(None)?)?;
                for operation in operations {
                    all.push(of.operation(Some(operation))?)?;
                }
                for resolver in of.resolvers() {
                    all.push(resolver_requests(configuration, resolver, of.entity()))?;
                }
            }
        }
    }
    Ok(all.requests)
}

/// The requests found so far, and the work that it took.
#[derive(Debug, Default)]
struct All<'a> {
    requests: Vec<Requests<'a>>,
    work: usize,
    paths: usize,
}

impl<'a> All<'a> {
    fn push(&mut self, requests: Requests<'a>) -> Result<(), ConfigurationError> {
        self.work = self.work.saturating_add(requests.flow.work);
        self.paths = self.paths.saturating_add(requests.flow.paths.len());
        if self.work > MOST_WORK || self.paths > MOST_PATHS {
            return Err(ConfigurationError::new(
                "the policies of all APIs are too many to be followed at once",
            )
            .hint("narrow the question with --api or --operation"));
        }
        self.requests.push(requests);
        Ok(())
    }
}

/// Policies that were given one by one: all of them are of one request; but those of GraphQL
/// resolvers, each of which makes its own.
fn loose(configuration: &Configuration) -> Result<Vec<Requests<'_>>, ConfigurationError> {
    let has_workspace = configuration.policies.iter().any(|one| one.scope == Scope::Workspace);
    let level = if has_workspace { Level::AnyWorkspace } else { Level::Any };
    let mut chain = Chain { levels: Vec::new(), level };
    for scope in Scope::ALL {
        let mut policies: Vec<&Policy> =
            configuration.policies.iter().filter(|policy| policy.scope == scope).collect();
        is_one(scope, &mut policies)?;
        if !policies.is_empty() {
            chain.levels.push((scope, policies));
        }
    }
    let resolvers = configuration.resolvers.iter();
    let mut all: Vec<Requests<'_>> =
        resolvers.map(|one| resolver_requests(configuration, one, None)).collect();
    if all.is_empty() || !configuration.policies.is_empty() {
        all.insert(0, walked(configuration, None, None, None, chain));
    }
    Ok(all)
}

/// The requests that a GraphQL resolver makes.
fn resolver_requests<'a>(
    configuration: &'a Configuration,
    resolver: &'a Resolver,
    api: Option<&'a Api>,
) -> Requests<'a> {
    let owner = &resolver.owner;
    let workspace = owner.workspace.as_deref();
    let level = match owner.api {
        Some(_) => Level::of(workspace),
        None => Level::Any,
    };
    let chain = Chain { levels: Vec::new(), level };
    let flow = match &resolver.document {
        Ok(document) => match document.root.child("http-request") {
            Some(request) => chain.walk_request(configuration, request),
            // A database is asked, with no client certificate of the gateway's.
            None if document.root.name != "http-data-source" => Flow::default(),
            None => Flow::unknown(&format!(
                "{}: <{}> has no <http-request>",
                resolver.place, document.root.name
            )),
        },
        Err(why) => Flow::unknown(why),
    };
    let label = match (&owner.api, &owner.resolver) {
        (Some(api), Some(name)) => format!("API {api}{}, resolver {name}", within(workspace)),
        _ => format!("the resolver in {}", resolver.place),
    };
    let workspace = workspace.map(str::to_owned);
    Requests {
        label: Some(label),
        api,
        api_name: owner.api.clone(),
        workspace,
        scopes: Vec::new(),
        is_resolver: true,
        flow,
    }
}

fn within(workspace: Option<&str>) -> String {
    workspace.map(|name| format!(" in workspace {name}")).unwrap_or_default()
}

/// A scope has one policy, however often it is given; only of products may a call come by one of
/// several.
fn is_one(scope: Scope, policies: &mut Vec<&Policy>) -> Result<(), ConfigurationError> {
    let ([first, others @ ..], true) = (policies.as_slice(), scope != Scope::Product) else {
        return Ok(());
    };
    if let Some(second) = others.iter().find(|one| !one.says_the_same(first)) {
        let what = format!(
            "a second policy of the scope {scope}, beside {}: which one runs cannot be told",
            first.place
        );
        return Err(ConfigurationError::at(&second.place, what).hint(match second.is_placed {
            true => "both are of one owner: give the one that is in force",
            false => "name the scopes: --policy global=FILE, --policy api=FILE",
        }));
    }
    policies.truncate(1);
    Ok(())
}

/// One API of a configuration.
#[derive(Clone, Copy)]
struct Of<'a, 'r> {
    configuration: &'a Configuration,
    revisions: &'r Revisions,
    api: Named<'a>,
}

impl<'a> Of<'a, '_> {
    /// The entity, in the revision that counts.
    fn entity(&self) -> Option<&'a Api> {
        let Named { workspace, name } = self.api;
        self.configuration.apis.iter().find(|one| {
            is_same_name(split(&one.name).0, name)
                && is_same_workspace(one.workspace.as_deref(), workspace)
                && self.revisions.counts(workspace, &one.revised_name())
        })
    }

    /// Whether something with this owner belongs to it.
    fn owns(&self, owner: &Owner) -> bool {
        let Named { workspace, name } = self.api;
        owner.api.as_ref().is_none_or(|api| {
            is_same_name(split(api).0, name) && self.revisions.counts(workspace, api)
        })
    }

    /// What is only known to be unknown.
    fn unknown(&self, why: &str) -> Requests<'a> {
        let Named { workspace, name } = self.api;
        Requests {
            label: Some(format!("API {name}{}", within(workspace))),
            api: self.entity(),
            api_name: Some(name.to_owned()),
            workspace: workspace.map(str::to_owned),
            scopes: Vec::new(),
            is_resolver: false,
            flow: Flow::unknown(why),
        }
    }

    fn is_in_product(&self, policy: &Policy) -> bool {
        let configuration = self.configuration;
        let Some(product) = &policy.owner.product else {
            return true;
        };
        if configuration.open_products.iter().any(|one| is_same_name(one, product)) {
            return true;
        }
        let of_it = configuration.products.iter().filter(|(one, _)| is_same_name(one, product));
        let mut members = of_it.map(|(_, member)| split(member).0).peekable();
        // Files given one by one need not say which APIs are in a product.
        (members.peek().is_none() && !configuration.is_whole())
            || members.any(|member| is_same_name(member, self.api.name))
    }

    /// Requests of an operation, or of those that have no policy of their own.
    fn operation(&self, operation: Option<&str>) -> Result<Requests<'a>, ConfigurationError> {
        let Named { workspace, name: api } = self.api;
        let mut chain = Chain { levels: Vec::new(), level: Level::of_entity(workspace) };
        for scope in Scope::ALL {
            let counts = |policy: &&Policy| {
                let owner = &policy.owner;
                // A policy that names no API was given for whatever is asked about.
                let is_near = !policy.is_placed && *owner == Owner::default()
                    || is_same_workspace(owner.workspace.as_deref(), workspace);
                policy.scope == scope
                    && match scope {
                        Scope::Global => true,
                        Scope::Workspace => is_near && workspace.is_some(),
                        Scope::Product => is_near && self.is_in_product(policy),
                        Scope::Api => is_near && self.owns(owner),
                        Scope::Operation => operation.is_some_and(|operation| {
                            is_near
                                && self.owns(owner)
                                && owner
                                    .operation
                                    .as_ref()
                                    .is_none_or(|own| is_same_name(own, operation))
                        }),
                    }
            };
            let mut policies: Vec<&Policy> =
                self.configuration.policies.iter().filter(counts).collect();
            if policies.is_empty() {
                policies.extend(self.configuration.unplaced_policy(scope, api));
            }
            is_one(scope, &mut policies)?;
            if !policies.is_empty() {
                chain.levels.push((scope, policies));
            }
        }
        let place = within(workspace);
        let label = match operation {
            Some(operation) => format!("API {api}{place}, operation {operation}"),
            None => format!("API {api}{place}"),
        };
        let walked = walked(self.configuration, Some(label), self.entity(), workspace, chain);
        Ok(Requests { api_name: Some(api.to_owned()), ..walked })
    }

    /// Its operations that have a policy of their own.
    fn operations(&self) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        let owners = self.configuration.policies.iter().map(|policy| &policy.owner);
        owners
            .filter(|owner| is_same_workspace(owner.workspace.as_deref(), self.api.workspace))
            .filter(|owner| owner.api.is_some() && self.owns(owner))
            .filter_map(|owner| owner.operation.as_deref())
            .filter(|operation| seen.insert(operation.to_lowercase()))
            .collect()
    }

    /// Its GraphQL resolvers.
    fn resolvers(&self) -> impl Iterator<Item = &'a Resolver> {
        self.configuration.resolvers.iter().filter(|one| {
            let workspace = one.owner.workspace.as_deref();
            is_same_workspace(workspace, self.api.workspace) && self.owns(&one.owner)
        })
    }
}

fn walked<'a>(
    configuration: &Configuration,
    label: Option<String>,
    api: Option<&'a Api>,
    workspace: Option<&str>,
    chain: Chain<'_>,
) -> Requests<'a> {
    let scopes = chain.levels.iter().map(|(scope, _)| *scope).collect();
    let workspace = workspace.map(str::to_owned);
    let flow = chain.walk(configuration);
    Requests { label, api, api_name: None, workspace, scopes, is_resolver: false, flow }
}

/// An API by its name, which is unique in its workspace, without a revision.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    workspace: Option<&'a str>,
    name: &'a str,
}

/// Every API that a file names, once, in the order of the files.
fn api_names<'a>(configuration: &'a Configuration, revisions: &Revisions) -> Vec<Named<'a>> {
    let entities = configuration.apis.iter();
    let entities = entities
        .filter(|api| revisions.counts(api.workspace.as_deref(), &api.revised_name()))
        .map(|api| (api.workspace.as_deref(), api.name.as_str()));
    let policies = configuration.policies.iter().map(|policy| &policy.owner);
    let owners = policies.chain(configuration.resolvers.iter().map(|one| &one.owner));
    let owners =
        owners.filter_map(|owner| Some((owner.workspace.as_deref(), owner.api.as_deref()?)));
    let mut seen = BTreeSet::new();
    entities
        .chain(owners.filter(|(workspace, name)| revisions.counts(*workspace, name)))
        .map(|(workspace, name)| Named { workspace, name: split(name).0 })
        .filter(|one| seen.insert((workspace_key(one.workspace), one.name.to_lowercase())))
        .collect()
}

/// Names for a message, the first of very many.
pub(super) fn listed(names: &[&str]) -> String {
    let mut text = names.iter().take(MOST_LISTED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_LISTED {
        text.push_str(&format!(" and {} more", names.len() - MOST_LISTED));
    }
    text
}

/// Names that are listed in a message.
const MOST_LISTED: usize = 20;

/// Statements that are run and elements that are looked through, over all requests: a policy has some
/// fifty.
const MOST_WORK: usize = 50_000_000;

/// Ways that requests may take, over all of them.
const MOST_PATHS: usize = 100_000;
