//! What happens to segments on their way into a capture: late, twice, cut anew, never.

use super::conversation::TcpSegment;
use super::mix::Planted;
use super::random::Random;

/// A connection's segments that are still to be written.
#[derive(Debug, Default)]
pub(crate) struct Disorder {
    /// After how many more segments of the connection, and what.
    waiting: Vec<(u64, TcpSegment)>,
}

impl Disorder {
    /// Writes a segment as it comes.
    pub(crate) fn pass(&mut self, segment: TcpSegment) {
        self.waiting.push((0, segment));
    }

    /// Lets something happen to a segment, as often as on a bad day.
    pub(crate) fn meet(&mut self, segment: TcpSegment, planted: &Planted, random: &mut Random) {
        if segment.payload.is_empty() {
            return self.pass(segment);
        }
        let begins_with = |bytes: &[u8]| segment.payload.starts_with(bytes);
        // Record header, then the message's type.
        let is_certificate = segment.from_client
            && begins_with(&[0x16, 3, 3])
            && segment.payload.get(5) == Some(&0x0b);
        if is_certificate && planted.loses_certificate {
            return;
        }
        let is_tls13 = planted.truth.as_ref().is_some_and(|truth| truth.is_tls13);
        let later = 1 + random.below(3);
        match random.below(100) {
            0..4 => self.waiting.push((later, segment)),
            4..8 => {
                self.waiting.push((later, segment.clone()));
                self.pass(segment);
            }
            8..12 => {
                // Retransmitted from somewhere within on.
                let from = random.index(segment.payload.len());
                let again = TcpSegment {
                    sequence: segment.sequence.wrapping_add(from as u32),
                    payload: segment.payload[from..].to_vec(),
                    ..segment.clone()
                };
                self.waiting.push((later, again));
                self.pass(segment);
            }
            // Application data of TLS 1.2 may be missing and changes nothing, as long as one side is
            // without a gap: a renegotiation would show there.
            12..14 if !is_tls13 && !segment.from_client && begins_with(&[0x17, 3, 3]) => {}
            _ => self.pass(segment),
        }
    }

    /// What is to be written now; all of it `at_end`.
    pub(crate) fn due(&mut self, at_end: bool) -> Vec<TcpSegment> {
        let mut due = Vec::new();
        for (rest, segment) in std::mem::take(&mut self.waiting) {
            if rest == 0 || at_end {
                due.push(segment);
            } else {
                self.waiting.push((rest - 1, segment));
            }
        }
        due
    }
}
