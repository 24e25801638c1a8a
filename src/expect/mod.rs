//! Configuration -> Expectation: what should be seen.

pub mod apim;
mod base64;
mod carried;
#[cfg(test)]
mod carried_tests;
mod certificate_file;
mod certificate_file_error;
#[cfg(test)]
mod certificate_file_tests;
mod der_kind;
mod digest_text;
mod error;
mod expectations_file;
#[cfg(test)]
mod expectations_file_tests;
mod foreign;
mod forwarded;
pub mod gateway;
mod hypothesis;
mod identity;
mod lint;
mod listed;
mod narrow;
mod not_read;
mod pem;
mod pfx;
mod resolve;
#[cfg(test)]
mod resolve_tests;
mod source_file;
mod thumbprint;
mod thumbprint_error;
mod thumbprint_label;
#[cfg(test)]
mod thumbprint_tests;
#[allow(dead_code, reason = "its readers use different parts of it")]
mod yaml;
#[cfg(test)]
mod yaml_tests;

pub use certificate_file::CertificateFile;
pub use certificate_file_error::CertificateFileError;
pub use error::ExpectError;
pub use expectations_file::{FileEntry, Located};
pub use hypothesis::{Hypothesis, HypothesisName, Prediction};
pub use identity::{
    ExpectedIssuer, Fit, Identity, IdentityKind, SpkiDigest, SpkiError, SubjectName,
    SubjectNameError,
};
pub use lint::{Lint, Severity};
pub use listed::ListedCertificate;
pub use not_read::NotRead;
pub use resolve::{Given, Resolved, resolve};
pub use source_file::SourceFile;
pub use thumbprint::{Repair, Thumbprint};
pub use thumbprint_error::ThumbprintError;

use std::net::IpAddr;
use std::sync::Arc;

use crate::certificate::{Certificate, Sha1Thumbprint, Sha256Thumbprint};

/// What the user expects of the client, with its sources.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expectation {
    /// What kind of expectation it is.
    pub outcome: ExpectedOutcome,
    /// The certificates that satisfy it; one where the outcome is `Certificate`, none where
    /// `identity` alone says which. Where it is `Undecidable`, those that are known nevertheless.
    pub certificates: Vec<ExpectedCertificate>,
    /// What must hold of the presented certificate beside that.
    pub identity: Identity,
    /// The condition under which no certificate is expected, where `Candidates` allow that; may
    /// be empty.
    pub none_if: Option<String>,
    /// Which connections it is about, where the configuration says so.
    pub endpoints: Endpoints,
    /// What the contested rule's two readings predict; empty without a configuration.
    pub hypotheses: Vec<Hypothesis>,
    /// How it came about, one sentence a step.
    pub reasons: Vec<String>,
    /// What is odd about the configuration.
    pub lint: Vec<Lint>,
    /// What of the configuration was seen and passed over.
    pub not_read: Vec<NotRead>,
    /// The certificates that the configuration lists, the expected ones too; the first ones of very
    /// many.
    pub listed: Arc<[ListedCertificate]>,
}

/// The connections that a configuration is about; every filled list must hold, any entry of a
/// list may.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Endpoints {
    /// Server names, lower case.
    pub server_names: Vec<String>,
    /// Server addresses, where the configuration has one in place of a name.
    pub addresses: Vec<IpAddr>,
    /// Server ports.
    pub ports: Vec<u16>,
}

impl Expectation {
    /// No client certificate may be presented (`--expect-none`).
    pub fn none() -> Self {
        Self {
            outcome: ExpectedOutcome::None,
            reasons: vec!["--expect-none: no client certificate may be presented".to_owned()],
            ..Self::default()
        }
    }
}

/// What should happen on the wire.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ExpectedOutcome {
    /// One of the certificates listed is presented, or none where `none_if` allows it.
    Candidates,
    /// The one certificate listed is presented.
    Certificate,
    /// No TLS handshake takes place.
    NoHandshake,
    /// No certificate is presented.
    None,
    /// The configuration does not tell.
    #[default]
    Undecidable,
}

impl ExpectedOutcome {
    /// The contract's word, `no_handshake`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Candidates => "candidates",
            Self::Certificate => "certificate",
            Self::NoHandshake => "no_handshake",
            Self::None => "none",
            Self::Undecidable => "undecidable",
        }
    }
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
    /// Its subject as the configuration has it, where no certificate is there to say.
    pub subject: Option<String>,
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
