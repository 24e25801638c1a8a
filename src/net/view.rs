//! What was recorded of a layer, and how long the layer was on the wire.

use super::skipped::{Header, Skipped};

/// The rest of a packet from some layer on: shrinks from the front as headers are taken off, and
/// from the back as headers state their payload's length.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    recorded: &'a [u8],
    /// Where `recorded` begins, in bytes from the start of the buffer first given to `new`.
    start: usize,
    /// Length on the wire, in bytes; at least `recorded.len()`.
    length: usize,
    /// `length` is what a link-layer header says.
    framed: bool,
}

impl<'a> View<'a> {
    /// `recorded` of what was `length` bytes on the wire.
    pub(super) fn new(recorded: &'a [u8], length: usize) -> Self {
        Self { recorded, start: 0, length: length.max(recorded.len()), framed: false }
    }

    /// Takes off a header of `N` bytes.
    ///
    /// # Errors
    ///
    /// `Skipped::Cut` where the header was longer on the wire than in the capture, and
    /// `Skipped::Malformed(header)` where it was not there at all.
    #[inline]
    pub(super) fn take<const N: usize>(&mut self, header: Header) -> Result<&'a [u8; N], Skipped> {
        let Some((head, rest)) = self.recorded.split_first_chunk() else {
            return Err(self.shortage(N, header));
        };
        self.recorded = rest;
        self.start = self.start.saturating_add(N);
        self.length = self.length.saturating_sub(N);
        Ok(head)
    }

    /// Takes off `count` bytes unread; errors as for `take`.
    #[inline]
    pub(super) fn skip(&mut self, count: usize, header: Header) -> Result<(), Skipped> {
        let Some((_, rest)) = self.recorded.split_at_checked(count) else {
            return Err(self.shortage(count, header));
        };
        self.recorded = rest;
        self.start = self.start.saturating_add(count);
        self.length = self.length.saturating_sub(count);
        Ok(())
    }

    /// Takes off the next `count` bytes, or as many as there are, to be read by themselves.
    pub(super) fn part(&mut self, count: usize) -> Self {
        let count = count.min(self.length);
        let (head, rest) = self.recorded.split_at_checked(count).unwrap_or((self.recorded, &[]));
        let part = Self { recorded: head, length: count, ..*self };
        self.recorded = rest;
        self.start = self.start.saturating_add(count);
        self.length = self.length.saturating_sub(count);
        part
    }

    /// The first `N` bytes, which stay.
    pub(super) fn peek<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.recorded.first_chunk()
    }

    /// `N` bytes from `offset` on, which stay.
    pub(super) fn peek_at<const N: usize>(&self, offset: usize) -> Option<&'a [u8; N]> {
        self.recorded.get(offset..)?.first_chunk()
    }

    /// An IP or tunnel header says that `length` bytes follow.
    ///
    /// What is recorded beyond is padding or a trailer and is let go; what is recorded short of
    /// it was cut, whatever the capture says of the packet's length. Only a length that the link
    /// layer stated before is believed more: a gateway that makes padding part of the IP length
    /// cannot make bytes that were never sent.
    #[inline]
    pub(super) fn limit(&mut self, length: usize) {
        let length = if self.framed { length.min(self.length) } else { length };
        self.recorded = self.recorded.get(..length).unwrap_or(self.recorded);
        self.length = length;
        self.framed = false;
    }

    /// As `limit`, by a link-layer header.
    pub(super) fn frame(&mut self, length: usize) {
        self.limit(length);
        self.framed = true;
    }

    /// The recorded bytes.
    pub(super) fn recorded(&self) -> &'a [u8] {
        self.recorded
    }

    /// Where `recorded` begins, in bytes from the start of the buffer first given to `new`.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Length on the wire, in bytes.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Bytes on the wire that were not recorded.
    pub(super) fn missing(&self) -> usize {
        self.length.saturating_sub(self.recorded.len())
    }

    fn shortage(&self, wanted: usize, header: Header) -> Skipped {
        if self.length >= wanted { Skipped::Cut } else { Skipped::Malformed(header) }
    }
}
