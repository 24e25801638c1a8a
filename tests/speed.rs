//! The benchmark's captures are judged as is true of them, by a program that knows nothing of it.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../benches/speed/generator/mod.rs"]
#[expect(dead_code, reason = "a part is for the benchmark")]
mod generator;
#[path = "../benches/speed/recall.rs"]
mod recall;

use std::path::Path;
use std::process::{Command, Stdio};

use generator::{Extent, Format, Generated, Kind, Plan};
use recall::{Recall, ReportFormat};

#[test]
fn bulk_is_judged_as_planted() {
    judged_as_planted(Kind::Bulk, Format::Pcapng, Extent::Bytes(3_000_000));
}

#[test]
fn handshakes_are_judged_as_planted() {
    judged_as_planted(Kind::Handshakes, Format::Pcap, Extent::Units(200));
}

#[test]
fn live_handshakes_are_judged_as_planted() {
    judged_as_planted(Kind::HandshakesLive, Format::Pcapng, Extent::Units(100));
}

#[test]
fn noise_is_judged_as_planted() {
    judged_as_planted(Kind::Noise, Format::Pcap, Extent::Units(60));
}

#[test]
fn messy_handshakes_are_judged_as_planted() {
    judged_as_planted(Kind::Messy, Format::Pcap, Extent::Units(200));
}

#[test]
fn tls12_handshakes_are_judged_as_planted() {
    judged_as_planted(Kind::Tls12, Format::Pcap, Extent::Units(50));
}

#[test]
fn tls13_handshakes_with_keys_are_judged_as_planted() {
    judged_as_planted(Kind::Tls13Keys, Format::Pcapng, Extent::Units(50));
}

#[test]
fn same_seed_gives_the_same_bytes() {
    let one = generate("one", Kind::Messy, Format::Pcap, Extent::Units(20));
    let other = generate("other", Kind::Messy, Format::Pcap, Extent::Units(20));
    assert_eq!(std::fs::read(one.capture).unwrap(), std::fs::read(other.capture).unwrap());
    assert_eq!(std::fs::read(one.truth).unwrap(), std::fs::read(other.truth).unwrap());
}

fn judged_as_planted(kind: Kind, format: Format, extent: Extent) {
    let generated = generate("planted", kind, format, extent);
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.args(["inspect", "--format", "json"]).arg(&generated.capture);
    if let Some(key_log) = &generated.key_log {
        command.arg("--keylog").arg(key_log);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let report = child.stdout.take().unwrap();
    let recall = Recall::new(&generated.truth, report, ReportFormat::Json).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(
        recall.planted > 0 && recall.is_complete(),
        "{recall}\n{}",
        recall.differences.join("\n")
    );
}

fn generate(folder: &str, kind: Kind, format: Format, extent: Extent) -> Generated {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed").join(folder);
    let plan = Plan { kind, format, extent, seed: 7 };
    plan.generate(&captures, &directory).unwrap()
}
