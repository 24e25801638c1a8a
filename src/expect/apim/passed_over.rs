//! What of a configuration is passed over, and why that may be.

use super::configuration::Configuration;
use super::place::{Place, last_segment, quoted};
use super::revisions::Revisions;
use crate::expect::NotRead;

impl Configuration {
    /// Remembers that something was seen and not read; the first of very many.
    pub(super) fn pass_over(
        &mut self,
        place: &Place,
        what: impl Into<String>,
        why: impl Into<String>,
    ) {
        if self.not_read.len() >= MOST_NAMED {
            self.more_not_read = self.more_not_read.saturating_add(1);
            return;
        }
        self.not_read.push(NotRead {
            file: place.file.to_string(),
            line: place.line,
            what: quoted(&what.into()),
            why: why.into(),
        });
    }

    /// A resource of a kind that is not read.
    pub(super) fn pass_over_kind(&mut self, place: &Place, kind: Option<&str>, name: &str) {
        let kind = match kind {
            Some("") => "service",
            Some(kind) => kind,
            None => "a resource of API Management",
        };
        self.pass_over(place, format!("{kind} {name}").trim(), why_not(kind));
    }
}

/// What of a configuration was passed over, with what of its APIs is not of the revision that
/// counts.
pub(super) fn not_read(configuration: &Configuration, revisions: &Revisions) -> Vec<NotRead> {
    let mut all = configuration.not_read.clone();
    let mut old = |workspace: Option<&str>, api: &str, what: String, place: &Place| {
        if !revisions.counts(workspace, api) {
            all.push(NotRead {
                file: place.file.to_string(),
                line: place.line,
                what: quoted(&what),
                why: format!(
                    "it is not of the current revision; --api \"{}\" asks about it",
                    quoted(last_segment(api))
                ),
            });
        }
    };
    for api in &configuration.apis {
        let name = api.revised_name();
        old(api.workspace.as_deref(), &name, format!("API {name}"), &api.place);
    }
    for policy in &configuration.policies {
        if let Some(api) = &policy.owner.api {
            let what = format!("policy of the scope {} of API {api}", policy.scope);
            old(policy.owner.workspace.as_deref(), api, what, &policy.place);
        }
    }
    for resolver in &configuration.resolvers {
        if let Some(api) = &resolver.owner.api {
            let what = format!("policy of a resolver of API {api}");
            old(resolver.owner.workspace.as_deref(), api, what, &resolver.place);
        }
    }
    for resolver in &configuration.resolvers {
        if let Ok(document) = &resolver.document
            && document.root.name != "http-data-source"
        {
            all.push(NotRead {
                file: resolver.place.file.to_string(),
                line: resolver.place.line,
                what: format!("<{}> of a resolver", document.root.name),
                why: "requests to a database are not followed".to_owned(),
            });
        }
    }
    all.sort();
    all.dedup();
    let more = configuration.more_not_read.saturating_add(all.len().saturating_sub(MOST_NAMED));
    all.truncate(MOST_NAMED);
    if let (Some(last), true) = (all.last_mut(), more > 0) {
        last.why.push_str(&format!(" (and {more} more files and resources)"));
    }
    all
}

/// Why resources of this kind (`apis/diagnostics`) are not read.
pub(super) fn why_not(kind: &str) -> String {
    let inner = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_of_no_account = match inner.strip_prefix("azurerm_api_management_") {
        Some(terraform) => is_of_no_account_in_terraform(terraform),
        None => OF_NO_ACCOUNT.contains(&inner.as_str()),
    };
    if is_of_no_account {
        return "it has no part in client certificates at a backend".to_owned();
    }
    "this kind is not read: what it does to client certificates is not known".to_owned()
}

/// The same for resources of Terraform (`api_diagnostic`), which are named in the singular.
fn is_of_no_account_in_terraform(kind: &str) -> bool {
    let kind = kind.replace('_', "");
    let is_kind = |one: &str| {
        let singular = one.strip_suffix("ies").map(|stem| format!("{stem}y"));
        kind.ends_with(&singular.unwrap_or_else(|| one.trim_end_matches('s').to_owned()))
    };
    OF_NO_ACCOUNT.iter().any(|one| is_kind(one))
        || ["customdomain", "rediscache", "emailtemplate"].contains(&kind.as_str())
        || ["authorizationserver", "identityprovider", "openidconnectprovider", "productgroup"]
            .iter()
            .any(|one| kind.contains(one))
}

/// Kinds that name neither a certificate nor a backend of requests.
const OF_NO_ACCOUNT: [&str; 31] = [
    "apilinks",
    "apis",
    "apiversionsets",
    "attachments",
    "caches",
    "comments",
    "diagnostics",
    "documentations",
    "gateways",
    "grouplinks",
    "groups",
    "issues",
    "loggers",
    "notifications",
    "operations",
    "policyfragments",
    "policyrestrictions",
    "portalrevisions",
    "products",
    "releases",
    "resolvers",
    "schemas",
    "service",
    "subscriptions",
    "tagdescriptions",
    "tags",
    "templates",
    "users",
    "versionsets",
    "wikis",
    "workspaces",
];

/// Files and resources that are named: a folder of a large service has some thousand.
pub(super) const MOST_NAMED: usize = 500;
