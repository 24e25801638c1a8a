//! Words of the command line that cannot be right, and what was probably meant by them.

use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use mtls_witness::expect::Thumbprint;

use crate::failure::Failure;

/// Names that people give to options, and the options.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("--cert", "--expect-certificate"),
    ("--certificate", "--expect-certificate"),
    ("--cn", "--expect-certificate"),
    ("--file", "--expect-certificate"),
    ("--fingerprint", "--expect-thumbprint"),
    ("--no-certificate", "--expect-none"),
    ("--issuer", "--expect-issuer"),
    ("--none", "--expect-none"),
    ("--san", "--expect-san"),
    ("--spki", "--expect-spki"),
    ("--pfx", "--expect-certificate"),
    ("--sha1", "--expect-thumbprint"),
    ("--sha256", "--expect-thumbprint"),
    ("--thumbprint", "--expect-thumbprint"),
    ("--host", "--server"),
    ("--hostname", "--sni"),
    ("--server-name", "--sni"),
    ("--keys", "--keylog"),
    ("--key-log", "--keylog"),
    ("--out", "--output"),
    ("--outfile", "--output"),
];

/// Adds the option that was probably meant to a message about one that does not exist.
pub(crate) fn suggest(mut message: clap::Error) -> clap::Error {
    if message.kind() != ErrorKind::UnknownArgument {
        return message;
    }
    let Some(ContextValue::String(unknown)) = message.get(ContextKind::InvalidArg) else {
        return message;
    };
    let name = unknown.split('=').next().unwrap_or(unknown);
    let meant = OTHER_NAMES.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    if let Some((_, option)) = meant {
        message.remove(ContextKind::Suggested);
        message.insert(ContextKind::SuggestedArg, ContextValue::String((*option).to_owned()));
    }
    message
}

/// Says what is wrong with the text of a thumbprint that is none, where the words around it tell.
pub(crate) fn thumbprint(text: &str, captures: &[PathBuf]) -> Option<Failure> {
    if Thumbprint::parse(text).is_ok() {
        return None;
    }
    if let Some(whole) = unquoted(text, captures) {
        return Some(
            Failure::new(format!(
                "--expect-thumbprint: \"{text}\" is the first of several words of a thumbprint"
            ))
            .hint(format!("quote it: --expect-thumbprint \"{whole}\"")),
        );
    }
    Path::new(text).is_file().then(|| {
        Failure::new(format!("--expect-thumbprint: {text} is a file, not a thumbprint"))
            .hint(format!("use --expect-certificate {text}"))
    })
}

/// The thumbprint that begins with `text` and goes on in the words that were taken for captures.
fn unquoted(text: &str, captures: &[PathBuf]) -> Option<String> {
    let mut whole = text.to_owned();
    for word in captures.iter().take(MOST_WORDS) {
        whole.push(' ');
        whole.push_str(word.to_str()?);
        if Thumbprint::parse(&whole).is_ok() {
            return Some(whole);
        }
    }
    None
}

/// Words of the longest thumbprint, with a label before it.
const MOST_WORDS: usize = 70;

/// Says what is wrong with the file of a certificate that is none: that it is a thumbprint, or holds
/// one.
pub(crate) fn certificate(path: &Path, bytes: Option<&[u8]>) -> Option<Failure> {
    let name = path.display().to_string();
    let Some(bytes) = bytes else {
        Thumbprint::parse(&name).ok()?;
        return Some(
            Failure::new(format!("--expect-certificate: {name} is a thumbprint, not a file"))
                .hint(format!("use --expect-thumbprint {name}")),
        );
    };
    let text = str::from_utf8(bytes).ok().filter(|text| text.len() < LONGEST_TEXT)?;
    let (thumbprint, _) = Thumbprint::parse(text).ok()?;
    let digits = thumbprint.digits();
    Some(
        Failure::new(format!("{name}: the file holds a thumbprint, not a certificate"))
            .hint(format!("use --expect-thumbprint {digits}")),
    )
}

/// Longest text of a file that may be a thumbprint, in bytes.
const LONGEST_TEXT: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_only_until_they_are_a_thumbprint() {
        let words = |text: &str| text.split(' ').map(PathBuf::from).collect::<Vec<_>>();
        let rest = format!("{}EB a.pcap", "EB ".repeat(18));
        let whole = unquoted("EB", &words(&rest));
        assert_eq!(whole, Some(vec!["EB"; 20].join(" ")));
        assert_eq!(unquoted("EB", &words("A6 a.pcap")), None);
        assert_eq!(unquoted("EB", &[]), None);
    }
}
