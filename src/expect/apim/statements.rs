//! What each statement of a policy does to a request.

use super::commands::API_VERSION;
use super::flow::{AFTERWARDS, Attached, Route, SideRequest};
use super::known_policies::has_no_part;
use super::named_values::literal;
use super::place::quoted;
use super::policy::Element;
use super::walker::{MOST_PATHS, State, Walker, with_condition};

impl<'a> Walker<'a> {
    pub(super) fn statement(
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
                        && matches!(state.path.route, Route::BackendId(..) | Route::Sidecar);
                    if !is_overridden {
                        state.path.route = route.clone();
                        state.path.routed_at = Some(element.place.clone());
                    }
                }
                states
            }
            // Of the request of a GraphQL resolver.
            "set-url" if section == "http-request" => {
                let route = self.request_url(element);
                for state in &mut states {
                    if matches!(state.path.route, Route::Default) {
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
                let states = self.statements(&element.children, outer, section, depth, states);
                Self::with_texts(element, states)
            }
            "retry" => {
                let once = self.statements(&element.children, outer, section, depth, states);
                let again = once.iter().cloned().map(|state| with_condition(state, again(element)));
                let again =
                    self.statements(&element.children, outer, section, depth, again.collect());
                Self::with_texts(element, self.joined(once.into_iter().chain(again).collect()))
            }
            "include-fragment" => self.include(element, outer, section, depth, states),
            "send-request" | "send-one-way-request" | "http-data-source" => {
                self.side_request(element, &states);
                states
            }
            _ => self.other(element, section, states),
        }
    }

    pub(super) fn choose(
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
            let inside = self.statements(&branch.children, outer, section, depth, inside.collect());
            after.extend(Self::with_texts(branch, inside));
        }
        if !is_settled {
            let told = otherwise(&refused);
            after.extend(states.into_iter().map(|state| match refused.is_empty() {
                true => state,
                false => with_condition(state, told.clone()),
            }));
        }
        Self::with_texts(element, self.joined(after))
    }

    pub(super) fn include(
        &mut self,
        element: &'a Element,
        outer: usize,
        section: &str,
        depth: usize,
        mut states: Vec<State>,
    ) -> Vec<State> {
        let id = element.attribute("fragment-id").unwrap_or_default();
        self.looked_at = self.looked_at.saturating_add(self.configuration.fragments.len());
        let name = self.configuration.substitute(id, &self.level).ok();
        let known = name.as_deref().and_then(|name| self.configuration.fragment(name, &self.level));
        match known {
            Some(fragment) if depth < DEEPEST_FRAGMENT => {
                let root = &fragment.document.root;
                let states = self.statements(&root.children, outer, section, depth + 1, states);
                Self::with_texts(root, states)
            }
            _ => {
                let path = format!("policyFragments/{}", name.as_deref().unwrap_or_default());
                let why = format!(
                    "the fragment {} is not given, or given more than once: it may attach a \
                     certificate; {}",
                    quoted(id),
                    self.configuration.fetch(&self.level, &path, API_VERSION)
                );
                self.remark("unresolved-fragment", &element.place, why.clone());
                for state in &mut states {
                    state.path.become_unknown(&why, &element.place);
                }
                states
            }
        }
    }

    /// An element that does nothing to the certificate or the way of a request, as far as it is known:
    /// a certificate in it may be attached, and one that is not known may do anything to it.
    pub(super) fn other(
        &mut self,
        element: &Element,
        section: &str,
        mut states: Vec<State>,
    ) -> Vec<State> {
        let inside =
            element.descendants().skip(1).find(|one| one.name == "authentication-certificate");
        let is_before_request = !AFTERWARDS.contains(&section);
        let Some(inside) = inside else {
            if is_before_request && !has_no_part(&element.name) {
                let why = format!(
                    "<{}> is not a policy that is known here: it may attach a certificate",
                    element.name
                );
                self.remark("unknown-policy", &element.place, why.clone());
                for state in &mut states {
                    state.path.attached = Attached::Unknown(why.clone());
                    state.path.attached_at = Some(element.place.clone());
                }
            }
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

    pub(super) fn side_request(&mut self, element: &Element, states: &[State]) {
        if self.flow.sides.len() >= MOST_PATHS
            || self.flow.sides.iter().any(|side| side.place == element.place)
        {
            return;
        }
        let request = element.child("http-request").unwrap_or(element);
        let url = request
            .child("set-url")
            .and_then(|url| self.configuration.substitute(&url.text, &self.level).ok())
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
    pub(super) fn attachment(&self, element: &Element) -> Attached {
        if element.attribute("body").is_some() {
            return Attached::Unknown(
                "<authentication-certificate> takes the certificate from an expression (body), \
                 whose value is not in the configuration"
                    .to_owned(),
            );
        }
        let read = |text: &str| -> Result<String, String> {
            let text = self.configuration.substitute(text, &self.level)?;
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
            (Some(id), None) => read(id).map_or_else(Attached::Unknown, |id| {
                Attached::Id(id, self.level.clone())
            }),
            (None, Some(thumbprint)) => read(thumbprint).map_or_else(Attached::Unknown, |text| {
                Attached::Thumbprint(text, self.level.clone())
            }),
            (None, None) => Attached::Unknown(
                "<authentication-certificate> names no certificate: neither certificate-id nor \
                 thumbprint"
                    .to_owned(),
            ),
        }
    }

    /// Where a `<set-backend-service>` sends requests; `None` where it leaves that as it was, by
    /// attributes for Service Fabric alone.
    pub(super) fn route(&self, element: &Element) -> Option<Route> {
        let read = |text: &str| -> Result<String, String> {
            let text = self.configuration.substitute(text, &self.level)?;
            literal(&text).ok_or_else(|| {
                format!(
                    "{}: the backend is named by an expression: {}",
                    element.place,
                    quoted(&text)
                )
            })
        };
        if element.attribute("dapr-app-id").is_some() {
            return Some(Route::Sidecar);
        }
        match (element.attribute("backend-id"), element.attribute("base-url")) {
            (Some(id), _) => Some(
                read(id).map_or_else(Route::Unknown, |id| Route::BackendId(id, self.level.clone())),
            ),
            (None, Some(url)) => Some(read(url).map_or_else(Route::Unknown, Route::BaseUrl)),
            (None, None) => None,
        }
    }
}

impl Walker<'_> {
    /// Where the request of a GraphQL resolver goes by its `<set-url>`.
    fn request_url(&self, element: &Element) -> Route {
        let place = &element.place;
        let text = match self.configuration.substitute(&element.text, &self.level) {
            Ok(text) => text,
            Err(why) => return Route::Unknown(format!("{place}: {why}")),
        };
        match literal(&text) {
            Some(url) => Route::BaseUrl(url),
            None => Route::Unknown(format!(
                "{place}: the URL is named by an expression: {}",
                quoted(&text)
            )),
        }
    }
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

/// Fragments inside one another: the service allows none.
const DEEPEST_FRAGMENT: usize = 4;
