//! What should be seen at one server: what policies attach to the requests that lead there, and what
//! its entities name.

use super::backend::Backend;
use super::commands::API_VERSION;
use super::conclusion::Conclusion;
use super::destination::missing;
use super::flow::Attached;
use super::lint_rules;
use super::place::{last_segment, quoted};
use super::question::Target;
use super::reference::{Lookup, Possibility, Possible, always};
use super::resolve::{Resolver, Subject};
use super::scope::{Level, is_same_workspace};
use super::url::Url;
use super::words::{MOST_TOLD, PROXIED, in_brackets};
use crate::expect::{Endpoints, HypothesisName};

impl<'a> Resolver<'a> {
    /// What should be seen at one server, to which one or several subjects belong.
    pub(super) fn target(&self, group: &[Subject<'_>], name: String) -> Target {
        let mut lookup = Lookup::new(self.configuration, &self.index);
        let mut all = Conclusion::default();
        let mut entities = Vec::new();
        let mut idle = Vec::new();
        let mut remarks = Vec::new();
        let mut url = None;
        for subject in group {
            let mut conclusion = Conclusion::default();
            url = self.describe(*subject, &mut conclusion);
            let entity = match subject {
                Subject::Entity(backend, _) => self.entity_certificates(backend, &mut lookup),
                Subject::Url(_) | Subject::Anything | Subject::Missing(_) => Vec::new(),
            };
            self.follow(*subject, &entity, &mut conclusion, &mut lookup);
            self.overrule(*subject, url.as_ref(), &mut conclusion);
            let condition = match group {
                [_] => String::new(),
                _ => format!("requests to {}", self.subject_name(*subject)),
            };
            let under = |possibilities: &[Possibility]| -> Vec<Possibility> {
                possibilities.iter().map(|one| with_condition(one, &condition)).collect()
            };
            all.reasons.extend(conclusion.reasons);
            all.endpoints = conclusion.endpoints;
            match conclusion.no_handshake {
                Some(why) => idle.push(why),
                None => {
                    all.policy_only.extend(under(&conclusion.policy_only));
                    all.entity_counts.extend(under(&conclusion.entity_counts));
                    all.also.extend(under(&conclusion.also));
                }
            }
            entities.extend(entity);
            if let Subject::Entity(backend, _) = subject {
                remarks.extend(lint_rules::of_backend(backend, self));
            }
        }
        if idle.len() == group.len() {
            all.no_handshake = idle.into_iter().next();
        } else if let Some(url) = &url {
            self.sides_to(url, &mut all, &mut lookup);
        }
        all.reasons.append(&mut lookup.notes);
        self.tell_contest(&entities, &mut all);

        remarks.extend(lookup.lint);
        let chosen = self.question.hypothesis.unwrap_or(HypothesisName::EntityCounts);
        let mut expectation = all.expectation(chosen);
        remarks.extend(lint_rules::of_certificates(&expectation.certificates, self));
        expectation.lint = remarks;
        let is_anything = matches!(group, [Subject::Anything]);
        let needs_selection = !is_anything && expectation.endpoints == Endpoints::default();
        Target { name, is_asked: true, needs_selection, expectation }
    }

    /// What policies attach to the requests that lead here, under each hypothesis.
    pub(super) fn follow(
        &self,
        subject: Subject<'_>,
        entity: &[Possibility],
        conclusion: &mut Conclusion,
        lookup: &mut Lookup<'_>,
    ) {
        let configuration = self.configuration;
        let has_policies =
            !configuration.policies.is_empty() || !configuration.resolvers.is_empty();
        if !has_policies && !configuration.is_whole() {
            return self.without_policies(subject, entity, conclusion);
        }
        let found = self.paths(subject);
        let is_one = self.requests.len() == 1;
        let mut ended = Vec::new();
        let mut is_any_open = false;
        for (requests, path, leads) in found {
            let label = requests.label.as_ref().filter(|_| !is_one);
            let conditions = label
                .map(|label| format!("requests of {label}"))
                .into_iter()
                .chain(leads.doubt.iter().map(|why| format!("if they go here: {why}")))
                .chain(path.conditions.iter().cloned());
            let condition = conditions.collect::<Vec<_>>().join(", ");
            if let Some((place, why)) = &path.ended {
                ended.push(format!("{place}: {why}{}", in_brackets(&condition)));
                continue;
            }
            is_any_open = true;
            if let (Some(why), Attached::Nothing) = (&leads.unknown, &path.attached) {
                let unknown = Possibility {
                    what: Possible::Unknown(why.clone()),
                    condition: condition.clone(),
                };
                conclusion.policy_only.push(unknown.clone());
                conclusion.entity_counts.push(unknown);
                continue;
            }
            self.tell_path(requests, path, &leads, &condition, subject, conclusion);
            let policy = lookup.attached(
                &path.attached,
                path.attached_at.as_ref(),
                "authentication-certificate",
            );
            let under = |possibilities: &[Possibility]| -> Vec<Possibility> {
                possibilities.iter().map(|one| with_condition(one, &condition)).collect()
            };
            if let Some(place) = &path.proxied_at {
                let why = format!("{place}: <proxy> sends the requests through a proxy: {PROXIED}");
                let unknown = under(&[always(Possible::Unknown(why))]);
                conclusion.policy_only.extend(unknown.iter().cloned());
                conclusion.entity_counts.extend(unknown);
            }
            conclusion.policy_only.extend(under(&policy));
            if let (Subject::Url(_), Attached::Nothing, Some(why)) =
                (subject, &path.attached, self.unknown_entity(requests.workspace.as_deref()))
            {
                conclusion.entity_counts.extend(under(&[always(Possible::Unknown(why))]));
                continue;
            }
            if path.attached == Attached::Nothing && !entity.is_empty() {
                conclusion.entity_counts.extend(under(entity));
                if leads.entity_doubt.is_some() {
                    conclusion.entity_counts.extend(under(&policy));
                }
            } else {
                conclusion.entity_counts.extend(under(&policy));
                conclusion.also.extend(under(entity));
            }
        }
        conclusion.reasons.extend(ended.iter().take(MOST_TOLD).cloned());
        if !is_any_open {
            conclusion.no_handshake = Some(if ended.is_empty() {
                "no API and no policy of the configuration leads to it".to_owned()
            } else {
                "no request is sent to the backend".to_owned()
            });
            if ended.is_empty() && (!configuration.is_whole() || self.is_anywhere(subject)) {
                // Files given one by one need not be all: that is no knowledge.
                conclusion.no_handshake = None;
                let why = self.missing_route();
                conclusion.policy_only.push(always(Possible::Unknown(why.clone())));
                conclusion.entity_counts.push(always(Possible::Unknown(why)));
            }
        }
    }

    /// Why requests of a workspace, or of none, may match an entity with a certificate although
    /// none is known that they match.
    fn unknown_entity(&self, workspace: Option<&str>) -> Option<String> {
        let configuration = self.configuration;
        if !configuration.has_backend_list && !configuration.is_folder {
            let fetch = configuration.fetch(&Level::Any, "backends", API_VERSION);
            let given = match configuration.backends.is_empty() {
                true => "no Backend entities were given",
                false => "no list of all Backend entities was given",
            };
            return Some(format!(
                "{given}, and one whose URL matches may have a certificate: {fetch}"
            ));
        }
        let mut anywhere = self.index.at_unknown_servers().iter();
        let backend = anywhere.find(|backend| {
            let may_have_one = !backend.unread.is_empty()
                || !backend.certificate_ids.is_empty()
                || !backend.thumbprints.is_empty();
            may_have_one && is_same_workspace(backend.workspace.as_deref(), workspace)
        })?;
        let name = &backend.name;
        Some(format!(
            "{}: the URL of the backend {name} is not known and may match, and that entity may \
             have a certificate",
            backend.place
        ))
    }

    /// Whether a subject is a backend whose URL is not known, so that requests may match it.
    fn is_anywhere(&self, subject: Subject<'_>) -> bool {
        let mut anywhere = self.index.at_unknown_servers().iter();
        match subject {
            Subject::Entity(backend, _) => anywhere.any(|one| std::ptr::eq(*one, backend)),
            Subject::Url(_) | Subject::Anything | Subject::Missing(_) => false,
        }
    }

    /// Without any policy, what policies do is not known; the entity's certificate is what its
    /// owner expects to see.
    pub(super) fn without_policies(
        &self,
        subject: Subject<'_>,
        entity: &[Possibility],
        conclusion: &mut Conclusion,
    ) {
        let why = "no policy was given, and a policy may attach a certificate".to_owned();
        conclusion.policy_only.push(always(Possible::Unknown(why.clone())));
        if entity.is_empty() {
            conclusion.entity_counts.push(always(Possible::Unknown(why)));
            return;
        }
        if let Subject::Entity(backend, _) = subject {
            conclusion.reasons.push(format!(
                "no policy was given: it is taken that requests reach the backend {} and that no \
                 policy attaches another certificate",
                backend.name
            ));
        }
        conclusion.entity_counts.extend(entity.iter().cloned());
    }

    /// What the entity's own credentials name.
    pub(super) fn entity_certificates(
        &self,
        backend: &Backend,
        lookup: &mut Lookup<'_>,
    ) -> Vec<Possibility> {
        let mut found: Vec<Possibility> = backend
            .unread
            .iter()
            .map(|(place, why)| always(Possible::Unknown(format!("{place}: {why}"))))
            .collect();
        // By the reference, thumbprints are ignored where there are ids.
        let (texts, is_id, rule) = match backend.certificate_ids.as_slice() {
            [] => (&backend.thumbprints, false, "credentials.certificate"),
            _ => (&backend.certificate_ids, true, "credentials.certificateIds"),
        };
        let is_several = texts.len() > 1;
        let level = Level::of_entity(backend.workspace.as_deref());
        for text in texts {
            for mut one in lookup.text(text, is_id, &level, rule) {
                if is_several && one.condition.is_empty() {
                    one.condition =
                        "one of several on the entity: the TLS stack chooses".to_owned();
                }
                found.push(one);
            }
        }
        found
    }

    /// Requests that policies make by themselves to the very server of a backend.
    pub(super) fn sides_to(&self, url: &Url, conclusion: &mut Conclusion, lookup: &mut Lookup<'_>) {
        for side in self.requests.iter().flat_map(|requests| &requests.flow.sides) {
            let to = side.url.as_deref().and_then(Url::parse);
            if !to.is_some_and(|to| to.is_same_server(url)) {
                continue;
            }
            let condition = format!("requests of <{}> in {}", side.element, side.place);
            conclusion.reasons.push(format!(
                "{}: <{}> makes connections of its own to the same server",
                side.place, side.element
            ));
            for one in lookup.attached(
                &side.attached,
                Some(&side.place),
                "authentication-certificate in send-request",
            ) {
                let one = with_condition(&one, &condition);
                conclusion.policy_only.push(one.clone());
                conclusion.entity_counts.push(one);
            }
        }
    }

    /// Where something between the gateway and the backend, or the lack of TLS, decides.
    pub(super) fn overrule(
        &self,
        subject: Subject<'_>,
        url: Option<&Url>,
        conclusion: &mut Conclusion,
    ) {
        if let Some(url) = url.filter(|url| !url.is_tls()) {
            conclusion.no_handshake =
                Some(format!("{}:// is no TLS, so a certificate can have no effect", url.scheme));
            return;
        }
        let why = match subject {
            Subject::Entity(backend, _) => self.lacks_server(backend),
            Subject::Missing(id) => {
                let path = format!("backends/{}", last_segment(id));
                let fetch = self.configuration.fetch(&Level::Any, &path, API_VERSION);
                Some(missing(id, &fetch))
            }
            Subject::Url(_) | Subject::Anything => None,
        };
        if let Some(why) = why {
            let unknown = always(Possible::Unknown(why));
            conclusion.policy_only.push(unknown.clone());
            conclusion.entity_counts.push(unknown);
        }
        if let Subject::Entity(backend, _) = subject
            && let Some(proxy) = &backend.proxy
        {
            let why = format!(
                "{}: the backend is reached through the proxy {}: {PROXIED}",
                proxy.place,
                quoted(&proxy.raw)
            );
            let unknown = always(Possible::Unknown(why));
            conclusion.policy_only.push(unknown.clone());
            conclusion.entity_counts.push(unknown);
        }
    }
}

pub(super) fn with_condition(possibility: &Possibility, condition: &str) -> Possibility {
    let condition = match (possibility.condition.is_empty(), condition.is_empty()) {
        (_, true) => possibility.condition.clone(),
        (true, false) => condition.to_owned(),
        (false, false) => format!("{condition}, {}", possibility.condition),
    };
    Possibility { what: possibility.what.clone(), condition }
}
