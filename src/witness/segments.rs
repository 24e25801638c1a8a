//! What a segment does to its connection.

use super::Means;
use super::connection::{ENOUGH_LENGTHS, Tracker};
use super::life::heading;
use super::side::SideReader;
use crate::flow::{Carried, Doubt, Side};
use crate::net::{Checksum, Flags, Segment};

impl Tracker {
    /// Passes over a segment that `side` sent, is recorded whole, and can tell nothing; `false`, and
    /// nothing is changed, where it may tell something. SYN, FIN and RST always do.
    ///
    /// Most packets of a capture are such: acknowledgments, and the insides of records.
    #[inline]
    pub(super) fn pass(
        &mut self,
        side: Side,
        (sequence, acknowledgment): (u32, Option<u32>),
        payload: &[u8],
        frame: u64,
        means: Means<'_>,
    ) -> bool {
        let Some(in_order) = self.life.numbers.in_order(side, sequence, acknowledgment) else {
            return false;
        };
        // An acknowledgment may be the last thing to be waited for.
        if payload.is_empty() && side.other().of(&self.sides).stream.closed() {
            return false;
        }
        let numbers = (sequence, acknowledgment);
        let passed = side.of_mut(&mut self.sides).pass(numbers, payload, frame, means.limits)
            || self.pass_records(side, (sequence, payload), frame, means);
        if passed {
            let length = u32::try_from(payload.len()).unwrap_or_default();
            self.life.numbers.advance(in_order, length);
            self.last_frame = self.last_frame.max(frame);
            if length > 0 {
                self.last = side;
            }
        }
        passed
    }

    /// Passes over a segment that holds nothing but records that nobody may open, and of which no
    /// more than their being there matters; `false`, and nothing is changed, for any other.
    fn pass_records(
        &mut self,
        side: Side,
        bytes: (u32, &[u8]),
        frame: u64,
        means: Means<'_>,
    ) -> bool {
        let Some(told) = self.told().filter(|told| told.is_settled() && !means.has_secrets())
        else {
            return false;
        };
        let Some(peer) = self.peer(side) else {
            return false;
        };
        let room = match told.has_told_all() {
            true => ENOUGH_LENGTHS.saturating_sub(self.lengths() + 1),
            false => usize::MAX,
        };
        let protects = told.change_cipher_spec_protects();
        let reader = side.of_mut(&mut self.sides);
        reader.pass_records(bytes, frame, (protects, room), means.limits)
            && self.pass_encrypted(peer)
    }

    /// Adds a segment that `side` sent.
    pub(super) fn push(&mut self, side: Side, segment: &Segment<'_>, frame: u64, means: Means<'_>) {
        self.last_frame = self.last_frame.max(frame);
        let heading = heading(segment);
        let is_keep_alive = heading.length == 1
            && self.life.numbers.next(side) == Some(segment.sequence.wrapping_add(1));
        self.life.note(side, &heading, segment);
        let reader = side.of_mut(&mut self.sides);
        let mut sequence = segment.sequence;
        if segment.flags.contains(Flags::SYN) {
            sequence = sequence.wrapping_add(1);
            reader.start_at(sequence);
            if !segment.flags.contains(Flags::ACK) {
                self.sides.iter_mut().for_each(SideReader::reopen);
                self.ended_by = None;
            }
        }
        let doubt = self.doubt(side, segment);
        let is_text_of_reset = segment.flags.contains(Flags::RST);
        if is_keep_alive || is_text_of_reset {
            side.of_mut(&mut self.sides).stream.drop_payload(segment.payload);
        } else {
            self.push_payload(side, sequence, doubt, segment, frame);
        }
        let reader = side.of_mut(&mut self.sides);
        if segment.flags.contains(Flags::FIN) {
            let end = sequence.wrapping_add(heading.length);
            reader.stream.end_at(end);
            reader.close();
        }
        if segment.flags.contains(Flags::RST) {
            reader.close();
        }
        if reader.closed && self.ended_by.is_none() {
            self.ended_by = Some(side);
            self.ended_in = frame * 2 + u64::from(segment.flags.contains(Flags::RST));
        }
        if let Some(acknowledgment) = heading.acknowledgment {
            let acknowledged = side.other().of_mut(&mut self.sides);
            acknowledged.acknowledged |= acknowledged.stream.is_acknowledged_by(acknowledgment);
            if doubt != Some(Doubt::Checksum) {
                acknowledged.stream.acknowledged_up_to(acknowledgment);
            }
        }
        self.read(means, false);
    }

    fn push_payload(
        &mut self,
        side: Side,
        sequence: u32,
        doubt: Option<Doubt>,
        segment: &Segment<'_>,
        frame: u64,
    ) {
        let reader = side.of_mut(&mut self.sides);
        let Segment { payload, missing, .. } = *segment;
        let acknowledgment = segment.flags.contains(Flags::ACK).then_some(segment.acknowledgment);
        let carried = Carried { sequence, payload, missing, frame, acknowledgment, doubt };
        if segment.fragments.is_empty() {
            reader.push(carried);
        } else {
            push_fragments(reader, carried, segment.fragments);
            // They may have come before any other packet of the connection.
            let first = segment.fragments.iter().map(|&(_, frame)| frame).min();
            self.first_frame = self.first_frame.min(first.unwrap_or(frame));
        }
        if !payload.is_empty() {
            self.last = side;
        }
    }

    /// Why a segment's payload may be none: it looks like padding, or its checksum is wrong where
    /// others of its side have one that fits. Once the handshake is over, nothing depends on it.
    fn doubt(&mut self, side: Side, segment: &Segment<'_>) -> Option<Doubt> {
        if segment.may_be_padding {
            return Some(Doubt::Padding);
        }
        let is_read = self.is_tls() || side.of(&self.sides).searched() == 0;
        if self.established || segment.payload.is_empty() || !is_read {
            return None;
        }
        let has_checksums = side.of_mut(&mut self.has_checksums);
        match segment.checksum() {
            Checksum::Fits => {
                *has_checksums = true;
                None
            }
            Checksum::Wrong if *has_checksums => Some(Doubt::Checksum),
            _ => None,
        }
    }
}

fn push_fragments(reader: &mut SideReader, segment: Carried<'_>, fragments: &[(usize, u64)]) {
    let Carried { sequence, payload, .. } = segment;
    let ends = fragments.iter().skip(1).map(|&(offset, _)| offset);
    let ends = ends.chain([payload.len()]);
    for (&(start, frame), end) in fragments.iter().zip(ends) {
        let bytes = payload.get(start..end).unwrap_or_default();
        let missing = if end == payload.len() { segment.missing } else { 0 };
        let offset = u32::try_from(start).unwrap_or_default();
        let sequence = sequence.wrapping_add(offset);
        reader.push(Carried { sequence, payload: bytes, missing, frame, ..segment });
    }
}
