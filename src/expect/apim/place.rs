//! Where in the configuration something stands, and values that may not be known.

use std::fmt;
use std::sync::Arc;

/// A line of a configuration file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// Line in the file, from 1; `None` where the whole file is meant.
    pub line: Option<u64>,
}

impl Place {
    /// A line of `file`, from 1.
    pub(in crate::expect) fn new(file: &Arc<str>, line: u64) -> Self {
        Self { file: Arc::clone(file), line: Some(line) }
    }

    /// The whole file.
    pub(in crate::expect) fn file(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// A text in the configuration, and what it stands for where that can be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Text {
    /// The text as it stands in the file.
    pub(super) raw: String,
    /// What it stands for, or why that cannot be told.
    pub(super) value: Result<String, String>,
    /// Where it stands.
    pub(super) place: Place,
}

impl Text {
    /// A text that stands for itself.
    pub(super) fn literal(text: &str, place: Place) -> Self {
        Self { raw: text.to_owned(), value: Ok(text.to_owned()), place }
    }

    /// What it stands for, where that is known.
    pub(super) fn known(&self) -> Option<&str> {
        self.value.as_deref().ok()
    }
}

/// The last segment of a resource id or of a name (`/backends/x`, `service/x`, `x`).
pub(super) fn last_segment(id: &str) -> &str {
    let id = id.trim().trim_end_matches('/');
    id.rsplit('/').next().unwrap_or(id)
}

/// Whether two names or ids mean the same: the last segments, in any case of ASCII letters.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    last_segment(one).eq_ignore_ascii_case(last_segment(other))
}

/// A text cut for a message: one line, a bounded number of characters.
pub(super) fn quoted(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > QUOTED_CHARACTERS {
        line = line.chars().take(QUOTED_CHARACTERS).collect();
        line.push('…');
    }
    line
}

/// Characters of a configuration text that are quoted in a message.
const QUOTED_CHARACTERS: usize = 160;
