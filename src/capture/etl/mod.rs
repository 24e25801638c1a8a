//! Windows Event Trace Logs: `pktmon`, `netsh trace` and `New-NetEventSession`.
//!
//! A log is a row of buffers, those of one processor after those of another, so that all of it is
//! read and sorted by time before the first packet is given. Frames are numbered in that order, as
//! `pktmon etl2pcap` writes them: every event with a packet counts, also where the same packet was
//! seen elsewhere in the host and is not given again.

mod buffers;
mod copies;
mod event;
mod packets;
mod reading;
mod store;
#[cfg(test)]
mod tests;
mod xpress;

use std::collections::VecDeque;
use std::io::Read;

use self::buffers::{HEADER, Session};
use self::copies::Copies;
use self::packets::{Found, Packets, Wanted};
use self::reading::Reading;
use self::store::Entry;
use super::buffer::Buffer;
use super::damage::Damage;
use super::error::{CaptureError, NoPackets};
use super::order::distance;
use super::packet::{LinkType, Packet, Timestamp};
use super::reader::Step;
use super::recorder::Recorder;
use crate::limits::Limits;

/// An Event Trace Log, read and sorted.
pub(super) struct Etl {
    packets: Packets,
    session: Option<Session>,
    wanted: Wanted,
    copies: Copies,
    faults: VecDeque<Damage>,
    /// The next packet.
    next: usize,
    /// The packet that was given last.
    given: Option<Entry>,
}

impl Etl {
    /// Whether a file begins like a log: with a buffer's size, and at 0x48 the header of a system
    /// event (type 1 or 2, marker 0xc0).
    pub(super) fn recognise(bytes: &[u8]) -> bool {
        let Some(&[a, b, c, d]) = bytes.first_chunk() else { return false };
        let stored = u32::from_le_bytes([a, b, c, d]);
        stored.is_multiple_of(8)
            && (0x48..=64 << 20).contains(&stored)
            && matches!(bytes.get(HEADER..), Some([_, _, 1 | 2, 0xc0, ..]))
    }

    /// Reads and sorts all of it.
    pub(super) fn new<R: Read>(
        buffer: &mut Buffer<R>,
        limits: &Limits,
    ) -> Result<Self, CaptureError> {
        let mut reading = Reading::new(limits);
        while reading.buffer(buffer) {}
        let Reading { packets, faults, session, .. } = reading.finish(buffer.offset());
        if packets.store.entries().is_empty() && faults.iter().all(|one| !one.hides_packets) {
            let Found { pktmon, dropped, .. } = packets.found;
            return Err(CaptureError::NoPackets(NoPackets { pktmon, dropped }));
        }
        let moment = session.map_or(1, |session| session.per_millisecond());
        let (wanted, copies) = (packets.wanted(), Copies::new(moment));
        Ok(Self { packets, session, wanted, copies, faults, next: 0, given: None })
    }

    /// What is wrong with the log, then its packets. `frames` becomes the number of the one given.
    pub(super) fn next(&mut self, frames: &mut u64) -> Step {
        if let Some(damage) = self.faults.pop_front() {
            return Step::Damage(damage);
        }
        while let Some(entry) = self.packets.store.get(self.next).copied() {
            let index = self.next;
            self.next += 1;
            if !self.packets.is_wanted(self.wanted, entry.place)
                || self.copies.is_copy(index, &entry, &self.packets.store)
            {
                continue;
            }
            *frames = distance(self.next);
            self.given = Some(entry);
            return Step::Sorted;
        }
        Step::End
    }

    /// The packet that `next` came to.
    pub(super) fn packet(&self, number: u64) -> Option<Packet<'_>> {
        let entry = self.given.as_ref()?;
        Some(Packet {
            number,
            timestamp: self.session.and_then(|session| {
                let nanoseconds = session.nanoseconds(entry.time)?;
                Some(Timestamp { nanoseconds, digits: 7 })
            }),
            // That of a kind which nothing reads.
            link_type: entry.link_type.unwrap_or(UNKNOWN),
            frame_check_sequence: 0,
            data: self.packets.store.data(entry),
            original_length: entry.original_length,
        })
    }

    /// What the log says of its recorder.
    pub(super) fn recorder(&self) -> Recorder {
        let found = &self.packets.found;
        let program = match (found.pktmon, found.ndis) {
            (true, false) => "pktmon",
            (true, true) => "pktmon and NDIS packet capture",
            _ => "NDIS packet capture (netsh trace, New-NetEventSession)",
        };
        Recorder {
            program: Some(program.to_owned()),
            operating_system: self
                .session
                .map(|session| format!("Windows build {}", session.build)),
            filters: Vec::new(),
            snap_length: found.cut_to,
            dropped: self.session.map(|session| session.events_lost.into()),
        }
    }
}

/// LINKTYPE_USER0: what it means is not registered.
const UNKNOWN: LinkType = LinkType(147);
