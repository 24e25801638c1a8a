//! `--expect-certificate`: the certificate in a file, in the forms that tools and portals export.

use super::carried::Carried;
use super::certificate_file_error::CertificateFileError;
use super::der_kind::{self, DerKind};
use super::pem::{self, Block};
use super::thumbprint::Thumbprint;
use super::{ExpectError, base64, carried, foreign, forwarded, pfx};
use crate::certificate::Certificate;

/// The certificate that a file names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateFile {
    /// The certificate; the end-entity where the file holds a chain.
    pub certificate: Certificate,
    /// Line in which its PEM block begins, from 1.
    pub line: Option<u64>,
    /// How it was found in the file, one sentence a step.
    pub reasons: Vec<String>,
}

/// A certificate as it was found in the file.
#[derive(Debug)]
struct Found {
    certificate: Certificate,
    line: Option<u64>,
}

/// What went wrong, and in which line.
#[derive(Debug)]
struct Failure {
    line: Option<u64>,
    problem: CertificateFileError,
}

impl From<CertificateFileError> for Failure {
    fn from(problem: CertificateFileError) -> Self {
        Self { line: None, problem }
    }
}

impl CertificateFile {
    /// Reads the content of a file; `path` is for messages only.
    ///
    /// Read are PEM (also `TRUSTED CERTIFICATE`, UTF-16, without line breaks, with text around
    /// it, URL-encoded), a Kubernetes Secret with `tls.crt`, what `az keyvault certificate show`
    /// prints, DER, base64 of DER without the PEM lines, PKCS#12 (PFX) without a password, and the
    /// certificates of a DER-encoded PKCS#7 bundle. Where there are several certificates, the one that issued none of the
    /// others is taken.
    ///
    /// # Errors
    ///
    /// [`ExpectError::CertificateFile`] for everything else, naming what the file holds where
    /// that can be told.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, ExpectError> {
        Self::read_with_password(path, bytes, None)
    }

    /// Reads every certificate in a file, as a bundle of issuers has several.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`], but that several certificates are none.
    pub fn read_all(path: &str, bytes: &[u8]) -> Result<Vec<Self>, ExpectError> {
        let mut reasons = Vec::new();
        let found = certificates(path, bytes, None, &mut reasons);
        let found = found.map_err(|Failure { line, problem }| ExpectError::CertificateFile {
            path: path.to_owned(),
            line,
            problem,
        })?;
        let files = found.into_iter().map(|Found { certificate, line }| Self {
            certificate,
            line,
            reasons: std::mem::take(&mut reasons),
        });
        Ok(files.collect())
    }

    /// The same with the password of a PKCS#12 (PFX) file; without one, the empty password is
    /// tried. Where the file has a private key, the certificate that belongs to it is taken.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`].
    pub fn read_with_password(
        path: &str,
        bytes: &[u8],
        password: Option<&str>,
    ) -> Result<Self, ExpectError> {
        let mut reasons = Vec::new();
        certificates(path, bytes, password, &mut reasons)
            .and_then(|found| end_entity(path, found, &mut reasons))
            .map(|Found { certificate, line }| {
                if let Err(why) = &certificate.fields {
                    reasons.push(format!(
                        "the certificate in {path} cannot be read ({why}): only its thumbprints \
                         are compared"
                    ));
                }
                Self { certificate, line, reasons }
            })
            .map_err(|Failure { line, problem }| ExpectError::CertificateFile {
                path: path.to_owned(),
                line,
                problem,
            })
    }
}

/// Every certificate in the file, without repeats.
fn certificates(
    path: &str,
    bytes: &[u8],
    password: Option<&str>,
    reasons: &mut Vec<String>,
) -> Result<Vec<Found>, Failure> {
    if bytes.len() > LARGEST_FILE {
        return Err(CertificateFileError::TooLarge { bytes: bytes.len() }.into());
    }
    if bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(CertificateFileError::Empty.into());
    }
    if let Some(error) = foreign::by_first_bytes(bytes) {
        return Err(error.into());
    }
    // A certificate is longer than 127 bytes: its length takes the form that begins with 0x80 to
    // 0x84, which no text has after the digit zero (0x30). Shorter structures are only named.
    let is_short_der =
        || der_kind::outermost(bytes) == Some(bytes) && der_kind::kind(bytes) != DerKind::Unknown;
    if matches!(bytes, [0x30, 0x80..=0x84, ..]) || is_short_der() {
        return from_der(path, bytes, None, password, reasons);
    }

    let text = decode_text(bytes);
    if let Some(carried) = carried::read(&text) {
        let Carried { line, place, bytes } =
            carried.map_err(|(line, problem)| Failure { line, problem })?;
        reasons.push(format!("{path}:{line}: the certificate is that of {place}"));
        let found = match text_inside(&bytes) {
            Some(text) => from_text(path, text, password, reasons)?,
            None => from_der(path, &bytes, None, password, reasons)?,
        };
        let found = found.into_iter().map(|one| Found { line: Some(line), ..one });
        return Ok(found.collect());
    }
    match text.contains("-----BEGIN%20") || text.contains("-----BEGIN+CERT") {
        // As Envoy and nginx write a certificate into a header.
        true => from_text(path, &forwarded::percent_decoded(&text), password, reasons),
        false => from_text(path, &text, password, reasons),
    }
}

/// The text of a PEM file inside a document; `None` for what is DER.
fn text_inside(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.starts_with('0'))
}

/// The certificates of a text that is a file of its own.
fn from_text(
    path: &str,
    text: &str,
    password: Option<&str>,
    reasons: &mut Vec<String>,
) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::<Found>::new();
    let mut other = None;
    for block in pem::blocks(text) {
        match from_block(path, block, password, reasons) {
            Ok(certificates) => found.extend(certificates),
            Err(failure) if matches!(failure.problem, CertificateFileError::Holds { .. }) => {
                other = other.or(Some(failure));
            }
            Err(failure) => return Err(failure),
        }
        if found.len() > MOST_CERTIFICATES {
            let limit = MOST_CERTIFICATES;
            return Err(CertificateFileError::TooManyCertificates { limit }.into());
        }
    }
    match other {
        _ if !found.is_empty() => Ok(found),
        Some(failure) => Err(failure),
        None => from_plain_text(path, text, password, reasons),
    }
}

/// The certificates of one PEM block.
fn from_block(
    path: &str,
    block: Block<'_>,
    password: Option<&str>,
    reasons: &mut Vec<String>,
) -> Result<Vec<Found>, Failure> {
    let line = Some(block.line);
    let label = match block.label {
        "CERTIFICATE" | "X509 CERTIFICATE" => "CERTIFICATE",
        "TRUSTED CERTIFICATE" => "TRUSTED CERTIFICATE",
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => "PKCS7",
        "PKCS12" => "PKCS12",
        other => return Err(Failure { line, problem: foreign::by_pem_label(other) }),
    };
    let failure = |problem| Failure { line, problem };
    let body = block.body.ok_or_else(|| failure(CertificateFileError::Unended))?;
    let der = base64::decode(&pem::digits(body))
        .ok_or_else(|| failure(CertificateFileError::DamagedBase64 { label }))?;
    if label == "TRUSTED CERTIFICATE" {
        // What follows the certificate is OpenSSL's own note on trust (X509_CERT_AUX).
        let certificate = der_kind::outermost(&der).unwrap_or(&der);
        return from_der(path, certificate, line, password, reasons);
    }
    from_der(path, &der, line, password, reasons)
}

/// The certificates in DER bytes: one, or those of a PKCS#7 bundle.
fn from_der(
    path: &str,
    bytes: &[u8],
    line: Option<u64>,
    password: Option<&str>,
    reasons: &mut Vec<String>,
) -> Result<Vec<Found>, Failure> {
    let failure = |problem| Failure { line, problem };
    let Some(der) = der_kind::outermost(bytes) else {
        return Err(failure(CertificateFileError::DamagedCertificate));
    };
    match der_kind::kind(der) {
        DerKind::Certificate => {
            if let Some(trailing @ 1..) = bytes.len().checked_sub(der.len()) {
                reasons
                    .push(format!("{path} has {trailing} bytes after the certificate: left out"));
            }
            Ok(vec![Found { certificate: Certificate::from_der(der), line }])
        }
        DerKind::Pkcs7 => {
            let found: Vec<_> = der_kind::pkcs7_certificates(der)
                .into_iter()
                .take(MOST_CERTIFICATES + 1)
                .map(|der| Found { certificate: Certificate::from_der(der), line })
                .collect();
            if found.is_empty() {
                return Err(failure(foreign::by_der_kind(DerKind::Pkcs7)));
            }
            reasons.push(format!("{path} is a PKCS#7 bundle; certificates in it: {}", found.len()));
            Ok(found)
        }
        DerKind::Pkcs12 => {
            let found = pfx::certificates(der, password).map_err(failure)?;
            reasons.push(format!("{path} is a PKCS#12 (PFX) file"));
            let found = found.iter().take(MOST_CERTIFICATES + 1);
            let found = found.map(|der| Found { certificate: Certificate::from_der(der), line });
            Ok(found.collect())
        }
        DerKind::Unknown => Err(failure(CertificateFileError::DamagedCertificate)),
        kind => Err(failure(foreign::by_der_kind(kind))),
    }
}

/// The certificate in a text without PEM lines: base64 of DER, as Azure shows it.
fn from_plain_text(
    path: &str,
    text: &str,
    password: Option<&str>,
    reasons: &mut Vec<String>,
) -> Result<Vec<Found>, Failure> {
    if let Ok((thumbprint, _)) = Thumbprint::parse(text) {
        let digits = thumbprint.digits();
        return Err(CertificateFileError::Thumbprint { digits }.into());
    }
    let unquoted = text.trim().trim_matches(['"', '\'', ',']);
    match base64::decode(&pem::digits(unquoted)) {
        Some(der) if der.first() == Some(&0x30) => {
            reasons.push(format!("{path} was read as base64 without the PEM lines"));
            from_der(path, &der, None, password, reasons)
        }
        _ => Err(CertificateFileError::NoCertificate.into()),
    }
}

/// The one certificate of several that issued none of the others.
fn end_entity(
    path: &str,
    mut found: Vec<Found>,
    reasons: &mut Vec<String>,
) -> Result<Found, Failure> {
    let mut seen = std::collections::HashSet::new();
    found.retain(|one| seen.insert(one.certificate.sha256));
    let certificates = found.len();
    if certificates > MOST_CERTIFICATES {
        let limit = MOST_CERTIFICATES;
        return Err(CertificateFileError::TooManyCertificates { limit }.into());
    }

    let issued_none = |index: &usize| !found.iter().any(|other| issued(&found, *index, other));
    let candidates: Vec<_> = (0..certificates).filter(issued_none).collect();
    let index = match candidates.as_slice() {
        [index] => *index,
        // A leaf and a root without what stands between them.
        [0, roots @ ..] if !is_root(&found, 0) && roots.iter().all(|i| is_root(&found, *i)) => 0,
        [] => {
            let candidates = certificates;
            return Err(CertificateFileError::Ambiguous { candidates, certificates }.into());
        }
        several => {
            let candidates = several.len();
            return Err(CertificateFileError::Ambiguous { candidates, certificates }.into());
        }
    };
    let chosen = found.swap_remove(index);
    if certificates > 1 {
        let place = match chosen.line {
            Some(line) => format!("the one in line {line}"),
            None => format!("number {}", index + 1),
        };
        reasons.push(format!(
            "{path} holds {certificates} certificates; {place} is the end-entity: it issued none \
             of the others"
        ));
    }
    Ok(chosen)
}

/// Whether the certificate at `index` names the subject that issued `other`, another one.
fn issued(found: &[Found], index: usize, other: &Found) -> bool {
    let Some(issuer) = found.get(index) else {
        return false;
    };
    match (&issuer.certificate.fields, &other.certificate.fields) {
        (Ok(issuer_fields), Ok(fields)) => {
            issuer.certificate.sha256 != other.certificate.sha256
                && issuer_fields.subject_der == fields.issuer_der
        }
        _ => false,
    }
}

/// Whether the certificate at `index` names itself as its issuer.
fn is_root(found: &[Found], index: usize) -> bool {
    found
        .get(index)
        .and_then(|one| one.certificate.fields.as_ref().ok())
        .is_some_and(|fields| fields.subject_der == fields.issuer_der)
}

/// The text of a file: UTF-16 where it says so or looks so, else UTF-8 with what is none replaced.
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'-' | b'M' | b'B' | b'{' | b'[' | b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'-' | b'M' | b'B' | b'{' | b'[' | b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Largest file that is looked at, in bytes: every root that browsers trust, with comments, takes
/// less than 1 MiB.
pub(super) const LARGEST_FILE: usize = 4 << 20;

/// Most certificates in one file: a chain has some five, and the search for the end-entity
/// compares each with each.
const MOST_CERTIFICATES: usize = 64;
