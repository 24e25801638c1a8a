//! What a certificate is for: extended key usage, key usage, and filters of the request.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::certificate::{Fields, dotted_oid};
use crate::inspect::Outcome;
use crate::verdict::Verdict;

/// Whether the extended key usages rule out that a client authenticates itself with it.
pub(super) fn lacks_client_authentication(fields: &Fields) -> bool {
    fields.extended_key_usages.as_ref().is_some_and(|usages| {
        !usages.iter().any(|usage| usage == "clientAuth" || usage == "anyExtendedKeyUsage")
    })
}

/// The extended key usages in a sentence.
pub(super) fn usages(fields: &Fields) -> String {
    match fields.extended_key_usages.as_deref() {
        Some([only]) => format!("{} only", words::short(only)),
        Some(several) => {
            let shown: Vec<String> = several.iter().take(5).map(|one| words::short(one)).collect();
            shown.join(", ")
        }
        None => "any".to_owned(),
    }
}

/// Clients drop a certificate that is not for clients without a word.
pub(super) fn extended(case: &Case<'_>) -> Option<Finding> {
    let (request, fields) = (case.request()?, case.expected_fields()?);
    lacks_client_authentication(fields).then(|| Finding {
        code: "extended-key-usage-lacks-client-authentication",
        strength: Strength::Likely,
        text: format!(
            "the extended key usage of the expected certificate lacks clientAuth ({}): .NET and \
             Schannel withhold such a certificate silently and answer with an empty Certificate; \
             Java, Go and OpenSSL would send it",
            usages(fields)
        ),
        frames: request.frames.to_vec(),
        next_step: Some(
            "give the client a certificate whose extended key usage has clientAuth \
             (1.3.6.1.5.5.7.3.2), or none; public CAs stopped issuing it in 2025 and 2026, so take \
             one of a private CA"
                .to_owned(),
        ),
    })
}

/// So they do with a key that may not sign.
pub(super) fn key_usage(case: &Case<'_>) -> Option<Finding> {
    let (request, fields) = (case.request()?, case.expected_fields()?);
    (fields.digital_signature == Some(false)).then(|| Finding {
        code: "key-usage-lacks-digital-signature",
        strength: Strength::Likely,
        text: "the key usage of the expected certificate lacks digitalSignature, with which a client \
               proves its key: .NET withholds such a certificate silently and answers with an empty \
               Certificate"
            .to_owned(),
        frames: request.frames.to_vec(),
        next_step: Some(
            "give the client a certificate whose key usage has digitalSignature".to_owned(),
        ),
    })
}

/// A certificate must have the extensions that the request filters by.
pub(super) fn filters(case: &Case<'_>) -> Option<Finding> {
    let (request, expected) = (case.request()?, case.expected()?);
    let unfit = request
        .oid_filters
        .iter()
        .find(|filter| expected.fits_filter(&filter.oid, &filter.values) == Some(false))?;
    let oid = dotted_oid(&unfit.oid).unwrap_or_else(|| "an unreadable OID".to_owned());
    let name = match oid.as_str() {
        "2.5.29.15" => "keyUsage",
        "2.5.29.37" => "extendedKeyUsage",
        other => other,
    };
    Some(Finding {
        code: "oid-filter-not-met",
        strength: Strength::Likely,
        text: format!(
            "oid_filters of the request wants {name} of the client's certificate with values that \
             the expected certificate does not have"
        ),
        frames: request.frames.to_vec(),
        next_step: Some(format!(
            "give the client a certificate that has what the server filters by ({oid}), or take the \
             filter out of the server's configuration"
        )),
    })
}

/// A certificate that is not for clients and was accepted all the same.
pub(super) fn remark(case: &Case<'_>) -> Option<Finding> {
    let fields = case.leaf()?.fields.as_ref().ok()?;
    let presented = case.presented()?;
    let is_accepted = matches!(case.verdict(), Some(Verdict::Match) | None)
        && case.handshake?.outcome == Outcome::Completed;
    (is_accepted && lacks_client_authentication(fields)).then(|| Finding {
        code: "presented-certificate-not-for-clients",
        strength: Strength::Certain,
        text: format!(
            "the extended key usage of the presented certificate lacks clientAuth ({}), and this \
             server accepted it; others refuse it, and .NET clients do not send it",
            usages(fields)
        ),
        frames: presented.frames.to_vec(),
        next_step: None,
    })
}
