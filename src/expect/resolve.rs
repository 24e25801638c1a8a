//! What the user gave on the command line -> one Expectation.

use super::certificate_file::CertificateFile;
use super::certificate_file_error::CertificateFileError;
use super::error::ExpectError;
use super::identity::{ExpectedIssuer, Identity, SpkiDigest, SubjectName};
use super::thumbprint::{Repair, Thumbprint};
use super::{Expectation, ExpectedCertificate, ExpectedOutcome, Source};
use crate::certificate::{Certificate, DistinguishedName};

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
    /// `--expect-issuer` with a file that holds the issuer's certificate.
    IssuerFile {
        /// The file, as the user named it.
        path: &'a str,
        /// Its content.
        bytes: &'a [u8],
    },
    /// `--expect-issuer` with a distinguished name.
    IssuerName(&'a str),
    /// `--expect-none`.
    None,
    /// `--expect-san`.
    SubjectName(&'a str),
    /// `--expect-spki`.
    Spki(&'a str),
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
/// Several thumbprints are alternatives, as during a rotation; so are several pins, names and
/// issuers. Of the different kinds, each must hold.
///
/// # Errors
///
/// Something cannot be read, nothing is given, or a certificate file and something else are proved
/// to contradict each other.
pub fn resolve(given: &[Given<'_>]) -> Result<Resolved, ExpectError> {
    let mut known = Known::default();
    let mut nothing_expected = false;
    for one in given {
        match *one {
            Given::CertificateFile { path, bytes, password } => {
                known.add_file(path, bytes, password)?;
            }
            Given::IssuerFile { path, bytes } => known.add_issuer_file(path, bytes)?,
            Given::IssuerName(text) => known.add_issuer_name(text)?,
            Given::None => nothing_expected = true,
            Given::SubjectName(text) => known.add_name(text)?,
            Given::Spki(text) => known.add_spki(text)?,
            Given::Thumbprint(text) => known.add_thumbprint(text)?,
        }
    }
    match (nothing_expected, known.first_rule) {
        (true, Some(rule)) => Err(ExpectError::NoneBesideCertificate { other: rule.to_owned() }),
        (true, None) => Ok(Resolved { expectation: Expectation::none(), warnings: Vec::new() }),
        (false, None) => Err(ExpectError::NothingGiven),
        (false, Some(_)) => known.finish(),
    }
}

/// What is known of the expected certificate.
#[derive(Debug, Default)]
struct Known {
    thumbprints: Vec<(Thumbprint, Vec<Source>)>,
    certificate: Option<(Certificate, String)>,
    file_sources: Vec<Source>,
    identity: Identity,
    first_rule: Option<&'static str>,
    reasons: Vec<String>,
    warnings: Vec<String>,
}

impl Known {
    fn add_thumbprint(&mut self, text: &str) -> Result<(), ExpectError> {
        let (thumbprint, repairs) = Thumbprint::parse(text).map_err(ExpectError::Thumbprint)?;
        let warnings = repairs.iter().filter(|repair| Repair::is_warning(repair));
        self.warnings.extend(warnings.map(|repair| format!("{THUMBPRINT}: {repair}")));
        let source = source(None, None, self.rule(THUMBPRINT));
        self.reasons.push(format!("{THUMBPRINT} names the certificate with {thumbprint}"));
        match self.thumbprints.iter_mut().find(|(known, _)| *known == thumbprint) {
            Some((_, sources)) => sources.push(source),
            None => self.thumbprints.push((thumbprint, vec![source])),
        }
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
        if let Some((known, known_path)) = &self.certificate
            && known.sha256 != certificate.sha256
        {
            return Err(contradiction(
                Thumbprint::Sha256(known.sha256),
                known_path,
                Thumbprint::Sha256(certificate.sha256),
                path,
            ));
        }
        self.reasons.extend(reasons);
        self.reasons.push(format!(
            "{path} holds the certificate with {} and {}",
            Thumbprint::Sha1(certificate.sha1),
            Thumbprint::Sha256(certificate.sha256)
        ));
        let source = source(Some(path), line, self.rule(CERTIFICATE));
        self.file_sources.push(source);
        self.certificate.get_or_insert_with(|| (certificate, path.to_owned()));
        Ok(())
    }

    fn add_spki(&mut self, text: &str) -> Result<(), ExpectError> {
        let spki = SpkiDigest::parse(text).map_err(ExpectError::Spki)?;
        self.rule(SPKI);
        self.reasons.push(format!("{SPKI} names the public key with {spki}"));
        self.identity.spkis.push(spki);
        Ok(())
    }

    fn add_name(&mut self, text: &str) -> Result<(), ExpectError> {
        let name = SubjectName::parse(text).map_err(ExpectError::SubjectName)?;
        self.rule(NAME);
        self.reasons.push(format!("{NAME} wants {name} in subjectAltName"));
        self.identity.names.push(name);
        Ok(())
    }

    fn add_issuer_name(&mut self, text: &str) -> Result<(), ExpectError> {
        let name = DistinguishedName::parse(text).map_err(ExpectError::IssuerName)?;
        self.rule(ISSUER);
        self.reasons.push(format!(
            "{ISSUER} names the issuer \"{text}\"; a name alone is a claim of the certificate: with \
             the issuer's certificate as a FILE its signature is checked too"
        ));
        self.identity.issuers.push(ExpectedIssuer::Name { name, text: text.to_owned() });
        Ok(())
    }

    fn add_issuer_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExpectError> {
        for file in CertificateFile::read_all(path, bytes)? {
            if file.certificate.fields.is_err() {
                return Err(ExpectError::CertificateFile {
                    path: path.to_owned(),
                    line: file.line,
                    problem: CertificateFileError::DamagedCertificate,
                });
            }
            self.rule(ISSUER);
            self.reasons.extend(file.reasons);
            self.reasons.push(format!(
                "{ISSUER}: the signature is checked with the key of the certificate in {path}, {}",
                Thumbprint::Sha256(file.certificate.sha256)
            ));
            let certificate = Box::new(file.certificate);
            let issuer = ExpectedIssuer::Certificate { certificate, file: path.to_owned() };
            self.identity.issuers.push(issuer);
        }
        Ok(())
    }

    /// Notes the option that something was given with.
    fn rule(&mut self, rule: &'static str) -> &'static str {
        self.first_rule.get_or_insert(rule);
        rule
    }

    fn finish(mut self) -> Result<Resolved, ExpectError> {
        let certificates = match self.certificate.take() {
            Some((certificate, path)) => vec![self.joined(certificate, path)?],
            None => self.alternatives(),
        };
        let outcome = match certificates.as_slice() {
            [_, _, ..] => ExpectedOutcome::Candidates,
            _ => ExpectedOutcome::Certificate,
        };
        Ok(Resolved {
            expectation: Expectation {
                outcome,
                certificates,
                identity: self.identity,
                reasons: self.reasons,
                ..Expectation::default()
            },
            warnings: self.warnings,
        })
    }

    /// The certificate of a file; every thumbprint given beside it must be its own.
    fn joined(
        &mut self,
        certificate: Certificate,
        path: String,
    ) -> Result<ExpectedCertificate, ExpectError> {
        let mut sources = std::mem::take(&mut self.file_sources);
        for (thumbprint, own) in std::mem::take(&mut self.thumbprints) {
            if !thumbprint.matches(&certificate) {
                let known = match thumbprint {
                    Thumbprint::Sha1(_) => Thumbprint::Sha1(certificate.sha1),
                    Thumbprint::Sha256(_) => Thumbprint::Sha256(certificate.sha256),
                };
                return Err(contradiction(known, &path, thumbprint, THUMBPRINT));
            }
            sources.extend(own);
        }
        Ok(ExpectedCertificate {
            sha1: Some(certificate.sha1),
            sha256: Some(certificate.sha256),
            certificate: Some(certificate),
            label: Some(path),
            sources,
            ..Default::default()
        })
    }

    /// A certificate for each thumbprint.
    fn alternatives(&mut self) -> Vec<ExpectedCertificate> {
        if self.thumbprints.len() > 1 {
            self.reasons
                .push("several thumbprints: the certificate may have any of them".to_owned());
        }
        let thumbprints = std::mem::take(&mut self.thumbprints).into_iter();
        let certificates = thumbprints.map(|(thumbprint, sources)| {
            let mut expected = ExpectedCertificate { sources, ..Default::default() };
            match thumbprint {
                Thumbprint::Sha1(sha1) => expected.sha1 = Some(sha1),
                Thumbprint::Sha256(sha256) => expected.sha256 = Some(sha256),
            }
            expected
        });
        certificates.collect()
    }
}

fn source(file: Option<&str>, line: Option<u64>, rule: &str) -> Source {
    Source { file: file.map(str::to_owned), line, rule: rule.to_owned(), condition: None }
}

fn contradiction(
    first: Thumbprint,
    first_origin: &str,
    second: Thumbprint,
    second_origin: &str,
) -> ExpectError {
    ExpectError::Contradiction {
        first: format!("{first} ({first_origin})"),
        second: format!("{second} ({second_origin})"),
    }
}

const CERTIFICATE: &str = "--expect-certificate";
const ISSUER: &str = "--expect-issuer";
const NAME: &str = "--expect-san";
const SPKI: &str = "--expect-spki";
const THUMBPRINT: &str = "--expect-thumbprint";
