//! What is truly so of a file's connections, and which packets are whose.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use super::ask::Expected;
use super::file::File;
use super::packet::{ACK, SYN, Segment};

/// A TLS connection of a file, as its endpoints logged it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) answered: Answered,
    pub(super) server_name: Option<String>,
    /// Client and server, where the file's own packets tell without doubt.
    pub(super) endpoints: Option<[SocketAddr; 2]>,
    /// Not the first handshake decides, but a later one.
    pub(super) is_decided_later: bool,
}

impl Known {
    /// What is not wrong to say of it. A recording that stops before a later handshake shows what
    /// the first one did.
    pub(super) fn answers(&self, stops_early: bool) -> Vec<&Answered> {
        let early = (self.is_decided_later && stops_early).then_some(&Answered::NotAsked);
        early.into_iter().chain([&self.answered]).collect()
    }

    /// The verdicts that are not wrong.
    pub(super) fn verdicts(
        &self,
        expected: &Expected,
        stops_early: bool,
    ) -> BTreeSet<&'static str> {
        let answers = self.answers(stops_early).into_iter();
        answers.flat_map(|answered| answered.verdicts(expected)).collect()
    }

    /// Whether a run that selects it cannot pass.
    pub(super) fn fails(&self, expected: &Expected, stops_early: bool) -> bool {
        let verdicts = self.verdicts(expected, stops_early);
        !verdicts.is_empty() && !verdicts.contains("match")
    }
}

/// What the client did when it was asked for its certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Answered {
    Declined,
    NotAsked,
    /// SHA-1 of its end-entity certificate, where that is known and the key was proved.
    Presented(Option<String>),
    /// The certificate's key is another's.
    Copied,
    /// A public key without a certificate.
    PresentedKey,
    /// Nothing is known of what the session's first handshake showed.
    Resumed,
}

impl Answered {
    /// The verdicts that are not wrong.
    pub(super) fn verdicts(&self, expected: &Expected) -> BTreeSet<&'static str> {
        let verdicts: &[&str] = match (self, expected) {
            (Self::Resumed, _) => &[],
            (Self::Declined | Self::NotAsked, Expected::None) => &["match"],
            (_, Expected::None) => &["unexpected"],
            (Self::Declined, Expected::Thumbprint(_)) => &["absent"],
            (Self::NotAsked, Expected::Thumbprint(_)) => &["not_requested"],
            (Self::Copied | Self::PresentedKey, Expected::Thumbprint(_)) => &["mismatch"],
            (Self::Presented(None), Expected::Thumbprint(_)) => &["match", "mismatch"],
            (Self::Presented(Some(leaf)), Expected::Thumbprint(thumbprint)) => {
                if leaf == thumbprint { &["match"] } else { &["mismatch"] }
            }
        };
        verdicts.iter().copied().collect()
    }
}

/// What the endpoints of a capture's TCP connections logged, by stream; `None` where that is no
/// measure: DTLS, and files whose bytes were changed by hand, and some that take more to tell.
pub(super) fn logged(expected: &Path) -> Option<BTreeMap<u64, Known>> {
    let log: Value = serde_json::from_slice(&std::fs::read(expected).ok()?).ok()?;
    let connections = log["connections"].as_array()?;
    let name = expected.file_name()?.to_string_lossy();
    let no_measure = [
        "conflicting",
        "malformed",
        "signature-bit-flipped",
        "not-der",
        "wrong-issuer",
        // What is left of its client is a request of HTTP, and no TLS.
        "plain-http",
        // Its first renegotiation asks for nothing, its second one does.
        "renegotiation-several",
    ];
    if no_measure.iter().any(|word| name.contains(word)) {
        return None;
    }
    let mut known = BTreeMap::new();
    for connection in connections {
        if connection["transport"] == "udp" {
            return None;
        }
        let mut origin = connection;
        while let Some(stream) = origin["resumed_from_stream"]
            .as_u64()
            .or_else(|| origin["with_keys"]["resumed_from_stream"].as_u64())
        {
            origin = connections.iter().find(|one| one["stream"].as_u64() == Some(stream))?;
        }
        known.insert(
            connection["stream"].as_u64()?,
            Known {
                answered: answered(origin, &log, expected)?,
                server_name: connection["server_name"].as_str().map(str::to_owned),
                endpoints: None,
                is_decided_later: is_decided_later(origin),
            },
        );
    }
    Some(known)
}

/// Whether there is a renegotiation, or authentication after the handshake.
fn is_decided_later(connection: &Value) -> bool {
    let several = |value: &Value| value["handshakes"].as_u64().is_some_and(|count| count > 1);
    several(connection) || several(&connection["with_keys"])
}

fn answered(connection: &Value, log: &Value, expected: &Path) -> Option<Answered> {
    Some(match connection["answered"].as_str()? {
        "declined" => Answered::Declined,
        "none" => Answered::NotAsked,
        "resumed" => Answered::Resumed,
        "presented" => {
            let either = |key: &str| {
                let value =
                    connection[key].as_str().or_else(|| connection["with_keys"][key].as_str());
                value.map(str::to_owned)
            };
            if either("raw_public_key_sha256").is_some() {
                Answered::PresentedKey
            } else if either("possession").as_deref() == Some("failed") {
                Answered::Copied
            } else {
                let leaf = either("leaf_sha1").or_else(|| leaf_of_original(log, expected));
                Answered::Presented(leaf)
            }
        }
        _ => return None,
    })
}

/// A derived capture holds what its original holds.
fn leaf_of_original(log: &Value, expected: &Path) -> Option<String> {
    let scenario = log["scenario"].as_str()?;
    let original = scenario.split("Derived from ").nth(1)?.split(".pcap").next()?;
    let original = expected.with_file_name(format!("{original}.expected.json"));
    let log: Value = serde_json::from_slice(&std::fs::read(original).ok()?).ok()?;
    let connection = log["connections"].as_array()?.first()?;
    let leaf = [&connection["leaf_sha1"], &connection["with_keys"]["leaf_sha1"]];
    leaf.into_iter().find_map(Value::as_str).map(str::to_owned)
}

/// Says of each packet whose it is, and returns the connections in the order in which the packets'
/// owners count them; `None` where that cannot be told.
pub(super) fn attribute(file: &mut File, logged: &BTreeMap<u64, Known>) -> Option<Vec<Known>> {
    let mut flows: Vec<Flow> = Vec::new();
    let mut open: BTreeMap<(BTreeSet<SocketAddr>, Vec<u16>), usize> = BTreeMap::new();
    let mut all_understood = true;
    for at in file.packets() {
        let (data, link_type) = (file.records[at].data(), file.records[at].packet.as_ref()?.1);
        let Some(segment) = Segment::of(data, link_type) else {
            all_understood = false;
            continue;
        };
        let pair = BTreeSet::from([segment.source, segment.destination]);
        let key = (pair, segment.vlans.clone());
        let flow = open.get(&key).copied().filter(|flow| {
            !segment.is_first()
                || flows[*flow].first.is_none_or(|sequence| sequence == segment.sequence)
        });
        let flow = flow.unwrap_or_else(|| {
            flows.push(Flow::default());
            open.insert(key, flows.len() - 1);
            flows.len() - 1
        });
        if segment.is_first() {
            flows[flow].first = Some(segment.sequence);
            flows[flow].endpoints = Some([segment.source, segment.destination]);
        } else if segment.flags & (SYN | ACK) == SYN | ACK {
            flows[flow].endpoints.get_or_insert([segment.destination, segment.source]);
        }
        file.records[at].owner = Some(flow);
        file.records[at].counts = segment.must_prevent_a_pass();
        flows[flow].packets.push((at, segment));
    }
    let numbers: Vec<usize> =
        logged.keys().map(|stream| usize::try_from(*stream).unwrap()).collect();
    if !all_understood || numbers.iter().any(|number| *number >= flows.len()) {
        // What is wrapped, or in fragments: all of it is the one connection's.
        let only = logged.values().next().filter(|_| logged.len() == 1)?;
        for record in file.records.iter_mut().filter(|record| record.packet.is_some()) {
            (record.owner, record.counts) = (Some(0), true);
        }
        return Some(vec![only.clone()]);
    }
    let mut known = Vec::new();
    let mut owners = BTreeMap::new();
    for (number, one) in numbers.iter().zip(logged.values()) {
        let flow = &flows[*number];
        owners.insert(*number, known.len());
        known.push(Known { endpoints: flow.endpoints, ..one.clone() });
        flow.find_handshake(file);
        let begins = |(at, _): &&(usize, Segment)| file.records[*at].handshake_before.is_some();
        let before: Vec<_> = flow.packets.iter().take_while(|one| !begins(one)).collect();
        if before.len() < flow.packets.len() {
            before.iter().for_each(|(at, _)| file.records[*at].is_before_tls = true);
        }
        // In TLS 1.3 only its own secrets show where a later handshake is: it may be the last bytes.
        let late = |at: &usize| file.records[*at].is_late;
        let first_late =
            flow.packets.iter().position(|(at, _)| late(at)).or_else(|| {
                flow.packets.iter().rposition(|(_, segment)| !segment.payload.is_empty())
            });
        // An empty segment behind it says nothing of what the other side sent.
        for (at, segment) in &flow.packets[first_late.unwrap_or(0)..] {
            file.records[*at].is_late = !segment.payload.is_empty();
        }
    }
    for record in &mut file.records {
        record.owner = record.owner.and_then(|flow| owners.get(&flow).copied());
    }
    Some(known)
}

/// A connection's packets.
#[derive(Default)]
struct Flow {
    first: Option<u32>,
    endpoints: Option<[SocketAddr; 2]>,
    packets: Vec<(usize, Segment)>,
}

impl Flow {
    /// Notes in each packet where the first byte of a handshake record stands.
    fn find_handshake(&self, file: &mut File) {
        let sources: BTreeSet<SocketAddr> =
            self.packets.iter().map(|(_, segment)| segment.source).collect();
        for source in sources {
            let own = self.packets.iter().filter(|(_, segment)| segment.source == source);
            let own: Vec<_> = own.filter(|(_, segment)| !segment.payload.is_empty()).collect();
            let Some((_, first)) = own.first() else { continue };
            let offset = |segment: &Segment| {
                usize::try_from(segment.sequence.wrapping_sub(first.sequence)).unwrap()
            };
            let mut stream: Vec<Option<u8>> = Vec::new();
            for (at, segment) in &own {
                let (from, payload) = (offset(segment), &segment.payload);
                if from > 1 << 20 {
                    continue;
                }
                stream.resize(stream.len().max(from + payload.len()), None);
                let bytes = &file.records[*at].data()[payload.clone()];
                let places = stream[from..].iter_mut().zip(bytes);
                places.for_each(|(place, byte)| *place = place.or(Some(*byte)));
            }
            let begins = |segment: &Segment| {
                let from = offset(segment);
                matches!(stream.get(from..from + 3), Some([Some(22), Some(3), Some(0..=4)]))
            };
            let Some(mut at) = own.iter().find(|(_, one)| begins(one)).map(|(_, one)| offset(one))
            else {
                continue;
            };
            let mut is_handshake = vec![false; stream.len()];
            // In TLS up to 1.2 each handshake of a side ends with one record behind ChangeCipherSpec.
            let (mut is_protected, mut finished, mut again) = (false, None, None);
            while let Some([Some(kind @ 20..=24), Some(3), Some(_), Some(high), Some(low)]) =
                stream.get(at..at + 5)
            {
                let end = at + 5 + (usize::from(*high) << 8 | usize::from(*low));
                if *kind == 22 {
                    let end = end.min(stream.len());
                    is_handshake[at..end].fill(true);
                    if is_protected && finished.is_some() {
                        again = again.or(Some(at));
                    }
                    finished = finished.or_else(|| is_protected.then_some(at));
                }
                is_protected |= *kind == 20;
                at = end;
            }
            for (at, segment) in own {
                let from = offset(segment);
                let mut bytes = segment.payload.clone().zip(from..);
                let first =
                    bytes.find(|(_, place)| is_handshake.get(*place).copied().unwrap_or(false));
                file.records[*at].handshake_before = first.map(|(place, _)| place);
                file.records[*at].is_late =
                    again.is_some_and(|again| from + segment.payload.len() > again);
            }
        }
    }
}
