//! Handshake messages out of the fragments that carry them (RFC 8446 section 4).

use std::collections::VecDeque;

use super::enums::HandshakeType;

/// One handshake message, or as much of it as there is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HandshakeMessage {
    /// What it is.
    pub message_type: HandshakeType,
    /// Length of the body by the message header, in bytes.
    pub length: usize,
    /// Header and body as they were sent, for the transcript; ends early where `complete` is not
    /// set: at the first missing byte, or at the limit.
    pub raw: Vec<u8>,
    /// All bytes are there.
    pub complete: bool,
    /// The bytes beyond the limit were dropped, whether or not they were there.
    pub over_limit: bool,
    /// The frames that carried it, ascending, without repeats.
    pub frames: Vec<u64>,
}

impl HandshakeMessage {
    /// Length of the header: type and 24-bit length.
    pub const HEADER: usize = 4;

    /// The body, or its beginning.
    pub fn body(&self) -> &[u8] {
        self.raw.get(Self::HEADER..).unwrap_or_default()
    }
}

/// Joins fragments of handshake records into messages, whatever the cuts.
#[derive(Debug)]
pub struct HandshakeJoiner {
    message_limit: usize,
    frames_limit: usize,
    current: Option<Partial>,
    ready: VecDeque<HandshakeMessage>,
    lost: bool,
}

/// A message under way.
#[derive(Debug)]
struct Partial {
    raw: Vec<u8>,
    /// Bytes of the message, header included, that went by: kept, dropped or missing.
    passed: usize,
    complete: bool,
    over_limit: bool,
    frames: Vec<u64>,
}

impl HandshakeJoiner {
    /// A joiner that keeps at most `message_limit` bytes of a message and `frames_limit` of its
    /// frame numbers.
    pub fn new(message_limit: usize, frames_limit: usize) -> Self {
        Self { message_limit, frames_limit, current: None, ready: VecDeque::new(), lost: false }
    }

    /// Adds a fragment, or a part of one, that `frames` carried.
    pub fn push(&mut self, fragment: &[u8], frames: &[u64]) {
        let mut rest = fragment;
        while !rest.is_empty() && !self.lost {
            let current = self.current.get_or_insert_with(|| Partial::new(rest));
            rest = current.take(rest, frames, self.message_limit, self.frames_limit);
            if current.total().is_some_and(|total| current.passed == total) {
                self.finish_current();
            }
        }
    }

    /// Tells that `missing` bytes of the handshake stream are not in the capture.
    ///
    /// Where they lie within the body of one message, the following ones can still be read;
    /// otherwise nothing after them can.
    pub fn push_missing(&mut self, missing: u64) {
        if self.lost || missing == 0 {
            return;
        }
        let remaining = self.current.as_ref().and_then(|partial| {
            let remaining = partial.total()?.checked_sub(partial.passed)?;
            u64::try_from(remaining).ok()
        });
        match (&mut self.current, remaining) {
            (Some(current), Some(remaining)) if missing <= remaining => {
                current.complete = false;
                current.passed += usize::try_from(missing).unwrap_or(usize::MAX);
                if missing == remaining {
                    self.finish_current();
                }
            }
            _ => self.lose(),
        }
    }

    /// Tells that what follows cannot be read; what is there of the current message is given out.
    pub fn lose(&mut self) {
        if let Some(current) = &mut self.current {
            current.complete = false;
            self.finish_current();
        }
        self.lost = true;
    }

    /// Whether the message boundaries are lost.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether a message has begun and not ended.
    pub fn is_within_message(&self) -> bool {
        self.current.is_some()
    }

    /// The messages that ended, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = HandshakeMessage> + '_ {
        self.ready.drain(..)
    }

    /// The next message that ended.
    pub fn next_message(&mut self) -> Option<HandshakeMessage> {
        self.ready.pop_front()
    }

    /// Whether nothing is kept, and nothing was lost.
    pub fn is_idle(&self) -> bool {
        self.current.is_none() && self.ready.is_empty() && !self.lost
    }

    /// Memory held, in bytes.
    pub fn held(&self) -> usize {
        let current = self.current.as_ref();
        current.map_or(0, |partial| partial.raw.capacity() + partial.frames.capacity() * 8)
    }

    fn finish_current(&mut self) {
        if let Some(message) = self.current.take().and_then(Partial::into_message) {
            self.ready.push_back(message);
        }
    }
}

impl Partial {
    /// A message that begins with `bytes`; memory is taken at once for all of a short one.
    fn new(bytes: &[u8]) -> Self {
        let length = total(bytes).unwrap_or(HandshakeMessage::HEADER);
        Self {
            raw: Vec::with_capacity(length.min(TAKEN_AT_ONCE)),
            passed: 0,
            complete: true,
            over_limit: false,
            frames: Vec::new(),
        }
    }

    /// Length of header and body; unknown until the header is there.
    fn total(&self) -> Option<usize> {
        total(&self.raw)
    }

    /// Takes what belongs to this message and gives back the rest.
    fn take<'a>(
        &mut self,
        bytes: &'a [u8],
        frames: &[u64],
        message_limit: usize,
        frames_limit: usize,
    ) -> &'a [u8] {
        let wanted = self.total().unwrap_or(HandshakeMessage::HEADER) - self.passed;
        let (own, rest) = bytes.split_at(wanted.min(bytes.len()));
        self.passed += own.len();
        if self.complete {
            let room = message_limit.saturating_sub(self.raw.len());
            self.raw.extend_from_slice(own.get(..room).unwrap_or(own));
            if own.len() > room {
                self.complete = false;
                self.over_limit = true;
            }
        }
        for frame in frames {
            if let Err(position) = self.frames.binary_search(frame)
                && self.frames.len() < frames_limit
            {
                self.frames.insert(position, *frame);
            }
        }
        rest
    }

    fn into_message(self) -> Option<HandshakeMessage> {
        let total = self.total()?;
        let &message_type = self.raw.first()?;
        Some(HandshakeMessage {
            message_type: HandshakeType(message_type),
            length: total - HandshakeMessage::HEADER,
            raw: self.raw,
            complete: self.complete,
            over_limit: self.over_limit,
            frames: self.frames,
        })
    }
}

/// Length of the message that begins with `bytes`, header and body.
fn total(bytes: &[u8]) -> Option<usize> {
    let &[_, a, b, c] = bytes.first_chunk()?;
    Some(HandshakeMessage::HEADER + (usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c)))
}

/// Memory taken on the word of a message header, in bytes: more than most messages, and less than
/// what a lie could do harm with.
const TAKEN_AT_ONCE: usize = 4 << 10;

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    /// HelloRequest, a body of three bytes, ServerHelloDone.
    const FLIGHT: [u8; 15] = [0, 0, 0, 0, 11, 0, 0, 3, 7, 8, 9, 14, 0, 0, 0];

    fn joiner() -> HandshakeJoiner {
        HandshakeJoiner::new(1000, 10)
    }

    fn types(messages: &[HandshakeMessage]) -> Vec<(u8, bool)> {
        messages.iter().map(|message| (message.message_type.0, message.complete)).collect()
    }

    #[test]
    fn any_cut_gives_the_same_messages() {
        let mut whole = joiner();
        whole.push(&FLIGHT, &[1]);
        let whole: Vec<_> = whole.drain().collect();
        assert_eq!(types(&whole), [(0, true), (11, true), (14, true)]);
        for first in 0..=FLIGHT.len() {
            for second in first..=FLIGHT.len() {
                let mut cut = joiner();
                cut.push(&FLIGHT[..first], &[1]);
                cut.push(&FLIGHT[first..second], &[1]);
                cut.push(&FLIGHT[second..], &[1]);
                assert_eq!(cut.drain().collect::<Vec<_>>(), whole);
            }
        }
    }

    #[test]
    fn a_message_names_every_frame_that_carried_it() {
        let mut joiner = joiner();
        joiner.push(&FLIGHT[..9], &[7]);
        joiner.push(&FLIGHT[9..10], &[9]);
        joiner.push(&FLIGHT[10..], &[8]);
        let frames: Vec<_> = joiner.drain().map(|message| message.frames).collect();
        assert_eq!(frames, [vec![7], vec![7, 8, 9], vec![8]]);
    }

    #[test]
    fn bytes_missing_within_a_body_do_not_hide_the_next_message() {
        let mut joiner = joiner();
        joiner.push(&FLIGHT[..9], &[1]);
        joiner.push_missing(2);
        joiner.push(&FLIGHT[11..], &[2]);
        let messages: Vec<_> = joiner.drain().collect();
        assert_eq!(types(&messages), [(0, true), (11, false), (14, true)]);
        assert_eq!(messages[1].body(), [7]);
    }

    #[test]
    fn bytes_missing_across_a_message_boundary_hide_everything_after() {
        let mut joiner = joiner();
        joiner.push(&FLIGHT[..9], &[1]);
        joiner.push_missing(3);
        joiner.push(&FLIGHT[12..], &[2]);
        assert_eq!(types(&joiner.drain().collect::<Vec<_>>()), [(0, true), (11, false)]);
        assert!(joiner.is_lost());
    }

    #[test]
    fn a_sixteen_megabyte_message_is_counted_and_not_kept() {
        let mut joiner = joiner();
        joiner.push(&[11, 0xff, 0xff, 0xff], &[1]);
        for _ in 0..0x00ff_ffff / 255 {
            joiner.push(&[1; 255], &[1]);
        }
        assert!(joiner.held() <= 2100);
        joiner.push(&FLIGHT, &[2]);
        let messages: Vec<_> = joiner.drain().collect();
        assert_eq!(types(&messages), [(11, false), (0, true), (11, true), (14, true)]);
        assert!(messages[0].over_limit);
        assert_eq!(messages[0].raw.len(), 1000);
    }
}
