//! A Terraform plan or state -> its resources of API Management; those of the `azapi` provider as
//! what the REST interface would take.

use std::collections::BTreeMap;

use super::azapi;
use super::node::Node;
use super::place::Place;
use super::plan::with_unknown;
use super::terraform_template;
use super::value::{Json, Value};

/// What a plan or a state has of API Management.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// One value each: `{"type": …, "values": …}` of the `azurerm` provider, or the shape of REST.
    pub(super) found: Vec<Json>,
    /// What is there and not read: where, what, and why.
    pub(super) not_read: Vec<(Place, String, String)>,
}

/// One resource, as a plan or a state has it.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// `module.x.azapi_resource.y["z"]`.
    pub(super) address: String,
    /// `azapi_resource`.
    pub(super) kind: String,
    /// Its attributes.
    pub(super) values: Json,
    /// Where it begins.
    pub(super) place: Place,
    /// Whether it is only looked up, and not managed.
    pub(super) is_data: bool,
}

/// The resources of a document; `None` where it is neither a plan nor a state.
pub(super) fn resources(root: Node<'_>) -> Option<Resources> {
    let mut all = Vec::new();
    let unknown = unknown_after(root);
    let module = ["values", "plannedValues"].iter().find_map(|key| root.at(&[key, "rootModule"]));
    if let Some(module) = module {
        of_module(module, &unknown, 0, &mut all);
    } else if root.get("terraformVersion").is_some() && root.get("resources").is_some() {
        of_state(root, &mut all);
    } else if let Some(changes) = root.get("resourceChanges").filter(|one| one.is_array()) {
        // A plan of which only the changes were kept.
        for change in changes.elements() {
            if let Some(after) = change.at(&["change", "after"]) {
                all.extend(resource(change, after, &unknown));
            }
        }
    } else if root.get("values").is_some_and(|values| values.at(&["outputs"]).is_some())
        || (root.get("terraformVersion").is_some() && root.get("formatVersion").is_some())
        || root.get("lineage").is_some()
    {
        // A state or a plan without resources.
    } else {
        return None;
    }
    Some(azapi::read(all, root))
}

/// What each resource of a plan does not know yet, by its address.
fn unknown_after(root: Node<'_>) -> BTreeMap<String, Json> {
    let changes = root.get("resourceChanges").into_iter().flat_map(Node::elements);
    let unknown = changes.filter_map(|change| {
        let address = change.text_of("address")?.to_owned();
        Some((address, change.at(&["change", "afterUnknown"])?.json().clone()))
    });
    unknown.collect()
}

fn of_module(
    module: Node<'_>,
    unknown: &BTreeMap<String, Json>,
    depth: usize,
    all: &mut Vec<Resource>,
) {
    for one in module.get("resources").into_iter().flat_map(|list| list.json().elements()) {
        let one = Node::of(one);
        if let Some(values) = one.get("values") {
            all.extend(resource(one, values, unknown));
        }
    }
    // The parser bounds how deep modules stand inside one another.
    for inner in module.get("childModules").into_iter().flat_map(|list| list.json().elements()) {
        if depth < DEEPEST {
            of_module(Node::of(inner), unknown, depth + 1, all);
        }
    }
}

fn resource(one: Node<'_>, values: Node<'_>, unknown: &BTreeMap<String, Json>) -> Option<Resource> {
    let kind = one.text_of("type")?;
    if !is_ours(kind) {
        return None;
    }
    let address = one.text_of("address").unwrap_or_default().to_owned();
    let values = match unknown.get(&address) {
        Some(unknown) => with_unknown(values.json(), unknown, &address),
        None => values.json().clone(),
    };
    Some(Resource {
        kind: kind.to_owned(),
        values,
        place: one.place(),
        is_data: one.text_of("mode") == Some("data"),
        address,
    })
}

/// A state file itself (version 4), with its instances.
fn of_state(root: Node<'_>, all: &mut Vec<Resource>) {
    for one in root.get("resources").into_iter().flat_map(|list| list.json().elements()) {
        let one = Node::of(one);
        let kind = one.text_of("type").unwrap_or_default();
        if !is_ours(kind) {
            continue;
        }
        let module = one.text_of("module").map(|module| format!("{module}.")).unwrap_or_default();
        let name = one.text_of("name").unwrap_or_default();
        for instance in one.get("instances").into_iter().flat_map(|list| list.json().elements()) {
            let instance = Node::of(instance);
            let Some(attributes) = instance.get("attributes") else {
                continue;
            };
            if instance.get("deposed").is_some() {
                // One that another replaces.
                continue;
            }
            let index = match instance.get("indexKey").map(|key| &key.json().value) {
                Some(Value::Number(number)) => format!("[{number}]"),
                Some(Value::Text(text)) => format!("[\"{text}\"]"),
                _ => String::new(),
            };
            all.push(Resource {
                address: format!("{module}{kind}.{name}{index}"),
                kind: kind.to_owned(),
                values: attributes.json().clone(),
                place: instance.place(),
                is_data: one.text_of("mode") == Some("data"),
            });
        }
    }
}

fn is_ours(kind: &str) -> bool {
    kind.starts_with("azurerm_api_management")
        || kind.starts_with("azapi_")
        || terraform_template::is_deployment(kind)
}

/// Modules inside one another.
const DEEPEST: usize = 64;
