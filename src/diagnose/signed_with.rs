//! How a certificate is itself signed, against the schemes that the request accepts.

use super::case::Case;
use super::key_type::listed;
use super::{Finding, Strength};
use crate::certificate::Fields;
use crate::inspect::CertificateRequest;
use crate::tls::SignatureScheme;

/// A client that goes by it withholds a certificate that is signed in a way which the request does
/// not accept (RFC 5246 section 7.4.4, RFC 8446 section 4.4.2.3).
pub(super) fn withheld(case: &Case<'_>) -> Option<Finding> {
    let (request, fields) = (case.request()?, case.expected_fields()?);
    let schemes = unaccepted(fields, request)?;
    let algorithm = &fields.signature_algorithm;
    let weak = if is_weak(algorithm) { ", a weak one" } else { "" };
    Some(Finding {
        code: "certificate-signature-not-accepted",
        strength: Strength::Likely,
        text: format!(
            "the expected certificate is itself signed with {algorithm}{weak}, which the request \
             does not accept ({}): Java's PKIX key manager and Windows withhold such a certificate, \
             others send it",
            listed(schemes)
        ),
        frames: request.frames.to_vec(),
        next_step: Some(
            "have the certificate issued again with a signature that the server accepts \
             (sha256WithRSAEncryption or ecdsa-with-SHA256)"
                .to_owned(),
        ),
    })
}

/// The schemes of the request, where none of them is how the certificate is signed.
pub(super) fn unaccepted<'a>(
    fields: &Fields,
    request: &'a CertificateRequest,
) -> Option<&'a [SignatureScheme]> {
    let schemes = match &*request.certificate_signature_schemes {
        [] => &*request.signature_schemes,
        own => own,
    };
    let signs: &[u16] = match fields.signature_algorithm.as_str() {
        "dsa-with-SHA1" => &[0x0202],
        "dsa-with-SHA256" => &[0x0402],
        "ecdsa-with-SHA1" => &[0x0203],
        "ecdsa-with-SHA224" => &[0x0303],
        "ecdsa-with-SHA256" => &[0x0403, 0x081a],
        "ecdsa-with-SHA384" => &[0x0503, 0x081b],
        "ecdsa-with-SHA512" => &[0x0603, 0x081c],
        "Ed25519" => &[0x0807],
        "Ed448" => &[0x0808],
        "md5WithRSAEncryption" => &[0x0101],
        "ML-DSA-44" => &[0x0904],
        "ML-DSA-65" => &[0x0905],
        "ML-DSA-87" => &[0x0906],
        "rsassaPss" => &[0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b],
        "sha1WithRSAEncryption" => &[0x0201],
        "sha224WithRSAEncryption" => &[0x0301],
        "sha256WithRSAEncryption" => &[0x0401, 0x0420],
        "sha384WithRSAEncryption" => &[0x0501, 0x0520],
        "sha512WithRSAEncryption" => &[0x0601, 0x0620],
        _ => return None,
    };
    let accepted = schemes.iter().any(|scheme| signs.contains(&scheme.0));
    // A trust anchor's own signature is not checked.
    let is_self_signed = fields.subject_der == fields.issuer_der;
    (!schemes.is_empty() && !accepted && !is_self_signed).then_some(schemes)
}

/// Whether a signature is one that most servers no longer take.
pub(super) fn is_weak(algorithm: &str) -> bool {
    ["md2", "md5", "sha1"].iter().any(|hash| algorithm.starts_with(hash))
        || algorithm.ends_with("SHA1")
}
