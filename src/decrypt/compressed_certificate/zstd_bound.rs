//! How much a Zstandard frame may ask for, before anything is decompressed (RFC 8878).
//!
//! A block becomes 128 KiB at most (section 3.1.1.2.4), which the decoder checks.

use crate::tls::{Malformed, Reader};

/// Largest window of a frame, in bytes: what RFC 8878 section 3.1.1.1.2 recommends to support.
const WINDOW: u64 = 8 << 20;

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether the frame keeps to the bound; `Err` where it is damaged.
pub(super) fn is_bounded(frame: &[u8]) -> Result<bool, Malformed> {
    let mut reader = Reader::new(frame);
    if reader.array("magic number")? != MAGIC {
        return Err(Malformed::Value("magic number"));
    }
    Ok(window(&mut reader)? <= WINDOW)
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
