//! Functions of template expressions: values -> a value, which is unknown where one of them is.

use std::borrow::Cow;

use super::budget::{Budget, TOO_LARGE};
use super::evaluate::no_value;
use super::expression::{Expression, usual};
use super::function_texts as texts;
use super::json;
use super::place::{Place, quoted};
use super::value::{ByDefault, Json, Unknown, Value};

/// What a condition comes to.
///
/// # Errors
///
/// Why that is not known. A default does not decide: a deployment may give another value.
pub(super) fn decided(condition: &Json) -> Result<bool, String> {
    if let Some(default) = &condition.by_default {
        return Err(only_a_default(default));
    }
    match &condition.value {
        Value::Boolean(boolean) => Ok(*boolean),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Value::Unknown(unknown) => Err(unknown.why.clone()),
        _ => Err("its condition is not a boolean".to_owned()),
    }
}

/// That something depends on a parameter of which only the default is known.
pub(super) fn only_a_default(default: &ByDefault) -> String {
    format!(
        "{} decides, of which only the default is known: give the file of parameters too",
        default.parameter
    )
}

/// What a function gives; its name is in lower case, and its values are those of its arguments.
pub(super) fn call(
    (name, expressions): (&str, &[Expression]),
    values: &[Cow<'_, Json>],
    place: &Place,
    budget: &Budget,
) -> Json {
    let arguments: Vec<&Json> = values.iter().map(AsRef::as_ref).collect();
    let call = Call { name, expressions, arguments, place, budget };
    let mut found = call.value();
    if found.by_default.is_none() {
        found.by_default = call.default_used();
    }
    found
}

/// A function with its arguments.
pub(super) struct Call<'c> {
    pub(super) name: &'c str,
    expressions: &'c [Expression],
    pub(super) arguments: Vec<&'c Json>,
    pub(super) place: &'c Place,
    pub(super) budget: &'c Budget,
}

impl Call<'_> {
    fn value(&self) -> Json {
        if let Some(found) = texts::call(self) {
            return found;
        }
        match self.name {
            "and" => return self.all_of(true),
            "or" => return self.all_of(false),
            "coalesce" => return self.coalesce(),
            "createarray" => return self.list(self.arguments.iter().copied()),
            "createobject" => return self.create_object(),
            "concat" => return self.concat(),
            _ => {}
        }
        // Of all others, every argument has to be known.
        let mut unknown = self.arguments.iter().filter_map(|one| match &one.value {
            Value::Unknown(unknown) => Some(unknown),
            _ => None,
        });
        if let Some(unknown) = unknown.next() {
            let gap = Unknown::gap(&self.shown());
            let unknown = Unknown { shape: Some(gap), ..unknown.clone() };
            return self.is(Value::Unknown(unknown));
        }
        self.of_known().unwrap_or_else(|| self.no_value())
    }

    fn of_known(&self) -> Option<Json> {
        let boolean = |value| Some(self.is(Value::Boolean(value)));
        let number = |value: i64| Some(self.is(Value::Number(value.to_string())));
        let size = |value: usize| i64::try_from(value).ok().and_then(number);
        match (self.name, self.arguments.as_slice()) {
            ("true", []) => boolean(true),
            ("false", []) => boolean(false),
            ("null", []) => Some(self.is(Value::Null)),
            ("not", [one]) => boolean(!is_true(one)?),
            ("bool", [one]) => boolean(is_true(one)?),
            ("equals", [one, other]) => boolean(one.equals(other)?),
            ("empty", [one]) => boolean(one.is_empty()),
            ("contains", [one, other]) => boolean(contains(one, other)?),
            ("greater", [one, other]) => boolean(integer(one)? > integer(other)?),
            ("greaterorequals", [one, other]) => boolean(integer(one)? >= integer(other)?),
            ("less", [one, other]) => boolean(integer(one)? < integer(other)?),
            ("lessorequals", [one, other]) => boolean(integer(one)? <= integer(other)?),
            ("length", [one]) => match &one.value {
                Value::Text(text) => size(text.chars().count()),
                Value::Object(entries) => size(entries.len()),
                Value::List(elements) => size(elements.len()),
                _ => None,
            },
            ("int", [one]) => number(integer(one)?),
            ("add", [one, other]) => number(integer(one)?.checked_add(integer(other)?)?),
            ("sub", [one, other]) => number(integer(one)?.checked_sub(integer(other)?)?),
            ("mul", [one, other]) => number(integer(one)?.checked_mul(integer(other)?)?),
            ("div", [one, other]) => number(integer(one)?.checked_div(integer(other)?)?),
            ("mod", [one, other]) => number(integer(one)?.checked_rem(integer(other)?)?),
            ("range", [start, count]) => self.range(integer(start)?, integer(count)?),
            ("first", [list]) if is_list(list) => Some(self.own(list.elements().first()?)),
            ("last", [list]) if is_list(list) => Some(self.own(list.elements().last()?)),
            ("skip", [list, count]) if is_list(list) => {
                let count = usize::try_from(integer(count)?).ok()?;
                Some(self.list(list.elements().iter().skip(count)))
            }
            ("take", [list, count]) if is_list(list) => {
                let count = usize::try_from(integer(count)?).ok()?;
                Some(self.list(list.elements().iter().take(count)))
            }
            ("array", [one]) => Some(match one.value {
                Value::List(_) => self.own(one),
                _ => self.list([*one]),
            }),
            ("json", [one]) => json::inside(one.as_text()?, self.place).ok(),
            ("tryget", [value, path @ ..]) => self.try_get(value, path),
            ("union", [first, others @ ..]) => self.union(first, others),
            _ => None,
        }
    }

    /// `and` and `or`: one value that decides is enough.
    fn all_of(&self, wanted: bool) -> Json {
        let decides = |one: &&&Json| is_true(one) == Some(!wanted) && one.by_default.is_none();
        if self.arguments.iter().any(|one| decides(&one)) {
            return Json {
                // Known without the others, so no default has a part in it.
                by_default: None,
                ..self.is(Value::Boolean(!wanted))
            };
        }
        let mut all = Some(wanted);
        for one in &self.arguments {
            match (is_true(one), &one.value) {
                (Some(known), _) if known == wanted => {}
                (Some(_), _) => all = all.map(|_| !wanted),
                (None, Value::Unknown(unknown)) => return self.is(Value::Unknown(unknown.clone())),
                (None, _) => all = None,
            }
        }
        all.map_or_else(|| self.no_value(), |all| self.is(Value::Boolean(all)))
    }

    fn coalesce(&self) -> Json {
        for one in &self.arguments {
            match (&one.value, &one.by_default) {
                (Value::Null, Some(default)) => {
                    return Json::unknown(self.place.clone(), "", only_a_default(default));
                }
                (Value::Null, None) => {}
                _ => return self.own(one),
            }
        }
        self.is(Value::Null)
    }

    fn create_object(&self) -> Json {
        let mut entries = Vec::new();
        for pair in self.arguments.chunks(2) {
            let [key, value] = pair else {
                return self.no_value();
            };
            match key.as_text() {
                Some(key) => entries.push((key.to_owned(), self.own(value))),
                None => return self.no_value(),
            }
        }
        self.is(Value::Object(entries))
    }

    /// `concat` of lists; texts are joined elsewhere.
    fn concat(&self) -> Json {
        if let Some(unknown) = self.arguments.iter().find(|one| !is_list(one)) {
            return match &unknown.value {
                Value::Unknown(unknown) => self.is(Value::Unknown(unknown.clone())),
                _ => self.no_value(),
            };
        }
        self.list(self.arguments.iter().flat_map(|one| one.elements()))
    }

    fn range(&self, start: i64, count: i64) -> Option<Json> {
        let end = start.checked_add(count)?;
        if !(0..=LONGEST_RANGE).contains(&count) {
            return None;
        }
        let one = |number: i64| self.is(Value::Number(number.to_string()));
        Some(self.is(Value::List((start..end).map(one).collect())))
    }

    fn try_get(&self, value: &Json, path: &[&Json]) -> Option<Json> {
        let mut found = value;
        for step in path {
            let next = match &step.value {
                Value::Text(name) => found.property(name),
                _ => found.elements().get(usize::try_from(integer(step)?).ok()?),
            };
            match next {
                Some(next) => found = next,
                None => return Some(self.is(Value::Null)),
            }
        }
        Some(self.own(found))
    }

    /// Objects put over one another, or the elements of lists, each once.
    fn union(&self, first: &Json, others: &[&Json]) -> Option<Json> {
        let mut all = self.own(first);
        for other in others {
            match (&mut all.value, &other.value) {
                (Value::Object(entries), Value::Object(more)) => {
                    for (key, value) in more {
                        entries.retain(|(known, _)| !known.eq_ignore_ascii_case(key));
                        entries.push((key.clone(), self.own(value)));
                        if !self.budget.takes(entries.len()) {
                            return None;
                        }
                    }
                }
                (Value::List(elements), Value::List(more)) => {
                    for value in more {
                        if !self.budget.takes(elements.len()) {
                            return None;
                        }
                        if !elements.iter().any(|known| known.equals(value) == Some(true)) {
                            elements.push(self.own(value));
                        }
                    }
                }
                _ => return None,
            }
        }
        Some(all)
    }

    /// A value made here.
    pub(super) fn is(&self, value: Value) -> Json {
        Json::new(self.place.clone(), value)
    }

    /// A value that is too large.
    pub(super) fn too_large(&self) -> Json {
        Json::unknown(self.place.clone(), "", TOO_LARGE)
    }

    fn own(&self, value: &Json) -> Json {
        self.budget.copy(value)
    }

    fn list<'v>(&self, elements: impl IntoIterator<Item = &'v Json>) -> Json {
        self.is(Value::List(elements.into_iter().map(|one| self.own(one)).collect()))
    }

    pub(super) fn no_value(&self) -> Json {
        no_value(self.place, &self.shown())
    }

    /// The call as it is usually written; each call has its own.
    fn shown(&self) -> String {
        let arguments: Vec<String> =
            self.expressions.iter().map(|one| quoted(&one.to_string())).collect();
        quoted(&format!("{}({})", usual(self.name), arguments.join(", ")))
    }

    /// The default that its arguments come from.
    fn default_used(&self) -> Option<ByDefault> {
        if matches!(self.name, "createarray" | "createobject" | "and" | "or") {
            // What these make of a default is told by its parts, or does not need it.
            return match self.name {
                "and" | "or" => self.deciding_default(),
                _ => None,
            };
        }
        let arguments: &[&Json] = match (texts::names_a_resource(self.name), &self.arguments[..]) {
            // The last name counts: the others name the service.
            (true, [.., last]) => std::slice::from_ref(last),
            (_, all) => all,
        };
        let mut used = arguments.iter().filter_map(|one| one.default_used()).cloned();
        let mut first = used.next()?;
        first.decides |= used.any(|one| one.decides);
        Some(first)
    }

    fn deciding_default(&self) -> Option<ByDefault> {
        let decided = match self.name {
            "and" => Some(false),
            _ => Some(true),
        };
        let is_decided = |one: &&&Json| is_true(one) == decided && one.by_default.is_none();
        if self.arguments.iter().any(|one| is_decided(&one)) {
            return None;
        }
        self.arguments.iter().find_map(|one| one.by_default.clone())
    }
}

fn is_list(value: &Json) -> bool {
    matches!(value.value, Value::List(_))
}

fn is_true(value: &Json) -> Option<bool> {
    match &value.value {
        Value::Boolean(boolean) => Some(*boolean),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number, also one in a text.
pub(super) fn integer(value: &Json) -> Option<i64> {
    match &value.value {
        Value::Number(text) | Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn contains(container: &Json, item: &Json) -> Option<bool> {
    match &container.value {
        Value::Text(text) => Some(text.contains(item.as_text()?)),
        Value::Object(_) => Some(container.property(item.as_text()?).is_some()),
        Value::List(elements) => {
            let mut is_there = false;
            for element in elements {
                is_there |= element.equals(item)?;
            }
            Some(is_there)
        }
        _ => None,
    }
}

/// Numbers that `range` gives.
const LONGEST_RANGE: i64 = 1000;
