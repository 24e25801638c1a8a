//! Interface descriptions of pcapng, and the meaning of their packets' timestamps.

use super::order::{Fields, Order};
use super::packet::{LinkType, Timestamp};

/// Option codes (draft-ietf-opsawg-pcapng sections 3.5 and 4.2).
const OPT_ENDOFOPT: u16 = 0;
const IF_TSRESOL: u16 = 9;
const IF_FCSLEN: u16 = 13;
const IF_TSOFFSET: u16 = 14;

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
    /// Reads a block's contents; `None` where they are too short for the fixed fields.
    pub(super) fn read(contents: &[u8], order: Order) -> Option<(Self, Option<Flaw>)> {
        let mut fields = Fields::new(contents, order);
        let link_type = LinkType(fields.u16()?);
        let _reserved = fields.u16()?;
        let snap_length = fields.u32()?;
        let mut interface =
            Self { link_type, snap_length, frame_check_sequence: 0, clock: Clock::MICROSECONDS };
        let mut flaw = None;
        for option in Options::new(fields.rest(), order) {
            match option {
                Some((IF_TSRESOL, &[value])) => {
                    let resolution = Resolution::new(value);
                    if resolution == Resolution::Unusable {
                        flaw = flaw.or(Some(Flaw::Resolution(value)));
                    }
                    interface.clock.resolution = resolution;
                }
                // The specification says bits, its example is 4 and Wireshark takes bytes.
                Some((IF_FCSLEN, &[value])) => {
                    interface.frame_check_sequence = if value < 8 { value } else { value / 8 };
                }
                Some((IF_TSOFFSET, value)) if value.len() == 8 => {
                    let offset = value.first_chunk().map(|&bytes| order.i64(bytes));
                    interface.clock.offset = offset.unwrap_or_default();
                }
                None | Some((IF_TSRESOL | IF_TSOFFSET, _)) => {
                    flaw = Some(Flaw::Options);
                    interface.clock.resolution = Resolution::Unusable;
                    break;
                }
                Some(_) => {}
            }
        }
        Some((interface, flaw))
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

/// The options of a block (section 3.5): code and value without padding, up to the end of options;
/// one `None` where an option does not fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    fields: Fields<'a>,
}

impl<'a> Options<'a> {
    pub(super) fn new(bytes: &'a [u8], order: Order) -> Self {
        Self { fields: Fields::new(bytes, order) }
    }

    fn read(&mut self) -> Option<(u16, &'a [u8])> {
        let code = self.fields.u16()?;
        let length = usize::from(self.fields.u16()?);
        let padded = self.fields.take(length.next_multiple_of(4))?;
        Some((code, padded.get(..length)?))
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Option<(u16, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.fields.rest().is_empty() {
            return None;
        }
        let option = self.read();
        if matches!(option, None | Some((OPT_ENDOFOPT, _))) {
            self.fields = Fields::new(&[], Order::Little);
        }
        (!matches!(option, Some((OPT_ENDOFOPT, _)))).then_some(option)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

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

    #[test]
    fn options_end_at_the_end_of_options_or_where_one_does_not_fit() {
        let bytes = [9, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7, 7];
        let options: Vec<_> = Options::new(&bytes, Order::Little).collect();
        assert_eq!(options, [Some((9, [6].as_slice()))]);
        let options: Vec<_> = Options::new(&[9, 0, 5, 0, 6, 0, 0, 0], Order::Little).collect();
        assert_eq!(options, [None]);
    }

    #[test]
    fn options_are_read_in_the_sections_byte_order() {
        let fixed = [0, 1, 0, 0, 0, 0, 0, 96];
        let offset = [0, 14, 0, 8, 0, 0, 0, 0, 0, 0, 14, 16];
        let block = [fixed.as_slice(), &offset, &[0, 13, 0, 1, 4, 0, 0, 0]].concat();
        let (interface, flaw) = Interface::read(&block, Order::Big).unwrap();
        assert_eq!(flaw, None);
        assert_eq!(interface.link_type, LinkType(1));
        assert_eq!(interface.snap_length, 96);
        assert_eq!(interface.frame_check_sequence, 4);
        assert_eq!(interface.clock, clock(6, 3600));
        let (interface, flaw) = Interface::read(block.get(..18).unwrap(), Order::Big).unwrap();
        assert_eq!(flaw, Some(Flaw::Options));
        assert_eq!(interface.clock.timestamp(0, 0), None);
    }
}
