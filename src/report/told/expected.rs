//! What was expected, and from where.

use crate::expect::{Expectation, ExpectedCertificate, ExpectedOutcome, Lint, Severity};
use crate::report::Resolution;
use crate::report::untrusted::{NAME_COLUMNS, cut};

/// What was expected, in one line.
pub(in crate::report) fn expected(expectation: &Expectation) -> String {
    match (expectation.outcome, expectation.certificates.first()) {
        (ExpectedOutcome::None, _) => "no client certificate".to_owned(),
        (ExpectedOutcome::NoHandshake, _) => "no TLS connection".to_owned(),
        (ExpectedOutcome::Undecidable, None) => "not told by the configuration".to_owned(),
        (_, Some(certificate)) => expected_certificate(certificate),
        (_, None) if !expectation.identity.is_empty() => "a certificate".to_owned(),
        (_, None) => "a certificate that is not known".to_owned(),
    }
}

/// One certificate with its thumbprints and sources.
pub(in crate::report) fn expected_certificate(certificate: &ExpectedCertificate) -> String {
    let mut parts = Vec::new();
    if certificate.sources.iter().any(|source| source.rule == "certificate entity")
        && let Some(label) = &certificate.label
    {
        parts.push(label.clone());
    }
    let fields = certificate.certificate.as_ref().and_then(|known| known.fields.as_ref().ok());
    if let Some(fields) = fields {
        parts.push(cut(&fields.subject, NAME_COLUMNS));
    }
    if let Some(sha1) = certificate.sha1 {
        parts.push(format!("SHA-1 {sha1}"));
    }
    if let Some(sha256) = certificate.sha256 {
        parts.push(format!("SHA-256 {sha256}"));
    }
    for source in &certificate.sources {
        // The user knows what an option named; a configuration's line is worth telling.
        let line = source.line.filter(|_| !source.rule.starts_with("--"));
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        match &source.file {
            Some(file) => parts.push(format!("{} {file}{line}", source.rule)),
            None => parts.push(source.rule.clone()),
        }
        if let Some(condition) = &source.condition {
            parts.push(format!("condition: {condition}"));
        }
    }
    parts.join(", ")
}

/// What is expected of the certificate beyond which one it is, a line for each kind.
pub(in crate::report) fn identity(expectation: &Expectation) -> Vec<String> {
    let kinds = expectation.identity.kinds().enumerate();
    kinds
        .map(|(index, kind)| {
            let is_first = index == 0 && expectation.certificates.is_empty();
            let with = if is_first { "with" } else { "and with" };
            format!("{with} {}", expectation.identity.describe(kind))
        })
        .collect()
}

/// The steps before the last, which is what they come to.
pub(in crate::report) fn steps(expectation: &Expectation) -> &[String] {
    expectation.reasons.split_last().map(|(_, steps)| steps).unwrap_or_default()
}

/// The remarks of an expectation that a report on a capture shows.
pub(in crate::report) fn shown_remarks(expectation: &Expectation) -> impl Iterator<Item = &Lint> {
    expectation.lint.iter().filter(|remark| remark.severity != Severity::Info)
}

/// The remarks on a configuration, once for all servers, the gravest first.
pub(in crate::report) fn all_remarks<'a>(resolutions: &[Resolution<'a>]) -> Vec<&'a Lint> {
    let mut lint: Vec<&Lint> = Vec::new();
    for remark in resolutions.iter().flat_map(|one| &one.expectation.lint) {
        if !lint.contains(&remark) {
            lint.push(remark);
        }
    }
    lint.sort_by(|one, other| {
        (one.severity, &one.file, one.line).cmp(&(other.severity, &other.file, other.line))
    });
    lint
}
