//! What a rule may look at.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::neighbours::Neighbours;
use crate::certificate::{Certificate, Fields, Sha256Thumbprint};
use crate::expect::Expectation;
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Handshake, Original, Presented, SeenAlert, Visibility,
};
use crate::tls::{AlertDescription, AlertLevel};
use crate::verdict::{Deciding, Grounds, Judgement, Verdict, deciding};
use crate::witness::{Connection, Evidence};

/// One connection with everything beside it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The other connections.
    pub(super) neighbours: &'a Neighbours<'a>,
    /// The connection.
    pub(super) connection: &'a Connection,
    /// What was said about it.
    pub(super) judgement: Option<&'a Judgement<'a>>,
    /// What was expected of it.
    pub(super) expectation: Option<&'a Expectation>,
    /// The handshake that decided, or the first one.
    pub(super) handshake: Option<&'a Handshake>,
    /// Every certificate at hand.
    pub(super) pool: &'a Pool<'a>,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        judgement: Option<&'a Judgement<'a>>,
        pool: &'a Pool<'a>,
        neighbours: &'a Neighbours<'a>,
    ) -> Self {
        let expectation = judgement.and_then(|judgement| match judgement.grounds {
            Grounds::Observed(expectation, _) => Some(expectation),
            Grounds::Told(_) => None,
        });
        let observation = &connection.observation;
        let decided = judgement
            .and_then(|judgement| observation.handshakes.get(judgement.handshake?))
            .or_else(|| match deciding(observation) {
                Deciding::Handshake(_, handshake) => Some(handshake),
                Deciding::Hidden(_) | Deciding::Nothing => observation.handshakes.first(),
            });
        Self { neighbours, connection, judgement, expectation, handshake: decided, pool }
    }

    /// What was said about it; `None` in a run that judges nothing.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.judgement.map(|judgement| judgement.verdict)
    }

    /// When it began, in seconds since 1970-01-01T00:00:00 UTC.
    pub(super) fn at(&self) -> Option<i64> {
        let at = self.connection.started_at?;
        Some(at.nanoseconds.div_euclid(1_000_000_000))
    }

    /// The server's request, where it was read to its end.
    pub(super) fn request(&self) -> Option<&'a CertificateRequest> {
        self.handshake?.certificate_request.as_ref().filter(|request| !request.malformed)
    }

    /// What the client presented, in this handshake or in the one that it resumes.
    pub(super) fn presented(&self) -> Option<&'a Presented> {
        self.handshake?.client_authentication.presented()
    }

    /// The handshake that it resumes, where the captures have it.
    pub(super) fn original(&self) -> Option<&'a Original> {
        match &self.handshake?.client_authentication {
            ClientAuthentication::Resumed { original } => original.as_deref(),
            _ => None,
        }
    }

    /// The client's own certificate.
    pub(super) fn leaf(&self) -> Option<&'a Certificate> {
        self.presented()?.chain.first().map(|leaf| &**leaf)
    }

    /// Whether the client answered with an empty Certificate.
    pub(super) fn is_declined(&self) -> bool {
        self.handshake.is_some_and(|handshake| {
            matches!(handshake.client_authentication, ClientAuthentication::Declined { .. })
        })
    }

    /// The expected certificate, of which the bytes are at hand.
    pub(super) fn expected(&self) -> Option<&'a Certificate> {
        let expected = &self.expectation?.certificates;
        expected.iter().find_map(|one| {
            one.certificate.as_ref().or_else(|| {
                self.pool.all.iter().copied().find(|certificate| one.matches(certificate))
            })
        })
    }

    /// The fields of the expected certificate.
    pub(super) fn expected_fields(&self) -> Option<&'a Fields> {
        self.expected()?.fields.as_ref().ok()
    }

    /// The alert that a peer ended the handshake with; the first one.
    pub(super) fn fatal_alert(&self) -> Option<&'a SeenAlert> {
        let handshake = self.handshake?;
        let tls13 = handshake.protocol_version.is_some_and(|version| version.is_tls13());
        handshake.alerts.iter().find(|seen| {
            let remark = [AlertDescription::CLOSE_NOTIFY, AlertDescription::USER_CANCELED]
                .contains(&seen.alert.description);
            !remark && (tls13 || seen.alert.level == AlertLevel::FATAL)
        })
    }

    /// The first fatal alert, where the server sent it and nothing of the client came before.
    pub(super) fn refusal(&self) -> Option<&'a SeenAlert> {
        self.fatal_alert().filter(|seen| {
            let is_reaction = self.connection.closed.is_some_and(|closed| {
                self.connection.closed_by_client() == Some(true) && closed.frame < seen.frame
            });
            seen.from_client == Some(false) && !is_reaction
        })
    }

    /// Whether its handshake could be read.
    pub(super) fn is_readable(&self) -> bool {
        self.handshake.is_some_and(|handshake| handshake.visibility != Visibility::Encrypted)
    }

    /// The server's end.
    pub(super) fn server(&self) -> Option<SocketAddr> {
        self.connection.server()
    }

    /// The client's address.
    pub(super) fn client_address(&self) -> Option<IpAddr> {
        self.connection.client().map(|client| client.ip())
    }

    /// The name that the client asked for.
    pub(super) fn server_name(&self) -> Option<&'a str> {
        self.connection.observation.server_name.as_deref()
    }
}

/// Every certificate at hand: expected ones, and those that the captures show.
pub(super) struct Pool<'a> {
    /// Each once, those expected first.
    pub(super) all: Vec<&'a Certificate>,
    by_subject: HashMap<&'a [u8], Vec<usize>>,
    seen: HashMap<Sha256Thumbprint, ()>,
}

/// Certificates that are kept to compare with.
const POOL: usize = 4096;

impl<'a> Pool<'a> {
    pub(super) fn new(evidence: &'a Evidence, judgements: &'a [Judgement<'a>]) -> Self {
        let mut pool = Self::empty();
        let mut told: Option<&Expectation> = None;
        for judgement in judgements {
            let Grounds::Observed(expectation, _) = judgement.grounds else {
                continue;
            };
            if !told.is_some_and(|told| std::ptr::eq(told, expectation)) {
                pool.add_expected(expectation);
            }
            told = Some(expectation);
        }
        evidence.connections.iter().for_each(|connection| pool.add_of(connection));
        pool
    }

    /// Those of one connection, and those expected of it.
    pub(super) fn alone(connection: &'a Connection, judgement: Option<&'a Judgement<'a>>) -> Self {
        let mut pool = Self::empty();
        if let Some(Grounds::Observed(expectation, _)) = judgement.map(|one| one.grounds) {
            pool.add_expected(expectation);
        }
        pool.add_of(connection);
        pool
    }

    fn empty() -> Self {
        Self { all: Vec::new(), by_subject: HashMap::new(), seen: HashMap::new() }
    }

    fn add_expected(&mut self, expectation: &'a Expectation) {
        for expected in &expectation.certificates {
            if let Some(certificate) = &expected.certificate {
                self.add(certificate);
            }
        }
    }

    fn add_of(&mut self, connection: &'a Connection) {
        for handshake in &connection.observation.handshakes {
            let client: &[Arc<Certificate>] = match &handshake.client_authentication {
                ClientAuthentication::Presented(presented) => &presented.chain,
                _ => &[],
            };
            for certificate in client.iter().chain(&*handshake.server_chain) {
                self.add(certificate);
            }
        }
    }

    fn add(&mut self, certificate: &'a Certificate) {
        if self.all.len() >= POOL || self.seen.insert(certificate.sha256, ()).is_some() {
            return;
        }
        if let Ok(fields) = &certificate.fields {
            self.by_subject.entry(&fields.subject_der).or_default().push(self.all.len());
        }
        self.all.push(certificate);
    }

    /// The first certificate with this subject that is not issued by itself.
    pub(super) fn of_subject(&self, subject: &[u8]) -> Option<&'a Fields> {
        let mut indices = self.by_subject.get(subject)?.iter();
        indices.find_map(|&index| {
            let fields = self.all.get(index)?.fields.as_ref().ok()?;
            (fields.subject_der != fields.issuer_der).then_some(fields)
        })
    }
}
