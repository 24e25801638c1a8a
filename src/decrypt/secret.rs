//! Bytes that must not leave the process.

use std::fmt;

use zeroize::Zeroizing;

/// A secret: a master secret, a premaster secret or a traffic secret.
///
/// It is overwritten when dropped, and its `Debug` shows its length only.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes a copy of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The secret itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Its length, in bytes.
    pub fn length(&self) -> usize {
        self.0.len()
    }
}

impl From<Zeroizing<Vec<u8>>> for Secret {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_length_only() {
        assert_eq!(format!("{:?}", Secret::new(&[0xab; 48])), "Secret(48 bytes)");
    }
}
