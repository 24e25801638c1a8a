//! Why a file is no usable certificate.

/// Why the content of a file is no usable certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFileError {
    /// Several certificates, and more than one of them can be the end-entity.
    #[error("{candidates} of its {certificates} certificates may be the expected one")]
    Ambiguous {
        /// Certificates that issued none of the others.
        candidates: usize,
        /// Certificates in the file.
        certificates: usize,
    },
    /// The base64 of a PEM block has a wrong or a missing character.
    #[error("the {label} block is damaged: its base64 cannot be decoded")]
    DamagedBase64 {
        /// What its BEGIN line names.
        label: &'static str,
    },
    /// A block or a file that should be a certificate has another structure.
    #[error("what should be a certificate is none")]
    DamagedCertificate,
    /// A document that should carry a certificate, and does not.
    #[error("{what}")]
    Document {
        /// What is wrong with it.
        what: String,
        /// What to do about it.
        hint: String,
    },
    /// No bytes, or white space only.
    #[error("the file is empty")]
    Empty,
    /// Something recognised that is no certificate.
    #[error("the file holds {what}, not a certificate")]
    Holds {
        /// What it holds, with its article.
        what: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// Nothing recognised.
    #[error("no certificate found in the file")]
    NoCertificate,
    /// Far more work than any tool puts into the keys of a PFX.
    #[error("its keys take {iterations} iterations or more, and {limit} are the limit")]
    PfxIterations {
        /// What was counted before it was given up.
        iterations: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// The password is another one.
    #[error("the password does not fit this PKCS#12 (PFX) file")]
    PfxPassword,
    /// A structure or an encryption that is not read.
    #[error("this PKCS#12 (PFX) file cannot be read: {why}")]
    PfxUnreadable {
        /// Why.
        why: String,
    },
    /// Keys only.
    #[error("there is no certificate in this PKCS#12 (PFX) file")]
    PfxWithoutCertificate,
    /// A password is needed.
    #[error("this PKCS#12 (PFX) file is protected by a password, and none was given")]
    PfxWithoutPassword,
    /// A thumbprint, saved as a file.
    #[error("the file holds a thumbprint, not a certificate")]
    Thumbprint {
        /// The thumbprint, lower-case hex.
        digits: String,
    },
    /// More certificates than a chain has.
    #[error("the file holds more than {limit} certificates")]
    TooManyCertificates {
        /// How many are read.
        limit: usize,
    },
    /// Larger than any certificate.
    #[error("{bytes} bytes are too many for a certificate file")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// A BEGIN line without its END line.
    #[error("the CERTIFICATE block that begins here has no end")]
    Unended,
}

impl CertificateFileError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Ambiguous { .. } => {
                "leave only the client's certificate in the file, or use --expect-thumbprint HEX"
            }
            Self::DamagedBase64 { .. } | Self::DamagedCertificate | Self::Unended => {
                "export the certificate again"
            }
            Self::PfxIterations { .. } | Self::PfxUnreadable { .. } => {
                "export the certificate: openssl pkcs12 -in FILE -nokeys -clcerts"
            }
            Self::PfxPassword => "the first line of the file after --password-file is the password",
            Self::PfxWithoutCertificate => "export it again with the certificate included",
            Self::PfxWithoutPassword => "put it into a file and use --password-file FILE",
            Self::Empty | Self::NoCertificate | Self::TooLarge { .. } => {
                "PEM, DER, PKCS#7 and PKCS#12 certificate files are read"
            }
            Self::Document { hint, .. } => hint,
            Self::Holds { hint, .. } => hint,
            Self::Thumbprint { digits } => {
                return Some(format!("use --expect-thumbprint {digits}"));
            }
            Self::TooManyCertificates { .. } => {
                "this looks like a trust store: give the file with the client's own certificate"
            }
        };
        Some(hint.to_owned())
    }
}
