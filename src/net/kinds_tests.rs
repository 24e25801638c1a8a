//! Every kind of encapsulation beyond the commonest: read, or by which name it is passed over; and
//! the table of them in `docs/encapsulations.md`.

#![expect(clippy::as_conversions, clippy::panic, clippy::unwrap_used, reason = "tests")]

use crate::capture::{LinkType, Packet};
use crate::limits::Limits;

use super::guess::ones_complement_sum;
use super::testdata::{ETHERNET_IPV4, FRAMES};
use super::{Carried, Decoder, Layer, Plain, Skipped};

/// What becomes of a packet.
enum Fate {
    /// Read; what the report says it was wrapped in, last of all.
    Read(&'static str),
    /// Not followed, and counted under this name.
    Named(&'static str),
    /// Not followed, and counted by its number.
    Numbered,
}
use Fate::{Named, Numbered, Read};

/// A kind, its link type, and the bytes of a packet of it.
type Kind = (&'static str, u16, Vec<u8>, Fate);

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|one| !one.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

/// An IPv4 datagram whose header checksum fits.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = hex("4500 0000 0001 0000 40 00 0000 0a000001 0a000002");
    header.splice(2..4, (payload.len() as u16 + 20).to_be_bytes());
    header.splice(9..10, [protocol]);
    let checksum = !ones_complement_sum(&header);
    header.splice(10..12, checksum.to_be_bytes());
    [header, payload.to_vec()].concat()
}

fn inner() -> Vec<u8> {
    ipv4(6, ETHERNET_IPV4.bytes().get(34..).unwrap())
}

fn in_ethernet(ethertype: u16, after: &[u8]) -> Vec<u8> {
    [&hex("020000000002 020000000001"), ethertype.to_be_bytes().as_slice(), after].concat()
}

fn over_ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    in_ethernet(0x0800, &ipv4(protocol, payload))
}

fn over_udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u16 + 8;
    let header = [50_000, port, length, 0].map(u16::to_be_bytes).concat();
    over_ip(17, &[header, payload.to_vec()].concat())
}

fn kinds() -> Vec<Kind> {
    let ip = inner();
    let frame = in_ethernet(0x0800, &ip);
    let with = |prefix: &str, rest: &[u8]| [hex(prefix), rest.to_vec()].concat();
    let snap = with("aaaa03 000000 0800", &ip);
    let wifi = |control: &str, rest: &[u8]| {
        with(&format!("{control} 0000 020000000099 020000000002 020000000001 0000"), rest)
    };
    let part = |rest: &[u8]| {
        let length = (rest.len() as u16).to_be_bytes();
        [&hex("020000000002 020000000001"), length.as_slice(), rest].concat()
    };
    let vxlan = with("08000000 00000700", &frame);
    let geneve = with("00006558 00000700", &frame);
    vec![
        ("VN-Tag (0x8926)", 1, in_ethernet(0x8926, &with("00010002 0800", &ip)), Read("vn-tag")),
        ("E-Tag (0x893f)", 1, in_ethernet(0x893f, &with("000000010000 0800", &ip)), Read("e-tag")),
        ("HSR (0x892f)", 1, in_ethernet(0x892f, &with("00340001 0800", &ip)), Read("hsr")),
        ("PRP trailer", 1, [frame.clone(), hex("0001a03388fb")].concat(), Read("")),
        ("FabricPath (0x8903)", 1, in_ethernet(0x8903, &with("0060", &frame)), Read("fabricpath")),
        (
            "TRILL (0x22f3)",
            1,
            in_ethernet(0x22f3, &with("0047 0001 0002 00000000", &frame)),
            Read("trill"),
        ),
        (
            "NSH (0x894f) around Ethernet",
            1,
            in_ethernet(
                0x894f,
                &with("0fc60103 000001ff 00000000000000000000000000000000", &frame),
            ),
            Read("nsh"),
        ),
        (
            "NSH (0x894f) around IPv4",
            1,
            in_ethernet(0x894f, &with("0fc20201 000001ff", &ip)),
            Read("nsh"),
        ),
        (
            "NSH in VXLAN-GPE",
            1,
            over_udp(4790, &with("0c000004 00000700 0fc20203 000001ff", &frame)),
            Read("nsh"),
        ),
        (
            "Arista timestamp, 64 bits",
            1,
            in_ethernet(0xd28b, &with("00010010 0000000100000002 0800", &ip)),
            Read("timestamp"),
        ),
        (
            "Arista timestamp, 48 bits",
            1,
            in_ethernet(0xd28b, &with("00010120 000100000002 0800", &ip)),
            Read("timestamp"),
        ),
        (
            "CAPWAP data, Ethernet",
            1,
            over_udp(5247, &with("00100200 00000000", &frame)),
            Read("capwap"),
        ),
        (
            "CAPWAP data, 802.11",
            1,
            over_udp(5247, &with("00100300 00000000", &wifi("0801", &snap))),
            Read("capwap"),
        ),
        (
            "CAPWAP data, 802.11 with bytes exchanged",
            1,
            over_udp(5247, &with("00100300 00000000", &wifi("0108", &snap))),
            Read("capwap"),
        ),
        (
            "CAPWAP in DTLS",
            1,
            over_udp(5247, &with("01000000", &[7; 40])),
            Named("CAPWAP, encrypted"),
        ),
        (
            "CAPWAP fragments",
            1,
            over_udp(5247, &with("00100280 00010000", &frame)),
            Named("CAPWAP fragments"),
        ),
        ("802.11, decrypted, Protected bit set", 105, wifi("0842", &snap), Read("")),
        (
            "the same with the header of the cipher",
            105,
            wifi("0842", &with("0100002000000000", &snap)),
            Read(""),
        ),
        (
            "802.11, encrypted",
            105,
            wifi("0842", &with("0100002000000000", &[0x5a; 60])),
            Named("802.11 data, encrypted"),
        ),
        (
            "802.11 aggregate (A-MSDU) of one part",
            105,
            wifi("8801", &with("8000", &part(&snap))),
            Read("a-msdu"),
        ),
        (
            "802.11 aggregate of several parts",
            105,
            wifi("8801", &with("8000", &[part(&snap), vec![0], part(&snap)].concat())),
            Named("802.11 aggregates of several"),
        ),
        ("PPP bridging (0x0031)", 9, with("ff03 0031 0001", &frame), Read("")),
        ("PPP multilink, whole packets", 9, with("ff03 003d c0000001 0021", &ip), Read("")),
        ("PPP multilink, short numbers", 9, with("ff03 003d c001 0021", &ip), Read("")),
        (
            "PPP multilink, fragments",
            9,
            with("ff03 003d 80000001 0021", &ip),
            Named("PPP multilink, fragments"),
        ),
        (
            "Juniper mirroring (UDP 30030)",
            1,
            over_udp(30_030, &with("00000001 00000002", &ip)),
            Read("jmirror"),
        ),
        ("VXLAN on 6784 (Weave)", 1, over_udp(6784, &vxlan), Read("vxlan 7")),
        ("VXLAN on 8472 (Linux)", 1, over_udp(8472, &vxlan), Read("vxlan 7")),
        (
            "VXLAN on 10800 (Azure Gateway Load Balancer)",
            1,
            over_udp(10_800, &vxlan),
            Read("vxlan 7"),
        ),
        ("VXLAN on 10801 (the same, other side)", 1, over_udp(10_801, &vxlan), Read("vxlan 7")),
        ("VXLAN on 48879 (Cisco ACI)", 1, over_udp(48_879, &vxlan), Read("vxlan 7")),
        ("VXLAN on any other port", 1, over_udp(31_000, &vxlan), Read("vxlan 7")),
        ("Geneve on any other port", 1, over_udp(31_000, &geneve), Read("geneve 7")),
        ("FOU on 5555", 1, over_udp(5555, &ip), Read("fou")),
        ("GUE on 6080", 1, over_udp(6080, &with("00040000", &ip)), Read("gue")),
        (
            "ESP (also with NULL encryption)",
            1,
            over_ip(50, &with("00000001 00000001", &ip)),
            Numbered,
        ),
        ("IPComp", 1, over_ip(108, &with("06000002", &[0x5a; 30])), Numbered),
        ("L2TPv3 over IP", 1, over_ip(115, &with("00000001", &frame)), Numbered),
    ]
}

fn shown(layer: Layer) -> String {
    match layer {
        Layer::Named(name) => name.to_owned(),
        Layer::Vxlan(network) => format!("vxlan {network}"),
        Layer::Geneve(network) => format!("geneve {network}"),
        other => format!("{other:?}"),
    }
}

fn decoded(link_type: u16, data: &[u8]) -> Result<(Vec<String>, Vec<u8>), Skipped> {
    let packet = Packet {
        number: 1,
        timestamp: None,
        link_type: LinkType(link_type),
        frame_check_sequence: 0,
        data,
        original_length: data.len() as u32,
    };
    let plain = Plain::read(&packet).is_some();
    let mut decoder = Decoder::new(&Limits::default());
    let segment = decoder.decode(&packet)?;
    assert!(!plain || segment.encapsulation.is_empty());
    let layers = segment.encapsulation.iter().map(|&layer| shown(layer));
    Ok((layers.collect(), segment.payload.to_vec()))
}

#[test]
fn every_kind_is_read_or_named() {
    for (kind, link_type, bytes, fate) in kinds() {
        match (decoded(link_type, &bytes), fate) {
            (Ok((layers, payload)), Read(name)) => {
                assert_eq!(payload, b"hello", "{kind}");
                assert_eq!(layers.last().map_or("", String::as_str), name, "{kind}");
            }
            (Err(Skipped::NotTcp(Carried::Named(given))), Named(name)) => {
                assert_eq!(given, name, "{kind}");
            }
            (Err(Skipped::NotTcp(Carried::Protocol(_))), Numbered) => {}
            (other, _) => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn prefixes_of_every_kind_give_no_other_payload() {
    for (kind, link_type, bytes, _) in kinds() {
        for end in 0..bytes.len() {
            if let Ok((_, payload)) = decoded(link_type, bytes.get(..end).unwrap()) {
                assert!(b"hello".starts_with(&payload), "{kind} at {end}");
            }
        }
    }
}

#[test]
fn what_only_looks_like_a_tunnel_is_a_datagram() {
    let vxlan = [hex("08000000 00000700"), in_ethernet(0x0800, &inner())].concat();
    let changed = [0, 1, 3, 7, 20, 21, 22, 23, 24, 25, 33];
    for place in changed {
        let mut bytes = vxlan.clone();
        *bytes.get_mut(place).unwrap() ^= 0x10;
        let answer = decoded(1, &over_udp(31_000, &bytes));
        assert_eq!(answer, Err(Skipped::NotTcp(Carried::Udp([50_000, 31_000]))), "{place}");
    }
    for port in [5555, 6080, 6784, 10_800, 10_801, 30_030, 48_879] {
        let answer = decoded(1, &over_udp(port, &[0x5a; 80]));
        assert_eq!(answer, Err(Skipped::NotTcp(Carried::Udp([50_000, port]))));
    }
}

#[test]
fn table_in_the_documentation_is_that_of_these_tests() {
    let mut table = String::from("| kind | |\n|---|---|\n");
    for (kind, _, _, fate) in kinds() {
        let fate = match fate {
            Read("") => "read".to_owned(),
            Read(name) => format!("read, as `{name}`"),
            Named(name) => format!("named: \"{name}\""),
            Numbered => "named by its number".to_owned(),
        };
        table.push_str(&format!("| {kind} | {fate} |\n"));
    }
    table.push_str("\n## The others that are read\n\n");
    let mut others: Vec<&str> = FRAMES.iter().map(|frame| frame.name).collect();
    others.sort_unstable();
    table.push_str(&others.join(", ").to_lowercase().replace('_', " "));
    table.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/encapsulations.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, found) = document.split_once("| kind").unwrap();
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(path, format!("{before}{table}")).unwrap();
        return;
    }
    assert_eq!(format!("| kind{found}"), table, "UPDATE_GOLDENS=1 writes it anew");
}
