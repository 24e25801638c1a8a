//! What the lengths of encrypted records say of how a TLS 1.3 handshake ended. No evidence.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::inspect::{Inference, InferredAnswer};

/// Lengths of a record that holds an alert: two octets, the content type and the tag (RFC 8446 section
/// 5.2), and with the padding of Java.
const ALERTS: [u16; 2] = [19, 35];
/// Lengths of a record that holds a Finished alone, for SHA-256 and SHA-384 and in the same two ways.
const FINISHED: [u16; 3] = [53, 69, 85];

/// Whether the server's flight ends with the last of these records: with its Finished, or with the
/// whole flight in one record.
fn ends_flight(records: &[u16]) -> bool {
    matches!(records, [_]) || records.last().is_some_and(|last| FINISHED.contains(last))
}

/// The server sent an alert-sized record where session tickets or data are usual.
pub(super) fn refused(case: &Case<'_>) -> Option<Finding> {
    let inference = inference(case)?;
    let is_asked = !inference.answers.contains(&InferredAnswer::NotRequested)
        && !inference.answers.contains(&InferredAnswer::Resumed);
    let (last, flight) = inference.server_record_lengths.split_last()?;
    // A client that leaves says so, and is answered with as many bytes.
    let has_left = case.connection.closed_by_client() != Some(false)
        && inference.client_record_lengths.last().is_some_and(|last| ALERTS.contains(last));
    if !is_asked || !ALERTS.contains(last) || !ends_flight(flight) || has_left {
        return None;
    }
    let what = match inference.conclusion() {
        Some(InferredAnswer::Declined) => "an empty Certificate",
        Some(InferredAnswer::Presented) => "a certificate",
        _ => "its answer",
    };
    let size = inference
        .certificate_length
        .filter(|length| length.most == Some(length.least))
        .map(|length| format!(" of {} bytes (if it was alone)", length.least));
    Some(Finding {
        code: "refusal-suggested-by-lengths",
        strength: Strength::Possible,
        text: format!(
            "record lengths suggest that the client sent {what}{}, and that the server refused it: \
             the one record after its flight is as long as an alert ({last} bytes), where session \
             tickets or data are usual; this is an inference from lengths alone",
            size.unwrap_or_default()
        ),
        frames: Vec::new(),
        next_step: Some(
            "look at the server's own log; or limit a test to TLS 1.2, or record the secrets \
             (--keylog), to see certificate and alert"
                .to_owned(),
        ),
    })
}

/// The server closed where session tickets or data are usual.
pub(super) fn closed(case: &Case<'_>) -> Option<Finding> {
    let inference = inference(case)?;
    let closed = case.connection.closed?;
    let is_answered = matches!(
        inference.conclusion(),
        Some(InferredAnswer::Declined | InferredAnswer::Presented)
    );
    let ends = ends_flight(&inference.server_record_lengths);
    let is_silent = is_answered && ends && case.connection.closed_by_client() == Some(false);
    is_silent.then(|| Finding {
        code: "silent-close-suggested-by-lengths",
        strength: Strength::Possible,
        text: format!(
            "the server closed the connection ({}, frame {}) on the client's answer, without an alert \
             and without any data, as the lengths of its records have it: consistent with a server \
             that refuses silently, as Node.js does with rejectUnauthorized; this is an inference \
             from lengths alone",
            if closed.reset { "RST" } else { "FIN" },
            closed.frame
        ),
        frames: vec![closed.frame],
        next_step: Some(words::LOOK_AT_LOG.to_owned()),
    })
}

/// The client sent an alert-sized record where its Finished is due.
pub(super) fn client_left(case: &Case<'_>) -> Option<Finding> {
    let handshake = case.handshake?;
    let version = handshake.protocol_version?;
    let lengths = handshake.inference.as_ref().map(|inference| &inference.client_record_lengths);
    let [only] = lengths?.as_slice() else {
        return None;
    };
    (version.is_tls13() && ALERTS.contains(only)).then(|| Finding {
        code: "client-refusal-suggested-by-lengths",
        strength: Strength::Possible,
        text: format!(
            "record lengths suggest that the client broke off with an alert ({only} bytes, its only \
             encrypted record) in place of its Finished: consistent with a client that refuses the \
             server's certificate; this is an inference from lengths alone"
        ),
        frames: Vec::new(),
        next_step: Some("look at the client's own log at that moment".to_owned()),
    })
}

fn inference<'a>(case: &Case<'a>) -> Option<&'a Inference> {
    if case.is_readable() {
        return None;
    }
    case.handshake?.inference.as_deref()
}
