//! Certificate messages that were compressed (RFC 8879).

mod zstd_bound;

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
    /// Decompressing it could take more memory than any real certificate chain does.
    #[error("the compressed certificate message could become too large")]
    TooCostly,
    /// What came out is not as long as the message says it is.
    #[error("the decompressed certificate message has another length than stated")]
    WrongLength,
}

/// The body of the Certificate message in `compressed`, which must be `uncompressed_length` bytes
/// long (RFC 8879 section 4).
///
/// Memory is bounded by `limit` and 16 MiB of window.
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
    let is_bounded = zstd_bound::is_bounded(compressed).map_err(|_| DecompressError::Damaged)?;
    if !is_bounded {
        return Err(DecompressError::TooCostly);
    }
    let mut input = Cursor::new(compressed);
    let mut decoder = FrameDecoder::new();
    decoder.init(&mut input).map_err(|_| DecompressError::Damaged)?;
    let most = length.saturating_add(1);
    while !decoder.is_finished() && decoder.can_collect() < most {
        let strategy = BlockDecodingStrategy::UptoBlocks(1);
        decoder.decode_blocks(&mut input, strategy).map_err(|_| DecompressError::Damaged)?;
    }
    read_to(length, &mut decoder)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    const ORIGINAL: &[u8] = include_bytes!("../testdata/certificate-message.bin");
    const COMPRESSED: [(u16, &[u8]); 3] = [
        (1, include_bytes!("../testdata/certificate-message.zlib")),
        (2, include_bytes!("../testdata/certificate-message.br")),
        (3, include_bytes!("../testdata/certificate-message.zst")),
    ];

    #[test]
    fn every_algorithm_gives_the_message_back() {
        for (algorithm, bytes) in COMPRESSED {
            let out = decompress_certificate(algorithm, ORIGINAL.len(), bytes, 1 << 20);
            assert_eq!(out.unwrap(), ORIGINAL, "{algorithm}");
        }
    }

    #[test]
    fn the_stated_length_must_be_the_length() {
        for (algorithm, bytes) in COMPRESSED {
            for length in [0, 1, ORIGINAL.len() - 1, ORIGINAL.len() + 1, 1 << 20] {
                let out = decompress_certificate(algorithm, length, bytes, 1 << 20);
                assert_eq!(out, Err(DecompressError::WrongLength), "{algorithm} {length}");
            }
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_at_once() {
        let out = decompress_certificate(1, 1001, &[], 1000);
        assert_eq!(out, Err(DecompressError::OverLimit { limit: 1000 }));
        assert_eq!(decompress_certificate(4, 1, &[], 9), Err(DecompressError::UnknownAlgorithm(4)));
    }

    #[test]
    fn no_prefix_and_no_damage_gives_another_message() {
        for (algorithm, bytes) in COMPRESSED {
            for length in 0..bytes.len() {
                let out =
                    decompress_certificate(algorithm, ORIGINAL.len(), &bytes[..length], 1 << 20);
                assert!(out.is_err() || out.unwrap() == ORIGINAL, "{algorithm} {length}");
            }
            for position in 0..bytes.len() {
                for bit in 0..8 {
                    let mut damaged = bytes.to_vec();
                    damaged[position] ^= 1 << bit;
                    // Without a checksum other bytes may come out; they are as many as stated.
                    if let Ok(out) =
                        decompress_certificate(algorithm, ORIGINAL.len(), &damaged, 1 << 20)
                    {
                        assert_eq!(out.len(), ORIGINAL.len());
                    }
                }
            }
        }
    }

    #[test]
    fn zstd_frames_that_could_become_gigabytes_are_not_decompressed() {
        let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0];
        assert_eq!(decompress_certificate(3, 100, &window, 1000), Err(DecompressError::TooCostly));

        // A compressed block: 1000 times a literal and a match of 131 074 bytes, at 16 bits each.
        let literals = [0x8d, 0x3e, 0, b'a'];
        let sequences = [0x80 | 3, 0xe8, 0x54, 1, 0, 52];
        let block = [&literals[..], &sequences, &[0xff; 2000], &[1]].concat();
        let header = u32::try_from(block.len() << 3 | 2 << 1 | 1).unwrap().to_le_bytes();
        let frame =
            [[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50].as_slice(), &header[..3], &block].concat();
        for length in [100, 131_075_000] {
            let out = decompress_certificate(3, length, &frame, 1 << 30);
            assert_eq!(out, Err(DecompressError::Damaged), "{length}");
        }
    }
}
