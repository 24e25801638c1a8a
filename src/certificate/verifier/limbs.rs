//! Arithmetic of 64-bit limbs: what `carrying_add` and its kin will be when every compiler that is
//! supported has them.

/// `a + b + carry`, and what is carried out of 64 bits.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "widening, and the halves of what is wide")]
pub(super) const fn add(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = (a as u128) + (b as u128) + (carry as u128);
    (wide as u64, (wide >> 64) as u64)
}

/// `a - b - borrow`, and what is borrowed: 0 or 1.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "widening, and the halves of what is wide")]
pub(super) const fn subtract(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let wide = (a as u128).wrapping_sub(b as u128).wrapping_sub(borrow as u128);
    (wide as u64, ((wide >> 64) as u64) & 1)
}

/// `a * b + c + d`, which 128 bits hold: the lower and the upper half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "widening, and the halves of what is wide")]
pub(super) const fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let wide = (a as u128) * (b as u128) + (c as u128) + (d as u128);
    (wide as u64, (wide >> 64) as u64)
}

/// Shifts a number right by one limb and puts `last` at its end; returns the limb shifted out.
#[inline(always)]
pub(super) fn push(number: &mut [u64], last: u64) -> u64 {
    number.iter_mut().rev().fold(last, |above, limb| std::mem::replace(limb, above))
}

/// `one * other + more + yet_more`, which twice as many limbs hold: the lower and the upper half.
#[inline(always)]
pub(super) fn multiply_add_all<const N: usize>(
    one: [u64; N],
    other: [u64; N],
    more: [u64; N],
    yet_more: [u64; N],
) -> ([u64; N], [u64; N]) {
    let (mut low, mut high) = (other, more);
    for (factor, carry) in low.iter_mut().zip(yet_more) {
        let mut carry = carry;
        for (sum, limb) in high.iter_mut().zip(one) {
            (*sum, carry) = multiply_add(*factor, limb, *sum, carry);
        }
        *factor = push(&mut high, carry);
    }
    (low, high)
}

/// `one + other + carry`, and what is carried.
#[inline(always)]
pub(super) fn sum<const N: usize>(one: [u64; N], other: [u64; N], carry: u64) -> ([u64; N], u64) {
    let (mut sum, mut carry) = (one, carry);
    for (limb, other) in sum.iter_mut().zip(other) {
        (*limb, carry) = add(*limb, other, carry);
    }
    (sum, carry)
}

/// `one - other - borrow`, and what is borrowed.
#[inline(always)]
pub(super) fn difference<const N: usize>(
    one: [u64; N],
    other: [u64; N],
    borrow: u64,
) -> ([u64; N], u64) {
    let (mut difference, mut borrow) = (one, borrow);
    for (limb, other) in difference.iter_mut().zip(other) {
        (*limb, borrow) = subtract(*limb, other, borrow);
    }
    (difference, borrow)
}
