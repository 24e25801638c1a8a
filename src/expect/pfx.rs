//! PKCS#12 (PFX): the certificates in it, with the password that protects them (RFC 7292).

use p12_keystore::Pkcs12Archive;

use super::certificate_file_error::CertificateFileError;

/// The certificates in a PFX file, DER each; that of the private key alone where the file says
/// which one it is.
///
/// # Errors
///
/// A wrong or missing password, an iteration count that no tool uses, or another structure.
pub(super) fn certificates(
    bytes: &[u8],
    password: Option<&str>,
) -> Result<Vec<Vec<u8>>, CertificateFileError> {
    if bytes.len() > LARGEST_FILE {
        return Err(CertificateFileError::TooLarge { bytes: bytes.len() });
    }
    let mut work = Work::default();
    work.measure(bytes, 0)?;
    let archive = Pkcs12Archive::from_pkcs12(bytes, password.unwrap_or_default())
        .map_err(|error| problem(&error.to_string(), password.is_some()))?;
    let owned = archive.certs.iter().find(|bag| {
        let id = bag.local_key_id.as_deref();
        let is_its = |key: &p12_keystore::PrivateKeyBag| {
            let key_id = key.local_key_id.as_ref().map(|id| id.0.as_slice());
            id.is_some() && id == key_id
        };
        archive.keys.iter().any(is_its)
    });
    let all = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec());
    let found: Vec<Vec<u8>> = match owned {
        Some(bag) => vec![bag.cert.as_der().to_vec()],
        None => all.collect(),
    };
    if found.is_empty() {
        return Err(CertificateFileError::PfxWithoutCertificate);
    }
    Ok(found)
}

fn problem(message: &str, has_password: bool) -> CertificateFileError {
    let lower = message.to_ascii_lowercase();
    let is_password = ["mac", "decrypt", "padding", "pkcs5", "unpad", "asn.1", "der"]
        .iter()
        .any(|word| lower.contains(word));
    match (is_password, has_password) {
        (true, true) => CertificateFileError::PfxPassword,
        (true, false) => CertificateFileError::PfxWithoutPassword,
        (false, _) => CertificateFileError::PfxUnreadable { why: message.to_owned() },
    }
}

/// How much work the keys of a PFX ask for, counted before any of it is done.
///
/// The iteration counts stand in the clear: in the MacData and in the parameters of each
/// encryption. Structures that are themselves encrypted cannot be seen; their size bounds them.
#[derive(Debug, Default)]
struct Work {
    iterations: u64,
    elements: usize,
}

impl Work {
    /// Adds up the iteration counts in DER, and in OCTET STRINGs that hold DER.
    fn measure(&mut self, mut bytes: &[u8], depth: usize) -> Result<(), CertificateFileError> {
        while let Some((tag, contents, rest)) = element(bytes) {
            self.elements += 1;
            if self.elements > MOST_ELEMENTS || depth > DEEPEST {
                return Err(CertificateFileError::PfxUnreadable {
                    why: "it has far more parts than a PFX has".to_owned(),
                });
            }
            if tag == SEQUENCE {
                self.count(contents)?;
            }
            let is_constructed = tag & 0x20 != 0;
            if is_constructed || (tag == OCTET_STRING && contents.first() == Some(&SEQUENCE)) {
                self.measure(contents, depth + 1)?;
            }
            bytes = rest;
        }
        Ok(())
    }

    /// `SEQUENCE { salt OCTET STRING, iterations INTEGER, … }` is how every key derivation states
    /// its count, scrypt's cost included; MacData has its digest before them.
    fn count(&mut self, contents: &[u8]) -> Result<(), CertificateFileError> {
        let Some((first, inner, rest)) = element(contents) else {
            return Ok(());
        };
        let (salt, rest) = match first {
            OCTET_STRING => (Some(inner), rest),
            SEQUENCE => match element(rest) {
                Some((OCTET_STRING, salt, rest)) => (Some(salt), rest),
                _ => (None, rest),
            },
            _ => (None, rest),
        };
        let (Some(_), Some((INTEGER, number, _))) = (salt, element(rest)) else {
            return Ok(());
        };
        let is_huge = number.len() > 8 || number.first().is_some_and(|byte| *byte >= 0x80);
        let value = number.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        self.iterations = self.iterations.saturating_add(value);
        if is_huge || value > MOST_AT_ONCE || self.iterations > MOST_ITERATIONS {
            let iterations = if is_huge { u64::MAX } else { self.iterations };
            return Err(CertificateFileError::PfxIterations { iterations, limit: MOST_ITERATIONS });
        }
        Ok(())
    }
}

/// The first element of DER: tag, contents, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let sum = |sum: usize, octet: &u8| sum.checked_mul(256)?.checked_add((*octet).into());
            (octets.iter().try_fold(0_usize, sum)?, rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Largest PFX in bytes: a chain and a key take some ten thousand.
const LARGEST_FILE: usize = 256 << 10;

/// Iterations of all key derivations together: OpenSSL, Windows and Key Vault use 2 000 for each
/// of three, careful tools 600 000.
const MOST_ITERATIONS: u64 = 2_000_000;

/// Iterations of one key derivation: what the library under it takes.
const MOST_AT_ONCE: u64 = 1_000_000;

/// Elements of the whole structure.
const MOST_ELEMENTS: usize = 20_000;

/// Elements inside one another.
const DEEPEST: usize = 64;
