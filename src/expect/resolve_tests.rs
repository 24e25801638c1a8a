//! What is given on the command line, joined.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::resolve::{Given, resolve};
use super::*;
use crate::certificate::Certificate;

const LEAF: Given<'_> = Given::CertificateFile {
    path: "leaf.pem",
    bytes: include_bytes!("testdata/leaf.pem"),
    password: None,
};
const OTHER: Given<'_> = Given::CertificateFile {
    path: "other.pem",
    bytes: include_bytes!("testdata/other.pem"),
    password: None,
};
const SHA1: Given<'_> = Given::Thumbprint(include_str!("testdata/leaf.sha1"));
const SHA256: Given<'_> = Given::Thumbprint(include_str!("testdata/leaf.sha256"));

fn expected(given: &[Given<'_>]) -> ExpectedCertificate {
    let resolved = resolve(given).unwrap();
    assert_eq!(resolved.expectation.outcome, ExpectedOutcome::Certificate);
    assert_eq!(resolved.expectation.certificates.len(), 1);
    resolved.expectation.certificates[0].clone()
}

fn certificate(given: Given<'_>) -> Certificate {
    expected(&[given]).certificate.unwrap()
}

#[test]
fn every_source_of_one_certificate_is_joined() {
    let leaf = certificate(LEAF);
    for given in [
        vec![SHA1],
        vec![SHA256],
        vec![LEAF],
        vec![SHA1, SHA1],
        vec![SHA256, LEAF],
        vec![LEAF, SHA1, SHA256, LEAF],
    ] {
        let expected = expected(&given);
        assert_eq!(expected.sources.len(), given.len());
        assert!(expected.matches(&leaf), "{given:?}");
        assert!(!expected.matches(&certificate(OTHER)), "{given:?}");
    }
}

#[test]
fn several_thumbprints_are_alternatives() {
    let other = Given::Thumbprint("a9993e364706816aba3e25717850c26c9cd0d89d");
    for given in [[SHA1, other], [other, SHA256], [SHA1, SHA256]] {
        let expectation = resolve(&given).unwrap().expectation;
        assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
        assert_eq!(expectation.certificates.len(), 2);
        let leaf = certificate(LEAF);
        assert!(expectation.certificates.iter().any(|one| one.matches(&leaf)));
        assert!(!expectation.certificates.iter().any(|one| one.matches(&certificate(OTHER))));
    }
}

#[test]
fn identities_are_joined_by_kind() {
    let ca =
        Given::IssuerFile { path: "ca.pem", bytes: include_bytes!("testdata/intermediate.pem") };
    let name = Given::SubjectName("spiffe://a.example/b");
    let expectation = resolve(&[name, ca, Given::IssuerName("CN=a"), SHA1]).unwrap().expectation;
    assert_eq!(expectation.outcome, ExpectedOutcome::Certificate);
    assert_eq!(expectation.certificates.len(), 1);
    assert_eq!(expectation.identity.names.len(), 1);
    assert_eq!(expectation.identity.issuers.len(), 2);
    assert!(expectation.reasons.iter().any(|reason| reason.contains("a name alone is a claim")));
    let alone = resolve(&[name]).unwrap().expectation;
    assert_eq!(alone.outcome, ExpectedOutcome::Certificate);
    assert!(alone.certificates.is_empty());
    assert_eq!(
        resolve(&[Given::None, name]).unwrap_err().to_string(),
        "--expect-none contradicts --expect-san"
    );
    assert_eq!(
        resolve(&[Given::IssuerName("a")]).unwrap_err().to_string(),
        "--expect-issuer: \"a\" is not TYPE=VALUE"
    );
}

#[test]
fn bundle_of_issuers_holds_alternatives() {
    let bundle = format!(
        "{}{}",
        include_str!("testdata/root.pem"),
        include_str!("testdata/intermediate.pem")
    );
    let given = Given::IssuerFile { path: "ca.pem", bytes: bundle.as_bytes() };
    let expectation = resolve(&[given]).unwrap().expectation;
    assert_eq!(expectation.identity.issuers.len(), 2);
    assert_eq!(expectation.identity.fits(&certificate(LEAF)), Fit::Holds);
    let own = Given::CertificateFile {
        path: "self.pem",
        bytes: include_bytes!("testdata/self.pem"),
        password: None,
    };
    assert_eq!(expectation.identity.fits(&certificate(own)), Fit::Fails);
}

#[test]
fn file_gives_both_thumbprints_and_its_name() {
    let expected = expected(&[LEAF]);
    let leaf = certificate(LEAF);
    assert_eq!((expected.sha1, expected.sha256), (Some(leaf.sha1), Some(leaf.sha256)));
    assert_eq!(expected.label.as_deref(), Some("leaf.pem"));
    assert_eq!(
        expected.sources,
        [Source {
            file: Some("leaf.pem".to_owned()),
            line: Some(1),
            rule: "--expect-certificate".to_owned(),
            condition: None
        }]
    );
}

#[test]
fn proved_contradiction_is_an_error_that_names_both() {
    let other = Given::Thumbprint("a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_eq!(
        resolve(&[LEAF, other]).unwrap_err().to_string(),
        "SHA-1 3685528dc08d6c9b910915da04f458c67e19dd6e (leaf.pem) and SHA-1 \
         a9993e364706816aba3e25717850c26c9cd0d89d (--expect-thumbprint) are different certificates"
    );
    for given in [[LEAF, other], [other, LEAF], [LEAF, OTHER], [OTHER, SHA1], [SHA256, OTHER]] {
        let error = resolve(&given).unwrap_err();
        assert!(matches!(error, ExpectError::Contradiction { .. }), "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn none_beside_a_certificate_is_an_error() {
    for given in [[Given::None, SHA1], [SHA1, Given::None]] {
        assert_eq!(
            resolve(&given).unwrap_err().to_string(),
            "--expect-none contradicts --expect-thumbprint"
        );
    }
    assert!(resolve(&[LEAF, Given::None]).unwrap_err().hint().is_some());
}

#[test]
fn none_is_an_expectation_and_nothing_is_an_error() {
    let resolved = resolve(&[Given::None, Given::None]).unwrap();
    assert_eq!(resolved.expectation, Expectation::none());
    assert_eq!(resolve(&[]), Err(ExpectError::NothingGiven));
}

#[test]
fn repairs_are_warnings_that_name_the_option() {
    let resolved =
        resolve(&[Given::Thumbprint("\u{200e}A9993E364706816ABA3E25717850C26C9CD0D89D")]);
    assert_eq!(
        resolved.unwrap().warnings,
        ["--expect-thumbprint: removed 1 invisible character (U+200E) at position 1: API \
          Management may have stored the thumbprint with it"]
    );
}

#[test]
fn expected_certificate_without_any_digest_matches_nothing() {
    assert!(!ExpectedCertificate::default().matches(&certificate(LEAF)));
}

#[test]
fn one_agreeing_digest_of_two_is_no_match() {
    let mut both = expected(&[SHA1]);
    both.sha256 = Some(certificate(OTHER).sha256);
    assert!(!both.matches(&certificate(LEAF)));
    assert!(!both.matches(&certificate(OTHER)));
}
