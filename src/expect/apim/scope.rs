//! Policy scopes, from the outermost to the innermost.

use std::fmt;

/// Where a policy is in force; the outermost first, in which order the policies run where each
/// begins with `<base/>`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// Every API of the service.
    Global,
    /// Every API of a workspace.
    Workspace,
    /// Calls with a subscription to a product.
    Product,
    /// One API.
    Api,
    /// One operation of an API.
    Operation,
}

impl Scope {
    /// Every scope, outermost first.
    pub const ALL: [Self; 5] =
        [Self::Global, Self::Workspace, Self::Product, Self::Api, Self::Operation];

    /// The scope of this name, as `--policy SCOPE=FILE` has it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name.to_ascii_lowercase())
    }

    /// Its name (`operation`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Workspace => "workspace",
            Self::Product => "product",
            Self::Api => "api",
            Self::Operation => "operation",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a policy belongs to, where that is known: in an extractor's folder it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Owner {
    /// The workspace.
    pub(super) workspace: Option<String>,
    /// The product.
    pub(super) product: Option<String>,
    /// The API.
    pub(super) api: Option<String>,
    /// The operation.
    pub(super) operation: Option<String>,
}
