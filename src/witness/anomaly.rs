//! Everything odd that can be noticed in a capture, as data.

/// Something odd in a capture; not an error and not a verdict.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Anomaly {
    /// Stable kebab-case code, one of [`code::ALL`].
    pub code: &'static str,
    /// The frame at which it was noticed.
    pub frame: Option<u64>,
    /// Which side's stream it concerns.
    pub direction: Option<Direction>,
    /// What exactly, for people; hostile text in it is not yet escaped.
    pub detail: String,
}

/// One side's stream of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// What the client sent.
    ClientToServer,
    /// What the server sent.
    ServerToClient,
}

/// The codes of anomalies.
pub mod code {
    /// The file ends within a packet.
    pub const TRUNCATED_FILE: &str = "truncated-file";
    /// The file cannot be followed from some offset on.
    pub const DAMAGED_FILE: &str = "damaged-file";
    /// Packets that the recording host dropped, by its own account, are in the file; they are no
    /// evidence and were not used.
    pub const DROPPED_BY_HOST: &str = "dropped-by-host";
    /// Packets of a link type that is not understood were passed over.
    pub const UNSUPPORTED_LINK_TYPE: &str = "unsupported-link-type";
    /// IP fragments could not be put together.
    pub const FRAGMENTS_GIVEN_UP: &str = "fragments-given-up";
    /// Packets with headers that contradict themselves were passed over.
    pub const MALFORMED_PACKETS: &str = "malformed-packets";
    /// UDP datagrams carry DTLS, which is not read: what was asked and answered there is unknown.
    pub const DTLS_NOT_READ: &str = "dtls-not-read";
    /// Bytes of a stream are not in the capture.
    pub const TCP_GAP: &str = "tcp-gap";
    /// Bytes of a stream were cut off by the snap length.
    pub const TRUNCATED_PACKETS: &str = "truncated-packets";
    /// A retransmission carries other bytes than the first transmission.
    pub const CONFLICTING_RETRANSMISSION: &str = "conflicting-retransmission";
    /// The answer to a CertificateRequest was seen, and not the request.
    pub const CERTIFICATE_REQUEST_NOT_SEEN: &str = "certificate-request-not-seen";
    /// A CertificateRequest could not be read to its end.
    pub const CERTIFICATE_REQUEST_INCOMPLETE: &str = "certificate-request-incomplete";
    /// Not every certificate of a chain could be read.
    pub const CHAIN_INCOMPLETE: &str = "chain-incomplete";
    /// A certificate is encoded in a way that it should not be.
    pub const ODD_CERTIFICATE: &str = "odd-certificate";
    /// Handshake bytes are not what TLS allows.
    pub const MALFORMED_HANDSHAKE: &str = "malformed-handshake";
    /// A handshake took place inside an encrypted connection.
    pub const RENEGOTIATION: &str = "renegotiation";
    /// Secrets stand in a capture after packets that may need them, and it could be read only once.
    pub const LATE_SECRETS: &str = "late-secrets";
    /// A bound of this program was reached.
    pub const LIMIT_REACHED: &str = "limit-reached";

    /// Every code.
    pub const ALL: [&str; 18] = [
        TRUNCATED_FILE,
        DAMAGED_FILE,
        DROPPED_BY_HOST,
        UNSUPPORTED_LINK_TYPE,
        FRAGMENTS_GIVEN_UP,
        MALFORMED_PACKETS,
        DTLS_NOT_READ,
        TCP_GAP,
        TRUNCATED_PACKETS,
        CONFLICTING_RETRANSMISSION,
        CERTIFICATE_REQUEST_NOT_SEEN,
        CERTIFICATE_REQUEST_INCOMPLETE,
        CHAIN_INCOMPLETE,
        ODD_CERTIFICATE,
        MALFORMED_HANDSHAKE,
        RENEGOTIATION,
        LATE_SECRETS,
        LIMIT_REACHED,
    ];
}

/// Anomalies up to a limit; further ones are counted.
#[derive(Debug)]
pub(super) struct Anomalies {
    limit: usize,
    listed: Vec<Anomaly>,
    omitted: u64,
}

impl Anomalies {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, listed: Vec::new(), omitted: 0 }
    }

    pub(super) fn add(
        &mut self,
        code: &'static str,
        frame: Option<u64>,
        direction: Option<Direction>,
        detail: String,
    ) {
        if self.listed.len() < self.limit {
            self.listed.push(Anomaly { code, frame, direction, detail });
        } else {
            self.omitted += 1;
        }
    }

    /// Counts further ones that are not listed.
    pub(super) fn omit(&mut self, number: u64) {
        self.omitted += number;
    }

    pub(super) fn into_parts(self) -> (Vec<Anomaly>, u64) {
        (self.listed, self.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::code::ALL;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut codes = ALL.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ALL.len());
        let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(ALL.iter().all(|code| code.chars().all(is_kebab)));
    }
}
