//! A policy document as a tree of elements with their lines.

use super::error::ConfigurationError;
use super::place::Place;
use super::razor::{self, Malformed};

/// A policy or a fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PolicyDocument {
    /// `<policies>`, `<fragment>`, or of a GraphQL resolver `<http-data-source>` and its kind.
    pub(super) root: Element,
    /// Comments that hold a policy which concerns certificates or backends: where, and which.
    pub(super) disabled: Vec<(Place, &'static str)>,
}

/// One element of a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Element {
    /// Its name, lower case.
    pub(super) name: String,
    /// Names, lower case, and values with entities decoded.
    attributes: Vec<(String, String)>,
    /// The elements in it.
    pub(super) children: Vec<Self>,
    /// Its own text, trimmed.
    pub(super) text: String,
    /// Where it begins.
    pub(super) place: Place,
    /// How many elements it has in it, itself included.
    pub(super) size: usize,
}

impl PolicyDocument {
    /// Reads a policy, raw or escaped. Where `place` has a line, the text is a string in that line
    /// of another file, and every element stands there.
    pub(super) fn parse(text: &str, place: &Place) -> Result<Self, ConfigurationError> {
        let at = |line: u64| Place { file: place.file.clone(), line: place.line.or(Some(line)) };
        if text.len() > LARGEST_POLICY {
            let what = format!("{} bytes are too many for a policy", text.len());
            return Err(ConfigurationError::at(place, what));
        }
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Err(ConfigurationError::at(place, "the policy is empty"));
        }
        let escaped = razor::escape(text).map_err(|Malformed { line, what, hint }| {
            let error = ConfigurationError::at(&at(line), what);
            match hint {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })?;
        let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
        let document =
            roxmltree::Document::parse_with_options(&escaped.xml, options).map_err(|error| {
                let what = without_position(&error.to_string());
                let problem = format!("not a well-formed policy: {what}");
                ConfigurationError::at(&at(u64::from(error.pos().row)), problem)
            })?;

        let lines = LineStarts::of(&escaped.xml);
        let place_of = |offset: usize| at(lines.line(offset));
        let root = read(document.root_element(), &place_of, 0);
        let is_known = matches!(root.name.as_str(), "policies" | "fragment");
        if !is_known && !DATA_SOURCES.contains(&root.name.as_str()) {
            let what = format!("<{}> is neither <policies> nor <fragment>", root.name);
            return Err(ConfigurationError::at(&root.place, what)
                .hint("a policy document as the portal or the extractor shows it is read"));
        }
        if root.name == "policies"
            && let Some(again) = root.children.iter().enumerate().find_map(|(index, one)| {
                let before = root.children.iter().take(index);
                before.into_iter().any(|other| other.name == one.name).then_some(one)
            })
        {
            let what = format!("a second section <{}>", again.name);
            return Err(ConfigurationError::at(&again.place, what)
                .hint("a policy has each section once: which one runs cannot be told"));
        }
        let disabled = escaped.comments.iter().flat_map(|comment| {
            let text = comment.text.to_ascii_lowercase();
            let is_in = move |name: &&&str| {
                text.match_indices(**name).any(|(start, found)| {
                    let after = text.get(start + found.len()..).unwrap_or_default();
                    text.get(..start).is_some_and(|before| before.ends_with('<'))
                        && after.starts_with([' ', '\t', '\r', '\n', '/', '>'])
                })
            };
            OF_INTEREST.iter().filter(is_in).map(|name| (at(comment.line), *name))
        });
        let disabled = disabled.collect();
        Ok(Self { root, disabled })
    }

    /// The section of a policy (`inbound`), where it has one.
    pub(super) fn section(&self, name: &str) -> Option<&Element> {
        self.root.child(name)
    }

    /// Whether it is the policy of a GraphQL resolver.
    pub(super) fn is_resolver(&self) -> bool {
        DATA_SOURCES.contains(&self.root.name.as_str())
    }

    /// Whether it is a fragment.
    pub(super) fn is_fragment(&self) -> bool {
        self.root.name == "fragment"
    }
}

impl Element {
    /// An element that no file has as it is.
    pub(super) fn new(
        name: &str,
        attributes: Vec<(String, String)>,
        children: Vec<Self>,
        place: Place,
    ) -> Self {
        let size = children.iter().map(|child| child.size).sum::<usize>() + 1;
        Self { name: name.to_owned(), attributes, children, text: String::new(), place, size }
    }

    /// The value of an attribute, trimmed, where it is there and not blank.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Whether another says the same, wherever it stands.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let heads = |one: &Self| (one.size, one.children.len());
        heads(self) == heads(other)
            && self.name == other.name
            && self.attributes == other.attributes
            && self.text == other.text
            && self
                .children
                .iter()
                .zip(&other.children)
                .all(|(one, other)| one.says_the_same(other))
    }

    /// Itself and every element in it, in the order of the file.
    pub(super) fn descendants(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(next.children.iter().rev());
            Some(next)
        })
    }
}

/// Reads one element; the escaper bounds how many stand inside one another.
fn read(node: roxmltree::Node<'_, '_>, place_of: &dyn Fn(usize) -> Place, depth: usize) -> Element {
    let children: Vec<Element> = if depth > razor::DEEPEST {
        Vec::new()
    } else {
        let children = node.children().filter(roxmltree::Node::is_element);
        children.map(|child| read(child, place_of, depth + 1)).collect()
    };
    let texts = node.children().filter(roxmltree::Node::is_text);
    let text: String = texts.filter_map(|text| text.text()).collect();
    let attributes = node.attributes();
    let size = children.iter().map(|child| child.size).sum::<usize>() + 1;
    Element {
        size,
        name: node.tag_name().name().to_ascii_lowercase(),
        attributes: attributes
            .map(|one| (one.name().to_ascii_lowercase(), one.value().to_owned()))
            .collect(),
        children,
        text: text.trim().to_owned(),
        place: place_of(node.range().start),
    }
}

/// Where the lines of a text begin.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(newlines.map(|(index, _)| index + 1).collect())
    }

    fn line(&self, offset: usize) -> u64 {
        let line = self.0.partition_point(|start| *start <= offset) + 1;
        u64::try_from(line).unwrap_or(u64::MAX)
    }
}

/// The parser's message without its own position, which is told before it.
fn without_position(message: &str) -> String {
    let end = message.rfind(" at ").unwrap_or(message.len());
    message.get(..end).unwrap_or(message).to_owned()
}

/// Whether the text of a file is a policy rather than JSON.
pub(super) fn looks_like_policy(text: &str) -> bool {
    text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<')
}

/// What the policy of a GraphQL resolver is: a request over HTTP, or to a database.
const DATA_SOURCES: [&str; 3] = ["http-data-source", "cosmosdb-data-source", "sql-data-source"];

/// Policies whose presence in a comment is worth a remark.
const OF_INTEREST: [&str; 3] =
    ["authentication-certificate", "set-backend-service", "include-fragment"];

/// Largest policy in bytes: the service takes 256 KiB.
const LARGEST_POLICY: usize = 1 << 20;

/// Nodes of the XML tree.
const MOST_NODES: u32 = 200_000;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn parse(text: &str) -> Result<PolicyDocument, ConfigurationError> {
        PolicyDocument::parse(text, &Place::file(&"p.xml".into()))
    }

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn elements_keep_the_lines_of_the_file() {
        let text = "<policies>\n<!-- two\nlines -->\n  <inbound>\n    <set-variable value=\"@{\n \
                    return a < b;\n}\" />\n    <authentication-certificate\n thumbprint=\"x\" />\n\
                    </inbound></policies>";
        let policy = parse(text).unwrap();
        let inbound = policy.section("inbound").unwrap();
        assert_eq!(inbound.place.to_string(), "p.xml:4");
        let certificate = inbound.child("authentication-certificate").unwrap();
        assert_eq!(certificate.place.to_string(), "p.xml:8");
        assert_eq!(certificate.attribute("thumbprint"), Some("x"));
    }

    #[test]
    fn disabled_policies_are_remembered_and_not_read() {
        let text = "<policies><inbound>\n<!-- <authentication-certificate thumbprint='x'/> -->\n\
                    </inbound></policies>";
        let policy = parse(text).unwrap();
        assert!(policy.section("inbound").unwrap().children.is_empty());
        let (place, name) = policy.disabled.first().unwrap();
        assert_eq!((place.to_string().as_str(), *name), ("p.xml:2", "authentication-certificate"));
    }

    #[test]
    fn broken_policies_are_told_with_their_line() {
        assert!(
            error("<policies>\n<inbound>\n</policies>")
                .starts_with("p.xml:3: not a well-formed policy: expected 'inbound' tag")
        );
        assert_eq!(
            error("<html>\n</html>"),
            "p.xml:1: <html> is neither <policies> nor <fragment>"
        );
        assert_eq!(
            error("<!DOCTYPE policies SYSTEM \"x\">\n<policies/>"),
            "p.xml:1: a document type declaration is refused in a policy"
        );
        assert!(error("<policies>&unknown;</policies>x").starts_with("p.xml:1: "));
        assert_eq!(
            error("<policies\n/\n>"),
            "p.xml:2: not a well-formed policy: expected '>' not '\\n'"
        );
        assert!(error(&"<policies>".repeat(50_000)).contains("inside one another"));
        assert_eq!(error(" "), "p.xml: the policy is empty");
        assert!(
            error("<policies><inbound/>\n<inbound/></policies>")
                .starts_with("p.xml:2: a second section <inbound>")
        );
    }
}
