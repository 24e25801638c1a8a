//! The account of a capture: every packet, and every payload byte of TCP, is somewhere.

use super::evidence::Coverage;
use crate::flow::Account;

/// What became of the packets of TCP connections in the file at hand, and of their payload.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Ledger {
    /// Packets of TLS connections, and of other ones.
    tls: u64,
    without_tls: u64,
    /// Payload of all connections.
    bytes: Account,
}

impl Ledger {
    /// Counts packets of a connection.
    #[inline]
    pub(super) fn pass(&mut self, is_tls: bool, packets: u64) {
        match is_tls {
            true => self.tls += packets,
            false => self.without_tls += packets,
        }
    }

    /// Counts payload that is watched and not read.
    #[inline]
    pub(super) fn watch(&mut self, payload: &[u8]) {
        let length = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        self.bytes.arrived += length;
        self.bytes.watched += length;
    }

    /// Counts the payload of a connection that is over.
    pub(super) fn take(&mut self, account: Account) {
        self.bytes.add(account);
    }

    /// Enters the packets of a file, and begins the next one.
    pub(super) fn close(&mut self, coverage: &mut Coverage) {
        coverage.payload.add(std::mem::take(&mut self.bytes));
        coverage.tls += std::mem::take(&mut self.tls);
        coverage.tcp_without_tls += std::mem::take(&mut self.without_tls);
    }
}
