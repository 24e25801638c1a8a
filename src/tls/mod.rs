//! Bytes -> records -> handshake messages. Needs no keys.

pub mod dtls;
pub mod enums;
mod handshake;
pub mod messages;
pub mod preamble;
mod reader;
mod record;
pub mod tds;

pub use enums::{
    Alert, AlertDescription, AlertLevel, CertificateType, CipherSuite, ClientCertificateType,
    ContentType, ExtensionType, HandshakeType, ProtocolVersion, SignatureScheme,
};
pub use handshake::{HandshakeJoiner, HandshakeMessage};
pub use reader::{Malformed, Reader};
pub use record::{Probe, RecordHeader};
