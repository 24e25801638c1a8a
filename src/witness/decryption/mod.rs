//! The encrypted records of one connection, opened as far as the secrets given reach.

mod tls12;
mod tls13;

use super::Means;
use crate::inspect::{Event, Inspector, Locked, Peer, ProtectedRecord};
use crate::limits::Limits;
use crate::tls::{Alert, AlertDescription, AlertLevel, ContentType};
use tls12::Tls12Records;
use tls13::Tls13Records;

/// What is being opened of both peers.
#[derive(Debug)]
pub(super) struct Decryption {
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
    pub(super) fn new(limits: &Limits) -> Self {
        Self { tls12: Tls12Records::new(limits), tls13: Tls13Records::new(limits) }
    }

    /// Which of the next encrypted records of `peer` may be opened and tell something.
    pub(super) fn wants(&self, peer: Peer, inspector: &Inspector, means: Means<'_>) -> Wanted {
        if inspector.is_tls13() {
            let application_data = self.tls13.wants(peer, inspector, means.key_log);
            return Wanted { application_data, others: false };
        }
        self.tls12.wants(peer)
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
    pub(super) fn pass(&mut self, peer: Peer, inspector: &Inspector) {
        if inspector.is_tls13() {
            self.tls13.pass(peer);
        } else {
            self.tls12.pass(peer);
        }
    }

    /// Notes that records of `peer` are missing.
    pub(super) fn lose(&mut self, peer: Peer) {
        self.tls12.lose(peer);
    }

    /// Notes that `peer` changes to other keys.
    pub(super) fn change_cipher_spec(
        &mut self,
        peer: Peer,
        inspector: &Inspector,
        means: Means<'_>,
    ) {
        if !inspector.is_tls13() {
            self.tls12.change_cipher_spec(peer, inspector, means);
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
        if inspector.is_tls13() {
            return self.tls13.open(peer, record, inspector, means.key_log);
        }
        self.tls12.open(peer, record, inspector)
    }

    /// What kept the records of `peer` closed.
    pub(super) fn locked(&self, peer: Peer, inspector: &Inspector, means: Means<'_>) -> Locked {
        if inspector.is_tls13() {
            return self.tls13.locked(peer, inspector, means.key_log);
        }
        self.tls12.locked(peer)
    }

    /// Whether every record of `peer` after its Finished was opened, or would have been (TLS 1.3).
    pub(super) fn followed_after_finished(
        &self,
        peer: Peer,
        inspector: &Inspector,
        means: Means<'_>,
    ) -> bool {
        self.tls13.followed_after_finished(peer, inspector, means.key_log)
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.tls12.held() + self.tls13.held()
    }
}

/// The alert in the plaintext of a record, where it is one.
fn alert(plaintext: &[u8], frames: &[u64]) -> Option<Event> {
    let (&[level, description], Some(&frame)) = (plaintext, frames.last()) else {
        return None;
    };
    let (level, description) = (AlertLevel(level), AlertDescription(description));
    Some(Event::Alert { alert: Alert { level, description }, frame })
}
