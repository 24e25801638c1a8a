//! One recorded packet.

/// A link-layer header type, as registered for pcap and pcapng (`LINKTYPE_` values).
///
/// Host byte order; the class and FCS bits of a pcap header are already masked off.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LinkType(pub u16);

/// When a packet was recorded.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp {
    /// Nanoseconds since 1970-01-01T00:00:00 UTC; finer resolutions are rounded down.
    pub nanoseconds: i64,
    /// Decimal digits of a second that the capture records, 0 to 9.
    pub digits: u8,
}

/// One packet of a capture.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Number in its file, from 1, as Wireshark counts frames; in an Event Trace Log, as it counts
    /// those of the file that `pktmon etl2pcap` makes of it.
    pub number: u64,
    /// When it was recorded; `None` where the capture does not say (Simple Packet Blocks).
    pub timestamp: Option<Timestamp>,
    /// What `data` begins with.
    pub link_type: LinkType,
    /// Bytes of frame check sequence at the end of an uncut packet, where the capture says so.
    pub frame_check_sequence: u8,
    /// The recorded bytes.
    pub data: &'a [u8],
    /// Length on the wire, in bytes; more than `data` where the snap length cut the packet.
    pub original_length: u32,
}
