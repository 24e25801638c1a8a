//! One value of a document, as readers look at it: keys in any spelling.

use super::place::Place;
use super::value::{Json, Unknown, Value};

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'d>(&'d Json);

impl<'d> Node<'d> {
    /// This value.
    pub(super) fn of(json: &'d Json) -> Self {
        Self(json)
    }

    /// The value itself.
    pub(super) fn json(self) -> &'d Json {
        self.0
    }

    /// Where it begins.
    pub(super) fn place(self) -> Place {
        self.0.place.clone()
    }

    /// The value of a key; of an array of one object, as Terraform writes blocks, that object's.
    ///
    /// Keys are compared without letter case, `_` and `-`: `clientCertificateId`,
    /// `ClientCertificateId` and `client_certificate_id` are one. `null` is as good as absent.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let entries = match &self.0.value {
            Value::Object(entries) => entries.as_slice(),
            Value::List(elements) => match elements.as_slice() {
                [one] => one.entries(),
                _ => return None,
            },
            _ => return None,
        };
        let (_, value) = entries.iter().rev().find(|(name, _)| is_key(name, key))?;
        let node = Self(value);
        (!node.is_null()).then_some(node)
    }

    /// The value at the end of a path of keys.
    pub(super) fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a string.
    pub(super) fn text(self) -> Option<&'d str> {
        self.0.as_text()
    }

    /// The text of a key's value, where it is a string that is not blank.
    pub(super) fn text_of(self, key: &str) -> Option<&'d str> {
        self.get(key).and_then(Self::text).filter(|text| !text.trim().is_empty())
    }

    /// Why it is not known, where it is not.
    pub(super) fn unknown(self) -> Option<&'d Unknown> {
        match &self.0.value {
            Value::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// A boolean; also one in a string, as exports have them.
    pub(super) fn boolean(self) -> Option<bool> {
        match &self.0.value {
            Value::Boolean(boolean) => Some(*boolean),
            Value::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is an object.
    pub(super) fn is_object(self) -> bool {
        matches!(self.0.value, Value::Object(_))
    }

    /// Whether it is an array.
    pub(super) fn is_array(self) -> bool {
        matches!(self.0.value, Value::List(_))
    }

    /// Whether it is `null`.
    pub(super) fn is_null(self) -> bool {
        matches!(self.0.value, Value::Null)
    }

    /// The elements of an array; of anything else, nothing.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        self.0.elements().iter().map(Self)
    }

    /// The elements of an array, or the value itself, as PowerShell leaves an array of one.
    pub(super) fn one_or_more(self) -> Vec<Self> {
        if self.is_array() { self.elements().collect() } else { vec![self] }
    }

    /// Keys and values of an object, in the order of the file.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d str, Self)> {
        self.0.entries().iter().map(|(name, value)| (name.as_str(), Self(value)))
    }

    /// What kind of value it is, for messages.
    pub(super) fn kind(self) -> &'static str {
        match self.0.value {
            Value::Text(_) => "a string",
            Value::Number(_) => "a number",
            Value::Boolean(_) => "a boolean",
            Value::Object(_) => "an object",
            Value::List(_) => "a list",
            Value::Null => "null",
            Value::Unknown(_) => "not known",
        }
    }
}

/// Whether two keys are one, whatever their spelling.
pub(super) fn is_key(one: &str, other: &str) -> bool {
    let letters = |text: &'_ str| {
        let kept = text.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
        kept.map(|byte| byte.to_ascii_lowercase()).collect::<Vec<u8>>()
    };
    let is_far = one.len().abs_diff(other.len()) > MOST_SEPARATORS;
    let first = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    !is_far && first(one) == first(other) && letters(one) == letters(other)
}

/// Separators by which two spellings of one key may differ: `max_partition_resolution_retries`
/// has three.
const MOST_SEPARATORS: usize = 8;
