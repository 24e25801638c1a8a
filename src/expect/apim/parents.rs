//! What the resources of a Terraform plan or state stand in: by their ids, else by what the
//! configuration in a plan refers to.

use std::collections::BTreeMap;

use super::azapi::{full_type, name_with_gap};
use super::node::Node;
use super::terraform::Resource;
use super::value::Json;

/// Names along the resources, by the addresses of those that others may stand in.
#[derive(Debug, Default)]
pub(super) struct Parents {
    /// `service/name/…` of each resource whose name is known.
    names: BTreeMap<String, BTreeMap<String, String>>,
    /// What `parent_id` or `resource_id` of each resource refers to; addresses without indices.
    references: BTreeMap<String, String>,
}

impl Parents {
    /// The parents in a document.
    pub(super) fn new(root: Node<'_>, all: &[Resource]) -> Self {
        let mut parents = Self::default();
        if let Some(module) = root.at(&["configuration", "rootModule"]) {
            parents.refer(module, "", 0);
        }
        for resource in all {
            if let Some(name) = own_name(resource) {
                parents.add(&resource.address, name);
            }
        }
        // A parent may itself stand in one that is known by a reference only.
        for _ in 0..DEEPEST_PARENTS {
            let unnamed = all.iter().filter(|one| parents.name(&one.address).is_none());
            let found = unnamed.filter_map(|one| Some((&one.address, parents.by_reference(one)?)));
            let found: Vec<(&String, String)> = found.collect();
            if found.is_empty() {
                break;
            }
            for (address, name) in found {
                parents.add(address, name);
            }
        }
        parents
    }

    /// The name of a resource along those that it stands in.
    pub(super) fn full_name(&self, resource: &Resource) -> Json {
        let place = resource.place.clone();
        let known = own_name(resource);
        if let Some(name) = known.as_deref().or_else(|| self.name(&resource.address)) {
            return Json::text(place, name);
        }
        let own = Node::of(&resource.values).text_of("name").unwrap_or(POLICY);
        name_with_gap(place, "?", &resource.address, own)
    }

    fn add(&mut self, address: &str, name: String) {
        let (bare, index) = without_indices(address);
        self.names.entry(bare).or_default().insert(index, name);
    }

    fn name(&self, address: &str) -> Option<&str> {
        let (bare, index) = without_indices(address);
        self.names.get(&bare)?.get(&index).map(String::as_str)
    }

    fn by_reference(&self, resource: &Resource) -> Option<String> {
        let (bare, index) = without_indices(&resource.address);
        let named = self.names.get(self.references.get(&bare)?)?;
        let found = match named.len() {
            1 => named.values().next()?,
            // Of several, the one with the same index, or with that of the module around.
            _ => named.get(&index).or_else(|| {
                named.iter().rfind(|(one, _)| index.starts_with(*one)).map(|one| one.1)
            })?,
        };
        match is_whole(resource) {
            true => Some(found.clone()),
            false => Some(format!("{found}/{}", Node::of(&resource.values).text_of("name")?)),
        }
    }

    /// Takes note of what the resources of a module in the configuration refer to.
    fn refer(&mut self, module: Node<'_>, prefix: &str, depth: usize) {
        for resource in module.get("resources").into_iter().flat_map(|one| one.json().elements()) {
            let resource = Node::of(resource);
            let Some(address) = resource.text_of("address") else {
                continue;
            };
            let reference = ["parentId", "resourceId"].into_iter().find_map(|key| {
                let references = resource.at(&["expressions", key, "references"])?;
                references.elements().filter_map(Node::text).map(reference_to).next()
            });
            if let Some(reference) = reference {
                self.references
                    .insert(format!("{prefix}{address}"), format!("{prefix}{reference}"));
            }
        }
        let calls = module.get("moduleCalls").map(|calls| calls.json().entries());
        for (name, call) in calls.unwrap_or_default() {
            if let Some(inner) = Node::of(call).get("module").filter(|_| depth < DEEPEST_MODULES) {
                self.refer(inner, &format!("{prefix}module.{name}."), depth + 1);
            }
        }
    }
}

/// `service/name/…` of a resource by its own ids and names.
fn own_name(resource: &Resource) -> Option<String> {
    let values = Node::of(&resource.values);
    let text = |key| values.text_of(key);
    if let Some(kind) = resource.kind.strip_prefix("azurerm_api_management") {
        let name = match kind {
            "" => return text("name").map(str::to_owned),
            "_product" => text("productId")?.to_owned(),
            "_api_operation" => format!("{}/{}", text("apiName")?, text("operationId")?),
            _ => text("name")?.to_owned(),
        };
        return Some(format!("{}/{name}", text("apiManagementName").unwrap_or("?")));
    }
    let kind = full_type(resource);
    if !kind.to_ascii_lowercase().starts_with("microsoft.apimanagement/") {
        return None;
    }
    if let Some(name) = ["id", "resourceId"].into_iter().find_map(|key| names_of(text(key)?)) {
        return Some(name);
    }
    let own = text("name").unwrap_or(POLICY);
    match text("parentId").and_then(names_of) {
        Some(parent) => Some(format!("{parent}/{own}")),
        // `service/backends` stands in the service, whose name is of no account.
        None => (kind.split('/').count() == 3).then(|| format!("?/{own}")),
    }
}

/// Whether a resource changes what it refers to, and is not a part of it.
fn is_whole(resource: &Resource) -> bool {
    let values = Node::of(&resource.values);
    resource.kind != "azapi_resource" && values.text_of("name").is_none()
}

/// `service/name/…` of a resource id.
fn names_of(id: &str) -> Option<String> {
    let segments: Vec<&str> = id.split('/').filter(|segment| !segment.is_empty()).collect();
    let provider =
        segments.iter().position(|one| one.eq_ignore_ascii_case("Microsoft.ApiManagement"))?;
    let names = segments.get(provider.saturating_add(2)..)?.iter().step_by(2).copied();
    Some(names.collect::<Vec<_>>().join("/"))
}

/// An address without its indices, and those.
fn without_indices(address: &str) -> (String, String) {
    let (mut bare, mut indices) = (String::new(), String::new());
    let (mut is_inside, mut is_quoted) = (false, false);
    for character in address.chars() {
        match character {
            '[' if !is_quoted => is_inside = true,
            '"' if is_inside => is_quoted = !is_quoted,
            _ => {}
        }
        if is_inside {
            indices.push(character)
        } else {
            bare.push(character)
        }
        if character == ']' && !is_quoted {
            is_inside = false;
        }
    }
    (bare, indices)
}

/// What a reference is to: `azapi_resource.x[0].id` is to `azapi_resource.x`.
fn reference_to(reference: &str) -> String {
    let (bare, _) = without_indices(reference);
    bare.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The name of a policy where nothing says it.
const POLICY: &str = "policy";

/// Resources that stand in one another.
const DEEPEST_PARENTS: usize = 6;

/// Modules inside one another.
const DEEPEST_MODULES: usize = 32;
