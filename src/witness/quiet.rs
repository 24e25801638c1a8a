//! A connection before its first payload: scans, probes and backlogs are full of them.

use super::endpoints::{Endpoints, ordered};
use super::evidence::OtherKind;
use super::life::Life;
use crate::capture::{Packet, Timestamp};
use crate::flow::Side;
use crate::net::{Flags, Layer, Segment};

/// What is known of a connection of which no payload was seen.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    pub(super) life: Life,
    /// Wireshark's number for it so far.
    pub(super) stream: Option<u64>,
    pub(super) endpoints: Endpoints,
    pub(super) first_frame: u64,
    pub(super) started_at: Option<Timestamp>,
    pub(super) encapsulation: Vec<Layer>,
    /// Who sent the first packet.
    pub(super) first: Side,
    pub(super) sides: [QuietSide; 2],
    /// A segment without SYN was seen: both sides agreed to speak.
    pub(super) established: bool,
    /// Packets that it has had in the file at hand.
    pub(super) packets: u64,
}

/// What is known of one side of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QuietSide {
    /// Any segment was seen.
    pub(super) seen: bool,
    /// It sent a RST.
    pub(super) closed: bool,
}

impl Quiet {
    /// A connection that begins with this segment.
    pub(super) fn new(
        stream: Option<u64>,
        side: Side,
        segment: &Segment<'_>,
        packet: &Packet<'_>,
    ) -> Self {
        let ends = [segment.source, segment.destination];
        Self {
            life: Life::of(segment),
            stream,
            endpoints: Endpoints::from(ordered(ends, side)),
            first_frame: packet.number,
            started_at: packet.timestamp,
            encapsulation: segment.encapsulation.to_vec(),
            first: side,
            sides: [QuietSide::default(); 2],
            established: false,
            packets: 0,
        }
    }

    /// Whether a segment leaves a connection quiet.
    #[inline]
    pub(super) fn leaves_quiet(segment: &Segment<'_>) -> bool {
        segment.payload.is_empty() && segment.missing == 0 && !segment.flags.contains(Flags::FIN)
    }

    /// Notes a segment that leaves it quiet.
    pub(super) fn note(&mut self, side: Side, segment: &Segment<'_>) {
        if segment.flags.contains(Flags::SYN) && !segment.flags.contains(Flags::ACK) {
            self.sides.iter_mut().for_each(|side| side.closed = false);
        }
        self.established |= !segment.flags.intersects(Flags::SYN | Flags::RST);
        let own = side.of_mut(&mut self.sides);
        own.seen = true;
        own.closed |= segment.flags.contains(Flags::RST);
    }

    /// What it was, where all of it is there.
    pub(super) fn other_kind(&self) -> Option<OtherKind> {
        let (own, other) = (self.first.of(&self.sides), self.first.other().of(&self.sides));
        let began = self.life.numbers.start(self.first).is_some();
        match (self.established, other.seen) {
            _ if !began => None,
            (false, true) if other.closed && !own.closed => Some(OtherKind::Refused),
            (false, false) => Some(OtherKind::Unanswered),
            (true, true) => Some(OtherKind::Silent),
            _ => None,
        }
    }

    /// Whether something of it is missing, so that what it was cannot be told: it began before the
    /// capture, numbers tell of bytes that were sent, or it was established and nothing tells that
    /// it ended without a byte.
    pub(super) fn lacks_bytes(&self) -> bool {
        let numbers = &self.life.numbers;
        let starts = Side::BOTH.map(|side| numbers.start(side));
        if starts == [None, None] {
            // A RST without a number refuses a SYN: there never was a connection.
            return Side::BOTH
                .iter()
                .any(|&side| side.of(&self.sides).seen && numbers.next(side).is_some());
        }
        let are_missing = Side::BOTH.iter().zip(starts).any(|(&side, start)| {
            let sent = start.zip(numbers.next(side)).map(|(start, next)| next.wrapping_sub(start));
            // One number more may be that of a FIN which was lost.
            sent.is_some_and(|sent| sent > 1)
        });
        let lacks_beginning = Side::BOTH.iter().zip(starts).any(|(&side, start)| {
            start.is_none() && side.of(&self.sides).seen && numbers.next(side).is_some()
        });
        let is_reset = self.sides.iter().any(|side| side.closed);
        are_missing || lacks_beginning || self.established && !is_reset
    }
}
