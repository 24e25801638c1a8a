//! What outlives a thumbprint: the key, a name or the issuer of the expected certificate.

mod issuer;
mod spki;
mod subject_name;
#[cfg(test)]
mod tests;

pub use issuer::ExpectedIssuer;
pub use spki::{SpkiDigest, SpkiError};
pub use subject_name::{SubjectName, SubjectNameError};

use crate::certificate::Certificate;

/// What must hold of the presented certificate, beside its thumbprint: of every kind that lists
/// something, one of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identity {
    /// Its public key (`--expect-spki`).
    pub spkis: Vec<SpkiDigest>,
    /// A name in its subjectAltName (`--expect-san`).
    pub names: Vec<SubjectName>,
    /// Who issued it (`--expect-issuer`).
    pub issuers: Vec<ExpectedIssuer>,
}

/// A kind of expected identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IdentityKind {
    /// The issuer.
    Issuer,
    /// A name in subjectAltName.
    Name,
    /// The public key.
    Spki,
}

/// Whether an identity fits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fit {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// The certificate cannot be read that far, or a signature cannot be checked.
    Unknown,
}

impl IdentityKind {
    /// Every kind, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Spki, Self::Name, Self::Issuer];
}

impl Identity {
    /// Whether nothing is expected beside a thumbprint.
    pub fn is_empty(&self) -> bool {
        self.kinds().next().is_none()
    }

    /// The kinds that list something.
    pub fn kinds(&self) -> impl Iterator<Item = IdentityKind> {
        IdentityKind::ALL.into_iter().filter(|kind| match kind {
            IdentityKind::Issuer => !self.issuers.is_empty(),
            IdentityKind::Name => !self.names.is_empty(),
            IdentityKind::Spki => !self.spkis.is_empty(),
        })
    }

    /// Whether one of those listed of a kind is the certificate's.
    pub fn fit(&self, kind: IdentityKind, certificate: &Certificate) -> Fit {
        match kind {
            IdentityKind::Issuer => issuer::fit(&self.issuers, certificate),
            IdentityKind::Name => subject_name::fit(&self.names, certificate),
            IdentityKind::Spki => match &certificate.fields {
                Ok(fields) => Fit::of(self.spkis.iter().any(|one| one.0 == fields.spki_sha256)),
                Err(_) => Fit::Unknown,
            },
        }
    }

    /// Whether all of it holds: one kind that fails is enough to say no.
    pub fn fits(&self, certificate: &Certificate) -> Fit {
        let fits = self.kinds().map(|kind| self.fit(kind, certificate));
        fits.fold(Fit::Holds, |all, one| match (all, one) {
            (Fit::Fails, _) | (_, Fit::Fails) => Fit::Fails,
            (Fit::Unknown, _) | (_, Fit::Unknown) => Fit::Unknown,
            (Fit::Holds, Fit::Holds) => Fit::Holds,
        })
    }

    /// What is listed of a kind, in words: `the name URI:spiffe://a or DNS:b`.
    pub fn describe(&self, kind: IdentityKind) -> String {
        let (what, listed): (_, Vec<String>) = match kind {
            IdentityKind::Issuer => {
                ("the issuer", self.issuers.iter().map(ExpectedIssuer::describe).collect())
            }
            IdentityKind::Name => {
                ("the name", self.names.iter().map(ToString::to_string).collect())
            }
            IdentityKind::Spki => {
                ("the public key", self.spkis.iter().map(ToString::to_string).collect())
            }
        };
        format!("{what} {}", listed.join(" or "))
    }
}

impl Fit {
    fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}
