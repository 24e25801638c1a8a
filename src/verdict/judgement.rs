//! What is said about one connection.

use std::borrow::Cow;
use std::fmt;

use super::{evidence, explanation, judge};
use crate::expect::{Expectation, IdentityKind};
use crate::inspect::{ObscuredReason, Observation, Outcome};

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
    /// `certificate_verify_missing`: the client went on without a CertificateVerify.
    CertificateVerifyMissing,
    /// `possession_not_checkable`: the kind of key or signature is not supported.
    PossessionNotCheckable,
    /// `possession_not_seen`: what would prove possession of the key is not in the capture.
    PossessionNotSeen,
    /// `certificate_message_missing`: asked, and the client went on without a Certificate message.
    CertificateMessageMissing,
    /// `refused_by_server`: matching, and the server then stopped the handshake.
    RefusedByServer,
    /// `handshake_unfinished`: matching, and the handshake did not complete.
    HandshakeUnfinished,
    /// `outcome_unknown`: matching, and the capture does not show how the handshake ended.
    OutcomeUnknown,
    /// `http_refusal_possible`: matching and accepted by TLS, and the server's first HTTP response may
    /// be a refusal.
    HttpRefusalPossible,
    /// `expected_is_issuer`: the expected thumbprint is deeper in the chain.
    ExpectedIsIssuer,
    /// `same_public_key`: another certificate with the expected certificate's key.
    SamePublicKey,
    /// `same_subject`: another certificate with the expected certificate's subject.
    SameSubject,
    /// `other_certificate`: nothing known in common with the expected one.
    OtherCertificate,
    /// `spki_mismatch`: the certificate has another public key than the expected one.
    SpkiMismatch,
    /// `san_mismatch`: subjectAltName has none of the expected names.
    SanMismatch,
    /// `issuer_mismatch`: another issuer, or a signature that its key did not make.
    IssuerMismatch,
    /// `identity_not_checkable`: the certificate cannot be read as far as needed, or its issuer's
    /// signature cannot be checked.
    IdentityNotCheckable,
    /// `raw_public_key`: a public key was sent in place of a certificate (RFC 7250).
    RawPublicKey,
    /// `original_not_in_capture`: resumed, and the full handshake is not there.
    OriginalNotInCapture,
    /// `expectation_undecidable`: the expectation names no certificate, or thumbprints that the
    /// presented certificate proves to be of different ones.
    ExpectationUndecidable,
    /// `candidates_allow_none`: the configuration allows a certificate under one condition and
    /// none under another, and none was seen.
    NoneAllowed,
    /// `no_handshake_expected`: the configuration makes no TLS connection to this server, so the
    /// connection is another client's or another configuration's.
    NoHandshakeExpected,
    /// `no_handshake`: TLS records, and no handshake in them that can be recognised.
    NoHandshake,
    /// `name_not_visible`: a server was asked about by name, and the ClientHello cannot be read.
    NameNotVisible,
    /// `copies_disagree`: recordings of the handshake at several places contradict each other.
    CopiesDisagree,
    /// `same_handshake`: another recording of a handshake that is judged already.
    SameHandshake,
    /// `without_handshake`: the capture has nothing of its handshakes, so that it cannot be known
    /// to be one that was asked about, or was taken out of the question for that.
    WithoutHandshake,
    /// The reason of `obscured`, by the contract's word.
    Obscured(ObscuredReason),
}

/// A verdict and what a support engineer needs to quote it.
///
/// A run may keep very many: the words are made when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Judgement<'a> {
    /// The answer.
    pub verdict: Verdict,
    /// What made it so, where more can be said.
    pub cause: Option<Cause>,
    /// Index of the handshake that decided, where one did.
    pub handshake: Option<usize>,
    /// What it is explained from.
    pub grounds: Grounds<'a>,
}

/// What a judgement is explained from.
#[derive(Clone, Copy, Debug)]
pub enum Grounds<'a> {
    /// What was expected, and what was observed.
    Observed(&'a Expectation, &'a Observation),
    /// These words.
    Told(&'a Words<'a>),
}

/// The words of a judgement.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// One sentence that can be quoted; hostile text in it is not yet escaped.
    pub explanation: &'a str,
    /// Frames behind each claim: frames and what they carried.
    pub evidence: &'a [(u64, &'a str)],
}

impl Verdict {
    /// The contract's word, `not_requested`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Absent => "absent",
            Self::NotRequested => "not_requested",
            Self::Unexpected => "unexpected",
            Self::Inconclusive => "inconclusive",
            Self::NotSelected => "not_selected",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Cause {
    /// That an identity of this kind is another one.
    pub(super) fn of_kind(kind: IdentityKind) -> Self {
        match kind {
            IdentityKind::Issuer => Self::IssuerMismatch,
            IdentityKind::Name => Self::SanMismatch,
            IdentityKind::Spki => Self::SpkiMismatch,
        }
    }

    /// Whether it is about the proof that the client holds the key of the expected certificate.
    pub(super) fn is_of_possession(self) -> bool {
        matches!(
            self,
            Self::PossessionFailed
                | Self::CertificateVerifyMissing
                | Self::PossessionNotCheckable
                | Self::PossessionNotSeen
        )
    }

    /// The stable word for it, `refused_by_server`; for `Obscured` that of its reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::PossessionFailed => "possession_failed",
            Self::CertificateVerifyMissing => "certificate_verify_missing",
            Self::PossessionNotCheckable => "possession_not_checkable",
            Self::PossessionNotSeen => "possession_not_seen",
            Self::CertificateMessageMissing => "certificate_message_missing",
            Self::RefusedByServer => "refused_by_server",
            Self::HandshakeUnfinished => "handshake_unfinished",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::HttpRefusalPossible => "http_refusal_possible",
            Self::ExpectedIsIssuer => "expected_is_issuer",
            Self::SamePublicKey => "same_public_key",
            Self::SameSubject => "same_subject",
            Self::OtherCertificate => "other_certificate",
            Self::SpkiMismatch => "spki_mismatch",
            Self::SanMismatch => "san_mismatch",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::IdentityNotCheckable => "identity_not_checkable",
            Self::RawPublicKey => "raw_public_key",
            Self::OriginalNotInCapture => "original_not_in_capture",
            Self::ExpectationUndecidable => "expectation_undecidable",
            Self::NoneAllowed => "candidates_allow_none",
            Self::NoHandshakeExpected => "no_handshake_expected",
            Self::NoHandshake => "no_handshake",
            Self::NameNotVisible => "name_not_visible",
            Self::CopiesDisagree => "copies_disagree",
            Self::SameHandshake => "same_handshake",
            Self::WithoutHandshake => "without_handshake",
            Self::Obscured(reason) => match reason {
                ObscuredReason::Encrypted => "encrypted",
                ObscuredReason::DecryptionFailed => "decryption_failed",
                ObscuredReason::Gap => "gap",
                ObscuredReason::TruncatedPackets => "truncated_packets",
                ObscuredReason::StartedMidConnection => "started_mid_connection",
                ObscuredReason::EndedEarly => "ended_early",
                ObscuredReason::OneDirection => "one_direction",
                ObscuredReason::Malformed => "malformed",
                ObscuredReason::LimitReached => "limit_reached",
            },
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl<'a> Judgement<'a> {
    /// All that made the verdict so, the gravest first: that is `cause`.
    pub fn causes(&self) -> Vec<Cause> {
        let further = match self.grounds {
            Grounds::Observed(expectation, observation) => judge::causes(expectation, observation),
            Grounds::Told(_) => Vec::new(),
        };
        let further = further.into_iter().filter(|further| Some(*further) != self.cause);
        self.cause.into_iter().chain(further).collect()
    }

    /// How the handshake that decided ended; `None` where none did.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.grounds {
            Grounds::Observed(_, observation) => {
                Some(observation.handshakes.get(self.handshake?)?.outcome)
            }
            Grounds::Told(_) => None,
        }
    }

    /// Whether a certificate that matches may have been refused over HTTP.
    pub fn may_be_refused_over_http(&self) -> bool {
        match self.grounds {
            Grounds::Observed(_, observation) => judge::may_be_refused_over_http(observation),
            Grounds::Told(_) => false,
        }
    }

    /// One sentence that can be quoted; hostile text in it is not yet escaped.
    pub fn explanation(&self) -> Cow<'a, str> {
        match self.grounds {
            Grounds::Observed(expectation, observation) => {
                explanation::of(self, expectation, observation)
            }
            Grounds::Told(words) => Cow::Borrowed(words.explanation),
        }
    }

    /// Frames behind each claim: frames and what they carried.
    pub fn evidence(&self) -> Vec<(u64, String)> {
        match self.grounds {
            Grounds::Observed(_, observation) => evidence::of(self, observation),
            Grounds::Told(words) => {
                words.evidence.iter().map(|(frame, what)| (*frame, (*what).to_owned())).collect()
            }
        }
    }
}
