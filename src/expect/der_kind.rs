//! What a DER file holds, told by its outline (X.690); nothing is decoded further than that.

/// What the outermost SEQUENCE of a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum DerKind {
    /// X.509 certificate (RFC 5280 section 4.1).
    Certificate,
    /// PKCS#10 CertificationRequest (RFC 2986 section 4.2).
    CertificateRequest,
    /// CertificateList (RFC 5280 section 5.1).
    RevocationList,
    /// PKCS#7 or CMS SignedData (RFC 5652 section 5.1).
    Pkcs7,
    /// PKCS#12 PFX (RFC 7292 section 4).
    Pkcs12,
    /// A private key: PKCS#8, encrypted or not, PKCS#1 or SEC 1.
    PrivateKey,
    /// SubjectPublicKeyInfo or PKCS#1 RSAPublicKey.
    PublicKey,
    /// Something else.
    Unknown,
}

/// One element: its tag and its contents.
#[derive(Clone, Copy, Debug)]
struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
}

/// Cuts `bytes` to the one element that they start with, header included.
///
/// `None` where the length field is not definite, or more than there is.
pub(super) fn outermost(bytes: &[u8]) -> Option<&[u8]> {
    let (_, rest) = element(bytes)?;
    bytes.get(..bytes.len().checked_sub(rest.len())?)
}

/// Tells what `bytes`, one element, are.
pub(super) fn kind(bytes: &[u8]) -> DerKind {
    let Some((Element { tag: SEQUENCE, contents }, _)) = element(bytes) else {
        return DerKind::Unknown;
    };
    let outline: Vec<_> = elements(contents).take(MOST_ELEMENTS).collect();
    let tags: Vec<_> = outline.iter().map(|element| element.tag).collect();
    let first = outline.first().map(|element| element.contents).unwrap_or_default();
    match tags.as_slice() {
        [SEQUENCE, SEQUENCE, BIT_STRING] => signed(first),
        [SEQUENCE, BIT_STRING] => DerKind::PublicKey,
        [SEQUENCE, OCTET_STRING] => DerKind::PrivateKey,
        [OBJECT_IDENTIFIER, CONTEXT_0] if first == SIGNED_DATA => DerKind::Pkcs7,
        [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] if first == [3] => DerKind::Pkcs12,
        [INTEGER, SEQUENCE, OCTET_STRING, ..] | [INTEGER, OCTET_STRING, ..] => DerKind::PrivateKey,
        [INTEGER, INTEGER] => DerKind::PublicKey,
        [INTEGER, INTEGER, INTEGER, INTEGER, ..] => DerKind::PrivateKey,
        _ => DerKind::Unknown,
    }
}

/// The `certificates` of a SignedData (RFC 5652 section 5.1), each with its header; empty where
/// there are none or the outline is another.
pub(super) fn pkcs7_certificates(bytes: &[u8]) -> Vec<&[u8]> {
    let certificates = element(bytes)
        .and_then(|(content_info, _)| elements(content_info.contents).nth(1))
        .and_then(|explicit| elements(explicit.contents).next())
        .and_then(|signed_data| elements(signed_data.contents).find(|e| e.tag == CONTEXT_0));
    let mut rest = certificates.map(|set| set.contents).unwrap_or_default();
    let mut found = Vec::new();
    while let Some(certificate) = outermost(rest) {
        found.push(certificate);
        rest = rest.get(certificate.len()..).unwrap_or_default();
    }
    found.retain(|certificate| kind(certificate) == DerKind::Certificate);
    found
}

/// Which of the three signed structures has this `toBeSigned`.
fn signed(to_be_signed: &[u8]) -> DerKind {
    let tags: Vec<_> = elements(to_be_signed).take(MOST_ELEMENTS).map(|e| e.tag).collect();
    match tags.as_slice() {
        [CONTEXT_0, INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, ..]
        | [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, ..] => DerKind::Certificate,
        [INTEGER, SEQUENCE, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0] => {
            DerKind::CertificateRequest
        }
        [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..]
        | [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => DerKind::RevocationList,
        _ => DerKind::Unknown,
    }
}

/// The elements that stand one after the other in `bytes`, to the first that does not fit.
fn elements(mut bytes: &[u8]) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || {
        let (first, rest) = element(bytes)?;
        bytes = rest;
        Some(first)
    })
}

/// The first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        // Up to four length octets: more is no file that fits in memory.
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = octets
                .iter()
                .try_fold(0_usize, |sum, octet| sum.checked_mul(256)?.checked_add((*octet).into()));
            (length?, rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((Element { tag, contents }, rest))
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// 1.2.840.113549.1.7.2, id-signedData.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// Elements looked at on one level: the longest outline above has ten.
const MOST_ELEMENTS: usize = 16;
