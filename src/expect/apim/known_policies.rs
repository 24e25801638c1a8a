//! Policies that have no part in client certificates.

/// Those of the policy reference that neither attach a certificate nor say where a request goes, and
/// what stands beside them in the request of a resolver.
const KNOWN: &[&str] = &[
    // Access, rates, authentication by other means.
    "authentication-basic",
    "authentication-managed-identity",
    "check-header",
    "cors",
    "cross-domain",
    "get-authorization-context",
    "ip-filter",
    "jsonp",
    "quota",
    "quota-by-key",
    "rate-limit",
    "rate-limit-by-key",
    // What is in the request and in the response.
    "find-and-replace",
    "json-to-xml",
    "redirect-content-urls",
    "rewrite-uri",
    "set-body",
    "set-header",
    "set-method",
    "set-query-parameter",
    "set-status",
    "set-url",
    "set-variable",
    "xml-to-json",
    "xsl-transform",
    // What goes elsewhere, without a certificate of a client.
    "cosmosdb-data-source",
    "emit-metric",
    "http-request",
    "http-response",
    "invoke-dapr-binding",
    "log-to-eventhub",
    "publish-event",
    "publish-to-dapr",
    "send-service-bus-message",
    "sql-data-source",
    "trace",
];

/// Beginnings of the names of whole kinds: new ones come with every release.
const KINDS: &[&str] = &["azure-openai-", "cache-", "llm-", "validate-"];

/// Whether a policy is known to have no part in which certificate a request carries, and where to.
pub(super) fn has_no_part(name: &str) -> bool {
    KNOWN.contains(&name) || KINDS.iter().any(|kind| name.starts_with(kind))
}
