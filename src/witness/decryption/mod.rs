//! The encrypted records of one connection, opened as far as the secrets given reach.

mod response;
mod tls12;
mod tls13;

use super::Means;
use crate::inspect::{Event, Inspector, Locked, Peer, ProtectedRecord};
use crate::limits::Limits;
use crate::tls::{Alert, AlertDescription, AlertLevel, ContentType};
use tls12::Tls12Records;
use tls13::Tls13Records;

/// What is being opened of both peers.
#[derive(Debug, Default)]
pub(super) struct Decryption {
    /// Nothing until something may be opened, or is known not to be: without secrets it never is.
    begun: Option<Box<Begun>>,
    /// Records of the client, of the server were missing before.
    lost: [bool; 2],
}

#[derive(Debug)]
struct Begun {
    tls12: Tls12Records,
    tls13: Tls13Records,
}

/// Which of a peer's encrypted records may tell something if they are kept whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Wanted {
    /// Those of type application data.
    pub(super) application_data: bool,
    /// All others.
    pub(super) others: bool,
}

impl Wanted {
    /// None of them.
    pub(super) const NOTHING: Self = Self { application_data: false, others: false };

    /// Whether a record of this type is.
    pub(super) fn includes(self, content_type: ContentType) -> bool {
        match content_type {
            ContentType::APPLICATION_DATA => self.application_data,
            // It is the sign of other keys, whatever it holds.
            ContentType::CHANGE_CIPHER_SPEC => false,
            _ => self.others,
        }
    }

    /// Whether any is.
    pub(super) fn any(self) -> bool {
        self != Self::NOTHING
    }
}

impl Decryption {
    /// Which of the next encrypted records of `peer` may be opened and tell something.
    pub(super) fn wants(&self, peer: Peer, inspector: &Inspector, means: Means<'_>) -> Wanted {
        let begun = self.begun.as_deref();
        if !inspector.is_tls13() {
            return begun.map_or(Wanted::NOTHING, |begun| begun.tls12.wants(peer));
        }
        let application_data = means.has_secrets()
            && match begun {
                Some(begun) => begun.tls13.wants(peer, inspector, means.key_log),
                None => Tls13Records::may_begin(peer, inspector, means.key_log),
            };
        Wanted { application_data, others: false }
    }

    /// Whether the next ChangeCipherSpec of `peer` must wait until more of the other peer is read:
    /// the keys after it depend on both.
    pub(super) fn waits_to_change(
        &self,
        peer: Peer,
        inspector: &Inspector,
        means: Means<'_>,
    ) -> bool {
        means.has_secrets() && !inspector.is_tls13() && !inspector.is_ready_to_change(peer)
    }

    /// Notes a record of `peer` that was passed by unopened.
    pub(super) fn pass(&mut self, peer: Peer, inspector: &Inspector, means: Means<'_>) {
        if self.begun.is_none() && !(means.has_secrets() && inspector.is_tls13()) {
            return;
        }
        let begun = self.begin(means.limits);
        if inspector.is_tls13() {
            begun.tls13.pass(peer);
        } else {
            begun.tls12.pass(peer);
        }
    }

    /// Notes that records of `peer` are missing.
    pub(super) fn lose(&mut self, peer: Peer) {
        let [client, server] = &mut self.lost;
        match (&mut self.begun, peer) {
            (Some(begun), _) => begun.tls12.lose(peer),
            (None, Peer::Client) => *client = true,
            (None, Peer::Server) => *server = true,
        }
    }

    /// Notes that `peer` changes to other keys.
    pub(super) fn change_cipher_spec(
        &mut self,
        peer: Peer,
        inspector: &Inspector,
        means: Means<'_>,
    ) {
        if !inspector.is_tls13() && (self.begun.is_some() || means.has_secrets()) {
            self.begin(means.limits).tls12.change_cipher_spec(peer, inspector, means);
        }
    }

    /// Opens a record of `peer`, and says what it held; what it proves of the secrets, the inspector
    /// is told.
    pub(super) fn open(
        &mut self,
        peer: Peer,
        record: &ProtectedRecord,
        inspector: &mut Inspector,
        means: Means<'_>,
    ) -> Vec<Event> {
        let begun = self.begin(means.limits);
        if inspector.is_tls13() {
            return begun.tls13.open(peer, record, inspector, means.key_log);
        }
        begun.tls12.open(peer, record, inspector)
    }

    /// What kept the records of `peer` closed.
    pub(super) fn locked(&mut self, peer: Peer, inspector: &Inspector, means: Means<'_>) -> Locked {
        if self.begun.is_none() && !means.has_secrets() {
            return Locked::NoSecret;
        }
        let begun = self.begin(means.limits);
        if inspector.is_tls13() {
            return begun.tls13.locked(peer, inspector, means.key_log);
        }
        begun.tls12.locked(peer, means)
    }

    /// Whether every record of `peer` after its Finished was opened, or would have been (TLS 1.3).
    pub(super) fn followed_after_finished(
        &self,
        peer: Peer,
        inspector: &Inspector,
        means: Means<'_>,
    ) -> bool {
        self.begun.as_ref().is_some_and(|begun| {
            begun.tls13.followed_after_finished(peer, inspector, means.key_log)
        })
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        let begun = self.begun.as_ref();
        begun.map_or(0, |begun| size_of::<Begun>() + begun.tls12.held() + begun.tls13.held())
    }

    fn begin(&mut self, limits: &Limits) -> &mut Begun {
        let lost = self.lost;
        self.begun.get_or_insert_with(|| {
            let mut tls12 = Tls12Records::new(limits);
            for (peer, _) in Peer::BOTH.into_iter().zip(lost).filter(|(_, lost)| *lost) {
                tls12.lose(peer);
            }
            Box::new(Begun { tls12, tls13: Tls13Records::new(limits) })
        })
    }
}

/// Reads the alerts of decrypted records: one record may hold several, and several records one.
#[derive(Debug, Default)]
struct Alerts {
    /// The first byte of one that goes on in the next record.
    level: Option<u8>,
}

impl Alerts {
    /// The alerts that end in the plaintext of a record.
    fn read(&mut self, plaintext: &[u8], frames: &[u64]) -> Vec<Event> {
        let frame = frames.last().copied().unwrap_or_default();
        let mut events = Vec::new();
        for &byte in plaintext {
            match self.level.take() {
                Some(level) => {
                    let (level, description) = (AlertLevel(level), AlertDescription(byte));
                    events.push(Event::Alert { alert: Alert { level, description }, frame });
                }
                None => self.level = Some(byte),
            }
            // Nobody has more to say.
            if events.len() >= MOST_ALERTS {
                break;
            }
        }
        events
    }
}

/// Alerts that are read of one decrypted record.
const MOST_ALERTS: usize = 16;
