//! Records and secrets -> plaintext records.
//!
//! Decryption proves itself: a record is only ever given out after its tag or MAC was found right.
//! Secrets are overwritten when dropped and never shown by `Debug` or an error.
//!
//! ```text
//!  key log ──► KeyLog ──► Secret ─────────────────────────► Opener (TLS 1.3) ──► Opened
//!  RSA key ──► RsaKey ──► premaster ──► master secret ────► Opener (TLS 1.0 to 1.2)
//! ```

mod aead;
mod cbc;
mod compressed_certificate;
mod hash;
mod key_log;
mod key_log_label;
mod key_log_lines;
mod key_log_use;
mod mac;
mod opener;
mod overhead;
mod rsa_key;
mod secret;
mod stream_cipher;
mod suite;
mod tls12;
mod tls13;

#[cfg(test)]
mod key_log_tests;
#[cfg(test)]
mod rfc8448_tests;
#[cfg(test)]
mod session_tests;

pub use compressed_certificate::{DecompressError, decompress_certificate};
pub use key_log::{KeyLog, KeyLogSummary, Secrets};
pub use key_log_label::Label;
pub use key_log_use::KeyLogUse;
pub use opener::{OpenError, Opened, Opener, Unsupported};
pub use overhead::Overhead;
pub use rsa_key::{RsaKey, RsaKeyError};
pub use secret::Secret;
pub use suite::uses_rsa_key_exchange;
pub use tls12::{Tls12Parameters, VERIFY_DATA_LENGTH};
pub use tls13::{
    tls13_certificate_verify_content, tls13_message_hash, tls13_transcript_hash, tls13_verify_data,
};
