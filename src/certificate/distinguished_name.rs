//! Distinguished names compared: a name that a user typed, and one from a certificate.

use super::attribute_type::oid_of;
use super::der::{Element, OBJECT_IDENTIFIER, SEQUENCE, SET, dotted};
use super::name::decode;

/// A distinguished name, made ready to be compared (RFC 5280 section 7.1).
///
/// Texts spell a name from either end: RFC 4514 begins with the last RDN, OpenSSL with the first.
/// A text alone does not say which, so names are equal whichever end they begin with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DistinguishedName {
    rdns: Vec<Rdn>,
}

/// Attributes of one RDN, in an order of their own: it is a SET.
type Rdn = Vec<(String, Value)>;

/// The value of an attribute.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Value {
    /// A text, as it is compared: letter case and the amount of white space do not count.
    Text(String),
    /// The DER of what is no text.
    Der(Vec<u8>),
}

/// Why a text is not a distinguished name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistinguishedNameError {
    /// Nothing in it.
    #[error("the distinguished name is empty")]
    Empty,
    /// A part that is not TYPE=VALUE.
    #[error("\"{0}\" is not TYPE=VALUE")]
    NoValue(String),
    /// More attributes than a name has.
    #[error("more than {0} attributes")]
    TooMany(usize),
    /// A quotation mark that is not closed, or an escape that is not one.
    #[error("an escape or a quotation in it is not finished")]
    Unfinished,
    /// A type that is not known by this name.
    #[error("there is no attribute type {0}")]
    UnknownType(String),
}

impl DistinguishedName {
    /// A DER `Name`; `None` where it cannot be read.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let name = Element::only(der).filter(|element| element.tag == SEQUENCE)?;
        let mut rdns = Vec::new();
        let mut sets = name.children();
        while !sets.is_empty() {
            let mut rdn = Rdn::new();
            let mut attributes = sets.take(SET)?.children();
            while !attributes.is_empty() {
                let mut attribute = attributes.take(SEQUENCE)?.children();
                let oid = dotted(attribute.take(OBJECT_IDENTIFIER)?.contents)?;
                rdn.push((oid, Value::of(&attribute.take_any()?)));
            }
            rdn.sort();
            rdns.push(rdn);
        }
        Some(Self { rdns })
    }

    /// A text in the spelling of RFC 4514 (`CN=a,O=b`), of OpenSSL (`O = b, CN = a` and
    /// `/O=b/CN=a`) or of Windows (`CN=a, S=c`).
    ///
    /// # Errors
    ///
    /// It has another form, or an attribute type that is not known.
    pub fn parse(text: &str) -> Result<Self, DistinguishedNameError> {
        let text = text.trim();
        let (separators, text): (&[char], &str) = match text.strip_prefix('/') {
            Some(rest) => (&['/'], rest),
            None => (&[',', ';'], text),
        };
        let mut rdns = Vec::new();
        let mut attributes = 0_usize;
        for part in split(text, separators)? {
            let mut rdn = Rdn::new();
            for attribute in split(part, &['+'])? {
                attributes = attributes.saturating_add(1);
                if attributes > MOST_ATTRIBUTES {
                    return Err(DistinguishedNameError::TooMany(MOST_ATTRIBUTES));
                }
                rdn.push(parse_attribute(attribute)?);
            }
            rdn.sort();
            rdns.push(rdn);
        }
        if rdns.is_empty() { Err(DistinguishedNameError::Empty) } else { Ok(Self { rdns }) }
    }

    /// Whether both are one name, from whichever end they were spelled.
    pub fn is_same(&self, other: &Self) -> bool {
        self == other || self.rdns.iter().rev().eq(other.rdns.iter())
    }
}

impl Value {
    fn of(value: &Element<'_>) -> Self {
        match decode(value) {
            Some(text) => Self::Text(prepared(&text)),
            None => Self::Der(value.raw.to_vec()),
        }
    }
}

/// The parts of a text between separators that are neither escaped nor quoted.
fn split<'a>(text: &'a str, separators: &[char]) -> Result<Vec<&'a str>, DistinguishedNameError> {
    let mut parts = Vec::new();
    let mut start = 0;
    let (mut is_escaped, mut is_quoted) = (false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            _ if separators.contains(&character) => {
                parts.push(text.get(start..index).unwrap_or_default());
                start = index.saturating_add(1);
            }
            _ => {}
        }
    }
    if is_escaped || is_quoted {
        return Err(DistinguishedNameError::Unfinished);
    }
    parts.push(text.get(start..).unwrap_or_default());
    if parts.last().is_some_and(|last| last.trim().is_empty()) {
        parts.pop();
    }
    Ok(parts)
}

fn parse_attribute(text: &str) -> Result<(String, Value), DistinguishedNameError> {
    let no_value = || DistinguishedNameError::NoValue(text.trim().chars().take(64).collect());
    let (name, value) = text.split_once('=').ok_or_else(no_value)?;
    let name = name.trim();
    let without_prefix = if name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("OID.")) {
        name.get(4..).unwrap_or_default()
    } else {
        name
    };
    let is_dotted = without_prefix.contains('.')
        && without_prefix.chars().all(|one| one.is_ascii_digit() || one == '.');
    let oid = match (is_dotted, oid_of(name)) {
        (true, _) => without_prefix.to_owned(),
        (false, Some(oid)) => oid.to_owned(),
        (false, None) if name.is_empty() => return Err(no_value()),
        (false, None) => {
            return Err(DistinguishedNameError::UnknownType(name.chars().take(64).collect()));
        }
    };
    let value = value.trim_start();
    if let Some(digits) = value.strip_prefix('#') {
        let der = hexadecimal(digits.trim()).ok_or(DistinguishedNameError::Unfinished)?;
        let element = Element::only(&der).ok_or(DistinguishedNameError::Unfinished)?;
        return Ok((oid, Value::of(&element)));
    }
    let text = unescape(value)?;
    Ok((oid, Value::Text(prepared(&text))))
}

/// Takes quotation marks and escapes (RFC 4514 section 2.4, and `\xC3` of OpenSSL) away.
fn unescape(value: &str) -> Result<String, DistinguishedNameError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => {}
            '\\' => {
                let digits = rest.as_str();
                let digits =
                    digits.strip_prefix(['x', 'X']).filter(|rest| is_pair(rest)).unwrap_or(digits);
                match digits.get(..2).filter(|_| is_pair(digits)).and_then(hexadecimal) {
                    Some(pair) => {
                        bytes.extend(pair);
                        rest = digits.get(2..).unwrap_or_default().chars();
                    }
                    None => {
                        let escaped = rest.next().ok_or(DistinguishedNameError::Unfinished)?;
                        bytes.extend(escaped.encode_utf8(&mut [0; 4]).bytes());
                    }
                }
            }
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        // Escaped octets of ISO 8859-1, as OpenSSL shows a TeletexString.
        Err(error) => error.as_bytes().iter().map(|octet| char::from(*octet)).collect(),
    })
}

fn is_pair(text: &str) -> bool {
    let mut digits = text.chars();
    let mut is_digit = || digits.next().is_some_and(|digit| digit.is_ascii_hexdigit());
    is_digit() && is_digit()
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// As caseIgnoreMatch prepares a text (RFC 4518), but for the normalisation of Unicode.
fn prepared(text: &str) -> String {
    let folded = text.to_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Attributes of a name that is typed; real ones have less than ten.
const MOST_ATTRIBUTES: usize = 64;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::certificate::test_der::{attribute, tlv};

    const CN: [u8; 3] = [0x55, 0x04, 0x03];
    const O: [u8; 3] = [0x55, 0x04, 0x0a];

    /// `O=…, CN=…`, one RDN each, with these string types.
    fn name(o: (u8, &[u8]), cn: (u8, &[u8])) -> DistinguishedName {
        let rdns = [tlv(0x31, &attribute(&O, o.0, o.1)), tlv(0x31, &attribute(&CN, cn.0, cn.1))];
        DistinguishedName::from_der(&tlv(0x30, &rdns.concat())).unwrap()
    }

    #[test]
    fn every_usual_spelling_is_the_name() {
        let name = name((0x13, b"Contoso, Inc."), (0x0c, "Zürich CA".as_bytes()));
        for text in [
            "CN=Zürich CA,O=Contoso\\, Inc.",
            "O = \"Contoso, Inc.\", CN = Z\\C3\\BCrich CA",
            "/O=Contoso, Inc./CN=Z\\xC3\\xBCrich CA",
            "CN=zürich   ca, O=\"CONTOSO, INC.\"",
            "commonName=Zürich CA; organizationName=Contoso\\2C Inc.",
            "2.5.4.3=#0C0A5AC3BC72696368204341, OID.2.5.4.10=Contoso\\, Inc.",
        ] {
            let text = text.replace("\\\\", "\\");
            assert!(DistinguishedName::parse(&text).unwrap().is_same(&name), "{text}");
        }
        for text in ["CN=Zürich CA", "CN=Zürich CA,O=Contoso", "O=Zürich CA,CN=Contoso\\, Inc."]
        {
            let text = text.replace("\\\\", "\\");
            assert!(!DistinguishedName::parse(&text).unwrap().is_same(&name), "{text}");
        }
    }

    #[test]
    fn attributes_of_one_rdn_have_no_order_and_rdns_have_one() {
        let parse = |text| DistinguishedName::parse(text).unwrap();
        assert!(parse("CN=a+O=b,C=DE").is_same(&parse("O=b + CN=a, C=DE")));
        assert!(!parse("CN=a+O=b,C=DE").is_same(&parse("CN=a,O=b,C=DE")));
        assert!(!parse("CN=a,OU=b,OU=c").is_same(&parse("CN=a,OU=c,OU=b")));
    }

    #[test]
    fn what_is_not_a_name_is_told() {
        for (text, why) in [
            ("", "the distinguished name is empty"),
            ("Contoso", "\"Contoso\" is not TYPE=VALUE"),
            ("CN=a,Contoso", "\"Contoso\" is not TYPE=VALUE"),
            ("XYZ=a", "there is no attribute type XYZ"),
            ("CN=\"a", "an escape or a quotation in it is not finished"),
            ("CN=#04", "an escape or a quotation in it is not finished"),
        ] {
            assert_eq!(DistinguishedName::parse(text).unwrap_err().to_string(), why);
        }
        assert_eq!(DistinguishedName::from_der(b"0"), None);
    }
}
