//! CertificateVerify (RFC 5246 section 7.4.8, RFC 4346 section 7.4.8).

use crate::tls::{Malformed, ProtocolVersion, Reader, SignatureScheme};

/// A signature over the handshake so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CertificateVerifyBody<'a> {
    /// How it was made; before TLS 1.2 the key alone decides, and nothing stands here.
    pub scheme: Option<SignatureScheme>,
    /// The signature.
    pub signature: &'a [u8],
}

impl<'a> CertificateVerifyBody<'a> {
    /// Reads a whole body in the form of the negotiated version.
    ///
    /// # Errors
    /// Where the lengths do not agree with the bytes.
    pub fn read(body: &'a [u8], version: ProtocolVersion) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let scheme = if version >= ProtocolVersion::TLS_1_2 {
            Some(SignatureScheme(reader.u16("algorithm")?))
        } else {
            None
        };
        let signature = reader.vector16("signature")?;
        reader.end("CertificateVerify")?;
        Ok(Self { scheme, signature })
    }
}
