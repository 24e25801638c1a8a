//! Damaged, cut and shuffled captures never make the program sure of something wrong.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod gate;
mod losses;
// How the program takes recordings of one handshake together.
#[path = "../../src/bin/mtls-witness/recordings.rs"]
mod recordings;
mod truth;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mtls_witness::capture::{CaptureReader, Item};
use mtls_witness::inspect::{ClientAuthentication, Handshake, ObscuredReason};
use mtls_witness::limits::Limits;
use mtls_witness::witness::{Connection, Evidence, Witness};
use truth::{Truth, key_log_of};

/// What one handshake showed: enough to tell two answers apart.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Answer {
    NotRequested,
    Declined,
    Presented(Vec<u8>),
    Resumed,
    Obscured(ObscuredReason),
}

#[test]
fn every_prefix_is_read_to_its_end_without_inventing_packets() {
    for (path, bytes) in captures() {
        let whole = packets(&bytes);
        let mut before = 0;
        for length in lengths(&bytes) {
            let count = packets(&bytes[..length]);
            assert!(count >= before && count <= whole, "{} at {length}", path.display());
            before = count;
        }
    }
}

/// A prefix gives the same packets as the one that ends with its last whole packet, so that one
/// prefix for each packet stands for all.
#[test]
fn no_prefix_gives_another_sure_answer_than_the_whole() {
    for (path, bytes) in captures() {
        let whole = answers(&examine(&bytes));
        let mut before = 0;
        for length in lengths(&bytes) {
            let count = packets(&bytes[..length]);
            if count == before {
                continue;
            }
            before = count;
            for (stream, prefix) in answers(&examine(&bytes[..length])) {
                let Some(whole) = whole.get(&stream) else { continue };
                let is_unsure = matches!(prefix, Answer::Obscured(_));
                // Later packets may contradict earlier ones; only then does the whole know less.
                let contradicted = *whole == Answer::Obscured(ObscuredReason::Malformed);
                assert!(
                    is_unsure || contradicted || prefix == *whole,
                    "{} stream {stream}: {prefix:?} after {length} bytes, {whole:?} after all",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic_and_never_take_long() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (_, bytes) in captures() {
        for _ in 0..20 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + random.below(4) {
                let position = random.below(damaged.len());
                damaged[position] ^= 1 << random.below(8);
            }
            let mut witness = Witness::new(Limits::default());
            let _unusable = witness.examine("damaged", damaged.as_slice());
            witness.finish();
        }
    }
}

#[test]
fn random_bytes_behind_a_capture_header_are_survived() {
    let mut random = Random(7);
    for header in [&b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0"[..], b""] {
        for _ in 0..200 {
            let mut bytes = header.to_vec();
            bytes.extend((0..random.below(2000)).map(|_| random.byte()));
            let mut witness = Witness::new(Limits::default());
            let _unusable = witness.examine("random", bytes.as_slice());
        }
    }
}

/// Java counts the explicit nonce of its records from 0: its encrypted Finished then begins as a
/// HelloRequest does, which only a server sends.
#[test]
fn capture_that_begins_at_an_encrypted_finished_does_not_swap_the_peers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let bytes = std::fs::read(folder.join("tls12-not-requested-java.pcap")).unwrap();
    let whole = examine(&bytes).connections.remove(0);
    let begins = |record: &Vec<u8>| {
        record.windows(13).any(|bytes| bytes == [22, 3, 3, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0])
    };
    let records = records(&bytes).unwrap();
    let finished = records.iter().position(begins).unwrap();
    let late = [&bytes[..24], &records[finished..].concat()].concat();
    let late = examine(&late).connections.remove(0);
    let client = |connection: &Connection| connection.endpoints[connection.client.unwrap()];
    assert_eq!(client(&late), client(&whole));
}

/// A segment is whole when its last fragment comes; what it carries began with its first.
#[test]
fn connection_that_begins_with_ip_fragments_begins_at_the_first() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let bytes = std::fs::read(folder.join("ipv4-fragments.pcap")).unwrap();
    let records = records(&bytes).unwrap();
    // From the first of three fragments with the client's Certificate on.
    let late = [&bytes[..24], &records[11..].concat()].concat();
    let connection = examine(&late).connections.remove(0);
    let handshake = &connection.observation.handshakes[0];
    let ClientAuthentication::Presented(presented) = &handshake.client_authentication else {
        unreachable!("it is in the capture");
    };
    assert_eq!(*presented.frames, [1, 2, 3]);
    assert_eq!(connection.first_frame, 1);
}

/// Lengths of the prefixes that are tried: all of a short capture, some of a long one.
fn lengths(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let step = if bytes.len() < 1024 { 1 } else { 29 };
    (0..bytes.len()).step_by(step).chain([bytes.len()])
}

/// Packets in any order give the same answers, where nothing is lost.
#[test]
fn shuffled_packets_give_the_same_answers() {
    let mut random = Random(42);
    let mut shuffled = 0;
    for (path, bytes) in captures() {
        let Some(records) = records(&bytes) else { continue };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(straight) = lossless_answer(&bytes) else { continue };
        // Which of two versions is the first one depends on the order; so does the end of one
        // connection and the start of the next on the same ports.
        if name.contains("reuse") || name.contains("conflict") || name.contains("keep-alive") {
            continue;
        }
        for _ in 0..5 {
            let mut order = records.clone();
            random.shuffle(&mut order);
            let mut file = bytes[..24].to_vec();
            order.iter().for_each(|record| file.extend_from_slice(record));
            let again: Vec<_> = answers(&examine(&file)).into_values().collect();
            assert_eq!(again, std::slice::from_ref(&straight), "{name}");
        }
        shuffled += 1;
    }
    assert!(shuffled >= 20, "only {shuffled} captures could be shuffled");
}

/// Whatever lines of a key log are there, the answer is the endpoints' or that it cannot be told.
#[test]
fn no_part_of_a_key_log_gives_an_answer_against_the_endpoints() {
    let mut runs = 0;
    for (path, bytes) in captures() {
        let Some(keys) = key_log_of(&path) else { continue };
        let truth = Truth::of(&path);
        let label = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        let lines: Vec<_> = keys.lines().filter(|line| !label(line).contains("EXPORTER")).collect();
        // Line by line where there are few, else label by label.
        let part_of = |line: &str| if lines.len() <= 6 { line.to_owned() } else { label(line) };
        let parts: std::collections::BTreeSet<_> = lines.iter().map(|line| part_of(line)).collect();
        for subset in 0..1_u32 << parts.len() {
            let is_in = |line: &&&str| {
                let position = parts.iter().position(|one| *one == part_of(line));
                position.is_some_and(|position| subset >> position & 1 == 1)
            };
            let part = lines.iter().filter(is_in).copied().collect::<Vec<_>>().join("\n");
            truth.check(&examine_with(&part, &bytes), &part);
            runs += 1;
        }
    }
    assert!(runs >= 500, "only {runs} parts of key logs");
}

/// A damaged key log opens less, and never gives an answer against the endpoints.
#[test]
fn no_damaged_key_log_gives_an_answer_against_the_endpoints() {
    let mut random = Random(2_026);
    let mut runs = 0;
    for (path, bytes) in captures() {
        let Some(keys) = key_log_of(&path) else { continue };
        let truth = Truth::of(&path);
        let lines: Vec<_> = keys.lines().map(|line| line.split(' ').collect::<Vec<_>>()).collect();
        let mut secrets: Vec<_> = lines.iter().filter_map(|line| line.get(2).copied()).collect();
        random.shuffle(&mut secrets);
        let exchanged = lines
            .iter()
            .zip(&secrets)
            .map(|(line, secret)| format!("{} {} {secret}\n", line[0], line.get(1).unwrap_or(&"")));
        let mut damaged = vec![exchanged.collect::<String>().into_bytes()];
        damaged.extend((0..4).map(|_| keys.as_bytes()[..random.below(keys.len())].to_vec()));
        damaged.extend((0..4).map(|_| {
            let mut flipped = keys.clone().into_bytes();
            for _ in 0..1 + random.below(8) {
                let position = random.below(flipped.len());
                flipped[position] = random.byte();
            }
            flipped
        }));
        for keys in damaged {
            let mut witness = Witness::new(Limits::default());
            witness.key_log(keys.as_slice()).unwrap();
            let _unusable = witness.examine("capture", bytes.as_slice());
            truth.check(&witness.finish(), &String::from_utf8_lossy(&keys));
            runs += 1;
        }
    }
    assert!(runs >= 500, "only {runs} key logs");
}

/// With any one packet missing, the answer is the endpoints' or that it cannot be told.
#[test]
fn no_missing_packet_gives_an_answer_against_the_endpoints() {
    let mut runs = 0;
    for (path, bytes) in captures() {
        let Some(records) = records(&bytes).filter(|records| records.len() <= 60) else { continue };
        let truth = Truth::of(&path);
        let keys = key_log_of(&path);
        for missing in 0..records.len() {
            let mut file = bytes[..24].to_vec();
            let rest = records.iter().enumerate().filter(|(index, _)| *index != missing);
            rest.for_each(|(_, record)| file.extend_from_slice(record));
            for keys in [Some(String::new()), keys.clone()].into_iter().flatten() {
                let context = format!("without packet {}, {} of key log", missing + 1, keys.len());
                truth.check(&examine_with(&keys, &file), &context);
                runs += 1;
            }
        }
    }
    assert!(runs >= 2000, "only {runs} packets");
}

fn captures() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let is_capture = |path: &PathBuf| path.to_string_lossy().contains(".pcap");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(is_capture).collect();
    files.sort();
    assert!(files.len() >= 25, "only {} captures", files.len());
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn packets(bytes: &[u8]) -> u64 {
    let Ok(mut reader) = CaptureReader::new(bytes, &Limits::default(), false) else { return 0 };
    let mut count = 0;
    while let Ok(Some(item)) = reader.read() {
        count += u64::from(matches!(item, Item::Packet(_)));
    }
    count
}

fn examine(bytes: &[u8]) -> Evidence {
    examine_with("", bytes)
}

fn examine_with(keys: &str, bytes: &[u8]) -> Evidence {
    examine_within(Limits::default(), keys, bytes)
}

fn examine_within(limits: Limits, keys: &str, bytes: &[u8]) -> Evidence {
    let mut witness = Witness::new(limits);
    witness.key_log(keys.as_bytes()).unwrap();
    let _unusable = witness.examine("capture", bytes);
    witness.finish()
}

/// The first handshake's answer of each stream.
fn answers(evidence: &Evidence) -> BTreeMap<u64, Answer> {
    evidence
        .connections
        .iter()
        .filter_map(|connection| {
            let first = connection.observation.handshakes.first()?;
            Some((connection.stream.unwrap_or(u64::MAX), answer(first)))
        })
        .collect()
}

fn answer(handshake: &Handshake) -> Answer {
    match &handshake.client_authentication {
        ClientAuthentication::NotRequested => Answer::NotRequested,
        ClientAuthentication::Declined { .. } => Answer::Declined,
        ClientAuthentication::Presented(presented) => {
            Answer::Presented(presented.chain[0].der.clone())
        }
        ClientAuthentication::PresentedKey(presented) => {
            Answer::Presented(presented.key.public_key.spki_der.clone())
        }
        ClientAuthentication::Resumed { .. } => Answer::Resumed,
        ClientAuthentication::Obscured(obscurity) => Answer::Obscured(obscurity.reason),
    }
}

/// The answer of the only connection in a capture that is sure of it and lacks nothing.
fn lossless_answer(bytes: &[u8]) -> Option<Answer> {
    let evidence = examine(bytes);
    let [connection] = evidence.connections.as_slice() else { return None };
    let answer = answer(connection.observation.handshakes.first()?);
    let sure = !matches!(answer, Answer::Obscured(_)) && connection.anomalies.is_empty();
    (sure && evidence.captures[0].anomalies.is_empty()).then_some(answer)
}

/// The packet records of a little-endian classic capture.
fn records(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let magic: [u8; 4] = bytes.get(..4)?.try_into().unwrap();
    if ![0xa1b2_c3d4, 0xa1b2_3c4d].contains(&u32::from_le_bytes(magic)) {
        return None;
    }
    let mut rest = &bytes[24..];
    let mut records = Vec::new();
    while rest.len() >= 16 {
        let length: [u8; 4] = rest[8..12].try_into().unwrap();
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap();
        let (record, after) = rest.split_at_checked(16 + length)?;
        records.push(record.to_vec());
        rest = after;
    }
    Some(records)
}

/// xorshift64, the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for index in (1..list.len()).rev() {
            list.swap(index, self.below(index + 1));
        }
    }
}
