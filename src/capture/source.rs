//! The file as it is stored: counted, hashed, with some bytes of look-ahead.

use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};

use super::order::distance;

/// Look-ahead in bytes; a read of at least this size goes past it straight to the input.
const LOOK_AHEAD: usize = 64 << 10;

/// The stored bytes of a capture, before decompression.
pub(super) struct Source<R> {
    /// `None` in what `detach` left behind.
    input: Option<R>,
    buffer: Box<[u8]>,
    /// `0 <= start <= end <= buffer.len()`: what was read from the input and not yet handed out.
    start: usize,
    end: usize,
    ended: bool,
    failed: bool,
    bytes: u64,
    hash: Option<Sha256>,
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R, hash: bool) -> Self {
        Self {
            input: Some(input),
            buffer: vec![0; LOOK_AHEAD].into_boxed_slice(),
            start: 0,
            end: 0,
            ended: false,
            failed: false,
            bytes: 0,
            hash: hash.then(Sha256::new),
        }
    }

    /// Moves everything out of a source that a decoder owns, and leaves one without bytes.
    pub(super) fn detach(&mut self) -> Self {
        let nothing = Self {
            input: None,
            buffer: Box::default(),
            start: 0,
            end: 0,
            ended: true,
            failed: false,
            bytes: 0,
            hash: None,
        };
        std::mem::replace(self, nothing)
    }

    /// The next `count` bytes without taking them; fewer at the end of the input.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < count.min(LOOK_AHEAD) {
            let space = self.buffer.get_mut(self.end..).unwrap_or_default();
            match read(&mut self.input, space) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(length) => self.took_into_buffer(length),
                Err(error) => return Err(self.fail(error)),
            }
        }
        let held = self.held();
        Ok(held.get(..count).unwrap_or(held))
    }

    /// Reads and drops `count` bytes; says how many of them were not there.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<u64> {
        while count > 0 {
            let held = distance(self.fill_buf()?.len());
            if held == 0 {
                break;
            }
            let step = held.min(count);
            self.consume(usize::try_from(step).unwrap_or(usize::MAX));
            count -= step;
        }
        Ok(count)
    }

    /// Whether somebody asked for bytes past the end of the input.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the input itself failed, as opposed to what is in it.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// Bytes read from the input so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Reads to the end of the input; gives its length and, where it was asked for, its SHA-256.
    pub(super) fn finish(mut self) -> io::Result<(u64, Option<[u8; 32]>)> {
        self.start = self.end;
        while !self.fill_buf()?.is_empty() {
            self.start = self.end;
        }
        Ok((self.bytes, self.hash.map(|hash| hash.finalize().into())))
    }

    fn held(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn took_into_buffer(&mut self, length: usize) {
        let end = self.buffer.len().min(self.end + length);
        if let (Some(hash), Some(new)) = (&mut self.hash, self.buffer.get(self.end..end)) {
            hash.update(new);
        }
        self.bytes += distance(end - self.end);
        self.end = end;
    }

    fn fail(&mut self, error: io::Error) -> io::Error {
        self.failed = true;
        error
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && buf.len() >= LOOK_AHEAD {
            let length = match read(&mut self.input, buf) {
                Ok(length) => length.min(buf.len()),
                Err(error) => return Err(self.fail(error)),
            };
            self.ended |= length == 0;
            self.bytes += distance(length);
            if let (Some(hash), Some(new)) = (&mut self.hash, buf.get(..length)) {
                hash.update(new);
            }
            return Ok(length);
        }
        let mut held = self.fill_buf()?;
        let length = held.read(buf)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            match read(&mut self.input, &mut self.buffer) {
                Ok(0) => self.ended = true,
                Ok(length) => self.took_into_buffer(length),
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(self.held())
    }

    fn consume(&mut self, amount: usize) {
        self.start = self.end.min(self.start.saturating_add(amount));
    }
}

/// `Read::read`, repeated where a signal interrupted it.
fn read(input: &mut Option<impl Read>, space: &mut [u8]) -> io::Result<usize> {
    let Some(input) = input else { return Ok(0) };
    loop {
        match input.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn peeking_takes_nothing_and_everything_is_hashed_once() {
        let mut source = Source::new(b"abc".as_slice(), true);
        assert_eq!(source.peek(2).unwrap(), b"ab");
        assert_eq!(source.peek(9).unwrap(), b"abc");
        let mut one = [0];
        assert_eq!(source.read(&mut one).unwrap(), 1);
        assert_eq!(one, *b"a");
        assert_eq!(source.peek(9).unwrap(), b"bc");
        assert_eq!(source.skip(5).unwrap(), 3);
        let (bytes, hash) = source.finish().unwrap();
        assert_eq!(bytes, 3);
        assert_eq!(hash.unwrap(), *Sha256::digest(b"abc"));
    }

    #[test]
    fn finishing_hashes_what_nobody_read() {
        let content = vec![7; 3 * LOOK_AHEAD + 1];
        let mut source = Source::new(content.as_slice(), true);
        let mut large = vec![0; LOOK_AHEAD];
        source.read_exact(&mut large).unwrap();
        let (bytes, hash) = source.finish().unwrap();
        assert_eq!(bytes, distance(content.len()));
        assert_eq!(hash.unwrap(), *Sha256::digest(&content));
    }
}
