//! The frames behind a judgement.

use super::judgement::{Cause, Judgement};
use crate::inspect::{
    ClientAuthentication, Handshake, Observation, Original, SeenAlert, StreamName,
};

/// Frames behind a judgement and what they carried.
pub(super) fn of(judgement: &Judgement<'_>, observation: &Observation) -> Vec<(u64, String)> {
    match judgement.handshake.and_then(|index| observation.handshakes.get(index)) {
        Some(handshake) => of_handshake(handshake),
        None if judgement.cause == Some(Cause::NoHandshake) => Vec::new(),
        None => of_connection(observation),
    }
}

/// Frames and what they carried, for the handshake that decided.
pub fn of_handshake(handshake: &Handshake) -> Vec<(u64, String)> {
    let mut evidence = Vec::new();
    let authentication = &handshake.client_authentication;
    if !matches!(
        authentication,
        ClientAuthentication::Declined { .. }
            | ClientAuthentication::Presented(_)
            | ClientAuthentication::PresentedKey(_)
    ) {
        add(&mut evidence, &handshake.client_hello_frames, "ClientHello");
        add(&mut evidence, &handshake.server_hello_frames, "ServerHello");
    }
    if let Some(request) = &handshake.certificate_request {
        add(&mut evidence, &request.frames, "CertificateRequest");
    }
    add_answer(&mut evidence, authentication, "");
    if let ClientAuthentication::Resumed { original: Some(original) } = authentication {
        let place = original_place(original);
        evidence.push((original.frame, format!("start of the full handshake{place}")));
        add_answer(&mut evidence, &original.client_authentication, &place);
    }
    add(&mut evidence, &handshake.certificate_verify_frames, "CertificateVerify");
    evidence.extend(handshake.alerts.iter().map(|seen| (seen.frame, describe_alert(seen))));
    evidence
}

/// What stands behind the evidence from the handshake that was resumed.
pub fn original_place(original: &Original) -> String {
    match &original.elsewhere {
        Some(capture) => {
            format!(" (original handshake, {} of {capture})", StreamName(original.stream))
        }
        None => format!(" (original handshake, {})", StreamName(original.stream)),
    }
}

/// Frames of every handshake, where none of them decided.
fn of_connection(observation: &Observation) -> Vec<(u64, String)> {
    let mut evidence = Vec::new();
    for handshake in observation.handshakes.iter().take(MOST_HANDSHAKES) {
        evidence.extend(of_handshake(handshake));
    }
    evidence
}

/// `fatal alert unknown_ca from the server`.
pub(super) fn describe_alert(seen: &SeenAlert) -> String {
    let sender = match seen.from_client {
        Some(true) => " from the client",
        Some(false) => " from the server",
        None => "",
    };
    format!("{}{sender}", name_alert(seen))
}

/// `fatal alert unknown_ca`.
pub(super) fn name_alert(seen: &SeenAlert) -> String {
    format!("{} alert {}", seen.alert.level, seen.alert.description)
}

fn add_answer(
    evidence: &mut Vec<(u64, String)>,
    authentication: &ClientAuthentication,
    place: &str,
) {
    match authentication {
        ClientAuthentication::Declined { frames } => {
            add(evidence, frames, &format!("empty client Certificate{place}"));
        }
        ClientAuthentication::Presented(presented) => {
            add(evidence, &presented.frames, &format!("client Certificate{place}"));
        }
        ClientAuthentication::PresentedKey(presented) => {
            add(evidence, &presented.frames, &format!("client raw public key{place}"));
        }
        _ => {}
    }
}

/// One entry for every frame of a message; the first and the last ones of very many.
fn add(evidence: &mut Vec<(u64, String)>, frames: &[u64], what: &str) {
    let count = frames.len();
    for (index, frame) in frames.iter().enumerate() {
        if index < FRAMES_LISTED || index + 1 == count {
            let part = if count > 1 {
                format!("{what}, part {} of {count}", index + 1)
            } else {
                what.to_owned()
            };
            evidence.push((*frame, part));
        }
    }
}

/// Frames of one message that are listed before its last one: a chain of four certificates takes
/// some five full segments.
const FRAMES_LISTED: usize = 7;

/// Handshakes of one connection that are listed where none of them decided.
const MOST_HANDSHAKES: usize = 8;
