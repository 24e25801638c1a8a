//! What is odd about a configuration; each code is described in docs/guide/lint.md.

use std::fmt;

/// Something in the configuration that deserves a look.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lint {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, as the user named it.
    pub file: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// One sentence.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// It does not work as it stands.
    Error,
    /// It may not do what was meant.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            f.write_str(file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{} [{}]: {}", self.severity, self.code, self.text)
    }
}
