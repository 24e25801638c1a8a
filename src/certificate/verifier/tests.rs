//! The arithmetic against that of the crates, and against slow arithmetic.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use ::ecdsa::EcdsaCurve;
use ::ecdsa::elliptic_curve::ops::Reduce;
use ::ecdsa::elliptic_curve::point::AffineCoordinates;
use ::ecdsa::elliptic_curve::{Field, FieldBytes, Group, PrimeField, Scalar};
use p256::NistP256;
use p384::NistP384;
use primeorder::{AffinePoint, PrimeCurveParams, ProjectivePoint};

use super::curve::Curve;
use super::ecdsa::{affine, has_coordinate, limbs};
use super::limbs::difference;
use super::modulus::Modulus;
use super::multiples::{Multiples, OddMultiples};
use super::point::{Affine, Jacobian};
use super::residue::{Prime, Residue};

/// Numbers that look random, the same ones every time (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Limbs of which some have only equal bits, so that much is carried.
    fn limbs<const N: usize>(&mut self) -> [u64; N] {
        std::array::from_fn(|_| match self.next() % 8 {
            0 => 0,
            1 => u64::MAX,
            _ => self.next(),
        })
    }
}

fn octets<const N: usize>(limbs: [u64; N]) -> Vec<u8> {
    limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

fn less<const N: usize>(number: [u64; N], by: u64) -> [u64; N] {
    difference(number, [0; N], by).0
}

fn small<const N: usize>(number: u64) -> [u64; N] {
    std::array::from_fn(|at| if at == 0 { number } else { 0 })
}

/// Numbers of all sizes about the edges, and others.
fn numbers<const N: usize>(edge: [u64; N], count: usize) -> Vec<[u64; N]> {
    let mut numbers = Numbers(1);
    let others: Vec<[u64; N]> = (0..count).map(|_| numbers.limbs()).collect();
    let smalls = [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, u64::MAX].map(small);
    let edges = [0, 1, 2, 16, 17, 33].map(|by| less(edge, by));
    [&smalls[..], &edges, &others].concat()
}

fn field_agrees<C: PrimeCurveParams + Curve<N>, const N: usize>() {
    assert!(Residue::<C, N>::new(C::PRIME).is_none());
    assert!(Residue::<C, N>::new([u64::MAX; N]).is_none());
    let theirs = |limbs: [u64; N]| -> Option<C::FieldElement> {
        let bytes = FieldBytes::<C>::try_from(octets(limbs).as_slice()).unwrap();
        C::FieldElement::from_repr(bytes).into_option()
    };
    let ours =
        |number: C::FieldElement| Residue::<C, N>::new(limbs(number.to_repr().as_ref())).unwrap();
    let numbers: Vec<_> = numbers(C::PRIME, 60)
        .into_iter()
        .filter_map(|limbs| {
            assert_eq!(Residue::<C, N>::new(limbs).is_some(), theirs(limbs).is_some());
            Some((Residue::<C, N>::new(limbs)?, theirs(limbs)?))
        })
        .collect();
    assert!(numbers.len() > 50);
    for (one, their_one) in &numbers {
        assert!(-*one == ours(-*their_one));
        assert!(one.square() == ours(their_one.square()));
        assert!(one.double() == ours(their_one.double()));
        let inverse = Field::invert(their_one).into_option();
        assert!(one.inverse() == inverse.map_or(Residue::ZERO, ours));
        for (other, their_other) in &numbers {
            assert!(*one * *other == ours(*their_one * *their_other));
            assert!(*one + *other == ours(*their_one + *their_other));
            assert!(*one - *other == ours(*their_one - *their_other));
        }
    }
}

#[test]
fn numbers_modulo_the_primes_are_those_of_the_crates() {
    field_agrees::<NistP256, 4>();
    field_agrees::<NistP384, 6>();
}

fn same<P: Prime<N>, const N: usize>(one: Jacobian<P, N>, other: Option<Affine<P, N>>) -> bool {
    match other {
        None => one.z.is_zero(),
        Some(other) => {
            let one = Affine::all(&[one])[0];
            one.x == other.x && one.y == other.y
        }
    }
}

fn multiples_agree<C, const N: usize>()
where
    C: EcdsaCurve + PrimeCurveParams + Curve<N>,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    let scalar = |limbs: [u64; N]| {
        let bytes = FieldBytes::<C>::try_from(octets(limbs).as_slice()).unwrap();
        <Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&bytes)
    };
    let generator = ProjectivePoint::<C>::generator();
    let base = generator * scalar(small(0x1234_5678));
    let (point, first) =
        (affine(&base.to_affine()).unwrap(), affine(&generator.to_affine()).unwrap());
    let few = OddMultiples::of(point);
    let many = [5, 6].map(|width| Multiples::of(point, width));
    let of_generator = Multiples::<C, N>::of_generator().unwrap();
    for number in numbers(<C as Curve<N>>::ORDER, 8) {
        let product = base * scalar(number);
        let expected = affine(&product.to_affine());
        assert!(same(few.times(&number), expected), "{number:x?}");
        for many in &many {
            assert!(same(many.add_times(Jacobian::NEUTRAL, &number), expected), "{number:x?}");
        }
        let expected = affine(&(product + generator * scalar(number)).to_affine());
        assert!(same(of_generator.add_times(few.times(&number), &number), expected));
        // Sums that come to nothing, or to what is being added.
        let opposite = scalar(number) * scalar(small(0x1234_5678));
        let opposite = limbs(&(-opposite).to_repr());
        assert!(of_generator.add_times(few.times(&number), &opposite).z.is_zero());
        let sum = few.times(&number).add(first.into(), false);
        assert!(same(sum, affine(&(product + generator).to_affine())));
    }
}

#[test]
fn multiples_of_points_are_those_of_the_crates() {
    multiples_agree::<NistP256, 4>();
    multiples_agree::<NistP384, 6>();
}

#[test]
fn equal_opposite_and_neutral_points_are_added() {
    let generator = ProjectivePoint::<NistP256>::generator().to_affine();
    let point: Affine<NistP256, 4> = affine(&generator).unwrap();
    let twice = affine(&ProjectivePoint::<NistP256>::generator().double().to_affine());
    let one = Jacobian::from(point);
    // The same point over another z: three times less two times.
    let other = one.double().add(one, false).add(one.double(), true);
    let neutral = Jacobian::NEUTRAL;
    for one in [one, other] {
        assert!(same(one.double(), twice));
        assert!(same(one.add_affine(point, false), twice));
        assert!(same(one.add_affine(point, true), None));
        for other in [Jacobian::from(point), other] {
            assert!(same(one.add(other, false), twice));
            assert!(same(one.add(other, true), None));
        }
        assert!(same(neutral.add(one, false), Some(point)));
        assert!(same(one.add(neutral, false), Some(point)));
    }
    assert!(same(neutral.add_affine(point, false), Some(point)));
    assert!(same(neutral.add(neutral, true), None));
    assert!(same(neutral.double(), None));
}

#[test]
fn a_coordinate_above_the_order_is_taken_modulo_the_order() {
    let z = Residue::<NistP256, 4>::new([7, 0, 3, 5]).unwrap();
    let with = |x: [u64; 4]| Jacobian { x: Residue::new(x).unwrap() * z.square(), y: z, z };
    let mut above = <NistP256 as Curve<4>>::ORDER;
    above[0] += 5;
    for x in [above, small(5)] {
        assert!(has_coordinate(&with(x), small(5)));
        assert!(!has_coordinate(&with(x), small(6)));
    }
    // There is no prime left of it.
    let highest = less(NistP256::PRIME, 1);
    assert!(!has_coordinate(&with(highest), highest.map(|limb| limb ^ 1)));
    assert!(!has_coordinate(&Jacobian { z: Residue::ZERO, x: Residue::ZERO, y: z }, small(5)));
}

/// The number times another modulo a third, bit by bit; all big-endian and as long.
fn slow_product(one: &[u8], other: &[u8], modulus: &[u8]) -> Vec<u8> {
    let added = |one: &[u8], other: &[u8]| {
        let mut sum = vec![0; modulus.len() + 1];
        let mut carry = 0;
        for at in (0..modulus.len()).rev() {
            carry += u32::from(one[at]) + u32::from(other[at]);
            sum[at + 1] = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        sum[0] = carry.to_le_bytes()[0];
        let longer = [&[0], modulus].concat();
        if sum >= longer {
            let mut borrow = 0;
            for at in (0..sum.len()).rev() {
                let difference = 256 + u32::from(sum[at]) - u32::from(longer[at]) - borrow;
                borrow = u32::from(difference < 256);
                sum[at] = difference.to_le_bytes()[0];
            }
        }
        sum[1..].to_vec()
    };
    let mut product = vec![0; modulus.len()];
    for bit in 0..other.len() * 8 {
        product = added(&product, &product);
        if (other[bit / 8] << (bit % 8)) & 0x80 != 0 {
            product = added(&product, one);
        }
    }
    product
}

fn slow_power(number: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut power = number.to_vec();
    for _ in 0..16 {
        power = slow_product(&power, &power, modulus);
    }
    slow_product(&power, number, modulus)
}

#[test]
fn powers_are_those_of_slow_arithmetic() {
    let mut numbers = Numbers(2);
    for bits in [2, 9, 64, 65, 255, 256, 257, 512, 1023, 2041] {
        let length = bits / 8 + usize::from(bits % 8 != 0);
        let mut random = || -> Vec<u8> {
            let limbs = (0..length.div_ceil(8)).flat_map(|_| numbers.limbs::<1>());
            limbs.flat_map(u64::to_be_bytes).take(length).collect()
        };
        let mut modulus = random();
        modulus[0] &= 0xff >> (length * 8 - bits);
        modulus[0] |= 0x80 >> (length * 8 - bits);
        modulus[length - 1] |= 1;
        let ours = Modulus::new(&modulus).unwrap();
        let mut other = random();
        other[0] &= modulus[0] >> 1;
        let mut highest = modulus.clone();
        highest[length - 1] -= 1;
        for number in [vec![0; length], other, highest] {
            let power = ours.power_65537(&number).unwrap();
            let (zeros, power) = power.split_at(power.len() - length);
            assert!(zeros.iter().all(|octet| *octet == 0));
            assert_eq!(power, slow_power(&number, &modulus), "{bits} bits");
        }
        assert_eq!(ours.power_65537(&modulus), None);
        assert_eq!(ours.power_65537(&[1; 300]), None);
        assert_eq!(ours.power_65537(&[]).unwrap(), vec![0; length.div_ceil(32) * 32]);
    }
}

#[test]
fn what_cannot_be_a_modulus_is_none() {
    for octets in [&[][..], &[0], &[1], &[0, 1], &[2], &[0xff, 0xfe], &[0; 40]] {
        assert!(Modulus::new(octets).is_none(), "{octets:02x?}");
    }
}
