//! Files given as a certificate that are something else, and what to do about each.

use super::certificate_file_error::CertificateFileError;
use super::der_kind::DerKind;

/// A file that is neither DER nor text about certificates, told by its first bytes.
pub(super) fn by_first_bytes(bytes: &[u8]) -> Option<CertificateFileError> {
    let (what, hint) = match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => (
            "a Java key store",
            "export the certificate: keytool -exportcert -rfc -keystore FILE -alias NAME",
        ),
        [b'P', b'K', 3, 4, ..] => ("a zip archive", "unpack it first"),
        [0x1f, 0x8b, ..] => ("a gzip archive", "unpack it first"),
        [0xd4, 0xc3, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0xc3, 0xd4, ..]
        | [0x4d, 0x3c, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0x3c, 0x4d, ..]
        | [0x0a, 0x0d, 0x0d, 0x0a, ..] => {
            ("a packet capture", "captures are given without an option")
        }
        // BER with an indefinite length, as older Windows tools write it.
        [0x30, 0x80, 0x02, 0x01, 0x03, ..] => (PKCS12, PKCS12_HINT),
        [0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, ..] => {
            ("BER-encoded PKCS#7", PKCS7_HINT)
        }
        _ => return None,
    };
    Some(CertificateFileError::Holds { what, hint })
}

/// The error for a DER structure that is no certificate.
pub(super) fn by_der_kind(kind: DerKind) -> CertificateFileError {
    let (what, hint) = match kind {
        DerKind::CertificateRequest => ("a certificate request", REQUEST_HINT),
        DerKind::Pkcs12 => (PKCS12, PKCS12_HINT),
        DerKind::Pkcs7 => ("PKCS#7", PKCS7_HINT),
        DerKind::PrivateKey => ("a private key", KEY_HINT),
        DerKind::PublicKey => ("a public key", KEY_HINT),
        DerKind::RevocationList => ("a certificate revocation list", KEY_HINT),
        DerKind::Certificate | DerKind::Unknown => return CertificateFileError::DamagedCertificate,
    };
    CertificateFileError::Holds { what, hint }
}

/// The error for a PEM label that is no certificate.
pub(super) fn by_pem_label(label: &str) -> CertificateFileError {
    let (what, hint) = match label {
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            ("a certificate request", REQUEST_HINT)
        }
        "X509 CRL" => ("a certificate revocation list", KEY_HINT),
        "ATTRIBUTE CERTIFICATE" => ("an attribute certificate", KEY_HINT),
        "ENCRYPTED PRIVATE KEY" => ("an encrypted private key", KEY_HINT),
        label if label.ends_with("PRIVATE KEY") => ("a private key", KEY_HINT),
        label if label.ends_with("PUBLIC KEY") => ("a public key", KEY_HINT),
        "PKCS12" => (PKCS12, PKCS12_HINT),
        _ => ("a PEM block of another kind", KEY_HINT),
    };
    CertificateFileError::Holds { what, hint }
}

const KEY_HINT: &str = "give the file with the certificate that belongs to it";
const PKCS12: &str = "BER-encoded PKCS#12 (PFX)";
const PKCS12_HINT: &str = "export the certificate: openssl pkcs12 -in FILE -nokeys -clcerts";
const PKCS7_HINT: &str = "export the certificates: openssl pkcs7 -inform DER -in FILE -print_certs";
const REQUEST_HINT: &str = "give the certificate that was issued for it";
