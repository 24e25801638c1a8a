//! Certificate files as tools and portals export them, and files that are none.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::ExpectError;
use super::certificate_file::{CertificateFile, LARGEST_FILE};
use super::thumbprint::Thumbprint;

const LEAF: &str = include_str!("testdata/leaf.pem");
const INTERMEDIATE: &str = include_str!("testdata/intermediate.pem");
const ROOT: &str = include_str!("testdata/root.pem");
const OTHER: &str = include_str!("testdata/other.pem");
const SELF_SIGNED: &str = include_str!("testdata/self.pem");
const LEAF_DER: &[u8] = include_bytes!("testdata/leaf.der");

fn read(bytes: impl AsRef<[u8]>) -> CertificateFile {
    CertificateFile::read("f", bytes.as_ref()).unwrap()
}

fn error_of(bytes: impl AsRef<[u8]>) -> ExpectError {
    CertificateFile::read("f", bytes.as_ref()).unwrap_err()
}

/// Asserts that `bytes` are read as the leaf.
fn assert_leaf(bytes: impl AsRef<[u8]>) -> CertificateFile {
    let file = read(bytes);
    assert_eq!(file.certificate.der, LEAF_DER);
    file
}

fn armourless() -> String {
    LEAF.lines().filter(|line| !line.starts_with('-')).collect()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn thumbprints_are_those_that_openssl_prints() {
    let certificate = read(LEAF).certificate;
    for line in [include_str!("testdata/leaf.sha1"), include_str!("testdata/leaf.sha256")] {
        assert!(Thumbprint::parse(line).unwrap().0.matches(&certificate), "{line}");
    }
}

#[test]
fn pem_is_read_in_every_usual_dress() {
    for text in [
        LEAF.to_owned(),
        LEAF.replace('\n', "\r\n"),
        LEAF.replace('\n', "\r"),
        LEAF.replace('\n', " "),
        LEAF.replace('\n', "\\n"),
        LEAF.replace('\n', "\n    "),
        format!("\u{feff}{LEAF}"),
        format!("Bag Attributes\n    friendlyName: é\nsubject=CN=x\n\n{LEAF}trailing text"),
        LEAF.replace("BEGIN CERT", "BEGIN X509 CERT").replace("END CERT", "END X509 CERT"),
        include_str!("testdata/leaf-trusted.pem").to_owned(),
    ] {
        assert_leaf(text);
    }
    assert_leaf([b"caf\xe9\n".as_slice(), LEAF.as_bytes()].concat());
}

#[test]
fn utf16_is_read_with_and_without_byte_order_mark() {
    let marked = format!("\u{feff}{LEAF}");
    assert_leaf(utf16(&marked, u16::to_le_bytes));
    assert_leaf(utf16(&marked, u16::to_be_bytes));
    assert_leaf(utf16(LEAF, u16::to_le_bytes));
    assert_leaf(utf16(LEAF, u16::to_be_bytes));
}

#[test]
fn line_of_the_block_is_told() {
    assert_eq!(assert_leaf(LEAF).line, Some(1));
    assert_eq!(assert_leaf(format!("a\nb\n{LEAF}")).line, Some(3));
    assert_eq!(assert_leaf(LEAF_DER).line, None);
}

#[test]
fn der_and_base64_without_armour_are_read() {
    assert_eq!(assert_leaf(LEAF_DER).reasons, Vec::<String>::new());
    for text in [armourless(), format!("\"{}\"\n", armourless())] {
        let file = assert_leaf(text);
        assert_eq!(file.reasons, ["f was read as base64 without the PEM lines"]);
    }
}

#[test]
fn bytes_after_a_der_certificate_are_left_out_and_told() {
    let file = assert_leaf([LEAF_DER, b"\r\n"].concat());
    assert_eq!(file.reasons, ["f has 2 bytes after the certificate: left out"]);
}

#[test]
fn end_entity_of_a_chain_is_found_in_any_order() {
    for (text, line) in [
        ([LEAF, INTERMEDIATE, ROOT].concat(), 1),
        ([ROOT, INTERMEDIATE, LEAF].concat(), 22),
        ([INTERMEDIATE, LEAF, LEAF].concat(), 12),
        ([LEAF, ROOT].concat(), 1),
    ] {
        let file = assert_leaf(text);
        assert_eq!(file.line, Some(line));
        assert!(file.reasons[0].contains(&format!("line {line} is the end-entity")));
    }
}

#[test]
fn file_in_which_two_certificates_may_be_meant_is_refused() {
    for text in [
        [LEAF, OTHER].concat(),
        [LEAF, OTHER, INTERMEDIATE].concat(),
        [ROOT, LEAF].concat(),
        [SELF_SIGNED, INTERMEDIATE].concat(),
        [ROOT, SELF_SIGNED].concat(),
    ] {
        let error = error_of(text);
        assert!(error.to_string().ends_with("may be the expected one"), "{error}");
        assert!(error.hint().unwrap().contains("--expect-thumbprint"));
    }
}

#[test]
fn self_signed_certificate_alone_is_read() {
    assert_eq!(read(SELF_SIGNED).line, Some(1));
}

#[test]
fn pkcs7_bundle_gives_its_end_entity() {
    let file = assert_leaf(include_bytes!("testdata/chain.p7b"));
    assert_eq!(
        file.reasons,
        [
            "f is a PKCS#7 bundle; certificates in it: 2",
            "f holds 2 certificates; number 1 is the end-entity: it issued none of the others"
        ]
    );
    assert_leaf(include_str!("testdata/chain-p7b.pem"));
}

#[test]
fn certificate_beside_its_key_is_read() {
    let key = include_str!("testdata/leaf-encrypted.key");
    assert_leaf([key, LEAF].concat());
    assert_leaf([LEAF, key].concat());
}

#[test]
fn other_files_are_refused_by_name() {
    for (bytes, message) in [
        (
            include_bytes!("testdata/leaf-encrypted.key").as_slice(),
            "f:1: the file holds an encrypted private key, not a certificate",
        ),
        (
            include_bytes!("testdata/leaf-public.pem"),
            "f:1: the file holds a public key, not a certificate",
        ),
        (
            include_bytes!("testdata/leaf-public.der"),
            "f: the file holds a public key, not a certificate",
        ),
        (
            include_bytes!("testdata/leaf.csr"),
            "f:1: the file holds a certificate request, not a certificate",
        ),
        (
            include_bytes!("testdata/leaf-csr.der"),
            "f: the file holds a certificate request, not a certificate",
        ),
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nMII=\n-----END RSA PRIVATE KEY-----",
            "f:1: the file holds a private key, not a certificate",
        ),
        (
            b"\x30\x80\x02\x01\x03\x30\x80",
            "f: the file holds BER-encoded PKCS#12 (PFX), not a certificate",
        ),
        (b"\xfe\xed\xfe\xed\0\0", "f: the file holds a Java key store, not a certificate"),
        (b"PK\x03\x04", "f: the file holds a zip archive, not a certificate"),
        (b"\x0a\x0d\x0d\x0a\x1c\0", "f: the file holds a packet capture, not a certificate"),
        (b"", "f: the file is empty"),
        (b" \r\n\0", "f: the file is empty"),
        (b"hello", "f: no certificate found in the file"),
        (
            b"-----BEGIN CERTIFICATE-----\nMII",
            "f:1: the CERTIFICATE block that begins here has no end",
        ),
        (
            b"\n-----BEGIN CERTIFICATE-----\nM!!=\n-----END CERTIFICATE-----",
            "f:2: the CERTIFICATE block is damaged: its base64 cannot be decoded",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            "f:1: what should be a certificate is none",
        ),
    ] {
        let error = error_of(bytes);
        assert_eq!(error.to_string(), message);
        assert!(error.hint().is_some(), "{error}");
    }
}

#[test]
fn pfx_is_read_with_its_password() {
    for pfx in [
        include_bytes!("testdata/leaf.pfx").as_slice(),
        include_bytes!("testdata/leaf-legacy.pfx"),
        include_bytes!("testdata/leaf-chain.pfx"),
        include_bytes!("testdata/leaf-no-key.pfx"),
    ] {
        let file = CertificateFile::read_with_password("f", pfx, Some("test")).unwrap();
        assert_eq!(file.certificate.der, LEAF_DER);
        assert_eq!(file.reasons[0], "f is a PKCS#12 (PFX) file");
    }
}

#[test]
fn pfx_with_a_wrong_password_says_so() {
    let pfx = include_bytes!("testdata/leaf.pfx");
    let error = CertificateFile::read_with_password("f", pfx, Some("wrong")).unwrap_err();
    assert_eq!(error.to_string(), "f: the password does not fit this PKCS#12 (PFX) file");
    let error = error_of(pfx);
    assert_eq!(
        error.to_string(),
        "f: this PKCS#12 (PFX) file is protected by a password, and none was given"
    );
    assert_eq!(error.hint().unwrap(), "put it into a file and use --password-file FILE");
}

#[test]
fn pfx_with_an_absurd_iteration_count_is_refused_before_any_work() {
    let started = std::time::Instant::now();
    let pfx = include_bytes!("testdata/leaf-iterations.pfx");
    let error = CertificateFile::read_with_password("f", pfx, Some("test")).unwrap_err();
    assert!(error.to_string().starts_with("f: its keys take 214748"), "{error}");
    assert!(error.hint().unwrap().contains("openssl pkcs12"));
    assert!(started.elapsed().as_secs() < 2);
}

#[test]
fn every_prefix_of_a_pfx_is_read_or_refused() {
    let pfx = include_bytes!("testdata/leaf.pfx");
    for length in (0..pfx.len()).step_by(7) {
        let mut changed = pfx.to_vec();
        changed[length] ^= 0x01;
        let _ = CertificateFile::read_with_password("f", &changed, Some("test"));
        assert!(CertificateFile::read_with_password("f", &pfx[..length], Some("test")).is_err());
    }
}

#[test]
fn thumbprint_in_a_file_gets_a_hint_to_the_other_option() {
    let error = error_of(include_str!("testdata/leaf.sha1"));
    assert_eq!(error.to_string(), "f: the file holds a thumbprint, not a certificate");
    assert_eq!(
        error.hint().unwrap(),
        "use --expect-thumbprint 3685528dc08d6c9b910915da04f458c67e19dd6e"
    );
}

#[test]
fn trust_store_and_huge_file_are_refused() {
    let mut text = String::new();
    for number in 0_u8..=70 {
        let mut der = LEAF_DER.to_vec();
        let last = der.len() - 1;
        der[last] = number;
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        text.push_str(&encode(&der));
        text.push_str("\n-----END CERTIFICATE-----\n");
    }
    assert_eq!(error_of(text).to_string(), "f: the file holds more than 64 certificates");
    assert_eq!(
        error_of(vec![b'a'; LARGEST_FILE + 1]).to_string(),
        "f: 4194305 bytes are too many for a certificate file"
    );
}

#[test]
fn many_begin_lines_take_linear_time() {
    error_of("-----BEGIN CERTIFICATE-----".repeat(100_000));
    error_of("-----BEGIN X-----".repeat(200_000));
    error_of("-----BEGIN ".repeat(300_000));
}

#[test]
fn every_prefix_and_every_changed_byte_is_read_or_refused() {
    for file in [
        LEAF_DER,
        LEAF.as_bytes(),
        include_bytes!("testdata/chain.p7b"),
        include_bytes!("testdata/leaf.pfx"),
        include_bytes!("testdata/leaf-csr.der"),
    ] {
        for length in 0..file.len() {
            let _ = CertificateFile::read("f", &file[..length]);
            let mut changed = file.to_vec();
            changed[length] ^= 0xff;
            let _ = CertificateFile::read("f", &changed);
        }
    }
    for length in 0..LEAF_DER.len() {
        error_of(&LEAF_DER[..length]);
    }
}

/// Base64, for the bytes that a test makes.
fn encode(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let digit = alphabet[word >> (18 - 6 * index) & 63];
            text.push(if index > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
