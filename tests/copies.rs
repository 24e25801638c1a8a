//! One handshake recorded several times, made from recorded captures: packets of a connection stand
//! in the file again, with other addresses, as behind address translation, and some of them lost or
//! changed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs::File, io::Write};

use mtls_witness::limits::Limits;
use mtls_witness::witness::{Evidence, Witness};
use serde_json::Value;

/// A connection in which a certificate was presented, over Ethernet and IPv4.
const PRESENTED: &str = "tls12-client-certificate.pcapng";

/// The packets of a pcap or pcapng file, as the pcap of the classic format that tests write.
struct Packets {
    link_type: u32,
    packets: Vec<Vec<u8>>,
}

impl Packets {
    fn of(name: &str) -> Self {
        use mtls_witness::capture::{CaptureReader, Item};
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name);
        let mut reader =
            CaptureReader::new(File::open(path).unwrap(), &Limits::default(), false).unwrap();
        let (mut link_type, mut packets) = (0, Vec::new());
        while let Some(item) = reader.read().unwrap() {
            if let Item::Packet(packet) = item {
                link_type = u32::from(packet.link_type.0);
                packets.push(packet.data.to_vec());
            }
        }
        Self { link_type, packets }
    }

    /// Writes them with a timestamp each.
    fn pcap(&self) -> Vec<u8> {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, self.link_type] {
            file.extend(word.to_le_bytes());
        }
        for (second, packet) in (1..).zip(&self.packets) {
            let length = u32::try_from(packet.len()).unwrap();
            for word in [second, 0, length, length] {
                file.extend(word.to_le_bytes());
            }
            file.extend(packet);
        }
        file
    }
}

/// The offset of the IPv4 header in an Ethernet frame.
const IP: usize = 14;

/// The frame between other addresses; checksums are not looked at.
fn translated(frame: &[u8], by: u8) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame[IP + 15] = frame[IP + 15].wrapping_add(by);
    frame[IP + 19] = frame[IP + 19].wrapping_add(by);
    frame
}

fn evidence(packets: &Packets) -> Evidence {
    let mut witness = Witness::new(Limits::default());
    witness.examine("copies.pcap", packets.pcap().as_slice()).unwrap();
    witness.finish()
}

/// The report in JSON, and the last line of that in NDJSON.
fn verify(arguments: &[&str], packets: &Packets) -> (Value, Value) {
    let run = |format: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
            .args(["verify", "--format", format])
            .args(arguments)
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&packets.pcap()).unwrap();
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    };
    let (whole, status) = run("json");
    let (lines, status_of_lines) = run("ndjson");
    assert_eq!(status, status_of_lines);
    let whole: Value = serde_json::from_str(&whole).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    for key in ["result", "counts", "complete"] {
        assert_eq!(whole[key], last[key], "{key}");
    }
    (whole, last)
}

fn thumbprint() -> String {
    let evidence = evidence(&Packets::of(PRESENTED));
    let handshake = &evidence.connections[0].observation.handshakes[0];
    let mtls_witness::inspect::ClientAuthentication::Presented(presented) =
        &handshake.client_authentication
    else {
        unreachable!("presented");
    };
    presented.chain[0].sha1.to_string()
}

/// Whether a frame comes from the connection's server.
fn is_from_server(frame: &[u8]) -> bool {
    u16::from_be_bytes([frame[IP + 20], frame[IP + 21]])
        < u16::from_be_bytes([frame[IP + 22], frame[IP + 23]])
}

#[test]
fn recordings_at_several_places_are_judged_once() {
    let thumbprint = thumbprint();
    let mut packets = Packets::of(PRESENTED);
    let one = packets.packets.clone();
    let copies = one.iter().flat_map(|frame| {
        let server_only = Some(translated(frame, 2)).filter(|_| is_from_server(frame));
        [Some(translated(frame, 1)), server_only].into_iter().flatten()
    });
    packets.packets.extend(copies);
    let found = evidence(&packets);
    assert_eq!(found.connections.len(), 3);
    let marks =
        found.connections.iter().map(|one| one.same_handshake_as.map(|one| one.first_frame));
    assert!(marks.eq([None, Some(1), Some(1)]));
    let arguments = ["--expect-thumbprint", &thumbprint];
    let (whole, _) = verify(&arguments, &packets);
    assert_eq!(whole["result"], "pass");
    assert_eq!((&whole["counts"]["copies"], &whole["counts"]["selected"]), (&2.into(), &1.into()));
    let connections = whole["connections"].as_array().unwrap();
    let told = |key: &str| connections.iter().map(|one| one[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("verdict"), ["match", "not_selected", "not_selected"]);
    assert_eq!(told("cause")[1..], ["same_handshake", "same_handshake"]);
    assert_eq!(told("same_handshake_as")[2]["first_frame"], 1);
    // The poorest recording first: judged is the one that shows most all the same.
    let mut poor: Vec<Vec<u8>> =
        one.iter().filter(|frame| is_from_server(frame)).map(|one| translated(one, 2)).collect();
    poor.extend(one);
    let poor = Packets { packets: poor, ..Packets::of(PRESENTED) };
    let (whole, _) = verify(&arguments, &poor);
    assert_eq!((&whole["result"], &whole["counts"]["copies"]), (&"pass".into(), &1.into()));
    assert_eq!(whole["connections"][0]["verdict"], "not_selected");
    assert!(whole["connections"][0]["same_handshake_as"]["first_frame"].is_u64());
    assert_eq!(whole["connections"][1]["same_handshake_as"], Value::Null);
}

#[test]
fn selection_that_fits_any_recording_selects_the_handshake() {
    let thumbprint = thumbprint();
    let mut packets = Packets::of(PRESENTED);
    let one = packets.packets.clone();
    let server_only = one.iter().filter(|frame| is_from_server(frame));
    packets.packets.extend(server_only.map(|frame| translated(frame, 2)));
    let found = evidence(&packets);
    let [first, second] = found.connections[1].endpoints;
    for address in [first.ip(), second.ip(), found.connections[0].endpoints[0].ip()] {
        let address = address.to_string();
        for option in ["--server", "--client"] {
            let (whole, _) =
                verify(&["--expect-thumbprint", &thumbprint, option, &address], &packets);
            let result = whole["result"].as_str().unwrap();
            let is_selected = whole["counts"]["selected"] == 1;
            assert_eq!(
                result,
                if is_selected { "pass" } else { "inconclusive" },
                "{option} {address}"
            );
        }
    }
    let outside = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)).to_string();
    let (whole, _) = verify(&["--expect-thumbprint", &thumbprint, "--server", &outside], &packets);
    assert_eq!((&whole["result"], &whole["counts"]["copies"]), (&"inconclusive".into(), &1.into()));
}

/// A forged recording of a handshake cannot turn what is seen of it into its contrary, nor can it
/// where it stands first.
#[test]
fn forged_recording_settles_nothing() {
    let thumbprint = thumbprint();
    let packets = Packets::of(PRESENTED);
    // The certificate's bytes stand in the frame; one of them is another in the forgery.
    let forged: Vec<Vec<u8>> = packets
        .packets
        .iter()
        .map(|frame| {
            let mut frame = translated(frame, 1);
            let names = frame.windows(3).position(|bytes| bytes == [0x55, 0x04, 0x03]);
            if let Some(at) = names.filter(|_| !is_from_server(&frame)) {
                frame[at + 6] ^= 1;
            }
            frame
        })
        .collect();
    for first in [true, false] {
        let (one, other) = (packets.packets.clone(), forged.clone());
        let both = if first { [other, one].concat() } else { [one, other].concat() };
        let both = Packets { packets: both, ..packets };
        let (whole, _) = verify(&["--expect-thumbprint", &thumbprint], &both);
        assert_eq!(whole["result"], "inconclusive", "{first}");
        let connections = whole["connections"].as_array().unwrap();
        let causes: Vec<&Value> = connections.iter().map(|one| &one["cause"]).collect();
        assert!(causes.contains(&&"copies_disagree".into()), "{causes:?}");
        assert!(causes.contains(&&"same_handshake".into()), "{causes:?}");
    }
}

/// Its certificate was presented before the capture; another connection is whole.
fn begun_before() -> Packets {
    let mut packets = Packets::of(PRESENTED);
    let later = packets.packets.iter().skip(9).map(|frame| translated(frame, 1));
    let later: Vec<_> = later.collect();
    packets.packets.extend(later);
    packets
}

#[test]
fn connection_begun_before_the_capture_is_counted_and_may_be_left_out() {
    let (thumbprint, packets) = (thumbprint(), begun_before());
    let expected = ["--expect-thumbprint", &thumbprint];
    let of = |more: &[&str]| verify(&[&expected[..], more].concat(), &packets).0;
    let name = evidence(&packets).connections[0].observation.server_name.clone().unwrap();
    for (more, result, verdict) in [
        (&[][..], "inconclusive", "inconclusive"),
        (&["--allow-begun-before"], "pass", "not_selected"),
        (&["--sni", &name], "pass", "not_selected"),
        (&["--sni", &name, "--allow-begun-before"], "pass", "not_selected"),
    ] {
        let whole = of(more);
        assert_eq!(whole["result"], result, "{more:?}");
        assert_eq!(whole["connections"][1]["verdict"], verdict, "{more:?}");
        assert_eq!(whole["counts"]["without_handshake"], 1);
    }
}

#[test]
fn connections_are_selected_by_the_moment_and_excluded_by_client() {
    let (thumbprint, packets) = (thumbprint(), begun_before());
    let run = |more: &[&str], format: &str| {
        let path = std::env::temp_dir().join(format!("mtls-witness-{}.pcap", std::process::id()));
        std::fs::write(&path, packets.pcap()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
            .args(["verify", "--format", format, "--expect-thumbprint", &thumbprint])
            .args(more)
            .arg(&path)
            .output()
            .unwrap();
        std::fs::remove_file(&path).unwrap();
        output
    };
    let selected = |more: &[&str]| {
        let whole: Value = serde_json::from_slice(&run(more, "json").stdout).unwrap();
        let connections = whole["connections"].as_array().unwrap().clone();
        connections.iter().map(|one| one["verdict"] != "not_selected").collect::<Vec<_>>()
    };
    // The packets are a second apart: 19 of the first, then those of the second.
    assert_eq!(selected(&["--active-at", "@19"]), [true, false]);
    assert_eq!(selected(&["--active-at", "@20"]), [false, true]);
    assert_eq!(selected(&["--active-at", "@500"]), [false, false]);
    assert_eq!(selected(&["--exclude-client", "10.0.0.4"]), [false, true]);
    let name = evidence(&packets).connections[0].observation.server_name.clone().unwrap();
    assert_eq!(selected(&["--exclude-sni", &name]), [false, true]);
    assert_eq!(run(&["--active-at", "@20"], "ndjson").status.code(), Some(2));
    assert_eq!(run(&["--active-at", "2026-11-23"], "json").status.code(), Some(2));
}
