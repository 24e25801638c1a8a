//! `tls_records` and `handshake_messages`.

use super::pieces::Pieces;
use crate::flow::Stream;
use crate::tls::messages::{
    CertificateList, CertificateRequestBody, CertificateVerifyBody, ClientHello,
    CompressedCertificateBody, ListEnd, ServerHello, session_ticket,
};
use crate::tls::{
    ContentType, HandshakeJoiner, HandshakeMessage, Probe, ProtocolVersion, RecordHeader, preamble,
};

/// Kept of a message, in bytes: few, so that the limit is met.
const MESSAGE_LIMIT: usize = 4096;

/// Kept of a message's frames.
const FRAMES_LIMIT: usize = 4;

/// Certificates read of a chain.
const CHAIN_LIMIT: usize = 3;

/// Reads records off a stream. Promised: what is told by a beginning stays told when more comes;
/// however the bytes come in segments, the same records and messages are found.
pub fn tls_records(input: &[u8]) {
    let end = |probe: &dyn Fn(&[u8]) -> Option<String>| {
        let mut told = None;
        for length in 0..=input.len().min(40) {
            let now = probe(input.get(..length).unwrap_or_default());
            assert!(told.is_none() || told == now, "{told:?} became {now:?} at {length}");
            told = now;
        }
    };
    end(&|bytes| told(RecordHeader::probe(bytes)));
    end(&|bytes| told(preamble::probe(bytes)));
    end(&|bytes| preamble::find_hello(bytes).map(|position| position.to_string()));

    let whole = records(std::iter::once(input));
    for most in [1, 7, 300] {
        let seed = u64::try_from(input.len()).unwrap_or_default();
        assert_eq!(records(Pieces::new(input, most, seed)), whole, "segments of up to {most}");
    }
}

fn told<T: std::fmt::Debug>(probe: Probe<T>) -> Option<String> {
    (!matches!(probe, Probe::NeedMore)).then(|| format!("{probe:?}"))
}

type Records = (Vec<(RecordHeader, Vec<u8>)>, Vec<HandshakeMessage>);

/// The records at the beginning of what comes in `segments`, and the messages in them.
fn records<'a>(segments: impl Iterator<Item = &'a [u8]>) -> Records {
    let mut stream = Stream::default();
    stream.start_at(u32::MAX - 100);
    let mut sequence = u32::MAX - 100;
    let mut joiner = HandshakeJoiner::new(MESSAGE_LIMIT, FRAMES_LIMIT);
    let (mut records, mut messages) = (Vec::new(), Vec::new());
    for (segment, frame) in segments.zip(1..) {
        // A segment carries no more than 64 KiB.
        for part in segment.chunks(60_000) {
            stream.push(sequence, part, 0, frame);
            sequence = sequence.wrapping_add(u32::try_from(part.len()).unwrap_or_default());
        }
        while let Probe::Is(header) = RecordHeader::probe(stream.readable()) {
            let length = usize::from(header.length);
            let fragment = stream.readable().get(5..).and_then(|rest| rest.get(..length));
            let Some(fragment) = fragment.map(<[u8]>::to_vec) else { break };
            stream.consume(RecordHeader::LENGTH + u64::from(header.length));
            if header.content_type == ContentType::HANDSHAKE {
                joiner.push(&fragment, &[]);
                messages.extend(joiner.drain());
            }
            records.push((header, fragment));
        }
    }
    (records, messages)
}

/// Joins messages and reads them. Promised: any cut gives the same messages, each as long as it
/// says or not complete; no more is kept than the limit; what is read lies within the message; a
/// beginning of a message never claims more than the message says.
pub fn handshake_messages(input: &[u8]) {
    let (whole, rest) = join(std::iter::once(input));
    for most in [1, 5, 200] {
        let seed = u64::try_from(input.len()).unwrap_or_default();
        let (pieces, rest_of_pieces) = join(Pieces::new(input, most, seed));
        assert_eq!(pieces, whole, "in pieces of up to {most} bytes");
        assert_eq!(rest_of_pieces, rest);
    }
    let mut position = 0;
    for message in whole.iter().chain(&rest) {
        let sent = input.get(position..).unwrap_or_default();
        assert!(sent.starts_with(&message.raw), "a message is what was sent");
        position += HandshakeMessage::HEADER + message.length;
        read(message);
    }
}

/// The messages that end, and the one that does not.
fn join<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Vec<HandshakeMessage>, Vec<HandshakeMessage>) {
    let mut joiner = HandshakeJoiner::new(MESSAGE_LIMIT, FRAMES_LIMIT);
    let mut found = Vec::new();
    for (piece, frame) in pieces.zip(1..) {
        joiner.push(piece, &[frame]);
        for mut message in joiner.drain() {
            assert!(message.frames.len() <= FRAMES_LIMIT && message.frames.is_sorted());
            message.frames.clear();
            found.push(message);
        }
        assert!(joiner.held() <= 2 * MESSAGE_LIMIT + 8 * 2 * FRAMES_LIMIT, "{}", joiner.held());
    }
    joiner.lose();
    let mut rest: Vec<_> = joiner.drain().collect();
    rest.iter_mut().for_each(|message| message.frames.clear());
    assert!(rest.len() <= 1 && rest.iter().all(|message| !message.complete));
    for message in found.iter().chain(&rest) {
        let length = HandshakeMessage::HEADER + message.length;
        assert!(message.raw.len() <= length.min(MESSAGE_LIMIT));
        assert!(!message.complete || message.raw.len() == length);
    }
    (found, rest)
}

/// Reads a message as everything that it might be, and so each of some beginnings of it.
fn read(message: &HandshakeMessage) {
    let body = message.body();
    let (client_hello, server_hello) = (ClientHello::read(message), ServerHello::read(message));
    let chain = CertificateList::read(message, CHAIN_LIMIT);
    assert!(chain.certificates.len() <= CHAIN_LIMIT);
    assert!(message.complete || chain.end != ListEnd::Complete, "a cut list is not complete");
    within(body, &chain.certificates);

    for length in (0..body.len()).step_by(1 + body.len() / 16) {
        let mut cut = message.clone();
        cut.raw.truncate(HandshakeMessage::HEADER + length);
        cut.complete = false;
        let list = CertificateList::read(&cut, CHAIN_LIMIT);
        assert!(chain.certificates.starts_with(&list.certificates), "cut at {length}");
        assert!(list.end != ListEnd::Complete && !list.is_empty(), "cut at {length}");
        let hello = ClientHello::read(&cut);
        assert!(!hello.complete);
        assert!(hello.version.is_none() || hello.version == client_hello.version);
        assert!(hello.random.is_none() || hello.random == client_hello.random);
        let hello = ServerHello::read(&cut);
        // Before TLS 1.2 the version stands in the first field, and supported_versions is not due.
        let is_old = hello.version.is_some_and(|version| version < ProtocolVersion::TLS_1_2);
        assert!(hello.version.is_none() || is_old || hello.version == server_hello.version);
        assert!(!hello.complete);
    }

    let _reads = ClientHello::read_v2(body);
    let list = CertificateList::read_tls13(body, CHAIN_LIMIT);
    within(body, &list.certificates);
    for version in 0x0300..=0x0304 {
        let version = ProtocolVersion(version);
        let request = CertificateRequestBody::read(body, version);
        within(body, &request.certificate_authorities);
        within(body, &[request.certificate_types]);
        if let Ok(verify) = CertificateVerifyBody::read(body, version) {
            within(body, &[verify.signature]);
        }
    }
    if let Ok(compressed) = CompressedCertificateBody::read(body) {
        within(body, &[compressed.compressed]);
    }
    within(body, session_ticket(body).as_slice());
}

/// Parts lie in the body, one after the other, without overlap.
fn within(body: &[u8], parts: &[&[u8]]) {
    let mut position = body.as_ptr_range().start;
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let range = part.as_ptr_range();
        assert!(position <= range.start && range.end <= body.as_ptr_range().end);
        position = range.end;
    }
}
