//! The sentences about an expected identity: what was expected, and what the certificate has.

use crate::certificate::Certificate;
use crate::expect::{ExpectedIssuer, Fit, Identity, IdentityKind};

/// What is to be said of each kind that is expected.
pub(super) fn clauses(identity: &Identity, leaf: &Certificate) -> Vec<String> {
    identity.kinds().map(|kind| clause(identity, kind, leaf)).collect()
}

/// Everything that is expected, in words: `the name DNS:a and the issuer "CN=b"`.
pub(super) fn expected(identity: &Identity) -> String {
    let kinds = identity.kinds().map(|kind| shown(&identity.describe(kind)));
    kinds.collect::<Vec<_>>().join(" and ")
}

fn clause(identity: &Identity, kind: IdentityKind, leaf: &Certificate) -> String {
    let expected = shown(&identity.describe(kind));
    match (identity.fit(kind, leaf), kind) {
        (Fit::Holds, IdentityKind::Issuer) => {
            let is_checked = identity.issuers.iter().all(ExpectedIssuer::is_checked);
            match is_checked {
                true => format!("it has {expected}, whose key made its signature"),
                false => format!(
                    "it names {expected}, which is its own claim where no certificate of the \
                     issuer was given to check the signature"
                ),
            }
        }
        (Fit::Holds, _) => format!("it has {expected}"),
        (Fit::Unknown, IdentityKind::Issuer) => {
            format!("whether it has {expected} cannot be checked")
        }
        (Fit::Unknown, _) => {
            format!("whether it has {expected} cannot be told: the certificate cannot be read")
        }
        (Fit::Fails, IdentityKind::Spki) => {
            let own = leaf.fields.as_ref().map(|fields| fields.spki_sha256.to_string());
            format!("it has the public key SHA-256 {}, and not {expected}", own.unwrap_or_default())
        }
        (Fit::Fails, IdentityKind::Name) => {
            format!("its subjectAltName has {}, and not {expected}", names(leaf))
        }
        (Fit::Fails, IdentityKind::Issuer) => {
            let issuer = leaf.fields.as_ref().map(|fields| shown(&fields.issuer));
            let issuer = issuer.unwrap_or_default();
            let is_named = identity.issuers.iter().any(|one| match one {
                ExpectedIssuer::Certificate { certificate, .. } => {
                    let subject = certificate.fields.as_ref().map(|fields| &fields.subject_der);
                    leaf.fields.as_ref().map(|fields| &fields.issuer_der) == subject
                }
                ExpectedIssuer::Name { .. } => false,
            });
            match is_named {
                true => format!(
                    "it names the issuer \"{issuer}\", but its signature was not made with the key \
                     of {expected}"
                ),
                false => format!("it has the issuer \"{issuer}\", and not {expected}"),
            }
        }
    }
}

/// The alternative names of a certificate; the first few of many.
fn names(leaf: &Certificate) -> String {
    let own = leaf.alternative_names().unwrap_or_default().names;
    let first: Vec<String> =
        own.iter().take(NAMES_SHOWN).map(|one| shown(&one.to_string())).collect();
    match own.len() {
        0 => "no name".to_owned(),
        all if all > NAMES_SHOWN => format!("{}, … ({all} in all)", first.join(", ")),
        _ => first.join(", "),
    }
}

/// A text that may be hostile, without controls and not longer than what can be quoted.
fn shown(text: &str) -> String {
    let visible = text.chars().map(|one| if one.is_control() { '\u{fffd}' } else { one });
    let mut cut: String = visible.take(LONGEST_SHOWN).collect();
    if text.chars().count() > LONGEST_SHOWN {
        cut.push('…');
    }
    cut
}

/// Names of a certificate that are quoted.
const NAMES_SHOWN: usize = 8;

/// Characters of one text that are quoted.
const LONGEST_SHOWN: usize = 512;
