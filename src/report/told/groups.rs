//! Many connections taken together: those that are alike in verdict, client, server, server name and
//! in what was seen.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::{Meaning, row};
use crate::report::summary::Summary;
use crate::report::untrusted::cut;
use crate::report::{Grouping, Report};
use crate::witness::Connection;

/// More groups than this, and clients are taken together by their networks.
const MOST_GROUPS: usize = 20;
/// Columns after which the name of a file is cut.
const FILE_NAME_COLUMNS: usize = 32;
/// Columns after which a server name is cut.
const SERVER_NAME_COLUMNS: usize = 40;

/// Connections that are alike.
#[derive(Clone, Debug)]
pub(in crate::report) struct Group {
    /// What they are alike in.
    pub(in crate::report) key: Key,
    /// What the verdict is to the run.
    pub(in crate::report) meaning: Meaning,
    /// Their indices in the evidence, in its order; never empty.
    pub(in crate::report) members: Vec<usize>,
}

/// What the connections of a group are alike in; `None` where that was not asked for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::report) struct Key {
    /// What the verdict is to the run: failures first.
    rank: u8,
    /// The verdict in a word or two.
    pub(in crate::report) verdict: Option<String>,
    /// The expectation that says so, in a run of several.
    pub(in crate::report) expectation: Option<String>,
    /// An address or a network.
    pub(in crate::report) client: Option<String>,
    /// Address and port.
    pub(in crate::report) server: Option<String>,
    /// The server name.
    pub(in crate::report) name: Option<String>,
    /// What was seen.
    pub(in crate::report) seen: Option<String>,
}

/// How many leading bits of a client's address count, of IPv4 and of IPv6, where there are too many
/// clients.
const WIDTHS: [(u8, u8); 3] = [(24, 64), (16, 48), (0, 0)];

/// The groups of these connections, failures first; with wider networks of clients where there would
/// be too many.
pub(in crate::report) fn groups(
    report: &Report<'_>,
    grouping: Grouping,
    connections: &[usize],
) -> Vec<Group> {
    let mut best = by_width(report, grouping, connections, (32, 128));
    for width in WIDTHS {
        if best.len() <= MOST_GROUPS || !grouping.client {
            break;
        }
        let wider = by_width(report, grouping, connections, width);
        // Where networks do not make them fewer, addresses say more.
        if wider.len() < best.len() {
            best = wider;
        }
    }
    best
}

fn by_width(
    report: &Report<'_>,
    grouping: Grouping,
    connections: &[usize],
    width: (u8, u8),
) -> Vec<Group> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for &index in connections {
        let Some(connection) = report.evidence.connections.get(index) else { continue };
        let (key, meaning) = key(report, grouping, (index, connection), width);
        let new = || Group { key: key.clone(), meaning, members: Vec::new() };
        groups.entry(key.clone()).or_insert_with(new).members.push(index);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| (group.key.rank, group.members.first().copied()));
    groups
}

fn key(
    report: &Report<'_>,
    grouping: Grouping,
    (index, connection): (usize, &Connection),
    width: (u8, u8),
) -> (Key, Meaning) {
    let judgement = report.judgements.get(index);
    let (verdict, meaning) = match judgement {
        Some(judgement) => row::verdict(report, index, judgement),
        None => (String::new(), Meaning::Plain),
    };
    let rank = match meaning {
        Meaning::Bad => 0,
        Meaning::Open => 1,
        Meaning::Good | Meaning::Heading | Meaning::Plain => 2,
        Meaning::Aside => 3,
    };
    let summary = Summary::judged(&connection.observation, judgement);
    let unknown = || "-".to_owned();
    let key = Key {
        rank: if grouping.verdict { rank } else { 0 },
        verdict: (grouping.verdict && judgement.is_some()).then_some(verdict),
        expectation: (!report.parts.is_empty()).then(|| row::expectation(report, index)),
        client: grouping.client.then(|| {
            let [one, other] = connection.endpoints;
            match connection.client() {
                Some(client) => network(client.ip(), width),
                None => format!("{} or {}", network(one.ip(), width), network(other.ip(), width)),
            }
        }),
        server: grouping
            .server
            .then(|| connection.server().as_ref().map_or_else(unknown, SocketAddr::to_string)),
        name: grouping.name.then(|| {
            let name = connection.observation.server_name.as_deref();
            name.map_or_else(unknown, |name| cut(name, SERVER_NAME_COLUMNS))
        }),
        seen: grouping.seen.then(|| row::seen_alike(&summary)),
    };
    (key, if grouping.verdict { meaning } else { Meaning::Plain })
}

/// An address cut to its network.
fn network(address: IpAddr, (of_v4, of_v6): (u8, u8)) -> String {
    match address {
        _ if of_v4 == 0 => "any".to_owned(),
        IpAddr::V4(one) if of_v4 < 32 => {
            let mask = u32::MAX.checked_shl(u32::from(32 - of_v4)).unwrap_or_default();
            format!("{}/{of_v4}", std::net::Ipv4Addr::from(one.to_bits() & mask))
        }
        IpAddr::V6(one) if of_v6 < 128 => {
            let mask = u128::MAX.checked_shl(u32::from(128 - of_v6)).unwrap_or_default();
            format!("{}/{of_v6}", std::net::Ipv6Addr::from(one.to_bits() & mask))
        }
        address => address.to_string(),
    }
}

/// A connection's stream, and its capture by its last name where there are several.
pub(in crate::report) fn first(report: &Report<'_>, members: &[usize]) -> String {
    let first = members.first().and_then(|index| report.evidence.connections.get(*index));
    let Some(connection) = first else { return String::new() };
    let stream = connection.stream.map_or_else(|| "-".to_owned(), |stream| stream.to_string());
    if report.evidence.captures.len() < 2 {
        return stream;
    }
    let path = row::capture_path(report, connection);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    format!("{stream} of {}", cut(name, FILE_NAME_COLUMNS))
}

/// The streams of connections, runs of numbers taken together: `0, 3 to 17`; those of several captures
/// each with its own.
pub(in crate::report) fn streams(report: &Report<'_>, members: &[usize], most: usize) -> String {
    let connections = &report.evidence.connections;
    let several = report.evidence.captures.len() > 1;
    let mut parts: Vec<String> = Vec::new();
    let mut run: Option<(usize, u64, u64)> = None;
    let mut further = 0;
    let tell = |(capture, first, last): (usize, u64, u64)| {
        let numbers = match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        };
        let path = report.evidence.captures.get(capture).filter(|_| several);
        path.map(|one| format!("{numbers} of {}", one.path)).unwrap_or(numbers)
    };
    for connection in members.iter().filter_map(|index| connections.get(*index)) {
        let place = (connection.capture, connection.stream);
        run = match (run, place) {
            (Some((capture, first, last)), (here, Some(stream)))
                if capture == here && stream == last.saturating_add(1) =>
            {
                Some((capture, first, stream))
            }
            (before, (here, stream)) => {
                parts.extend(before.map(tell));
                if stream.is_none() {
                    further += 1;
                }
                stream.map(|stream| (here, stream, stream))
            }
        };
    }
    parts.extend(run.map(tell));
    let more = parts.len().saturating_sub(most);
    parts.truncate(most);
    if more > 0 {
        parts.push("…".to_owned());
    }
    if further > 0 {
        parts.push(format!("{further} without a number"));
    }
    parts.join(", ")
}
