//! Resources of which a template does not tell whether it deploys them.

use super::expression::Expression;
use super::place::quoted;
use super::value::Json;

/// Why it is not known whether a resource is deployed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Doubt {
    /// The condition and its place: `[parameters('x')] in t.json:5 holds`.
    pub(super) condition: String,
    /// Why it is not decided.
    pub(super) why: String,
    /// The condition without `not`, and whether it was negated.
    pub(super) key: Option<(Expression, bool)>,
}

impl Doubt {
    /// Whether one of both is deployed in any case, and never the other.
    pub(super) fn is_opposite_of(&self, other: &Self) -> bool {
        match (&self.key, &other.key) {
            (Some((one, is_negated)), Some((other, is_other_negated))) => {
                one == other && is_negated != is_other_negated
            }
            _ => false,
        }
    }
}

/// The doubt about a condition, and why it is not decided.
pub(super) fn doubt(raw: &Json, why: String) -> Doubt {
    let text = raw.as_text().unwrap_or_default();
    let key = Expression::parse(text).map(|expression| {
        let (inner, is_negated) = expression.without_not();
        (inner.clone(), is_negated)
    });
    Doubt { condition: format!("{} in {} holds", quoted(text), raw.place), why, key }
}

/// Both have to hold.
pub(super) fn joined(outer: Option<&Doubt>, own: Doubt) -> Doubt {
    match outer {
        None => own,
        Some(outer) => Doubt {
            condition: format!("{} and {}", outer.condition, own.condition),
            why: format!("{}; {}", outer.why, own.why),
            key: None,
        },
    }
}
