//! The packets of a log, in the order of time once all of them are there.

use super::super::order::distance;
use super::super::packet::LinkType;

/// Bytes that are kept together, at least.
const CHUNK: usize = 1 << 20;

/// What a packet costs beside its bytes, sorting and looking for copies included, in bytes.
const COST: u64 = 256;

/// A recorded packet but for its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// When, in the log's own units.
    pub(super) time: u64,
    /// Where it was seen.
    pub(super) place: Place,
    /// What it begins with; `None` where that cannot be told.
    pub(super) link_type: Option<LinkType>,
    pub(super) original_length: u32,
    chunk: usize,
    start: usize,
    length: usize,
}

/// Where in the host a packet was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// A layer of the network stack, by its interface's index.
    Layer(u32),
    /// A component of `pktmon`.
    Component(u16),
}

/// Packets up to a bound.
#[derive(Debug)]
pub(super) struct Store {
    chunks: Vec<Vec<u8>>,
    entries: Vec<Entry>,
    /// What is held, and the most that may be, in bytes.
    held: u64,
    limit: u64,
}

impl Store {
    pub(super) fn new(limit: usize) -> Self {
        Self { chunks: Vec::new(), entries: Vec::new(), held: 0, limit: distance(limit) }
    }

    /// Keeps a packet; `false` where the bound is reached.
    pub(super) fn add(
        &mut self,
        (time, place): (u64, Place),
        link_type: Option<LinkType>,
        data: &[u8],
        original_length: u32,
    ) -> bool {
        let held = self.held + distance(data.len()) + COST;
        if held > self.limit {
            return false;
        }
        self.held = held;
        if self.chunks.last().is_none_or(|last| last.len() >= CHUNK) {
            self.chunks.push(Vec::new());
        }
        let chunk = self.chunks.len() - 1;
        let Some(last) = self.chunks.last_mut() else { return false };
        let (start, length) = (last.len(), data.len());
        last.extend_from_slice(data);
        let captured = u32::try_from(length).unwrap_or(u32::MAX);
        let original_length = original_length.max(captured);
        self.entries.push(Entry { time, place, link_type, original_length, chunk, start, length });
        true
    }

    /// Records of different processors lie one after the other; those of one are in order, and those
    /// of the same time stay as they lie.
    pub(super) fn sort(&mut self) {
        self.entries.sort_by_key(|entry| entry.time);
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn get(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    pub(super) fn data(&self, entry: &Entry) -> &[u8] {
        let chunk = self.chunks.get(entry.chunk).map(Vec::as_slice).unwrap_or_default();
        chunk.get(entry.start..entry.start.saturating_add(entry.length)).unwrap_or_default()
    }
}
