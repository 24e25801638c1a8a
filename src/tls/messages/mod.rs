//! The bodies of handshake messages.
//!
//! tls-parser decodes hellos too, but it needs all of a message, stops silently at the first
//! extension that it cannot read, and takes a TLS 1.3 Certificate for an empty chain. These readers
//! give what stands before a cut, and say that there was one.

mod certificate;
mod certificate_request;
mod certificate_verify;
mod compressed_certificate;
mod encrypted_extensions;
mod fingerprint;
mod hello;
mod new_session_ticket;
mod pre_shared_key;

pub use certificate::{CertificateList, ListEnd};
pub use certificate_request::CertificateRequestBody;
pub use certificate_verify::CertificateVerifyBody;
pub use compressed_certificate::CompressedCertificateBody;
pub use encrypted_extensions::EncryptedExtensions;
pub use hello::{ClientHello, ServerHello};
pub use new_session_ticket::{session_ticket, tls13_session_ticket};
pub use pre_shared_key::{OfferedPsks, PskIdentity};
