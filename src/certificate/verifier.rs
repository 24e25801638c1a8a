//! Public keys prepared for many checks: a client signs every handshake with the same one.

use std::sync::LazyLock;

use ecdsa::elliptic_curve::bigint::Encoding;
use ecdsa::elliptic_curve::ops::{Invert, Reduce};
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ecdsa::elliptic_curve::{FieldBytes, Group, Scalar};
use ecdsa::{EcdsaCurve, Signature};
use p256::NistP256;
use p384::NistP384;
use primeorder::{
    AffinePoint, LookupTable, PrimeCurveParams, ProjectivePoint, Radix16Decomposition,
    Radix16Digits,
};

use super::ecdsa_signature::{decode_point, read_signature};
use super::rsa_signature::{self, DecodedRsaKey};
use super::spki::{Curve, Key};
use super::{Hash, SignatureAlgorithm, SignatureError};

/// A key of one of the kinds for which it pays.
#[derive(Debug)]
pub(super) enum Verifier {
    Rsa { pss: bool, key: Box<DecodedRsaKey> },
    P256(EcVerifier<NistP256>),
    P384(EcVerifier<NistP384>),
}

impl Verifier {
    /// Takes a SubjectPublicKeyInfo apart; `None` where nothing is gained by it.
    pub(super) fn new(spki_der: &[u8]) -> Option<Self> {
        match Key::read(spki_der)? {
            Key::Rsa { pss, key } => {
                let key = Box::new(rsa_signature::decode(key).ok()?);
                Some(Self::Rsa { pss, key })
            }
            Key::Ec { curve: Curve::P256, point } => EcVerifier::new(point).map(Self::P256),
            Key::Ec { curve: Curve::P384, point } => EcVerifier::new(point).map(Self::P384),
            _ => None,
        }
    }

    /// Whether a signature belongs to this key and `message`; `None` where that is for
    /// [`super::PublicKey::verify`] to say.
    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Option<Result<(), SignatureError>> {
        match (self, algorithm) {
            (Self::Rsa { pss: false, key }, SignatureAlgorithm::RsaPkcs1(hash)) => {
                Some(rsa_signature::verify_pkcs1_with(key, hash, message, signature))
            }
            (Self::Rsa { key, .. }, SignatureAlgorithm::RsaPss(hash)) => {
                Some(rsa_signature::verify_pss_with_key(key, hash, message, signature))
            }
            (Self::P256(key), SignatureAlgorithm::Ecdsa(hash)) => {
                key.verify(&P256_GENERATOR, hash, message, signature)
            }
            (Self::P384(key), SignatureAlgorithm::Ecdsa(hash)) => {
                key.verify(&P384_GENERATOR, hash, message, signature)
            }
            _ => None,
        }
    }
}

/// An ECDSA key on a curve whose order has as many bits as its octets hold.
#[derive(Debug)]
pub(super) struct EcVerifier<C: PrimeCurveParams> {
    point: Multiples<C>,
}

/// Multiples of a point: those of every power of 16, so that multiplying is only adding.
#[derive(Debug)]
struct Multiples<C: PrimeCurveParams> {
    powers: Vec<LookupTable<ProjectivePoint<C>>>,
}

static P256_GENERATOR: LazyLock<Multiples<NistP256>> =
    LazyLock::new(|| Multiples::of(ProjectivePoint::generator()));
static P384_GENERATOR: LazyLock<Multiples<NistP384>> =
    LazyLock::new(|| Multiples::of(ProjectivePoint::generator()));

impl<C: PrimeCurveParams> Multiples<C> {
    fn of(point: ProjectivePoint<C>) -> Self {
        // Two digits an octet and one for what is carried.
        let digits = FieldBytes::<C>::default().len().saturating_mul(2).saturating_add(1);
        let mut power = point;
        let powers = (0..digits).map(|_| {
            let multiples = LookupTable::new(power);
            for _ in 0..4 {
                power = power.double();
            }
            multiples
        });
        Self { powers: powers.collect() }
    }

    fn times(&self, number: &Scalar<C>) -> ProjectivePoint<C> {
        let digits = Radix16Decomposition::<Radix16Digits<C>>::new(number);
        let parts = self.powers.iter().enumerate();
        parts.fold(ProjectivePoint::identity(), |sum, (position, multiples)| {
            match digits[position] {
                0 => sum,
                digit => sum + multiples.select_vartime(digit),
            }
        })
    }
}

impl<C> EcVerifier<C>
where
    C: EcdsaCurve + PrimeCurveParams,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    fn new(point: &[u8]) -> Option<Self> {
        let point = *decode_point::<C>(point).ok()?.as_affine();
        Some(Self { point: Multiples::of(point.into()) })
    }

    /// FIPS 186-5 section 6.4.2. A signature that is found not to belong is left to the ecdsa crate
    /// to refute: with what is not ours, nobody is accused.
    fn verify(
        &self,
        generator: &Multiples<C>,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Option<Result<(), SignatureError>> {
        let signature: Signature<C> = read_signature(signature).ok()?;
        let (r, s) = signature.split_scalars();
        let digest = hash.digest(message);
        let inverse = *s.invert_vartime();
        let sum = generator.times(&(leftmost::<C>(&digest) * inverse))
            + self.point.times(&(*r * inverse));
        let belongs = *r == reduced::<C>(&sum.to_affine().x());
        belongs.then_some(Ok(()))
    }
}

/// The leftmost bits of a digest, as many as the order has, as a number.
fn leftmost<C: EcdsaCurve + PrimeCurveParams>(digest: &[u8]) -> Scalar<C> {
    let mut bytes = FieldBytes::<C>::default();
    let digest = digest.get(..bytes.len()).unwrap_or(digest);
    let start = bytes.len().saturating_sub(digest.len());
    if let Some(end) = bytes.get_mut(start..) {
        end.copy_from_slice(digest);
    }
    reduced::<C>(&bytes)
}

fn reduced<C: PrimeCurveParams>(bytes: &FieldBytes<C>) -> Scalar<C> {
    let bits = u32::try_from(bytes.len().saturating_mul(8)).unwrap_or(u32::MAX);
    Scalar::<C>::reduce(&C::Uint::from_be_slice_truncated(bytes, bits))
}
