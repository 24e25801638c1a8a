//! Packets that give no segment, each counted once, and what of a file was not read.

mod kind;
mod link_types;

use hashbrown::HashMap;

use self::kind::{Class, Datagram, Kind};
use super::anomaly::{Anomalies, code};
use super::evidence::{CaptureSummary, Incomplete, NotFollowed};
use crate::capture::{Damage, Fault, LinkType, Packet};
use crate::net::{Carried, Decoder, GivenUp, PlainDatagram, Skipped};

/// Kinds of packets that are not followed and listed; packets of further ones are counted together.
///
/// That a port is in use says something; a list of all ports of a telephone exchange does not.
const KINDS: usize = 50;

/// Damages of a file that are listed among what is incomplete; the anomalies have more.
const DAMAGES: usize = 16;

/// What of a file was not followed to TCP, and why.
#[derive(Debug, Default)]
pub(super) struct PassedOver {
    other: u64,
    unreadable: u64,
    kinds: HashMap<Kind, Listed>,
    further: u64,
    /// Link types without a reader, in the order of their first packets.
    link_types: Vec<(LinkType, Count)>,
    malformed: Option<Count>,
    cut: Option<Count>,
    fragments: Option<Count>,
    dtls: Option<Count>,
    damages: Vec<Incomplete>,
    /// Frames before the file at hand.
    before: u64,
}

/// Packets, and the first of them.
#[derive(Clone, Copy, Debug)]
struct Count {
    packets: u64,
    first_frame: u64,
}

/// A kind of packets that is listed.
#[derive(Debug)]
struct Listed {
    count: Count,
    /// What one of its datagrams shows to be in it.
    datagram: Option<Datagram>,
}

impl PassedOver {
    /// Counts a packet that gives no segment, the last one decoded; `frame` is its number in its
    /// file.
    pub(super) fn note(
        &mut self,
        skipped: Skipped,
        packet: &Packet<'_>,
        decoder: &mut Decoder,
        frame: u64,
    ) {
        self.before = packet.number.saturating_sub(frame);
        let count = Count { packets: decoder.packets(), first_frame: frame };
        match skipped {
            Skipped::NotTcp(carried) => {
                let datagram = Datagram::recognise(decoder.udp_payload(packet));
                self.carried(carried, datagram, count);
            }
            Skipped::LinkType(link_type) => self.link_type(link_type, count),
            Skipped::TcpQuoted => self.other += count.packets,
            // A guess at a tunnel that was none: the other port says what it is.
            Skipped::Cut | Skipped::Malformed(_) | Skipped::TooManyLayers
                if decoder.udp_ports().is_some_and(kind::is_plain_service) =>
            {
                self.other += count.packets;
            }
            Skipped::Cut | Skipped::TcpHeaderCut => {
                self.unreadable += count.packets;
                Count::add(&mut self.cut, count);
            }
            // No host accepts it, so that nothing is hidden in it.
            Skipped::TcpMalformed => self.unreadable += count.packets,
            Skipped::FragmentConflict | Skipped::FragmentHeld | Skipped::FragmentPoolFull => {}
            _ => {
                self.unreadable += count.packets;
                Count::add(&mut self.malformed, count);
            }
        }
        decoder.given_up().for_each(|one| self.given_up(&one));
    }

    /// Counts a plain packet with UDP; `frame` is its number in its file.
    pub(super) fn datagram(&mut self, datagram: &PlainDatagram<'_>, frame: u64) {
        let count = Count { packets: 1, first_frame: frame };
        self.carried(Carried::Udp(datagram.ports), Datagram::recognise(datagram.payload), count);
    }

    /// Counts the fragments that wait where a file ends.
    pub(super) fn end_file(&mut self, decoder: &mut Decoder) {
        decoder.end_file();
        decoder.given_up().for_each(|one| self.given_up(&one));
    }

    /// Notes damage of the file behind which something may not have been read.
    pub(super) fn damage(&mut self, damage: &Damage) {
        if damage.hides_packets && self.damages.len() < DAMAGES {
            let code = match damage.fault {
                Fault::Cut { .. } | Fault::LogBuffersMissing { .. } => code::TRUNCATED_FILE,
                Fault::Expansion(_) | Fault::SortLimit(_) => code::LIMIT_REACHED,
                _ => code::DAMAGED_FILE,
            };
            let detail = damage.to_string();
            self.damages.push(Incomplete { code, frame: Some(damage.frame), detail });
        }
    }

    fn given_up(&mut self, one: &GivenUp) {
        let first_frame = one.first_frame.saturating_sub(self.before);
        let count = Count { packets: one.packets, first_frame };
        if let Some(carried) = one.carried {
            return self.carried(carried, None, count);
        }
        self.unreadable += count.packets;
        Count::add(&mut self.fragments, count);
    }

    fn carried(&mut self, carried: Carried, datagram: Option<Datagram>, count: Count) {
        if datagram == Some(Datagram::Dtls) {
            Count::add(&mut self.dtls, count);
        }
        match Class::of(carried, datagram) {
            Class::Other => self.other += count.packets,
            Class::NotFollowed(kind) => self.not_followed(kind, datagram, count),
        }
    }

    fn link_type(&mut self, link_type: LinkType, count: Count) {
        match self.link_types.iter_mut().find(|(known, _)| *known == link_type) {
            Some((_, known)) => known.packets += count.packets,
            None => self.link_types.push((link_type, count)),
        }
        if link_types::can_carry_ip(link_type) {
            self.not_followed(Kind::LinkType(link_type), None, count);
        } else {
            self.other += count.packets;
        }
    }

    fn not_followed(&mut self, kind: Kind, datagram: Option<Datagram>, count: Count) {
        if let Some(listed) = self.kinds.get_mut(&kind) {
            listed.count.packets += count.packets;
            listed.datagram = listed.datagram.or(datagram);
        } else if self.kinds.len() < KINDS {
            self.kinds.insert(kind, Listed { count, datagram });
        } else {
            self.further += count.packets;
        }
    }

    /// Whether packets may belong to connections that cannot be read so far as to tell which.
    pub(super) fn has_unreadable(&self) -> bool {
        self.malformed.is_some() || self.cut.is_some() || self.fragments.is_some()
    }

    /// Says what was counted. `summary.coverage` then lacks the packets of TCP connections only.
    pub(super) fn report(self, anomalies: &mut Anomalies, summary: &mut CaptureSummary) {
        let incomplete = &mut summary.incomplete;
        incomplete.extend(self.damages);
        let mut add = |code, Count { first_frame, .. }: Count, hides: bool, detail: String| {
            anomalies.add(code, Some(first_frame), None, detail.clone());
            if hides {
                incomplete.push(Incomplete { code, frame: Some(first_frame), detail });
            }
        };
        for (link_type, count) in self.link_types {
            let detail = format!(
                "{} packets of {} were passed over",
                count.packets,
                link_types::name(link_type)
            );
            let hides = link_types::can_carry_ip(link_type);
            add(code::UNSUPPORTED_LINK_TYPE, count, hides, detail);
        }
        if let Some(count) = self.malformed {
            let detail =
                format!("{} packets with malformed headers were passed over", count.packets);
            add(code::MALFORMED_PACKETS, count, true, detail);
        }
        if let Some(count) = self.cut {
            let detail =
                format!("{} packets were cut before the end of their TCP header", count.packets);
            add(code::TRUNCATED_PACKETS, count, true, detail);
        }
        if let Some(count) = self.fragments {
            let detail = format!("{} IP fragments could not be put together", count.packets);
            add(code::FRAGMENTS_GIVEN_UP, count, true, detail);
        }
        if let Some(count) = self.dtls {
            let detail = format!("{} UDP datagrams carry DTLS, which is not read", count.packets);
            add(code::DTLS_NOT_READ, count, false, detail);
        }
        incomplete.sort_by_key(|one| one.frame);

        let coverage = &mut summary.coverage;
        coverage.other = self.other;
        coverage.unreadable = self.unreadable;
        coverage.not_followed_further = self.further;
        coverage.not_followed = self
            .kinds
            .into_iter()
            .map(|(kind, Listed { count, datagram })| NotFollowed {
                what: kind.name(datagram),
                packets: count.packets,
                first_frame: count.first_frame,
            })
            .collect();
        coverage
            .not_followed
            .sort_by(|a, b| (a.first_frame, &a.what).cmp(&(b.first_frame, &b.what)));
    }
}

impl Count {
    fn add(sum: &mut Option<Self>, count: Self) {
        let first_frame = count.first_frame;
        let sum = sum.get_or_insert(Self { packets: 0, first_frame });
        sum.packets += count.packets;
        sum.first_frame = sum.first_frame.min(first_frame);
    }
}
