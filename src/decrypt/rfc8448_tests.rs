//! The traces of RFC 8448 as known answers.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use crate::decrypt::{
    KeyLog, Label, OpenError, Opened, Opener, Secret, tls13_certificate_verify_content,
    tls13_message_hash, tls13_transcript_hash, tls13_verify_data,
};
use crate::limits::Limits;
use crate::tls::{CipherSuite, ContentType, HandshakeJoiner, HandshakeMessage, HandshakeType};

const TRACES: &str = include_str!("testdata/rfc8448.txt");
const SUITE: CipherSuite = CipherSuite(0x1301);
const TRACE_NAMES: [&str; 5] = [
    "simple",
    "resumed-0rtt",
    "hello-retry-request",
    "client-authentication",
    "middlebox-compatibility",
];

struct Trace(&'static str);

impl Trace {
    fn all(&self, name: &str) -> Vec<Vec<u8>> {
        let lines = TRACES.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let own = lines.filter(|words| words.len() == 3 && words[0] == self.0 && words[1] == name);
        own.map(|words| bytes(words[2])).collect()
    }

    fn secret(&self, label: Label) -> Secret {
        Secret::new(&self.all(label.name())[0])
    }

    fn open(&self, label: Label, name: &str) -> Vec<Opened> {
        let mut opener = Opener::tls13(SUITE, &self.secret(label)).unwrap();
        self.all(name).iter().map(|record| open(&mut opener, record).unwrap()).collect()
    }

    /// The message of the first record of this name, which is not encrypted.
    fn message(&self, name: &str) -> Vec<u8> {
        self.all(name)[0][5..].to_vec()
    }

    /// Everything before EncryptedExtensions.
    fn hellos(&self) -> Vec<u8> {
        let mut client_hellos = self.all("client_hello").into_iter();
        let mut transcript = client_hellos.next().unwrap()[5..].to_vec();
        if let Some(second) = client_hellos.next() {
            transcript = tls13_message_hash(SUITE, &transcript).unwrap();
            transcript.extend(self.message("hello_retry_request"));
            transcript.extend(&second[5..]);
        }
        transcript.extend(self.message("server_hello"));
        transcript
    }

    fn messages(&self, label: Label, name: &str) -> Vec<HandshakeMessage> {
        let mut joiner = HandshakeJoiner::new(1 << 16, 16);
        for opened in self.open(label, name) {
            assert_eq!(opened.content_type, ContentType::HANDSHAKE);
            joiner.push(&opened.plaintext, 1);
        }
        joiner.drain().collect()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn open(opener: &mut Opener, record: &[u8]) -> Result<Opened, OpenError> {
    let version = u16::from_be_bytes([record[1], record[2]]);
    opener.open(ContentType(record[0]), version, &record[5..])
}

#[test]
fn every_record_of_every_trace_opens() {
    for trace in TRACE_NAMES.map(Trace) {
        trace.open(Label::ServerHandshakeTrafficSecret, "server_handshake");
        trace.open(Label::ClientHandshakeTrafficSecret, "client_handshake");
        let client = trace.open(Label::ClientTrafficSecret0, "client_application");
        let server = trace.open(Label::ServerTrafficSecret0, "server_application");
        assert!(!client.is_empty() && !server.is_empty());
    }
}

#[test]
fn every_finished_is_what_its_transcript_gives() {
    for trace in TRACE_NAMES.map(Trace) {
        let mut transcript = trace.hellos();
        let mut finished = 0;
        let sides = [
            (Label::ServerHandshakeTrafficSecret, "server_handshake"),
            (Label::ClientHandshakeTrafficSecret, "client_handshake"),
        ];
        for (label, name) in sides {
            if name == "client_handshake" && !trace.all("early_data").is_empty() {
                // EndOfEarlyData is sent under the early keys and belongs to the transcript.
                let early = trace.open(Label::ClientEarlyTrafficSecret, "early_data");
                transcript.extend(&early[1].plaintext);
            }
            for message in trace.messages(label, name) {
                if message.message_type == HandshakeType::FINISHED {
                    let expected = tls13_verify_data(SUITE, &trace.secret(label), &transcript);
                    assert_eq!(expected.unwrap(), message.body(), "{} {name}", trace.0);
                    finished += 1;
                }
                transcript.extend(&message.raw);
            }
        }
        assert_eq!(finished, 2, "{}", trace.0);
    }
}

/// The contents that Botan's tests, which have them from the same keys, sign and verify; the client's
/// is not in the RFC, which prints the signature only.
#[test]
fn certificate_verify_content_ends_with_the_transcript_hash() {
    let trace = Trace("client-authentication");
    let mut transcript = trace.hellos();
    let server = trace.messages(Label::ServerHandshakeTrafficSecret, "server_handshake");
    let client = trace.messages(Label::ClientHandshakeTrafficSecret, "client_handshake");
    let mut contents = Vec::new();
    for (message, from_client) in
        server.iter().map(|message| (message, false)).chain(client.iter().map(|m| (m, true)))
    {
        if message.message_type == HandshakeType::CERTIFICATE_VERIFY {
            let content = tls13_certificate_verify_content(SUITE, &transcript, from_client);
            contents.push(content.unwrap());
        }
        transcript.extend(&message.raw);
    }
    let [server, client] = contents.as_slice() else { panic!("two certificates are verified") };
    assert!(server.starts_with(&[b' '; 64]));
    assert_eq!(server[64..98], *b"TLS 1.3, server CertificateVerify\0");
    assert_eq!(client[64..98], *b"TLS 1.3, client CertificateVerify\0");
    assert_eq!(
        server[98..],
        bytes("859eaf14bd760766c74a398668367bc3a32687ce5a598b4383726ab82a911e26")
    );
    assert_eq!(
        client[98..],
        bytes("44026ef3331bc864da1c08ee32e196d93cc2c5d487e47e957d980e7c3d801b9a")
    );
}

#[test]
fn client_authentication_is_read_from_the_trace() {
    let trace = Trace("client-authentication");
    let types = |label, name| -> Vec<_> {
        trace.messages(label, name).iter().map(|message| message.message_type).collect()
    };
    assert_eq!(
        types(Label::ServerHandshakeTrafficSecret, "server_handshake"),
        [
            HandshakeType::ENCRYPTED_EXTENSIONS,
            HandshakeType::CERTIFICATE_REQUEST,
            HandshakeType::CERTIFICATE,
            HandshakeType::CERTIFICATE_VERIFY,
            HandshakeType::FINISHED,
        ]
    );
    assert_eq!(
        types(Label::ClientHandshakeTrafficSecret, "client_handshake"),
        [HandshakeType::CERTIFICATE, HandshakeType::CERTIFICATE_VERIFY, HandshakeType::FINISHED]
    );
}

#[test]
fn early_data_opens_with_the_early_secret() {
    let early = Trace("resumed-0rtt").open(Label::ClientEarlyTrafficSecret, "early_data");
    assert_eq!(early[0].plaintext, b"ABCDEF");
    assert_eq!(early[0].content_type, ContentType::APPLICATION_DATA);
    assert_eq!(early[1].plaintext, [5, 0, 0, 0]);
}

#[test]
fn the_empty_transcript_hashes_as_the_key_schedule_says() {
    assert_eq!(
        tls13_transcript_hash(SUITE, &[]).unwrap(),
        bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
}

#[test]
fn no_record_opens_with_a_bit_flipped_or_with_the_wrong_secret() {
    let trace = Trace("client-authentication");
    let record = trace.all("client_handshake").remove(0);
    let mut opener =
        Opener::tls13(SUITE, &trace.secret(Label::ClientHandshakeTrafficSecret)).unwrap();
    for position in [0, 1, 2, 5, 100, record.len() - 1] {
        let mut damaged = record.clone();
        damaged[position] ^= 1;
        assert_eq!(open(&mut opener, &damaged), Err(OpenError::Authentication), "{position}");
    }
    assert_eq!(opener.sequence(), 0);
    for label in [Label::ServerHandshakeTrafficSecret, Label::ClientTrafficSecret0] {
        let mut wrong = Opener::tls13(SUITE, &trace.secret(label)).unwrap();
        assert_eq!(open(&mut wrong, &record), Err(OpenError::Authentication));
    }
    assert!(open(&mut opener, &record).is_ok());
    assert_eq!(open(&mut opener, &record), Err(OpenError::Authentication));
}

#[test]
fn missing_records_are_gone_over() {
    let trace = Trace("simple");
    let records = trace.all("server_application");
    let fresh = || Opener::tls13(SUITE, &trace.secret(Label::ServerTrafficSecret0)).unwrap();
    let mut skipped = fresh();
    skipped.skip(1);
    skipped.pass(&records[1][5..]);
    assert!(open(&mut skipped, &records[2]).is_ok());
    let mut ahead = fresh();
    let last = &records[2];
    let open_ahead = |ahead: &mut Opener, most| {
        ahead.open_ahead(ContentType(last[0]), 0x0303, &last[5..], most).map(|(_, missing)| missing)
    };
    assert_eq!(open_ahead(&mut ahead, 1), Err(OpenError::Authentication));
    assert_eq!(ahead.sequence(), 0);
    assert_eq!(open_ahead(&mut ahead, 8), Ok(2));
    assert_eq!(ahead.sequence(), 3);
}

#[test]
fn a_key_log_of_the_trace_gives_its_secrets() {
    let trace = Trace("simple");
    let random: [u8; 32] = trace.message("client_hello")[6..38].try_into().unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let secret = trace.secret(Label::ClientHandshakeTrafficSecret);
    let line =
        format!("CLIENT_HANDSHAKE_TRAFFIC_SECRET {} {}\n", hex(&random), hex(secret.expose()));
    let mut key_log = KeyLog::new(&Limits::default());
    assert_eq!(key_log.add(line.as_bytes()).used, 1);
    let found = key_log.of(&random).unwrap();
    assert_eq!(
        found.candidates(Label::ClientHandshakeTrafficSecret).collect::<Vec<_>>(),
        [&secret]
    );
}
