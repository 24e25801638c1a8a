//! The window of the (decompressed) file that is in memory.

use std::io::{self, Read};
use std::ops::Range;

use super::order::distance;

/// Bytes read at once. Measured: a larger buffer falls out of the processor's second-level cache,
/// a smaller one spends its time in system calls, and mapping the file is slower than both.
const WINDOW: usize = 256 << 10;

/// Bytes of the input from some offset on; grows to hold what a caller needs at once.
pub(super) struct Buffer<R> {
    input: R,
    bytes: Vec<u8>,
    /// `0 <= start <= end <= bytes.len()`: what was read from the input and not yet taken.
    start: usize,
    end: usize,
    /// Position of `start` in the input.
    offset: u64,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            bytes: vec![0; WINDOW],
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            failure: None,
        }
    }

    /// Whether `needed` bytes could be held ready; `false` at the end of the input.
    ///
    /// Callers compare `needed` with a limit first: this is what the window grows to.
    #[inline]
    pub(super) fn fill(&mut self, needed: usize) -> bool {
        self.end - self.start >= needed || self.refill(needed)
    }

    /// Fills the window without growing it.
    pub(super) fn fill_window(&mut self) {
        self.fill(WINDOW);
    }

    /// What is held ready.
    #[inline]
    pub(super) fn available(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Where in the input `available` begins.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes up to `count` available bytes; `slice` shows them until the next `fill` or `skip`.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Range<usize> {
        let start = self.start;
        let taken = count.min(self.end - start);
        self.start += taken;
        self.offset += distance(taken);
        start..self.start
    }

    /// The bytes of a range that `take` gave.
    #[inline]
    pub(super) fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Drops `count` bytes without holding them all; says how many of them were not there.
    pub(super) fn skip(&mut self, mut count: u64) -> u64 {
        while count > 0 && self.fill(1) {
            let step = count.min(distance(self.available().len()));
            self.take(usize::try_from(step).unwrap_or(usize::MAX));
            count -= step;
        }
        count
    }

    /// Why the input ended early, once.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }

    pub(super) fn into_input(self) -> R {
        self.input
    }

    #[cold]
    fn refill(&mut self, needed: usize) -> bool {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.next_power_of_two(), 0);
        }
        while self.end < needed && !self.ended {
            match self.input.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => self.ended = true,
                Ok(length) => self.end = self.bytes.len().min(self.end + length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
        self.end >= needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_grows_to_what_is_needed_and_keeps_the_offset() {
        let content: Vec<u8> = (0..=255).cycle().take(3 * WINDOW).collect();
        let mut buffer = Buffer::new(content.as_slice());
        assert!(buffer.fill(10));
        buffer.take(10);
        assert!(buffer.fill(2 * WINDOW));
        let range = buffer.take(2 * WINDOW);
        assert_eq!(Some(buffer.slice(range)), content.get(10..10 + 2 * WINDOW));
        assert_eq!(buffer.offset(), distance(10 + 2 * WINDOW));
        assert!(!buffer.fill(WINDOW));
        assert_eq!(buffer.available().len(), WINDOW - 10);
        assert_eq!(buffer.skip(distance(WINDOW)), 10);
    }
}
