//! What is odd about handshakes that were seen.

use super::anomaly::{Anomalies, Direction, code};
use crate::inspect::{ClientAuthentication, HandshakeKind, ObscuredReason, Observation};
use crate::limits::Limits;

/// What is odd about the handshakes themselves.
pub(super) fn note_oddities(observation: &Observation, limits: &Limits, anomalies: &mut Anomalies) {
    for handshake in &observation.handshakes {
        if handshake.session.issued.len() >= limits.tickets_per_connection {
            let detail = "later connections are not linked by further tickets".to_owned();
            let direction = Some(Direction::ServerToClient);
            anomalies.add(code::LIMIT_REACHED, None, direction, detail);
        }
        let request = handshake.certificate_request.as_ref();
        if let Some(request) = request.filter(|request| request.malformed) {
            let detail = "the CertificateRequest could not be read to its end".to_owned();
            let frame = request.frames.first().copied();
            let direction = Some(Direction::ServerToClient);
            anomalies.add(code::CERTIFICATE_REQUEST_INCOMPLETE, frame, direction, detail);
        }
        let answer = match &handshake.client_authentication {
            ClientAuthentication::Declined { frames } => Some(frames),
            ClientAuthentication::Presented(presented) => Some(&presented.frames),
            ClientAuthentication::PresentedKey(presented) => Some(&presented.frames),
            _ => None,
        };
        let direction = Some(Direction::ClientToServer);
        if let (Some(frames), None) = (answer, request) {
            let detail = "the CertificateRequest that this answers is not visible".to_owned();
            let frame = frames.first().copied();
            anomalies.add(code::CERTIFICATE_REQUEST_NOT_SEEN, frame, direction, detail);
        }
        if let ClientAuthentication::Presented(presented) = &handshake.client_authentication {
            let frame = presented.frames.last().copied();
            if !presented.chain_complete {
                let detail = format!(
                    "only the first {} of the client's certificates could be read",
                    presented.chain.len()
                );
                anomalies.add(code::CHAIN_INCOMPLETE, frame, direction, detail);
            }
            for (index, certificate) in presented.chain.iter().enumerate() {
                let oddities = match &certificate.fields {
                    Ok(fields) => fields.oddities.clone(),
                    Err(why) => vec![why.clone()],
                };
                for oddity in oddities {
                    let detail = format!("certificate {}: {oddity}", index + 1);
                    anomalies.add(code::ODD_CERTIFICATE, frame, direction, detail);
                }
            }
        }
        if let ClientAuthentication::Obscured(obscurity) = &handshake.client_authentication
            && obscurity.reason == ObscuredReason::Malformed
        {
            let detail = obscurity.detail.clone();
            anomalies.add(code::MALFORMED_HANDSHAKE, None, None, detail);
        }
        if handshake.kind == HandshakeKind::Renegotiation {
            let detail = "the handshake was renegotiated inside the connection".to_owned();
            anomalies.add(code::RENEGOTIATION, None, None, detail);
        }
    }
}
