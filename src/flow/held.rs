//! What is kept of a stream until it is read, or compared with what comes again.

use super::cuts::Cuts;
use super::pending::Pending;
use super::stream::Conflict;

/// The bytes of a stream that are in memory, and what is known of those that are not.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The contiguous bytes, ending at `next`; what is before `read` is history.
    pub(super) buffer: Vec<u8>,
    /// Where each frame's bytes begin in the unread contiguous bytes.
    pub(super) spans: Vec<(u64, u64)>,
    /// Bytes beyond a hole.
    pub(super) pending: Pending,
    /// Ranges that a packet carried and the capture did not record (snap length).
    pub(super) cut: Cuts,
    pub(super) conflict: Option<Conflict>,
    /// Offset just after the last byte, where a FIN told it.
    pub(super) end: Option<u64>,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
            && self.pending.is_empty()
            && self.cut.is_empty()
            && self.conflict.is_none()
            && self.end.is_none()
    }

    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.buffer.capacity()
            + self.pending.held()
            + self.spans.capacity() * size_of::<(u64, u64)>()
            + self.cut.held()
    }
}
