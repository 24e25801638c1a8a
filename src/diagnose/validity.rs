//! The dates of certificates at the time of the connection.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::certificate::{Certificate, Fields};
use crate::verdict::Verdict;

/// A certificate that ends within so many seconds is worth a word: 30 days.
const SOON: i64 = 30 * 86_400;

/// How a moment stands to a certificate's dates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dates {
    Expired(i64),
    NotYet(i64),
    Good,
}

/// How a moment, in seconds since 1970, stands to a certificate's dates.
pub(super) fn dates(fields: &Fields, at: Option<i64>) -> Dates {
    match (at, fields.not_before, fields.not_after) {
        (Some(at), _, Some(end)) if at > end => Dates::Expired(end),
        (Some(at), Some(start), _) if at < start => Dates::NotYet(start),
        _ => Dates::Good,
    }
}

/// What the dates of a certificate were, in words: `expired on …, 35 days before the connection`.
pub(super) fn told(fields: &Fields, at: Option<i64>) -> Option<String> {
    let moment = at?;
    match dates(fields, at) {
        Dates::Expired(end) => Some(format!(
            "expired on {}, {} before the connection",
            words::moment(end),
            words::span(moment - end)
        )),
        Dates::NotYet(start) => Some(format!(
            "not yet valid: valid only from {}, {} after the connection",
            words::moment(start),
            words::span(start - moment)
        )),
        Dates::Good => None,
    }
}

/// A client may withhold what is not valid.
pub(super) fn withheld(case: &Case<'_>) -> Option<Finding> {
    let (request, fields) = (case.request()?, case.expected_fields()?);
    let told = told(fields, case.at())?;
    Some(Finding {
        code: "expected-certificate-not-valid",
        strength: Strength::Likely,
        text: format!(
            "the expected certificate was {told}: consistent with a client, or what configures it, \
             that does not use such a certificate"
        ),
        frames: request.frames.to_vec(),
        next_step: Some("renew the certificate and give the client the new one".to_owned()),
    })
}

/// A certificate that was accepted all the same.
pub(super) fn remark(case: &Case<'_>) -> Option<Finding> {
    let (presented, fields) = (case.presented()?, case.leaf()?.fields.as_ref().ok()?);
    if !matches!(case.verdict(), Some(Verdict::Match) | None) || case.refusal().is_some() {
        return None;
    }
    let frames = presented.frames.to_vec();
    if let Some(told) = told(fields, case.at()) {
        return Some(Finding {
            code: match dates(fields, case.at()) {
                Dates::NotYet(_) => "presented-certificate-not-yet-valid",
                _ => "presented-certificate-expired",
            },
            strength: Strength::Certain,
            text: format!("the certificate that the client presented was {told}"),
            frames,
            next_step: Some(
                "renew the certificate; check the clocks of both hosts, and whether the server \
                 checks dates at all"
                    .to_owned(),
            ),
        });
    }
    let (end, at) = (fields.not_after?, case.at()?);
    (end - at < SOON).then(|| Finding {
        code: "presented-certificate-expires-soon",
        strength: Strength::Certain,
        text: format!(
            "the certificate that the client presented ends on {}, {} after the connection",
            words::moment(end),
            words::span(end - at)
        ),
        frames,
        next_step: Some("renew the certificate before that day".to_owned()),
    })
}

/// The first certificate of these that is not valid at a moment, behind the first one.
pub(super) fn invalid_issuer<'a>(
    chain: impl Iterator<Item = &'a Certificate>,
    at: Option<i64>,
) -> Option<(&'a Certificate, String)> {
    let mut issuers = chain.skip(1);
    issuers.find_map(|one| Some((one, told(one.fields.as_ref().ok()?, at)?)))
}
