//! Expressions of a template -> their values, as far as the template and its parameters tell.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::budget::{Budget, TOO_LARGE, WEIGHT};
use super::expression::{Expression, is_expression};
use super::functions;
use super::place::{Place, quoted};
use super::value::{ByDefault, Json, Unknown, Value};

/// What the parameters and variables of a template stand for.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    parameters: BTreeMap<String, Entry<'a>>,
    variables: BTreeMap<String, Entry<'a>>,
    /// The scope in whose terms a nested template is written, where that is not its own.
    outer: Option<&'a Self>,
    pub(super) budget: Rc<Budget>,
}

/// A parameter or variable, whose value is found when it is first asked for.
#[derive(Debug)]
struct Entry<'a> {
    source: Source<'a>,
    value: OnceCell<Json>,
    is_open: Cell<bool>,
}

/// Where the value of a parameter or variable comes from.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// Somebody gave it.
    Given(Json),
    /// The default of a parameter.
    Default(&'a Json),
    /// The default of a parameter, which a deployment may replace: the sentence that says so.
    Assumed(&'a Json, Arc<str>),
    /// An expression of the template itself.
    Variable(&'a Json),
}

/// Names that a loop or a lambda gives to values, the innermost last.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Loops: the name of each, and its index, where that is known.
    pub(super) loops: Vec<(String, Option<usize>)>,
    /// Arguments of lambdas.
    pub(super) lambdas: Vec<(String, Json)>,
}

impl<'a> Scope<'a> {
    /// A scope without names, in the terms of `outer` where that is given.
    pub(super) fn new(budget: Rc<Budget>, outer: Option<&'a Self>) -> Self {
        Self { outer, budget, ..Self::default() }
    }

    /// Adds a parameter.
    pub(super) fn add_parameter(&mut self, name: &str, source: Source<'a>) {
        self.parameters.insert(name.to_lowercase(), Entry::of(source));
    }

    /// Adds a variable.
    pub(super) fn add_variable(&mut self, name: &str, source: Source<'a>) {
        self.variables.insert(name.to_lowercase(), Entry::of(source));
    }

    /// A value with every expression in it evaluated.
    pub(super) fn expand(&self, value: &Json, frame: &Frame) -> Json {
        let depth = self.budget.depth.get();
        if depth >= DEEPEST || !self.budget.takes(WEIGHT) {
            return Json::unknown(value.place.clone(), "", TOO_LARGE);
        }
        self.budget.depth.set(depth + 1);
        let expanded = self.expanded(value, frame);
        self.budget.depth.set(depth);
        expanded
    }

    fn expanded(&self, value: &Json, frame: &Frame) -> Json {
        let place = value.place.clone();
        let expanded = match &value.value {
            Value::Text(text) if is_expression(text) => return self.text(text, &place, frame),
            Value::Text(text) => {
                if !self.budget.takes(text.len()) {
                    return Json::unknown(place, quoted(text), TOO_LARGE);
                }
                let literal = text.strip_prefix('[').filter(|rest| rest.starts_with('['));
                Value::Text(literal.unwrap_or(text).to_owned())
            }
            Value::List(elements) => {
                Value::List(elements.iter().map(|one| self.expand(one, frame)).collect())
            }
            Value::Object(entries) => {
                let mut all = Vec::new();
                for (key, one) in entries {
                    if key == "copy" && !one.elements().is_empty() {
                        all.extend(self.property_copies(one, frame));
                    } else {
                        all.push((key.clone(), self.expand(one, frame)));
                    }
                }
                Value::Object(all)
            }
            other => other.clone(),
        };
        Json::new(place, expanded)
    }

    /// What an expression with its brackets gives.
    pub(super) fn text(&self, text: &str, place: &Place, frame: &Frame) -> Json {
        let Some(expression) = Expression::parse(text) else {
            let why = "it is a template expression that is not understood";
            return Json::unknown(place.clone(), quoted(text), why);
        };
        let mut value = self.budget.owned(self.evaluate(&expression, place, frame));
        value.place = place.clone();
        if let Value::Unknown(unknown) = &mut value.value {
            unknown.raw = quoted(text);
        }
        value
    }

    /// What an expression gives.
    pub(super) fn evaluate(
        &self,
        expression: &Expression,
        place: &Place,
        frame: &Frame,
    ) -> Cow<'_, Json> {
        let depth = self.budget.depth.get();
        if depth >= DEEPEST {
            return Cow::Owned(Json::unknown(place.clone(), "", "its expressions nest too deep"));
        }
        self.budget.depth.set(depth + 1);
        let found = self.evaluated(expression, place, frame);
        self.budget.depth.set(depth);
        found
    }

    fn evaluated(&self, expression: &Expression, place: &Place, frame: &Frame) -> Cow<'_, Json> {
        let owned = |value| Cow::Owned(Json::new(place.clone(), value));
        match expression {
            Expression::Text(text) => match self.budget.takes(text.len()) {
                true => owned(Value::Text(text.clone())),
                false => Cow::Owned(Json::unknown(place.clone(), "", TOO_LARGE)),
            },
            Expression::Number(number) => owned(Value::Number(number.to_string())),
            Expression::Word(word) => match word.to_ascii_lowercase().as_str() {
                "true" => owned(Value::Boolean(true)),
                "false" => owned(Value::Boolean(false)),
                "null" => owned(Value::Null),
                _ => Cow::Owned(no_value(place, &quoted(word))),
            },
            Expression::Call(name, arguments) => self.call(name, arguments, place, frame),
            Expression::Property(value, name) => {
                member(self.evaluate(value, place, frame), place, &format!(".{name}"), |value| {
                    value.property(name)
                })
            }
            Expression::Index(value, index) => {
                let index = self.budget.owned(self.evaluate(index, place, frame));
                let shown = "[…]";
                let found = match &index.value {
                    Value::Text(name) => {
                        member(self.evaluate(value, place, frame), place, shown, |value| {
                            value.property(name)
                        })
                    }
                    Value::Number(number) => {
                        let number = number.parse::<usize>().ok();
                        member(self.evaluate(value, place, frame), place, shown, |value| {
                            value.elements().get(number?)
                        })
                    }
                    Value::Unknown(_) => {
                        return Cow::Owned(Json { place: place.clone(), ..index });
                    }
                    _ => return Cow::Owned(no_value(place, shown)),
                };
                // What a default chooses is no better known than the default.
                let Some(default) = &index.by_default else {
                    return found;
                };
                let mut found = self.budget.owned(found);
                assume(&mut found, &default.parameter, &default.told);
                Cow::Owned(found)
            }
        }
    }

    fn call(
        &self,
        name: &str,
        arguments: &[Expression],
        place: &Place,
        frame: &Frame,
    ) -> Cow<'_, Json> {
        match (name, arguments) {
            ("parameters" | "variables", [argument]) => {
                let wanted = self.evaluate(argument, place, frame);
                match (name, wanted.as_text()) {
                    ("parameters", Some(wanted)) => self.parameter(wanted, place),
                    (_, Some(wanted)) => self.variable(wanted, place),
                    (_, None) => Cow::Owned(no_value(place, &format!("{name}(…)"))),
                }
            }
            ("copyindex", _) => Cow::Owned(self.copy_index(arguments, place, frame)),
            ("lambdavariables", [Expression::Text(wanted)]) => {
                let mut known = frame.lambdas.iter().rev();
                match known.find(|(name, _)| name == wanted) {
                    Some((_, value)) => Cow::Owned(self.budget.copy(value)),
                    None => Cow::Owned(no_value(place, "lambdaVariables(…)")),
                }
            }
            // What is not chosen is not looked at: it may have no value.
            ("if", [condition, yes, no]) => {
                let condition = self.evaluate(condition, place, frame);
                match functions::decided(&condition) {
                    Ok(true) => self.evaluate(yes, place, frame),
                    Ok(false) => self.evaluate(no, place, frame),
                    Err(why) => Cow::Owned(Json::unknown(place.clone(), "", why)),
                }
            }
            ("map" | "filter", [list, lambda]) => {
                Cow::Owned(self.over_list(name, list, lambda, place, frame))
            }
            _ => {
                let mut values = Vec::new();
                for argument in arguments {
                    values.push(self.evaluate(argument, place, frame));
                }
                Cow::Owned(functions::call((name, arguments), &values, place, &self.budget))
            }
        }
    }

    fn parameter(&self, name: &str, place: &Place) -> Cow<'_, Json> {
        let key = name.to_lowercase();
        let outer = self.outer.filter(|outer| outer.has_parameter(&key));
        if let Some(outer) = outer {
            return outer.parameter(name, place);
        }
        let shown = || format!("parameters('{}')", quoted(name));
        self.look_up(self.parameters.get(&key), place, shown)
    }

    fn has_parameter(&self, key: &str) -> bool {
        self.parameters.contains_key(key)
            || self.outer.is_some_and(|outer| outer.has_parameter(key))
    }

    fn variable(&self, name: &str, place: &Place) -> Cow<'_, Json> {
        let key = name.to_lowercase();
        match (self.variables.get(&key), self.outer) {
            (None, Some(outer)) => outer.variable(name, place),
            (entry, _) => self.look_up(entry, place, || format!("variables('{}')", quoted(name))),
        }
    }

    fn look_up<'s>(
        &'s self,
        entry: Option<&'s Entry<'a>>,
        place: &Place,
        shown: impl Fn() -> String,
    ) -> Cow<'s, Json> {
        let Some(entry) = entry else {
            return Cow::Owned(no_value(place, &shown()));
        };
        if let Some(value) = entry.value.get() {
            return Cow::Borrowed(value);
        }
        if entry.is_open.replace(true) {
            let why = format!("{} is defined by itself", shown());
            return Cow::Owned(Json::unknown(place.clone(), "", why));
        }
        let value = match &entry.source {
            Source::Given(value) => value.clone(),
            Source::Default(value) | Source::Variable(value) => {
                self.expand(value, &Frame::default())
            }
            Source::Assumed(value, told) => {
                let parameter: Arc<str> = shown().into();
                let mut value = self.expand(value, &Frame::default());
                assume(&mut value, &parameter, told);
                value
            }
        };
        entry.is_open.set(false);
        Cow::Borrowed(entry.value.get_or_init(|| value))
    }
}

impl<'a> Entry<'a> {
    fn of(source: Source<'a>) -> Self {
        Self { source, value: OnceCell::new(), is_open: Cell::new(false) }
    }
}

/// A value that the template does not have.
pub(super) fn no_value(place: &Place, name: &str) -> Json {
    let shape = Some(Unknown::gap(name));
    let why = format!("{name} has no literal value in the template");
    let unknown = Unknown { raw: name.to_owned(), why, shape };
    Json::new(place.clone(), Value::Unknown(unknown))
}

/// One part of a value; where the value is not known, it is not known either.
fn member<'s>(
    value: Cow<'s, Json>,
    place: &Place,
    shown: &str,
    find: impl Fn(&Json) -> Option<&Json>,
) -> Cow<'s, Json> {
    if matches!(value.value, Value::Unknown(_)) {
        return Cow::Owned(match &value.value {
            Value::Unknown(unknown) => {
                let known = unknown.name().unwrap_or_else(|| unknown.raw.clone());
                let name = format!("{}{shown}", known.trim_matches(['[', ']']));
                let unknown = Unknown { shape: Some(Unknown::gap(&name)), ..unknown.clone() };
                Json::new(place.clone(), Value::Unknown(unknown))
            }
            _ => no_value(place, shown),
        });
    }
    let found = match &value {
        Cow::Borrowed(value) => find(value).map(Cow::Borrowed),
        Cow::Owned(value) => find(value).cloned().map(Cow::Owned),
    };
    found.unwrap_or_else(|| Cow::Owned(no_value(place, shown)))
}

fn assume(value: &mut Json, parameter: &Arc<str>, told: &Arc<str>) {
    let decides = value.is_empty() || value.as_text().is_some_and(|text| text.contains('<'));
    let (parameter, told) = (Arc::clone(parameter), Arc::clone(told));
    value.by_default =
        Some(ByDefault { parameter: Arc::clone(&parameter), told: Arc::clone(&told), decides });
    match &mut value.value {
        Value::List(elements) => {
            elements.iter_mut().for_each(|one| assume(one, &parameter, &told));
        }
        Value::Object(entries) => {
            entries.iter_mut().for_each(|(_, one)| assume(one, &parameter, &told));
        }
        _ => {}
    }
}

/// Values and expressions evaluated inside one another, through variables and parameters.
const DEEPEST: usize = 160;
