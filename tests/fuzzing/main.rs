//! What fuzzers run, without a fuzzer: on valid inputs, their beginnings, and damaged ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "../recorded/mod.rs"]
mod recorded;
mod seeds;

use mtls_witness::inspect::ClientAuthentication;
use mtls_witness::limits::Limits;
use mtls_witness::witness::Witness;
use seeds::{TARGETS, Target};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Bytes of beginnings and damaged inputs that one target runs on, about.
const BUDGET: usize = 500_000;

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn every_target_is_tested_and_has_a_fuzzer() {
            let names = [$(stringify!($name)),*];
            assert_eq!(TARGETS.map(|target| target.name), names);
            let folder = format!("{PROJECT}/fuzz/fuzz_targets");
            // The published package has no fuzz/.
            let Ok(entries) = std::fs::read_dir(&folder) else { return };
            assert_eq!(entries.count(), names.len());
            for name in names {
                let text = std::fs::read_to_string(format!("{folder}/{name}.rs")).unwrap();
                assert!(text.contains(&format!("mtls_witness::fuzzing::{name}(")), "{name}");
            }
        }
    };
}

tests! {
    backend_configuration
    capture_reader
    certificate_der
    certificate_file
    expect_thumbprint
    handshake_messages
    key_log
    net_decode
    policy_document
    port_reuse
    segmentation
    stream_operations
    tls_records
    whole_pipeline
}

/// Inputs on which a fuzzer found promises broken, named after their target.
#[test]
fn what_fuzzers_found_stays_mended() {
    let mut count = 0;
    for entry in std::fs::read_dir(format!("{PROJECT}/tests/fuzzing/found")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (target, _) = name.rsplit_once('-').unwrap();
        let target = TARGETS.into_iter().find(|known| known.name == target).unwrap();
        (target.run)(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0);
}

/// What a fuzzer found: the version is unknown, and yet the server's flight in the clear, to its
/// ServerHelloDone, leaves no doubt that it did not ask.
#[test]
fn server_hello_that_contradicts_its_lengths_does_not_hide_a_clear_flight() {
    let path = format!("{PROJECT}/captures/tls12-not-requested-apache.pcap");
    let mut capture = std::fs::read(path).unwrap();
    // Handshake record, ServerHello of less than 256 bytes.
    let is_hello = |bytes: &[u8]| bytes.starts_with(&[22, 3, 3]) && bytes[5..8] == [2, 0, 0];
    let hello = 5 + capture.windows(9).position(is_hello).unwrap();
    let session_id = usize::from(capture[hello + 38]);
    // After the session identifier, the cipher suite and the compression method.
    capture[hello + 39 + session_id + 3] ^= 0x15;
    mtls_witness::fuzzing::whole_pipeline(&capture);

    let mut witness = Witness::new(Limits::default());
    witness.examine_file("capture", &capture[..], || Ok(&capture[..])).unwrap();
    let connection = witness.finish().connections.remove(0);
    let handshake = &connection.observation.handshakes[0];
    assert_eq!(handshake.protocol_version, None);
    assert_eq!(handshake.client_authentication, ClientAuthentication::NotRequested);
}

fn run(name: &str) {
    let Target { run, seeds, .. } = TARGETS.into_iter().find(|target| target.name == name).unwrap();
    run(&[]);
    let mut seeds = seeds();
    seeds.sort_by_key(Vec::len);
    assert!(!seeds.is_empty());
    for seed in &seeds {
        run(seed);
    }
    // The shortest and some others, of which every beginning costs little.
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut left = BUDGET;
    while left > 0 {
        let seed = &seeds[random.below(seeds.len())];
        let mut input = seed.clone();
        if random.below(3) == 0 {
            input.truncate(random.below(seed.len()));
        } else {
            random.damage(&mut input);
        }
        run(&input);
        left = left.saturating_sub(input.len() + 100);
    }
    let shortest = &seeds[0];
    let step = 1 + shortest.len() / 500;
    (0..shortest.len()).step_by(step).for_each(|length| run(&shortest[..length]));
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

    /// Flips bits, and overwrites, drops or repeats a stretch.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                return;
            }
            let at = self.below(bytes.len());
            let end = bytes.len().min(at + 1 + self.below(16));
            match self.below(6) {
                0 => bytes[at..end].fill(0),
                1 => bytes[at..end].fill(0xff),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let stretch = bytes[at..end].to_vec();
                    bytes.splice(at..at, stretch);
                }
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
    }
}
