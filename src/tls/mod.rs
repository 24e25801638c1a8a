//! Bytes -> records -> handshake messages. Needs no keys.

pub mod enums;
mod reader;

pub use enums::{
    Alert, AlertDescription, AlertLevel, CipherSuite, ClientCertificateType, ContentType, ExtensionType, HandshakeType,
    ProtocolVersion, SignatureScheme,
};
pub use reader::{Malformed, Reader};
