//! `segmentation`.

use super::choices::Choices;
use super::pieces::Pieces;
use super::witness::{answer, check_settled, examine};
use crate::limits::Limits;

/// Records a dialogue, which the input describes, as a TCP connection: once with a segment for each
/// turn, again in many, and again with one of those missing. Promised: where two of them say
/// something for sure, they say the same.
pub fn segmentation(input: &[u8]) {
    let mut choices = Choices::new(input);
    let Some(lost) = choices.u16().map(u64::from) else { return };
    let turns = turns(&mut choices);
    let whole = said(Recording::of(&turns, Cut::default()));
    // Single bytes cost a packet each.
    for most in [if input.len() < 2000 { 1 } else { 16 }, 200] {
        let cut = Cut { most: Some(most), seed: lost, lost: None };
        for cut in [cut, Cut { lost: Some(lost), ..cut }] {
            if let (Some(whole), Some(said)) = (&whole, said(Recording::of(&turns, cut))) {
                assert_eq!(*whole, said, "{cut:?}");
            }
        }
    }
}

/// How a dialogue is cut into segments.
#[derive(Clone, Copy, Debug, Default)]
struct Cut {
    /// Most bytes of a segment; `None` leaves each turn whole.
    most: Option<u64>,
    seed: u64,
    /// Which segment is not recorded, counted round.
    lost: Option<u64>,
}

/// What is sure of the connection in a capture.
fn said(file: Vec<u8>) -> Option<Vec<u8>> {
    let evidence = examine(&file, Limits::default());
    check_settled(&file, &evidence);
    answer(evidence.connections.first()?)
}

/// Who says what, one after the other.
fn turns<'a>(choices: &mut Choices<'a>) -> Vec<(bool, &'a [u8])> {
    let mut turns = Vec::new();
    while let Some(length) = choices.u16() {
        turns.push((length & 0x8000 == 0, choices.bytes(usize::from(length & 0x7fff))));
    }
    turns
}

/// A capture being written: classic pcap with IPv4 packets.
#[derive(Debug)]
struct Recording {
    file: Vec<u8>,
    /// Next sequence numbers of the client and the server.
    next: [u32; 2],
}

impl Recording {
    fn of(turns: &[(bool, &[u8])], cut: Cut) -> Vec<u8> {
        let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        file.extend([0, 0, 4, 0, 228, 0, 0, 0]);
        let mut recording = Self { file, next: [u32::MAX - 20, 7] };
        recording.packet(true, 0x02, &[]);
        recording.packet(false, 0x12, &[]);
        let mut segments = turns.to_vec();
        if let Some(most) = cut.most {
            let pieces = |bytes| Pieces::new(bytes, most, cut.seed);
            let cut = turns.iter().flat_map(|&(from_client, bytes)| {
                pieces(bytes).map(move |piece| (from_client, piece))
            });
            segments = cut.collect();
        }
        let count = u64::try_from(segments.len()).unwrap_or(u64::MAX).max(1);
        for ((from_client, piece), number) in segments.into_iter().zip(0..) {
            let before = recording.file.len();
            recording.packet(from_client, 0x18, piece);
            if cut.lost.is_some_and(|lost| lost % count == number) {
                recording.file.truncate(before);
            }
        }
        recording.packet(true, 0x11, &[]);
        recording.packet(false, 0x11, &[]);
        recording.file
    }

    fn packet(&mut self, from_client: bool, flags: u8, payload: &[u8]) {
        const CLIENT: [u8; 4] = [10, 0, 0, 4];
        const SERVER: [u8; 4] = [10, 0, 0, 5];
        let [client, server] = &mut self.next;
        let (own, other, addresses, ports) = if from_client {
            (client, server, [CLIENT, SERVER], [[0xc3, 0x50], [1, 0xbb]])
        } else {
            (server, client, [SERVER, CLIENT], [[1, 0xbb], [0xc3, 0x50]])
        };
        let length = u16::try_from(40 + payload.len()).unwrap_or_default();
        let [high, low] = length.to_be_bytes();
        let recorded = u32::from(length).to_le_bytes();
        for part in [
            [0; 8].as_slice(),
            &recorded,
            &recorded,
            &[0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0],
            addresses.as_flattened(),
            ports.as_flattened(),
            &own.to_be_bytes(),
            &other.to_be_bytes(),
            &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
            payload,
        ] {
            self.file.extend_from_slice(part);
        }
        let consumed = u32::from(length - 40) + u32::from(flags & 3 != 0);
        *own = own.wrapping_add(consumed);
    }
}
