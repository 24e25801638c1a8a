//! Resources of the `azapi` provider of Terraform -> what the REST interface would take.

use std::collections::BTreeMap;

use super::json;
use super::node::{Node, is_key};
use super::parents::Parents;
use super::place::last_segment;
use super::terraform::{Resource, Resources};
use super::terraform_template;
use super::value::{Json, Unknown, Value};

/// One resource as it is read: a full type, a full name, and what it holds.
#[derive(Clone, Debug)]
struct Rest {
    /// `Microsoft.ApiManagement/service/backends`.
    kind: String,
    /// `service/name`, or what of it is known.
    name: Json,
    properties: Json,
    resource: Resource,
}

/// Reads the resources of a plan or state, of which `root` is the whole document.
pub(super) fn read(all: Vec<Resource>, root: Node<'_>) -> Resources {
    let parents = Parents::new(root, &all);
    let mut read = Resources::default();
    // Where each entity stands among what was found, for those that change it.
    let mut by_entity: BTreeMap<String, usize> = BTreeMap::new();
    let mut updates = Vec::new();
    for resource in all {
        if terraform_template::is_deployment(&resource.kind) {
            match terraform_template::resources(&resource) {
                Ok(deployed) => {
                    let deployed = deployed.iter().filter_map(|one| Rest::of_json(one, &resource));
                    updates.extend(deployed);
                }
                Err(why) => {
                    let what = resource.address.clone();
                    read.not_read.push((resource.place.clone(), what, why));
                }
            }
            continue;
        }
        if resource.kind.starts_with("azurerm_") {
            if let Some(entity) = azurerm_entity(&resource) {
                by_entity.insert(entity, read.found.len());
            }
            read.found.push(azurerm(resource));
            continue;
        }
        let kind = full_type(&resource);
        if !kind.to_ascii_lowercase().starts_with("microsoft.apimanagement/") {
            continue;
        }
        let pass_over = |why: &str| {
            let what = format!("{} ({kind})", resource.address);
            (resource.place.clone(), what, why.to_owned())
        };
        if resource.is_data {
            read.not_read.push(pass_over("a data source has only what was asked of it"));
            continue;
        }
        match resource.kind.as_str() {
            "azapi_resource" => {
                let rest = Rest::of(resource, kind, &parents);
                by_entity.extend(rest.entity().map(|entity| (entity, read.found.len())));
                read.found.push(rest.into_json());
            }
            "azapi_update_resource" => updates.push(Rest::of(resource, kind, &parents)),
            "azapi_resource_action" if writes(&resource) => {
                updates.push(Rest::of(resource, kind, &parents));
            }
            "azapi_resource_action" => {
                read.not_read.push(pass_over("an action, which is not configuration"));
            }
            _ => read.not_read.push(pass_over("a resource of a kind that is not read")),
        }
    }
    for update in updates {
        let known = update.entity().and_then(|entity| by_entity.get(&entity).copied());
        match known.and_then(|at| read.found.get_mut(at)) {
            Some(known) => merge_into(known, update.properties),
            None => {
                by_entity.extend(update.entity().map(|entity| (entity, read.found.len())));
                read.found.push(update.into_json());
            }
        }
    }
    read
}

impl Rest {
    fn of(resource: Resource, kind: String, parents: &Parents) -> Self {
        let name = parents.full_name(&resource);
        let mut properties = properties(&resource);
        let values = Node::of(&resource.values);
        let is_hidden = ["sensitiveBody", "sensitiveBodyVersion"]
            .into_iter()
            .any(|key| values.get(key).is_some_and(|one| !one.json().is_empty()));
        if is_hidden && kind.to_ascii_lowercase().ends_with("/backends") {
            let why = "a sensitive_body is not in a plan or state, and may hold credentials";
            let hidden = Json::unknown(resource.place.clone(), "sensitive_body", why);
            put(&mut properties, "credentials", hidden);
        }
        Self { kind, name, properties, resource }
    }

    /// By a resource that a template of Terraform's deploys.
    fn of_json(deployed: &Json, resource: &Resource) -> Option<Self> {
        let part = |key| deployed.property(key).cloned();
        let kind = part("type")?.as_text()?.to_owned();
        let nothing = || Json::new(resource.place.clone(), Value::Object(Vec::new()));
        let properties = part("properties").unwrap_or_else(nothing);
        Some(Self { kind, name: part("name")?, properties, resource: resource.clone() })
    }

    /// Its type and names below the service, in lower case, where they are known.
    fn entity(&self) -> Option<String> {
        let (_, path) = self
            .kind
            .to_ascii_lowercase()
            .split_once("service/")
            .map(|(one, two)| (one.to_owned(), two.to_owned()))?;
        let name = match &self.name.value {
            Value::Text(name) => name.to_lowercase(),
            Value::Unknown(unknown) => unknown.name()?.to_lowercase(),
            _ => return None,
        };
        let (_, below) = name.split_once('/')?;
        Some(format!("{path}:{below}"))
    }

    fn into_json(self) -> Json {
        let place = self.resource.place;
        let entries = vec![
            ("type".to_owned(), Json::text(place.clone(), self.kind)),
            ("name".to_owned(), self.name),
            ("properties".to_owned(), self.properties),
        ];
        Json::new(place, Value::Object(entries))
    }
}

/// The type without its version.
pub(super) fn full_type(resource: &Resource) -> String {
    let kind = Node::of(&resource.values).text_of("type").unwrap_or_default();
    kind.split('@').next().unwrap_or_default().to_owned()
}

/// A resource of the `azurerm` provider.
fn azurerm(resource: Resource) -> Json {
    let Resource { kind, values, place, .. } = resource;
    let kind = Json::text(place.clone(), kind);
    let entries = vec![("type".to_owned(), kind), ("values".to_owned(), values)];
    Json::new(place, Value::Object(entries))
}

/// The type and names below the service of a resource of the `azurerm` provider, as an `azapi`
/// resource of the same would have them.
fn azurerm_entity(resource: &Resource) -> Option<String> {
    let values = Node::of(&resource.values);
    let text = |key| values.text_of(key).map(|text| last_segment(text).to_lowercase());
    let kind = resource.kind.strip_prefix("azurerm_api_management_")?;
    Some(match kind {
        "api" => format!("apis:{}", text("name")?),
        "api_operation_policy" => {
            format!("apis/operations/policies:{}/{}/policy", text("apiName")?, text("operationId")?)
        }
        "api_policy" => format!("apis/policies:{}/policy", text("apiName")?),
        "backend" => format!("backends:{}", text("name")?),
        "certificate" => format!("certificates:{}", text("name")?),
        "named_value" => format!("namedvalues:{}", text("name")?),
        "policy" => "policies:policy".to_owned(),
        "policy_fragment" => format!("policyfragments:{}", text("name")?),
        "product_policy" => format!("products/policies:{}/policy", text("productId")?),
        _ => return None,
    })
}

/// Whether an action writes the resource itself.
fn writes(resource: &Resource) -> bool {
    let values = Node::of(&resource.values);
    let method = values.text_of("method").unwrap_or("POST");
    let is_write = ["PUT", "PATCH"].iter().any(|one| method.eq_ignore_ascii_case(one));
    is_write && values.text_of("action").is_none() && values.get("body").is_some()
}

/// The properties of a resource: what its body says, and where that leaves something out, what the
/// service answered, as far as it was asked to be kept.
fn properties(resource: &Resource) -> Json {
    let place = resource.place.clone();
    let values = Node::of(&resource.values);
    let of = |key| match values.get(key).map(|part| object(part.json())) {
        None => Ok(Json::new(place.clone(), Value::Object(Vec::new()))),
        Some(Ok(part)) => Ok(match (&part.value, part.property("properties")) {
            (Value::Unknown(_), _) => part,
            (_, Some(properties)) => properties.clone(),
            (_, None) => Json::new(place.clone(), Value::Object(Vec::new())),
        }),
        Some(Err(why)) => Err(why),
    };
    let mut body = match of("body") {
        Ok(body) => body,
        Err(why) => {
            let why = format!("the body of {} cannot be read: {why}", resource.address);
            return Json::unknown(place, "body", why);
        }
    };
    if let (Value::Object(entries), Ok(output)) = (&mut body.value, of("output")) {
        for (key, value) in output.entries() {
            if !entries.iter().any(|(name, _)| is_key(name, key)) {
                entries.push((key.clone(), value.clone()));
            }
        }
    }
    body
}

/// An object, given as itself, as a JSON text (azapi 1), or with its type beside it (a state file).
fn object(part: &Json) -> Result<Json, String> {
    Ok(match &part.value {
        Value::Text(text) => json::inside(text, &part.place)?,
        Value::Object(entries) => match (part.property("value"), part.property("type")) {
            (Some(value), Some(_)) if entries.len() == 2 => value.clone(),
            _ => part.clone(),
        },
        Value::Unknown(_) => part.clone(),
        _ => return Err("it is not an object".to_owned()),
    })
}

/// Changes an entity by what an update holds.
fn merge_into(known: &mut Json, update: Json) {
    let Value::Object(entries) = &mut known.value else {
        return;
    };
    let body = entries.iter_mut().find(|(key, _)| key == "properties" || key == "values");
    if let Some((_, body)) = body {
        if Node::of(&update).get("value").is_some()
            && let Value::Object(entries) = &mut body.value
        {
            // A policy in the place of a policy.
            entries.retain(|(key, _)| !is_key(key, "xmlContent"));
        }
        merge(body, update, 0);
    }
}

fn merge(known: &mut Json, update: Json, depth: usize) {
    // A block of the azurerm provider is a list of one object.
    if matches!(update.value, Value::Object(_))
        && let Value::List(elements) = &mut known.value
    {
        match elements.as_mut_slice() {
            [one] if matches!(one.value, Value::Object(_)) => return merge(one, update, depth),
            _ => {}
        }
    }
    let place = update.place.clone();
    match (&mut known.value, update.value) {
        (Value::Object(entries), Value::Object(more)) if depth < DEEPEST => {
            for (key, value) in more {
                match entries.iter_mut().find(|(name, _)| is_key(name, &key)) {
                    Some((_, known)) => merge(known, value, depth + 1),
                    None => entries.push((key, value)),
                }
            }
        }
        (_, value) => *known = Json::new(place, value),
    }
}

/// Puts a value in the place of what may be unknown.
fn put(properties: &mut Json, key: &str, value: Json) {
    if let Value::Object(entries) = &mut properties.value {
        entries.retain(|(name, _)| !is_key(name, key));
        entries.push((key.to_owned(), value));
    }
}

/// A name along its resources, of which one is not known.
pub(super) fn name_with_gap(
    place: super::place::Place,
    before: &str,
    gap: &str,
    after: &str,
) -> Json {
    let shape = format!("{before}/{}/{after}", Unknown::gap(gap));
    let why = format!("the parent of {gap} is not known before the plan is applied");
    let unknown = Unknown { raw: gap.to_owned(), why, shape: Some(shape) };
    Json::new(place, Value::Unknown(unknown))
}

/// Objects inside one another that are merged.
const DEEPEST: usize = 32;
