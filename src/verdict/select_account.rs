//! What a selection is made of, and what each part of it fits: for a run that selects nothing, or
//! less than its user thought.

use std::collections::BTreeMap;

use super::select::{Candidate, Named, Selection};

/// One part of a selection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SelectionPart {
    /// `--sni`, or the host name of a configuration.
    ServerName,
    /// `--server`, or the address of a configuration.
    Server,
    /// The port of a configuration.
    Port,
    /// `--client`.
    Client,
    /// `--stream`.
    Stream,
    /// `--since`, `--until` and `--active-at`.
    Time,
}

/// How many connections each part of a selection fits.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SelectionAccount {
    /// Every part that the selection has, and how many connections fit it, whatever the others say.
    pub fits: Vec<(SelectionPart, usize)>,
    /// Connections that fit every part but one: that part, what they have in its place, and how many
    /// there are; the most first.
    pub instead: Vec<(SelectionPart, String, usize)>,
}

impl SelectionPart {
    const ALL: [Self; 6] =
        [Self::ServerName, Self::Server, Self::Port, Self::Client, Self::Stream, Self::Time];

    /// The selection of this part alone; `None` where that selects everything.
    fn alone(self, whole: &Selection) -> Option<Selection> {
        let mut one = Selection::default();
        match self {
            Self::ServerName => one.server_names.clone_from(&whole.server_names),
            Self::Server => one.servers.clone_from(&whole.servers),
            Self::Port => one.ports.clone_from(&whole.ports),
            Self::Client => one.clients.clone_from(&whole.clients),
            Self::Stream => one.streams.clone_from(&whole.streams),
            Self::Time => {
                (one.since, one.until, one.active_at) = (whole.since, whole.until, whole.active_at);
            }
        }
        (one != Selection::default()).then_some(one)
    }

    /// What a connection has in place of what this part asks for.
    fn seen(self, candidate: &Candidate<'_>) -> Option<String> {
        let [first, second] = candidate.endpoints;
        let (client, server) = match candidate.client? {
            0 => (first, second),
            _ => (second, first),
        };
        Some(match self {
            Self::ServerName if !candidate.is_name_known => "a name that cannot be read".to_owned(),
            Self::ServerName => match candidate.server_name {
                Some(name) => name.to_owned(),
                None => "no name".to_owned(),
            },
            Self::Server => server.to_string(),
            Self::Port => server.port().to_string(),
            Self::Client => client.ip().to_string(),
            Self::Stream => format!("stream {}", candidate.stream?),
            Self::Time => return None,
        })
    }
}

impl SelectionAccount {
    /// What the selection comes to with these connections.
    pub fn new<'a>(selection: &Selection, candidates: impl Iterator<Item = Candidate<'a>>) -> Self {
        let parts: Vec<(SelectionPart, Selection)> = SelectionPart::ALL
            .into_iter()
            .filter_map(|part| Some((part, part.alone(selection)?)))
            .collect();
        let mut fits: Vec<(SelectionPart, usize)> =
            parts.iter().map(|(part, _)| (*part, 0)).collect();
        let mut instead: BTreeMap<(SelectionPart, String), usize> = BTreeMap::new();
        for candidate in candidates {
            let mut missing = Vec::new();
            for ((part, alone), (_, count)) in parts.iter().zip(&mut fits) {
                let is_fit =
                    alone.fits_but_for_name(&candidate) && alone.named(&candidate) == Named::Fits;
                *count += usize::from(is_fit);
                if !is_fit {
                    missing.push(*part);
                }
            }
            if let [only] = missing.as_slice()
                && let Some(seen) = only.seen(&candidate)
                && (instead.len() < KINDS || instead.contains_key(&(*only, seen.clone())))
            {
                *instead.entry((*only, seen)).or_default() += 1;
            }
        }
        let mut instead: Vec<(SelectionPart, String, usize)> =
            instead.into_iter().map(|((part, seen), count)| (part, seen, count)).collect();
        instead.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        Self { fits, instead }
    }
}

/// Different things seen in place of what was asked for that are kept apart.
const KINDS: usize = 64;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::verdict::ServerAddress;

    fn candidate(name: Option<&str>, port: u16) -> Candidate<'_> {
        Candidate {
            endpoints: [([10, 0, 0, 4], 50_000).into(), ([10, 0, 0, 5], port).into()],
            client: Some(0),
            server_name: name,
            is_name_known: true,
            server_certificate: None,
            has_handshake_bytes: true,
            stream: Some(3),
            started_at: Some(7),
            ended_at: Some(8),
        }
    }

    #[test]
    fn what_fits_all_parts_but_one_says_what_it_has_instead() {
        let selection = Selection {
            server_names: vec!["backend.example".to_owned()],
            ports: vec![8444],
            ..Selection::default()
        };
        let connections = [
            candidate(Some("backend.example"), 8446),
            candidate(Some("backend.example"), 8446),
            candidate(Some("other.example"), 8444),
            candidate(None, 22),
        ];
        let account = SelectionAccount::new(&selection, connections.into_iter());
        assert_eq!(account.fits, [(SelectionPart::ServerName, 2), (SelectionPart::Port, 1)]);
        let expected = [
            (SelectionPart::Port, "8446".to_owned(), 2),
            (SelectionPart::ServerName, "other.example".to_owned(), 1),
        ];
        assert_eq!(account.instead, expected);
    }

    #[test]
    fn an_address_counts_with_its_port() {
        let address = "10.0.0.5".parse().unwrap();
        let servers = vec![ServerAddress { address, port: Some(443) }];
        let selection = Selection { servers, since: Some(0), ..Selection::default() };
        let account = SelectionAccount::new(&selection, [candidate(None, 8443)].into_iter());
        assert_eq!(account.fits, [(SelectionPart::Server, 0), (SelectionPart::Time, 1)]);
        assert_eq!(account.instead, [(SelectionPart::Server, "10.0.0.5:8443".to_owned(), 1)]);
        assert_eq!(
            SelectionAccount::new(&Selection::default(), [].into_iter()),
            SelectionAccount::default()
        );
    }
}
