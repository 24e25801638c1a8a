//! A tolerant walk over DER and BER elements (ITU-T X.690 section 8.1).
//!
//! Only what a certificate needs: single-octet tags, definite lengths of up to four octets in any
//! form, and indefinite lengths. Nothing here recurses, allocates or reads past its input.

use std::fmt::Write as _;

/// SEQUENCE, constructed.
pub(super) const SEQUENCE: u8 = 0x30;
/// SET, constructed.
pub(super) const SET: u8 = 0x31;
/// BOOLEAN.
pub(super) const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING, primitive.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING, primitive.
pub(super) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// GeneralizedTime.
pub(super) const GENERALIZED_TIME: u8 = 0x18;

/// Constructed bit of an identifier octet.
const CONSTRUCTED: u8 = 0x20;
/// Low five bits all set: the tag number follows in further octets.
const HIGH_TAG_NUMBER: u8 = 0x1f;

/// One element: tag, length and value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element<'a> {
    /// Identifier octet.
    pub(super) tag: u8,
    /// The whole element as it stands, header included.
    pub(super) raw: &'a [u8],
    /// The value, without the end-of-contents octets of an indefinite length.
    pub(super) contents: &'a [u8],
}

impl<'a> Element<'a> {
    /// Splits the element at the start of `input` from what follows it.
    ///
    /// `None` where the input is cut, the tag has more than one octet, or a length takes more than
    /// four octets.
    pub(super) fn first(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let header = Header::first(input)?;
        let (contents_end, end) = match header.length {
            Some(length) => {
                let end = header.size.checked_add(length)?;
                (end, end)
            }
            None => indefinite_end(input, header.size)?,
        };
        let element = Self {
            tag: header.tag,
            raw: input.get(..end)?,
            contents: input.get(header.size..contents_end)?,
        };
        Some((element, input.get(end..)?))
    }

    /// Whether the length is written as DER has it: definite, in the fewest octets (X.690 section
    /// 10.1). Elements inside are not looked at.
    pub(super) fn has_der_length(&self) -> bool {
        let fewest = match self.contents.len() {
            0..0x80 => 2_usize,
            0x80..0x100 => 3,
            0x100..0x1_0000 => 4,
            0x1_0000..0x100_0000 => 5,
            _ => 6,
        };
        let header = self.raw.len().checked_sub(self.contents.len());
        header == Some(fewest) && self.raw.get(1) != Some(&0x80)
    }

    /// The only element of `input`; `None` where anything follows it.
    pub(super) fn only(input: &'a [u8]) -> Option<Self> {
        match Self::first(input)? {
            (element, []) => Some(element),
            _ => None,
        }
    }

    /// The elements inside this one.
    pub(super) fn children(&self) -> Elements<'a> {
        Elements { rest: self.contents }
    }
}

/// Elements one after the other, read front to back.
#[derive(Clone, Debug)]
pub(super) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// The next element if it has `tag`; otherwise nothing is taken.
    pub(super) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, rest) = Element::first(self.rest)?;
        if element.tag != tag {
            return None;
        }
        self.rest = rest;
        Some(element)
    }

    /// The next element, whatever its tag.
    pub(super) fn take_any(&mut self) -> Option<Element<'a>> {
        let (element, rest) = Element::first(self.rest)?;
        self.rest = rest;
        Some(element)
    }

    /// Whether every byte has been taken.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Identifier and length octets of an element.
struct Header {
    tag: u8,
    /// Octets that the header takes.
    size: usize,
    /// Length of the value; `None` where it is indefinite.
    length: Option<usize>,
}

impl Header {
    fn first(input: &[u8]) -> Option<Self> {
        let (&tag, rest) = input.split_first()?;
        if tag & HIGH_TAG_NUMBER == HIGH_TAG_NUMBER {
            return None;
        }
        let (&short, rest) = rest.split_first()?;
        if short < 0x80 {
            return Some(Self { tag, size: 2, length: Some(usize::from(short)) });
        }
        if short == 0x80 {
            return (tag & CONSTRUCTED != 0).then_some(Self { tag, size: 2, length: None });
        }
        let count = usize::from(short & 0x7f);
        if count > 4 {
            return None;
        }
        let length = rest
            .get(..count)?
            .iter()
            .try_fold(0_usize, |sum, &octet| sum.checked_mul(256)?.checked_add(octet.into()))?;
        Some(Self { tag, size: count.checked_add(2)?, length: Some(length) })
    }
}

/// Where the contents that begin at `start` end, and where their end-of-contents octets end.
///
/// Nested indefinite lengths are counted, not recursed into: one pass over the bytes.
fn indefinite_end(input: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut at = start;
    let mut open = 1_usize;
    loop {
        let rest = input.get(at..)?;
        if let [0, 0, ..] = rest {
            let after = at.checked_add(2)?;
            open = open.checked_sub(1)?;
            if open == 0 {
                return Some((at, after));
            }
            at = after;
            continue;
        }
        let header = Header::first(rest)?;
        at = at.checked_add(header.size)?.checked_add(header.length.unwrap_or(0))?;
        if header.length.is_none() {
            open = open.checked_add(1)?;
        }
    }
}

/// The value of an INTEGER read as unsigned, without leading zeros.
pub(super) fn unsigned(contents: &[u8]) -> &[u8] {
    let zeros = contents.iter().take_while(|&&octet| octet == 0).count();
    contents.get(zeros..).unwrap_or_default()
}

/// An OBJECT IDENTIFIER's value in dotted form (`1.2.840.113549.1.1.1`).
///
/// `None` where it is cut or an arc does not fit 128 bits (2.25 holds UUIDs, RFC 9562).
pub(super) fn dotted(contents: &[u8]) -> Option<String> {
    if contents.is_empty() || contents.last()? & 0x80 != 0 {
        return None;
    }
    let mut text = String::new();
    let mut arc = 0_u128;
    for &octet in contents {
        arc = arc.checked_mul(128)?.checked_add((octet & 0x7f).into())?;
        if octet & 0x80 != 0 {
            continue;
        }
        if !text.is_empty() {
            let _infallible = match u64::try_from(arc) {
                Ok(arc) => write!(text, ".{arc}"),
                Err(_) => write!(text, ".{arc}"),
            };
        } else {
            // The first two arcs share one number (X.690 section 8.19.4).
            let root = (arc / 40).min(2);
            text = format!("{root}.{}", arc.checked_sub(root.checked_mul(40)?)?);
        }
        arc = 0;
    }
    Some(text)
}

/// Bytes as lower-case hex without separators.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn definite_lengths_are_read_in_every_form() {
        for encoded in [
            &[0x04, 0x01, 0xaa, 0xff][..],
            &[0x04, 0x81, 0x01, 0xaa, 0xff],
            &[0x04, 0x84, 0x00, 0x00, 0x00, 0x01, 0xaa, 0xff],
        ] {
            let (element, rest) = Element::first(encoded).unwrap();
            assert_eq!((element.contents, rest), (&[0xaa][..], &[0xff][..]));
        }
    }

    #[test]
    fn indefinite_lengths_end_at_their_own_end_of_contents() {
        let nested = [0x30, 0x80, 0x30, 0x80, 0x05, 0x00, 0x00, 0x00, 0x04, 0x02, 0x00, 0x00];
        let encoded = [&nested[..], &[0x00, 0x00, 0xff]].concat();
        let (element, rest) = Element::first(&encoded).unwrap();
        assert_eq!(rest, [0xff]);
        assert_eq!(element.contents, &nested[2..]);
        assert_eq!(element.children().take(SEQUENCE).unwrap().contents, [0x05, 0x00]);
    }

    #[test]
    fn lengths_beyond_the_input_give_nothing() {
        for encoded in [
            &[][..],
            &[0x30],
            &[0x30, 0x02, 0x00],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x80],
            &[0x30, 0x80, 0x00],
            &[0x04, 0x80, 0x00, 0x00],
            &[0x1f, 0x81, 0x00, 0x00],
        ] {
            assert_eq!(Element::first(encoded), None, "{encoded:02x?}");
        }
    }

    #[test]
    fn deep_nesting_takes_one_pass() {
        let mut encoded = [0x30, 0x80].repeat(100_000);
        assert_eq!(Element::first(&encoded), None);
        encoded.extend([0x00, 0x00].repeat(100_000));
        assert_eq!(Element::first(&encoded).unwrap().1, [0_u8; 0]);
    }

    #[test]
    fn object_identifiers_are_dotted() {
        let dotted_of = |bytes: &[u8]| dotted(bytes);
        assert_eq!(
            dotted_of(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]).unwrap(),
            "1.2.840.113549.1.1.1"
        );
        assert_eq!(dotted_of(&[0x55, 0x1d, 0x25, 0x00]).unwrap(), "2.5.29.37.0");
        assert_eq!(dotted_of(&[0x88, 0x37]).unwrap(), "2.999");
        assert_eq!(dotted_of(&[]), None);
        assert_eq!(dotted_of(&[0x2a, 0x86]), None);
        assert_eq!(dotted_of(&[0xff; 40]), None);
    }
}
