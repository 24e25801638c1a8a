//! What one connection comes to: the handshake that counts and what it showed.

use std::borrow::Cow;

use crate::inspect::{
    ClientAuthentication, Handshake, ObscuredReason, Obscurity, Observation, Outcome, Presented,
    SeenAlert,
};
use crate::tls::AlertLevel;
use crate::verdict::Judgement;

/// The connection's value of client authentication and the handshake it comes from.
pub(super) struct Summary<'a> {
    /// The handshake that counts; `None` where the value belongs to none that was recognised.
    pub(super) handshake: Option<&'a Handshake>,
    /// What it showed.
    pub(super) authentication: Cow<'a, ClientAuthentication>,
}

impl<'a> Summary<'a> {
    /// The contract's rule: the last handshake in which the server is known to have asked; else
    /// one that could not be read and may have asked; else the first.
    pub(super) fn of(observation: &'a Observation) -> Self {
        let handshakes = &observation.handshakes;
        if let Some(asked) = handshakes.iter().rev().find(|handshake| is_known_to_ask(handshake)) {
            return Self::from_handshake(asked);
        }
        if let Some(hidden) = &observation.hidden {
            return Self::obscured(handshakes.last(), hidden.clone());
        }
        if let Some(unreadable) = handshakes.iter().find(|handshake| {
            matches!(handshake.client_authentication, ClientAuthentication::Obscured(_))
        }) {
            return Self::from_handshake(unreadable);
        }
        match handshakes.first() {
            Some(first) => Self::from_handshake(first),
            None => Self::obscured(
                None,
                Obscurity {
                    reason: ObscuredReason::StartedMidConnection,
                    detail: "no handshake was recognised".to_owned(),
                },
            ),
        }
    }

    /// The certificate that was presented, here or in the handshake that is resumed.
    pub(super) fn presented(&self) -> Option<&Presented> {
        presented(&self.authentication)
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
    pub(super) fn evidence(&self, judgement: Option<&Judgement>) -> Vec<Evident> {
        if let Some(judgement) = judgement {
            return judgement
                .evidence
                .iter()
                .map(|(frame, what)| Evident { frame: *frame, what: what.clone() })
                .collect();
        }
        let Some(handshake) = self.handshake else {
            return Vec::new();
        };
        let mut evidence = Vec::new();
        let mut add = |frames: &[u64], what: &str| {
            evidence
                .extend(frames.iter().map(|frame| Evident { frame: *frame, what: what.into() }));
        };
        add(&handshake.client_hello_frames, "ClientHello");
        add(&handshake.server_hello_frames, "ServerHello");
        if let Some(request) = &handshake.certificate_request {
            add(&request.frames, "CertificateRequest");
        }
        match &handshake.client_authentication {
            ClientAuthentication::Declined { frames } => add(frames, "empty client Certificate"),
            ClientAuthentication::Presented(presented) => {
                add(&presented.frames, "client Certificate");
            }
            _ => {}
        }
        add(&handshake.certificate_verify_frames, "CertificateVerify");
        for seen in &handshake.alerts {
            add(&[seen.frame], &format!("alert {}", seen.alert.description));
        }
        evidence
    }

    fn from_handshake(handshake: &'a Handshake) -> Self {
        Self {
            handshake: Some(handshake),
            authentication: Cow::Borrowed(&handshake.client_authentication),
        }
    }

    fn obscured(handshake: Option<&'a Handshake>, obscurity: Obscurity) -> Self {
        Self { handshake, authentication: Cow::Owned(ClientAuthentication::Obscured(obscurity)) }
    }
}

/// One frame and what it carried.
pub(super) struct Evident {
    /// As Wireshark counts.
    pub(super) frame: u64,
    /// The message.
    pub(super) what: String,
}

impl Evident {
    /// The display filter that shows the frame in Wireshark.
    pub(super) fn filter(&self) -> String {
        format!("frame.number == {}", self.frame)
    }
}

fn presented(authentication: &ClientAuthentication) -> Option<&Presented> {
    match authentication {
        ClientAuthentication::Presented(presented) => Some(presented),
        ClientAuthentication::Resumed { original: Some(original) } => {
            match &original.client_authentication {
                ClientAuthentication::Presented(presented) => Some(presented),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_known_to_ask(handshake: &Handshake) -> bool {
    handshake.certificate_request.is_some()
        || matches!(
            handshake.client_authentication,
            ClientAuthentication::Declined { .. } | ClientAuthentication::Presented(_)
        )
}

/// The SHA-1 of the end-entity certificate that was presented, lower-case hex.
pub(super) fn leaf_sha1(authentication: &ClientAuthentication) -> Option<String> {
    let leaf = presented(authentication)?.chain.first()?;
    Some(leaf.sha1.to_string())
}
