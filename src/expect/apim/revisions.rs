//! Revisions of APIs: which one is current, alike for every source.

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::Configuration;
use super::place::{is_same_name, last_segment};
use super::question::Question;
use super::scope::workspace_key;

/// Which revision of each API counts.
#[derive(Debug, Default)]
pub(super) struct Revisions {
    apis: BTreeMap<(Option<String>, String), Counts>,
}

/// What of an API counts.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Counts {
    /// What names no revision, and what names this one.
    Current(Option<String>),
    /// What names this one alone.
    Only(String),
    /// Nothing: only revisions were given that are not current.
    Nothing,
    /// It cannot be told.
    Unknown(String),
}

/// What the files say of an API's revisions.
#[derive(Default)]
struct Seen {
    /// Revisions that names and ids end with.
    named: BTreeSet<String>,
    /// Whether something names none, and whether a policy is among that.
    has_plain: bool,
    has_plain_policy: bool,
    /// The number of the current one.
    current: Option<String>,
    /// Revisions that a file says are not current.
    old: BTreeSet<String>,
}

impl Revisions {
    /// What the files say, and the question where it names a revision.
    pub(super) fn of(configuration: &Configuration, question: &Question) -> Self {
        let mut seen: BTreeMap<(Option<String>, String), Seen> = BTreeMap::new();
        for api in &configuration.apis {
            let name = api.revised_name();
            let (name, suffix) = split(&name);
            let one = seen.entry(key(api.workspace.as_deref(), name)).or_default();
            let number = suffix.map(str::to_owned).or_else(|| api.revision.clone());
            match (api.is_current, number, suffix) {
                (Some(true), Some(number), _) => one.current = Some(number),
                (Some(false), Some(number), _) => {
                    one.old.insert(number);
                }
                (None, Some(number), None) => {
                    one.current.get_or_insert(number);
                }
                _ => {}
            }
            one.saw(suffix);
        }
        let policies = configuration.policies.iter().map(|policy| &policy.owner);
        let owners = policies.chain(configuration.resolvers.iter().map(|one| &one.owner));
        for owner in owners {
            if let Some(api) = &owner.api {
                let (name, suffix) = split(api);
                let one = seen.entry(key(owner.workspace.as_deref(), name)).or_default();
                one.has_plain_policy |= suffix.is_none();
                one.saw(suffix);
            }
        }
        let asked = question.api.as_deref().map(split);
        let counts = |name: &str, seen: Seen| match asked {
            Some((api, Some(revision))) if is_same_name(api, name) => {
                if seen.current.as_deref() == Some(revision) {
                    Counts::Current(seen.current)
                } else {
                    Counts::Only(revision.to_owned())
                }
            }
            _ => seen.counts(name, configuration.is_folder),
        };
        let apis = seen.into_iter().map(|(key, seen)| {
            let counts = counts(&key.1, seen);
            (key, counts)
        });
        Self { apis: apis.collect() }
    }

    /// Whether something of the API of this name, which may end with a revision, counts.
    pub(super) fn counts(&self, workspace: Option<&str>, api: &str) -> bool {
        let (name, suffix) = split(api);
        match self.apis.get(&key(workspace, name)) {
            Some(Counts::Current(number)) => {
                suffix.is_none_or(|suffix| number.as_deref() == Some(suffix))
            }
            Some(Counts::Only(number)) => suffix == Some(number),
            Some(Counts::Nothing) => suffix.is_none(),
            Some(Counts::Unknown(_)) | None => true,
        }
    }

    /// Why it cannot be told which revision of an API counts, where it cannot.
    pub(super) fn doubt(&self, workspace: Option<&str>, api: &str) -> Option<&str> {
        match self.apis.get(&key(workspace, split(api).0)) {
            Some(Counts::Unknown(why)) => Some(why),
            _ => None,
        }
    }
}

impl Seen {
    fn saw(&mut self, suffix: Option<&str>) {
        match suffix {
            Some(suffix) => {
                self.named.insert(suffix.to_owned());
            }
            None => self.has_plain = true,
        }
    }

    /// In a folder, an extractor names the revisions that are not current, and those alone.
    fn counts(mut self, name: &str, is_folder: bool) -> Counts {
        self.named.retain(|number| !self.old.contains(number));
        let several: Vec<&str> = self.named.iter().map(String::as_str).collect();
        if self.current.is_some() || self.has_plain {
            let is_told = self.current.is_some() || self.has_plain_policy || is_folder;
            if is_told || several.is_empty() {
                return Counts::Current(self.current);
            }
            return Counts::Unknown(format!(
                "policies of the revision {} of the API {name} were given, and no file says \
                 whether it is current",
                several.join(" and ")
            ));
        }
        match several.as_slice() {
            [] => Counts::Nothing,
            [only] => Counts::Only((*only).to_owned()),
            several => Counts::Unknown(format!(
                "the revisions {} of the API {name} were given, and no file says which is current",
                several.join(" and ")
            )),
        }
    }
}

/// The name of an API and the revision that it ends with: `orders;rev=2`.
pub(super) fn split(name: &str) -> (&str, Option<&str>) {
    let name = last_segment(name);
    let Some((base, rest)) = name.split_once(';') else {
        return (name, None);
    };
    let number = rest.get(..REVISION.len()).filter(|key| key.eq_ignore_ascii_case(REVISION));
    match number {
        Some(_) => (base, rest.get(REVISION.len()..)),
        None => (name, None),
    }
}

fn key(workspace: Option<&str>, name: &str) -> (Option<String>, String) {
    (workspace_key(workspace), name.to_lowercase())
}

const REVISION: &str = "rev=";
