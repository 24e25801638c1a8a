//! What names a certificate in the configuration -> the certificate, as far as it is known.

use super::certificate_entity::CertificateEntity;
use super::commands::API_VERSION;
use super::configuration::{Configuration, lint};
use super::flow::Attached;
use super::index::Index;
use super::place::{Place, Text, quoted};
use super::scope::Level;
use crate::expect::lint::{Lint, Severity};
use crate::expect::{ExpectedCertificate, Source, Thumbprint};

/// One thing that may be seen where the server asks.
#[derive(Clone, Debug)]
pub(super) struct Possibility {
    /// What.
    pub(super) what: Possible,
    /// Under which condition, empty for always.
    pub(super) condition: String,
}

/// What may be seen.
#[derive(Clone, Debug)]
pub(super) enum Possible {
    /// This certificate.
    Certificate(Box<ExpectedCertificate>),
    /// None.
    Nothing,
    /// The configuration does not tell, and why.
    Unknown(String),
}

/// Looks certificates up, and remembers what was odd about them.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    configuration: &'a Configuration,
    index: &'a Index<'a>,
    /// What was odd.
    pub(super) lint: Vec<Lint>,
    /// What has to be said about the certificates.
    pub(super) notes: Vec<String>,
}

impl<'a> Lookup<'a> {
    /// A lookup in this configuration.
    pub(super) fn new(configuration: &'a Configuration, index: &'a Index<'a>) -> Self {
        Self { configuration, index, lint: Vec::new(), notes: Vec::new() }
    }

    /// What a policy attached; `rule` names the element or the property.
    pub(super) fn attached(
        &mut self,
        attached: &Attached,
        place: Option<&Place>,
        rule: &str,
    ) -> Vec<Possibility> {
        match attached {
            Attached::Nothing => vec![always(Possible::Nothing)],
            Attached::Unknown(why) => {
                let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
                vec![always(Possible::Unknown(format!("{place}{why}")))]
            }
            Attached::Id(id, level) => self.by_id(id, level, place, rule),
            Attached::Thumbprint(text, level) => self.by_thumbprint(text, level, place, rule),
        }
    }

    /// The certificate with this id on a level, and for a Key Vault certificate without a version the one
    /// before it, where an earlier listing tells.
    pub(super) fn by_id(
        &mut self,
        id: &str,
        level: &Level,
        place: Option<&Place>,
        rule: &str,
    ) -> Vec<Possibility> {
        let found = self.index.certificates_on(id, level);
        let [entity, others @ ..] = found.as_slice() else {
            let why = self.unresolved(id, level);
            self.odd("unresolved-certificate", Severity::Error, place, why.clone());
            return vec![always(Possible::Unknown(why))];
        };
        if others.iter().any(|other| digits(other) != digits(entity)) {
            let id = quoted(id);
            let why = format!("several workspaces have a certificate {id}, and they differ");
            self.odd("unresolved-certificate", Severity::Error, place, why.clone());
            return vec![always(Possible::Unknown(why))];
        }
        let current = self.of_entity(entity, place, rule);
        let earlier = self.index.previous_on(id, level);
        let previous = earlier.iter().find(|earlier| {
            digits(earlier).filter(|other| Some(*other) != digits(entity)).is_some()
        });
        let rotates = entity.key_vault.as_ref().is_some_and(|vault| !vault.is_versioned);
        match previous {
            Some(previous) if rotates => {
                let earlier = self.of_entity(previous, place, rule);
                vec![
                    Possibility { what: current, condition: "the current version".to_owned() },
                    Possibility {
                        what: earlier,
                        condition: "the version before the rotation: up to 4 hours after it, \
                                    longer on connections kept open"
                            .to_owned(),
                    },
                ]
            }
            None if rotates => {
                let name = &entity.name;
                self.notes.push(format!(
                    "{name} follows its Key Vault secret: for up to 4 hours after a rotation, and \
                     longer on connections kept open, the certificate before it is seen; \
                     --previous-certificates FILE allows for that one"
                ));
                vec![always(current)]
            }
            _ => vec![always(current)],
        }
    }

    /// Why an id is not resolved.
    fn unresolved(&self, id: &str, level: &Level) -> String {
        let shown = quoted(id);
        let fetch = self.configuration.fetch(level, "certificates", API_VERSION);
        let is_elsewhere = !self.index.certificates(id).is_empty();
        match level {
            Level::AnyWorkspace | Level::Workspace(_) if is_elsewhere => format!(
                "the certificate id {shown} is not among the certificates given of the workspace, \
                 which cannot use those outside it: {fetch}"
            ),
            _ if is_elsewhere => format!(
                "the certificate id {shown} is among the certificates of workspaces alone, which \
                 cannot be used outside them: {fetch}"
            ),
            _ if self.configuration.has_certificate_list => {
                format!("the certificate id {shown} is not among the certificates given: {fetch}")
            }
            _ => format!(
                "the certificate id {shown} cannot be resolved to a thumbprint: no list of \
                 certificates was given: {fetch}"
            ),
        }
    }

    /// The certificate with this thumbprint, whether or not an entity on this level has it.
    pub(super) fn by_thumbprint(
        &mut self,
        text: &str,
        level: &Level,
        place: Option<&Place>,
        rule: &str,
    ) -> Vec<Possibility> {
        let thumbprint = match self.thumbprint(text, place) {
            Ok(thumbprint) => thumbprint,
            Err(why) => return vec![always(Possible::Unknown(why))],
        };
        let known = self.index.certificates_with(thumbprint);
        let current = level.select(known, |one| one.workspace.as_deref()).first().map(|one| **one);
        if current.is_none() && !known.is_empty() {
            let fetch = self.configuration.fetch(level, "certificates", API_VERSION);
            let why = format!(
                "the certificate with {thumbprint} is given of another level than the policy's or \
                 the backend's own: a workspace and its service cannot use each other's: {fetch}"
            );
            self.odd("unresolved-certificate", Severity::Error, place, why.clone());
            return vec![always(Possible::Unknown(why))];
        }
        let earlier = self.index.previous_with(thumbprint);
        let entity = current.or(earlier);
        if let Some(entity) = entity.filter(|entity| entity.key_vault.is_some()) {
            self.odd(
                "key-vault-certificate-by-thumbprint",
                Severity::Error,
                place,
                format!(
                    "the certificate {} comes from Key Vault and is named by its thumbprint: after \
                     a rotation the thumbprint resolves to nothing; name it by its id",
                    entity.name
                ),
            );
        }
        let mut expected = self.expected(thumbprint, place, rule);
        if let Some(entity) = entity {
            describe(&mut expected, entity);
        }
        let found = Possible::Certificate(Box::new(expected));
        match (current, earlier) {
            (Some(_), _) => vec![always(found)],
            (None, Some(earlier)) if earlier.key_vault.is_some() => vec![
                Possibility {
                    what: found,
                    condition: "until the gateway takes the rotation over".to_owned(),
                },
                Possibility {
                    what: Possible::Nothing,
                    condition: "after the rotation, when the thumbprint resolves to nothing"
                        .to_owned(),
                },
            ],
            _ => {
                if self.configuration.has_certificate_list {
                    self.odd(
                        "thumbprint-not-in-certificates",
                        Severity::Warning,
                        place,
                        format!("{thumbprint} is not among the certificates given"),
                    );
                }
                vec![always(found)]
            }
        }
    }

    /// A certificate by a text of the configuration, which may not be resolved.
    pub(super) fn text(
        &mut self,
        text: &Text,
        is_id: bool,
        level: &Level,
        rule: &str,
    ) -> Vec<Possibility> {
        let place = Some(&text.place);
        match &text.value {
            Ok(value) if is_id => self.by_id(value, level, place, rule),
            Ok(value) => self.by_thumbprint(value, level, place, rule),
            Err(why) => {
                let why = format!("{} in {} is not known: {why}", quoted(&text.raw), text.place);
                self.odd("unresolved-certificate", Severity::Error, place, why.clone());
                vec![always(Possible::Unknown(why))]
            }
        }
    }

    fn of_entity(
        &mut self,
        entity: &CertificateEntity,
        place: Option<&Place>,
        rule: &str,
    ) -> Possible {
        let text = match &entity.thumbprint {
            None => {
                let why = format!(
                    "the certificate {} has no thumbprint in {}",
                    entity.name, entity.place
                );
                return Possible::Unknown(why);
            }
            Some(Text { value: Err(why), .. }) => {
                let why = format!(
                    "the thumbprint of the certificate {} is not known: {why}",
                    entity.name
                );
                return Possible::Unknown(why);
            }
            Some(text) => text,
        };
        let at = text.place.clone();
        match self.thumbprint(text.known().unwrap_or_default(), Some(&at)) {
            Ok(thumbprint) => {
                let mut expected = self.expected(thumbprint, place, rule);
                describe(&mut expected, entity);
                Possible::Certificate(Box::new(expected))
            }
            Err(why) => Possible::Unknown(format!("the certificate {}: {why}", entity.name)),
        }
    }

    fn thumbprint(&mut self, text: &str, place: Option<&Place>) -> Result<Thumbprint, String> {
        match Thumbprint::parse(text) {
            Ok((thumbprint, repairs)) => {
                if let Some(repair) = repairs.iter().find(|repair| {
                    matches!(
                        repair,
                        crate::expect::Repair::Invisible { .. }
                            | crate::expect::Repair::UnusualSpace { .. }
                    )
                }) {
                    self.odd(
                        "invisible-characters",
                        Severity::Warning,
                        place,
                        format!("in the thumbprint, {repair}"),
                    );
                }
                Ok(thumbprint)
            }
            Err(error) => {
                let is_masked = matches!(error, crate::expect::ThumbprintError::Masked);
                let code = if is_masked { "masked-thumbprint" } else { "unreadable-thumbprint" };
                let text = quoted(text);
                let why = format!("the thumbprint {text} cannot be used: {error}");
                self.odd(code, Severity::Error, place, why.clone());
                Err(why)
            }
        }
    }

    fn expected(
        &self,
        thumbprint: Thumbprint,
        place: Option<&Place>,
        rule: &str,
    ) -> ExpectedCertificate {
        let mut files = self.configuration.files.iter();
        let file = files.find(|(certificate, _)| thumbprint.matches(certificate));
        let mut expected = ExpectedCertificate {
            certificate: file.map(|(certificate, _)| certificate.clone()),
            sources: vec![source(place, rule)],
            ..ExpectedCertificate::default()
        };
        match thumbprint {
            Thumbprint::Sha1(sha1) => expected.sha1 = Some(sha1),
            Thumbprint::Sha256(sha256) => expected.sha256 = Some(sha256),
        }
        expected
    }

    fn odd(&mut self, code: &'static str, severity: Severity, place: Option<&Place>, text: String) {
        let remark = lint(code, severity, place, text);
        if !self.lint.contains(&remark) {
            self.lint.push(remark);
        }
    }
}

/// Something that holds without a condition.
pub(super) fn always(what: Possible) -> Possibility {
    Possibility { what, condition: String::new() }
}

/// What the entity tells of a certificate.
fn describe(expected: &mut ExpectedCertificate, entity: &CertificateEntity) {
    expected.label = Some(entity.name.clone());
    expected.subject = entity.subject.clone();
    expected.sources.push(source(Some(&entity.place), "certificate entity"));
}

fn source(place: Option<&Place>, rule: &str) -> Source {
    Source {
        file: place.map(|place| place.file.to_string()),
        line: place.and_then(|place| place.line),
        rule: rule.to_owned(),
        condition: None,
    }
}

fn digits(entity: &CertificateEntity) -> Option<Thumbprint> {
    let text = entity.thumbprint.as_ref()?.known()?;
    Thumbprint::parse(text).ok().map(|(thumbprint, _)| thumbprint)
}
