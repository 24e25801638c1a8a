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

/// On which level of a service a name is looked up: a workspace has certificates, backends,
/// fragments and named values of its own, and cannot use those of the service.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Level {
    /// The file does not say: on the service's own, or where that lacks it, in any workspace.
    Any,
    /// In some workspace.
    AnyWorkspace,
    /// On the service's own.
    Service,
    /// In this workspace.
    Workspace(String),
}

impl Level {
    /// The level of what lives in this workspace, or in none.
    pub(super) fn of(workspace: Option<&str>) -> Self {
        match workspace {
            Some(workspace) => Self::Workspace(workspace.to_owned()),
            None => Self::Service,
        }
    }

    /// The level of an entity that names this workspace, or none, which not every file does.
    pub(super) fn of_entity(workspace: Option<&str>) -> Self {
        match workspace {
            Some(workspace) => Self::Workspace(workspace.to_owned()),
            None => Self::Any,
        }
    }

    /// Of things with their workspaces, those on this level.
    pub(super) fn select<'t, T>(
        &self,
        things: &'t [T],
        workspace: impl Fn(&T) -> Option<&str>,
    ) -> Vec<&'t T> {
        let on = |level: &dyn Fn(Option<&str>) -> bool| -> Vec<&'t T> {
            things.iter().filter(|one| level(workspace(one))).collect()
        };
        match self {
            Self::Any => {
                let own = on(&|workspace| workspace.is_none());
                if own.is_empty() { on(&|_| true) } else { own }
            }
            Self::AnyWorkspace => on(&|workspace| workspace.is_some()),
            Self::Service => on(&|workspace| workspace.is_none()),
            Self::Workspace(name) => on(&|workspace| is_same_workspace(workspace, Some(name))),
        }
    }
}

/// Whether both are of one workspace, or of none.
pub(super) fn is_same_workspace(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

/// A workspace as the key of a map.
pub(super) fn workspace_key(workspace: Option<&str>) -> Option<String> {
    workspace.map(str::to_lowercase)
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
    /// The GraphQL resolver.
    pub(super) resolver: Option<String>,
}
