//! What the server's first HTTP response says, where it was decrypted.

use super::case::Case;
use super::{Finding, Strength};
use crate::inspect::Outcome;

/// A refusal of a certificate above TLS.
pub(super) fn refused(case: &Case<'_>) -> Option<Finding> {
    case.presented()?;
    refusal(case)
}

/// What became of a client without one.
pub(super) fn without_certificate(case: &Case<'_>) -> Option<Finding> {
    if case.is_declined() { refusal(case) } else { None }
}

fn refusal(case: &Case<'_>) -> Option<Finding> {
    let status = case.connection.observation.http_status?;
    if !matches!(status, 400 | 401 | 403 | 495 | 496) {
        return None;
    }
    let handshake = case.handshake?;
    let presented = case.presented().is_some();
    if handshake.outcome == Outcome::Refused {
        return None;
    }
    let after = if presented { "a certificate" } else { "an empty Certificate" };
    let (reading, next) = match (status, presented) {
        (400 | 495 | 496, false) => (
            "consistent with a server that requires a certificate and says so over HTTP, as nginx \
             does",
            "attach a certificate in the client",
        ),
        (_, false) => (
            "consistent with a server that requires a certificate for this path and says so over \
             HTTP, as Apache does, and with other reasons",
            "attach a certificate in the client; the server's own log has its reason",
        ),
        (400 | 495, true) => (
            "consistent with a certificate that the server did not verify and says so over HTTP, as \
             nginx does (expired, unknown issuer, ssl_verify_depth), and with a bad request",
            "the server's own log has its reason (nginx: \"client SSL certificate verify error\")",
        ),
        (_, true) => (
            "consistent with an application that accepts other certificates only (by thumbprint, \
             subject or issuer), and with other reasons, such as a missing key or token",
            "the application's own log has its reason; TLS itself accepted the certificate",
        ),
    };
    Some(Finding {
        code: "http-refusal",
        strength: Strength::Certain,
        text: format!(
            "the server answered {after} with HTTP {status} inside TLS, after the handshake \
             completed: {reading}"
        ),
        frames: Vec::new(),
        next_step: Some(next.to_owned()),
    })
}
