//! Backend entities, of every API version and in every export's shape.

use super::functions::only_a_default;
use super::node::{Node, is_key};
use super::place::{Place, Text, quoted};
use super::record::Reader;
use super::value::Unknown;

/// A Backend entity.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    /// The last segment of its id.
    pub(super) name: String,
    /// The workspace it lives in.
    pub(super) workspace: Option<String>,
    /// Where it begins.
    pub(super) place: Place,
    /// What kind it is, with what only that kind has.
    pub(super) kind: BackendKind,
    /// Its URL; none for a pool.
    pub(super) url: Option<Text>,
    /// `credentials.certificateIds`.
    pub(super) certificate_ids: Vec<Text>,
    /// `credentials.certificate`: thumbprints.
    pub(super) thumbprints: Vec<Text>,
    /// The proxy that it is reached through.
    pub(super) proxy: Option<Text>,
    /// The Azure resource behind it.
    pub(super) resource_id: Option<Text>,
    /// Parts that are there and cannot be read: where, and why.
    pub(super) unread: Vec<(Place, String)>,
    /// Whether it may not be there.
    pub(super) is_doubtful: bool,
}

/// What kind of backend it is.
#[derive(Clone, Debug)]
pub(super) enum BackendKind {
    /// One URL.
    Single,
    /// Several backends, by their ids.
    Pool(Vec<Text>),
    /// A Service Fabric cluster.
    ServiceFabric(ServiceFabric),
}

/// What a Service Fabric backend says about its cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceFabric {
    /// `clientCertificateId`.
    pub(super) certificate_id: Option<Text>,
    /// `clientCertificatethumbprint`, ignored where there is an id.
    pub(super) thumbprint: Option<Text>,
    /// `managementEndpoints`.
    pub(super) management_endpoints: Vec<Text>,
}

impl Backend {
    /// Reads the body of a record: the ARM `properties`, or the flat object of PowerShell or
    /// Terraform.
    pub(super) fn read(
        reader: &Reader,
        name: String,
        workspace: Option<String>,
        place: Place,
        body: Node<'_>,
    ) -> Self {
        let mut unread = Vec::new();
        if let Some(unknown) = body.unknown() {
            unread.push((body.place(), unknown.why.clone()));
        }
        let credentials = part(body, &["credentials", "credential"], &mut unread);
        unread.extend(left_out_by_a_default(body, credentials));
        unread.extend(not_understood(body, credentials));
        let fabric = part(body, &["serviceFabricCluster"], &mut unread).or_else(|| {
            let inner = part(body, &["properties"], &mut unread)?;
            part(inner, &["serviceFabricCluster"], &mut unread)
        });
        let pool = part(body, &["pool"], &mut unread);
        let proxy = part(body, &["proxy"], &mut unread);
        let list = |node: Option<Node<'_>>| -> Vec<Text> {
            let values = node.map(Node::one_or_more).unwrap_or_default();
            values.into_iter().take(MOST_IN_A_LIST).map(|value| reader.text(value)).collect()
        };
        let ids = |node: Option<Node<'_>>| -> Vec<Text> {
            let values = node.map(Node::one_or_more).unwrap_or_default();
            values.into_iter().take(MOST_IN_A_LIST).map(|value| reader.id(value)).collect()
        };

        let is_pool = body.text_of("type").is_some_and(|kind| kind.eq_ignore_ascii_case("pool"));
        let kind = match (pool, fabric) {
            (_, Some(fabric)) => BackendKind::ServiceFabric(ServiceFabric {
                certificate_id: reader.optional_id(fabric, "clientCertificateId"),
                thumbprint: reader.optional(fabric, "clientCertificateThumbprint"),
                management_endpoints: list(fabric.get("managementEndpoints")),
            }),
            (Some(pool), None) => {
                let services = part(pool, &["services"], &mut unread);
                let services = services.map(Node::one_or_more).unwrap_or_default();
                if services.len() > MOST_IN_A_LIST {
                    unread.push((pool.place(), too_many("pool.services")));
                }
                let members = services.into_iter().filter_map(|one| one.get("id"));
                let members = members.take(MOST_IN_A_LIST);
                BackendKind::Pool(members.map(|id| reader.id(id)).collect())
            }
            (None, None) if is_pool => BackendKind::Pool(Vec::new()),
            (None, None) => BackendKind::Single,
        };
        let credential = |key| credentials.and_then(|credentials| credentials.get(key));
        for key in ["certificateIds", "certificate"] {
            if let Some(list) = credential(key)
                && list.elements().nth(MOST_IN_A_LIST).is_some()
            {
                unread.push((list.place(), too_many(key)));
            }
        }
        Self {
            name,
            workspace,
            place,
            kind,
            url: reader.optional(body, "url"),
            certificate_ids: ids(credential("certificateIds")),
            thumbprints: list(credential("certificate")),
            proxy: proxy.and_then(|proxy| reader.optional(proxy, "url")),
            resource_id: reader.optional_id(body, "resourceId"),
            unread,
            is_doubtful: false,
        }
    }

    /// Takes over what an environment overrides: what its body has.
    pub(super) fn override_with(&mut self, over: Self, body: Node<'_>) {
        let credentials = body.get("credentials");
        let has = |key| credentials.and_then(|credentials| credentials.get(key)).is_some();
        self.url = over.url.or_else(|| self.url.take());
        if has("certificateIds") {
            self.certificate_ids = over.certificate_ids;
        }
        if has("certificate") {
            self.thumbprints = over.thumbprints;
        }
        self.proxy = over.proxy.or_else(|| self.proxy.take());
        self.resource_id = over.resource_id.or_else(|| self.resource_id.take());
        self.unread.extend(over.unread);
        match (&mut self.kind, over.kind) {
            (_, BackendKind::Single) => {}
            (BackendKind::ServiceFabric(own), BackendKind::ServiceFabric(over)) => {
                own.certificate_id = over.certificate_id.or_else(|| own.certificate_id.take());
                own.thumbprint = over.thumbprint.or_else(|| own.thumbprint.take());
                if !over.management_endpoints.is_empty() {
                    own.management_endpoints = over.management_endpoints;
                }
            }
            (own, over) => *own = over,
        }
    }

    /// Whether a body is that of a backend, where nothing else says what it is.
    pub(super) fn is_body(body: Node<'_>) -> bool {
        let has = |key| body.get(key).is_some();
        let kind = body.text_of("type").unwrap_or_default().to_ascii_lowercase();
        has("pool")
            || has("serviceFabricCluster")
            || body.at(&["properties", "serviceFabricCluster"]).is_some()
            || (has("url") && (has("protocol") || has("credentials") || has("tls")))
            || (has("url") && (has("backendId") || kind == "single"))
            || kind == "pool"
    }
}

/// An object inside a body; one that an export replaced by a text is remembered.
fn part<'d>(
    holder: Node<'d>,
    keys: &[&str],
    unread: &mut Vec<(Place, String)>,
) -> Option<Node<'d>> {
    let found = keys.iter().find_map(|key| holder.get(key))?;
    if found.is_array() && found.elements().next().is_none() {
        // Terraform writes a block that is not there as an empty list.
        return None;
    }
    if let Some(unknown) = found.unknown() {
        unread.push((found.place(), not_known(keys, unknown)));
        return None;
    }
    if found.text().is_some() {
        // PowerShell writes the name of a type where its depth ends.
        unread.push((found.place(), cut_by_depth(keys)));
        return None;
    }
    Some(found)
}

/// What an object that only a default gives does not have, a deployment may.
fn left_out_by_a_default(body: Node<'_>, credentials: Option<Node<'_>>) -> Option<(Place, String)> {
    let names_a_certificate = |node: Node<'_>| {
        ["certificateIds", "certificate"].into_iter().any(|key| node.get(key).is_some())
    };
    if credentials.is_some_and(names_a_certificate) {
        return None;
    }
    let holder = credentials.unwrap_or(body);
    let default = holder.json().by_default.as_ref()?;
    Some((holder.place(), only_a_default(default)))
}

/// What a later version of the service may have added: it may name a certificate.
fn not_understood(body: Node<'_>, credentials: Option<Node<'_>>) -> Option<(Place, String)> {
    let is_there = |value: &Node<'_>| !value.json().is_empty();
    let mut parts = credentials.into_iter().flat_map(Node::entries);
    let unknown = parts.find(|(key, value)| {
        is_there(value) && !CREDENTIALS.iter().any(|known| is_key(key, known))
    });
    if let Some((key, value)) = unknown {
        let why = format!("\"{}\" among the credentials is not understood", quoted(key));
        return Some((value.place(), why));
    }
    let kind = body.get("type")?;
    let is_known = kind.text().is_none_or(|kind| {
        // An export may write the type of the resource here.
        kind.contains('/')
            || ["", "single", "pool"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    });
    (!is_known).then(|| {
        let kind = quoted(kind.text().unwrap_or_default());
        (body.place(), format!("a backend of the type {kind} is not understood"))
    })
}

/// What the credentials of a Backend may hold.
const CREDENTIALS: [&str; 6] =
    ["authorization", "certificate", "certificateIds", "header", "managedIdentity", "query"];

fn too_many(key: &str) -> String {
    format!("{key} has more than {MOST_IN_A_LIST} entries, and the others are not read")
}

/// Entries of a list that are read: the service allows 32 certificates and 30 members.
const MOST_IN_A_LIST: usize = 500;

fn not_known(keys: &[&str], unknown: &Unknown) -> String {
    let key = keys.first().copied().unwrap_or_default();
    let why = &unknown.why;
    match unknown.raw.starts_with('[') {
        true => format!("\"{key}\" is a template expression, whose value is not known: {why}"),
        false => format!("\"{key}\" is not known: {why}"),
    }
}

fn cut_by_depth(keys: &[&str]) -> String {
    let key = keys.first().copied().unwrap_or_default();
    format!(
        "\"{key}\" holds a text in place of an object: ConvertTo-Json cut it; write it again with \
         ConvertTo-Json -Depth 10"
    )
}
