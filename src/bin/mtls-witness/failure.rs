//! What is said when something could not be done: `error:` and `hint:` lines on standard error.

use std::error::Error;
use std::io::{self, Write};

use mtls_witness::report::visible;

use crate::exit_code::ExitStatus;

/// Something that could not be done, in words: lower case, no full stop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    /// What is wrong, `PATH: ` first where it is about a file.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// A failure without advice.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// The same with advice.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A failure of reading or writing `path`.
    pub(crate) fn io(path: &str, error: &io::Error) -> Self {
        let failure = Self::new(format!("{path}: {}", system_message(error)));
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                failure.hint("recordings often belong to root: change the file's owner or mode")
            }
            _ => failure,
        }
    }

    /// Says it on standard error.
    pub(crate) fn tell(&self) -> ExitStatus {
        say("error", &self.what);
        if let Some(hint) = &self.hint {
            line(&format!("hint: {}", visible(hint)));
        }
        ExitStatus::Error
    }
}

/// Says something that needs attention and stops nothing.
pub(crate) fn warn(what: &str) {
    say("warning", what);
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = match error.downcast_ref::<io::Error>() {
            Some(error) => system_message(error),
            None => error.to_string(),
        };
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

/// The operating system's words, in the middle of a sentence and without its number.
fn system_message(error: &io::Error) -> String {
    let text = error.to_string();
    let text = match text.split_once(" (os error ") {
        Some((words, _)) => words,
        None => text.as_str(),
    };
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "unknown error".to_owned(),
    }
}

fn say(kind: &str, what: &str) {
    line(&format!("mtls-witness: {kind}: {}", visible(what)));
}

fn line(text: &str) {
    // Nobody is left to tell where standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_messages_fit_into_a_sentence() {
        let error = io::Error::from_raw_os_error(2);
        let text = system_message(&error);
        assert!(!text.contains("os error"), "{text}");
        assert!(text.starts_with(char::is_lowercase), "{text}");
    }

    #[test]
    fn failure_about_a_file_begins_with_its_path() {
        let failure = Failure::io("a.pcap", &io::Error::other("Broken disk"));
        assert_eq!(failure.what, "a.pcap: broken disk");
    }
}
