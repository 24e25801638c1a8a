//! The ways to fail, each with its words.

use super::judged::{Judged, expected, identity, only_leaf};
use crate::expect::{Expectation, IdentityKind};
use crate::inspect::Possession;
use crate::verdict::{Cause, Judgement, Verdict};

/// A way to fail, with its words.
pub(in crate::report) struct Failure {
    verdict: Verdict,
    /// `None` stands for every cause that has no entry of its own.
    cause: Option<Cause>,
}

/// Every way to fail, the gravest first.
pub(in crate::report) const FAILURES: &[Failure] = &[
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::PossessionFailed) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::CertificateVerifyMissing) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::ExpectedIsIssuer) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::SamePublicKey) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::SameSubject) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::SpkiMismatch) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::SanMismatch) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::IssuerMismatch) },
    Failure { verdict: Verdict::Mismatch, cause: Some(Cause::RawPublicKey) },
    Failure { verdict: Verdict::Mismatch, cause: None },
    Failure { verdict: Verdict::Unexpected, cause: Some(Cause::RawPublicKey) },
    Failure { verdict: Verdict::Unexpected, cause: None },
    Failure { verdict: Verdict::Absent, cause: None },
    Failure { verdict: Verdict::NotRequested, cause: None },
];

impl Failure {
    /// Whether this is how the connection failed.
    pub(in crate::report) fn covers(&self, judgement: &Judgement<'_>) -> bool {
        if judgement.verdict != self.verdict {
            return false;
        }
        match self.cause {
            Some(cause) => judgement.cause == Some(cause),
            None => !FAILURES.iter().any(|other| {
                other.verdict == self.verdict
                    && other.cause.is_some()
                    && other.cause == judgement.cause
            }),
        }
    }

    /// What happened, the middle of a sentence.
    pub(in crate::report) fn claim(
        &self,
        found: &[Judged<'_>],
        expectation: &Expectation,
    ) -> String {
        let expected = expected(expectation);
        let presented = only_leaf(found);
        match (self.verdict, self.cause) {
            (Verdict::Mismatch, Some(Cause::PossessionFailed)) => format!(
                "the client presented a certificate{presented} and did not prove that it holds its \
                 key: the CertificateVerify signature does not fit"
            ),
            (Verdict::Mismatch, Some(Cause::CertificateVerifyMissing)) => format!(
                "the client presented a certificate{presented} and did not prove that it holds its \
                 key: it went on without a CertificateVerify"
            ),
            (Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)) if in_wrong_order(found) => format!(
                "the client sent its chain in the wrong order: another certificate{presented} stands \
                 first, and the expected one{expected} behind it"
            ),
            (Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)) => format!(
                "the client presented another certificate{presented}; the expected \
                 thumbprint{expected} is an issuer's, further up its chain"
            ),
            (Verdict::Mismatch, Some(Cause::SamePublicKey)) => format!(
                "the client presented another certificate{presented} with the same public key as \
                 the expected one{expected}"
            ),
            (Verdict::Mismatch, Some(Cause::SameSubject)) => format!(
                "the client presented another certificate{presented} with the same subject as the \
                 expected one{expected}"
            ),
            (
                Verdict::Mismatch,
                Some(cause @ (Cause::SpkiMismatch | Cause::SanMismatch | Cause::IssuerMismatch)),
            ) => {
                let kind = match cause {
                    Cause::SpkiMismatch => IdentityKind::Spki,
                    Cause::SanMismatch => IdentityKind::Name,
                    _ => IdentityKind::Issuer,
                };
                format!(
                    "the client presented another certificate{presented}, without {}",
                    identity(expectation, kind)
                )
            }
            (Verdict::Mismatch, Some(Cause::RawPublicKey)) => {
                format!("the client presented a raw public key, and no certificate{expected}")
            }
            (Verdict::Unexpected, Some(Cause::RawPublicKey)) => {
                "no client certificate was expected and the client presented a raw public key"
                    .to_owned()
            }
            (Verdict::Unexpected, _) => format!(
                "no client certificate was expected and the client presented one{presented}"
            ),
            (Verdict::Absent, _) => {
                "the server asked for a certificate and the client sent none".to_owned()
            }
            (Verdict::NotRequested, _) => {
                "the server never asked for a client certificate".to_owned()
            }
            _ => format!(
                "the client presented another certificate{presented} than the expected \
                 one{expected}"
            ),
        }
    }

    /// What must not be concluded from it.
    pub(in crate::report) fn caveat(&self) -> &'static str {
        match self.verdict {
            Verdict::NotRequested => " (nothing is said against the client)",
            _ => "",
        }
    }

    /// What to do next.
    pub(in crate::report) fn hint(&self, found: &[Judged<'_>]) -> Option<&'static str> {
        Some(match (self.verdict, self.cause) {
            (
                Verdict::Mismatch,
                Some(Cause::PossessionFailed | Cause::CertificateVerifyMissing),
            ) => {
                "this is how a copied certificate looks, or a capture that was altered; the \
                 certificate alone proves nothing"
            }
            (Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)) if in_wrong_order(found) => {
                "put the client's own certificate first in the file that the client sends"
            }
            (Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)) => {
                "expect the thumbprint of the client's own certificate, number 1 of the chain below"
            }
            (Verdict::Mismatch, Some(Cause::SamePublicKey)) => {
                "a certificate renewed with its old key looks like this; compare the dates below"
            }
            (Verdict::Mismatch, Some(Cause::SameSubject)) => {
                "a certificate renewed with a new key looks like this, and so does an impostor's; \
                 compare issuer and dates below"
            }
            (Verdict::Mismatch, Some(Cause::SanMismatch)) => {
                "the explanation below lists the names that its subjectAltName has"
            }
            (Verdict::Mismatch, Some(Cause::IssuerMismatch)) => {
                "compare the issuer below with the one expected; the same name with another key is \
                 another issuer"
            }
            (_, Some(Cause::RawPublicKey)) => {
                "client and server agreed on raw public keys (RFC 7250); a key has no thumbprint to \
                 compare with a certificate's"
            }
            (Verdict::Absent, _) => {
                "the client had no certificate for this server, or none that fits the request; \
                 compare its types, schemes and authorities below with the certificate configured"
            }
            (Verdict::NotRequested, _) => {
                "look at the server first: whether it asks for client certificates at all, for \
                 this server name, and in the first handshake"
            }
            _ => return None,
        })
    }
}

/// Whether each of them signed with the key of a certificate that does not stand first.
fn in_wrong_order(found: &[Judged<'_>]) -> bool {
    found.iter().all(|judged| {
        judged.summary().presented().is_some_and(|presented| {
            matches!(presented.possession, Possession::Failed { signer: Some(_), .. })
        })
    })
}
