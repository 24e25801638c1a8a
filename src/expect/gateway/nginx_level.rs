//! What holds at a place of nginx configuration: settings are inherited from outside unless a
//! block has its own.

use super::nginx_syntax::{Directive, PREFIXES};
use crate::expect::apim::Place;

/// One block, with what is set in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// `http`, `server`, `location`; empty for a file's outermost level.
    pub(super) name: String,
    /// What it is for (`/api`).
    pub(super) arguments: String,
    settings: Vec<Directive>,
    /// An include in it that was not given.
    pub(super) not_given: Option<(String, Place)>,
}

/// What a setting is.
pub(super) enum Setting<'a> {
    /// This.
    Set(&'a Directive),
    /// It is not set.
    Default,
    /// It may be set where nobody looked; why.
    Unknown(String),
}

impl Level {
    pub(super) fn new(name: &str, arguments: &[String]) -> Self {
        Self { name: name.to_owned(), arguments: arguments.join(" "), ..Self::default() }
    }

    /// Notes a directive, where it is of account.
    pub(super) fn note(&mut self, directive: &Directive) {
        let is_of_account = PREFIXES.iter().any(|prefix| {
            let rest = directive.name.strip_prefix(prefix).unwrap_or_default();
            matches!(rest, "_ssl" | "_ssl_certificate" | "_ssl_name" | "_ssl_server_name")
        });
        if is_of_account {
            self.settings.retain(|known| known.name != directive.name);
            self.settings.push(directive.clone());
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Directive> {
        self.settings.iter().rev().find(|one| one.name == name)
    }
}

/// What a setting is at the innermost of these levels.
pub(super) fn setting<'a>(levels: &'a [Level], name: &str) -> Setting<'a> {
    for level in levels.iter().rev() {
        if let Some(directive) = level.get(name) {
            return Setting::Set(directive);
        }
        if let Some((include, place)) = &level.not_given {
            return Setting::Unknown(format!(
                "{name} may be set in {include}, which {place} includes and which was not given: \
                 nginx -T > nginx.txt has everything"
            ));
        }
    }
    let is_whole = levels.iter().any(|level| matches!(level.name.as_str(), "http" | "stream"));
    match is_whole {
        true => Setting::Default,
        false => Setting::Unknown(format!(
            "{name} may be set in the http block that includes this file and that was not given: \
             nginx -T > nginx.txt has everything"
        )),
    }
}
