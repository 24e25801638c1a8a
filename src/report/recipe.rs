//! How to record the connections that a configuration is about.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Serialize;

use crate::expect::{Endpoints, Expectation, ExpectedOutcome};

/// The commands that record whole packets of what is expected, on the backend host.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Recipe {
    /// For tcpdump; it ends with an interrupt.
    pub(super) linux: String,
    /// For pktmon, one after another; the client is made to connect before the last two.
    pub(super) windows: Vec<String>,
    /// How to make the client open a new connection.
    pub(super) new_connection: &'static str,
}

/// Clients keep connections open and reuse them: only a new one has a handshake. The action is
/// "Backend - Reconnect" of the REST API, whose property `after` is PT2M where none is given.
const NEW_CONNECTION: &str = "start recording before the client connects: pools keep connections \
     for hours. API Management opens a new one after POST …/backends/BACKEND/reconnect (az rest; it \
     takes two minutes), other gateways when they are reloaded, and any client when the backend's \
     listener is restarted";

/// Addresses that a filter names one by one; with more, the port alone has to do.
const ADDRESSES: usize = 8;

impl Recipe {
    /// The commands for all of these expectations together; `None` where none of them expects a
    /// handshake.
    pub(super) fn new<'a>(expectations: impl Iterator<Item = &'a Expectation>) -> Option<Self> {
        let is_recorded = |one: &&Expectation| one.outcome != ExpectedOutcome::NoHandshake;
        let endpoints: Vec<&Endpoints> =
            expectations.filter(is_recorded).map(|one| &one.endpoints).collect();
        if endpoints.is_empty() {
            return None;
        }
        // One of which nothing is told may be anywhere.
        let ports = common(&endpoints, |one| &one.ports);
        let addresses = common(&endpoints, |one| &one.addresses);
        let addresses = if addresses.len() > ADDRESSES { BTreeSet::new() } else { addresses };
        Some(Self {
            linux: format!(
                "tcpdump --immediate-mode -i any -s 0 -w backend.pcap '{}'",
                filter(&ports, &addresses)
            ),
            windows: windows(&ports, &addresses),
            new_connection: NEW_CONNECTION,
        })
    }
}

/// The values of all, or none where one of them has none: its connections would be left out.
fn common<T: Clone + Ord>(endpoints: &[&Endpoints], of: fn(&Endpoints) -> &Vec<T>) -> BTreeSet<T> {
    match endpoints.iter().any(|one| of(one).is_empty()) {
        true => BTreeSet::new(),
        false => endpoints.iter().flat_map(|one| of(one)).cloned().collect(),
    }
}

/// A filter in the language of libpcap.
fn filter(ports: &BTreeSet<u16>, addresses: &BTreeSet<IpAddr>) -> String {
    let either = |word: &str, values: Vec<String>| {
        let terms: Vec<String> = values.iter().map(|value| format!("{word} {value}")).collect();
        match terms.as_slice() {
            [only] => only.clone(),
            several => format!("({})", several.join(" or ")),
        }
    };
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let mut terms = Vec::new();
    match ports.is_empty() {
        true => terms.push("tcp".to_owned()),
        false => terms.push(either("tcp port", ports)),
    }
    if !addresses.is_empty() {
        terms.push(either("host", addresses));
    }
    terms.join(" and ")
}

fn windows(ports: &BTreeSet<u16>, addresses: &BTreeSet<IpAddr>) -> Vec<String> {
    // Every filter holds alone: one for each address and port.
    let ports: Vec<String> = match ports.is_empty() {
        true => vec![String::new()],
        false => ports.iter().map(|port| format!(" -p {port}")).collect(),
    };
    let addresses: Vec<String> = match addresses.is_empty() {
        true => vec![String::new()],
        false => addresses.iter().map(|address| format!(" -i {address}")).collect(),
    };
    let pairs = addresses.iter().flat_map(|address| ports.iter().map(move |port| (address, port)));
    let filters = pairs.map(|(address, port)| format!("pktmon filter add -t TCP{address}{port}"));
    let first = ["pktmon filter remove".to_owned()].into_iter();
    let rest = ["pktmon start --capture --pkt-size 0 --file-name backend.etl", "pktmon stop"];
    first.chain(filters).chain(rest.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn expectation(addresses: &[&str], ports: &[u16]) -> Expectation {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let endpoints = Endpoints { addresses, ports: ports.to_vec(), ..Endpoints::default() };
        Expectation { endpoints, outcome: ExpectedOutcome::None, ..Expectation::default() }
    }

    fn recipe(expectations: &[Expectation]) -> Recipe {
        Recipe::new(expectations.iter()).unwrap()
    }

    fn filter_of(recipe: &Recipe) -> &str {
        recipe.linux.split('\'').nth(1).unwrap()
    }

    #[test]
    fn addresses_and_ports_are_the_filter() {
        let one = recipe(&[expectation(&["10.0.0.5"], &[443])]);
        assert_eq!(filter_of(&one), "tcp port 443 and host 10.0.0.5");
        assert_eq!(one.windows.get(1).unwrap(), "pktmon filter add -t TCP -i 10.0.0.5 -p 443");
        let two =
            recipe(&[expectation(&["10.0.0.5"], &[443]), expectation(&["10.0.0.6"], &[8443])]);
        assert_eq!(
            filter_of(&two),
            "(tcp port 443 or tcp port 8443) and (host 10.0.0.5 or host 10.0.0.6)"
        );
        let filters = two.windows.iter().filter(|line| line.contains("filter add")).count();
        assert_eq!(filters, 4);
    }

    #[test]
    fn what_is_not_told_of_one_filters_none() {
        let named = recipe(&[expectation(&[], &[443]), expectation(&["10.0.0.6"], &[443])]);
        assert_eq!(filter_of(&named), "tcp port 443");
        assert_eq!(filter_of(&recipe(&[expectation(&[], &[])])), "tcp");
        let none =
            Expectation { outcome: ExpectedOutcome::NoHandshake, ..expectation(&[], &[443]) };
        assert_eq!(Recipe::new([none].iter()), None);
    }
}
