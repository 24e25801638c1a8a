//! A JSON document -> the entities in it, whatever their wrapping.

use std::fmt;

use super::backend::Backend;
use super::certificate_entity::CertificateEntity;
use super::configuration::Configuration;
use super::doubt::Doubt;
use super::entities::{Api, Fragment, NamedValue, Policy, Resolver, Unknown};
use super::error::ConfigurationError;
use super::functions::only_a_default;
use super::json;
use super::node::Node;
use super::parameters::Given;
use super::place::{Place, Text, last_segment, quoted};
use super::policy::PolicyDocument;
use super::record::{Identity, Kind, Reader, Record};
use super::scope::Owner;
use super::template::{self, is_template};
use super::terraform;
use super::value::Json;
use crate::expect::lint::Severity;

/// How many entities of each kind were found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) backends: usize,
    pub(super) certificates: usize,
    pub(super) policies: usize,
    pub(super) fragments: usize,
    pub(super) others: usize,
    /// A list that has no entries.
    pub(super) empty_list: bool,
    /// A file of parameters.
    pub(super) parameters: bool,
}

/// Goes through one document.
pub(super) struct Walk<'c> {
    configuration: &'c mut Configuration,
    reader: Reader,
    found: Found,
    /// Why it is not known whether what is read now is there at all.
    doubt: Option<Doubt>,
}

impl<'c> Walk<'c> {
    /// A walk that adds what it finds.
    pub(super) fn new(configuration: &'c mut Configuration) -> Self {
        Self { configuration, reader: Reader::default(), found: Found::default(), doubt: None }
    }

    /// Takes over every entity in a document.
    pub(super) fn document(mut self, root: Node<'_>) -> Result<Found, ConfigurationError> {
        self.value(root, None, 0)?;
        Ok(self.found)
    }

    /// Takes over what a template deploys.
    pub(super) fn deployment(
        mut self,
        template: &Json,
        given: &Given<'_>,
    ) -> Result<Found, ConfigurationError> {
        self.template(Node::of(template), given, 0)?;
        Ok(self.found)
    }

    /// Takes over one entity whose kind and name are known from elsewhere.
    pub(super) fn entity(
        mut self,
        kind: Kind,
        name: String,
        owner: Owner,
        node: Node<'_>,
    ) -> Result<(), ConfigurationError> {
        let place = node.place();
        let body = node.get("properties").unwrap_or(node);
        let name = Some(Text::literal(&name, place.clone()));
        self.record(Record {
            kind,
            name,
            owner,
            body,
            place,
            other_name: None,
            is_placed: true,
            type_path: None,
            service: None,
        })
    }

    fn value(
        &mut self,
        node: Node<'_>,
        outer: Option<&Identity>,
        depth: usize,
    ) -> Result<(), ConfigurationError> {
        if depth > DEEPEST {
            let what = format!("more than {DEEPEST} wrappings inside one another");
            return Err(ConfigurationError::at(&node.place(), what));
        }
        if node.is_array() {
            self.found.empty_list |= node.elements().next().is_none();
            let before = self.found.backends;
            for element in node.elements() {
                self.value(element, outer, depth + 1)?;
            }
            // PowerShell and the SDK write lists without a wrapping.
            self.configuration.has_backend_list |= depth == 0 && self.found.backends > before;
            return Ok(());
        }
        if !node.is_object() {
            return Ok(());
        }
        if self.wrapped(node, outer, depth)? {
            return Ok(());
        }
        if let Some(record) = Record::identify(&self.reader, node, outer) {
            let inner = Identity::of_resource(&self.reader, node, outer);
            self.record(record)?;
            if let Some(nested) = node.get("resources") {
                self.resources(nested, inner.as_ref(), depth)?;
            }
            return Ok(());
        }
        // A bundle: {"backends": …, "certificates": …}.
        for (_, inner) in node.entries() {
            let is_list = inner.is_array() || inner.get("value").is_some_and(Node::is_array);
            if is_list || Record::identify(&self.reader, inner, None).is_some() {
                self.value(inner, outer, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Goes into what wraps entities; gives whether this was such a thing.
    fn wrapped(
        &mut self,
        node: Node<'_>,
        outer: Option<&Identity>,
        depth: usize,
    ) -> Result<bool, ConfigurationError> {
        // An example of the REST interface's specification.
        if let Some(body) = node.at(&["responses", "200", "body"]) {
            self.value(body, outer, depth + 1)?;
            return Ok(true);
        }
        if let Some(code) = node.at(&["error", "code"]).and_then(Node::text) {
            let what = format!("the service answered with an error: {}", quoted(code));
            return Err(ConfigurationError::at(&node.place(), what)
                .hint("ask again; of a scope that has no policy there is no file to give"));
        }
        // What PowerShell's Invoke-AzRestMethod gives: the answer as a text.
        if let (Some(content), true) = (node.text_of("content"), node.get("statusCode").is_some()) {
            let place = node.place();
            let answer = json::inside(content, &place)
                .map_err(|what| ConfigurationError::at(&place, format!("its Content is {what}")))?;
            self.value(Node::of(&answer), outer, depth + 1)?;
            return Ok(true);
        }
        if is_template(node) {
            self.template(node, &Given::default(), depth)?;
            return Ok(true);
        }
        if let Some(resources) = terraform::resources(node) {
            for (place, what, why) in resources.not_read {
                self.configuration.pass_over(&place, what, why);
            }
            for resource in &resources.found {
                self.value(Node::of(resource), None, depth + 1)?;
            }
            self.configuration.has_backend_list |= self.found.backends > 0;
            return Ok(true);
        }
        if let Some(list) = node.get("value").filter(|list| list.is_array()) {
            if let Some(next) = node.get("nextLink").filter(|next| next.text() != Some("")) {
                self.configuration.odd(
                    "incomplete-list",
                    Severity::Warning,
                    &next.place(),
                    "the list goes on at its nextLink: what is not here may be there",
                );
            }
            let before = self.found.backends;
            self.value(list, outer, depth + 1)?;
            let goes_on = node.get("nextLink").is_some_and(|next| next.text() != Some(""));
            self.configuration.has_backend_list |= self.found.backends > before && !goes_on;
            return Ok(true);
        }
        Ok(false)
    }

    /// A template, with what files of parameters say.
    fn template(
        &mut self,
        template: Node<'_>,
        given: &Given<'_>,
        depth: usize,
    ) -> Result<(), ConfigurationError> {
        let deployed = template::deployed(template.json(), given);
        for (place, what, why) in deployed.not_read {
            self.configuration.pass_over(&place, what, why);
        }
        for resource in deployed.resources {
            self.doubt = resource.doubt;
            self.value(Node::of(&resource.json), None, depth + 1)?;
        }
        self.configuration.has_backend_list |= self.found.backends > 0;
        self.doubt = None;
        Ok(())
    }

    /// Resources of a template: a list, or an object with a symbolic name for each.
    fn resources(
        &mut self,
        node: Node<'_>,
        outer: Option<&Identity>,
        depth: usize,
    ) -> Result<(), ConfigurationError> {
        if node.is_array() {
            return self.value(node, outer, depth + 1);
        }
        for (_, resource) in node.entries() {
            self.value(resource, outer, depth + 1)?;
        }
        Ok(())
    }

    fn record(&mut self, record: Record<'_>) -> Result<(), ConfigurationError> {
        let Record { kind, name, owner, body, place, other_name, is_placed, type_path, service } =
            record;
        let doubt = self.doubt.take();
        if let Some(doubt) = &doubt {
            self.configuration.remember_doubt(doubt, kind, &place);
        }
        self.configuration.remember_defaults(body);
        self.configuration.entities += usize::from(kind != Kind::Other);
        if self.configuration.entities > MOST_ENTITIES {
            let what = format!("more than {MOST_ENTITIES} entities in the configuration");
            return Err(ConfigurationError::at(&place, what));
        }
        let called = name.as_ref().and_then(Text::known).map(str::to_owned);
        if let Some(name @ Text { value: Err(why), .. }) = &name {
            self.configuration.odd(
                "unresolved-name",
                Severity::Warning,
                &name.place,
                format!("the name {} is not known: {why}", name.raw),
            );
        }
        if let Some(service) = &service
            && !self.configuration.is_asked_service(service, &place)
        {
            let kind = type_path.as_deref().unwrap_or("an entity");
            let what = format!("{kind} {}", called.as_deref().unwrap_or_default());
            let why = format!("it is of the service {}", last_segment(service));
            self.configuration.pass_over(&place, what, why);
            self.found.others += 1;
            return Ok(());
        }
        // An entity whose name is not known still counts, under the text that stands for it.
        let shown = called
            .clone()
            .or_else(|| name.as_ref().map(|name| name.raw.clone()))
            .unwrap_or_default();
        if let Some(other) = other_name
            && matches!(kind, Kind::Backend | Kind::Certificate)
        {
            self.configuration.odd(
                "name-differs-from-id",
                Severity::Warning,
                &place,
                format!(
                    "the name {other} is not the last segment of the id, {shown}: the id counts"
                ),
            );
        }
        match kind {
            Kind::Api => {
                self.found.others += 1;
                let api = Api::read(&self.reader, shown, &owner, place, body);
                self.configuration.add_api(api, doubt.as_ref());
            }
            Kind::Backend => {
                self.found.backends += 1;
                let backend = Backend::read(&self.reader, shown, owner.workspace, place, body);
                self.configuration.add_backend(backend, doubt.as_ref());
            }
            Kind::Certificate => {
                self.found.certificates += 1;
                self.configuration.has_certificate_list = true;
                let certificate =
                    CertificateEntity::read(&self.reader, shown, owner.workspace, place, body);
                self.configuration.certificates.push(certificate);
            }
            Kind::Fragment => {
                self.found.fragments += 1;
                let document = self.policy(body, &place)?;
                // One that may not be there is as one that was not given.
                if let (Ok(document), None) = (document, &doubt) {
                    let workspace = owner.workspace;
                    let fragment = Fragment { name: shown, workspace, document };
                    self.configuration.fragments.push(fragment);
                }
            }
            Kind::NamedValue => {
                self.found.others += 1;
                let workspace = owner.workspace;
                let mut value = NamedValue::read(&self.reader, called, workspace, &place, body);
                if let Some(doubt) = &doubt {
                    value.value = Err(doubt.told("the named value"));
                }
                self.configuration.add_named_value(value);
            }
            Kind::Policy(scope) => {
                self.found.policies += 1;
                let document = self.policy(body, &place)?;
                let document = document.map_err(Unknown::from);
                let policy = Policy { scope, owner, is_placed, document, place };
                self.configuration.add_read_policy(policy, doubt);
            }
            Kind::ProductApi => {
                self.found.others += 1;
                let api = owner.api.or(called);
                if let (Some(product), Some(api)) = (owner.product, api) {
                    self.configuration.products.push((product, api));
                }
            }
            Kind::Resolver => {
                self.found.policies += 1;
                let document = self.policy(body, &place)?;
                self.configuration.resolvers.push(Resolver { owner, document, place });
            }
            Kind::Other => {
                self.found.others += 1;
                self.configuration.pass_over_kind(&place, type_path.as_deref(), &shown);
            }
        }
        Ok(())
    }

    /// The policy in a body: `value` of the REST interface, `xml_content` of Terraform. One that
    /// is not in the file is no empty policy: why it is not known is given in its place.
    fn policy(
        &mut self,
        body: Node<'_>,
        place: &Place,
    ) -> Result<Result<PolicyDocument, String>, ConfigurationError> {
        let format = body.text_of("format").unwrap_or_default().to_ascii_lowercase();
        let value = self
            .reader
            .optional(body, "xmlContent")
            .or_else(|| self.reader.optional(body, "value"))
            .or_else(|| self.reader.optional(body, "policyContent"));
        let text = match &value {
            Some(text) if !format.ends_with("-link") => text.known(),
            _ => None,
        };
        let default = ["xmlContent", "value", "policyContent"]
            .into_iter()
            .find_map(|key| body.get(key))
            .and_then(|value| value.json().by_default.as_ref())
            .filter(|default| default.decides);
        if let (Some(text), Some(default)) = (text, default)
            && !text.contains("authentication-certificate")
        {
            return Ok(Err(only_a_default(default)));
        }
        match (text, &value) {
            (Some(text), Some(value)) => self.configuration.policy(text, &value.place).map(Ok),
            (_, value) => {
                let place = value.as_ref().map_or(place, |value| &value.place);
                let unknown = value.as_ref().and_then(|value| value.value.as_ref().err());
                let because = unknown.map(|why| format!(" ({why})")).unwrap_or_default();
                let why = format!(
                    "the policy itself is not in this file{because}: give it with --policy \
                     SCOPE=FILE"
                );
                self.configuration.odd("unresolved-policy", Severity::Error, place, why.clone());
                Ok(Err(why))
            }
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (count, one, many) in [
            (self.backends, "a backend", "backends"),
            (self.certificates, "a certificate", "certificates"),
            (self.policies, "a policy", "policies"),
            (self.fragments, "a policy fragment", "policy fragments"),
            (self.others, "another entity", "other entities"),
        ] {
            match count {
                0 => {}
                1 => parts.push(one.to_owned()),
                count => parts.push(format!("{count} {many}")),
            }
        }
        if parts.is_empty() {
            parts.push("an empty list".to_owned());
        }
        f.write_str(&parts.join(" and "))
    }
}

/// Entities of a configuration: the service allows some thousand of each kind.
const MOST_ENTITIES: usize = 20_000;

/// Wrappings inside one another.
const DEEPEST: usize = 64;
