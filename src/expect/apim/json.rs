//! JSON with the line of every value, and a bounded depth.

use std::sync::Arc;

use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::error::ConfigurationError;
use super::node::Node;
use super::place::Place;
use super::value::{Json, Value};

/// A JSON text with its values.
#[derive(Debug)]
pub(super) struct Document {
    root: Json,
}

impl Document {
    /// Reads a text; comments and trailing commas are allowed, as templates have them.
    ///
    /// The parser refuses more than 512 values inside one another.
    pub(super) fn parse(file: &Arc<str>, text: &str) -> Result<Self, ConfigurationError> {
        let parsed = parse(text).map_err(|(line, what, is_cut)| {
            let wrong =
                ConfigurationError::at(&Place::new(file, line), format!("not valid JSON: {what}"));
            if what.contains("nesting depth") {
                wrong.hint("configuration nests some twenty deep: this is another file")
            } else if !text.trim_start().starts_with(['{', '[', '/', '"']) {
                wrong.hint(
                    "what is read: JSON (of az rest, terraform show -json, a template), policies as XML, \
                     and folders of the APIOps extractor",
                )
            } else if is_cut {
                wrong.hint("the file seems to be cut: export it again")
            } else {
                wrong
            }
        })?;
        let Some(root) = parsed else {
            return Err(ConfigurationError::at(&Place::file(file), "the file is empty"));
        };
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts: Vec<usize> = newlines.map(|(index, _)| index + 1).collect();
        let place = |offset: usize| {
            let line = line_starts.partition_point(|start| *start <= offset) + 1;
            Place::new(file, u64::try_from(line).unwrap_or(u64::MAX))
        };
        Ok(Self { root: converted(root, &place) })
    }

    /// The outermost value.
    pub(super) fn root(&self) -> Node<'_> {
        Node::of(&self.root)
    }

    /// The outermost value itself.
    pub(super) fn into_root(self) -> Json {
        self.root
    }
}

/// The value of a JSON text that stands in a string of a file, all of it at the string's place.
///
/// # Errors
///
/// What is wrong with the text.
pub(super) fn inside(text: &str, place: &Place) -> Result<Json, String> {
    let parsed = parse(text).map_err(|(_, what, _)| format!("not valid JSON: {what}"))?;
    let root = parsed.ok_or("an empty text")?;
    Ok(converted(root, &|_| place.clone()))
}

/// The values of a text; else the line, what is wrong there, and whether the text seems to be cut.
fn parse(text: &str) -> Result<Option<ast::Value<'_>>, (u64, String, bool)> {
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
        (line, what, is_cut)
    })?;
    Ok(parsed.value)
}

fn converted(parsed: ast::Value<'_>, place: &dyn Fn(usize) -> Place) -> Json {
    let at = place(parsed.start());
    let value = match parsed {
        ast::Value::StringLit(text) => Value::Text(text.value.into_owned()),
        ast::Value::NumberLit(number) => Value::Number(number.value.to_owned()),
        ast::Value::BooleanLit(boolean) => Value::Boolean(boolean.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Array(array) => {
            Value::List(array.elements.into_iter().map(|one| converted(one, place)).collect())
        }
        ast::Value::Object(object) => {
            let entries = object.properties.into_iter();
            Value::Object(
                entries.map(|one| (name(one.name), converted(one.value, place))).collect(),
            )
        }
    };
    Json::new(at, value)
}

fn name(name: ObjectPropName<'_>) -> String {
    match name {
        ObjectPropName::String(text) => text.value.into_owned(),
        ObjectPropName::Word(word) => word.value.to_owned(),
    }
}

fn first_lower(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), characters.as_str()),
        None => String::new(),
    }
}

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
