//! Writes a capture file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    Pcap,
    Pcapng,
}

impl Format {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        }
    }
}

/// A little-endian capture of Ethernet frames: pcap in microseconds, pcapng in nanoseconds.
#[derive(Debug)]
pub(crate) struct Output {
    writer: BufWriter<File>,
    format: Format,
    bytes: u64,
    packets: u64,
    /// Nanoseconds since 1970.
    clock: u64,
}

const ETHERNET: u32 = 1;
const SNAP_LENGTH: u32 = 262_144;

impl Output {
    pub(crate) fn new(path: &Path, format: Format) -> io::Result<Self> {
        let writer = BufWriter::with_capacity(1 << 20, File::create(path)?);
        // 2026-01-01T00:00:00 UTC.
        let clock = 1_767_225_600_000_000_000;
        let mut output = Self { writer, format, bytes: 0, packets: 0, clock };
        match format {
            Format::Pcap => {
                let words = [0xa1b2_c3d4, 0x0004_0002, 0, 0, SNAP_LENGTH, ETHERNET];
                output.words(&words)?;
            }
            Format::Pcapng => {
                // Section header: byte order, version 1.0, unknown length.
                let section = [0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28];
                output.words(&section)?;
                // Interface: Ethernet, if_tsresol 9 (nanoseconds), end of options.
                let options = [0x0001_0009, 9, 0];
                output.words(&[1, 32, ETHERNET, SNAP_LENGTH])?;
                output.words(&options)?;
                output.words(&[32])?;
            }
        }
        Ok(output)
    }

    pub(crate) fn packet(&mut self, packet: &[u8], gap: u64) -> io::Result<()> {
        self.clock += gap;
        let length = packet.len() as u32;
        match self.format {
            Format::Pcap => {
                let seconds = (self.clock / 1_000_000_000) as u32;
                let microseconds = (self.clock % 1_000_000_000 / 1000) as u32;
                self.words(&[seconds, microseconds, length, length])?;
                self.write(packet)?;
            }
            Format::Pcapng => {
                let padding = (4 - packet.len() % 4) % 4;
                let total = 32 + length + padding as u32;
                let (high, low) = ((self.clock >> 32) as u32, self.clock as u32);
                self.words(&[6, total, 0, high, low, length, length])?;
                self.write(packet)?;
                self.write(&[0; 3][..padding])?;
                self.words(&[total])?;
            }
        }
        self.packets += 1;
        Ok(())
    }

    /// Length of the file so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn packets(&self) -> u64 {
        self.packets
    }

    pub(crate) fn clock(&self) -> u64 {
        self.clock
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn words(&mut self, words: &[u32]) -> io::Result<()> {
        words.iter().try_for_each(|word| self.write(&word.to_le_bytes()))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.writer.write_all(bytes)
    }
}
