//! Certificate messages that were compressed (RFC 8879).

use std::io::{Cursor, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::read::ZlibDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use thiserror::Error;

/// Why a CompressedCertificate gives no Certificate.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DecompressError {
    /// The algorithm is none of zlib (1), brotli (2) and zstd (3).
    #[error("compression algorithm {0} is not known")]
    UnknownAlgorithm(u16),
    /// It says that it is longer than the limit; nothing was decompressed.
    #[error("the certificate message is longer than {limit} bytes")]
    OverLimit {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The compressed bytes are damaged, or end early.
    #[error("the compressed certificate message is damaged")]
    Damaged,
    /// What came out is not as long as the message says it is.
    #[error("the decompressed certificate message has another length than stated")]
    WrongLength,
}

/// Largest window of a zstd frame, in bytes: what RFC 8878 section 3.1.1.1.2 recommends to support.
const ZSTD_WINDOW: u64 = 8 << 20;

/// The body of the Certificate message in `compressed`, which must be `uncompressed_length` bytes
/// long (RFC 8879 section 4).
///
/// Memory is bounded by `limit` and some megabytes of window.
///
/// # Errors
/// Where the stated length is over `limit`, or the bytes are not what they claim to be.
pub fn decompress_certificate(
    algorithm: u16,
    uncompressed_length: usize,
    compressed: &[u8],
    limit: usize,
) -> Result<Vec<u8>, DecompressError> {
    if uncompressed_length > limit {
        return Err(DecompressError::OverLimit { limit });
    }
    let out = match algorithm {
        1 => zlib(compressed, uncompressed_length)?,
        2 => brotli(compressed, uncompressed_length)?,
        3 => zstd(compressed, uncompressed_length)?,
        _ => return Err(DecompressError::UnknownAlgorithm(algorithm)),
    };
    if out.len() == uncompressed_length { Ok(out) } else { Err(DecompressError::WrongLength) }
}

/// Reads one byte more than expected, so that a longer output is noticed.
fn read_to(length: usize, input: impl Read) -> Result<Vec<u8>, DecompressError> {
    let mut out = Vec::new();
    let most = u64::try_from(length).unwrap_or(u64::MAX).saturating_add(1);
    input.take(most).read_to_end(&mut out).map_err(|_| DecompressError::Damaged)?;
    Ok(out)
}

fn zlib(compressed: &[u8], length: usize) -> Result<Vec<u8>, DecompressError> {
    read_to(length, ZlibDecoder::new(compressed))
}

fn brotli(compressed: &[u8], length: usize) -> Result<Vec<u8>, DecompressError> {
    let alloc = StandardAlloc::default;
    // Strict: windows above 16 MiB are an extension that RFC 7932 does not have.
    let mut state = BrotliState::new_strict(alloc(), alloc(), alloc());
    let mut out = vec![0; length.saturating_add(1)];
    let (mut available_in, mut input_offset) = (compressed.len(), 0);
    let (mut available_out, mut output_offset, mut total_out) = (out.len(), 0, 0);
    let result = BrotliDecompressStream(
        &mut available_in,
        &mut input_offset,
        compressed,
        &mut available_out,
        &mut output_offset,
        &mut out,
        &mut total_out,
        &mut state,
    );
    match result {
        BrotliResult::ResultSuccess => {}
        BrotliResult::NeedsMoreOutput => return Err(DecompressError::WrongLength),
        BrotliResult::NeedsMoreInput | BrotliResult::ResultFailure => {
            return Err(DecompressError::Damaged);
        }
    }
    out.truncate(output_offset);
    Ok(out)
}

fn zstd(compressed: &[u8], length: usize) -> Result<Vec<u8>, DecompressError> {
    let mut input = Cursor::new(compressed);
    let mut decoder = FrameDecoder::new();
    decoder.init(&mut input).map_err(|_| DecompressError::Damaged)?;
    if zstd_window(compressed).unwrap_or_else(|| decoder.content_size()) > ZSTD_WINDOW {
        return Err(DecompressError::Damaged);
    }
    let most = length.saturating_add(1);
    while !decoder.is_finished() && decoder.can_collect() < most {
        let strategy = BlockDecodingStrategy::UptoBlocks(1);
        decoder.decode_blocks(&mut input, strategy).map_err(|_| DecompressError::Damaged)?;
    }
    read_to(length, &mut decoder)
}

/// The window that a frame asks for, in bytes; `None` where the content is its own window
/// (RFC 8878 section 3.1.1.1).
fn zstd_window(frame: &[u8]) -> Option<u64> {
    const SINGLE_SEGMENT: u8 = 0x20;
    let (&descriptor, &window) = (frame.get(4)?, frame.get(5)?);
    let base = 1_u64 << (10 + (window >> 3));
    (descriptor & SINGLE_SEGMENT == 0).then(|| base + (base >> 3) * u64::from(window & 7))
}
