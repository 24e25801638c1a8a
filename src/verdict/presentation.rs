//! The sentences about a certificate or key that was presented: what it is to the expected one, and
//! whether its holder proved to have the private key.

use super::explanation::Story;
use super::identity;
use super::judge::expected_position;
use super::judgement::{Cause, Verdict};
use super::words::{Aside, InFrames};
use crate::certificate::Certificate;
use crate::expect::{ExpectedOutcome, IdentityKind, Thumbprint};
use crate::inspect::{ClientAuthentication, Possession, Presented, PresentedKey};

impl Story<'_> {
    /// A certificate, beside the expected one.
    pub(super) fn presentation(&self, presented: &Presented) -> String {
        let place = Aside(&[InFrames(&presented.frames).to_string()]).to_string();
        let Some(leaf) = presented.chain.first() else {
            return format!("client's Certificate message{place} cannot be read");
        };
        match (self.verdict, self.cause) {
            (Verdict::Match, _) => {
                let expected = self.which(leaf);
                format!("client presented {expected}{place}, {}", both(leaf))
            }
            (_, Some(cause)) if cause.is_of_possession() => {
                let expected = self.which(leaf);
                format!("client presented {expected}{place}, {}", both(leaf))
            }
            (Verdict::Mismatch, Some(cause)) if Self::is_of_identity(cause) => {
                format!("client presented another certificate{place}, {}", both(leaf))
            }
            (Verdict::Mismatch, _) => format!(
                "client presented another certificate{place}, {}, than the expected one, {}",
                both(leaf),
                self.expected(Some(leaf))
            ),
            (Verdict::Unexpected, _) => format!(
                "client presented a certificate{place}, {}, where none was expected",
                both(leaf)
            ),
            _ => format!("client presented a certificate{place}, {}", both(leaf)),
        }
    }

    /// A raw public key (RFC 7250), beside the expected certificates.
    pub(super) fn raw_key(&self, presented: &PresentedKey) -> String {
        let key = &presented.key;
        let mut expected =
            self.expectation.certificates.iter().filter_map(|one| one.certificate.as_ref());
        let its_certificate = expected.find(|certificate| {
            let fields = certificate.fields.as_ref();
            fields.is_ok_and(|fields| fields.spki_sha256 == key.spki_sha256)
        });
        let relation = match (self.expectation.outcome, its_certificate) {
            (ExpectedOutcome::None, _) => ", where no client certificate was expected".to_owned(),
            (_, Some(certificate)) => {
                format!("; it is the public key of {}", self.which(certificate))
            }
            (_, None) => String::new(),
        };
        format!(
            "client presented a raw public key and no certificate{}: {}, SHA-256 of the key \
             {}{relation}",
            Aside(&[InFrames(&presented.frames).to_string(), "RFC 7250".to_owned()]),
            key.public_key.description,
            key.spki_sha256
        )
    }

    /// What is to be added about a presented certificate.
    pub(super) fn details(&self, authentication: &ClientAuthentication, clauses: &mut Vec<String>) {
        if let ClientAuthentication::PresentedKey(presented) = authentication {
            clauses.push(self.possession(&presented.possession, "that key"));
        }
        let ClientAuthentication::Presented(presented) = authentication else {
            return;
        };
        if let Some(clause) = self.relation(presented) {
            clauses.push(clause);
        }
        if let Some(leaf) = presented.chain.first()
            && matches!(
                self.expectation.outcome,
                ExpectedOutcome::Candidates | ExpectedOutcome::Certificate
            )
        {
            clauses.extend(identity::clauses(&self.expectation.identity, leaf));
        }
        clauses.push(self.possession(&presented.possession, "that certificate's key"));
        if !presented.chain_complete {
            clauses.push("the rest of the chain it sent cannot be read".to_owned());
        }
    }

    /// One thumbprint of each expected certificate: one that `leaf` does not have.
    pub(super) fn expected(&self, leaf: Option<&Certificate>) -> String {
        let differs = |thumbprint: &Thumbprint| !leaf.is_some_and(|leaf| thumbprint.matches(leaf));
        let thumbprints = self.expectation.certificates.iter().filter_map(|expected| {
            expected.thumbprints().find(differs).map(|thumbprint| thumbprint.to_string())
        });
        let thumbprints = thumbprints.collect::<Vec<_>>().join(" or ");
        let identity = identity::expected(&self.expectation.identity);
        match (thumbprints.is_empty(), identity.is_empty()) {
            (true, _) => format!("one with {identity}"),
            (false, true) => thumbprints,
            (false, false) => format!("{thumbprints} with {identity}"),
        }
    }

    /// Whether an identity, and no thumbprint, made the verdict.
    fn is_of_identity(cause: Cause) -> bool {
        IdentityKind::ALL.into_iter().any(|kind| Cause::of_kind(kind) == cause)
    }

    /// The expected certificate that `leaf` is, by name where several are.
    fn which(&self, leaf: &Certificate) -> String {
        let candidates = &self.expectation.certificates;
        let matching = candidates.iter().find(|expected| expected.matches(leaf));
        let Some(matching) = matching.filter(|_| candidates.len() > 1) else {
            return "the expected certificate".to_owned();
        };
        let name = match &matching.label {
            Some(label) => format!(", \"{label}\""),
            None => String::new(),
        };
        let condition = matching.sources.iter().find_map(|source| source.condition.as_deref());
        let condition = condition.map(|condition| format!(" ({condition})")).unwrap_or_default();
        format!("one of {} expected certificates{name}{condition}", candidates.len())
    }

    /// What the presented certificate has to do with the expected one.
    fn relation(&self, presented: &Presented) -> Option<String> {
        Some(match self.cause? {
            Cause::ExpectedIsIssuer => {
                let position = expected_position(self.expectation, presented)?;
                let owner = if is_issuer(presented, position) {
                    "the issuer's"
                } else {
                    "that of another certificate in the chain"
                };
                format!("the expected thumbprint is {owner}, at position {position}")
            }
            Cause::SamePublicKey => {
                "both have the same public key: same key, renewed certificate".to_owned()
            }
            Cause::SameSubject => {
                "both have the same subject and different keys: renewed with another key, or an \
                 impostor"
                    .to_owned()
            }
            _ => return None,
        })
    }

    fn possession(&self, possession: &Possession, key: &str) -> String {
        let own =
            !matches!(self.handshake.client_authentication, ClientAuthentication::Resumed { .. });
        let frames: &[u64] = if own { &self.handshake.certificate_verify_frames } else { &[] };
        let frames = InFrames(frames).to_string();
        match possession {
            Possession::Verified { scheme } => format!(
                "its CertificateVerify{} proves that it holds the private key",
                Aside(&[frames, scheme.clone()])
            ),
            Possession::Failed { scheme, .. } => format!(
                "its CertificateVerify{} was not made with {key} over this handshake, so \
                 it did not prove to hold the private key",
                Aside(&[frames, scheme.clone()])
            ),
            Possession::Missing => "the client went on without a CertificateVerify, so it did not \
                 prove to hold the private key"
                .to_owned(),
            Possession::NotSeen if !frames.is_empty() => format!(
                "its CertificateVerify{}, or a message that it covers, is not completely in the \
                 capture, so possession of the private key is not proved",
                Aside(&[frames])
            ),
            Possession::NotSeen => "its CertificateVerify is not in the capture, so possession \
                 of the private key is not proved"
                .to_owned(),
            Possession::NotCheckable { why } => format!(
                "its CertificateVerify{} could not be checked ({why}), so possession of the \
                 private key is not proved",
                Aside(&[frames])
            ),
        }
    }
}

/// Both thumbprints of a certificate.
fn both(certificate: &Certificate) -> String {
    format!("{}, {}", Thumbprint::Sha1(certificate.sha1), Thumbprint::Sha256(certificate.sha256))
}

/// Whether the certificate at `position`, from 1, names the subject that issued one before it.
fn is_issuer(presented: &Presented, position: usize) -> bool {
    let (before, rest) =
        presented.chain.split_at_checked(position.saturating_sub(1)).unwrap_or_default();
    let subject = rest.first().and_then(|one| one.fields.as_ref().ok());
    let mut issued = before.iter().filter_map(|one| one.fields.as_ref().ok());
    subject.is_some_and(|issuer| issued.any(|one| one.issuer_der == issuer.subject_der))
}
