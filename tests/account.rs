//! Every packet of a capture is accounted for, and what was not read of it makes it incomplete.
#![expect(clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

mod recorded;

use std::path::Path;

use mtls_witness::capture::{CaptureReader, Item};
use mtls_witness::limits::Limits;
use mtls_witness::net::Decoder;
use mtls_witness::witness::{CaptureSummary, Witness};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

fn examined(bytes: &[u8]) -> CaptureSummary {
    let mut witness = Witness::new(Limits::default());
    witness.examine("capture", bytes).unwrap();
    witness.finish().captures.remove(0)
}

#[test]
fn every_packet_and_every_byte_of_payload_is_counted_once() {
    let mut captures = recorded::captures();
    let corpus = "../shared/corpus/files";
    if Path::new(PROJECT).join(corpus).exists() {
        captures.extend(recorded::files_below(corpus));
    } else {
        println!("skipped: there is no {corpus}");
    }
    for path in captures {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() > 4 << 20 {
            continue;
        }
        let mut witness = Witness::new(Limits::default());
        if witness.examine("capture", bytes.as_slice()).is_err() {
            continue;
        }
        let summary = witness.finish().captures.remove(0);
        let mut decoder = Decoder::new(&Limits::default());
        let (mut of_segments, mut payload) = (0, 0);
        recorded::for_each_packet(&path, |packet| {
            let Ok(segment) = decoder.decode(packet) else { return };
            of_segments += segment.packets;
            payload += u64::try_from(segment.payload.len()).unwrap();
        });
        let coverage = summary.coverage;
        let bytes = coverage.payload;
        assert_eq!(bytes.arrived, payload, "{}", path.display());
        assert!(bytes.is_balanced(), "{}: {bytes:?}", path.display());
        let not_followed: u64 = coverage.not_followed.iter().map(|kind| kind.packets).sum();
        let others = coverage.other + coverage.unreadable + not_followed;
        let all = of_segments + others + coverage.not_followed_further;
        assert_eq!(all, summary.packets, "{}: {:?}", path.display(), coverage.not_followed);
        let of_connections = coverage.tls + coverage.tcp_without_tls;
        assert_eq!(of_connections, of_segments, "{}", path.display());
    }
}

/// Whether a file has damage behind which packets may stand.
fn hides_packets(bytes: &[u8]) -> bool {
    let mut reader = CaptureReader::new(bytes, &Limits::default(), false).unwrap();
    while let Some(item) = reader.read().unwrap() {
        if matches!(item, Item::Damage(damage) if damage.hides_packets) {
            return true;
        }
    }
    false
}

/// Where the captured length of each record stands in a classic capture that is little-endian.
fn lengths_of_records(file: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 24;
    while let Some(length) = file.get(at + 8..).and_then(<[u8]>::first_chunk) {
        places.push(at + 8);
        at += 16 + usize::try_from(u32::from_le_bytes(*length)).unwrap();
    }
    places
}

/// Where the length of each packet block and the captured length in it stand.
fn lengths_of_blocks(file: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(length) = file.get(at + 4..).and_then(<[u8]>::first_chunk) {
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap();
        if file[at] == 6 {
            places.extend([at + 4, at + length - 4]);
        }
        at += length;
    }
    places
}

#[test]
fn flipped_bit_of_a_length_makes_the_capture_incomplete() {
    let mut flipped = 0;
    // A third of them is of every kind.
    for path in recorded::captures().into_iter().step_by(3) {
        let bytes = std::fs::read(&path).unwrap();
        let places = match bytes[..4] {
            [0xd4, 0xc3, 0xb2, 0xa1] => lengths_of_records(&bytes),
            [0x0a, 0x0d, 0x0d, 0x0a] if bytes[8] == 0x4d => lengths_of_blocks(&bytes),
            _ => continue,
        };
        if places.len() < 8 || hides_packets(&bytes) {
            continue;
        }
        for place in [places.len() / 4, places.len() / 2, places.len() * 2 / 3] {
            for bit in 0..32 {
                let mut damaged = bytes.clone();
                damaged[places[place] + bit / 8] ^= 1 << (bit % 8);
                let name = format!("{} bit {bit} at {}", path.display(), places[place]);
                assert!(hides_packets(&damaged), "{name}");
                flipped += 1;
            }
        }
    }
    assert!(flipped > 1000, "{flipped}");
}

#[test]
fn capture_that_ends_within_its_last_packet_is_complete_and_says_so() {
    for name in ["tls12-client-certificate.pcapng", "three-connections-at-once.pcap"] {
        let bytes = std::fs::read(Path::new(PROJECT).join("captures").join(name)).unwrap();
        let last = match bytes[0] {
            0xd4 => lengths_of_records(&bytes).last().copied().unwrap() - 8,
            _ => lengths_of_blocks(&bytes).iter().rev().nth(1).copied().unwrap() - 4,
        };
        for end in last + 1..bytes.len().min(last + 60) {
            let summary = examined(&bytes[..end]);
            assert_eq!(summary.incomplete, [], "{name} cut at {end}");
            assert_eq!(summary.anomalies[0].code, "truncated-file");
        }
    }
}

#[test]
fn compressed_capture_that_is_cut_is_incomplete() {
    let mut seen = 0;
    for name in
        ["compressed-gzip.pcap.gz", "compressed-zstd.pcapng.zst", "compressed-lz4.pcapng.lz4"]
    {
        let bytes = std::fs::read(Path::new(PROJECT).join("captures").join(name)).unwrap();
        assert_eq!(examined(&bytes).incomplete, [], "{name}");
        let mut witness = Witness::new(Limits::default());
        // Where nothing of it can be decompressed, it is an error.
        if witness.examine(name, &bytes[..bytes.len() - 9]).is_ok() {
            let cut = witness.finish().captures.remove(0);
            assert_eq!(cut.incomplete.len(), 1, "{name}: {cut:?}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// An option of pcapng, little-endian.
fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
    [&code.to_le_bytes(), &length.to_le_bytes(), value, &padding].concat()
}

/// A block of pcapng with options at its end, little-endian.
fn block(block_type: u32, fields: &[u8], options: &[Vec<u8>]) -> Vec<u8> {
    let contents = [fields, &options.concat(), &[0; 4]].concat();
    let length = u32::try_from(contents.len() + 12).unwrap().to_le_bytes();
    [&block_type.to_le_bytes(), &length, &contents[..], &length].concat()
}

#[test]
fn recorder_is_what_the_blocks_of_a_file_say() {
    let section = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    let section = |options: &[Vec<u8>]| block(0x0a0d_0d0a, &section, options);
    let interface = |snap: u8, options: &[Vec<u8>]| block(1, &[1, 0, 0, 0, snap, 0, 0, 0], options);
    let statistics = |interface: u8, counts: &[(u16, u64)]| {
        let counts: Vec<_> =
            counts.iter().map(|(code, count)| option(*code, &count.to_le_bytes())).collect();
        block(5, &[interface, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &counts)
    };
    let packet = [0; 20];
    let file = [
        section(&[option(3, b"Linux 6.1\0"), option(4, b"Dumpcap \x1b[2J")]),
        interface(200, &[option(11, b"\0src port 443"), option(12, b"other")]),
        interface(96, &[option(11, b"\0src port 443")]),
        interface(0, &[option(11, b"\x01abc")]),
        block(6, &packet, &[option(4, &3_u64.to_le_bytes())]),
        statistics(0, &[(5, 4), (7, 1)]),
        statistics(0, &[(5, 9), (7, 1)]),
        statistics(1, &[(5, 7)]),
        section(&[option(4, b"mergecap")]),
        interface(0, &[]),
        statistics(0, &[(5, 2)]),
        statistics(255, &[(5, u64::MAX)]),
    ];
    let recorder = examined(&file[..11].concat()).recorder.unwrap();
    assert_eq!(recorder.program.as_deref(), Some("Dumpcap \x1b[2J"));
    assert_eq!(recorder.operating_system.as_deref(), Some("Linux 6.1"));
    assert_eq!(recorder.filters, ["src port 443", "compiled, 3 bytes"]);
    assert_eq!(recorder.snap_length, Some(96));
    assert_eq!(recorder.dropped, Some(19));
    let flooded = examined(&file.concat()).recorder.unwrap();
    assert_eq!(flooded.dropped, Some(u64::MAX));
    let packets_only = examined(&file[..5].concat()).recorder.unwrap();
    assert_eq!(packets_only.dropped, Some(3));

    let silent = [section(&[]), interface(0, &[]), block(6, &packet, &[])].concat();
    assert_eq!(examined(&silent).recorder, None);
    let long = section(&[option(4, &[b'a'; 5000])]);
    let many: Vec<_> = (0..100_u8).map(|n| interface(0, &[option(11, &[0, b'a', n])])).collect();
    let recorder = examined(&[long, many.concat()].concat()).recorder.unwrap();
    assert_eq!(recorder.program.unwrap().len(), 1024);
    assert_eq!(recorder.filters.len(), 16);
    assert_eq!(recorder.dropped, None);
}

#[test]
fn snap_length_of_a_classic_capture_is_what_its_header_says() {
    let bytes = std::fs::read(Path::new(PROJECT).join("captures/tls10-client-certificate.pcap"));
    let recorder = examined(&bytes.unwrap()).recorder.unwrap();
    assert_eq!(recorder.snap_length, Some(262_144));
    assert_eq!((recorder.program, recorder.dropped), (None, None));
}
