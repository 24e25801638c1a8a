//! `--expect-issuer`: who must have issued the certificate.

use super::Fit;
use crate::certificate::{Certificate, DistinguishedName, SignatureError};

/// Who must have issued the certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ExpectedIssuer {
    /// The issuer's own certificate: its subject is the name, and its key made the signature.
    Certificate {
        /// The certificate.
        certificate: Box<Certificate>,
        /// The file that it is from.
        file: String,
    },
    /// A name alone, which whoever makes a certificate can write into it.
    Name {
        /// As it is compared.
        name: DistinguishedName,
        /// As it was given.
        text: String,
    },
}

impl ExpectedIssuer {
    /// A name in words, or the subject of the certificate; not yet escaped.
    pub fn describe(&self) -> String {
        match self {
            Self::Certificate { certificate, file } => match &certificate.fields {
                Ok(fields) => format!("\"{}\" ({file})", fields.subject),
                Err(_) => file.clone(),
            },
            Self::Name { text, .. } => format!("\"{text}\""),
        }
    }

    /// Whether a signature is checked.
    pub fn is_checked(&self) -> bool {
        matches!(self, Self::Certificate { .. })
    }

    fn fit(&self, certificate: &Certificate) -> Fit {
        let Ok(fields) = &certificate.fields else {
            return Fit::Unknown;
        };
        let issuer = DistinguishedName::from_der(&fields.issuer_der);
        match self {
            Self::Name { name, .. } => match issuer {
                Some(issuer) => Fit::of(name.is_same(&issuer)),
                None => Fit::Unknown,
            },
            Self::Certificate { certificate: expected, .. } => {
                let Ok(expected) = &expected.fields else {
                    return Fit::Unknown;
                };
                let is_equal = fields.issuer_der == expected.subject_der
                    || issuer.is_some_and(|issuer| {
                        Some(issuer) == DistinguishedName::from_der(&expected.subject_der)
                    });
                if !is_equal {
                    return Fit::Fails;
                }
                match certificate.signed_by(&expected.public_key) {
                    Ok(()) => Fit::Holds,
                    Err(SignatureError::Invalid | SignatureError::MalformedSignature) => Fit::Fails,
                    Err(_) => Fit::Unknown,
                }
            }
        }
    }
}

/// Whether one of these issued the certificate.
pub(super) fn fit(issuers: &[ExpectedIssuer], certificate: &Certificate) -> Fit {
    let fits = issuers.iter().map(|one| one.fit(certificate));
    fits.reduce(|any, one| match (any, one) {
        (Fit::Holds, _) | (_, Fit::Holds) => Fit::Holds,
        (Fit::Unknown, _) | (_, Fit::Unknown) => Fit::Unknown,
        (Fit::Fails, Fit::Fails) => Fit::Fails,
    })
    .unwrap_or(Fit::Holds)
}
