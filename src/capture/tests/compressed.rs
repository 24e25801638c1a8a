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
    let rows: [(fn(&[u8]) -> Vec<u8>, Compression, &str); 3] = [
        (gzip, Compression::Gzip, "gzip"),
        (lz4, Compression::Lz4, "lz4"),
        (zstd, Compression::Zstd, "zstd"),
    ];
    for (compress, compression, name) in rows {
        let bytes = compress(&sample);
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
    for (compress, from_end) in [(gzip as fn(&[u8]) -> Vec<u8>, 8), (lz4, 1), (zstd, 1)] {
        let mut bytes = compress(&sample);
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
