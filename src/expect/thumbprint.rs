//! `--expect-thumbprint`: a thumbprint in any spelling that tools print and people paste.

use std::collections::BTreeMap;
use std::fmt;

use super::base64;
use super::thumbprint_error::ThumbprintError;
use super::thumbprint_label::{self, Algorithm};
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

        let label = thumbprint_label::split(unquoted)?;
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
    /// Whether the user should hear of it: everything but the case of the digits.
    pub fn is_warning(&self) -> bool {
        !matches!(self, Self::Case)
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("read as base64"),
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

#[cfg(test)]
mod tests {
    #![expect(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "tests"
    )]

    use super::*;

    /// SHA-1 over the ASCII bytes `abc` (FIPS 180-4 example).
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    /// SHA-256 over the ASCII bytes `abc` (FIPS 180-4 example).
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn repairs_of(text: &str, expected: &str) -> Vec<Repair> {
        match Thumbprint::parse(text) {
            Ok((thumbprint, repairs)) => {
                assert_eq!(thumbprint.to_string(), expected, "{text:?}");
                repairs
            }
            Err(error) => panic!("{text:?}: {error}"),
        }
    }

    fn error_of(text: &str) -> ThumbprintError {
        Thumbprint::parse(text).map(|(thumbprint, _)| thumbprint.to_string()).unwrap_err()
    }

    fn colons(digits: &str) -> String {
        let pairs: Vec<_> =
            digits.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap()).collect();
        pairs.join(":")
    }

    #[test]
    fn plain_lower_case_needs_no_repair() {
        assert_eq!(repairs_of(SHA1, &format!("SHA-1 {SHA1}")), []);
        assert_eq!(repairs_of(SHA256, &format!("SHA-256 {SHA256}")), []);
        assert_eq!(repairs_of(&format!("  {SHA1}\r\n"), &format!("SHA-1 {SHA1}")), []);
    }

    #[test]
    fn upper_case_is_no_warning() {
        let repairs = repairs_of(&SHA1.to_uppercase(), &format!("SHA-1 {SHA1}"));
        assert_eq!(repairs, [Repair::Case]);
        assert!(repairs.iter().all(|repair| !repair.is_warning()));
    }

    #[test]
    fn every_usual_spelling_of_sha1_is_read() {
        let upper = SHA1.to_uppercase();
        let spaced = colons(SHA1).replace(':', " ");
        let prefixed = format!("0x{}", colons(SHA1).replace(':', " 0x"));
        for text in [
            colons(&upper),
            spaced.clone(),
            colons(SHA1).replace(':', "-"),
            colons(SHA1).replace(':', "\u{2013}"),
            format!("0x{upper}"),
            prefixed,
            format!("SHA1 Fingerprint={}", colons(&upper)),
            format!("sha1 Fingerprint={}", colons(&upper)),
            format!("SHA1:{upper}"),
            format!("\t SHA1: {}", colons(&upper)),
            format!("SHA-1 {SHA1}"),
            format!("SHA-1 Fingerprint: {SHA1}"),
            format!("Thumbprint : {upper}"),
            format!("Thumbprint                 : {upper}\r\n"),
            format!("Cert Hash(sha1): {spaced}"),
            format!("Certificate Hash             : {SHA1}"),
            format!("\"thumbprint\": \"{upper}\","),
            format!("\"{upper}\""),
            format!("'{SHA1}'"),
            format!("\u{201c}{SHA1}\u{201d}"),
            format!("{} {}", &SHA1[..20], &SHA1[20..]),
            "qZk-NkcGgWq6PiVxeFDCbJzQ2J0".to_owned(),
            "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=".to_owned(),
            "x5t: qZk-NkcGgWq6PiVxeFDCbJzQ2J0".to_owned(),
            "\"x5t\":\"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\"".to_owned(),
            format!("x5t={SHA1}"),
        ] {
            let repairs = repairs_of(&text, &format!("SHA-1 {SHA1}"));
            assert!(repairs.iter().any(Repair::is_warning), "{text:?} was repaired silently");
        }
    }

    #[test]
    fn every_usual_spelling_of_sha256_is_read() {
        let upper = SHA256.to_uppercase();
        for text in [
            colons(&upper),
            format!("sha256 Fingerprint={}", colons(&upper)),
            format!("SHA256 Fingerprint={}", colons(&upper)),
            format!("SHA256: {}", colons(&upper)),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0".to_owned(),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=".to_owned(),
            "\"x5t#S256\": \"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0\"".to_owned(),
        ] {
            repairs_of(&text, &format!("SHA-256 {SHA256}"));
        }
    }

    #[test]
    fn invisible_character_is_named_with_its_position() {
        let repairs = repairs_of(&format!("\u{200e}{SHA1}"), &format!("SHA-1 {SHA1}"));
        assert_eq!(repairs, [Repair::Invisible { character: '\u{200e}', positions: vec![1] }]);
        assert_eq!(
            repairs[0].to_string(),
            "removed 1 invisible character (U+200E) at position 1: API Management may have stored \
             the thumbprint with it"
        );
    }

    #[test]
    fn every_invisible_character_is_removed_wherever_it_stands() {
        for character in "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202e}\u{2060}\u{feff}\u{ad}\0\u{1b}\u{85}".chars() {
            let text = format!("{character}{}{character}{}{character}", &SHA1[..7], &SHA1[7..]);
            let repairs = repairs_of(&text, &format!("SHA-1 {SHA1}"));
            assert_eq!(
                repairs,
                [Repair::Invisible { character, positions: vec![1, 9, 43] }],
                "{:#x}",
                character as u32
            );
        }
        let repairs =
            repairs_of(&format!("{SHA1}{}", "\u{200b}".repeat(9)), &format!("SHA-1 {SHA1}"));
        assert_eq!(
            repairs[0].to_string(),
            "removed 9 invisible characters (U+200B) at positions 41, 42, 43, …: API Management \
             may have stored the thumbprint with them"
        );
    }

    #[test]
    fn no_break_space_is_named() {
        let repairs = repairs_of(&format!("{SHA1}\u{a0}"), &format!("SHA-1 {SHA1}"));
        assert_eq!(repairs, [Repair::UnusualSpace { character: '\u{a0}', positions: vec![41] }]);
    }

    #[test]
    fn separators_are_counted() {
        let repairs = repairs_of(&colons(SHA1), &format!("SHA-1 {SHA1}"));
        assert_eq!(repairs, [Repair::Separators { count: 19 }]);
        assert_eq!(repairs[0].to_string(), "removed 19 separators");
    }

    #[test]
    fn forty_hexadecimal_digits_are_never_base64() {
        let digits = "AbCdEf0123".repeat(4);
        repairs_of(&digits, &format!("SHA-1 {}", digits.to_lowercase()));
        repairs_of(&format!("x5t:{digits}"), &format!("SHA-1 {}", digits.to_lowercase()));
    }

    #[test]
    fn hexadecimal_digits_of_base64_length_are_a_wrong_length() {
        assert_eq!(error_of(&SHA1[..27]), ThumbprintError::WrongLength { digits: 27 });
        assert_eq!(error_of(&SHA256[..43]), ThumbprintError::WrongLength { digits: 43 });
    }

    #[test]
    fn a_name_of_base64_length_is_no_thumbprint() {
        let name = "my-client-certificate-prod1";
        assert_eq!(name.len(), 27);
        assert_eq!(
            error_of(name).to_string(),
            "'m' (U+006D) after 0 digits is no hexadecimal digit"
        );
    }

    #[test]
    fn cut_base64_is_refused() {
        assert_eq!(error_of("qZk-NkcGgWq6PiVxeFDCbJzQ2J1"), ThumbprintError::DamagedBase64);
        assert!(Thumbprint::parse("qZk-NkcGgWq6PiVxeFDCbJzQ2J").is_err());
    }

    #[test]
    fn masked_thumbprint_is_refused() {
        for text in ["EBA****", "EBA****\u{2026}48594A6", "EBA1…48594A6", "EBA1...94A6", "••••94A6"]
        {
            assert_eq!(error_of(text), ThumbprintError::Masked, "{text}");
        }
    }

    #[test]
    fn other_digests_are_refused_by_name() {
        for (digits, name) in [(32, "MD5"), (56, "SHA-224"), (96, "SHA-384"), (128, "SHA-512")] {
            assert_eq!(error_of(&"ab".repeat(digits / 2)), ThumbprintError::OtherDigest { name });
        }
        assert_eq!(
            error_of(&format!("MD5 Fingerprint={}", colons(&SHA1[..32]))).to_string(),
            "this is MD5; a thumbprint is SHA-1 (40 digits) or SHA-256 (64 digits)"
        );
        assert_eq!(
            error_of("sha512 Fingerprint=AB:CD"),
            ThumbprintError::OtherDigest { name: "SHA-512" }
        );
    }

    #[test]
    fn wrong_length_says_how_many_digits_were_found() {
        assert_eq!(
            error_of(&SHA1[..39]).to_string(),
            "found 39 hexadecimal digits; SHA-1 has 40, SHA-256 has 64"
        );
        assert_eq!(error_of(&format!("{SHA1}0")), ThumbprintError::WrongLength { digits: 41 });
    }

    #[test]
    fn full_width_digits_are_refused() {
        let text = format!("{}\u{ff21}{}", &SHA1[..12], &SHA1[13..]);
        assert_eq!(error_of(&text).to_string(), "U+FF21 after 12 digits is no hexadecimal digit");
    }

    #[test]
    fn label_that_contradicts_the_value_is_refused() {
        let error = error_of(&format!("SHA256 Fingerprint={SHA1}"));
        assert_eq!(error.to_string(), "the label says SHA-256, but the value is SHA-1");
        assert!(Thumbprint::parse(&format!("SHA1 SHA256 {SHA1}")).is_err());
    }

    #[test]
    fn public_key_pin_is_refused() {
        for text in [
            "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "pin-sha256=\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"",
        ] {
            assert_eq!(error_of(text), ThumbprintError::PublicKeyPin, "{text}");
        }
    }

    #[test]
    fn nothing_is_refused_as_empty() {
        for text in ["", "  ", "\u{feff}", "Thumbprint :", "\"\"", "SHA1 Fingerprint=", "0x"] {
            assert_eq!(error_of(text), ThumbprintError::Empty, "{text:?}");
        }
    }

    #[test]
    fn certificate_text_and_long_text_get_a_hint_to_the_other_option() {
        for text in ["-----BEGIN CERTIFICATE-----\nMII", &"a".repeat(5000), "client.pem"] {
            assert!(error_of(text).hint().unwrap().contains("--expect-certificate"), "{text}");
        }
    }

    #[test]
    fn every_error_is_a_fragment_with_a_hint() {
        for text in ["", "E***", "zz", "ab", &"ab".repeat(16), "sha256//x=", "SHA256=x"] {
            let error = error_of(text);
            assert!(!error.to_string().ends_with('.'), "{error}");
            assert!(error.hint().is_some(), "{error}");
        }
    }

    #[test]
    fn every_prefix_and_every_single_change_is_read_or_refused() {
        let text = "\u{feff}\"SHA1 Fingerprint=0xA9:99:3e…\u{ff21}-==x5t#S256 \u{1F600}(é)\"";
        for (end, _) in text.char_indices() {
            for (start, _) in text.char_indices().filter(|(start, _)| *start <= end) {
                let _ = Thumbprint::parse(&text[start..end]);
            }
        }
        for byte in 0_u8..=0x7f {
            for index in 0..SHA1.len() {
                let mut bytes = SHA1.as_bytes().to_vec();
                bytes[index] = byte;
                let changed = String::from_utf8(bytes).unwrap();
                if let Ok((thumbprint, _)) = Thumbprint::parse(&changed) {
                    assert_eq!(thumbprint.to_string(), format!("SHA-1 {}", changed.to_lowercase()));
                }
            }
        }
    }
}
