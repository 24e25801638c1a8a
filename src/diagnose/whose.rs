//! Whose certificate it was instead of the expected one.

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::certificate::{Certificate, Fields};
use crate::inspect::StreamName;
use crate::verdict::{Cause, Verdict};

/// What the presented certificate is to the expected one, to the server and to other clients.
pub(super) fn instead(case: &Case<'_>) -> Option<Finding> {
    if case.verdict() != Some(Verdict::Mismatch) {
        return None;
    }
    let cause = case.judgement?.cause;
    if matches!(cause, Some(Cause::PossessionFailed | Cause::CertificateVerifyMissing)) {
        return None;
    }
    let (leaf, presented) = (case.leaf()?, case.presented()?);
    let frames = presented.frames.to_vec();
    let of_server = case.handshake?.server_chain.first();
    if of_server.is_some_and(|of_server| of_server.sha256 == leaf.sha256) {
        return Some(Finding {
            code: "server-certificate-presented",
            strength: Strength::Certain,
            text: format!(
                "the certificate that the client presented ({}) is the server's own, byte for byte: \
                 both use the same file",
                words::subject(leaf)
            ),
            frames,
            next_step: Some("give the client its own certificate and key".to_owned()),
        });
    }
    if cause == Some(Cause::ExpectedIsIssuer) {
        return Some(Finding {
            code: "expected-is-an-issuer",
            strength: Strength::Certain,
            text: format!(
                "what is expected is the certificate of an issuer, which stands further up the \
                 chain: the client's own is {}, SHA-1 {}",
                words::subject(leaf),
                leaf.sha1
            ),
            frames,
            next_step: Some(format!("--expect-thumbprint {}", leaf.sha1)),
        });
    }
    if let Some(finding) = of_listing(case, leaf) {
        return Some(Finding { frames, ..finding });
    }
    let Ok(fields) = &leaf.fields else {
        return None;
    };
    let Some(expected) = case.expected() else {
        return Some(Finding {
            code: "other-certificate",
            strength: Strength::Certain,
            text: format!(
                "the presented certificate is {}, issued by {}, SHA-1 {}; of the expected one only \
                 the thumbprint is known, so that the two cannot be compared further",
                words::short(&fields.subject),
                words::short(&fields.issuer),
                leaf.sha1
            ),
            frames,
            next_step: Some(
                "give the expected certificate itself with --expect-certificate FILE: renewed, \
                 reissued and strange ones can then be told apart"
                    .to_owned(),
            ),
        });
    };
    let wanted = expected.fields.as_ref().ok()?;
    let mut finding = compared(leaf, fields, expected, wanted);
    finding.frames = frames;
    if let Some(original) = case.original() {
        finding.frames.clear();
        finding.text.push_str(&format!(
            "; it was presented in the full handshake ({}, frame {}) whose session this connection \
             resumes",
            StreamName(original.stream),
            original.frame
        ));
    }
    if let Some(other) = case.neighbours.other_presenter(&leaf.sha256, case.client_address()) {
        finding.text.push_str(&format!("; another client, {other}, presents the same one"));
    }
    Some(finding)
}

/// The presented certificate is another one of the configuration's listing, by name.
fn of_listing(case: &Case<'_>, leaf: &Certificate) -> Option<Finding> {
    let expectation = case.expectation?;
    let mut listed = expectation.listed.iter();
    let found = listed.find(|listed| listed.thumbprint.matches(leaf))?;
    let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
    let place = format!("{}{line}", words::short(&found.file));
    let name = words::short(&found.name);
    let (code, text, next) = if found.is_earlier {
        (
            "earlier-certificate-of-entity",
            format!(
                "the presented certificate is the one that the entity {name} had before ({place}): \
                 the client has not taken up the new one"
            ),
            "look when the entity was refreshed from Key Vault; pooled connections keep the old \
             certificate until they are opened again",
        )
    } else {
        (
            "other-entity-of-listing",
            format!(
                "the presented certificate is that of another entity of the configuration, {name} \
                 ({place})"
            ),
            "compare the certificate-id of the policy and the credentials of the backend with that \
             entity",
        )
    };
    Some(Finding {
        code,
        strength: Strength::Certain,
        text,
        frames: Vec::new(),
        next_step: Some(next.to_owned()),
    })
}

fn compared(
    leaf: &Certificate,
    fields: &Fields,
    expected: &Certificate,
    wanted: &Fields,
) -> Finding {
    let subject = words::short(&fields.subject);
    let issuer = words::short(&fields.issuer);
    let same_key = fields.spki_sha256 == wanted.spki_sha256;
    let same_subject = fields.subject_der == wanted.subject_der;
    let same_issuer = fields.issuer_der == wanted.issuer_der;
    let dates = dates(fields, wanted);
    let (code, strength, text, next) = if same_key && same_issuer && fields.serial == wanted.serial
    {
        (
            "same-certificate-other-encoding",
            Strength::Likely,
            format!(
                "the presented certificate has subject, issuer, serial number ({}) and key of the \
                 expected one, and other bytes ({} against {}): one of the two is encoded in BER, \
                 not in DER, so that thumbprints of it differ from program to program",
                fields.serial,
                leaf.der.len(),
                expected.der.len()
            ),
            format!("--expect-thumbprint {}", leaf.sha1),
        )
    } else if same_key {
        (
            "reissued-with-same-key",
            Strength::Certain,
            format!(
                "the presented certificate ({subject}) was reissued: another certificate with the \
                 same public key as the expected one, {dates}"
            ),
            "expect the certificate that is in use now, or have the client use the expected one"
                .to_owned(),
        )
    } else if same_subject && same_issuer {
        (
            "renewed",
            Strength::Likely,
            format!(
                "the presented certificate has the same subject ({subject}) and issuer as the \
                 expected one and another key: consistent with a renewal, of which one side has the \
                 other certificate; {dates}"
            ),
            "compare the version in Key Vault, in the certificate entity and in what is expected; \
             pooled connections keep the old certificate until they are opened again"
                .to_owned(),
        )
    } else if same_subject {
        (
            "same-subject-other-issuer",
            Strength::Likely,
            format!(
                "the presented certificate has the same subject ({subject}) as the expected one, \
                 another key and another issuer ({issuer} in place of {}): consistent with a renewal \
                 by another CA, another environment, or an impostor; {dates}",
                words::short(&wanted.issuer)
            ),
            "find out who issued it".to_owned(),
        )
    } else if same_issuer {
        (
            "other-certificate-same-issuer",
            Strength::Certain,
            format!(
                "the presented certificate is {subject}, of the same issuer ({issuer}) as the \
                 expected {}, with another subject and another key: another identity",
                words::short(&wanted.subject)
            ),
            format!("find out which client is {subject}; --exclude-client leaves it out"),
        )
    } else {
        (
            "other-certificate",
            Strength::Certain,
            format!(
                "the presented certificate is {subject}, issued by {issuer}; the expected one is {}, \
                 issued by {}: they differ in subject, issuer and key and have nothing in common",
                words::short(&wanted.subject),
                words::short(&wanted.issuer)
            ),
            "find out whose it is: a proxy or front end between the two presents its own"
                .to_owned(),
        )
    };
    Finding { code, strength, text, frames: Vec::new(), next_step: Some(next) }
}

/// Which of two certificates is the younger one.
fn dates(fields: &Fields, wanted: &Fields) -> String {
    let (Some(own), Some(other)) = (fields.not_before, wanted.not_before) else {
        return "their dates cannot be compared".to_owned();
    };
    let order = match own.cmp(&other) {
        std::cmp::Ordering::Less => "older than",
        std::cmp::Ordering::Equal => "as old as",
        std::cmp::Ordering::Greater => "newer than",
    };
    format!(
        "it is {order} the expected one (valid from {} against {})",
        words::moment(own),
        words::moment(other)
    )
}
