//! The options of a packet.

use pcap_parser::pcapng::{parse_option_be, parse_option_le};
use pcap_parser::{OptionCode, PcapError};

use crate::capture::order::{Fields, Order};

/// Option code of an Enhanced Packet Block's flags (section 4.3).
const EPB_FLAGS: OptionCode = OptionCode(2);

/// Option code of the packets lost before one.
const EPB_DROPCOUNT: OptionCode = OptionCode(4);

/// What the options of a packet say (section 4.3).
#[derive(Debug, Default)]
pub(super) struct PacketOptions {
    /// The FCS length of its flags (section 4.3.1), in bytes, where they state one.
    pub(super) frame_check_sequence: Option<u8>,
    /// Packets of its interface that were lost since the one before.
    pub(super) lost: u64,
}

impl PacketOptions {
    pub(super) fn read(options: Fields<'_>, order: Order) -> Self {
        let mut found = Self::default();
        let mut options = options.rest();
        loop {
            let option = match order {
                Order::Big => parse_option_be::<PcapError<&[u8]>>(options),
                Order::Little => parse_option_le(options),
            };
            let Ok((rest, option)) = option else { return found };
            let value = option.as_bytes().unwrap_or_default();
            match option.code {
                OptionCode::EndOfOpt => return found,
                EPB_FLAGS => {
                    let flags = value.first_chunk().map(|&flags| order.u32(flags));
                    let length = flags.and_then(|flags| u8::try_from(flags >> 5 & 0xf).ok());
                    found.frame_check_sequence = length.filter(|&length| length > 0);
                }
                EPB_DROPCOUNT => {
                    found.lost = value.first_chunk().map_or(0, |&count| order.u64(count));
                }
                _ => {}
            }
            options = rest;
        }
    }
}
