//! One X.509 certificate: the fields that are compared and shown. No trust decisions.

mod alternative_name;
mod attribute_type;
mod cache;
mod der;
mod distinguished_name;
mod ecdsa_signature;
mod eddsa_signature;
mod extensions;
mod ml_dsa_signature;
mod name;
mod outline;
mod public_key;
mod raw_public_key;
mod rsa_signature;
mod signature_algorithm;
mod spki;
mod thumbprint;
mod verifier;

#[cfg(test)]
mod signature_tests;
#[cfg(test)]
mod test_der;
#[cfg(test)]
mod tests;

use x509_parser::asn1_rs::GeneralizedTime;
use x509_parser::certificate::X509CertificateParser;
use x509_parser::error::X509Error;
use x509_parser::nom::Parser;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

pub use alternative_name::{AlternativeName, AlternativeNames};
pub use cache::CertificateCache;
pub use distinguished_name::{DistinguishedName, DistinguishedNameError};
pub use ml_dsa_signature::MlDsa;
pub use name::display_name;
pub use public_key::{PublicKey, SignatureError};
pub use raw_public_key::RawPublicKey;
pub use signature_algorithm::{Hash, SignatureAlgorithm};
pub use thumbprint::{Sha1Thumbprint, Sha256Thumbprint};

use extensions::Extensions;
use outline::Outline;

/// A certificate as it was sent or configured.
///
/// The thumbprints are over the raw DER and exist even where the DER cannot be parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// The raw DER bytes.
    pub der: Vec<u8>,
    /// SHA-1 over `der`: the thumbprint that Windows and API Management show.
    pub sha1: Sha1Thumbprint,
    /// SHA-256 over `der`.
    pub sha256: Sha256Thumbprint,
    /// The parsed fields, or why there are none.
    pub fields: Result<Fields, String>,
}

impl Certificate {
    /// Reads a certificate; bytes that are no certificate still get their thumbprints.
    ///
    /// Work and memory are linear in the length of `der`.
    pub fn from_der(der: &[u8]) -> Self {
        Self {
            der: der.to_vec(),
            sha1: Sha1Thumbprint::of(der),
            sha256: Sha256Thumbprint::of(der),
            fields: Fields::read(der).map_err(str::to_owned),
        }
    }

    /// Its alternative names; `None` where the certificate cannot be read.
    pub fn alternative_names(&self) -> Option<AlternativeNames> {
        let outline = Outline::read(&self.der).ok()?;
        let extensions = outline.extensions.as_ref().map(Extensions::read).unwrap_or_default();
        Some(AlternativeNames {
            names: extensions.alternative_names,
            is_complete: extensions.has_all_names && !outline.unknown_parts,
        })
    }

    /// Checks this certificate's signature with the key of a possible issuer (RFC 5280 section
    /// 4.1.1.3). Nothing else is looked at: no names, no dates, no basic constraints.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Invalid`] where the issuer's key did not make the signature;
    /// [`SignatureError::MalformedSignature`] where the certificate has no readable signature; the
    /// other variants as [`PublicKey::verify`] gives them.
    pub fn signed_by(&self, issuer: &PublicKey) -> Result<(), SignatureError> {
        let outline = Outline::read(&self.der).map_err(|_| SignatureError::MalformedSignature)?;
        let (Some(identifier), Some(signature)) = (outline.signature_algorithm, outline.signature)
        else {
            return Err(SignatureError::MalformedSignature);
        };
        let algorithm = SignatureAlgorithm::from_identifier(identifier.raw)
            .ok_or(SignatureError::Unsupported)?;
        issuer.verify(algorithm, outline.tbs_certificate.raw, signature)
    }
}

impl Certificate {
    /// Whether it has what a server's `oid_filters` want of one extension (RFC 8446 section 4.2.5):
    /// the extension, and every usage of `values` in it; `None` where that cannot be told.
    pub fn fits_filter(&self, oid: &[u8], values: &[u8]) -> Option<bool> {
        let outline = Outline::read(&self.der).ok()?;
        Extensions::fits_filter(outline.extensions.as_ref(), oid, values)
    }
}

/// An object identifier as people write it, from the contents of its DER: `2.5.29.37`.
pub fn dotted_oid(contents: &[u8]) -> Option<String> {
    der::dotted(contents)
}

/// The fields of a certificate that are compared and shown (RFC 5280 section 4.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fields {
    /// Subject as [`display_name`] gives it (`CN=a, O=b`, the certificate's own order); hostile
    /// text.
    pub subject: String,
    /// Raw DER of the subject Name.
    pub subject_der: Vec<u8>,
    /// Issuer as text; hostile text.
    pub issuer: String,
    /// Raw DER of the issuer Name, as `certificate_authorities` lists it.
    pub issuer_der: Vec<u8>,
    /// Serial number: the octets of the INTEGER as encoded, lower-case hex (two digits an octet,
    /// so with the leading `00` of a positive number whose first bit is set).
    pub serial: String,
    /// Start of validity, seconds since 1970-01-01T00:00:00 UTC; `None` where it cannot be read.
    pub not_before: Option<i64>,
    /// End of validity, seconds since 1970-01-01T00:00:00 UTC; `None` where it cannot be read.
    pub not_after: Option<i64>,
    /// The subject's public key.
    pub public_key: PublicKey,
    /// SHA-256 over the DER of SubjectPublicKeyInfo: equal where a renewal kept its key.
    pub spki_sha256: Sha256Thumbprint,
    /// Extended key usages by their usual names (`clientAuth`) or dotted OID, in the
    /// certificate's order; never empty. `None` where the extension is absent (any usage), and
    /// where it cannot be read (`oddities` says so).
    pub extended_key_usages: Option<Vec<String>>,
    /// keyUsage's digitalSignature bit; `None` where the extension is absent, and where it cannot
    /// be read (`oddities` says so).
    pub digital_signature: Option<bool>,
    /// DNS names of subjectAltName, at most 1024; hostile text.
    pub dns_names: Vec<String>,
    /// How the issuer signed it, by its usual name (`sha256WithRSAEncryption`) or dotted OID.
    pub signature_algorithm: String,
    /// `cA` of basicConstraints (RFC 5280 section 4.2.1.9); false where the extension is absent.
    pub is_ca: bool,
    /// keyIdentifier of authorityKeyIdentifier (RFC 5280 section 4.2.1.1): which key of the issuer
    /// signed it.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// subjectKeyIdentifier (RFC 5280 section 4.2.1.2).
    pub subject_key_identifier: Option<Vec<u8>>,
    /// What is odd about the encoding: trailing bytes, an unreadable extension.
    pub oddities: Vec<String>,
}

impl Fields {
    fn read(der: &[u8]) -> Result<Self, &'static str> {
        let outline = Outline::read(der)?;
        let extensions = outline.extensions.as_ref().map(Extensions::read).unwrap_or_default();
        let mut validity = outline.validity.children();
        let not_before = validity.take_any().and_then(read_time);
        let not_after = validity.take_any().and_then(read_time);

        let mut oddities = Vec::new();
        if outline.trailing > 0 {
            oddities.push(format!("{} bytes follow the certificate", outline.trailing));
        }
        if outline.unknown_parts {
            oddities.push("has parts that no certificate has".to_owned());
        }
        if !outline.lengths_are_der {
            oddities
                .push("lengths are not DER: other programs may show other thumbprints".to_owned());
        }
        if not_before.is_none() {
            oddities.push("notBefore cannot be read".to_owned());
        }
        if not_after.is_none() {
            oddities.push("notAfter cannot be read".to_owned());
        }
        if not_after.is_some() && !validity.is_empty() {
            oddities.push("its validity goes on after notAfter".to_owned());
        }
        oddities.extend(extensions.oddities);
        if oddities.is_empty() {
            oddities.extend(strict_parser_objection(der));
        }

        let names = extensions.alternative_names.iter().filter_map(AlternativeName::dns_name);
        let dns_names = names.map(str::to_owned).collect();
        Ok(Self {
            subject: display_name(outline.subject.raw),
            subject_der: outline.subject.raw.to_vec(),
            issuer: display_name(outline.issuer.raw),
            issuer_der: outline.issuer.raw.to_vec(),
            serial: der::hex(outline.serial),
            not_before,
            not_after,
            public_key: PublicKey::from_spki_der(outline.subject_public_key_info.raw),
            spki_sha256: Sha256Thumbprint::of(outline.subject_public_key_info.raw),
            extended_key_usages: extensions.extended_key_usages,
            digital_signature: extensions.digital_signature,
            dns_names,
            signature_algorithm: outline
                .signature_algorithm
                .and_then(|identifier| signature_algorithm::name_of(identifier.raw))
                .unwrap_or_else(|| "unreadable".to_owned()),
            is_ca: extensions.is_ca,
            authority_key_identifier: extensions.authority_key_identifier,
            subject_key_identifier: extensions.subject_key_identifier,
            oddities,
        })
    }
}

fn read_time(time: der::Element<'_>) -> Option<i64> {
    if let Ok(([], time)) = ASN1Time::from_der(time.raw) {
        return Some(time.timestamp());
    }
    // DER wants a Z; with an offset from UTC the time is known all the same.
    match (time.tag, time.contents) {
        (der::GENERALIZED_TIME, [.., b'+' | b'-', _, _, _, _]) => {
            let time = GeneralizedTime::from_bytes(time.contents).ok()?;
            Some(time.utc_datetime().ok()?.unix_timestamp())
        }
        _ => None,
    }
}

/// Why a parser that keeps to DER refuses the whole certificate, as a peer may have done.
fn strict_parser_objection(der: &[u8]) -> Option<String> {
    let error = X509CertificateParser::new().with_deep_parse_extensions(false).parse(der).err()?;
    Some(format!("a strict parser refuses it: {}", X509Error::from(error)))
}
