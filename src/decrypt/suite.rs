//! What a cipher suite does to records, out of its registered name.

use tls_parser::TlsCipherSuite;

use super::hash::Hash;
use crate::tls::CipherSuite;

/// Protection of records by a cipher suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Suite {
    pub(super) cipher: Cipher,
    /// The hash of the record MAC; `None` for AEAD.
    pub(super) mac: Option<Hash>,
    /// The hash of HKDF, or of the pseudo-random function at TLS 1.2.
    pub(super) prf: Hash,
    /// It is one of TLS 1.3, and of no other version.
    pub(super) is_tls13: bool,
    /// The premaster secret is encrypted with the server's RSA key and nothing else goes into it.
    pub(super) is_rsa: bool,
}

/// A bulk cipher and its mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    Aes128Ccm,
    Aes256Ccm,
    Aes128Ccm8,
    Aes256Ccm8,
    Camellia128Gcm,
    Camellia256Gcm,
    Aria128Gcm,
    Aria256Gcm,
    ChaCha20Poly1305,
    Aes128Cbc,
    Aes256Cbc,
    Camellia128Cbc,
    Camellia256Cbc,
    Aria128Cbc,
    Aria256Cbc,
    TripleDesCbc,
    DesCbc,
    Rc4,
    Null,
}

/// How a cipher is put into records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// Authenticated encryption with a tag of so many bytes. In TLS 1.2 so many bytes of the nonce
    /// are sent in each record.
    Aead { tag: usize, explicit_nonce: usize },
    /// Cipher block chaining with blocks of so many bytes.
    Block { size: usize },
    /// A stream cipher, or none.
    Stream,
}

/// Whether the premaster secret of `suite` can be decrypted with the server's RSA key alone.
pub fn uses_rsa_key_exchange(suite: CipherSuite) -> bool {
    Suite::of(suite).is_some_and(|suite| suite.is_rsa)
}

impl Suite {
    /// The protection of a suite, where it is one that can be undone here.
    pub(super) fn of(suite: CipherSuite) -> Option<Self> {
        let name = TlsCipherSuite::from_id(suite.0)?.name.strip_prefix("TLS_")?;
        match name.split_once("_WITH_") {
            // Export suites shorten their keys in ways of their own (RFC 2246 section 6.3.1).
            Some((key_exchange, _)) if key_exchange.contains("EXPORT") => None,
            Some((key_exchange, rest)) => Self::from_name(rest, false, key_exchange == "RSA"),
            None => Self::from_name(name, true, false),
        }
    }

    fn from_name(name: &str, is_tls13: bool, is_rsa: bool) -> Option<Self> {
        let (cipher, hash) = [
            ("_MD5", Hash::Md5),
            ("_SHA", Hash::Sha1),
            ("_SHA256", Hash::Sha256),
            ("_SHA384", Hash::Sha384),
        ]
        .into_iter()
        .find_map(|(suffix, hash)| Some((name.strip_suffix(suffix)?, Some(hash))))
        .unwrap_or((name, None));
        let cipher = Cipher::from_name(cipher)?;
        let is_aead = matches!(cipher.mode(), Mode::Aead { .. });
        if (is_tls13 || hash.is_none()) && !is_aead {
            return None;
        }
        // RFC 5246 section 5: P_SHA256, unless the suite names a stronger hash.
        let prf = if hash == Some(Hash::Sha384) { Hash::Sha384 } else { Hash::Sha256 };
        Some(Self { cipher, mac: hash.filter(|_| !is_aead), prf, is_tls13, is_rsa })
    }
}

impl Cipher {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "AES_128_GCM" => Self::Aes128Gcm,
            "AES_256_GCM" => Self::Aes256Gcm,
            "AES_128_CCM" => Self::Aes128Ccm,
            "AES_256_CCM" => Self::Aes256Ccm,
            "AES_128_CCM_8" => Self::Aes128Ccm8,
            "AES_256_CCM_8" => Self::Aes256Ccm8,
            "CAMELLIA_128_GCM" => Self::Camellia128Gcm,
            "CAMELLIA_256_GCM" => Self::Camellia256Gcm,
            "ARIA_128_GCM" => Self::Aria128Gcm,
            "ARIA_256_GCM" => Self::Aria256Gcm,
            "CHACHA20_POLY1305" => Self::ChaCha20Poly1305,
            "AES_128_CBC" => Self::Aes128Cbc,
            "AES_256_CBC" => Self::Aes256Cbc,
            "CAMELLIA_128_CBC" => Self::Camellia128Cbc,
            "CAMELLIA_256_CBC" => Self::Camellia256Cbc,
            "ARIA_128_CBC" => Self::Aria128Cbc,
            "ARIA_256_CBC" => Self::Aria256Cbc,
            "3DES_EDE_CBC" => Self::TripleDesCbc,
            "DES_CBC" => Self::DesCbc,
            "RC4_128" => Self::Rc4,
            "NULL" => Self::Null,
            _ => return None,
        })
    }

    /// Length of a key, in bytes.
    pub(super) fn key_length(self) -> usize {
        match self {
            Self::Aes128Gcm
            | Self::Aes128Ccm
            | Self::Aes128Ccm8
            | Self::Camellia128Gcm
            | Self::Aria128Gcm
            | Self::Aes128Cbc
            | Self::Camellia128Cbc
            | Self::Aria128Cbc
            | Self::Rc4 => 16,
            Self::Aes256Gcm
            | Self::Aes256Ccm
            | Self::Aes256Ccm8
            | Self::Camellia256Gcm
            | Self::Aria256Gcm
            | Self::ChaCha20Poly1305
            | Self::Aes256Cbc
            | Self::Camellia256Cbc
            | Self::Aria256Cbc => 32,
            Self::TripleDesCbc => 24,
            Self::DesCbc => 8,
            Self::Null => 0,
        }
    }

    pub(super) fn mode(self) -> Mode {
        match self {
            Self::Aes128Gcm
            | Self::Aes256Gcm
            | Self::Aes128Ccm
            | Self::Aes256Ccm
            | Self::Camellia128Gcm
            | Self::Camellia256Gcm
            | Self::Aria128Gcm
            | Self::Aria256Gcm => Mode::Aead { tag: 16, explicit_nonce: 8 },
            Self::Aes128Ccm8 | Self::Aes256Ccm8 => Mode::Aead { tag: 8, explicit_nonce: 8 },
            Self::ChaCha20Poly1305 => Mode::Aead { tag: 16, explicit_nonce: 0 },
            Self::Aes128Cbc
            | Self::Aes256Cbc
            | Self::Camellia128Cbc
            | Self::Camellia256Cbc
            | Self::Aria128Cbc
            | Self::Aria256Cbc => Mode::Block { size: 16 },
            Self::TripleDesCbc | Self::DesCbc => Mode::Block { size: 8 },
            Self::Rc4 | Self::Null => Mode::Stream,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn suite(number: u16) -> Suite {
        Suite::of(CipherSuite(number)).unwrap()
    }

    fn parts(number: u16) -> (Cipher, Option<Hash>, Hash) {
        let suite = suite(number);
        (suite.cipher, suite.mac, suite.prf)
    }

    #[test]
    fn suites_are_what_their_registered_names_say() {
        assert_eq!(parts(0x1301), (Cipher::Aes128Gcm, None, Hash::Sha256));
        assert_eq!(parts(0x1302), (Cipher::Aes256Gcm, None, Hash::Sha384));
        assert_eq!(parts(0x1303), (Cipher::ChaCha20Poly1305, None, Hash::Sha256));
        assert_eq!(parts(0x1304), (Cipher::Aes128Ccm, None, Hash::Sha256));
        assert_eq!(parts(0x1305), (Cipher::Aes128Ccm8, None, Hash::Sha256));
        assert_eq!(parts(0x0004), (Cipher::Rc4, Some(Hash::Md5), Hash::Sha256));
        assert_eq!(parts(0x0005), (Cipher::Rc4, Some(Hash::Sha1), Hash::Sha256));
        assert_eq!(parts(0x000a), (Cipher::TripleDesCbc, Some(Hash::Sha1), Hash::Sha256));
        assert_eq!(parts(0x002f), (Cipher::Aes128Cbc, Some(Hash::Sha1), Hash::Sha256));
        assert_eq!(parts(0x003d), (Cipher::Aes256Cbc, Some(Hash::Sha256), Hash::Sha256));
        assert_eq!(parts(0x003b), (Cipher::Null, Some(Hash::Sha256), Hash::Sha256));
        assert_eq!(parts(0x0084), (Cipher::Camellia256Cbc, Some(Hash::Sha1), Hash::Sha256));
        assert_eq!(parts(0xc024), (Cipher::Aes256Cbc, Some(Hash::Sha384), Hash::Sha384));
        assert_eq!(parts(0xc030), (Cipher::Aes256Gcm, None, Hash::Sha384));
        assert_eq!(parts(0xc050), (Cipher::Aria128Gcm, None, Hash::Sha256));
        assert_eq!(parts(0xc04d), (Cipher::Aria256Cbc, Some(Hash::Sha384), Hash::Sha384));
        assert_eq!(parts(0xc08b), (Cipher::Camellia256Gcm, None, Hash::Sha384));
        assert_eq!(parts(0xc0ae), (Cipher::Aes128Ccm8, None, Hash::Sha256));
        assert_eq!(parts(0xc0ad), (Cipher::Aes256Ccm, None, Hash::Sha256));
        assert_eq!(parts(0xcca8), (Cipher::ChaCha20Poly1305, None, Hash::Sha256));
    }

    #[test]
    fn the_version_and_the_key_exchange_are_told_apart() {
        assert!(suite(0x1301).is_tls13 && !suite(0xc02f).is_tls13);
        assert!(uses_rsa_key_exchange(CipherSuite(0x002f)));
        for number in [0xc013, 0x0033, 0x0094, 0x1301] {
            assert!(!uses_rsa_key_exchange(CipherSuite(number)), "{number:#x}");
        }
    }

    #[test]
    fn what_cannot_be_undone_is_no_suite() {
        // NULL_NULL, export, IDEA, SEED, SM4, integrity only, signalling, unregistered.
        for number in
            [0x0000, 0x0003, 0x0008, 0x0064, 0x0007, 0x0096, 0x00c6, 0xc0b4, 0x00ff, 0xfafa]
        {
            assert_eq!(Suite::of(CipherSuite(number)), None, "{number:#x}");
        }
    }
}
