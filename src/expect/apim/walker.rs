//! Policies walked as they run: sections, scopes and products, every way followed.

use super::configuration::Configuration;
use super::entities::{Policy, Unknown};
use super::flow::{AFTERWARDS, Attached, Chain, Flow, Path, Route};
use super::place::{Place, quoted};
use super::policy::Element;
use super::scope::{Level, Scope};

/// A request somewhere in its policies.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) path: Path,
    /// Which product's policies run: `Some(None)` for none.
    pub(super) product: Option<Option<usize>>,
    pub(super) is_forwarded: bool,
}

pub(super) struct Walker<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) chain: &'a Chain<'a>,
    /// Where names are looked up that the policy uses which runs.
    pub(super) level: Level,
    pub(super) flow: Flow,
    pub(super) steps: usize,
    pub(super) looked_at: usize,
    pub(super) is_overfull: bool,
}

impl<'a> Walker<'a> {
    /// Runs a section of the policies below `level`: that of the innermost of them, in which
    /// `<base/>` stands for the next.
    pub(super) fn section(&mut self, level: usize, name: &str, states: Vec<State>) -> Vec<State> {
        let Some((scope, policies)) = level.checked_sub(1).and_then(|at| self.chain.levels.get(at))
        else {
            return self.beyond(name, states);
        };
        let outer = level.saturating_sub(1);
        if *scope == Scope::Product {
            return self.products(outer, name, policies, states);
        }
        match policies.first() {
            Some(policy) => self.policy(policy, outer, name, states),
            None => self.section(outer, name, states),
        }
    }

    /// What runs where no policy says anything: the service forwards the request.
    pub(super) fn beyond(&mut self, name: &str, states: Vec<State>) -> Vec<State> {
        if name != "backend" {
            return states;
        }
        states.into_iter().map(|state| self.forward(state)).collect()
    }

    /// A call comes by a subscription to one of the products, or by none of them.
    pub(super) fn products(
        &mut self,
        outer: usize,
        name: &str,
        policies: &[&'a Policy],
        states: Vec<State>,
    ) -> Vec<State> {
        let mut after = Vec::new();
        for state in states {
            let choices: Vec<Option<usize>> = match state.product {
                Some(choice) => vec![choice],
                None => (0..policies.len()).map(Some).chain([None]).collect(),
            };
            for choice in choices {
                let mut state = state.clone();
                let is_new = state.product.is_none();
                state.product = Some(choice);
                let policy = choice.and_then(|index| policies.get(index));
                if is_new {
                    state.path.conditions.push(match policy {
                        Some(policy) => match &policy.owner.product {
                            Some(product) => {
                                format!("the call carries a subscription to product {product}")
                            }
                            None => "the call carries a subscription to the product".to_owned(),
                        },
                        None => {
                            "the call carries no subscription to a product with a policy".to_owned()
                        }
                    });
                }
                after.extend(match policy {
                    Some(policy) => self.policy(policy, outer, name, vec![state]),
                    None => self.section(outer, name, vec![state]),
                });
            }
        }
        self.joined(after)
    }

    pub(super) fn policy(
        &mut self,
        policy: &'a Policy,
        outer: usize,
        name: &str,
        states: Vec<State>,
    ) -> Vec<State> {
        if let Err(why) = &policy.document {
            return self.unknown_policy(policy, why, outer, name, states);
        }
        let Some(section) = policy.section(name) else {
            return self.without_section(policy, outer, name, states);
        };
        // What is looked through counts as work too: `<base/>` may stand there any number of times.
        self.looked_at = self.looked_at.saturating_add(section.size);
        if self.looked_at > MOST_LOOKED_AT {
            self.is_overfull = true;
            return states;
        }
        let has_base = section.descendants().any(|one| one.name == "base");
        if !has_base && policy.scope != Scope::Global && !AFTERWARDS.contains(&name) {
            self.missing_base(policy, section, outer, name);
        }
        let own = match policy.is_placed {
            true => Level::of(policy.owner.workspace.as_deref()),
            false => self.chain.level.clone(),
        };
        // `<base/>` in it runs policies of other levels.
        let level = std::mem::replace(&mut self.level, own);
        let states = self.statements(&section.children, outer, name, 0, states);
        let states = Self::with_texts(section, states);
        self.level = level;
        states
    }

    /// A text among statements may stand for statements: a named value, or the marks of what makes
    /// a policy of a template (`%{ if … }`, `#{NAME}#`).
    pub(super) fn with_texts(holder: &Element, mut states: Vec<State>) -> Vec<State> {
        if holder.text.contains(char::is_alphanumeric) {
            let what = if holder.text.contains("{{") { "a named value" } else { "a text" };
            let why = format!(
                "{what} stands among the statements of <{}>, and what it does is not followed: {}",
                holder.name,
                quoted(&holder.text)
            );
            for state in &mut states {
                state.path.become_unknown(&why, &holder.place);
            }
        }
        states
    }

    /// A policy of which it is known only that it is there may do anything; what follows it counts.
    pub(super) fn unknown_policy(
        &mut self,
        policy: &Policy,
        unknown: &Unknown,
        outer: usize,
        name: &str,
        states: Vec<State>,
    ) -> Vec<State> {
        let mut states = self.section(outer, name, states);
        for state in &mut states {
            if unknown.keeps_route {
                state.path.attached = Attached::Unknown(unknown.why.clone());
                state.path.attached_at = Some(policy.place.clone());
            } else {
                state.path.become_unknown(&unknown.why, &policy.place);
            }
        }
        self.joined(states)
    }

    /// Whether outer policies run where a section is absent is not documented: both are followed
    /// where it matters.
    pub(super) fn without_section(
        &mut self,
        policy: &Policy,
        outer: usize,
        name: &str,
        states: Vec<State>,
    ) -> Vec<State> {
        if !self.outer_matters(outer, name) {
            return self.section(outer, name, states);
        }
        let place = &policy.place;
        let run = format!("the outer policies run although {place} has no section <{name}>");
        let not = format!("the outer policies do not run because {place} has no section <{name}>");
        let skipped = states.iter().cloned().map(|state| with_condition(state, not.clone()));
        let mut after: Vec<State> = skipped.collect();
        let states = states.into_iter().map(|state| with_condition(state, run.clone()));
        after.extend(self.section(outer, name, states.collect()));
        self.joined(after)
    }

    /// Whether a policy outside has something in this section that counts here.
    pub(super) fn outer_matters(&mut self, outer: usize, name: &str) -> bool {
        let all = self.chain.levels.iter().take(outer).flat_map(|(_, policies)| policies);
        let sizes = all.filter_map(|policy| policy.section(name));
        let size = sizes.map(|section| section.size).sum::<usize>();
        self.looked_at = self.looked_at.saturating_add(size);
        let outer = self.chain.levels.iter().take(outer).flat_map(|(_, policies)| policies);
        outer
            .filter_map(|policy| policy.section(name))
            .any(|section| section.descendants().any(|one| COUNTED.contains(&one.name.as_str())))
    }

    pub(super) fn missing_base(
        &mut self,
        policy: &Policy,
        section: &Element,
        outer: usize,
        name: &str,
    ) {
        let scope = policy.scope;
        let loses = self.outer_matters(outer, name);
        let is_forwarding =
            name != "backend" || section.descendants().any(|one| one.name == "forward-request");
        let consequence = match (loses, is_forwarding) {
            (true, _) => {
                "so the policies outside, which concern the certificate or the backend, \
                          do not run"
            }
            (false, false) => "and no <forward-request>, so no request is sent to the backend",
            (false, true) if name == "inbound" => "so the policies outside do not run",
            (false, true) => return,
        };
        self.remark(
            "missing-base",
            &section.place,
            format!("the section <{name}> of the {scope} policy has no <base/>, {consequence}"),
        );
    }

    pub(super) fn statements(
        &mut self,
        elements: &'a [Element],
        outer: usize,
        section: &str,
        depth: usize,
        mut states: Vec<State>,
    ) -> Vec<State> {
        for element in elements {
            self.steps = self.steps.saturating_add(states.len());
            if self.steps > MOST_STEPS {
                self.is_overfull = true;
                return states;
            }
            let (ended, open): (Vec<State>, Vec<State>) =
                states.into_iter().partition(|state| state.path.ended.is_some());
            let after = match open.is_empty() {
                true => Vec::new(),
                false => self.statement(element, outer, section, depth, open),
            };
            states = ended.into_iter().chain(after).collect();
            states = self.joined(states);
        }
        states
    }

    pub(super) fn forward(&mut self, mut state: State) -> State {
        if state.path.ended.is_none() {
            state.is_forwarded = true;
            if let (Route::Sidecar, Some(place)) = (&state.path.route, &state.path.routed_at) {
                // The gateway speaks plain HTTP to it, on its own machine.
                let why = "dapr-app-id sends the request to the Dapr sidecar, without TLS of the \
                           gateway";
                state.path.ended = Some((place.clone(), why.to_owned()));
            }
            let path = state.path.clone();
            self.path(path);
        }
        state
    }

    /// What came of it.
    pub(super) fn flow(mut self) -> Flow {
        if self.is_overfull {
            let unknown = Flow::unknown("its policies branch too often to be followed");
            self.flow.paths.extend(unknown.paths);
        }
        self.flow.work = self.steps.saturating_add(self.looked_at);
        self.flow
    }

    /// What became of a request when its policies ended.
    pub(super) fn finish(&mut self, mut state: State) {
        if state.is_forwarded {
            return;
        }
        if state.path.ended.is_none() {
            let policies = self.chain.levels.iter().rev().flat_map(|(_, policies)| policies);
            let place = policies
                .clone()
                .find_map(|policy| policy.section("backend").map(|section| section.place.clone()));
            let place = place.or_else(|| policies.clone().next().map(|one| one.place.clone()));
            let why = "no <forward-request> runs in the section <backend>".to_owned();
            state.path.ended = place.map(|place| (place, why));
        }
        self.path(state.path);
    }

    pub(super) fn path(&mut self, path: Path) {
        if self.flow.paths.len() >= MOST_PATHS {
            self.is_overfull = true;
            return;
        }
        let is_same = |known: &&mut Path| {
            known.attached == path.attached
                && known.route == path.route
                && known.proxied_at.is_some() == path.proxied_at.is_some()
                && known.ended.is_some() == path.ended.is_some()
        };
        match self.flow.paths.iter_mut().find(is_same) {
            Some(known) => join_conditions(&mut known.conditions, &path.conditions),
            None => self.flow.paths.push(path),
        }
    }

    /// States that differ in nothing but their conditions, as one.
    pub(super) fn joined(&mut self, states: Vec<State>) -> Vec<State> {
        let mut kept: Vec<State> = Vec::new();
        for state in states {
            let is_same = |known: &&mut State| {
                known.path.attached == state.path.attached
                    && known.path.route == state.path.route
                    && known.path.proxied_at.is_some() == state.path.proxied_at.is_some()
                    && known.path.ended.is_some() == state.path.ended.is_some()
                    && known.product == state.product
                    && known.is_forwarded == state.is_forwarded
            };
            let is_full = kept.len() >= MOST_PATHS;
            match kept.iter_mut().find(is_same) {
                Some(known) => join_conditions(&mut known.path.conditions, &state.path.conditions),
                None if is_full => self.is_overfull = true,
                None => kept.push(state),
            }
        }
        kept
    }

    pub(super) fn remark(&mut self, code: &'static str, place: &Place, text: String) {
        let is_known = self.flow.remarks.iter().any(|(known, at, _)| *known == code && at == place);
        if !is_known {
            self.flow.remarks.push((code, place.clone(), text));
        }
    }
}

pub(super) fn with_condition(mut state: State, condition: String) -> State {
    state.path.conditions.push(condition);
    state
}

/// What holds in both cases: the beginning that two lists of conditions share.
fn join_conditions(known: &mut Vec<String>, other: &[String]) {
    let shared = known.iter().zip(other).take_while(|(one, other)| one == other).count();
    known.truncate(shared);
}

/// Elements by which a policy decides what is seen at the backend.
const COUNTED: [&str; 6] = [
    "authentication-certificate",
    "set-backend-service",
    "include-fragment",
    "return-response",
    "mock-response",
    "proxy",
];

/// Ways that are followed at once.
pub(super) const MOST_PATHS: usize = 64;

/// Elements that are looked through while policies are run.
const MOST_LOOKED_AT: usize = 5_000_000;

/// Statements that are run, over all ways: a policy of 256 KiB has some five thousand.
const MOST_STEPS: usize = 200_000;
