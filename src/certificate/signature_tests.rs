//! Signatures made by openssl (`testdata/generate.sh`), and ones that must be refused.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;

use super::test_der::tlv;
use super::verifier::Verifier;
use super::{Certificate, CertificateCache, Hash, PublicKey, SignatureAlgorithm, SignatureError};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/certificate/testdata/");
const MESSAGE: &[u8] = include_bytes!("testdata/message.txt");

/// Certificates whose keys are described but not checked.
const UNSUPPORTED: [&str; 5] =
    ["dsa", "ec-P-224", "ec-brainpoolP512r1", "ec-explicit", "ec-secp256k1"];

struct Vector {
    certificate: String,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

impl Vector {
    fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        key.verify(self.algorithm, MESSAGE, &self.signature)
    }
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&fs::read(format!("{TESTDATA}{name}.der")).unwrap())
}

fn key(name: &str) -> PublicKey {
    certificate(name).fields.unwrap().public_key
}

/// The keys of all certificates but the odd ones, which share the P-256 key.
fn keys() -> BTreeMap<String, PublicKey> {
    let entries = fs::read_dir(TESTDATA).unwrap().map(|entry| entry.unwrap().file_name());
    entries
        .filter_map(|file| file.to_str()?.strip_suffix(".der").map(str::to_owned))
        .filter(|name| !name.starts_with("odd-"))
        .map(|name| (name.clone(), key(&name)))
        .collect()
}

fn vectors() -> Vec<Vector> {
    let lines = include_str!("testdata/signatures.txt").lines();
    lines
        .map(|line| {
            let [certificate, algorithm, signature] =
                line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            Vector {
                certificate: certificate.to_owned(),
                algorithm: algorithm_named(algorithm),
                signature: unhex(signature),
            }
        })
        .collect()
}

fn supported_vectors() -> impl Iterator<Item = Vector> {
    vectors().into_iter().filter(|vector| !UNSUPPORTED.contains(&vector.certificate.as_str()))
}

fn vectors_of(certificate: &str) -> impl Iterator<Item = Vector> {
    vectors().into_iter().filter(move |vector| vector.certificate == certificate)
}

fn algorithm_named(name: &str) -> SignatureAlgorithm {
    let hash = |name: &str| match name {
        "md5" => Hash::Md5,
        "sha1" => Hash::Sha1,
        "sha224" => Hash::Sha224,
        "sha256" => Hash::Sha256,
        "sha384" => Hash::Sha384,
        "sha512" => Hash::Sha512,
        _ => panic!("{name}"),
    };
    match name {
        "ed25519" => SignatureAlgorithm::Ed25519,
        "ed448" => SignatureAlgorithm::Ed448,
        "rsa-pkcs1-md5-sha1" => SignatureAlgorithm::RsaPkcs1Md5Sha1,
        _ => match name.rsplit_once('-').unwrap() {
            ("dsa", name) => SignatureAlgorithm::Dsa(hash(name)),
            ("ecdsa", name) => SignatureAlgorithm::Ecdsa(hash(name)),
            ("rsa-pkcs1", name) => SignatureAlgorithm::RsaPkcs1(hash(name)),
            ("rsa-pss", name) => SignatureAlgorithm::RsaPss(hash(name)),
            _ => panic!("{name}"),
        },
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// What keys and algorithms must share for a signature to be refuted and not just out of place.
fn family(description: &str) -> &str {
    description.split(' ').next().unwrap()
}

/// The key as it is when met first, and prepared.
fn verifiers(key: &PublicKey) -> Vec<Verifier> {
    let Some(verifier) = Verifier::new(&key.spki_der) else { return Vec::new() };
    verifier.prepared().into_iter().chain([verifier]).collect()
}

#[test]
fn a_verifier_accepts_only_what_the_key_does() {
    let mut accepted = 0;
    for (name, key) in keys() {
        for (verifier, vector) in verifiers(&key)
            .iter()
            .flat_map(|verifier| supported_vectors().map(move |it| (verifier, it)))
        {
            let mut changed = vector.signature.clone();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            let forms = [
                (MESSAGE, &vector.signature),
                (MESSAGE, &changed),
                (b"another message".as_slice(), &vector.signature),
            ];
            let count = if name == vector.certificate { forms.len() } else { 1 };
            for (message, signature) in forms.into_iter().take(count) {
                if verifier.accepts(vector.algorithm, message, signature) {
                    let plain = key.verify(vector.algorithm, message, signature);
                    assert_eq!(plain, Ok(()), "{name}, {}", vector.certificate);
                    accepted += 1;
                }
            }
        }
    }
    assert!(accepted > 60, "{accepted}");
}

#[test]
fn a_verifier_accepts_every_signature_of_its_kinds() {
    let mut checked = 0;
    for (name, key) in keys() {
        let others = ["ec-P-521", "ec-brainpoolP256r1", "ec-brainpoolP384r1", "ed25519", "ed448"];
        let other_rsa = ["rsa-16384", "rsa-exponent-3"];
        if [&UNSUPPORTED[..], &others, &other_rsa].concat().contains(&name.as_str()) {
            assert!(verifiers(&key).is_empty(), "{name}");
            continue;
        }
        assert!(!verifiers(&key).is_empty(), "{name}");
        for (verifier, vector) in verifiers(&key)
            .iter()
            .flat_map(|verifier| vectors_of(&name).map(move |it| (verifier, it)))
        {
            let context = format!("{name} {:?}", vector.algorithm);
            assert!(verifier.accepts(vector.algorithm, MESSAGE, &vector.signature), "{context}");
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn a_verifier_accepts_no_signature_with_a_flipped_bit() {
    for (name, step) in [("ec-P-256", 3), ("rsa-2048", 31)] {
        for verifier in verifiers(&key(name)) {
            let vector = vectors_of(name).last().unwrap();
            for bit in (0..vector.signature.len() * 8).step_by(step) {
                let mut signature = vector.signature.clone();
                signature[bit / 8] ^= 1 << (bit % 8);
                assert!(!verifier.accepts(vector.algorithm, MESSAGE, &signature), "{name} {bit}");
            }
        }
    }
}

#[test]
fn every_signature_made_by_openssl_verifies() {
    let keys = keys();
    assert_eq!(supported_vectors().count(), 65);
    for vector in supported_vectors() {
        assert_eq!(
            vector.verify(&keys[&vector.certificate]),
            Ok(()),
            "{} {:?}",
            vector.certificate,
            vector.algorithm
        );
    }
}

#[test]
fn what_is_not_supported_is_never_invalid() {
    for name in UNSUPPORTED {
        for vector in vectors_of(name) {
            assert_eq!(vector.verify(&key(name)), Err(SignatureError::Unsupported), "{name}");
        }
    }
}

#[test]
fn one_flipped_bit_of_the_message_is_invalid() {
    let keys = keys();
    for vector in supported_vectors() {
        for at in [0, MESSAGE.len() / 2, MESSAGE.len() - 1] {
            let mut message = MESSAGE.to_vec();
            message[at] ^= 0x01;
            assert_eq!(
                keys[&vector.certificate].verify(vector.algorithm, &message, &vector.signature),
                Err(SignatureError::Invalid),
                "{} {:?}",
                vector.certificate,
                vector.algorithm
            );
        }
    }
}

#[test]
fn one_flipped_bit_of_the_signature_is_invalid() {
    let keys = keys();
    for vector in supported_vectors() {
        let length = vector.signature.len();
        for (at, bit) in [(length / 4, 0x80), (length / 2, 0x10), (length - 1, 0x01)] {
            // Not one of the few octets that are ASN.1 and not number; those have their own test.
            let mut signature = vector.signature.clone();
            signature[at] ^= bit;
            let result = keys[&vector.certificate].verify(vector.algorithm, MESSAGE, &signature);
            assert!(
                matches!(result, Err(SignatureError::Invalid | SignatureError::MalformedSignature)),
                "{} {:?} {at}: {result:?}",
                vector.certificate,
                vector.algorithm
            );
        }
    }
}

#[test]
fn no_bit_of_an_ecdsa_or_eddsa_signature_can_be_flipped() {
    for name in ["ec-P-256", "ed25519", "ed448"] {
        let key = key(name);
        let vector = vectors_of(name).last().unwrap();
        for bit in 0..vector.signature.len() * 8 {
            let mut signature = vector.signature.clone();
            signature[bit / 8] ^= 1 << (bit % 8);
            let result = key.verify(vector.algorithm, MESSAGE, &signature);
            assert!(result.is_err(), "{name} bit {bit}");
        }
    }
}

#[test]
fn another_certificates_key_is_invalid_or_of_the_wrong_type() {
    let keys = keys();
    for vector in supported_vectors() {
        let own = &keys[&vector.certificate];
        for (name, other) in &keys {
            // The compressed, hybrid and explicit forms are of one key or not supported.
            if *name == vector.certificate || family(name) == "dsa" || name == "rsa-16384" {
                continue;
            }
            if name.starts_with("ec-P-256") && vector.certificate.starts_with("ec-P-256") {
                continue;
            }
            let context = format!("{} {:?} with {name}", vector.certificate, vector.algorithm);
            let result = vector.verify(other);
            let expected: &[SignatureError] = match (family(&own.description), other) {
                (_, other) if UNSUPPORTED.contains(&name.as_str()) => {
                    if family(&own.description) == family(&other.description) {
                        &[SignatureError::Unsupported]
                    } else {
                        &[SignatureError::WrongKeyType]
                    }
                }
                ("RSA" | "RSASSA-PSS", other) if family(&other.description).starts_with("RSA") => {
                    // PKCS #1 with a key for PSS only; a digest that the smaller key cannot hold.
                    &[
                        SignatureError::Invalid,
                        SignatureError::WrongKeyType,
                        SignatureError::Unsupported,
                    ]
                }
                (own, other) if own == family(&other.description) => &[SignatureError::Invalid],
                _ => &[SignatureError::WrongKeyType],
            };
            assert!(result.is_err_and(|error| expected.contains(&error)), "{context}: {result:?}");
        }
    }
}

#[test]
fn another_rsa_key_of_the_same_size_is_invalid() {
    for vector in vectors_of("rsa-2048") {
        assert_eq!(vector.verify(&key("rsa-exponent-3")), Err(SignatureError::Invalid));
    }
    for vector in vectors_of("rsassa-pss") {
        assert_eq!(vector.verify(&key("rsassa-pss-restricted")), Err(SignatureError::Invalid));
    }
}

#[test]
fn another_algorithm_of_the_same_key_is_invalid() {
    for vector in vectors_of("rsa-2048") {
        for other in vectors_of("rsa-2048") {
            if vector.algorithm != other.algorithm {
                assert_eq!(
                    key("rsa-2048").verify(other.algorithm, MESSAGE, &vector.signature),
                    Err(SignatureError::Invalid),
                    "{:?} as {:?}",
                    vector.algorithm,
                    other.algorithm
                );
            }
        }
    }
}

#[test]
fn pkcs1_with_a_key_for_pss_only_is_the_wrong_type() {
    let result =
        key("rsassa-pss").verify(SignatureAlgorithm::RsaPkcs1(Hash::Sha256), MESSAGE, &[0; 256]);
    assert_eq!(result, Err(SignatureError::WrongKeyType));
}

#[test]
fn rsa_signature_without_its_leading_zero_verifies() {
    let key = key("rsa-512");
    let vector = vectors_of("rsa-512").find(|vector| vector.signature[0] == 0).unwrap();
    assert_eq!(vector.verify(&key), Ok(()));
    for signature in [&vector.signature[1..], &[&[0], &vector.signature[..]].concat()] {
        assert_eq!(key.verify(vector.algorithm, MESSAGE, signature), Ok(()));
    }
}

#[test]
fn rsa_signature_of_another_length_is_invalid() {
    let key = key("rsa-2048");
    let vector = vectors_of("rsa-2048").next().unwrap();
    for signature in
        [&[][..], &vector.signature[1..], &[&vector.signature[..], &[0]].concat(), &[0xff; 256]]
    {
        assert_eq!(key.verify(vector.algorithm, MESSAGE, signature), Err(SignatureError::Invalid));
    }
}

#[test]
fn key_too_short_for_the_digest_is_unsupported() {
    let algorithms = [
        SignatureAlgorithm::RsaPkcs1(Hash::Sha384),
        SignatureAlgorithm::RsaPkcs1(Hash::Sha512),
        SignatureAlgorithm::RsaPss(Hash::Sha512),
    ];
    for algorithm in algorithms {
        let result = key("rsa-512").verify(algorithm, MESSAGE, &[1; 64]);
        assert_eq!(result, Err(SignatureError::Unsupported), "{algorithm:?}");
    }
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let numbers = [tlv(0x02, modulus), tlv(0x02, exponent)].concat();
    let bits = [&[0], tlv(0x30, &numbers).as_slice()].concat();
    let algorithm = tlv(0x30, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
    PublicKey::from_spki_der(&tlv(0x30, &[algorithm, tlv(0x03, &bits)].concat()))
}

#[test]
fn rsa_keys_outside_the_bounds_are_unsupported() {
    let verify = |modulus: &[u8], exponent: &[u8]| {
        let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
        rsa_key(modulus, exponent).verify(algorithm, MESSAGE, &vec![1; modulus.len()])
    };
    let cases: [(usize, &[u8]); 5] = [
        (63, &[1, 0, 1]),
        (2049, &[1, 0, 1]),
        (100_000, &[1, 0, 1]),
        (2048, &[0xff; 2048]),
        (256, &[4, 0, 0, 0, 1]),
    ];
    for (octets, exponent) in cases {
        let result = verify(&vec![0xff; octets], exponent);
        assert_eq!(result, Err(SignatureError::Unsupported), "{octets} octets");
    }
    assert_eq!(verify(&[0xff; 2048], &[1, 0xff, 0xff, 0xff, 0xff]), Err(SignatureError::Invalid));
}

#[test]
fn keys_with_which_anybody_can_sign_are_malformed() {
    let mut even = [0xff; 256];
    even[255] = 0xfe;
    for (modulus, exponent) in [
        (&[0xff; 256][..], &[1][..]),
        (&[0xff; 256], &[]),
        (&[0xff; 256], &[2]),
        (&even, &[3]),
        (&[], &[3]),
        (&[0; 256], &[3]),
    ] {
        let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
        let result = rsa_key(modulus, exponent).verify(algorithm, MESSAGE, &[1; 256]);
        assert_eq!(result, Err(SignatureError::MalformedKey));
    }
    let neutral = [&[0, 1][..], &[0; 31]].concat();
    let ed25519 = tlv(0x30, &[tlv(0x30, b"\x06\x03\x2b\x65\x70"), tlv(0x03, &neutral)].concat());
    let result =
        PublicKey::from_spki_der(&ed25519).verify(SignatureAlgorithm::Ed25519, MESSAGE, &[0; 64]);
    assert_eq!(result, Err(SignatureError::MalformedKey));
}

#[test]
fn points_that_are_not_on_the_curve_are_malformed_keys() {
    let mut key = key("ec-P-256");
    *key.spki_der.last_mut().unwrap() ^= 1;
    let vector = vectors_of("ec-P-256").next().unwrap();
    assert_eq!(vector.verify(&key), Err(SignatureError::MalformedKey));
}

/// r and s of a signature, as encoded.
fn integers(signature: &[u8]) -> (&[u8], &[u8]) {
    let r = &signature[4..4 + usize::from(signature[3])];
    (r, &signature[6 + r.len()..])
}

#[test]
fn ecdsa_signature_in_ber_verifies() {
    let key = key("ec-P-256");
    for vector in vectors_of("ec-P-256") {
        let (r, s) = integers(&vector.signature);
        let unsigned = |number: &[u8]| tlv(0x02, super::der::unsigned(number));
        let padded = |number: &[u8]| tlv(0x02, &[&[0, 0], number].concat());
        let body = &vector.signature[2..];
        let forms = [
            tlv(0x30, &[unsigned(r), unsigned(s)].concat()),
            tlv(0x30, &[padded(r), padded(s)].concat()),
            [&[0x30, 0x81, vector.signature[1]], body].concat(),
            [&[0x30, 0x80], body, &[0, 0]].concat(),
            [&vector.signature[..], &[0xff]].concat(),
        ];
        for signature in forms {
            let result = key.verify(vector.algorithm, MESSAGE, &signature);
            assert_eq!(result, Ok(()), "{signature:02x?}");
        }
    }
}

#[test]
fn ecdsa_signature_without_two_integers_is_malformed_not_invalid() {
    let key = key("ec-P-256");
    let vector = vectors_of("ec-P-256").next().unwrap();
    let (r, s) = integers(&vector.signature);
    for signature in [
        &[][..],
        &[0x30],
        &tlv(0x30, &tlv(0x02, r)),
        &vector.signature[..vector.signature.len() - 1],
        &[super::der::unsigned(r), super::der::unsigned(s)].concat(),
    ] {
        let result = key.verify(vector.algorithm, MESSAGE, signature);
        assert_eq!(result, Err(SignatureError::MalformedSignature), "{signature:02x?}");
    }
}

#[test]
fn ecdsa_numbers_out_of_range_are_invalid() {
    let key = key("ec-P-256");
    for number in [&[][..], &[0], &[0xff; 32], &[0x7f; 40]] {
        let signature = tlv(0x30, &[tlv(0x02, number), tlv(0x02, &[1])].concat());
        let result = key.verify(SignatureAlgorithm::Ecdsa(Hash::Sha256), MESSAGE, &signature);
        assert_eq!(result, Err(SignatureError::Invalid));
    }
}

#[test]
fn eddsa_signature_of_another_length_is_invalid() {
    for name in ["ed25519", "ed448"] {
        let vector = vectors_of(name).next().unwrap();
        for signature in [&[][..], &vector.signature[1..], &[&vector.signature[..], &[0]].concat()]
        {
            let result = key(name).verify(vector.algorithm, MESSAGE, signature);
            assert_eq!(result, Err(SignatureError::Invalid));
        }
    }
}

#[test]
fn unreadable_keys_are_malformed() {
    let spki = key("ec-P-256").spki_der;
    for end in 0..spki.len() {
        let key = PublicKey::from_spki_der(&spki[..end]);
        assert_eq!(key.description, "unreadable");
        assert_eq!(
            key.verify(SignatureAlgorithm::Ed25519, MESSAGE, &[]),
            Err(SignatureError::MalformedKey)
        );
    }
}

#[test]
fn self_signed_certificates_are_signed_by_their_own_key() {
    for (name, key) in keys() {
        let certificate = certificate(&name);
        let expected = match UNSUPPORTED.contains(&name.as_str()) {
            true => Err(SignatureError::Unsupported),
            false => Ok(()),
        };
        assert_eq!(certificate.signed_by(&key), expected, "{name}");
    }
    for name in ["odd-v1", "odd-year-9999", "odd-hostile-subject"] {
        assert_eq!(certificate(name).signed_by(&key("ec-P-256")), Ok(()), "{name}");
    }
}

#[test]
fn changed_certificate_is_not_signed_by_its_key() {
    for name in ["rsa-2048", "rsassa-pss", "ec-P-384", "ed25519", "ed448"] {
        let mut der = certificate(name).der;
        let subject = der.windows(name.len()).position(|bytes| bytes == name.as_bytes()).unwrap();
        der[subject] ^= 0x20;
        let changed = Certificate::from_der(&der);
        assert_eq!(changed.signed_by(&key(name)), Err(SignatureError::Invalid), "{name}");
    }
}

#[test]
fn certificate_without_a_signature_is_not_judged() {
    let certificate = Certificate::from_der(&[0x30, 0x00]);
    assert_eq!(certificate.signed_by(&key("ec-P-256")), Err(SignatureError::MalformedSignature));
}

/// `testdata/generate.sh` signs with salts as long as the digest, of no byte, and as long as fits.
#[test]
fn salt_of_a_signature_is_told() {
    let mut lengths = Vec::new();
    let (key, cache) = (key("rsa-2048"), CertificateCache::new(1 << 20));
    for vector in vectors_of("rsa-2048") {
        let SignatureAlgorithm::RsaPss(hash) = vector.algorithm else { continue };
        let salt = |message| cache.pss_salt_length(&key, hash, message, &vector.signature);
        lengths.push((hash.output_length(), salt(MESSAGE).unwrap()));
        assert_eq!(salt(b"other"), None);
    }
    let as_digests = [20, 28, 32, 48, 64].map(|length| (length, length));
    assert_eq!(lengths, [as_digests.as_slice(), &[(32, 0), (32, 222)]].concat());
}
