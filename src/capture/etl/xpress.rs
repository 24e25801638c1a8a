//! XPRESS, plain LZ77 ([MS-XCA] sections 2.3 and 2.4), as Windows compresses a log's buffers.

use super::super::order::{Fields, Order, size};

/// Tokens that one word of flags is for.
const TOKENS: u32 = 32;

/// Appends up to `length` decompressed bytes to `output`; `false` where the input is damaged or ends
/// before. What was decompressed up to there is in `output`.
///
/// The output is full before all of the input is used in some logs; that is in order.
pub(super) fn decompress(input: &[u8], length: usize, output: &mut Vec<u8>) -> bool {
    let start = output.len();
    let end = start.saturating_add(length);
    Decoder { input: Fields::new(input, Order::Little), half: None, start, end }
        .run(output)
        .is_some()
}

struct Decoder<'a> {
    input: Fields<'a>,
    /// The upper half of a byte, the lower of which was a length.
    half: Option<u8>,
    /// Where in the output the buffer begins, and where it is full.
    start: usize,
    end: usize,
}

impl Decoder<'_> {
    /// Decompresses until the output is full; `None` where that cannot be.
    fn run(&mut self, output: &mut Vec<u8>) -> Option<()> {
        while output.len() < self.end {
            let mut flags = self.input.u32()?;
            for _ in 0..TOKENS {
                if output.len() >= self.end {
                    break;
                }
                if flags & 0x8000_0000 == 0 {
                    output.push(self.byte()?);
                } else {
                    self.copy(output)?;
                }
                flags <<= 1;
            }
        }
        Some(())
    }

    /// Repeats bytes of the output.
    fn copy(&mut self, output: &mut Vec<u8>) -> Option<()> {
        let word = self.input.u16()?;
        let distance = usize::from(word >> 3) + 1;
        let length = self.length(word & 7)?.min(self.end.saturating_sub(output.len()));
        let from = output.len().checked_sub(distance).filter(|&from| from >= self.start)?;
        // Source and target overlap where the length is greater: the source grows with the target.
        let mut left = length;
        while left > 0 {
            let step = left.min(output.len().saturating_sub(from));
            output.extend_from_within(from..from.saturating_add(step));
            left -= step;
        }
        Some(())
    }

    /// The length of which a token has the lowest three bits.
    fn length(&mut self, low: u16) -> Option<usize> {
        const LEAST: usize = 3;
        if low < 7 {
            return Some(usize::from(low) + LEAST);
        }
        let half = match self.half.take() {
            Some(half) => half,
            None => {
                let byte = self.byte()?;
                self.half = Some(byte >> 4);
                byte & 0x0f
            }
        };
        let more = match half {
            15 => match self.byte()? {
                255 => self.long()?.checked_sub(15 + 7)?,
                byte => usize::from(byte),
            },
            half => return Some(usize::from(half) + 7 + LEAST),
        };
        more.checked_add(15 + 7 + LEAST)
    }

    /// A length that is written out.
    fn long(&mut self) -> Option<usize> {
        match self.input.u16()? {
            0 => self.input.u32().map(size),
            short => Some(usize::from(short)),
        }
    }

    fn byte(&mut self) -> Option<u8> {
        self.input.array::<1>().map(|[byte]| byte)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn decompressed(input: &[u8], length: usize) -> (bool, Vec<u8>) {
        let mut output = b"before".to_vec();
        let whole = decompress(input, length, &mut output);
        (whole, output.split_off(6))
    }

    /// The examples of [MS-XCA] section 3.1.
    #[test]
    fn examples_of_the_specification_are_read() {
        let alphabet = b"\x3f\0\0\0abcdefghijklmnopqrstuvwxyz";
        assert_eq!(decompressed(alphabet, 26), (true, b"abcdefghijklmnopqrstuvwxyz".to_vec()));
        let repeated = [0xff, 0xff, 0xff, 0x1f, 0x61, 0x62, 0x63, 0x17, 0, 0x0f, 0xff, 0x26, 1];
        assert_eq!(decompressed(&repeated, 300), (true, b"abc".repeat(100)));
    }

    #[test]
    fn half_bytes_and_long_lengths_are_read() {
        // `a`, then copies of it: lengths 3 + 7 + 4 and 3 + 7 + 5 from the halves of one byte, 3 + 7
        // + 15 + 9, and one written out in 32 bits.
        let input = [
            &[0, 0, 0, 0x78][..],
            b"a",
            &[7, 0, 0x54],
            &[7, 0],
            &[7, 0, 0xff, 9],
            &[7, 0, 255, 0, 0, 0x10, 0, 1, 0],
        ];
        let expected = 1 + 14 + 15 + 34 + (0x1_0010 - 22 + 15 + 7 + 3);
        let expected = b"a".repeat(expected);
        assert_eq!(decompressed(&input.concat(), expected.len()), (true, expected.clone()));
        for cut in 0..input.concat().len() {
            let (whole, output) = decompressed(&input.concat()[..cut], expected.len());
            assert!(!whole && output.len() < expected.len());
        }
        // No more than was asked for, whatever a length says.
        assert_eq!(decompressed(&input.concat(), 100), (true, b"a".repeat(100)));
    }

    #[test]
    fn distances_before_the_beginning_and_lying_lengths_are_damage() {
        assert_eq!(decompressed(&[0, 0, 0, 0x40, b'a', 8, 0], 9), (false, b"a".to_vec()));
        let short = [0, 0, 0, 0x40, b'a', 7, 0, 0x0f, 255, 21, 0];
        assert_eq!(decompressed(&short, 99), (false, b"a".to_vec()));
        assert_eq!(decompressed(&[], 1), (false, Vec::new()));
        assert_eq!(decompressed(&[], 0), (true, Vec::new()));
    }
}
