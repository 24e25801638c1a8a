//! The same packet at several places of a host.

use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashMap;

use super::super::packet::LinkType;
use super::store::{Entry, Place, Store};

/// Places at which one packet is looked for; components of adapters are a few at most.
const PLACES: usize = 16;

/// Recognises packets that were seen already, at another place and at most a moment ago.
///
/// Only the IP packet is compared: the same one is Ethernet at one place and 802.11 at another. One
/// that comes again to where it was seen was sent again.
#[derive(Debug)]
pub(super) struct Copies {
    /// Packets of the moment and of the one before, by the hash of the IP packet.
    recent: HashMap<u64, Seen>,
    earlier: HashMap<u64, Seen>,
    /// When the moment began, and how long it is, in the log's own units.
    began: u64,
    moment: u64,
}

/// A packet, and where it was seen.
#[derive(Clone, Debug)]
struct Seen {
    /// Its place among the sorted ones.
    index: usize,
    time: u64,
    places: Vec<Place>,
}

impl Copies {
    pub(super) fn new(moment: u64) -> Self {
        Self { recent: HashMap::new(), earlier: HashMap::new(), began: 0, moment }
    }

    /// Whether the entry at `index` is a copy; asked in the order of time.
    pub(super) fn is_copy(&mut self, index: usize, entry: &Entry, store: &Store) -> bool {
        let packet = network_layer(entry, store);
        let mut hasher = DefaultHasher::new();
        packet.hash(&mut hasher);
        let hash = hasher.finish();
        if entry.time.saturating_sub(self.began) > self.moment {
            self.earlier = std::mem::take(&mut self.recent);
            self.began = entry.time;
        }
        if let Some(seen) = self.earlier.remove(&hash) {
            self.recent.entry(hash).or_insert(seen);
        }
        if let Some(seen) = self.recent.get_mut(&hash)
            && entry.time.saturating_sub(seen.time) <= self.moment
            && seen.places.len() < PLACES
            && !seen.places.contains(&entry.place)
            && store.get(seen.index).is_some_and(|first| network_layer(first, store) == packet)
        {
            seen.places.push(entry.place);
            return true;
        }
        self.recent.insert(hash, Seen { index, time: entry.time, places: vec![entry.place] });
        false
    }
}

/// The IP packet, without what pads the frame; the whole where none is found.
fn network_layer<'a>(entry: &Entry, store: &'a Store) -> &'a [u8] {
    let data = store.data(entry);
    let start = match entry.link_type {
        Some(LinkType(1)) => Some(14),
        Some(LinkType(105)) => ieee80211(data),
        _ => Some(0),
    };
    let packet = start.and_then(|start| data.get(start..));
    let Some(packet @ &[first, _, _, _, high, low, ..]) = packet else { return data };
    let is_ip = match (entry.link_type, start) {
        (Some(LinkType(1 | 105)), Some(start)) => {
            matches!(data.get(start.saturating_sub(2)..start), Some([0x08, 0x00] | [0x86, 0xdd]))
        }
        _ => true,
    };
    let length = match first >> 4 {
        4 if is_ip => {
            let [high, low] = [packet.get(2), packet.get(3)].map(|byte| byte.copied());
            u16::from_be_bytes([high.unwrap_or_default(), low.unwrap_or_default()]).into()
        }
        6 if is_ip => usize::from(u16::from_be_bytes([high, low])) + 40,
        _ => return data,
    };
    // A length of 0 is for the network card to fill in.
    packet.get(..length).filter(|packet| !packet.is_empty()).unwrap_or(packet)
}

/// Length of an 802.11 header with what stands between it and IP.
fn ieee80211(data: &[u8]) -> Option<usize> {
    let &[control, flags, ..] = data else { return None };
    let four_addresses = if flags & 0x03 == 0x03 { 6 } else { 0 };
    let quality_of_service = match (control & 0x80 != 0, flags & 0x80 != 0) {
        (false, _) => 0,
        (true, false) => 2,
        (true, true) => 6,
    };
    Some(24 + four_addresses + quality_of_service + 8)
}
