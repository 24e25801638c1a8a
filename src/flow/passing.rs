//! Segments in order of which the reader wants nothing: most of what is recorded.

use super::stream::Stream;

impl Stream {
    /// Passes over a segment that is the next one in order, without looking at it; `false`, and
    /// nothing is changed, where it is not or something unread is held.
    #[inline]
    pub fn pass(&mut self, sequence: u32, length: u32) -> bool {
        let is_next = self.started
            && self.read == self.next
            && self.is_in_order()
            && length > 1
            && self.offset(sequence) == self.next;
        if is_next {
            self.pass_bytes(length);
            self.read = self.next;
            self.drop_buffer();
        }
        is_next
    }

    /// Passes over a segment that is the next one in order and of which the reader wants nothing:
    /// all of it was consumed before it came. `false`, and nothing is changed, for any other.
    #[inline]
    pub fn pass_consumed(&mut self, sequence: u32, length: u32) -> bool {
        let is_unwanted = self.started
            && self.next + u64::from(length) <= self.read
            && self.is_in_order()
            && length > 1
            && self.offset(sequence) == self.next;
        if is_unwanted {
            self.pass_bytes(length);
        }
        is_unwanted
    }

    /// How many bytes at the front of a segment were consumed before it came; `None` where it is not
    /// the next one in order, or where anything is held.
    #[inline]
    pub fn consumed_of(&mut self, sequence: u32, length: u32) -> Option<usize> {
        let is_next =
            self.started && self.held.is_none() && length > 1 && self.offset(sequence) == self.next;
        usize::try_from(self.read.checked_sub(self.next).filter(|_| is_next)?).ok()
    }

    /// Passes over the next segment in order, all of it and so many bytes `beyond` it.
    #[inline]
    pub fn pass_to(&mut self, length: u32, beyond: u64) {
        self.pass_bytes(length);
        self.read = self.next + beyond;
    }

    #[inline]
    fn pass_bytes(&mut self, length: u32) {
        let length = u64::from(length);
        self.next += length;
        self.account.arrived += length;
        self.account.read += length;
    }
}
