//! Why a text is no thumbprint.

/// Why a text is no usable thumbprint.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ThumbprintError {
    /// The text of a certificate in place of its thumbprint.
    #[error("a certificate was given, not a thumbprint")]
    CertificateText,
    /// It has the length and the letters of a digest in base64, and is none.
    #[error("this looks like base64 (x5t), but a character is wrong or missing")]
    DamagedBase64,
    /// Nothing is left once labels and white space are gone.
    #[error("the thumbprint is empty")]
    Empty,
    /// The label names one digest, the value is another.
    #[error("the label says {label}, but the value is {found}")]
    LabelContradicts {
        /// What the label says.
        label: &'static str,
        /// What the value or a second label says.
        found: &'static str,
    },
    /// Digits are hidden.
    #[error("the thumbprint is masked: hidden digits match nothing")]
    Masked,
    /// A digest that is not a thumbprint here.
    #[error("this is {name}; a thumbprint is SHA-1 (40 digits) or SHA-256 (64 digits)")]
    OtherDigest {
        /// Its name.
        name: &'static str,
    },
    /// A digest over the text of a PEM file.
    #[error("this is the digest of {file} as PEM text, not of the certificate in it")]
    PemDigest {
        /// The file.
        file: String,
    },
    /// A digest over a public key.
    #[error("this is a pin of a public key, not the thumbprint of a certificate")]
    PublicKeyPin,
    /// A header that several proxies wrote to, each its own client's certificate.
    #[error("this header names {0} certificates, one of each proxy's client")]
    SeveralForwarded(usize),
    /// Far more text than any thumbprint has.
    #[error("{characters} characters are too many for a thumbprint")]
    TooLong {
        /// How many there are.
        characters: usize,
    },
    /// A character that is no hexadecimal digit.
    #[error("{character} after {digits} digits is no hexadecimal digit")]
    UnexpectedCharacter {
        /// The character by its number, and itself where it is printable ASCII.
        character: String,
        /// How many digits stand before it.
        digits: usize,
    },
    /// Digits are missing or too many.
    #[error("found {digits} hexadecimal digits; SHA-1 has 40, SHA-256 has 64")]
    WrongLength {
        /// How many digits there are.
        digits: usize,
    },
}

impl ThumbprintError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::CertificateText => Some("save it to a file and use --expect-certificate FILE"),
            Self::Empty => Some("give the 40 hexadecimal digits that the portal shows"),
            Self::Masked => Some(
                "show the certificate itself for the whole thumbprint, or use \
                 --expect-certificate FILE",
            ),
            Self::LabelContradicts { .. } => Some("give the digits without the label"),
            Self::PublicKeyPin => Some("--expect-spki takes pins of public keys"),
            Self::SeveralForwarded(_) => Some("give the Hash= of the one that is meant"),
            Self::OtherDigest { .. } | Self::PemDigest { .. } => Some(
                "openssl x509 -in FILE -noout -fingerprint -sha256 prints a thumbprint, or use \
                 --expect-certificate FILE",
            ),
            Self::TooLong { .. } => Some("a file is read by --expect-certificate FILE"),
            Self::UnexpectedCharacter { .. } => Some(
                "a thumbprint has only the digits 0-9 and a-f; a file is read by \
                 --expect-certificate FILE",
            ),
            Self::DamagedBase64 | Self::WrongLength { .. } => Some("copy the whole thumbprint"),
        }
    }

    /// The error for a number of hexadecimal digits that is neither SHA-1 nor SHA-256.
    pub(super) fn from_digits(digits: usize) -> Self {
        match digits {
            0 => Self::Empty,
            32 => Self::OtherDigest { name: "MD5" },
            56 => Self::OtherDigest { name: "SHA-224" },
            96 => Self::OtherDigest { name: "SHA-384" },
            128 => Self::OtherDigest { name: "SHA-512" },
            _ => Self::WrongLength { digits },
        }
    }

    /// The error for a character that cannot stand in a thumbprint, after `digits` that can.
    pub(super) fn unexpected(character: char, digits: usize) -> Self {
        let number = u32::from(character);
        let printable = if character.is_ascii_graphic() {
            format!("'{character}' (U+{number:04X})")
        } else {
            format!("U+{number:04X}")
        };
        Self::UnexpectedCharacter { character: printable, digits }
    }
}
