//! Which requests there are: for each API and operation, the policies that run.

use std::collections::BTreeSet;

use super::configuration::Configuration;
use super::entities::{Api, Policy};
use super::error::ConfigurationError;
use super::flow::{Chain, Flow};
use super::place::{is_same_name, last_segment};
use super::question::Question;
use super::scope::{Owner, Scope};

/// The requests of one API or operation, and what they may come to.
#[derive(Debug)]
pub(super) struct Requests<'a> {
    /// What they are called, where the configuration names it.
    pub(super) label: Option<String>,
    /// The API, where it is among the files.
    pub(super) api: Option<&'a Api>,
    /// The workspace of the API.
    pub(super) workspace: Option<String>,
    /// The scopes that have a policy.
    pub(super) scopes: Vec<Scope>,
    /// What they may come to.
    pub(super) flow: Flow,
}

/// Every request that the question is about.
pub(super) fn requests<'a>(
    configuration: &'a Configuration,
    question: &Question,
) -> Result<Vec<Requests<'a>>, ConfigurationError> {
    let names = api_names(configuration);
    if names.is_empty() {
        if let Some(api) = &question.api {
            return Err(ConfigurationError::new(format!(
                "the API {api} is not in the configuration: no file names an API"
            )));
        }
        return loose(configuration).map(|requests| vec![requests]);
    }
    let wanted: Vec<Named<'_>> = match &question.api {
        Some(api) => names.iter().copied().filter(|one| is_same_name(one.name, api)).collect(),
        None => names.clone(),
    };
    if let (Some(api), true) = (&question.api, wanted.is_empty()) {
        let known: Vec<&str> = names.iter().map(|one| one.name).collect();
        return Err(ConfigurationError::new(format!("the API {api} is not in the configuration"))
            .hint(format!("one of {}", listed(&known))));
    }
    let mut all = All::default();
    for api in wanted {
        let operations = operations(configuration, api);
        match &question.operation {
            Some(operation) => {
                let known = operations.iter().find(|known| is_same_name(known, operation));
                // One without a policy of its own has the API's.
                all.push(of_operation(configuration, api, known.copied())?)?;
            }
            None => {
                all.push(of_operation(configuration, api, None)?)?;
                for operation in operations {
                    all.push(of_operation(configuration, api, Some(operation))?)?;
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

/// Policies that were given one by one: all of them are of one request.
fn loose(configuration: &Configuration) -> Result<Requests<'_>, ConfigurationError> {
    let mut chain = Chain::default();
    for scope in Scope::ALL {
        let policies: Vec<&Policy> =
            configuration.policies.iter().filter(|policy| policy.scope == scope).collect();
        is_one(scope, &policies)?;
        if !policies.is_empty() {
            chain.levels.push((scope, policies));
        }
    }
    Ok(walked(configuration, None, None, None, chain))
}

/// A scope has one policy; only of products may a call come by one of several.
fn is_one(scope: Scope, policies: &[&Policy]) -> Result<(), ConfigurationError> {
    let ([first, second, ..], true) = (policies, scope != Scope::Product) else {
        return Ok(());
    };
    let what = format!(
        "a second policy of the scope {scope}, beside {}: which one runs cannot be told",
        first.place
    );
    Err(ConfigurationError::at(&second.place, what)
        .hint("name the scopes: --policy global=FILE, --policy api=FILE"))
}

fn of_operation<'a>(
    configuration: &'a Configuration,
    Named { workspace, name: api }: Named<'_>,
    operation: Option<&str>,
) -> Result<Requests<'a>, ConfigurationError> {
    let entity = configuration
        .apis
        .iter()
        .find(|one| is_same_name(&one.name, api) && one.workspace.as_deref() == workspace);
    let is_of =
        |owner: Option<&String>, name: &str| owner.is_none_or(|owner| is_same_name(owner, name));
    let is_in_product = |policy: &Policy| match &policy.owner.product {
        None => true,
        Some(product) => {
            let of_it = configuration.products.iter().filter(|(one, _)| is_same_name(one, product));
            let mut members = of_it.map(|(_, member)| member).peekable();
            // Files given one by one need not say which APIs are in a product.
            (members.peek().is_none() && !configuration.is_whole)
                || members.any(|member| is_same_name(member, api))
        }
    };
    let mut chain = Chain::default();
    for scope in Scope::ALL {
        let counts = |policy: &&Policy| {
            let owner = &policy.owner;
            // A policy that names no API was given for whatever is asked about.
            let is_near = owner.workspace.as_deref() == workspace || *owner == Owner::default();
            policy.scope == scope
                && match scope {
                    Scope::Global => true,
                    Scope::Workspace => owner.workspace.as_deref() == workspace,
                    Scope::Product => is_near && is_in_product(policy),
                    Scope::Api => is_near && is_of(owner.api.as_ref(), api),
                    Scope::Operation => operation.is_some_and(|operation| {
                        is_near
                            && is_of(owner.api.as_ref(), api)
                            && is_of(owner.operation.as_ref(), operation)
                    }),
                }
        };
        let policies: Vec<&Policy> = configuration.policies.iter().filter(counts).collect();
        is_one(scope, &policies)?;
        if !policies.is_empty() {
            chain.levels.push((scope, policies));
        }
    }
    let place = workspace.map(|name| format!(" in workspace {name}")).unwrap_or_default();
    let label = match operation {
        Some(operation) => format!("API {api}{place}, operation {operation}"),
        None => format!("API {api}{place}"),
    };
    Ok(walked(configuration, Some(label), entity, workspace, chain))
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
    Requests { label, api, workspace, scopes, flow: chain.walk(configuration) }
}

/// An API by its name, which is unique in its workspace.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    workspace: Option<&'a str>,
    name: &'a str,
}

/// Every API that a file names, once, in the order of the files.
fn api_names(configuration: &Configuration) -> Vec<Named<'_>> {
    let entities = configuration.apis.iter();
    let entities =
        entities.map(|api| Named { workspace: api.workspace.as_deref(), name: api.name.as_str() });
    let owners = configuration.policies.iter().filter_map(|policy| {
        let owner = &policy.owner;
        Some(Named { workspace: owner.workspace.as_deref(), name: owner.api.as_deref()? })
    });
    let mut seen = BTreeSet::new();
    entities
        .chain(owners)
        .filter(|one| seen.insert((one.workspace, last_segment(one.name).to_lowercase())))
        .collect()
}

/// The operations of an API that have a policy of their own.
fn operations<'a>(configuration: &'a Configuration, api: Named<'_>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    let owners = configuration.policies.iter().map(|policy| &policy.owner);
    owners
        .filter(|owner| owner.workspace.as_deref() == api.workspace)
        .filter(|owner| owner.api.as_ref().is_some_and(|owner| is_same_name(owner, api.name)))
        .filter_map(|owner| owner.operation.as_deref())
        .filter(|operation| seen.insert(operation.to_lowercase()))
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
