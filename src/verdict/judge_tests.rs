#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use super::test_values::*;
use super::{Cause, Verdict};
use crate::certificate::{Certificate, RawPublicKey, Sha256Thumbprint};
use crate::expect::{Expectation, ExpectedCertificate, ExpectedOutcome};
use crate::inspect::{
    ClientAuthentication, Handshake, HandshakeKind, ObscuredReason, Observation, Outcome,
    Possession, Presented, PresentedKey, Visibility,
};

const REASONS: [ObscuredReason; 9] = [
    ObscuredReason::Encrypted,
    ObscuredReason::DecryptionFailed,
    ObscuredReason::Gap,
    ObscuredReason::TruncatedPackets,
    ObscuredReason::StartedMidConnection,
    ObscuredReason::EndedEarly,
    ObscuredReason::OneDirection,
    ObscuredReason::Malformed,
    ObscuredReason::LimitReached,
];

/// A judgement with its words.
struct Judged {
    verdict: Verdict,
    cause: Option<Cause>,
    handshake: Option<usize>,
    explanation: String,
    evidence: Vec<(u64, String)>,
}

fn judge(expectation: &Expectation, observation: &Observation) -> Judged {
    let judgement = super::judge(expectation, observation);
    Judged {
        verdict: judgement.verdict,
        cause: judgement.cause,
        handshake: judgement.handshake,
        explanation: judgement.explanation().into_owned(),
        evidence: judgement.evidence(),
    }
}

fn judge_one(expectation: &Expectation, authentication: ClientAuthentication) -> Judged {
    judge(expectation, &observation([handshake(authentication)]))
}

fn with_possession(possession: Possession) -> ClientAuthentication {
    ClientAuthentication::Presented(Presented { possession, ..presentation(&[1]) })
}

fn failed() -> Possession {
    Possession::Failed { scheme: "rsa_pss_rsae_sha256".to_owned(), signer: None }
}

fn hex(number: u8, bytes: usize) -> String {
    format!("{number:02x}").repeat(bytes)
}

/// A raw public key whose digest is the same number as a certificate's thumbprint.
fn raw_key(number: u8) -> ClientAuthentication {
    let presented = presentation(&[number]);
    let fields = presented.chain[0].fields.clone().unwrap();
    let key = RawPublicKey { public_key: fields.public_key, spki_sha256: fields.spki_sha256 };
    ClientAuthentication::PresentedKey(PresentedKey {
        frames: presented.frames,
        key: Arc::new(key),
        possession: presented.possession,
    })
}

#[test]
fn raw_public_key_is_never_the_expected_certificate_even_with_its_key() {
    let of_file = judge_one(&expect_file(1), raw_key(1));
    assert_eq!(of_file.cause, Some(Cause::RawPublicKey));
    assert!(of_file.explanation.contains("it is the public key of the expected certificate"));
    let mut several = candidates(&[2], None);
    several.certificates.extend(expect_file(1).certificates);
    let of_several = judge_one(&several, raw_key(1)).explanation;
    assert!(of_several.contains("it is the public key of one of 2 expected certificates"));
    let sha256 = ExpectedCertificate {
        sha256: Some(certificate(1).sha256),
        ..ExpectedCertificate::default()
    };
    assert_eq!(judge_one(&expect(sha256), raw_key(1)).verdict, Verdict::Mismatch);
}

/// The contract's table of possession and completion.
#[test]
fn what_is_not_proved_counts_where_the_server_went_on() {
    use Verdict::{Inconclusive, Match, Mismatch};
    let verified = || Possession::Verified { scheme: "ed25519".to_owned() };
    let not_checkable = || Possession::NotCheckable { why: "x".to_owned() };
    let rows = [
        (verified(), Match, Match, None),
        (failed(), Mismatch, Mismatch, Some(Cause::PossessionFailed)),
        (Possession::Missing, Mismatch, Mismatch, Some(Cause::CertificateVerifyMissing)),
        (not_checkable(), Match, Inconclusive, Some(Cause::PossessionNotCheckable)),
        (Possession::NotSeen, Match, Inconclusive, Some(Cause::PossessionNotSeen)),
    ];
    let endings = [
        (Outcome::Completed, None),
        (Outcome::Refused, Some(Cause::RefusedByServer)),
        (Outcome::Unfinished, Some(Cause::HandshakeUnfinished)),
        (Outcome::Unknown, Some(Cause::OutcomeUnknown)),
    ];
    for (possession, completed, other, of_possession) in rows {
        for (outcome, of_outcome) in endings {
            let one = Handshake {
                outcome,
                alerts: vec![alert(Some(false), 2, 48)],
                ..handshake(with_possession(possession.clone()))
            };
            let (expectation, one) = (expect_sha1(1), observation([one]));
            let judgement = super::judge(&expectation, &one);
            let verdict = if outcome == Outcome::Completed { completed } else { other };
            assert_eq!(judgement.verdict, verdict, "{possession:?}, {outcome:?}");
            let mut causes: Vec<_> = of_possession.into_iter().chain(of_outcome).collect();
            assert_eq!(judgement.causes(), causes, "{possession:?}, {outcome:?}");
            causes.truncate(1);
            assert_eq!(judgement.cause, causes.pop());
            assert_eq!(judgement.outcome(), Some(outcome));
        }
    }
}

/// The original completed where the resumption did, or where it was seen to.
#[test]
fn a_resumption_has_possession_and_completion_of_its_original() {
    for (own, of_original, verdict) in [
        (Outcome::Completed, Outcome::Unknown, Verdict::Match),
        (Outcome::Unknown, Outcome::Completed, Verdict::Match),
        (Outcome::Unknown, Outcome::Unknown, Verdict::Inconclusive),
        (Outcome::Refused, Outcome::Unknown, Verdict::Inconclusive),
    ] {
        let mut authentication = resumed(with_possession(Possession::NotSeen));
        if let ClientAuthentication::Resumed { original: Some(original) } = &mut authentication {
            original.outcome = of_original;
        }
        let one = Handshake { outcome: own, ..handshake(authentication) };
        assert_eq!(judge(&expect_sha1(1), &observation([one])).verdict, verdict, "{own:?}");
    }
}

#[test]
fn a_certificate_message_that_was_skipped_leaves_it_open_and_its_alert_is_named() {
    let one = Handshake {
        certificate_message_missing: true,
        outcome: Outcome::Refused,
        alerts: vec![alert(Some(false), 2, 10)],
        ..handshake(obscured(ObscuredReason::Malformed))
    };
    for expectation in [expect_sha1(1), Expectation::default()] {
        let judgement = judge(&expectation, &observation([one.clone()]));
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.cause, Some(Cause::CertificateMessageMissing));
        assert!(judgement.explanation.contains("unexpected_message"), "{}", judgement.explanation);
    }
}

/// One row per cell of (client authentication x expectation).
#[test]
fn verdicts_are_those_of_the_contract() {
    use ClientAuthentication::NotRequested;
    use Verdict::{Absent, Inconclusive, Match, Mismatch, Unexpected};

    let originless = || ClientAuthentication::Resumed { original: None };
    let mut rows = vec![
        // Observed; expected a certificate; expected none.
        (NotRequested, Verdict::NotRequested, Match),
        (declined(), Absent, Match),
        (presented(&[1]), Match, Unexpected),
        (presented(&[1, 2]), Match, Unexpected),
        (presented(&[5]), Mismatch, Unexpected),
        (presented(&[5, 1]), Mismatch, Unexpected),
        (with_possession(Possession::NotSeen), Match, Unexpected),
        (with_possession(Possession::NotCheckable { why: "x".to_owned() }), Match, Unexpected),
        (with_possession(Possession::Missing), Mismatch, Unexpected),
        (with_possession(failed()), Mismatch, Unexpected),
        (raw_key(1), Mismatch, Unexpected),
        (resumed(raw_key(1)), Mismatch, Unexpected),
        (originless(), Inconclusive, Inconclusive),
        (resumed(NotRequested), Verdict::NotRequested, Match),
        (resumed(declined()), Absent, Match),
        (resumed(presented(&[1])), Match, Unexpected),
        (resumed(presented(&[5])), Mismatch, Unexpected),
        (resumed(with_possession(failed())), Mismatch, Unexpected),
        (resumed(obscured(ObscuredReason::Gap)), Inconclusive, Inconclusive),
        (resumed(originless()), Inconclusive, Inconclusive),
        (resumed(resumed(presented(&[1]))), Inconclusive, Inconclusive),
    ];
    rows.extend(REASONS.map(|reason| (obscured(reason), Inconclusive, Inconclusive)));
    for (authentication, with_certificate, with_none) in rows {
        for expectation in [expect_sha1(1), expect_file(1)] {
            let judgement = judge_one(&expectation, authentication.clone());
            assert_eq!(judgement.verdict, with_certificate, "{authentication:?}");
        }
        let judgement = judge_one(&Expectation::none(), authentication.clone());
        assert_eq!(judgement.verdict, with_none, "{authentication:?}");
    }
}

#[test]
fn every_cause_has_its_case() {
    let ended = |outcome, alerts| {
        observation([Handshake { outcome, alerts, ..handshake(presented(&[1])) }])
    };
    let similar = |number: u8, change: fn(&mut Certificate)| {
        let mut expected = certificate(number);
        change(&mut expected);
        expect_certificate(expected)
    };
    let same_key = similar(6, |expected| {
        if let Ok(fields) = &mut expected.fields {
            fields.spki_sha256 = Sha256Thumbprint([1; 32]);
        }
    });
    let same_subject = similar(6, |expected| {
        if let Ok(fields) = &mut expected.fields {
            fields.subject_der = vec![0x30, 1];
        }
    });
    let presents = |numbers: &[u8]| observation([handshake(presented(numbers))]);
    let unknown_ca = || vec![alert(Some(false), 2, 48)];

    for (expectation, observation, verdict, cause) in [
        (
            expect_sha1(1),
            observation([handshake(with_possession(failed()))]),
            Verdict::Mismatch,
            Some(Cause::PossessionFailed),
        ),
        (
            expect_sha1(1),
            ended(Outcome::Refused, unknown_ca()),
            Verdict::Match,
            Some(Cause::RefusedByServer),
        ),
        (
            expect_sha1(1),
            ended(Outcome::Refused, vec![alert(Some(true), 2, 42), alert(Some(false), 1, 0)]),
            Verdict::Match,
            Some(Cause::HandshakeUnfinished),
        ),
        (
            expect_sha1(1),
            ended(Outcome::Refused, Vec::new()),
            Verdict::Match,
            Some(Cause::HandshakeUnfinished),
        ),
        (
            expect_sha1(1),
            ended(Outcome::Unfinished, Vec::new()),
            Verdict::Match,
            Some(Cause::HandshakeUnfinished),
        ),
        (
            expect_sha1(1),
            ended(Outcome::Unknown, Vec::new()),
            Verdict::Match,
            Some(Cause::OutcomeUnknown),
        ),
        (expect_sha1(1), ended(Outcome::Completed, Vec::new()), Verdict::Match, None),
        (expect_sha1(2), presents(&[1, 2, 3]), Verdict::Mismatch, Some(Cause::ExpectedIsIssuer)),
        (same_key, presents(&[1]), Verdict::Mismatch, Some(Cause::SamePublicKey)),
        (same_subject, presents(&[1]), Verdict::Mismatch, Some(Cause::SameSubject)),
        (expect_file(6), presents(&[1]), Verdict::Mismatch, Some(Cause::OtherCertificate)),
        (expect_sha1(6), presents(&[1]), Verdict::Mismatch, Some(Cause::OtherCertificate)),
        (
            expect_sha1(1),
            observation([handshake(ClientAuthentication::Resumed { original: None })]),
            Verdict::Inconclusive,
            Some(Cause::OriginalNotInCapture),
        ),
        (
            expect(ExpectedCertificate::default()),
            presents(&[1]),
            Verdict::Inconclusive,
            Some(Cause::ExpectationUndecidable),
        ),
        (expect_sha1(1), Observation::default(), Verdict::Inconclusive, Some(Cause::NoHandshake)),
    ] {
        let judgement = judge(&expectation, &observation);
        assert_eq!((judgement.verdict, judgement.cause), (verdict, cause), "{observation:?}");
    }
    for reason in REASONS {
        let judgement = judge_one(&expect_sha1(1), obscured(reason));
        assert_eq!(judgement.cause, Some(Cause::Obscured(reason)));
    }
}

#[test]
fn codes_are_unique_and_snake_case() {
    let mut causes = vec![
        Cause::PossessionFailed,
        Cause::RefusedByServer,
        Cause::HandshakeUnfinished,
        Cause::OutcomeUnknown,
        Cause::ExpectedIsIssuer,
        Cause::SamePublicKey,
        Cause::SameSubject,
        Cause::OtherCertificate,
        Cause::OriginalNotInCapture,
        Cause::ExpectationUndecidable,
        Cause::NoHandshake,
    ];
    causes.extend(REASONS.map(Cause::Obscured));
    let codes: std::collections::BTreeSet<_> = causes.iter().map(|cause| cause.code()).collect();
    assert_eq!(codes.len(), causes.len());
    assert!(codes.iter().all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    assert_eq!(Verdict::NotRequested.to_string(), "not_requested");
    assert_eq!(Cause::Obscured(ObscuredReason::TruncatedPackets).to_string(), "truncated_packets");
}

#[test]
fn match_names_thumbprints_frames_and_proof() {
    let judgement = judge_one(&expect_sha1(1), presented(&[1]));
    assert_eq!(
        judgement.explanation,
        format!(
            "The server asked for a client certificate (frame 7), and the client presented the \
             expected certificate (frames 9-10), SHA-1 {}, SHA-256 {}; its CertificateVerify \
             (frame 11, rsa_pss_rsae_sha256) proves that it holds the private key; the handshake \
             completed.",
            hex(1, 20),
            hex(1, 32)
        )
    );
    assert_eq!(judgement.handshake, Some(0));
    assert_eq!(
        judgement.evidence,
        [
            (7, "CertificateRequest".to_owned()),
            (9, "client Certificate, part 1 of 2".to_owned()),
            (10, "client Certificate, part 2 of 2".to_owned()),
            (11, "CertificateVerify".to_owned()),
        ]
    );
}

#[test]
fn refusal_is_named_with_its_alert_and_frame() {
    let judgement = judge(
        &expect_sha1(1),
        &observation([Handshake {
            outcome: Outcome::Refused,
            alerts: vec![alert(Some(false), 2, 48)],
            ..handshake(presented(&[1]))
        }]),
    );
    assert!(
        judgement.explanation.ends_with(
            "; the server then refused the handshake with the fatal alert unknown_ca (frame \
             12)."
        ),
        "{}",
        judgement.explanation
    );
    assert!(
        judgement.evidence.contains(&(12, "fatal alert unknown_ca from the server".to_owned()))
    );
}

#[test]
fn absent_says_who_asked_and_what_was_answered() {
    let judgement = judge(
        &expect_sha1(1),
        &observation([Handshake {
            outcome: Outcome::Refused,
            alerts: vec![alert(Some(false), 2, 40)],
            ..handshake(declined())
        }]),
    );
    assert_eq!(
        judgement.explanation,
        format!(
            "The server asked for a client certificate (frame 7), and the client answered with an \
             empty Certificate message (frame 9): it presented none, expected was SHA-1 {}; the \
             server then refused the handshake with the fatal alert handshake_failure (frame \
             12).",
            hex(1, 20)
        )
    );
    assert_eq!(judgement.cause, None);
}

#[test]
fn not_requested_says_nothing_against_the_client() {
    let judgement = judge_one(&expect_sha1(1), ClientAuthentication::NotRequested);
    assert_eq!(
        judgement.explanation,
        "The server never asked for a client certificate (ServerHello in frame 6): mutual TLS did \
         not happen, and nothing is said against the client; the handshake completed."
    );
    assert_eq!(judgement.evidence, [(4, "ClientHello".to_owned()), (6, "ServerHello".to_owned())]);
}

#[test]
fn mismatch_names_both_certificates() {
    let judgement = judge_one(&expect_sha1(5), presented(&[1]));
    assert!(
        judgement.explanation.contains(&format!(
            "the client presented another certificate (frames 9-10), SHA-1 {}, SHA-256 {}, than \
             the expected one, SHA-1 {};",
            hex(1, 20),
            hex(1, 32),
            hex(5, 20)
        )),
        "{}",
        judgement.explanation
    );
}

#[test]
fn expected_thumbprint_deeper_in_the_chain_is_told_with_its_position() {
    let of =
        |expected, chain: &[u8]| judge_one(&expect_sha1(expected), presented(chain)).explanation;
    assert!(of(2, &[1, 2]).contains("the expected thumbprint is the issuer's, at position 2;"));
    assert!(of(3, &[1, 2, 3]).contains("the issuer's, at position 3;"));
    assert!(of(9, &[1, 2, 9]).contains("that of another certificate in the chain, at position 3;"));
}

#[test]
fn failed_possession_of_the_expected_certificate_is_told() {
    let judgement = judge_one(&expect_sha1(1), with_possession(failed()));
    assert!(
        judgement.explanation.contains(
            "its CertificateVerify (frame 11, rsa_pss_rsae_sha256) was not made with that \
             certificate's key over this handshake, so it did not prove to hold the private key;"
        ),
        "{}",
        judgement.explanation
    );
}

#[test]
fn unproved_possession_is_told_in_a_match() {
    for (possession, expected) in [
        (
            Possession::NotSeen,
            "its CertificateVerify is not in the capture, so possession of the private key is not \
             proved;",
        ),
        (
            Possession::NotCheckable { why: "the ClientHello is missing".to_owned() },
            "could not be checked (the ClientHello is missing), so possession of the private key \
             is not proved;",
        ),
    ] {
        let judgement = judge_one(&expect_sha1(1), with_possession(possession));
        assert_eq!(judgement.verdict, Verdict::Match);
        assert!(judgement.explanation.contains(expected), "{}", judgement.explanation);
    }
}

#[test]
fn request_outside_the_capture_is_told() {
    let one = Handshake { certificate_request: None, ..handshake(presented(&[1])) };
    let judgement = judge(&expect_sha1(1), &observation([one]));
    assert_eq!(judgement.verdict, Verdict::Match);
    assert!(judgement.explanation.starts_with("The client presented the expected certificate ("));
    assert!(
        judgement.explanation.contains("; the server's request itself is outside the capture;"),
        "{}",
        judgement.explanation
    );
}

#[test]
fn incomplete_chain_is_told() {
    let cut = Presented { chain_complete: false, ..presentation(&[1]) };
    let judgement = judge_one(&expect_sha1(1), ClientAuthentication::Presented(cut));
    assert_eq!(judgement.verdict, Verdict::Match);
    assert!(judgement.explanation.contains("the rest of the chain it sent cannot be read"));
}

#[test]
fn resumption_names_the_stream_of_its_original() {
    let judgement = judge_one(&expect_sha1(1), resumed(presented(&[1])));
    assert_eq!(
        judgement.explanation,
        format!(
            "The connection resumed (frame 6) the session of stream 3, whose full handshake begins \
             in frame 2, and exchanged no certificate itself; in that handshake the client \
             presented the expected certificate (frames 9-10), SHA-1 {}, SHA-256 {}; its \
             CertificateVerify (rsa_pss_rsae_sha256) proves that it holds the private key; the \
             resuming handshake completed.",
            hex(1, 20),
            hex(1, 32)
        )
    );
    assert!(
        judgement.evidence.contains(&(
            2,
            "start of the full handshake (original handshake, stream 3)".to_owned()
        ))
    );
}

#[test]
fn resumption_of_a_session_of_another_file_says_whose_frames_it_names() {
    let mut resumed = resumed(presented(&[1]));
    let ClientAuthentication::Resumed { original: Some(original) } = &mut resumed else {
        unreachable!("it has its original");
    };
    original.elsewhere = Some("first.pcap".to_owned());
    let explanation = judge_one(&expect_sha1(1), resumed).explanation;
    let expected = "the session of stream 3 of first.pcap, whose full handshake begins in frame 2 \
                    there, and exchanged no certificate itself; in that handshake, in frames of \
                    that file, the client presented the expected certificate (frames 9-10)";
    assert!(explanation.contains(expected), "{explanation}");
}

#[test]
fn resumption_without_its_original_is_inconclusive_and_says_why() {
    let judgement = judge_one(&expect_sha1(1), ClientAuthentication::Resumed { original: None });
    assert_eq!(
        judgement.explanation,
        "The capture cannot tell: the connection resumed a session (frame 6), in which no \
         certificate is exchanged, and the full handshake of that session is not in the capture."
    );
}

#[test]
fn acceptance_of_a_resumed_match_is_that_of_the_resumption() {
    let one = Handshake {
        outcome: Outcome::Refused,
        alerts: vec![alert(Some(false), 2, 49)],
        ..handshake(resumed(presented(&[1])))
    };
    assert_eq!(judge(&expect_sha1(1), &observation([one])).cause, Some(Cause::RefusedByServer));
}

#[test]
fn obscured_answer_to_a_seen_request_says_both() {
    let one = Handshake {
        certificate_request: Some(request()),
        ..handshake(obscured(ObscuredReason::Gap))
    };
    assert_eq!(
        judge(&expect_sha1(1), &observation([one])).explanation,
        "The server asked for a client certificate (frame 7), and the capture cannot tell whether \
         the client presented a certificate: something could not be seen (gap)."
    );
}

#[test]
fn encrypted_renegotiation_after_not_requested_is_inconclusive() {
    let judgement = judge(
        &expect_sha1(1),
        &observation([
            handshake(ClientAuthentication::NotRequested),
            Handshake {
                kind: HandshakeKind::Renegotiation,
                visibility: Visibility::Encrypted,
                ..handshake(obscured(ObscuredReason::Encrypted))
            },
        ]),
    );
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(judgement.cause, Some(Cause::Obscured(ObscuredReason::Encrypted)));
    assert_eq!(
        judgement.explanation,
        "The capture cannot tell: the server did not ask for a client certificate in the first \
         handshake, but it may have asked later: something could not be seen (encrypted)."
    );
}

#[test]
fn encrypted_renegotiation_after_presented_is_mentioned() {
    let judgement = judge(
        &expect_sha1(1),
        &observation([handshake(presented(&[1])), handshake(obscured(ObscuredReason::Encrypted))]),
    );
    assert_eq!(judgement.verdict, Verdict::Match);
    assert!(
        judgement.explanation.ends_with(
            "; a later handshake of the connection could not be read (encrypted), and what it \
             exchanged is not known."
        ),
        "{}",
        judgement.explanation
    );
}

#[test]
fn renegotiation_that_decides_is_named() {
    let judgement = judge(
        &expect_sha1(1),
        &observation([
            handshake(declined()),
            Handshake {
                kind: HandshakeKind::Renegotiation,
                visibility: Visibility::Decrypted,
                ..handshake(presented(&[1]))
            },
        ]),
    );
    assert_eq!((judgement.verdict, judgement.handshake), (Verdict::Match, Some(1)));
    assert!(judgement.explanation.starts_with(
        "In a renegotiation (handshake 2 of the connection), the server asked for a client \
         certificate (frame 7), and the client presented the expected certificate"
    ));
    assert!(judgement.explanation.contains("had asked in an earlier handshake"));
}

#[test]
fn certificate_presented_where_none_was_expected_is_not_undone_by_a_later_handshake() {
    let judgement = judge(
        &Expectation::none(),
        &observation([handshake(presented(&[1])), handshake(declined())]),
    );
    assert_eq!((judgement.verdict, judgement.handshake), (Verdict::Unexpected, Some(0)));
}

#[test]
fn thumbprints_of_different_certificates_are_undecidable_not_a_mismatch() {
    let mixed = expect(ExpectedCertificate {
        sha1: Some(certificate(1).sha1),
        sha256: Some(certificate(2).sha256),
        ..ExpectedCertificate::default()
    });
    for number in [1, 2] {
        let judgement = judge_one(&mixed, presented(&[number]));
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.cause, Some(Cause::ExpectationUndecidable));
        assert!(judgement.explanation.contains("it has one of the expected thumbprints"));
    }
    assert_eq!(judge_one(&mixed, presented(&[3])).verdict, Verdict::Mismatch);
}

#[test]
fn sha1_collision_with_the_expected_file_is_a_mismatch() {
    let mut forged = certificate(5);
    forged.sha1 = certificate(1).sha1;
    let chain = Presented { chain: vec![Arc::new(forged)], ..presentation(&[1]) };
    let judgement = judge_one(&expect_file(1), ClientAuthentication::Presented(chain));
    assert_eq!(judgement.verdict, Verdict::Mismatch);
    assert!(
        judgement.explanation.contains(&format!("than the expected one, SHA-256 {}", hex(1, 32))),
        "{}",
        judgement.explanation
    );
}

#[test]
fn empty_chain_is_never_a_match() {
    let empty = Presented { chain: Vec::new(), ..presentation(&[]) };
    let judgement = judge_one(&expect_sha1(1), ClientAuthentication::Presented(empty));
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
}

#[test]
fn certificate_without_readable_fields_is_compared_by_thumbprint() {
    let mut unreadable = certificate(1);
    unreadable.fields = Err("no readable subject".to_owned());
    let chain = || {
        let chain = vec![Arc::new(unreadable.clone())];
        ClientAuthentication::Presented(Presented { chain, ..presentation(&[1]) })
    };
    assert_eq!(judge_one(&expect_sha1(1), chain()).verdict, Verdict::Match);
    assert_eq!(judge_one(&expect_file(2), chain()).cause, Some(Cause::OtherCertificate));
}

#[test]
fn evidence_of_a_message_in_very_many_frames_is_bounded() {
    let frames: Vec<u64> = (100..4196).collect();
    let long = Presented { frames: frames.into(), ..presentation(&[1]) };
    let judgement = judge_one(&expect_sha1(1), ClientAuthentication::Presented(long));
    assert!(judgement.evidence.len() < 16);
    assert_eq!(judgement.evidence[8], (4195, "client Certificate, part 4096 of 4096".to_owned()));
    assert!(judgement.explanation.contains("(frames 100-4195)"));
}

#[test]
fn every_explanation_is_one_sentence_without_text_from_the_capture() {
    let hostile = || {
        let mut certificate = certificate(1);
        if let Ok(fields) = &mut certificate.fields {
            fields.subject = "CN=\u{1b}[2J. FORGED".to_owned();
        }
        ClientAuthentication::Presented(Presented {
            chain: vec![Arc::new(certificate)],
            ..presentation(&[1])
        })
    };
    let mut all = vec![ClientAuthentication::NotRequested, declined(), hostile(), raw_key(1)];
    all.push(resumed(hostile()));
    all.extend(REASONS.map(obscured));
    for authentication in all {
        for expectation in [expect_sha1(1), expect_file(3), Expectation::none()] {
            for outcome in
                [Outcome::Completed, Outcome::Refused, Outcome::Unfinished, Outcome::Unknown]
            {
                let one = Handshake { outcome, ..handshake(authentication.clone()) };
                let explanation = judge(&expectation, &observation([one])).explanation;
                assert!(explanation.ends_with('.'), "{explanation}");
                assert_eq!(explanation.matches(". ").count(), 0, "{explanation}");
                assert!(!explanation.contains("FORGED"), "{explanation}");
                assert!(!explanation.contains("  "), "{explanation}");
                if !explanation.chars().next().is_some_and(char::is_uppercase) {
                    panic!("{explanation}");
                }
            }
        }
    }
}

// ---- what only a configuration expects

fn candidates(numbers: &[u8], none_if: Option<&str>) -> Expectation {
    let certificates = numbers.iter().map(|number| ExpectedCertificate {
        sha1: Some(certificate(*number).sha1),
        label: Some(format!("id-{number}")),
        ..ExpectedCertificate::default()
    });
    Expectation {
        outcome: ExpectedOutcome::Candidates,
        certificates: certificates.collect(),
        none_if: none_if.map(str::to_owned),
        ..Expectation::default()
    }
}

#[test]
fn match_with_any_candidate_is_a_match_and_says_which() {
    for none_if in [None, Some("otherwise")] {
        let expectation = candidates(&[1, 2], none_if);
        let judgement = judge_one(&expectation, presented(&[2]));
        assert_eq!(judgement.verdict, Verdict::Match);
        let told = "client presented one of 2 expected certificates, \"id-2\"";
        assert!(judgement.explanation.contains(told), "{}", judgement.explanation);
        assert_eq!(judge_one(&expectation, presented(&[3])).verdict, Verdict::Mismatch);
    }
}

#[test]
fn no_certificate_fails_candidates_only_where_none_is_not_among_them() {
    let always = candidates(&[1, 2], None);
    assert_eq!(judge_one(&always, declined()).verdict, Verdict::Absent);
    let seen = judge_one(&always, ClientAuthentication::NotRequested);
    assert_eq!(seen.verdict, Verdict::NotRequested);

    let sometimes = candidates(&[1], Some("unless when X"));
    for seen in [declined(), ClientAuthentication::NotRequested, resumed(declined())] {
        let judgement = judge_one(&sometimes, seen);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.cause, Some(Cause::NoneAllowed));
        assert!(judgement.explanation.contains("(unless when X)"), "{}", judgement.explanation);
    }
}

#[test]
fn undecidable_expectation_never_passes_or_fails() {
    let mut expectation = candidates(&[1], None);
    expectation.outcome = ExpectedOutcome::Undecidable;
    for seen in [presented(&[1]), presented(&[2]), declined(), ClientAuthentication::NotRequested] {
        let judgement = judge_one(&expectation, seen);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.cause, Some(Cause::ExpectationUndecidable));
    }
}

#[test]
fn connection_where_none_is_expected_is_not_judged() {
    let expectation =
        Expectation { outcome: ExpectedOutcome::NoHandshake, ..Expectation::default() };
    for seen in [presented(&[1]), declined(), ClientAuthentication::NotRequested] {
        let judgement = judge_one(&expectation, seen);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.cause, Some(Cause::NoHandshakeExpected));
    }
}
