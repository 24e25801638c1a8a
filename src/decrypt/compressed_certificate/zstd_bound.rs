//! How much a Zstandard frame may become, before anything is decompressed (RFC 8878).
//!
//! The decoder in use takes a block to be as large as its sequences make it, which a few kilobytes
//! can drive to gigabytes.

use crate::tls::{Malformed, Reader};

/// Largest window of a frame, in bytes: what RFC 8878 section 3.1.1.1.2 recommends to support.
const WINDOW: u64 = 8 << 20;

/// Most sequences of one block. Each copies at most 128 KiB (RFC 8878 section 3.1.1.3.2.1.1); a chain
/// of ten certificates has some hundred.
const SEQUENCES: usize = 1024;

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether the frame keeps to the bounds; `Err` where it is damaged.
pub(super) fn is_bounded(frame: &[u8]) -> Result<bool, Malformed> {
    let mut reader = Reader::new(frame);
    if reader.array("magic number")? != MAGIC {
        return Err(Malformed::Value("magic number"));
    }
    if window(&mut reader)? > WINDOW {
        return Ok(false);
    }
    loop {
        let [low, middle, high] = reader.array("block header")?;
        let header = u32::from_le_bytes([low, middle, high, 0]);
        let size = usize::try_from(header >> 3).unwrap_or(usize::MAX);
        match header >> 1 & 3 {
            0 => drop(reader.take(size, "raw block")?),
            1 => drop(reader.take(1, "repeated byte")?),
            2 => {
                if sequences(reader.take(size, "compressed block")?)? > SEQUENCES {
                    return Ok(false);
                }
            }
            _ => return Err(Malformed::Value("block type")),
        }
        if header & 1 != 0 {
            return Ok(true);
        }
    }
}

/// The window that a frame asks for, in bytes (section 3.1.1.1).
fn window(reader: &mut Reader<'_>) -> Result<u64, Malformed> {
    let descriptor = reader.u8("frame header descriptor")?;
    let is_single_segment = descriptor & 0x20 != 0;
    let mut window = 0;
    if !is_single_segment {
        let byte = reader.u8("window descriptor")?;
        let base = 1_u64 << (10 + (byte >> 3));
        window = base + (base >> 3) * u64::from(byte & 7);
    }
    let dictionary = match descriptor & 3 {
        3 => 4,
        other => usize::from(other),
    };
    reader.take(dictionary, "dictionary identifier")?;
    let length = match descriptor >> 6 {
        0 => usize::from(is_single_segment),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let content_size = reader.take(length, "frame content size")?;
    let value = content_size.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    Ok(if is_single_segment { value } else { window })
}

/// Number of sequences of a compressed block (sections 3.1.1.3.1.1 and 3.1.1.3.2.1).
fn sequences(block: &[u8]) -> Result<usize, Malformed> {
    let mut reader = Reader::new(block);
    let mut ahead = reader;
    let first = ahead.u8("literals section header")?;
    let (is_compressed, format) = (first & 2 != 0, first >> 2 & 3);
    let header = match (is_compressed, format) {
        (false, 0 | 2) => 1,
        (false, 1) => 2,
        (false, _) | (true, 0 | 1) => 3,
        (true, 2) => 4,
        (true, _) => 5,
    };
    let bytes = reader.take(header, "literals section header")?;
    let bits = bytes.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    let literals = match (is_compressed, format) {
        (false, _) if first & 3 == 1 => 1,
        (false, 0 | 2) => bits >> 3,
        (false, _) => bits >> 4,
        (true, 0 | 1) => bits >> 14 & 0x3ff,
        (true, 2) => bits >> 18 & 0x3fff,
        (true, _) => bits >> 22 & 0x3ffff,
    };
    reader.take(usize::try_from(literals).unwrap_or(usize::MAX), "literals")?;
    Ok(match reader.u8("number of sequences")? {
        255 => {
            let [low, high] = reader.array("number of sequences")?;
            usize::from(u16::from_le_bytes([low, high])) + 0x7f00
        }
        few @ 0..128 => usize::from(few),
        many => usize::from(many - 128) << 8 | usize::from(reader.u8("number of sequences")?),
    })
}
