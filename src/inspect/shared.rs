//! What many connections have in common, held once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use super::facts::Facts;
use crate::certificate::CertificateCache;
use crate::limits::Limits;

/// What all inspectors work with: the bounds, and values that were met before.
///
/// Clones share it.
#[derive(Clone, Debug)]
pub struct Shared {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    certificates: CertificateCache,
    settled: Mutex<Generations>,
}

/// What is remembered, in two halves: when the younger one is full, the older one is dropped, and
/// what is asked for in it moves to the younger one.
#[derive(Debug)]
struct Generations {
    hasher: RandomState,
    young: Remembered,
    old: Remembered,
    /// Bytes that a half may hold.
    limit: usize,
}

#[derive(Debug, Default)]
struct Remembered {
    /// By the seeded hash of the value; of two with the same hash the later one is remembered.
    values: HashMap<u64, Arc<Facts>>,
    held: usize,
}

impl Shared {
    /// Remembers values within the bounds.
    pub fn new(limits: &Limits) -> Self {
        let certificates = CertificateCache::new(limits.certificate_cache_bytes);
        Self::remembering(limits, certificates, limits.settled_bytes)
    }

    /// Remembers nothing.
    pub fn forgetting(limits: &Limits) -> Self {
        Self::remembering(limits, CertificateCache::default(), 0)
    }

    fn remembering(limits: &Limits, certificates: CertificateCache, bytes: usize) -> Self {
        let settled = Generations {
            hasher: RandomState::new(),
            young: Remembered::default(),
            old: Remembered::default(),
            limit: bytes / 2,
        };
        let (limits, settled) = (limits.clone(), Mutex::new(settled));
        Self { inner: Arc::new(Inner { limits, certificates, settled }) }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(super) fn certificates(&self) -> &CertificateCache {
        &self.inner.certificates
    }

    /// The same value, held once for all that have it, and how many bytes it takes where this is
    /// the first.
    pub(super) fn unite(&self, value: Arc<Facts>) -> (Arc<Facts>, usize) {
        self.inner.settled.lock().unwrap_or_else(PoisonError::into_inner).unite(value)
    }
}

impl Generations {
    fn unite(&mut self, value: Arc<Facts>) -> (Arc<Facts>, usize) {
        let hash = self.hasher.hash_one(&value);
        if let Some(known) = self.young.find(hash, &value) {
            return (known, 0);
        }
        let cost = value.held();
        let known = self.old.find(hash, &value);
        let own = if known.is_some() { 0 } else { cost };
        let shared = known.unwrap_or(value);
        if self.young.held.saturating_add(cost) > self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        if cost <= self.limit {
            self.young.held = self.young.held.saturating_add(cost);
            self.young.values.insert(hash, Arc::clone(&shared));
        }
        (shared, own)
    }
}

impl Remembered {
    fn find(&self, hash: u64, value: &Facts) -> Option<Arc<Facts>> {
        self.values.get(&hash).filter(|known| ***known == *value).cloned()
    }
}
