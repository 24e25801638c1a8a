//! What recording and keeping a file does to it.

use super::super::Random;
use super::file::{File, Record};
use super::packet::Segment;

/// A damaged file and what was done to it.
pub(super) struct Damaged {
    pub(super) file: File,
    pub(super) bytes: Vec<u8>,
    /// The kinds of damage, to sort findings by.
    pub(super) kinds: Vec<&'static str>,
    /// Each in words, with the numbers of packets as they stood in the file before it.
    pub(super) operations: Vec<String>,
}

/// Damages a file in one to three ways.
pub(super) fn damage(whole: &File, random: &mut Random) -> Damaged {
    let bytes = Vec::new();
    let mut damaged =
        Damaged { file: whole.clone(), bytes, kinds: Vec::new(), operations: Vec::new() };
    let count = [1, 1, 1, 1, 2, 2, 3][random.below(7)];
    for _ in 0..count {
        damaged.once(random);
    }
    damaged.bytes = damaged.file.bytes();
    if random.below(12) == 0 {
        damaged.flip_length(random);
    } else if random.below(20) == 0 {
        damaged.cut_file(random);
    }
    damaged
}

/// A file without one of its packets.
pub(super) fn without(whole: &File, packet: usize) -> Damaged {
    let mut file = whole.clone();
    let at = file.packets()[packet];
    file.records.remove(at);
    let (kinds, operations) = (vec!["lost"], vec![format!("packet {} lost", packet + 1)]);
    Damaged { bytes: file.bytes(), file, kinds, operations }
}

impl Damaged {
    fn once(&mut self, random: &mut Random) {
        let packets = self.file.packets();
        let count = packets.len();
        if count < 2 {
            return;
        }
        match random.below(16) {
            0 | 1 => {
                let one = random.below(count);
                self.lose(one..one + 1, "lost");
            }
            2..=4 => {
                let from = random.below(count);
                let to = count.min(from + 2 + random.below(count / 2));
                self.lose(from..to, "burst");
            }
            5 => {
                let to = 1 + random.below(count - 1);
                self.lose(0..to, "prefix");
            }
            6 => {
                let from = 1 + random.below(count - 1);
                self.lose(from..count, "suffix");
            }
            7 => {
                let length = if random.below(2) == 0 {
                    [54, 60, 64, 66, 68, 80, 96, 128, 256][random.below(9)]
                } else {
                    14 + random.below(600)
                };
                packets.iter().for_each(|at| self.cut(*at, length));
                self.note("snap", format!("snap length {length}"));
            }
            8 => {
                let one = random.below(count);
                let length = random.below(self.file.records[packets[one]].data().len().max(1));
                self.cut(packets[one], length);
                self.note("one cut", format!("packet {} cut to {length} bytes", one + 1));
            }
            9 | 10 => {
                let one = random.below(count);
                let behind = one + random.below(count - one);
                let copy = self.file.records[packets[one]].clone();
                self.insert(packets[behind] + 1, copy);
                let what = format!("packet {} again behind packet {}", one + 1, behind + 1);
                self.note("late copy", what);
            }
            11 => {
                let one = random.below(count - 1);
                self.swap(packets[one], packets[one + 1]);
                self.note("swap", format!("packets {} and {} swapped", one + 1, one + 2));
            }
            12 => {
                let one = random.below(count - 1);
                let behind = (one + 1 + random.below(6)).min(count - 1);
                let moved = self.file.records[packets[one]].clone();
                self.insert(packets[behind] + 1, moved);
                self.file.records.remove(packets[one]);
                let what = format!("packet {} recorded behind packet {}", one + 1, behind + 1);
                self.note("late", what);
            }
            13 | 14 => self.nearly_all_of_one(random),
            _ => self.one_direction(random),
        }
    }

    fn note(&mut self, kind: &'static str, what: String) {
        self.kinds.push(kind);
        self.operations.push(what);
    }

    fn lose(&mut self, packets: std::ops::Range<usize>, kind: &'static str) {
        let places = self.file.packets();
        for at in places[packets.clone()].iter().rev() {
            self.file.records.remove(*at);
        }
        self.note(kind, format!("packets {} to {} lost", packets.start + 1, packets.end));
    }

    /// Loses all packets of a connection but some.
    fn nearly_all_of_one(&mut self, random: &mut Random) {
        let owners: Vec<usize> =
            self.file.records.iter().filter_map(|record| record.owner).collect();
        let Some(owner) = owners.get(random.below(owners.len())).copied() else { return };
        let own: Vec<usize> = (0..self.file.records.len())
            .filter(|at| self.file.records[*at].owner == Some(owner))
            .collect();
        let kept: Vec<usize> =
            (0..1 + random.below(4)).map(|_| own[random.below(own.len())]).collect();
        let mut at = 0;
        self.file.records.retain(|record| {
            at += 1;
            record.owner != Some(owner) || kept.contains(&(at - 1))
        });
        self.note("nearly all", format!("of connection {owner} only records {kept:?} kept"));
    }

    /// Loses one direction of a connection.
    fn one_direction(&mut self, random: &mut Random) {
        let packets = self.file.packets();
        let one = packets[random.below(packets.len())];
        let source = |record: &Record| {
            let link_type = record.packet.as_ref()?.1;
            Some(Segment::of(record.data(), link_type)?.source)
        };
        let (owner, Some(lost)) = (self.file.records[one].owner, source(&self.file.records[one]))
        else {
            return;
        };
        self.file.records.retain(|record| record.owner != owner || source(record) != Some(lost));
        self.note("direction", format!("connection {owner:?} without what {lost} sent"));
    }

    fn cut(&mut self, at: usize, length: usize) {
        let (is_big_endian, is_pcapng) = (self.file.is_big_endian, self.file.is_pcapng);
        self.file.records[at].cut(length, is_big_endian, is_pcapng);
    }

    /// Puts a packet at a place of the file, as recorded when the one before it was.
    fn insert(&mut self, at: usize, mut record: Record) {
        let time = if self.file.is_pcapng { 12..20 } else { 0..8 };
        let before = &self.file.records[at - 1];
        if before.packet.is_some() && record.has_time() && before.has_time() {
            record.bytes[time.clone()].copy_from_slice(&before.bytes[time]);
        }
        self.file.records.insert(at, record);
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.file.records.swap(one, other);
        let time = if self.file.is_pcapng { 12..20 } else { 0..8 };
        let [first, second] = [one, other].map(|at| &self.file.records[at]);
        if first.has_time() && second.has_time() {
            let times = [first, second].map(|record| record.bytes[time.clone()].to_vec());
            self.file.records[one].bytes[time.clone()].copy_from_slice(&times[1]);
            self.file.records[other].bytes[time].copy_from_slice(&times[0]);
        }
    }

    /// Flips a bit of a record's length in the middle of the file. What stands behind is there
    /// still, and counts.
    fn flip_length(&mut self, random: &mut Random) {
        let packets = self.file.packets();
        if packets.len() < 3 {
            return;
        }
        let one = packets[1 + random.below(packets.len() - 2)];
        let fields = self.file.records[one].length_fields(self.file.is_pcapng);
        let Some(field) = fields.get(random.below(fields.len())).copied() else { return };
        let before: usize = self.file.records[..one].iter().map(|record| record.bytes.len()).sum();
        let bit = random.below(32);
        self.bytes[self.file.head.len() + before + field + bit / 8] ^= 1 << (bit % 8);
        self.note("length bit", format!("bit {bit} of the length at {field} of record {one}"));
    }

    /// Cuts the file as a full disk does: within a record.
    fn cut_file(&mut self, random: &mut Random) {
        let packets = self.file.packets();
        let Some(one) = packets.get(random.below(packets.len())).copied() else { return };
        let left: usize = self.file.records[..one].iter().map(|record| record.bytes.len()).sum();
        let within = random.below(self.file.records[one].bytes.len());
        self.bytes.truncate(self.file.head.len() + left + within);
        self.file.records.truncate(one);
        self.note("file cut", format!("the file ends {within} bytes within record {one}"));
    }
}
