//! A handshake that ended before the client's certificate was due, or came.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::inspect::{ClientAuthentication, Outcome, SeenAlert};
use crate::tls::AlertDescription as A;

/// Who ended it, and with what.
pub(super) fn before_the_answer(case: &Case<'_>) -> Option<Finding> {
    let handshake = case.handshake?;
    let is_open = matches!(
        handshake.client_authentication,
        ClientAuthentication::Obscured(_) | ClientAuthentication::NotRequested
    );
    if !is_open || handshake.outcome == Outcome::Completed {
        return None;
    }
    if handshake.certificate_message_missing {
        return Some(skipped(case));
    }
    let closed = case.connection.closed;
    let alert = case.fatal_alert();
    let is_reaction = |seen: &SeenAlert| {
        let by_client = case.connection.closed_by_client();
        closed.is_some_and(|closed| {
            closed.frame < seen.frame && by_client.is_some() && by_client != seen.from_client
        })
    };
    let no_hello =
        handshake.client_hello_frames.is_empty() && handshake.server_hello_frames.is_empty();
    if let (true, Some("unknown"), Some(seen)) =
        (no_hello, case.connection.preamble.as_deref(), alert)
    {
        return Some(no_tls(seen));
    }
    match alert.filter(|seen| !is_reaction(seen)) {
        Some(seen) if seen.from_client == Some(true) => Some(by_client(case, seen)),
        Some(seen) if seen.from_client == Some(false) => Some(by_server(case, seen)),
        _ => silently(case, alert),
    }
}

fn no_tls(seen: &SeenAlert) -> Finding {
    Finding {
        code: "no-tls-to-a-tls-port",
        strength: Strength::Likely,
        text: format!(
            "the bytes before the fatal alert {} (frame {}) are no TLS: consistent with a client that \
             speaks plain HTTP, or another protocol, to a port that speaks TLS",
            seen.alert.description, seen.frame
        ),
        frames: vec![seen.frame],
        next_step: Some("have the client use https:// with this port".to_owned()),
    }
}

fn skipped(case: &Case<'_>) -> Finding {
    let request = case.request();
    let word = match case.fatal_alert() {
        Some(seen) if seen.from_client == Some(false) => format!(
            "; the server answered with the fatal alert {} (frame {})",
            seen.alert.description, seen.frame
        ),
        _ => String::new(),
    };
    Finding {
        code: "certificate-message-skipped",
        strength: Strength::Certain,
        text: format!(
            "the server asked, and the client skipped the Certificate message that TLS demands, \
             empty where there is no certificate, and went on{word}"
        ),
        frames: request.map(|request| request.frames.to_vec()).unwrap_or_default(),
        next_step: Some(
            "look at the client's TLS library: it does not follow RFC 5246 section 7.4.6"
                .to_owned(),
        ),
    }
}

fn by_client(case: &Case<'_>, seen: &SeenAlert) -> Finding {
    let alert = seen.alert.description;
    let is_of_certificate = matches!(
        alert,
        A::ACCESS_DENIED
            | A::BAD_CERTIFICATE
            | A::CERTIFICATE_EXPIRED
            | A::CERTIFICATE_REVOKED
            | A::CERTIFICATE_UNKNOWN
            | A::UNKNOWN_CA
            | A::UNSUPPORTED_CERTIFICATE
    );
    let of_server = case.handshake.and_then(|handshake| handshake.server_chain.first());
    let whose = of_server.map_or_else(String::new, |own| {
        let issuer = own.fields.as_ref().map(|fields| words::short(&fields.issuer));
        let issuer = issuer.map(|issuer| format!(", issued by {issuer}")).unwrap_or_default();
        format!(" ({}{issuer})", words::subject(own))
    });
    if is_of_certificate {
        return Finding {
            code: "client-refused-server-certificate",
            strength: Strength::Certain,
            text: format!(
                "the client refused the server's certificate{whose} with the fatal alert {alert} \
                 (frame {}), before its own was due{}",
                seen.frame,
                match alert {
                    A::UNKNOWN_CA => ": it does not know who issued it",
                    A::CERTIFICATE_EXPIRED => ": it holds it for expired",
                    _ => "",
                }
            ),
            frames: vec![seen.frame],
            next_step: Some(
                "mend trust on the client's side first: the server's chain, its name, and the CA \
                 certificates that the client trusts; nothing is said about the client's own \
                 certificate yet"
                    .to_owned(),
            ),
        };
    }
    let why = match alert {
        A::PROTOCOL_VERSION => ": it does not accept the version that the server chose",
        A::HANDSHAKE_FAILURE => {
            ": what the server chose does not suit it, or it has no signature scheme for the request \
             (GnuTLS says it in place of an empty Certificate)"
        }
        A::RECORD_OVERFLOW => ": the server sent a record that is too long",
        A::INTERNAL_ERROR => ": something went wrong in the client itself",
        A::DECODE_ERROR | A::UNEXPECTED_MESSAGE => ": it could not read what the server sent",
        _ => "",
    };
    Finding {
        code: "client-broke-off",
        strength: Strength::Certain,
        text: format!(
            "the client broke the handshake off with the fatal alert {alert} (frame {}), before it \
             sent a certificate{why}",
            seen.frame
        ),
        frames: vec![seen.frame],
        next_step: Some("look at the client's own log at that moment".to_owned()),
    }
}

fn by_server(case: &Case<'_>, seen: &SeenAlert) -> Finding {
    let alert = seen.alert.description;
    let asked = case.handshake.is_some_and(|handshake| handshake.certificate_request.is_some());
    let when = if asked { "after its request" } else { "before it asked for a certificate" };
    let name = case.server_name().map(words::short);
    let (code, strength, why, next) = match alert {
        A::UNRECOGNIZED_NAME => (
            "server-name-refused",
            Strength::Certain,
            match name {
                Some(name) => format!("it does not serve the server name {name} (SNI)"),
                None => "it wants a server name (SNI), and the client sent none".to_owned(),
            },
            "have the client ask for a name that the server has, or add the name to the server",
        ),
        A::PROTOCOL_VERSION | A::INAPPROPRIATE_FALLBACK => (
            "no-common-version",
            Strength::Certain,
            "client and server have no TLS version in common".to_owned(),
            "allow a common version on one side, TLS 1.2 or TLS 1.3",
        ),
        A::HANDSHAKE_FAILURE | A::INSUFFICIENT_SECURITY => (
            "no-common-parameters",
            Strength::Likely,
            "consistent with no cipher suite, group or signature scheme in common, or with a server \
             name that it does not serve"
                .to_owned(),
            "compare the cipher suites and groups of both sides",
        ),
        A::NO_APPLICATION_PROTOCOL => (
            "no-common-application-protocol",
            Strength::Certain,
            format!(
                "client and server have no application protocol (ALPN) in common; the client offers \
                 {}",
                case.connection
                    .observation
                    .alpn_offered
                    .as_deref()
                    .map_or_else(|| "none".to_owned(), words::short)
            ),
            "allow a common protocol on one side",
        ),
        A::INTERNAL_ERROR => (
            "server-internal-error",
            Strength::Likely,
            "something went wrong in the server itself: consistent with a certificate or key of its \
             own that it cannot use, or with more than 65535 bytes of certificate authorities, which \
             no request holds"
                .to_owned(),
            "look at the server's own log; count the CA certificates that it names to clients",
        ),
        A::RECORD_OVERFLOW => (
            "record-too-long",
            Strength::Certain,
            "a record of the client is longer than TLS allows: too long".to_owned(),
            "look for something between the two that changes bytes, or a client that is not TLS",
        ),
        A::CERTIFICATE_REQUIRED => (
            "certificate-required",
            Strength::Certain,
            "it requires a certificate, and the client's answer is not visible".to_owned(),
            "look at the client: whether a certificate is attached",
        ),
        _ => (
            "server-broke-off",
            Strength::Certain,
            "the alert does not tell more".to_owned(),
            "look at the server's own log at that moment",
        ),
    };
    Finding {
        code,
        strength,
        text: format!(
            "the server broke the handshake off with the fatal alert {alert} (frame {}) {when}: {why}",
            seen.frame
        ),
        frames: vec![seen.frame],
        next_step: Some(next.to_owned()),
    }
}

/// No alert came first: a FIN, a RST, or nothing at all.
fn silently(case: &Case<'_>, reaction: Option<&SeenAlert>) -> Option<Finding> {
    let handshake = case.handshake?;
    let closed = case.connection.closed?;
    let by_client = case.connection.closed_by_client()?;
    let answered = match &handshake.client_authentication {
        ClientAuthentication::Obscured(obscurity) => {
            obscurity.reason != crate::inspect::ObscuredReason::EndedEarly
        }
        _ => true,
    };
    if answered {
        return None;
    }
    let how = if closed.reset { "RST" } else { "FIN" };
    let asked = handshake.certificate_request.is_some();
    let when = if asked {
        "after the server's request, without sending a Certificate and without an alert"
    } else if handshake.server_hello_frames.is_empty() {
        "before the server's hello"
    } else {
        "in the middle of the server's messages"
    };
    let after = reaction.map_or_else(String::new, |seen| {
        format!(
            "; the alert {} (frame {}) came after that and is a reaction to it",
            seen.alert.description, seen.frame
        )
    });
    let (code, who, next) = match (by_client, asked) {
        (true, true) => (
            "client-closed-when-asked",
            "client",
            "look at the client's own log: clients leave so when they have no certificate to send, \
             or do not trust the server",
        ),
        (true, false) => (
            "client-closed-before-answer",
            "client",
            "look at the client's own log: a time limit, a probe, or no trust in the server",
        ),
        (false, _) => (
            "server-closed-before-answer",
            "server",
            "look at the server's own log, and at what stands between the two",
        ),
    };
    Some(Finding {
        code,
        strength: Strength::Certain,
        text: format!(
            "the {who} closed the connection ({how}, frame {}) {when}{after}",
            closed.frame
        ),
        frames: vec![closed.frame],
        next_step: Some(next.to_owned()),
    })
}
