//! What is asked about a configuration, and what comes out.

use crate::expect::{Expectation, HypothesisName};

/// What is asked about a configuration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Question {
    /// Only this backend.
    pub backend: Option<String>,
    /// Only requests of this API.
    pub api: Option<String>,
    /// Only requests of this operation.
    pub operation: Option<String>,
    /// The hypothesis that the expectation follows; without one, that the entity counts, because
    /// that is what its owner configured it for.
    pub hypothesis: Option<HypothesisName>,
    /// The moment at which certificates are judged to be expired, seconds since
    /// 1970-01-01T00:00:00 UTC; without one, none is.
    pub as_of: Option<i64>,
    /// The kind of gateway, where it is known.
    pub gateway: Option<Gateway>,
}

/// Kinds of gateway between which what is documented differs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gateway {
    /// Classic tiers.
    Classic,
    /// The Consumption tier.
    Consumption,
    /// The self-hosted gateway.
    SelfHosted,
    /// The v2 tiers.
    V2,
}

impl Gateway {
    /// The gateway of this name, as `--gateway` has it.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "classic" => Self::Classic,
            "consumption" => Self::Consumption,
            "self-hosted" => Self::SelfHosted,
            "v2" => Self::V2,
            _ => return None,
        })
    }
}

/// One server, and what should be seen there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// What it is called (`backend contoso`).
    pub name: String,
    /// Whether it is what was asked about, and not found beside it, as a request that a policy
    /// makes by itself.
    pub is_asked: bool,
    /// Whether the configuration does not say which server it is: then the user has to, because
    /// connections to other servers would be judged by it.
    pub needs_selection: bool,
    /// What should be seen.
    pub expectation: Expectation,
}
