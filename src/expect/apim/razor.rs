//! Policies as the portal shows them -> well-formed XML.
//!
//! A raw policy is XML in which C# expressions, `@(…)` and `@{…}`, stand unescaped: their quotes,
//! `<` and `&` end attributes and begin tags for an XML parser. Here each expression is found by
//! its own syntax and escaped. Line breaks are neither added nor removed, so a line of the result
//! is the same line of the file.

use super::csharp;

/// A policy as well-formed XML, as far as it was well-formed outside its expressions.
#[derive(Debug)]
pub(super) struct Escaped {
    /// The XML, without its comments.
    pub(super) xml: String,
    /// What the comments held.
    pub(super) comments: Vec<Comment>,
}

/// A comment of a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Comment {
    /// Line in which it begins, from 1.
    pub(super) line: u64,
    /// What it holds.
    pub(super) text: String,
}

/// Something that is wrong in a line of a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Malformed {
    /// The line, from 1.
    pub(super) line: u64,
    /// What is wrong.
    pub(super) what: String,
    /// What to do about it.
    pub(super) hint: Option<&'static str>,
}

/// Escapes the expressions of a policy; a policy that is escaped already stays as it is.
///
/// Time and memory are linear in the length of `text`; elements inside one another and attributes
/// of one element are bounded, because the XML parser's work is not linear in the latter.
pub(super) fn escape(text: &str) -> Result<Escaped, Malformed> {
    let mut escaper = Escaper {
        text,
        position: 0,
        xml: String::with_capacity(text.len() + text.len() / 8),
        comments: Vec::new(),
        depth: 0,
    };
    escaper.run()?;
    Ok(Escaped { xml: escaper.xml, comments: escaper.comments })
}

struct Escaper<'a> {
    text: &'a str,
    position: usize,
    xml: String,
    comments: Vec<Comment>,
    depth: usize,
}

impl<'a> Escaper<'a> {
    fn run(&mut self) -> Result<(), Malformed> {
        while let Some(character) = self.rest().chars().next() {
            match character {
                '<' => self.markup()?,
                '@' if csharp::begins_expression(self.rest()) => self.expression()?,
                '&' => self.ampersand(),
                _ => self.copy(character),
            }
        }
        Ok(())
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn copy(&mut self, character: char) {
        self.xml.push(character);
        self.position += character.len_utf8();
    }

    /// Takes the rest over up to and with `end`, as it is.
    fn copy_through(&mut self, end: &str, what: &str) -> Result<(), Malformed> {
        let Some((before, _)) = self.rest().split_once(end) else {
            return Err(self.malformed(self.position, format!("{what} has no end")));
        };
        self.xml.push_str(before);
        self.xml.push_str(end);
        self.position += before.len() + end.len();
        Ok(())
    }

    fn markup(&mut self) -> Result<(), Malformed> {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            return self.comment();
        }
        if rest.starts_with("<![CDATA[") {
            return self.copy_through("]]>", "the CDATA section that begins here");
        }
        if rest.starts_with("<?") {
            return self.copy_through("?>", "the processing instruction that begins here");
        }
        if rest.starts_with("<!") {
            let what = "a document type declaration is refused in a policy".to_owned();
            let is_page =
                rest.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html"));
            return Err(Malformed {
                hint: Some(if is_page {
                    "this is a page for a browser, as servers send it in place of a policy"
                } else {
                    "policies have no document type and no entities: remove it"
                }),
                ..self.malformed(self.position, what)
            });
        }
        if let Some(after) = rest.strip_prefix("</") {
            if after.starts_with(is_name_start) {
                self.depth = self.depth.saturating_sub(1);
                return self.copy_through(">", "the end tag that begins here");
            }
        } else if rest.get(1..).is_some_and(|after| after.starts_with(is_name_start)) {
            return self.start_tag();
        }
        // A lone `<`, as in text that is no XML.
        self.replace('<', "&lt;");
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Malformed> {
        let start = self.position;
        let inside = self.rest().get(4..).unwrap_or_default();
        let Some((inside, _)) = inside.split_once("-->") else {
            return Err(self.malformed(start, "the comment that begins here has no end".to_owned()));
        };
        // Only its line breaks stay: `--` and expressions in it are no matter.
        self.xml.extend(inside.chars().filter(|character| *character == '\n'));
        if self.comments.len() < MOST_COMMENTS {
            self.comments.push(Comment { line: self.line(start), text: inside.to_owned() });
        }
        self.position += 4 + inside.len() + 3;
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), Malformed> {
        let start = self.position;
        let unended = |this: &Self| {
            Err(this.malformed(start, "the tag that begins here has no end".to_owned()))
        };
        self.copy('<');
        let mut attributes = 0_usize;
        loop {
            let Some(character) = self.rest().chars().next() else {
                return unended(self);
            };
            match character {
                '>' => {
                    if !self.xml.ends_with('/') {
                        self.depth += 1;
                    }
                    self.copy('>');
                    if self.depth > DEEPEST {
                        let what = format!("more than {DEEPEST} elements inside one another");
                        return Err(self.malformed(start, what));
                    }
                    return Ok(());
                }
                '"' | '\'' => {
                    attributes += 1;
                    if attributes > MOST_ATTRIBUTES {
                        let what = format!("more than {MOST_ATTRIBUTES} attributes in one element");
                        return Err(self.malformed(start, what));
                    }
                    self.attribute_value(character)?;
                }
                '<' => return unended(self),
                _ => self.copy(character),
            }
        }
    }

    fn attribute_value(&mut self, quote: char) -> Result<(), Malformed> {
        let start = self.position;
        self.copy(quote);
        loop {
            let Some(character) = self.rest().chars().next() else {
                let what = "the attribute value that begins here has no end".to_owned();
                return Err(self.malformed(start, what));
            };
            match character {
                character if character == quote => {
                    self.copy(quote);
                    return Ok(());
                }
                '@' if csharp::begins_expression(self.rest()) => self.expression()?,
                '&' => self.ampersand(),
                '<' => self.replace('<', "&lt;"),
                _ => self.copy(character),
            }
        }
    }

    fn expression(&mut self) -> Result<(), Malformed> {
        let start = self.position;
        let length = csharp::expression_length(self.rest())
            .map_err(|what| self.malformed(start, what.to_owned()))?;
        while self.position < start + length {
            let Some(character) = self.rest().chars().next() else {
                break;
            };
            match character {
                '&' => self.ampersand(),
                '<' => self.replace(character, "&lt;"),
                '>' => self.replace(character, "&gt;"),
                '"' => self.replace(character, "&quot;"),
                '\'' => self.replace(character, "&apos;"),
                _ => self.copy(character),
            }
        }
        Ok(())
    }

    fn replace(&mut self, character: char, entity: &str) {
        self.xml.push_str(entity);
        self.position += character.len_utf8();
    }

    /// `&`, which may be part of an entity already.
    fn ampersand(&mut self) {
        if csharp::entity(self.rest()).is_some() {
            self.copy('&');
        } else {
            self.replace('&', "&amp;");
        }
    }

    fn line(&self, position: usize) -> u64 {
        let before = self.text.get(..position).unwrap_or_default();
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        u64::try_from(lines).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn malformed(&self, position: usize, what: String) -> Malformed {
        Malformed { line: self.line(position), what, hint: None }
    }
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

/// Elements inside one another: policies nest some twenty deep.
pub(super) const DEEPEST: usize = 200;

/// Attributes of one element: policies have up to some ten.
const MOST_ATTRIBUTES: usize = 200;

/// Comments that are kept.
const MOST_COMMENTS: usize = 1000;

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// The value of the root's first attribute after an XML parser read the escaped text.
    fn attribute(policy: &str) -> String {
        let escaped = escape(policy).unwrap();
        let document = roxmltree::Document::parse(&escaped.xml)
            .unwrap_or_else(|error| panic!("{error}: {}", escaped.xml));
        document.root_element().attributes().next().unwrap().value().to_owned()
    }

    #[test]
    fn expressions_of_real_policies_are_kept_whole() {
        for expression in [
            r#"@(context.Request.Headers["x"] == "y" && a < b)"#,
            r#"@(context.Variables.GetValueOrDefault<string>("x") == "a")"#,
            r#"@(new Dictionary<string, List<int>>() { { "a)", null } }.Count > 0)"#,
            "@{ var s = \"}\"; // a comment with a \" and a }\n return s; }",
            r#"@{ /* } " */ return '"' == '\'' ? ")" : "\")"; }"#,
            r#"@(@"C:\x\""quoted"")" + "z")"#,
            r#"@($"a {(b ? ")" : "(")} {{not a hole}} {x:yyyy}")"#,
            r#"@($@"a ""{f("}")}"" b")"#,
            r#"@($"{$"{$"{"deep"}"}"}")"#,
            "@(\"\"\"raw \"quoted\" ) text\"\"\")",
            "@(\"\" + x)",
            r#"@(context.Request.Url.Query["a"].First() is string s ? s : "")"#,
        ] {
            let policy = format!("<a c=\"{expression}\"/>");
            assert_eq!(attribute(&policy), expression.replace('\n', " "));
        }
    }

    #[test]
    fn escaped_policies_are_left_as_they_are() {
        let policy = r#"<a c="@(context.Request.Headers[&quot;x)&quot;] == &quot;y&quot; &amp;&amp; a &lt; b)"/>"#;
        assert_eq!(escape(policy).unwrap().xml, policy);
        assert_eq!(attribute(policy), r#"@(context.Request.Headers["x)"] == "y" && a < b)"#);
    }

    #[test]
    fn expressions_in_text_and_single_quotes_are_found() {
        let escaped = escape("<v>@(a < \"b\" && c)</v>").unwrap();
        let document = roxmltree::Document::parse(&escaped.xml).unwrap();
        assert_eq!(document.root_element().text(), Some("@(a < \"b\" && c)"));
        assert_eq!(attribute("<a c='@(x[\"y\"] > 1)'/>"), "@(x[\"y\"] > 1)");
    }

    #[test]
    fn text_that_is_no_markup_is_escaped() {
        let escaped = escape("<v>a & b < c @ home &lt; d user@example.com</v>").unwrap();
        let document = roxmltree::Document::parse(&escaped.xml).unwrap();
        assert_eq!(document.root_element().text(), Some("a & b < c @ home < d user@example.com"));
    }

    #[test]
    fn comments_are_taken_out_with_their_lines() {
        let policy = "<a>\n<!-- <x c=\"@(\"/> --\n -- -->\n<b/></a>";
        let escaped = escape(policy).unwrap();
        assert_eq!(escaped.comments.len(), 1);
        assert_eq!(escaped.comments.first().unwrap().line, 2);
        assert_eq!(escaped.xml.matches('\n').count(), policy.matches('\n').count());
        roxmltree::Document::parse(&escaped.xml).unwrap();
    }

    #[test]
    fn unended_parts_are_told_with_the_line_where_they_begin() {
        for (policy, line, what) in [
            ("<a>\n@(b", 2, "the expression that begins here has no end"),
            ("<a c=\"@(b + \"x)\"/>", 1, "the expression that begins here has no end"),
            ("\n<!-- x", 2, "the comment that begins here has no end"),
            ("<a c=\"x", 1, "the attribute value that begins here has no end"),
            ("<a <b", 1, "the tag that begins here has no end"),
            ("<![CDATA[", 1, "the CDATA section that begins here has no end"),
        ] {
            let error = escape(policy).unwrap_err();
            assert_eq!((error.line, error.what.as_str()), (line, what), "{policy}");
        }
    }

    #[test]
    fn document_types_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"b\">]>\n<x>&a;</x>";
        assert!(escape(bomb).unwrap_err().what.contains("document type"));
    }

    #[test]
    fn nesting_is_bounded_and_quick() {
        let error = escape(&"<a>\n".repeat(100_000)).unwrap_err();
        assert_eq!(error.line, 201);
        assert_eq!(error.what, "more than 200 elements inside one another");
        let many: String = (0..100_000).map(|number| format!(" a{number}=\"\"")).collect();
        assert!(escape(&format!("<a{many}/>")).is_err());
        assert!(escape(&format!("<a>{}", "@($\"{".repeat(100_000))).is_err());
        assert!(escape(&"@(".repeat(100_000)).is_err());
        assert!(escape(&"<a/>".repeat(100_000)).is_ok());
    }

    #[test]
    fn every_prefix_is_read_or_refused() {
        let policy =
            r#"<p><!-- c --><a c="@($"{x}" + @"y" + 'z' + """r""")" d='&amp;&'>@{ /* */ }</a></p>"#;
        for (end, _) in policy.char_indices() {
            let _ = escape(policy.get(..end).unwrap());
        }
    }
}
