//! Segments that are let go of without being kept: most of a capture.

use super::side::{Phase, SideReader};
use crate::limits::Limits;
use crate::net::Segment;
use crate::tls::{ContentType, Probe, RecordHeader};

/// Length of a record's header, in bytes.
const RECORD_HEADER: usize = 5;

impl SideReader {
    /// Passes over a whole segment that can tell nothing; `false`, and nothing is changed, where it
    /// may tell something.
    #[inline]
    pub(super) fn pass(&mut self, segment: &Segment<'_>, frame: u64, limits: &Limits) -> bool {
        let (sequence, payload) = (segment.sequence, segment.payload);
        let length = u32::try_from(payload.len()).unwrap_or_default();
        let passed = if payload.is_empty() {
            self.stream.seen()
        } else {
            self.stream.pass_consumed(sequence, length)
                || self.pass_unread(sequence, payload, limits)
        };
        if passed {
            self.last_frame = frame;
        }
        passed
    }

    /// Passes over a whole segment in which nothing but records of application data begin, at most
    /// `room` of them; `false`, and nothing is changed, for any other. `protects` says
    /// whether a ChangeCipherSpec switches protection on, as it does not in TLS 1.3.
    pub(super) fn pass_records(
        &mut self,
        segment: &Segment<'_>,
        frame: u64,
        (protects, room): (Option<bool>, usize),
        limits: &Limits,
    ) -> bool {
        let (sequence, payload) = (segment.sequence, segment.payload);
        if !matches!(self.phase, Phase::AtRecord) || payload.len() < RECORD_HEADER {
            return false;
        }
        let length = u32::try_from(payload.len()).unwrap_or_default();
        let Some(consumed) = self.stream.consumed_of(sequence, length) else {
            return false;
        };
        let mut reached = consumed;
        let mut count = 0_usize;
        while let Some(rest) = payload.get(reached..).filter(|rest| !rest.is_empty()) {
            match RecordHeader::probe(rest) {
                Probe::Is(header) if header.content_type == ContentType::APPLICATION_DATA => {
                    reached += RECORD_HEADER + usize::from(header.length);
                    count += 1;
                }
                _ => return false,
            }
        }
        let tells = self.unfollowed.is_none() && protects != Some(true);
        if count == 0 || tells && count > room {
            return false;
        }
        let mut from = consumed;
        while tells && let Some(Probe::Is(header)) = payload.get(from..).map(RecordHeader::probe) {
            self.record_lengths.note(header.content_type, header.length, limits);
            from += RECORD_HEADER + usize::from(header.length);
        }
        let beyond = u64::try_from(reached.saturating_sub(payload.len())).unwrap_or(u64::MAX);
        self.stream.pass_to(length, beyond);
        self.last_frame = frame;
        true
    }
}
