//! What leaves a question open, each with its words.

use crate::inspect::ObscuredReason;
use crate::report::summary::Summary;
use crate::tls::ProtocolVersion;
use crate::verdict::{Cause, Judgement};

/// Why a connection could not be judged.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(in crate::report) enum Unseen {
    Obscured(ObscuredReason),
    /// `Obscured(Encrypted)` in TLS 1.3, where everything is.
    Tls13,
    Resumed,
    NoHandshake,
    /// The expectation, not the capture, leaves it open.
    Expectation,
    /// The configuration does not tell.
    Configuration,
    /// The configuration allows a certificate and none.
    NoneAllowed,
    /// The configuration makes no connection.
    NoConnection,
    /// The expected certificate was shown, and its key not proved.
    Unproved,
    /// The expected certificate was shown, and its key is of a kind that is not checked.
    Uncheckable,
    /// Asked, and the client went on without a Certificate message.
    Skipped,
    /// A peer ended the handshake, and said so, before there was an answer.
    Stopped,
    /// A server was asked about by name, and the ClientHello cannot be read.
    Name,
    /// Recordings of one handshake contradict each other.
    Copies,
    /// A match, and acceptance is required, and how the handshake ended is not in the capture.
    Acceptance,
    /// A match, and acceptance is required, and the first HTTP response may be a refusal.
    Http,
    Other,
}

impl Unseen {
    /// What left this judgement open.
    pub(in crate::report) fn of(summary: &Summary<'_>, judgement: &Judgement<'_>) -> Self {
        let version = summary.handshake.and_then(|handshake| handshake.protocol_version);
        match judgement.cause {
            Some(Cause::Obscured(ObscuredReason::Encrypted))
                if version == Some(ProtocolVersion::TLS_1_3) =>
            {
                Self::Tls13
            }
            Some(Cause::Obscured(ObscuredReason::EndedEarly))
                if summary.fatal_alert().is_some() =>
            {
                Self::Stopped
            }
            Some(Cause::Obscured(reason)) => Self::Obscured(reason),
            Some(Cause::PossessionNotSeen) => Self::Unproved,
            Some(Cause::PossessionNotCheckable) => Self::Uncheckable,
            Some(Cause::CertificateMessageMissing) => Self::Skipped,
            Some(Cause::OriginalNotInCapture) => Self::Resumed,
            Some(Cause::NoHandshake) => Self::NoHandshake,
            Some(Cause::ExpectationUndecidable) => Self::Expectation,
            Some(Cause::NoneAllowed) => Self::NoneAllowed,
            Some(Cause::NoHandshakeExpected) => Self::NoConnection,
            Some(Cause::NameNotVisible) => Self::Name,
            Some(Cause::CopiesDisagree) => Self::Copies,
            Some(Cause::OutcomeUnknown) => Self::Acceptance,
            Some(Cause::HttpRefusalPossible) => Self::Http,
            _ => Self::Other,
        }
    }

    /// Why, the middle of a sentence.
    pub(in crate::report) fn claim(self) -> &'static str {
        match self {
            Self::Tls13 => "TLS 1.3 encrypts both the request and the answer",
            Self::Obscured(reason) => match reason {
                ObscuredReason::Encrypted => {
                    "a handshake that may have asked for a certificate is encrypted"
                }
                ObscuredReason::DecryptionFailed => "the secrets at hand do not decrypt it",
                ObscuredReason::Gap => "bytes of the handshake are missing from it",
                ObscuredReason::TruncatedPackets => "only the beginning of each packet was kept",
                ObscuredReason::StartedMidConnection => "it starts after the connection did",
                ObscuredReason::EndedEarly => {
                    "what it shows of the connection ends before the client's answer"
                }
                ObscuredReason::OneDirection => "it holds only one side's packets",
                ObscuredReason::Malformed => "the bytes are not what TLS allows there",
                ObscuredReason::LimitReached => "a limit of this program was reached",
            },
            Self::Resumed => {
                "an earlier session was resumed, which shows no certificate, and the full \
                 handshake is not in it"
            }
            Self::NoHandshake => "no TLS handshake is recognisable in it",
            Self::Expectation => "the thumbprints expected are not of one certificate",
            Self::Configuration => "the configuration does not tell which certificate is expected",
            Self::NoneAllowed => {
                "no certificate was presented, and the configuration allows for that and for one, \
                 under different conditions"
            }
            Self::NoConnection => {
                "by the configuration there is no TLS connection, so those seen are not its own"
            }
            Self::Unproved => {
                "the expected certificate was shown, and whether the client holds its key, or the \
                 server went on with it, is not in it"
            }
            Self::Uncheckable => {
                "the expected certificate was shown, its signature is of a kind that is not \
                 supported, and the server was not seen to go on"
            }
            Self::Skipped => {
                "the server asked, and the client went on without the Certificate message that it \
                 owed"
            }
            Self::Stopped => "the handshake was broken off before the client's answer",
            Self::Name => "the server name that the client asked for cannot be read in it",
            Self::Copies => {
                "recordings of the same handshake at several places contradict each other"
            }
            Self::Acceptance => {
                "the expected certificate was presented, and whether the server accepted it is not \
                 in it"
            }
            Self::Http => {
                "the expected certificate was presented and accepted by TLS, and the server's first \
                 HTTP response may refuse it"
            }
            Self::Other => "what decides it was not seen",
        }
    }

    /// What to do next.
    pub(in crate::report) fn hint(self) -> &'static str {
        match self {
            Self::Tls13 => {
                "limit the client or the server to TLS 1.2 for a test, where the certificate is \
                 sent in the clear, and capture again; or give the secrets of this very session \
                 with --keylog"
            }
            Self::Obscured(reason) => match reason {
                ObscuredReason::DecryptionFailed => {
                    "give the key log of this very connection, whole; what is missing or does not \
                     fit is named below"
                }
                ObscuredReason::Encrypted => {
                    "have the server ask in the first handshake instead of by renegotiation (IIS, \
                     http.sys: netsh http update sslcert ... clientcertnegotiation=enable), and \
                     capture again; or give the session secrets with --keylog"
                }
                ObscuredReason::Gap => {
                    "the recorder lost packets: capture again with a larger buffer (tcpdump -B \
                     16384) or a narrower filter"
                }
                ObscuredReason::TruncatedPackets => {
                    "capture again with whole packets (tcpdump -s 0, pktmon start --capture --pkt-size \
                     0)"
                }
                ObscuredReason::StartedMidConnection => {
                    "start the capture first, then make the client open a new connection; pooled \
                     connections live long"
                }
                ObscuredReason::EndedEarly => {
                    "let the capture run until the handshake is over; look at the details for how \
                     the connection ended"
                }
                ObscuredReason::OneDirection => {
                    "capture where both directions pass, best on the backend host itself"
                }
                ObscuredReason::Malformed => {
                    "look at the anomalies of the connection below; the stream may be damaged or \
                     not TLS"
                }
                ObscuredReason::LimitReached => {
                    "cut the capture down to the connection in question and run again"
                }
            },
            Self::Resumed => {
                "start the capture first, then make the client open a connection with a full \
                 handshake (restart it, or wait until its session has expired)"
            }
            Self::Configuration => {
                "`mtls-witness resolve` with the same options says what is missing; give the \
                 certificate itself with --expect-certificate or --expect-thumbprint"
            }
            Self::NoneAllowed => {
                "narrow the question to the requests in doubt: --api, --operation, --since and \
                 --until, or --expect-none or --expect-thumbprint for those"
            }
            Self::NoConnection => "name the operation that calls the backend with --operation",
            Self::NoHandshake => {
                "start the capture first, then make the client open a new connection"
            }
            Self::Expectation => "give one thumbprint, or the certificate itself",
            Self::Unproved => {
                "capture whole packets of both directions from the connection's beginning until \
                 data flows; with TLS 1.3 give the secrets of both sides"
            }
            Self::Uncheckable => {
                "let the capture run until data flows over the connection: where the server goes \
                 on, it has checked the signature"
            }
            Self::Skipped => {
                "look at the client: RFC 5246 section 7.4.6 demands a Certificate message, empty \
                 where there is no certificate; the alert below is the server's word on it"
            }
            Self::Stopped => {
                "look at the log of the side that sent the alert below; no certificate was due yet"
            }
            Self::Name => {
                "start the capture first and record whole packets; or leave out what it cannot be: \
                 --server, --client, --since, --exclude-client"
            }
            Self::Copies => {
                "capture at one place only, and look at the recordings below: at least one of them \
                 is not what was sent"
            }
            Self::Acceptance => "let the capture run until data flows over the connection",
            Self::Http => {
                "the server's own log says whether it is the certificate that it did not like"
            }
            Self::Other => "look at the details of the connections below",
        }
    }
}
