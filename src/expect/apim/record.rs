//! One JSON value -> what kind of entity it is, what it is called, and where its body is.

use super::node::Node;
use super::place::{Place, Text, last_segment};
use super::scope::{Owner, Scope};
use super::value::{Unknown, is_unresolved};

/// Reads the texts of a file, which may not be known.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Whether texts may hold tokens (`{#[NAME]#}`) that a pipeline replaces.
    pub(super) has_tokens: bool,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// An API.
    Api,
    /// A Backend.
    Backend,
    /// A Certificate.
    Certificate,
    /// A policy fragment.
    Fragment,
    /// A named value.
    NamedValue,
    /// A policy of this scope.
    Policy(Scope),
    /// That an API belongs to a product.
    ProductApi,
    /// The policy of a GraphQL resolver.
    Resolver,
    /// An entity of the service that is of no account here.
    Other,
}

/// An entity as it was found.
#[derive(Clone, Debug)]
pub(super) struct Record<'d> {
    /// What it is.
    pub(super) kind: Kind,
    /// Its own name: the last segment of its id.
    pub(super) name: Option<Text>,
    /// What it belongs to.
    pub(super) owner: Owner,
    /// Where its properties are.
    pub(super) body: Node<'d>,
    /// Where it begins.
    pub(super) place: Place,
    /// Its `name` where that differs from the last segment of its id.
    pub(super) other_name: Option<String>,
    /// Whether the file says where it belongs, by an id or by its type and name.
    pub(super) is_placed: bool,
    /// Its kind as the service calls it (`apis/diagnostics`), where the file says so.
    pub(super) type_path: Option<String>,
    /// The service that it is of, where the file says so: its id, or its name alone.
    pub(super) service: Option<String>,
}

impl Reader {
    /// What a value stands for.
    pub(super) fn text(&self, node: Node<'_>) -> Text {
        let place = node.place();
        if let Some(unknown) = node.unknown() {
            return Text { raw: unknown.raw.clone(), value: Err(unknown.why.clone()), place };
        }
        match node.text() {
            Some(text) if self.has_tokens && text.contains("{#") && text.contains("#}") => {
                let why = "it holds a token that the publisher's pipeline replaces".to_owned();
                Text { raw: text.to_owned(), value: Err(why), place }
            }
            Some(text) => Text::literal(text, place),
            None => {
                let why = format!("it is {} where a text is expected", node.kind());
                Text { raw: String::new(), value: Err(why), place }
            }
        }
    }

    /// What a name or an id stands for, of which the last segment is enough.
    pub(super) fn id(&self, node: Node<'_>) -> Text {
        match node.unknown().and_then(|unknown| Some((unknown.raw.clone(), unknown.id()?))) {
            Some((raw, id)) => Text { raw, value: Ok(id), place: node.place() },
            None => self.text(node),
        }
    }

    /// The value of a key, where there is one that is not blank.
    pub(super) fn optional(&self, node: Node<'_>, key: &str) -> Option<Text> {
        node.get(key).filter(|value| !is_blank(*value)).map(|value| self.text(value))
    }

    /// The name or id that a key has, where there is one that is not blank.
    pub(super) fn optional_id(&self, node: Node<'_>, key: &str) -> Option<Text> {
        node.get(key).filter(|value| !is_blank(*value)).map(|value| self.id(value))
    }
}

fn is_blank(node: Node<'_>) -> bool {
    node.text().is_some_and(|text| text.trim().is_empty())
}

impl<'d> Record<'d> {
    /// Tells what an object is: by its type or its id, else by what it holds.
    ///
    /// `outer` are type and names of the resource in which a template nests it.
    pub(super) fn identify(
        reader: &Reader,
        node: Node<'d>,
        outer: Option<&Identity>,
    ) -> Option<Self> {
        if let Some(record) = terraform(reader, node) {
            return Some(record);
        }
        let body = body(node);
        let id = reader.optional_id(node, "id");
        // The id says what it belongs to; the name of a policy is always "policy".
        let by_id = id.as_ref().and_then(|id| Identity::of_id(id.known()?));
        let identity = by_id.or_else(|| Identity::of_resource(reader, node, outer));
        let kind = match &identity {
            Some(identity) => identity.kind(),
            None => by_content(body)?,
        };

        let own_keys = ["name", "certificateId", "backendId", "namedValueId", "apiId"];
        let plain = own_keys
            .into_iter()
            .find_map(|key| reader.optional_id(node, key).filter(|_| kind != Kind::Other));
        let from_id = id
            .as_ref()
            .and_then(|id| Some(Text::literal(last_segment(id.known()?), id.place.clone())));
        let shown = plain.as_ref().and_then(Text::known).map(|name| last_segment(name).to_owned());
        let other_name = from_id
            .as_ref()
            .and_then(Text::known)
            .zip(shown)
            .filter(|(id, shown)| id.to_lowercase() != shown.to_lowercase())
            .map(|(_, shown)| shown);
        // One that is not known is called by what stands for it, as owners are.
        let in_part = identity.as_ref().and_then(|identity| identity.names.last());
        let name = from_id.or(plain).map(|name| Text {
            raw: in_part.filter(|_| name.value.is_err()).cloned().unwrap_or(name.raw),
            value: name.value.map(|value| last_segment(&value).to_owned()),
            ..name
        });
        Some(Self {
            kind,
            name,
            owner: identity.as_ref().map(Identity::owner).unwrap_or_default(),
            is_placed: identity.is_some(),
            service: identity.as_ref().and_then(|identity| identity.service.clone()),
            type_path: identity.map(|identity| identity.types.join("/")),
            body,
            place: node.place(),
            other_name,
        })
    }
}

/// The type of a resource, and the names along it: `apis/operations/policies` and
/// `[orders, create, policy]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Identity {
    types: Vec<String>,
    names: Vec<String>,
    /// The service's id or name.
    service: Option<String>,
}

impl Identity {
    /// By `type` and `name`, as templates and resources have them.
    pub(super) fn of_resource(
        reader: &Reader,
        node: Node<'_>,
        outer: Option<&Self>,
    ) -> Option<Self> {
        let kind = node.text_of("type")?.to_ascii_lowercase();
        let name = node.get("name").filter(|name| !is_blank(*name)).map(|name| {
            let in_part = || name.unknown().and_then(Unknown::name);
            let text = reader.id(name);
            text.value.ok().or_else(in_part).unwrap_or_else(|| format!("?/{}", text.raw))
        });
        let names: Vec<String> =
            name.iter().flat_map(|name| name.split('/')).map(str::to_owned).collect();
        if let Some(path) = kind.strip_prefix("microsoft.apimanagement/service") {
            let types = path.split('/').filter(|part| !part.is_empty());
            let types: Vec<String> = types.map(str::to_owned).collect();
            // The first name is the service's, unless the entity's own name is all there is.
            let (service, names) = match names.split_first() {
                Some((service, own)) if names.len() > types.len() => {
                    let is_known = |service: &String| service != "?" && !is_unresolved(service);
                    let service = Some(service.clone()).filter(is_known);
                    (service, own.to_vec())
                }
                _ => (None, names),
            };
            return Some(Self { types, names, service });
        }
        let outer = outer?;
        let mut inner = outer.clone();
        inner.types.extend(kind.split('/').map(str::to_owned));
        inner.names.extend(names);
        Some(inner)
    }

    /// By a resource id, `/subscriptions/…/service/NAME/backends/x`, or the short `/backends/x`.
    fn of_id(id: &str) -> Option<Self> {
        let segments: Vec<&str> = id.split('/').filter(|segment| !segment.is_empty()).collect();
        let service = segments.iter().position(|one| one.eq_ignore_ascii_case("service"));
        let path = match service {
            Some(service) => segments.get(service.saturating_add(2)..)?,
            None => segments.as_slice(),
        };
        if path.is_empty() || path.len() % 2 != 0 {
            return None;
        }
        let whole = service.and_then(|service| segments.get(..service.saturating_add(2)));
        let service_id = whole.map(|segments| format!("/{}", segments.join("/")));
        let mut identity = Self { types: Vec::new(), names: Vec::new(), service: service_id };
        for (index, segment) in path.iter().enumerate() {
            if index % 2 == 0 {
                identity.types.push(segment.to_ascii_lowercase());
            } else {
                identity.names.push((*segment).to_owned());
            }
        }
        // A short id has to be of a known kind.
        (service.is_some() || identity.kind() != Kind::Other).then_some(identity)
    }

    fn kind(&self) -> Kind {
        let types: Vec<&str> = self.types.iter().map(String::as_str).collect();
        let inside = match types.as_slice() {
            ["workspaces", "policies"] => return Kind::Policy(Scope::Workspace),
            ["workspaces", inside @ ..] => inside,
            whole => whole,
        };
        match inside {
            ["apis"] => Kind::Api,
            ["apis", "operations", "policies"] => Kind::Policy(Scope::Operation),
            ["apis", "policies"] => Kind::Policy(Scope::Api),
            ["apis", "resolvers", "policies"] => Kind::Resolver,
            ["backends"] => Kind::Backend,
            ["certificates"] => Kind::Certificate,
            ["namedvalues"] | ["properties"] => Kind::NamedValue,
            ["policies"] => Kind::Policy(Scope::Global),
            ["policyfragments"] => Kind::Fragment,
            ["products", "apis"] => Kind::ProductApi,
            ["products", "policies"] => Kind::Policy(Scope::Product),
            _ => Kind::Other,
        }
    }

    fn owner(&self) -> Owner {
        let mut owner = Owner::default();
        // Where names are missing, those that are there are the last ones.
        let unnamed = self.types.len().saturating_sub(self.names.len());
        for (kind, name) in self.types.iter().skip(unnamed).zip(&self.names) {
            let name = Some(name.clone());
            match kind.as_str() {
                "workspaces" => owner.workspace = name,
                "products" => owner.product = name,
                "apis" => owner.api = name,
                "operations" => owner.operation = name,
                "resolvers" => owner.resolver = name,
                _ => {}
            }
        }
        owner
    }
}

/// Where the properties of an entity are: under `properties`, or beside its name.
fn body(node: Node<'_>) -> Node<'_> {
    let is_flat = ["backendId", "certificateId", "namedValueId"]
        .into_iter()
        .any(|key| node.get(key).is_some());
    match node.get("properties") {
        Some(properties)
            if !is_flat && (properties.is_object() || properties.unknown().is_some()) =>
        {
            properties
        }
        _ => node,
    }
}

fn by_content(body: Node<'_>) -> Option<Kind> {
    let has = |key| body.get(key).is_some();
    if super::certificate_entity::CertificateEntity::is_body(body) {
        return Some(Kind::Certificate);
    }
    if super::backend::Backend::is_body(body) {
        return Some(Kind::Backend);
    }
    if body.text_of("value").is_some_and(super::policy::looks_like_policy) {
        let text = body.text_of("value").unwrap_or_default();
        return Some(if text.contains("<fragment") {
            Kind::Fragment
        } else {
            Kind::Policy(Scope::Api)
        });
    }
    if has("displayName") && (has("secret") || has("keyVault") || has("value")) {
        return Some(Kind::NamedValue);
    }
    (has("serviceUrl") || has("apiRevision") || has("subscriptionRequired")).then_some(Kind::Api)
}

/// A resource of `terraform show -json`.
fn terraform<'d>(reader: &Reader, node: Node<'d>) -> Option<Record<'d>> {
    let kind = node.text_of("type")?.strip_prefix("azurerm_api_management")?;
    Some(of_terraform(reader, kind, node.get("values")?, node.place()))
}

fn of_terraform<'d>(reader: &Reader, resource: &str, body: Node<'d>, place: Place) -> Record<'d> {
    let kind = match resource {
        "_api" => Kind::Api,
        "_api_operation_policy" => Kind::Policy(Scope::Operation),
        "_api_policy" => Kind::Policy(Scope::Api),
        "_backend" => Kind::Backend,
        "_certificate" | "_workspace_certificate" => Kind::Certificate,
        "_named_value" | "_property" => Kind::NamedValue,
        "_policy" => Kind::Policy(Scope::Global),
        "_policy_fragment" | "_workspace_policy_fragment" => Kind::Fragment,
        "_product_api" => Kind::ProductApi,
        "_product_policy" => Kind::Policy(Scope::Product),
        "_workspace_policy" => Kind::Policy(Scope::Workspace),
        // Whatever it is called, it may attach a certificate.
        other if other.ends_with("_policy") => Kind::Policy(Scope::Api),
        _ => Kind::Other,
    };
    let text = |key| {
        let node = body.get(key)?;
        let known = node.text().filter(|text| !text.trim().is_empty());
        known
            .map(|text| last_segment(text).to_owned())
            .or_else(|| node.unknown().and_then(Unknown::name))
    };
    let owner = Owner {
        workspace: None,
        product: text("productId"),
        api: text("apiName").or_else(|| text("apiId")),
        operation: text("operationId"),
        resolver: None,
    };
    let name = reader.optional(body, "name");
    let is_placed = owner != Owner::default();
    let service = Identity::of_id(body.text_of("id").unwrap_or_default());
    let service = service.and_then(|identity| identity.service);
    let service = service.or_else(|| body.text_of("apiManagementName").map(str::to_owned));
    let type_path = Some(format!("azurerm_api_management{resource}"));
    Record { kind, name, owner, body, place, other_name: None, is_placed, type_path, service }
}
