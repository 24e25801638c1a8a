//! Pins and names in the spellings that people have, and certificates compared with them.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::certificate::DistinguishedName;

const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const BASE64: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

#[test]
fn every_spelling_of_a_pin_is_read() {
    let colons: Vec<&str> =
        SHA256.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    for text in [
        SHA256.to_owned(),
        SHA256.to_uppercase(),
        colons.join(":"),
        BASE64.to_owned(),
        BASE64.trim_end_matches('=').replace('+', "-").replace('/', "_"),
        format!("sha256//{BASE64}"),
        format!("sha256/{BASE64}"),
        format!("pin-sha256=\"{BASE64}\""),
        format!("SHA256:{BASE64}"),
        format!("SHA2-256(stdin)= {SHA256}"),
        format!("{SHA256}  -"),
        format!("{SHA256}  key.der"),
    ] {
        assert_eq!(SpkiDigest::parse(&text).unwrap().0.to_string(), SHA256, "{text}");
    }
}

#[test]
fn what_is_not_one_pin_is_refused() {
    for (text, error) in [
        ("a9993e364706816aba3e25717850c26c9cd0d89d".to_owned(), SpkiError::Sha1),
        (format!("{SHA256}  key.pem"), SpkiError::OfPem("key.pem".to_owned())),
        (format!("sha256//{BASE64};sha256//{BASE64}"), SpkiError::Several),
        (format!("sha256 Fingerprint={SHA256}"), SpkiError::OfCertificate),
        ("abc".to_owned(), SpkiError::NotADigest),
        (String::new(), SpkiError::NotADigest),
        ("****".to_owned(), SpkiError::NotADigest),
    ] {
        assert_eq!(SpkiDigest::parse(&text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn kind_of_a_name_is_told_by_its_prefix_or_form() {
    for (text, name) in [
        ("DNS:client.example", "DNS:client.example"),
        ("client.example", "DNS:client.example"),
        ("*.example", "DNS:*.example"),
        ("dns: client.example", "DNS:client.example"),
        ("URI:spiffe://a.example/ns/b/sa/c", "URI:spiffe://a.example/ns/b/sa/c"),
        ("spiffe://a.example/ns/b/sa/c", "URI:spiffe://a.example/ns/b/sa/c"),
        ("urn:uuid:f81d4fae", "URI:urn:uuid:f81d4fae"),
        ("email:ops@a.example", "email:ops@a.example"),
        ("ops@a.example", "email:ops@a.example"),
        ("IP Address:10.0.0.4", "IP:10.0.0.4"),
        ("2001:db8::5", "IP:2001:db8::5"),
    ] {
        assert_eq!(SubjectName::parse(text).unwrap().to_string(), name);
    }
    for (text, error) in [
        ("", SubjectNameError::Empty),
        ("DNS:", SubjectNameError::Empty),
        ("a b", SubjectNameError::Malformed("DNS")),
        ("CN=client", SubjectNameError::Malformed("DNS")),
        ("email:a", SubjectNameError::Malformed("email")),
        ("IP:a", SubjectNameError::Malformed("IP")),
        ("DNS:a.example, DNS:b.example", SubjectNameError::Several),
        ("UPN:a@b", SubjectNameError::OtherKind("upn".to_owned())),
    ] {
        assert_eq!(SubjectName::parse(text).unwrap_err(), error, "{text}");
    }
}

fn file(pem: &[u8]) -> Certificate {
    super::super::CertificateFile::read("test.pem", pem).unwrap().certificate
}

#[test]
fn issuer_by_name_and_by_its_key() {
    let leaf = file(include_bytes!("../testdata/leaf.pem"));
    let intermediate = file(include_bytes!("../testdata/intermediate.pem"));
    let root = file(include_bytes!("../testdata/root.pem"));
    let by_file = |certificate: &Certificate| Identity {
        issuers: vec![ExpectedIssuer::Certificate {
            certificate: Box::new(certificate.clone()),
            file: "ca.pem".to_owned(),
        }],
        ..Identity::default()
    };
    assert_eq!(by_file(&intermediate).fits(&leaf), Fit::Holds);
    assert_eq!(by_file(&root).fits(&leaf), Fit::Fails);
    assert_eq!(by_file(&leaf).fits(&leaf), Fit::Fails);

    // The same name with another key is somebody else.
    let mut impostor = intermediate.clone();
    if let (Ok(fields), Ok(other)) = (&mut impostor.fields, &leaf.fields) {
        fields.public_key = other.public_key.clone();
    }
    assert_eq!(by_file(&impostor).fits(&leaf), Fit::Fails);

    let text = intermediate.fields.as_ref().unwrap().subject.to_uppercase();
    let by_name = |text: &str| Identity {
        issuers: vec![ExpectedIssuer::Name {
            name: DistinguishedName::parse(text).unwrap(),
            text: text.to_owned(),
        }],
        ..Identity::default()
    };
    assert_eq!(by_name(&text).fits(&leaf), Fit::Holds);
    assert_eq!(by_name("CN=someone else").fits(&leaf), Fit::Fails);
}

#[test]
fn every_kind_must_hold_and_one_of_each_is_enough() {
    let leaf = file(include_bytes!("../testdata/leaf.pem"));
    let own = SpkiDigest(leaf.fields.as_ref().unwrap().spki_sha256);
    let other = SpkiDigest::parse(SHA256).unwrap();
    let mut identity = Identity { spkis: vec![other, own], ..Identity::default() };
    assert_eq!(identity.fits(&leaf), Fit::Holds);
    identity.names = vec![SubjectName::parse("nobody.example").unwrap()];
    assert_eq!(identity.fits(&leaf), Fit::Fails);
    assert_eq!(identity.fit(IdentityKind::Spki, &leaf), Fit::Holds);
    assert_eq!(Identity::default().fits(&leaf), Fit::Holds);
    assert_eq!(identity.fits(&Certificate::from_der(b"0")), Fit::Unknown);
}

#[test]
fn names_are_compared_by_the_rules_of_their_kind() {
    let workload = file(include_bytes!("../testdata/workload.pem"));
    for (text, fits) in [
        ("spiffe://mesh.example/ns/shop/sa/orders", true),
        ("SPIFFE://Mesh.Example/ns/shop/sa/orders", true),
        ("spiffe://mesh.example/ns/shop/sa/Orders", false),
        ("spiffe://mesh.example/ns/shop", false),
        ("*.ORDERS.example", true),
        ("a.orders.example", false),
        ("DNS:*.orders.example.", true),
        ("ops@mesh.example", true),
        ("Ops@mesh.example", false),
        ("10.0.0.4", true),
        ("10.0.0.5", false),
        ("DNS:10.0.0.4", false),
    ] {
        let names = vec![SubjectName::parse(text).unwrap()];
        let identity = Identity { names, ..Identity::default() };
        assert_eq!(identity.fits(&workload), Fit::of(fits), "{text}");
    }
}
