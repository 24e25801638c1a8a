//! Throw-away keys of the planted clients, and certificates that hold them.

use p256::ecdsa::signature::Signer;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPrivateKey, traits::PublicKeyParts};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::random::Random;

/// Two RSA keys of 2048 bits: prime factors of 1024 bits each, made for this benchmark.
const PRIMES: [[&str; 2]; 2] = [
    [
        "EC4C2C4F313D4E3BAC4356C66666292F0FD4307FB8755FBBAB0E47A8AB4A3DD4\
         9905BA1A9F317E6D353A9FBBE6C5CAD87C370A6F106DBC9BA053CC558315741B\
         1EA8EDED6FF3C82901D6D4E5A8A936A273EE6A7677F33DB789AC5F3988C544F9\
         5D4B96B80E66063A0F5860F399C528A5569D7E927CB16072FAAEDF5317CE9E7D",
        "C0F12BDF3B07F7A9867CF4B3C36E8B598BC04640E7353DBEC72C924BC41A9ECE\
         89286147605CC061C19565FDC7CB412DB4FEE97EDFB96843AAAC9A33B470897B\
         EC84D4AAC69A36FB84BAF3F896FC1E798DAECD80994200DCF37C65C7EED77A27\
         B0496C92B0D37F9C26A4D15A0E8B8015E639872CD005022DF0FAD71D771DED31",
    ],
    [
        "EA3BF2A7150F7A9733934701781A3154B3C6C285844CE218BDD2063C086A44B2\
         0C18A65635BAA7FFE5D98E85C71915A8843040AF1A0F08DB5F2AA1413843F7A2\
         9BF537ED8BC3853B285672150FE4181AB0E9C9B86314DFF55ABE0D0A303C2EB7\
         11E648AEF2AFAD2F20C77D8E144D98EF1140993D828732F1A6D34AA8F54159C9",
        "EE5AB843BED760E07A57439D863D4E93071360204B93B8376242A5F38EC744DA\
         EDD720D917507814A862EA4EFD87496359BD213093767406050E7F2FD45E8BDB\
         A0832E980CF12728488FEEC9E25EA3A9E2B52B7B7E3FA0A99F57C924267E2612\
         4B0A3AD4923CF147ABE19FCA71A412D9BC9DEA2C8AB3BE64C476A4E00C26352B",
    ],
];

/// An uncompressed point on P-256 in a SubjectPublicKeyInfo (RFC 5480), before its coordinates.
const P256_KEY: &[u8] =
    &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04];
/// An RSAPublicKey of 2048 bits (RFC 8017 appendix A.1.1), before its modulus.
const RSA_KEY: &[u8] = &[0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];

/// How many P-256 keys the planted clients share.
const P256_KEYS: u64 = 64;

#[derive(Debug)]
pub(crate) struct Keys {
    p256: Vec<p256::ecdsa::SigningKey>,
    rsa: Vec<RsaPrivateKey>,
}

/// A certificate that a planted client presents, and its key.
#[derive(Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) der: Vec<u8>,
    key: Key<'a>,
}

#[derive(Debug)]
enum Key<'a> {
    P256(&'a p256::ecdsa::SigningKey),
    Rsa(&'a RsaPrivateKey),
}

impl Keys {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, u64::MAX);
        let p256 = (0..P256_KEYS)
            .map(|_| p256::ecdsa::SigningKey::from_slice(&random.bytes(32)).unwrap())
            .collect();
        let rsa = PRIMES.map(|pair| {
            let [p, q] = pair.map(|prime| BoxedUint::from_be_hex(prime, 1024).unwrap());
            let exponent = BoxedUint::from(65537_u32);
            RsaPrivateKey::from_p_q(p, q, exponent).unwrap()
        });
        Self { p256, rsa: rsa.to_vec() }
    }

    /// The recorded certificate with another serial number and another key of the same type; no
    /// length changes. Its issuer's signature no longer fits, which nobody on the path checks.
    pub(crate) fn leaf(&self, recorded: &[u8], number: u64, seed: u64) -> Leaf<'_> {
        let mut der = recorded.to_vec();
        let mut random = Random::new(seed, number ^ (1 << 63));
        let serial = serial(&der);
        // The first byte keeps the number positive and its encoding the shortest.
        random.fill(&mut der[serial.start + 1..serial.end]);
        let key = if let Some(at) = position(&der, P256_KEY) {
            let key = &self.p256[random.index(self.p256.len())];
            let point = key.verifying_key().to_sec1_point(false);
            der[at..at + 64].copy_from_slice(&point.as_bytes()[1..]);
            Key::P256(key)
        } else {
            let at = position(&der, RSA_KEY).expect("a certificate with a P-256 or RSA 2048 key");
            let key = &self.rsa[random.index(self.rsa.len())];
            der[at..at + 256].copy_from_slice(&key.n().to_be_bytes());
            Key::Rsa(key)
        };
        Leaf { der, key }
    }
}

impl Leaf<'_> {
    pub(crate) fn sha1(&self) -> String {
        hex(&Sha1::digest(&self.der))
    }

    /// The signature of a CertificateVerify with a SignatureScheme (RFC 8446 section 4.2.3).
    pub(crate) fn sign(&self, scheme: u16, signed: &[u8], random: &mut Random) -> Vec<u8> {
        let digest = Sha256::digest(signed);
        match (&self.key, scheme) {
            (Key::P256(key), 0x0403) => {
                let signature: p256::ecdsa::DerSignature = key.sign(signed);
                signature.as_bytes().to_vec()
            }
            (Key::Rsa(key), 0x0401) => key.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap(),
            (Key::Rsa(key), 0x0804) => {
                key.sign_with_rng(random, Pss::<Sha256>::new(), &digest).unwrap()
            }
            _ => panic!("scheme {scheme:#06x} is not for this key"),
        }
    }
}

/// Where the value of a certificate's serialNumber stands (RFC 5280 section 4.1).
fn serial(der: &[u8]) -> std::ops::Range<usize> {
    // Certificate, TBSCertificate: two SEQUENCEs with lengths of two bytes; version: [0] { 2 }.
    assert_eq!(der[8..13], [0xa0, 0x03, 0x02, 0x01, 0x02], "a certificate of version 3");
    assert_eq!(der[13], 0x02, "an INTEGER");
    15..15 + usize::from(der[14])
}

/// The position after `pattern`.
fn position(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    let at = bytes.windows(pattern.len()).position(|window| window == pattern)?;
    Some(at + pattern.len())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
