//! Judgements in words: one sentence that can be quoted, never stronger than its evidence.
//!
//! No text out of the capture gets in but what the inspector vouches for: names and subjects
//! stand in the report's table of certificates.

use std::borrow::Cow;

use super::deciding::{Deciding, deciding, is_known_to_have_asked, may_have_asked};
use super::evidence::{describe_alert, name_alert};
use super::judge::stopping_alert;
use super::judgement::{Cause, Judgement, Verdict};
use super::words::{Aside, InFrames, Why, labelled, sentence};
use crate::expect::{Expectation, ExpectedOutcome};
use crate::inspect::{
    ClientAuthentication, Handshake, HandshakeKind, Obscurity, Observation, Original, Outcome,
    StreamName,
};

/// The explanation of a judgement.
pub(super) fn of<'a>(
    judgement: &Judgement<'_>,
    expectation: &Expectation,
    observation: &Observation,
) -> Cow<'a, str> {
    let Judgement { verdict, cause, handshake, .. } = *judgement;
    let decided = handshake.and_then(|index| Some((index, observation.handshakes.get(index)?)));
    if let Some((index, handshake)) = decided {
        let story = Story { expectation, observation, index, handshake, verdict, cause };
        return Cow::Owned(story.tell());
    }
    match deciding(observation) {
        Deciding::Hidden(obscurity) => Cow::Owned(hidden(observation, obscurity)),
        Deciding::Handshake(..) | Deciding::Nothing => Cow::Borrowed(NO_HANDSHAKE),
    }
}

/// For a connection in which no handshake was recognised.
const NO_HANDSHAKE: &str = "The capture cannot tell whether a client certificate was \
     presented: no TLS handshake of this connection can be recognised in it.";

/// For a connection where the configuration makes none.
const NO_CONNECTION: &str = "by the configuration the gateway makes no TLS connection to this \
     server, so this one is another client's, or made by another configuration, and is not judged";

/// For a connection in which a handshake that could not be read may have asked.
fn hidden(observation: &Observation, obscurity: &Obscurity) -> String {
    let first = observation.handshakes.first();
    let seen = match first.map(|first| &first.client_authentication) {
        Some(ClientAuthentication::NotRequested) => {
            "the server did not ask for a client certificate in the first handshake, but it may \
             have asked later: "
        }
        Some(ClientAuthentication::Resumed { .. })
            if first.is_some_and(Handshake::uses_psk_of_unknown_origin) =>
        {
            "the first handshake used a pre-shared key, but the server may have asked for a client \
             certificate later: "
        }
        Some(ClientAuthentication::Resumed { .. }) => {
            "the first handshake resumed a session, but the server may have asked for a client \
             certificate later: "
        }
        _ => "",
    };
    sentence(&[format!("the capture cannot tell: {seen}{}", Why(obscurity))])
}

/// Everything that the explanation of a decided connection draws on.
pub(super) struct Story<'a> {
    /// What was expected.
    pub(super) expectation: &'a Expectation,
    observation: &'a Observation,
    index: usize,
    /// The handshake that decided.
    pub(super) handshake: &'a Handshake,
    /// What was judged.
    pub(super) verdict: Verdict,
    /// What made it so, where more can be said.
    pub(super) cause: Option<Cause>,
}

impl Story<'_> {
    /// The whole sentence.
    fn tell(&self) -> String {
        let mut clauses = Vec::new();
        let authentication = &self.handshake.client_authentication;
        match authentication {
            ClientAuthentication::Resumed { original } => {
                clauses.push(self.resumption(original.as_deref()));
                if let Some(original) = original {
                    let answer = self.answer(&original.client_authentication, &[]);
                    // Frames are those of the file that they stand in.
                    let whose =
                        if original.elsewhere.is_some() { ", in frames of that file," } else { "" };
                    clauses.push(format!("in that handshake{whose} the {answer}"));
                    self.details(&original.client_authentication, &mut clauses);
                }
            }
            _ => {
                let server_hello = &self.handshake.server_hello_frames;
                let answer = self.answer(authentication, server_hello);
                clauses.push(format!("{}{answer}", self.opening()));
                self.details(authentication, &mut clauses);
                if is_known_to_have_asked(self.handshake)
                    && self.handshake.certificate_request.is_none()
                {
                    clauses.push("the server's request itself is outside the capture".to_owned());
                }
            }
        }
        match self.cause {
            Some(Cause::ExpectationUndecidable) => clauses.push(self.undecidable().to_owned()),
            Some(Cause::NoneAllowed) => clauses.push(self.none_allowed()),
            Some(Cause::NoHandshakeExpected) => clauses.push(NO_CONNECTION.to_owned()),
            _ => {}
        }
        let is_told = !matches!(
            authentication,
            ClientAuthentication::Obscured(_) | ClientAuthentication::Resumed { original: None }
        );
        // What a peer said to it may be all that there is to say.
        let is_stopped = matches!(self.handshake.outcome, Outcome::Refused | Outcome::Unfinished)
            && stopping_alert(self.handshake).is_some();
        if is_told || is_stopped {
            clauses.push(self.ending());
        }
        self.neighbours(&mut clauses);
        sentence(&clauses)
    }

    /// Which handshake it is, and that the server asked.
    fn opening(&self) -> String {
        let kind = match self.handshake.kind {
            _ if self.index == 0 => String::new(),
            HandshakeKind::Initial => format!("in handshake {}, ", self.index + 1),
            HandshakeKind::Renegotiation => {
                format!("in a renegotiation (handshake {} of the connection), ", self.index + 1)
            }
            HandshakeKind::PostHandshake => format!(
                "in a post-handshake authentication (number {} of the connection), ",
                self.index + 1
            ),
        };
        match &self.handshake.certificate_request {
            Some(request) => format!(
                "{kind}the server asked for a client certificate{}, and the ",
                Aside(&[InFrames(&request.frames).to_string()])
            ),
            None => format!("{kind}the "),
        }
    }

    /// That this connection resumed another.
    fn resumption(&self, original: Option<&Original>) -> String {
        let place = Aside(&[InFrames(&self.handshake.server_hello_frames).to_string()]).to_string();
        match original {
            Some(original) => format!(
                "the connection resumed{place} the session of {}{}, whose full handshake \
                 begins in frame {}{}, and exchanged no certificate itself",
                StreamName(original.stream),
                original.elsewhere.as_ref().map(|path| format!(" of {path}")).unwrap_or_default(),
                original.frame,
                if original.elsewhere.is_some() { " there" } else { "" },
            ),
            None if self.handshake.uses_psk_of_unknown_origin() => {
                let key = self.handshake.session.pre_shared_key;
                let hint = match key.and_then(|key| key.zero_ticket_age) {
                    Some(true) => "; its ticket age is 0, which hints at the latter",
                    _ => "",
                };
                format!(
                    "the capture cannot tell: the connection used a pre-shared key{place}, with \
                     which no certificate is exchanged, and where that key comes from is not in \
                     the capture: from an earlier session, or agreed upon outside TLS{hint}"
                )
            }
            None => format!(
                "the capture cannot tell: the connection resumed a session{place}, in which no \
                 certificate is exchanged, and the full handshake of that session is not in the \
                 capture"
            ),
        }
    }

    /// What the client or the server did, after "the "; `server_hello` has the frames of the
    /// ServerHello, where it is in this stream.
    fn answer(&self, authentication: &ClientAuthentication, server_hello: &[u64]) -> String {
        match authentication {
            ClientAuthentication::NotRequested => format!(
                "server never asked for a client certificate{}{}",
                Aside(&[labelled("ServerHello", server_hello)]),
                match self.expectation.outcome {
                    ExpectedOutcome::None => ", and none was expected",
                    _ => ": mutual TLS did not happen, and nothing is said against the client",
                }
            ),
            ClientAuthentication::Declined { frames } => format!(
                "client answered with an empty Certificate message{}: it presented none, {}",
                Aside(&[InFrames(frames).to_string()]),
                match self.expectation.outcome {
                    ExpectedOutcome::Candidates | ExpectedOutcome::Certificate =>
                        format!("expected was {}", self.expected(None)),
                    ExpectedOutcome::None => "as expected".to_owned(),
                    ExpectedOutcome::NoHandshake =>
                        "and no connection was expected at all".to_owned(),
                    ExpectedOutcome::Undecidable =>
                        "and what was expected cannot be told".to_owned(),
                }
            ),
            ClientAuthentication::Presented(presented) => self.presentation(presented),
            ClientAuthentication::PresentedKey(presented) => self.raw_key(presented),
            ClientAuthentication::Resumed { .. } => "session was itself a resumed one".to_owned(),
            ClientAuthentication::Obscured(obscurity) => {
                format!(
                    "capture cannot tell whether the client presented a certificate: {}",
                    Why(obscurity)
                )
            }
        }
    }

    fn none_allowed(&self) -> String {
        let condition = match self.expectation.none_if.as_deref() {
            Some(condition) if !condition.is_empty() => format!(" ({condition})"),
            _ => String::new(),
        };
        format!(
            "the configuration allows for no certificate too{condition}, and whether that held \
             for this connection is not in the capture"
        )
    }

    fn undecidable(&self) -> &'static str {
        if self.expectation.outcome == ExpectedOutcome::Undecidable {
            return "the configuration does not tell which certificate is expected";
        }
        let known =
            self.expectation.certificates.iter().any(|one| one.thumbprints().next().is_some());
        if known {
            "it has one of the expected thumbprints and not the other, so the two are of different \
             certificates and it cannot be told which one is expected"
        } else {
            "the expectation names no certificate to compare with"
        }
    }

    /// How the handshake ended.
    fn ending(&self) -> String {
        let handshake = match self.handshake.client_authentication {
            ClientAuthentication::Resumed { .. } => "the resuming handshake",
            _ => "the handshake",
        };
        let seen = stopping_alert(self.handshake);
        let alert = seen
            .map(|seen| format!("the {} (frame {})", describe_alert(seen), seen.frame))
            .unwrap_or_default();
        match (self.handshake.outcome, seen) {
            (Outcome::Completed, None) => format!("{handshake} completed"),
            (Outcome::Completed, Some(_)) => format!("{handshake} completed, beside {alert}"),
            (Outcome::Refused, Some(seen)) if seen.from_client == Some(false) => format!(
                "the server then refused {handshake} with the {} (frame {})",
                name_alert(seen),
                seen.frame
            ),
            // What the client says to it comes after the server's end.
            (Outcome::Refused, Some(seen)) if seen.from_client == Some(true) => format!(
                "the server then ended the connection on it without a readable alert, and the \
                 client answered that with the {} (frame {})",
                name_alert(seen),
                seen.frame
            ),
            (Outcome::Refused, Some(_)) => format!("{handshake} was then stopped by {alert}"),
            (Outcome::Refused, None) => {
                format!("{handshake} was then broken off without a readable alert")
            }
            (Outcome::Unfinished, None) => format!("the connection ended before {handshake} did"),
            (Outcome::Unfinished, Some(_)) => {
                format!("the connection ended before {handshake} did, with {alert}")
            }
            (Outcome::Unknown, None) => {
                format!("the capture does not show how {handshake} ended")
            }
            (Outcome::Unknown, Some(_)) => {
                format!("the capture does not show how {handshake} ended, but it has {alert}")
            }
        }
    }

    /// What other handshakes of the connection leave open.
    fn neighbours(&self, clauses: &mut Vec<String>) {
        let (earlier, later) =
            self.observation.handshakes.split_at_checked(self.index).unwrap_or_default();
        let later = later.get(1..).unwrap_or_default();
        if earlier.iter().any(is_known_to_have_asked) {
            clauses.push(
                "the server had asked in an earlier handshake of the connection too".to_owned(),
            );
        }
        if later.iter().any(is_known_to_have_asked) {
            clauses
                .push("the server asked again in a later handshake of the connection".to_owned());
        }
        if let Some(obscurity) = later.iter().find_map(may_have_asked) {
            clauses.push(format!(
                "a later handshake of the connection could not be read ({}), and what it \
                 exchanged is not known",
                Cause::Obscured(obscurity.reason)
            ));
        }
        if let Some(obscurity) = &self.observation.hidden {
            clauses.push(format!(
                "a later request for a certificate cannot be excluded ({})",
                Cause::Obscured(obscurity.reason)
            ));
        }
    }
}
