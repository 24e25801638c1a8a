//! The words that tools print before a thumbprint.

use super::thumbprint_error::ThumbprintError;

/// A digest that can be a thumbprint here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Algorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
        }
    }
}

/// A text with its label taken off.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Labelled<'a> {
    /// The words of the label, as this program writes them.
    pub(super) words: Vec<&'static str>,
    /// The digest that the label names.
    pub(super) algorithm: Option<Algorithm>,
    /// Whether the label says that base64 follows.
    pub(super) base64: bool,
    /// What follows the label.
    pub(super) rest: &'a str,
}

/// Takes the words of a label off `text`: `SHA1 Fingerprint=`, `Thumbprint : `,
/// `Cert Hash(sha1): `, `"x5t#S256": `.
///
/// A word counts only where a delimiter follows it, so that no digit of a value is lost.
pub(super) fn split(text: &str) -> Result<Labelled<'_>, ThumbprintError> {
    let mut label = Labelled { rest: text, ..Labelled::default() };
    loop {
        label.rest = label.rest.trim_start_matches(is_delimiter);
        let word_end = label.rest.find(is_delimiter);
        let Some((word, rest)) = word_end.and_then(|end| label.rest.split_at_checked(end)) else {
            return Ok(label);
        };
        let lower: String = word
            .chars()
            .filter(|character| !matches!(character, '-' | '_' | '.'))
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let (known, algorithm) = match lower.as_str() {
            "sha1" => ("sha1", Some(Algorithm::Sha1)),
            "sha256" | "sha2256" => ("sha256", Some(Algorithm::Sha256)),
            "x5t" => ("x5t", Some(Algorithm::Sha1)),
            "x5t#s256" | "x5ts256" => ("x5t#S256", Some(Algorithm::Sha256)),
            "x509thumbprint" | "x509thumbprinthex" => ("x509 thumbprint", Some(Algorithm::Sha1)),
            "certificate" | "cert" => ("certificate", None),
            "thumbprint" => ("thumbprint", None),
            "certificatethumbprint" | "certthumbprint" => ("certificate thumbprint", None),
            "clientcertificatethumbprint" => ("client certificate thumbprint", None),
            "sha1fingerprint" | "sha1thumbprint" => ("sha1 fingerprint", Some(Algorithm::Sha1)),
            "sha256fingerprint" | "sha256thumbprint" => {
                ("sha256 fingerprint", Some(Algorithm::Sha256))
            }
            "fingerprint" | "fingerprints" => ("fingerprint", None),
            "hash" | "digest" => ("hash", None),
            "md5" => return Err(ThumbprintError::OtherDigest { name: "MD5" }),
            "sha224" => return Err(ThumbprintError::OtherDigest { name: "SHA-224" }),
            "sha384" => return Err(ThumbprintError::OtherDigest { name: "SHA-384" }),
            "sha512" => return Err(ThumbprintError::OtherDigest { name: "SHA-512" }),
            "pinsha256" => return Err(ThumbprintError::PublicKeyPin),
            word if word.starts_with("sha256/") => return Err(ThumbprintError::PublicKeyPin),
            _ => return Ok(label),
        };
        label.words.push(known);
        label.base64 |= known.starts_with("x5t") || known == "x509 thumbprint";
        if let Some(named) = algorithm {
            if let Some(earlier) = label.algorithm.filter(|earlier| *earlier != named) {
                return Err(ThumbprintError::LabelContradicts {
                    label: earlier.name(),
                    found: named.name(),
                });
            }
            label.algorithm = Some(named);
        }
        label.rest = rest;
    }
}

/// Whether it ends a word of a label.
fn is_delimiter(character: char) -> bool {
    matches!(character, ' ' | ':' | '=' | '"' | '\'' | '(' | ')' | '[' | ']' | ',')
}
