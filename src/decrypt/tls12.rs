//! Keys and Finished of TLS 1.0 to 1.2 (RFC 2246, RFC 4346, RFC 5246).

use zeroize::Zeroizing;

use super::hash::{handshake_hash, prf};
use super::opener::Unsupported;
use super::secret::Secret;
use super::suite::{Mode, Suite};
use crate::tls::{CipherSuite, ProtocolVersion};

/// Length of a master secret, in bytes (RFC 5246 section 8.1).
pub(super) const MASTER_SECRET: usize = 48;

/// Length of verify_data, in bytes; no suite that can be decrypted here has another
/// (RFC 5246 section 7.4.9).
pub const VERIFY_DATA_LENGTH: usize = 12;

/// What a handshake of TLS 1.0 to 1.2 agreed upon, as far as its keys depend on it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tls12Parameters {
    /// The version chosen.
    pub version: ProtocolVersion,
    /// The suite chosen.
    pub cipher_suite: CipherSuite,
    /// Of this handshake's ClientHello.
    pub client_random: [u8; 32],
    /// Of this handshake's ServerHello.
    pub server_random: [u8; 32],
    /// The ServerHello has `encrypt_then_mac` (RFC 7366); only matters with block ciphers.
    pub encrypt_then_mac: bool,
    /// The ServerHello has `truncated_hmac` (RFC 6066 section 7); matters without AEAD.
    pub truncated_hmac: bool,
}

/// The keys of one direction.
pub(super) struct Keys {
    pub(super) mac: Zeroizing<Vec<u8>>,
    pub(super) cipher: Zeroizing<Vec<u8>>,
    pub(super) iv: Zeroizing<Vec<u8>>,
}

impl Tls12Parameters {
    /// The master secret (RFC 5246 section 8.1); with `session_hash`, the extended one
    /// (RFC 7627 section 4).
    ///
    /// # Errors
    /// Where the version or the suite is none that can be undone here.
    pub fn master_secret(
        &self,
        premaster_secret: &Secret,
        session_hash: Option<&[u8]>,
    ) -> Result<Secret, Unsupported> {
        let (label, seeds): (_, &[&[u8]]) = match session_hash {
            Some(hash) => ("extended master secret", &[hash]),
            None => ("master secret", &[&self.client_random, &self.server_random]),
        };
        let hash = self.suite()?.prf;
        let secret =
            prf(self.version, hash, premaster_secret.expose(), label, seeds, MASTER_SECRET);
        Ok(secret.into())
    }

    /// The hash over the handshake messages `transcript` that the extended master secret takes:
    /// from the ClientHello to the ClientKeyExchange, headers included (RFC 7627 section 3).
    ///
    /// # Errors
    /// Where the version or the suite is none that can be undone here.
    pub fn session_hash(&self, transcript: &[u8]) -> Result<Vec<u8>, Unsupported> {
        Ok(handshake_hash(self.version, self.suite()?.prf, transcript))
    }

    /// What the Finished of one side must hold (RFC 5246 section 7.4.9): `transcript` is every
    /// handshake message of this handshake before it, HelloRequests left out.
    ///
    /// # Errors
    /// Where the version or the suite is none that can be undone here.
    pub fn verify_data(
        &self,
        master_secret: &Secret,
        transcript: &[u8],
        from_client: bool,
    ) -> Result<[u8; VERIFY_DATA_LENGTH], Unsupported> {
        let hash = self.suite()?.prf;
        let label = if from_client { "client finished" } else { "server finished" };
        let transcript_hash = handshake_hash(self.version, hash, transcript);
        let seeds: &[&[u8]] = &[&transcript_hash];
        let data =
            prf(self.version, hash, master_secret.expose(), label, seeds, VERIFY_DATA_LENGTH);
        let mut out = [0; VERIFY_DATA_LENGTH];
        out.iter_mut().zip(data.iter()).for_each(|(out, byte)| *out = *byte);
        Ok(out)
    }

    /// The suite, where it and the version go together.
    pub(super) fn suite(&self) -> Result<Suite, Unsupported> {
        if !(ProtocolVersion::TLS_1_0..=ProtocolVersion::TLS_1_2).contains(&self.version) {
            return Err(Unsupported::Version(self.version));
        }
        Suite::of(self.cipher_suite)
            .filter(|suite| !suite.is_tls13)
            .filter(|suite| self.version == ProtocolVersion::TLS_1_2 || suite.mac.is_some())
            .ok_or(Unsupported::CipherSuite(self.cipher_suite))
    }

    /// One side's part of the key block (RFC 5246 section 6.3).
    pub(super) fn keys(&self, suite: Suite, master: &Secret, from_client: bool) -> Option<Keys> {
        let mac = suite.mac.map_or(0, super::hash::Hash::length);
        let key = suite.cipher.key_length();
        let iv = match suite.cipher.mode() {
            Mode::Aead { explicit_nonce, .. } => super::aead::NONCE.checked_sub(explicit_nonce)?,
            Mode::Block { size } => size,
            Mode::Stream => 0,
        };
        let block = prf(
            self.version,
            suite.prf,
            master.expose(),
            "key expansion",
            &[&self.server_random, &self.client_random],
            2 * (mac + key + iv),
        );
        let mut rest = block.as_slice();
        let mut own = |length| {
            let (client, after) = rest.split_at_checked(length)?;
            let (server, after) = after.split_at_checked(length)?;
            rest = after;
            Some(Zeroizing::new(if from_client { client } else { server }.to_vec()))
        };
        Some(Keys { mac: own(mac)?, cipher: own(key)?, iv: own(iv)? })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::decrypt::hash::Hash;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|c| c.to_digit(16)).map(|d| u8::try_from(d).unwrap()).collect();
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
    }

    /// The vector for P_SHA256 that was posted to the IETF TLS working group's list.
    #[test]
    fn the_pseudo_random_function_gives_the_published_vectors() {
        let secret = bytes("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let out = prf(ProtocolVersion::TLS_1_2, Hash::Sha256, &secret, "test label", &[&seed], 100);
        assert_eq!(
            *out,
            bytes(
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a
                 6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab
                 4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
                 87347b66"
            )
        );
    }

    #[test]
    fn versions_and_suites_that_do_not_go_together_are_refused() {
        let parameters = |version, suite| Tls12Parameters {
            version,
            cipher_suite: CipherSuite(suite),
            client_random: [0; 32],
            server_random: [0; 32],
            encrypt_then_mac: false,
            truncated_hmac: false,
        };
        let refused = |version, suite| parameters(version, suite).suite().is_err();
        assert!(refused(ProtocolVersion::TLS_1_1, 0xc02f));
        assert!(refused(ProtocolVersion::TLS_1_2, 0x1301));
        assert!(refused(ProtocolVersion::SSL_3_0, 0x002f));
        assert!(refused(ProtocolVersion::TLS_1_3, 0x1301));
        assert!(!refused(ProtocolVersion::TLS_1_0, 0x002f));
        assert!(!refused(ProtocolVersion::TLS_1_2, 0xc02f));
    }
}
