//! A JSON value with the place of every part, and values that a file does not hold.

use std::sync::Arc;

use super::place::Place;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Json {
    /// Where it begins.
    pub(super) place: Place,
    /// What it is.
    pub(super) value: Value,
    /// The default of a parameter that it comes from, where nothing else gave the parameter a value.
    pub(super) by_default: Option<ByDefault>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number as it is written.
    Number(String),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object: keys and values in the order of the file.
    Object(Vec<(String, Json)>),
    /// The file does not tell.
    Unknown(Unknown),
}

/// Why a value is not known, and what of it is.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    /// What stands in the file.
    pub(super) raw: String,
    /// Why it is not known, in words.
    pub(super) why: String,
    /// A text known in part: what is not known stands between two [`GAP`]s, by its name.
    pub(super) shape: Option<String>,
}

/// That a value comes from the default of a parameter.
#[derive(Clone, Debug)]
pub(super) struct ByDefault {
    /// The parameter: `parameters('name')`.
    pub(super) parameter: Arc<str>,
    /// The sentence that tells what was taken.
    pub(super) told: Arc<str>,
    /// Whether it decides what there is, and not only what something is called: it is empty, or
    /// has elements of a policy.
    pub(super) decides: bool,
}

/// Stands around the name of what is not known inside of a text.
pub(super) const GAP: char = '\u{fffc}';

impl Json {
    /// A value that stands for itself.
    pub(super) fn new(place: Place, value: Value) -> Self {
        Self { place, value, by_default: None }
    }

    /// A text.
    pub(super) fn text(place: Place, text: impl Into<String>) -> Self {
        Self::new(place, Value::Text(text.into()))
    }

    /// A value that is not known, and why.
    pub(super) fn unknown(place: Place, raw: impl Into<String>, why: impl Into<String>) -> Self {
        let unknown = Unknown { raw: raw.into(), why: why.into(), shape: None };
        Self::new(place, Value::Unknown(unknown))
    }

    /// The value of a key, by exactly this name without letter case, as templates compare them.
    pub(super) fn property(&self, key: &str) -> Option<&Self> {
        let Value::Object(entries) = &self.value else {
            return None;
        };
        let found = entries.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value)
    }

    /// The text of a string.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; of anything else, nothing.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.value {
            Value::List(elements) => elements,
            _ => &[],
        }
    }

    /// Keys and values of an object; of anything else, nothing.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// Whether it is an empty text, list or object, or `null`.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            Value::List(elements) => elements.is_empty(),
            Value::Object(entries) => entries.is_empty(),
            Value::Boolean(_) | Value::Number(_) | Value::Unknown(_) => false,
        }
    }

    /// Whether both are the same value, whatever their places; `None` where one is not known.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        Some(match (&self.value, &other.value) {
            (Value::Unknown(_), _) | (_, Value::Unknown(_)) => return None,
            (Value::Null, Value::Null) => true,
            (Value::Boolean(one), Value::Boolean(other)) => one == other,
            (Value::Number(one), Value::Number(other)) => one == other,
            (Value::Text(one), Value::Text(other)) => one == other,
            (Value::List(one), Value::List(other)) => {
                if one.len() != other.len() {
                    return Some(false);
                }
                for (one, other) in one.iter().zip(other) {
                    if !one.equals(other)? {
                        return Some(false);
                    }
                }
                true
            }
            (Value::Object(one), Value::Object(_)) => {
                if one.len() != other.entries().len() {
                    return Some(false);
                }
                for (key, value) in one {
                    let Some(other) = other.property(key) else {
                        return Some(false);
                    };
                    if !value.equals(other)? {
                        return Some(false);
                    }
                }
                true
            }
            _ => false,
        })
    }

    /// The first default that it comes from, itself or one of its elements.
    pub(super) fn default_used(&self) -> Option<&ByDefault> {
        let inside = || self.elements().iter().find_map(|one| one.by_default.as_ref());
        self.by_default.as_ref().or_else(inside)
    }
}

impl Unknown {
    /// The text where only what stands before its last `/` is not known.
    pub(super) fn id(&self) -> Option<String> {
        let shape = self.shape.as_ref()?;
        let (_, last) = shape.rsplit_once('/')?;
        (!last.contains(GAP)).then(|| shown(shape))
    }

    /// The name that it has as long as its value is not known: the same for the same expression.
    pub(super) fn name(&self) -> Option<String> {
        self.shape.as_deref().map(shown)
    }

    /// A text of which nothing is known but how the template names it.
    pub(super) fn gap(name: &str) -> String {
        let name = name.replace(['/', GAP], "|");
        format!("{GAP}{name}{GAP}")
    }
}

/// Whether a name has parts that are not known.
pub(super) fn is_unresolved(name: &str) -> bool {
    name.contains(OPEN)
}

/// A text known in part as it is shown: names of what is not known in brackets.
fn shown(shape: &str) -> String {
    let mut text = String::new();
    for (index, part) in shape.split(GAP).enumerate() {
        match index {
            0 => {}
            index if index % 2 == 1 => text.push(OPEN),
            _ => text.push(']'),
        }
        text.push_str(part);
    }
    text
}

/// Opens the name of what is not known; names of entities have no such character.
const OPEN: char = '[';
