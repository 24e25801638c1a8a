//! Values in the words of findings.

use std::net::SocketAddr;

use time::OffsetDateTime;

use crate::certificate::{Certificate, Fields, display_name};
use crate::inspect::Frames;

/// What to do where a server closed without a word.
pub(super) const LOOK_AT_LOG: &str =
    "look at the server's own log at that moment (Node.js: the tlsClientError event)";

/// Characters of one name that are shown: few real ones have more.
const NAME: usize = 120;
/// Names of a list that are shown.
const NAMES: usize = 3;

/// A name as it is shown in a sentence.
pub(super) fn short(name: &str) -> String {
    if name.is_empty() {
        return "an empty name".to_owned();
    }
    let mut characters = name.chars();
    let shown: String = characters.by_ref().take(NAME).collect();
    if characters.next().is_none() { shown } else { format!("{shown}…") }
}

/// The subject of a certificate.
pub(super) fn subject(certificate: &Certificate) -> String {
    certificate
        .fields
        .as_ref()
        .map_or_else(|_| format!("SHA-1 {}", certificate.sha1), |fields| short(&fields.subject))
}

/// The first names of a list, and how many more there are.
pub(super) fn names(ders: &[Vec<u8>]) -> String {
    let mut shown: Vec<String> =
        ders.iter().take(NAMES).map(|der| short(&display_name(der))).collect();
    if ders.len() > NAMES {
        shown.push(format!("{} more", ders.len() - NAMES));
    }
    shown.join("; ")
}

/// A moment, in seconds since 1970-01-01T00:00:00 UTC, to the second.
pub(super) fn moment(seconds: i64) -> String {
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(seconds) else {
        return format!("{seconds} seconds after 1970-01-01");
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

/// How much later one moment is than another, both in seconds: `35 days`.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// The key of a certificate, as TLS names kinds of keys.
pub(super) fn key(fields: &Fields) -> String {
    fields.public_key.description.clone()
}

/// All of these frames, in order and once each.
pub(super) fn frames(of: &[&Frames]) -> Vec<u64> {
    let mut all: Vec<u64> = of.iter().flat_map(|frames| frames.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// An address with its port, or that it is not known.
pub(super) fn end(address: Option<SocketAddr>) -> String {
    address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string())
}
