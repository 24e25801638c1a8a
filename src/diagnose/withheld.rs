//! An empty Certificate: nothing in the way of a certificate, and what the server made of it.

use super::authorities::{Standing, standing};
use super::case::Case;
use super::key_type::usable_scheme;
use super::words;
use super::{Finding, Strength};
use crate::certificate::Fields;
use crate::expect::ExpectedOutcome;
use crate::inspect::Outcome;
use crate::tls::AlertDescription;
use crate::verdict::Verdict;

/// Where everything fits, the certificate was not attached or its key was of no use.
pub(super) fn not_attached(case: &Case<'_>) -> Option<Finding> {
    let request = case.request()?;
    let expects = case.expectation.is_some_and(|expectation| {
        matches!(expectation.outcome, ExpectedOutcome::Certificate | ExpectedOutcome::Candidates)
    });
    if !expects {
        return None;
    }
    let Some(fields) = case.expected_fields() else {
        return Some(Finding {
            code: "certificate-not-attached",
            strength: Strength::Possible,
            text: "the client sent no certificate: consistent with one that was not attached, whose \
                   private key was not usable, or that does not fit the request; only its thumbprint \
                   is known here, so that it cannot be compared with the request"
                .to_owned(),
            frames: request.frames.to_vec(),
            next_step: Some(
                "give the certificate itself with --expect-certificate FILE: it is then compared \
                 with the request"
                    .to_owned(),
            ),
        });
    };
    let fits = fits(case, fields);
    Some(Finding {
        code: "certificate-not-attached",
        strength: Strength::Possible,
        text: format!(
            "nothing in the request stands against the expected certificate ({}): consistent with \
             one that was not attached to the request, or whose private key was not usable",
            fits.join("; ")
        ),
        frames: request.frames.to_vec(),
        next_step: Some(
            "look at the client: whether the certificate is configured for this very backend and \
             policy scope (the trace of API Management says whether it was attached), and whether \
             its private key is there and readable"
                .to_owned(),
        ),
    })
}

/// What of the expected certificate fits, beside what does not by another finding.
pub(super) fn besides(case: &Case<'_>, code: &str) -> String {
    let Some(fields) = case.expected_fields() else {
        return String::new();
    };
    let mut fits = fits(case, fields);
    match code {
        "key-type-not-accepted" | "signature-scheme-not-accepted" => {
            fits.retain(|one| !one.starts_with("key "));
        }
        "expected-certificate-not-valid"
        | "extended-key-usage-lacks-client-authentication"
        | "key-usage-lacks-digital-signature" => fits.retain(|one| one != USAGES_AND_DATES),
        _ => {}
    }
    if fits.is_empty() { String::new() } else { format!(" (the rest fits: {})", fits.join("; ")) }
}

const USAGES_AND_DATES: &str = "its usages and dates fit";

/// What of the expected certificate fits the request.
fn fits(case: &Case<'_>, fields: &Fields) -> Vec<String> {
    let mut fits = Vec::new();
    let Some(request) = case.request() else {
        return fits;
    };
    let version = case.handshake.and_then(|handshake| handshake.protocol_version);
    let key = words::key(fields);
    match version.and_then(|version| usable_scheme(fields, request, version)) {
        Some(scheme) => fits.push(format!("key {key} with scheme {scheme}")),
        None => fits.push(format!("key {key}")),
    }
    match standing(fields, request, case.pool) {
        Standing::Any => fits.push("the list of authorities is empty".to_owned()),
        Standing::Named => fits
            .push(format!("its issuer {} is among the authorities", words::short(&fields.issuer))),
        Standing::Through(name) => {
            fits.push(format!("{name}, further up its chain, is among the authorities"));
        }
        Standing::NamedAlike | Standing::Unnamed => {}
    }
    fits.push(USAGES_AND_DATES.to_owned());
    fits
}

/// The server would not do without.
pub(super) fn required(case: &Case<'_>) -> Option<Finding> {
    if !case.is_declined() {
        return None;
    }
    let handshake = case.handshake?;
    let Some(seen) = case.refusal() else {
        let closed = case.connection.closed?;
        let is_closed = handshake.outcome == Outcome::Refused
            && case.connection.closed_by_client() == Some(false);
        return is_closed.then(|| Finding {
            code: "server-closed-on-empty-certificate",
            strength: Strength::Likely,
            text: format!(
                "the server closed the connection ({}, frame {}) on the empty Certificate, without \
                 an alert: consistent with a server that requires a certificate",
                if closed.reset { "RST" } else { "FIN" },
                closed.frame
            ),
            frames: vec![closed.frame],
            next_step: None,
        });
    };
    let alert = seen.alert.description;
    let (strength, who) = match alert {
        AlertDescription::CERTIFICATE_REQUIRED => {
            (Strength::Certain, "the alert that TLS 1.3 has for it")
        }
        AlertDescription::HANDSHAKE_FAILURE => {
            (Strength::Likely, "as OpenSSL, GnuTLS and Windows say it up to TLS 1.2")
        }
        AlertDescription::BAD_CERTIFICATE => (Strength::Likely, "as Go and Java say it"),
        AlertDescription::NO_CERTIFICATE => (Strength::Likely, "as SSL 3.0 had it"),
        _ => (Strength::Possible, "consistent with that"),
    };
    Some(Finding {
        code: "certificate-required",
        strength,
        text: format!(
            "the server requires a certificate: it answered the empty Certificate with the fatal \
             alert {alert} (frame {}), {who}",
            seen.frame
        ),
        frames: vec![seen.frame],
        next_step: None,
    })
}

/// The server went on without one.
pub(super) fn optional(case: &Case<'_>) -> Option<Finding> {
    let handshake = case.handshake?;
    let went_on = case.is_declined()
        && handshake.outcome == Outcome::Completed
        && case.verdict() == Some(Verdict::Absent);
    went_on.then(|| Finding {
        code: "certificate-optional",
        strength: Strength::Certain,
        text: "the server asked for a certificate and went on without one: it does not require it in \
               TLS, and may still refuse requests over HTTP (nginx with 400, Apache and others with \
               403)"
            .to_owned(),
        frames: Vec::new(),
        next_step: None,
    })
}
