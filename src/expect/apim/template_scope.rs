//! The parameters and variables of a template, at the root and in a deployment inside of it.

use std::rc::Rc;
use std::sync::Arc;

use super::budget::Budget;
use super::evaluate::{Frame, Scope, Source};
use super::functions::{decided, only_a_default};
use super::node::Node;
use super::parameters::{self, Given};
use super::place::quoted;
use super::value::{ByDefault, Json, Value};

/// The scope of a template by what files of parameters say.
pub(super) fn root_scope<'j>(template: &'j Json, given: &Given<'_>) -> Scope<'j> {
    let mut scope = Scope::new(Rc::new(Budget::default()), None);
    for (name, parameter) in entries(template, "parameters") {
        let told = |default: &Json| -> Arc<str> {
            format!(
                "{}: parameters('{}') is taken to be {}, its default: no file of parameters was \
                 given",
                default.place,
                quoted(name),
                default.in_words()
            )
            .into()
        };
        let source = match (source(parameter, given.value(name)), given.is_any()) {
            (Some(Source::Default(default)), false) => {
                Some(Source::Assumed(default, told(default)))
            }
            // The `null` of one that nobody gives.
            (Some(Source::Given(mut null)), false) => {
                null.by_default = Some(ByDefault {
                    parameter: format!("parameters('{}')", quoted(name)).into(),
                    told: told(&null),
                    decides: true,
                });
                Some(Source::Given(null))
            }
            (source, _) => source,
        };
        if let Some(source) = source {
            scope.add_parameter(name, source);
        }
    }
    add_variables(&mut scope, template);
    scope
}

/// The scope of a template inside another, with the parameters that its deployment gives to it in
/// the terms of the one around.
pub(super) fn nested_scope<'s>(
    template: &'s Json,
    given: Option<&Json>,
    (outer, frame): (&'s Scope<'s>, &Frame),
    is_inner: bool,
) -> Scope<'s> {
    let mut scope = Scope::new(Rc::clone(&outer.budget), (!is_inner).then_some(outer));
    for (name, parameter) in entries(template, "parameters") {
        let given = given.and_then(|all| all.property(name)).map(|given| {
            let given = outer.expand(given, frame);
            parameters::value(Node::of(&given))
        });
        if let Some(source) = source(parameter, given) {
            scope.add_parameter(name, source);
        }
    }
    add_variables(&mut scope, template);
    scope
}

/// Where the value of a parameter comes from: what is given, else its default, which also stands
/// where `null` is given; one that may be `null` is that by default.
fn source<'j>(parameter: &'j Json, given: Option<Json>) -> Option<Source<'j>> {
    let default = parameter.property("defaultValue");
    let nullable = parameter.property("nullable");
    let is_nullable = nullable.is_some_and(|one| decided(one) == Ok(true));
    match (given, default) {
        (Some(Json { value: Value::Null, by_default: Some(default), place }), Some(_)) => {
            Some(Source::Given(Json::unknown(place, "", only_a_default(&default))))
        }
        (Some(Json { value: Value::Null, .. }), Some(default)) if !is_nullable => {
            Some(Source::Default(default))
        }
        (Some(value), _) => Some(Source::Given(value)),
        (None, Some(default)) => Some(Source::Default(default)),
        (None, None) if is_nullable => {
            Some(Source::Given(Json::new(parameter.place.clone(), Value::Null)))
        }
        (None, None) => None,
    }
}

fn entries<'j>(template: &'j Json, key: &str) -> &'j [(String, Json)] {
    template.property(key).map(Json::entries).unwrap_or_default()
}

fn add_variables<'j>(scope: &mut Scope<'j>, template: &'j Json) {
    for (name, variable) in entries(template, "variables") {
        if name == "copy" && !variable.elements().is_empty() {
            for (name, value) in scope.property_copies(variable, &Frame::default()) {
                scope.add_variable(&name, Source::Given(value));
            }
        } else {
            scope.add_variable(name, Source::Variable(variable));
        }
    }
}
