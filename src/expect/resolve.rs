//! What the user gave on the command line -> one Expectation.

use super::certificate_file::CertificateFile;
use super::error::ExpectError;
use super::thumbprint::{Repair, Thumbprint};
use super::{Expectation, ExpectedCertificate, ExpectedOutcome, Source};
use crate::certificate::Certificate;

/// One thing that says what is expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Given<'a> {
    /// `--expect-certificate`.
    CertificateFile {
        /// The file, as the user named it.
        path: &'a str,
        /// Its content.
        bytes: &'a [u8],
        /// The password of a PKCS#12 file (`--password-file`).
        password: Option<&'a str>,
    },
    /// `--expect-none`.
    None,
    /// `--expect-thumbprint`.
    Thumbprint(&'a str),
}

/// An expectation, and what had to be repaired to understand it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resolved {
    /// What is expected.
    pub expectation: Expectation,
    /// For standard error: one fragment each, naming the option.
    pub warnings: Vec<String>,
}

/// Joins everything given into one expectation.
///
/// # Errors
///
/// Something cannot be read, nothing is given, or two things given are proved to contradict each
/// other. A SHA-1 and a SHA-256 without the certificate may belong to different ones: no proof,
/// and a certificate has to have both to match.
pub fn resolve(given: &[Given<'_>]) -> Result<Resolved, ExpectError> {
    let mut known = Known::default();
    let mut nothing_expected = false;
    for one in given {
        match *one {
            Given::CertificateFile { path, bytes, password } => {
                known.add_file(path, bytes, password)?;
            }
            Given::None => nothing_expected = true,
            Given::Thumbprint(text) => known.add_thumbprint(text)?,
        }
    }
    match (nothing_expected, known.sources.first()) {
        (true, Some(source)) => {
            Err(ExpectError::NoneBesideCertificate { other: source.rule.clone() })
        }
        (true, None) => Ok(Resolved { expectation: Expectation::none(), warnings: Vec::new() }),
        (false, None) => Err(ExpectError::NothingGiven),
        (false, Some(_)) => Ok(known.finish()),
    }
}

/// What is known of the one expected certificate.
#[derive(Debug, Default)]
struct Known {
    thumbprints: Vec<(Thumbprint, String)>,
    certificate: Option<(Certificate, String)>,
    sources: Vec<Source>,
    reasons: Vec<String>,
    warnings: Vec<String>,
}

impl Known {
    fn add_thumbprint(&mut self, text: &str) -> Result<(), ExpectError> {
        let (thumbprint, repairs) = Thumbprint::parse(text).map_err(ExpectError::Thumbprint)?;
        let warnings = repairs.iter().filter(|repair| Repair::is_warning(repair));
        self.warnings.extend(warnings.map(|repair| format!("{THUMBPRINT}: {repair}")));
        self.add(thumbprint, THUMBPRINT)?;
        self.reasons.push(format!("{THUMBPRINT} names the certificate with {thumbprint}"));
        self.sources.push(Source {
            file: None,
            line: None,
            rule: THUMBPRINT.to_owned(),
            condition: None,
        });
        Ok(())
    }

    fn add_file(
        &mut self,
        path: &str,
        bytes: &[u8],
        password: Option<&str>,
    ) -> Result<(), ExpectError> {
        let CertificateFile { certificate, line, reasons } =
            CertificateFile::read_with_password(path, bytes, password)?;
        self.add(Thumbprint::Sha256(certificate.sha256), path)?;
        self.add(Thumbprint::Sha1(certificate.sha1), path)?;
        self.reasons.extend(reasons);
        self.reasons.push(format!(
            "{path} holds the certificate with {} and {}",
            Thumbprint::Sha1(certificate.sha1),
            Thumbprint::Sha256(certificate.sha256)
        ));
        self.sources.push(Source {
            file: Some(path.to_owned()),
            line,
            rule: CERTIFICATE.to_owned(),
            condition: None,
        });
        self.certificate.get_or_insert_with(|| (certificate, path.to_owned()));
        Ok(())
    }

    /// Takes a thumbprint over, unless one of the same kind and another value is known.
    fn add(&mut self, thumbprint: Thumbprint, origin: &str) -> Result<(), ExpectError> {
        let same_kind = |known: &Thumbprint| {
            std::mem::discriminant(known) == std::mem::discriminant(&thumbprint)
        };
        match self.thumbprints.iter().find(|(known, _)| same_kind(known)) {
            None => self.thumbprints.push((thumbprint, origin.to_owned())),
            Some((known, _)) if *known == thumbprint => {}
            Some((known, known_origin)) => {
                return Err(ExpectError::Contradiction {
                    first: format!("{known} ({known_origin})"),
                    second: format!("{thumbprint} ({origin})"),
                });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Resolved {
        if self.thumbprints.len() > 1 && self.certificate.is_none() {
            self.reasons.push(
                "SHA-1 and SHA-256 were given without the certificate itself: a certificate has \
                 to have both to match"
                    .to_owned(),
            );
        }
        let mut expected = ExpectedCertificate { sources: self.sources, ..Default::default() };
        for (thumbprint, _) in self.thumbprints {
            match thumbprint {
                Thumbprint::Sha1(sha1) => expected.sha1 = Some(sha1),
                Thumbprint::Sha256(sha256) => expected.sha256 = Some(sha256),
            }
        }
        if let Some((certificate, label)) = self.certificate {
            expected.certificate = Some(certificate);
            expected.label = Some(label);
        }
        Resolved {
            expectation: Expectation {
                outcome: ExpectedOutcome::Certificate,
                certificates: vec![expected],
                reasons: self.reasons,
                ..Expectation::default()
            },
            warnings: self.warnings,
        }
    }
}

const CERTIFICATE: &str = "--expect-certificate";
const THUMBPRINT: &str = "--expect-thumbprint";

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

    use super::*;

    const LEAF: Given<'_> = Given::CertificateFile {
        path: "leaf.pem",
        bytes: include_bytes!("testdata/leaf.pem"),
        password: None,
    };
    const OTHER: Given<'_> = Given::CertificateFile {
        path: "other.pem",
        bytes: include_bytes!("testdata/other.pem"),
        password: None,
    };
    const SHA1: Given<'_> = Given::Thumbprint(include_str!("testdata/leaf.sha1"));
    const SHA256: Given<'_> = Given::Thumbprint(include_str!("testdata/leaf.sha256"));

    fn expected(given: &[Given<'_>]) -> ExpectedCertificate {
        let resolved = resolve(given).unwrap();
        assert_eq!(resolved.expectation.outcome, ExpectedOutcome::Certificate);
        assert_eq!(resolved.expectation.certificates.len(), 1);
        resolved.expectation.certificates[0].clone()
    }

    fn certificate(given: Given<'_>) -> Certificate {
        expected(&[given]).certificate.unwrap()
    }

    #[test]
    fn every_source_of_one_certificate_is_joined() {
        let leaf = certificate(LEAF);
        for given in [
            vec![SHA1],
            vec![SHA256],
            vec![LEAF],
            vec![SHA1, SHA1],
            vec![SHA1, SHA256],
            vec![SHA256, LEAF],
            vec![LEAF, SHA1, SHA256, LEAF],
        ] {
            let expected = expected(&given);
            assert_eq!(expected.sources.len(), given.len());
            assert!(expected.matches(&leaf), "{given:?}");
            assert!(!expected.matches(&certificate(OTHER)), "{given:?}");
        }
        let both = expected(&[SHA1, SHA256]);
        assert_eq!((both.sha1, both.sha256), (Some(leaf.sha1), Some(leaf.sha256)));
        assert_eq!(both.certificate, None);
    }

    #[test]
    fn file_gives_both_thumbprints_and_its_name() {
        let expected = expected(&[LEAF]);
        let leaf = certificate(LEAF);
        assert_eq!((expected.sha1, expected.sha256), (Some(leaf.sha1), Some(leaf.sha256)));
        assert_eq!(expected.label.as_deref(), Some("leaf.pem"));
        assert_eq!(
            expected.sources,
            [Source {
                file: Some("leaf.pem".to_owned()),
                line: Some(1),
                rule: "--expect-certificate".to_owned(),
                condition: None
            }]
        );
    }

    #[test]
    fn proved_contradiction_is_an_error_that_names_both() {
        let other = Given::Thumbprint("a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            resolve(&[SHA1, other]).unwrap_err().to_string(),
            "SHA-1 3685528dc08d6c9b910915da04f458c67e19dd6e (--expect-thumbprint) and SHA-1 \
             a9993e364706816aba3e25717850c26c9cd0d89d (--expect-thumbprint) are different \
             certificates"
        );
        for given in [[LEAF, other], [other, LEAF], [LEAF, OTHER], [OTHER, SHA1], [SHA256, OTHER]] {
            let error = resolve(&given).unwrap_err();
            assert!(matches!(error, ExpectError::Contradiction { .. }), "{error}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn none_beside_a_certificate_is_an_error() {
        for given in [[Given::None, SHA1], [SHA1, Given::None]] {
            assert_eq!(
                resolve(&given).unwrap_err().to_string(),
                "--expect-none contradicts --expect-thumbprint"
            );
        }
        assert!(resolve(&[LEAF, Given::None]).unwrap_err().hint().is_some());
    }

    #[test]
    fn none_is_an_expectation_and_nothing_is_an_error() {
        let resolved = resolve(&[Given::None, Given::None]).unwrap();
        assert_eq!(resolved.expectation, Expectation::none());
        assert_eq!(resolve(&[]), Err(ExpectError::NothingGiven));
    }

    #[test]
    fn repairs_are_warnings_that_name_the_option() {
        let resolved =
            resolve(&[Given::Thumbprint("\u{200e}A9993E364706816ABA3E25717850C26C9CD0D89D")]);
        assert_eq!(
            resolved.unwrap().warnings,
            ["--expect-thumbprint: removed 1 invisible character (U+200E) at position 1: API \
              Management may have stored the thumbprint with it"]
        );
    }

    #[test]
    fn expected_certificate_without_any_digest_matches_nothing() {
        assert!(!ExpectedCertificate::default().matches(&certificate(LEAF)));
    }

    #[test]
    fn one_agreeing_digest_of_two_is_no_match() {
        let mut both = expected(&[SHA1, SHA256]);
        both.sha256 = Some(certificate(OTHER).sha256);
        assert!(!both.matches(&certificate(LEAF)));
        assert!(!both.matches(&certificate(OTHER)));
    }
}
