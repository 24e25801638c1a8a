//! JSON with the line of every value, keys in any spelling, and a bounded depth.

use std::sync::Arc;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::error::ConfigurationError;
use super::place::Place;

/// A JSON text with its values.
#[derive(Debug)]
pub(super) struct Document<'a> {
    file: Arc<str>,
    line_starts: Vec<usize>,
    root: Value<'a>,
}

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'d> {
    document: &'d Document<'d>,
    value: &'d Value<'d>,
}

impl<'a> Document<'a> {
    /// Reads a text; comments and trailing commas are allowed, as templates have them.
    ///
    /// The parser refuses more than 512 values inside one another.
    pub(super) fn parse(file: &Arc<str>, text: &'a str) -> Result<Self, ConfigurationError> {
        let strict = ParseOptions {
            allow_comments: true,
            allow_trailing_commas: true,
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let parsed = parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|error| {
            let line = u64::try_from(error.line_display()).unwrap_or(u64::MAX);
            let what = first_lower(&error.kind().to_string());
            let is_cut = error.range().end >= text.trim_end().len()
                || what.contains("unterminated")
                || !text.trim_end().ends_with(['}', ']']);
            let wrong =
                ConfigurationError::at(&Place::new(file, line), format!("not valid JSON: {what}"));
            if what.contains("nesting depth") {
                wrong.hint("configuration nests some twenty deep: this is another file")
            } else if is_cut {
                wrong.hint("the file seems to be cut: export it again")
            } else {
                wrong
            }
        })?;
        let Some(root) = parsed.value else {
            return Err(ConfigurationError::at(&Place::file(file), "the file is empty"));
        };
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = newlines.map(|(index, _)| index + 1).collect();
        Ok(Self { file: Arc::clone(file), line_starts, root })
    }

    /// The outermost value.
    pub(super) fn root(&self) -> Node<'_> {
        Node { document: self, value: &self.root }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset) + 1;
        Place::new(&self.file, u64::try_from(line).unwrap_or(u64::MAX))
    }
}

impl<'d> Node<'d> {
    /// Where it begins.
    pub(super) fn place(self) -> Place {
        self.document.place(self.value.start())
    }

    /// The value of a key; of an array of one object, as Terraform writes blocks, that object's.
    ///
    /// Keys are compared without letter case, `_` and `-`: `clientCertificateId`,
    /// `ClientCertificateId` and `client_certificate_id` are one. `null` is as good as absent.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let object = match self.value {
            Value::Object(object) => object,
            Value::Array(array) => match array.elements.as_slice() {
                [Value::Object(object)] => object,
                _ => return None,
            },
            _ => return None,
        };
        let found = object.properties.iter().rev().find(|one| is_key(name(&one.name), key))?;
        let node = Self { document: self.document, value: &found.value };
        (!node.is_null()).then_some(node)
    }

    /// The value at the end of a path of keys.
    pub(super) fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a string.
    pub(super) fn text(self) -> Option<&'d str> {
        match self.value {
            Value::StringLit(text) => Some(&text.value),
            _ => None,
        }
    }

    /// The text of a key's value, where it is a string that is not blank.
    pub(super) fn text_of(self, key: &str) -> Option<&'d str> {
        self.get(key).and_then(Self::text).filter(|text| !text.trim().is_empty())
    }

    /// A boolean; also one in a string, as exports have them.
    pub(super) fn boolean(self) -> Option<bool> {
        match self.value {
            Value::BooleanLit(boolean) => Some(boolean.value),
            Value::StringLit(text) => match text.value.to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is an object.
    pub(super) fn is_object(self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// Whether it is an array.
    pub(super) fn is_array(self) -> bool {
        matches!(self.value, Value::Array(_))
    }

    /// Whether it is `null`.
    pub(super) fn is_null(self) -> bool {
        matches!(self.value, Value::NullKeyword(_))
    }

    /// The elements of an array; of anything else, nothing.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let elements: &[Value<'_>] = match self.value {
            Value::Array(array) => &array.elements,
            _ => &[],
        };
        elements.iter().map(move |value| Self { document: self.document, value })
    }

    /// The elements of an array, or the value itself, as PowerShell leaves an array of one.
    pub(super) fn one_or_more(self) -> Vec<Self> {
        if self.is_array() { self.elements().collect() } else { vec![self] }
    }

    /// Keys and values of an object, in the order of the file.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d str, Self)> {
        let properties = match self.value {
            Value::Object(object) => object.properties.as_slice(),
            _ => &[],
        };
        properties
            .iter()
            .map(move |one| (name(&one.name), Self { document: self.document, value: &one.value }))
    }

    /// What kind of value it is, for messages.
    pub(super) fn kind(self) -> &'static str {
        match self.value {
            Value::StringLit(_) => "a string",
            Value::NumberLit(_) => "a number",
            Value::BooleanLit(_) => "a boolean",
            Value::Object(_) => "an object",
            Value::Array(_) => "a list",
            Value::NullKeyword(_) => "null",
        }
    }
}

fn name<'d>(name: &'d ObjectPropName<'d>) -> &'d str {
    match name {
        ObjectPropName::String(text) => &text.value,
        ObjectPropName::Word(word) => word.value,
    }
}

fn is_key(one: &str, other: &str) -> bool {
    let letters = |text: &'_ str| {
        let kept = text.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
        kept.map(|byte| byte.to_ascii_lowercase()).collect::<Vec<u8>>()
    };
    let is_far = one.len().abs_diff(other.len()) > MOST_SEPARATORS;
    let first = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    !is_far && first(one) == first(other) && letters(one) == letters(other)
}

fn first_lower(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), characters.as_str()),
        None => String::new(),
    }
}

/// Separators by which two spellings of one key may differ: `max_partition_resolution_retries`
/// has three.
const MOST_SEPARATORS: usize = 8;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn error(text: &str) -> String {
        Document::parse(&"f.json".into(), text).unwrap_err().to_string()
    }

    #[test]
    fn keys_are_found_in_every_spelling() {
        let text = r#"{"clientCertificatethumbprint": "a", "Client_Certificate_Id": "b"}"#;
        let document = Document::parse(&"f".into(), text).unwrap();
        assert_eq!(document.root().text_of("clientCertificateThumbprint"), Some("a"));
        assert_eq!(document.root().text_of("clientCertificateId"), Some("b"));
        assert!(document.root().get("clientCertificate").is_none());
    }

    #[test]
    fn places_count_lines_from_one() {
        let document = Document::parse(&"f".into(), "{\n\"a\":\n {\"b\": 1}\n}").unwrap();
        assert_eq!(document.root().place().to_string(), "f:1");
        assert_eq!(document.root().get("a").unwrap().place().to_string(), "f:3");
    }

    #[test]
    fn terraform_block_is_an_array_of_one() {
        let document = Document::parse(&"f".into(), r#"{"tls": [{"a": "x"}]}"#).unwrap();
        assert_eq!(document.root().at(&["tls", "a"]).unwrap().text(), Some("x"));
    }

    #[test]
    fn broken_json_is_told_with_its_line() {
        assert!(error("{\n  \"a\": 1,\n  \"b\": \n").starts_with("f.json:"));
        assert!(error("{\"a\" 1}").starts_with("f.json:1: not valid JSON"));
        assert_eq!(error(" \n"), "f.json: the file is empty");
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(error(&deep).contains("nesting depth"), "{}", error(&deep));
        let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        assert!(error(&deep).contains("nesting depth"));
    }
}
