//! `--expect-san`: a name that subjectAltName must hold.

use std::fmt;

use super::Fit;
use crate::certificate::{AlternativeName, Certificate};

/// A name that subjectAltName must hold, as it is compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubjectName(AlternativeName);

/// Why a text is not such a name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectNameError {
    /// Nothing in it.
    #[error("the name is empty")]
    Empty,
    /// Characters that no name of this kind has.
    #[error("this is not a name of the kind {0}")]
    Malformed(&'static str),
    /// Several names in one value.
    #[error("several names in one value")]
    Several,
    /// A kind of name that is not compared.
    #[error("names of the kind {0} are not compared")]
    OtherKind(String),
}

impl SubjectName {
    /// Reads `DNS:…`, `URI:…`, `email:…` or `IP:…`; without a prefix, the form tells the kind.
    ///
    /// # Errors
    ///
    /// The name is empty, of a kind that is not compared, or has not the form of its kind.
    pub fn parse(text: &str) -> Result<Self, SubjectNameError> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        if text.split(',').skip(1).any(|part| kind_of(part.trim()).is_some()) {
            return Err(SubjectNameError::Several);
        }
        let (kind, name) = match kind_of(text) {
            Some((kind, name)) => (kind, name.trim()),
            None => (form_of(text)?, text),
        };
        if name.is_empty() {
            return Err(SubjectNameError::Empty);
        }
        let has_space = name.chars().any(|one| one.is_whitespace() || one.is_control());
        let malformed = Err(SubjectNameError::Malformed(kind));
        match kind {
            "DNS" if has_space || name.contains(['/', ':', '=', '@']) => malformed,
            "DNS" => Ok(Self(AlternativeName::Dns(name.to_owned()))),
            "URI" if has_space || !name.contains(':') => malformed,
            "URI" => Ok(Self(AlternativeName::Uri(name.to_owned()))),
            "email" if has_space || !name.contains('@') => malformed,
            "email" => Ok(Self(AlternativeName::Email(name.to_owned()))),
            _ => match name.parse() {
                Ok(address) => Ok(Self(AlternativeName::Ip(address))),
                Err(_) => malformed,
            },
        }
    }

    /// Whether a certificate's name is this one. Letter case does not count in host names and the
    /// host part of mailboxes (RFC 5280 section 7.5) nor in the scheme and host of a URI (section
    /// 7.4); a wildcard stands for itself alone, because it is the server's identity that RFC 6125
    /// is about.
    fn is(&self, other: &AlternativeName) -> bool {
        match (&self.0, other) {
            (AlternativeName::Dns(one), AlternativeName::Dns(other)) => {
                let without_dot = |name: &str| name.strip_suffix('.').unwrap_or(name).to_owned();
                without_dot(one).eq_ignore_ascii_case(&without_dot(other))
            }
            (AlternativeName::Email(one), AlternativeName::Email(other)) => {
                let (one, other) = (one.rsplit_once('@'), other.rsplit_once('@'));
                one.zip(other).is_some_and(|((one, host), (other, other_host))| {
                    one == other && host.eq_ignore_ascii_case(other_host)
                })
            }
            (AlternativeName::Uri(one), AlternativeName::Uri(other)) => {
                let (origin, path) = split_uri(one);
                let (other_origin, other_path) = split_uri(other);
                origin.eq_ignore_ascii_case(other_origin) && path == other_path
            }
            (one, other) => one == other,
        }
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl SubjectNameError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Several => "give the option once for each: any of them may be there",
            _ => {
                "DNS:client.example, URI:spiffe://example/client, email:ops@example or IP:10.0.0.4"
            }
        }
    }
}

/// Whether one of these names is in the certificate.
pub(super) fn fit(names: &[SubjectName], certificate: &Certificate) -> Fit {
    let Some(own) = certificate.alternative_names() else {
        return Fit::Unknown;
    };
    if own.names.iter().any(|own| names.iter().any(|name| name.is(own))) {
        return Fit::Holds;
    }
    if own.is_complete { Fit::Fails } else { Fit::Unknown }
}

/// The kind that a prefix names, and what follows it.
fn kind_of(text: &str) -> Option<(&'static str, &str)> {
    let (prefix, name) = text.split_once(':')?;
    let kind = match prefix.to_ascii_lowercase().as_str() {
        "dns" => "DNS",
        "uri" => "URI",
        "email" | "rfc822" => "email",
        "ip" | "ip address" => "IP",
        _ => return None,
    };
    Some((kind, name))
}

/// The kind that the form of a name tells.
fn form_of(text: &str) -> Result<&'static str, SubjectNameError> {
    let lower = text.to_ascii_lowercase();
    for other in ["dirname:", "othername:", "rid:", "registered id:", "upn:"] {
        if lower.starts_with(other) {
            return Err(SubjectNameError::OtherKind(other.trim_end_matches(':').to_owned()));
        }
    }
    Ok(match text {
        _ if text.parse::<std::net::IpAddr>().is_ok() => "IP",
        _ if text.contains("://") || lower.starts_with("urn:") => "URI",
        _ if text.contains('@') => "email",
        _ => "DNS",
    })
}

/// Scheme and host, and the rest.
fn split_uri(uri: &str) -> (&str, &str) {
    let Some(authority) = uri.find("://").map(|at| at.saturating_add(3)) else {
        return uri.split_at(uri.find(':').unwrap_or(0));
    };
    let rest = uri.get(authority..).unwrap_or_default();
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // What stands before the host is not of it.
    if rest.get(..length).is_some_and(|host| host.contains('@')) {
        return uri.split_at(authority);
    }
    uri.split_at(authority.saturating_add(length))
}
