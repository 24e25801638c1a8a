//! CertificateRequest (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4, RFC 4346 section 7.4.4).

use crate::tls::{ExtensionType, Malformed, ProtocolVersion, Reader, SignatureScheme};

/// What a server accepts of a client, as far as it is there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CertificateRequestBody<'a> {
    /// `certificate_types`, as ClientCertificateType numbers.
    pub certificate_types: &'a [u8],
    /// `supported_signature_algorithms`; TLS 1.2 only.
    pub signature_schemes: Vec<SignatureScheme>,
    /// `certificate_authorities`: DER of each DistinguishedName.
    pub certificate_authorities: Vec<&'a [u8]>,
    /// `signature_algorithms_cert` (RFC 8446 section 4.2.3): how certificates may be signed, where that
    /// differs from `signature_schemes`; empty where it does not.
    pub certificate_signature_schemes: Vec<SignatureScheme>,
    /// `oid_filters` (RFC 8446 section 4.2.5): the OID of a certificate extension and the values
    /// that it must have, both without tag and length.
    pub oid_filters: Vec<(&'a [u8], &'a [u8])>,
    /// `trust_anchors` stands beside `certificate_authorities` (draft-ietf-tls-trust-anchor-ids):
    /// either may tell a client what to send.
    pub trust_anchors: bool,
    /// Why it could not be read to its end.
    pub malformed: Option<Malformed>,
}

impl<'a> CertificateRequestBody<'a> {
    /// Reads a body, or the beginning of one, in the form of the negotiated version.
    pub fn read(body: &'a [u8], version: ProtocolVersion) -> Self {
        let mut request = Self::default();
        let reader = Reader::new(body);
        let end = if version.is_tls13() {
            request.fill_tls13(reader)
        } else {
            request.fill(reader, version)
        };
        request.malformed = end.err();
        request
    }

    fn fill_tls13(&mut self, mut reader: Reader<'a>) -> Result<(), Malformed> {
        reader.vector8("certificate_request_context")?;
        let mut extensions = Reader::new(reader.vector16("extensions")?);
        while !extensions.is_empty() {
            let extension = ExtensionType(extensions.u16("extension_type")?);
            let data = Reader::new(extensions.vector16("extension_data")?);
            match extension {
                ExtensionType::SIGNATURE_ALGORITHMS => self.signature_schemes = schemes(data)?,
                ExtensionType::SIGNATURE_ALGORITHMS_CERT => {
                    self.certificate_signature_schemes = schemes(data)?;
                }
                ExtensionType::CERTIFICATE_AUTHORITIES => self.fill_authorities(data)?,
                ExtensionType::OID_FILTERS => self.fill_filters(data)?,
                ExtensionType::TRUST_ANCHORS => self.trust_anchors = true,
                _ => {}
            }
        }
        reader.end("CertificateRequest")
    }

    fn fill_filters(&mut self, mut data: Reader<'a>) -> Result<(), Malformed> {
        let mut filters = Reader::new(data.vector16("oid_filters")?);
        while !filters.is_empty() {
            let oid = filters.vector8("certificate_extension_oid")?;
            self.oid_filters.push((oid, filters.vector16("certificate_extension_values")?));
        }
        Ok(())
    }

    fn fill_authorities(&mut self, mut data: Reader<'a>) -> Result<(), Malformed> {
        let mut names = Reader::new(data.vector16("certificate_authorities")?);
        while !names.is_empty() {
            self.certificate_authorities.push(names.vector16("certificate_authorities")?);
        }
        Ok(())
    }

    fn fill(&mut self, mut reader: Reader<'a>, version: ProtocolVersion) -> Result<(), Malformed> {
        self.certificate_types = reader.vector8("certificate_types")?;
        if version >= ProtocolVersion::TLS_1_2 {
            let listed = reader.vector16("supported_signature_algorithms")?;
            self.signature_schemes = listed_schemes(listed)?;
        }
        let length = usize::from(reader.u16("certificate_authorities")?);
        let whole = reader.take(length, "certificate_authorities");
        let mut names = Reader::new(match whole {
            Ok(names) => names,
            Err(_) => reader.rest(),
        });
        while !names.is_empty() {
            self.certificate_authorities.push(names.vector16("certificate_authorities")?);
        }
        whole?;
        reader.end("CertificateRequest")
    }
}

fn schemes(mut data: Reader<'_>) -> Result<Vec<SignatureScheme>, Malformed> {
    listed_schemes(data.vector16("supported_signature_algorithms")?)
}

fn listed_schemes(listed: &[u8]) -> Result<Vec<SignatureScheme>, Malformed> {
    let mut reader = Reader::new(listed);
    let mut schemes = Vec::with_capacity(listed.len() / 2);
    while !reader.is_empty() {
        schemes.push(SignatureScheme(reader.u16("supported_signature_algorithms")?));
    }
    Ok(schemes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_chosen_by_the_version_and_not_by_what_fits() {
        let tls12 = [1, 64, 0, 2, 4, 3, 0, 4, 0, 2, 0x30, 0];
        let request = CertificateRequestBody::read(&tls12, ProtocolVersion::TLS_1_2);
        assert_eq!(request.certificate_types, [64]);
        assert_eq!(request.signature_schemes, [SignatureScheme::ECDSA_SECP256R1_SHA256]);
        assert_eq!(request.certificate_authorities, [[0x30, 0].as_slice()]);
        assert_eq!(request.malformed, None);

        let tls11 = [1, 64, 0, 4, 0, 2, 0x30, 0];
        let request = CertificateRequestBody::read(&tls11, ProtocolVersion::TLS_1_1);
        assert_eq!(request.certificate_authorities, [[0x30, 0].as_slice()]);
        assert_eq!(request.malformed, None);
        let request = CertificateRequestBody::read(&tls12, ProtocolVersion::TLS_1_1);
        assert!(request.malformed.is_some());
    }

    #[test]
    fn a_tls_1_3_request_names_its_schemes_and_authorities_in_extensions() {
        let body = [0, 0, 18, 0, 13, 0, 4, 0, 2, 8, 4, 0, 47, 0, 6, 0, 4, 0, 2, 0x30, 0];
        let request = CertificateRequestBody::read(&body, ProtocolVersion::TLS_1_3);
        assert_eq!(request.malformed, None);
        assert_eq!(request.signature_schemes, [SignatureScheme::RSA_PSS_RSAE_SHA256]);
        assert_eq!(request.certificate_authorities, [[0x30, 0].as_slice()]);
    }

    #[test]
    fn filters_and_schemes_of_certificates_are_read() {
        let body = [
            0, 0, 28, // extensions
            0, 48, 0, 8, 0, 6, 3, 0x55, 0x1d, 0x0f, 0, 0, // oid_filters
            0, 50, 0, 4, 0, 2, 4, 1, // signature_algorithms_cert
            0xca, 0x34, 0, 0, // trust_anchors
        ];
        let body = [body.as_slice(), &[0, 7, 0, 0]].concat();
        let request = CertificateRequestBody::read(&body, ProtocolVersion::TLS_1_3);
        assert_eq!(request.malformed, None);
        assert_eq!(request.oid_filters, [([0x55, 0x1d, 0x0f].as_slice(), [].as_slice())]);
        assert_eq!(request.certificate_signature_schemes, [SignatureScheme::RSA_PKCS1_SHA256]);
        assert!(request.trust_anchors);
    }

    #[test]
    fn what_stands_before_a_cut_is_read() {
        let cut = [1, 64, 0, 2, 4, 3, 0, 9, 0, 2, 0x30, 0, 0, 3];
        let request = CertificateRequestBody::read(&cut, ProtocolVersion::TLS_1_2);
        assert_eq!(request.certificate_authorities, [[0x30, 0].as_slice()]);
        assert!(request.malformed.is_some());
    }
}
