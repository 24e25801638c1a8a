//! IP fragments, held until their datagram is whole.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::ops::Range;

use crate::capture::Timestamp;
use crate::limits::Limits;

use super::skipped::{Carried, GivenUp, Header, Skipped};
use super::udp;

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
    /// What was given up and nobody asked for yet.
    given_up: Vec<GivenUp>,
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
    /// The first of those.
    first_frame: u64,
    /// The ports of UDP, where its first fragment shows them.
    ports: Option<[u16; 2]>,
    /// Its first fragment came.
    has_first: bool,
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
            given_up: Vec::new(),
        }
    }

    /// Bytes held, overhead included; never above `Limits::fragment_bytes`.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// What was given up since this was asked last.
    pub(super) fn given_up(&mut self) -> std::vec::Drain<'_, GivenUp> {
        self.given_up.drain(..)
    }

    /// Takes what waits for given up; what comes of it later counts by itself.
    pub(super) fn end_file(&mut self) {
        let Self { datagrams, given_up, .. } = self;
        let waiting = given_up.len();
        given_up.extend(datagrams.iter_mut().filter_map(|(key, datagram)| datagram.account(key)));
        if let Some(waiting) = given_up.get_mut(waiting..) {
            waiting.sort_unstable_by_key(|one| one.first_frame);
        }
    }

    /// Adds a fragment that came in so many packets, of which `bytes` were recorded, and gives the
    /// datagram that it completes.
    ///
    /// # Errors
    ///
    /// `Skipped` says what became of a fragment that completes nothing.
    pub(super) fn push(
        &mut self,
        fragment: &Fragment,
        bytes: &[u8],
        (frame, packets): (u64, u64),
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
        if datagram.packets == 0 {
            datagram.first_frame = frame;
        }
        datagram.packets += packets;
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
        if let Some((_, key)) = self.ages.pop_first()
            && let Some(mut datagram) = self.remove(&key)
        {
            self.given_up.extend(datagram.account(&key));
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
            first_frame: 0,
            ports: None,
            has_first: false,
        }
    }

    fn push(&mut self, fragment: &Fragment, bytes: &[u8], frame: u64) {
        let start = fragment.offset;
        let end = start.saturating_add(fragment.length);
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
            self.has_first = true;
            if let Some(&[s0, s1, d0, d1]) = bytes.first_chunk() {
                self.ports = Some([[s0, s1], [d0, d1]].map(u16::from_be_bytes));
            }
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

    /// Its packets of the file at hand, which are then none.
    fn account(&mut self, key: &Key) -> Option<GivenUp> {
        let packets = std::mem::take(&mut self.packets);
        let carried = self.carried(key);
        (packets > 0).then_some(GivenUp { packets, first_frame: self.first_frame, carried })
    }

    /// What it carries, where that is known and cannot be followed to TCP.
    fn carried(&self, key: &Key) -> Option<Carried> {
        const OF_IPV6: u8 = 44;
        const UDP: u8 = 17;
        let protocol = match key.protocol {
            OF_IPV6 if self.has_first => self.protocol,
            OF_IPV6 => return None,
            protocol => protocol,
        };
        match protocol {
            1 | 58 => Some(Carried::Control),
            UDP => self
                .ports
                .filter(|ports| !ports.iter().any(|&port| udp::is_tunnel(port)))
                .map(Carried::Udp),
            // TCP, and what may have it inside.
            0 | 4 | 6 | 41 | 43 | 47 | 51 | 60 | 97 | 136 | 137 | 140 | 143 => None,
            protocol => Some(Carried::Protocol(protocol)),
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
