//! What the length of a signature says of the key that made it.

use std::ops::RangeInclusive;

/// Keys by the lengths of their signatures, in bytes.
///
/// An ECDSA signature is two DER integers (RFC 3279 section 2.2.3). Each is as long as the curve's
/// order, with a zero byte before it half of the time, and shorter by n bytes once in 256^n: lengths
/// that are met once in 2^40 signatures are left out. A modulus of RSA that is no multiple of 128
/// bits is not reckoned with, nor is DSA.
const ECDSA_AND_EDWARDS: [(&str, RangeInclusive<usize>); 5] = [
    ("Ed25519", 64..=64),
    ("ECDSA 256", 66..=72),
    ("ECDSA 384", 98..=104),
    ("Ed448", 114..=114),
    ("ECDSA 521", 131..=139),
];

/// FIPS 204 table 2.
const MODULE_LATTICE: [(&str, usize); 3] =
    [("ML-DSA-44", 2420), ("ML-DSA-65", 3309), ("ML-DSA-87", 4627)];

/// RSA moduli of 1024 to 16384 bits.
const RSA: RangeInclusive<usize> = 128..=2048;
const RSA_STEP: usize = 16;

/// Length of the shortest and of the longest signature reckoned with, in bytes.
pub(super) const LENGTHS: RangeInclusive<usize> = 64..=4627;

/// The keys, by family and bits, whose signatures have a length within `lengths`.
pub(super) fn key_types(lengths: &RangeInclusive<usize>) -> Vec<String> {
    let overlaps =
        |own: &RangeInclusive<usize>| own.start() <= lengths.end() && lengths.start() <= own.end();
    let curves = ECDSA_AND_EDWARDS.iter().filter(|(_, own)| overlaps(own));
    let lattice = MODULE_LATTICE.iter().filter(|(_, own)| lengths.contains(own));
    let first = (*lengths.start()).max(*RSA.start()).next_multiple_of(RSA_STEP);
    let rsa = (first..=(*lengths.end()).min(*RSA.end())).step_by(RSA_STEP);
    curves
        .map(|(name, _)| (*name).to_owned())
        .chain(rsa.map(|bytes| format!("RSA {}", bytes * 8)))
        .chain(lattice.map(|(name, _)| (*name).to_owned()))
        .collect()
}

/// Whether any signature has a length within `lengths`.
pub(super) fn is_possible(lengths: &RangeInclusive<usize>) -> bool {
    !key_types(lengths).is_empty()
}

/// The lengths of the signatures that a key makes, by its description (`ECDSA P-256`).
pub(super) fn lengths_by(description: &str) -> Option<RangeInclusive<usize>> {
    let (family, size) = description.split_once(' ').unwrap_or((description, ""));
    match (family, size) {
        ("RSA" | "RSASSA-PSS", bits) => {
            let bytes = bits.parse::<usize>().ok()?.div_ceil(8);
            Some(bytes..=bytes)
        }
        ("ECDSA", "P-256" | "secp256k1" | "brainpoolP256r1") => Some(66..=72),
        ("ECDSA", "P-384" | "brainpoolP384r1") => Some(98..=104),
        ("ECDSA", "P-521" | "brainpoolP512r1") => Some(131..=139),
        ("Ed25519", _) => Some(64..=64),
        ("Ed448", _) => Some(114..=114),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_again_by_its_signatures() {
        for (description, name) in [
            ("RSA 2048", "RSA 2048"),
            ("RSA 2047", "RSA 2048"),
            ("RSASSA-PSS 4096", "RSA 4096"),
            ("ECDSA P-256", "ECDSA 256"),
            ("ECDSA P-384", "ECDSA 384"),
            ("ECDSA P-521", "ECDSA 521"),
            ("Ed25519", "Ed25519"),
            ("Ed448", "Ed448"),
        ] {
            for length in lengths_by(description).into_iter().flatten() {
                assert_eq!(key_types(&(length..=length)), [name], "{length}");
                assert!(LENGTHS.contains(&length));
            }
        }
    }

    #[test]
    fn a_range_names_every_key_that_fits_and_odd_lengths_none() {
        assert_eq!(key_types(&(64..=79)), ["Ed25519", "ECDSA 256"]);
        assert_eq!(key_types(&(250..=272)), ["RSA 2048", "RSA 2176"]);
        for odd in [0, 36, 52, 63, 65, 80, 200, 504 + 1, 3000] {
            assert!(!is_possible(&(odd..=odd)), "{odd}");
        }
    }
}
