//! A second opinion on hellos: tls-parser reads those of all captures alike.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use mtls_witness::capture::{CaptureReader, Item};
use mtls_witness::flow::{FlowTable, Reuse, Side, Stream};
use mtls_witness::limits::Limits;
use mtls_witness::net::{Decoder, Flags};
use mtls_witness::tls::messages::{ClientHello, ServerHello};
use mtls_witness::tls::{
    ContentType, HandshakeJoiner, HandshakeMessage, HandshakeType, Probe, RecordHeader,
};
use tls_parser::{
    SNIType, TlsExtension, parse_tls_client_hello_extensions, parse_tls_handshake_client_hello,
    parse_tls_handshake_server_hello, parse_tls_server_hello_extensions,
};

/// The random of a HelloRetryRequest begins so (RFC 8446 section 4.1.3).
const HELLO_RETRY_REQUEST: [u8; 4] = [0xcf, 0x21, 0xad, 0x74];

#[test]
fn hellos_of_all_captures_are_read_as_tls_parser_reads_them() {
    let (mut clients, mut servers) = (0, 0);
    for path in captures() {
        for message in hellos(&path) {
            let at = format!("{} frames {:?}", path.display(), message.frames);
            if message.message_type == HandshakeType::CLIENT_HELLO {
                compare_client(message.body(), &at);
                clients += 1;
            } else {
                compare_server(message.body(), &at);
                servers += 1;
            }
        }
    }
    assert!(clients > 200 && servers > 200, "{clients} of clients, {servers} of servers");
}

fn compare_client(body: &[u8], at: &str) {
    let ours = ClientHello::read(body);
    let (rest, theirs) = parse_tls_handshake_client_hello(body).expect(at);
    assert!(rest.is_empty() && ours.complete, "{at}");
    assert_eq!(ours.version.unwrap().0, theirs.version.0, "{at}");
    assert_eq!(ours.random.unwrap(), theirs.random, "{at}");
    assert_eq!(ours.session_id, theirs.session_id.unwrap_or_default(), "{at}");

    let (rest, extensions) =
        parse_tls_client_hello_extensions(theirs.ext.unwrap_or_default()).expect(at);
    assert!(rest.is_empty(), "{at}");
    let (mut name, mut ticket, mut tls13) = (None, None, false);
    for extension in extensions {
        match extension {
            TlsExtension::SNI(names) => {
                let host = names.iter().find(|(name_type, _)| *name_type == SNIType::HostName);
                name = host.map(|(_, name)| String::from_utf8_lossy(name).into_owned());
            }
            TlsExtension::SessionTicket(bytes) => ticket = Some(bytes.to_vec()),
            TlsExtension::SupportedVersions(versions) => {
                tls13 = versions.iter().any(|version| version.0 == 0x0304);
            }
            _ => {}
        }
    }
    assert_eq!((ours.server_name, ours.session_ticket), (name, ticket), "{at}");
    assert_eq!(ours.offers_tls13, tls13, "{at}");
}

fn compare_server(body: &[u8], at: &str) {
    let ours = ServerHello::read(body);
    let (rest, theirs) = parse_tls_handshake_server_hello(body).expect(at);
    assert!(rest.is_empty() && ours.complete, "{at}");
    assert_eq!(ours.hello_retry_request, theirs.random.starts_with(&HELLO_RETRY_REQUEST), "{at}");
    assert_eq!(ours.session_id, theirs.session_id.unwrap_or_default(), "{at}");
    assert_eq!(ours.cipher_suite.unwrap().0, theirs.cipher.0, "{at}");

    let (rest, extensions) =
        parse_tls_server_hello_extensions(theirs.ext.unwrap_or_default()).expect(at);
    // tls-parser knows only the client's form of next protocol negotiation, and stops at it.
    assert!(rest.is_empty() || rest.starts_with(&[0x33, 0x74]), "{at}");
    let (mut version, mut alpn) = (theirs.version.0, None);
    for extension in extensions {
        match extension {
            TlsExtension::ALPN(names) => {
                alpn = names.first().map(|name| String::from_utf8_lossy(name).into_owned());
            }
            TlsExtension::SupportedVersions(versions) => version = versions.first().unwrap().0,
            _ => {}
        }
    }
    assert_eq!((ours.version.unwrap().0, ours.alpn), (version, alpn), "{at}");
}

/// Every whole hello in the clear, of connections whose beginning is in the capture.
fn hellos(path: &Path) -> Vec<HandshakeMessage> {
    let limits = Limits::default();
    let file = std::fs::File::open(path).unwrap();
    let Ok(mut reader) = CaptureReader::new(file, &limits, false) else { return Vec::new() };
    let mut decoder = Decoder::new(&limits);
    let mut table = FlowTable::<[Stream; 2]>::default();
    let mut found = Vec::new();
    while let Ok(Some(item)) = reader.read() {
        let Item::Packet(packet) = item else { continue };
        let Ok(segment) = decoder.decode(&packet) else { continue };
        let located = table.locate(&segment, |_| Default::default(), |_, _, _| Reuse::New);
        let Some(located) = located else { continue };
        let stream = located.side.of_mut(located.value);
        let is_syn = segment.flags.contains(Flags::SYN);
        let sequence = segment.sequence.wrapping_add(is_syn.into());
        if is_syn {
            stream.start_at(sequence);
        }
        stream.push(sequence, segment.payload, segment.missing, packet.number);
        if let Some(streams) = located.replaced {
            found.extend(read(streams));
        }
    }
    found.extend(table.into_values().flat_map(read));
    found
}

/// The hellos at the beginning of both directions.
fn read(mut streams: [Stream; 2]) -> Vec<HandshakeMessage> {
    let mut found = Vec::new();
    for side in Side::BOTH {
        let stream = side.of_mut(&mut streams);
        let mut joiner = HandshakeJoiner::new(1 << 20, 64);
        while let Probe::Is(header) = RecordHeader::probe(stream.readable())
            && header.content_type == ContentType::HANDSHAKE
        {
            let (start, length) = (5, usize::from(header.length));
            let Some(fragment) = stream.readable().get(start..start + length) else { break };
            let frame = stream.piece().map_or(0, |(_, frame)| frame);
            joiner.push(fragment, &[frame]);
            stream.consume(RecordHeader::LENGTH + u64::from(header.length));
        }
        found.extend(joiner.drain().filter(|message| {
            message.complete
                && [HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO]
                    .contains(&message.message_type)
        }));
    }
    found
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}
