//! `segmentation`.

use super::choices::Choices;
use super::pieces::Pieces;
use super::tcp_recording::Recording;
use super::witness::{answer, check_settled, examine};
use crate::limits::Limits;

/// Records a dialogue, which the input describes, as a TCP connection: once with a segment for each
/// turn, again in many, and again with one of those missing. Promised: where two of them say
/// something for sure, they say the same.
pub fn segmentation(input: &[u8]) {
    let mut choices = Choices::new(input);
    let Some(lost) = choices.u16().map(u64::from) else { return };
    let turns = turns(&mut choices);
    let whole = said(recorded(&turns, Cut::default()));
    // Single bytes cost a packet each.
    for most in [if input.len() < 2000 { 1 } else { 16 }, 200] {
        let cut = Cut { most: Some(most), seed: lost, lost: None };
        for cut in [cut, Cut { lost: Some(lost), ..cut }] {
            if let (Some(whole), Some(said)) = (&whole, said(recorded(&turns, cut))) {
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
pub(super) fn turns<'a>(choices: &mut Choices<'a>) -> Vec<(bool, &'a [u8])> {
    let mut turns = Vec::new();
    while let Some(length) = choices.u16() {
        turns.push((length & 0x8000 == 0, choices.bytes(usize::from(length & 0x7fff))));
    }
    turns
}

/// A capture of a dialogue as one connection.
fn recorded(turns: &[(bool, &[u8])], cut: Cut) -> Vec<u8> {
    let mut recording = Recording::new([u32::MAX - 20, 7]);
    recording.syns();
    let mut segments = turns.to_vec();
    if let Some(most) = cut.most {
        let pieces = |bytes| Pieces::new(bytes, most, cut.seed);
        let cut = turns
            .iter()
            .flat_map(|&(from_client, bytes)| pieces(bytes).map(move |piece| (from_client, piece)));
        segments = cut.collect();
    }
    let count = u64::try_from(segments.len()).unwrap_or(u64::MAX).max(1);
    for ((from_client, piece), number) in segments.into_iter().zip(0..) {
        recording.payload(from_client, piece);
        if cut.lost.is_some_and(|lost| lost % count == number) {
            recording.lose_last();
        }
    }
    recording.fins();
    recording.into_file()
}
