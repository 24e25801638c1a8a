//! What the values of a template may take in memory and time.

use std::borrow::Cow;
use std::cell::Cell;

use super::value::{Json, Value};

/// What the values of one file may take in memory and time.
#[derive(Debug, Default)]
pub(super) struct Budget {
    growth: Cell<usize>,
    /// Values and expressions that are inside one another at the moment.
    pub(super) depth: Cell<usize>,
}

impl Budget {
    /// Takes note of bytes that come to be; gives whether they still may.
    pub(super) fn takes(&self, bytes: usize) -> bool {
        let growth = self.growth.get().saturating_add(bytes);
        self.growth.set(growth);
        growth <= MOST_GROWTH
    }

    /// A value of its own, and its weight taken note of; where it is too much, an unknown one.
    pub(super) fn copy(&self, value: &Json) -> Json {
        match self.weigh(value, 0) {
            true => value.clone(),
            false => Json::unknown(value.place.clone(), "", TOO_LARGE),
        }
    }

    /// What was found, as a value of its own.
    pub(super) fn owned(&self, found: Cow<'_, Json>) -> Json {
        match found {
            Cow::Owned(value) => value,
            Cow::Borrowed(value) => self.copy(value),
        }
    }

    fn weigh(&self, value: &Json, depth: usize) -> bool {
        let own = match &value.value {
            Value::Text(text) | Value::Number(text) => text.len(),
            Value::Unknown(unknown) => unknown.raw.len().saturating_add(unknown.why.len()),
            _ => 0,
        };
        let mut entries = value.entries().iter();
        depth < DEEPEST_VALUE
            && self.takes(own.saturating_add(WEIGHT))
            && value.elements().iter().all(|one| self.weigh(one, depth + 1))
            && entries.all(|(key, one)| self.takes(key.len()) && self.weigh(one, depth + 1))
    }
}

/// Why a value is not known that would be too large.
pub(super) const TOO_LARGE: &str =
    "values that are used again and again make the template grow too large";

/// Bytes that all values of a file may take: a value may be used again and again, also in others.
const MOST_GROWTH: usize = 64 << 20;

/// Bytes that a value takes beside its text.
pub(super) const WEIGHT: usize = 64;

/// Lists and objects inside one another in a value that is used.
const DEEPEST_VALUE: usize = 128;
