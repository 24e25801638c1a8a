//! Base64 and base64url (RFC 4648 sections 4 and 5), strict in what it accepts.

/// Decodes base64 in either alphabet, with or without padding; no white space.
///
/// `None` for a character outside both alphabets, padding that does not fit, or bits set beyond
/// the last byte: such text was cut or mistyped, and guessing would give other bytes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    let padding = text.len().saturating_sub(unpadded.len());
    if padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) || unpadded.len() % 4 == 1 {
        return None;
    }

    let mut bytes = Vec::with_capacity(unpadded.len() / 4 * 3 + 2);
    let mut accumulator = 0_u32;
    let mut bits = 0_u32;
    for digit in unpadded.bytes() {
        accumulator = (accumulator << 6) | u32::from(value(digit)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(accumulator >> bits).ok()?);
            accumulator &= (1 << bits) - 1;
        }
    }
    (accumulator == 0).then_some(bytes)
}

/// The six bits that a digit of either alphabet stands for.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648_decode() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
            assert_eq!(decode(text.trim_end_matches('=')).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn both_alphabets_decode_alike() {
        assert_eq!(decode("-_-_"), decode("+/+/"));
        assert_eq!(decode("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn damaged_text_is_refused() {
        for text in ["Z", "Zg=", "Zg===", "Zh==", "Zm9=", "Z g=", "Zg==Zg==", "Zé==", "====", "="]
        {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
