//! The expected certificate and the presented one, field by field.

use crate::certificate::{Certificate, Fields};
use crate::expect::{Expectation, ExpectedCertificate};
use crate::report::times;
use crate::report::untrusted::{NAME_COLUMNS, cut};

/// One field of both.
#[derive(Clone, Debug)]
pub(in crate::report) struct Compared {
    /// What it is called.
    pub(in crate::report) field: &'static str,
    /// As expected; `None` where that is not known.
    pub(in crate::report) expected: Option<String>,
    /// As presented; `None` where nothing was, or it cannot be read.
    pub(in crate::report) presented: Option<String>,
}

impl Compared {
    /// Whether both are known and are not the same.
    pub(in crate::report) fn differs(&self) -> bool {
        matches!((&self.expected, &self.presented), (Some(one), Some(other)) if one != other)
    }
}

/// The expected certificate beside the presented one; without an expectation, the presented one
/// alone. Of several that are expected it is the one that was presented, else the first.
pub(in crate::report) fn compare(
    expectation: Option<&Expectation>,
    presented: Option<&Certificate>,
) -> Vec<Compared> {
    let all = expectation.map(|one| one.certificates.as_slice()).unwrap_or_default();
    let matching = all.iter().find(|one| presented.is_some_and(|leaf| one.matches(leaf)));
    let expected = matching.or_else(|| all.first());
    let own = expected.and_then(|one| one.certificate.as_ref());
    let (expected_fields, fields) = (own.and_then(fields), presented.and_then(fields));
    let row = |field, read: fn(&Fields) -> String| Compared {
        field,
        expected: expected_fields.map(read),
        presented: fields.map(read),
    };
    let mut rows = vec![
        row("Subject", |fields| cut(&fields.subject, NAME_COLUMNS)),
        row("Issuer", |fields| cut(&fields.issuer, NAME_COLUMNS)),
        row("Serial number", |fields| cut(&fields.serial, NAME_COLUMNS)),
        row("Valid from", |fields| time(fields.not_before)),
        row("Valid until", |fields| time(fields.not_after)),
        row("Key", |fields| cut(&fields.public_key.description, NAME_COLUMNS)),
        row("Usages", usages),
        row("DNS names", |fields| names(&fields.dns_names)),
        row("SHA-256 of key", |fields| fields.spki_sha256.to_string()),
    ];
    if let Some(subject) = expected.and_then(|one| one.subject.as_deref())
        && let Some(first) = rows.first_mut().filter(|first| first.expected.is_none())
    {
        first.expected = Some(cut(subject, NAME_COLUMNS));
    }
    let (sha1, sha256) = expected.map(thumbprints).unwrap_or_default();
    rows.push(Compared {
        field: "SHA-1",
        expected: sha1,
        presented: presented.map(|leaf| leaf.sha1.to_string()),
    });
    rows.push(Compared {
        field: "SHA-256",
        expected: sha256,
        presented: presented.map(|leaf| leaf.sha256.to_string()),
    });
    rows.retain(|row| row.expected.is_some() || row.presented.is_some());
    rows
}

fn fields(certificate: &Certificate) -> Option<&Fields> {
    certificate.fields.as_ref().ok()
}

fn thumbprints(expected: &ExpectedCertificate) -> (Option<String>, Option<String>) {
    let own = expected.certificate.as_ref();
    let sha1 = expected.sha1.or_else(|| own.map(|certificate| certificate.sha1));
    let sha256 = expected.sha256.or_else(|| own.map(|certificate| certificate.sha256));
    (sha1.map(|one| one.to_string()), sha256.map(|one| one.to_string()))
}

fn time(seconds: Option<i64>) -> String {
    seconds.and_then(times::certificate_time).unwrap_or_else(|| "an unreadable time".to_owned())
}

/// Extended key usages in words.
pub(in crate::report) fn usages(fields: &Fields) -> String {
    match &fields.extended_key_usages {
        Some(usages) => cut(&usages.join(", "), NAME_COLUMNS),
        None if fields.oddities.is_empty() => "not restricted".to_owned(),
        None => "none read".to_owned(),
    }
}

/// The first of a list of names; a certificate may hold a thousand.
pub(in crate::report) fn names(names: &[String]) -> String {
    /// Names that are shown.
    const SHOWN: usize = 5;
    let mut shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| cut(name, NAME_COLUMNS)).collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}
