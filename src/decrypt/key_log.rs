//! Secrets that an endpoint wrote down, by connection (RFC 9850).

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read};
use std::ops::AddAssign;

use super::key_log_label::Label;
use super::key_log_lines::{Entry, LineScanner};
use super::key_log_use::{KeyLogUse, Session};
use super::secret::Secret;
use crate::limits::Limits;

/// The secrets of key logs, whatever wrote them and however they were kept.
///
/// Text around the entries, line ends, the case of hexadecimal digits, byte order marks and UTF-16
/// do not matter. Memory is bounded by `Limits::secrets_bytes`.
pub struct KeyLog {
    connections: HashMap<[u8; 32], Session<Secrets>>,
    premaster_secrets: HashMap<[u8; 8], Session<Vec<Secret>>>,
    sessions: HashMap<Vec<u8>, Session<Vec<Secret>>>,
    /// Files that were read.
    files: usize,
    /// The one that is being read.
    file: Option<usize>,
    /// Client randoms with a `SERVER_HANDSHAKE_TRAFFIC_SECRET`, as many as are tried for a hello
    /// that may have been an encrypted one, in the order in which they came.
    trials: Vec<[u8; 32]>,
    held: usize,
    limit: usize,
    candidates: usize,
}

/// The secrets of one connection, or of several that share a client random.
#[derive(Debug, Default)]
pub struct Secrets {
    entries: Vec<(Label, Secret)>,
    over_limit: bool,
}

/// What adding a key log came to. Every line that is not empty and no comment is counted once, and
/// `duplicates` and `over_limit` count secrets besides.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyLogSummary {
    /// Lines with a secret that can be used.
    pub used: u64,
    /// Lines with a secret that decrypts nothing: exporters, later traffic secrets (they follow from
    /// the first), those of encrypted hellos.
    pub unneeded: u64,
    /// Lines in the form of an entry with a label that is not known.
    pub unknown_labels: u64,
    /// Lines with a known label and a client random or secret that is cut or no hexadecimal number.
    pub malformed: u64,
    /// Lines that are no entries.
    pub ignored: u64,
    /// Secrets that were there already.
    pub duplicates: u64,
    /// Secrets that were dropped because a limit was reached.
    pub over_limit: u64,
}

/// Bytes reckoned for a connection's place in the table, and for a secret's beside its own.
const CONNECTION_COST: usize = 128;
const SECRET_COST: usize = 64;

/// Sessions that are tried for a hello that may have been an encrypted one: each takes a key and one
/// record's decryption.
const TRIALS: usize = 256;

impl KeyLog {
    /// An empty key log that keeps within `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            connections: HashMap::new(),
            premaster_secrets: HashMap::new(),
            sessions: HashMap::new(),
            files: 0,
            file: None,
            trials: Vec::new(),
            held: 0,
            limit: limits.secrets_bytes,
            candidates: limits.candidates_per_secret,
        }
    }

    /// Adds a whole key log: a file, or one block of a capture.
    pub fn add(&mut self, bytes: &[u8]) -> KeyLogSummary {
        let mut summary = KeyLogSummary::default();
        let mut scanner = LineScanner::default();
        scanner.push(bytes, &mut summary, &mut |entry| self.insert(entry));
        scanner.finish(&mut summary, &mut |entry| self.insert(entry));
        summary
    }

    /// Adds a file that is a key log, as it is read; memory does not depend on its length.
    ///
    /// # Errors
    /// Where reading fails; what was read until then is kept.
    pub fn read<R: Read>(&mut self, input: R) -> io::Result<KeyLogSummary> {
        self.file = Some(self.files);
        self.files += 1;
        let summary = self.read_lines(input);
        self.file = None;
        summary
    }

    fn read_lines<R: Read>(&mut self, mut input: R) -> io::Result<KeyLogSummary> {
        let mut summary = KeyLogSummary::default();
        let mut scanner = LineScanner::default();
        let mut buffer = zeroize::Zeroizing::new(vec![0; 64 << 10]);
        loop {
            let length = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let bytes = buffer.get(..length).unwrap_or_default();
            scanner.push(bytes, &mut summary, &mut |entry| self.insert(entry));
        }
        scanner.finish(&mut summary, &mut |entry| self.insert(entry));
        Ok(summary)
    }

    /// The secrets of the connection with this client random.
    pub fn of(&self, client_random: &[u8; 32]) -> Option<&Secrets> {
        self.connections.get(client_random).map(Session::meet)
    }

    /// The premaster secrets that `RSA` lines give for an encrypted premaster secret, as it stands in
    /// the ClientKeyExchange without its length.
    pub fn premaster_secrets(&self, encrypted: &[u8]) -> impl Iterator<Item = &Secret> {
        let found = encrypted.first_chunk().and_then(|first| self.premaster_secrets.get(first));
        found.into_iter().flat_map(Session::meet)
    }

    /// The master secrets that `RSA Session-ID:` lines give for a session.
    pub fn master_secrets_of_session(&self, session_id: &[u8]) -> impl Iterator<Item = &Secret> {
        self.sessions.get(session_id).into_iter().flat_map(Session::meet)
    }

    /// Whether there is no secret.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.premaster_secrets.is_empty() && self.sessions.is_empty()
    }

    /// The first client randoms that there is a `SERVER_HANDSHAKE_TRAFFIC_SECRET` for: a client whose
    /// encrypted hello was accepted writes its secrets down under a random that nobody else sees
    /// (RFC 9849 section 6.1).
    pub fn of_other_hellos(&self) -> impl Iterator<Item = (&[u8; 32], &Secrets)> {
        let of = |random| self.connections.get(random).map(Session::try_out);
        self.trials.iter().filter_map(move |random| Some((random, of(random)?)))
    }

    /// What each file that was read had to do with the captures so far, in the order of reading.
    pub fn uses(&self) -> Vec<KeyLogUse> {
        let mut uses = vec![KeyLogUse::default(); self.files];
        self.connections.values().for_each(|session| session.count(&mut uses));
        self.premaster_secrets.values().for_each(|session| session.count(&mut uses));
        self.sessions.values().for_each(|session| session.count(&mut uses));
        uses
    }

    /// Sessions that there are secrets for, however they are named.
    pub fn all_sessions(&self) -> usize {
        self.connections.len() + self.premaster_secrets.len() + self.sessions.len()
    }

    /// Connections that there are secrets for.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Memory held, in bytes, about.
    pub fn held(&self) -> usize {
        self.held
    }

    fn insert(&mut self, entry: Entry) -> Inserted {
        let cost = SECRET_COST + entry.secret().length();
        let is_new = match &entry {
            Entry::Connection { random, .. } => !self.connections.contains_key(random),
            Entry::Premaster { encrypted, .. } => !self.premaster_secrets.contains_key(encrypted),
            Entry::Session { id, .. } => !self.sessions.contains_key(id),
        };
        let cost = if is_new { cost + CONNECTION_COST } else { cost };
        let has_room = self.held + cost <= self.limit;
        let candidates = self.candidates;
        let inserted = match entry {
            _ if is_new && !has_room => Inserted::OverLimit,
            Entry::Connection { random, label, secret } => {
                let session = self.connections.entry(random);
                let session = session.or_insert_with(|| Session::new(self.file));
                let secrets = session.secrets_mut();
                let same: Vec<_> = secrets.candidates(label).collect();
                let inserted = Inserted::among(&same, &secret, candidates, has_room);
                secrets.over_limit |= inserted == Inserted::OverLimit;
                if inserted == Inserted::Added {
                    let is_tried = label == Label::ServerHandshakeTrafficSecret;
                    if is_tried && self.trials.len() < TRIALS && !secrets.has(label) {
                        self.trials.push(random);
                    }
                    secrets.entries.push((label, secret));
                }
                inserted
            }
            Entry::Premaster { encrypted, secret } => {
                let session = self.premaster_secrets.entry(encrypted);
                let session = session.or_insert_with(|| Session::new(self.file));
                Inserted::into(session.secrets_mut(), secret, candidates, has_room)
            }
            Entry::Session { id, secret } => {
                let session = self.sessions.entry(id);
                let session = session.or_insert_with(|| Session::new(self.file));
                Inserted::into(session.secrets_mut(), secret, candidates, has_room)
            }
        };
        if inserted == Inserted::Added {
            self.held += cost;
        }
        inserted
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLog")
            .field("connections", &self.connections.len())
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

impl Secrets {
    /// Every value that was given for `label`, in the order in which they came; all but one are of
    /// another connection, or wrong.
    pub fn candidates(&self, label: Label) -> impl Iterator<Item = &Secret> {
        self.entries.iter().filter(move |(of, _)| *of == label).map(|(_, secret)| secret)
    }

    /// Whether there were more values than are kept.
    pub fn is_over_limit(&self) -> bool {
        self.over_limit
    }

    /// Whether there is a value for `label`.
    pub fn has(&self, label: Label) -> bool {
        self.candidates(label).next().is_some()
    }
}

impl AddAssign for KeyLogSummary {
    fn add_assign(&mut self, other: Self) {
        self.used += other.used;
        self.unneeded += other.unneeded;
        self.unknown_labels += other.unknown_labels;
        self.malformed += other.malformed;
        self.ignored += other.ignored;
        self.duplicates += other.duplicates;
        self.over_limit += other.over_limit;
    }
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Inserted {
    Added,
    Duplicate,
    OverLimit,
}

impl Inserted {
    fn among(same: &[&Secret], secret: &Secret, candidates: usize, has_room: bool) -> Self {
        if same.contains(&secret) {
            Self::Duplicate
        } else if has_room && same.len() < candidates {
            Self::Added
        } else {
            Self::OverLimit
        }
    }

    fn into(same: &mut Vec<Secret>, secret: Secret, candidates: usize, has_room: bool) -> Self {
        let inserted = Self::among(&same.iter().collect::<Vec<_>>(), &secret, candidates, has_room);
        if inserted == Self::Added {
            same.push(secret);
        }
        inserted
    }
}
