//! Why encrypted messages stayed closed, in words.

use super::event::{Locked, StreamEnd};
use super::inspector::Inspector;
use super::observation::ObscuredReason;
use super::peer_state::PeerState;

impl Inspector {
    /// Why a peer's encrypted messages were not read.
    pub(super) fn closed(
        &self,
        state: &PeerState,
        own: StreamEnd,
        other: StreamEnd,
        secret: &str,
    ) -> (ObscuredReason, String) {
        let lost = state.lost.or(own.unfollowed);
        match (own.locked, lost) {
            (Locked::NoSecret, _) => (
                ObscuredReason::Encrypted,
                "TLS 1.3 encrypts the request and the answer, and no secret is given".to_owned(),
            ),
            (Locked::NotListed { sessions }, _) => (
                ObscuredReason::Encrypted,
                format!(
                    "TLS 1.3 encrypts the request and the answer; {}",
                    self.not_listed(sessions)
                ),
            ),
            (Locked::TooMany, _) => (
                ObscuredReason::LimitReached,
                format!(
                    "the key log has more values of {secret} for this client random than are \
                         tried"
                ),
            ),
            (_, Some(reason)) => (reason, "encrypted records could not be followed".to_owned()),
            (Locked::Missing, None) => (
                ObscuredReason::DecryptionFailed,
                format!("the key log has no {secret} for this connection"),
            ),
            (Locked::DoesNotFit, None) => (
                ObscuredReason::DecryptionFailed,
                format!("no {secret} of the key log opens its records"),
            ),
            (Locked::Opened, None) => (
                self.silence(state, own, other),
                "the encrypted handshake is not there to its end".to_owned(),
            ),
        }
    }

    /// That the key logs given have nothing for this connection.
    pub(super) fn not_listed(&self, sessions: usize) -> String {
        let random = match self.client_random() {
            Some(random) => {
                let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("its client random {digits}")
            }
            None => "this connection".to_owned(),
        };
        let sessions = match sessions {
            1 => "1 session".to_owned(),
            sessions => format!("{sessions} sessions"),
        };
        let hello = self.facts.client_hello.as_ref();
        let within = match hello.is_some_and(|hello| hello.encrypted_client_hello) {
            true => {
                "; the client offered Encrypted Client Hello (ECH), and where the server accepted \
                 that, the secrets stand under the random of the hello within"
            }
            false => "",
        };
        format!("the key log given holds secrets of {sessions}, and none for {random}{within}")
    }
}
