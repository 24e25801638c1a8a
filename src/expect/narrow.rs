//! A configuration's expectation beside one that the user gave directly.

use super::{Expectation, ExpectedCertificate, ExpectedOutcome};

impl Expectation {
    /// What both come to: the one given directly decides, and what the configuration knows of it
    /// is kept. Gives a warning where they differ.
    pub fn decided_by(mut self, given: Self) -> (Self, Option<String>) {
        let is_identity = given.certificates.is_empty() && !given.identity.is_empty();
        let names_one =
            matches!(self.outcome, ExpectedOutcome::Candidates | ExpectedOutcome::Certificate);
        self.identity = given.identity;
        if is_identity && names_one {
            // One more kind: the configuration's certificate must have it.
            self.reasons.extend(given.reasons);
            return (self, None);
        }
        let from_configuration = std::mem::take(&mut self.certificates);
        let outcome = std::mem::replace(&mut self.outcome, given.outcome);
        let mut warning = None;
        let mut is_common = false;
        for certificate in given.certificates {
            let known = from_configuration.iter().find(|known| is_same(known, &certificate));
            is_common |= known.is_some();
            self.certificates.push(match known {
                Some(known) => joined(known, &certificate),
                None => certificate,
            });
        }
        self.none_if = None;
        self.reasons.extend(given.reasons);
        let knows = outcome != ExpectedOutcome::Undecidable;
        match self.outcome {
            ExpectedOutcome::None if outcome == ExpectedOutcome::Certificate => {
                warning = Some(
                    "--expect-none is followed, although the configuration expects a certificate",
                );
            }
            ExpectedOutcome::None => {}
            _ if is_common => self.reasons.push("both name the same certificate".to_owned()),
            _ if knows => {
                warning = Some(
                    "the certificate given directly is followed, and it is not the one that the \
                     configuration expects",
                );
            }
            _ => {}
        }
        let warning = warning.map(str::to_owned);
        self.reasons.extend(warning.clone());
        (self, warning)
    }
}

/// Whether a thumbprint that both know is one certificate's.
fn is_same(known: &ExpectedCertificate, given: &ExpectedCertificate) -> bool {
    if let Some(certificate) = &given.certificate {
        return known.matches(certificate);
    }
    if let Some(certificate) = &known.certificate {
        return given.matches(certificate);
    }
    let sha1 = known.sha1.is_some() && known.sha1 == given.sha1;
    let sha256 = known.sha256.is_some() && known.sha256 == given.sha256;
    sha1 || sha256
}

fn joined(known: &ExpectedCertificate, given: &ExpectedCertificate) -> ExpectedCertificate {
    let mut sources = known.sources.clone();
    sources.extend(given.sources.iter().cloned());
    ExpectedCertificate {
        sha1: known.sha1.or(given.sha1),
        sha256: known.sha256.or(given.sha256),
        certificate: given.certificate.clone().or_else(|| known.certificate.clone()),
        subject: known.subject.clone(),
        label: known.label.clone().or_else(|| given.label.clone()),
        sources,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

    use super::super::{Given, resolve};
    use super::*;
    use crate::certificate::Sha1Thumbprint;

    const SHA1: &str = "1111111111111111111111111111111111111111";

    fn given(text: &str) -> Expectation {
        resolve(&[Given::Thumbprint(text)]).unwrap().expectation
    }

    fn configured(outcome: ExpectedOutcome, bytes: &[u8]) -> Expectation {
        let certificate = |byte: &u8| ExpectedCertificate {
            sha1: Some(Sha1Thumbprint([*byte; 20])),
            label: Some("x".to_owned()),
            ..ExpectedCertificate::default()
        };
        let certificates = bytes.iter().map(certificate).collect();
        Expectation { outcome, certificates, ..Expectation::default() }
    }

    #[test]
    fn same_certificate_is_kept_with_what_the_configuration_knows() {
        for outcome in [
            ExpectedOutcome::Certificate,
            ExpectedOutcome::Candidates,
            ExpectedOutcome::Undecidable,
        ] {
            let (both, warning) = configured(outcome, &[0x22, 0x11]).decided_by(given(SHA1));
            assert_eq!(both.outcome, ExpectedOutcome::Certificate);
            assert_eq!(both.certificates.len(), 1);
            assert_eq!(both.certificates[0].label.as_deref(), Some("x"));
            assert_eq!(warning, None);
        }
    }

    #[test]
    fn identity_is_one_more_kind_beside_what_the_configuration_names() {
        let identity = || resolve(&[Given::SubjectName("a.example")]).unwrap().expectation;
        let configuration = configured(ExpectedOutcome::Candidates, &[0x22, 0x11]);
        let (both, warning) = configuration.decided_by(identity());
        assert_eq!((both.outcome, warning), (ExpectedOutcome::Candidates, None));
        assert_eq!((both.certificates.len(), both.identity.names.len()), (2, 1));
        let undecidable = configured(ExpectedOutcome::Undecidable, &[]);
        let (both, warning) = undecidable.decided_by(identity());
        assert_eq!((both.outcome, warning), (ExpectedOutcome::Certificate, None));
        let none = configured(ExpectedOutcome::None, &[]);
        assert!(none.decided_by(identity()).1.is_some());
    }

    #[test]
    fn several_thumbprints_stay_alternatives() {
        let other = "2222222222222222222222222222222222222222";
        let given = resolve(&[Given::Thumbprint(SHA1), Given::Thumbprint(other)]).unwrap();
        let configuration = configured(ExpectedOutcome::Certificate, &[0x22]);
        let (both, warning) = configuration.decided_by(given.expectation);
        assert_eq!((both.outcome, warning), (ExpectedOutcome::Candidates, None));
        assert_eq!(both.certificates[1].label.as_deref(), Some("x"));
    }

    #[test]
    fn direct_expectation_decides_and_the_difference_is_reported() {
        let configuration = configured(ExpectedOutcome::Certificate, &[0x22]);
        let (both, warning) = configuration.clone().decided_by(given(SHA1));
        assert_eq!(both.certificates[0].sha1, Some(Sha1Thumbprint([0x11; 20])));
        assert!(warning.is_some());
        let (both, warning) = configuration.decided_by(Expectation::none());
        assert_eq!(both.outcome, ExpectedOutcome::None);
        assert!(both.certificates.is_empty() && warning.is_some());
        let undecidable = configured(ExpectedOutcome::Undecidable, &[]);
        let (both, warning) = undecidable.decided_by(given(SHA1));
        assert_eq!((both.outcome, warning), (ExpectedOutcome::Certificate, None));
    }
}
