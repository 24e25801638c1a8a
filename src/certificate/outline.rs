//! The structure of a certificate: where each part stands, whatever it contains.

use super::der::{BIT_STRING, Element, INTEGER, SEQUENCE};

/// `version [0] EXPLICIT`.
const VERSION: u8 = 0xa0;
/// `issuerUniqueID [1] IMPLICIT`, primitive and (BER) constructed.
const ISSUER_UNIQUE_ID: [u8; 2] = [0x81, 0xa1];
/// `subjectUniqueID [2] IMPLICIT`, primitive and (BER) constructed.
const SUBJECT_UNIQUE_ID: [u8; 2] = [0x82, 0xa2];
/// `extensions [3] EXPLICIT`.
const EXTENSIONS: u8 = 0xa3;

/// The parts of `Certificate` and `TBSCertificate` (RFC 5280 section 4.1), unread.
///
/// x509-parser refuses a whole certificate for one bad date or one BER length; this stands as long
/// as the tags and lengths of the parts themselves do.
pub(super) struct Outline<'a> {
    /// What the issuer signed.
    pub(super) tbs_certificate: Element<'a>,
    /// Value of the serial number INTEGER.
    pub(super) serial: &'a [u8],
    pub(super) issuer: Element<'a>,
    pub(super) validity: Element<'a>,
    pub(super) subject: Element<'a>,
    pub(super) subject_public_key_info: Element<'a>,
    /// The `Extensions` SEQUENCE; `None` where there is none.
    pub(super) extensions: Option<Element<'a>>,
    /// Whether something inside the TBSCertificate was not recognised and passed over.
    pub(super) unknown_parts: bool,
    /// Whether the lengths of the parts are as DER has them; OpenSSL takes its thumbprint over its
    /// own encoding, which then is another.
    pub(super) lengths_are_der: bool,
    /// `signatureAlgorithm` outside the TBSCertificate.
    pub(super) signature_algorithm: Option<Element<'a>>,
    /// The signature's octets.
    pub(super) signature: Option<&'a [u8]>,
    /// Bytes after the certificate.
    pub(super) trailing: usize,
}

impl<'a> Outline<'a> {
    /// Finds the parts of the certificate that `der` begins with; the error says which part is
    /// not where it has to be.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, &'static str> {
        if der.is_empty() {
            return Err("empty");
        }
        let (certificate, rest) =
            Element::first(der).ok_or("not a certificate: no complete ASN.1 element")?;
        if certificate.tag != SEQUENCE {
            return Err("not a certificate: no ASN.1 SEQUENCE");
        }
        let mut parts = certificate.children();
        let tbs_certificate = parts.take(SEQUENCE).ok_or("no readable TBSCertificate")?;
        let signature_algorithm = parts.take(SEQUENCE);
        let signature = parts.take(BIT_STRING);

        let mut fields = tbs_certificate.children();
        fields.take(VERSION);
        let serial = fields.take(INTEGER).ok_or("no readable serial number")?.contents;
        fields.take(SEQUENCE).ok_or("no readable signature algorithm")?;
        let issuer = fields.take(SEQUENCE).ok_or("no readable issuer")?;
        let validity = fields.take(SEQUENCE).ok_or("no readable validity")?;
        let subject = fields.take(SEQUENCE).ok_or("no readable subject")?;
        let subject_public_key_info = fields.take(SEQUENCE).ok_or("no readable public key")?;
        for tag in ISSUER_UNIQUE_ID.into_iter().chain(SUBJECT_UNIQUE_ID) {
            fields.take(tag);
        }
        let extensions = fields.take(EXTENSIONS);
        let extensions_sequence = extensions.and_then(|outer| outer.children().take(SEQUENCE));

        let required = [certificate, tbs_certificate, issuer, validity, subject];
        let lengths_are_der = required
            .into_iter()
            .chain([subject_public_key_info])
            .chain(extensions)
            .chain(extensions_sequence)
            .chain(signature_algorithm)
            .chain(signature)
            .all(|part| part.has_der_length());

        Ok(Self {
            tbs_certificate,
            serial,
            issuer,
            validity,
            subject,
            subject_public_key_info,
            extensions: extensions_sequence,
            unknown_parts: !fields.is_empty()
                || !parts.is_empty()
                || extensions.is_some() != extensions_sequence.is_some(),
            lengths_are_der,
            signature_algorithm,
            signature: signature.and_then(whole_octets),
            trailing: rest.len(),
        })
    }
}

/// A BIT STRING's octets; `None` where its bits do not fill octets.
pub(super) fn whole_octets(bit_string: Element<'_>) -> Option<&[u8]> {
    match bit_string.contents {
        [0, octets @ ..] => Some(octets),
        _ => None,
    }
}
