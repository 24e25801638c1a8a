//! Fields of ordinary and odd certificates.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;

use time::OffsetDateTime;

use super::test_der::{attribute, tlv};
use super::{Certificate, Fields, Sha1Thumbprint, Sha256Thumbprint};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/certificate/testdata/");

fn read(name: &str) -> Vec<u8> {
    fs::read(format!("{TESTDATA}{name}.der")).unwrap()
}

fn fields(name: &str) -> Fields {
    Certificate::from_der(&read(name)).fields.unwrap()
}

/// A certificate made by hand; each part can be replaced by other bytes.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    extensions: Vec<Vec<u8>>,
}

impl Parts {
    fn new() -> Self {
        let name = |text: &[u8]| tlv(0x30, &tlv(0x31, &attribute(b"\x55\x04\x03", 0x0c, text)));
        Self {
            version: tlv(0xa0, &tlv(0x02, &[2])),
            serial: tlv(0x02, &[0x01]),
            issuer: name(b"issuer"),
            validity: validity(b"260102030405Z", b"360102030405Z"),
            subject: name(b"subject"),
            spki: fields("ec-P-256").public_key.spki_der,
            extensions: Vec::new(),
        }
    }

    fn tbs(&self) -> Vec<u8> {
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xa3, &tlv(0x30, &self.extensions.concat())),
        };
        let algorithm = algorithm();
        let parts = [
            &self.version,
            &self.serial,
            &algorithm,
            &self.issuer,
            &self.validity,
            &self.subject,
            &self.spki,
            &extensions,
        ];
        parts.into_iter().flatten().copied().collect()
    }

    fn der(&self) -> Vec<u8> {
        let signature = tlv(0x03, &[0, 1, 2, 3]);
        tlv(0x30, &[tlv(0x30, &self.tbs()), algorithm(), signature].concat())
    }

    fn fields(&self) -> Fields {
        Certificate::from_der(&self.der()).fields.unwrap()
    }
}

fn algorithm() -> Vec<u8> {
    tlv(0x30, b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")
}

fn validity(not_before: &[u8], not_after: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x17, not_before), tlv(0x17, not_after)].concat())
}

fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x06, oid), tlv(0x04, value)].concat())
}

const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
const SUBJECT_ALT_NAME: &[u8] = b"\x55\x1d\x11";
const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
const CLIENT_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02";
const SERVER_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";

/// `name=value` lines that openssl printed for one certificate.
fn printed(block: &str, name: &str) -> String {
    let line = block.lines().find(|line| line.starts_with(name));
    line.unwrap_or_else(|| panic!("{name} of {block}")).split_once('=').unwrap().1.to_owned()
}

#[test]
fn fields_are_what_openssl_prints() {
    // Long serials are folded with a backslash at the line's end.
    let text = include_str!("testdata/openssl-fields.txt").replace("\\\n", "");
    let mut seen = 0;
    for block in text.split_inclusive(".der\n").collect::<Vec<_>>().windows(2) {
        let name = block[0].lines().last().unwrap().strip_suffix(".der").unwrap();
        let certificate = Certificate::from_der(&read(name));
        let fields = certificate.fields.unwrap();
        let date = |seconds: Option<i64>| {
            let time = OffsetDateTime::from_unix_timestamp(seconds.unwrap()).unwrap();
            format!("{} {}Z", time.date(), time.time().to_string().strip_suffix(".0").unwrap())
        };
        let thumbprint = |name| printed(block[1], name).replace(':', "").to_lowercase();
        assert_eq!(fields.subject, printed(block[1], "subject"), "{name}");
        assert_eq!(fields.issuer, printed(block[1], "issuer"), "{name}");
        assert_eq!(date(fields.not_before), padded(&printed(block[1], "notBefore")), "{name}");
        assert_eq!(date(fields.not_after), padded(&printed(block[1], "notAfter")), "{name}");
        assert_eq!(certificate.sha1.to_string(), thumbprint("sha1"), "{name}");
        assert_eq!(certificate.sha256.to_string(), thumbprint("sha256"), "{name}");
        let serial = printed(block[1], "serial").to_lowercase();
        if !serial.starts_with('-') {
            assert_eq!(fields.serial.trim_start_matches("00"), serial, "{name}");
        }
        assert_eq!(fields.oddities, [""; 0], "{name}");
        seen += 1;
    }
    assert_eq!(seen, 35);
}

/// `time` prints hours without a leading zero.
fn padded(date: &str) -> String {
    date.replace(" 0", " ")
}

#[test]
fn keys_are_described_for_people() {
    for (name, description) in [
        ("rsa-512", "RSA 512"),
        ("rsa-2041", "RSA 2041"),
        ("rsa-16384", "RSA 16384"),
        ("rsassa-pss", "RSASSA-PSS 2048"),
        ("rsassa-pss-restricted", "RSASSA-PSS 2048"),
        ("ec-P-256", "ECDSA P-256"),
        ("ec-P-256-compressed", "ECDSA P-256"),
        ("ec-P-384", "ECDSA P-384"),
        ("ec-P-521", "ECDSA P-521"),
        ("ec-brainpoolP256r1", "ECDSA brainpoolP256r1"),
        ("ec-brainpoolP512r1", "ECDSA brainpoolP512r1"),
        ("ec-secp256k1", "ECDSA secp256k1"),
        ("ec-explicit", "ECDSA explicit parameters"),
        ("dsa", "DSA 1024"),
        ("ed25519", "Ed25519"),
        ("ed448", "Ed448"),
    ] {
        assert_eq!(fields(name).public_key.description, description);
    }
}

#[test]
fn unknown_key_algorithm_is_its_oid() {
    let spki = [tlv(0x30, b"\x06\x03\x2a\x03\x04"), tlv(0x03, &[0, 1])].concat();
    let fields = Parts { spki: tlv(0x30, &spki), ..Parts::new() }.fields();
    assert_eq!(fields.public_key.description, "1.2.3.4");
}

#[test]
fn usages_keep_their_order_and_unknown_ones_their_oid() {
    let usages = fields("odd-usages");
    assert_eq!(usages.extended_key_usages.unwrap(), ["clientAuth", "1.2.3.4", "serverAuth"]);
    assert_eq!(usages.digital_signature, Some(true));
    assert_eq!(usages.dns_names, ["a.example", "b.example"]);
    assert_eq!(fields("odd-usage-any").extended_key_usages.unwrap(), ["anyExtendedKeyUsage"]);
    assert_eq!(fields("odd-no-digital-signature").digital_signature, Some(false));
}

#[test]
fn absent_extensions_are_none() {
    for name in ["odd-v1", "odd-no-extensions"] {
        let fields = fields(name);
        assert_eq!((fields.extended_key_usages, fields.digital_signature), (None, None));
        assert_eq!(fields.dns_names, [""; 0]);
    }
}

#[test]
fn equal_keys_have_equal_spki_digests() {
    let [one, two] = ["odd-v1", "odd-usages"].map(|name| fields(name).spki_sha256);
    assert_eq!(one, two);
    assert_ne!(one, fields("ec-P-384").spki_sha256);
}

#[test]
fn serials_are_hex_as_encoded() {
    for (contents, serial) in
        [(&[0x0a][..], "0a"), (&[0x00, 0xff], "00ff"), (&[0xed, 0xcc], "edcc"), (&[], "")]
    {
        let parts = Parts { serial: tlv(0x02, contents), ..Parts::new() };
        assert_eq!(parts.fields().serial, serial);
    }
    assert_eq!(fields("odd-negative-serial").serial, "edcc");
}

#[test]
fn bad_date_loses_only_itself() {
    let parts = Parts { validity: validity(b"261302030405Z", b"360102030405Z"), ..Parts::new() };
    let fields = parts.fields();
    assert_eq!((fields.not_before, fields.not_after), (None, Some(2_082_855_845)));
    assert_eq!(fields.oddities, ["notBefore cannot be read"]);
    assert_eq!(fields.subject, "CN=subject");
    assert_eq!(fields.public_key.description, "ECDSA P-256");

    let parts = Parts { validity: tlv(0x30, &[]), ..Parts::new() };
    assert_eq!((parts.fields().not_before, parts.fields().not_after), (None, None));
}

#[test]
fn what_follows_the_dates_is_named_and_hides_neither() {
    // x509-parser reads the dates and passes over the rest, here the beginning of an element.
    let times = [tlv(0x17, b"261123085930Z"), tlv(0x17, b"361120085930Z"), vec![0x30, 0x40, 0x31]];
    let parts = Parts { validity: tlv(0x30, &times.concat()), ..Parts::new() };
    let fields = parts.fields();
    assert_eq!((fields.not_before, fields.not_after), (Some(1_795_424_370), Some(2_110_784_370)));
    assert_eq!(fields.oddities, ["its validity goes on after notAfter"]);
}

#[test]
fn ber_lengths_are_read_and_named() {
    let parts = Parts::new();
    let indefinite = |contents: &[u8]| [&[0x30, 0x80], contents, &[0, 0]].concat();
    let der = indefinite(&[indefinite(&parts.tbs()), algorithm(), tlv(0x03, &[0, 1])].concat());
    let certificate = Certificate::from_der(&der);
    let fields = certificate.fields.unwrap();
    assert_eq!((fields.subject.as_str(), fields.issuer.as_str()), ("CN=subject", "CN=issuer"));
    assert_eq!(fields.public_key.spki_der, parts.spki);
    assert_eq!(fields.oddities, ["lengths are not DER: other programs may show other thumbprints"]);
    assert_eq!(certificate.sha1, Sha1Thumbprint::of(&der));
}

#[test]
fn strict_parsers_objection_is_kept() {
    let fields = Parts { version: tlv(0xa0, &tlv(0x04, &[2])), ..Parts::new() }.fields();
    assert_eq!(fields.subject, "CN=subject");
    assert_eq!(fields.oddities, ["a strict parser refuses it: invalid version"]);
}

#[test]
fn dates_with_an_offset_are_read() {
    let times = [tlv(0x17, b"250115120000+0530"), tlv(0x18, b"20260115120000-0800")];
    let fields = Parts { validity: tlv(0x30, &times.concat()), ..Parts::new() }.fields();
    assert_eq!((fields.not_before, fields.not_after), (Some(1_736_922_600), Some(1_768_507_200)));
}

#[test]
fn trailing_bytes_are_counted_and_part_of_the_thumbprint() {
    let der = [read("odd-v1"), b"more".to_vec()].concat();
    let certificate = Certificate::from_der(&der);
    assert_eq!(certificate.sha256, Sha256Thumbprint::of(&der));
    assert_eq!(certificate.fields.unwrap().oddities, ["4 bytes follow the certificate"]);
}

#[test]
fn first_of_a_repeated_extension_counts() {
    let usages =
        [CLIENT_AUTH, SERVER_AUTH].map(|usage| extension(EXTENDED_KEY_USAGE, &tlv(0x30, usage)));
    let fields = Parts { extensions: usages.to_vec(), ..Parts::new() }.fields();
    assert_eq!(fields.extended_key_usages.unwrap(), ["clientAuth"]);
    assert_eq!(fields.oddities, ["extension 2.5.29.37 is repeated"]);
}

#[test]
fn unreadable_extension_loses_only_itself() {
    let names = [tlv(0x82, b"a.example"), tlv(0x82, b"\xff"), tlv(0x87, &[192, 0, 2, 1])];
    let extensions = vec![
        extension(EXTENDED_KEY_USAGE, &tlv(0x30, &[])),
        extension(KEY_USAGE, &[0x03]),
        tlv(0x30, &[]),
        extension(SUBJECT_ALT_NAME, &tlv(0x30, &names.concat())),
    ];
    let fields = Parts { extensions, ..Parts::new() }.fields();
    assert_eq!(fields.extended_key_usages, None);
    assert_eq!(fields.digital_signature, None);
    assert_eq!(fields.dns_names, ["a.example", "\u{fffd}"]);
    assert_eq!(
        fields.oddities,
        [
            "extendedKeyUsage cannot be read",
            "keyUsage cannot be read",
            "an extension cannot be read"
        ]
    );
}

#[test]
fn extensions_and_names_are_bounded() {
    let names = tlv(0x82, b"").repeat(100_000);
    let extensions = vec![extension(SUBJECT_ALT_NAME, &tlv(0x30, &names))];
    let fields = Parts { extensions, ..Parts::new() }.fields();
    assert_eq!(fields.dns_names.len(), 1024);

    let extensions = vec![tlv(0x30, &[]); 100_000];
    let fields = Parts { extensions, ..Parts::new() }.fields();
    assert_eq!(fields.oddities.len(), 257);
    assert_eq!(fields.oddities.last().unwrap(), "more than 256 extensions");
}

#[test]
fn subject_that_is_no_text_is_hex() {
    let subject = tlv(0x30, &tlv(0x31, &attribute(b"\x55\x04\x03", 0x0c, b"a\xff")));
    let fields = Parts { subject: subject.clone(), ..Parts::new() }.fields();
    assert_eq!(fields.subject, "CN=#0c0261ff");
    assert_eq!(fields.subject_der, subject);
}

#[test]
fn damaged_name_is_hex() {
    let fields = Parts { subject: tlv(0x30, b"\x31\x7f"), ..Parts::new() }.fields();
    assert_eq!(fields.subject, "#3002317f");
    assert_eq!(fields.issuer, "CN=issuer");
}

#[test]
fn bytes_that_are_no_certificate_still_have_thumbprints() {
    for (bytes, reason) in [
        (&b""[..], "empty"),
        (b"\x30", "not a certificate: no complete ASN.1 element"),
        (b"hello", "not a certificate: no complete ASN.1 element"),
        (b"\x02\x01\x05", "not a certificate: no ASN.1 SEQUENCE"),
        (b"\x30\x00", "no readable TBSCertificate"),
    ] {
        let certificate = Certificate::from_der(bytes);
        assert_eq!(certificate.sha1, Sha1Thumbprint::of(bytes));
        assert_eq!(certificate.der, bytes);
        assert_eq!(certificate.fields, Err(reason.to_owned()));
    }
}

#[test]
fn no_prefix_of_a_certificate_has_fields() {
    for name in ["rsa-2048", "odd-usages", "odd-hostile-subject"] {
        let der = read(name);
        for end in 0..der.len() {
            assert!(Certificate::from_der(&der[..end]).fields.is_err(), "{name} {end}");
        }
    }
}

#[test]
fn no_changed_byte_makes_a_certificate_panic() {
    let der = read("odd-usages");
    for at in 0..der.len() {
        for value in [0x00, 0x01, 0x30, 0x7f, 0x80, 0x84, 0xff] {
            let mut changed = der.clone();
            changed[at] = value;
            let certificate = Certificate::from_der(&changed);
            assert_eq!(certificate.sha1, Sha1Thumbprint::of(&changed));
            if let Ok(fields) = &certificate.fields {
                let _ = certificate.signed_by(&fields.public_key);
            }
        }
    }
}
