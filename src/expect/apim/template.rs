//! Expressions of ARM templates, as far as their literals go.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What the template itself says about its parameters and variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Definitions {
    /// `parameters('x')` with a literal default value, lower-case names.
    pub(super) parameters: BTreeMap<String, String>,
    /// `variables('x')` that are literal, lower-case names.
    pub(super) variables: BTreeMap<String, String>,
    /// Bytes that were put in for parameters and variables, in the whole file.
    pub(super) growth: Rc<Cell<usize>>,
}

impl Definitions {
    /// Takes note of bytes that are put in; gives whether they still may.
    fn grows_by(&self, bytes: usize) -> bool {
        let growth = self.growth.get().saturating_add(bytes);
        self.growth.set(growth);
        growth <= MOST_GROWTH
    }
}

/// What an expression gives: known pieces and names of what is not known, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Known(String),
    Unknown(String),
}

/// Whether a text is a template expression (`[…]`, and not the escaped `[[`).
pub(super) fn is_expression(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']')
}

/// The text that an expression gives.
///
/// # Errors
///
/// What of it is not known, in words.
pub(super) fn evaluate(text: &str, definitions: &Definitions) -> Result<String, String> {
    let mut known = String::new();
    for piece in pieces(text, definitions)? {
        match piece {
            Piece::Known(text) => known.push_str(&text),
            Piece::Unknown(name) => return Err(unknown(&name)),
        }
    }
    Ok(known)
}

/// The name or id that an expression gives: where only what stands before the last `/` is unknown,
/// the rest is enough.
///
/// # Errors
///
/// What of it is not known, in words.
pub(super) fn evaluate_id(text: &str, definitions: &Definitions) -> Result<String, String> {
    let mut known = String::new();
    let mut missing = None;
    for piece in pieces(text, definitions)? {
        match piece {
            Piece::Known(text) => {
                if text.contains('/') {
                    // Another segment begins: what was unknown before it is of no account.
                    missing = None;
                }
                known.push_str(&text);
            }
            Piece::Unknown(name) => {
                known.push('?');
                missing = Some(name);
            }
        }
    }
    match missing {
        Some(name) => Err(unknown(&name)),
        None => Ok(known),
    }
}

fn pieces(text: &str, definitions: &Definitions) -> Result<Vec<Piece>, String> {
    let inside = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let mut parser = Parser { rest: inside.unwrap_or(text), definitions, depth: 0 };
    let pieces = parser.expression().filter(|_| parser.rest.trim().is_empty());
    pieces.ok_or_else(|| "it is a template expression that is not understood".to_owned())
}

fn unknown(name: &str) -> String {
    format!("{name} has no literal value in the template")
}

struct Parser<'a> {
    rest: &'a str,
    definitions: &'a Definitions,
    depth: usize,
}

impl Parser<'_> {
    /// One literal or call, with whatever property access follows it.
    fn expression(&mut self) -> Option<Vec<Piece>> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('\'') {
            return Some(vec![Piece::Known(self.string()?)]);
        }
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        if name.is_empty() {
            return None;
        }
        let Some(after) = self.rest.strip_prefix('(') else {
            return Some(vec![Piece::Known(name.to_owned())]);
        };
        self.rest = after;
        self.depth += 1;
        let arguments = self.arguments()?;
        self.depth = self.depth.saturating_sub(1);
        let mut pieces = self.call(name, arguments);
        // `.property` and `[index]` lead away from what is literal.
        while self.rest.starts_with(['.', '[']) {
            let after = self.rest.get(1..)?;
            let end = after.find([',', ')', '.', '[']).unwrap_or(after.len());
            self.rest = after.get(end..)?;
            pieces = vec![Piece::Unknown(format!("{name}(…)"))];
        }
        Some(pieces)
    }

    fn arguments(&mut self) -> Option<Vec<Vec<Piece>>> {
        let mut arguments = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(')') {
                self.rest = rest;
                return Some(arguments);
            }
            arguments.push(self.expression()?);
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
            } else if !self.rest.starts_with(')') {
                return None;
            }
        }
    }

    /// `'text'` with `''` for an apostrophe.
    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut rest = self.rest.strip_prefix('\'')?;
        loop {
            let end = rest.find('\'')?;
            text.push_str(rest.get(..end)?);
            rest = rest.get(end + 1..)?;
            match rest.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    rest = after;
                }
                None => {
                    self.rest = rest;
                    return Some(text);
                }
            }
        }
    }

    fn call(&self, name: &str, arguments: Vec<Vec<Piece>>) -> Vec<Piece> {
        match name.to_ascii_lowercase().as_str() {
            "concat" => arguments.into_iter().flatten().collect(),
            "format" => format_pieces(&arguments),
            "parameters" | "variables" => {
                let Some([Piece::Known(wanted)]) = arguments.first().map(Vec::as_slice) else {
                    return vec![Piece::Unknown(format!("{name}(…)"))];
                };
                let table = if name.eq_ignore_ascii_case("parameters") {
                    &self.definitions.parameters
                } else {
                    &self.definitions.variables
                };
                match table.get(&wanted.to_lowercase()) {
                    Some(text) if self.definitions.grows_by(text.len()) => {
                        vec![Piece::Known(text.clone())]
                    }
                    Some(_) => {
                        let why = "a value that is used again and again, growing the template";
                        vec![Piece::Unknown(format!("{name}('{wanted}'), {why},"))]
                    }
                    None => vec![Piece::Unknown(format!("{name}('{wanted}')"))],
                }
            }
            // The type comes first, then the names, the last of which is the resource's own.
            "resourceid" | "subscriptionresourceid" | "extensionresourceid" => {
                let mut pieces = Vec::new();
                for argument in arguments {
                    pieces.push(Piece::Known("/".to_owned()));
                    pieces.extend(argument);
                }
                pieces
            }
            "tolower" | "toupper" | "trim" | "string" => {
                arguments.into_iter().next().unwrap_or_default()
            }
            _ => vec![Piece::Unknown(format!("{name}(…)"))],
        }
    }
}

/// `format('{0}/{1}', a, b)`.
fn format_pieces(arguments: &[Vec<Piece>]) -> Vec<Piece> {
    let unknown = || vec![Piece::Unknown("format(…)".to_owned())];
    let Some(([Piece::Known(pattern)], values)) =
        arguments.split_first().map(|(first, rest)| (first.as_slice(), rest))
    else {
        return unknown();
    };
    let mut pieces = Vec::new();
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Known(before.to_owned()));
        let Some((index, after)) = after.split_once('}') else {
            return unknown();
        };
        match index.parse::<usize>().ok().and_then(|index| values.get(index)) {
            Some(value) => pieces.extend(value.iter().cloned()),
            None => return unknown(),
        }
        rest = after;
    }
    pieces.push(Piece::Known(rest.to_owned()));
    pieces
}

/// Bytes that parameters and variables may grow a file by: a value may be used again and again, also
/// in other values.
const MOST_GROWTH: usize = 64 << 20;

/// Calls inside one another: generated templates have some five.
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn last(text: &str) -> Result<String, String> {
        let mut definitions = Definitions::default();
        definitions.parameters.insert("suffix".to_owned(), "-prod".to_owned());
        evaluate_id(text, &definitions)
            .map(|id| id.rsplit('/').next().unwrap_or_default().to_owned())
    }

    #[test]
    fn name_behind_an_unknown_service_is_known() {
        for text in [
            "[concat(parameters('service_x_name'), '/backend1')]",
            "[format('{0}/{1}', parameters('service_x_name'), 'backend1')]",
            "[resourceId('Microsoft.ApiManagement/service/backends', parameters('s'), 'backend1')]",
            "[concat(resourceId('Microsoft.ApiManagement/service', parameters('s')), \
              '/backends/', 'backend1')]",
        ] {
            assert_eq!(last(text).unwrap(), "backend1", "{text}");
        }
        assert_eq!(last("[concat('x', parameters('suffix'))]").unwrap(), "x-prod");
    }

    #[test]
    fn text_is_known_as_a_whole_or_not_at_all() {
        let mut definitions = Definitions::default();
        definitions.parameters.insert("suffix".to_owned(), "-prod".to_owned());
        let whole = |text| evaluate(text, &definitions);
        assert_eq!(
            whole("[concat('https://b', parameters('suffix'), '.example/api')]").unwrap(),
            "https://b-prod.example/api"
        );
        let why = whole("[concat('https://b', parameters('x'), '.example/api')]").unwrap_err();
        assert_eq!(why, "parameters('x') has no literal value in the template");
    }

    #[test]
    fn values_that_double_and_double_end() {
        let mut definitions = Definitions::default();
        definitions.variables.insert("v0".to_owned(), "x".repeat(1000));
        for step in 0..100 {
            let text = format!("[concat(variables('v{step}'), variables('v{step}'))]");
            match evaluate(&text, &definitions) {
                Ok(value) => definitions.variables.insert(format!("v{}", step + 1), value),
                Err(why) => {
                    assert!(why.contains("again and again"), "{why}");
                    return;
                }
            };
        }
        unreachable!("{} variables", definitions.variables.len());
    }

    #[test]
    fn name_that_needs_a_parameter_is_unknown_and_told() {
        for text in [
            "[concat(parameters('service'), '/', parameters('backendName'))]",
            "[resourceId('Microsoft.ApiManagement/service/backends', 's', \
              parameters('backendName'))]",
            "[parameters('backendName')]",
        ] {
            let why = last(text).unwrap_err();
            assert!(why.contains("parameters('backendName')"), "{why}");
        }
        assert!(last("[reference(resourceId('x', 'y')).thumbprint]").is_err());
        assert!(last("[concat(").is_err());
        assert!(last(&format!("[{}]", "concat(".repeat(10_000))).is_err());
    }
}
