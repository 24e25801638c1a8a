//! The syntax of nginx configuration: directives, blocks, quotation marks, comments.

use std::sync::Arc;

use crate::expect::apim::{ConfigurationError, Place};

/// A directive, with its block where it has one.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    /// Its name.
    pub(super) name: String,
    /// What follows the name.
    pub(super) arguments: Vec<String>,
    /// Where it begins.
    pub(super) place: Place,
    /// What stands between its braces.
    pub(super) block: Option<Vec<Self>>,
}

/// One file of a dump.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dumped<'a> {
    /// Its path; `None` for a text that is not a dump.
    pub(super) name: Option<&'a str>,
    /// Line at which it begins, from 1.
    pub(super) line: u64,
    /// What stands in it.
    pub(super) text: &'a str,
}

/// Whether a text is nginx configuration.
pub(super) fn looks_like_nginx(text: &str) -> bool {
    let is_directive = |line: &str| {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let name = first.split(['{', ';']).next().unwrap_or_default();
        let is_block = matches!(name, "http" | "stream" | "server" | "location" | "upstream")
            && line.contains('{');
        let is_pass = PREFIXES.iter().any(|prefix| {
            let rest = name.strip_prefix(prefix);
            rest.is_some_and(|rest| rest == "_pass" || rest.starts_with("_ssl"))
        });
        is_block || (is_pass && words.next().is_some())
    };
    !text.trim_start().starts_with(['<', '{', '[']) && text.lines().any(is_directive)
}

/// Modules that connect with TLS: their directives begin with these.
pub(super) const PREFIXES: [&str; 3] = ["proxy", "grpc", "uwsgi"];

/// The files of a dump of `nginx -T`; of any other text, itself.
pub(super) fn dumped(text: &str) -> Vec<Dumped<'_>> {
    let mut parts = Vec::new();
    let mut begins: Option<(&str, u64, usize)> = None;
    let mut offset = 0_usize;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let next = offset.saturating_add(line.len());
        let name = line.trim_end().strip_prefix("# configuration file ");
        if let Some(name) = name.and_then(|rest| rest.strip_suffix(':')) {
            if let Some((name, line, start)) = begins {
                let text = text.get(start..offset).unwrap_or_default();
                parts.push(Dumped { name: Some(name), line, text });
            }
            let line = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(2);
            begins = Some((name, line, next));
        }
        offset = next;
    }
    match begins {
        Some((name, line, start)) => {
            let text = text.get(start..).unwrap_or_default();
            parts.push(Dumped { name: Some(name), line, text });
        }
        None => parts.push(Dumped { name: None, line: 1, text }),
    }
    parts
}

/// Reads directives.
///
/// # Errors
///
/// Gives the line of what is not finished, or is above the bounds.
pub(super) fn parse(
    file: &Arc<str>,
    first_line: u64,
    text: &str,
) -> Result<Vec<Directive>, ConfigurationError> {
    let mut tokens = Tokens { rest: text, line: first_line, read: 0 };
    let mut open: Vec<(Vec<Directive>, Directive)> = Vec::new();
    let mut current = Vec::new();
    let mut words: Vec<(String, u64)> = Vec::new();
    let at = |line: u64, what: &str| ConfigurationError::at(&Place::new(file, line), what);
    loop {
        let token = tokens.next().map_err(|(line, what)| at(line, what))?;
        let line = tokens.line;
        let end = match token {
            Token::Word(word, line) => {
                words.push((word, line));
                continue;
            }
            end => end,
        };
        let mut taken = std::mem::take(&mut words).into_iter();
        let directive = taken.next().map(|(name, line)| Directive {
            name,
            arguments: taken.map(|(word, _)| word).collect(),
            place: Place::new(file, line),
            block: None,
        });
        match (end, directive) {
            (Token::Semicolon, directive) => current.extend(directive),
            (Token::Open, Some(mut directive)) if directive.name.ends_with("_by_lua_block") => {
                tokens.skip_block().map_err(|(line, what)| at(line, what))?;
                directive.block = Some(Vec::new());
                current.push(directive);
            }
            (Token::Open, Some(_)) if open.len() >= DEEPEST => {
                return Err(at(line, "blocks are nested too deep"));
            }
            (Token::Open, Some(directive)) => {
                open.push((std::mem::take(&mut current), directive));
            }
            (Token::Open, None) => return Err(at(line, "a block without a name")),
            (Token::Close, None) => {
                let Some((before, mut directive)) = open.pop() else {
                    return Err(at(line, "a } without its {"));
                };
                directive.block = Some(std::mem::replace(&mut current, before));
                current.push(directive);
            }
            (Token::Close, Some(directive)) | (Token::End, Some(directive)) => {
                let what = format!("{} is not ended by a semicolon", directive.name);
                return Err(ConfigurationError::at(&directive.place, what));
            }
            (Token::End, None) => match open.pop() {
                Some((_, directive)) => {
                    let what =
                        format!("the block {} is not closed: is the file cut?", directive.name);
                    return Err(ConfigurationError::at(&directive.place, what));
                }
                None => return Ok(current),
            },
            (Token::Word(..), _) => {}
        }
    }
}

/// What a text is made of.
enum Token {
    Word(String, u64),
    Semicolon,
    Open,
    Close,
    End,
}

struct Tokens<'a> {
    rest: &'a str,
    line: u64,
    read: usize,
}

impl Tokens<'_> {
    fn next(&mut self) -> Result<Token, (u64, &'static str)> {
        self.read = self.read.saturating_add(1);
        if self.read > MOST_TOKENS {
            return Err((self.line, "more words than a configuration has"));
        }
        loop {
            match self.rest.chars().next() {
                None => return Ok(Token::End),
                Some('#') => {
                    while self.peek().is_some_and(|one| one != '\n') {
                        self.take();
                    }
                }
                Some(character) if character.is_whitespace() || character == '\u{feff}' => {
                    self.take();
                }
                Some(';') => return Ok(self.single(Token::Semicolon)),
                Some('{') => return Ok(self.single(Token::Open)),
                Some('}') => return Ok(self.single(Token::Close)),
                Some(quote @ ('"' | '\'')) => return self.quoted(quote),
                Some(_) => return Ok(self.word()),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        self.line = self.line.saturating_add(u64::from(character == '\n'));
        Some(character)
    }

    fn single(&mut self, token: Token) -> Token {
        self.take();
        token
    }

    fn quoted(&mut self, quote: char) -> Result<Token, (u64, &'static str)> {
        let line = self.line;
        self.take();
        let mut word = String::new();
        while let Some(character) = self.take() {
            match character {
                '\\' => match self.take() {
                    Some(escaped) if escaped == quote || escaped == '\\' => word.push(escaped),
                    Some(other) => word.extend(['\\', other]),
                    None => {}
                },
                _ if character == quote => return Ok(Token::Word(word, line)),
                _ => word.push(character),
            }
        }
        Err((line, "a quotation mark is not closed"))
    }

    fn word(&mut self) -> Token {
        let line = self.line;
        let mut word = String::new();
        while let Some(character) = self.peek() {
            match character {
                // ${name} is part of a word.
                '{' if word.ends_with('$') => {
                    while let Some(inside) = self.take() {
                        word.push(inside);
                        if inside == '}' {
                            break;
                        }
                    }
                }
                ';' | '{' | '}' => break,
                '\\' => {
                    word.extend(self.take());
                    word.extend(self.take());
                }
                _ if character.is_whitespace() => break,
                _ => word.extend(self.take()),
            }
        }
        // A lone brace that belongs to no variable ends no word and would be read for ever.
        Token::Word(word, line)
    }

    /// Passes over a block in another language.
    fn skip_block(&mut self) -> Result<(), (u64, &'static str)> {
        let line = self.line;
        let mut depth = 1_usize;
        let mut quote = None;
        while let Some(character) = self.take() {
            match (quote, character) {
                (Some(_), '\\') => drop(self.take()),
                (Some(open), _) if open == character => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(character),
                (None, '{') => depth = depth.saturating_add(1),
                (None, '}') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(());
                    }
                }
                (None, _) => {}
            }
        }
        Err((line, "a block is not closed: is the file cut?"))
    }
}

/// Blocks inside one another; nginx configurations have some five.
const DEEPEST: usize = 32;

/// Words, braces and semicolons of one file.
const MOST_TOKENS: usize = 2_000_000;
