//! A connection before its first payload: scans, probes and backlogs are full of them.

use crate::capture::Timestamp;
use crate::flow::Side;
use crate::limits::Limits;
use crate::net::{Flags, Layer, Segment};

/// What is known of a connection of which no payload was seen.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    pub(super) first_frame: u64,
    pub(super) started_at: Option<Timestamp>,
    pub(super) encapsulation: Vec<Layer>,
    pub(super) sides: [QuietSide; 2],
}

/// What is known of one side of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QuietSide {
    /// Any segment was seen.
    pub(super) seen: bool,
    /// Sequence number of the first byte, where the SYN was seen.
    pub(super) start: Option<u32>,
    /// It sent a RST.
    pub(super) closed: bool,
}

impl Quiet {
    /// A connection that begins with this segment.
    pub(super) fn new(segment: &Segment<'_>, frame: u64, at: Option<Timestamp>) -> Self {
        Self {
            first_frame: frame,
            started_at: at,
            encapsulation: segment.encapsulation.to_vec(),
            sides: [QuietSide::default(); 2],
        }
    }

    /// Whether a segment leaves a connection quiet.
    #[inline]
    pub(super) fn leaves_quiet(segment: &Segment<'_>) -> bool {
        segment.payload.is_empty() && segment.missing == 0 && !segment.flags.contains(Flags::FIN)
    }

    /// Notes a segment that leaves it quiet.
    pub(super) fn note(&mut self, side: Side, segment: &Segment<'_>) {
        let is_syn = segment.flags.contains(Flags::SYN);
        if is_syn && !segment.flags.contains(Flags::ACK) {
            self.sides.iter_mut().for_each(|side| side.closed = false);
        }
        let own = side.of_mut(&mut self.sides);
        own.seen = true;
        if is_syn {
            own.start.get_or_insert_with(|| segment.sequence.wrapping_add(1));
        }
        own.closed |= segment.flags.contains(Flags::RST);
    }

    /// Whether a SYN of `side`, recorded now, can be the one that began its stream.
    pub(super) fn may_begin_with(&self, side: Side, before: Option<u32>, limits: &Limits) -> bool {
        follows_closely(before, limits) && side.of(&self.sides).start.is_none()
    }
}

/// Whether what was seen of a stream follows a SYN so closely that it may belong to it.
pub(super) fn follows_closely(before: Option<u32>, limits: &Limits) -> bool {
    before
        .and_then(|before| usize::try_from(before).ok())
        .is_some_and(|before| before <= limits.unstarted_bytes)
}
