//! Writes captures from recorded handshakes, and beside each what is true of it.
#![allow(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark and its tests: the bytes are our own"
)]

mod conversation;
mod disorder;
mod keys;
mod mix;
mod noise;
mod output;
mod random;
mod rebuilt;
mod recorded;
mod tls13;
mod truth;
mod wire;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub(crate) use output::Format;
pub(crate) use truth::{Totals, Truth};

use conversation::TcpSegment;
use disorder::Disorder;
use mix::{Mix, Planted, Unit};
use output::Output;
use random::Random;
use truth::TruthFile;

/// What a file mostly consists of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Few TLS connections, huge transfers
    Bulk,
    /// Very many short TLS connections
    Handshakes,
    /// The same, and none of them is closed
    HandshakesLive,
    /// Mostly UDP and TCP without TLS
    Noise,
    /// Handshakes reordered, lost, retransmitted, in VLANs and fragments
    Messy,
    /// TLS 1.2 handshakes, each with a client certificate
    Tls12,
    /// As many of TLS 1.3 with their key log
    Tls13Keys,
}

impl Kind {
    /// Counted up when the generator writes other files of this kind for the same plan.
    fn version(self) -> u32 {
        match self {
            Self::Messy => 2,
            _ => 1,
        }
    }
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// About so many bytes.
    Bytes(u64),
    /// So many units of connections.
    Units(u64),
}

/// What to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) format: Format,
    pub(crate) extent: Extent,
    pub(crate) seed: u64,
}

/// What was written.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) capture: PathBuf,
    pub(crate) truth: PathBuf,
    /// Of the kind `Tls13Keys` only.
    pub(crate) key_log: Option<PathBuf>,
}

impl Generated {
    /// Whether this generator wrote all of it.
    pub(crate) fn is_complete(&self, kind: Kind) -> bool {
        let totals = truth::last_line(&self.truth);
        let totals = totals.ok().map(|line| serde_json::from_str::<Totals>(&line));
        let size = std::fs::metadata(&self.capture).map(|file| file.len());
        matches!((totals, size), (Some(Ok(totals)), Ok(size))
            if totals.version == kind.version() && totals.bytes == size)
    }
}

/// Units that are made at once, on all processors.
const BATCH: u64 = 256;

impl Plan {
    /// Writes the capture and its truth into `directory`, from the recordings in `captures`.
    pub(crate) fn generate(&self, captures: &Path, directory: &Path) -> io::Result<Generated> {
        std::fs::create_dir_all(directory)?;
        let generated = self.files(directory);
        let mix = Mix::new(self, captures);
        let truth = TruthFile::new(&generated.truth)?;
        let mut writer = Writer {
            plan: *self,
            output: Output::new(&generated.capture, self.format)?,
            truth,
            random: Random::new(self.seed, u64::MAX - 1),
            streams: 0,
            other_streams: 0,
            key_log: match &generated.key_log {
                Some(path) => Some(BufWriter::new(File::create(path)?)),
                None => None,
            },
        };
        writer.run(&mix)?;
        let totals = Totals {
            connections: writer.truth.connections(),
            other_streams: writer.other_streams,
            packets: writer.output.packets(),
            bytes: writer.output.bytes(),
            version: self.kind.version(),
        };
        writer.output.finish()?;
        writer.key_log.iter_mut().try_for_each(BufWriter::flush)?;
        writer.truth.finish(&totals)?;
        Ok(generated)
    }

    /// The files that this plan writes.
    pub(crate) fn files(&self, directory: &Path) -> Generated {
        let extent = match self.extent {
            Extent::Bytes(bytes) if bytes % 1_000_000 == 0 => format!("{}M", bytes / 1_000_000),
            Extent::Bytes(bytes) => format!("{bytes}B"),
            Extent::Units(units) => format!("{units}"),
        };
        let name = format!("{}-{extent}-{}", self.kind.name(), self.seed);
        let file = |extension: &str| directory.join(format!("{name}.{extension}"));
        let extension = self.format.extension();
        Generated {
            capture: file(extension),
            truth: file(&format!("{extension}.truth.jsonl")),
            key_log: (self.kind == Kind::Tls13Keys).then(|| file(&format!("{extension}.keys"))),
        }
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Handshakes => "handshakes",
            Self::HandshakesLive => "handshakes-live",
            Self::Noise => "noise",
            Self::Messy => "messy",
            Self::Tls12 => "tls12",
            Self::Tls13Keys => "tls13-keys",
        }
    }

    /// How many connections take turns, and how many packets in a row one sends at most.
    fn interleaving(self) -> (usize, u64) {
        match self {
            Self::Bulk => (16, 16),
            _ => (64, 4),
        }
    }
}

struct Writer {
    plan: Plan,
    output: Output,
    truth: TruthFile,
    random: Random,
    streams: u64,
    other_streams: u64,
    key_log: Option<BufWriter<File>>,
}

/// A unit on its way.
struct Slot {
    current: Planted,
    /// Whether the current connection's first packet was written.
    has_begun: bool,
    next: VecDeque<Planted>,
    /// The stream of the unit's first connection.
    first_stream: Option<u64>,
    disorder: Disorder,
}

impl Writer {
    fn run(&mut self, mix: &Mix) -> io::Result<()> {
        let (width, burst) = self.plan.kind.interleaving();
        let mut slots: Vec<Slot> = Vec::new();
        let mut ready = VecDeque::new();
        let mut number = 0;
        loop {
            while slots.len() < width && !self.is_full(number, mix) {
                if ready.is_empty() {
                    ready.extend(batch(mix, number));
                }
                let mut next = VecDeque::from(ready.pop_front().expect("a batch is never empty"));
                number += 1;
                let current = next.pop_front().expect("a unit is never empty");
                slots.push(Slot {
                    current,
                    has_begun: false,
                    next,
                    first_stream: None,
                    disorder: Disorder::default(),
                });
            }
            if slots.is_empty() {
                return Ok(());
            }
            let index = self.random.index(slots.len());
            for _ in 0..=self.random.below(burst) {
                if self.plan.kind == Kind::Noise && self.random.percent(35) {
                    let number = self.random.next() as u16;
                    for packet in noise::datagrams(&mut self.random, number) {
                        self.packet(&packet)?;
                    }
                }
                if !self.step(&mut slots[index])? {
                    slots.swap_remove(index);
                    break;
                }
            }
        }
    }

    fn is_full(&self, units: u64, mix: &Mix) -> bool {
        match self.plan.extent {
            Extent::Units(all) => units >= all,
            Extent::Bytes(_) if self.plan.kind == Kind::Bulk => units >= mix.bulk_units(),
            Extent::Bytes(bytes) => self.output.bytes() >= bytes,
        }
    }

    /// Writes a unit's next packet; `false` when there is none.
    fn step(&mut self, slot: &mut Slot) -> io::Result<bool> {
        loop {
            if let Some(segment) = slot.current.conversation.next(&mut self.random) {
                if !slot.has_begun {
                    self.count(slot)?;
                }
                if self.plan.kind == Kind::Messy {
                    slot.disorder.meet(segment, &slot.current, &mut self.random);
                } else {
                    slot.disorder.pass(segment);
                }
                for segment in slot.disorder.due(false) {
                    self.segment(&slot.current.path, &segment)?;
                }
                return Ok(true);
            }
            for segment in slot.disorder.due(true) {
                self.segment(&slot.current.path, &segment)?;
            }
            let Some(next) = slot.next.pop_front() else { return Ok(false) };
            slot.current = next;
            slot.has_begun = false;
        }
    }

    /// Numbers a connection, whose first packet is about to be written.
    fn count(&mut self, slot: &mut Slot) -> io::Result<()> {
        slot.has_begun = true;
        let stream = self.streams;
        self.streams += 1;
        let first = *slot.first_stream.get_or_insert(stream);
        let Some(truth) = &mut slot.current.truth else {
            self.other_streams += 1;
            return Ok(());
        };
        truth.stream = stream;
        if let Some(key_log) = &mut self.key_log {
            key_log.write_all(slot.current.key_log.as_bytes())?;
        }
        // Without keys the ticket of TLS 1.3 does not tell where it came from.
        if slot.current.is_resumption && !truth.is_tls13 {
            truth.resumed_from_stream = Some(first);
        }
        self.truth.add(truth)
    }

    fn segment(&mut self, path: &wire::Path, segment: &TcpSegment) -> io::Result<()> {
        let number = self.random.next() as u16;
        let mut packets = path.tcp(segment, self.output.clock(), number);
        // Fragments also come last first.
        if packets.len() > 1 && self.random.percent(30) {
            packets.reverse();
        }
        packets.iter().try_for_each(|packet| self.packet(packet))
    }

    fn packet(&mut self, packet: &[u8]) -> io::Result<()> {
        let gap = 1_000 * (1 + self.random.below(20));
        self.output.packet(packet, gap)
    }
}

fn batch(mix: &Mix, first: u64) -> Vec<Unit> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let share = BATCH.div_ceil(threads);
    std::thread::scope(|scope| {
        let start = |thread: u64| {
            let numbers = thread * share..((thread + 1) * share).min(BATCH);
            scope.spawn(move || numbers.map(|number| mix.unit(first + number)).collect::<Vec<_>>())
        };
        let workers: Vec<_> = (0..threads).map(start).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a unit")).collect()
    })
}
