use std::io::Write;

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn lz4(bytes: &[u8]) -> Vec<u8> {
    let info = FrameInfo::new().content_checksum(true).block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

const SKIPPABLE: [u8; 11] = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];

/// A capture that does not compress to nothing.
fn long_sample() -> Vec<u8> {
    let record = |number: u32| {
        let noise = number.wrapping_mul(2_654_435_761).to_le_bytes();
        [
            number.to_le_bytes(),
            [0; 4],
            64_u32.to_le_bytes(),
            64_u32.to_le_bytes(),
            noise,
            noise.map(|byte| byte ^ 0x55),
        ]
        .into_iter()
        .flatten()
        .chain([7; 56])
        .collect::<Vec<u8>>()
    };
    let header = &pcap::sample(Order::Little)[..24];
    header.iter().copied().chain((0..20_000).flat_map(record)).collect()
}

#[test]
fn compression_is_recognised_by_magic() {
    let sample = pcapng::sample();
    let rows = [
        (gzip(&sample), Compression::Gzip, "gzip"),
        (lz4(&sample), Compression::Lz4, "lz4"),
        (zstd(&sample), Compression::Zstd, "zstd"),
    ];
    for (bytes, compression, name) in rows {
        let mut reader = open(&bytes).unwrap();
        assert_eq!(reader.compression(), Some(compression));
        assert_eq!(compression.to_string(), name);
        assert_eq!(reader.format().to_string(), "pcapng");
        assert_eq!(drain(&mut reader), read(&sample));
    }
    assert_eq!(open(&sample).unwrap().compression(), None);
}

#[test]
fn a_file_in_several_members_or_frames_is_one() {
    let sample = long_sample();
    let expected = read(&sample);
    assert_eq!(expected.len(), 20_000);
    let (head, tail) = sample.split_at(70_001);
    assert_eq!(read(&[gzip(head), gzip(&[]), gzip(tail)].concat()), expected);
    for compress in [lz4, zstd] {
        let file = [&SKIPPABLE, &compress(head)[..], &SKIPPABLE, &SKIPPABLE, &compress(tail)];
        assert_eq!(read(&file.concat()), expected);
        let file = [&compress(head)[..], &compress(&[]), &compress(tail), &SKIPPABLE];
        assert_eq!(read(&file.concat()), expected);
    }
}

#[test]
fn lz4_frames_of_different_block_sizes_and_modes_follow_each_other() {
    let sample = long_sample();
    let (head, tail) = sample.split_at(1_000_001);
    let frame = |bytes: &[u8], size, mode| {
        let info = FrameInfo::new().block_size(size).block_mode(mode);
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let file = [
        frame(head, BlockSize::Max4MB, BlockMode::Independent),
        frame(tail, BlockSize::Max64KB, BlockMode::Linked),
    ];
    assert_eq!(read(&file.concat()), read(&sample));
}

#[test]
fn a_cut_stream_is_read_as_far_as_it_goes() {
    let sample = long_sample();
    for compress in [gzip, lz4, zstd] {
        let bytes = compress(&sample);
        for part in 1..8 {
            let seen = read(&bytes[..bytes.len() * part / 8]);
            let [(frame, text)] = damage(&seen)[..] else { panic!("{:?}", damage(&seen)) };
            let whole = u64::try_from(20_000 * part / 8).unwrap();
            assert_eq!(frame, u64::try_from(seen.len() - 1).unwrap());
            assert!(frame + 5_000 > whole, "{frame} frames of {whole}");
            assert!(text.contains("data is cut or damaged after "), "{text}");
        }
    }
}

#[test]
fn bytes_after_the_compressed_data_are_said() {
    let sample = pcap::sample(Order::Little);
    for compress in [gzip, lz4, zstd] {
        let seen = read(&[&compress(&sample)[..], b"garbage"].concat());
        assert_eq!(packets(&seen).len(), 3);
        assert_eq!(damage(&seen).len(), 1);
    }
}

#[test]
fn a_wrong_checksum_is_said_after_the_packets() {
    let sample = pcap::sample(Order::Little);
    for (mut bytes, from_end) in [(gzip(&sample), 8), (lz4(&sample), 1), (zstd(&sample), 1)] {
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        let seen = read(&bytes);
        assert_eq!(packets(&seen).len(), 3);
        let [(3, text)] = damage(&seen)[..] else { panic!("{seen:?}") };
        assert!(text.to_lowercase().contains("checksum"), "{text}");
    }
}

#[test]
fn nothing_decompressed_is_an_error_with_its_cause() {
    for bytes in [[0x1f, 0x8b, 8, 0], [0x28, 0xb5, 0x2f, 0xfd], [4, 0x22, 0x4d, 0x18]] {
        let error = open(&bytes).unwrap_err();
        assert!(matches!(error, CaptureError::Compression { .. }), "{error:?}");
        assert!(error.to_string().ends_with("data cannot be decompressed"));
        assert!(std::error::Error::source(&error).is_some());
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_few_bytes_do_not_expand_without_end() {
    // A section header and a block of 2 GiB in a raw block, then blocks that repeat a zero.
    let block = Bytes::new(Order::Little).u32(1 << 30).u32(1 << 31).1;
    let start = [&pcapng::sample()[..28], &block].concat();
    let frame_header = [0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3];
    let raw = [0x20, 0x01, 0x00];
    let bytes = [&frame_header[..], &raw, &start, &[2, 0, 16, 0].repeat(9_000)].concat();
    let seen = read(&bytes);
    let [(0, text)] = damage(&seen)[..] else { panic!("{seen:?}") };
    assert!(text.ends_with("bytes expand to more than 1024 times as many"), "{text}");
}

#[test]
fn a_zstandard_window_beyond_the_limit_is_refused() {
    // 3.75 TiB, then a raw block.
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0];
    let error = open(&bytes).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("a window of 4123168604160 bytes, limit 134217728"), "{cause}");
    // What zstd --long writes.
    bytes[5] = 17 << 3;
    assert!(matches!(open(&bytes).unwrap_err(), CaptureError::Empty(Some(Compression::Zstd))));
}

/// Two kilobytes whose one block would become 131 MB: more than a block may (RFC 8878 section
/// 3.1.1.2.4).
#[test]
fn a_zstandard_block_that_becomes_too_large_is_damage() {
    let header = &pcap::sample(Order::Little)[..24];
    // A raw block; then a zero and a match of 131 074 bytes, a thousand times.
    let literals = [0x8d, 0x3e, 0, 0];
    let sequences = [0x80 | 3, 0xe8, 0x54, 1, 0, 52];
    let block = [&literals[..], &sequences, &[0xff; 2000], &[1]].concat();
    let block_header = (length(&block) << 3 | 2 << 1 | 1).to_le_bytes();
    let frame_header = [0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3, 24 << 3, 0, 0];
    let bytes = [&frame_header[..], header, &block_header[..3], &block].concat();
    let mut reader = open(&bytes).unwrap();
    let seen = drain(&mut reader);
    assert!(damage(&seen).iter().any(|(_, text)| text.contains("zstd data is cut or damaged")));
    // One sequence too many is executed, no more.
    assert!(packets(&seen).len() * 16 <= 3 * 131_074, "{}", packets(&seen).len());
}
