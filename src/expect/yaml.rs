//! YAML text -> values with their lines; as JSON text too, each value on its own line, for whoever
//! reads JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

/// A value of a YAML document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::expect) struct Yaml {
    /// Line on which it begins, from 1; of an alias, its own line and not its anchor's.
    pub(in crate::expect) line: u64,
    /// What it is.
    pub(in crate::expect) value: YamlValue,
}

/// What a YAML value is: the core schema of YAML 1.2, section 10.3.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::expect) enum YamlValue {
    /// `true` or `false`; `yes` is a text.
    Boolean(bool),
    /// A sequence.
    List(Vec<Yaml>),
    /// A mapping, in the order of the file, each key once; merge keys (`<<`) are put in.
    Map(Vec<(String, Yaml)>),
    /// Nothing, `~` or `null`.
    Null,
    /// A number as JSON writes it.
    Number(String),
    /// Anything else.
    Text(String),
}

/// Why a text cannot be used as YAML.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::expect) struct YamlError {
    /// Line, from 1.
    pub(in crate::expect) line: u64,
    /// What is wrong, a lower-case fragment.
    pub(in crate::expect) what: String,
}

impl Yaml {
    /// Every document of a text; those that hold nothing are left out.
    ///
    /// # Errors
    ///
    /// Gives the line of what is not YAML, of a key that comes twice, and of what is above the
    /// bounds on size, depth and aliases.
    pub(in crate::expect) fn documents(text: &str) -> Result<Vec<Self>, YamlError> {
        if text.len() > LARGEST_TEXT {
            let what = format!("{} bytes of YAML are more than {LARGEST_TEXT}", text.len());
            return Err(YamlError { line: 1, what });
        }
        let mut builder = Builder::default();
        let mut documents = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event?;
            let line = u64::try_from(span.start.line()).unwrap_or(u64::MAX);
            if matches!(event, Event::DocumentStart(_)) {
                // Anchors are a document's own (YAML 1.2.2, section 3.2.2.2).
                builder.anchors.clear();
            }
            if let Some(root) = builder.take(event, line)?
                && root.value != YamlValue::Null
            {
                documents.push(root);
            }
        }
        Ok(documents)
    }

    /// The same as JSON text, in which every value stands on its line as far as the order of the
    /// lines allows (what an alias stands for is on the alias's line or behind it).
    pub(in crate::expect) fn to_json_text(&self) -> String {
        let mut writer = JsonText { text: String::new(), line: 1 };
        writer.value(self);
        writer.text
    }

    /// The same as a JSON value.
    pub(in crate::expect) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.value {
            YamlValue::Boolean(boolean) => Value::Bool(*boolean),
            YamlValue::List(list) => Value::Array(list.iter().map(Self::to_json).collect()),
            YamlValue::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), value.to_json()));
                Value::Object(entries.collect())
            }
            YamlValue::Null => Value::Null,
            YamlValue::Number(number) => {
                serde_json::from_str(number).unwrap_or_else(|_| Value::String(number.clone()))
            }
            YamlValue::Text(text) => Value::String(text.clone()),
        }
    }

    /// The value of a key.
    pub(in crate::expect) fn get(&self, key: &str) -> Option<&Self> {
        let YamlValue::Map(entries) = &self.value else {
            return None;
        };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text of a text.
    pub(in crate::expect) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; of anything else, nothing.
    pub(in crate::expect) fn elements(&self) -> &[Self] {
        match &self.value {
            YamlValue::List(list) => list,
            _ => &[],
        }
    }

    fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, line: u64) -> Self {
        let is_core_tag = tag.is_some_and(Tag::is_yaml_core_schema);
        let is_text = style != ScalarStyle::Plain
            || tag
                .is_some_and(|tag| is_core_tag && matches!(tag.suffix.as_str(), "str" | "binary"))
            || tag.is_some_and(|_| !is_core_tag);
        let value = match text {
            _ if is_text => YamlValue::Text(text.to_owned()),
            "" | "~" | "null" | "Null" | "NULL" => YamlValue::Null,
            "true" | "True" | "TRUE" => YamlValue::Boolean(true),
            "false" | "False" | "FALSE" => YamlValue::Boolean(false),
            number if is_json_number(number) => YamlValue::Number(number.to_owned()),
            _ => YamlValue::Text(text.to_owned()),
        };
        Self { line, value }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        let line = u64::try_from(error.marker().line()).unwrap_or(u64::MAX);
        Self { line, what: format!("not valid YAML: {}", error.info()) }
    }
}

/// Puts values together from what the parser says.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Built>,
    /// Values made so far, aliases and anchors included, and bytes of their texts.
    values: usize,
    bytes: usize,
}

/// A list or mapping that is not over.
struct Open {
    line: u64,
    anchor: usize,
    kind: OpenKind,
    size: Size,
}

enum OpenKind {
    List(Vec<Yaml>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<(String, Yaml)>,
    /// The keys of the entries.
    keys: BTreeSet<String>,
    /// What merge keys name.
    merged: Vec<Yaml>,
    /// The key whose value comes next.
    key: Option<(String, u64)>,
}

/// A value with what a copy of it costs.
#[derive(Clone)]
struct Built {
    yaml: Yaml,
    size: Size,
}

#[derive(Clone, Copy, Default)]
struct Size {
    values: usize,
    bytes: usize,
    /// Lists and mappings inside one another.
    height: usize,
}

impl Builder {
    /// Takes one event; gives the document's root when it is complete.
    fn take(&mut self, event: Event<'_>, line: u64) -> Result<Option<Yaml>, YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let yaml = Yaml::scalar(&text, style, tag.as_deref(), line);
                let size = Size { values: 1, bytes: text.len(), height: 0 };
                self.built(Built { yaml, size }, true, anchor, line)
            }
            Event::Alias(anchor) => {
                let Some(mut built) = self.anchors.get(&anchor).cloned() else {
                    let what = "an alias stands inside what it is an alias of".to_owned();
                    return Err(YamlError { line, what });
                };
                built.yaml.line = line;
                self.built(built, true, 0, line)
            }
            Event::SequenceStart(anchor, _) => {
                self.open(anchor, line, OpenKind::List(Vec::new()))?;
                Ok(None)
            }
            Event::MappingStart(anchor, _) => {
                self.open(anchor, line, OpenKind::Map(OpenMap::default()))?;
                Ok(None)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(None);
                };
                let Open { line, anchor, kind, mut size } = open;
                size.height += 1;
                let value = match kind {
                    OpenKind::List(list) => YamlValue::List(list),
                    OpenKind::Map(map) => YamlValue::Map(map.merge()),
                };
                self.built(Built { yaml: Yaml { line, value }, size }, false, anchor, line)
            }
            _ => Ok(None),
        }
    }

    fn open(&mut self, anchor: usize, line: u64, kind: OpenKind) -> Result<(), YamlError> {
        if self.open.len() >= DEEPEST {
            return Err(too_deep(line));
        }
        self.count(Size { values: 1, ..Size::default() }, line)?;
        self.open.push(Open { line, anchor, kind, size: Size { values: 1, ..Size::default() } });
        Ok(())
    }

    /// Puts a value where it belongs.
    fn built(
        &mut self,
        built: Built,
        is_whole: bool,
        anchor: usize,
        line: u64,
    ) -> Result<Option<Yaml>, YamlError> {
        if self.open.len() + built.size.height > DEEPEST {
            return Err(too_deep(line));
        }
        // What was made of parts was counted with them, but for what aliases repeat.
        if is_whole {
            self.count(built.size, line)?;
        }
        if anchor != 0 {
            self.count(built.size, line)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Some(open) = self.open.last_mut() else {
            return Ok(Some(built.yaml));
        };
        open.size.values = open.size.values.saturating_add(built.size.values);
        open.size.bytes = open.size.bytes.saturating_add(built.size.bytes);
        open.size.height = open.size.height.max(built.size.height);
        match &mut open.kind {
            OpenKind::List(list) => list.push(built.yaml),
            OpenKind::Map(map) => match map.key.take() {
                None => map.key = Some((key_text(built.yaml)?, line)),
                Some((name, _)) if name == MERGE => map.merged.push(built.yaml),
                Some((name, line)) => {
                    if !map.keys.insert(name.clone()) {
                        return Err(YamlError {
                            line,
                            what: format!("the key {name:?} comes twice"),
                        });
                    }
                    map.entries.push((name, built.yaml));
                }
            },
        }
        Ok(None)
    }

    fn count(&mut self, size: Size, line: u64) -> Result<(), YamlError> {
        self.values = self.values.saturating_add(size.values);
        self.bytes = self.bytes.saturating_add(size.bytes);
        if self.values > MOST_VALUES || self.bytes > MOST_BYTES {
            let what = format!(
                "more than {MOST_VALUES} values or {MOST_BYTES} bytes, with what aliases repeat"
            );
            return Err(YamlError { line, what });
        }
        Ok(())
    }
}

impl OpenMap {
    /// Its entries with those that merge keys name, which its own beat.
    fn merge(mut self) -> Vec<(String, Yaml)> {
        let maps = self.merged.into_iter().flat_map(|one| match one.value {
            YamlValue::List(list) => list,
            _ => vec![one],
        });
        for map in maps {
            let YamlValue::Map(inner) = map.value else {
                continue;
            };
            let new = inner.into_iter().filter(|(key, _)| self.keys.insert(key.clone()));
            self.entries.extend(new);
        }
        self.entries
    }
}

fn key_text(key: Yaml) -> Result<String, YamlError> {
    match key.value {
        YamlValue::Text(text) | YamlValue::Number(text) => Ok(text),
        YamlValue::Boolean(boolean) => Ok(boolean.to_string()),
        YamlValue::Null => Ok(String::new()),
        YamlValue::List(_) | YamlValue::Map(_) => {
            Err(YamlError { line: key.line, what: "a key is a list or a mapping".to_owned() })
        }
    }
}

fn too_deep(line: u64) -> YamlError {
    YamlError { line, what: format!("more than {DEEPEST} values inside one another") }
}

fn is_json_number(text: &str) -> bool {
    let is_like_one = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    is_like_one && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// Writes JSON with its values on given lines.
struct JsonText {
    text: String,
    line: u64,
}

impl JsonText {
    fn value(&mut self, yaml: &Yaml) {
        // Lines come from the text itself, so there are no more line breaks than it has.
        while self.line < yaml.line {
            self.text.push('\n');
            self.line += 1;
        }
        match &yaml.value {
            YamlValue::Boolean(boolean) => self.raw(boolean),
            YamlValue::Null => self.raw("null"),
            YamlValue::Number(number) => self.raw(number),
            YamlValue::Text(text) => self.raw(serde_json::Value::from(text.as_str())),
            YamlValue::List(list) => {
                self.raw('[');
                for (index, element) in list.iter().enumerate() {
                    self.separator(index);
                    self.value(element);
                }
                self.raw(']');
            }
            YamlValue::Map(entries) => {
                self.raw('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.separator(index);
                    self.raw(serde_json::Value::from(key.as_str()));
                    self.raw(':');
                    self.value(value);
                }
                self.raw('}');
            }
        }
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.text.push(',');
        }
    }

    fn raw(&mut self, part: impl std::fmt::Display) {
        // Writing into a String cannot fail.
        let _ = write!(self.text, "{part}");
    }
}

/// The key of YAML 1.1 that puts another mapping's entries in.
const MERGE: &str = "<<";

/// Largest YAML text in bytes: a cluster's resources or a gateway's whole configuration take some
/// megabytes.
const LARGEST_TEXT: usize = 16 << 20;

/// Values of all documents of a text, with what aliases repeat.
const MOST_VALUES: usize = 1_000_000;

/// Bytes of all texts, with what aliases repeat.
const MOST_BYTES: usize = 64 << 20;

/// Lists and mappings inside one another; configuration nests some twenty deep.
const DEEPEST: usize = 64;
