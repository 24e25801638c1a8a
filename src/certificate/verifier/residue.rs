//! Numbers modulo the prime of a curve, in Montgomery form.
//!
//! The time that this arithmetic takes depends on the numbers: it is for signatures and public
//! keys, and no secret may come near it.

use std::marker::PhantomData;
use std::ops::{Add, Mul, Neg, Sub};

use super::limbs::{difference, multiply_add, multiply_add_all, push, sum};

/// A prime of exactly 64 N bits, as it is needed for Montgomery's multiplication with R = 2^(64 N).
///
/// Limbs are in little-endian order.
pub(super) trait Prime<const N: usize>: Copy {
    /// The prime itself.
    const PRIME: [u64; N];
    /// R mod PRIME.
    const RADIX: [u64; N];
    /// R² mod PRIME.
    const RADIX_SQUARED: [u64; N];
    /// -1 / PRIME mod 2^64.
    const NEGATED_INVERSE: u64;
}

/// A number below the prime of `P`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Residue<P, const N: usize> {
    /// The number times R.
    limbs: [u64; N],
    prime: PhantomData<P>,
}

impl<P: Prime<N>, const N: usize> Residue<P, N> {
    pub(super) const ONE: Self = Self::of(P::RADIX);
    pub(super) const ZERO: Self = Self::of([0; N]);

    const fn of(limbs: [u64; N]) -> Self {
        Self { limbs, prime: PhantomData }
    }

    /// The number of these limbs; `None` where it is not below the prime.
    pub(super) fn new(limbs: [u64; N]) -> Option<Self> {
        let (_, below) = difference(limbs, P::PRIME, 0);
        (below == 1).then(|| Self::of(limbs) * Self::of(P::RADIX_SQUARED))
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    #[inline(always)]
    pub(super) fn square(self) -> Self {
        Self::reduced(multiply_add_all(self.limbs, self.limbs, [0; N], [0; N]))
    }

    #[inline(always)]
    pub(super) fn double(self) -> Self {
        self + self
    }

    /// One divided by this number; zero for zero.
    pub(super) fn inverse(self) -> Self {
        // Fermat: the power to PRIME - 2, whose lowest limb is above 1.
        let mut inverse = Self::ONE;
        let (exponent, _) = difference(P::PRIME, [0; N], 2);
        for limb in exponent.into_iter().rev() {
            for bit in (0..u64::BITS).rev() {
                inverse = inverse.square();
                if (limb >> bit) & 1 == 1 {
                    inverse = inverse * self;
                }
            }
        }
        inverse
    }

    /// A number below the prime's square, divided by R.
    #[inline(always)]
    fn reduced((mut low, high): ([u64; N], [u64; N])) -> Self {
        // The sum with that multiple of the prime that makes it whole: the prime at most.
        for _ in 0..N {
            let first = low.first().copied().unwrap_or(0);
            let factor = first.wrapping_mul(P::NEGATED_INVERSE);
            let mut carry = 0;
            for (limb, prime) in low.iter_mut().zip(P::PRIME) {
                (*limb, carry) = multiply_add(factor, prime, *limb, carry);
            }
            push(&mut low, carry);
        }
        let (number, over) = sum(low, high, 0);
        Self::below_prime(number, over)
    }

    /// A number below twice the prime, `over` being its bit of the value R.
    #[inline(always)]
    fn below_prime(number: [u64; N], over: u64) -> Self {
        let (smaller, borrow) = difference(number, P::PRIME, 0);
        Self::of(added_back(smaller, P::PRIME, over.wrapping_sub(borrow)))
    }
}

impl<P: Prime<N>, const N: usize> Add for Residue<P, N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (number, over) = sum(self.limbs, other.limbs, 0);
        Self::below_prime(number, over)
    }
}

impl<P: Prime<N>, const N: usize> Sub for Residue<P, N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (number, borrow) = difference(self.limbs, other.limbs, 0);
        Self::of(added_back(number, P::PRIME, borrow.wrapping_neg()))
    }
}

impl<P: Prime<N>, const N: usize> Mul for Residue<P, N> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::reduced(multiply_add_all(self.limbs, other.limbs, [0; N], [0; N]))
    }
}

impl<P: Prime<N>, const N: usize> Neg for Residue<P, N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<P, const N: usize> PartialEq for Residue<P, N> {
    fn eq(&self, other: &Self) -> bool {
        self.limbs == other.limbs
    }
}

/// The number, and the prime if `mask` is all ones: a mask and no condition, because half of all
/// guesses which way the program goes would be wrong.
#[inline(always)]
fn added_back<const N: usize>(number: [u64; N], mut prime: [u64; N], mask: u64) -> [u64; N] {
    for limb in &mut prime {
        *limb &= mask;
    }
    sum(number, prime, 0).0
}
