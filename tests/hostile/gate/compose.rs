//! Files put together from recorded conversations, so that ports are used again, VLANs hold the
//! same addresses, and one connection is as it should be while another is not.

use std::net::SocketAddr;

use super::super::Random;
use super::file::{File, Record};
use super::known::Known;
use super::packet::{ACK, FIN, RST, Rewriting, Segment};

/// A recorded conversation of which everything is known.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) name: String,
    pub(super) known: Known,
    pub(super) keys: String,
    packets: Vec<(Record, Segment)>,
    client: SocketAddr,
    /// First sequence numbers of client and server.
    first: [u32; 2],
}

/// A file of several conversations.
pub(super) struct Composed {
    pub(super) name: String,
    /// How they stand to each other, to sort findings by.
    pub(super) kind: String,
    pub(super) file: File,
    pub(super) known: Vec<Known>,
    pub(super) keys: String,
}

/// How a conversation stands to the one before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Relation {
    /// From another port.
    OtherPort,
    /// To another server.
    OtherServer,
    /// In another VLAN, with the same addresses and ports.
    OtherVlan,
    /// On the same addresses and ports.
    Reused(End, Numbers),
}

/// How the conversation before ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    AsRecorded,
    /// Its end was not recorded, or there was none.
    None,
    ResetByClient,
    ResetByServer,
}

/// The first sequence numbers of a conversation on used ports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Numbers {
    Own,
    /// The client's follow the earlier conversation's, as where a socket leaves TIME-WAIT early.
    ClientAbove,
    /// Those of both.
    BothAbove,
}

impl Conversation {
    /// A conversation from a file that holds nothing else; plain Ethernet and IPv4.
    pub(super) fn of(name: &str, file: &File, known: &[Known], keys: &str) -> Option<Self> {
        let [known] = known else { return None };
        let mut packets = Vec::new();
        for at in file.packets() {
            let record = &file.records[at];
            record.owner?;
            let segment = Segment::of(record.data(), record.packet.as_ref()?.1)?;
            let is_plain = record.packet.as_ref()?.1 == 1
                && segment.vlans.is_empty()
                && segment.source.is_ipv4()
                && segment.is_whole(record.data());
            if !is_plain {
                return None;
            }
            packets.push((Record::of_frame(record.data().to_vec(), record), segment));
        }
        let (_, syn) = packets.first().filter(|(_, segment)| segment.is_first())?;
        let client = syn.source;
        let answer = packets.iter().find(|(_, segment)| segment.source != client)?;
        let first = [syn.sequence, answer.1.sequence];
        let (name, keys) = (name.to_owned(), keys.to_owned());
        Some(Self { name, known: known.clone(), keys, client, first, packets })
            .filter(|one| one.packets.len() <= 80)
    }

    /// The numbers that follow the last of client and server.
    fn after(&self) -> [u32; 2] {
        let mut after = self.first;
        for (_, segment) in &self.packets {
            let side = usize::from(segment.source != self.client);
            let next = segment.next();
            if next.wrapping_sub(after[side]) < 1 << 31 {
                after[side] = next;
            }
        }
        after
    }
}

/// Puts two or three conversations into one file.
pub(super) fn compose(all: &[Conversation], random: &mut Random) -> Composed {
    let count = if random.below(4) == 0 { 3 } else { 2 };
    let mut client: SocketAddr = "10.0.0.4:40000".parse().unwrap();
    let mut server: SocketAddr = "10.0.0.5:443".parse().unwrap();
    let mut vlan = (random.below(6) == 0).then_some(7);
    let mut after: Option<[u32; 2]> = None;
    let mut parts: Vec<Vec<Record>> = Vec::new();
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    let (mut known, mut keys) = (Vec::new(), String::new());
    let mut must_follow = Vec::new();
    let mut left: Vec<&Conversation> = all.iter().collect();
    for owner in 0..count {
        // Each once: twice the same handshake would be two recordings of one.
        let one = left.swap_remove(random.below(left.len()));
        let relation = match random.below(10) {
            _ if owner == 0 => Relation::OtherPort,
            0 => Relation::OtherPort,
            1 => Relation::OtherServer,
            2 | 3 => Relation::OtherVlan,
            _ => {
                let end = [
                    End::AsRecorded,
                    End::AsRecorded,
                    End::None,
                    End::ResetByClient,
                    End::ResetByServer,
                ];
                let numbers = [Numbers::Own, Numbers::ClientAbove, Numbers::BothAbove];
                Relation::Reused(end[random.below(5)], numbers[random.below(3)])
            }
        };
        let mut first = one.first;
        if owner == 0 {
            first = [first[0].wrapping_add(u32::MAX / 3), first[1]];
        }
        match relation {
            Relation::OtherPort => client.set_port(client.port() + 1),
            Relation::OtherServer => {
                server.set_ip([10, 0, 0, server_octet(server) + 1].into());
            }
            Relation::OtherVlan => vlan = Some(vlan.unwrap_or(10) + 1),
            Relation::Reused(end, numbers) => {
                if let (Some(before), Some(last)) = (after, parts.last_mut()) {
                    let reused: [Option<u32>; 2] = match numbers {
                        Numbers::Own => [None, None],
                        Numbers::ClientAbove => [Some(before[0].wrapping_add(65_537)), None],
                        Numbers::BothAbove => {
                            before.map(|number| Some(number.wrapping_add(65_537)))
                        }
                    };
                    first = [reused[0].unwrap_or(first[0]), reused[1].unwrap_or(first[1])];
                    finish(last, end, (client, server, vlan));
                }
            }
        }
        must_follow.push(matches!(relation, Relation::Reused(..)));
        let rewriting = Rewriting {
            client: (one.client, client),
            server,
            shift: [first[0].wrapping_sub(one.first[0]), first[1].wrapping_sub(one.first[1])],
            vlan,
            flags: None,
        };
        let tag = if vlan.is_some() { 4 } else { 0 };
        parts.push(
            one.packets
                .iter()
                .map(|(record, segment)| {
                    let frame = segment.rewritten(record.data(), &rewriting);
                    let mut part = Record::of_frame(frame, record);
                    part.owner = Some(owner);
                    part.handshake_before = record.handshake_before.map(|before| before + tag);
                    part
                })
                .collect(),
        );
        names.push(format!("{relation:?} {}", one.name));
        kinds.push(match relation {
            Relation::Reused(..) => "ports used again",
            Relation::OtherPort => "other port",
            Relation::OtherServer => "other server",
            Relation::OtherVlan => "other VLAN",
        });
        known.push(Known { endpoints: Some([client, server]), ..one.known.clone() });
        keys.push_str(&one.keys);
        keys.push('\n');
        let next = one.after();
        after = Some([0, 1].map(|side| next[side].wrapping_add(rewriting.shift[side])));
    }
    let file = File::of_frames(in_time(parts, &must_follow, random));
    let mut kinds: Vec<&str> = kinds.split_off(1);
    kinds.sort_unstable();
    kinds.dedup();
    let (name, kind) = (names.join(", "), kinds.join(", "));
    Composed { name, kind, file, known, keys }
}

fn server_octet(server: SocketAddr) -> u8 {
    match server.ip() {
        std::net::IpAddr::V4(address) => address.octets()[3],
        std::net::IpAddr::V6(_) => 0,
    }
}

/// Gives the conversation that stands last another end.
fn finish(
    packets: &mut Vec<Record>,
    end: End,
    (client, server, vlan): (SocketAddr, SocketAddr, Option<u16>),
) {
    if end == End::AsRecorded {
        return;
    }
    let segment = |record: &Record| Segment::of(record.data(), 1).unwrap();
    if let Some(fin) = packets.iter().position(|record| segment(record).flags & (FIN | RST) != 0) {
        packets.truncate(fin);
    }
    let by_client = match end {
        End::AsRecorded | End::None => return,
        End::ResetByClient => true,
        End::ResetByServer => false,
    };
    // From the last packet of that side: numbers as they are after it.
    let Some(like) =
        packets.iter().rev().find(|record| (segment(record).source == client) == by_client)
    else {
        return;
    };
    let last = segment(like);
    let shift = last.next().wrapping_sub(last.sequence);
    let tagged = like.data();
    let plain = match vlan {
        Some(_) => [&tagged[..12], &tagged[16..]].concat(),
        None => tagged.to_vec(),
    };
    let plain_segment = Segment::of(&plain, 1).unwrap();
    let shift = if by_client { [shift, 0] } else { [0, shift] };
    let rewriting =
        Rewriting { client: (client, client), server, shift, vlan, flags: Some(RST | ACK) };
    let mut reset = Record::of_frame(plain_segment.rewritten(&plain, &rewriting), like);
    (reset.handshake_before, reset.counts, reset.is_late) = (None, true, true);
    packets.push(reset);
}

/// The packets with times: those of connections that use ports again behind the ones before them,
/// others behind or between.
fn in_time(
    parts: Vec<Vec<Record>>,
    must_follow: &[bool],
    random: &mut Random,
) -> Vec<(u32, Record)> {
    let mut timed: Vec<(u32, Record)> = Vec::new();
    let mut end = 0;
    for (part, follows) in parts.into_iter().zip(must_follow) {
        let is_after = *follows || random.below(3) == 0;
        let mut time =
            if is_after { end + 50_000 } else { u32::try_from(random.below(20_000)).unwrap() };
        for record in part {
            time += 1 + u32::try_from(random.below(2_000)).unwrap();
            timed.push((time, record));
        }
        end = end.max(time);
    }
    timed.sort_by_key(|(time, _)| *time);
    timed
}
