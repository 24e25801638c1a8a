//! The contested rule: two named hypotheses about a certificate on the Backend entity, and what
//! each predicts.

use std::fmt;

use super::{ExpectedCertificate, Thumbprint};

/// A rule by which a gateway may choose the certificate that it presents.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum HypothesisName {
    /// `policy-only`: only an authentication-certificate policy has an effect.
    PolicyOnly,
    /// `entity-counts`: a certificate on the Backend entity is presented too.
    EntityCounts,
}

impl HypothesisName {
    /// Both, in the order of reports.
    pub const ALL: [Self; 2] = [Self::PolicyOnly, Self::EntityCounts];

    /// The contract's word, `policy-only`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PolicyOnly => "policy-only",
            Self::EntityCounts => "entity-counts",
        }
    }

    /// The hypothesis of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What it says, as a clause.
    pub fn claim(self) -> &'static str {
        match self {
            Self::PolicyOnly => {
                "only an authentication-certificate policy makes the gateway present a certificate"
            }
            Self::EntityCounts => {
                "the gateway presents the certificate that is configured on the Backend entity"
            }
        }
    }
}

impl fmt::Display for HypothesisName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A hypothesis and what it predicts for the connections that are asked about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hypothesis {
    /// Which one.
    pub name: HypothesisName,
    /// Everything that it allows, the expected first; never empty.
    pub predictions: Vec<Prediction>,
    /// What it allows beside them because no source says what takes precedence.
    pub also: Vec<Prediction>,
}

/// What should be seen where the server asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Prediction {
    /// This certificate.
    Certificate(Box<ExpectedCertificate>),
    /// An empty Certificate message.
    None,
    /// The configuration does not tell.
    Undecidable,
}

impl Hypothesis {
    /// What it predicts where that is one thing, else [`Prediction::Undecidable`].
    pub fn prediction(&self) -> &Prediction {
        match self.predictions.as_slice() {
            [only] => only,
            _ => &Prediction::Undecidable,
        }
    }

    /// Every prediction, also those beside the expected ones.
    pub fn allowed(&self) -> impl Iterator<Item = &Prediction> {
        self.predictions.iter().chain(&self.also)
    }

    /// Whether something that cannot be told is among what it allows.
    pub fn is_open(&self) -> bool {
        self.allowed().any(|one| *one == Prediction::Undecidable)
    }
}

impl Prediction {
    /// The contract's `predicts`: `none`, a thumbprint, or `undecidable`.
    pub fn text(&self) -> String {
        match self {
            Self::Certificate(certificate) => match certificate.thumbprints().next() {
                Some(thumbprint) => Thumbprint::digits(&thumbprint),
                None => "undecidable".to_owned(),
            },
            Self::None => "none".to_owned(),
            Self::Undecidable => "undecidable".to_owned(),
        }
    }
}
