//! A second opinion on hellos: tls-parser reads those of all captures alike.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

mod recorded;

use mtls_witness::tls::messages::{ClientHello, ServerHello};
use mtls_witness::tls::{HandshakeMessage, HandshakeType};
use tls_parser::{
    SNIType, TlsExtension, parse_tls_client_hello_extensions, parse_tls_handshake_client_hello,
    parse_tls_handshake_server_hello, parse_tls_server_hello_extensions,
};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// The random of a HelloRetryRequest begins so (RFC 8446 section 4.1.3).
const HELLO_RETRY_REQUEST: [u8; 4] = [0xcf, 0x21, 0xad, 0x74];

#[test]
fn hellos_of_all_captures_are_read_as_tls_parser_reads_them() {
    let (mut clients, mut servers) = (0, 0);
    for path in recorded::captures() {
        let streams = recorded::streams(&path).into_iter().flatten();
        for message in streams.flat_map(recorded::messages).filter(|message| message.complete) {
            let at = format!("{} frames {:?}", path.display(), message.frames);
            if message.message_type == HandshakeType::CLIENT_HELLO {
                compare_client(&message, &at);
                clients += 1;
            } else if message.message_type == HandshakeType::SERVER_HELLO {
                compare_server(&message, &at);
                servers += 1;
            }
        }
    }
    assert!(clients > 200 && servers > 200, "{clients} of clients, {servers} of servers");
}

fn compare_client(message: &HandshakeMessage, at: &str) {
    let body = message.body();
    let ours = ClientHello::read(message);
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
    assert_eq!((ours.server_name, ours.session_ticket), (name.map(Into::into), ticket), "{at}");
    assert_eq!(ours.offers_tls13, tls13, "{at}");
}

fn compare_server(message: &HandshakeMessage, at: &str) {
    let body = message.body();
    let ours = ServerHello::read(message);
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
    assert_eq!((ours.version.unwrap().0, ours.alpn), (version, alpn.map(Into::into)), "{at}");
}
