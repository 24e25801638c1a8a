//! `x-forwarded-client-cert`, the header in which Envoy hands on what its client presented.

use super::thumbprint::Thumbprint;
use super::thumbprint_error::ThumbprintError;
use super::{base64, pem};
use crate::certificate::Sha256Thumbprint;

/// The certificate that the header names by `Hash=` (SHA-256) or brings along as `Cert=`; `None`
/// for a text that is not this header.
pub(super) fn read(text: &str) -> Option<Result<Thumbprint, ThumbprintError>> {
    if text.len() > LONGEST_HEADER {
        return None;
    }
    let text = text.trim();
    let header = "x-forwarded-client-cert";
    let named = text.get(..header.len()).filter(|start| start.eq_ignore_ascii_case(header));
    let value = match named {
        Some(start) => text.get(start.len()..)?.trim_start().strip_prefix(':')?.trim(),
        None => text,
    };
    let elements = split(value, ',');
    let is_header = |element: &&str| {
        let keys = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
        let known =
            keys.filter(|(key, _)| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key.trim())));
        known.count() > 1 || value_of(element, "Cert").is_some()
    };
    if named.is_none() && !elements.iter().any(is_header) {
        return None;
    }
    let mut found = elements.iter().map(|element| one(element));
    let first = found.next()?;
    match found.all(|other| other == first) {
        true => Some(first),
        false => Some(Err(ThumbprintError::SeveralForwarded(elements.len()))),
    }
}

/// A text with %XX turned into the characters that they stand for.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        match after.get(..2).and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn one(element: &str) -> Result<Thumbprint, ThumbprintError> {
    if let Some(hash) = value_of(element, "Hash") {
        return match Thumbprint::parse(hash)? {
            (hash @ Thumbprint::Sha256(_), _) => Ok(hash),
            _ => Err(ThumbprintError::LabelContradicts { label: "SHA-256", found: "SHA-1" }),
        };
    }
    let text = percent_decoded(value_of(element, "Cert").ok_or(ThumbprintError::Empty)?);
    let block = pem::blocks(&text).next().and_then(|block| block.body);
    let der = block.and_then(|body| base64::decode(&pem::digits(body)));
    let der = der.ok_or(ThumbprintError::DamagedBase64)?;
    Ok(Thumbprint::Sha256(Sha256Thumbprint::of(&der)))
}

fn value_of<'a>(element: &'a str, wanted: &str) -> Option<&'a str> {
    let pairs = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut pairs = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(wanted));
    pairs.next().map(|(_, value)| value.trim().trim_matches('"'))
}

/// The parts of a text between separators that do not stand in quotation marks.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let parts = text.split(|character: char| {
        let is_end = character == separator && !is_quoted;
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    });
    parts.collect()
}

/// What an element of the header may say.
const KEYS: &[&str] = &["By", "Hash", "Cert", "Chain", "Subject", "URI", "DNS"];

/// Longest header that is looked at, in bytes: a chain of certificates takes some 20 kilobytes.
const LONGEST_HEADER: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn digits(text: &str) -> Option<Result<String, ThumbprintError>> {
        read(text).map(|found| found.map(|one| one.digits()))
    }

    #[test]
    fn hash_is_found_among_the_other_keys() {
        for text in [
            format!("By=spiffe://a/b;Hash={HASH};Subject=\"CN=a,O=\\\"b;c\\\"\";URI=spiffe://c"),
            format!("x-forwarded-client-cert: Hash={HASH}"),
            format!("Hash={HASH};By=a,By=b;Hash={HASH}"),
        ] {
            assert_eq!(digits(&text), Some(Ok(HASH.to_owned())), "{text}");
        }
        for text in [format!("Hash={HASH}"), HASH.to_owned(), String::new(), "a=b;c=d".to_owned()] {
            assert_eq!(digits(&text), None, "{text}");
        }
    }

    #[test]
    fn certificate_in_the_header_has_a_digest_too() {
        // The base64 of the bytes abc.
        let text =
            "By=a;Cert=\"-----BEGIN%20CERTIFICATE-----%0AYWJj%0A-----END%20CERTIFICATE-----%0A\"";
        assert_eq!(digits(text), Some(Ok(HASH.to_owned())));
    }

    #[test]
    fn several_certificates_are_not_one() {
        let other = HASH.replace('a', "b");
        assert_eq!(
            digits(&format!("By=a;Hash={HASH},By=b;Hash={other}")),
            Some(Err(ThumbprintError::SeveralForwarded(2)))
        );
    }

    #[test]
    fn percents_that_are_not_escapes_stay() {
        assert_eq!(percent_decoded("a%20b%0A%zz%"), "a b\n%zz%");
    }
}
