//! What of a configuration was seen and passed over.

use std::fmt;

/// A file or resource that was seen and not read.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NotRead {
    /// The file, as the user named it.
    pub file: String,
    /// Line in the file, from 1; `None` where the whole file is meant.
    pub line: Option<u64>,
    /// What it is (`loggers app-insights`).
    pub what: String,
    /// Why it was passed over.
    pub why: String,
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}: {}", self.what, self.why)
    }
}
