//! What is odd about entities and policies; each code is described in docs/guide/lint.md.

use super::backend::{Backend, BackendKind};
use super::certificate_entity::CertificateEntity;
use super::configuration::{Configuration, lint};
use super::entities::Policy;
use super::index::Index;
use super::place::{Place, Text, last_segment, quoted};
use super::question::Gateway;
use super::resolve::Resolver;
use super::url::Url;
use crate::expect::lint::{Lint, Severity};
use crate::expect::{ExpectedCertificate, Thumbprint};

/// What is odd about a backend.
pub(super) fn of_backend(backend: &Backend, resolver: &Resolver<'_>) -> Vec<Lint> {
    let (configuration, question) = (resolver.configuration, resolver.question);
    let mut found = Vec::new();
    let mut odd = |code, severity, place: &Place, text: String| {
        found.push(lint(code, severity, Some(place), text));
    };
    for (place, why) in &backend.unread {
        let code = if why.contains("ConvertTo-Json") { "cut-export" } else { "unresolved-part" };
        odd(code, Severity::Error, place, why.clone());
    }
    if let (Some(first), false) = (backend.thumbprints.first(), backend.certificate_ids.is_empty())
    {
        odd(
            "both-certificate-lists",
            Severity::Warning,
            &first.place,
            "credentials has certificate and certificateIds: certificate is ignored".to_owned(),
        );
    }
    let several = match backend.certificate_ids.as_slice() {
        [] => backend.thumbprints.as_slice(),
        ids => ids,
    };
    if let [_, second, ..] = several {
        odd(
            "several-certificates",
            Severity::Warning,
            &second.place,
            format!(
                "the backend {} has several certificates: one of them is presented",
                backend.name
            ),
        );
    }
    if let Some(url) = &backend.url
        && url.known().and_then(Url::parse).is_some_and(|url| !url.is_tls())
    {
        odd(
            "http-backend",
            Severity::Error,
            &url.place,
            format!("{} is no TLS: a certificate can have no effect", quoted(&url.raw)),
        );
    }
    if let Some(proxy) = &backend.proxy {
        odd(
            "backend-behind-proxy",
            Severity::Info,
            &proxy.place,
            "the backend is reached through a proxy: what the backend host sees may be the proxy's"
                .to_owned(),
        );
    }
    if let Some(resource) = &backend.resource_id
        && let Some(service) = front_end(&resource.raw)
    {
        odd(
            "tls-ends-at-front-end",
            Severity::Info,
            &resource.place,
            format!(
                "the backend is {service}: TLS ends at its front end, and a capture in the \
                 application's own host cannot hold this handshake"
            ),
        );
    }
    if matches!(backend.kind, BackendKind::ServiceFabric(_))
        && question.gateway.is_some_and(|gateway| gateway != Gateway::Classic)
    {
        odd(
            "service-fabric-tier",
            Severity::Error,
            &backend.place,
            "Service Fabric backends work in the classic tiers only".to_owned(),
        );
    }
    if !configuration.policies.is_empty() || configuration.is_whole() {
        found.extend(unreferenced(backend, &resolver.index));
    }
    found
}

/// What is odd about the certificates that are expected.
pub(super) fn of_certificates(
    expected: &[ExpectedCertificate],
    resolver: &Resolver<'_>,
) -> Vec<Lint> {
    let (configuration, as_of) = (resolver.configuration, resolver.question.as_of);
    let mut found = Vec::new();
    for certificate in expected {
        let entity = certificate.label.as_deref().and_then(|label| {
            let index = &resolver.index;
            let mut named = index.certificates(label).iter().chain(index.previous(label));
            named.find(|entity| has_thumbprint(entity, certificate))
        });
        if let Some(entity) = entity {
            of_entity(entity, as_of, &mut found);
        }
        let file = configuration
            .files
            .iter()
            .find(|(file, _)| certificate.thumbprints().any(|thumbprint| thumbprint.matches(file)));
        if let Some((file, place)) = file
            && let Ok(fields) = &file.fields
        {
            let usages = fields.extended_key_usages.as_deref();
            let allows =
                |usage: &String| matches!(usage.as_str(), "clientAuth" | "anyExtendedKeyUsage");
            if usages.is_some_and(|usages| !usages.iter().any(allows)) {
                found.push(lint(
                    "client-auth-usage-missing",
                    Severity::Error,
                    Some(place),
                    "the certificate's extended key usage lacks clientAuth: .NET then answers the \
                     server's request with an empty Certificate message",
                ));
            }
            if fields.digital_signature == Some(false) {
                found.push(lint(
                    "client-auth-usage-missing",
                    Severity::Error,
                    Some(place),
                    "the certificate's key usage lacks digitalSignature: .NET then answers the \
                     server's request with an empty Certificate message",
                ));
            }
            if entity.is_none_or(|entity| entity.expires.is_none())
                && let (Some(end), Some(as_of)) = (fields.not_after, as_of)
            {
                found.extend(expiry(end, as_of, "the certificate", place));
            }
        }
    }
    found
}

/// What is odd about the configuration as a whole.
pub(super) fn of_configuration(configuration: &Configuration) -> Vec<Lint> {
    let policies = configuration.policies.iter().filter_map(Policy::known);
    let documents = policies.chain(configuration.fragments.iter().map(|one| &one.document));
    let disabled = documents.flat_map(|document| &document.disabled);
    disabled
        .map(|(place, name)| {
            let text = format!("<{name}> stands in a comment and is not in force");
            lint("policy-in-comment", Severity::Info, Some(place), text)
        })
        .collect()
}

fn of_entity(entity: &CertificateEntity, as_of: Option<i64>, found: &mut Vec<Lint>) {
    let name = &entity.name;
    if let Some(vault) = &entity.key_vault {
        if vault.is_versioned {
            found.push(lint(
                "key-vault-versioned-secret",
                Severity::Warning,
                Some(&vault.identifier.place),
                format!(
                    "the certificate {name} names one version of its Key Vault secret: it is not \
                     renewed when the secret is"
                ),
            ));
        }
        if let Some(failure) = &vault.failure {
            found.push(lint(
                "key-vault-refresh-failed",
                Severity::Error,
                Some(&entity.place),
                format!(
                    "the last refresh of the certificate {name} from Key Vault did not succeed ({})",
                    quoted(failure)
                ),
            ));
        }
    }
    if let (Some((end, _)), Some(as_of)) = (&entity.expires, as_of) {
        found.extend(expiry(*end, as_of, &format!("the certificate {name}"), &entity.place));
    }
}

fn expiry(end: i64, as_of: i64, name: &str, place: &Place) -> Option<Lint> {
    let left = end.saturating_sub(as_of);
    if left < 0 {
        let text = format!("{name} had expired by then");
        return Some(lint("certificate-expired", Severity::Error, Some(place), text));
    }
    let days = left / DAY;
    (days < SOON_DAYS).then(|| {
        let text = format!("{name} expires within {} days", days.saturating_add(1));
        lint("certificate-expires-soon", Severity::Warning, Some(place), text)
    })
}

/// A certificate on the entity that no policy names.
fn unreferenced(backend: &Backend, index: &Index<'_>) -> Option<Lint> {
    let texts = match backend.certificate_ids.as_slice() {
        [] => backend.thumbprints.as_slice(),
        ids => ids,
    };
    let first = texts.first()?;
    let is_named = |text: &Text| {
        let Some(known) = text.known() else {
            return true;
        };
        let own = Thumbprint::parse(known).ok().map(|(thumbprint, _)| thumbprint);
        let by_name = index.certificates(known).first().copied();
        let entity = by_name.or_else(|| index.certificates_with(own?).first().copied());
        let own = own.or_else(|| entity.and_then(thumbprint_of));
        let name = entity.map_or_else(|| last_segment(known), |entity| entity.name.as_str());
        index.is_named(name) || own.is_some_and(|own| index.is_thumbprint_named(own))
    };
    (!texts.iter().any(is_named)).then(|| {
        lint(
            "certificate-referenced-by-no-policy",
            Severity::Warning,
            Some(&first.place),
            format!(
                "the certificate on the backend {} is named by no policy: whether it is presented \
                 then is contested",
                backend.name
            ),
        )
    })
}

fn has_thumbprint(entity: &CertificateEntity, certificate: &ExpectedCertificate) -> bool {
    let own = thumbprint_of(entity);
    own.is_some_and(|own| certificate.thumbprints().any(|thumbprint| thumbprint == own))
}

fn thumbprint_of(entity: &CertificateEntity) -> Option<Thumbprint> {
    let text = entity.thumbprint.as_ref()?.known()?;
    Thumbprint::parse(text).ok().map(|(thumbprint, _)| thumbprint)
}

/// An Azure service that ends TLS before the application, by its resource id.
fn front_end(resource_id: &str) -> Option<&'static str> {
    let id = resource_id.to_ascii_lowercase();
    if id.contains("/microsoft.web/sites") {
        return Some("an App Service or Functions app");
    }
    if id.contains("/microsoft.app/containerapps") {
        return Some("a Container App");
    }
    id.contains("/microsoft.logic/").then_some("a Logic App")
}

const DAY: i64 = 86_400;

/// How many days before its end a certificate is said to expire soon.
const SOON_DAYS: i64 = 30;
