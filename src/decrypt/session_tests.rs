//! Sessions of OpenSSL and GnuTLS, by suite and version; `testdata/sessions.py` records them.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use crate::decrypt::{Label, OpenError, Opened, Opener, RsaKey, Secret, Tls12Parameters};
use crate::tls::{
    CipherSuite, ContentType, HandshakeJoiner, HandshakeMessage, HandshakeType, ProtocolVersion,
};

const SESSIONS: &str = include_str!("testdata/sessions.txt");

#[derive(Clone, Copy)]
struct Session(&'static str);

/// What a session's direction is.
const SIDES: [(&str, bool); 2] = [("client", true), ("server", false)];

fn sessions() -> Vec<Session> {
    SESSIONS.split("\n\n").filter(|block| block.contains("session ")).map(Session).collect()
}

fn session(name: &str) -> Session {
    sessions().into_iter().find(|session| session.name() == name).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

impl Session {
    /// What stands after `field` in each of its lines.
    fn all(&self, field: &str) -> Vec<&'static str> {
        let prefix = format!("{field} ");
        self.0.lines().filter_map(|line| line.strip_prefix(prefix.as_str())).collect()
    }

    fn name(&self) -> &'static str {
        self.all("session")[0]
    }

    fn bytes(&self, field: &str) -> Vec<u8> {
        bytes(self.all(field)[0])
    }

    fn records(&self, side: &str) -> Vec<Vec<u8>> {
        self.all(side).into_iter().map(bytes).collect()
    }

    fn number(&self, field: &str) -> u16 {
        u16::from_str_radix(self.all(field)[0], 16).unwrap()
    }

    fn is_tls13(&self) -> bool {
        self.number("version") == 0x0304
    }

    fn parameters(&self) -> Tls12Parameters {
        let flags = self.all("flag");
        Tls12Parameters {
            version: ProtocolVersion(self.number("version")),
            cipher_suite: CipherSuite(self.number("suite")),
            client_random: self.bytes("client_random").try_into().unwrap(),
            server_random: self.bytes("server_random").try_into().unwrap(),
            encrypt_then_mac: flags.contains(&"encrypt_then_mac"),
            truncated_hmac: flags.contains(&"truncated_hmac"),
        }
    }

    fn secret(&self, label: Label) -> Secret {
        Secret::new(&self.bytes(&format!("secret {}", label.name())))
    }

    fn opener(&self, from_client: bool) -> Opener {
        let label = match (self.is_tls13(), from_client) {
            (false, _) => Label::ClientRandom,
            (true, true) => Label::ClientHandshakeTrafficSecret,
            (true, false) => Label::ServerHandshakeTrafficSecret,
        };
        self.opener_with(&self.secret(label), from_client)
    }

    fn opener_with(&self, secret: &Secret, from_client: bool) -> Opener {
        match self.is_tls13() {
            true => Opener::tls13(CipherSuite(self.number("suite")), secret).unwrap(),
            false => Opener::tls12(&self.parameters(), secret, from_client).unwrap(),
        }
    }

    /// Opens everything that one side sent, changing keys where it did.
    fn open_all(&self, side: &str, from_client: bool) -> Vec<Opened> {
        let mut opener = self.opener(from_client);
        let mut all = Vec::new();
        for record in self.records(side) {
            let opened = open(&mut opener, &record)
                .unwrap_or_else(|error| panic!("{} {side} {}: {error}", self.name(), all.len()));
            let is = |message_type: HandshakeType| {
                opened.content_type == ContentType::HANDSHAKE
                    && opened.plaintext.first() == Some(&message_type.0)
            };
            if self.is_tls13() && is(HandshakeType::FINISHED) {
                opener = self.opener_with(
                    &self.secret(match from_client {
                        true => Label::ClientTrafficSecret0,
                        false => Label::ServerTrafficSecret0,
                    }),
                    from_client,
                );
            } else if self.is_tls13() && is(HandshakeType::KEY_UPDATE) {
                opener.update();
            }
            all.push(opened);
        }
        all
    }

    fn clear_messages(&self, side: &str) -> Vec<HandshakeMessage> {
        messages(&self.bytes(&format!("clear {side}")))
    }
}

fn messages(bytes: &[u8]) -> Vec<HandshakeMessage> {
    let mut joiner = HandshakeJoiner::new(1 << 16, 16);
    joiner.push(bytes, &[1]);
    joiner.drain().collect()
}

fn open(opener: &mut Opener, record: &[u8]) -> Result<Opened, OpenError> {
    let version = u16::from_be_bytes([record[1], record[2]]);
    opener.open(ContentType(record[0]), version, &record[5..])
}

fn text(opened: &[Opened]) -> Vec<u8> {
    let data = opened.iter().filter(|one| one.content_type == ContentType::APPLICATION_DATA);
    data.flat_map(|one| one.plaintext.clone()).collect()
}

#[test]
fn every_record_of_every_suite_opens() {
    assert!(sessions().len() > 40);
    for session in sessions() {
        for (side, from_client) in SIDES {
            let opened = session.open_all(side, from_client);
            assert!(opened.len() >= 3, "{} {side}", session.name());
            let text = String::from_utf8(text(&opened)).unwrap();
            let expected = if session.name().starts_with("made") { "made text" } else { "line" };
            assert!(
                text.contains(expected) || text.contains("enil"),
                "{} {side}: {text:?}",
                session.name()
            );
        }
    }
}

#[test]
fn no_suite_opens_a_record_with_any_bit_flipped() {
    for session in sessions() {
        for (side, from_client) in SIDES {
            let record = session.records(side).remove(0);
            let mut opener = session.opener(from_client);
            let last = record.len() - 1;
            for position in (0..3).chain(5..40.min(last)).chain([last - 1, last]) {
                let mut damaged = record.clone();
                damaged[position] ^= 0x80;
                let result = open(&mut opener, &damaged);
                assert_eq!(
                    result,
                    Err(OpenError::Authentication),
                    "{} {side} {position}",
                    session.name()
                );
            }
            assert_eq!(opener.sequence(), 0);
            assert!(open(&mut opener, &record).is_ok(), "{} {side}", session.name());
        }
    }
}

#[test]
fn no_suite_opens_a_record_with_a_wrong_secret() {
    for session in sessions() {
        for (side, from_client) in SIDES {
            let record = session.records(side).remove(0);
            let right = match session.is_tls13() {
                true if from_client => session.secret(Label::ClientHandshakeTrafficSecret),
                true => session.secret(Label::ServerHandshakeTrafficSecret),
                false => session.secret(Label::ClientRandom),
            };
            let mut wrong = right.expose().to_vec();
            wrong[17] ^= 1;
            for (secret, of_client) in
                [(Secret::new(&wrong), from_client), (right.clone(), !from_client)]
            {
                let is_same_key = session.is_tls13() && secret == right;
                let result = open(&mut session.opener_with(&secret, of_client), &record);
                assert!(is_same_key || result.is_err(), "{} {side}", session.name());
            }
        }
    }
}

#[test]
fn records_that_are_passed_need_not_be_opened() {
    for session in sessions().into_iter().filter(|session| !session.is_tls13()) {
        for (side, from_client) in SIDES {
            let mut opener = session.opener(from_client);
            let records = session.records(side);
            let (last, before) = records.split_last().unwrap();
            for record in before {
                opener.pass(&record[5..]);
            }
            assert!(open(&mut opener, last).is_ok(), "{} {side}", session.name());
        }
    }
}

#[test]
fn missing_records_are_gone_over_where_the_suite_allows_it() {
    for session in sessions().into_iter().filter(|session| !session.is_tls13()) {
        for (side, from_client) in SIDES {
            let mut opener = session.opener(from_client);
            let survives = opener.survives_loss();
            let records = session.records(side);
            opener.skip(1);
            let result = open(&mut opener, &records[1]);
            let name = session.name();
            assert_eq!(result.is_ok(), survives, "{name} {side}");
            if name.contains("tls10") {
                assert_eq!(result, Err(OpenError::StateLost), "{name}");
                opener.pass(&records[1][5..]);
                assert_eq!(open(&mut opener, &records[2]).is_ok(), !name.contains("rc4"), "{name}");
            }
        }
    }
}

#[test]
fn finished_is_what_the_handshake_gives() {
    let mut checked = 0;
    for session in sessions().into_iter().filter(|session| !session.all("clear").is_empty()) {
        let parameters = session.parameters();
        let master = session.secret(Label::ClientRandom);
        let client = session.clear_messages("client");
        let mut transcript = client[0].raw.clone();
        session.clear_messages("server").iter().for_each(|message| transcript.extend(&message.raw));
        client[1..].iter().for_each(|message| transcript.extend(&message.raw));
        for (side, from_client) in SIDES {
            let opened = session.open_all(side, from_client).remove(0);
            let expected = parameters.verify_data(&master, &transcript, from_client).unwrap();
            assert_eq!(opened.plaintext[4..], expected, "{} {side}", session.name());
            transcript.extend(opened.plaintext);
            checked += 1;
        }
    }
    assert!(checked >= 10);
}

#[test]
fn the_rsa_key_gives_the_master_secret_that_was_logged() {
    let key = RsaKey::from_pem_or_der(include_bytes!("testdata/server-rsa.key")).unwrap();
    for name in [
        "tls12-rsa-key-exchange",
        "tls12-rsa-key-exchange-classic-master-secret",
        "tls10-rsa-key-exchange-classic-master-secret",
    ] {
        let session = session(name);
        let parameters = session.parameters();
        let client = session.clear_messages("client");
        let is_exchange =
            |message: &HandshakeMessage| message.message_type == HandshakeType::CLIENT_KEY_EXCHANGE;
        let position = client.iter().position(is_exchange).unwrap();
        let exchange = &client[position];
        let premaster = key.decrypt_premaster(&exchange.body()[2..]).unwrap();
        let mut transcript = client[0].raw.clone();
        session.clear_messages("server").iter().for_each(|message| transcript.extend(&message.raw));
        client[1..=position].iter().for_each(|message| transcript.extend(&message.raw));
        let extended = session.all("flag").contains(&"extended_master_secret");
        assert_eq!(extended, !name.contains("classic"));
        let session_hash = parameters.session_hash(&transcript).unwrap();
        let master = parameters.master_secret(&premaster, extended.then_some(&session_hash[..]));
        assert_eq!(master.unwrap(), session.secret(Label::ClientRandom), "{name}");
    }
}

#[test]
fn arbitrary_fragments_never_open_and_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    for session in sessions() {
        let mut opener = session.opener(true);
        for length in (0..80).chain([255, 256, 1000, 0x4000, 0x4800, 0x4801, 0x1_0000]) {
            let fragment: Vec<u8> =
                std::iter::repeat_with(&mut random).flatten().take(length).collect();
            let content_type = ContentType(random()[0]);
            assert!(opener.open(content_type, 0x0303, &fragment).is_err());
            opener.pass(&fragment);
        }
        opener.skip(u64::MAX);
        opener.skip(u64::MAX);
        assert!(opener.open(ContentType::HANDSHAKE, 0x0303, &[0; 64]).is_err());
        opener.update();
    }
}
