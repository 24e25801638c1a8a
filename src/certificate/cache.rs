//! Certificates and keys that were met before: a server sees the same ones thousands of times.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::DefaultHashBuilder;

use super::verifier::Verifier;
use super::{Certificate, Hash, PublicKey, SignatureAlgorithm, SignatureError};

/// Reads every certificate once, as long as it is remembered, and prepares keys that check many
/// signatures.
///
/// Clones share what they remember. The default one remembers nothing.
#[derive(Clone, Debug, Default)]
pub struct CertificateCache {
    shared: Option<Arc<Mutex<Generations>>>,
}

/// What is remembered, in two halves: when the younger one is full, the older one is dropped, and
/// what is asked for in it moves to the younger one. Thus nothing needs to be kept in order.
#[derive(Debug)]
struct Generations {
    hasher: DefaultHashBuilder,
    young: Remembered,
    old: Remembered,
    /// Bytes that a half may hold.
    limit: usize,
    /// By the seeded hash of their SubjectPublicKeyInfo.
    keys: HashMap<u64, MetKey>,
    /// Bytes of the keys that were prepared since all were forgotten.
    prepared: usize,
}

/// A key that checked a signature.
#[derive(Debug)]
struct MetKey {
    spki_der: Vec<u8>,
    checks: u32,
    verifier: Option<Arc<Verifier>>,
}

/// Checks of a key with the last of which it is prepared: what that takes is earned by the next
/// few.
const CHECKS: u32 = 6;

/// Bytes of the keys that are prepared: some 150 on P-256, or 70 on P-384.
const PREPARED: usize = 8 << 20;

/// Keys that are remembered; when there are more, all are forgotten. One takes some kilobytes at
/// most.
const KEYS: usize = 4096;

/// Bytes of a key that is remembered: more than an RSA key of 4096 bits has.
const KEY_BYTES: usize = 1024;

#[derive(Debug, Default)]
struct Remembered {
    /// By the seeded hash of the DER; of two with the same hash the later one is remembered.
    certificates: HashMap<u64, Arc<Certificate>>,
    held: usize,
}

/// What a certificate is taken to cost beside three times its DER: its fields are parts of it.
const OVERHEAD: usize = 1024;

impl CertificateCache {
    /// A cache that holds about `limit` bytes at most.
    pub fn new(limit: usize) -> Self {
        let generations = Generations {
            hasher: DefaultHashBuilder::default(),
            young: Remembered::default(),
            old: Remembered::default(),
            limit: limit / 2,
            keys: HashMap::new(),
            prepared: 0,
        };
        Self { shared: Some(Arc::new(Mutex::new(generations))) }
    }

    /// The certificate of these bytes, as [`Certificate::from_der`] reads it.
    pub fn read(&self, der: &[u8]) -> Arc<Certificate> {
        let Some(shared) = &self.shared else {
            return Arc::new(Certificate::from_der(der));
        };
        shared.lock().unwrap_or_else(PoisonError::into_inner).read(der)
    }

    /// Checks a signature as [`PublicKey::verify`] does.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::verify`].
    pub fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let verifier = self.verifier(key);
        if verifier.is_some_and(|verifier| verifier.accepts(algorithm, message, signature)) {
            return Ok(());
        }
        key.verify(algorithm, message, signature)
    }

    /// Length of the salt of an RSASSA-PSS signature that belongs to `key` and `message`, in bytes;
    /// `None` where it does not, or where [`CertificateCache::verify`] has to decide: the key is not
    /// a common one (4096 bits and the exponent 65537 at most).
    pub fn pss_salt_length(
        &self,
        key: &PublicKey,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Option<usize> {
        let verifier = self.verifier(key).or_else(|| Verifier::new(&key.spki_der).map(Arc::new));
        verifier?.pss_salt(hash, message, signature)
    }

    fn verifier(&self, key: &PublicKey) -> Option<Arc<Verifier>> {
        let shared = self.shared.as_ref()?;
        shared.lock().unwrap_or_else(PoisonError::into_inner).verifier(&key.spki_der)
    }
}

impl Generations {
    /// The key taken apart, and prepared where that pays.
    fn verifier(&mut self, spki_der: &[u8]) -> Option<Arc<Verifier>> {
        if spki_der.len() > KEY_BYTES {
            return None;
        }
        let hash = self.hash(spki_der);
        if self.keys.len() >= KEYS && !self.keys.contains_key(&hash) {
            self.keys.clear();
            self.prepared = 0;
        }
        let key = self.keys.entry(hash).or_insert_with(|| MetKey {
            spki_der: spki_der.to_vec(),
            checks: 0,
            verifier: Verifier::new(spki_der).map(Arc::new),
        });
        if key.spki_der != spki_der {
            return None;
        }
        key.checks = key.checks.saturating_add(1);
        if key.checks == CHECKS
            && self.prepared < PREPARED
            && let Some(prepared) = key.verifier.as_ref().and_then(|verifier| verifier.prepared())
        {
            self.prepared = self.prepared.saturating_add(prepared.bytes());
            key.verifier = Some(Arc::new(prepared));
        }
        key.verifier.clone()
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }

    fn read(&mut self, der: &[u8]) -> Arc<Certificate> {
        let hash = self.hash(der);
        if let Some(known) = self.young.find(hash, der) {
            return known;
        }
        let remembered = self.old.find(hash, der);
        let certificate = remembered.unwrap_or_else(|| Arc::new(Certificate::from_der(der)));
        let cost = der.len().saturating_mul(3).saturating_add(OVERHEAD);
        if self.young.held.saturating_add(cost) > self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        if cost <= self.limit {
            self.young.held = self.young.held.saturating_add(cost);
            self.young.certificates.insert(hash, Arc::clone(&certificate));
        }
        certificate
    }
}

impl Remembered {
    fn find(&self, hash: u64, der: &[u8]) -> Option<Arc<Certificate>> {
        self.certificates.get(&hash).filter(|known| known.der == der).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_the_same_and_is_read_once() {
        let cache = CertificateCache::new(1 << 20);
        let first = cache.read(b"no certificate");
        assert_eq!(*first, Certificate::from_der(b"no certificate"));
        assert!(Arc::ptr_eq(&first, &cache.read(b"no certificate")));
        assert!(!Arc::ptr_eq(&first, &cache.read(b"another one")));
    }

    #[test]
    fn what_was_not_asked_for_lately_is_forgotten_and_the_bound_kept() {
        let cache = CertificateCache::new(16 * OVERHEAD);
        let number = |number: u32| number.to_be_bytes();
        let (lasting, passing) = (cache.read(b"lasting"), cache.read(b"passing"));
        for round in 0..1000 {
            cache.read(&number(round));
            assert!(Arc::ptr_eq(&lasting, &cache.read(b"lasting")));
        }
        assert!(!Arc::ptr_eq(&passing, &cache.read(b"passing")));
        let held = cache.shared.as_ref().map(|shared| {
            let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.young.certificates.len() + shared.old.certificates.len()
        });
        assert!(held.is_some_and(|held| held <= 16));
    }

    #[test]
    fn the_default_one_remembers_nothing() {
        let cache = CertificateCache::default();
        assert!(!Arc::ptr_eq(&cache.read(b"a"), &cache.read(b"a")));
    }

    #[test]
    fn a_key_is_prepared_when_it_comes_often_and_only_a_short_one_is_remembered() {
        let certificate = include_bytes!("testdata/ec-P-256.der");
        let Ok(fields) = Certificate::from_der(certificate).fields else { return };
        let mut key = fields.public_key;
        let cache = CertificateCache::new(1 << 20);
        let algorithm = SignatureAlgorithm::Ecdsa(Hash::Sha256);
        let held = || -> Vec<usize> {
            let Some(shared) = &cache.shared else { return Vec::new() };
            let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let verifiers = shared.keys.values().filter_map(|key| key.verifier.as_ref());
            verifiers.map(|verifier| verifier.bytes()).collect()
        };
        for _ in 1..CHECKS {
            assert!(cache.verify(&key, algorithm, b"", b"").is_err());
            assert_eq!(held(), [0]);
        }
        assert!(cache.verify(&key, algorithm, b"", b"").is_err());
        assert!(held().iter().all(|bytes| (1..100_000).contains(bytes)));
        assert!(cache.verify(&key, algorithm, b"", b"").is_err());
        key.spki_der.resize(KEY_BYTES + 1, 0);
        assert!(cache.verify(&key, algorithm, b"", b"").is_err());
        assert_eq!(held().len(), 1);
    }
}
