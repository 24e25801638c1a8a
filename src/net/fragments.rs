//! IP fragments, held until their datagram is whole.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::ops::Range;

use crate::capture::Timestamp;
use crate::limits::Limits;

use super::skipped::{Header, Skipped};

/// What the fragments of one datagram have in common (RFC 791 section 3.2, RFC 8200 section 4.5).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Key {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) protocol: u8,
    pub(super) identification: u32,
    pub(super) surroundings: u64,
}

/// One fragment, its bytes as a place in the buffer that was walked.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) key: Key,
    /// What the datagram's payload begins with; counts in the first fragment.
    pub(super) protocol: u8,
    /// Where it belongs in the datagram's payload, in bytes.
    pub(super) offset: usize,
    /// Others follow it.
    pub(super) more: bool,
    pub(super) recorded: Range<usize>,
    /// Length on the wire, in bytes; at least that of `recorded`.
    pub(super) length: usize,
}

/// A datagram's payload, put together.
#[derive(Debug, Default)]
pub(super) struct Datagram {
    pub(super) protocol: u8,
    /// The bytes from the first on, up to the first that was not recorded.
    pub(super) bytes: Vec<u8>,
    /// Length on the wire, in bytes.
    pub(super) length: usize,
    /// Its fragments that came in the file at hand, repeated ones included.
    pub(super) packets: u64,
    /// Where each fragment's bytes begin in `bytes`, and the frame it came in.
    pub(super) frames: Vec<(usize, u64)>,
}

impl Datagram {
    /// Counts the frames' places from `start` on, and lets go of those that end before it.
    pub(super) fn frames_from(&mut self, start: usize) {
        let before = self.frames.partition_point(|(offset, _)| *offset <= start);
        self.frames.drain(..before.saturating_sub(1));
        for (offset, _) in &mut self.frames {
            *offset = offset.saturating_sub(start);
        }
    }
}

/// Fragments of unfinished datagrams, within `Limits::fragment_bytes` and
/// `Limits::fragment_datagrams`.
#[derive(Debug)]
pub(super) struct FragmentPool {
    datagrams: HashMap<Key, Unfinished>,
    /// The datagrams by age: the number that each got when its first fragment came.
    ages: BTreeMap<u64, Key>,
    next_age: u64,
    held: usize,
    limits: Limits,
}

/// A datagram of which fragments are due.
#[derive(Debug)]
struct Unfinished {
    age: u64,
    since: Option<Timestamp>,
    protocol: u8,
    /// By offset; on the wire they do not overlap.
    pieces: BTreeMap<usize, Piece>,
    /// What the pieces cost, in bytes.
    held: usize,
    /// Sum of the pieces' lengths on the wire.
    covered: usize,
    /// Length of the whole, known from the last fragment.
    total: Option<usize>,
    /// Fragments overlap and differ; nothing is held any more.
    conflict: bool,
    /// Fragments that came in the file at hand.
    packets: u64,
}

#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    /// Length on the wire.
    length: usize,
    frame: u64,
}

/// What a piece is taken to cost beside its bytes: its place in the tree and its allocation.
const PIECE_OVERHEAD: usize = 96;

/// The largest payload of a datagram that is not a jumbogram, which cannot be fragmented.
const MAXIMUM_PAYLOAD: usize = 65_535;

impl FragmentPool {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            datagrams: HashMap::new(),
            ages: BTreeMap::new(),
            next_age: 0,
            held: 0,
            limits: limits.clone(),
        }
    }

    /// Bytes held, overhead included; never above `Limits::fragment_bytes`.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Adds a fragment, of which `bytes` were recorded, and gives the datagram that it completes.
    ///
    /// # Errors
    ///
    /// `Skipped` says what became of a fragment that completes nothing.
    pub(super) fn push(
        &mut self,
        fragment: &Fragment,
        bytes: &[u8],
        frame: u64,
        now: Option<Timestamp>,
    ) -> Result<Datagram, Skipped> {
        let end = fragment.offset.saturating_add(fragment.length);
        if fragment.length == 0 || end > MAXIMUM_PAYLOAD {
            return Err(Skipped::Malformed(Header::Ip));
        }
        self.forget_expired(now);
        let Self { datagrams, ages, next_age, held, .. } = self;
        let datagram = datagrams.entry(fragment.key).or_insert_with(|| {
            *next_age = next_age.saturating_add(1);
            ages.insert(*next_age, fragment.key);
            Unfinished::new(*next_age, now)
        });
        let before = datagram.held;
        datagram.push(fragment, bytes, frame);
        *held = held.saturating_sub(before).saturating_add(datagram.held);

        let complete = datagram.total == Some(datagram.covered);
        let conflict = datagram.conflict;
        if complete {
            let datagram = self.remove(&fragment.key);
            return datagram.map(Unfinished::join).ok_or(Skipped::FragmentHeld);
        }
        let mut skipped = if conflict { Skipped::FragmentConflict } else { Skipped::FragmentHeld };
        while self.held > self.limits.fragment_bytes
            || self.datagrams.len() > self.limits.fragment_datagrams
        {
            self.remove_oldest();
            skipped = Skipped::FragmentPoolFull;
        }
        Err(skipped)
    }

    /// Lets go of datagrams whose first fragment came too long ago.
    fn forget_expired(&mut self, now: Option<Timestamp>) {
        let Some(now) = now else { return };
        let lifetime = i64::from(self.limits.fragment_seconds).saturating_mul(1_000_000_000);
        while let Some(oldest) = self.oldest()
            && let Some(since) = oldest.since
            && now.nanoseconds.saturating_sub(since.nanoseconds) > lifetime
        {
            self.remove_oldest();
        }
    }

    fn oldest(&self) -> Option<&Unfinished> {
        let (_, key) = self.ages.first_key_value()?;
        self.datagrams.get(key)
    }

    fn remove_oldest(&mut self) {
        if let Some((_, key)) = self.ages.pop_first() {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Unfinished> {
        let datagram = self.datagrams.remove(key)?;
        self.ages.remove(&datagram.age);
        self.held = self.held.saturating_sub(datagram.held);
        Some(datagram)
    }
}

impl Unfinished {
    fn new(age: u64, since: Option<Timestamp>) -> Self {
        Self {
            age,
            since,
            protocol: 0,
            pieces: BTreeMap::new(),
            held: 0,
            covered: 0,
            total: None,
            conflict: false,
            packets: 0,
        }
    }

    fn push(&mut self, fragment: &Fragment, bytes: &[u8], frame: u64) {
        let start = fragment.offset;
        let end = start.saturating_add(fragment.length);
        self.packets += 1;
        if self.conflict {
            return;
        }
        if !self.total_agrees(end, fragment.more) || !self.bytes_agree(start, end, bytes) {
            self.conflict = true;
            self.pieces = BTreeMap::new();
            (self.held, self.covered, self.total) = (0, 0, None);
            return;
        }
        if start == 0 {
            self.protocol = fragment.protocol;
        }
        if !fragment.more {
            self.total = Some(end);
        }
        for gap in self.gaps(start, end) {
            let length = gap.len();
            let from = gap.start.saturating_sub(start).min(bytes.len());
            let to = gap.end.saturating_sub(start).min(bytes.len());
            let bytes = bytes.get(from..to).unwrap_or_default().to_vec();
            self.held = self.held.saturating_add(bytes.len()).saturating_add(PIECE_OVERHEAD);
            self.covered = self.covered.saturating_add(length);
            self.pieces.insert(gap.start, Piece { bytes, length, frame });
        }
    }

    /// Whether a fragment up to `end` fits with what is known of the datagram's length.
    fn total_agrees(&self, end: usize, more: bool) -> bool {
        let furthest =
            self.pieces.last_key_value().map_or(0, |(offset, piece)| offset + piece.length);
        match self.total {
            Some(total) if more => end <= total,
            Some(total) => end == total,
            None => more || furthest <= end,
        }
    }

    /// Whether `bytes`, from `start` on, are the same as those held.
    fn bytes_agree(&self, start: usize, end: usize, bytes: &[u8]) -> bool {
        self.overlapping(start, end).all(|(offset, piece)| {
            let from = start.max(offset);
            let to =
                start.saturating_add(bytes.len()).min(offset.saturating_add(piece.bytes.len()));
            let new = bytes.get(from.saturating_sub(start)..to.saturating_sub(start));
            let held = piece.bytes.get(from.saturating_sub(offset)..to.saturating_sub(offset));
            from >= to || new == held
        })
    }

    /// What of `start..end` no piece covers.
    fn gaps(&self, start: usize, end: usize) -> Vec<Range<usize>> {
        let mut gaps = Vec::new();
        let mut covered = start;
        for (offset, piece) in self.overlapping(start, end) {
            if offset > covered {
                gaps.push(covered..offset);
            }
            covered = covered.max(offset.saturating_add(piece.length));
        }
        if covered < end {
            gaps.push(covered..end);
        }
        gaps
    }

    fn overlapping(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, &Piece)> {
        let before = self.pieces.range(..start).next_back();
        before
            .filter(move |(offset, piece)| offset.saturating_add(piece.length) > start)
            .into_iter()
            .chain(self.pieces.range(start..end))
            .map(|(offset, piece)| (*offset, piece))
    }

    fn join(self) -> Datagram {
        let mut datagram = Datagram {
            protocol: self.protocol,
            length: self.covered,
            packets: self.packets,
            ..Datagram::default()
        };
        for piece in self.pieces.into_values() {
            datagram.frames.push((datagram.bytes.len(), piece.frame));
            datagram.bytes.extend_from_slice(&piece.bytes);
            if piece.bytes.len() < piece.length {
                break;
            }
        }
        datagram
    }
}
