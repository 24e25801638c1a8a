//! Named values put into texts, and what policies name.

use std::collections::BTreeSet;

use super::configuration::Configuration;
use super::entities::{Fragment, Policy};
use super::place::{is_same_name, quoted};

/// A text that is no expression, or one that is nothing but a string.
pub(super) fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.contains("@(") && !text.contains("@{") {
        return Some(text.to_owned());
    }
    let inside = text.strip_prefix("@(")?.strip_suffix(')')?.trim();
    let string = inside.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = !string.contains(['"', '\\']);
    is_plain.then(|| string.to_owned())
}

impl Configuration {
    /// A text with its named values put in.
    ///
    /// # Errors
    ///
    /// Which named value is not known, and why.
    pub(super) fn substitute(&self, text: &str) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else {
                break;
            };
            result.push_str(before);
            let name = name.trim();
            let known = self.named_values.get(&name.to_ascii_lowercase());
            match known.map(Vec::as_slice).unwrap_or_default() {
                [value] => result.push_str(value.as_ref().map_err(Clone::clone)?),
                [] => return Err(format!("the named value {} is not given", quoted(name))),
                _ => {
                    let name = quoted(name);
                    return Err(format!("the named value {name} is given with several values"));
                }
            }
            if result.len() > LONGEST_TEXT {
                return Err(format!(
                    "the text {} grows too long by its named values",
                    quoted(text)
                ));
            }
            rest = behind;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// The fragment of this name, where there is exactly one.
    pub(super) fn fragment(&self, name: &str) -> Option<&Fragment> {
        let mut named = self.fragments.iter().filter(|one| is_same_name(&one.name, name));
        let found = named.next()?;
        let differs = |other: &Fragment| other.document.root != found.document.root;
        if named.any(differs) { None } else { Some(found) }
    }

    /// Every certificate id, thumbprint and backend id that the policies name, lower case.
    pub(super) fn named_in_policies(&self) -> BTreeSet<String> {
        let documents = self.policies.iter().filter_map(Policy::known);
        let documents = documents.chain(self.fragments.iter().map(|one| &one.document));
        let mut names = BTreeSet::new();
        for element in documents.flat_map(|document| document.root.descendants()) {
            for attribute in ["certificate-id", "thumbprint", "backend-id"] {
                let text = element.attribute(attribute).and_then(|text| self.substitute(text).ok());
                if let Some(text) = text.as_deref().and_then(literal) {
                    names.insert(text.trim().to_lowercase());
                }
            }
        }
        names
    }
}

/// Bytes of a text with its named values put in: a policy has up to 256 KiB.
const LONGEST_TEXT: usize = 1 << 20;
