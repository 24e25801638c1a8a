//! Traffic that is not TLS.

use std::net::{Ipv4Addr, SocketAddr};

use super::conversation::{Conversation, Framing, Transfer};
use super::random::Random;
use super::wire::Path;

/// What TCP services say first: port, client, server.
const SERVICES: &[(u16, &str, &str)] = &[
    (22, "SSH-2.0-OpenSSH_9.6\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    (25, "EHLO client.example\r\n", "250-mail.example\r\n250 SIZE 10240000\r\n"),
    (6379, "*2\r\n$3\r\nGET\r\n$7\r\nsession\r\n", "$-1\r\n"),
    (8125, "requests.count:1|c\n", "ok\n"),
];

/// A TCP connection without TLS, and its server's port.
pub(crate) fn conversation(random: &mut Random) -> (u16, Conversation) {
    if random.percent(60) {
        return (80, http(random));
    }
    let (port, client, server) = SERVICES[random.index(SERVICES.len())];
    let turns = vec![(true, client.into()), (false, server.into())];
    let mut conversation = Conversation::new(turns, random);
    for _ in 0..random.below(4) {
        let bytes = 100 + random.below(40_000);
        let from_client = random.percent(50);
        conversation.transfer(Transfer { from_client, bytes, framing: Framing::Plain });
    }
    (port, conversation)
}

fn http(random: &mut Random) -> Conversation {
    let mut turns = Vec::new();
    for number in 0..=random.below(4) {
        let request = format!(
            "GET /orders/{number} HTTP/1.1\r\nHost: backend.example\r\nUser-Agent: bench\r\n\
             Accept: application/json\r\nAuthorization: Bearer {:016x}\r\n\r\n",
            random.next()
        );
        let length = 200 + random.index(60_000);
        let mut response = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        response.extend(Framing::Plain.frame(length, random));
        turns.push((true, request.into_bytes()));
        turns.push((false, response));
    }
    Conversation::new(turns, random)
}

/// Packets without TCP: DNS, QUIC and other UDP, ARP, ICMP.
pub(crate) fn datagrams(random: &mut Random, number: u16) -> Vec<Vec<u8>> {
    // Ports of no tunnel.
    let host =
        |random: &mut Random| Ipv4Addr::new(10, 32, random.next() as u8, random.next() as u8);
    let mut path = Path {
        client: SocketAddr::new(host(random).into(), 49_152 + random.below(12_000) as u16),
        server: SocketAddr::new(host(random).into(), 53),
        vlans: Vec::new(),
        fragment: None,
    };
    match random.below(20) {
        0 => vec![arp(random)],
        1..5 => {
            let mut query = vec![0; 12];
            random.fill(&mut query[..2]);
            query[2..6].copy_from_slice(&[1, 0, 0, 1]);
            query.extend_from_slice(b"\x07backend\x07example\0\0\x01\0\x01");
            let mut answer = query.clone();
            answer[2..8].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 1]);
            answer.extend_from_slice(&[0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 5]);
            let mut packets = path.udp(true, &query, number);
            packets.extend(path.udp(false, &answer, number));
            packets
        }
        5..14 => {
            // A short header of QUIC version 1 (RFC 9000 section 17.3.1).
            path.server.set_port(443);
            let mut payload = random.bytes(1200);
            payload[0] = 0x40 | payload[0] & 0x3f;
            path.udp(random.percent(20), &payload, number)
        }
        _ => {
            path.server.set_port(5004);
            let mut payload = random.bytes(172);
            payload[..2].copy_from_slice(&[0x80, 0]);
            path.udp(true, &payload, number)
        }
    }
}

fn arp(random: &mut Random) -> Vec<u8> {
    let mut packet = vec![0xff; 6];
    packet.extend_from_slice(&[2, 0, 0, 0, 0, 4, 0x08, 0x06]);
    packet.extend_from_slice(&[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 4, 10, 0, 0, 4]);
    packet.extend_from_slice(&[0; 6]);
    packet.extend_from_slice(&[10, 32, random.next() as u8, random.next() as u8]);
    packet.resize(60, 0);
    packet
}
