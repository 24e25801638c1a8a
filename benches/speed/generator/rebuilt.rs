//! A recorded handshake, sent again: other randoms, session, certificate and signature.

use super::keys::{Keys, Leaf};
use super::random::Random;
use super::recorded::{
    CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_HELLO, Content, FINISHED, Message, NEW_SESSION_TICKET,
    Recorded, SERVER_HELLO, Told,
};
use super::tls13::{self, Protection, Secrets};

/// What goes over a planted connection.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    /// Who sends what: the sender is the client, and the bytes.
    pub(crate) turns: Vec<(bool, Vec<u8>)>,
    pub(crate) told: Told,
    /// Of the client's certificate, where one is presented to a reader of the file.
    pub(crate) leaf_sha1: Option<String>,
    pub(crate) session: Session,
    pub(crate) is_tls13: bool,
    /// What the server and the client protect application data with, where a reader can open it.
    pub(crate) protections: Option<[Protection; 2]>,
    pub(crate) key_log: String,
}

/// What a later connection resumes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// Assigned by the server; empty where it assigned none.
    id: Vec<u8>,
    ticket: Vec<u8>,
    recorded_id: Vec<u8>,
    recorded_ticket: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Rebuilder<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) seed: u64,
    /// Which certificate the client presents.
    pub(crate) leaf: u64,
    /// What is resumed.
    pub(crate) resumes: Option<&'a Session>,
}

impl Rebuilder<'_> {
    pub(crate) fn rebuild(&self, recorded: &Recorded, random: &mut Random) -> Rebuilt {
        let mut story = Story { suite: recorded.suite, ..Story::default() };
        if recorded.is_opened() {
            story.secrets = Some(Secrets::new(recorded.suite, random));
        }
        let handshake = |secrets: &Secrets| [false, true].map(|client| secrets.handshake(client));
        let mut protections = story.secrets.as_ref().map(handshake);
        let mut turns = Vec::new();
        for turn in &recorded.turns {
            let mut bytes = Vec::new();
            for record in &turn.records {
                let fragment = match &record.content {
                    Content::Fixed(fragment) => fragment.clone(),
                    Content::Protected(fragment) => random.bytes(fragment.len()),
                    Content::Messages(messages) => {
                        self.messages(messages, turn.from_client, &mut story, random)
                    }
                    Content::Opened(messages) => {
                        let content = self.messages(messages, turn.from_client, &mut story, random);
                        let protections = protections.as_mut().expect("secrets");
                        let protection = &mut protections[usize::from(turn.from_client)];
                        bytes.extend(protection.seal(0x16, &content));
                        if messages.iter().any(|message| message.message_type == FINISHED) {
                            let secrets = story.secrets.as_ref().expect("secrets");
                            *protection = secrets.application(turn.from_client);
                        }
                        continue;
                    }
                };
                write_record(record.content_type, record.version, &fragment, &mut bytes);
            }
            turns.push((turn.from_client, bytes));
        }
        let key_log = story.secrets.map(|secrets| secrets.key_log(&story.hello.random));
        Rebuilt {
            turns,
            told: recorded.told.clone(),
            leaf_sha1: story.leaf.map(|leaf| leaf.sha1()),
            session: story.session,
            is_tls13: recorded.is_tls13,
            protections,
            key_log: key_log.unwrap_or_default(),
        }
    }

    fn messages<'a>(
        &'a self,
        messages: &[Message],
        from_client: bool,
        story: &mut Story<'a>,
        random: &mut Random,
    ) -> Vec<u8> {
        let mut fragment = Vec::new();
        for message in messages {
            let mut message = message.clone();
            match message.message_type {
                CLIENT_HELLO => self.client_hello(&mut message, &mut story.hello, random),
                SERVER_HELLO => story.hello.answer(&mut message, &mut story.session, random),
                NEW_SESSION_TICKET if story.secrets.is_none() => {
                    new_session_ticket(&mut message, &mut story.session, random);
                }
                CERTIFICATE if from_client => {
                    // In TLS 1.3 a context stands before the list; here it is empty.
                    let list = if story.secrets.is_some() { 4 } else { 3 };
                    story.leaf = self.certificate(&mut message, list);
                }
                CERTIFICATE_VERIFY if from_client => story.verify(&mut message, random),
                FINISHED => {
                    let secrets = story.secrets.as_ref().expect("secrets");
                    message.body = secrets.finished(from_client, &story.transcript);
                }
                _ => {}
            }
            message.write(&mut story.transcript);
            message.write(&mut fragment);
        }
        fragment
    }

    fn client_hello(&self, hello: &mut Message, kept: &mut Hello, random: &mut Random) {
        let body = &mut hello.body;
        random.fill(&mut body[2..34]);
        kept.random = body[2..34].to_vec();
        let id = session_id(body);
        kept.recorded_id = body[id.clone()].to_vec();
        match self.resumes {
            Some(session) if !session.id.is_empty() && session.recorded_id == kept.recorded_id => {
                body[id.clone()].copy_from_slice(&session.id);
            }
            _ => random.fill(&mut body[id.clone()]),
        }
        kept.id = body[id].to_vec();
        if let Some(Session { ticket, recorded_ticket, .. }) = self.resumes
            && !ticket.is_empty()
        {
            let mut windows = body.windows(ticket.len());
            let at = windows.position(|window| window == recorded_ticket).expect("the ticket");
            body[at..at + ticket.len()].copy_from_slice(ticket);
        }
    }

    /// The client's Certificate, whose list begins at `list`.
    fn certificate(&self, message: &mut Message, list: usize) -> Option<Leaf<'_>> {
        let length = message.body.get(list..list + 3)?;
        let length = u32::from_be_bytes([0, length[0], length[1], length[2]]) as usize;
        let recorded = &mut message.body[list + 3..list + 3 + length];
        let leaf = self.keys.leaf(recorded, self.leaf, self.seed);
        recorded.copy_from_slice(&leaf.der);
        Some(leaf)
    }
}

/// What was said so far.
#[derive(Debug, Default)]
struct Story<'a> {
    suite: u16,
    transcript: Vec<u8>,
    hello: Hello,
    session: Session,
    leaf: Option<Leaf<'a>>,
    /// In TLS 1.3, where a reader is to have them.
    secrets: Option<Secrets>,
}

impl Story<'_> {
    /// Scheme, length, signature (RFC 5246 section 7.4.8, RFC 8446 section 4.4.3).
    fn verify(&self, message: &mut Message, random: &mut Random) {
        let scheme = u16::from_be_bytes([message.body[0], message.body[1]]);
        let leaf = self.leaf.as_ref().expect("a certificate");
        let signature = if self.secrets.is_some() {
            leaf.sign(scheme, &tls13::signed(self.suite, &self.transcript), random)
        } else {
            leaf.sign(scheme, &self.transcript, random)
        };
        message.body.truncate(2);
        message.body.extend_from_slice(&(signature.len() as u16).to_be_bytes());
        message.body.extend_from_slice(&signature);
    }
}

/// What the ClientHello said, as recorded and as sent again.
#[derive(Debug, Default)]
struct Hello {
    random: Vec<u8>,
    id: Vec<u8>,
    recorded_id: Vec<u8>,
}

impl Hello {
    fn answer(&self, server_hello: &mut Message, session: &mut Session, random: &mut Random) {
        let body = &mut server_hello.body;
        // The last eight bytes may say that a newer version was possible (RFC 8446 section 4.1.3).
        random.fill(&mut body[2..26]);
        let id = session_id(body);
        if body[id.clone()] == self.recorded_id {
            body[id].copy_from_slice(&self.id);
            return;
        }
        session.recorded_id = body[id.clone()].to_vec();
        random.fill(&mut body[id.clone()]);
        session.id = body[id].to_vec();
    }
}

/// Lifetime, length, ticket (RFC 5077 section 3.3).
fn new_session_ticket(message: &mut Message, session: &mut Session, random: &mut Random) {
    let ticket = &mut message.body[6..];
    session.recorded_ticket = ticket.to_vec();
    random.fill(ticket);
    session.ticket = ticket.to_vec();
}

/// Where the session identifier of a hello stands.
fn session_id(body: &[u8]) -> std::ops::Range<usize> {
    35..35 + usize::from(body[34])
}

fn write_record(content_type: u8, version: [u8; 2], fragment: &[u8], out: &mut Vec<u8>) {
    out.push(content_type);
    out.extend_from_slice(&version);
    out.extend_from_slice(&(fragment.len() as u16).to_be_bytes());
    out.extend_from_slice(fragment);
}
