//! Zstandard frames one after the other, with a bound on the window and all that can be decoded
//! before damage.

use std::io::{self, Read};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::compression::skip_skippable_frames;
use super::order::distance;
use super::source::Source;
use crate::limits::Limits;

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Longest frame header, in bytes (RFC 8878 section 3.1.1.1), with its magic number.
const FRAME_HEADER: usize = 18;

/// The largest window in bytes with which the decoder lets itself be used again.
const REUSABLE_WINDOW: u64 = 100 << 20;

/// Decompressed bytes up to which the expansion does not matter.
const FREE_OUTPUT: u64 = 1 << 30;

/// A last, raw, empty block and a checksum (RFC 8878 section 3.1.1.2).
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Decompresses Zstandard frames (RFC 8878).
pub(super) struct Zstd<R> {
    source: Source<R>,
    decoder: Box<FrameDecoder>,
    /// Largest window that a frame may ask for, in bytes.
    window: u64,
    /// Most bytes that a stored byte may give, beyond `FREE_OUTPUT`.
    expansion: u64,
    output: u64,
    in_frame: bool,
    damage: Option<io::Error>,
}

impl<R: Read> Zstd<R> {
    pub(super) fn new(source: Source<R>, limits: &Limits) -> Self {
        Self {
            source,
            decoder: Box::new(FrameDecoder::new()),
            window: distance(limits.zstd_window_bytes),
            expansion: limits.zstd_expansion,
            output: 0,
            in_frame: false,
            damage: None,
        }
    }

    pub(super) fn source(&self) -> &Source<R> {
        &self.source
    }

    pub(super) fn into_source(self) -> Source<R> {
        self.source
    }

    /// Whether another frame follows.
    fn next_frame(&mut self) -> io::Result<bool> {
        if !skip_skippable_frames(&mut self.source)? {
            return Ok(false);
        }
        let header = self.source.peek(FRAME_HEADER)?;
        if !header.starts_with(&MAGIC) {
            return Err(invalid("bytes that are no Zstandard frame follow"));
        }
        let window = window_size(header.get(MAGIC.len()..).unwrap_or_default());
        if window > self.window {
            return Err(invalid(format!(
                "a Zstandard frame asks for a window of {window} bytes, limit {}",
                self.window
            )));
        }
        if window > REUSABLE_WINDOW {
            *self.decoder = FrameDecoder::new();
        }
        self.decoder.reset(&mut self.source).map_err(invalid)?;
        self.in_frame = true;
        Ok(true)
    }

    /// Decodes until `wanted` bytes can be collected or the frame ends, well or not.
    fn decode(&mut self, wanted: usize) {
        while !self.decoder.is_finished() && self.decoder.can_collect() < wanted {
            let missing = wanted - self.decoder.can_collect();
            let strategy = BlockDecodingStrategy::UptoBytes(missing);
            let Err(error) = self.decoder.decode_blocks(&mut self.source, strategy) else {
                continue;
            };
            self.damage = Some(invalid(error));
            // The decoder holds back a window's worth of what it decoded until the frame is at its
            // end. Give it one, for the whole of a small capture may be there.
            let last = BlockDecodingStrategy::UptoBlocks(1);
            if self.decoder.decode_blocks(LAST_BLOCK.as_slice(), last).is_err() {
                return;
            }
        }
    }

    /// Bounds the work that a small file can ask for.
    fn count(&mut self, length: usize) -> io::Result<()> {
        self.output += distance(length);
        let stored = self.source.bytes_read();
        if self.output > FREE_OUTPUT && self.output / self.expansion.max(1) > stored {
            return Err(invalid(format!(
                "{stored} bytes expand to more than {} times as many",
                self.expansion
            )));
        }
        Ok(())
    }

    /// Closes a frame whose bytes were all collected.
    fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        if let Some(error) = self.damage.take() {
            return Err(error);
        }
        match self.decoder.get_checksum_from_data() {
            Some(checksum) if Some(checksum) != self.decoder.get_calculated_checksum() => {
                Err(invalid("the checksum of a Zstandard frame is wrong"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while self.in_frame || self.next_frame()? {
            if self.damage.is_none() {
                self.decode(buf.len());
            }
            let length = self.decoder.read(buf)?;
            if length > 0 {
                self.count(length)?;
                return Ok(length);
            }
            self.end_frame()?;
        }
        Ok(0)
    }
}

/// What a frame header after its magic number asks for, in bytes (RFC 8878 section 3.1.1.1.2).
fn window_size(header: &[u8]) -> u64 {
    let Some((&descriptor, rest)) = header.split_first() else { return 0 };
    let single_segment = descriptor & 0x20 != 0;
    if !single_segment {
        let Some(&window) = rest.first() else { return 0 };
        let base = 1_u64 << (10 + (window >> 3));
        return base + (base >> 3) * u64::from(window & 7);
    }
    let dictionary_id = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied().unwrap_or_default();
    let content_size = rest.get(dictionary_id..).unwrap_or_default();
    let little_endian = |length: usize| {
        let bytes = content_size.get(..length).unwrap_or_default();
        bytes.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte))
    };
    match descriptor >> 6 {
        0 => little_endian(1),
        1 => little_endian(2) + 256,
        2 => little_endian(4),
        _ => little_endian(8),
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_size_is_read_as_the_standard_says() {
        assert_eq!(window_size(&[0x00, 0x00]), 1024);
        assert_eq!(window_size(&[0x00, 0xff]), (1 << 41) + 7 * (1 << 38));
        assert_eq!(window_size(&[0x20, 0x07]), 7);
        assert_eq!(window_size(&[0x61, 0xdd, 0x01, 0x00]), 257);
        assert_eq!(window_size(&[0xa0, 1, 0, 0, 1]), 0x0100_0001);
        assert_eq!(window_size(&[0xe3, 9, 9, 9, 9, 0, 0, 0, 0, 1, 0, 0, 0]), 1 << 32);
        assert_eq!(window_size(&[]), 0);
    }
}
