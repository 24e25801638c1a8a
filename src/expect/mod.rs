//! Configuration -> Expectation: what should be seen.

mod base64;
mod certificate_file;
mod certificate_file_error;
mod der_kind;
mod error;
mod foreign;
mod pem;
mod resolve;
mod thumbprint;
mod thumbprint_error;
mod thumbprint_label;

pub use certificate_file::CertificateFile;
pub use certificate_file_error::CertificateFileError;
pub use error::ExpectError;
pub use resolve::{Given, Resolved, resolve};
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

impl Expectation {
    /// No client certificate may be presented (`--expect-none`).
    pub fn none() -> Self {
        Self {
            outcome: ExpectedOutcome::None,
            certificates: Vec::new(),
            reasons: vec!["--expect-none: no client certificate may be presented".to_owned()],
        }
    }
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

impl ExpectedCertificate {
    /// Whether `certificate` is this one: every digest that is known agrees, and one is known.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let mut thumbprints = self.thumbprints().peekable();
        thumbprints.peek().is_some()
            && thumbprints.all(|thumbprint| thumbprint.matches(certificate))
    }

    /// Every digest that is known, SHA-1 first; those of the certificate itself where none was
    /// given.
    pub fn thumbprints(&self) -> impl Iterator<Item = Thumbprint> {
        let own = self.certificate.as_ref();
        let sha1 = self.sha1.or_else(|| own.map(|certificate| certificate.sha1));
        let sha256 = self.sha256.or_else(|| own.map(|certificate| certificate.sha256));
        sha1.map(Thumbprint::Sha1).into_iter().chain(sha256.map(Thumbprint::Sha256))
    }
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
