//! Why a configuration cannot be used.

use super::place::Place;

/// Why a configuration file cannot be used, or a question about it has no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}{what}", display_place(place.as_ref()))]
pub struct ConfigurationError {
    /// Where, unless it is about the whole configuration.
    pub place: Option<Place>,
    /// What is wrong, without a full stop.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ConfigurationError {
    /// Something wrong at a place.
    pub(in crate::expect) fn at(place: &Place, what: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), what: on_one_line(&what.into()), hint: None }
    }

    /// Something wrong with the configuration as a whole, or with the question about it.
    pub(in crate::expect) fn new(what: impl Into<String>) -> Self {
        Self { place: None, what: on_one_line(&what.into()), hint: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(in crate::expect) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(on_one_line(&hint.into()));
        self
    }
}

/// A message without line breaks and other controls, which it may quote from a file.
fn on_one_line(text: &str) -> String {
    let shown = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    text.chars().map(shown).collect()
}

fn display_place(place: Option<&Place>) -> String {
    place.map(|place| format!("{place}: ")).unwrap_or_default()
}
