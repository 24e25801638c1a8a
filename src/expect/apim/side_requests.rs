//! Requests that policies make by themselves, to servers of their own.

use super::conclusion::Conclusion;
use super::flow::Attached;
use super::question::Target;
use super::reference::{Lookup, Possibility};
use super::resolve::Resolver;
use super::server::with_condition;
use super::url::Url;
use crate::expect::HypothesisName;

impl<'a> Resolver<'a> {
    /// Requests that policies make by themselves with a certificate of their own, to other servers.
    pub(super) fn side_targets(&self, targets: &[Target]) -> Vec<Target> {
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
}
