//! The contract's table: what was expected and what was observed -> a verdict.

use super::deciding::{self, Deciding};
use super::judgement::{Cause, Grounds, Judgement, Verdict};
use crate::certificate::Certificate;
use crate::expect::{Expectation, ExpectedCertificate, ExpectedOutcome, Fit, IdentityKind};
use crate::inspect::{
    ClientAuthentication, Handshake, ObscuredReason, Observation, Outcome, Possession, Presented,
    SeenAlert,
};

/// Judges one selected connection.
pub fn judge<'a>(expectation: &'a Expectation, observation: &'a Observation) -> Judgement<'a> {
    let (verdict, causes, handshake) = decide(expectation, observation);
    let cause = causes.into_iter().flatten().next();
    Judgement { verdict, cause, handshake, grounds: Grounds::Observed(expectation, observation) }
}

/// All causes of a judgement, the gravest first.
pub(super) fn causes(expectation: &Expectation, observation: &Observation) -> Vec<Cause> {
    let (verdict, causes, handshake) = decide(expectation, observation);
    let mut causes: Vec<Cause> = causes.into_iter().flatten().collect();
    let handshake = handshake.and_then(|index| observation.handshakes.get(index));
    if verdict == Verdict::Mismatch
        && let Some(leaf) = handshake.and_then(|one| presented_leaf(&one.client_authentication))
    {
        let fails = |kind: &IdentityKind| expectation.identity.fit(*kind, leaf) == Fit::Fails;
        causes.extend(expectation.identity.kinds().filter(fails).map(Cause::of_kind));
    }
    causes
}

/// The end-entity certificate that was presented, also in the handshake that was resumed.
fn presented_leaf(authentication: &ClientAuthentication) -> Option<&Certificate> {
    authentication.presented()?.chain.first().map(|leaf| leaf.as_ref())
}

/// The verdict, its causes with the gravest first, and the handshake that decided.
fn decide(
    expectation: &Expectation,
    observation: &Observation,
) -> (Verdict, [Option<Cause>; 2], Option<usize>) {
    let open = |cause| (Verdict::Inconclusive, [Some(cause), None], None);
    match deciding(expectation, observation) {
        Deciding::Handshake(index, handshake) => {
            let (verdict, mut causes) = judge_handshake(expectation, handshake);
            if verdict == Verdict::Match
                && expectation.outcome != ExpectedOutcome::None
                && handshake.outcome == Outcome::Completed
                && may_be_refused_over_http(observation)
                && let Some(free) = causes.iter_mut().find(|cause| cause.is_none())
            {
                *free = Some(Cause::HttpRefusalPossible);
            }
            (verdict, causes, Some(index))
        }
        Deciding::Hidden(obscurity) => open(Cause::Obscured(obscurity.reason)),
        Deciding::Nothing => open(Cause::NoHandshake),
    }
}

/// Whether the server's first response may refuse the client's certificate: these statuses have other
/// reasons too.
pub(super) fn may_be_refused_over_http(observation: &Observation) -> bool {
    matches!(observation.http_status, Some(400 | 401 | 403 | 495 | 496))
}

/// The handshake that decides, as the contract has it, but that where none is expected a
/// certificate which was presented in any handshake is not undone by a later one.
fn deciding<'a>(expectation: &Expectation, observation: &'a Observation) -> Deciding<'a> {
    let is_presented = |one: &Handshake| {
        matches!(
            one.client_authentication,
            ClientAuthentication::Presented(_) | ClientAuthentication::PresentedKey(_)
        )
    };
    let mut from_last = observation.handshakes.iter().enumerate().rev();
    match from_last.find(|(_, handshake)| is_presented(handshake)) {
        Some((index, handshake)) if expectation.outcome == ExpectedOutcome::None => {
            Deciding::Handshake(index, handshake)
        }
        _ => deciding::deciding(observation),
    }
}

fn judge_handshake(
    expectation: &Expectation,
    handshake: &Handshake,
) -> (Verdict, [Option<Cause>; 2]) {
    if handshake.certificate_message_missing {
        return (Verdict::Inconclusive, [Some(Cause::CertificateMessageMissing), None]);
    }
    if !is_decidable(expectation) {
        return (Verdict::Inconclusive, [Some(Cause::ExpectationUndecidable), None]);
    }
    let authentication = &handshake.client_authentication;
    let (verdict, cause) = table(expectation, authentication, handshake.outcome);
    let shows_expected = verdict == Verdict::Match || cause.is_some_and(Cause::is_of_possession);
    let acceptance = acceptance(handshake).filter(|_| shows_expected);
    // Where the certificate counts, that it was not accepted weighs more than what is open.
    let causes = match (verdict, acceptance) {
        (Verdict::Match, Some(Cause::RefusedByServer | Cause::HandshakeUnfinished)) => {
            [acceptance, cause]
        }
        _ => [cause, acceptance],
    };
    match causes {
        [None, second] => (verdict, [second, None]),
        causes => (verdict, causes),
    }
}

/// The contract's table, and what made the cell.
fn table(
    expectation: &Expectation,
    authentication: &ClientAuthentication,
    outcome: Outcome,
) -> (Verdict, Option<Cause>) {
    match (expectation.outcome, authentication) {
        (_, ClientAuthentication::Obscured(obscurity)) => {
            (Verdict::Inconclusive, Some(Cause::Obscured(obscurity.reason)))
        }
        (_, ClientAuthentication::Resumed { original }) => match original.as_deref() {
            // An original is never itself resumed; going no deeper bounds the recursion.
            Some(original) if !is_resumed(&original.client_authentication) => {
                // Nobody resumes a session that was not accepted.
                let outcome = match outcome {
                    Outcome::Completed => Outcome::Completed,
                    _ => original.outcome,
                };
                table(expectation, &original.client_authentication, outcome)
            }
            _ => (Verdict::Inconclusive, Some(Cause::OriginalNotInCapture)),
        },
        (ExpectedOutcome::NoHandshake, _) => {
            (Verdict::Inconclusive, Some(Cause::NoHandshakeExpected))
        }
        (ExpectedOutcome::Undecidable, _) => {
            (Verdict::Inconclusive, Some(Cause::ExpectationUndecidable))
        }
        // Without a certificate both the failure of the one candidate and the success of the other
        // look like this: which of the two was due, the capture does not show.
        (
            ExpectedOutcome::Candidates,
            ClientAuthentication::NotRequested | ClientAuthentication::Declined { .. },
        ) if expectation.none_if.is_some() => (Verdict::Inconclusive, Some(Cause::NoneAllowed)),
        (
            ExpectedOutcome::Candidates | ExpectedOutcome::Certificate,
            ClientAuthentication::NotRequested,
        ) => (Verdict::NotRequested, None),
        (
            ExpectedOutcome::Candidates | ExpectedOutcome::Certificate,
            ClientAuthentication::Declined { .. },
        ) => (Verdict::Absent, None),
        (
            ExpectedOutcome::Candidates | ExpectedOutcome::Certificate,
            ClientAuthentication::Presented(presented),
        ) => compare(expectation, presented, outcome),
        // Whatever key it is, it is no certificate, and has no thumbprint.
        (
            ExpectedOutcome::Candidates | ExpectedOutcome::Certificate,
            ClientAuthentication::PresentedKey(_),
        ) => (Verdict::Mismatch, Some(Cause::RawPublicKey)),
        (
            ExpectedOutcome::None,
            ClientAuthentication::NotRequested | ClientAuthentication::Declined { .. },
        ) => (Verdict::Match, None),
        (ExpectedOutcome::None, ClientAuthentication::Presented(_)) => (Verdict::Unexpected, None),
        (ExpectedOutcome::None, ClientAuthentication::PresentedKey(_)) => {
            (Verdict::Unexpected, Some(Cause::RawPublicKey))
        }
    }
}

/// The presented chain against the expected certificates.
fn compare(
    expectation: &Expectation,
    presented: &Presented,
    outcome: Outcome,
) -> (Verdict, Option<Cause>) {
    let Some(leaf) = presented.chain.first() else {
        return (Verdict::Inconclusive, Some(Cause::Obscured(ObscuredReason::Malformed)));
    };
    let identity = &expectation.identity;
    let is_named = expectation.certificates.is_empty() && !identity.is_empty();
    if is_named || is_expected(expectation, leaf) {
        match identity.fits(leaf) {
            Fit::Holds => {}
            Fit::Fails => {
                let fails = |kind: &IdentityKind| identity.fit(*kind, leaf) == Fit::Fails;
                return (Verdict::Mismatch, identity.kinds().find(fails).map(Cause::of_kind));
            }
            Fit::Unknown => return (Verdict::Inconclusive, Some(Cause::IdentityNotCheckable)),
        }
        // Without a proof in the capture, it is the server that vouches for one by going on.
        let unproved = match outcome {
            Outcome::Completed => Verdict::Match,
            _ => Verdict::Inconclusive,
        };
        return match presented.possession {
            Possession::Verified { .. } => (Verdict::Match, None),
            Possession::Failed { .. } => (Verdict::Mismatch, Some(Cause::PossessionFailed)),
            Possession::Missing => (Verdict::Mismatch, Some(Cause::CertificateVerifyMissing)),
            Possession::NotCheckable { .. } => (unproved, Some(Cause::PossessionNotCheckable)),
            Possession::NotSeen => (unproved, Some(Cause::PossessionNotSeen)),
        };
    }
    if expectation.certificates.iter().any(|expected| is_contradicted(expected, leaf)) {
        return (Verdict::Inconclusive, Some(Cause::ExpectationUndecidable));
    }
    let cause = if expected_position(expectation, presented).is_some() {
        Cause::ExpectedIsIssuer
    } else {
        resemblance(expectation, leaf).unwrap_or(Cause::OtherCertificate)
    };
    (Verdict::Mismatch, Some(cause))
}

/// Where in the chain the expected certificate stands, from 1 for the end-entity; deeper only.
pub(super) fn expected_position(expectation: &Expectation, presented: &Presented) -> Option<usize> {
    let mut deeper = presented.chain.iter().enumerate().skip(1);
    deeper.find(|(_, one)| is_expected(expectation, one)).map(|(index, _)| index + 1)
}

/// What the presented certificate shares with an expected one whose file was given.
fn resemblance(expectation: &Expectation, leaf: &Certificate) -> Option<Cause> {
    let leaf = leaf.fields.as_ref().ok()?;
    let files = || {
        let certificates = expectation.certificates.iter();
        certificates.filter_map(|one| one.certificate.as_ref()?.fields.as_ref().ok())
    };
    if files().any(|expected| expected.spki_sha256 == leaf.spki_sha256) {
        return Some(Cause::SamePublicKey);
    }
    files().any(|expected| expected.subject_der == leaf.subject_der).then_some(Cause::SameSubject)
}

/// Whether `leaf` proves that the thumbprints of `expected` are of different certificates: it has
/// one of them and not the other, and no file shows both to belong together.
fn is_contradicted(expected: &ExpectedCertificate, leaf: &Certificate) -> bool {
    expected.certificate.is_none()
        && expected.thumbprints().any(|thumbprint| thumbprint.matches(leaf))
        && !expected.matches(leaf)
}

fn is_expected(expectation: &Expectation, certificate: &Certificate) -> bool {
    expectation.certificates.iter().any(|expected| expected.matches(certificate))
}

/// Whether there is anything to compare a presented certificate with.
fn is_decidable(expectation: &Expectation) -> bool {
    let is_known = |expected: &ExpectedCertificate| expected.thumbprints().next().is_some();
    match expectation.outcome {
        ExpectedOutcome::Candidates | ExpectedOutcome::Certificate => {
            let is_named = expectation.certificates.is_empty() && !expectation.identity.is_empty();
            is_named || expectation.certificates.iter().any(is_known)
        }
        ExpectedOutcome::NoHandshake | ExpectedOutcome::None => true,
        ExpectedOutcome::Undecidable => false,
    }
}

fn is_resumed(authentication: &ClientAuthentication) -> bool {
    matches!(authentication, ClientAuthentication::Resumed { .. })
}

/// What came of a handshake that showed what was expected; nothing where it completed.
fn acceptance(handshake: &Handshake) -> Option<Cause> {
    match handshake.outcome {
        Outcome::Completed => None,
        Outcome::Refused => match stopping_alert(handshake) {
            Some(SeenAlert { from_client: Some(false), .. }) => Some(Cause::RefusedByServer),
            _ => Some(Cause::HandshakeUnfinished),
        },
        Outcome::Unfinished => Some(Cause::HandshakeUnfinished),
        Outcome::Unknown => Some(Cause::OutcomeUnknown),
    }
}

/// The alert that stopped the handshake: the first fatal one, else the last that is more than a
/// remark.
pub(super) fn stopping_alert(handshake: &Handshake) -> Option<&SeenAlert> {
    let is_fatal = |seen: &&SeenAlert| seen.alert.level.name() == Some("fatal");
    let is_remark = |seen: &&SeenAlert| {
        matches!(
            seen.alert.description.name(),
            Some("close_notify" | "no_renegotiation" | "unrecognized_name" | "user_canceled")
        )
    };
    handshake
        .alerts
        .iter()
        .find(is_fatal)
        .or_else(|| handshake.alerts.iter().rev().find(|seen| !is_remark(seen)))
}
