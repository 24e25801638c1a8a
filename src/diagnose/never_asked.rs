//! A server that did not ask, and others that did.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::inspect::{ClientAuthentication, HandshakeKind};
use crate::verdict::Verdict;

/// The server never asked, and who else was asked.
pub(super) fn at_all(case: &Case<'_>) -> Option<Finding> {
    if case.verdict() != Some(Verdict::NotRequested) {
        return None;
    }
    let handshake = case.handshake?;
    let server = words::end(case.server());
    let name = case.server_name();
    let shown = name.map_or_else(|| "no server name".to_owned(), words::short);
    let asked = || case.neighbours.asked.iter();
    let other_name =
        asked().find(|(server, asked_for)| *server == case.server() && *asked_for != name);
    let other_server =
        asked().find(|(server, asked_for)| *server != case.server() && *asked_for == name);
    let (code, beside, next) = match (other_name, other_server) {
        (Some((_, other)), _) => {
            let other = other.map_or_else(|| "no server name".to_owned(), words::short);
            (
                "never-asked-under-this-name",
                format!("; the same port asks for one under {other}"),
                format!("compare what the server has configured for {shown} and for {other}"),
            )
        }
        (None, Some((other, _))) => {
            let other = words::end(*other);
            (
                "one-server-never-asks",
                format!("; under the same name {other} asked for one"),
                format!("compare the configuration of {server} with that of {other}"),
            )
        }
        (None, None) => (
            "never-asked",
            String::new(),
            "have the server ask in the first handshake (nginx ssl_verify_client, Apache \
             SSLVerifyClient, http.sys clientcertnegotiation=enable), and look whether TLS ends at a \
             front end before it"
                .to_owned(),
        ),
    };
    Some(Finding {
        code,
        strength: Strength::Certain,
        text: format!(
            "the server {server} never asked for a client certificate ({shown}): there is no \
             CertificateRequest among its messages{beside}"
        ),
        frames: words::frames(&[&handshake.server_hello_frames]),
        next_step: Some(next),
    })
}

/// The server may have asked in a later handshake, which could not be read.
pub(super) fn maybe_later(case: &Case<'_>) -> Option<Finding> {
    let is_open = !matches!(case.verdict(), Some(Verdict::Match));
    later(case).filter(|finding| is_open && finding.strength != Strength::Certain)
}

/// The server asked in a later handshake only.
pub(super) fn known_later(case: &Case<'_>) -> Option<Finding> {
    later(case).filter(|finding| finding.strength == Strength::Certain)
}

fn later(case: &Case<'_>) -> Option<Finding> {
    let handshakes = &case.connection.observation.handshakes;
    let first = handshakes.first()?;
    if !matches!(first.client_authentication, ClientAuthentication::NotRequested) {
        return None;
    }
    let later = handshakes.iter().skip(1).find(|one| {
        let may_have_asked = one.certificate_request.is_some()
            || matches!(one.client_authentication, ClientAuthentication::Obscured(_));
        one.kind != HandshakeKind::Initial && may_have_asked
    })?;
    let (how, what) = match later.kind {
        HandshakeKind::PostHandshake => ("after the handshake", "post-handshake authentication"),
        _ => ("by renegotiation", "renegotiation"),
    };
    let is_known = later.certificate_request.is_some();
    let frames = later.certificate_request.as_ref().map(|request| request.frames.to_vec());
    Some(Finding {
        code: "asked-later",
        strength: if is_known { Strength::Certain } else { Strength::Likely },
        text: match is_known {
            true => format!(
                "the server did not ask for a certificate in the first handshake and asked {how}, \
                 inside the connection"
            ),
            false => format!(
                "the server did not ask for a certificate in the first handshake, and an encrypted \
                 {what} followed inside the connection: consistent with a server that asks by \
                 renegotiation, as IIS and http.sys do unless they are told otherwise"
            ),
        },
        frames: frames.unwrap_or_default(),
        next_step: Some(
            "have the server ask in the first handshake: netsh http update sslcert ... \
             clientcertnegotiation=enable (IIS, http.sys), the directive at the server's level and \
             not of a location (Apache)"
                .to_owned(),
        ),
    })
}
