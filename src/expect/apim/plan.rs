//! What a Terraform plan does not know before it is applied, put among what it knows.

use super::place::Place;
use super::value::{Json, Unknown, Value};

/// The values of a planned resource, with unknown ones where `unknown` (`after_unknown`) says so.
pub(super) fn with_unknown(values: &Json, unknown: &Json, address: &str) -> Json {
    let Value::Object(entries) = &values.value else {
        return values.clone();
    };
    let mut entries = entries.clone();
    for (key, unknown) in unknown.entries() {
        let told = Told { address, key, place: &values.place };
        let known = entries.iter().position(|(name, _)| name == key);
        let known = known.map(|at| entries.remove(at).1);
        if let Some(value) = told.laid_over(known, unknown, 0) {
            entries.push((key.clone(), value));
        }
    }
    Json { value: Value::Object(entries), ..values.clone() }
}

/// How what is not known is told.
struct Told<'t> {
    address: &'t str,
    key: &'t str,
    place: &'t Place,
}

impl Told<'_> {
    fn laid_over(&self, known: Option<Json>, unknown: &Json, depth: usize) -> Option<Json> {
        if depth > DEEPEST {
            return Some(self.not_known());
        }
        match (&unknown.value, known) {
            (Value::Boolean(true), _) => Some(self.not_known()),
            (
                Value::Object(parts),
                Some(Json { value: Value::Object(mut entries), place, by_default }),
            ) => {
                for (key, part) in parts {
                    let at = entries.iter().position(|(name, _)| name == key);
                    let inner = at.map(|at| entries.remove(at).1);
                    if let Some(value) = self.laid_over(inner, part, depth + 1) {
                        entries.push((key.clone(), value));
                    }
                }
                Some(Json { value: Value::Object(entries), place, by_default })
            }
            (
                Value::List(parts),
                Some(Json { value: Value::List(elements), place, by_default }),
            ) => {
                let mut elements = elements.into_iter();
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.laid_over(elements.next(), part, depth + 1));
                }
                all.extend(elements);
                Some(Json { value: Value::List(all), place, by_default })
            }
            (_, known) => {
                let is_there = known.as_ref().is_some_and(|one| !matches!(one.value, Value::Null));
                match holds_true(unknown, 0) && !is_there {
                    true => Some(self.not_known()),
                    false => known,
                }
            }
        }
    }

    fn not_known(&self) -> Json {
        let why = format!(
            "the plan does not know the {} yet: apply it, and give terraform show -json of the state",
            self.key
        );
        let shape = Some(Unknown::gap(&format!("{} of {}", self.key, self.address)));
        let unknown = Unknown { raw: self.key.to_owned(), why, shape };
        Json::new(self.place.clone(), Value::Unknown(unknown))
    }
}

fn holds_true(value: &Json, depth: usize) -> bool {
    matches!(value.value, Value::Boolean(true))
        || (depth < DEEPEST
            && (value.elements().iter().any(|one| holds_true(one, depth + 1))
                || value.entries().iter().any(|(_, one)| holds_true(one, depth + 1))))
}

/// Lists and objects inside one another.
const DEEPEST: usize = 32;
