//! Whether a CertificateVerify proves that the client holds its certificate's key.

use super::finished::Finished;
use super::inspector::Inspector;
use super::observation::Possession;
use super::transcript::Transcript;
use crate::certificate::{
    CertificateCache, Hash, MlDsa, PublicKey, SignatureAlgorithm, SignatureError,
};
use crate::tls::messages::CertificateVerifyBody;
use crate::tls::{HandshakeMessage, ProtocolVersion, SignatureScheme};

/// Certificates behind the first one whose keys are tried where its own did not sign: people put the
/// issuer first, and rarely more.
const MISPLACED: usize = 3;

impl Inspector {
    /// What the client proved of `key`; `None` is one that could not be read.
    pub(super) fn possession(&self, key: Option<&PublicKey>) -> Possession {
        if let Some(known) = &self.facts.possession {
            return known.clone();
        }
        let Some(verify) = self.certificate_verify() else {
            return match self.own.client.ended_whole && key.is_some_and(|key| self.signs(key)) {
                true => Possession::Missing,
                false => Possession::NotSeen,
            };
        };
        if !verify.is_complete {
            return Possession::NotSeen;
        }
        let transcript = match self.tls13_suite() {
            Some(suite) => self.transcript().and_then(|messages| messages.tls13_content(suite)),
            None => self.transcript().and_then(Transcript::bytes),
        };
        let (Some(version), Some(transcript), true) =
            (self.version(), transcript, self.facts.server_flight_ended)
        else {
            return Possession::NotSeen;
        };
        let Some(key) = key else {
            return Possession::NotCheckable { why: "the certificate cannot be parsed".to_owned() };
        };
        let keys = self.shared.certificates();
        let body = self.working.as_ref().map_or(&[][..], |working| &working.verify);
        let possession = check(version, key, keys, &transcript, body);
        match possession {
            // Where an encrypted hello was accepted, it is that one which is signed.
            Possession::Failed { .. }
                if self.is_tls13()
                    && self
                        .facts
                        .client_hello
                        .as_ref()
                        .is_some_and(|one| one.encrypted_client_hello)
                    && self.finished() != Finished::Verified =>
            {
                Possession::NotSeen
            }
            Possession::Failed { scheme, .. } => {
                let chain = self.client_certificate().map(|answer| answer.chain.as_slice());
                let others = chain.unwrap_or_default().iter().enumerate().skip(1).take(MISPLACED);
                let signer = others.filter_map(|(index, other)| {
                    let fields = other.fields.as_ref().ok()?;
                    let proved = check(version, &fields.public_key, keys, &transcript, body);
                    matches!(proved, Possession::Verified { .. }).then_some(index)
                });
                let signer = signer.take(1).next();
                Possession::Failed { scheme, signer }
            }
            possession => possession,
        }
    }

    /// Whether a CertificateVerify is due for `key`: certificates with fixed Diffie-Hellman
    /// parameters have none, and an empty ClientKeyExchange goes with them (RFC 5246 sections 7.4.7
    /// and 7.4.8).
    fn signs(&self, key: &PublicKey) -> bool {
        let is_fixed = self.facts.client_key_exchange_length == Some(HandshakeMessage::HEADER);
        key.can_sign() && !(is_fixed && key.is_elliptic())
    }
}

/// Checks the signature of a CertificateVerify over `transcript`: the handshake messages before
/// it, headers included (RFC 5246 section 7.4.8).
pub(super) fn check(
    version: ProtocolVersion,
    key: &PublicKey,
    keys: &CertificateCache,
    transcript: &[u8],
    body: &[u8],
) -> Possession {
    if version < ProtocolVersion::TLS_1_0 {
        return not_checkable("SSL 3.0 signs a digest that includes the master secret");
    }
    let verify = match CertificateVerifyBody::read(body, version) {
        Ok(verify) => verify,
        Err(malformed) => return not_checkable(&format!("malformed: {malformed}")),
    };
    let (algorithm, scheme) = match verify.scheme {
        Some(scheme) => (algorithm_of(scheme), scheme.to_string()),
        None => {
            let (algorithm, name) = before_tls12(key);
            (algorithm, name.to_owned())
        }
    };
    let Some(algorithm) = algorithm else {
        return not_checkable(&format!("{scheme} is not supported"));
    };
    if let SignatureAlgorithm::RsaPss(hash) = algorithm
        && let Some(salt) = keys.pss_salt_length(key, hash, transcript, verify.signature)
    {
        // RFC 8446 section 4.2.3 demands a salt as long as the digest. Another one proves the key all
        // the same, and servers refuse it.
        let is_odd = salt != hash.output_length();
        let odd = if is_odd { format!(" with a salt of {salt} bytes") } else { String::new() };
        return Possession::Verified { scheme: scheme + &odd };
    }
    match keys.verify(key, algorithm, transcript, verify.signature) {
        Ok(()) => Possession::Verified { scheme },
        // A key of another type, or bytes that are no signature at all, prove nothing either, and
        // no server may accept them.
        Err(
            SignatureError::Invalid
            | SignatureError::WrongKeyType
            | SignatureError::MalformedSignature,
        ) => Possession::Failed { scheme, signer: None },
        Err(SignatureError::Unsupported) => {
            not_checkable(&format!("{scheme} with a key of type {}", key.description))
        }
        Err(SignatureError::MalformedKey) => {
            not_checkable("the certificate's public key cannot be decoded")
        }
    }
}

fn not_checkable(why: &str) -> Possession {
    Possession::NotCheckable { why: why.to_owned() }
}

/// The signature algorithm behind a SignatureScheme (RFC 8446 section 4.2.3) or, what is the same
/// numbers, a SignatureAndHashAlgorithm (RFC 5246 section 7.4.1.4.1).
fn algorithm_of(scheme: SignatureScheme) -> Option<SignatureAlgorithm> {
    Some(match scheme {
        SignatureScheme::RSA_PSS_RSAE_SHA256 | SignatureScheme::RSA_PSS_PSS_SHA256 => {
            SignatureAlgorithm::RsaPss(Hash::Sha256)
        }
        SignatureScheme::RSA_PSS_RSAE_SHA384 | SignatureScheme::RSA_PSS_PSS_SHA384 => {
            SignatureAlgorithm::RsaPss(Hash::Sha384)
        }
        SignatureScheme::RSA_PSS_RSAE_SHA512 | SignatureScheme::RSA_PSS_PSS_SHA512 => {
            SignatureAlgorithm::RsaPss(Hash::Sha512)
        }
        SignatureScheme::ED25519 => SignatureAlgorithm::Ed25519,
        SignatureScheme::ED448 => SignatureAlgorithm::Ed448,
        SignatureScheme::MLDSA44 => SignatureAlgorithm::MlDsa(MlDsa::MlDsa44),
        SignatureScheme::MLDSA65 => SignatureAlgorithm::MlDsa(MlDsa::MlDsa65),
        SignatureScheme::MLDSA87 => SignatureAlgorithm::MlDsa(MlDsa::MlDsa87),
        SignatureScheme::ECDSA_BRAINPOOLP256R1TLS13_SHA256 => {
            SignatureAlgorithm::Ecdsa(Hash::Sha256)
        }
        SignatureScheme::ECDSA_BRAINPOOLP384R1TLS13_SHA384 => {
            SignatureAlgorithm::Ecdsa(Hash::Sha384)
        }
        SignatureScheme::ECDSA_BRAINPOOLP512R1TLS13_SHA512 => {
            SignatureAlgorithm::Ecdsa(Hash::Sha512)
        }
        SignatureScheme(number) => {
            let [hash, signature] = number.to_be_bytes();
            let hash = match hash {
                1 => Hash::Md5,
                2 => Hash::Sha1,
                3 => Hash::Sha224,
                4 => Hash::Sha256,
                5 => Hash::Sha384,
                6 => Hash::Sha512,
                _ => return None,
            };
            match signature {
                1 => SignatureAlgorithm::RsaPkcs1(hash),
                2 => SignatureAlgorithm::Dsa(hash),
                3 => SignatureAlgorithm::Ecdsa(hash),
                _ => return None,
            }
        }
    })
}

/// Before TLS 1.2 the type of the key decides (RFC 4346 section 7.4.8, RFC 4492 section 5.8).
fn before_tls12(key: &PublicKey) -> (Option<SignatureAlgorithm>, &'static str) {
    match key.description.split(' ').next() {
        Some("RSA") => (Some(SignatureAlgorithm::RsaPkcs1Md5Sha1), "rsa_pkcs1_md5_sha1"),
        Some("ECDSA") => (Some(SignatureAlgorithm::Ecdsa(Hash::Sha1)), "ecdsa_sha1"),
        Some("DSA") => (Some(SignatureAlgorithm::Dsa(Hash::Sha1)), "dsa_sha1"),
        _ => (None, "a signature without a name"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::string_slice, reason = "tests")]
    use super::*;
    use crate::certificate::Certificate;

    /// Made by OpenSSL with rsa_pss_saltlen 32, 0 and 222 (certificate/testdata/generate.sh).
    #[test]
    fn a_salt_of_another_length_proves_the_key_and_is_told() {
        let certificate = include_bytes!("../certificate/testdata/rsa-2048.der");
        let key = Certificate::from_der(certificate).fields.unwrap().public_key;
        let message = include_bytes!("../certificate/testdata/message.txt");
        let signatures = include_str!("../certificate/testdata/signatures.txt").lines();
        let signatures =
            signatures.filter_map(|line| line.strip_prefix("rsa-2048 rsa-pss-sha256 "));
        let said: Vec<_> = signatures
            .map(|signature| {
                let octets = (0..signature.len()).step_by(2);
                let octets =
                    octets.map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap());
                let signature: Vec<u8> = octets.collect();
                let body = [&[8, 4, 1, 0], signature.as_slice()].concat();
                let keys = CertificateCache::default();
                check(ProtocolVersion::TLS_1_2, &key, &keys, message, &body)
            })
            .collect();
        let schemes = ["", " with a salt of 0 bytes", " with a salt of 222 bytes"];
        assert_eq!(
            said,
            schemes
                .map(|salt| Possession::Verified { scheme: format!("rsa_pss_rsae_sha256{salt}") })
        );
    }
}
