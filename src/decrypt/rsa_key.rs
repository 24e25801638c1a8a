//! The server's RSA key, for suites in which the client encrypts the premaster secret with it.

use std::fmt;

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Encrypt, RsaPrivateKey};
use thiserror::Error;
use x509_parser::pem::Pem;
use zeroize::Zeroizing;

use super::secret::Secret;

/// An RSA private key; overwritten when dropped.
#[derive(Clone)]
pub struct RsaKey(RsaPrivateKey);

/// Why bytes are no RSA private key.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RsaKeyError {
    /// The key is encrypted.
    #[error("the private key is encrypted; give it without a passphrase")]
    Encrypted,
    /// It is PEM of other things, such as certificates or public keys.
    #[error("no private key is in the file")]
    NoPrivateKey,
    /// It is the private key of another algorithm.
    #[error("the private key is not an RSA key")]
    NotRsa,
    /// It is neither PEM nor the DER of a private key.
    #[error("the file is no private key in PEM or DER")]
    Malformed,
}

/// Length of the premaster secret that RSA carries, in bytes (RFC 5246 section 7.4.7.1).
const PREMASTER_SECRET: usize = 48;

/// The beginnings of the object identifiers of PKCS #5 and of PKCS #12's encryption schemes.
const PASSWORD_BASED: [&[u8]; 2] = [
    &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
    &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
];

/// Two headers, of two SEQUENCEs, and an object identifier, in bytes.
const ALGORITHM_WITHIN: usize = 24;

impl RsaKey {
    /// Reads a private key in PEM or DER, as PKCS #8 or PKCS #1; the first RSA key of a PEM file.
    ///
    /// # Errors
    /// Where there is no RSA private key, or it is encrypted.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, RsaKeyError> {
        // UTF-16, as some editors save text, is ASCII and zeros; PEM itself is ASCII.
        let ascii = bytes.iter().copied().filter(|byte| byte.is_ascii() && *byte != 0);
        let text: Zeroizing<Vec<u8>> = Zeroizing::new(ascii.collect());
        if !contains(&text, b"-----BEGIN ") {
            return Self::from_der(bytes);
        }
        let mut error = RsaKeyError::NoPrivateKey;
        for pem in Pem::iter_from_buffer(&text) {
            let Ok(pem) = pem else {
                break;
            };
            let contents = Zeroizing::new(pem.contents);
            error = match pem.label.as_str() {
                "ENCRYPTED PRIVATE KEY" => RsaKeyError::Encrypted,
                "EC PRIVATE KEY" | "DSA PRIVATE KEY" => RsaKeyError::NotRsa,
                "PRIVATE KEY" | "RSA PRIVATE KEY" => match Self::from_der(&contents) {
                    Ok(key) => return Ok(key),
                    Err(error) => error,
                },
                _ => continue,
            };
        }
        // Older OpenSSL says so in a header of the PEM block (RFC 1421 section 4.6.1.1).
        Err(if contains(&text, b"ENCRYPTED") { RsaKeyError::Encrypted } else { error })
    }

    /// The premaster secret out of a ClientKeyExchange, without the length before it in TLS 1.0 and
    /// later; `None` where the key is certainly not the one it was encrypted for.
    ///
    /// A secret is not proof that the key is the right one: records that open are.
    pub fn decrypt_premaster(&self, encrypted: &[u8]) -> Option<Secret> {
        let size = self.0.size();
        // Some clients drop leading zeros.
        let missing = size.checked_sub(encrypted.len())?;
        let encrypted = [vec![0; missing].as_slice(), encrypted].concat();
        let decrypted = Zeroizing::new(self.0.decrypt(Pkcs1v15Encrypt, &encrypted).ok()?);
        (decrypted.len() == PREMASTER_SECRET).then(|| decrypted.into())
    }

    fn from_der(der: &[u8]) -> Result<Self, RsaKeyError> {
        if let Ok(key) = RsaPrivateKey::from_pkcs8_der(der) {
            return Ok(Self(key));
        }
        if let Ok(key) = RsaPrivateKey::from_pkcs1_der(der) {
            return Ok(Self(key));
        }
        // EncryptedPrivateKeyInfo begins with the algorithm, one of PKCS #5 or PKCS #12
        // (RFC 5958 section 3); PrivateKeyInfo with a version.
        let start = der.get(..ALGORITHM_WITHIN).unwrap_or(der);
        if PASSWORD_BASED.iter().any(|algorithm| contains(start, algorithm)) {
            return Err(RsaKeyError::Encrypted);
        }
        match rsa::pkcs8::PrivateKeyInfoRef::try_from(der) {
            Ok(info) if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID => Err(RsaKeyError::NotRsa),
            _ => Err(RsaKeyError::Malformed),
        }
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaKey({} bits)", self.0.size() * 8)
    }
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.windows(pattern.len()).any(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const PKCS8: &[u8] = include_bytes!("testdata/server-rsa.key");

    fn modulus(bytes: &[u8]) -> Vec<u8> {
        RsaKey::from_pem_or_der(bytes).unwrap().0.n().to_be_bytes().to_vec()
    }

    #[test]
    fn every_form_of_the_key_is_read() {
        let text =
            [b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", PKCS8].concat();
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(PKCS8.iter().flat_map(|&byte| [byte, 0])).collect();
        let crlf = String::from_utf8(PKCS8.to_vec()).unwrap().replace('\n', "\r\n");
        for form in [
            include_bytes!("testdata/server-rsa-pkcs1.key"),
            include_bytes!("testdata/server-rsa.der").as_slice(),
            include_bytes!("testdata/server-rsa-pkcs1.der"),
            &text,
            &utf16,
            crlf.as_bytes(),
        ] {
            assert_eq!(modulus(form), modulus(PKCS8));
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        let error = |bytes: &[u8]| RsaKey::from_pem_or_der(bytes).unwrap_err();
        for encrypted in [
            include_bytes!("testdata/server-rsa-encrypted.key").as_slice(),
            include_bytes!("testdata/server-rsa-encrypted.der"),
            include_bytes!("testdata/server-rsa-pkcs1-encrypted.key"),
        ] {
            assert_eq!(error(encrypted), RsaKeyError::Encrypted);
        }
        assert_eq!(error(include_bytes!("testdata/server-ec.key")), RsaKeyError::NotRsa);
        assert_eq!(error(b"-----BEGIN X-----\n-----END X-----\n"), RsaKeyError::NoPrivateKey);
        assert_eq!(error(b"not a key"), RsaKeyError::Malformed);
        assert_eq!(error(b""), RsaKeyError::Malformed);
    }

    #[test]
    fn damaged_keys_do_not_panic() {
        let der = include_bytes!("testdata/server-rsa.der");
        for position in 0..der.len().min(60) {
            let mut damaged = der.to_vec();
            damaged.iter_mut().skip(position).take(1).for_each(|byte| *byte ^= 0x55);
            let _ = RsaKey::from_pem_or_der(&damaged);
            let _ = RsaKey::from_pem_or_der(der.get(..position).unwrap());
        }
    }

    #[test]
    fn what_was_not_encrypted_for_the_key_gives_nothing_or_noise() {
        let key = RsaKey::from_pem_or_der(PKCS8).unwrap();
        assert_eq!(key.decrypt_premaster(&[0xff; 256]), None);
        assert_eq!(key.decrypt_premaster(&[1; 257]), None);
        assert!(key.decrypt_premaster(&[]).is_none_or(|secret| secret.length() == 48));
        assert_eq!(format!("{key:?}"), "RsaKey(2048 bits)");
    }
}
