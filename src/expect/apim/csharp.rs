//! Where a C# expression in a policy ends: its brackets balanced over strings, characters and
//! comments (C# language specification, section 6.4).

/// Whether a text begins with a policy expression.
pub(super) fn begins_expression(text: &str) -> bool {
    text.starts_with("@(") || text.starts_with("@{")
}

/// The character that a predefined or numeric entity stands for, and its length in bytes.
///
/// Policies are stored both raw and escaped: `&quot;` in an expression is a quotation mark.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = inside.get(..end)?;
    let character = match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((character, end + 2))
}

/// The length in bytes of the expression with which `text` begins, `@` and brackets included.
pub(super) fn expression_length(text: &str) -> Result<usize, &'static str> {
    let mut scanner = Scanner { text, position: 1, open: Vec::new() };
    scanner.code()?;
    Ok(scanner.position)
}

/// What a bracket or a hole waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Open {
    /// A bracket, by its closing one.
    Bracket(char),
    /// A hole of an interpolated string, which goes on after it.
    Hole { verbatim: bool },
}

struct Scanner<'a> {
    text: &'a str,
    position: usize,
    open: Vec<Open>,
}

impl Scanner<'_> {
    /// The next character, entities decoded, and the bytes that it takes.
    fn peek(&self) -> Option<(char, usize)> {
        let rest = self.text.get(self.position..)?;
        let character = rest.chars().next()?;
        if character == '&' {
            return entity(rest).or(Some(('&', 1)));
        }
        Some((character, character.len_utf8()))
    }

    fn next(&mut self) -> Option<char> {
        let (character, length) = self.peek()?;
        self.position += length;
        Some(character)
    }

    fn takes(&mut self, wanted: char) -> bool {
        match self.peek() {
            Some((character, length)) if character == wanted => {
                self.position += length;
                true
            }
            _ => false,
        }
    }

    /// Code up to the end of the bracket with which it begins.
    fn code(&mut self) -> Result<(), &'static str> {
        loop {
            let Some(character) = self.next() else {
                return Err(UNENDED);
            };
            match character {
                '(' => self.open.push(Open::Bracket(')')),
                '[' => self.open.push(Open::Bracket(']')),
                '{' => self.open.push(Open::Bracket('}')),
                ')' | ']' | '}' => match self.open.pop() {
                    Some(Open::Bracket(closing)) if closing == character => {
                        if self.open.is_empty() {
                            return Ok(());
                        }
                    }
                    // The hole is closed: the string around it goes on.
                    Some(Open::Hole { verbatim }) if character == '}' => {
                        self.interpolated(verbatim)?;
                    }
                    _ => return Err(UNBALANCED),
                },
                '"' => self.string(false, false)?,
                '@' | '$' => self.prefixed(character)?,
                '\'' => self.character_literal()?,
                '/' => self.comment()?,
                _ => {}
            }
            if self.open.len() > DEEPEST {
                return Err("the expression that begins here nests too deep");
            }
        }
    }

    /// `@` or `$`, which may begin a string.
    fn prefixed(&mut self, first: char) -> Result<(), &'static str> {
        let mut verbatim = first == '@';
        let mut interpolated = first == '$';
        loop {
            if self.takes('@') {
                verbatim = true;
            } else if self.takes('$') {
                interpolated = true;
            } else if self.takes('"') {
                return self.string(verbatim, interpolated);
            } else {
                // An identifier (`@class`).
                return Ok(());
            }
        }
    }

    /// A string whose first quotation mark was read.
    fn string(&mut self, verbatim: bool, interpolated: bool) -> Result<(), &'static str> {
        if !verbatim {
            let start = self.position;
            let mut quotes = 1_usize;
            while self.takes('"') {
                quotes += 1;
            }
            match quotes {
                1 => self.position = start,
                2 => return Ok(()),
                _ => return self.raw_string(quotes),
            }
        }
        if interpolated { self.interpolated(verbatim) } else { self.characters(verbatim, false) }
    }

    /// An interpolated string from inside it to its end, or to a hole, which is then open.
    fn interpolated(&mut self, verbatim: bool) -> Result<(), &'static str> {
        self.characters(verbatim, true)
    }

    fn characters(&mut self, verbatim: bool, interpolated: bool) -> Result<(), &'static str> {
        loop {
            match self.next() {
                None => return Err(UNENDED),
                Some('"') => {
                    if !verbatim || !self.takes('"') {
                        return Ok(());
                    }
                }
                Some('\\') if !verbatim => {
                    self.next();
                }
                Some('\n') if !verbatim => return Err(UNENDED),
                Some('{') if interpolated => {
                    if !self.takes('{') {
                        self.open.push(Open::Hole { verbatim });
                        return Ok(());
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// A raw string literal after its opening quotation marks: to as many again.
    fn raw_string(&mut self, quotes: usize) -> Result<(), &'static str> {
        let mut run = 0_usize;
        loop {
            match self.next() {
                None => return Err(UNENDED),
                Some('"') => {
                    run += 1;
                    if run == quotes {
                        while self.takes('"') {}
                        return Ok(());
                    }
                }
                Some(_) => run = 0,
            }
        }
    }

    /// A character literal after its first apostrophe.
    fn character_literal(&mut self) -> Result<(), &'static str> {
        for _ in 0..LONGEST_CHARACTER {
            match self.next() {
                None | Some('\n') => return Err(UNENDED),
                Some('\'') => return Ok(()),
                Some('\\') => {
                    self.next();
                }
                Some(_) => {}
            }
        }
        Err("the expression that begins here has an apostrophe that ends no character")
    }

    /// `//` and `/*`; a lone `/` divides.
    fn comment(&mut self) -> Result<(), &'static str> {
        if self.takes('/') {
            while let Some(character) = self.next() {
                if character == '\n' {
                    return Ok(());
                }
            }
            return Err(UNENDED);
        }
        if self.takes('*') {
            let mut previous = ' ';
            while let Some(character) = self.next() {
                if previous == '*' && character == '/' {
                    return Ok(());
                }
                previous = character;
            }
            return Err(UNENDED);
        }
        Ok(())
    }
}

const UNENDED: &str = "the expression that begins here has no end";
const UNBALANCED: &str = "the brackets of the expression that begins here do not match";

/// Brackets and holes inside one another.
const DEEPEST: usize = 1000;

/// Characters between apostrophes: `\U0010FFFF` has ten.
const LONGEST_CHARACTER: usize = 12;

/// `#x10FFFF;`, and some leading zeros.
const LONGEST_ENTITY: usize = 12;
