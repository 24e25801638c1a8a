//! Entities of which a file does not tell whether they are there, and defaults that were taken.

use super::backend::Backend;
use super::configuration::Configuration;
use super::doubt::Doubt;
use super::entities::{Api, Policy};
use super::node::Node;
use super::place::{Place, is_same_name};
use super::policy::{Element, PolicyDocument};
use super::record::Kind;
use super::scope::{Owner, Scope};
use super::value::{Json, is_unresolved};

/// A policy that is in force only where a condition holds.
#[derive(Clone, Debug)]
pub(super) struct DoubtfulPolicy {
    /// Which of the policies.
    index: usize,
    doubt: Doubt,
}

impl Doubt {
    /// That something may not be there, and why.
    pub(super) fn told(&self, what: &str) -> String {
        format!("whether {what} is deployed is not known: {}", self.why)
    }
}

impl Configuration {
    /// Notes that something may not be there.
    pub(super) fn remember_doubt(&mut self, doubt: &Doubt, kind: Kind, place: &Place) {
        if kind != Kind::Other {
            self.note(format!("{place}: {}", doubt.told("this resource")));
        }
    }

    /// Notes the defaults of parameters that what is read comes from.
    pub(super) fn remember_defaults(&mut self, body: Node<'_>) {
        self.defaults_in(body.json(), 0);
    }

    fn defaults_in(&mut self, value: &Json, depth: usize) {
        if let Some(default) = &value.by_default {
            self.note(default.told.to_string());
        }
        if depth < DEEPEST {
            for one in value.elements() {
                self.defaults_in(one, depth + 1);
            }
            for (_, one) in value.entries() {
                self.defaults_in(one, depth + 1);
            }
        }
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes a Backend over. Of one that may not be there, the certificates are not known; of two
    /// that exclude each other, the server is not known either where they differ.
    pub(super) fn add_backend(&mut self, mut backend: Backend, doubt: Option<&Doubt>) {
        let Some(doubt) = doubt else {
            self.backends.push(backend);
            return;
        };
        backend.unread.push((backend.place.clone(), doubt.told("the backend")));
        let mut known = self.backends.iter_mut();
        let twin = known.find(|known| {
            known.workspace == backend.workspace
                && known.name.eq_ignore_ascii_case(&backend.name)
                && known.is_doubtful
        });
        backend.is_doubtful = true;
        match twin {
            None => self.backends.push(backend),
            Some(twin) => {
                let url = |one: &Backend| one.url.as_ref().map(|url| url.value.clone());
                if url(twin) != url(&backend)
                    && let Some(known) = &mut twin.url
                {
                    known.value = Err(doubt.told("which of two backends"));
                }
                twin.unread.append(&mut backend.unread);
            }
        }
    }

    /// Takes an API over. Of two that exclude each other, where requests go is not known.
    pub(super) fn add_api(&mut self, api: Api, doubt: Option<&Doubt>) {
        let Some(doubt) = doubt else {
            self.apis.push(api);
            return;
        };
        let mut known = self.apis.iter_mut();
        let twin = known.find(|known| {
            known.workspace == api.workspace && known.name.eq_ignore_ascii_case(&api.name)
        });
        if let Some(twin) = twin {
            let value = |one: &Api| one.service_url.as_ref().map(|url| url.value.clone());
            if value(twin) != value(&api) {
                let url = twin.service_url.take().or(api.service_url);
                twin.service_url = url.map(|mut url| {
                    url.value = Err(doubt.told("which of two APIs"));
                    url
                });
            }
            return;
        }
        self.apis.push(api);
    }

    /// A policy of this scope that may be of an API, because the name of its owner is not known.
    pub(super) fn unplaced_policy(&self, scope: Scope, api: &str) -> Option<&Policy> {
        let may_be_of = |policy: &&Policy| {
            policy.scope == scope
                && policy
                    .owner
                    .api
                    .as_ref()
                    .is_none_or(|owner| is_unresolved(owner) || is_same_name(owner, api))
        };
        if is_unresolved(api) { None } else { self.unplaced.iter().find(may_be_of) }
    }

    fn add_unplaced(&mut self, policy: Policy) {
        let mut of_scope = self.unplaced.iter_mut().filter(|one| one.scope == policy.scope);
        match of_scope.nth(MOST_UNPLACED) {
            // Of very many, one may be anybody's.
            Some(known) => known.owner = Owner::default(),
            None => self.unplaced.push(policy),
        }
    }

    /// Takes a policy over; one that may not be there runs where its condition holds, and else what
    /// stands outside of it.
    pub(super) fn add_read_policy(&mut self, mut policy: Policy, doubt: Option<Doubt>) {
        let owner = &policy.owner;
        let names = [&owner.api, &owner.operation, &owner.product];
        if names.into_iter().flatten().any(|name| is_unresolved(name)) {
            // It may belong to any of those that have none of their own.
            let why = "a policy belongs to something whose name is not known".to_owned();
            let unplaced = Policy { document: Err(why.into()), ..policy.clone() };
            self.add_unplaced(unplaced);
        }
        let Some(doubt) = doubt else {
            self.policies.push(policy);
            return;
        };
        let twin = self.doubtful_policies.iter_mut().find(|known| {
            self.policies
                .get(known.index)
                .is_some_and(|known| known.scope == policy.scope && known.owner == policy.owner)
        });
        let Some(twin) = twin else {
            policy.document = policy.document.map(|document| conditional(document, &doubt));
            self.doubtful_policies.push(DoubtfulPolicy { index: self.policies.len(), doubt });
            self.policies.push(policy);
            return;
        };
        let is_opposite = twin.doubt.is_opposite_of(&doubt);
        if let Some(known) = self.policies.get_mut(twin.index) {
            match (&mut known.document, policy.document) {
                (Ok(known), Ok(other)) => add_branch(known, &other, &doubt, is_opposite),
                (known, Err(why)) => *known = Err(why),
                (Err(_), Ok(_)) => {}
            }
        }
    }
}

/// A policy whose sections run only where a condition holds; else the policy outside runs.
fn conditional(mut document: PolicyDocument, doubt: &Doubt) -> PolicyDocument {
    for section in &mut document.root.children {
        let place = section.place.clone();
        let inside = std::mem::take(&mut section.children);
        let when = branch("when", &doubt.condition, inside, &place);
        let base = Element::new("base", Vec::new(), Vec::new(), place.clone());
        let otherwise = branch("otherwise", "", vec![base], &place);
        let choose = Element::new("choose", Vec::new(), vec![when, otherwise], place);
        section.size = choose.size.saturating_add(1);
        section.children = vec![choose];
    }
    document.root.size = document.root.children.iter().map(|one| one.size).sum::<usize>() + 1;
    document
}

/// Adds the policy that runs where another condition holds, before what runs else, or in its place.
fn add_branch(
    document: &mut PolicyDocument,
    other: &PolicyDocument,
    doubt: &Doubt,
    is_opposite: bool,
) {
    for theirs in &other.root.children {
        if document.section(&theirs.name).is_none() {
            let base = Element::new("base", Vec::new(), Vec::new(), theirs.place.clone());
            let otherwise = branch("otherwise", "", vec![base], &theirs.place);
            let choose = Element::new("choose", Vec::new(), vec![otherwise], theirs.place.clone());
            let section =
                Element::new(&theirs.name, Vec::new(), vec![choose], theirs.place.clone());
            document.root.children.push(section);
        }
    }
    for section in &mut document.root.children {
        let place = section.place.clone();
        let theirs = other.section(&section.name).map(|theirs| theirs.children.clone());
        let base = Element::new("base", Vec::new(), Vec::new(), place.clone());
        let inside = theirs.unwrap_or_else(|| vec![base]);
        let Some(choose) = section.children.first_mut() else {
            continue;
        };
        let otherwise = choose.children.pop();
        if is_opposite {
            choose.children.push(branch("otherwise", "", inside, &place));
        } else {
            choose.children.push(branch("when", &doubt.condition, inside, &place));
            choose.children.extend(otherwise);
        }
        choose.size = choose.children.iter().map(|one| one.size).sum::<usize>() + 1;
        section.size = choose.size.saturating_add(1);
    }
    document.root.size = document.root.children.iter().map(|one| one.size).sum::<usize>() + 1;
}

fn branch(name: &str, condition: &str, inside: Vec<Element>, place: &Place) -> Element {
    let attributes = match condition {
        "" => Vec::new(),
        condition => vec![("condition".to_owned(), condition.to_owned())],
    };
    Element::new(name, attributes, inside, place.clone())
}

/// Lists and objects inside one another in a body.
const DEEPEST: usize = 32;

/// What is noted of a configuration for the reasons of every expectation.
const MOST_NOTES: usize = 20;

/// Policies of a scope, of which the names of their owners are not known, that are kept.
const MOST_UNPLACED: usize = 50;
