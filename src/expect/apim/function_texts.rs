//! Functions of template expressions that give texts, which may be known in part.

use super::functions::{Call, integer};
use super::value::{GAP, Json, Unknown, Value};

/// Whether a function gives the id of a resource.
pub(super) fn names_a_resource(name: &str) -> bool {
    name.ends_with("resourceid")
}

/// What a function on texts gives; `None` for another, and for lists.
pub(super) fn call(call: &Call<'_>) -> Option<Json> {
    let arguments = call.arguments.as_slice();
    let is_list = |one: &&Json| matches!(one.value, Value::List(_));
    match (call.name, arguments) {
        ("concat", all) if !all.iter().any(is_list) => {
            let mut text = Pieces::default();
            all.iter().for_each(|one| text.push(one));
            Some(text.finish(call))
        }
        ("format", [pattern, values @ ..]) => Some(format(call, pattern, values)),
        ("replace", [text, old, new]) => replace(call, text, old, new),
        ("tolower", [one]) => Some(mapped(call, one, str::to_lowercase)),
        ("toupper", [one]) => Some(mapped(call, one, str::to_uppercase)),
        ("trim", [one]) => Some(mapped(call, one, |text| text.trim().to_owned())),
        ("string", [one]) if !is_list(one) && one.entries().is_empty() => {
            Some(mapped(call, one, str::to_owned))
        }
        ("uri", [base, rest]) => {
            let (base, rest) = (base.as_text()?, rest.as_text()?);
            let text = format!("{}/{}", base.trim_end_matches('/'), rest.trim_start_matches('/'));
            Some(made(call, text))
        }
        ("split", [text, separators]) => split(call, text, separators),
        ("join", [list, separator]) if is_list(list) => {
            let mut text = Pieces::default();
            for (index, one) in list.elements().iter().enumerate() {
                if index > 0 {
                    text.push(separator);
                }
                text.push(one);
            }
            Some(text.finish(call))
        }
        ("first", [text]) => Some(made(call, text.as_text()?.chars().take(1).collect())),
        ("last", [text]) => Some(made(call, text.as_text()?.chars().last().into_iter().collect())),
        ("substring", [text, start, rest @ ..]) => {
            let start = usize::try_from(integer(start)?).ok()?;
            let characters = text.as_text()?.chars().skip(start);
            Some(made(
                call,
                match rest {
                    [] => characters.collect(),
                    [length, ..] => {
                        characters.take(usize::try_from(integer(length)?).ok()?).collect()
                    }
                },
            ))
        }
        ("startswith" | "endswith" | "indexof", [text, part]) => {
            let (text, part) = (text.as_text()?.to_lowercase(), part.as_text()?.to_lowercase());
            Some(call.is(match call.name {
                "startswith" => Value::Boolean(text.starts_with(&part)),
                "endswith" => Value::Boolean(text.ends_with(&part)),
                _ => {
                    let index = text.find(&part).map(|at| text.get(..at).map_or(0, count));
                    Value::Number(index.map_or_else(|| "-1".to_owned(), |index| index.to_string()))
                }
            }))
        }
        (name, all) if names_a_resource(name) => Some(resource_id(call, all)),
        _ => None,
    }
}

/// A text put together from pieces that may not be known.
#[derive(Debug, Default)]
struct Pieces {
    shape: String,
    missing: Option<Unknown>,
}

impl Pieces {
    fn push(&mut self, value: &Json) {
        match &value.value {
            Value::Text(text) | Value::Number(text) => self.shape.push_str(text),
            Value::Boolean(true) => self.shape.push_str("True"),
            Value::Boolean(false) => self.shape.push_str("False"),
            Value::Null => {}
            Value::Unknown(unknown) => {
                match &unknown.shape {
                    Some(shape) => self.shape.push_str(shape),
                    None => self.shape.push_str(&Unknown::gap(&unknown.raw)),
                }
                self.missing.get_or_insert_with(|| unknown.clone());
            }
            Value::List(_) | Value::Object(_) => {
                self.shape.push_str(&Unknown::gap("a list or an object"));
                self.missing.get_or_insert_with(|| Unknown {
                    raw: String::new(),
                    why: "it is a template expression that is not understood".to_owned(),
                    shape: None,
                });
            }
        }
    }

    fn finish(self, call: &Call<'_>) -> Json {
        if !call.budget.takes(self.shape.len()) {
            return call.too_large();
        }
        call.is(match self.missing {
            Some(missing) => Value::Unknown(Unknown { shape: Some(self.shape), ..missing }),
            None => Value::Text(self.shape),
        })
    }
}

fn made(call: &Call<'_>, text: String) -> Json {
    match call.budget.takes(text.len()) {
        true => call.is(Value::Text(text)),
        false => call.too_large(),
    }
}

/// A text changed as a whole; what is known of it in part likewise.
fn mapped(call: &Call<'_>, one: &Json, change: impl Fn(&str) -> String) -> Json {
    let mut text = Pieces::default();
    text.push(one);
    text.shape = change(&text.shape);
    text.finish(call)
}

/// `format('{0}/{1}', a, b)`; `{{` and `}}` stand for braces.
fn format(call: &Call<'_>, pattern: &Json, values: &[&Json]) -> Json {
    let Some(mut rest) = pattern.as_text() else {
        return match &pattern.value {
            Value::Unknown(unknown) => call.is(Value::Unknown(unknown.clone())),
            _ => call.no_value(),
        };
    };
    let mut text = Pieces::default();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        text.shape.push_str(before);
        if let Some(after) = after.strip_prefix("{{") {
            text.shape.push('{');
            rest = after;
        } else if let Some(after) = after.strip_prefix('}') {
            text.shape.push('}');
            rest = after.strip_prefix('}').unwrap_or(after);
        } else {
            let Some((index, after)) = after.get(1..).and_then(|after| after.split_once('}'))
            else {
                return call.no_value();
            };
            let index = index.split([':', ',']).next().unwrap_or_default().trim();
            let Some(value) = index.parse::<usize>().ok().and_then(|index| values.get(index))
            else {
                return call.no_value();
            };
            text.push(value);
            rest = after;
        }
        if text.shape.len() > LONGEST_TEXT {
            return call.too_large();
        }
    }
    text.shape.push_str(rest);
    text.finish(call)
}

fn replace(call: &Call<'_>, text: &Json, old: &Json, new: &Json) -> Option<Json> {
    let (text, old) = (text.as_text()?, old.as_text()?);
    if old.is_empty() || !text.contains(old) {
        return Some(made(call, text.to_owned()));
    }
    let mut put_in = Pieces::default();
    put_in.push(new);
    let times = text.matches(old).count();
    let length = times.saturating_mul(put_in.shape.len()).saturating_add(text.len());
    if length > LONGEST_TEXT {
        return Some(call.too_large());
    }
    let shape = text.replace(old, &put_in.shape);
    Some(Pieces { shape, ..put_in }.finish(call))
}

fn split(call: &Call<'_>, text: &Json, separators: &Json) -> Option<Json> {
    let text = text.as_text()?;
    let separators: Vec<&str> = match &separators.value {
        Value::List(all) => all.iter().map(Json::as_text).collect::<Option<_>>()?,
        _ => vec![separators.as_text()?],
    };
    let mut parts = vec![text];
    for separator in separators.into_iter().filter(|one| !one.is_empty()) {
        parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
    }
    // Each part takes more than its text.
    if !call.budget.takes(text.len().saturating_add(parts.len().saturating_mul(WEIGHT))) {
        return Some(call.too_large());
    }
    Some(call.is(Value::List(
        parts.into_iter().map(|part| call.is(Value::Text(part.to_owned()))).collect(),
    )))
}

/// `resourceId([subscription], [resource group], type, name, …)` and its relatives: the id, of
/// which the subscription and the resource group are not known.
fn resource_id(call: &Call<'_>, arguments: &[&Json]) -> Json {
    let is_type = |one: &&Json| {
        one.as_text().is_some_and(|text| text.contains('/') && !text.starts_with('/'))
    };
    let Some(at) = arguments.iter().position(is_type) else {
        return call.no_value();
    };
    let (before, rest) = arguments.split_at_checked(at).unwrap_or_default();
    let (kind, names) = match rest {
        [kind, names @ ..] => (kind.as_text().unwrap_or_default(), names),
        [] => return call.no_value(),
    };
    let (provider, types) = kind.split_once('/').unwrap_or((kind, ""));
    let mut id = Pieces::default();
    match (call.name, before) {
        ("extensionresourceid", [base, ..]) => id.push(base),
        ("subscriptionresourceid", _) => id.shape.push_str("/subscriptions/?"),
        ("tenantresourceid", _) => {}
        _ => id.shape.push_str("/subscriptions/?/resourceGroups/?"),
    }
    id.shape.push_str("/providers/");
    id.shape.push_str(provider);
    let types: Vec<&str> = types.split('/').collect();
    if types.len() != names.len() {
        return call.no_value();
    }
    for (kind, name) in types.into_iter().zip(names) {
        id.shape.push('/');
        id.shape.push_str(kind);
        id.shape.push('/');
        id.push(name);
    }
    // What stands before the resource's own name is not needed to know which one it is.
    if let Some((_, last)) = id.shape.rsplit_once('/')
        && !last.contains(GAP)
    {
        let known = Unknown { raw: String::new(), why: String::new(), shape: Some(id.shape) };
        id = Pieces { shape: known.id().unwrap_or_default(), missing: None };
    }
    id.finish(call)
}

fn count(text: &str) -> usize {
    text.chars().count()
}

/// Bytes of a text that an expression makes: a policy has up to 256 KiB.
const LONGEST_TEXT: usize = 4 << 20;

/// Bytes that a value takes beside its text.
const WEIGHT: usize = 64;
