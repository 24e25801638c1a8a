//! Whole files, built here byte by byte.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod compressed;
mod pcap;
mod pcapng;

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::order::Order;
use super::*;
use crate::limits::Limits;

/// An item that owns its bytes.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Damage(u64, String),
    /// Number, nanoseconds and digits, link type, FCS length, bytes, length on the wire.
    Packet(u64, Option<(i64, u8)>, u16, u8, Vec<u8>, u32),
    Secrets(Vec<u8>),
}

impl Seen {
    fn is_damage(&self) -> bool {
        matches!(self, Self::Damage(..))
    }
}

fn drain<R: Read>(reader: &mut CaptureReader<R>) -> Vec<Seen> {
    let mut seen = Vec::new();
    while let Some(item) = reader.read().unwrap() {
        seen.push(match item {
            Item::Damage(damage) => Seen::Damage(damage.frame, damage.to_string()),
            Item::Packet(packet) => Seen::Packet(
                packet.number,
                packet.timestamp.map(|timestamp| (timestamp.nanoseconds, timestamp.digits)),
                packet.link_type.0,
                packet.frame_check_sequence,
                packet.data.to_vec(),
                packet.original_length,
            ),
            Item::Secrets(secrets) => Seen::Secrets(secrets.to_vec()),
        });
    }
    assert!(reader.read().unwrap().is_none(), "the end stays the end");
    seen
}

fn open(bytes: &[u8]) -> Result<CaptureReader<&[u8]>, CaptureError> {
    CaptureReader::new(bytes, &Limits::default(), false)
}

fn read(bytes: &[u8]) -> Vec<Seen> {
    drain(&mut open(bytes).unwrap())
}

fn packets(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|item| matches!(item, Seen::Packet(..))).collect()
}

fn damage(seen: &[Seen]) -> Vec<(u64, &str)> {
    let of = |item| match item {
        &Seen::Damage(frame, ref text) => Some((frame, text.as_str())),
        _ => None,
    };
    seen.iter().filter_map(of).collect()
}

/// Numbers of one byte order, one after the other.
#[derive(Clone, Debug)]
struct Bytes(Order, Vec<u8>);

impl Bytes {
    fn new(order: Order) -> Self {
        Self(order, Vec::new())
    }

    fn u16(mut self, value: u16) -> Self {
        self.1.extend(match self.0 {
            Order::Big => value.to_be_bytes(),
            Order::Little => value.to_le_bytes(),
        });
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.1.extend(match self.0 {
            Order::Big => value.to_be_bytes(),
            Order::Little => value.to_le_bytes(),
        });
        self
    }

    fn u64(self, value: u64) -> Self {
        let (high, low) = (value >> 32, value & 0xffff_ffff);
        let (high, low) = (u32::try_from(high).unwrap(), u32::try_from(low).unwrap());
        match self.0 {
            Order::Big => self.u32(high).u32(low),
            Order::Little => self.u32(low).u32(high),
        }
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.1.extend(bytes);
        self
    }

    fn pad(mut self) -> Self {
        self.1.resize(self.1.len().next_multiple_of(4), 0);
        self
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

/// Gives its bytes in pieces of pseudo-random length, up to `most`, and interrupts now and then.
struct Pieces<'a> {
    bytes: &'a [u8],
    most: u64,
    state: u64,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if self.state >> 60 == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = usize::try_from((self.state >> 33) % self.most + 1).unwrap();
        let piece = length.min(buf.len()).min(self.bytes.len());
        buf[..piece].copy_from_slice(&self.bytes[..piece]);
        self.bytes = &self.bytes[piece..];
        Ok(piece)
    }
}

/// Fails after its bytes.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(io::Error::other("the disk is on fire")),
            length => Ok(length),
        }
    }
}

/// One file of each kind.
fn samples() -> Vec<Vec<u8>> {
    let pcap = pcap::sample(Order::Big);
    let pcapng = pcapng::sample();
    vec![
        pcap::sample(Order::Little),
        compressed::gzip(&pcap),
        compressed::lz4(&pcap),
        compressed::zstd(&pcapng),
        compressed::gzip(&pcapng),
        pcap,
        pcapng,
    ]
}

#[test]
fn any_pieces_of_the_input_give_the_same_items() {
    for sample in samples() {
        let expected = read(&sample);
        assert!(expected.len() >= 3 && damage(&expected).is_empty());
        for most in [1, 2, 3, 7, 64, 1000, 70_000] {
            for seed in 0..4 {
                let pieces = Pieces { bytes: &sample, most, state: seed };
                let mut reader = CaptureReader::new(pieces, &Limits::default(), true).unwrap();
                assert_eq!(drain(&mut reader), expected);
                let summary = reader.finish().unwrap();
                assert_eq!(summary.bytes, u64::from(length(&sample)));
                assert_eq!(summary.sha256.unwrap(), *Sha256::digest(&sample));
            }
        }
    }
}

#[test]
fn every_prefix_gives_what_is_in_it_and_says_that_it_is_cut() {
    for sample in samples() {
        let whole = read(&sample);
        for end in 0..sample.len() {
            let Ok(mut reader) = open(&sample[..end]) else { continue };
            let seen = drain(&mut reader);
            let (damaged, good) = match seen.split_last() {
                Some((last, rest)) if last.is_damage() => (true, rest),
                _ => (false, seen.as_slice()),
            };
            assert_eq!(good, &whole[..good.len()], "prefix of {end} bytes");
            assert!(damaged || reader.compression().is_none(), "prefix of {end} bytes");
        }
    }
}

#[test]
fn flipped_bits_never_panic_or_hang() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040);
        usize::try_from(state >> 33).unwrap() % below
    };
    for sample in samples() {
        for _ in 0..400 {
            let mut bytes = sample.clone();
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                bytes[at] ^= 1 << random(8);
            }
            if let Ok(mut reader) = open(&bytes) {
                let mut items = 0;
                while reader.read().unwrap().is_some() {
                    items += 1;
                    assert!(items <= 100_000);
                }
            }
        }
    }
}

#[test]
fn random_bytes_are_no_capture() {
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..1024).flat_map(|_| random()).collect();
    for magic in [[0; 4], [0xd4, 0xc3, 0xb2, 0xa0], *b"\n\r\r\n"] {
        bytes.splice(..4, magic);
        let error = open(&bytes).unwrap_err();
        assert!(matches!(error, CaptureError::NotACapture { found: Foreign::Unknown, .. }));
        assert_eq!(
            error.to_string(),
            "not a pcap, pcapng or ETL capture but a file of an unknown kind"
        );
        assert_eq!(error.hint(), None);
    }
}

#[test]
fn empty_file_is_an_error_of_its_own() {
    assert!(matches!(open(&[]).unwrap_err(), CaptureError::Empty(None)));
    let error = open(&compressed::gzip(&[])).unwrap_err();
    assert_eq!(error.to_string(), "file is empty (within gzip)");
}

#[test]
fn a_foreign_file_is_named_with_a_hint_also_when_it_is_compressed() {
    let error = open(b"GMBU\x03\x02").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a pcap, pcapng or ETL capture but a Microsoft Network Monitor capture"
    );
    assert!(error.hint().unwrap().contains("editcap"));
    let error = open(&compressed::gzip(b"{\"a\": 1}")).unwrap_err();
    assert_eq!(error.to_string(), "not a pcap, pcapng or ETL capture but JSON (within gzip)");
}

#[test]
fn input_error_keeps_its_cause() {
    let sample = pcap::sample(Order::Little);
    for start in [0, 10, 24] {
        let result = CaptureReader::new(Failing(&sample[..start]), &Limits::default(), true);
        let error = match result {
            Err(error) => error,
            Ok(mut reader) => reader.read().unwrap_err(),
        };
        assert_eq!(error.to_string(), "cannot be read");
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(cause.to_string(), "the disk is on fire");
    }
    for bytes in [sample.clone(), compressed::gzip(&sample), compressed::zstd(&sample)] {
        let mut reader = CaptureReader::new(Failing(&bytes), &Limits::default(), false).unwrap();
        let mut items = 0;
        let error = loop {
            match reader.read() {
                Ok(Some(_)) => items += 1,
                Ok(None) => panic!("the error is lost"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, CaptureError::Io(_)));
        assert_eq!(items, 3);
        assert!(reader.read().unwrap().is_none());
    }
}

#[test]
fn length_and_hash_are_of_the_whole_file_also_after_damage() {
    let mut bytes = pcap::sample(Order::Little);
    bytes.extend([0xff; 300_000]);
    let mut reader = CaptureReader::new(bytes.as_slice(), &Limits::default(), true).unwrap();
    assert_eq!(damage(&drain(&mut reader)).len(), 1);
    let summary = reader.finish().unwrap();
    assert_eq!(summary.bytes, u64::from(length(&bytes)));
    assert_eq!(summary.sha256.unwrap(), *Sha256::digest(&bytes));
}
