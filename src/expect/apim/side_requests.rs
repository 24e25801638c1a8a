//! Requests that policies make by themselves, to servers of their own.

use std::collections::BTreeMap;

use super::conclusion::Conclusion;
use super::flow::{Attached, SideRequest};
use super::place::Place;
use super::question::Target;
use super::reference::{Lookup, Possibility};
use super::resolve::Resolver;
use super::server::with_condition;
use super::url::{Server, Url};
use crate::expect::{Endpoints, HypothesisName};

/// Requests to one server.
struct Group<'a> {
    url: Option<Url>,
    sides: Vec<&'a SideRequest>,
}

impl<'a> Resolver<'a> {
    /// Requests that policies make by themselves with a certificate of their own, to other servers
    /// than the targets'. Connections to one server cannot be told apart: also a request to it
    /// without a certificate counts.
    pub(super) fn side_targets(&self, targets: &[Target]) -> Vec<Target> {
        let groups = self.side_groups();
        let with_certificate = groups
            .iter()
            .filter(|group| group.sides.iter().any(|side| side.attached != Attached::Nothing));
        with_certificate
            .filter(|group| {
                let endpoints = group.url.as_ref().map(Url::endpoints);
                let is_there = |target: &Target| {
                    endpoints.as_ref().is_some_and(|one| *one == target.expectation.endpoints)
                };
                !targets.iter().any(is_there)
            })
            .map(|group| self.side_target(group))
            .collect()
    }

    /// Every request once, those to one server together; each by itself where the policy computes
    /// its URL.
    fn side_groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut by_server: BTreeMap<Server, usize> = BTreeMap::new();
        let mut by_place: BTreeMap<(&str, Option<u64>), Vec<&SideRequest>> = BTreeMap::new();
        for side in self.requests.iter().flat_map(|requests| &requests.flow.sides) {
            let Place { file, line } = &side.place;
            let known = by_place.entry((file, *line)).or_default();
            let is_same = |one: &&SideRequest| one.url == side.url && one.attached == side.attached;
            if known.iter().any(is_same) {
                continue;
            }
            known.push(side);
            let url = side.url.as_deref().and_then(Url::parse);
            let at = match &url {
                Some(url) => *by_server.entry(url.server()).or_insert(groups.len()),
                None => groups.len(),
            };
            match groups.get_mut(at) {
                Some(group) => group.sides.push(side),
                None => groups.push(Group { url, sides: vec![side] }),
            }
        }
        groups
    }

    fn side_target(&self, group: &Group<'_>) -> Target {
        let chosen = self.question.hypothesis.unwrap_or(HypothesisName::EntityCounts);
        let mut lookup = Lookup::new(self.configuration, &self.index);
        let to = match &group.url {
            Some(url) => format!("{}:{}", url.host, url.port),
            None => "a server that its policy computes".to_owned(),
        };
        let endpoints = group.url.as_ref().map(Url::endpoints).unwrap_or_default();
        let mut possibilities: Vec<Possibility> = Vec::new();
        let mut conclusion = Conclusion { endpoints, ..Conclusion::default() };
        for side in &group.sides {
            let SideRequest { element, place, .. } = side;
            let own = match (&side.attached, group.url.as_ref().is_some_and(|url| !url.is_tls())) {
                (_, true) => "and http:// is no TLS",
                (Attached::Nothing, _) => "without a certificate",
                _ => "with a certificate of its own",
            };
            conclusion.reasons.push(format!(
                "{place}: <{element}> makes a connection of its own to {to}, {own}; the request's \
                 certificate is not used there"
            ));
            let whose = (group.sides.len() > 1).then(|| format!("requests of {place}"));
            let condition: Vec<String> =
                whose.into_iter().chain(side.conditions.iter().cloned()).collect();
            let condition = condition.join(", ");
            let rule = "authentication-certificate in send-request";
            let found = lookup.attached(&side.attached, Some(place), rule);
            possibilities.extend(found.iter().map(|one| with_condition(one, &condition)));
        }
        if group.url.is_none() {
            let told = "its URL is not in the configuration: select its connections with --sni";
            conclusion.reasons.push(told.to_owned());
        }
        if let Some(url) = group.url.as_ref().filter(|url| !url.is_tls()) {
            let why = format!("{}:// is no TLS, so a certificate can have no effect", url.scheme);
            conclusion.no_handshake = Some(why);
        }
        conclusion.policy_only.clone_from(&possibilities);
        conclusion.entity_counts = possibilities;
        conclusion.reasons.append(&mut lookup.notes);
        let needs_selection = conclusion.endpoints == Endpoints::default();
        let mut expectation = conclusion.expectation(chosen);
        expectation.lint = lookup.lint;
        let element = group.sides.first().map(|side| side.element.as_str()).unwrap_or_default();
        Target { name: format!("{element} to {to}"), is_asked: false, needs_selection, expectation }
    }
}
