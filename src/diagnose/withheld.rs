//! An empty Certificate: nothing in the way of a certificate, and what the server made of it.

use super::authorities::{Standing, standing};
use super::case::Case;
use super::key_type::usable_scheme;
use super::words;
use super::{Finding, Strength};
use crate::expect::ExpectedOutcome;
use crate::inspect::Outcome;
use crate::tls::AlertDescription;
use crate::verdict::Verdict;

/// Where everything fits, the certificate was not attached or its key was of no use.
pub(super) fn not_attached(case: &Case<'_>) -> Option<Finding> {
    let request = case.request()?;
    let version = case.handshake?.protocol_version;
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
    let mut fits = Vec::new();
    if let Some(scheme) = version.and_then(|version| usable_scheme(fields, request, version)) {
        fits.push(format!("key {} with scheme {scheme}", words::key(fields)));
    } else {
        fits.push(format!("key {}", words::key(fields)));
    }
    match standing(fields, request, case.pool) {
        Standing::Any => fits.push("the list of authorities is empty".to_owned()),
        Standing::Named | Standing::NamedAlike => fits
            .push(format!("its issuer {} is among the authorities", words::short(&fields.issuer))),
        Standing::Through(name) => {
            fits.push(format!("{name}, further up its chain, is among the authorities"));
        }
        Standing::Unnamed => {}
    }
    fits.push("its usages and dates fit".to_owned());
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
