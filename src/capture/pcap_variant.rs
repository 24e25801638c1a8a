//! Variants of classic pcap that differ in the record header, some under the standard magic.

use super::order::{Fields, Order, size};
use super::pcap::{RECORD_HEADER, Record};

/// Records that are looked at.
const RECORDS: usize = 3;

/// Largest plausible length on the wire, in bytes: that of the longest D-Bus message.
const LONGEST_PACKET: u32 = 128 << 20;

/// Largest plausible interface number of a machine of 1999.
const INTERFACES: u32 = 10_000;

/// How the record headers of a file look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Variant {
    /// Kuznetsov's patches of April and October 1999.
    Modified,
    /// Kuznetsov's patch of September 1999.
    ModifiedSeptember,
    /// Nokia IPSO.
    Nokia,
    Standard,
}

impl Variant {
    /// Length of a record header, in bytes.
    pub(super) fn record_header(self) -> usize {
        match self {
            Self::Standard => RECORD_HEADER,
            Self::Nokia => 20,
            Self::Modified => 24,
            Self::ModifiedSeptember => 28,
        }
    }

    /// The variant that the first records show: another than this one only where they do not look
    /// like this one's, and look in all ways like that one's.
    ///
    /// Wireshark takes the least bad one. A damaged file must not be read as something exotic.
    pub(super) fn confirm(
        self,
        records: &[u8],
        order: Order,
        snap_length: u32,
        limit: usize,
    ) -> Self {
        let others: &[Self] = match self {
            Self::Standard => &[Self::Modified, Self::Nokia],
            _ => &[Self::ModifiedSeptember],
        };
        let fits = |variant: Self| variant.fits(records, order, snap_length, limit);
        if fits(self) || records.is_empty() {
            return self;
        }
        others.iter().copied().find(|&variant| fits(variant)).unwrap_or(self)
    }

    fn fits(self, mut records: &[u8], order: Order, snap_length: u32, limit: usize) -> bool {
        for _ in 0..RECORDS {
            if records.is_empty() {
                break;
            }
            let Some((header, rest)) = records.split_at_checked(self.record_header()) else {
                return false;
            };
            let Some(record) = Record::read(header, order) else { return false };
            let captured = size(record.first);
            let plausible = record.fraction < 1_000_000
                && captured <= limit
                && record.first <= snap_length
                && record.first <= record.second
                && record.second <= LONGEST_PACKET
                && self.extra_fits(header, order).unwrap_or(false);
            let Some(next) = rest.get(captured..) else { return false };
            if !plausible {
                return false;
            }
            records = next;
        }
        true
    }

    /// Whether the fields beyond the common ones look right.
    fn extra_fits(self, header: &[u8], order: Order) -> Option<bool> {
        let mut fields = Fields::new(header.get(RECORD_HEADER..)?, order);
        match self {
            Self::Standard => Some(true),
            Self::Nokia => {
                let mark = fields.u32()?;
                Some(
                    mark & 0x0fff_00f0 == 0x0fbf_0000
                        && matches!(mark >> 28, 0x9 | 0xb)
                        && matches!(mark >> 12 & 0xf, 0xb | 0xd)
                        && matches!(mark >> 8 & 0xf, 0x6 | 0x9)
                        && matches!(mark & 0xf, 0x1 | 0x2),
                )
            }
            Self::Modified | Self::ModifiedSeptember => {
                let interface = fields.u32()?;
                let protocol = fields.u16()?;
                let [packet_type] = fields.array()?;
                Some(
                    interface <= INTERFACES
                        && matches!(protocol, 0..=0x17 | 0x60 | 0x200 | 0x400 | 0x600..)
                        && packet_type <= 4,
                )
            }
        }
    }
}
