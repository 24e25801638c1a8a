//! Thumbprints as tools print them and people paste them.
#![expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use super::thumbprint::{Repair, Thumbprint};
use super::thumbprint_error::ThumbprintError;

/// SHA-1 over the ASCII bytes `abc` (FIPS 180-4 example).
const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
/// SHA-256 over the ASCII bytes `abc` (FIPS 180-4 example).
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn repairs_of(text: &str, expected: &str) -> Vec<Repair> {
    match Thumbprint::parse(text) {
        Ok((thumbprint, repairs)) => {
            assert_eq!(thumbprint.to_string(), expected, "{text:?}");
            repairs
        }
        Err(error) => panic!("{text:?}: {error}"),
    }
}

fn error_of(text: &str) -> ThumbprintError {
    Thumbprint::parse(text).map(|(thumbprint, _)| thumbprint.to_string()).unwrap_err()
}

fn colons(digits: &str) -> String {
    let pairs: Vec<_> =
        digits.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap()).collect();
    pairs.join(":")
}

#[test]
fn plain_lower_case_needs_no_repair() {
    assert_eq!(repairs_of(SHA1, &format!("SHA-1 {SHA1}")), []);
    assert_eq!(repairs_of(SHA256, &format!("SHA-256 {SHA256}")), []);
    assert_eq!(repairs_of(&format!("  {SHA1}\r\n"), &format!("SHA-1 {SHA1}")), []);
}

#[test]
fn upper_case_is_no_warning() {
    let repairs = repairs_of(&SHA1.to_uppercase(), &format!("SHA-1 {SHA1}"));
    assert_eq!(repairs, [Repair::Case]);
    assert!(repairs.iter().all(|repair| !repair.is_warning()));
}

#[test]
fn every_usual_spelling_of_sha1_is_read() {
    let upper = SHA1.to_uppercase();
    let spaced = colons(SHA1).replace(':', " ");
    let prefixed = format!("0x{}", colons(SHA1).replace(':', " 0x"));
    for text in [
        colons(&upper),
        spaced.clone(),
        colons(SHA1).replace(':', "-"),
        colons(SHA1).replace(':', "\u{2013}"),
        format!("0x{upper}"),
        prefixed,
        format!("SHA1 Fingerprint={}", colons(&upper)),
        format!("sha1 Fingerprint={}", colons(&upper)),
        format!("SHA1:{upper}"),
        format!("\t SHA1: {}", colons(&upper)),
        format!("SHA-1 {SHA1}"),
        format!("SHA-1 Fingerprint: {SHA1}"),
        format!("Thumbprint : {upper}"),
        format!("Thumbprint                 : {upper}\r\n"),
        format!("Cert Hash(sha1): {spaced}"),
        format!("Certificate Hash             : {SHA1}"),
        format!("\"thumbprint\": \"{upper}\","),
        format!("\"{upper}\""),
        format!("'{SHA1}'"),
        format!("\u{201c}{SHA1}\u{201d}"),
        format!("{} {}", &SHA1[..20], &SHA1[20..]),
        "qZk-NkcGgWq6PiVxeFDCbJzQ2J0".to_owned(),
        "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=".to_owned(),
        "x5t: qZk-NkcGgWq6PiVxeFDCbJzQ2J0".to_owned(),
        "\"x5t\":\"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\"".to_owned(),
        format!("x5t={SHA1}"),
    ] {
        let repairs = repairs_of(&text, &format!("SHA-1 {SHA1}"));
        let is_usual = repairs.contains(&Repair::Separators { count: 19 });
        let is_told = repairs.iter().any(Repair::is_warning);
        assert!(is_told || is_usual, "{text:?} was repaired silently");
    }
}

#[test]
fn every_usual_spelling_of_sha256_is_read() {
    let upper = SHA256.to_uppercase();
    for text in [
        colons(&upper),
        format!("sha256 Fingerprint={}", colons(&upper)),
        format!("SHA256 Fingerprint={}", colons(&upper)),
        format!("SHA256: {}", colons(&upper)),
        "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0".to_owned(),
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=".to_owned(),
        "\"x5t#S256\": \"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0\"".to_owned(),
    ] {
        repairs_of(&text, &format!("SHA-256 {SHA256}"));
    }
}

#[test]
fn invisible_character_is_named_with_its_position() {
    let repairs = repairs_of(&format!("\u{200e}{SHA1}"), &format!("SHA-1 {SHA1}"));
    assert_eq!(repairs, [Repair::Invisible { character: '\u{200e}', positions: vec![1] }]);
    assert_eq!(
        repairs[0].to_string(),
        "removed 1 invisible character (U+200E) at position 1: API Management may have stored \
         the thumbprint with it"
    );
}

#[test]
fn every_invisible_character_is_removed_wherever_it_stands() {
    for character in "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202e}\u{2060}\u{feff}\u{ad}\0\u{1b}\u{85}".chars() {
        let text = format!("{character}{}{character}{}{character}", &SHA1[..7], &SHA1[7..]);
        let repairs = repairs_of(&text, &format!("SHA-1 {SHA1}"));
        assert_eq!(
            repairs,
            [Repair::Invisible { character, positions: vec![1, 9, 43] }],
            "{:#x}",
            character as u32
        );
    }
    let repairs = repairs_of(&format!("{SHA1}{}", "\u{200b}".repeat(9)), &format!("SHA-1 {SHA1}"));
    assert_eq!(
        repairs[0].to_string(),
        "removed 9 invisible characters (U+200B) at positions 41, 42, 43, …: API Management \
         may have stored the thumbprint with them"
    );
}

#[test]
fn no_break_space_is_named() {
    let repairs = repairs_of(&format!("{SHA1}\u{a0}"), &format!("SHA-1 {SHA1}"));
    assert_eq!(repairs, [Repair::UnusualSpace { character: '\u{a0}', positions: vec![41] }]);
}

#[test]
fn separators_are_counted() {
    let repairs = repairs_of(&colons(SHA1), &format!("SHA-1 {SHA1}"));
    assert_eq!(repairs, [Repair::Separators { count: 19 }]);
    assert_eq!(repairs[0].to_string(), "removed 19 separators");
}

#[test]
fn forty_hexadecimal_digits_are_never_base64() {
    let digits = "AbCdEf0123".repeat(4);
    repairs_of(&digits, &format!("SHA-1 {}", digits.to_lowercase()));
    repairs_of(&format!("x5t:{digits}"), &format!("SHA-1 {}", digits.to_lowercase()));
}

#[test]
fn hexadecimal_digits_of_base64_length_are_a_wrong_length() {
    assert_eq!(error_of(&SHA1[..27]), ThumbprintError::WrongLength { digits: 27 });
    assert_eq!(error_of(&SHA256[..43]), ThumbprintError::WrongLength { digits: 43 });
}

#[test]
fn a_name_of_base64_length_is_no_thumbprint() {
    let name = "my-client-certificate-prod1";
    assert_eq!(name.len(), 27);
    assert_eq!(error_of(name).to_string(), "'m' (U+006D) after 0 digits is no hexadecimal digit");
}

#[test]
fn cut_base64_is_refused() {
    assert_eq!(error_of("qZk-NkcGgWq6PiVxeFDCbJzQ2J1"), ThumbprintError::DamagedBase64);
    assert!(Thumbprint::parse("qZk-NkcGgWq6PiVxeFDCbJzQ2J").is_err());
}

#[test]
fn masked_thumbprint_is_refused() {
    for text in ["EBA****", "EBA****\u{2026}48594A6", "EBA1…48594A6", "EBA1...94A6", "••••94A6"]
    {
        assert_eq!(error_of(text), ThumbprintError::Masked, "{text}");
    }
}

#[test]
fn other_digests_are_refused_by_name() {
    for (digits, name) in [(32, "MD5"), (56, "SHA-224"), (96, "SHA-384"), (128, "SHA-512")] {
        assert_eq!(error_of(&"ab".repeat(digits / 2)), ThumbprintError::OtherDigest { name });
    }
    assert_eq!(
        error_of(&format!("MD5 Fingerprint={}", colons(&SHA1[..32]))).to_string(),
        "this is MD5; a thumbprint is SHA-1 (40 digits) or SHA-256 (64 digits)"
    );
    assert_eq!(
        error_of("sha512 Fingerprint=AB:CD"),
        ThumbprintError::OtherDigest { name: "SHA-512" }
    );
}

#[test]
fn wrong_length_says_how_many_digits_were_found() {
    assert_eq!(
        error_of(&SHA1[..39]).to_string(),
        "found 39 hexadecimal digits; SHA-1 has 40, SHA-256 has 64"
    );
    assert_eq!(error_of(&format!("{SHA1}0")), ThumbprintError::WrongLength { digits: 41 });
}

#[test]
fn full_width_digits_are_refused() {
    let text = format!("{}\u{ff21}{}", &SHA1[..12], &SHA1[13..]);
    assert_eq!(error_of(&text).to_string(), "U+FF21 after 12 digits is no hexadecimal digit");
}

#[test]
fn label_that_contradicts_the_value_is_refused() {
    let error = error_of(&format!("SHA256 Fingerprint={SHA1}"));
    assert_eq!(error.to_string(), "the label says SHA-256, but the value is SHA-1");
    assert!(Thumbprint::parse(&format!("SHA1 SHA256 {SHA1}")).is_err());
}

#[test]
fn public_key_pin_is_refused() {
    for text in [
        "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        "pin-sha256=\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"",
    ] {
        assert_eq!(error_of(text), ThumbprintError::PublicKeyPin, "{text}");
    }
}

#[test]
fn nothing_is_refused_as_empty() {
    for text in ["", "  ", "\u{feff}", "Thumbprint :", "\"\"", "SHA1 Fingerprint=", "0x"] {
        assert_eq!(error_of(text), ThumbprintError::Empty, "{text:?}");
    }
}

#[test]
fn certificate_text_and_long_text_get_a_hint_to_the_other_option() {
    for text in ["-----BEGIN CERTIFICATE-----\nMII", &"a".repeat(5000), "client.pem"] {
        assert!(error_of(text).hint().unwrap().contains("--expect-certificate"), "{text}");
    }
}

#[test]
fn every_error_is_a_fragment_with_a_hint() {
    for text in ["", "E***", "zz", "ab", &"ab".repeat(16), "sha256//x=", "SHA256=x"] {
        let error = error_of(text);
        assert!(!error.to_string().ends_with('.'), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

#[test]
fn every_prefix_and_every_single_change_is_read_or_refused() {
    let text = "\u{feff}\"SHA1 Fingerprint=0xA9:99:3e…\u{ff21}-==x5t#S256 \u{1F600}(é)\"";
    for (end, _) in text.char_indices() {
        for (start, _) in text.char_indices().filter(|(start, _)| *start <= end) {
            let _ = Thumbprint::parse(&text[start..end]);
        }
    }
    for byte in 0_u8..=0x7f {
        for index in 0..SHA1.len() {
            let mut bytes = SHA1.as_bytes().to_vec();
            bytes[index] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            if let Ok((thumbprint, _)) = Thumbprint::parse(&changed) {
                assert_eq!(thumbprint.to_string(), format!("SHA-1 {}", changed.to_lowercase()));
            }
        }
    }
}

#[test]
fn digests_that_programs_print_are_read() {
    for text in [
        format!("{SHA1}  client.der"),
        format!("{SHA1}  -"),
        format!("SHA1(client.der)= {SHA1}"),
        format!("SHA1 (client.der) = {SHA1}"),
        format!("SHA1(stdin)= {SHA1}"),
        format!("sha1 Fingerprint={}", colons(&SHA1.to_uppercase())),
        format!("\"x509ThumbprintHex\": \"{}\",", SHA1.to_uppercase()),
        "\"x509Thumbprint\": \"qZk-NkcGgWq6PiVxeFDCbJzQ2J0\"".to_owned(),
        "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=".to_owned(),
        "<ds:DigestValue>qZk+NkcGgWq6PiVxeFDCbJzQ2J0=</ds:DigestValue>".to_owned(),
    ] {
        repairs_of(&text, &format!("SHA-1 {SHA1}"));
    }
    for text in [
        format!("SHA2-256(client.der)= {SHA256}"),
        format!("Hash={SHA256}"),
        format!("By=spiffe://a/b;Hash={SHA256};URI=spiffe://c/d"),
    ] {
        repairs_of(&text, &format!("SHA-256 {SHA256}"));
    }
}

#[test]
fn digest_of_a_pem_file_is_not_a_thumbprint() {
    let pem = ThumbprintError::PemDigest { file: "client.pem".to_owned() };
    assert_eq!(error_of(&format!("{SHA1}  client.pem")), pem);
    assert_eq!(error_of(&format!("SHA1(client.pem)= {SHA1}")), pem);
    assert!(pem.hint().unwrap().contains("-fingerprint"));
    // Either form has these names.
    let repairs = repairs_of(&format!("{SHA1}  client.crt"), &format!("SHA-1 {SHA1}"));
    assert!(repairs.iter().any(|repair| repair.is_warning()), "{repairs:?}");
    assert_eq!(
        error_of(&format!("SHA256(client.der)= {SHA1}")),
        ThumbprintError::LabelContradicts { label: "SHA-256", found: "SHA-1" }
    );
    assert_eq!(
        error_of(&format!("MD5(client.der)= {}", SHA1.get(..32).unwrap())),
        ThumbprintError::OtherDigest { name: "MD5" }
    );
}
