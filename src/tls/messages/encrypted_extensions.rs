//! EncryptedExtensions (RFC 8446 section 4.3.1).

use std::sync::Arc;

use super::hello::{for_each_extension, protocol_name};
use crate::tls::{CertificateType, ExtensionType, Malformed, Reader};

/// What matters here of EncryptedExtensions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EncryptedExtensions {
    /// The server takes the early data (RFC 8446 section 4.2.10).
    pub early_data: bool,
    /// The protocol chosen (RFC 7301); hostile text.
    pub alpn: Option<Arc<str>>,
    /// In which form the client is to present itself (RFC 7250 section 4.2).
    pub client_certificate_type: Option<CertificateType>,
    /// In which form the server presents itself.
    pub server_certificate_type: Option<CertificateType>,
}

impl EncryptedExtensions {
    /// Reads a whole body.
    ///
    /// # Errors
    /// Where it is not one.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut read = Self::default();
        for_each_extension(&mut Reader::new(body), |extension, data| match extension {
            ExtensionType::EARLY_DATA => read.early_data = true,
            ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
                read.alpn = protocol_name(data);
            }
            ExtensionType::CLIENT_CERTIFICATE_TYPE => {
                read.client_certificate_type = CertificateType::chosen(data);
            }
            ExtensionType::SERVER_CERTIFICATE_TYPE => {
                read.server_certificate_type = CertificateType::chosen(data);
            }
            _ => {}
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn every_extension_that_matters_is_read() {
        let body = [
            0, 23, // extensions
            0, 16, 0, 5, 0, 3, 2, b'h', b'2', // application_layer_protocol_negotiation
            0, 19, 0, 1, 2, // client_certificate_type
            0, 20, 0, 1, 0, // server_certificate_type
            0, 42, 0, 0, // early_data
        ];
        let read = EncryptedExtensions::read(&body);
        let expected = EncryptedExtensions {
            early_data: true,
            alpn: Some("h2".into()),
            client_certificate_type: Some(CertificateType::RAW_PUBLIC_KEY),
            server_certificate_type: Some(CertificateType::X509),
        };
        assert_eq!(read, Ok(expected));
        for end in 0..body.len() {
            assert!(EncryptedExtensions::read(&body[..end]).is_err(), "cut at {end}");
        }
    }
}
