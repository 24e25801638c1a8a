//! SubjectPublicKeyInfo taken apart (RFC 5280 section 4.1.2.7).

use super::MlDsa;
use super::der::{BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, dotted, unsigned};
use super::outline::whole_octets;

/// A public key by its type, its parts still undecoded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Key<'a> {
    /// DSA (RFC 3279 section 2.3.2); the size of p in bits where the parameters are there.
    Dsa(Option<usize>),
    /// ECDSA (RFC 5480).
    Ec {
        /// The curve of the parameters.
        curve: Curve,
        /// The point as encoded (SEC 1 section 2.3.3).
        point: &'a [u8],
    },
    /// Ed25519 (RFC 8410).
    Ed25519(&'a [u8]),
    /// Ed448 (RFC 8410).
    Ed448(&'a [u8]),
    /// ML-DSA (RFC 9881).
    MlDsa(MlDsa, &'a [u8]),
    /// Any other algorithm, by its OID.
    Other(String),
    /// RSA (RFC 3279 section 2.3.1, RFC 4055 section 3).
    Rsa {
        /// Whether the key is for RSASSA-PSS only.
        pss: bool,
        /// Modulus and exponent; `None` where the RSAPublicKey cannot be read.
        key: Option<RsaKey<'a>>,
    },
}

/// Modulus and public exponent, big-endian without leading zeros.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RsaKey<'a> {
    pub(super) modulus: &'a [u8],
    pub(super) exponent: &'a [u8],
}

/// The curve that an EC key's parameters name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Curve {
    BrainpoolP256r1,
    BrainpoolP384r1,
    P256,
    P384,
    P521,
    /// A curve for which there are no checks, by name or OID.
    Other(String),
}

impl<'a> Key<'a> {
    /// Takes a SubjectPublicKeyInfo apart; `None` where its outer structure cannot be read.
    pub(super) fn read(spki_der: &'a [u8]) -> Option<Self> {
        let spki = Element::only(spki_der).filter(|element| element.tag == SEQUENCE)?;
        let mut parts = spki.children();
        let mut algorithm = parts.take(SEQUENCE)?.children();
        let bits = parts.take(BIT_STRING).and_then(whole_octets)?;
        let oid = dotted(algorithm.take(OBJECT_IDENTIFIER)?.contents)?;
        let parameters = algorithm.take_any();
        Some(match oid.as_str() {
            "1.2.840.113549.1.1.1" => Self::Rsa { pss: false, key: RsaKey::read(bits) },
            "1.2.840.113549.1.1.10" => Self::Rsa { pss: true, key: RsaKey::read(bits) },
            "1.2.840.10045.2.1" => Self::Ec { curve: Curve::read(parameters), point: bits },
            "1.2.840.10040.4.1" => Self::Dsa(dsa_bits(parameters)),
            "1.3.101.112" => Self::Ed25519(bits),
            "1.3.101.113" => Self::Ed448(bits),
            _ => match MlDsa::from_oid(&oid) {
                Some(parameters) => Self::MlDsa(parameters, bits),
                None => Self::Other(oid),
            },
        })
    }

    /// The type and size for people: `RSA 2048`, `ECDSA P-256`.
    pub(super) fn description(&self) -> String {
        match self {
            Self::Dsa(Some(bits)) => format!("DSA {bits}"),
            Self::Dsa(None) => "DSA".to_owned(),
            Self::Ec { curve, .. } => format!("ECDSA {}", curve.name()),
            Self::Ed25519(_) => "Ed25519".to_owned(),
            Self::Ed448(_) => "Ed448".to_owned(),
            Self::MlDsa(parameters, _) => parameters.name().to_owned(),
            Self::Other(oid) => oid.clone(),
            Self::Rsa { pss, key } => {
                let algorithm = if *pss { "RSASSA-PSS" } else { "RSA" };
                match key {
                    Some(key) => format!("{algorithm} {}", bit_length(key.modulus)),
                    None => format!("{algorithm} (unreadable)"),
                }
            }
        }
    }
}

impl<'a> RsaKey<'a> {
    /// Reads an RSAPublicKey. Both numbers are taken as unsigned, as OpenSSL does: some encoders
    /// leave out the zero octet that keeps them positive.
    fn read(bits: &'a [u8]) -> Option<Self> {
        let sequence = Element::only(bits).filter(|element| element.tag == SEQUENCE)?;
        let mut numbers = sequence.children();
        let modulus = unsigned(numbers.take(INTEGER)?.contents);
        let exponent = unsigned(numbers.take(INTEGER)?.contents);
        numbers.is_empty().then_some(Self { modulus, exponent })
    }
}

impl Curve {
    fn read(parameters: Option<Element<'_>>) -> Self {
        let oid = match parameters {
            Some(element) if element.tag == OBJECT_IDENTIFIER => dotted(element.contents),
            Some(element) if element.tag == SEQUENCE => {
                return Self::Other("explicit parameters".to_owned());
            }
            _ => None,
        };
        let Some(oid) = oid else {
            return Self::Other("unknown curve".to_owned());
        };
        let name = match oid.as_str() {
            "1.2.840.10045.3.1.7" => return Self::P256,
            "1.3.132.0.34" => return Self::P384,
            "1.3.132.0.35" => return Self::P521,
            "1.3.36.3.3.2.8.1.1.7" => return Self::BrainpoolP256r1,
            "1.3.36.3.3.2.8.1.1.11" => return Self::BrainpoolP384r1,
            "1.2.156.10197.1.301" => "SM2",
            "1.2.840.10045.3.1.1" => "P-192",
            "1.3.132.0.10" => "secp256k1",
            "1.3.132.0.33" => "P-224",
            "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
            _ => return Self::Other(oid),
        };
        Self::Other(name.to_owned())
    }

    fn name(&self) -> &str {
        match self {
            Self::BrainpoolP256r1 => "brainpoolP256r1",
            Self::BrainpoolP384r1 => "brainpoolP384r1",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Other(name) => name,
        }
    }
}

/// Size of p in `Dss-Parms ::= SEQUENCE { p, q, g INTEGER }`.
fn dsa_bits(parameters: Option<Element<'_>>) -> Option<usize> {
    let parameters = parameters.filter(|element| element.tag == SEQUENCE)?;
    Some(bit_length(unsigned(parameters.children().take(INTEGER)?.contents)))
}

/// Bits of a big-endian number without leading zeros.
pub(super) fn bit_length(number: &[u8]) -> usize {
    let Some(first) = number.first() else {
        return 0;
    };
    let unused = usize::try_from(first.leading_zeros()).unwrap_or(0);
    number.len().saturating_mul(8).saturating_sub(unused)
}
