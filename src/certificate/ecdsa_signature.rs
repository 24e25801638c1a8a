//! ECDSA signature checks (FIPS 186-5 section 6.4.2, RFC 8422 section 5.10).

use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize};
use ecdsa::{EcdsaCurve, Signature, VerifyingKey};
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use signature::hazmat::PrehashVerifier;

use super::der::{Element, INTEGER, SEQUENCE, unsigned};
use super::spki::Curve;
use super::{Hash, SignatureError};

/// Checks an ECDSA signature; digests longer or shorter than the curve's order are fine.
pub(super) fn verify(
    curve: &Curve,
    point: &[u8],
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let verify = match curve {
        Curve::BrainpoolP256r1 => verify_on::<BrainpoolP256r1>,
        Curve::BrainpoolP384r1 => verify_on::<BrainpoolP384r1>,
        Curve::P256 => verify_on::<NistP256>,
        Curve::P384 => verify_on::<NistP384>,
        Curve::P521 => verify_on::<NistP521>,
        Curve::Other(_) => return Err(SignatureError::Unsupported),
    };
    verify(point, &hash.digest(message), signature)
}

fn verify_on<C>(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), SignatureError>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let key = decode_point::<C>(point)?;
    let signature = read_signature::<C>(signature)?;
    key.verify_prehash(digest, &signature).map_err(|_| SignatureError::Invalid)
}

/// The key whose point is encoded so.
pub(super) fn decode_point<C>(point: &[u8]) -> Result<VerifyingKey<C>, SignatureError>
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    VerifyingKey::<C>::from_sec1_bytes(&plain_point(point)?)
        .map_err(|_| SignatureError::MalformedKey)
}

/// The two numbers of a signature.
pub(super) fn read_signature<C>(signature: &[u8]) -> Result<Signature<C>, SignatureError>
where
    C: EcdsaCurve + CurveArithmetic,
{
    let (r, s) = split(signature).ok_or(SignatureError::MalformedSignature)?;
    // r or s of 0 or not below the order: invalid by definition (FIPS 186-5 section 6.4.2, step 1).
    let (Some(r), Some(s)) = (field_bytes::<C>(r), field_bytes::<C>(s)) else {
        return Err(SignatureError::Invalid);
    };
    Signature::<C>::from_scalars(r, s).map_err(|_| SignatureError::Invalid)
}

/// `Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2.3).
///
/// DER by the RFC, but any BER form is read, integers as unsigned (some signers leave out the zero
/// octet that keeps them positive), and bytes after `s` are passed over. All of these stand for
/// one pair of numbers: if that pair does not verify, no reading of the signature does.
fn split(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = Element::first(signature)?;
    if sequence.tag != SEQUENCE {
        return None;
    }
    let mut numbers = sequence.children();
    let r = numbers.take(INTEGER)?;
    let s = numbers.take(INTEGER)?;
    Some((unsigned(r.contents), unsigned(s.contents)))
}

/// The number in as many octets as a field element has; `None` where it does not fit.
fn field_bytes<C: EcdsaCurve>(number: &[u8]) -> Option<FieldBytes<C>> {
    let mut bytes = FieldBytes::<C>::default();
    let start = bytes.len().checked_sub(number.len())?;
    bytes.get_mut(start..)?.copy_from_slice(number);
    Some(bytes)
}

/// The point in compressed or uncompressed form (SEC 1 section 2.3.3); the hybrid form of X9.62,
/// which OpenSSL takes too, is made uncompressed.
fn plain_point(point: &[u8]) -> Result<Vec<u8>, SignatureError> {
    match point {
        [2..=4, ..] => Ok(point.to_vec()),
        [6 | 7, coordinates @ ..] => Ok([&[4], coordinates].concat()),
        _ => Err(SignatureError::MalformedKey),
    }
}
