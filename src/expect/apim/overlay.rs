//! `configuration.<environment>.yaml` of APIOps: what a publisher changes in an extractor's folder.
//!
//! Sections are lists of `name` and `properties`; names are compared without letter case, what the
//! folder lacks is left out (docs/guide/backend-configuration.md).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::backend::Backend;
use super::configuration::{Configuration, text_of};
use super::entities::{NamedValue, Unknown};
use super::error::ConfigurationError;
use super::json::Document;
use super::node::Node;
use super::place::{Place, Text, is_same_name};
use super::policy::PolicyDocument;
use super::record::Reader;
use super::revisions::split;
use super::scope::{Owner, Scope, is_same_workspace, workspace_key};
use crate::expect::yaml::Yaml;

/// The places of entities, by workspace and name.
struct Places(BTreeMap<(Option<String>, String), Vec<usize>>);

impl Configuration {
    /// Reads what an environment overrides in the folder that was read before
    /// (`--apiops-configuration`).
    ///
    /// # Errors
    ///
    /// It is not YAML, or not of this form.
    pub fn add_apiops_configuration(
        &mut self,
        path: &str,
        bytes: &[u8],
    ) -> Result<(), ConfigurationError> {
        let file: Arc<str> = path.into();
        let text = text_of(&file, bytes)?;
        let documents = Yaml::documents(&text).map_err(|error| {
            ConfigurationError::at(&Place::new(&file, error.line), error.what)
                .hint("give the configuration of an environment that the publisher takes")
        })?;
        for document in documents {
            let json = document.to_json_text();
            let document = Document::parse(&file, &json)?;
            let root = document.root();
            if !root.is_object() {
                let what = format!("{} where sections are expected (backends, apis)", root.kind());
                return Err(ConfigurationError::at(&root.place(), what)
                    .hint("give the configuration of an environment that the publisher takes"));
            }
            self.override_sections(root, None)?;
        }
        Ok(())
    }

    fn override_sections(
        &mut self,
        root: Node<'_>,
        workspace: Option<&str>,
    ) -> Result<(), ConfigurationError> {
        let reader = Reader { has_tokens: true };
        for (section, list) in root.entries() {
            let kind = section.to_ascii_lowercase();
            match kind.as_str() {
                "apimservicename" | "name" | "properties" => {}
                "apis" => self.override_apis(&reader, list, workspace)?,
                "backends" => self.override_backends(&reader, list, workspace)?,
                "namedvalues" => self.override_named_values(&reader, list, workspace)?,
                "policies" => {
                    let scope = if workspace.is_some() { Scope::Workspace } else { Scope::Global };
                    let owner =
                        Owner { workspace: workspace.map(str::to_owned), ..Owner::default() };
                    self.override_policy(&reader, list, scope, &owner);
                }
                "policyfragments" => self.override_fragments(&reader, list, workspace)?,
                "products" => {
                    for (name, entry) in named(list)? {
                        let owner = Owner {
                            workspace: workspace.map(str::to_owned),
                            product: Some(name),
                            ..Owner::default()
                        };
                        if let Some(policies) = entry.get("policies") {
                            self.override_policy(&reader, policies, Scope::Product, &owner);
                        }
                    }
                }
                "workspaces" if workspace.is_none() => {
                    for (name, entry) in named(list)? {
                        self.override_sections(entry, Some(&name))?;
                    }
                }
                _ => self.pass_over_kind(&list.place(), Some(section), ""),
            }
        }
        Ok(())
    }

    fn override_backends(
        &mut self,
        reader: &Reader,
        list: Node<'_>,
        workspace: Option<&str>,
    ) -> Result<(), ConfigurationError> {
        let keys = self.backends.iter().map(|one| (one.workspace.as_deref(), one.name.as_str()));
        let places = Places::of(keys);
        for (name, entry) in named(list)? {
            let Some(body) = entry.get("properties") else {
                continue;
            };
            let found = places.find(workspace, &name);
            if found.is_empty() {
                self.unmatched("backends", &name, entry);
            }
            for index in found {
                let Some(backend) = self.backends.get_mut(*index) else {
                    continue;
                };
                let place = entry.place();
                let over = Backend::read(reader, name.clone(), None, place.clone(), body);
                backend.override_with(over, body);
                if workspace.is_some() {
                    backend.unread.push((place, IN_A_WORKSPACE.to_owned()));
                }
            }
        }
        Ok(())
    }

    fn override_apis(
        &mut self,
        reader: &Reader,
        list: Node<'_>,
        workspace: Option<&str>,
    ) -> Result<(), ConfigurationError> {
        let keys = self.apis.iter().map(|one| (one.workspace.as_deref(), one.name.as_str()));
        let places = Places::of(keys);
        for (name, entry) in named(list)? {
            let found = places.find(workspace, &name);
            if found.is_empty() {
                self.unmatched("apis", &name, entry);
            }
            for index in found {
                let (Some(api), Some(body)) = (self.apis.get_mut(*index), entry.get("properties"))
                else {
                    continue;
                };
                if let Some(url) = in_workspace(reader.optional(body, "serviceUrl"), workspace) {
                    api.service_url = Some(url);
                }
                if let Some(id) = in_workspace(reader.optional_id(body, "backendId"), workspace) {
                    api.backend_id = Some(id);
                }
            }
            let owner = Owner {
                workspace: workspace.map(str::to_owned),
                api: Some(name.clone()),
                ..Owner::default()
            };
            for (kind, inner) in entry.entries() {
                match kind.to_ascii_lowercase().as_str() {
                    "name" | "properties" => {}
                    "policies" => self.override_policy(reader, inner, Scope::Api, &owner),
                    "operations" => {
                        for (operation, entry) in named(inner)? {
                            let owner = Owner { operation: Some(operation), ..owner.clone() };
                            if let Some(policies) = entry.get("policies") {
                                let scope = Scope::Operation;
                                self.override_policy(reader, policies, scope, &owner);
                            }
                        }
                    }
                    _ => self.pass_over_kind(&inner.place(), Some(&format!("apis/{kind}")), ""),
                }
            }
        }
        Ok(())
    }

    fn override_named_values(
        &mut self,
        reader: &Reader,
        list: Node<'_>,
        workspace: Option<&str>,
    ) -> Result<(), ConfigurationError> {
        for (name, entry) in named(list)? {
            let Some(body) = entry.get("properties") else {
                continue;
            };
            let key = (workspace_key(workspace), name.to_lowercase());
            let Some(names) = self.names_of_values.get(&key).cloned() else {
                self.unmatched("namedValues", &name, entry);
                continue;
            };
            let says_nothing = ["value", "keyVault", "secret"];
            if says_nothing.iter().all(|key| body.get(key).is_none()) {
                continue;
            }
            let owner = workspace.map(str::to_owned);
            let mut over =
                NamedValue::read(reader, Some(name.clone()), owner, &entry.place(), body);
            if body.get("keyVault").is_some() {
                over.value = Err(format!("the named value {name} comes from Key Vault"));
            }
            if workspace.is_some() {
                over.value = Err(format!("the named value {name}: {IN_A_WORKSPACE}"));
            }
            over.names.extend(names);
            over.names.sort();
            over.names.dedup();
            self.replace_named_value(over);
        }
        Ok(())
    }

    fn override_fragments(
        &mut self,
        reader: &Reader,
        list: Node<'_>,
        workspace: Option<&str>,
    ) -> Result<(), ConfigurationError> {
        for (name, entry) in named(list)? {
            let Some(text) = entry.at(&["properties", "value"]) else {
                continue;
            };
            let text = reader.text(text);
            let is_it = |one: &super::entities::Fragment| {
                is_same_name(&one.name, &name)
                    && is_same_workspace(one.workspace.as_deref(), workspace)
            };
            match text.known().map(|known| PolicyDocument::parse(known, &text.place)) {
                Some(Ok(document)) if workspace.is_none() => {
                    for fragment in self.fragments.iter_mut().filter(|one| is_it(one)) {
                        fragment.document = document.clone();
                    }
                }
                // What is not known is looked up in vain.
                _ => self.fragments.retain(|one| !is_it(one)),
            }
        }
        Ok(())
    }

    /// Takes over the text of a policy, where the configuration has one.
    fn override_policy(&mut self, reader: &Reader, list: Node<'_>, scope: Scope, owner: &Owner) {
        for entry in list.one_or_more() {
            let Some(text) = entry.at(&["properties", "value"]) else {
                continue;
            };
            let text = reader.text(text);
            let document = match (&text.value, &owner.workspace) {
                (_, Some(_)) => Err(format!("{}: {IN_A_WORKSPACE}", text.place)),
                (Ok(known), None) => PolicyDocument::parse(known, &text.place)
                    .map_err(|error| format!("{}: {}", text.place, error.what)),
                (Err(why), None) => Err(format!("{}: {why}", text.place)),
            };
            let mut is_found = false;
            for policy in &mut self.policies {
                if policy.scope == scope && is_same_owner(&policy.owner, owner) {
                    policy.document = document.clone().map_err(Unknown::from);
                    policy.place = text.place.clone();
                    is_found = true;
                }
            }
            if !is_found {
                self.unmatched("policies", scope.name(), entry);
            }
        }
    }

    fn unmatched(&mut self, section: &str, name: &str, entry: Node<'_>) {
        let why = "the folder has nothing of this name, so a publisher leaves it out";
        self.pass_over(&entry.place(), format!("{section} {name}"), why);
    }
}

impl Places {
    fn of<'n>(keys: impl Iterator<Item = (Option<&'n str>, &'n str)>) -> Self {
        let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, (workspace, name)) in keys.enumerate() {
            let key = (workspace_key(workspace), name.to_lowercase());
            places.entry(key).or_default().push(index);
        }
        Self(places)
    }

    fn find(&self, workspace: Option<&str>, name: &str) -> &[usize] {
        let key = (workspace_key(workspace), name.to_lowercase());
        self.0.get(&key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The entries of a section with their names.
fn named(list: Node<'_>) -> Result<Vec<(String, Node<'_>)>, ConfigurationError> {
    let mut all = Vec::new();
    for entry in list.elements() {
        match entry.text_of("name") {
            Some(name) => all.push((name.to_owned(), entry)),
            // A list of names alone is for the extractor.
            None if entry.text().is_some() => {}
            None => {
                let what = format!("{} without a name where an entry is expected", entry.kind());
                return Err(ConfigurationError::at(&entry.place(), what)
                    .hint("each entry of a section has name and properties"));
            }
        }
    }
    Ok(all)
}

/// A text that an entry inside a workspace gives, which not every publisher takes over.
fn in_workspace(text: Option<Text>, workspace: Option<&str>) -> Option<Text> {
    let text = text?;
    Some(match workspace {
        Some(_) => Text { value: Err(IN_A_WORKSPACE.to_owned()), ..text },
        None => text,
    })
}

fn is_same_owner(one: &Owner, other: &Owner) -> bool {
    let is_same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => is_same_name(split(one).0, split(other).0),
        (None, None) => true,
        _ => false,
    };
    is_same_workspace(one.workspace.as_deref(), other.workspace.as_deref())
        && is_same(&one.product, &other.product)
        && is_same(&one.api, &other.api)
        && is_same(&one.operation, &other.operation)
}

const IN_A_WORKSPACE: &str = "the configuration of the environment overrides it inside a \
     workspace, which one publisher does and the other does not";
