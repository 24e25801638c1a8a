//! What is kept of a stream until it is read, or compared with what comes again.

use super::conflicts::Conflicts;
use super::cuts::Cuts;
use super::pending::{Carrier, Pending};
use super::weak::Weak;

/// The bytes of a stream that are in memory, and what is known of those that are not.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The contiguous bytes, ending at `next`; what is before `read` is history.
    pub(super) buffer: Vec<u8>,
    /// Where each segment's bytes begin in the unread contiguous bytes.
    pub(super) spans: Vec<(u64, Carrier)>,
    /// Bytes beyond a hole.
    pub(super) pending: Pending,
    /// Ranges that a packet carried and the capture did not record (snap length).
    pub(super) cut: Cuts,
    pub(super) conflicts: Conflicts,
    /// Bytes that may be none.
    pub(super) weak: Weak,
    /// Offset just after the last byte, where a FIN told it.
    pub(super) end: Option<u64>,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
            && self.pending.is_empty()
            && self.cut.is_empty()
            && self.conflicts.is_empty()
            && self.weak.is_empty()
            && self.end.is_none()
    }

    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.buffer.capacity()
            + self.pending.held()
            + self.spans.capacity() * size_of::<(u64, Carrier)>()
            + self.cut.held()
            + self.conflicts.held()
            + self.weak.held()
    }
}
