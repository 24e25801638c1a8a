//! What a Terraform plan does not know before it is applied.

use std::collections::BTreeSet;

use super::json::Node;

/// Resources of a Terraform plan whose credentials are known only after it was applied.
pub(super) fn unplanned(plan: Node<'_>) -> BTreeSet<String> {
    let changes = plan.get("resourceChanges").into_iter().flat_map(Node::elements);
    let is_unknown = |change: &Node<'_>| {
        let unknown = change.at(&["change", "afterUnknown"]);
        let parts = ["credentials", "serviceFabricCluster"].into_iter();
        parts.filter_map(|part| unknown?.get(part)).any(|part| holds_true(part, 0))
    };
    let unknown = changes.filter(is_unknown);
    unknown.filter_map(|change| change.text_of("address").map(str::to_owned)).collect()
}

fn holds_true(node: Node<'_>, depth: usize) -> bool {
    let inside = node.elements().chain(node.entries().map(|(_, inner)| inner));
    node.boolean() == Some(true)
        || (depth < DEEPEST_UNKNOWN && inside.into_iter().any(|one| holds_true(one, depth + 1)))
}

/// Blocks inside one another.
const DEEPEST_UNKNOWN: usize = 16;
