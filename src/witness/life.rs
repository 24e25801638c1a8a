//! What tells one connection of a 5-tuple from another.

use crate::flow::{Fit, Heading, Numbers, Side};
use crate::limits::Limits;
use crate::net::{Flags, Segment};

/// Numbers and surroundings of a connection.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) numbers: Numbers,
    /// What its packets were wrapped in: VLANs, tunnels.
    surroundings: u64,
    /// The others, where its packets came in several: the two directions may be tagged otherwise,
    /// and a packet may be recorded at several places.
    elsewhere: Option<Box<Elsewhere>>,
}

/// Further surroundings of a connection; few have any.
#[derive(Clone, Debug, Default)]
struct Elsewhere {
    surroundings: Vec<u64>,
}

/// Surroundings told apart for one connection.
const SURROUNDINGS: usize = 16;

impl Life {
    /// A connection that begins with `segment`.
    pub(super) fn of(segment: &Segment<'_>) -> Self {
        Self { numbers: Numbers::default(), surroundings: segment.surroundings, elsewhere: None }
    }

    /// How well a segment of `side` fits.
    pub(super) fn fit(
        &self,
        side: Side,
        heading: &Heading,
        segment: &Segment<'_>,
        limits: &Limits,
    ) -> Fit {
        if self.was_in(segment.surroundings) {
            let late = u32::try_from(limits.unstarted_bytes).unwrap_or(u32::MAX);
            self.numbers.fit(side, heading, late)
        } else {
            self.numbers.fit_elsewhere(side, heading)
        }
    }

    /// Learns from a segment of `side` that fits.
    pub(super) fn note(&mut self, side: Side, heading: &Heading, segment: &Segment<'_>) {
        self.numbers.note(side, heading);
        if !self.was_in(segment.surroundings) {
            let elsewhere = self.elsewhere.get_or_insert_default();
            if elsewhere.surroundings.len() < SURROUNDINGS {
                elsewhere.surroundings.push(segment.surroundings);
            }
        }
    }

    /// Whether packets without any wrapping are of it.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.was_in(0)
    }

    /// Whether a segment of `side` stands beyond all that is known of that direction.
    pub(super) fn is_ahead(&self, side: Side, segment: &Segment<'_>) -> bool {
        self.numbers
            .next(side)
            .is_some_and(|next| segment.sequence.wrapping_sub(next).cast_signed() > 0)
    }

    /// Whether packets of it came in these surroundings.
    #[inline]
    pub(super) fn was_in(&self, surroundings: u64) -> bool {
        self.surroundings == surroundings
            || self
                .elsewhere
                .as_ref()
                .is_some_and(|others| others.surroundings.contains(&surroundings))
    }
}

/// What a segment says to the numbers of a connection: a payload that may be padding is none, and a
/// keep-alive has none either.
pub(super) fn heading(segment: &Segment<'_>) -> Heading {
    let mut heading = Heading::from(segment);
    if segment.may_be_padding {
        heading.length = 0;
    }
    if segment.flags.contains(Flags::RST) {
        // Some write a reason there (RFC 9293 section 3.5.3).
        heading.length = 0;
    }
    heading
}
