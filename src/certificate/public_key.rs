//! Public keys and signature checks.

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

/// How a signature was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with a DigestInfo (RFC 8017 section 8.2).
    RsaPkcs1(Hash),
    /// RSASSA-PKCS1-v1_5 over MD5 ‖ SHA-1 without a DigestInfo (RFC 4346 section 4.7).
    RsaPkcs1Md5Sha1,
    /// RSASSA-PSS, salt as long as the digest (RFC 8446 section 4.2.3).
    RsaPss(Hash),
    /// ECDSA; the curve is the key's.
    Ecdsa(Hash),
    /// DSA (FIPS 186-4).
    Dsa(Hash),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// Ed448 (RFC 8032).
    Ed448,
}

/// Why a signature could not be confirmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureError {
    /// The signature does not belong to this key and message.
    Invalid,
    /// The algorithm or the key's curve or size is not supported.
    Unsupported,
    /// The key is of another type than the algorithm needs.
    WrongKeyType,
    /// The key cannot be decoded.
    MalformedKey,
}

/// The key of a certificate's subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// Raw DER of SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    pub spki_der: Vec<u8>,
    /// For people: `RSA 2048`, `ECDSA P-256`, `Ed25519`, or the algorithm's OID.
    pub description: String,
}

impl PublicKey {
    /// Checks `signature` over `message` (the whole message: it is hashed here).
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let _ = (algorithm, message, signature);
        todo!()
    }
}
