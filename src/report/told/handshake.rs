//! A handshake in words.

use crate::inspect::{Frames, Handshake, Possession};
use crate::report::names;
use crate::report::untrusted::{NAME_COLUMNS, cut};

/// What kind of handshake it is, and how it ended.
pub(in crate::report) fn described(handshake: &Handshake) -> String {
    let mut parts = vec![names::kind(handshake.kind).replace('_', "-")];
    match handshake.protocol_version {
        Some(version) => parts.push(version.to_string()),
        None => parts.push("unknown version".to_owned()),
    }
    if let Some(suite) = handshake.cipher_suite {
        parts.push(suite.to_string());
    }
    parts.push(names::visibility(handshake.visibility).to_owned());
    if handshake.hello_retry_request {
        parts.push("after a HelloRetryRequest".to_owned());
    }
    if handshake.uses_psk_of_unknown_origin() {
        parts.push("with a pre-shared key".to_owned());
    } else if handshake.resumed {
        parts.push("resumed".to_owned());
    }
    if let Some(early_data) = handshake.session.early_data {
        parts.push(format!("early data {}", names::early_data(early_data)));
    }
    parts.push(format!("outcome {}", names::outcome(handshake.outcome)));
    parts.join(", ")
}

/// Frame numbers in words.
pub(in crate::report) fn framed(frames: &Frames) -> String {
    /// Frames shown before the list is cut.
    const SHOWN: usize = 8;
    let mut list: Vec<String> = frames.iter().take(SHOWN).map(ToString::to_string).collect();
    if let (Some(last), true) = (frames.last(), frames.len() > SHOWN) {
        list.push(format!("… {last}"));
    }
    match list.len() {
        0 => "in no known frame".to_owned(),
        1 => format!("frame {}", list.concat()),
        _ => format!("frames {}", list.join(", ")),
    }
}

/// Whether the client proved that it holds the key; `is_there` says that its CertificateVerify was
/// seen.
pub(in crate::report) fn possession(possession: &Possession, is_there: bool) -> String {
    match possession {
        Possession::Verified { scheme } => {
            format!("proved: the CertificateVerify signature fits ({scheme})")
        }
        Possession::Failed { scheme, .. } => {
            format!("FAILED: the CertificateVerify signature does not fit ({scheme})")
        }
        Possession::Missing => "MISSING: the client went on without a CertificateVerify".to_owned(),
        Possession::NotSeen if is_there => {
            "not proved: CertificateVerify, or what it covers, is not all in the capture".to_owned()
        }
        Possession::NotSeen => "not proved: no CertificateVerify in the capture".to_owned(),
        Possession::NotCheckable { why } => {
            format!("not proved: CertificateVerify cannot be checked: {}", cut(why, NAME_COLUMNS))
        }
    }
}
