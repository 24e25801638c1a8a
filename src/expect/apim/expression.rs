//! The text of a template expression -> its calls and literals.

use std::fmt;

/// An expression of an ARM template, without its brackets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Expression {
    /// `'text'`.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A name alone: `true`, `false`, `null`.
    Word(String),
    /// `function(argument, …)`; names in lower case.
    Call(String, Vec<Self>),
    /// `value.property`, also `value.?property`.
    Property(Box<Self>, String),
    /// `value[index]`.
    Index(Box<Self>, Box<Self>),
}

/// Whether a text is a template expression (`[…]`, and not the escaped `[[`).
pub(super) fn is_expression(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']')
}

impl Expression {
    /// Reads an expression with its brackets; `None` where it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
        let mut parser = Parser { rest: inside, depth: 0 };
        let expression = parser.expression()?;
        parser.rest.trim().is_empty().then_some(expression)
    }

    /// The same without its outer `not`, and whether an odd number of them was taken off.
    pub(super) fn without_not(&self) -> (&Self, bool) {
        let mut inner = self;
        let mut is_negated = false;
        while let Self::Call(name, arguments) = inner
            && name == "not"
            && let [argument] = arguments.as_slice()
        {
            inner = argument;
            is_negated = !is_negated;
        }
        (inner, is_negated)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word),
            Self::Call(name, arguments) => {
                write!(f, "{}(", usual(name))?;
                for (index, argument) in arguments.iter().enumerate() {
                    let before = if index > 0 { ", " } else { "" };
                    write!(f, "{before}{argument}")?;
                }
                f.write_str(")")
            }
            Self::Property(value, name) => write!(f, "{value}.{name}"),
            Self::Index(value, index) => write!(f, "{value}[{index}]"),
        }
    }
}

/// A function's name as it is usually written.
pub(super) fn usual(name: &str) -> &str {
    match name {
        "resourceid" => "resourceId",
        "listkeys" => "listKeys",
        "uniquestring" => "uniqueString",
        "resourcegroup" => "resourceGroup",
        other => other,
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    /// One literal or call, with whatever property access follows it.
    fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        self.rest = self.rest.trim_start();
        let mut expression = self.primary()?;
        let mut accesses = 0;
        loop {
            self.rest = self.rest.trim_start();
            accesses += 1;
            if accesses > MOST_ACCESSES {
                return None;
            }
            if let Some(after) = self.rest.strip_prefix('.') {
                self.rest = after.strip_prefix('?').unwrap_or(after).trim_start();
                let name = self.identifier()?;
                let is_function = self.rest.trim_start().starts_with('(');
                expression = match (is_function, expression) {
                    // A function that the template defines itself: `namespace.name(…)`.
                    (true, Expression::Word(namespace)) => {
                        Expression::Call(format!("{namespace}.{name}"), self.arguments()?)
                    }
                    (true, _) => return None,
                    (false, value) => Expression::Property(Box::new(value), name),
                };
            } else if let Some(after) = self.rest.strip_prefix('[') {
                self.rest = after.strip_prefix('?').unwrap_or(after);
                let index = self.expression()?;
                self.rest = self.rest.trim_start().strip_prefix(']')?;
                expression = Expression::Index(Box::new(expression), Box::new(index));
            } else {
                self.depth = self.depth.saturating_sub(1);
                return Some(expression);
            }
        }
    }

    fn primary(&mut self) -> Option<Expression> {
        if self.rest.starts_with('\'') {
            return self.string().map(Expression::Text);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let after = self.rest.get(1..)?;
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (number, rest) = self.rest.split_at_checked(end + 1)?;
            self.rest = rest;
            return number.parse().ok().map(Expression::Number);
        }
        let name = self.identifier()?;
        match self.rest.trim_start().starts_with('(') {
            true => Some(Expression::Call(name.to_ascii_lowercase(), self.arguments()?)),
            false => Some(Expression::Word(name)),
        }
    }

    fn identifier(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
        let (name, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn arguments(&mut self) -> Option<Vec<Expression>> {
        self.rest = self.rest.trim_start().strip_prefix('(')?;
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
            let (before, after) = rest.split_once('\'')?;
            text.push_str(before);
            match after.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    rest = more;
                }
                None => {
                    self.rest = after;
                    return Some(text);
                }
            }
        }
    }
}

/// Calls inside one another: generated templates have some ten.
const DEEPEST: usize = 64;

/// Property accesses behind one another.
const MOST_ACCESSES: usize = 64;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn calls_literals_and_accesses_are_told_apart() {
        let parsed = Expression::parse("[Concat('it''s', parameters('x').y[0], -1)]").unwrap();
        let parameter =
            Expression::Call("parameters".to_owned(), vec![Expression::Text("x".to_owned())]);
        let property = Expression::Property(Box::new(parameter), "y".to_owned());
        assert_eq!(
            parsed,
            Expression::Call(
                "concat".to_owned(),
                vec![
                    Expression::Text("it's".to_owned()),
                    Expression::Index(Box::new(property), Box::new(Expression::Number(0))),
                    Expression::Number(-1),
                ]
            )
        );
        let own = Expression::parse("[__bicep.url(parameters('x'))]").unwrap();
        assert!(matches!(own, Expression::Call(name, _) if name == "__bicep.url"));
    }

    #[test]
    fn what_is_not_understood_is_not_read() {
        for text in ["[concat(", "[]", "[a b]", "['x]", "[concat('a' 'b')]", "[f().g()]"] {
            assert_eq!(Expression::parse(text), None, "{text}");
        }
        for deep in ["concat(", "a[", "a.b["] {
            assert_eq!(Expression::parse(&format!("[{}]", deep.repeat(100_000))), None);
        }
        assert!(is_expression(" [x] ") && !is_expression("[[x]") && !is_expression("[x"));
    }

    #[test]
    fn not_is_taken_off() {
        let plain = Expression::parse("[parameters('x')]").unwrap();
        let negated = Expression::parse("[not(parameters('x'))]").unwrap();
        assert_eq!(negated.without_not(), (&plain, true));
        assert_eq!(plain.without_not(), (&plain, false));
    }
}
