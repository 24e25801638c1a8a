//! Interface descriptions of pcapng, and the meaning of their packets' timestamps.

use pcap_parser::{InterfaceDescriptionBlock, OptionCode};

use super::order::{Order, size};
use super::packet::{LinkType, Timestamp};

/// Option code of `if_fcslen` (draft-ietf-opsawg-pcapng section 4.2), which pcap-parser does not
/// name.
const IF_FCSLEN: OptionCode = OptionCode(13);

/// Length of an Interface Description Block without options, in bytes.
const WITHOUT_OPTIONS: usize = 20;

/// An Interface Description Block (section 4.2), as far as it matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// Bytes recorded of a packet; 0 is no limit.
    pub(super) snap_length: u32,
    /// Length in bytes; 0 where nothing is said.
    pub(super) frame_check_sequence: u8,
    pub(super) clock: Clock,
}

/// What an interface's description leaves open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    Options,
    Resolution(u8),
}

impl Interface {
    /// Takes what matters of a block, the last of each option.
    ///
    /// Options are looked up here, because pcap-parser's `if_tsoffset` is wrong in sections that
    /// are big-endian.
    pub(super) fn new(block: &InterfaceDescriptionBlock<'_>, order: Order) -> (Self, Option<Flaw>) {
        let mut interface = Self {
            link_type: LinkType(u16::try_from(block.linktype.0).unwrap_or_default()),
            snap_length: block.snaplen,
            frame_check_sequence: 0,
            clock: Clock::MICROSECONDS,
        };
        let mut flaw = None;
        // pcap-parser goes on after the end of options, and stops before one that does not fit.
        let end = block.options.iter().position(|option| option.code == OptionCode::EndOfOpt);
        let read: usize = block.options.iter().map(|option| 4 + option.value.len()).sum();
        let mut fit = end.is_some() || WITHOUT_OPTIONS + read == size(block.block_len1);
        for option in block.options.iter().take(end.unwrap_or(usize::MAX)) {
            match (option.code, option.as_bytes().unwrap_or_default()) {
                (OptionCode::IfTsresol, &[value]) => {
                    let resolution = Resolution::new(value);
                    if resolution == Resolution::Unusable {
                        flaw = flaw.or(Some(Flaw::Resolution(value)));
                    }
                    interface.clock.resolution = resolution;
                }
                // The specification says bits, its example is 4 and Wireshark takes bytes.
                (IF_FCSLEN, &[value]) => {
                    interface.frame_check_sequence = if value < 8 { value } else { value / 8 };
                }
                (OptionCode::IfTsoffset, value) if value.len() == 8 => {
                    let offset = value.first_chunk().map(|&bytes| order.i64(bytes));
                    interface.clock.offset = offset.unwrap_or_default();
                }
                (OptionCode::IfTsresol | OptionCode::IfTsoffset, _) => fit = false,
                _ => {}
            }
        }
        if !fit {
            flaw = Some(Flaw::Options);
            interface.clock.resolution = Resolution::Unusable;
        }
        (interface, flaw)
    }
}

/// How timestamps of an interface's packets count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Clock {
    resolution: Resolution,
    /// Seconds to add.
    offset: i64,
}

/// The unit of a timestamp, as a part of a second.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Resolution {
    /// A negative power of 2.
    Binary(u8),
    /// A negative power of 10.
    Decimal(u8),
    /// Finer than 64 bits of it can say; Wireshark has the same bounds.
    Unusable,
}

impl Resolution {
    fn new(value: u8) -> Self {
        match (value & 0x80, value & 0x7f) {
            (0, exponent @ 0..=19) => Self::Decimal(exponent),
            (0x80, exponent @ 0..=63) => Self::Binary(exponent),
            _ => Self::Unusable,
        }
    }
}

impl Clock {
    const MICROSECONDS: Self = Self { resolution: Resolution::Decimal(6), offset: 0 };

    /// When `high << 32 | low` units since the epoch were; `None` where that cannot be said.
    #[inline]
    pub(super) fn timestamp(self, high: u32, low: u32) -> Option<Timestamp> {
        let units = u64::from(high) << 32 | u64::from(low);
        if let Self { resolution: Resolution::Decimal(digits), offset: 0 } = self
            && let Some(finer) = 9_u8.checked_sub(digits)
            && let Ok(units) = i64::try_from(units)
            && let Some(nanoseconds) = units.checked_mul(10_i64.pow(finer.into()))
        {
            return Some(Timestamp { nanoseconds, digits });
        }
        let (nanoseconds, digits) = match self.resolution {
            Resolution::Decimal(exponent @ 0..=9) => {
                let unit = 10_i128.pow(u32::from(9 - exponent));
                (i128::from(units) * unit, exponent)
            }
            Resolution::Decimal(exponent) => {
                let units_per_nanosecond = 10_u64.pow(u32::from(exponent - 9));
                (i128::from(units / units_per_nanosecond), 9)
            }
            Resolution::Binary(exponent) => {
                // So many decimal digits tell two units apart: the exponent times log 2.
                let digits = (u32::from(exponent) * 30_103).div_ceil(100_000).min(9);
                let digits = u8::try_from(digits).unwrap_or(9);
                ((i128::from(units) * 1_000_000_000) >> exponent, digits)
            }
            Resolution::Unusable => return None,
        };
        let nanoseconds = nanoseconds + i128::from(self.offset) * 1_000_000_000;
        Some(Timestamp { nanoseconds: i64::try_from(nanoseconds).ok()?, digits })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use pcap_parser::{parse_interfacedescriptionblock_be, parse_interfacedescriptionblock_le};

    use super::*;

    fn clock(value: u8, offset: i64) -> Clock {
        Clock { resolution: Resolution::new(value), offset }
    }

    fn nanoseconds(clock: Clock, units: u64) -> Option<(i64, u8)> {
        let high = u32::try_from(units >> 32).unwrap();
        let low = u32::try_from(units & 0xffff_ffff).unwrap();
        clock.timestamp(high, low).map(|timestamp| (timestamp.nanoseconds, timestamp.digits))
    }

    #[test]
    fn timestamps_count_in_powers_of_ten_or_two() {
        assert_eq!(nanoseconds(clock(0, 0), 3), Some((3_000_000_000, 0)));
        assert_eq!(nanoseconds(clock(6, 0), 1_500_000), Some((1_500_000_000, 6)));
        assert_eq!(nanoseconds(clock(9, 0), 1), Some((1, 9)));
        assert_eq!(nanoseconds(clock(12, 0), 1_999), Some((1, 9)));
        assert_eq!(nanoseconds(clock(0x80 | 20, 0), 3 << 19), Some((1_500_000_000, 7)));
        assert_eq!(nanoseconds(clock(0x80, 0), 2), Some((2_000_000_000, 0)));
        assert_eq!(nanoseconds(clock(0x80 | 63, 0), u64::MAX), Some((1_999_999_999, 9)));
        assert_eq!(nanoseconds(clock(19, 0), u64::MAX), Some((1_844_674_407, 9)));
    }

    #[test]
    fn offset_is_signed_and_what_does_not_fit_is_none() {
        assert_eq!(nanoseconds(clock(6, -3600), 1), Some((-3_599_999_999_000, 6)));
        assert_eq!(nanoseconds(clock(6, i64::MAX), 0), None);
        assert_eq!(nanoseconds(clock(6, i64::MIN), u64::MAX), None);
        assert_eq!(nanoseconds(clock(0, 0), u64::MAX), None);
        assert_eq!(nanoseconds(clock(20, 0), 0), None);
        assert_eq!(nanoseconds(clock(0x80 | 64, 0), 0), None);
    }

    /// An Interface Description Block around fixed fields and options.
    fn read(order: Order, contents: &[&[u8]]) -> (Interface, Option<Flaw>) {
        let contents = contents.concat();
        let length = order.bytes(u32::try_from(contents.len() + 12).unwrap());
        let block = [&order.bytes(1), &length, contents.as_slice(), &length].concat();
        let (_, block) = match order {
            Order::Big => parse_interfacedescriptionblock_be(&block).unwrap(),
            Order::Little => parse_interfacedescriptionblock_le(&block).unwrap(),
        };
        Interface::new(&block, order)
    }

    #[test]
    fn options_are_read_in_the_sections_byte_order() {
        let fixed = [0, 1, 0, 0, 0, 0, 0, 96];
        let offset = [0, 14, 0, 8, 0, 0, 0, 0, 0, 0, 14, 16];
        let (interface, flaw) = read(Order::Big, &[&fixed, &offset, &[0, 13, 0, 1, 4, 0, 0, 0]]);
        assert_eq!(flaw, None);
        assert_eq!(interface.link_type, LinkType(1));
        assert_eq!(interface.snap_length, 96);
        assert_eq!(interface.frame_check_sequence, 4);
        assert_eq!(interface.clock, clock(6, 3600));
    }

    #[test]
    fn options_end_at_the_end_of_options_or_where_one_does_not_fit() {
        let fixed = [1, 0, 0, 0, 0, 0, 0, 0];
        let resolution = [9, 0, 1, 0, 9, 0, 0, 0];
        let another = [9, 0, 1, 0, 3, 0, 0, 0];
        let name = [2, 0, 5, 0, b'e', b't', b'h', b'0'];
        let little = |options: &[&[u8]]| {
            let (interface, flaw) = read(Order::Little, &[&[&fixed[..]], options].concat());
            (nanoseconds(interface.clock, 1).map(|(nanoseconds, _)| nanoseconds), flaw)
        };
        assert_eq!(little(&[&resolution]), (Some(1), None));
        assert_eq!(little(&[&resolution, &another]), (Some(1_000_000), None));
        assert_eq!(little(&[&resolution, &[0; 4], &another]), (Some(1), None));
        assert_eq!(little(&[&resolution, &[0; 4], &name]), (Some(1), None));
        // The value needs another four bytes.
        assert_eq!(little(&[&resolution, &name]), (None, Some(Flaw::Options)));
        assert_eq!(little(&[&[9, 0, 2, 0, 9, 0, 0, 0]]), (None, Some(Flaw::Options)));
    }

    #[test]
    fn base_two_resolutions_are_usable() {
        let fixed = [1, 0, 0, 0, 0, 0, 0, 0];
        let (interface, flaw) = read(Order::Little, &[&fixed, &[9, 0, 1, 0, 0x94, 0, 0, 0]]);
        assert_eq!((interface.clock, flaw), (clock(0x94, 0), None));
    }
}
