//! Files of parameters beside a template, and what they say of its parameters.

use super::json::Document;
use super::node::Node;
use super::place::{Place, quoted};
use super::value::{Json, Value};

/// A file of parameters.
#[derive(Clone, Debug)]
pub(super) struct ParameterFile {
    /// The file.
    pub(super) place: Place,
    /// Names and what the file gives for each.
    values: Vec<(String, Json)>,
}

/// What files of parameters say for one template.
#[derive(Clone, Debug, Default)]
pub(super) struct Given<'f> {
    files: Vec<&'f ParameterFile>,
}

impl ParameterFile {
    /// Reads a file of parameters; `None` for another.
    pub(super) fn read(document: &Document) -> Option<Self> {
        let root = document.root();
        let schema = root.text_of("$schema").unwrap_or_default().to_ascii_lowercase();
        let parameters = root.get("parameters").filter(|one| one.is_object())?;
        let is_one = schema.contains("deploymentparameters")
            || (schema.is_empty() && root.get("resources").is_none() && has_values(parameters));
        if !is_one {
            return None;
        }
        Some(Self { place: Place::file(&root.place().file), ..Self::of(parameters) })
    }

    /// What an object gives: `{"name": {"value": …}}`.
    pub(super) fn of(parameters: Node<'_>) -> Self {
        let values = parameters.entries().map(|(name, given)| (name.to_owned(), value(given)));
        Self { place: parameters.place(), values: values.collect() }
    }

    /// Whether a template has every parameter that the file names, as a deployment needs.
    fn fits(&self, template: &Json) -> bool {
        self.values.iter().all(|(name, _)| has_parameter(template, name))
    }

    /// Whether a template has one of the parameters.
    pub(super) fn concerns(&self, template: &Json) -> bool {
        self.values.iter().any(|(name, _)| has_parameter(template, name))
    }
}

impl<'f> Given<'f> {
    /// The files that are for a template: those that fit it, else those that name one of its
    /// parameters.
    pub(super) fn new(
        template: &Json,
        files: impl Iterator<Item = &'f ParameterFile> + Clone,
    ) -> Self {
        let fitting: Vec<_> = files.clone().filter(|file| file.fits(template)).collect();
        match fitting.is_empty() {
            true => Self { files: files.filter(|file| file.concerns(template)).collect() },
            false => Self { files: fitting },
        }
    }

    /// Whether there is such a file: what it does not name has its default then.
    pub(super) fn is_any(&self) -> bool {
        !self.files.is_empty()
    }

    /// What the files give for a parameter.
    pub(super) fn value(&self, name: &str) -> Option<Json> {
        let mut found: Option<(&ParameterFile, &Json)> = None;
        for file in &self.files {
            let mut values = file.values.iter().rev();
            let Some((_, value)) = values.find(|(known, _)| known.eq_ignore_ascii_case(name))
            else {
                continue;
            };
            match found {
                Some((earlier, known)) if known.equals(value) != Some(true) => {
                    let why = format!(
                        "parameters('{}') has one value in {} and another in {}",
                        quoted(name),
                        earlier.place,
                        file.place
                    );
                    return Some(Json::unknown(value.place.clone(), name, why));
                }
                _ => found = Some((*file, value)),
            }
        }
        found.map(|(_, value)| value.clone())
    }
}

/// What a deployment gives for a parameter: `{"value": …}`, or a reference to a secret.
pub(super) fn value(given: Node<'_>) -> Json {
    if given.unknown().is_some() {
        return given.json().clone();
    }
    if let Some(value) = given.json().property("value") {
        return value.clone();
    }
    let why = match given.get("reference") {
        Some(_) => "its value is a secret of Key Vault, which only a deployment reads",
        None => "the file of parameters gives no value for it",
    };
    Json::unknown(given.place(), "", why)
}

fn has_values(parameters: Node<'_>) -> bool {
    let has = |one: Node<'_>| {
        one.is_object()
            && ["value", "reference"].iter().any(|key| one.json().property(key).is_some())
    };
    parameters.entries().next().is_some() && parameters.entries().all(|(_, one)| has(one))
}

fn has_parameter(template: &Json, name: &str) -> bool {
    template.property("parameters").is_some_and(|all| all.property(name).is_some())
}

impl Json {
    /// A value in a few words, for messages.
    pub(super) fn in_words(&self) -> String {
        match &self.value {
            Value::Text(text) if text.is_empty() => "empty".to_owned(),
            Value::Text(text) => quoted(text).chars().take(SHOWN_CHARACTERS).collect(),
            Value::Number(number) => number.clone(),
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Null => "null".to_owned(),
            Value::List(elements) if elements.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::Unknown(_) => "not known".to_owned(),
        }
    }
}

/// Characters of a value that a message shows.
const SHOWN_CHARACTERS: usize = 60;
