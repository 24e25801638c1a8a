//! Packets that are read at one go are read as the decoder reads them.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

mod recorded;

use std::path::Path;

use mtls_witness::fuzzing::check_plain;
use mtls_witness::limits::Limits;
use mtls_witness::net::{Decoder, Plain};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn plain_packets_of_all_captures_are_read_as_the_decoder_reads_them() {
    let mut captures = recorded::captures();
    let own = captures.len();
    let corpus = "../shared/corpus/files";
    if Path::new(PROJECT).join(corpus).exists() {
        captures.extend(recorded::files_below(corpus));
    } else {
        println!("skipped: there is no {corpus}");
    }
    let (mut plain, mut all) = (0_u64, 0_u64);
    for (position, path) in captures.iter().enumerate() {
        let mut decoder = Decoder::new(&Limits::default());
        recorded::for_each_packet(path, |packet| {
            let decoded = decoder.decode(packet);
            check_plain(packet, decoded.as_ref().ok());
            if position < own && decoded.is_ok() {
                plain += u64::from(Plain::read(packet).is_some());
                all += 1;
            }
        });
    }
    assert!(plain * 2 > all, "{plain} of {all}");
}
