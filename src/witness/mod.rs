//! The driver: the only module that knows the whole pipeline.

mod anomaly;
mod capture_run;
mod connection;
mod evidence;
mod resumption;
mod search;
mod side;

use std::io::Read;

pub use anomaly::{Anomaly, Direction, code};
pub use evidence::{CaptureSummary, Connection, Evidence};

use crate::capture::{CaptureError, CaptureReader};
use crate::limits::Limits;

/// Reads captures, one after another, and says what they show.
///
/// ```
/// use mtls_witness::{limits::Limits, witness::Witness};
///
/// let pcap = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
/// let mut witness = Witness::new(Limits::default());
/// witness.examine("empty.pcap", pcap.as_slice())?;
/// let evidence = witness.finish();
/// assert_eq!(evidence.captures[0].packets, 0);
/// # Ok::<(), mtls_witness::capture::CaptureError>(())
/// ```
#[derive(Debug)]
pub struct Witness {
    limits: Limits,
    hash: bool,
    evidence: Evidence,
}

impl Witness {
    /// A witness that keeps within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits, hash: false, evidence: Evidence::default() }
    }

    /// Asks for the SHA-256 of every capture file; it costs time and only some outputs show it.
    #[must_use]
    pub fn hash_captures(mut self, hash: bool) -> Self {
        self.hash = hash;
        self
    }

    /// Adds a capture, which the user named `path`, and its connections.
    ///
    /// # Errors
    /// Where nothing of it can be read; nothing is added then. A damaged capture is read as far as
    /// it goes, and that is no error.
    pub fn examine<R: Read>(&mut self, path: &str, input: R) -> Result<(), CaptureError> {
        let reader = CaptureReader::new(input, &self.limits, self.hash)?;
        let index = self.evidence.captures.len();
        let (summary, connections, other_streams) =
            capture_run::run(reader, path, index, &self.limits)?;
        self.evidence.captures.push(summary);
        self.evidence.connections.extend(connections);
        self.evidence.other_streams += other_streams;
        Ok(())
    }

    /// Adds a capture that could not be opened or read, and why.
    pub fn unusable(&mut self, path: &str, why: String) {
        self.evidence.captures.push(CaptureSummary {
            path: path.to_owned(),
            error: Some(why),
            ..CaptureSummary::default()
        });
    }

    /// What was seen in all captures, with resumed sessions linked to the handshakes that made them.
    pub fn finish(mut self) -> Evidence {
        resumption::link(&mut self.evidence.connections);
        self.evidence
    }
}
