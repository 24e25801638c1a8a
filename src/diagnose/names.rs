//! Whether two distinguished names are the same.

use crate::certificate::display_name;

/// How a name stands in a list of names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Listed {
    /// Byte for byte.
    Same,
    /// The same text in another encoding, or in other case or spaces, which RFC 5280 section 7.1 holds
    /// for equal and some clients do not.
    Alike,
    /// Not at all.
    Not,
}

/// How `name` stands in `list`, DER of Names both.
pub(super) fn listed(name: &[u8], list: &[Vec<u8>]) -> Listed {
    if list.iter().any(|one| one == name) {
        return Listed::Same;
    }
    let wanted = folded(name);
    match list.iter().any(|one| folded(one) == wanted) {
        true => Listed::Alike,
        false => Listed::Not,
    }
}

/// A name without case and without the number of spaces.
fn folded(der: &[u8]) -> String {
    let text = display_name(der).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
