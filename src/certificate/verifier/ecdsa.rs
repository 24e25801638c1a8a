//! ECDSA on curves of NIST.

use ecdsa::EcdsaCurve;
use ecdsa::elliptic_curve::bigint::Encoding;
use ecdsa::elliptic_curve::ops::{Invert, Reduce};
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ecdsa::elliptic_curve::{FieldBytes, Group, PrimeField, Scalar};
use primeorder::{AffinePoint, PrimeCurveParams, ProjectivePoint};

use super::super::Hash;
use super::super::ecdsa_signature::{decode_point, read_signature};
use super::curve::Curve;
use super::limbs::sum;
use super::multiples::{Multiples, OddMultiples};
use super::point::{Affine, Jacobian};
use super::residue::Residue;

/// Bits of a window of the generator's multiples: 150 kilobytes for P-256, made once in less than
/// a millisecond.
const GENERATOR_WIDTH: u32 = 7;

/// Bits of a window of a key's multiples: one more makes a check a twelfth faster, and takes two
/// thirds more memory.
const KEY_WIDTH: u32 = 5;

/// An ECDSA key on a curve whose order has as many bits as its octets hold.
#[derive(Debug)]
pub(super) struct EcVerifier<C, const N: usize> {
    multiples: KeyMultiples<C, N>,
}

#[derive(Debug)]
enum KeyMultiples<C, const N: usize> {
    Few(OddMultiples<C, N>),
    Many(Multiples<C, N>),
}

impl<C, const N: usize> EcVerifier<C, N>
where
    C: EcdsaCurve + PrimeCurveParams + Curve<N>,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    pub(super) fn new(point: &[u8]) -> Option<Self> {
        let point = affine(decode_point::<C>(point).ok()?.as_affine())?;
        Some(Self { multiples: KeyMultiples::Few(OddMultiples::of(point)) })
    }

    /// The same key, faster; `None` where it is so already.
    ///
    /// Making it takes as long as some checks.
    pub(super) fn prepared(&self) -> Option<Self> {
        let KeyMultiples::Few(few) = &self.multiples else {
            return None;
        };
        Some(Self { multiples: KeyMultiples::Many(Multiples::of(few.point()?, KEY_WIDTH)) })
    }

    /// Bytes of memory that being prepared takes, about.
    pub(super) fn bytes(&self) -> usize {
        match &self.multiples {
            KeyMultiples::Few(_) => 0,
            KeyMultiples::Many(many) => many.bytes(),
        }
    }

    /// Whether a signature belongs to this key and message (FIPS 186-5 section 6.4.2).
    pub(super) fn accepts(
        &self,
        generator: &Multiples<C, N>,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        // Both numbers are from 1 to below the order.
        let Ok(signature) = read_signature::<C>(signature) else {
            return false;
        };
        let (r, s) = signature.split_scalars();
        let inverse = *s.invert_vartime();
        let of_generator = limbs(&(leftmost::<C>(&hash.digest(message)) * inverse).to_repr());
        let of_key = limbs(&(*r * inverse).to_repr());
        let sum = match &self.multiples {
            KeyMultiples::Few(few) => few.times(&of_key),
            KeyMultiples::Many(many) => many.add_times(Jacobian::NEUTRAL, &of_key),
        };
        let sum = generator.add_times(sum, &of_generator);
        has_coordinate(&sum, limbs(&r.to_repr()))
    }
}

impl<C, const N: usize> Multiples<C, N>
where
    C: EcdsaCurve + PrimeCurveParams + Curve<N>,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    /// Those of the curve's generator.
    pub(super) fn of_generator() -> Option<Self> {
        let generator = affine(&ProjectivePoint::<C>::generator().to_affine())?;
        Some(Self::of(generator, GENERATOR_WIDTH))
    }
}

/// Whether a point's x is, modulo the order, this number.
pub(super) fn has_coordinate<C: Curve<N>, const N: usize>(
    point: &Jacobian<C, N>,
    number: [u64; N],
) -> bool {
    if point.z.is_zero() {
        return false;
    }
    let z_squared = point.z.square();
    // x is below the prime, which is less than twice the order.
    let (above, carry) = sum(number, C::ORDER, 0);
    let above = Residue::new(above).filter(|_| carry == 0);
    [Residue::new(number), above].into_iter().flatten().any(|x| x * z_squared == point.x)
}

/// The same point; `None` for the neutral one.
pub(super) fn affine<C, const N: usize>(point: &AffinePoint<C>) -> Option<Affine<C, N>>
where
    C: EcdsaCurve + PrimeCurveParams + Curve<N>,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    if bool::from(point.is_identity()) {
        return None;
    }
    Some(Affine { x: Residue::new(limbs(&point.x()))?, y: Residue::new(limbs(&point.y()))? })
}

/// A number of so many octets, big-endian.
pub(super) fn limbs<const N: usize>(octets: &[u8]) -> [u64; N] {
    let mut limbs = [0; N];
    for (limb, eight) in limbs.iter_mut().zip(octets.rchunks(8)) {
        *limb = eight.iter().fold(0, |limb, octet| (limb << 8) | u64::from(*octet));
    }
    limbs
}

/// The leftmost bits of a digest, as many as the order has, as a number.
fn leftmost<C: EcdsaCurve + PrimeCurveParams>(digest: &[u8]) -> Scalar<C> {
    let mut bytes = FieldBytes::<C>::default();
    let digest = digest.get(..bytes.len()).unwrap_or(digest);
    let start = bytes.len().saturating_sub(digest.len());
    if let Some(end) = bytes.get_mut(start..) {
        end.copy_from_slice(digest);
    }
    let bits = u32::try_from(bytes.len().saturating_mul(8)).unwrap_or(u32::MAX);
    Scalar::<C>::reduce(&C::Uint::from_be_slice_truncated(&bytes, bits))
}
