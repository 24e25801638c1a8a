//! CompressedCertificate (RFC 8879 section 4).

use crate::tls::{Malformed, Reader};

/// A Certificate message that its sender compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CompressedCertificateBody<'a> {
    /// CertificateCompressionAlgorithm: 1 zlib, 2 brotli, 3 zstd.
    pub algorithm: u16,
    /// Length of the Certificate message's body, in bytes.
    pub uncompressed_length: usize,
    /// The compressed body.
    pub compressed: &'a [u8],
}

impl<'a> CompressedCertificateBody<'a> {
    /// Reads a whole body.
    ///
    /// # Errors
    /// Where the lengths do not agree with the bytes.
    pub fn read(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let algorithm = reader.u16("algorithm")?;
        let uncompressed_length = reader.u24("uncompressed_length")?;
        let compressed = reader.vector24("compressed_certificate_message")?;
        reader.end("CompressedCertificate")?;
        Ok(Self { algorithm, uncompressed_length, compressed })
    }
}
