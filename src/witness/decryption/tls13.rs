//! TLS 1.3: two keys a peer, one for its handshake and one for what follows.

use super::Alerts;
use super::response::FirstResponse;
use crate::decrypt::{KeyLog, Label, Opened, Opener, Secret, Secrets};
use crate::inspect::{Event, Inspector, Locked, Peer, ProtectedRecord};
use crate::limits::Limits;
use crate::tls::{CipherSuite, ContentType, HandshakeJoiner, HandshakeType};

/// What is being opened of both peers.
#[derive(Debug)]
pub(super) struct Tls13Records {
    client: PeerRecords,
    server: PeerRecords,
    /// The client random of the encrypted hello that the server accepted, where a secret showed it.
    inner: Option<[u8; 32]>,
    /// Whether secrets under other randoms were tried.
    tried: bool,
}

/// What is being opened of one peer.
#[derive(Debug)]
struct PeerRecords {
    phase: Phase,
    opener: Option<Opener>,
    joiner: HandshakeJoiner,
    alerts: Alerts,
    response: FirstResponse,
    /// Records that no secret opened in a row.
    failures: u32,
    /// Records opened after the Finished.
    after_finished: u32,
    opened: bool,
    /// A record came for which there was no secret.
    unopened: bool,
}

/// Whose keys are in use (RFC 8446 section 7.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// Those of the handshake.
    Handshake,
    /// Those of the application data.
    Application,
    /// Nothing more is opened.
    Done,
}

/// Records tried before a secret is held not to fit: a server passes over the early data of a client
/// that it does not accept (RFC 8446 section 4.2.10), and so must we.
const TRIES: u32 = 64;

/// Records opened after the Finished: a refused certificate is an alert among the first of them.
const AFTER_FINISHED: u32 = 64;

impl Tls13Records {
    pub(super) fn new(limits: &Limits) -> Self {
        let [client, server] = [PeerRecords::new(limits), PeerRecords::new(limits)];
        Self { client, server, inner: None, tried: false }
    }

    /// Whether the next encrypted record of `peer` may be opened and tell something.
    pub(super) fn wants(&self, peer: Peer, inspector: &Inspector, key_log: &KeyLog) -> bool {
        let secrets = self.secrets(inspector, key_log);
        may_open(peer, self.of(peer).phase, inspector, secrets)
            || peer == Peer::Server && !self.tried && may_try(inspector, key_log)
    }

    /// The same before any record came.
    pub(super) fn may_begin(peer: Peer, inspector: &Inspector, key_log: &KeyLog) -> bool {
        may_open(peer, Phase::Handshake, inspector, listed(inspector, key_log))
            || peer == Peer::Server && may_try(inspector, key_log)
    }

    /// Notes a record of `peer` that was passed by unopened.
    pub(super) fn pass(&mut self, peer: Peer) {
        match peer {
            Peer::Client => self.client.unopened = true,
            Peer::Server => self.server.unopened = true,
        }
    }

    /// Opens a record of `peer`, and says what it held.
    pub(super) fn open(
        &mut self,
        peer: Peer,
        record: &ProtectedRecord,
        inspector: &mut Inspector,
        key_log: &KeyLog,
    ) -> Vec<Event> {
        let Some(suite) = inspector.tls13_suite() else {
            return Vec::new();
        };
        if peer == Peer::Server && !self.tried && may_try(inspector, key_log) {
            self.tried = true;
            self.inner = of_other_hello(record, suite, key_log);
            if self.inner.is_some() {
                inspector.accept_encrypted_client_hello();
            }
        }
        let Some(secrets) = self.secrets(inspector, key_log) else {
            return Vec::new();
        };
        let in_handshake = self.of(peer).phase == Phase::Handshake;
        let state = match peer {
            Peer::Client => &mut self.client,
            Peer::Server => &mut self.server,
        };
        match state.try_open(peer, record, suite, secrets) {
            Some((opened, proved)) => {
                if let Some(secret) = proved.filter(|_| in_handshake) {
                    inspector.prove_traffic_secret(peer, secret);
                }
                let follow = inspector.offers_post_handshake_auth();
                let mut events = state.take(&opened, &record.frames, follow);
                let is_data = opened.content_type == ContentType::APPLICATION_DATA;
                if peer == Peer::Server && is_data && state.phase != Phase::Handshake {
                    let status = state.response.read(&opened.plaintext);
                    events.extend(status.map(Event::HttpStatus));
                }
                events
            }
            None => Vec::new(),
        }
    }

    /// What kept the records of `peer` closed.
    pub(super) fn locked(&self, peer: Peer, inspector: &Inspector, key_log: &KeyLog) -> Locked {
        let state = self.of(peer);
        match self.secrets(inspector, key_log) {
            None if key_log.is_empty() => Locked::NoSecret,
            None => Locked::NotListed { sessions: key_log.all_sessions() },
            Some(secrets) if state.failures > 0 && secrets.is_over_limit() => Locked::TooMany,
            Some(_) if state.failures > 0 => Locked::DoesNotFit,
            Some(_) if state.opened => Locked::Opened,
            Some(secrets) if secrets.has(label(peer, Phase::Handshake)) => Locked::Opened,
            Some(_) => Locked::Missing,
        }
    }

    /// Whether every record of `peer` after its Finished was opened, or would have been.
    ///
    /// It takes the secret for them: without it a connection is let go before such a record comes,
    /// and that none was met unopened says nothing.
    pub(super) fn followed_after_finished(
        &self,
        peer: Peer,
        inspector: &Inspector,
        key_log: &KeyLog,
    ) -> bool {
        let state = self.of(peer);
        state.phase == Phase::Application
            && state.failures == 0
            && !state.unopened
            && self
                .secrets(inspector, key_log)
                .is_some_and(|secrets| secrets.has(label(peer, Phase::Application)))
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.client.joiner.held() + self.server.joiner.held() + self.server.response.held()
    }

    fn secrets<'a>(&self, inspector: &Inspector, key_log: &'a KeyLog) -> Option<&'a Secrets> {
        match &self.inner {
            Some(inner) => key_log.of(inner),
            None => listed(inspector, key_log),
        }
    }

    fn of(&self, peer: Peer) -> &PeerRecords {
        match peer {
            Peer::Client => &self.client,
            Peer::Server => &self.server,
        }
    }
}

impl PeerRecords {
    fn new(limits: &Limits) -> Self {
        Self {
            phase: Phase::Handshake,
            opener: None,
            joiner: HandshakeJoiner::new(limits.handshake_message_bytes, limits.frames_per_message),
            alerts: Alerts::default(),
            response: FirstResponse::default(),
            failures: 0,
            after_finished: 0,
            opened: false,
            unopened: false,
        }
    }

    /// Opens a record with the key in use, or finds the key by opening it; gives the secret with
    /// which it was found.
    fn try_open(
        &mut self,
        peer: Peer,
        record: &ProtectedRecord,
        suite: CipherSuite,
        secrets: &Secrets,
    ) -> Option<(Opened, Option<Secret>)> {
        let (content_type, version) = (record.content_type, record.version);
        let opened = match &mut self.opener {
            Some(opener) => {
                opener.open(content_type, version, &record.fragment).ok().map(|it| (it, None))
            }
            None => secrets.candidates(label(peer, self.phase)).find_map(|secret| {
                let mut opener = Opener::tls13(suite, secret).ok()?;
                let opened = opener.open(content_type, version, &record.fragment).ok()?;
                self.opener = Some(opener);
                Some((opened, Some(secret.clone())))
            }),
        };
        match &opened {
            Some(_) => {
                self.failures = 0;
                self.opened = true;
            }
            None => {
                self.failures += 1;
                // A key that fitted fits every record after: one is missing, or was changed.
                if self.opener.is_some() || self.failures >= TRIES {
                    self.phase = Phase::Done;
                }
            }
        }
        opened
    }

    fn take(&mut self, opened: &Opened, frames: &[u64], follow: bool) -> Vec<Event> {
        if self.phase == Phase::Application {
            self.after_finished += 1;
            if self.after_finished >= AFTER_FINISHED && !follow {
                self.phase = Phase::Done;
            }
        }
        match opened.content_type {
            ContentType::HANDSHAKE => {
                self.joiner.push(&opened.plaintext, frames);
                let messages: Vec<_> = self.joiner.drain().collect();
                for message in &messages {
                    match message.message_type {
                        HandshakeType::FINISHED => self.finished(),
                        HandshakeType::KEY_UPDATE => {
                            if let Some(opener) = &mut self.opener {
                                opener.update();
                            }
                        }
                        _ => {}
                    }
                }
                messages.into_iter().map(Event::Decrypted).collect()
            }
            ContentType::ALERT => self.alerts.read(&opened.plaintext, frames),
            _ => vec![Event::Opened { frame: frames.last().copied().unwrap_or_default() }],
        }
    }

    /// Either side may still send an alert after its Finished: a server its refusal, a client its
    /// objection.
    fn finished(&mut self) {
        if self.phase == Phase::Handshake {
            self.opener = None;
            self.phase = Phase::Application;
        }
    }
}

/// The secrets that stand under the client random.
fn listed<'a>(inspector: &Inspector, key_log: &'a KeyLog) -> Option<&'a Secrets> {
    key_log.of(&inspector.client_random()?)
}

fn may_open(peer: Peer, phase: Phase, inspector: &Inspector, secrets: Option<&Secrets>) -> bool {
    phase != Phase::Done
        && inspector.tls13_suite().is_some()
        && secrets.is_some_and(|secrets| secrets.has(label(peer, phase)))
}

/// Whether the secrets may stand under the random of an encrypted hello.
fn may_try(inspector: &Inspector, key_log: &KeyLog) -> bool {
    inspector.tls13_suite().is_some()
        && inspector.offers_encrypted_client_hello()
        && listed(inspector, key_log).is_none()
        && key_log.of_other_hellos().next().is_some()
}

/// The client random whose secret opens the first record of a server.
fn of_other_hello(
    record: &ProtectedRecord,
    suite: CipherSuite,
    key_log: &KeyLog,
) -> Option<[u8; 32]> {
    let opens = |secrets: &Secrets| {
        secrets.candidates(Label::ServerHandshakeTrafficSecret).any(|secret| {
            Opener::tls13(suite, secret).is_ok_and(|mut opener| {
                opener.open(record.content_type, record.version, &record.fragment).is_ok()
            })
        })
    };
    let found = key_log.of_other_hellos().find(|(_, secrets)| opens(secrets));
    found.map(|(random, _)| *random)
}

fn label(peer: Peer, phase: Phase) -> Label {
    match (peer, phase) {
        (Peer::Client, Phase::Handshake) => Label::ClientHandshakeTrafficSecret,
        (Peer::Server, Phase::Handshake) => Label::ServerHandshakeTrafficSecret,
        (Peer::Client, _) => Label::ClientTrafficSecret0,
        (Peer::Server, _) => Label::ServerTrafficSecret0,
    }
}
