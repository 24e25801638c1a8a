//! What the captures hold, layer by layer, for tests that need real bytes of one.
#![allow(dead_code, reason = "each test that includes this uses a part of it")]

pub(crate) mod log;

use std::path::{Path, PathBuf};

use mtls_witness::capture::{CaptureReader, Item, Packet};
use mtls_witness::flow::{FlowTable, Side, Stream};
use mtls_witness::limits::Limits;
use mtls_witness::net::{Decoder, Flags};
use mtls_witness::tls::{ContentType, HandshakeJoiner, HandshakeMessage, Probe, RecordHeader};

/// Every capture, in name order.
pub(crate) fn captures() -> Vec<PathBuf> {
    files("captures").into_iter().filter(|path| path.to_string_lossy().contains(".pcap")).collect()
}

/// Every file in a folder of the project, in name order.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(super::PROJECT).join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

/// Every file in a folder of the project and in the folders below it.
pub(crate) fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut paths = files(folder);
    let entries = std::fs::read_dir(Path::new(super::PROJECT).join(folder)).unwrap();
    for inner in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        paths.extend(files_below(inner.to_str().unwrap()));
    }
    paths
}

/// Calls `each` with every packet of a capture that can be read.
pub(crate) fn for_each_packet(path: &Path, mut each: impl FnMut(&Packet<'_>)) {
    let file = std::fs::File::open(path).unwrap();
    let Ok(mut reader) = CaptureReader::new(file, &Limits::default(), false) else { return };
    while let Ok(Some(item)) = reader.read() {
        if let Item::Packet(packet) = item {
            each(&packet);
        }
    }
}

/// What was sent, by both sides of every connection whose beginning is in the capture.
pub(crate) fn streams(path: &Path) -> Vec<[Stream; 2]> {
    let mut decoder = Decoder::new(&Limits::default());
    let mut table = FlowTable::<[Stream; 2]>::default();
    for_each_packet(path, |packet| {
        let Ok(segment) = decoder.decode(packet) else { return };
        let Some(located) = table.locate(&segment, Default::default) else { return };
        let stream = located.side.of_mut(located.value);
        let is_syn = segment.flags.contains(Flags::SYN);
        let sequence = segment.sequence.wrapping_add(is_syn.into());
        if is_syn {
            stream.start_at(sequence);
        }
        stream.push(sequence, segment.payload, segment.missing, packet.number);
    });
    table.into_values().collect()
}

/// The handshake messages in the clear at the beginning of one side's stream.
pub(crate) fn messages(mut stream: Stream) -> Vec<HandshakeMessage> {
    let mut joiner = HandshakeJoiner::new(1 << 20, 64);
    while let Probe::Is(header) = RecordHeader::probe(stream.readable())
        && header.content_type == ContentType::HANDSHAKE
    {
        let length = usize::from(header.length);
        let Some(fragment) = stream.readable().get(5..5 + length) else { break };
        let frame = stream.piece().map_or(0, |(_, frame)| frame);
        joiner.push(fragment, &[frame]);
        stream.consume(RecordHeader::LENGTH + u64::from(header.length));
    }
    joiner.drain().collect()
}

/// Who sent what in a capture's first connection, in the order of the packets.
pub(crate) fn dialogue(path: &Path) -> Vec<(Side, Vec<u8>)> {
    let mut decoder = Decoder::new(&Limits::default());
    let mut table = FlowTable::<()>::default();
    let mut turns = Vec::new();
    for_each_packet(path, |packet| {
        let Ok(segment) = decoder.decode(packet) else { return };
        let located = table.locate(&segment, || ());
        if let Some(located) = located
            && located.stream == Some(0)
            && !segment.payload.is_empty()
        {
            turns.push((located.side, segment.payload.to_vec()));
        }
    });
    turns
}
