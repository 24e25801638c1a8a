//! Named values put into texts, and what policies name.

use std::collections::BTreeSet;

use super::commands::API_VERSION;
use super::configuration::Configuration;
use super::entities::Fragment;
use super::place::{is_same_name, quoted};
use super::scope::Level;

/// The value of a named value, and where that lives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Value {
    /// The workspace.
    pub(super) workspace: Option<String>,
    /// The value, or why it is not known.
    pub(super) value: Result<String, String>,
}

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
    /// A text with the named values of a level put in.
    ///
    /// # Errors
    ///
    /// Which named value is not known, and why.
    pub(super) fn substitute(&self, text: &str, level: &Level) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else {
                break;
            };
            result.push_str(before);
            let name = name.trim();
            let known = self.named_values.get(&name.to_ascii_lowercase());
            let known = known.map(Vec::as_slice).unwrap_or_default();
            match level.select(known, |one| one.workspace.as_deref()).as_slice() {
                [one] => result.push_str(one.value.as_ref().map_err(Clone::clone)?),
                [] => {
                    let shown = quoted(name);
                    let fetch = self.fetch(level, &format!("namedValues/{name}"), API_VERSION);
                    return Err(format!("the named value {shown} is not given: {fetch}"));
                }
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

    /// The fragment of this name on a level, where there is exactly one.
    pub(super) fn fragment(&self, name: &str, level: &Level) -> Option<&Fragment> {
        let on_level = level.select(&self.fragments, |one| one.workspace.as_deref());
        let mut named = on_level.into_iter().filter(|one| is_same_name(&one.name, name));
        let found = named.next()?;
        let differs = |other: &Fragment| other.document.root != found.document.root;
        if named.any(differs) { None } else { Some(found) }
    }

    /// Every certificate id, thumbprint and backend id that the policies name, lower case.
    pub(super) fn named_in_policies(&self) -> BTreeSet<String> {
        let policies = self.policies.iter();
        let policies = policies.filter_map(|one| Some((one.known()?, one.owner.workspace.clone())));
        let fragments = self.fragments.iter().map(|one| (&one.document, one.workspace.clone()));
        let resolvers = self.resolvers.iter();
        let resolvers = resolvers
            .filter_map(|one| Some((one.document.as_ref().ok()?, one.owner.workspace.clone())));
        let documents = policies.chain(fragments).chain(resolvers);
        let elements = documents.flat_map(|(document, workspace)| {
            let level = Level::of_entity(workspace.as_deref());
            document.root.descendants().map(move |element| (element, level.clone()))
        });
        let mut names = BTreeSet::new();
        for (element, level) in elements {
            for attribute in ["certificate-id", "thumbprint", "backend-id"] {
                let text = element.attribute(attribute);
                let text = text.and_then(|text| self.substitute(text, &level).ok());
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
