//! The kind of a certificate's key against the kinds and schemes that a request accepts.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::certificate::Fields;
use crate::inspect::CertificateRequest;
use crate::tls::{ClientCertificateType, ProtocolVersion, SignatureScheme};

/// Schemes of a request that are shown.
const SHOWN: usize = 8;

/// A key of a kind that the request does not accept cannot answer it.
pub(super) fn withheld(case: &Case<'_>) -> Option<Finding> {
    let (request, fields) = (case.request()?, case.expected_fields()?);
    let version = case.handshake?.protocol_version?;
    let key = words::key(fields);
    let kind = kind(fields)?;
    let frames = request.frames.to_vec();
    let types = &request.certificate_types;
    if !version.is_tls13() && !types.is_empty() && !types.contains(&kind.certificate_type().0) {
        let types: Vec<String> =
            types.iter().map(|one| ClientCertificateType(*one).to_string()).collect();
        return Some(Finding {
            code: "key-type-not-accepted",
            strength: Strength::Likely,
            text: format!(
                "the key of the expected certificate is {key}, and the server does not accept such \
                 keys: certificate_types of its request holds {} and not {}",
                types.join(", "),
                kind.certificate_type()
            ),
            frames,
            next_step: Some(next(kind)),
        });
    }
    let schemes = &request.signature_schemes;
    if schemes.is_empty() || usable(kind, version, schemes).next().is_some() {
        return None;
    }
    Some(Finding {
        code: "signature-scheme-not-accepted",
        strength: Strength::Likely,
        text: format!(
            "the key of the expected certificate ({}) cannot make any signature that the server \
             accepts: its request lists only {}",
            match kind {
                Kind::Rsa => format!("{key}, rsaEncryption"),
                _ => key,
            },
            listed(schemes)
        ),
        frames,
        next_step: Some(next(kind)),
    })
}

fn next(kind: Kind) -> String {
    let scheme = match kind {
        Kind::Dsa => "dsa_sha256",
        Kind::Ecdsa(_) => "ecdsa_secp256r1_sha256",
        Kind::Ed25519 => "ed25519",
        Kind::Ed448 => "ed448",
        Kind::MlDsa(_) => "mldsa65",
        Kind::Rsa => "rsa_pss_rsae_sha256 and rsa_pkcs1_sha256",
        Kind::RsaPss => "rsa_pss_pss_sha256",
    };
    format!(
        "have the server accept {scheme} (OpenSSL ClientSignatureAlgorithms, Java \
         jdk.tls.signatureSchemes), or give the client a certificate with a key of a kind in the list"
    )
}

/// The first schemes of a list.
pub(super) fn listed(schemes: &[SignatureScheme]) -> String {
    let mut shown: Vec<String> = schemes.iter().take(SHOWN).map(ToString::to_string).collect();
    if schemes.len() > SHOWN {
        shown.push(format!("{} more", schemes.len() - SHOWN));
    }
    shown.join(", ")
}

/// A scheme of the request that a certificate's key can sign with.
pub(super) fn usable_scheme(
    fields: &Fields,
    request: &CertificateRequest,
    version: ProtocolVersion,
) -> Option<SignatureScheme> {
    usable(kind(fields)?, version, &request.signature_schemes).next()
}

/// Kinds of keys, as schemes tell them apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Dsa,
    Ecdsa(Option<SignatureScheme>),
    Ed25519,
    Ed448,
    MlDsa(SignatureScheme),
    Rsa,
    RsaPss,
}

impl Kind {
    fn certificate_type(self) -> ClientCertificateType {
        match self {
            Self::Dsa => ClientCertificateType::DSS_SIGN,
            Self::Rsa | Self::RsaPss => ClientCertificateType::RSA_SIGN,
            // RFC 8422 section 5.5.
            Self::Ecdsa(_) | Self::Ed25519 | Self::Ed448 | Self::MlDsa(_) => {
                ClientCertificateType::ECDSA_SIGN
            }
        }
    }
}

/// The kind of a certificate's key; `None` where no scheme is known for it.
pub(super) fn kind(fields: &Fields) -> Option<Kind> {
    let mut words = fields.public_key.description.split(' ');
    let (family, size) = (words.next()?, words.next().unwrap_or_default());
    Some(match family {
        "DSA" => Kind::Dsa,
        "ECDSA" => Kind::Ecdsa(match size {
            "P-256" => Some(SignatureScheme::ECDSA_SECP256R1_SHA256),
            "P-384" => Some(SignatureScheme::ECDSA_SECP384R1_SHA384),
            "P-521" => Some(SignatureScheme::ECDSA_SECP521R1_SHA512),
            "brainpoolP256r1" => Some(SignatureScheme::ECDSA_BRAINPOOLP256R1TLS13_SHA256),
            "brainpoolP384r1" => Some(SignatureScheme::ECDSA_BRAINPOOLP384R1TLS13_SHA384),
            "brainpoolP512r1" => Some(SignatureScheme::ECDSA_BRAINPOOLP512R1TLS13_SHA512),
            _ => None,
        }),
        "Ed25519" => Kind::Ed25519,
        "Ed448" => Kind::Ed448,
        "ML-DSA-44" => Kind::MlDsa(SignatureScheme::MLDSA44),
        "ML-DSA-65" => Kind::MlDsa(SignatureScheme::MLDSA65),
        "ML-DSA-87" => Kind::MlDsa(SignatureScheme::MLDSA87),
        "RSA" => Kind::Rsa,
        "RSASSA-PSS" => Kind::RsaPss,
        _ => return None,
    })
}

/// The schemes of a list that a key of this kind can sign a handshake with.
fn usable(
    kind: Kind,
    version: ProtocolVersion,
    schemes: &[SignatureScheme],
) -> impl Iterator<Item = SignatureScheme> {
    let tls13 = version.is_tls13();
    schemes.iter().copied().filter(move |scheme| {
        let number = scheme.0;
        match kind {
            Kind::Dsa => !tls13 && number & 0xff == 2 && number >> 8 <= 6,
            // TLS 1.2 names a hash and no curve (RFC 8422 section 5.1.1).
            Kind::Ecdsa(curve) => match tls13 {
                true => curve.is_none_or(|curve| *scheme == curve),
                false => number & 0xff == 3 && number >> 8 <= 6 || curve == Some(*scheme),
            },
            Kind::Ed25519 => *scheme == SignatureScheme::ED25519,
            Kind::Ed448 => *scheme == SignatureScheme::ED448,
            Kind::MlDsa(own) => *scheme == own,
            // RSASSA-PKCS1-v1_5 signs certificates and no handshakes in TLS 1.3 (RFC 8446 section
            // 4.2.3).
            Kind::Rsa => {
                (0x0804..=0x0806).contains(&number)
                    || !tls13 && number & 0xff == 1 && number >> 8 <= 6
                    || (0x0420..=0x0620).contains(&number) && number & 0xff == 0x20
            }
            Kind::RsaPss => (0x0809..=0x080b).contains(&number),
        }
    })
}
