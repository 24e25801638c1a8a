//! What the connections of each kind of file are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path as FilePath;

use super::conversation::{Conversation, Framing, Transfer, close_notify};
use super::keys::Keys;
use super::noise;
use super::random::Random;
use super::rebuilt::{Rebuilder, Rebuilt, Session};
use super::recorded::Recorded;
use super::truth::Truth;
use super::wire::Path;
use super::{Extent, Kind, Plan};

/// Connections that follow one another.
pub(crate) type Unit = Vec<Planted>;

/// A connection, and what is true of it.
#[derive(Debug)]
pub(crate) struct Planted {
    pub(crate) conversation: Conversation,
    pub(crate) path: Path,
    /// `None` where it is not TLS.
    pub(crate) truth: Option<Truth>,
    /// It resumes the session of the unit's first connection.
    pub(crate) is_resumption: bool,
    /// The segment with the client's certificate is not in the file.
    pub(crate) loses_certificate: bool,
    pub(crate) key_log: String,
}

/// Everything that connections are made from.
#[derive(Debug)]
pub(crate) struct Mix {
    plan: Plan,
    keys: Keys,
    scenarios: Vec<Scenario>,
}

/// Recorded connections that are planted together, so often.
#[derive(Debug)]
struct Scenario {
    weight: u64,
    first: Recorded,
    /// A connection that resumes the first one's session.
    resumption: Option<Recorded>,
}

/// Weight in a hundred, capture, whether its second connection resumes the first.
const SCENARIOS: &[(u64, &str, bool)] = &[
    (24, "tls12-client-certificate-p256.pcap", false),
    (6, "tls12-client-certificate.pcapng", false),
    (6, "tls12-client-certificate-rsa-pss-signature.pcap", false),
    (8, "tls12-client-certificate-go.pcap", false),
    (9, "tls12-declined.pcap", false),
    (9, "tls12-not-requested.pcapng", false),
    (6, "tls12-resumed-ticket.pcap", true),
    (4, "tls12-resumed-session-id.pcapng", true),
    (9, "tls13-client-certificate.pcapng", false),
    (5, "tls13-client-certificate-rsa.pcap", false),
    (5, "tls13-declined.pcapng", false),
    (5, "tls13-not-requested.pcap", false),
    (4, "tls13-resumed.pcapng", true),
];

/// Of connections whose secrets a reader has.
const TLS13_KEYS: &[(u64, &str, bool)] = &[
    (50, "tls13-client-certificate.pcapng", false),
    (25, "tls13-client-certificate-aes128-gcm.pcap", false),
    (25, "tls13-client-certificate-rsa.pcap", false),
];

/// The same certificates and kinds of signature in the clear.
const TLS12: &[(u64, &str, bool)] = &[
    (75, "tls12-client-certificate-p256.pcap", false),
    (25, "tls12-client-certificate-rsa-pss-signature.pcap", false),
];

/// Certificates that many connections present, and the others.
const COMMON_LEAVES: u64 = 16;
const OTHER_LEAVES: u64 = 4096;

/// Client hosts; one host's connections differ in the port.
const HOSTS: u64 = 50_000;

impl Mix {
    pub(crate) fn new(plan: &Plan, captures: &FilePath) -> Self {
        let scenarios = match plan.kind {
            Kind::Tls12 => TLS12,
            Kind::Tls13Keys => TLS13_KEYS,
            _ => SCENARIOS,
        };
        let scenarios = scenarios.iter().map(|&(weight, name, resumes)| {
            let mut first = Recorded::read(captures, name, 0);
            if plan.kind == Kind::Tls13Keys {
                let keys = captures.join(name).with_extension("keys");
                first.open(&std::fs::read_to_string(keys).unwrap());
            }
            let resumption = resumes.then(|| Recorded::read(captures, name, 1));
            Scenario { weight, first, resumption }
        });
        Self { plan: *plan, keys: Keys::new(plan.seed), scenarios: scenarios.collect() }
    }

    /// The unit of a number; the same for the same seed, whoever asks and when.
    pub(crate) fn unit(&self, number: u64) -> Unit {
        let random = &mut Random::new(self.plan.seed, number);
        match self.plan.kind {
            Kind::Noise if !random.percent(3) => vec![self.other(number, random)],
            Kind::Bulk => self.bulk(number, random),
            _ => self.handshakes(number, random),
        }
    }

    /// How many units make a file of kind `Bulk`.
    pub(crate) fn bulk_units(&self) -> u64 {
        let Extent::Bytes(size) = self.plan.extent else { return 8 };
        (size >> 24).max(4)
    }

    fn bulk(&self, number: u64, random: &mut Random) -> Unit {
        let mut unit = self.handshakes(number, random);
        unit.truncate(1);
        let Extent::Bytes(size) = self.plan.extent else { return unit };
        // Headers and acknowledgments take a twelfth.
        let bytes = size / self.bulk_units() * 11 / 12;
        let upload = bytes * random.below(100) / 100;
        for planted in &mut unit {
            let is_tls13 = planted.truth.as_ref().is_some_and(|truth| truth.is_tls13);
            let framing = Framing::Records { is_tls13 };
            for (from_client, bytes) in [(true, upload), (false, bytes - upload)] {
                planted.conversation.transfer(Transfer { from_client, bytes, framing });
            }
        }
        unit
    }

    fn handshakes(&self, number: u64, random: &mut Random) -> Unit {
        let mut weight = random.below(self.scenarios.iter().map(|it| it.weight).sum());
        let chosen = self.scenarios.iter().find(|scenario| {
            let is_it = weight < scenario.weight;
            weight = weight.saturating_sub(scenario.weight);
            is_it
        });
        let scenario = chosen.expect("a scenario");
        let mut path = path(number, random);
        if self.plan.kind == Kind::Messy {
            wrap(&mut path, random);
        }
        let first = self.rebuild(&scenario.first, None, random);
        let session = first.session.clone();
        let mut unit = vec![self.plant(first, path.clone(), false, random)];
        if let Some(resumption) = &scenario.resumption {
            for again in 0..=random.below(3) {
                let mut path = path.clone();
                path.client.set_port(path.client.port() + 20_000 + again as u16);
                let rebuilt = self.rebuild(resumption, Some(&session), random);
                unit.push(self.plant(rebuilt, path, true, random));
            }
        } else if self.plan.kind == Kind::Handshakes && random.percent(2) {
            // The same ports again, soon after they were free.
            let rebuilt = self.rebuild(&scenario.first, None, random);
            unit.push(self.plant(rebuilt, path, false, random));
        } else if self.plan.kind == Kind::Messy && random.percent(4) {
            unit.iter_mut().for_each(Planted::lose_certificate);
        }
        unit
    }

    fn rebuild(
        &self,
        recorded: &Recorded,
        resumes: Option<&Session>,
        random: &mut Random,
    ) -> Rebuilt {
        let leaf = if random.percent(70) {
            random.below(COMMON_LEAVES)
        } else {
            COMMON_LEAVES + random.below(OTHER_LEAVES)
        };
        let rebuilder = Rebuilder { keys: &self.keys, seed: self.plan.seed, leaf, resumes };
        rebuilder.rebuild(recorded, random)
    }

    fn plant(
        &self,
        rebuilt: Rebuilt,
        path: Path,
        is_resumption: bool,
        random: &mut Random,
    ) -> Planted {
        let is_tls13 = rebuilt.is_tls13;
        let framing = Framing::Records { is_tls13 };
        let mut protections = rebuilt.protections;
        let mut data =
            |from_client: bool, length: usize, random: &mut Random| match &mut protections {
                None => framing.frame(length, random),
                Some(protections) => {
                    protections[usize::from(from_client)].seal(0x17, &random.bytes(length))
                }
            };
        let mut turns = rebuilt.turns;
        turns.push((true, data(true, 200 + random.index(200), random)));
        turns.push((false, data(false, 300 + random.index(600), random)));
        let mut conversation = Conversation::new(turns, random);
        if self.plan.kind == Kind::HandshakesLive {
            conversation.stay_open();
        } else {
            for from_client in [true, false] {
                let bytes = match &mut protections {
                    None => close_notify(is_tls13, random),
                    Some(protections) => protections[usize::from(from_client)].seal(0x15, &[1, 0]),
                };
                conversation.close_with(from_client, bytes);
            }
        }
        let truth = Truth {
            stream: 0,
            client: path.client,
            server: path.server,
            status: rebuilt.told.status,
            reason: rebuilt.told.reason,
            possession: rebuilt.told.possession,
            sha1: rebuilt.leaf_sha1,
            resumed_from_stream: None,
            is_tls13,
        };
        Planted {
            conversation,
            path,
            truth: Some(truth),
            is_resumption,
            loses_certificate: false,
            key_log: rebuilt.key_log,
        }
    }

    fn other(&self, number: u64, random: &mut Random) -> Planted {
        let mut path = path(number, random);
        let (port, conversation) = noise::conversation(random);
        path.server.set_port(port);
        Planted {
            conversation,
            path,
            truth: None,
            is_resumption: false,
            loses_certificate: false,
            key_log: String::new(),
        }
    }
}

impl Planted {
    /// Has a certificate in the clear get lost, as in `tls12-gap-client-flight.pcap`.
    fn lose_certificate(&mut self) {
        if let Some(truth) = &mut self.truth
            && truth.status == "presented"
        {
            self.loses_certificate = true;
            truth.status = "obscured".to_owned();
            truth.reason = Some("gap".to_owned());
            truth.possession = None;
            truth.sha1 = None;
        }
    }
}

/// VLAN tags and fragments.
fn wrap(path: &mut Path, random: &mut Random) {
    for _ in 0..random.below(3) {
        path.vlans.push(1 + random.below(4000) as u16);
    }
    if random.percent(20) {
        path.fragment = Some(552);
    }
}

/// Addresses and ports that no other unit has.
fn path(number: u64, random: &mut Random) -> Path {
    // 7919 is prime, so every host comes once in turn; 997 does not divide 19,000.
    let host = (number % HOSTS * 7919 % HOSTS) as u32;
    let port = 20_000 + (number / HOSTS * 997 + number) % 19_000;
    let server = random.below(4) as u8 + 1;
    let (client, server) = if random.percent(10) {
        let client = Ipv6Addr::new(0xfd00, 0, 0, 4, 0, 0, (host >> 16) as u16, host as u16);
        let server = Ipv6Addr::new(0xfd00, 0, 0, 5, 0, 0, 0, server.into());
        (IpAddr::V6(client), IpAddr::V6(server))
    } else {
        let client = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 64, 0, 0)) + host);
        (IpAddr::V4(client), IpAddr::V4(Ipv4Addr::new(10, 0, 0, server)))
    };
    Path {
        client: SocketAddr::new(client, port as u16),
        server: SocketAddr::new(server, 443),
        vlans: Vec::new(),
        fragment: None,
    }
}
