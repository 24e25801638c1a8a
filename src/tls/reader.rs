//! A cursor over bytes; every bounds check of the module is here.

/// Why bytes are not the message they claim to be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end within the named field.
    Ends(&'static str),
    /// Bytes follow where the named message should have ended.
    TrailingBytes(&'static str),
    /// The named field has a value that the protocol does not allow.
    Value(&'static str),
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ends(field) => write!(f, "bytes end within {field}"),
            Self::TrailingBytes(message) => write!(f, "bytes follow the end of {message}"),
            Self::Value(field) => write!(f, "{field} has a value that is not allowed"),
        }
    }
}

/// Reads big-endian fields from the front of a slice; a failed read consumes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where fewer remain.
    pub fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed::Ends(field))?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where fewer remain.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed::Ends(field))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// An 8-bit number.
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where nothing remains.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, Malformed> {
        Ok(u8::from_be_bytes(self.array(field)?))
    }

    /// A 16-bit big-endian number.
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where fewer than 2 bytes remain.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array(field)?))
    }

    /// A 24-bit big-endian length.
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where fewer than 3 bytes remain.
    pub fn u24(&mut self, field: &'static str) -> Result<usize, Malformed> {
        let [a, b, c] = self.array(field)?;
        Ok(usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
    }

    /// A vector with an 8-bit length (RFC 8446 section 3.4).
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where the length or the bytes are not all there.
    pub fn vector8(&mut self, field: &'static str) -> Result<&'a [u8], Malformed> {
        let mut ahead = *self;
        let length = usize::from(ahead.u8(field)?);
        let taken = ahead.take(length, field)?;
        *self = ahead;
        Ok(taken)
    }

    /// A vector with a 16-bit length (RFC 8446 section 3.4).
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where the length or the bytes are not all there.
    pub fn vector16(&mut self, field: &'static str) -> Result<&'a [u8], Malformed> {
        let mut ahead = *self;
        let length = usize::from(ahead.u16(field)?);
        let taken = ahead.take(length, field)?;
        *self = ahead;
        Ok(taken)
    }

    /// A vector with a 24-bit length (RFC 8446 section 3.4).
    ///
    /// # Errors
    /// `Malformed::Ends(field)` where the length or the bytes are not all there.
    pub fn vector24(&mut self, field: &'static str) -> Result<&'a [u8], Malformed> {
        let mut ahead = *self;
        let length = ahead.u24(field)?;
        let taken = ahead.take(length, field)?;
        *self = ahead;
        Ok(taken)
    }

    /// Everything that remains.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// Whether nothing remains.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Confirms that `message` ends here.
    ///
    /// # Errors
    /// `Malformed::TrailingBytes(message)` where bytes remain.
    pub fn end(&self, message: &'static str) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::TrailingBytes(message)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_read_consumes_nothing() {
        let mut reader = Reader::new(&[0, 3, 1, 2]);
        assert_eq!(reader.vector16("list"), Err(Malformed::Ends("list")));
        assert_eq!(reader.u16("length"), Ok(3));
        assert_eq!(reader.end("message"), Err(Malformed::TrailingBytes("message")));
        assert_eq!(reader.rest(), [1, 2]);
        assert_eq!(reader.end("message"), Ok(()));
    }

    #[test]
    fn lengths_are_big_endian() {
        assert_eq!(Reader::new(&[1, 2, 3]).u24("length"), Ok(0x01_0203));
        assert_eq!(Reader::new(&[0, 0, 1, 9, 8]).vector24("list"), Ok([9].as_slice()));
        assert_eq!(Reader::new(&[1, 9, 8]).vector8("list"), Ok([9].as_slice()));
    }
}
