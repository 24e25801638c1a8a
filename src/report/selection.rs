//! What the selection of a run is, and what it fits.

use std::net::SocketAddr;

use super::Report;
use crate::verdict::{Candidate, Selection, SelectionAccount, SelectionPart};
use crate::witness::Connection;

/// What a selection looks at in a connection.
pub fn candidate(connection: &Connection) -> Candidate<'_> {
    let observation = &connection.observation;
    let first = observation.handshakes.first();
    Candidate {
        endpoints: connection.endpoints,
        client: connection.client,
        server_name: observation.server_name.as_deref(),
        is_name_known: observation.client_hello_seen
            && !observation.encrypted_client_hello_accepted,
        server_certificate: first.and_then(|one| one.server_chain.first()).map(AsRef::as_ref),
        has_handshake_bytes: connection.has_handshake_bytes,
        stream: connection.stream,
        started_at: connection.started_at.map(|at| at.nanoseconds),
        ended_at: connection.ended_at.map(|at| at.nanoseconds),
    }
}

/// What the selection of a report comes to; `None` where there is none.
pub(super) fn account(report: &Report<'_>) -> Option<SelectionAccount> {
    let candidates = report.evidence.connections.iter().map(candidate);
    Some(SelectionAccount::new(report.selection?, candidates))
}

/// What a part of a selection is called.
fn name(part: SelectionPart) -> &'static str {
    match part {
        SelectionPart::ServerName => "server name",
        SelectionPart::Server => "server",
        SelectionPart::Port => "port",
        SelectionPart::Client => "client",
        SelectionPart::Stream => "stream",
        SelectionPart::Time => "time",
    }
}

/// What a part of a selection asks for.
fn asked(part: SelectionPart, selection: &Selection) -> String {
    let values: Vec<String> = match part {
        SelectionPart::ServerName => selection.server_names.clone(),
        SelectionPart::Server => {
            let servers = selection.servers.iter();
            servers
                .map(|one| {
                    one.port.map_or_else(
                        || one.address.to_string(),
                        |port| SocketAddr::new(one.address, port).to_string(),
                    )
                })
                .collect()
        }
        SelectionPart::Port => selection.ports.iter().map(ToString::to_string).collect(),
        SelectionPart::Client => {
            let clients = selection.clients.iter();
            clients.map(|one| format!("{}/{}", one.address, one.prefix_length)).collect()
        }
        SelectionPart::Stream => selection.streams.iter().map(ToString::to_string).collect(),
        SelectionPart::Time => vec!["asked about".to_owned()],
    };
    values.join(" or ")
}

/// A part of a selection in words, with what it asks for.
pub(super) fn words(part: SelectionPart, selection: &Selection) -> String {
    format!("{} {}", name(part), asked(part, selection))
}

/// What was seen in place of what was asked for, and what to do about it.
pub(super) fn instead(account: &SelectionAccount, selection: &Selection) -> Option<String> {
    let (part, seen, count) = account.instead.first()?;
    let (number, verb) = match count {
        1 => ("1 connection".to_owned(), "fits"),
        count => (format!("{count} connections"), "fit"),
    };
    let advice = match part {
        SelectionPart::ServerName => {
            "where that is the same server, name it so with --sni, or by its address with --server"
        }
        SelectionPart::Server | SelectionPart::Port => {
            "is there a port mapping or an address translation in between? --server ADDRESS:PORT \
             says which server is meant"
        }
        SelectionPart::Client => "--client says which client is meant",
        SelectionPart::Stream | SelectionPart::Time => "look at the list that inspect gives",
    };
    Some(format!(
        "{number} {verb} the selection but for the {}, which is {seen} instead of {}; {advice}",
        name(*part),
        asked(*part, selection)
    ))
}
