//! Handshakes that were recorded, taken apart into turns, records and messages.

use std::fs::File;
use std::path::Path;

use mtls_witness::capture::{CaptureReader, Item};
use mtls_witness::limits::Limits;
use mtls_witness::net::Decoder;
use serde_json::Value;

use super::tls13::Secrets;

/// A recorded connection up to the end of its handshake.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) turns: Vec<Turn>,
    pub(crate) is_tls13: bool,
    /// What its endpoints logged, for a reader without keys.
    pub(crate) told: Told,
    /// What a reader with the key log can tell.
    pub(crate) told_with_keys: Option<Told>,
    pub(crate) suite: u16,
}

/// The contract's words for what happened.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) possession: Option<String>,
}

/// What one side sent before the other spoke again.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) from_client: bool,
    pub(crate) records: Vec<Record>,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) content_type: u8,
    pub(crate) version: [u8; 2],
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// As it was recorded.
    Fixed(Vec<u8>),
    /// Handshake messages in the clear.
    Messages(Vec<Message>),
    /// Ciphertext, as recorded.
    Protected(Vec<u8>),
    /// Handshake messages that were opened with the key log; they are sealed anew.
    Opened(Vec<Message>),
}

/// A handshake message, without its header.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) message_type: u8,
    pub(crate) body: Vec<u8>,
}

pub(crate) const CLIENT_HELLO: u8 = 1;
pub(crate) const SERVER_HELLO: u8 = 2;
pub(crate) const NEW_SESSION_TICKET: u8 = 4;
pub(crate) const CERTIFICATE: u8 = 11;
pub(crate) const CERTIFICATE_VERIFY: u8 = 15;
pub(crate) const FINISHED: u8 = 20;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

impl Recorded {
    /// The TCP stream number `stream` of a capture of the project, which has one connection for
    /// each of its streams.
    pub(crate) fn read(captures: &Path, name: &str, stream: usize) -> Self {
        let expected = captures.join(name.split('.').next().unwrap_or(name));
        let expected = std::fs::read(expected.with_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let connection = &expected["connections"][stream];
        assert_eq!(connection["stream"], stream, "{name}");
        let is_tls13 = connection["protocol_version"] == "TLS 1.3";
        let mut turns = Vec::new();
        for (from_client, bytes) in dialogue(&captures.join(name), stream) {
            let records = records(&bytes);
            turns.push(Turn { from_client, records });
        }
        let mut recorded = Self {
            turns,
            is_tls13,
            told: Told::new(connection),
            told_with_keys: Some(&connection["with_keys"])
                .filter(|it| !it.is_null())
                .map(Told::new),
            suite: 0,
        };
        if is_tls13 {
            recorded.keep_tls13_handshake();
        } else {
            recorded.keep_tls12_handshake();
        }
        let hello = recorded.message(SERVER_HELLO).expect("a ServerHello");
        let after_session_id = 35 + usize::from(hello.body[34]);
        recorded.suite =
            u16::from_be_bytes([hello.body[after_session_id], hello.body[after_session_id + 1]]);
        recorded
    }

    /// Opens what is protected with the recording's key log, which a reader is then taken to have.
    pub(crate) fn open(&mut self, key_log: &str) {
        self.told = self.told_with_keys.take().expect("what the key log shows");
        let secrets = Secrets::read(key_log, self.suite);
        let mut protections = [false, true].map(|from_client| secrets.handshake(from_client));
        for turn in &mut self.turns {
            let protection = &mut protections[usize::from(turn.from_client)];
            for record in &mut turn.records {
                let Content::Protected(fragment) = &record.content else { continue };
                let (content_type, content) = protection.open(fragment);
                assert_eq!(content_type, HANDSHAKE, "a handshake message");
                let messages = messages(&content);
                if messages.iter().any(|message| message.message_type == FINISHED) {
                    *protection = secrets.application(turn.from_client);
                }
                record.content = Content::Opened(messages);
            }
        }
    }

    /// Whether it was opened.
    pub(crate) fn is_opened(&self) -> bool {
        let mut records = self.turns.iter().flat_map(|turn| &turn.records);
        records.any(|record| matches!(record.content, Content::Opened(_)))
    }

    /// The first message of a type, of either side.
    pub(crate) fn message(&self, message_type: u8) -> Option<&Message> {
        self.messages().find(|message| message.message_type == message_type)
    }

    fn messages(&self) -> impl Iterator<Item = &Message> {
        let records = self.turns.iter().flat_map(|turn| &turn.records);
        records
            .filter_map(|record| match &record.content {
                Content::Messages(messages) | Content::Opened(messages) => Some(messages),
                _ => None,
            })
            .flatten()
    }

    /// The client speaks for the third time when the handshake is over.
    fn keep_tls13_handshake(&mut self) {
        let mut client_turns = 0;
        self.turns.retain(|turn| {
            client_turns += usize::from(turn.from_client);
            client_turns < 3
        });
        for record in self.turns.iter_mut().flat_map(|turn| &mut turn.records) {
            record.content = match (record.content_type, std::mem::take(record.fixed())) {
                (HANDSHAKE, bytes) => Content::Messages(messages(&bytes)),
                (APPLICATION_DATA, bytes) => Content::Protected(bytes),
                (_, bytes) => Content::Fixed(bytes),
            };
        }
    }

    fn keep_tls12_handshake(&mut self) {
        let mut protected = [false; 2];
        for turn in &mut self.turns {
            let protected = &mut protected[usize::from(turn.from_client)];
            turn.records.retain(|it| ![ALERT, APPLICATION_DATA].contains(&it.content_type));
            for record in &mut turn.records {
                let bytes = std::mem::take(record.fixed());
                record.content = match record.content_type {
                    HANDSHAKE if *protected => Content::Protected(bytes),
                    HANDSHAKE => Content::Messages(messages(&bytes)),
                    _ => Content::Fixed(bytes),
                };
                *protected |= record.content_type == CHANGE_CIPHER_SPEC;
            }
        }
        self.turns.retain(|turn| !turn.records.is_empty());
    }
}

impl Told {
    fn new(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Self {
            status: text("status").expect("a status"),
            reason: text("reason"),
            possession: text("possession"),
        }
    }
}

impl Record {
    fn fixed(&mut self) -> &mut Vec<u8> {
        match &mut self.content {
            Content::Fixed(bytes) => bytes,
            _ => unreachable!("records are taken apart once"),
        }
    }
}

impl Message {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.message_type);
        out.extend_from_slice(&(self.body.len() as u32).to_be_bytes()[1..]);
        out.extend_from_slice(&self.body);
    }
}

/// Whole handshake messages.
pub(crate) fn messages(mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while let [message_type, high, middle, low, rest @ ..] = bytes {
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        messages.push(Message { message_type: *message_type, body: rest[..length].to_vec() });
        bytes = &rest[length..];
    }
    assert!(bytes.is_empty(), "a message in several records");
    messages
}

fn records(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let [content_type, major, minor, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let content = Content::Fixed(rest[..length].to_vec());
        records.push(Record { content_type: *content_type, version: [*major, *minor], content });
        bytes = &rest[length..];
    }
    assert!(bytes.is_empty(), "a record in several turns");
    records
}

/// Who sent what, in a recording without loss or disorder.
fn dialogue(path: &Path, stream: usize) -> Vec<(bool, Vec<u8>)> {
    let limits = Limits::default();
    let mut reader = CaptureReader::new(File::open(path).unwrap(), &limits, false).unwrap();
    let mut decoder = Decoder::new(&limits);
    let mut clients = Vec::new();
    let mut turns: Vec<(bool, Vec<u8>)> = Vec::new();
    while let Some(item) = reader.read().unwrap() {
        let Item::Packet(packet) = item else { continue };
        let Ok(segment) = decoder.decode(&packet) else { continue };
        let ends = [segment.source, segment.destination];
        if !ends.iter().any(|end| clients.contains(end)) {
            clients.push(segment.source);
        }
        if !ends.contains(&clients[clients.len().min(stream + 1) - 1])
            || clients.len() < stream + 1
            || segment.payload.is_empty()
        {
            continue;
        }
        let from_client = segment.source == clients[stream];
        match turns.last_mut() {
            Some((last, bytes)) if *last == from_client => bytes.extend_from_slice(segment.payload),
            _ => turns.push((from_client, segment.payload.to_vec())),
        }
    }
    turns
}
