//! What a template says about its parameters and variables.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::json::Node;
use super::place::Text;
use super::record::Reader;
use super::template::Definitions;

/// Whether an object is a template of resources.
pub(super) fn is_template(node: Node<'_>) -> bool {
    let schema = node.text_of("$schema").unwrap_or_default();
    schema.to_ascii_lowercase().contains("deploymenttemplate")
}

/// Parameters and variables of a template as far as they are literal: what the deployment gives,
/// else the default. What `given` says is in the terms of the template around, which is `outer`'s.
pub(super) fn definitions(
    template: Node<'_>,
    given: Option<Node<'_>>,
    outer: &Reader,
) -> Definitions {
    let growth = outer.definitions.as_ref().map(|all| Rc::clone(&all.growth)).unwrap_or_default();
    let own = Definitions { growth, ..Definitions::default() };
    let mut reader = Reader { definitions: Some(own), ..Reader::default() };
    let parameters = template.get("parameters").into_iter().flat_map(Node::entries);
    for (name, parameter) in parameters {
        let given = given.and_then(|given| given.get(name));
        let value = match given {
            Some(given) => given.get("value").map(|value| outer.text(value)),
            None => parameter.get("defaultValue").map(|value| reader.text(value)),
        };
        define(&mut reader, |all| &mut all.parameters, name, value);
    }
    let variables = template.get("variables").into_iter().flat_map(Node::entries);
    for (name, variable) in variables {
        let value = reader.text(variable);
        define(&mut reader, |all| &mut all.variables, name, Some(value));
    }
    reader.definitions.unwrap_or_default()
}

/// Remembers a value that is known; those that follow may use it.
fn define(
    reader: &mut Reader,
    table: impl Fn(&mut Definitions) -> &mut BTreeMap<String, String>,
    name: &str,
    value: Option<Text>,
) {
    if let (Some(definitions), Some(Text { value: Ok(value), .. })) =
        (&mut reader.definitions, value)
    {
        table(definitions).insert(name.to_lowercase(), value);
    }
}
