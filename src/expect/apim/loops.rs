//! What a template repeats: `copy`, `copyIndex()`, `map()` and `filter()`.

use super::evaluate::{Frame, Scope, no_value};
use super::expression::Expression;
use super::functions;
use super::place::Place;
use super::value::{ByDefault, Json, Value};

impl Scope<'_> {
    /// `copyIndex()` of a loop, with an offset where one is given.
    pub(super) fn copy_index(
        &self,
        arguments: &[Expression],
        place: &Place,
        frame: &Frame,
    ) -> Json {
        let mut name = None;
        let mut offset = 0;
        for argument in arguments {
            let argument = self.evaluate(argument, place, frame);
            match &argument.value {
                Value::Text(text) => name = Some(text.clone()),
                Value::Number(number) => offset = number.parse::<i64>().unwrap_or(0),
                _ => return no_value(place, "copyIndex(…)"),
            }
        }
        let mut loops = frame.loops.iter().rev();
        let found = match name {
            Some(name) => loops.find(|(known, _)| known.eq_ignore_ascii_case(&name)),
            None => loops.next(),
        };
        let index = found.and_then(|(_, index)| i64::try_from((*index)?).ok());
        match index.and_then(|index| index.checked_add(offset)) {
            Some(index) => Json::new(place.clone(), Value::Number(index.to_string())),
            None => no_value(place, "copyIndex()"),
        }
    }

    /// `map(list, lambda('x', …))` and `filter(list, lambda('x', …))`.
    pub(super) fn over_list(
        &self,
        name: &str,
        list: &Expression,
        lambda: &Expression,
        place: &Place,
        frame: &Frame,
    ) -> Json {
        let nothing = || no_value(place, &format!("{name}(…)"));
        let list = self.evaluate(list, place, frame);
        if let Value::Unknown(unknown) = &list.value {
            return Json::new(place.clone(), Value::Unknown(unknown.clone()));
        }
        let (Value::List(elements), Expression::Call(keyword, inside)) = (&list.value, lambda)
        else {
            return nothing();
        };
        let ("lambda", [Expression::Text(argument), body]) = (keyword.as_str(), inside.as_slice())
        else {
            return nothing();
        };
        let mut found = Vec::new();
        for element in elements {
            let element = self.budget.copy(element);
            let mut frame = frame.clone();
            frame.lambdas.push((argument.clone(), element.clone()));
            let value = self.budget.owned(self.evaluate(body, place, &frame));
            match (name, functions::decided(&value)) {
                ("map", _) => found.push(value),
                (_, Ok(true)) => found.push(element),
                (_, Ok(false)) => {}
                (_, Err(why)) => return Json::unknown(place.clone(), "", why),
            }
        }
        Json { by_default: list.by_default.clone(), ..Json::new(place.clone(), Value::List(found)) }
    }

    /// `"copy": [{"name": …, "count": …, "input": …}]` inside an object: lists of that name.
    pub(super) fn property_copies(&self, copies: &Json, frame: &Frame) -> Vec<(String, Json)> {
        let mut all = Vec::new();
        for copy in copies.elements() {
            let name = copy.property("name").and_then(Json::as_text).unwrap_or_default();
            let Some(input) = copy.property("input") else {
                continue;
            };
            let list = match self.count(copy, frame) {
                Ok((count, by_default)) => {
                    let one = |index| {
                        let mut frame = frame.clone();
                        frame.loops.push((name.to_owned(), Some(index)));
                        self.expand(input, &frame)
                    };
                    let list = Value::List((0..count).map(one).collect());
                    Json { by_default, ..Json::new(copy.place.clone(), list) }
                }
                Err(why) => Json::unknown(copy.place.clone(), name, why),
            };
            all.push((name.to_owned(), list));
        }
        all
    }

    /// How often a `copy` repeats, and the default that says so.
    ///
    /// # Errors
    ///
    /// Why that is not known.
    pub(super) fn count(
        &self,
        copy: &Json,
        frame: &Frame,
    ) -> Result<(usize, Option<ByDefault>), String> {
        let Some(count) = copy.property("count") else {
            return Err("its \"copy\" has no count".to_owned());
        };
        let count = self.expand(count, frame);
        match &count.value {
            Value::Number(number) => match number.parse::<usize>() {
                Ok(number) if number <= MOST_COPIES => Ok((number, count.by_default)),
                _ => Err(format!("{number} copies are too many to be read")),
            },
            Value::Unknown(unknown) => Err(format!("how many there are: {}", unknown.why)),
            _ => Err("the count of its \"copy\" is not a number".to_owned()),
        }
    }
}

/// Repetitions of one `copy`: the service allows 800.
const MOST_COPIES: usize = 1000;
