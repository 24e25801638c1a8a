//! `certificate_der`.

use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::Any;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::certificate::{Certificate, Fields};

/// Reads a certificate. Promised: any bytes have their thumbprints; raw names are taken from the
/// bytes as they are; where x509-parser reads it too, its fields are the same.
pub fn certificate_der(input: &[u8]) {
    let certificate = Certificate::from_der(input);
    assert_eq!(certificate.der, input);
    assert_eq!(certificate.sha1.0, <[u8; 20]>::from(Sha1::digest(input)));
    assert_eq!(certificate.sha256.0, <[u8; 32]>::from(Sha256::digest(input)));
    let Ok(fields) = &certificate.fields else { return };

    let mut rest = input;
    for name in [&fields.issuer_der, &fields.subject_der] {
        let position = rest.windows(name.len()).position(|window| window == name);
        assert!(position.is_some(), "names stand in the certificate, the issuer's first");
        rest = rest.get(position.unwrap_or_default() + name.len()..).unwrap_or_default();
    }
    assert!(fields.dns_names.len() <= 1024);
    assert!(fields.extended_key_usages.as_ref().is_none_or(|usages| !usages.is_empty()));
    let _valid_or_not = certificate.signed_by(&fields.public_key);
    if let Ok((trailing, other)) = X509Certificate::from_der(input) {
        compare(fields, &other);
        assert!(trailing.is_empty() || !fields.oddities.is_empty(), "trailing bytes are said");
    }
}

fn compare(fields: &Fields, other: &X509Certificate<'_>) {
    // The other parser ends a name before the first part that it cannot read.
    assert!(fields.subject_der.starts_with(other.subject().as_raw()));
    assert!(fields.issuer_der.starts_with(other.issuer().as_raw()));
    let serial: String = other.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(fields.serial, serial);
    // So it does a key.
    let key = other.public_key().raw;
    if Any::from_der(key).is_ok() {
        assert_eq!(fields.spki_sha256.0, <[u8; 32]>::from(Sha256::digest(key)));
    }
    let validity = other.validity();
    assert_eq!(fields.not_before, Some(validity.not_before.timestamp()));
    assert_eq!(fields.not_after, Some(validity.not_after.timestamp()));
    if let Ok(Some(usage)) = other.key_usage() {
        let digital_signature = usage.value.digital_signature();
        assert!(fields.digital_signature.is_none_or(|ours| ours == digital_signature));
    }
}
