//! Segments that are let go of without being kept: most of a capture.

use super::side::{Phase, SideReader};
use crate::limits::Limits;
use crate::tls::{ContentType, Probe, RecordHeader};

/// Length of a record's header, in bytes.
const RECORD_HEADER: usize = 5;

impl SideReader {
    /// Passes over a whole segment that can tell nothing; `false`, and nothing is changed, where it
    /// may tell something.
    #[inline]
    pub(super) fn pass(
        &mut self,
        (sequence, acknowledgment): (u32, Option<u32>),
        payload: &[u8],
        frame: u64,
        limits: &Limits,
    ) -> bool {
        let length = u32::try_from(payload.len()).unwrap_or_default();
        let passed = if payload.is_empty() {
            self.stream.seen()
        } else {
            self.stream.pass_consumed(sequence, length)
                || self.pass_unread((sequence, acknowledgment), payload, limits)
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
        (sequence, payload): (u32, &[u8]),
        frame: u64,
        (protects, room): (Option<bool>, usize),
        limits: &Limits,
    ) -> bool {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::witness::quiet::QuietSide;

    fn reader() -> SideReader {
        let mut reader = SideReader::after(QuietSide { seen: true, closed: false }, Some(0));
        reader.phase = Phase::AtRecord;
        reader
    }

    fn passes(reader: &mut SideReader, sequence: u32, payload: &[u8], room: usize) -> bool {
        reader.pass_records((sequence, payload), 7, (Some(false), room), &Limits::default())
    }

    /// A record of so many bytes.
    fn record(content_type: u8, length: u8) -> Vec<u8> {
        let header = [content_type, 3, 3, 0, length];
        header.into_iter().chain((0..length).map(|_| 0)).collect()
    }

    #[test]
    fn records_of_application_data_are_passed_with_what_follows_of_the_last_one() {
        let mut side = reader();
        let two = [record(23, 10), record(23, 20)].concat();
        assert!(passes(&mut side, 0, two.get(..30).unwrap(), 2));
        assert!(side.stream.pass_consumed(30, 10));
        assert!(passes(&mut side, 40, &record(23, 3), 1));
        assert_eq!(side.record_lengths.application(), 3);
        assert_eq!(side.held(), 0);
    }

    #[test]
    fn what_may_tell_something_is_not_passed_and_changes_nothing() {
        let mut side = reader();
        let two = [record(23, 10), record(22, 20)].concat();
        for (sequence, payload, room) in [
            (0, two.as_slice(), 9),
            (0, &record(21, 2), 9),
            (0, two.get(..18).unwrap(), 9),
            (0, b"no record", 9),
            (1, &record(23, 10), 9),
            (0, &record(23, 10), 0),
        ] {
            assert!(!passes(&mut side, sequence, payload, room), "{payload:?}");
        }
        assert_eq!(side.record_lengths.application(), 0);
        assert!(passes(&mut side, 0, &record(23, 10), 9));
    }
}
