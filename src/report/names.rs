//! The contract's words for values that have no name of their own.

use crate::certificate::dotted_oid;
use crate::inspect::{
    ClientAuthentication, Comparison, EarlyData, HandshakeKind, InferredAnswer, OidFilter, Outcome,
    Possession, PskOrigin, Visibility,
};
use crate::net::Layer;
use crate::witness::Direction;

/// `status` of a client authentication.
pub(super) fn status(authentication: &ClientAuthentication) -> &'static str {
    match authentication {
        ClientAuthentication::NotRequested => "not_requested",
        ClientAuthentication::Declined { .. } => "declined",
        ClientAuthentication::Presented(_) | ClientAuthentication::PresentedKey(_) => "presented",
        ClientAuthentication::Resumed { .. } => "resumed",
        ClientAuthentication::Obscured(_) => "obscured",
    }
}

/// A filter of a request: the extension, and what it has to hold.
pub(super) fn oid_filter(filter: &OidFilter) -> String {
    let oid = dotted_oid(&filter.oid).unwrap_or_else(|| "unreadable".to_owned());
    let name = match oid.as_str() {
        "2.5.29.15" => "keyUsage",
        "2.5.29.37" => "extendedKeyUsage",
        other => other,
    };
    if filter.values.is_empty() {
        return format!("{name} present");
    }
    let values: String =
        filter.values.iter().take(SHOWN_OCTETS).map(|octet| format!("{octet:02x}")).collect();
    let more = if filter.values.len() > SHOWN_OCTETS { "…" } else { "" };
    format!("{name} with {values}{more}")
}

/// Octets of a value that are shown in hex.
const SHOWN_OCTETS: usize = 32;

/// `possession` of a presented certificate.
pub(super) fn possession(possession: &Possession) -> &'static str {
    match possession {
        Possession::Verified { .. } => "verified",
        Possession::Failed { .. } => "failed",
        Possession::Missing => "missing",
        Possession::NotSeen => "not_seen",
        Possession::NotCheckable { .. } => "not_checkable",
    }
}

/// `possession_detail`: the signature scheme, or why it could not be checked.
pub(super) fn possession_detail(possession: &Possession) -> Option<&str> {
    match possession {
        Possession::Verified { scheme } | Possession::Failed { scheme, .. } => Some(scheme),
        Possession::Missing | Possession::NotSeen => None,
        Possession::NotCheckable { why } => Some(why),
    }
}

/// `conclusion` of an inference, and an entry of `possible`.
pub(super) fn inferred_answer(answer: InferredAnswer) -> &'static str {
    match answer {
        InferredAnswer::NotRequested => "not_requested",
        InferredAnswer::Declined => "declined",
        InferredAnswer::Presented => "presented",
        InferredAnswer::Resumed => "resumed",
    }
}

/// `expected_certificate` of an inference.
pub(super) fn comparison(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Consistent => "consistent",
        Comparison::Refuted => "refuted",
        Comparison::Undecided => "undecided",
    }
}

/// `kind` of a handshake.
pub(super) fn kind(kind: HandshakeKind) -> &'static str {
    match kind {
        HandshakeKind::Initial => "initial",
        HandshakeKind::Renegotiation => "renegotiation",
        HandshakeKind::PostHandshake => "post_handshake",
    }
}

/// `visibility` of a handshake.
pub(super) fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Clear => "clear",
        Visibility::Decrypted => "decrypted",
        Visibility::Encrypted => "encrypted",
    }
}

/// `origin` of a pre-shared key.
pub(super) fn psk_origin(origin: PskOrigin) -> &'static str {
    match origin {
        PskOrigin::External => "external",
        PskOrigin::Session => "session",
        PskOrigin::Unknown => "unknown",
    }
}

/// `early_data` of a handshake.
pub(super) fn early_data(early_data: EarlyData) -> &'static str {
    match early_data {
        EarlyData::Accepted => "accepted",
        EarlyData::Offered => "offered",
        EarlyData::Refused => "refused",
    }
}

/// `outcome` of a handshake.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Refused => "refused",
        Outcome::Unfinished => "unfinished",
        Outcome::Unknown => "unknown",
    }
}

/// `direction` of an anomaly.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::ClientToServer => "client_to_server",
        Direction::ServerToClient => "server_to_client",
    }
}

/// One layer of `encapsulation`.
pub(super) fn layer(layer: Layer) -> String {
    match layer {
        Layer::Vlan(id) => format!("vlan {id}"),
        Layer::Mpls(label) => format!("mpls {label}"),
        Layer::Pppoe(session) => format!("pppoe {session}"),
        Layer::IpInIp => "ip-in-ip".to_owned(),
        Layer::Gre(None) => "gre".to_owned(),
        Layer::Gre(Some(key)) => format!("gre {key}"),
        Layer::Erspan(session) => format!("erspan {session}"),
        Layer::Vxlan(id) => format!("vxlan {id}"),
        Layer::Geneve(id) => format!("geneve {id}"),
        Layer::Gtp(tunnel) => format!("gtp {tunnel}"),
        Layer::AuthenticationHeader => "ah".to_owned(),
        Layer::Teredo => "teredo".to_owned(),
        Layer::L2tp(session) => format!("l2tp {session}"),
        Layer::Lisp => "lisp".to_owned(),
        Layer::Named(name) => name.to_owned(),
        Layer::OnPort(port) => format!("udp {port}"),
        Layer::Tzsp => "tzsp".to_owned(),
    }
}
