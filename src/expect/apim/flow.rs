//! What a request may come to: policies walked as they run, every branch followed.

use std::collections::BTreeSet;

use super::configuration::Configuration;
use super::entities::{Fragment, Policy};
use super::place::{Place, is_same_name, quoted};
use super::policy::Element;
use super::scope::Scope;

/// The certificate that a request would present by its policies.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Attached {
    /// No policy attached one.
    Nothing,
    /// By `certificate-id`.
    Id(String),
    /// By `thumbprint`.
    Thumbprint(String),
    /// The policies do not tell, and why.
    Unknown(String),
}

/// Where a request goes.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Route {
    /// Where the API's own service URL leads.
    Default,
    /// `backend-id`.
    BackendId(String),
    /// `base-url`.
    BaseUrl(String),
    /// The policies do not tell, and why.
    Unknown(String),
}

/// One way in which a request may reach a backend, or not.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// The certificate attached, and where.
    pub(super) attached: Attached,
    /// The statement that attached it.
    pub(super) attached_at: Option<Place>,
    /// The statement that attached another before it.
    pub(super) overrode: Option<Place>,
    /// The statement that sends it through a proxy.
    pub(super) proxied_at: Option<Place>,
    /// Where it goes.
    pub(super) route: Route,
    /// The statement that sent it there.
    pub(super) routed_at: Option<Place>,
    /// What must hold for it to happen.
    pub(super) conditions: Vec<String>,
    /// Why no connection to the backend is made, where none is.
    pub(super) ended: Option<(Place, String)>,
}

impl Path {
    /// Something that may attach a certificate and set the backend ran, and it is not known what.
    fn become_unknown(&mut self, why: &str, place: &Place) {
        self.attached = Attached::Unknown(why.to_owned());
        self.attached_at = Some(place.clone());
        self.route = Route::Unknown(why.to_owned());
        self.routed_at = Some(place.clone());
    }
}

/// A request that a policy makes by itself, on a connection of its own.
#[derive(Clone, Debug)]
pub(super) struct SideRequest {
    /// `send-request` or another of its kind.
    pub(super) element: String,
    /// Its URL, where it is literal.
    pub(super) url: Option<String>,
    /// The certificate of its own.
    pub(super) attached: Attached,
    /// Where it stands.
    pub(super) place: Place,
    /// What must hold for it to happen.
    pub(super) conditions: Vec<String>,
}

/// Everything that a request may come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// The ways, in the order in which they were found.
    pub(super) paths: Vec<Path>,
    /// Requests that policies make by themselves.
    pub(super) sides: Vec<SideRequest>,
    /// Remarks: a code and a text at a place.
    pub(super) remarks: Vec<(&'static str, Place, String)>,
}

/// The policies of one request, outermost first; several in one scope are alternatives, as a call
/// may come by one of several products.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain<'a> {
    /// One entry for each scope that has a policy.
    pub(super) levels: Vec<(Scope, Vec<&'a Policy>)>,
}

impl Chain<'_> {
    /// Follows a request through its policies.
    pub(super) fn walk(&self, configuration: &Configuration) -> Flow {
        let mut walker = Walker {
            configuration,
            chain: self,
            flow: Flow::default(),
            steps: 0,
            looked_at: 0,
            is_overfull: false,
        };
        let start = State {
            path: Path {
                attached: Attached::Nothing,
                attached_at: None,
                overrode: None,
                proxied_at: None,
                route: Route::Default,
                routed_at: None,
                conditions: Vec::new(),
                ended: None,
            },
            product: None,
            is_forwarded: false,
        };
        let innermost = self.levels.len();
        let states = walker.section(innermost, "inbound", vec![start]);
        let states = walker.section(innermost, "backend", states);
        for state in states {
            walker.finish(state);
        }
        if walker.is_overfull {
            let why = "its policies branch too often to be followed".to_owned();
            walker.flow.paths.push(Path {
                attached: Attached::Unknown(why.clone()),
                attached_at: None,
                overrode: None,
                proxied_at: None,
                route: Route::Unknown(why),
                routed_at: None,
                conditions: Vec::new(),
                ended: None,
            });
        }
        walker.flow
    }
}

/// A request somewhere in its policies.
#[derive(Clone, Debug)]
struct State {
    path: Path,
    /// Which product's policies run: `Some(None)` for none.
    product: Option<Option<usize>>,
    is_forwarded: bool,
}

struct Walker<'a> {
    configuration: &'a Configuration,
    chain: &'a Chain<'a>,
    flow: Flow,
    steps: usize,
    looked_at: usize,
    is_overfull: bool,
}

impl<'a> Walker<'a> {
    /// Runs a section of the policies below `level`: that of the innermost of them, in which
    /// `<base/>` stands for the next.
    fn section(&mut self, level: usize, name: &str, states: Vec<State>) -> Vec<State> {
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
    fn beyond(&mut self, name: &str, states: Vec<State>) -> Vec<State> {
        if name != "backend" {
            return states;
        }
        states.into_iter().map(|state| self.forward(state)).collect()
    }

    /// A call comes by a subscription to one of the products, or by none of them.
    fn products(
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

    fn policy(
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
        if !has_base && policy.scope != Scope::Global {
            self.missing_base(policy, section, outer, name);
        }
        self.statements(&section.children, outer, name, 0, states)
    }

    /// A policy of which it is known only that it is there may do anything; what follows it counts.
    fn unknown_policy(
        &mut self,
        policy: &Policy,
        why: &str,
        outer: usize,
        name: &str,
        states: Vec<State>,
    ) -> Vec<State> {
        let mut states = self.section(outer, name, states);
        for state in &mut states {
            state.path.become_unknown(why, &policy.place);
        }
        self.joined(states)
    }

    /// Whether outer policies run where a section is absent is not documented: both are followed
    /// where it matters.
    fn without_section(
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
    fn outer_matters(&mut self, outer: usize, name: &str) -> bool {
        let all = self.chain.levels.iter().take(outer).flat_map(|(_, policies)| policies);
        let sizes = all.filter_map(|policy| policy.section(name));
        let size = sizes.map(|section| section.size).sum::<usize>();
        self.looked_at = self.looked_at.saturating_add(size);
        let outer = self.chain.levels.iter().take(outer).flat_map(|(_, policies)| policies);
        outer
            .filter_map(|policy| policy.section(name))
            .any(|section| section.descendants().any(|one| COUNTED.contains(&one.name.as_str())))
    }

    fn missing_base(&mut self, policy: &Policy, section: &Element, outer: usize, name: &str) {
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

    fn statements(
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

    fn statement(
        &mut self,
        element: &'a Element,
        outer: usize,
        section: &str,
        depth: usize,
        mut states: Vec<State>,
    ) -> Vec<State> {
        match element.name.as_str() {
            "base" => self.section(outer, section, states),
            "authentication-certificate" => {
                let attached = self.attachment(element);
                for state in &mut states {
                    state.path.attached = attached.clone();
                    state.path.overrode = state.path.attached_at.replace(element.place.clone());
                }
                states
            }
            "proxy" => {
                for state in &mut states {
                    state.path.proxied_at = Some(element.place.clone());
                }
                states
            }
            "set-backend-service" => {
                let Some(route) = self.route(element) else {
                    return states;
                };
                for state in &mut states {
                    // By the reference, base-url does not override an inherited backend-id.
                    let is_overridden = matches!(route, Route::BaseUrl(_))
                        && matches!(state.path.route, Route::BackendId(_));
                    if !is_overridden {
                        state.path.route = route.clone();
                        state.path.routed_at = Some(element.place.clone());
                    }
                }
                states
            }
            "forward-request" => states.into_iter().map(|state| self.forward(state)).collect(),
            "return-response" | "mock-response" => {
                for state in &mut states {
                    let why = format!("<{}> answers in place of the backend", element.name);
                    state.path.ended = Some((element.place.clone(), why));
                }
                states
            }
            "choose" => self.choose(element, outer, section, depth, states),
            "wait" | "limit-concurrency" => {
                self.statements(&element.children, outer, section, depth, states)
            }
            "retry" => {
                let once = self.statements(&element.children, outer, section, depth, states);
                let again = once.iter().cloned().map(|state| with_condition(state, again(element)));
                let again =
                    self.statements(&element.children, outer, section, depth, again.collect());
                self.joined(once.into_iter().chain(again).collect())
            }
            "include-fragment" => self.include(element, outer, section, depth, states),
            "send-request" | "send-one-way-request" | "http-data-source" => {
                self.side_request(element, &states);
                states
            }
            _ => self.unknown(element, states),
        }
    }

    fn choose(
        &mut self,
        element: &'a Element,
        outer: usize,
        section: &str,
        depth: usize,
        states: Vec<State>,
    ) -> Vec<State> {
        let mut after = Vec::new();
        let mut refused = Vec::new();
        let mut is_settled = false;
        for branch in &element.children {
            if is_settled {
                break;
            }
            let condition = match branch.name.as_str() {
                "when" => branch.attribute("condition").unwrap_or_default(),
                "otherwise" => "",
                _ => continue,
            };
            let constant = if branch.name == "otherwise" { None } else { constant(condition) };
            if constant == Some(false) {
                continue;
            }
            let told = match (branch.name.as_str(), constant) {
                (_, Some(_)) => None,
                ("when", None) => Some(format!("when {}", quoted(condition))),
                _ => Some(otherwise(&refused)),
            };
            is_settled = branch.name == "otherwise" || constant == Some(true);
            refused.push(quoted(condition));
            let inside = states.iter().cloned().map(|state| match &told {
                Some(told) => with_condition(state, told.clone()),
                None => state,
            });
            after.extend(self.statements(
                &branch.children,
                outer,
                section,
                depth,
                inside.collect(),
            ));
        }
        if !is_settled {
            let told = otherwise(&refused);
            after.extend(states.into_iter().map(|state| match refused.is_empty() {
                true => state,
                false => with_condition(state, told.clone()),
            }));
        }
        self.joined(after)
    }

    fn include(
        &mut self,
        element: &'a Element,
        outer: usize,
        section: &str,
        depth: usize,
        mut states: Vec<State>,
    ) -> Vec<State> {
        let id = element.attribute("fragment-id").unwrap_or_default();
        let known = match self.configuration.substitute(id) {
            Ok(name) => self.configuration.fragment(&name),
            Err(_) => None,
        };
        match known {
            Some(fragment) if depth < DEEPEST_FRAGMENT => {
                self.statements(&fragment.document.root.children, outer, section, depth + 1, states)
            }
            _ => {
                let why = format!(
                    "the fragment {} is not given, or given more than once: it may attach a \
                     certificate",
                    quoted(id)
                );
                self.remark("unresolved-fragment", &element.place, why.clone());
                for state in &mut states {
                    state.path.become_unknown(&why, &element.place);
                }
                states
            }
        }
    }

    /// An element that is not known to run what it holds: a certificate in it may be attached.
    fn unknown(&mut self, element: &Element, states: Vec<State>) -> Vec<State> {
        let inside =
            element.descendants().skip(1).find(|one| one.name == "authentication-certificate");
        let Some(inside) = inside else {
            return states;
        };
        let why = format!(
            "<authentication-certificate> stands in <{}>, of which it is not known when it runs",
            element.name
        );
        self.remark("certificate-in-unknown-element", &inside.place, why.clone());
        let attached = states.iter().cloned().map(|mut state| {
            state.path.attached = Attached::Unknown(why.clone());
            state.path.attached_at = Some(inside.place.clone());
            state
        });
        let attached: Vec<State> = attached.collect();
        self.joined(states.into_iter().chain(attached).collect())
    }

    fn side_request(&mut self, element: &Element, states: &[State]) {
        if self.flow.sides.len() >= MOST_PATHS
            || self.flow.sides.iter().any(|side| side.place == element.place)
        {
            return;
        }
        let request = element.child("http-request").unwrap_or(element);
        let url = request
            .child("set-url")
            .and_then(|url| self.configuration.substitute(&url.text).ok())
            .and_then(|url| literal(&url));
        let attached = match request.child("authentication-certificate") {
            Some(own) => self.attachment(own),
            None => Attached::Nothing,
        };
        self.flow.sides.push(SideRequest {
            element: element.name.clone(),
            url,
            attached,
            place: element.place.clone(),
            conditions: match states {
                [only] => only.path.conditions.clone(),
                _ => Vec::new(),
            },
        });
    }

    /// What an `<authentication-certificate>` attaches.
    fn attachment(&self, element: &Element) -> Attached {
        if element.attribute("body").is_some() {
            return Attached::Unknown(
                "<authentication-certificate> takes the certificate from an expression (body), \
                 whose value is not in the configuration"
                    .to_owned(),
            );
        }
        let read = |text: &str| -> Result<String, String> {
            let text = self.configuration.substitute(text)?;
            literal(&text).ok_or_else(|| {
                format!("the certificate is named by an expression: {}", quoted(&text))
            })
        };
        match (element.attribute("certificate-id"), element.attribute("thumbprint")) {
            (Some(_), Some(_)) => Attached::Unknown(
                "<authentication-certificate> has certificate-id and thumbprint, of which only one \
                 is allowed"
                    .to_owned(),
            ),
            (Some(id), None) => read(id).map_or_else(Attached::Unknown, Attached::Id),
            (None, Some(thumbprint)) => {
                read(thumbprint).map_or_else(Attached::Unknown, Attached::Thumbprint)
            }
            (None, None) => Attached::Unknown(
                "<authentication-certificate> names no certificate: neither certificate-id nor \
                 thumbprint"
                    .to_owned(),
            ),
        }
    }

    /// Where a `<set-backend-service>` sends requests; `None` where it leaves that as it was, by
    /// attributes for Service Fabric and Dapr alone.
    fn route(&self, element: &Element) -> Option<Route> {
        let read = |text: &str| -> Result<String, String> {
            let text = self.configuration.substitute(text)?;
            literal(&text).ok_or_else(|| {
                format!(
                    "{}: the backend is named by an expression: {}",
                    element.place,
                    quoted(&text)
                )
            })
        };
        match (element.attribute("backend-id"), element.attribute("base-url")) {
            (Some(id), _) => Some(read(id).map_or_else(Route::Unknown, Route::BackendId)),
            (None, Some(url)) => Some(read(url).map_or_else(Route::Unknown, Route::BaseUrl)),
            (None, None) => None,
        }
    }

    fn forward(&mut self, mut state: State) -> State {
        if state.path.ended.is_none() {
            state.is_forwarded = true;
            let path = state.path.clone();
            self.path(path);
        }
        state
    }

    /// What became of a request when its policies ended.
    fn finish(&mut self, mut state: State) {
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

    fn path(&mut self, path: Path) {
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
    fn joined(&mut self, states: Vec<State>) -> Vec<State> {
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

    fn remark(&mut self, code: &'static str, place: &Place, text: String) {
        let is_known = self.flow.remarks.iter().any(|(known, at, _)| *known == code && at == place);
        if !is_known {
            self.flow.remarks.push((code, place.clone(), text));
        }
    }
}

fn with_condition(mut state: State, condition: String) -> State {
    state.path.conditions.push(condition);
    state
}

/// What holds in both cases: the beginning that two lists of conditions share.
fn join_conditions(known: &mut Vec<String>, other: &[String]) {
    let shared = known.iter().zip(other).take_while(|(one, other)| one == other).count();
    known.truncate(shared);
}

fn again(element: &Element) -> String {
    format!("on a retry ({})", quoted(element.attribute("condition").unwrap_or("retry")))
}

fn otherwise(refused: &[String]) -> String {
    match refused {
        [] => "otherwise".to_owned(),
        [one] => format!("unless {one}"),
        several => format!("unless one of {}", several.join(" | ")),
    }
}

/// A condition that is always the same.
fn constant(condition: &str) -> Option<bool> {
    let bare: String =
        condition.chars().filter(|character| !matches!(character, '@' | '(' | ')' | ' ')).collect();
    match bare.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A text that is no expression, or one that is nothing but a string.
pub(super) fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.contains("@(") && !text.contains("@{") {
        return Some(text.to_owned());
    }
    let inside = text.strip_prefix("@(")?.strip_suffix(')')?.trim();
    let string = inside.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = !string.contains(['"', '\\']);
    is_plain.then(|| string.to_owned())
}

impl Configuration {
    /// A text with its named values put in.
    ///
    /// # Errors
    ///
    /// Which named value is not known, and why.
    pub(super) fn substitute(&self, text: &str) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else {
                break;
            };
            result.push_str(before);
            let name = name.trim();
            let mut known = self
                .named_values
                .iter()
                .filter(|value| value.names.iter().any(|known| known.eq_ignore_ascii_case(name)));
            match (known.next(), known.next()) {
                (Some(value), other) if other.is_none_or(|other| other.value == value.value) => {
                    result.push_str(&value.value.clone()?);
                }
                (Some(_), _) => {
                    return Err(format!("the named value {name} is given with several values"));
                }
                (None, _) => return Err(format!("the named value {name} is not given")),
            }
            rest = behind;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// The fragment of this name, where there is exactly one.
    fn fragment(&self, name: &str) -> Option<&Fragment> {
        let mut named = self.fragments.iter().filter(|one| is_same_name(&one.name, name));
        let found = named.next()?;
        let differs = |other: &Fragment| other.document.root != found.document.root;
        if named.any(differs) { None } else { Some(found) }
    }

    /// Every certificate id, thumbprint and backend id that the policies name, lower case.
    pub(super) fn named_in_policies(&self) -> BTreeSet<String> {
        let documents = self.policies.iter().filter_map(Policy::known);
        let documents = documents.chain(self.fragments.iter().map(|one| &one.document));
        let mut names = BTreeSet::new();
        for element in documents.flat_map(|document| document.root.descendants()) {
            for attribute in ["certificate-id", "thumbprint", "backend-id"] {
                let text = element.attribute(attribute).and_then(|text| self.substitute(text).ok());
                if let Some(text) = text.as_deref().and_then(literal) {
                    names.insert(text.trim().to_lowercase());
                }
            }
        }
        names
    }
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

/// Fragments inside one another: the service allows none.
const DEEPEST_FRAGMENT: usize = 4;

/// Ways that are followed at once.
const MOST_PATHS: usize = 64;

/// Elements that are looked through while policies are run.
const MOST_LOOKED_AT: usize = 5_000_000;

/// Statements that are run, over all ways: a policy of 256 KiB has some five thousand.
const MOST_STEPS: usize = 200_000;
