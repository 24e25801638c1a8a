//! `stream_operations`.

use super::choices::Choices;
use super::stream_model::Model;
use crate::flow::Stream;

/// Operations after which nothing more is done: enough for every state, and less than the cut
/// ranges that a stream tells apart.
const MOST_OPERATIONS: u64 = 200;

/// Does what the input says with a stream and with a naive map of bytes. Promised: both have the
/// same bytes to read, of the same frames, the same holes, and report the same conflicts; memory is
/// within what was pushed.
pub fn stream_operations(input: &[u8]) {
    let mut choices = Choices::new(input);
    let Some(initial) = choices.u32() else { return };
    let mut run =
        Run { initial, stream: Stream::default(), model: Model::default(), edge: FIRST, pushed: 0 };
    for operation in 1..=MOST_OPERATIONS {
        if choices.is_empty() || run.step(operation, &mut choices).is_none() {
            break;
        }
        run.check(operation);
    }
}

/// The offset that the sequence number `initial` has.
const FIRST: u64 = 1 << 32;

struct Run {
    initial: u32,
    stream: Stream,
    model: Model,
    /// Where the next segment would be expected.
    edge: u64,
    pushed: usize,
}

impl Run {
    fn step(&mut self, frame: u64, choices: &mut Choices<'_>) -> Option<()> {
        let operation = choices.u8()?;
        match operation & 0x0f {
            0 => {
                let offset = self.somewhere(choices)?;
                let sequence = self.sequence(offset);
                self.stream.start_at(sequence);
                self.model.start_at(offset);
            }
            1 => {
                self.stream.start_with_earliest();
                self.model.start_with_earliest();
            }
            2 => {
                let offset = self.somewhere(choices)?;
                let sequence = self.sequence(offset);
                self.stream.end_at(sequence);
                self.model.end_at(offset);
            }
            3 => {
                self.stream.skip_hole();
                self.model.skip_hole();
            }
            4 => {
                // Within what is there, or beyond it.
                let length = u64::from(choices.u8()?);
                self.consume(length);
            }
            5 | 6 => {
                let readable = u64::try_from(self.stream.readable().len()).unwrap_or(u64::MAX);
                let length = u64::from(choices.u8()?).min(readable);
                self.consume(length);
            }
            7 => {
                self.stream.forget();
                self.model.forget();
            }
            _ => {
                let offset = match operation & 0x30 {
                    0 => self.edge,
                    _ => self.somewhere(choices)?,
                };
                let length = u64::from(choices.u8()?);
                let differs = choices.u8()?;
                let missing = if operation & 0x40 == 0 { 0 } else { u32::from(choices.u8()?) };
                // Bytes tell their offset, so that a retransmission is the same; but for one.
                let payload: Vec<u8> = (offset..offset + length)
                    .map(|at| {
                        let [low, high, ..] = at.to_le_bytes();
                        low ^ high ^ u8::from(differs > 0xf0 && at == offset + length / 2)
                    })
                    .collect();
                self.edge = offset + length;
                self.pushed += payload.len();
                let sequence = self.sequence(offset);
                self.stream.push(sequence, &payload, missing, frame);
                self.model.push(offset, &payload, missing, frame);
            }
        }
        Some(())
    }

    fn consume(&mut self, length: u64) {
        // Only a stream that has begun is read.
        if self.stream.started() {
            self.stream.consume(length);
            self.model.consume(length);
        }
    }

    /// An offset near the last segment.
    fn somewhere(&self, choices: &mut Choices<'_>) -> Option<u64> {
        let distance = choices.u16()?.cast_signed() >> 5;
        Some(self.edge.saturating_add_signed(distance.into()))
    }

    fn sequence(&mut self, offset: u64) -> u32 {
        self.model.anchor(offset);
        let [a, b, c, d, ..] = offset.to_le_bytes();
        self.initial.wrapping_add(u32::from_le_bytes([a, b, c, d]))
    }

    fn check(&self, operations: u64) {
        let Self { stream, model, .. } = self;
        assert_eq!(stream.started(), model.started());
        assert_eq!(stream.finished(), model.finished());
        let readable = model.readable();
        assert!(stream.readable().iter().eq(readable.iter().map(|(byte, _)| byte)));
        if stream.started() {
            assert_eq!(stream.position(), model.position());
        }
        match (stream.piece(), readable.first()) {
            (Some((bytes, frame)), Some(&(_, expected))) => {
                assert_eq!(frame, expected);
                let of_frame = readable.iter().take_while(|(_, other)| *other == frame).count();
                assert!(!bytes.is_empty() && bytes.len() <= of_frame, "{} bytes", bytes.len());
            }
            (piece, first) => assert!(piece.is_none() && first.is_none()),
        }
        let hole = stream.hole().map(|hole| (hole.length, hole.cut.is_some()));
        assert_eq!(hole, model.hole());
        if let Some(conflict) = stream.conflict_within(0..u64::MAX) {
            assert!(model.conflicts(conflict.start, conflict.frame), "{conflict:?}");
        } else {
            assert!(!model.must_report_conflict(), "a conflict is lost");
        }
        let account = stream.account();
        let placed = account.read + account.repeated + account.dropped + stream.pending();
        assert_eq!(account.arrived, placed, "{account:?}");
        let operations = usize::try_from(operations).unwrap_or(usize::MAX);
        let most = 4 * self.pushed + 256 * (operations + 8);
        assert!(stream.held() <= most, "{} bytes held, {most} at most", stream.held());
    }
}
