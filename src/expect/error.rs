//! Why what the user expects cannot be understood.

use super::certificate_file_error::CertificateFileError;
use super::identity::{SpkiError, SubjectNameError};
use super::thumbprint_error::ThumbprintError;
use crate::certificate::DistinguishedNameError;

/// Why there is no expectation.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectError {
    /// The content of a file is no usable certificate.
    #[error("{path}{}: {problem}", display_line(*line))]
    CertificateFile {
        /// The file, as the user named it.
        path: String,
        /// Line in the file, from 1.
        line: Option<u64>,
        /// What is wrong.
        problem: CertificateFileError,
    },
    /// Two sources name certificates that are proved to differ.
    #[error("{first} and {second} are different certificates")]
    Contradiction {
        /// The thumbprint and the source of one.
        first: String,
        /// The thumbprint and the source of the other.
        second: String,
    },
    /// The name of an issuer that cannot be read.
    #[error("--expect-issuer: {0}")]
    IssuerName(DistinguishedNameError),
    /// `--expect-none` beside a certificate.
    #[error("--expect-none contradicts {other}")]
    NoneBesideCertificate {
        /// What else was given.
        other: String,
    },
    /// Nothing says what to expect.
    #[error("nothing says which client certificate to expect")]
    NothingGiven,
    /// The digest of a public key that cannot be read.
    #[error("--expect-spki: {0}")]
    Spki(SpkiError),
    /// A name that cannot be read.
    #[error("--expect-san: {0}")]
    SubjectName(SubjectNameError),
    /// A thumbprint that cannot be read.
    #[error("--expect-thumbprint: {0}")]
    Thumbprint(ThumbprintError),
}

impl ExpectError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::CertificateFile { problem, .. } => problem.hint(),
            Self::Contradiction { .. } => {
                Some("a certificate file is the one expected certificate: leave one of them out, or give \
                      several thumbprints, any of which may be the client's".to_owned())
            }
            Self::NoneBesideCertificate { other } => {
                Some(format!("leave out --expect-none or {other}"))
            }
            Self::IssuerName(_) => Some(
                "a distinguished name as in \"CN=Contoso CA,O=Contoso\", or the file of the issuer's \
                 certificate"
                    .to_owned(),
            ),
            Self::NothingGiven => Some(
                "use --expect-thumbprint HEX, --expect-certificate FILE, --expect-san NAME, \
                 --expect-none or --backend FILE; `mtls-witness inspect` needs no expectation"
                    .to_owned(),
            ),
            Self::Spki(error) => Some(error.hint().to_owned()),
            Self::SubjectName(error) => Some(error.hint().to_owned()),
            Self::Thumbprint(error) => error.hint().map(str::to_owned),
        }
    }
}

fn display_line(line: Option<u64>) -> String {
    line.map(|line| format!(":{line}")).unwrap_or_default()
}
