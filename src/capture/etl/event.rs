//! An event of a provider with a manifest (EVENT_HEADER).

use super::super::order::{Fields, Order};

/// Length of the header, in bytes.
const HEADER: usize = 0x50;

/// Microsoft-Windows-NDIS-PacketCapture, which `netsh trace` and `New-NetEventSession` record with.
const NDIS: [u8; 16] = *b"\x6e\x00\xd6\x2e\x29\x47\x09\x46\xb4\x23\x3e\xe7\xbc\xd6\x78\xef";

/// Microsoft-Windows-PktMon.
const PKTMON: [u8; 16] = *b"\xd9\x80\x4f\x4d\xbd\xc8\x73\x4d\xbb\x5b\x19\xc9\x04\x02\xc5\xac";

/// Who writes packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Provider {
    Ndis,
    Pktmon,
}

/// One event of a provider that writes packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    pub(super) provider: Provider,
    pub(super) id: u16,
    /// When, in the log's own units.
    pub(super) time: u64,
    pub(super) keywords: u64,
    pub(super) process: u32,
    pub(super) thread: u32,
    pub(super) payload: &'a [u8],
}

impl<'a> Event<'a> {
    /// `None` where it is another provider's; `Some(None)` where it does not fit its record.
    pub(super) fn read(record: &'a [u8]) -> Option<Option<Self>> {
        let provider = match record.get(0x18..0x28) {
            Some(provider) if provider == NDIS => Provider::Ndis,
            Some(provider) if provider == PKTMON => Provider::Pktmon,
            _ => return None,
        };
        Some(Self::of(provider, record))
    }

    fn of(provider: Provider, record: &'a [u8]) -> Option<Self> {
        const EXTENDED: u16 = 0x0001;
        let (header, mut payload) = record.split_at_checked(HEADER)?;
        let mut fields = Fields::new(header, Order::Little);
        fields.take(4)?;
        let flags = fields.u16()?;
        fields.take(2)?;
        let thread = fields.u32()?;
        let process = fields.u32()?;
        let time = fields.u64()?;
        fields.take(16)?;
        let id = fields.u16()?;
        fields.take(6)?;
        let keywords = fields.u64()?;
        let mut another = flags & EXTENDED != 0;
        while another {
            let mut item = Fields::new(payload, Order::Little);
            let length = usize::from(item.u16()?);
            item.take(2)?;
            another = item.u16()? & 1 != 0;
            payload = payload.get(length..).filter(|_| length >= 8)?;
        }
        Some(Self { provider, id, time, keywords, process, thread, payload })
    }
}
