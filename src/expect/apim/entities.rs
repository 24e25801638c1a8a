//! The smaller entities: named values, APIs, and what belongs to what.

use std::borrow::Cow;

use super::node::Node;
use super::place::{Place, Text};
use super::policy::{Element, PolicyDocument};
use super::record::Reader;
use super::revisions::split;
use super::scope::{Owner, Scope};

/// A named value, `{{name}}` in a policy.
#[derive(Clone, Debug)]
pub(super) struct NamedValue {
    /// The names by which policies may use it: display name and id.
    pub(super) names: Vec<String>,
    /// The workspace it lives in.
    pub(super) workspace: Option<String>,
    /// Its value, or why it is not known.
    pub(super) value: Result<String, String>,
}

/// An API.
#[derive(Clone, Debug)]
pub(super) struct Api {
    /// The last segment of its id, with the revision where that names one (`orders;rev=2`).
    pub(super) name: String,
    /// Where it begins.
    pub(super) place: Place,
    /// Its type, lower case (`http`, `graphql`, `mcp`).
    pub(super) kind: Option<String>,
    /// The number of its revision.
    pub(super) revision: Option<String>,
    /// Whether that revision is the current one.
    pub(super) is_current: Option<bool>,
    /// The Backend that its requests go to, where it names one.
    pub(super) backend_id: Option<Text>,
    /// Where its requests go where no policy says otherwise.
    pub(super) service_url: Option<Text>,
    /// The workspace it lives in.
    pub(super) workspace: Option<String>,
}

/// A policy in force somewhere.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    /// In which scope.
    pub(super) scope: Scope,
    /// Of what.
    pub(super) owner: Owner,
    /// Whether the file itself says what it belongs to.
    pub(super) is_placed: bool,
    /// What it says, or why that is not known.
    pub(super) document: Result<PolicyDocument, Unknown>,
    /// Where it is.
    pub(super) place: Place,
}

impl Policy {
    /// Whether another is the same policy once more.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.document, &other.document) {
            (Ok(one), Ok(other)) => one.root.says_the_same(&other.root),
            _ => false,
        }
    }
}

/// Why it is not known what a policy says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Unknown {
    /// Why.
    pub(super) why: String,
    /// Whether it is known nevertheless that it leaves the requests' way as it is.
    pub(super) keeps_route: bool,
}

impl From<String> for Unknown {
    fn from(why: String) -> Self {
        Self { why, keeps_route: false }
    }
}

impl Policy {
    /// What it says, where that is known.
    pub(super) fn known(&self) -> Option<&PolicyDocument> {
        self.document.as_ref().ok()
    }

    /// A section of it, where it is known and has one.
    pub(super) fn section(&self, name: &str) -> Option<&Element> {
        self.known()?.section(name)
    }
}

/// The policy of a GraphQL resolver: requests of its own.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    /// The API and the name of the resolver.
    pub(super) owner: Owner,
    /// What it says, or why that is not known.
    pub(super) document: Result<PolicyDocument, String>,
    /// Where it is.
    pub(super) place: Place,
}

/// A policy fragment.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    /// The last segment of its id.
    pub(super) name: String,
    /// The workspace it lives in.
    pub(super) workspace: Option<String>,
    /// What it says.
    pub(super) document: PolicyDocument,
}

impl NamedValue {
    /// Reads the body of a record.
    pub(super) fn read(
        reader: &Reader,
        name: Option<String>,
        workspace: Option<String>,
        place: &Place,
        body: Node<'_>,
    ) -> Self {
        let shown = body.text_of("displayName").map(str::to_owned);
        let names: Vec<String> = shown.into_iter().chain(name).collect();
        let called = names.first().cloned().unwrap_or_default();
        let is_secret = body.get("secret").and_then(Node::boolean) == Some(true);
        let is_vault = body.get("keyVault").is_some() || body.get("valueFromKeyVault").is_some();
        let value = match reader.optional(body, "value") {
            Some(value) => value.value,
            None if is_vault => Err(format!("the named value {called} comes from Key Vault")),
            None if is_secret => Err(format!("the named value {called} is a secret")),
            None => Err(format!("the named value {called} has no value in {place}")),
        };
        Self { names, workspace, value }
    }
}

impl Api {
    /// Its name, with the revision where that is not the current one, whether or not the name itself
    /// ends with it: Terraform's does not.
    pub(super) fn revised_name(&self) -> Cow<'_, str> {
        match (self.is_current, &self.revision, split(&self.name).1) {
            (Some(false), Some(revision), None) => {
                Cow::Owned(format!("{};rev={revision}", self.name))
            }
            _ => Cow::Borrowed(&self.name),
        }
    }

    /// Reads the body of a record.
    pub(super) fn read(
        reader: &Reader,
        name: String,
        owner: &Owner,
        place: Place,
        body: Node<'_>,
    ) -> Self {
        let revision = body.text_of("apiRevision").or_else(|| body.text_of("revision"));
        let kind = body.text_of("type").or_else(|| body.text_of("apiType"));
        Self {
            name,
            place,
            kind: kind.map(str::to_ascii_lowercase),
            revision: revision.map(str::to_owned),
            is_current: body.get("isCurrent").and_then(Node::boolean),
            backend_id: reader.optional_id(body, "backendId"),
            service_url: reader.optional(body, "serviceUrl"),
            workspace: owner.workspace.clone(),
        }
    }
}
