//! Valid inputs of each fuzz target, made from the captures.

use mtls_witness::flow::Side;
use mtls_witness::tls::HandshakeType;
use mtls_witness::tls::messages::{CertificateList, ListEnd};

use super::recorded;

/// One target: its name, its function, and valid inputs.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]),
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

/// Captures that are given as Event Trace Logs too.
const LOGS: usize = 4;

/// Every target, in name order.
pub(crate) const TARGETS: [Target; 14] = {
    use mtls_witness::fuzzing::*;
    [
        Target { name: "backend_configuration", run: backend_configuration, seeds: configurations },
        Target { name: "capture_reader", run: capture_reader, seeds: captures },
        Target { name: "certificate_der", run: certificate_der, seeds: certificates },
        Target { name: "certificate_file", run: certificate_file, seeds: certificate_files },
        Target { name: "expect_thumbprint", run: expect_thumbprint, seeds: thumbprints },
        Target { name: "handshake_messages", run: handshake_messages, seeds: messages },
        Target { name: "key_log", run: key_log, seeds: key_logs },
        Target { name: "net_decode", run: net_decode, seeds: packets },
        Target { name: "policy_document", run: policy_document, seeds: policies },
        Target { name: "port_reuse", run: port_reuse, seeds: pairs },
        Target { name: "segmentation", run: segmentation, seeds: dialogues },
        Target { name: "stream_operations", run: stream_operations, seeds: operations },
        Target { name: "tls_records", run: tls_records, seeds: records },
        Target { name: "whole_pipeline", run: whole_pipeline, seeds: captures },
    ]
};

fn captures() -> Vec<Vec<u8>> {
    let paths = recorded::captures();
    let logs = paths.iter().filter_map(|path| recorded::log::of_capture(path)).take(LOGS);
    let logs: Vec<_> = logs.collect();
    paths.iter().map(|path| std::fs::read(path).unwrap()).chain(logs).collect()
}

/// DER of every certificate in the clear.
fn certificates() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for path in recorded::captures() {
        for stream in recorded::streams(&path).into_iter().flatten() {
            for message in recorded::messages(stream) {
                if message.message_type == HandshakeType::CERTIFICATE {
                    let list = CertificateList::read(&message, 8);
                    if list.end == ListEnd::Complete {
                        found.extend(list.certificates.iter().map(|der| der.to_vec()));
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn certificate_files() -> Vec<Vec<u8>> {
    let folders = ["captures/certificates", "src/expect/testdata", "src/certificate/testdata"];
    let files = folders.iter().flat_map(|folder| recorded::files(folder));
    files.map(|path| std::fs::read(path).unwrap()).collect()
}

/// Every file of every case of the decision table.
fn configurations() -> Vec<Vec<u8>> {
    of_cases(&["json", "tfstate", "xml"])
}

fn policies() -> Vec<Vec<u8>> {
    of_cases(&["xml"])
}

fn of_cases(endings: &[&str]) -> Vec<Vec<u8>> {
    let mut paths = recorded::files_below("tests/apim");
    let ends = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one))
    };
    paths.retain(ends);
    let mut all: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    all.sort();
    all.dedup();
    all
}

fn thumbprints() -> Vec<Vec<u8>> {
    const SHA1: &str = "0123456789abcdef0123456789ABCDEF01234567";
    let colons: Vec<String> =
        SHA1.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
    [
        SHA1.to_owned(),
        format!("{SHA1}89abcdef0123456789abcdef"),
        colons.join(":"),
        format!("SHA1 Fingerprint={}", colons.join(":")),
        format!("sha256 Fingerprint={}", colons.join(" ")),
        format!("\u{200e}{}", colons.join(" ").to_uppercase()),
        format!("\"0x{SHA1}\","),
        "ASNFZ4mrze8BI0VniavN7wEjRWc=".to_owned(),
        "x5t: ASNFZ4mrze8BI0VniavN7wEjRWc".to_owned(),
        "x5t#S256 RBNvo1WzZ4oRRq0W9-hkBlW2LpH-9PErFdOf2BvGLHw".to_owned(),
        "EBA****".to_owned(),
        format!("Thumbprint : {SHA1}\u{a0}"),
    ]
    .map(String::into_bytes)
    .into()
}

/// All handshake messages of each side, one after the other.
fn messages() -> Vec<Vec<u8>> {
    let join = |stream| recorded::messages(stream).into_iter().flat_map(|message| message.raw);
    of_streams(|stream| join(stream).collect())
}

/// All that each side sent, as far as nothing is missing.
fn records() -> Vec<Vec<u8>> {
    of_streams(|stream| stream.readable().to_vec())
}

fn of_streams(make: impl Fn(mtls_witness::flow::Stream) -> Vec<u8>) -> Vec<Vec<u8>> {
    let paths = recorded::captures();
    let streams = paths.iter().flat_map(|path| recorded::streams(path).into_iter().flatten());
    streams.map(make).filter(|bytes| !bytes.is_empty()).collect()
}

fn key_logs() -> Vec<Vec<u8>> {
    let mut paths = recorded::files("captures");
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "keys"));
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The first packets of each capture, as `net_decode` wants them.
fn packets() -> Vec<Vec<u8>> {
    let make = |path: &std::path::PathBuf| {
        let mut seed = Vec::new();
        recorded::for_each_packet(path, |packet| {
            if packet.number <= 12
                && let Ok(length) = u16::try_from(packet.data.len())
            {
                seed.push(0x1f);
                seed.extend(packet.link_type.0.to_be_bytes());
                seed.extend(length.to_be_bytes());
                seed.extend(packet.data);
            }
        });
        seed
    };
    recorded::captures().iter().map(make).filter(|seed| seed.len() > 2).collect()
}

/// The first connection of each capture, as `segmentation` wants it.
fn dialogues() -> Vec<Vec<u8>> {
    let make = |path: &std::path::PathBuf| {
        // Which segment is lost.
        let mut seed = vec![0, 3];
        for (side, bytes) in recorded::dialogue(path) {
            for part in bytes.chunks(0x7fff) {
                let from_second = u16::from(side == Side::Second) << 15;
                let length = u16::try_from(part.len()).unwrap() | from_second;
                seed.extend(length.to_be_bytes());
                seed.extend(part);
            }
        }
        seed
    };
    recorded::captures().iter().map(make).filter(|seed| seed.len() > 2).collect()
}

/// Pairs of dialogues, as `port_reuse` wants them: each with the next one.
fn pairs() -> Vec<Vec<u8>> {
    let short = dialogues().into_iter().filter(|one| one.len() < 3000);
    let dialogues: Vec<Vec<u8>> = short.step_by(4).collect();
    let following = dialogues.iter().skip(1).chain(&dialogues);
    let make = |((one, other), number): ((&Vec<u8>, &Vec<u8>), u8)| {
        let (one, other) = (&one[2..], &other[2..]);
        let mut seed = vec![number, 0, number, 1, 0, 9, 9, number, number];
        seed.extend(u16::try_from(one.len()).unwrap().to_be_bytes());
        seed.extend(one);
        seed.extend(other);
        seed
    };
    dialogues.iter().zip(following).zip((0..=255).cycle()).map(make).collect()
}

/// Any bytes are operations on a stream.
fn operations() -> Vec<Vec<u8>> {
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[1]
    };
    (0..64).map(|_| (0..600).map(|_| byte()).collect()).collect()
}
