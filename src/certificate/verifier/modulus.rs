//! Arithmetic modulo an odd number of any size, with Montgomery's multiplication.
//!
//! The time that it takes depends on the numbers: it is for signatures and public keys, and no
//! secret may come near it.

use super::limbs::{difference, multiply_add_all, sum};

/// An odd number above 1, as it is needed for Montgomery's multiplication.
///
/// It is written in digits of 256 bits, four limbs each, in little-endian order: few enough for a
/// processor's registers, and the product of two of them is straight-line code. R is 2^256 to the
/// number of digits.
#[derive(Debug)]
pub(super) struct Modulus {
    digits: Vec<[u64; 4]>,
    /// R² mod the modulus.
    radix_squared: Vec<[u64; 4]>,
    /// -1 / modulus mod 2^256.
    negated_inverse: [u64; 4],
}

impl Modulus {
    /// The modulus of these octets, big-endian; `None` where it is even or 1.
    pub(super) fn new(octets: &[u8]) -> Option<Self> {
        let digits = digits(octets, octets.len().div_ceil(32))?;
        let first = *digits.first()?;
        let [lowest, ..] = first;
        let is_one = lowest == 1 && digits.as_flattened().iter().skip(1).all(|limb| *limb == 0);
        if lowest & 1 == 0 || is_one {
            return None;
        }
        // Newton: each step doubles the number of bits that are right, which are three at first.
        let inverse = (0..7).fold(first, |inverse, _| {
            let (error, _) = difference([2, 0, 0, 0], product(first, inverse), 0);
            product(inverse, error)
        });
        let mut modulus = Self {
            digits,
            radix_squared: Vec::new(),
            negated_inverse: difference([0; 4], inverse, 0).0,
        };
        modulus.radix_squared = modulus.radix_squared();
        Some(modulus)
    }

    /// The power of a number to 2^16 + 1 in octets, big-endian, as many as all digits have; `None`
    /// where the number is not below the modulus.
    pub(super) fn power_65537(&self, number: &[u8]) -> Option<Vec<u8>> {
        let number = digits(number, self.digits.len())?;
        if !self.is_above(&number) {
            return None;
        }
        let mut product = self.space();
        // R times the number; after squaring R times the square, and so on.
        let mut power = number.clone();
        self.multiply(&mut power, &self.radix_squared, &mut product);
        for _ in 0..16 {
            self.square(&mut power, &mut product);
        }
        self.multiply(&mut power, &number, &mut product);
        Some(power.as_flattened().iter().rev().flat_map(|limb| limb.to_be_bytes()).collect())
    }

    /// R² mod the modulus.
    fn radix_squared(&self) -> Vec<[u64; 4]> {
        // The highest power of 2 below the modulus. Doubling makes R 2^d of it, and squaring
        // R 2^2d, R 2^4d and so on.
        let mut number = vec![[0; 4]; self.digits.len()];
        let mut missing = 0_u32;
        let limbs = number.as_flattened_mut().iter_mut().zip(self.digits.as_flattened());
        for (limb, modulus) in limbs.rev() {
            missing = missing.saturating_add(modulus.leading_zeros());
            if *modulus != 0 {
                *limb = (1 << 63) >> modulus.leading_zeros();
                break;
            }
        }
        let (mut doublings, mut squarings) = (self.digits.len().saturating_mul(256), 0_u32);
        while doublings > 48 && doublings.is_multiple_of(2) {
            doublings /= 2;
            squarings = squarings.saturating_add(1);
        }
        for _ in 0..=doublings.saturating_add(usize::try_from(missing).unwrap_or(0)) {
            self.double(&mut number);
        }
        let mut product = self.space();
        for _ in 0..squarings {
            self.square(&mut number, &mut product);
        }
        number
    }

    /// Space for a product.
    fn space(&self) -> Vec<[u64; 4]> {
        vec![[0; 4]; self.digits.len().saturating_mul(2)]
    }

    fn is_above(&self, number: &[[u64; 4]]) -> bool {
        let pairs = number.iter().zip(&self.digits);
        let borrow =
            pairs.fold(0, |borrow, (number, modulus)| difference(*number, *modulus, borrow).1);
        borrow == 1
    }

    fn double(&self, number: &mut [[u64; 4]]) {
        let over = double(number);
        self.reduce_once(number, over);
    }

    /// Subtracts the modulus from a number that is not below it; `over` is its bit of the value R.
    fn reduce_once(&self, number: &mut [[u64; 4]], over: u64) {
        if over == 0 && self.is_above(number) {
            return;
        }
        let mut borrow = 0;
        for (digit, modulus) in number.iter_mut().zip(&self.digits) {
            (*digit, borrow) = difference(*digit, *modulus, borrow);
        }
    }

    /// Makes `number * other / R` of a number.
    fn multiply(&self, number: &mut [[u64; 4]], other: &[[u64; 4]], product: &mut [[u64; 4]]) {
        product.fill([0; 4]);
        for (at, factor) in number.iter().enumerate() {
            add_multiple(product, at, other, *factor, 0);
        }
        self.reduce(number, product);
    }

    /// Makes `number² / R` of a number.
    fn square(&self, number: &mut [[u64; 4]], product: &mut [[u64; 4]]) {
        product.fill([0; 4]);
        // What stands beside the diagonal twice, and the diagonal.
        let mut rest = &*number;
        let mut at = 1;
        while let [factor, others @ ..] = rest {
            add_multiple(product, at, others, *factor, 0);
            rest = others;
            at = at.saturating_add(2);
        }
        double(product);
        let mut carry = 0;
        for (digit, [low, high]) in number.iter().zip(product.as_chunks_mut::<2>().0) {
            let (lower, upper) = multiply_add_all(*digit, *digit, *low, [carry, 0, 0, 0]);
            *low = lower;
            (*high, carry) = sum(*high, upper, 0);
        }
        self.reduce(number, product);
    }

    /// Makes `product / R` of a number; the product is below R times the modulus, and is lost.
    fn reduce(&self, number: &mut [[u64; 4]], wide: &mut [[u64; 4]]) {
        let mut over = 0;
        for at in 0..self.digits.len() {
            let lowest = wide.get(at).copied().unwrap_or([0; 4]);
            let factor = product(lowest, self.negated_inverse);
            over = add_multiple(wide, at, &self.digits, factor, over);
        }
        if let Some(high) = wide.get(self.digits.len()..) {
            number.copy_from_slice(high);
        }
        self.reduce_once(number, over);
    }
}

/// Adds `factor * number`, at the digit `at` of a total. `over` is added to the digit above it, and
/// what is carried out of that is returned.
fn add_multiple(
    total: &mut [[u64; 4]],
    at: usize,
    number: &[[u64; 4]],
    factor: [u64; 4],
    over: u64,
) -> u64 {
    let mut carry = [0; 4];
    let mut digits = total.iter_mut().skip(at);
    // Taken second, for zip takes from the first before it knows that the second is at its end.
    for (digit, sum_digit) in number.iter().zip(&mut digits) {
        (*sum_digit, carry) = multiply_add_all(factor, *digit, *sum_digit, carry);
    }
    let Some(above) = digits.next() else {
        return 0;
    };
    let (digit, over) = sum(*above, carry, over);
    *above = digit;
    over
}

/// Doubles a number; returns the bit that it has no room for.
fn double(number: &mut [[u64; 4]]) -> u64 {
    number.as_flattened_mut().iter_mut().fold(0, |over, limb| {
        let next = *limb >> 63;
        *limb = (*limb << 1) | over;
        next
    })
}

/// `one * other` mod 2^256.
fn product(one: [u64; 4], other: [u64; 4]) -> [u64; 4] {
    multiply_add_all(one, other, [0; 4], [0; 4]).0
}

/// The number of these octets, big-endian, in so many digits; `None` where it needs more.
fn digits(octets: &[u8], count: usize) -> Option<Vec<[u64; 4]>> {
    let mut digits = vec![[0; 4]; count];
    let mut limbs = digits.as_flattened_mut().iter_mut();
    for eight in octets.rchunks(8) {
        let limb = eight.iter().fold(0, |limb, octet| (limb << 8) | u64::from(*octet));
        *limbs.next()? = limb;
    }
    Some(digits)
}
