//! The same bytes in other pieces: nothing may depend on where input is cut.

use std::io::{self, Read};

/// Cuts bytes into pieces of pseudo-random length, and interrupts reading now and then.
#[derive(Clone, Debug)]
pub(super) struct Pieces<'a> {
    rest: &'a [u8],
    state: u64,
    most: u64,
}

impl<'a> Pieces<'a> {
    /// Pieces of 1 to `most` bytes; other lengths with every `seed`.
    pub(super) fn new(bytes: &'a [u8], most: u64, seed: u64) -> Self {
        Self { rest: bytes, state: seed, most }
    }

    /// The next piece; empty at the end.
    pub(super) fn next_piece(&mut self) -> &'a [u8] {
        let length = usize::try_from((self.random() >> 33) % self.most + 1).unwrap_or(1);
        let (piece, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        piece
    }

    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.state
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let piece = self.next_piece();
        (!piece.is_empty()).then_some(piece)
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.random() >> 60 == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let before = self.rest;
        let mut piece = self.next_piece();
        let length = piece.read(buf)?;
        self.rest = before.get(length..).unwrap_or_default();
        Ok(length)
    }
}
