//! What the files of an extractor's folder (APIOps) are, told by their paths.

use super::passed_over::why_not;
use super::record::Kind;
use super::scope::{Owner, Scope};

/// A file of the folder that is of account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Member {
    /// A policy of this scope, of this owner.
    Policy(Scope, Owner),
    /// A policy fragment of this name, in this workspace.
    Fragment(String, Option<String>),
    /// The policy of a GraphQL resolver.
    Resolver(Owner),
    /// An entity of this kind and name.
    Entity(Kind, String, Owner),
    /// That an API belongs to a product: product, API.
    ProductApi(String, String),
    /// The list of a product's APIs.
    ProductApis(String),
}

/// What the file at this path inside the folder is; `None` where it is of no account.
///
/// Folder names are those that the extractor writes (`policy fragments` and `named values` with a
/// space) or `apiops-cli` does (`policyFragments`), in any letter case.
pub(super) fn member(relative: &str) -> Option<Member> {
    let segments: Vec<&str> = relative.split('/').filter(|one| !one.is_empty()).collect();
    let folders: Vec<String> = segments.iter().map(|one| one.to_lowercase()).collect();
    let lower: Vec<&str> = folders.iter().map(String::as_str).collect();
    let mut owner = Owner::default();
    let (lower, names) = match lower.as_slice() {
        ["workspaces", _, inside @ ..] => {
            owner.workspace = segments.get(1).map(|name| (*name).to_owned());
            (inside, segments.get(2..)?)
        }
        whole => (whole, segments.as_slice()),
    };
    let name = |index: usize| names.get(index).map(|name| (*name).to_owned());
    Some(match lower {
        ["policy.xml"] => {
            let scope = if owner.workspace.is_some() { Scope::Workspace } else { Scope::Global };
            Member::Policy(scope, owner)
        }
        ["apis", _, "policy.xml"] => {
            owner.api = name(1);
            Member::Policy(Scope::Api, owner)
        }
        ["apis", _, "operations", _, "policy.xml"] => {
            (owner.api, owner.operation) = (name(1), name(3));
            Member::Policy(Scope::Operation, owner)
        }
        ["apis", _, "resolvers", _, "policy.xml"] => {
            (owner.api, owner.resolver) = (name(1), name(3));
            Member::Resolver(owner)
        }
        ["products", _, "policy.xml"] => {
            owner.product = name(1);
            Member::Policy(Scope::Product, owner)
        }
        ["policy fragments" | "policyfragments" | "policy-fragments", _, "policy.xml"] => {
            Member::Fragment(name(1)?, owner.workspace)
        }
        ["apis", _, "apiinformation.json"] => Member::Entity(Kind::Api, name(1)?, owner),
        ["backends", _, "backendinformation.json"] => {
            Member::Entity(Kind::Backend, name(1)?, owner)
        }
        ["certificates", _, "certificateinformation.json"] => {
            Member::Entity(Kind::Certificate, name(1)?, owner)
        }
        ["named values" | "namedvalues" | "named-values", _, "namedvalueinformation.json"] => {
            Member::Entity(Kind::NamedValue, name(1)?, owner)
        }
        ["products", _, "apis", _, ..] => Member::ProductApi(name(1)?, name(3)?),
        ["products", _, "apis.json"] => Member::ProductApis(name(1)?),
        _ => return None,
    })
}

/// What a file is called that is of no account, and why it is.
pub(super) fn passed_over(relative: &str) -> (String, String) {
    let segments: Vec<&str> = relative.split('/').filter(|one| !one.is_empty()).collect();
    let file = segments.last().copied().unwrap_or_default().to_lowercase();
    let is_yaml = file.ends_with(".yaml") || file.ends_with(".yml");
    if is_yaml && file.starts_with("configuration.") {
        let why = "it may hold what an environment overrides: --apiops-configuration FILE reads it";
        return ("a configuration of the tools".to_owned(), why.to_owned());
    }
    let inside = match segments.as_slice() {
        [first, _, inside @ ..] if first.eq_ignore_ascii_case("workspaces") => inside,
        whole => whole,
    };
    // Folders of kinds and of names alternate.
    let kinds = inside.iter().step_by(2).take(inside.len() / 2);
    let kinds: Vec<String> =
        kinds.map(|kind| kind.to_lowercase().replace([' ', '-'], "")).collect();
    let is_information = file.ends_with("information.json")
        || file.starts_with("specification.")
        || OF_NO_ACCOUNT.contains(&file.as_str());
    let why = match kinds.last() {
        Some(kind) if is_information && file != "mcpserverinformation.json" => why_not(kind),
        _ => "it is not known to be a file of the extractor".to_owned(),
    };
    let what = match kinds.as_slice() {
        [] => "the file".to_owned(),
        kinds => format!("a file of {}", kinds.join("/")),
    };
    (what, why)
}

/// Files of no account beside an entity.
const OF_NO_ACCOUNT: [&str; 3] = ["groups.json", "tags.json", "wiki.md"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_paths() {
        let policy = |scope, owner| Some(Member::Policy(scope, owner));
        let named = |text: &str| Some(text.to_owned());
        for (path, member_there) in [
            ("policy.xml", policy(Scope::Global, Owner::default())),
            (
                "apis/Orders/operations/create/policy.xml",
                policy(
                    Scope::Operation,
                    Owner { api: named("Orders"), operation: named("create"), ..Owner::default() },
                ),
            ),
            (
                "workspaces/w 1/policy.xml",
                policy(Scope::Workspace, Owner { workspace: named("w 1"), ..Owner::default() }),
            ),
            ("policy fragments/mtls/policy.xml", Some(Member::Fragment("mtls".to_owned(), None))),
            (
                "apis/orders;rev=2/policy.xml",
                policy(Scope::Api, Owner { api: named("orders;rev=2"), ..Owner::default() }),
            ),
            (
                "workspaces/w1/apis/g/resolvers/r/policy.xml",
                Some(Member::Resolver(Owner {
                    workspace: named("w1"),
                    api: named("g"),
                    resolver: named("r"),
                    ..Owner::default()
                })),
            ),
            (
                "workspaces/w1/policyFragments/f/policy.xml",
                Some(Member::Fragment("f".to_owned(), named("w1"))),
            ),
            ("apis/orders/specification.yaml", None),
            (
                "products/gold/apis/orders/productApiInformation.json",
                Some(Member::ProductApi("gold".to_owned(), "orders".to_owned())),
            ),
            ("products/gold/apis.json", Some(Member::ProductApis("gold".to_owned()))),
        ] {
            assert_eq!(member(path), member_there, "{path}");
        }
    }
}
