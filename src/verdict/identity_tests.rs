//! Certificates judged by what outlives a thumbprint.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use super::test_values::*;
use super::*;
use crate::certificate::Certificate;
use crate::expect::{CertificateFile, Expectation, Given, resolve};
use crate::inspect::{ClientAuthentication, Possession, Presented};

const LEAF: &[u8] = include_bytes!("../expect/testdata/leaf.pem");
const INTERMEDIATE: &[u8] = include_bytes!("../expect/testdata/intermediate.pem");
const ROOT: &[u8] = include_bytes!("../expect/testdata/root.pem");
const PIN: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn leaf() -> Certificate {
    CertificateFile::read("leaf.pem", LEAF).unwrap().certificate
}

fn issuer(bytes: &'static [u8]) -> Given<'static> {
    Given::IssuerFile { path: "ca.pem", bytes }
}

fn expectation(given: &[Given<'_>]) -> Expectation {
    resolve(given).unwrap().expectation
}

/// Verdict, causes and explanation where the leaf was presented with this proof.
fn judged(given: &[Given<'_>], possession: Possession) -> (Verdict, Vec<Cause>, String) {
    let expectation = expectation(given);
    let presented = Presented { chain: [Arc::new(leaf())].into(), possession, ..presentation(&[]) };
    let observation = observation([handshake(ClientAuthentication::Presented(presented))]);
    let judgement = judge(&expectation, &observation);
    (judgement.verdict, judgement.causes(), judgement.explanation().into_owned())
}

fn proved() -> Possession {
    Possession::Verified { scheme: "rsa_pss_rsae_sha256".to_owned() }
}

#[test]
fn identity_that_holds_is_a_match_and_possession_still_counts() {
    let spki = leaf().fields.unwrap().spki_sha256.to_string();
    let given = [Given::Spki(&spki), issuer(INTERMEDIATE)];
    let (verdict, causes, text) = judged(&given, proved());
    assert_eq!((verdict, causes), (Verdict::Match, vec![]));
    assert!(text.contains(&spki) && text.contains("whose key made its signature"), "{text}");
    let (verdict, causes, _) = judged(&given, Possession::Missing);
    assert_eq!((verdict, causes), (Verdict::Mismatch, vec![Cause::CertificateVerifyMissing]));
}

#[test]
fn every_kind_that_fails_is_a_cause_with_both_values() {
    let name = Given::SubjectName("spiffe://a.example/b");
    let (verdict, causes, text) = judged(&[name, issuer(INTERMEDIATE)], proved());
    assert_eq!((verdict, causes), (Verdict::Mismatch, vec![Cause::SanMismatch]));
    assert!(text.contains("and not the name URI:spiffe://a.example/b"), "{text}");

    let (verdict, causes, text) = judged(&[name, issuer(ROOT), Given::Spki(PIN)], proved());
    let all = vec![Cause::SpkiMismatch, Cause::SanMismatch, Cause::IssuerMismatch];
    assert_eq!((verdict, causes), (Verdict::Mismatch, all));
    let own = leaf().fields.unwrap();
    assert!(text.contains(&own.spki_sha256.to_string()) && text.contains(PIN), "{text}");
    assert!(text.contains(&own.issuer), "{text}");

    let given = [Given::Thumbprint("a9993e364706816aba3e25717850c26c9cd0d89d"), name];
    let (verdict, causes, _) = judged(&given, proved());
    assert_eq!(verdict, Verdict::Mismatch);
    assert_eq!(causes, [Cause::OtherCertificate, Cause::SanMismatch]);
}

#[test]
fn thumbprint_that_fits_does_not_outweigh_another_kind() {
    let sha1 = leaf().sha1.to_string();
    let given = [Given::Thumbprint(&sha1), Given::SubjectName("nobody.example")];
    assert_eq!(judged(&given, proved()).1, [Cause::SanMismatch]);
}

#[test]
fn name_of_the_issuer_alone_is_said_to_be_a_claim() {
    let subject = leaf().fields.unwrap().issuer;
    let (verdict, _, text) = judged(&[Given::IssuerName(&subject)], proved());
    assert_eq!(verdict, Verdict::Match);
    assert!(text.contains("its own claim"), "{text}");
}

#[test]
fn certificate_that_cannot_be_read_is_inconclusive() {
    let expectation = expectation(&[Given::SubjectName("a.example")]);
    let unreadable = Arc::new(Certificate::from_der(b"0"));
    let presented = Presented { chain: [unreadable].into(), ..presentation(&[]) };
    let observation = observation([handshake(ClientAuthentication::Presented(presented))]);
    let judgement = judge(&expectation, &observation);
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(judgement.cause, Some(Cause::IdentityNotCheckable));
}

#[test]
fn empty_answer_says_which_identity_was_expected() {
    let expectation = expectation(&[Given::SubjectName("a.example")]);
    let observation = observation([handshake(declined())]);
    let judgement = judge(&expectation, &observation);
    assert_eq!(judgement.verdict, Verdict::Absent);
    let text = judgement.explanation();
    assert!(text.contains("expected was one with the name DNS:a.example"), "{text}");
}
