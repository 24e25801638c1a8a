//! Configuration -> Expectation: what should be seen.

mod base64;
mod thumbprint;
mod thumbprint_error;
mod thumbprint_label;

pub use thumbprint::{Repair, Thumbprint};
pub use thumbprint_error::ThumbprintError;

use crate::certificate::{Certificate, Sha1Thumbprint, Sha256Thumbprint};

/// What the user expects of the client, with its sources.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expectation {
    /// What kind of expectation it is.
    pub outcome: ExpectedOutcome,
    /// The certificates that satisfy it; one unless the outcome is `Candidates`.
    pub certificates: Vec<ExpectedCertificate>,
    /// How it came about, one sentence a step.
    pub reasons: Vec<String>,
}

/// What should happen on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExpectedOutcome {
    /// The one certificate listed is presented.
    Certificate,
    /// No certificate is presented.
    None,
}

/// One certificate that may be presented.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExpectedCertificate {
    /// Thumbprint, where known; where both are known both must agree.
    pub sha1: Option<Sha1Thumbprint>,
    /// Thumbprint, where known; where both are known both must agree.
    pub sha256: Option<Sha256Thumbprint>,
    /// The certificate itself, where a file was given.
    pub certificate: Option<Certificate>,
    /// A name for it (a file, a certificate id).
    pub label: Option<String>,
    /// Where it was named.
    pub sources: Vec<Source>,
}

/// Where an expectation was named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The file, where there is one.
    pub file: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// The option or rule that made it an expectation (`--expect-thumbprint`).
    pub rule: String,
    /// The condition under which it holds.
    pub condition: Option<String>,
}
