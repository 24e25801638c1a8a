//! Where a peer stands in its record stream.

use super::observation::ObscuredReason;
use crate::tls::HandshakeType;

/// Where a peer stands in its record stream.
#[derive(Debug, Default)]
pub(super) struct PeerState {
    /// Any readable message, alert or ChangeCipherSpec.
    pub(super) readable: bool,
    /// Any message that was decrypted.
    pub(super) decrypted: bool,
    /// Any record came after the decrypted Finished.
    pub(super) records_after_finished: bool,
    /// Hellos of the client in the clear, up to 2.
    pub(super) clear_hellos: u8,
    /// Any other message in the clear, of the client.
    pub(super) clear_message: bool,
    /// A message in the clear where TLS 1.3 has none.
    pub(super) out_of_place: bool,
    /// It ended its flight with everything before it read: a ChangeCipherSpec or the Finished of TLS
    /// 1.3 came, and nothing was lost.
    pub(super) ended_whole: bool,
    /// A decrypted Finished.
    pub(super) finished: bool,
    /// Any record of application data.
    pub(super) encrypted: bool,
    pub(super) lost: Option<ObscuredReason>,
    pub(super) protection: Protection,
    /// Encrypted handshakes begun after the first one.
    renegotiations: u32,
    /// Encrypted handshakes ended by a ChangeCipherSpec and a Finished.
    renegotiations_finished: u32,
}

/// What the next record of type handshake is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Protection {
    /// A readable message.
    #[default]
    None,
    /// The Finished that follows a ChangeCipherSpec, after so many other messages.
    FinishedNext(u8),
    /// The start of another handshake.
    Established,
    /// A part of another handshake.
    Renegotiating,
}

impl PeerState {
    pub(super) fn is_protected(&self) -> bool {
        self.protection != Protection::None
    }

    /// Whether the first handshake is over and its Finished was sent under a ChangeCipherSpec.
    pub(super) fn is_established(&self) -> bool {
        matches!(self.protection, Protection::Established | Protection::Renegotiating)
            || self.renegotiations > 0
    }

    pub(super) fn has_finished(&self) -> bool {
        self.is_established() || self.finished
    }

    pub(super) fn renegotiations(&self) -> usize {
        usize::try_from(self.renegotiations).unwrap_or(usize::MAX)
    }

    pub(super) fn renegotiations_finished(&self) -> usize {
        usize::try_from(self.renegotiations_finished).unwrap_or(usize::MAX)
    }

    /// Notes an encrypted record that is no part of a handshake.
    pub(super) fn encrypted_record(&mut self) {
        self.encrypted = true;
        self.records_after_finished |= self.finished;
    }

    /// Notes a message in the clear.
    pub(super) fn note_clear(&mut self, message_type: HandshakeType) {
        match message_type {
            HandshakeType::CLIENT_HELLO => self.clear_hellos = (self.clear_hellos + 1).min(2),
            _ => self.clear_message = true,
        }
    }

    pub(super) fn change_cipher_spec(&mut self, messages_before_finished: u8) {
        self.ended_whole |= !self.is_protected() && self.lost.is_none();
        if self.protection != Protection::Established {
            self.protection = Protection::FinishedNext(messages_before_finished);
        }
    }

    pub(super) fn protected_handshake(&mut self) {
        self.protection = match self.protection {
            Protection::None => Protection::None,
            Protection::FinishedNext(0) => {
                if self.renegotiations > 0 {
                    self.renegotiations_finished = self.renegotiations_finished.saturating_add(1);
                }
                Protection::Established
            }
            Protection::FinishedNext(more) => Protection::FinishedNext(more - 1),
            Protection::Established => {
                self.renegotiations = self.renegotiations.saturating_add(1);
                Protection::Renegotiating
            }
            Protection::Renegotiating => Protection::Renegotiating,
        };
    }
}
