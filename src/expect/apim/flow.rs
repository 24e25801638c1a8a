//! What a request may come to: policies walked as they run, every branch followed.

use super::configuration::Configuration;
use super::entities::Policy;
use super::place::Place;
use super::policy::Element;
use super::scope::{Level, Scope};
use super::walker::{State, Walker};

/// The certificate that a request would present by its policies.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Attached {
    /// No policy attached one.
    Nothing,
    /// By `certificate-id`, on the level of the policy that names it.
    Id(String, Level),
    /// By `thumbprint`, on the level of the policy that names it.
    Thumbprint(String, Level),
    /// The policies do not tell, and why.
    Unknown(String),
}

/// Where a request goes.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Route {
    /// Where the API's own service URL leads.
    Default,
    /// `backend-id`, on the level of the policy that names it.
    BackendId(String, Level),
    /// `base-url`.
    BaseUrl(String),
    /// `dapr-app-id`: to the Dapr sidecar, over plain HTTP.
    Sidecar,
    /// The policies do not tell, and why.
    Unknown(String),
}

/// One way in which a request may reach a backend, or not.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// The certificate attached, and where.
    pub(super) attached: Attached,
    /// The statement that attached it.
    pub(super) attached_at: Option<Place>,
    /// The statement that attached another before it.
    pub(super) overrode: Option<Place>,
    /// The statement that sends it through a proxy.
    pub(super) proxied_at: Option<Place>,
    /// Where it goes.
    pub(super) route: Route,
    /// The statement that sent it there.
    pub(super) routed_at: Option<Place>,
    /// What must hold for it to happen.
    pub(super) conditions: Vec<String>,
    /// Why no connection to the backend is made, where none is.
    pub(super) ended: Option<(Place, String)>,
}

impl Default for Path {
    /// A request before its policies.
    fn default() -> Self {
        Self {
            attached: Attached::Nothing,
            attached_at: None,
            overrode: None,
            proxied_at: None,
            route: Route::Default,
            routed_at: None,
            conditions: Vec::new(),
            ended: None,
        }
    }
}

impl Path {
    /// Something that may attach a certificate and set the backend ran, and it is not known what.
    pub(super) fn become_unknown(&mut self, why: &str, place: &Place) {
        self.attached = Attached::Unknown(why.to_owned());
        self.attached_at = Some(place.clone());
        self.route = Route::Unknown(why.to_owned());
        self.routed_at = Some(place.clone());
    }
}

/// A request that a policy makes by itself, on a connection of its own.
#[derive(Clone, Debug)]
pub(super) struct SideRequest {
    /// `send-request` or another of its kind.
    pub(super) element: String,
    /// Its URL, where it is literal.
    pub(super) url: Option<String>,
    /// The certificate of its own.
    pub(super) attached: Attached,
    /// Where it stands.
    pub(super) place: Place,
    /// What must hold for it to happen.
    pub(super) conditions: Vec<String>,
}

/// Everything that a request may come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// The ways, in the order in which they were found.
    pub(super) paths: Vec<Path>,
    /// Requests that policies make by themselves.
    pub(super) sides: Vec<SideRequest>,
    /// Remarks: a code and a text at a place.
    pub(super) remarks: Vec<(&'static str, Place, String)>,
    /// How much was done to find them.
    pub(super) work: usize,
}

/// The policies of one request, outermost first; several in one scope are alternatives, as a call
/// may come by one of several products.
#[derive(Clone, Debug)]
pub(super) struct Chain<'a> {
    /// One entry for each scope that has a policy.
    pub(super) levels: Vec<(Scope, Vec<&'a Policy>)>,
    /// Where names are looked up that a policy uses of which no file says what it belongs to.
    pub(super) level: Level,
}

impl Chain<'_> {
    /// Follows a request through its policies.
    pub(super) fn walk(&self, configuration: &Configuration) -> Flow {
        let mut walker = self.walker(configuration);
        let start = State { path: Path::default(), product: None, is_forwarded: false };
        let innermost = self.levels.len();
        let states = walker.section(innermost, "inbound", vec![start.clone()]);
        let states = walker.section(innermost, "backend", states);
        for state in states {
            walker.finish(state);
        }
        // The request was sent then; policies may still make requests of their own.
        for section in AFTERWARDS {
            let _ = walker.section(innermost, section, vec![start.clone()]);
        }
        walker.flow()
    }

    /// Follows the request of a GraphQL resolver, `<http-request>`, in which no `<base/>` stands.
    pub(super) fn walk_request(&self, configuration: &Configuration, request: &Element) -> Flow {
        let mut walker = self.walker(configuration);
        let start = State { path: Path::default(), product: None, is_forwarded: false };
        let states = walker.statements(&request.children, 0, "http-request", 0, vec![start]);
        for state in states {
            let state = walker.forward(state);
            walker.finish(state);
        }
        walker.flow()
    }

    fn walker<'c>(&'c self, configuration: &'c Configuration) -> Walker<'c> {
        Walker {
            configuration,
            chain: self,
            level: self.level.clone(),
            flow: Flow::default(),
            steps: 0,
            looked_at: 0,
            is_overfull: false,
        }
    }
}

impl Flow {
    /// Nothing but that it is not known, and why.
    pub(super) fn unknown(why: &str) -> Self {
        let path = Path {
            attached: Attached::Unknown(why.to_owned()),
            route: Route::Unknown(why.to_owned()),
            ..Path::default()
        };
        Self { paths: vec![path], ..Self::default() }
    }
}

/// Sections that run when the request was sent.
pub(super) const AFTERWARDS: [&str; 2] = ["outbound", "on-error"];
