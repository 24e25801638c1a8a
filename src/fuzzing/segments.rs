//! `segmentation`.

use super::choices::Choices;
use super::pieces::Pieces;
use super::witness::{answer, examine};
use crate::limits::Limits;

/// Records a dialogue, which the input describes, as a TCP connection: once with a segment for each
/// turn, and again in many. Promised: where both say something for sure, they say the same.
pub fn segmentation(input: &[u8]) {
    let turns = turns(input);
    let whole = examine(&Recording::of(&turns, u64::from(u16::MAX) / 2, 0), Limits::default());
    for most in [1, 7, 200] {
        let seed = u64::try_from(input.len()).unwrap_or_default();
        let pieces = examine(&Recording::of(&turns, most, seed), Limits::default());
        let [Some(whole), Some(pieces)] = [&whole, &pieces].map(|it| it.connections.first()) else {
            continue;
        };
        if let (Some(whole), Some(pieces)) = (answer(whole), answer(pieces)) {
            assert_eq!(whole, pieces, "in segments of up to {most} bytes");
        }
    }
}

/// Who says what, one after the other.
fn turns(input: &[u8]) -> Vec<(bool, &[u8])> {
    let mut choices = Choices::new(input);
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
    fn of(turns: &[(bool, &[u8])], most: u64, seed: u64) -> Vec<u8> {
        let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        file.extend([0, 0, 4, 0, 228, 0, 0, 0]);
        let mut recording = Self { file, next: [u32::MAX - 20, 7] };
        recording.packet(true, 0x02, &[]);
        recording.packet(false, 0x12, &[]);
        for (from_client, bytes) in turns {
            for piece in Pieces::new(bytes, most, seed) {
                recording.packet(*from_client, 0x18, piece);
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
