//! The verdict of one connection and of the run.

use crate::expect::Expectation;
use crate::inspect::Observation;

/// The answer for one connection; the contract's table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// What was expected was seen.
    Match,
    /// Another certificate was presented, or the presented one's key was not proved.
    Mismatch,
    /// The server asked; the client sent none.
    Absent,
    /// The server never asked.
    NotRequested,
    /// None was expected and one was presented.
    Unexpected,
    /// The capture cannot tell.
    Inconclusive,
    /// Outside the selection.
    NotSelected,
}

/// What made the verdict, beyond the verdict itself; a stable snake_case code in JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// `possession_failed`: CertificateVerify does not belong to the certificate.
    PossessionFailed,
    /// `refused_by_server`: matching, and the server then stopped the handshake.
    RefusedByServer,
    /// `handshake_unfinished`: matching, and the handshake did not complete.
    HandshakeUnfinished,
    /// `expected_is_issuer`: the expected thumbprint is deeper in the chain.
    ExpectedIsIssuer,
    /// `same_public_key`: another certificate with the expected certificate's key.
    SamePublicKey,
    /// `same_subject`: another certificate with the expected certificate's subject.
    SameSubject,
    /// `other_certificate`: nothing in common with the expected one.
    OtherCertificate,
    /// `original_not_in_capture`: resumed, and the full handshake is not there.
    OriginalNotInCapture,
    /// The reason of `obscured`, by the contract's word.
    Obscured(crate::inspect::ObscuredReason),
}

/// A verdict and what a support engineer needs to quote it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// What made it so, where more can be said.
    pub cause: Option<Cause>,
    /// One sentence that can be quoted; hostile text in it is not yet escaped.
    pub explanation: String,
    /// Index of the handshake that decided, where one did.
    pub handshake: Option<usize>,
    /// Frames behind each claim: frames and what they carried.
    pub evidence: Vec<(u64, String)>,
}

/// The answer for the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RunResult {
    /// At least one selected connection, and each one is a match.
    Pass,
    /// A selected connection is a failure.
    Fail,
    /// Neither.
    Inconclusive,
}

/// Judges one selected connection.
pub fn judge(expectation: &Expectation, observation: &Observation) -> Judgement {
    let _ = (expectation, observation);
    todo!()
}

/// The run's result from the verdicts of its connections; `require_accepted` makes a match that
/// the server refused a failure.
pub fn run_result<'a>(
    judgements: impl IntoIterator<Item = &'a Judgement>,
    require_accepted: bool,
) -> RunResult {
    let _ = (judgements.into_iter().count(), require_accepted);
    todo!()
}
