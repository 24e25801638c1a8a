//! TLS 1.0 to 1.2: a ChangeCipherSpec begins new keys, and records are counted from there on.

use super::response::FirstResponse;
use super::{Alerts, Wanted};
use crate::decrypt::{
    Label, Opened, Opener, Secret, Secrets, Tls12Parameters, uses_rsa_key_exchange,
};
use crate::inspect::{Event, Inspector, Locked, ObscuredReason, Peer, ProtectedRecord};
use crate::limits::Limits;
use crate::tls::{ContentType, HandshakeJoiner, Reader};
use crate::witness::Means;

/// What is being opened of both peers.
#[derive(Debug)]
pub(super) struct Tls12Records {
    client: PeerRecords,
    server: PeerRecords,
    /// Master secrets that opened a handshake of this connection, for those that resume it.
    masters: Vec<Secret>,
    /// What the server says first.
    response: FirstResponse,
}

/// What is being opened of one peer.
#[derive(Debug)]
struct PeerRecords {
    keys: Keys,
    joiner: HandshakeJoiner,
    alerts: Alerts,
    /// Records are missing before the next one.
    lost: bool,
    /// More secrets were given than are tried.
    over_limit: bool,
}

/// Whether there are keys for the records that come.
#[derive(Debug)]
enum Keys {
    /// They are not encrypted yet.
    Clear,
    /// The first record that opens shows which of these secrets it is.
    Candidates(Tls12Parameters, Vec<Secret>),
    /// There are.
    Open(Box<Opener>),
    /// No secret is given.
    None,
    /// No secret is given; there was one for the handshake before.
    Missing,
    /// The secrets given open nothing.
    DoNotFit,
    /// Too much is missing to go on.
    Lost,
}

/// Records that may be missing before one that opens. A hole of one TCP window, filled with the
/// shortest records there are, has more; each takes one try.
const MISSING_RECORDS: u64 = 1024;

/// Master secrets kept for handshakes that resume.
const MASTERS: usize = 4;

impl Tls12Records {
    pub(super) fn new(limits: &Limits) -> Self {
        let peer = || PeerRecords {
            keys: Keys::Clear,
            joiner: HandshakeJoiner::new(limits.handshake_message_bytes, limits.frames_per_message),
            alerts: Alerts::default(),
            lost: false,
            over_limit: false,
        };
        Self {
            client: peer(),
            server: peer(),
            masters: Vec::new(),
            response: FirstResponse::default(),
        }
    }

    /// Which of the next records of `peer` may be opened and tell something.
    ///
    /// Application data tells nothing. Where the key of a record depends on the bytes of those before
    /// it (RC4, and CBC in TLS 1.0), it is wanted all the same.
    pub(super) fn wants(&self, peer: Peer) -> Wanted {
        match &self.of(peer).keys {
            Keys::Candidates(..) => Wanted { application_data: false, others: true },
            Keys::Open(opener) => {
                let is_response_due = peer == Peer::Server && self.response.is_due();
                let application_data = is_response_due || !opener.survives_loss();
                Wanted { application_data, others: true }
            }
            _ => Wanted::NOTHING,
        }
    }

    /// Begins the keys of the handshake that `peer` is in.
    pub(super) fn change_cipher_spec(
        &mut self,
        peer: Peer,
        inspector: &Inspector,
        means: Means<'_>,
    ) {
        let was_open = matches!(self.of(peer).keys, Keys::Open(_));
        let handshake = inspector.handshake_of(peer);
        let parameters = handshake.and_then(Inspector::tls12_parameters);
        let keys = match (handshake, parameters) {
            (Some(handshake), Some(parameters)) => {
                let candidates = self.candidates(handshake, &parameters, means);
                match candidates.is_empty() {
                    false => Keys::Candidates(parameters, candidates),
                    true if was_open => Keys::Missing,
                    true => Keys::None,
                }
            }
            // A handshake that stayed closed has keys that nobody can know.
            _ => match self.of(peer).keys {
                Keys::DoNotFit => Keys::DoNotFit,
                Keys::Lost => Keys::Lost,
                Keys::Missing => Keys::Missing,
                _ if was_open => Keys::Missing,
                _ => Keys::None,
            },
        };
        let random = handshake.and_then(Inspector::client_random);
        let over_limit =
            random.map(|random| means.key_log.of(&random).is_some_and(Secrets::is_over_limit));
        let state = self.of_mut(peer);
        state.keys = keys;
        state.over_limit = over_limit.unwrap_or(state.over_limit);
        state.lost = false;
    }

    /// Goes past a record that was not wanted.
    pub(super) fn pass(&mut self, peer: Peer) {
        if let Keys::Open(opener) = &mut self.of_mut(peer).keys {
            opener.pass(&[]);
        }
    }

    /// Notes that records of `peer` are missing.
    pub(super) fn lose(&mut self, peer: Peer) {
        if peer == Peer::Server {
            self.response.give_up();
        }
        let state = self.of_mut(peer);
        state.lost = true;
        state.alerts = Alerts::default();
        state.joiner.lose();
        state.joiner.drain().for_each(drop);
    }

    /// Opens a record of `peer`, and says what it held.
    pub(super) fn open(
        &mut self,
        peer: Peer,
        record: &ProtectedRecord,
        inspector: &mut Inspector,
    ) -> Vec<Event> {
        let state = match peer {
            Peer::Client => &mut self.client,
            Peer::Server => &mut self.server,
        };
        if record.content_type == ContentType::APPLICATION_DATA {
            if peer == Peer::Server && self.response.is_due() && matches!(state.keys, Keys::Open(_))
            {
                if let Some((opened, _)) = state.try_open(peer, record) {
                    let status = self.response.read(&opened.plaintext);
                    return status.map(Event::HttpStatus).into_iter().collect();
                }
                self.response.give_up();
            }
            if let Keys::Open(opener) = &mut state.keys {
                opener.pass(&record.fragment);
            }
            return Vec::new();
        }
        let Some((opened, proved)) = state.try_open(peer, record) else {
            let (keys, reason) = match state.lost {
                true => (Keys::Lost, ObscuredReason::Gap),
                false if state.over_limit => (Keys::DoNotFit, ObscuredReason::LimitReached),
                false => (Keys::DoNotFit, ObscuredReason::DecryptionFailed),
            };
            state.keys = keys;
            return vec![Event::Unopened(reason)];
        };
        if let Some(secret) = proved {
            if self.masters.len() < MASTERS && !self.masters.contains(&secret) {
                self.masters.push(secret.clone());
            }
            inspector.prove_master_secret(peer, secret);
        }
        state.take(&opened, &record.frames)
    }

    /// What keeps the records of `peer` closed.
    pub(super) fn locked(&self, peer: Peer, means: Means<'_>) -> Locked {
        match self.of(peer).keys {
            Keys::Clear | Keys::None if !means.has_secrets() => Locked::NoSecret,
            Keys::Clear | Keys::None => {
                Locked::NotListed { sessions: means.key_log.all_sessions() }
            }
            Keys::DoNotFit if self.of(peer).over_limit => Locked::TooMany,
            Keys::Missing => Locked::Missing,
            Keys::DoNotFit => Locked::DoesNotFit,
            Keys::Candidates(..) | Keys::Open(_) | Keys::Lost => Locked::Opened,
        }
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.client.joiner.held() + self.server.joiner.held()
    }

    /// The master secrets that a handshake may have: all that any of the sources gives.
    fn candidates(
        &self,
        handshake: &Inspector,
        parameters: &Tls12Parameters,
        means: Means<'_>,
    ) -> Vec<Secret> {
        let logged = means.key_log.of(&parameters.client_random);
        let mut masters: Vec<Secret> = logged
            .into_iter()
            .flat_map(|secrets| secrets.candidates(Label::ClientRandom))
            .cloned()
            .collect();
        let premasters = logged
            .into_iter()
            .flat_map(|secrets| secrets.candidates(Label::PremasterSecret))
            .cloned()
            .chain(rsa_premasters(handshake, parameters, means));
        let session_messages = handshake.session_messages();
        for premaster in premasters {
            let hash =
                session_messages.as_deref().map(|messages| parameters.session_hash(messages));
            let master = match hash {
                Some(Ok(hash)) => parameters.master_secret(&premaster, Some(&hash)),
                _ if handshake.has_extended_master_secret() => continue,
                _ => parameters.master_secret(&premaster, None),
            };
            masters.extend(master.ok());
        }
        let session = handshake.session_id().filter(|id| !id.is_empty());
        let of_session = session.map(|id| means.key_log.master_secrets_of_session(id));
        masters.extend(of_session.into_iter().flatten().cloned());
        if handshake.client_key_exchange().is_none() {
            masters.extend(self.masters.iter().cloned());
        }
        masters
    }

    fn of(&self, peer: Peer) -> &PeerRecords {
        match peer {
            Peer::Client => &self.client,
            Peer::Server => &self.server,
        }
    }

    fn of_mut(&mut self, peer: Peer) -> &mut PeerRecords {
        match peer {
            Peer::Client => &mut self.client,
            Peer::Server => &mut self.server,
        }
    }
}

/// Premaster secrets that the client encrypted for the server's RSA key.
fn rsa_premasters(
    handshake: &Inspector,
    parameters: &Tls12Parameters,
    means: Means<'_>,
) -> Vec<Secret> {
    let suite = parameters.cipher_suite;
    let Some(body) = handshake.client_key_exchange().filter(|_| uses_rsa_key_exchange(suite))
    else {
        return Vec::new();
    };
    let Ok(encrypted) = Reader::new(body).vector16("encrypted_pre_master_secret") else {
        return Vec::new();
    };
    let logged = means.key_log.premaster_secrets(encrypted).cloned();
    let decrypted = means.rsa_keys.iter().filter_map(|key| key.decrypt_premaster(encrypted));
    logged.chain(decrypted).collect()
}

impl PeerRecords {
    /// Opens a record with the keys in use, or finds them by opening it; gives the secret with which
    /// they were found.
    fn try_open(
        &mut self,
        peer: Peer,
        record: &ProtectedRecord,
    ) -> Option<(Opened, Option<Secret>)> {
        let (content_type, version) = (record.content_type, record.version);
        let missing = if self.lost { MISSING_RECORDS } else { 0 };
        match &mut self.keys {
            Keys::Open(opener) => {
                let (opened, _) =
                    opener.open_ahead(content_type, version, &record.fragment, missing).ok()?;
                self.lost = false;
                Some((opened, None))
            }
            Keys::Candidates(parameters, candidates) => {
                let found = candidates.iter().find_map(|secret| {
                    let mut opener =
                        Opener::tls12(parameters, secret, peer == Peer::Client).ok()?;
                    let (opened, _) =
                        opener.open_ahead(content_type, version, &record.fragment, missing).ok()?;
                    Some((opener, opened, secret.clone()))
                });
                let (opener, opened, secret) = found?;
                self.keys = Keys::Open(Box::new(opener));
                self.lost = false;
                Some((opened, Some(secret)))
            }
            _ => None,
        }
    }

    fn take(&mut self, opened: &Opened, frames: &[u64]) -> Vec<Event> {
        match opened.content_type {
            ContentType::HANDSHAKE => {
                self.joiner.push(&opened.plaintext, frames);
                let event = |message| Event::Message { message, cut_by: None };
                self.joiner.drain().map(event).collect()
            }
            ContentType::ALERT => self.alerts.read(&opened.plaintext, frames),
            _ => Vec::new(),
        }
    }
}
