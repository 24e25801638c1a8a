//! An ARM template, also a compiled Bicep file -> the resources that it deploys, each with its values.

use super::budget::TOO_LARGE;
use super::doubt::{Doubt, doubt, joined};
use super::evaluate::{Frame, Scope};
use super::functions::{decided, only_a_default};
use super::node::Node;
use super::parameters::Given;
use super::place::{Place, quoted};
use super::template_scope::{nested_scope, root_scope};
use super::value::{Json, Unknown, Value};

/// What a template deploys.
#[derive(Debug, Default)]
pub(super) struct Deployed {
    /// Its resources of API Management, those inside other resources too.
    pub(super) resources: Vec<Resource>,
    /// What is there and not read: where, what, and why.
    pub(super) not_read: Vec<(Place, String, String)>,
}

/// A resource with full type and name.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The resource as the REST interface would take it.
    pub(super) json: Json,
    /// Why it may not be there, where it is not known.
    pub(super) doubt: Option<Doubt>,
}

/// Whether an object is a template of resources.
pub(super) fn is_template(node: Node<'_>) -> bool {
    let schema = node.text_of("$schema").unwrap_or_default();
    schema.to_ascii_lowercase().contains("deploymenttemplate")
}

/// The resources of a template by what files of parameters say.
pub(super) fn deployed(template: &Json, given: &Given<'_>) -> Deployed {
    let scope = root_scope(template, given);
    let mut deployed = Deployed::default();
    let inside = Inside { scope: &scope, frame: &Frame::default(), doubt: None, depth: 0 };
    deployed.template(template, &inside);
    deployed
}

/// Where in a template the reading is.
#[derive(Clone, Copy)]
struct Inside<'i> {
    scope: &'i Scope<'i>,
    frame: &'i Frame,
    doubt: Option<&'i Doubt>,
    depth: usize,
}

/// The resource in which another stands.
#[derive(Clone, Copy)]
struct Parent<'p> {
    kind: &'p str,
    name: &'p Json,
}

impl Deployed {
    fn template(&mut self, template: &Json, inside: &Inside<'_>) {
        let Some(resources) = template.property("resources") else {
            return;
        };
        // A list, or an object with a symbolic name for each.
        let named = resources.entries().iter().map(|(_, resource)| resource);
        for resource in resources.elements().iter().chain(named) {
            self.resource(resource, None, inside);
        }
    }

    /// One resource, as often as it is repeated.
    fn resource(&mut self, resource: &Json, parent: Option<Parent<'_>>, inside: &Inside<'_>) {
        let is_existing = resource.property("existing").is_some_and(|one| decided(one) == Ok(true));
        let kind = full_type(resource, parent);
        let is_deployment = kind.eq_ignore_ascii_case("Microsoft.Resources/deployments");
        let is_ours = kind.to_ascii_lowercase().starts_with("microsoft.apimanagement/");
        if is_existing || !(is_ours || is_deployment) {
            return;
        }
        let Some(copy) = resource.property("copy").filter(|copy| !copy.entries().is_empty()) else {
            return self.once(resource, &kind, parent, inside);
        };
        let name = copy.property("name").and_then(Json::as_text).unwrap_or_default();
        let with_index = |index| {
            let mut frame = inside.frame.clone();
            frame.loops.push((name.to_owned(), index));
            frame
        };
        let unknown = match inside.scope.count(copy, inside.frame) {
            Ok((0, Some(default))) => only_a_default(&default),
            Ok((count, _)) => {
                for index in 0..count {
                    if !inside.scope.budget.takes(EACH) {
                        return self.pass_over(resource, &kind, TOO_LARGE);
                    }
                    let frame = with_index(Some(index));
                    self.once(resource, &kind, parent, &Inside { frame: &frame, ..*inside });
                }
                return;
            }
            Err(why) => why,
        };
        // How many there are is not known: one stands for all of them.
        self.pass_over(resource, &kind, &unknown);
        let doubt = Doubt {
            condition: format!("the \"copy\" in {} makes it", copy.place),
            why: unknown,
            key: None,
        };
        let (frame, doubt) = (with_index(None), joined(inside.doubt, doubt));
        self.once(
            resource,
            &kind,
            parent,
            &Inside { frame: &frame, doubt: Some(&doubt), ..*inside },
        );
    }

    fn once(
        &mut self,
        resource: &Json,
        kind: &str,
        parent: Option<Parent<'_>>,
        inside: &Inside<'_>,
    ) {
        let (scope, frame) = (inside.scope, inside.frame);
        let doubt = match resource.property("condition").map(|one| (one, scope.expand(one, frame)))
        {
            None => None,
            Some((raw, condition)) => match decided(&condition) {
                Ok(true) => None,
                Ok(false) => {
                    let why = "its condition is false, so it is not deployed";
                    return self.pass_over(resource, kind, why);
                }
                Err(why) => Some(joined(inside.doubt, doubt(raw, why))),
            },
        };
        let doubt = doubt.as_ref().or(inside.doubt);
        let inside = Inside { doubt, ..*inside };
        if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
            return self.nested(resource, &inside);
        }
        let name = self.name(resource, parent, &inside);
        let body = resource.property("properties").map(|properties| {
            let mut properties = scope.expand(properties, frame);
            leave_undecided(&mut properties);
            properties
        });
        let place = resource.place.clone();
        let mut entries = vec![
            ("type".to_owned(), Json::text(place.clone(), kind)),
            ("name".to_owned(), name.clone()),
        ];
        entries.extend(body.map(|body| ("properties".to_owned(), body)));
        let json = Json::new(place, Value::Object(entries));
        self.resources.push(Resource { json, doubt: doubt.cloned() });

        let Some(children) = resource.property("resources").filter(|_| inside.depth < DEEPEST)
        else {
            return;
        };
        let named = children.entries().iter().map(|(_, child)| child);
        for child in children.elements().iter().chain(named) {
            let inside = Inside { depth: inside.depth + 1, ..inside };
            self.resource(child, Some(Parent { kind, name: &name }), &inside);
        }
    }

    /// The name along the resources around it.
    fn name(&self, resource: &Json, parent: Option<Parent<'_>>, inside: &Inside<'_>) -> Json {
        let place = resource.place.clone();
        let own = match resource.property("name") {
            Some(name) => inside.scope.expand(name, inside.frame),
            None => Json::unknown(place, "", "the resource has no name"),
        };
        match parent {
            Some(parent) => in_order(parent.name, own),
            None => without_assumed_service(own),
        }
    }

    /// A deployment inside a template, as Bicep writes a module.
    fn nested(&mut self, resource: &Json, inside: &Inside<'_>) {
        let properties = resource.property("properties");
        let Some(template) = properties.and_then(|one| one.property("template")) else {
            let why = "it deploys a template that is elsewhere: give that file too";
            return self.pass_over(resource, "Microsoft.Resources/deployments", why);
        };
        if inside.depth >= DEEPEST_DEPLOYMENT {
            let why = "deployments inside one another are too many to be read";
            return self.pass_over(resource, "Microsoft.Resources/deployments", why);
        }
        let given = properties.and_then(|one| one.property("parameters"));
        let option = properties.and_then(|one| one.property("expressionEvaluationOptions"));
        let option = option.and_then(|one| one.property("scope")).and_then(Json::as_text);
        let is_inner = option.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
        let outer = (inside.scope, inside.frame);
        let scope = nested_scope(template, given, outer, is_inner);
        let frame = if is_inner { Frame::default() } else { inside.frame.clone() };
        let depth = inside.depth + 1;
        self.template(
            template,
            &Inside { scope: &scope, frame: &frame, doubt: inside.doubt, depth },
        );
    }

    fn pass_over(&mut self, resource: &Json, kind: &str, why: &str) {
        if self.not_read.len() < MOST_NOT_READ {
            let name = resource.property("name").and_then(Json::as_text).unwrap_or_default();
            let what = format!("{} {}", quoted(kind), quoted(name));
            self.not_read.push((resource.place.clone(), what, why.to_owned()));
        }
    }
}

/// The type of a resource along the resources around it.
fn full_type(resource: &Json, parent: Option<Parent<'_>>) -> String {
    let own = resource.property("type").and_then(Json::as_text).unwrap_or_default();
    // With symbolic names a type may have its version behind it.
    let own = own.split('@').next().unwrap_or_default();
    match parent {
        Some(parent) if !own.to_ascii_lowercase().starts_with("microsoft.") => {
            format!("{}/{own}", parent.kind)
        }
        _ => own.to_owned(),
    }
}

/// A name whose first segment, the service's, is not known where only a default may give it.
fn without_assumed_service(mut name: Json) -> Json {
    if name.by_default.is_none() {
        return name;
    }
    let text = match &mut name.value {
        Value::Text(text) => Some(text),
        Value::Unknown(unknown) => unknown.shape.as_mut(),
        _ => None,
    };
    if let Some(text) = text {
        *text = match text.split_once('/') {
            Some((_, own)) => format!("?/{own}"),
            None => "?".to_owned(),
        };
    }
    name
}

/// `parent/own`, as far as both are known.
fn in_order(parent: &Json, own: Json) -> Json {
    let shape = |one: &Json| match &one.value {
        Value::Text(text) => (text.clone(), None),
        Value::Unknown(unknown) => {
            let gap = || Unknown::gap(&unknown.raw);
            (unknown.shape.clone().unwrap_or_else(gap), Some(unknown.clone()))
        }
        _ => (Unknown::gap("a name"), None),
    };
    let ((before, first), (after, second)) = (shape(parent), shape(&own));
    let text = format!("{before}/{after}");
    Json::new(
        own.place,
        match first.or(second) {
            Some(missing) => Value::Unknown(Unknown { shape: Some(text), ..missing }),
            None => Value::Text(text),
        },
    )
}

/// What a default alone makes empty is not known to be empty in the service.
fn leave_undecided(value: &mut Json) {
    if let Some(default) = value.by_default.as_ref().filter(|_| value.is_empty()) {
        let why = only_a_default(default);
        *value = Json::unknown(value.place.clone(), default.parameter.to_string(), why);
        return;
    }
    match &mut value.value {
        Value::List(elements) => elements.iter_mut().for_each(leave_undecided),
        Value::Object(entries) => entries.iter_mut().for_each(|(_, one)| leave_undecided(one)),
        _ => {}
    }
}

/// Resources inside one another.
const DEEPEST: usize = 16;

/// Deployments inside one another: modules of modules.
const DEEPEST_DEPLOYMENT: usize = 12;

/// Entries of what is not read.
const MOST_NOT_READ: usize = 1000;

/// Bytes that a repetition takes at least.
const EACH: usize = 1024;
