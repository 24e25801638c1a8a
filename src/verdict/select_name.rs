//! Whether a server name is one that the question is about.

use crate::certificate::Certificate;

/// Whether a ClientHello's server name is what a pattern names: letter case and one dot at the end
/// do not count (RFC 6066 section 3), `*.` stands for one or more labels.
pub(super) fn is_named(pattern: &str, name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    let Some(domain) = pattern.strip_prefix("*.") else {
        return pattern.eq_ignore_ascii_case(name);
    };
    let labels = name.len().checked_sub(domain.len() + 1);
    let Some((labels, rest)) = labels.and_then(|length| name.split_at_checked(length)) else {
        return false;
    };
    !labels.is_empty()
        && rest.strip_prefix('.').is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
}

/// The names that a server's certificate is for; none where it does not tell them all.
pub(super) fn names_of(certificate: &Certificate) -> Vec<&str> {
    let Ok(fields) = &certificate.fields else {
        return Vec::new();
    };
    if !fields.oddities.is_empty() || fields.dns_names.len() >= MOST_NAMES {
        return Vec::new();
    }
    if !fields.dns_names.is_empty() {
        return fields.dns_names.iter().map(String::as_str).collect();
    }
    let attributes = fields.subject.split([',', '+']).map(str::trim_start);
    let names = attributes.filter_map(|attribute| attribute.strip_prefix("CN="));
    // One label alone, as of a test server, is rarely the name that clients ask for.
    let is_host_name = |name: &&str| {
        name.contains('.')
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || "-_.*".contains(character))
    };
    names.filter(is_host_name).collect()
}

/// DNS names that are read of a certificate; it may have more.
const MOST_NAMES: usize = 1024;

/// Whether a name that is asked about, `*.` standing for one or more labels, may be one that a
/// certificate covers, in which `*.` stands for one label.
pub(super) fn may_be_the_same(pattern: &str, covered: &str) -> bool {
    let covered = covered.strip_suffix('.').unwrap_or(covered);
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    let Some(parent) = covered.strip_prefix("*.") else {
        // Some clients let a star stand for a part of a label.
        return covered.contains('*') || is_named(pattern, covered);
    };
    match pattern.strip_prefix("*.") {
        Some(domain) => parent.eq_ignore_ascii_case(domain) || is_named(pattern, parent),
        None => pattern
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent)),
    }
}
