//! Points of a curve y² = x³ - 3x + b whose order is prime.

use std::iter;

use super::residue::{Prime, Residue};

/// A point by its coordinates; never the neutral one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine<P, const N: usize> {
    pub(super) x: Residue<P, N>,
    pub(super) y: Residue<P, N>,
}

/// The point (x / z², y / z³); the neutral one where z is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jacobian<P, const N: usize> {
    pub(super) x: Residue<P, N>,
    pub(super) y: Residue<P, N>,
    pub(super) z: Residue<P, N>,
}

impl<P: Prime<N>, const N: usize> Affine<P, N> {
    /// The sum of each pair, whose points must not be opposite.
    ///
    /// It takes one division for all of them.
    pub(super) fn sums(pairs: &[(Self, Self)]) -> Vec<Self> {
        let slopes = pairs.iter().map(|(one, other)| {
            if one.x == other.x {
                let square = one.x.square();
                let three = |number: Residue<P, N>| number.double() + number;
                return (three(square - Residue::ONE), one.y.double());
            }
            (other.y - one.y, other.x - one.x)
        });
        let (rises, mut runs): (Vec<_>, Vec<_>) = slopes.unzip();
        invert(&mut runs);
        let slopes = rises.iter().zip(&runs).map(|(rise, run)| *rise * *run);
        let sums = slopes.zip(pairs).map(|(slope, (one, other))| {
            let x = slope.square() - one.x - other.x;
            Self { x, y: slope * (one.x - x) - one.y }
        });
        sums.collect()
    }

    /// The same points, of which none is the neutral one.
    ///
    /// It takes one division for all of them.
    pub(super) fn all(points: &[Jacobian<P, N>]) -> Vec<Self> {
        let mut inverses: Vec<_> = points.iter().map(|point| point.z).collect();
        invert(&mut inverses);
        let points = points.iter().zip(inverses).map(|(point, inverse)| {
            let square = inverse.square();
            Self { x: point.x * square, y: point.y * square * inverse }
        });
        points.collect()
    }

    fn opposite(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

impl<P: Prime<N>, const N: usize> Jacobian<P, N> {
    pub(super) const NEUTRAL: Self = Self { x: Residue::ONE, y: Residue::ONE, z: Residue::ZERO };

    /// The point added to itself.
    #[inline(always)]
    pub(super) fn double(self) -> Self {
        let Self { x, y, z } = self;
        let z_squared = z.square();
        let y_squared = y.square();
        let beta = x * y_squared;
        let product = (x - z_squared) * (x + z_squared);
        let alpha = product.double() + product;
        let beta_by_four = beta.double().double();
        let x = alpha.square() - beta_by_four.double();
        let z = (y * z).double();
        let y_fourth_by_eight = y_squared.double().square().double();
        Self { x, y: alpha * (beta_by_four - x) - y_fourth_by_eight, z }
    }

    /// The sum with a point, or with its opposite.
    #[inline(always)]
    pub(super) fn add_affine(self, other: Affine<P, N>, opposite: bool) -> Self {
        let other = if opposite { other.opposite() } else { other };
        if self.z.is_zero() {
            return other.into();
        }
        let z_squared = self.z.square();
        let run = other.x * z_squared - self.x;
        let rise = other.y * (z_squared * self.z) - self.y;
        self.along(run, rise, self.x, self.y, self.z)
    }

    /// The sum with a point, or with its opposite.
    pub(super) fn add(self, other: Self, opposite: bool) -> Self {
        let other = if opposite { Self { y: -other.y, ..other } } else { other };
        if self.z.is_zero() {
            return other;
        }
        if other.z.is_zero() {
            return self;
        }
        let z_squared = self.z.square();
        let other_z_squared = other.z.square();
        let x = self.x * other_z_squared;
        let y = self.y * (other_z_squared * other.z);
        let run = other.x * z_squared - x;
        let rise = other.y * (z_squared * self.z) - y;
        self.along(run, rise, x, y, self.z * other.z)
    }

    /// The sum with the point that is farther by `run` and `rise`, both having the coordinates `x`
    /// and `y` over the same `z`.
    #[inline(always)]
    fn along(
        self,
        run: Residue<P, N>,
        rise: Residue<P, N>,
        x: Residue<P, N>,
        y: Residue<P, N>,
        z: Residue<P, N>,
    ) -> Self {
        if run.is_zero() {
            return if rise.is_zero() { self.double() } else { Self::NEUTRAL };
        }
        let run_squared = run.square();
        let run_cubed = run_squared * run;
        let middle = x * run_squared;
        let x = rise.square() - run_cubed - middle.double();
        Self { x, y: rise * (middle - x) - y * run_cubed, z: z * run }
    }
}

impl<P: Prime<N>, const N: usize> From<Affine<P, N>> for Jacobian<P, N> {
    fn from(point: Affine<P, N>) -> Self {
        Self { x: point.x, y: point.y, z: Residue::ONE }
    }
}

/// Divides one by each number. If one of them is zero, all become zero.
fn invert<P: Prime<N>, const N: usize>(numbers: &mut [Residue<P, N>]) {
    let mut product = Residue::ONE;
    let before = numbers.iter().map(|number| {
        let before = product;
        product = product * *number;
        before
    });
    let before: Vec<_> = before.collect();
    let mut inverse = product.inverse();
    for (number, before) in iter::zip(numbers, before).rev() {
        (*number, inverse) = (inverse * before, inverse * *number);
    }
}
