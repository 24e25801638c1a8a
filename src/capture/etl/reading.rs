//! A log from its first buffer to its last.

use std::collections::VecDeque;
use std::io::Read;

use super::super::buffer::Buffer;
use super::super::damage::{Damage, Fault};
use super::super::order::{distance, size};
use super::buffers::{BufferHeader, HEADER, Kind, Records, Session};
use super::event::Event;
use super::packets::Packets;
use super::store::Store;
use super::xpress::decompress;
use crate::limits::Limits;

/// Decompressed bytes up to which the stored ones are not asked for.
const ANY_EXPANSION: u64 = 1 << 30;

/// A log while it is read.
pub(super) struct Reading<'a> {
    limits: &'a Limits,
    pub(super) packets: Packets,
    pub(super) session: Option<Session>,
    pub(super) faults: VecDeque<Damage>,
    buffers: u64,
    /// Decompressed bytes.
    expanded: u64,
    /// Buffers whose contents are damaged, and where the first one is.
    damaged: u64,
    first_damaged: u64,
    /// Contents of the buffer at hand, where it is compressed.
    contents: Vec<u8>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        let store = Store::new(limits.sorted_bytes);
        Self {
            limits,
            packets: Packets::new(store, limits.packet_bytes),
            session: None,
            faults: VecDeque::new(),
            buffers: 0,
            expanded: 0,
            damaged: 0,
            first_damaged: 0,
            contents: Vec::new(),
        }
    }

    /// Reads the next buffer; `false` where nothing more is read.
    pub(super) fn buffer<R: Read>(&mut self, buffer: &mut Buffer<R>) -> bool {
        let offset = buffer.offset();
        if !buffer.fill(HEADER) && buffer.available().is_empty() {
            return false;
        }
        let Some(header) = BufferHeader::read(buffer.available()) else {
            let missing = distance(HEADER.saturating_sub(buffer.available().len()));
            return self.ends(offset, Fault::Cut { missing });
        };
        if size(header.stored) < HEADER {
            // What a log reserved and did not use.
            if header.stored == 0 && is_zero_to_the_end(buffer) {
                return false;
            }
            return self.ends(offset, Fault::BlockLength(header.stored));
        }
        let limit = self.limits.log_buffer_bytes;
        if size(header.stored) > limit {
            return self.ends(offset, Fault::RecordLength { length: header.stored, limit });
        }
        let is_whole = buffer.fill(size(header.stored));
        let is_sound = self.contents(header, buffer, offset, is_whole);
        if !is_sound {
            if self.damaged == 0 {
                self.first_damaged = offset;
            }
            self.damaged += 1;
        }
        self.buffers += 1;
        let available = buffer.available().len();
        if !is_whole {
            let missing = distance(size(header.stored).saturating_sub(available));
            return self.ends(offset, Fault::Cut { missing });
        }
        buffer.take(size(header.stored));
        if self.packets.found.is_full {
            return self.ends(offset, Fault::SortLimit(self.limits.sorted_bytes));
        }
        let most = buffer.offset().saturating_mul(self.limits.log_expansion);
        if self.expanded > most.max(ANY_EXPANSION) {
            return self.ends(offset, Fault::Expansion(self.limits.log_expansion));
        }
        true
    }

    /// Reads the records of a buffer; `false` where its contents are damaged.
    fn contents<R: Read>(
        &mut self,
        header: BufferHeader,
        buffer: &Buffer<R>,
        offset: u64,
        is_whole: bool,
    ) -> bool {
        let used = size(header.used);
        let stored = buffer.available();
        let stored = stored.get(HEADER..size(header.stored).min(stored.len())).unwrap_or_default();
        let Some(length) =
            used.checked_sub(HEADER).filter(|_| used <= self.limits.log_buffer_bytes)
        else {
            return false;
        };
        let mut contents = std::mem::take(&mut self.contents);
        contents.clear();
        let (records, mut is_sound) = if header.compressed {
            let is_sound = decompress(stored, length, &mut contents);
            self.expanded = self.expanded.saturating_add(distance(contents.len()));
            (contents.as_slice(), is_sound || !is_whole)
        } else {
            (stored.get(..length).unwrap_or(stored), true)
        };
        let mut records = Records::new(records, !is_whole || !is_sound);
        for record in records.by_ref() {
            if offset == 0 && self.session.is_none() && matches!(record.kind, Kind::System { .. }) {
                self.session = Session::read(&record);
            }
            if record.kind == Kind::Event
                && let Some(event) = Event::read(record.bytes)
            {
                match event {
                    Some(event) => self.packets.event(&event, header.processor),
                    None => self.packets.found.malformed += 1,
                }
            }
        }
        is_sound &= !records.is_damaged;
        self.contents = contents;
        is_sound
    }

    /// Notes a fault behind which nothing is read.
    fn ends(&mut self, offset: u64, fault: Fault) -> bool {
        self.fault(offset, fault, true);
        false
    }

    fn fault(&mut self, offset: u64, fault: Fault, hides_packets: bool) {
        self.faults.push_back(Damage { frame: 0, offset, fault, hides_packets });
    }

    /// Sorts what was read, and sums up what was wrong.
    pub(super) fn finish(mut self, end: u64) -> Self {
        self.packets.finish();
        if self.damaged > 0 {
            let (buffers, offset) = (self.damaged, self.first_damaged);
            self.fault(offset, Fault::LogBuffers { buffers }, true);
        }
        let found = self.packets.found.clone();
        if found.malformed > 0 {
            self.fault(end, Fault::LogEvents { events: found.malformed }, true);
        }
        if found.fragments > 0 {
            self.fault(end, Fault::LogFragments { parts: found.fragments }, true);
        }
        if found.dropped > 0 {
            self.fault(end, Fault::DroppedByHost { packets: found.dropped }, false);
        }
        match self.session {
            Some(session) => {
                if session.buffers_lost > 0 {
                    let buffers = session.buffers_lost;
                    self.fault(0, Fault::LogBuffersLost { buffers }, false);
                }
                let written = u64::from(session.buffers_written);
                if written > self.buffers && !session.is_circular && self.faults_are_quiet() {
                    let missing = written - self.buffers;
                    self.fault(end, Fault::LogBuffersMissing { missing }, true);
                }
                if !session.has_clock() {
                    self.fault(0, Fault::LogClock, false);
                }
            }
            None => self.fault(0, Fault::LogClock, false),
        }
        self
    }

    /// Nothing yet says that packets are hidden.
    fn faults_are_quiet(&self) -> bool {
        self.faults.iter().all(|one| !one.hides_packets)
    }
}

/// Whether nothing but zeros follows, which are taken.
fn is_zero_to_the_end<R: Read>(buffer: &mut Buffer<R>) -> bool {
    while buffer.fill(1) {
        if buffer.available().iter().any(|&byte| byte != 0) {
            return false;
        }
        let length = buffer.available().len();
        buffer.take(length);
    }
    true
}
