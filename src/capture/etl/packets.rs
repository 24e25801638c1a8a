//! Events of `pktmon` and of NDIS packet capture -> packets.

use hashbrown::HashMap;

use super::super::order::{Fields, Order, distance, size};
use super::super::packet::LinkType;
use super::event::{Event, Provider};
use super::store::{Place, Store};

const ETHERNET: LinkType = LinkType(1);
const RAW: LinkType = LinkType(101);
const IEEE802_11: LinkType = LinkType(105);

/// Packets of which parts are waited for at once.
const UNFINISHED: usize = 256;

/// What the events of a log say.
#[derive(Debug)]
pub(super) struct Packets {
    pub(super) store: Store,
    /// Kinds of the components of `pktmon`, by their ids.
    kinds: HashMap<u16, u16>,
    /// Packets in several events, by who writes them.
    unfinished: HashMap<Writer, Unfinished>,
    /// Longest packet, in bytes.
    longest: usize,
    pub(super) found: Found,
}

/// What was found beside packets.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Each provider wrote something.
    pub(super) ndis: bool,
    pub(super) pktmon: bool,
    /// Packets that Windows dropped.
    pub(super) dropped: u64,
    /// Events whose contents do not fit them.
    pub(super) malformed: u64,
    /// Parts of packets without the others.
    pub(super) fragments: u64,
    /// Longest packet that was cut, in bytes.
    pub(super) cut_to: Option<u32>,
    /// The bound of what is kept was reached.
    pub(super) is_full: bool,
}

/// The parts of a packet come from one processor and thread, one after the other.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Writer {
    processor: u16,
    process: u32,
    thread: u32,
    interface: u32,
}

#[derive(Debug)]
struct Unfinished {
    time: u64,
    data: Vec<u8>,
}

impl Packets {
    pub(super) fn new(store: Store, longest: usize) -> Self {
        let (kinds, unfinished) = (HashMap::new(), HashMap::new());
        Self { store, kinds, unfinished, longest, found: Found::default() }
    }

    /// Takes an event.
    pub(super) fn event(&mut self, event: &Event<'_>, processor: u16) {
        let read = match (event.provider, event.id) {
            (Provider::Pktmon, _) => {
                self.found.pktmon = true;
                self.pktmon(event)
            }
            (Provider::Ndis, _) => {
                self.found.ndis = true;
                self.ndis(event, processor)
            }
        };
        if read.is_none() {
            self.found.malformed += 1;
        }
    }

    /// No more events come.
    pub(super) fn finish(&mut self) {
        self.found.fragments += distance(self.unfinished.len());
        self.unfinished = HashMap::new();
        self.store.sort();
    }

    /// The components whose packets are used: adapters, or where none of them recorded, TCP/IP, or
    /// all where neither did. `None` are those of other providers.
    pub(super) fn wanted(&self) -> Wanted {
        const ADAPTER: u16 = 2;
        const PROTOCOL: u16 = 4;
        let recorded = |kind: u16| {
            self.store.entries().iter().any(|entry| match entry.place {
                Place::Component(id) => self.kinds.get(&id) == Some(&kind),
                Place::Layer(_) => false,
            })
        };
        Wanted([ADAPTER, PROTOCOL].into_iter().find(|&kind| recorded(kind)))
    }

    /// Whether the packets of a place are among them.
    pub(super) fn is_wanted(&self, Wanted(kind): Wanted, place: Place) -> bool {
        match (kind, place) {
            (Some(kind), Place::Component(id)) => self.kinds.get(&id) == Some(&kind),
            _ => true,
        }
    }

    fn pktmon(&mut self, event: &Event<'_>) -> Option<()> {
        const COMPONENT: u16 = 20;
        const PASSED: u16 = 160;
        const DROPPED: u16 = 170;
        let mut fields = Fields::new(event.payload, Order::Little);
        match event.id {
            COMPONENT => {
                let (id, kind) = (fields.u16()?, fields.u16()?);
                self.kinds.insert(id, kind);
            }
            DROPPED => self.found.dropped += 1,
            PASSED => {
                fields.take(14)?;
                let packet_type = fields.u16()?;
                let component = fields.u16()?;
                fields.take(12)?;
                let original = fields.u16()?;
                let logged = fields.u16()?;
                let link_type = match packet_type {
                    1 => Some(ETHERNET),
                    2 => Some(IEEE802_11),
                    3 => Some(RAW),
                    _ => None,
                };
                let data = fields.take(logged.into())?;
                if logged < original {
                    self.cut(logged.into());
                }
                let seen = (event.time, Place::Component(component));
                self.add(seen, link_type, data, original.into());
            }
            _ => {}
        }
        Some(())
    }

    fn ndis(&mut self, event: &Event<'_>, processor: u16) -> Option<()> {
        const FRAME: u16 = 1001;
        const SWITCH_FRAME: u16 = 1003;
        const FIRST: u64 = 0x4000_0000;
        const LAST: u64 = 0x8000_0000;
        const WWAN: u64 = 0x200;
        const NATIVE_802_11: u64 = 0x1_0000;
        const TRUNCATED: u64 = 0x200_0000;
        let mut fields = Fields::new(event.payload, Order::Little);
        let (interface, data) = match event.id {
            FRAME => {
                fields.take(4)?;
                let interface = fields.u32()?;
                let length = fields.u32()?;
                (interface, fields.take(size(length))?)
            }
            SWITCH_FRAME => {
                fields.take(4)?;
                let interface = fields.u32()?;
                fields.take(4)?;
                for _ in 0..3 {
                    while fields.u16()? != 0 {}
                }
                let destinations = size(fields.u32()?);
                fields.take(destinations.checked_mul(8)?)?;
                let length = fields.u32()?;
                (interface, fields.take(size(length))?)
            }
            _ => return Some(()),
        };
        let has = |keyword: u64| event.keywords & keyword != 0;
        let link_type = match event.id {
            SWITCH_FRAME => ETHERNET,
            _ if has(WWAN) => RAW,
            _ if has(NATIVE_802_11) => IEEE802_11,
            _ => ETHERNET,
        };
        let Event { process, thread, time, .. } = *event;
        let writer = Writer { processor, process, thread, interface };
        let before = match has(FIRST) {
            true => {
                if self.unfinished.remove(&writer).is_some() {
                    self.found.fragments += 1;
                }
                None
            }
            false => match self.unfinished.remove(&writer) {
                Some(before) => Some(before),
                None => {
                    self.found.fragments += 1;
                    return Some(());
                }
            },
        };
        let (time, whole) = match before {
            Some(Unfinished { time, data: mut whole }) => {
                if whole.len().saturating_add(data.len()) > self.longest {
                    self.found.fragments += 1;
                    return Some(());
                }
                whole.extend_from_slice(data);
                (time, Some(whole))
            }
            None => (time, None),
        };
        if !has(LAST) {
            if self.unfinished.len() >= UNFINISHED {
                self.found.fragments += 1;
                return Some(());
            }
            let data = whole.unwrap_or_else(|| data.to_vec());
            self.unfinished.insert(writer, Unfinished { time, data });
            return Some(());
        }
        let data = whole.as_deref().unwrap_or(data);
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        if has(TRUNCATED) {
            self.cut(length);
        }
        self.add((time, Place::Layer(interface)), Some(link_type), data, length);
        Some(())
    }

    fn add(
        &mut self,
        seen: (u64, Place),
        link_type: Option<LinkType>,
        data: &[u8],
        original_length: u32,
    ) {
        if !self.store.add(seen, link_type, data, original_length) {
            self.found.is_full = true;
        }
    }

    fn cut(&mut self, length: u32) {
        self.found.cut_to = self.found.cut_to.max(Some(length));
    }
}

/// The kind of components whose packets are used; all where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted(Option<u16>);
