//! Values that are written as JSON text without a `String` in between.

use std::fmt::Display;

use serde::{Serialize, Serializer};

/// A value as it is displayed.
pub(super) struct Shown<T>(pub(super) T);

impl<'a> Shown<&'a dyn Display> {
    /// A value of whatever type.
    pub(super) fn of(value: &'a dyn Display) -> Self {
        Self(value)
    }
}

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A digest of at most 32 bytes, as lower-case hex digits.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0x0f)]);
        }
        let digits = text.get(..2 * self.0.len()).unwrap_or(&text);
        serializer.serialize_str(std::str::from_utf8(digits).unwrap_or_default())
    }
}

/// The hex digit of a number below 16.
fn digit(nibble: u8) -> u8 {
    nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
}

/// The elements of a list, each as what `1` makes of it when its turn comes.
pub(super) struct Each<'a, T, R>(pub(super) &'a [T], pub(super) fn(&'a T) -> R);

impl<T, R: Serialize> Serialize for Each<'_, T, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::certificate::{Sha1Thumbprint, Sha256Thumbprint};

    fn json(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn digests_are_written_as_they_are_displayed() {
        let digest: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 8 + 1).unwrap());
        let [sha1, sha256] = [Hex(digest.get(..20).unwrap()), Hex(&digest)].map(json);
        let shown = Sha1Thumbprint(*digest.first_chunk().unwrap());
        assert_eq!(sha1, json(shown.to_string()));
        assert_eq!(sha256, json(Sha256Thumbprint(digest).to_string()));
        assert_eq!(json(Hex(&[])), "\"\"");
    }

    #[test]
    fn displayed_text_is_escaped() {
        assert_eq!(json(Shown("a\"\\\n\u{1}\u{e9}")), json("a\"\\\n\u{1}\u{e9}"));
    }

    #[test]
    fn each_element_is_written_as_what_is_made_of_it() {
        assert_eq!(json(Each(&[1, 2], |number: &u8| Shown(*number))), "[\"1\",\"2\"]");
        assert_eq!(json(Each(&[], |number: &u8| Shown(*number))), "[]");
    }
}
