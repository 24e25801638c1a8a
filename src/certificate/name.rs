//! Distinguished names as text.

use super::attribute_type::short_name;
use super::der::{Element, OBJECT_IDENTIFIER, SEQUENCE, SET, dotted, hex};

/// A DER Name as text (RFC 4514 escapes, in the certificate's own order); never fails.
///
/// `CN=Contoso Root, O=Contoso`; attributes of one RDN are joined with ` + `. Attribute types
/// have the short names that OpenSSL prints, or a dotted OID. A value that cannot be decoded, and
/// every value of an unknown type, is `#` and the hex of its DER (RFC 4514 section 2.4); bytes
/// that are no Name at all are `#` and their hex. An empty Name is empty text.
///
/// Separators and control characters inside a value are escaped, so that a value cannot look like
/// another attribute. The text is hostile all the same: escape it before it reaches a terminal.
pub fn display_name(der: &[u8]) -> String {
    parse(der).unwrap_or_else(|| format!("#{}", hex(der)))
}

fn parse(der: &[u8]) -> Option<String> {
    let name = Element::only(der).filter(|element| element.tag == SEQUENCE)?;
    let mut text = String::new();
    let mut rdns = name.children();
    while !rdns.is_empty() {
        let mut attributes = rdns.take(SET)?.children();
        let mut separator = if text.is_empty() { "" } else { ", " };
        while !attributes.is_empty() {
            let mut attribute = attributes.take(SEQUENCE)?.children();
            let oid = dotted(attribute.take(OBJECT_IDENTIFIER)?.contents)?;
            let value = attribute.take_any()?;
            if !attribute.is_empty() {
                return None;
            }
            text.push_str(separator);
            push_attribute(&mut text, &oid, &value);
            separator = " + ";
        }
    }
    Some(text)
}

fn push_attribute(text: &mut String, oid: &str, value: &Element<'_>) {
    let known = short_name(oid);
    text.push_str(known.unwrap_or(oid));
    text.push('=');
    match known.and_then(|_| decode(value)) {
        Some(decoded) => push_escaped(text, &decoded),
        None => {
            text.push('#');
            text.push_str(&hex(value.raw));
        }
    }
}

/// The characters of a string type; `None` where the bytes do not fit the type.
pub(super) fn decode(value: &Element<'_>) -> Option<String> {
    match value.tag {
        // UTF8String; NumericString, PrintableString, IA5String, VisibleString. Software writes
        // UTF-8 into the ASCII ones too.
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8(value.contents.to_vec()).ok(),
        // TeletexString: ISO 8859-1 in practice (RFC 5280 section 4.1.2.4 calls T.61 deprecated).
        0x14 => Some(value.contents.iter().map(|&octet| char::from(octet)).collect()),
        // UniversalString, UTF-32 big-endian.
        0x1c => {
            let (characters, rest) = value.contents.as_chunks::<4>();
            let decoded =
                characters.iter().map(|&octets| char::from_u32(u32::from_be_bytes(octets)));
            rest.is_empty().then(|| decoded.collect::<Option<String>>())?
        }
        // BMPString: UCS-2 by definition, UTF-16 big-endian in practice.
        0x1e => {
            let (units, rest) = value.contents.as_chunks::<2>();
            let decoded = char::decode_utf16(units.iter().map(|&unit| u16::from_be_bytes(unit)));
            rest.is_empty().then(|| decoded.collect::<Result<String, _>>().ok())?
        }
        _ => None,
    }
}

/// Escapes by RFC 4514 section 2.4; control characters as hex pairs of their UTF-8.
fn push_escaped(text: &mut String, value: &str) {
    for (at, character) in value.char_indices() {
        let first = at == 0;
        let last = value.len() == at.saturating_add(character.len_utf8());
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.extend(['\\', character]),
            '#' if first => text.push_str("\\#"),
            ' ' if first || last => text.push_str("\\ "),
            _ if character.is_control() => {
                for octet in character.encode_utf8(&mut [0; 4]).bytes() {
                    text.push_str(&format!("\\{octet:02X}"));
                }
            }
            _ => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::test_der::{attribute, tlv};

    const CN: [u8; 3] = [0x55, 0x04, 0x03];
    const O: [u8; 3] = [0x55, 0x04, 0x0a];

    fn name(rdns: &[Vec<u8>]) -> Vec<u8> {
        tlv(0x30, &rdns.concat())
    }

    fn common_name(tag: u8, value: &[u8]) -> String {
        display_name(&name(&[tlv(0x31, &attribute(&CN, tag, value))]))
    }

    #[test]
    fn names_keep_the_order_of_the_certificate() {
        let der = name(&[
            tlv(0x31, &attribute(&CN, 0x0c, b"Contoso Root")),
            tlv(0x31, &attribute(&O, 0x13, b"Contoso")),
        ]);
        assert_eq!(display_name(&der), "CN=Contoso Root, O=Contoso");
    }

    #[test]
    fn attributes_of_one_rdn_are_joined_with_plus() {
        let both = [attribute(&CN, 0x0c, b"a"), attribute(&O, 0x0c, b"b")].concat();
        assert_eq!(display_name(&name(&[tlv(0x31, &both)])), "CN=a + O=b");
    }

    #[test]
    fn value_cannot_forge_another_attribute() {
        assert_eq!(common_name(0x0c, b"evil, CN=admin + O=x"), "CN=evil\\, CN=admin \\+ O=x");
        assert_eq!(common_name(0x0c, b"a\n\x1b[31mb\0"), "CN=a\\0A\\1B[31mb\\00");
        assert_eq!(common_name(0x0c, b" #x "), "CN=\\ #x\\ ");
        assert_eq!(common_name(0x0c, b"#0401aa"), "CN=\\#0401aa");
        assert_eq!(common_name(0x0c, b"a\\, b"), "CN=a\\\\\\, b");
    }

    #[test]
    fn every_string_type_is_decoded() {
        assert_eq!(common_name(0x0c, "Zürich".as_bytes()), "CN=Zürich");
        assert_eq!(common_name(0x13, "Zürich".as_bytes()), "CN=Zürich");
        assert_eq!(common_name(0x14, b"Z\xfcrich"), "CN=Zürich");
        assert_eq!(common_name(0x1e, b"\0Z\0\xfc\x20\xac"), "CN=Zü€");
        assert_eq!(common_name(0x1c, b"\0\0\0Z\0\x01\xf6\0"), "CN=Z😀");
    }

    #[test]
    fn undecodable_values_are_hex() {
        assert_eq!(common_name(0x0c, b"a\xff"), "CN=#0c0261ff");
        assert_eq!(common_name(0x1e, b"\0a\0"), "CN=#1e03006100");
        assert_eq!(common_name(0x1e, b"\xd8\0"), "CN=#1e02d800");
        assert_eq!(common_name(0x1c, b"\0\x11\0\0"), "CN=#1c0400110000");
        assert_eq!(common_name(0x02, b"\x05"), "CN=#020105");
    }

    #[test]
    fn values_of_unknown_types_are_hex() {
        let der = name(&[tlv(0x31, &attribute(&[0x2a, 0x03], 0x0c, b"x"))]);
        assert_eq!(display_name(&der), "1.2.3=#0c0178");
    }

    #[test]
    fn bytes_that_are_no_name_are_hex() {
        assert_eq!(display_name(&[]), "#");
        assert_eq!(display_name(&[0x30, 0x05, 0x31]), "#300531");
        assert_eq!(display_name(&[0x30, 0x00, 0xff]), "#3000ff");
        assert_eq!(display_name(&[0x30, 0x00]), "");
    }

    #[test]
    fn first_rdn_that_is_empty_leaves_no_separator() {
        let der = name(&[tlv(0x31, &[]), tlv(0x31, &attribute(&CN, 0x0c, b"a"))]);
        assert_eq!(display_name(&der), "CN=a");
    }
}
