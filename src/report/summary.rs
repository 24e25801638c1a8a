//! What one connection comes to: the handshake that counts and what it showed.

use std::borrow::Cow;
use std::fmt;

use crate::inspect::{
    ClientAuthentication, Handshake, Inference, ObscuredReason, Obscurity, Observation, Outcome,
    Presented, SeenAlert,
};
use crate::tls::AlertLevel;
use crate::verdict::{Deciding, Judgement, deciding, evidence_of_handshake, original_place};
use crate::witness::{Connection, Evidence};

/// The connection's value of client authentication and the handshake it comes from.
pub(super) struct Summary<'a> {
    /// The handshake that counts; `None` where the value belongs to none that was recognised.
    pub(super) handshake: Option<&'a Handshake>,
    /// What it showed.
    pub(super) authentication: Cow<'a, ClientAuthentication>,
    /// What record lengths suggest of it.
    pub(super) inference: Option<Cow<'a, Box<Inference>>>,
}

impl<'a> Summary<'a> {
    /// The connection's value by the contract's rule, whatever was expected.
    pub(super) fn of(observation: &'a Observation) -> Self {
        match deciding(observation) {
            Deciding::Handshake(_, handshake) => Self::from_handshake(handshake),
            Deciding::Hidden(obscurity) => {
                Self::obscured(observation.handshakes.last(), obscurity.clone())
            }
            Deciding::Nothing => Self::obscured(
                None,
                Obscurity {
                    reason: ObscuredReason::StartedMidConnection,
                    detail: "no handshake was recognised".to_owned(),
                },
            ),
        }
    }

    /// The value that was judged; without a judgement the connection's own.
    pub(super) fn judged(observation: &'a Observation, judgement: Option<&Judgement<'_>>) -> Self {
        judgement
            .and_then(|judgement| observation.handshakes.get(judgement.handshake?))
            .map_or_else(|| Self::of(observation), Self::from_handshake)
    }

    /// The certificate that was presented, here or in the handshake that is resumed.
    pub(super) fn presented(&self) -> Option<&Presented> {
        self.authentication.presented()
    }

    /// How the handshake ended.
    pub(super) fn outcome(&self) -> Outcome {
        self.handshake.map_or(Outcome::Unknown, |handshake| handshake.outcome)
    }

    /// The fatal alert that ended it, where one was read.
    pub(super) fn fatal_alert(&self) -> Option<&'a SeenAlert> {
        let alerts = &self.handshake?.alerts;
        alerts.iter().find(|seen| seen.alert.level == AlertLevel::FATAL)
    }

    /// The fatal alert that the server sent, or one whose sender is not known.
    pub(super) fn fatal_alert_of_server(&self) -> Option<&'a SeenAlert> {
        self.fatal_alert().filter(|seen| seen.from_client != Some(true))
    }

    /// The frames behind the answer: the judgement's, or where nothing was judged those of the
    /// handshake that counts.
    pub(super) fn evidence(
        &self,
        connection: &Connection,
        evidence: &Evidence,
        judgement: Option<&Judgement<'_>>,
    ) -> Vec<Evident> {
        let original = match self.authentication.as_ref() {
            ClientAuthentication::Resumed { original } => original.as_deref(),
            _ => None,
        };
        let original = original.map(|original| (original.capture, original_place(original)));
        let locate = |(frame, what): (u64, String)| {
            let begins_in = match &original {
                Some((capture, place)) if what.contains(place.as_str()) => *capture,
                _ => connection.capture,
            };
            let (capture, frame_there) = evidence.locate(begins_in, frame);
            Evident { frame, capture, frame_there, what }
        };
        let frames = match (judgement, self.handshake) {
            (Some(judgement), _) => judgement.evidence(),
            (None, Some(handshake)) => evidence_of_handshake(handshake),
            (None, None) => Vec::new(),
        };
        frames.into_iter().map(locate).collect()
    }

    fn from_handshake(handshake: &'a Handshake) -> Self {
        Self {
            handshake: Some(handshake),
            authentication: Cow::Borrowed(&handshake.client_authentication),
            inference: handshake.inference.as_ref().map(Cow::Borrowed),
        }
    }

    fn obscured(handshake: Option<&'a Handshake>, obscurity: Obscurity) -> Self {
        // What is hidden comes after the handshake that lengths were seen of.
        let inference = handshake
            .filter(|handshake| handshake.protocol_version.is_some_and(|it| it.is_tls13()))
            .and_then(|handshake| handshake.inference.as_ref());
        Self {
            handshake,
            authentication: Cow::Owned(ClientAuthentication::Obscured(obscurity)),
            inference: inference
                .map(|inference| Cow::Owned(Box::new(inference.with_later_requests()))),
        }
    }
}

/// One frame and what it carried.
pub(super) struct Evident {
    /// As the connection's frames are counted.
    pub(super) frame: u64,
    /// The capture in which it stands.
    pub(super) capture: usize,
    /// Its number there, as Wireshark counts.
    pub(super) frame_there: u64,
    /// The message.
    pub(super) what: String,
}

impl Evident {
    /// The display filter that shows the frame in Wireshark.
    pub(super) fn filter(&self) -> FrameFilter {
        FrameFilter(self.frame_there)
    }
}

/// The display filter that shows one frame in Wireshark.
pub(super) struct FrameFilter(u64);

impl fmt::Display for FrameFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame.number == {}", self.0)
    }
}
