//! What a capture file says of the program that recorded it.

use pcap_parser::OptionCode;
use pcap_parser::pcapng::PcapNGOption;

use super::order::{Order, size};

/// What a file says of its recorder; texts are hostile.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recorder {
    /// The program that wrote the file.
    pub program: Option<String>,
    /// The operating system it ran on.
    pub operating_system: Option<String>,
    /// Capture filters of the interfaces, in their order, each once.
    pub filters: Vec<String>,
    /// Most bytes recorded of a packet, where there was a limit: the smallest of all interfaces.
    pub snap_length: Option<u32>,
    /// Packets that the recorder says it lost.
    pub dropped: Option<u64>,
}

/// Most bytes of a text that are kept.
const TEXT: usize = 1 << 10;

/// Most filters that are kept: a recording has one an interface, and mostly the same.
const FILTERS: usize = 16;

/// Option codes (draft-ietf-opsawg-pcapng sections 4.1 to 4.3 and 4.6).
const SHB_OS: OptionCode = OptionCode(3);
const SHB_USERAPPL: OptionCode = OptionCode(4);
const IF_FILTER: OptionCode = OptionCode(11);
const IF_OS: OptionCode = OptionCode(12);
const ISB_IFDROP: OptionCode = OptionCode(5);
const ISB_OSDROP: OptionCode = OptionCode(7);

/// What was read of a recorder so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    recorder: Recorder,
    /// Packets lost before others, by what those say.
    before_packets: u64,
    /// Packets lost of each interface of the section, by its last statistics.
    of_interfaces: Vec<u64>,
    /// The same of earlier sections.
    of_sections: u64,
}

impl Notes {
    /// Of a classic capture, whose header says no more.
    pub(super) fn of_snap_length(snap_length: u32) -> Self {
        let snap_length = Some(snap_length).filter(|&length| length > 0);
        Self { recorder: Recorder { snap_length, ..Recorder::default() }, ..Self::default() }
    }

    /// What the file says; `None` where it says nothing.
    pub(super) fn recorder(&self) -> Option<Recorder> {
        let mut recorder = self.recorder.clone();
        // Both count the same losses, where a file has both.
        recorder.dropped =
            self.recorder.dropped.map(|_| self.before_packets.max(self.of_statistics()));
        (recorder != Recorder::default()).then_some(recorder)
    }

    fn of_statistics(&self) -> u64 {
        let interfaces = self.of_interfaces.iter().copied();
        interfaces.fold(self.of_sections, u64::saturating_add)
    }

    /// A section begins.
    pub(super) fn section(&mut self, options: &[PcapNGOption<'_>]) {
        self.of_sections = self.of_statistics();
        self.of_interfaces.clear();
        for option in up_to_end(options) {
            let value = option.as_bytes().unwrap_or_default();
            match option.code {
                SHB_OS => first(&mut self.recorder.operating_system, value),
                SHB_USERAPPL => first(&mut self.recorder.program, value),
                _ => {}
            }
        }
    }

    /// An interface is described.
    pub(super) fn interface(&mut self, snap_length: u32, options: &[PcapNGOption<'_>]) {
        if snap_length > 0 {
            let least = self.recorder.snap_length.unwrap_or(u32::MAX);
            self.recorder.snap_length = Some(least.min(snap_length));
        }
        for option in up_to_end(options) {
            let value = option.as_bytes().unwrap_or_default();
            match (option.code, value) {
                (IF_OS, _) => first(&mut self.recorder.operating_system, value),
                (IF_FILTER, [0, filter @ ..]) => self.filter(text(filter)),
                (IF_FILTER, [1, program @ ..]) => {
                    self.filter(Some(format!("compiled, {} bytes", program.len())));
                }
                _ => {}
            }
        }
    }

    /// Statistics of an interface, of which there are at most so many.
    pub(super) fn statistics(
        &mut self,
        interface: u32,
        limit: usize,
        options: &[PcapNGOption<'_>],
        order: Order,
    ) {
        let mut dropped: Option<u128> = None;
        for option in up_to_end(options) {
            if [ISB_IFDROP, ISB_OSDROP].contains(&option.code)
                && let Some(&count) = option.as_bytes().unwrap_or_default().first_chunk()
            {
                let count = order.u64(count);
                dropped = Some(dropped.unwrap_or_default() + u128::from(count));
            }
        }
        let (Some(dropped), interface) = (dropped, size(interface)) else { return };
        if interface < limit {
            if self.of_interfaces.len() <= interface {
                self.of_interfaces.resize(interface + 1, 0);
            }
            if let Some(known) = self.of_interfaces.get_mut(interface) {
                // Counted from the recording's beginning.
                *known = u64::try_from(dropped).unwrap_or(u64::MAX);
            }
            self.recorder.dropped = Some(0);
        }
    }

    /// Packets were lost before one.
    pub(super) fn lost(&mut self, packets: u64) {
        self.before_packets = self.before_packets.saturating_add(packets);
        self.recorder.dropped = Some(0);
    }

    fn filter(&mut self, filter: Option<String>) {
        let filters = &mut self.recorder.filters;
        if let Some(filter) = filter
            && filters.len() < FILTERS
            && !filters.contains(&filter)
        {
            filters.push(filter);
        }
    }
}

/// pcap-parser goes on after the end of options.
fn up_to_end<'a, 'b>(
    options: &'a [PcapNGOption<'b>],
) -> impl Iterator<Item = &'a PcapNGOption<'b>> {
    options.iter().take_while(|option| option.code != OptionCode::EndOfOpt)
}

fn first(place: &mut Option<String>, value: &[u8]) {
    if place.is_none() {
        *place = text(value);
    }
}

/// A text up to its bound, without what fills it up; `None` where it is empty.
fn text(value: &[u8]) -> Option<String> {
    let value = String::from_utf8_lossy(value.get(..TEXT).unwrap_or(value));
    let value = value.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    (!value.is_empty()).then(|| value.to_owned())
}
