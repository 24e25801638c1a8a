//! Multiples of a point that are kept, so that multiplying it is only adding.

use super::point::{Affine, Jacobian};
use super::residue::Prime;

/// A few multiples of a point, at once: 1, 3, 5 and so on.
#[derive(Debug)]
pub(super) struct OddMultiples<P, const N: usize> {
    multiples: Vec<Jacobian<P, N>>,
}

/// Many multiples of a point: for every power of 2^w, those by 1 to 2^(w - 1).
#[derive(Debug)]
pub(super) struct Multiples<P, const N: usize> {
    /// Bits of a window.
    width: u32,
    /// Those of one power after those of another.
    multiples: Vec<Affine<P, N>>,
}

/// Bits of a window of odd multiples, of which there are then eight.
const ODD_WIDTH: u32 = 5;

impl<P: Prime<N>, const N: usize> OddMultiples<P, N> {
    pub(super) fn of(point: Affine<P, N>) -> Self {
        let first = Jacobian::from(point);
        let twice = first.double();
        let mut next = first;
        let multiples = (0..1_u32 << (ODD_WIDTH - 2)).map(|_| {
            let multiple = next;
            next = multiple.add(twice, false);
            multiple
        });
        Self { multiples: multiples.collect() }
    }

    /// The first of the multiples.
    pub(super) fn point(&self) -> Option<Affine<P, N>> {
        let first = self.multiples.first()?;
        Some(Affine { x: first.x, y: first.y })
    }

    /// The point so many times.
    pub(super) fn times(&self, number: &[u64; N]) -> Jacobian<P, N> {
        let digits = odd_digits(number);
        let mut product = Jacobian::NEUTRAL;
        let mut place = digits.last().map_or(0, |(at, _)| *at);
        for (at, digit) in digits.into_iter().rev() {
            for _ in at..place {
                product = product.double();
            }
            place = at;
            let multiple = usize::try_from(digit.unsigned_abs() / 2).ok();
            if let Some(multiple) = multiple.and_then(|at| self.multiples.get(at)) {
                product = product.add(*multiple, digit < 0);
            }
        }
        for _ in 0..place {
            product = product.double();
        }
        product
    }
}

impl<P: Prime<N>, const N: usize> Multiples<P, N> {
    pub(super) fn of(point: Affine<P, N>, width: u32) -> Self {
        let mut power = Jacobian::from(point);
        let powers = (0..windows::<N>(width)).map(|_| {
            let this = power;
            for _ in 0..width {
                power = power.double();
            }
            this
        });
        let powers: Vec<_> = powers.collect();
        let mut rows: Vec<_> = Affine::all(&powers).into_iter().map(|power| vec![power]).collect();
        // From the multiples by 1 to m those by m + 1 to 2 m. None of the sums is neutral: the order
        // is a prime and larger than these factors.
        for _ in 1..width {
            let pairs = rows.iter().flat_map(|row| {
                row.last().into_iter().flat_map(|last| row.iter().map(|other| (*last, *other)))
            });
            let sums = Affine::sums(&pairs.collect::<Vec<_>>());
            let mut sums = sums.into_iter();
            for row in &mut rows {
                row.extend(sums.by_ref().take(row.len()).collect::<Vec<_>>());
            }
        }
        Self { width, multiples: rows.concat() }
    }

    /// Bytes that this takes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.multiples.as_slice())
    }

    /// A sum with the point so many times.
    pub(super) fn add_times(&self, mut sum: Jacobian<P, N>, number: &[u64; N]) -> Jacobian<P, N> {
        let half = 1_u64 << (self.width - 1);
        let row_length = usize::try_from(half).unwrap_or(usize::MAX);
        let mut carry = 0;
        for (row, at) in self.multiples.chunks_exact(row_length).zip(0_u32..) {
            let bits = bits(number, at.saturating_mul(self.width), self.width).wrapping_add(carry);
            let negative = bits > half;
            carry = u64::from(negative);
            let digit = if negative { (half << 1).wrapping_sub(bits) } else { bits };
            // The multiple by 0 is none.
            let place = usize::try_from(digit.wrapping_sub(1)).ok();
            if let Some(multiple) = place.and_then(|place| row.get(place)) {
                sum = sum.add_affine(*multiple, negative);
            }
        }
        sum
    }
}

/// Windows of so many bits in N limbs and one bit that is carried.
fn windows<const N: usize>(width: u32) -> u32 {
    (bits_of::<N>() / width).saturating_add(1)
}

fn bits_of<const N: usize>() -> u32 {
    u32::try_from(N).unwrap_or(0).saturating_mul(u64::BITS)
}

/// So many bits of a number, below 64, from one of them on.
fn bits(number: &[u64], at: u32, count: u32) -> u64 {
    let limb = |place: u32| {
        let place = usize::try_from(place / u64::BITS).ok();
        place.and_then(|place| number.get(place)).copied().unwrap_or(0)
    };
    let shift = at % u64::BITS;
    let low = limb(at) >> shift;
    // In two steps, for no shift is by 64 bits.
    let high = (limb(at.saturating_add(u64::BITS)) << 1) << (u64::BITS - 1 - shift);
    (low | high) & ((1 << count) - 1)
}

/// The number as a sum of odd digits of less than `ODD_WIDTH` bits and a sign, each times the power
/// of 2 that it comes with; of any `ODD_WIDTH` powers one at most has a digit.
fn odd_digits<const N: usize>(number: &[u64; N]) -> Vec<(u32, i32)> {
    let mut digits = Vec::with_capacity(N.saturating_mul(13));
    let (mut at, mut carry) = (0_u32, 0);
    while at <= bits_of::<N>() {
        if bits(number, at, 1) == carry {
            at = at.saturating_add(1);
            continue;
        }
        let window = bits(number, at, ODD_WIDTH).wrapping_add(carry);
        carry = window >> (ODD_WIDTH - 1);
        let digit = i32::try_from(window).unwrap_or(0);
        let wrapped = i32::try_from(carry << ODD_WIDTH).unwrap_or(0);
        digits.push((at, digit.wrapping_sub(wrapped)));
        at = at.saturating_add(ODD_WIDTH);
    }
    digits
}
