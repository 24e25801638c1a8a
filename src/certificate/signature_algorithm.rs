//! Signature and digest algorithms.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::MlDsa;
use super::der::{Element, OBJECT_IDENTIFIER, SEQUENCE, dotted};

/// A digest algorithm that signatures use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hash {
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Length of a digest, in bytes.
    pub fn output_length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of `message`: 16 to 64 bytes.
    pub(super) fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(message).to_vec(),
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }
}

/// How a signature was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with a DigestInfo (RFC 8017 section 8.2).
    RsaPkcs1(Hash),
    /// RSASSA-PKCS1-v1_5 over MD5 ‖ SHA-1 without a DigestInfo (RFC 4346 section 4.7).
    RsaPkcs1Md5Sha1,
    /// RSASSA-PSS with MGF1 over the same hash (RFC 8017 section 8.1).
    ///
    /// TLS asks for a salt as long as the digest (RFC 8446 section 4.2.3); a salt of another
    /// length verifies too, because it proves the private key just as well.
    RsaPss(Hash),
    /// ECDSA; the curve is the key's.
    Ecdsa(Hash),
    /// DSA (FIPS 186-4).
    Dsa(Hash),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// Ed448 (RFC 8032).
    Ed448,
    /// ML-DSA with an empty context (FIPS 204).
    MlDsa(MlDsa),
}

impl SignatureAlgorithm {
    /// The algorithm that an X.509 AlgorithmIdentifier names (RFC 3279 section 2.2, RFC 4055,
    /// RFC 5758, RFC 8410); `None` where it is unknown.
    pub(super) fn from_identifier(der: &[u8]) -> Option<Self> {
        let mut parts = Element::only(der).filter(|element| element.tag == SEQUENCE)?.children();
        let oid = dotted(parts.take(OBJECT_IDENTIFIER)?.contents)?;
        Some(match oid.as_str() {
            "1.2.840.113549.1.1.4" => Self::RsaPkcs1(Hash::Md5),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::RsaPkcs1(Hash::Sha1),
            "1.2.840.113549.1.1.10" => Self::RsaPss(pss_hash(parts.take(SEQUENCE)?)?),
            "1.2.840.113549.1.1.11" => Self::RsaPkcs1(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::RsaPkcs1(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::RsaPkcs1(Hash::Sha512),
            "1.2.840.113549.1.1.14" => Self::RsaPkcs1(Hash::Sha224),
            "1.2.840.10045.4.1" => Self::Ecdsa(Hash::Sha1),
            "1.2.840.10045.4.3.1" => Self::Ecdsa(Hash::Sha224),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.2.840.10040.4.3" => Self::Dsa(Hash::Sha1),
            "2.16.840.1.101.3.4.3.1" => Self::Dsa(Hash::Sha224),
            "2.16.840.1.101.3.4.3.2" => Self::Dsa(Hash::Sha256),
            "1.3.101.112" => Self::Ed25519,
            "1.3.101.113" => Self::Ed448,
            other => Self::MlDsa(MlDsa::from_oid(other)?),
        })
    }
}

/// The usual name of the algorithm that an AlgorithmIdentifier names, or its dotted OID.
pub(super) fn name_of(der: &[u8]) -> Option<String> {
    let mut parts = Element::only(der).filter(|element| element.tag == SEQUENCE)?.children();
    let oid = dotted(parts.take(OBJECT_IDENTIFIER)?.contents)?;
    let name = match oid.as_str() {
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.2.840.10040.4.3" => "dsa-with-SHA1",
        "2.16.840.1.101.3.4.3.2" => "dsa-with-SHA256",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        other => match MlDsa::from_oid(other) {
            Some(parameters) => parameters.name(),
            None => return Some(oid),
        },
    };
    Some(name.to_owned())
}

/// The hash of RSASSA-PSS-params, where its mask generation function is MGF1 over the same hash
/// and its trailer the usual one (RFC 4055 section 3.1).
fn pss_hash(parameters: Element<'_>) -> Option<Hash> {
    const MGF1: &str = "1.2.840.113549.1.1.8";
    let mut hash = Hash::Sha1;
    let mut mask_hash = Hash::Sha1;
    let mut fields = parameters.children();
    if let Some(explicit) = fields.take(0xa0) {
        hash = hash_of(Element::only(explicit.contents)?)?;
    }
    if let Some(explicit) = fields.take(0xa1) {
        let mut mask = Element::only(explicit.contents)?.children();
        if dotted(mask.take(OBJECT_IDENTIFIER)?.contents)? != MGF1 {
            return None;
        }
        mask_hash = hash_of(mask.take(SEQUENCE)?)?;
    }
    fields.take(0xa2);
    // trailerField: no value but 1 is defined, and DER leaves it out.
    let trailer = fields.take(0xa3).map(|explicit| explicit.contents);
    let usual_trailer = matches!(trailer, None | Some([0x02, 0x01, 0x01]));
    (usual_trailer && fields.is_empty() && hash == mask_hash).then_some(hash)
}

fn hash_of(identifier: Element<'_>) -> Option<Hash> {
    let oid = dotted(identifier.children().take(OBJECT_IDENTIFIER)?.contents)?;
    Some(match oid.as_str() {
        "1.3.14.3.2.26" => Hash::Sha1,
        "2.16.840.1.101.3.4.2.1" => Hash::Sha256,
        "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
        "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
        "2.16.840.1.101.3.4.2.4" => Hash::Sha224,
        _ => return None,
    })
}
