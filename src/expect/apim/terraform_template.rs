//! ARM templates that Terraform deploys (`azurerm_resource_group_template_deployment`) -> what they
//! deploy of API Management.

use super::json;
use super::node::Node;
use super::parameters::{Given, ParameterFile};
use super::template::deployed;
use super::terraform::Resource;
use super::value::{Json, Value};

/// Whether a kind of resource deploys a template.
pub(super) fn is_deployment(kind: &str) -> bool {
    kind.starts_with("azurerm_") && kind.ends_with("template_deployment")
}

/// The resources of API Management that the template of a resource deploys, as the REST interface
/// would take them.
///
/// # Errors
///
/// Why they are not known.
pub(super) fn resources(resource: &Resource) -> Result<Vec<Json>, String> {
    let values = Node::of(&resource.values);
    let content = ["templateContent", "templateBody"].iter().find_map(|key| values.get(key));
    let Some(content) = content else {
        return Err("its template is elsewhere: give that file too".to_owned());
    };
    if let Some(unknown) = content.unknown() {
        return Err(unknown.why.clone());
    }
    let text = content.text().unwrap_or_default();
    if !text.to_ascii_lowercase().contains("microsoft.apimanagement/") {
        return Ok(Vec::new());
    }
    let template = json::inside(text, &resource.place)?;
    let parameters = match values.text_of("parametersContent") {
        Some(text) => json::inside(text, &resource.place)?,
        None => Json::new(resource.place.clone(), Value::Object(Vec::new())),
    };
    // What it does not give has its default.
    let file = ParameterFile::of(Node::of(&parameters));
    let found = deployed(&template, &Given::new(&template, std::iter::once(&file)));
    let resources = found.resources.into_iter();
    let resources = resources.map(|one| match one.doubt {
        None => one.json,
        Some(doubt) => without_properties(one.json, &doubt.told("the resource")),
    });
    Ok(resources.collect())
}

/// A resource of which it is not known whether it is there: no property is known.
fn without_properties(mut resource: Json, why: &str) -> Json {
    let Value::Object(entries) = &mut resource.value else {
        return resource;
    };
    for (_, properties) in entries.iter_mut().filter(|(key, _)| key == "properties") {
        if let Value::Object(properties) = &mut properties.value {
            for (key, value) in properties {
                *value = Json::unknown(value.place.clone(), key.clone(), why);
            }
        }
    }
    resource
}
