//! Where TLS begins in a stream, and what may stand before it.

use super::messages::{ClientHello, ServerHello};
use super::record::{Probe, RecordHeader};
use super::{ContentType, HandshakeJoiner, HandshakeType, tds};

/// How the first record of a stream begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Start {
    /// A record that opens a handshake: ClientHello, ServerHello or HelloRequest.
    Hello,
    /// Another record: the stream begins within a connection.
    Within,
    /// An SSLv2-framed ClientHello of so many bytes (RFC 5246 appendix E.2).
    Sslv2Hello(u16),
}

/// Empty handshake records that may stand before the one that tells: OpenSSL takes no more in a
/// row (`MAX_EMPTY_RECORDS`). TLS 1.2 does not forbid them (RFC 5246 section 6.2.1).
const EMPTY_RECORDS: usize = 32;

/// Whether TLS begins right here.
pub fn probe(bytes: &[u8]) -> Probe<Start> {
    let is_empty = |record: &[u8; 5]| matches!(record, [22, 3, 0..=4, 0, 0]);
    let (records, _) = bytes.as_chunks();
    let empty = records.iter().take(EMPTY_RECORDS).take_while(|record| is_empty(record)).count();
    let bytes = bytes.get(empty * 5..).unwrap_or_default();
    match RecordHeader::probe(bytes) {
        Probe::Is(header) if header.content_type == ContentType::HANDSHAKE => match bytes.get(5) {
            _ if header.length == 0 => Probe::Is(Start::Within),
            None => Probe::NeedMore,
            Some(&first) if opens_handshake(HandshakeType(first), header.length) => {
                Probe::Is(Start::Hello)
            }
            Some(_) => Probe::Is(Start::Within),
        },
        Probe::Is(header) if is_plausible(header) => Probe::Is(Start::Within),
        Probe::Is(_) => Probe::IsNot,
        Probe::NeedMore => Probe::NeedMore,
        Probe::IsNot if empty > 0 => Probe::IsNot,
        Probe::IsNot => probe_sslv2(bytes),
    }
}

/// Where a ClientHello or ServerHello begins, after other bytes.
///
/// Strict, because any offset may be one: the record, its first message and the version in it must
/// fit each other.
pub fn find_hello(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(ContentType::HANDSHAKE.0, bytes).find(|&at| {
        let Some(&[_, 3, 0..=4, high, low, 1 | 2, 0, message_high, message_low, 3, 0..=4, ..]) =
            bytes.get(at..)
        else {
            return false;
        };
        let record = u16::from_be_bytes([high, low]);
        let message = u16::from_be_bytes([message_high, message_low]);
        // Version, random, session id, cipher suite, compression: 38 bytes in any hello.
        message >= 38 && (42..=RecordHeader::MAX_FRAGMENT).contains(&record)
    })
}

/// Whether a whole and valid ClientHello or ServerHello begins right here; its records may be many.
///
/// What is asked of bytes after other talk, which may look like a hello without being one.
pub fn whole_hello(bytes: &[u8]) -> Probe<()> {
    let mut joiner = HandshakeJoiner::new(LONGEST_HELLO, 1);
    let mut rest = bytes;
    loop {
        let header = match RecordHeader::probe(rest) {
            Probe::Is(header) if header.content_type == ContentType::HANDSHAKE => header,
            Probe::NeedMore => return Probe::NeedMore,
            _ => return Probe::IsNot,
        };
        let after = rest.get(5..).unwrap_or_default();
        let length = usize::from(header.length);
        joiner.push(after.get(..length).unwrap_or(after), &[]);
        if let Some(message) = joiner.next_message() {
            let is_valid = message.complete
                && match message.message_type {
                    HandshakeType::CLIENT_HELLO => ClientHello::read(&message).complete,
                    HandshakeType::SERVER_HELLO => ServerHello::read(&message).complete,
                    _ => false,
                };
            return if is_valid { Probe::Is(()) } else { Probe::IsNot };
        }
        if length == 0 || bytes.len() > 2 * LONGEST_HELLO {
            return Probe::IsNot;
        }
        let Some(next) = after.get(length..) else { return Probe::NeedMore };
        rest = next;
    }
}

/// The longest hello that is looked for after other talk, in bytes. Real ones have some hundred to
/// some thousand.
const LONGEST_HELLO: usize = 64 << 10;

/// How many bytes stand before TLS at the very beginning of a stream, where they say so themselves:
/// a PROXY header (version 1: a line; version 2: a length, section 2.2 of its specification). 0 where
/// they say nothing, or the PRELOGIN packet of SQL Server.
pub fn length(bytes: &[u8]) -> Probe<usize> {
    const LONGEST_LINE: usize = 107;
    if bytes.starts_with(PROXY_V2) {
        return match bytes.get(14..16) {
            Some(&[high, low]) => {
                let length = 16 + usize::from(u16::from_be_bytes([high, low]));
                if bytes.len() < length { Probe::NeedMore } else { Probe::Is(length) }
            }
            _ => Probe::NeedMore,
        };
    }
    if bytes.starts_with(b"PROXY ") {
        let line = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
        let end = line.windows(2).position(|two| two == b"\r\n").map(|end| end + 2);
        return match end {
            Some(end) => Probe::Is(end),
            None if bytes.len() < LONGEST_LINE => Probe::NeedMore,
            None => Probe::Is(0),
        };
    }
    let begins = |whole: &[u8]| !bytes.is_empty() && whole.starts_with(bytes);
    if begins(PROXY_V2) || begins(b"PROXY ") { Probe::NeedMore } else { tds::prelogin(bytes) }
}

/// Whether the first bytes of a stream are of a protocol in which TLS never begins later: a request
/// of HTTP other than CONNECT, SSH, or, where they are surely the first ones, plain text in which
/// nothing speaks of TLS: within a handshake text may stand too.
pub fn never_becomes_tls(bytes: &[u8], is_beginning: bool) -> bool {
    const NEVER: [&[u8]; 8] =
        [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"PATCH ", b"OPTIONS ", b"SSH-"];
    const PLAIN_TEXT: usize = 256;
    let begins = |one: &&[u8]| bytes.starts_with(one);
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~');
    NEVER.iter().any(begins)
        || is_beginning
            && bytes.len() >= PLAIN_TEXT
            && !may_become_tls(bytes)
            && bytes.iter().all(is_text)
}

/// Whether the first bytes of a stream are of a protocol in which TLS may begin later, by how it
/// greets: those of mail, news and chat servers and their clients, and proxies.
pub fn may_become_tls(bytes: &[u8]) -> bool {
    const PERHAPS: [&[u8]; 11] = [
        b"220",
        b"20",
        b"* ",
        b"+OK",
        b"<",
        b"HTTP/1.",
        b"CONNECT ",
        b"EHLO",
        b"HELO",
        b"CAPA",
        b"USER",
    ];
    // PostgreSQL answers the request for TLS with one letter.
    bytes == b"S" || PERHAPS.iter().any(|one| bytes.starts_with(one))
}

/// The signature of a PROXY header of version 2.
const PROXY_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What stood before TLS, from the first bytes of each side before their hello.
pub fn name(client: &[u8], server: &[u8]) -> &'static str {
    const POSTGRESQL_SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];
    if client.starts_with(b"PROXY ") {
        "proxy-v1"
    } else if client.starts_with(PROXY_V2) {
        "proxy-v2"
    } else if tds::is_prelogin(client) {
        "tds-prelogin"
    } else if client.starts_with(b"CONNECT ") {
        "http-connect"
    } else if client.starts_with(POSTGRESQL_SSL_REQUEST) {
        "starttls-postgresql"
    } else if let Some(request) = Request::first(client) {
        match request {
            Request::Ldap => "starttls-ldap",
            Request::Ftp => "starttls-ftp",
            Request::Pop3 => "starttls-pop3",
            Request::Xmpp => "starttls-xmpp",
            Request::StartTls if server.starts_with(b"220") => "starttls-smtp",
            Request::StartTls if server.starts_with(b"* ") => "starttls-imap",
            Request::StartTls if server.starts_with(b"20") => "starttls-nntp",
            Request::StartTls => "starttls",
        }
    } else if client.starts_with(&[0x20, 0, 0, 1]) && server.get(4) == Some(&10) {
        "starttls-mysql"
    } else if client.starts_with(&[3, 0]) && client.get(5) == Some(&0xe0) {
        "rdp"
    } else if client.starts_with(&[5]) && server.starts_with(&[5]) {
        "socks5"
    } else if client.starts_with(&[4, 1]) && server.starts_with(&[0, 0x5a]) {
        "socks4"
    } else {
        "unknown"
    }
}

/// Whether the first bytes of a stream, `bytes`, stand before TLS; of its first `searched` bytes,
/// that was asked before.
pub fn is_known(bytes: &[u8], searched: usize) -> bool {
    let new = bytes.get(searched.saturating_sub(Request::LONGEST - 1)..).unwrap_or_default();
    // What does not ask in words is known by how it begins.
    let beginning = bytes.get(..BEGINNING).unwrap_or(bytes);
    // Behind a PRELOGIN packet TLS begins at once or never; `length` has it.
    let may_stand_before = !tds::is_prelogin(beginning) && name(beginning, &[]) != "unknown";
    Request::first(new).is_some() || may_stand_before
}

/// Bytes that tell all that `name` knows but requests in words.
const BEGINNING: usize = 16;

/// Words by which a client asks for TLS; where there are several, the one that comes first here
/// names the protocol.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Request {
    Ldap,
    Ftp,
    Pop3,
    Xmpp,
    StartTls,
}

impl Request {
    /// Length of the longest, in bytes.
    const LONGEST: usize = 22;

    /// How far on the next one may have its fourth letter, by the octet that may be that of one: 0
    /// where it may be right there (the bad character rule of Horspool's search).
    #[inline]
    fn skip(octet: u8) -> usize {
        match octet.to_ascii_lowercase() {
            // "1.3.", "AUTH", "<sta", "STLS", "STAR", from the right.
            b'.' | b'h' | b'a' | b's' | b'r' => 0,
            b'3' | b't' | b'l' => 1,
            b'u' => 2,
            b'1' | b'<' => 3,
            _ => 4,
        }
    }

    /// The request among `bytes`, in capital or small letters.
    fn first(bytes: &[u8]) -> Option<Self> {
        let mut found = None;
        let mut last = 3;
        while let Some(&octet) = bytes.get(last) {
            match Self::skip(octet) {
                0 => {
                    let request = bytes.get(last - 3..).and_then(Self::begins);
                    found = found.into_iter().chain(request).min();
                    last += 1;
                }
                skip => last += skip,
            }
        }
        found
    }

    #[inline]
    fn begins(bytes: &[u8]) -> Option<Self> {
        let with = |word: &[u8]| {
            bytes.get(..word.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(word))
        };
        match bytes {
            [b'1', b'.', ..] => with(b"1.3.6.1.4.1.1466.20037").then_some(Self::Ldap),
            [b'A' | b'a', b'U' | b'u', ..] => {
                (with(b"AUTH TLS") || with(b"AUTH SSL")).then_some(Self::Ftp)
            }
            [b'<', b'S' | b's', ..] => with(b"<starttls").then_some(Self::Xmpp),
            [b'S' | b's', b'T' | b't', ..] if with(b"STLS") => Some(Self::Pop3),
            [b'S' | b's', b'T' | b't', ..] => with(b"STARTTLS").then_some(Self::StartTls),
            _ => None,
        }
    }
}

/// Whether a handshake record of so many bytes that begins with this message does.
///
/// A HelloRequest is empty and alone in its record; an encrypted record whose explicit nonce counts
/// from 0 (RFC 5288 section 3) begins like one too, and is longer.
fn opens_handshake(message_type: HandshakeType, record_length: u16) -> bool {
    match message_type {
        HandshakeType::CLIENT_HELLO | HandshakeType::SERVER_HELLO => true,
        HandshakeType::HELLO_REQUEST => record_length == 4,
        _ => false,
    }
}

/// Whether a header that does not belong to a handshake has a length that its type allows.
fn is_plausible(header: RecordHeader) -> bool {
    match header.content_type {
        // In a renegotiation it is encrypted, with what that adds.
        ContentType::CHANGE_CIPHER_SPEC => (1..=128).contains(&header.length),
        ContentType::ALERT => (2..=512).contains(&header.length),
        ContentType::APPLICATION_DATA | ContentType::HEARTBEAT => header.length > 0,
        _ => false,
    }
}

fn probe_sslv2(bytes: &[u8]) -> Probe<Start> {
    match bytes {
        [first, ..] if first & 0x80 == 0 => Probe::IsNot,
        [_, _, message_type, ..] if *message_type != 1 => Probe::IsNot,
        &[high, low, 1, major, minor, c1, c2, s1, s2, r1, r2, ..] => {
            let length = u16::from_be_bytes([high & 0x7f, low]);
            let ciphers = u16::from_be_bytes([c1, c2]);
            let session = u16::from_be_bytes([s1, s2]);
            let challenge = u16::from_be_bytes([r1, r2]);
            let sum = [ciphers, session, challenge].map(u32::from).iter().sum::<u32>() + 9;
            let fits = matches!((major, minor), (0, 2) | (3, 0..=3))
                && sum == u32::from(length)
                && ciphers % 3 == 0
                && ciphers > 0
                && [0, 16].contains(&session)
                && (16..=32).contains(&challenge);
            if fits { Probe::Is(Start::Sslv2Hello(length)) } else { Probe::IsNot }
        }
        _ => Probe::NeedMore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_recognised_by_its_first_bytes() {
        assert_eq!(probe(&[22, 3, 1, 0, 50, 1]), Probe::Is(Start::Hello));
        assert_eq!(probe(&[22, 3, 3, 0, 50, 11]), Probe::Is(Start::Within));
        assert_eq!(probe(&[23, 3, 3, 0, 50, 11]), Probe::Is(Start::Within));
        assert_eq!(probe(&[23, 3, 3, 0, 0, 11]), Probe::IsNot);
        assert_eq!(probe(&[22, 3, 1, 0, 50]), Probe::NeedMore);
        assert_eq!(probe(b"GET / HTTP/1.1"), Probe::IsNot);
        assert_eq!(probe(&[]), Probe::NeedMore);
    }

    #[test]
    fn an_encrypted_record_is_no_hello_request() {
        assert_eq!(probe(&[22, 3, 1, 0, 4, 0, 0, 0, 0]), Probe::Is(Start::Hello));
        assert_eq!(probe(&[22, 3, 3, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0, 9]), Probe::Is(Start::Within));
    }

    #[test]
    fn what_follows_empty_records_tells() {
        const EMPTY: [u8; 5] = [22, 3, 1, 0, 0];
        let after = |count, more: &[u8]| probe(&[EMPTY.repeat(count), more.to_vec()].concat());
        assert_eq!(after(1, &[]), Probe::NeedMore);
        assert_eq!(after(3, &[22, 3, 1, 0, 50, 1]), Probe::Is(Start::Hello));
        assert_eq!(after(3, &[22, 3, 3, 0, 50, 11]), Probe::Is(Start::Within));
        assert_eq!(after(3, b"GET "), Probe::IsNot);
        assert_eq!(after(1, &[0x80, 46, 1, 3, 1, 0, 21, 0, 0, 0, 16]), Probe::IsNot);
        assert_eq!(after(32, &[]), Probe::NeedMore);
        assert_eq!(after(33, &[]), Probe::Is(Start::Within));
        assert_eq!(after(33, &[22, 3, 1, 0, 50, 1]), Probe::Is(Start::Within));
    }

    #[test]
    fn an_sslv2_framed_hello_is_recognised() {
        let head = [0x80, 46, 1, 3, 1, 0, 21, 0, 0, 0, 16];
        assert_eq!(probe(&head), Probe::Is(Start::Sslv2Hello(46)));
        assert_eq!(probe(&[0x80, 47, 1, 3, 1, 0, 21, 0, 0, 0, 16]), Probe::IsNot);
        assert_eq!(probe(&[0x80]), Probe::NeedMore);
    }

    #[test]
    fn what_a_client_asks_for_tls_with_names_the_protocol() {
        let named = |client: &[u8]| name(client, b"220 ready");
        assert_eq!(named(b"USER a\r\nauth ssl\r\n"), "starttls-ftp");
        assert_eq!(named(b"starttls\r\nSTLS"), "starttls-pop3");
        assert_eq!(named(b"<stream/><StartTLS xmlns"), "starttls-xmpp");
        assert_eq!(named(b"0\x1d\x02\x01\x01w\x18\x80\x161.3.6.1.4.1.1466.20037"), "starttls-ldap");
        for length in 0..30 {
            let asked = [b"1".repeat(length).as_slice(), b"1.3.6.1.4.1.1466.20037"].concat();
            let known = |end, searched| is_known(asked.get(..end).unwrap_or_default(), searched);
            assert!(!known(asked.len() - 1, 0));
            assert!((0..asked.len()).all(|searched| known(asked.len(), searched)));
        }
        assert!(is_known(b"CONNECT a:443 HTTP/1.1", 10));
        for word in
            ["1.3.6.1.4.1.1466.20037", "auth ssl", "AUTH TLS", "<STARTTLS", "StLs", "starttls"]
        {
            for before in ["", "1", "s", "au", "<st", "\u{7f}", "1.3.aut", "ststls"] {
                let bytes = [before.as_bytes(), word.as_bytes()].concat();
                assert!(Request::first(&bytes).is_some(), "{before}{word}");
            }
        }
        assert_eq!(named(b"STARTTL"), "unknown");
        assert_eq!(named(b""), "unknown");
    }

    #[test]
    fn a_hello_is_found_after_other_bytes() {
        let mut bytes = b"EHLO a\r\nSTARTTLS\r\n".to_vec();
        bytes.extend([22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3, 0, 0]);
        assert_eq!(find_hello(&bytes), Some(18));
        assert_eq!(name(&bytes, b"220 ready"), "starttls-smtp");
        assert_eq!(find_hello(b"\x16\x03\x01 random text that is not one"), None);
    }
}
