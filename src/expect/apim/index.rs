//! Entities by what they are asked for, so that a large service takes no longer than its files.

use std::collections::{BTreeMap, BTreeSet};

use super::backend::{Backend, BackendKind};
use super::certificate_entity::CertificateEntity;
use super::configuration::Configuration;
use super::place::{Text, last_segment};
use super::scope::Level;
use super::url::{Server, Url};
use crate::expect::Thumbprint;

/// The entities of a configuration, by name, server and thumbprint.
#[derive(Debug)]
pub(super) struct Index<'a> {
    backends: BTreeMap<String, Vec<&'a Backend>>,
    /// Backends whose URL is known, by the server that it leads to.
    servers: BTreeMap<Server, Vec<(&'a Backend, Url)>>,
    /// Single backends whose URL is not known: any request may match it.
    anywhere: Vec<&'a Backend>,
    certificates: Certificates<'a>,
    previous: Certificates<'a>,
    /// What policies name: ids, lower case, and thumbprints by their digits.
    named: BTreeSet<String>,
}

/// Certificates, by name and by the digits of their thumbprint.
#[derive(Debug, Default)]
struct Certificates<'a> {
    by_name: BTreeMap<String, Vec<&'a CertificateEntity>>,
    by_thumbprint: BTreeMap<String, Vec<&'a CertificateEntity>>,
}

impl<'a> Index<'a> {
    /// The index of a configuration.
    pub(super) fn new(configuration: &'a Configuration) -> Self {
        let mut backends: BTreeMap<String, Vec<&Backend>> = BTreeMap::new();
        let mut servers: BTreeMap<_, Vec<(&Backend, Url)>> = BTreeMap::new();
        let mut anywhere = Vec::new();
        for backend in &configuration.backends {
            backends.entry(key(&backend.name)).or_default().push(backend);
            let level = Level::of_entity(backend.workspace.as_deref());
            let url = backend.url.as_ref().and_then(|text| parsed(configuration, text, &level));
            let is_told = backend.url.is_some() || !backend.unread.is_empty();
            match url {
                Some(url) => servers.entry(url.server()).or_default().push((backend, url)),
                None if is_told && matches!(backend.kind, BackendKind::Single) => {
                    anywhere.push(backend);
                }
                None => {}
            }
        }
        let mut named = configuration.named_in_policies();
        let thumbprints: Vec<String> = named.iter().filter_map(|text| digits_of(text)).collect();
        named.extend(thumbprints);
        Self {
            backends,
            servers,
            anywhere,
            certificates: Certificates::of(&configuration.certificates),
            previous: Certificates::of(&configuration.previous),
            named,
        }
    }

    /// Backends of this name or id.
    pub(super) fn backends(&self, name: &str) -> &[&'a Backend] {
        self.backends.get(&key(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The backend of this name or id on a level.
    pub(super) fn backend(&self, name: &str, level: &Level) -> Option<&'a Backend> {
        let level = level_of_id(name, level)?;
        let named = level.select(self.backends(name), |one| one.workspace.as_deref());
        named.first().map(|backend| **backend)
    }

    /// Backends at the server of a URL, each with its own URL.
    pub(super) fn at_server(&self, url: &Url) -> &[(&'a Backend, Url)] {
        self.servers.get(&url.server()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Single backends whose URL is not known.
    pub(super) fn at_unknown_servers(&self) -> &[&'a Backend] {
        &self.anywhere
    }

    /// Certificates of this name or id, on any level.
    pub(super) fn certificates(&self, name: &str) -> &[&'a CertificateEntity] {
        self.certificates.named(name)
    }

    /// Certificates of this name or id on a level.
    pub(super) fn certificates_on(&self, name: &str, level: &Level) -> Vec<&'a CertificateEntity> {
        self.certificates.on(name, level)
    }

    /// Certificates with this thumbprint.
    pub(super) fn certificates_with(&self, thumbprint: Thumbprint) -> &[&'a CertificateEntity] {
        self.certificates.with(thumbprint)
    }

    /// Certificates of this name or id in the earlier listing.
    pub(super) fn previous(&self, name: &str) -> &[&'a CertificateEntity] {
        self.previous.named(name)
    }

    /// Certificates of this name or id on a level in the earlier listing.
    pub(super) fn previous_on(&self, name: &str, level: &Level) -> Vec<&'a CertificateEntity> {
        self.previous.on(name, level)
    }

    /// The first certificate with this thumbprint in the earlier listing.
    pub(super) fn previous_with(&self, thumbprint: Thumbprint) -> Option<&'a CertificateEntity> {
        self.previous.with(thumbprint).first().copied()
    }

    /// Whether a policy names a certificate or a backend by this id.
    pub(super) fn is_named(&self, id: &str) -> bool {
        self.named.contains(&id.to_lowercase())
    }

    /// Whether a policy names a certificate by this thumbprint.
    pub(super) fn is_thumbprint_named(&self, thumbprint: Thumbprint) -> bool {
        self.named.contains(&thumbprint.digits())
    }
}

impl<'a> Certificates<'a> {
    fn of(entities: &'a [CertificateEntity]) -> Self {
        let mut all = Self::default();
        for entity in entities {
            all.by_name.entry(key(&entity.name)).or_default().push(entity);
            let digits = entity.thumbprint.as_ref().and_then(Text::known).and_then(digits_of);
            if let Some(digits) = digits {
                all.by_thumbprint.entry(digits).or_default().push(entity);
            }
        }
        all
    }

    fn named(&self, name: &str) -> &[&'a CertificateEntity] {
        self.by_name.get(&key(name)).map(Vec::as_slice).unwrap_or_default()
    }

    fn on(&self, name: &str, level: &Level) -> Vec<&'a CertificateEntity> {
        let Some(level) = level_of_id(name, level) else {
            return Vec::new();
        };
        let found = level.select(self.named(name), |one| one.workspace.as_deref());
        found.into_iter().copied().collect()
    }

    fn with(&self, thumbprint: Thumbprint) -> &[&'a CertificateEntity] {
        self.by_thumbprint.get(&thumbprint.digits()).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A URL of the configuration with the named values of a level put in.
pub(super) fn parsed(configuration: &Configuration, text: &Text, level: &Level) -> Option<Url> {
    let text = configuration.substitute(text.known()?, level).ok()?;
    Url::parse(&text)
}

/// The level on which something is that is named by an id there: a whole id says so itself. `None`
/// where that is not a level from which it can be used.
fn level_of_id(id: &str, level: &Level) -> Option<Level> {
    let segments: Vec<&str> = id.split('/').filter(|segment| !segment.is_empty()).collect();
    let after = |name: &str| {
        let at = segments.iter().position(|one| one.eq_ignore_ascii_case(name))?;
        segments.get(at.saturating_add(1)).copied()
    };
    let own = match (after("workspaces"), after("service")) {
        (Some(workspace), _) => Level::Workspace(workspace.to_owned()),
        (None, Some(_)) if id.starts_with('/') => Level::Service,
        _ => return Some(level.clone()),
    };
    let is_usable = match (&own, level) {
        (_, Level::Any) | (Level::Workspace(_), Level::AnyWorkspace) => true,
        (Level::Workspace(own), Level::Workspace(level)) => own.eq_ignore_ascii_case(level),
        (own, level) => own == level,
    };
    is_usable.then_some(own)
}

fn key(name: &str) -> String {
    last_segment(name).to_ascii_lowercase()
}

fn digits_of(text: &str) -> Option<String> {
    Thumbprint::parse(text).ok().map(|(thumbprint, _)| thumbprint.digits())
}
