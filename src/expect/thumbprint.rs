//! `--expect-thumbprint`: a thumbprint in any spelling that tools print and people paste.

use std::collections::BTreeMap;
use std::fmt;

use super::base64;
use super::digest_text::{self, FileForm, Printed};
use super::forwarded;
use super::thumbprint_error::ThumbprintError;
use super::thumbprint_label::{self, Algorithm, Labelled};
use crate::certificate::{Certificate, Sha1Thumbprint, Sha256Thumbprint};

/// A thumbprint of one kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Thumbprint {
    /// SHA-1 over the certificate's DER.
    Sha1(Sha1Thumbprint),
    /// SHA-256 over the certificate's DER.
    Sha256(Sha256Thumbprint),
}

/// Something in a thumbprint's spelling that was set right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Repair {
    /// It was base64 (`x5t`) and is hexadecimal everywhere else.
    Base64,
    /// Upper-case digits were read as lower-case ones; not worth a warning.
    Case,
    /// It is the digest of a file, which is a thumbprint where the file is DER.
    FileDigest {
        /// The file, where its name does not tell.
        unclear: Option<String>,
    },
    /// It stood in a header of a proxy (`x-forwarded-client-cert`).
    ForwardedHeader,
    /// `0x` was removed.
    HexPrefix,
    /// An invisible character was removed.
    Invisible {
        /// Which one.
        character: char,
        /// Where it stood in the text given, in characters from 1.
        positions: Vec<usize>,
    },
    /// A label was removed (`sha1 fingerprint`).
    Label(String),
    /// Quotation marks or a comma around it were removed.
    Quotes,
    /// Characters between the digits were removed.
    Separators {
        /// How many.
        count: usize,
    },
    /// A space that is not U+0020 was read as one.
    UnusualSpace {
        /// Which one.
        character: char,
        /// Where it stood in the text given, in characters from 1.
        positions: Vec<usize>,
    },
}

impl Thumbprint {
    /// Reads a thumbprint in any usual spelling, and says what had to be repaired.
    ///
    /// SHA-1 and SHA-256 are told apart by length: 40 or 64 hexadecimal digits, 27 or 43 base64
    /// digits (without padding). Text that is all hexadecimal digits is never read as base64.
    ///
    /// # Errors
    ///
    /// Whatever leaves a doubt about which bytes are meant: masked, cut or mistyped text, another
    /// digest, a label that contradicts the length.
    pub fn parse(text: &str) -> Result<(Self, Vec<Repair>), ThumbprintError> {
        if let Some(forwarded) = forwarded::read(text) {
            return Ok((forwarded?, vec![Repair::ForwardedHeader]));
        }
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            return Err(ThumbprintError::TooLong { characters: length });
        }
        if text.contains("-----BEGIN") {
            return Err(ThumbprintError::CertificateText);
        }

        let mut repairs = Vec::new();
        let visible = remove_invisible(text, &mut repairs);
        if visible.contains(MASKS) || visible.contains("...") {
            return Err(ThumbprintError::Masked);
        }
        let unquoted = visible.trim_matches(is_wrapping);
        if unquoted != visible.trim() {
            repairs.push(Repair::Quotes);
        }

        let unwrapped = without_element(unquoted);
        if unwrapped != unquoted {
            repairs.push(Repair::Label("DigestValue".to_owned()));
        }
        let label = match digest_text::printed(unwrapped) {
            Some(printed) => printed_digest(&printed, &mut repairs)?,
            None => thumbprint_label::split(unwrapped)?,
        };
        if !label.words.is_empty() {
            repairs.push(Repair::Label(label.words.join(" ")));
        }
        let value = label.rest.trim_matches(is_wrapping);
        if value.is_empty() {
            return Err(ThumbprintError::Empty);
        }

        let bytes = match base64_digest(value, label.base64)? {
            Some(bytes) => {
                repairs.push(Repair::Base64);
                bytes
            }
            None => hexadecimal(value, &mut repairs)?,
        };
        let thumbprint = Self::from_bytes(&bytes)?;
        match label.algorithm {
            Some(algorithm) if algorithm != thumbprint.algorithm() => {
                Err(ThumbprintError::LabelContradicts {
                    label: algorithm.name(),
                    found: thumbprint.algorithm().name(),
                })
            }
            _ => Ok((thumbprint, repairs)),
        }
    }

    /// Whether it is this certificate's.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Sha1(sha1) => *sha1 == certificate.sha1,
            Self::Sha256(sha256) => *sha256 == certificate.sha256,
        }
    }

    /// Its digits: lower-case hex, in full.
    pub fn digits(&self) -> String {
        let bytes: &[u8] = match self {
            Self::Sha1(sha1) => &sha1.0,
            Self::Sha256(sha256) => &sha256.0,
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ThumbprintError> {
        if let Ok(sha1) = <[u8; 20]>::try_from(bytes) {
            return Ok(Self::Sha1(Sha1Thumbprint(sha1)));
        }
        match <[u8; 32]>::try_from(bytes) {
            Ok(sha256) => Ok(Self::Sha256(Sha256Thumbprint(sha256))),
            Err(_) => Err(ThumbprintError::from_digits(bytes.len().saturating_mul(2))),
        }
    }

    fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
        }
    }
}

impl fmt::Display for Thumbprint {
    /// `SHA-1 a999…`, lower-case hex, in full.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm().name(), self.digits())
    }
}

impl Repair {
    /// Whether the user should hear of it: everything but the case of the digits, and one separator
    /// between each two bytes, which is how most tools print a thumbprint.
    pub fn is_warning(&self) -> bool {
        !matches!(
            self,
            Self::Case
                | Self::Separators { count: 19 | 31 }
                | Self::FileDigest { unclear: None }
                | Self::ForwardedHeader
        )
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("read as base64"),
            Self::FileDigest { unclear: None } => {
                f.write_str("read the digest of a file as the thumbprint of the certificate in it")
            }
            Self::FileDigest { unclear: Some(file) } => write!(
                f,
                "read the digest of {file} as the thumbprint of the certificate in it, which it is \
                 only where that file is DER and not PEM"
            ),
            Self::ForwardedHeader => f.write_str("read from x-forwarded-client-cert"),
            Self::Case => f.write_str("read upper-case digits as lower-case ones"),
            Self::HexPrefix => f.write_str("removed 0x"),
            Self::Invisible { character, positions } => write!(
                f,
                "removed {} invisible {} ({}) at {}: API Management may have stored the \
                 thumbprint with {}",
                positions.len(),
                if positions.len() == 1 { "character" } else { "characters" },
                CodePoint(*character),
                Positions(positions),
                if positions.len() == 1 { "it" } else { "them" },
            ),
            Self::Label(words) => write!(f, "removed the label \"{words}\""),
            Self::Quotes => f.write_str("removed the quotation marks or punctuation around it"),
            Self::Separators { count: 1 } => f.write_str("removed 1 separator"),
            Self::Separators { count } => write!(f, "removed {count} separators"),
            Self::UnusualSpace { character, positions } => write!(
                f,
                "removed an unusual space ({}) at {}: API Management may have stored the \
                 thumbprint with it",
                CodePoint(*character),
                Positions(positions),
            ),
        }
    }
}

/// Takes out what cannot be seen, and turns every kind of space into U+0020.
fn remove_invisible(text: &str, repairs: &mut Vec<Repair>) -> String {
    let mut invisible = BTreeMap::<char, Vec<usize>>::new();
    let mut spaces = BTreeMap::<char, Vec<usize>>::new();
    let mut visible = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        if character == ' ' || matches!(character, '\t' | '\n' | '\r') {
            visible.push(' ');
        } else if is_invisible(character) {
            invisible.entry(character).or_default().push(index + 1);
        } else if character.is_whitespace() {
            spaces.entry(character).or_default().push(index + 1);
            visible.push(' ');
        } else {
            visible.push(character);
        }
    }

    let mut found: Vec<_> = invisible
        .into_iter()
        .map(|(character, positions)| Repair::Invisible { character, positions })
        .chain(
            spaces
                .into_iter()
                .map(|(character, positions)| Repair::UnusualSpace { character, positions }),
        )
        .collect();
    repairs.append(&mut found);
    visible
}

/// Takes the tags of an element away, as XML signatures have them around a digest.
fn without_element(text: &str) -> &str {
    let inside = text.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    let inside = inside.and_then(|(_, rest)| rest.rsplit_once("</"));
    inside.map_or(text, |(inside, _)| inside.trim())
}

/// What a program that takes digests of files printed.
fn printed_digest<'a>(
    printed: &Printed<'a>,
    repairs: &mut Vec<Repair>,
) -> Result<Labelled<'a>, ThumbprintError> {
    // The label alone, with the delimiter that it needs.
    let algorithm = match printed.algorithm {
        Some(algorithm) => thumbprint_label::split(&format!("{algorithm}="))?.algorithm,
        None => None,
    };
    repairs.push(match printed.form() {
        Some((FileForm::Pem, file)) => {
            return Err(ThumbprintError::PemDigest { file: shown(file) });
        }
        Some((FileForm::Either, file)) => Repair::FileDigest { unclear: Some(shown(file)) },
        Some((FileForm::Der, _)) | None => Repair::FileDigest { unclear: None },
    });
    Ok(Labelled { algorithm, rest: printed.digits, ..Labelled::default() })
}

/// A file's name without what could disturb a terminal.
fn shown(file: &str) -> String {
    file.chars().filter(|character| !character.is_control()).take(256).collect()
}

/// The digest that `value` spells in base64, where it does.
///
/// Hexadecimal digits are base64 digits too, and so are most names: the text must have the length
/// of one of the two digests and, without a label that says base64, letters of both cases and
/// something that no hexadecimal spelling has.
fn base64_digest(value: &str, labelled: bool) -> Result<Option<Vec<u8>>, ThumbprintError> {
    let digits = value.trim_end_matches('=');
    let has = |is: fn(&char) -> bool| digits.chars().any(|character| is(&character));
    let is_plausible = has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && digits.chars().any(|c| !c.is_ascii_hexdigit() && !is_separator(c));
    let is_alphabet = digits.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c));
    if !matches!(digits.len(), 27 | 43) || !is_alphabet || !(labelled || is_plausible) {
        return Ok(None);
    }
    base64::decode(value).map(Some).ok_or(ThumbprintError::DamagedBase64)
}

/// The bytes that `value` spells in hexadecimal.
fn hexadecimal(value: &str, repairs: &mut Vec<Repair>) -> Result<Vec<u8>, ThumbprintError> {
    let mut digits = Vec::with_capacity(64);
    let mut separators = 0_usize;
    let mut prefixed = false;
    for token in value.split_inclusive(is_separator) {
        let body = token.trim_end_matches(is_separator);
        separators = separators.saturating_add(token.chars().count() - body.chars().count());
        let unprefixed = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X"));
        prefixed |= unprefixed.is_some();
        for character in unprefixed.unwrap_or(body).chars() {
            let Some(digit) = character.to_digit(16) else {
                return Err(ThumbprintError::unexpected(character, digits.len()));
            };
            digits.push(u8::try_from(digit).unwrap_or_default());
        }
    }

    if prefixed {
        repairs.push(Repair::HexPrefix);
    }
    if separators > 0 {
        repairs.push(Repair::Separators { count: separators });
    }
    if value.bytes().any(|byte| matches!(byte, b'A'..=b'F')) {
        repairs.push(Repair::Case);
    }
    match digits.len() {
        40 | 64 => Ok(digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect()),
        found => Err(ThumbprintError::from_digits(found)),
    }
}

/// Whether people or tools put it between the digits.
fn is_separator(character: char) -> bool {
    // U+2010 to U+2015 and U+2212 are what word processors make of a dash.
    matches!(character, ' ' | ':' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Whether it stands around a value that was copied out of source text.
fn is_wrapping(character: char) -> bool {
    matches!(character, ' ' | '"' | '\'' | '`' | ',' | ';' | '\u{2018}'..='\u{201f}' | '«' | '»')
}

/// Whether it takes no room on a screen.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A character by its number, safe on every terminal.
struct CodePoint(char);

impl fmt::Display for CodePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", u32::from(self.0))
    }
}

/// Positions in words; the first three of many.
struct Positions<'a>(&'a [usize]);

impl fmt::Display for Positions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.len() == 1 { "position" } else { "positions" })?;
        for (index, position) in self.0.iter().take(3).enumerate() {
            write!(f, "{} {position}", if index == 0 { "" } else { "," })?;
        }
        if self.0.len() > 3 {
            f.write_str(", …")?;
        }
        Ok(())
    }
}

/// Longest text that is looked at, in characters: a labelled SHA-512 with `0x` before every byte
/// has some 400.
const LONGEST_TEXT: usize = 1024;

/// What portals show in place of hidden digits.
const MASKS: [char; 5] = ['*', '…', '•', '●', '█'];
