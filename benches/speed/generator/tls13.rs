//! TLS 1.3 records that are opened with a recording's key log, and sealed with other secrets.

use aes_gcm::aead::{Aead, Nonce, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha384};

use super::keys::hex;
use super::random::Random;

/// The secrets of one connection; each pair is the server's, then the client's.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    suite: u16,
    handshake: [Vec<u8>; 2],
    application: [Vec<u8>; 2],
}

/// One direction's record protection (RFC 8446 section 5.2).
#[derive(Clone)]
pub(crate) struct Protection {
    cipher: Cipher,
    iv: Vec<u8>,
    sequence: u64,
}

#[derive(Clone)]
enum Cipher {
    Aes128(Box<Aes128Gcm>),
    Aes256(Box<Aes256Gcm>),
}

const LABELS: [[&str; 2]; 2] = [
    ["SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET"],
    ["SERVER_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_0"],
];

impl Secrets {
    /// Those of a key log that holds one connection's.
    pub(crate) fn read(key_log: &str, suite: u16) -> Self {
        let [handshake, application] = LABELS.map(|pair| {
            pair.map(|label| {
                let line = key_log.lines().find(|line| line.split(' ').next() == Some(label));
                unhex(line.expect(label).rsplit(' ').next().expect("a secret"))
            })
        });
        Self { suite, handshake, application }
    }

    pub(crate) fn new(suite: u16, random: &mut Random) -> Self {
        let length = if is_sha384(suite) { 48 } else { 32 };
        let mut pair = || [random.bytes(length), random.bytes(length)];
        Self { suite, handshake: pair(), application: pair() }
    }

    /// Lines of a key log (RFC 9850).
    pub(crate) fn key_log(&self, client_random: &[u8]) -> String {
        let pairs = LABELS.iter().zip([&self.handshake, &self.application]);
        pairs
            .flat_map(|(labels, secrets)| labels.iter().zip(secrets))
            .map(|(label, secret)| format!("{label} {} {}\n", hex(client_random), hex(secret)))
            .collect()
    }

    pub(crate) fn handshake(&self, from_client: bool) -> Protection {
        Protection::new(self.suite, &self.handshake[usize::from(from_client)])
    }

    pub(crate) fn application(&self, from_client: bool) -> Protection {
        Protection::new(self.suite, &self.application[usize::from(from_client)])
    }

    /// The body of a Finished (RFC 8446 section 4.4.4).
    pub(crate) fn finished(&self, from_client: bool, transcript: &[u8]) -> Vec<u8> {
        let secret = &self.handshake[usize::from(from_client)];
        let key = expand_label(self.suite, secret, "finished", secret.len());
        let digest = transcript_hash(self.suite, transcript);
        if is_sha384(self.suite) {
            let mut mac = Hmac::<Sha384>::new_from_slice(&key).unwrap();
            mac.update(&digest);
            mac.finalize().into_bytes().to_vec()
        } else {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(&digest);
            mac.finalize().into_bytes().to_vec()
        }
    }
}

/// What the client signs in its CertificateVerify (RFC 8446 section 4.4.3).
pub(crate) fn signed(suite: u16, transcript: &[u8]) -> Vec<u8> {
    let mut content = vec![0x20; 64];
    content.extend_from_slice(b"TLS 1.3, client CertificateVerify\0");
    content.extend_from_slice(&transcript_hash(suite, transcript));
    content
}

impl Protection {
    fn new(suite: u16, secret: &[u8]) -> Self {
        let length = if is_sha384(suite) { 32 } else { 16 };
        let key = expand_label(suite, secret, "key", length);
        let cipher = match suite {
            0x1301 => Cipher::Aes128(Box::new(Aes128Gcm::new_from_slice(&key).unwrap())),
            0x1302 => Cipher::Aes256(Box::new(Aes256Gcm::new_from_slice(&key).unwrap())),
            _ => panic!("cipher suite {suite:#06x}"),
        };
        Self { cipher, iv: expand_label(suite, secret, "iv", 12), sequence: 0 }
    }

    /// The content of a record, and its type.
    pub(crate) fn open(&mut self, fragment: &[u8]) -> (u8, Vec<u8>) {
        let header = header(fragment.len());
        let payload = Payload { msg: fragment, aad: &header };
        let nonce = self.nonce();
        let opened = match &self.cipher {
            Cipher::Aes128(cipher) => cipher.decrypt(&Nonce::<Aes128Gcm>::from(nonce), payload),
            Cipher::Aes256(cipher) => cipher.decrypt(&Nonce::<Aes256Gcm>::from(nonce), payload),
        };
        let mut content = opened.expect("the recording's secrets");
        let content_type = loop {
            match content.pop() {
                Some(0) => {}
                other => break other.expect("a content type"),
            }
        };
        (content_type, content)
    }

    /// A whole record.
    pub(crate) fn seal(&mut self, content_type: u8, content: &[u8]) -> Vec<u8> {
        let mut inner = content.to_vec();
        inner.push(content_type);
        let mut record = header(inner.len() + 16).to_vec();
        let payload = Payload { msg: &inner, aad: &record };
        let nonce = self.nonce();
        let sealed = match &self.cipher {
            Cipher::Aes128(cipher) => cipher.encrypt(&Nonce::<Aes128Gcm>::from(nonce), payload),
            Cipher::Aes256(cipher) => cipher.encrypt(&Nonce::<Aes256Gcm>::from(nonce), payload),
        };
        record.extend(sealed.expect("a short record"));
        record
    }

    fn nonce(&mut self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.sequence.to_be_bytes());
        nonce.iter_mut().zip(&self.iv).for_each(|(byte, iv)| *byte ^= iv);
        self.sequence += 1;
        nonce
    }
}

impl std::fmt::Debug for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Protection").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

fn header(length: usize) -> [u8; 5] {
    let [high, low] = (length as u16).to_be_bytes();
    [0x17, 3, 3, high, low]
}

fn is_sha384(suite: u16) -> bool {
    suite == 0x1302
}

fn transcript_hash(suite: u16, transcript: &[u8]) -> Vec<u8> {
    if is_sha384(suite) {
        Sha384::digest(transcript).to_vec()
    } else {
        Sha256::digest(transcript).to_vec()
    }
}

/// HKDF-Expand-Label without a context (RFC 8446 section 7.1).
fn expand_label(suite: u16, secret: &[u8], label: &str, length: usize) -> Vec<u8> {
    let mut info = (length as u16).to_be_bytes().to_vec();
    info.push(label.len() as u8 + 6);
    info.extend_from_slice(b"tls13 ");
    info.extend_from_slice(label.as_bytes());
    info.push(0);
    let mut out = vec![0; length];
    if is_sha384(suite) {
        Hkdf::<Sha384>::from_prk(secret).unwrap().expand(&info, &mut out).unwrap();
    } else {
        Hkdf::<Sha256>::from_prk(secret).unwrap().expand(&info, &mut out).unwrap();
    }
    out
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}
