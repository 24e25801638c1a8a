//! A CertificateVerify proves possession for the handshake that was recorded, and for no other.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use mtls_witness::capture::{CaptureReader, Item};
use mtls_witness::flow::{FlowTable, Side, Stream};
use mtls_witness::inspect::{
    ClientAuthentication, Event, Inspector, Peer, Possession, Shared, StreamEnd,
};
use mtls_witness::limits::Limits;
use mtls_witness::net::{Decoder, Flags};
use mtls_witness::tls::{
    ContentType, HandshakeJoiner, HandshakeMessage, HandshakeType, Probe, RecordHeader,
};

/// Every kind of signature, key and version that the shipped captures have.
const GENUINE: [&str; 14] = [
    "tls10-client-certificate.pcap",
    "tls10-client-certificate-ecdsa.pcapng",
    "tls11-client-certificate.pcap",
    "tls12-client-certificate.pcapng",
    "tls12-client-certificate-rsa-pss-signature.pcap",
    "tls12-client-certificate-rsa-pss-key.pcap",
    "tls12-client-certificate-p256.pcap",
    "tls12-client-certificate-p384.pcapng",
    "tls12-client-certificate-p521.pcap",
    "tls12-client-certificate-brainpool-p256.pcap",
    "tls12-client-certificate-ed25519.pcap",
    "tls12-client-certificate-ed448.pcapng",
    "tls12-client-certificate-java.pcapng",
    "tls12-client-certificate-go.pcap",
];

#[test]
fn genuine_signatures_are_verified() {
    for capture in GENUINE {
        let messages = messages(capture);
        let possession = possession(&messages);
        assert!(matches!(possession, Possession::Verified { .. }), "{capture}: {possession:?}");
    }
}

#[test]
fn one_flipped_bit_of_the_signature_fails() {
    for capture in GENUINE {
        let mut messages = messages(capture);
        let verify = messages
            .iter_mut()
            .find(|(_, message)| message.message_type == HandshakeType::CERTIFICATE_VERIFY);
        // The last byte belongs to the signature's value in every encoding.
        *verify.unwrap().1.raw.last_mut().unwrap() ^= 1;
        let possession = possession(&messages);
        assert!(matches!(possession, Possession::Failed { .. }), "{capture}: {possession:?}");
    }
}

#[test]
fn one_flipped_bit_of_any_message_before_it_is_never_verified() {
    for capture in GENUINE {
        let genuine = messages(capture);
        let end = genuine
            .iter()
            .position(|(_, message)| message.message_type == HandshakeType::CERTIFICATE_VERIFY);
        for index in 0..end.unwrap() {
            // The server's ticket comes after the signature, though it stands before it here.
            if genuine[index].1.message_type == HandshakeType::NEW_SESSION_TICKET {
                continue;
            }
            let length = genuine[index].1.raw.len();
            for position in (HandshakeMessage::HEADER..length).step_by(1 + length / 12) {
                let mut messages = genuine.clone();
                messages[index].1.raw[position] ^= 0x10;
                let what = messages[index].1.message_type;
                if let Some(possession) = try_possession(&messages) {
                    assert!(
                        !matches!(possession, Possession::Verified { .. }),
                        "{capture}: {what} flipped at {position}, still verified"
                    );
                }
            }
        }
    }
}

#[test]
fn a_settled_handshake_says_what_its_messages_did() {
    let shared = Shared::new(&Limits::default());
    let end = StreamEnd { seen: true, ..StreamEnd::default() };
    let handshake = Event::Protected(ContentType::HANDSHAKE);
    for capture in ["tls12-client-certificate.pcapng", "tls12-declined.pcap"] {
        let messages = messages(capture);
        let events = |tampered: bool| -> Vec<_> {
            let mut messages = messages.clone();
            for (_, message) in messages.iter_mut().filter(|_| tampered) {
                if message.message_type == HandshakeType::CERTIFICATE_VERIFY {
                    *message.raw.last_mut().unwrap() ^= 1;
                }
            }
            messages
                .into_iter()
                .map(|(peer, message)| (peer, Event::Message { message, cut_by: None }))
                .chain(Peer::BOTH.map(|peer| (peer, Event::ChangeCipherSpec)))
                .chain(Peer::BOTH.map(|peer| (peer, handshake.clone())))
                .collect()
        };
        let mut held = Vec::new();
        for tampered in [false, false, true] {
            let mut inspector = Inspector::new(&Limits::default());
            let mut settling = Inspector::sharing(&shared);
            for (peer, event) in events(tampered) {
                assert!(!settling.settle(), "{capture}: messages are still due");
                inspector.consume(peer, event.clone());
                settling.consume(peer, event);
            }
            assert!(settling.settle(), "{capture}");
            held.push(settling.held());
            assert!(settling.pass_encrypted(Peer::Server));
            inspector.consume(Peer::Server, Event::Protected(ContentType::APPLICATION_DATA));
            // An encrypted handshake is told to the inspector again.
            for peer in Peer::BOTH {
                settling.consume(peer, handshake.clone());
                inspector.consume(peer, handshake.clone());
            }
            assert!(!settling.settle(), "{capture}: a renegotiation is followed");
            assert_eq!(settling.finish(end, end), inspector.finish(end, end));
        }
        assert!(held[0] > held[1] && held[1] < 560, "{capture}: {held:?}");
    }
}

fn possession(messages: &[(Peer, HandshakeMessage)]) -> Possession {
    try_possession(messages).unwrap_or_else(|| panic!("not presented"))
}

fn try_possession(messages: &[(Peer, HandshakeMessage)]) -> Option<Possession> {
    let mut inspector = Inspector::new(&Limits::default());
    for (peer, message) in messages {
        inspector.consume(*peer, Event::Message { message: message.clone(), cut_by: None });
    }
    let end = StreamEnd { seen: true, ..StreamEnd::default() };
    let observation = inspector.finish(end, end);
    match &observation.handshakes[0].client_authentication {
        ClientAuthentication::Presented(presented) => Some(presented.possession.clone()),
        _ => None,
    }
}

/// The readable handshake messages of a capture's only connection, the server's first.
fn messages(capture: &str) -> Vec<(Peer, HandshakeMessage)> {
    let limits = Limits::default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(capture);
    let file = std::fs::File::open(path).unwrap();
    let mut reader = CaptureReader::new(file, &limits, false).unwrap();
    let mut decoder = Decoder::new(&limits);
    let mut table: FlowTable<[Stream; 2]> = FlowTable::default();
    while let Some(item) = reader.read().unwrap() {
        let Item::Packet(packet) = item else { continue };
        let Ok(segment) = decoder.decode(&packet) else { continue };
        let located = table.locate(&segment, Default::default).unwrap();
        let stream = located.side.of_mut(located.value);
        if segment.flags.contains(Flags::SYN) {
            stream.start_at(segment.sequence.wrapping_add(1));
        }
        stream.push(segment.sequence, segment.payload, segment.missing, packet.number);
    }
    let mut sides = table.into_values().next().unwrap();
    [(Peer::Server, Side::Second), (Peer::Client, Side::First)]
        .into_iter()
        .flat_map(|(peer, side)| {
            let messages = clear_messages(side.of_mut(&mut sides));
            messages.into_iter().map(move |message| (peer, message))
        })
        .collect()
}

fn clear_messages(stream: &mut Stream) -> Vec<HandshakeMessage> {
    let mut joiner = HandshakeJoiner::new(1 << 20, 100);
    while let Probe::Is(header) = RecordHeader::probe(stream.readable()) {
        if header.content_type != ContentType::HANDSHAKE {
            break;
        }
        stream.consume(RecordHeader::LENGTH);
        let length = usize::from(header.length);
        joiner.push(&stream.readable()[..length], &[1]);
        stream.consume(u64::from(header.length));
    }
    joiner.drain().collect()
}
