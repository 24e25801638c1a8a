//! Kubernetes, Envoy and Kong: what is presented at which server.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::{Gateways, WantedFile};
use crate::expect::ExpectedOutcome;
use crate::expect::apim::Target;

const LEAF: &str = include_str!("../testdata/leaf.pem");
const OTHER: &str = include_str!("../testdata/other.pem");

fn read(files: &[(&str, &str)]) -> Gateways {
    let mut gateways = Gateways::default();
    for (name, text) in files {
        assert!(Gateways::recognises(text.as_bytes()), "{text}");
        gateways.add(name, text.as_bytes()).unwrap();
    }
    gateways
}

fn one(files: &[(&str, &str)]) -> Target {
    let targets = read(files).targets(None);
    assert_eq!(targets.len(), 1, "{targets:?}");
    targets.into_iter().next().unwrap()
}

#[track_caller]
fn assert_outcome(target: &Target, outcome: ExpectedOutcome, word: &str) {
    let last = target.expectation.reasons.last().unwrap();
    assert_eq!(target.expectation.outcome, outcome, "{last}");
    let all = target.expectation.reasons.join("\n");
    assert!(all.contains(word), "{all}");
}

/// A PEM text as a JSON or YAML string.
fn quoted(pem: &str) -> String {
    format!("\"{}\"", pem.replace('\n', "\\n"))
}

fn secret(name: &str, namespace: &str, pem: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         stringData:\n  tls.crt: {}\n",
        quoted(pem)
    )
}

fn ingress(annotations: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  namespace: \
         web\n  annotations:\n{annotations}spec:\n  rules:\n  - host: shop.example\n    http:\n      \
         paths:\n      - path: /\n        backend:\n          service: {{name: orders, port: \
         {{number: 443}}}}\n"
    )
}

const HTTPS: &str = "    nginx.ingress.kubernetes.io/backend-protocol: \"HTTPS\"\n    \
                     nginx.ingress.kubernetes.io/proxy-ssl-server-name: \"on\"\n    \
                     nginx.ingress.kubernetes.io/proxy-ssl-name: orders.example\n";
const SECRET: &str = "    nginx.ingress.kubernetes.io/proxy-ssl-secret: web/client\n";

#[test]
fn ingress_presents_the_certificate_of_its_secret() {
    let with_secret = ingress(&format!("{HTTPS}{SECRET}"));
    let target = one(&[("i.yaml", &with_secret), ("s.yaml", &secret("client", "web", LEAF))]);
    assert_outcome(&target, ExpectedOutcome::Certificate, "proxy-ssl-secret is web/client");
    assert_eq!(target.expectation.endpoints.server_names, ["orders.example"]);
    assert_eq!(target.name, "Ingress shop (service orders)");

    let target = one(&[("i.yaml", &with_secret)]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "kubectl get secret client -n web");
    let target = one(&[("i.yaml", &with_secret), ("s.yaml", &secret("client", "other", LEAF))]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "was not given");
    assert_outcome(&one(&[("i.yaml", &ingress(HTTPS))]), ExpectedOutcome::None, "HTTPS");

    let plain = ingress(SECRET);
    let target = one(&[("i.yaml", &plain)]);
    assert_outcome(&target, ExpectedOutcome::NoHandshake, "the backend protocol is HTTP");
    let snippet = format!(
        "{HTTPS}    nginx.ingress.kubernetes.io/configuration-snippet: |\n      \
         proxy_ssl_certificate /a.pem;\n"
    );
    assert_outcome(
        &one(&[("i.yaml", &ingress(&snippet))]),
        ExpectedOutcome::Undecidable,
        "snippet",
    );
}

fn rule(policy: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: orders, \
         namespace: shop}}\nspec:\n  host: orders.example\n  trafficPolicy: {policy}\n"
    )
}

#[test]
fn destination_rule_by_mode() {
    let mutual = rule("{tls: {mode: MUTUAL, credentialName: client, sni: Orders.example}}");
    let target = one(&[("r.yaml", &mutual), ("s.yaml", &secret("client", "shop", LEAF))]);
    assert_outcome(&target, ExpectedOutcome::Certificate, "credentialName is client");
    assert_eq!(target.expectation.endpoints.server_names, ["orders.example"]);
    assert_outcome(&one(&[("r.yaml", &mutual)]), ExpectedOutcome::Undecidable, "-n shop");
    let target = one(&[("r.yaml", &rule("{tls: {mode: SIMPLE}}"))]);
    assert_outcome(&target, ExpectedOutcome::None, "SIMPLE");
    let target = one(&[("r.yaml", &rule("{tls: {mode: DISABLE}}"))]);
    assert_eq!(target.expectation.outcome, ExpectedOutcome::NoHandshake);
    for policy in ["{tls: {mode: ISTIO_MUTUAL}}", "{tls: {mode: NEW}}", "{tls: {}}", "{}"] {
        let target = one(&[("r.yaml", &rule(policy))]);
        assert_outcome(&target, ExpectedOutcome::Undecidable, "cannot be told");
    }

    let ports = rule(
        "\n    portLevelSettings:\n    - port: {number: 443}\n      tls: {mode: MUTUAL, \
         clientCertificate: /etc/certs/a.pem}\n    - port: {number: 8443}\n      tls: {mode: SIMPLE}",
    );
    let mut gateways = read(&[("dir/r.yaml", &ports)]);
    let wanted = gateways.wanted();
    let name = "/etc/certs/a.pem".to_owned();
    assert_eq!(wanted, [WantedFile { configuration: "dir/r.yaml".to_owned(), name }]);
    let outcomes = |gateways: &Gateways| -> Vec<_> {
        let targets = gateways.targets(None).into_iter();
        targets.map(|one| (one.expectation.endpoints.ports, one.expectation.outcome)).collect()
    };
    assert_eq!(outcomes(&gateways)[0], (vec![443], ExpectedOutcome::Undecidable));
    gateways.give(wanted[0].clone(), Some(("dir/a.pem".to_owned(), LEAF.into())));
    assert_eq!(
        outcomes(&gateways),
        [(vec![443], ExpectedOutcome::Certificate), (vec![8443], ExpectedOutcome::None)]
    );
    assert!(gateways.wanted().is_empty());
}

#[test]
fn subsets_with_different_certificates_are_candidates() {
    let text = rule("{tls: {mode: MUTUAL, credentialName: a}}")
        + "  subsets:\n  - name: v2\n    trafficPolicy: {tls: {mode: MUTUAL, credentialName: b}}\n  \
           - name: v1\n";
    let files = [
        ("r.yaml", text.as_str()),
        ("a.yaml", &secret("a", "shop", LEAF)),
        ("b.yaml", &secret("b", "shop", OTHER)),
    ];
    let target = one(&files);
    assert_outcome(&target, ExpectedOutcome::Candidates, "one of");
    let condition = target.expectation.certificates[1].sources[0].condition.as_deref();
    assert_eq!(condition, Some("DestinationRule orders, subset v2"));
}

fn cluster(name: &str, socket: &str) -> String {
    format!(
        "{{\"cluster\": {{\"@type\": \"type.googleapis.com/envoy.config.cluster.v3.Cluster\", \
         \"name\": \"{name}\", \"load_assignment\": {{\"endpoints\": [{{\"lb_endpoints\": \
         [{{\"endpoint\": {{\"address\": {{\"socket_address\": {{\"address\": \"10.0.0.5\", \
         \"port_value\": 8443}}}}}}}}]}}]}}{socket}}}}}"
    )
}

fn tls(context: &str) -> String {
    format!(
        ", \"transport_socket\": {{\"name\": \"envoy.transport_sockets.tls\", \"typed_config\": \
         {{\"@type\": \"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.\
         UpstreamTlsContext\", \"sni\": \"orders.example\"{context}}}}}"
    )
}

fn dump(clusters: &[String], secrets: &str) -> String {
    format!(
        "{{\n \"configs\": [\n  {{\"@type\": \"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump\"}},\n  \
         {{\"@type\": \"type.googleapis.com/envoy.admin.v3.ClustersConfigDump\", \"static_clusters\": \
         [{}]}},\n  {{\"@type\": \"type.googleapis.com/envoy.admin.v3.SecretsConfigDump\", \
         \"dynamic_active_secrets\": [{secrets}]}}\n ]\n}}",
        clusters.join(",\n")
    )
}

#[test]
fn cluster_of_envoy_with_its_certificate_inline_or_by_name() {
    let inline = format!(
        ", \"common_tls_context\": {{\"tls_certificates\": [{{\"certificate_chain\": \
         {{\"inline_string\": {}}}, \"private_key\": {{\"inline_bytes\": \"W3JlZGFjdGVkXQ==\"}}}}]}}",
        quoted(LEAF)
    );
    let target = one(&[("e.json", &dump(&[cluster("a", &tls(&inline))], ""))]);
    assert_outcome(&target, ExpectedOutcome::Certificate, "sni is orders.example");
    assert_eq!(target.expectation.endpoints.server_names, ["orders.example"]);
    assert_eq!(target.expectation.endpoints.ports, [8443]);

    let named = tls(
        ", \"common_tls_context\": {\"tls_certificate_sds_secret_configs\": [{\"name\": \"client\"}]}",
    );
    let secret = format!(
        "{{\"name\": \"client\", \"secret\": {{\"@type\": \"x\", \"name\": \"client\", \
         \"tls_certificate\": {{\"certificate_chain\": {{\"inline_string\": {}}}}}}}}}",
        quoted(LEAF)
    );
    let clusters = [cluster("a", &named)];
    let target = one(&[("e.json", &dump(&clusters, &secret))]);
    assert_outcome(&target, ExpectedOutcome::Certificate, "the secret client");
    let target = one(&[("e.json", &dump(&clusters, ""))]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "the secret client is not in the dump");
}

#[test]
fn cluster_of_envoy_without_a_certificate_and_without_tls() {
    let target = one(&[("e.json", &dump(&[cluster("a", &tls(""))], ""))]);
    assert_outcome(&target, ExpectedOutcome::None, "has no certificate");
    let target = one(&[("e.json", &dump(&[cluster("a", "")], ""))]);
    assert_eq!(target.expectation.outcome, ExpectedOutcome::NoHandshake);
    for context in [
        ", \"common_tls_context\": {\"tls_certificate_provider_instance\": {}}",
        ", \"common_tls_context\": {\"custom_handshaker\": {\"name\": \"x\"}}",
        ", \"common_tls_context\": {\"tlsCertificates\": []}",
        ", \"common_tls_context\": {\"tls_certificates\": [{}, {}]}",
        ", \"common_tls_context\": {\"tls_certificates\": [{\"certificate_chain\": \
         {\"inline_bytes\": \"[redacted]\"}}]}",
    ] {
        let target = one(&[("e.json", &dump(&[cluster("a", &tls(context))], ""))]);
        assert_outcome(&target, ExpectedOutcome::Undecidable, "cannot be told");
    }
    let other = tls("").replace("UpstreamTlsContext", "Alts");
    let target = one(&[("e.json", &dump(&[cluster("a", &other)], ""))]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "Alts is not read");
}

#[test]
fn bootstrap_of_envoy_in_yaml_and_a_name_that_is_not_sent() {
    let text = "static_resources:\n  clusters:\n  - name: orders\n    load_assignment:\n      \
                endpoints:\n      - lb_endpoints:\n        - endpoint:\n            address:\n              \
                socket_address: {address: 10.0.0.5, port_value: 443}\n    transport_socket:\n      \
                name: envoy.transport_sockets.tls\n      typed_config:\n        \"@type\": \
                type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n        \
                common_tls_context:\n          tls_certificates:\n          - certificate_chain: \
                {filename: client.pem}\n";
    let mut gateways = read(&[("envoy.yaml", text)]);
    let wanted = gateways.wanted();
    assert_eq!(wanted[0].name, "client.pem");
    gateways.give(wanted[0].clone(), Some(("client.pem".to_owned(), LEAF.into())));
    let target = &gateways.targets(Some("orders"))[0];
    assert_outcome(target, ExpectedOutcome::Certificate, "no server name is sent");
    assert_eq!(target.expectation.endpoints.addresses[0].to_string(), "10.0.0.5");
    assert!(gateways.targets(Some("nobody")).is_empty());
}

fn kong(service: &str) -> String {
    format!(
        "_format_version: \"3.0\"\nservices:\n- name: orders\n{service}\ncertificates:\n- id: \
         6d8e1f2a\n  cert: {}\n  key: \"-----BEGIN PRIVATE KEY-----\"\n- id: vaulted\n  cert: \
         \"{{vault://aws/cert}}\"\n",
        quoted(LEAF)
    )
}

#[test]
fn service_of_kong_by_its_client_certificate() {
    let text = kong("  url: https://Orders.example:8443/v1\n  client_certificate: {id: 6d8e1f2a}");
    let target = one(&[("kong.yml", &text)]);
    assert_outcome(&target, ExpectedOutcome::Certificate, "client_certificate is 6d8e1f2a");
    assert_eq!(target.expectation.endpoints.server_names, ["orders.example"]);
    assert_eq!(target.expectation.endpoints.ports, [8443]);

    let parts = "  protocol: https\n  host: orders.example\n  port: 443\n";
    let target = one(&[("kong.yml", &kong(parts))]);
    assert_outcome(&target, ExpectedOutcome::None, "taken for granted");
    // The upstream's counts where the service has none of its own.
    let upstream = "upstreams:\n- name: orders.example\n  client_certificate: {id: 6d8e1f2a}\n";
    let target = one(&[("kong.yml", &(kong(parts) + upstream))]);
    assert_outcome(&target, ExpectedOutcome::Certificate, "client_certificate is 6d8e1f2a");
    let missing = format!("{parts}  client_certificate: other");
    let target = one(&[("kong.yml", &kong(&missing))]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "other is not in this file");
    let vault = format!("{parts}  client_certificate: vaulted");
    let target = one(&[("kong.yml", &kong(&vault))]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "reference to a vault");
    let target = one(&[("kong.yml", &kong("  url: http://orders.example"))]);
    assert_eq!(target.expectation.outcome, ExpectedOutcome::NoHandshake);
    let kept = format!("{parts}  routes: [{{name: a, preserve_host: true}}]");
    assert!(one(&[("kong.yml", &kong(&kept))]).needs_selection);
}

#[test]
fn server_that_cannot_be_told_does_not_hide_the_others() {
    let clusters = [cluster("a", &tls("")), cluster("b", &tls("").replace("orders.example", ""))];
    let clusters = [clusters[0].clone(), clusters[1].replace("10.0.0.5", "host.example")];
    let targets = read(&[("e.json", &dump(&clusters, ""))]).targets(None);
    let asked: Vec<(bool, bool)> =
        targets.iter().map(|one| (one.needs_selection, one.is_asked)).collect();
    assert_eq!(asked, [(false, true), (true, false)]);
}

#[test]
fn what_is_not_a_gateway_is_told() {
    let mut gateways = Gateways::default();
    for text in ["{}", "kind: Deployment\n", "a: [", "", "{\"properties\": {\"url\": \"x\"}}"] {
        assert!(!Gateways::recognises(text.as_bytes()), "{text}");
        let error = gateways.add("f", text.as_bytes()).unwrap_err();
        assert!(error.hint.is_some(), "{error}");
    }
}

#[test]
fn other_controllers_are_not_taken_for_ingress_nginx() {
    let bare = "kind: Ingress\nmetadata: {name: a}\nspec: {}\n";
    assert_outcome(&one(&[("i.yaml", bare)]), ExpectedOutcome::Undecidable, "neither a class");
    let classed = |class: &str| bare.replace("{}", &format!("{{ingressClassName: {class}}}"));
    let target = one(&[("i.yaml", &classed("traefik"))]);
    assert_outcome(&target, ExpectedOutcome::Undecidable, "traefik");
    let target = one(&[("i.yaml", &classed("nginx"))]);
    assert_outcome(&target, ExpectedOutcome::NoHandshake, "HTTP");
    let other = bare.replace("name: a}", "name: a, annotations: {nginx.org/ssl-services: b}}");
    assert_outcome(&one(&[("i.yaml", &other)]), ExpectedOutcome::Undecidable, "F5");
}

#[test]
fn no_cut_of_a_configuration_panics() {
    let texts = [
        ingress(&format!("{HTTPS}{SECRET}")),
        rule("{tls: {mode: MUTUAL, credentialName: client}}"),
        dump(&[cluster("a", &tls(", \"common_tls_context\": {}"))], ""),
        kong("  url: https://a.example\n  client_certificate: {id: 6d8e1f2a}"),
        "http { upstream a { server [::1]:1; } server { location ~ \"a\" { include b; proxy_pass \
         https://a/${x}; } } } # c"
            .to_owned(),
    ];
    for text in texts {
        for end in (0..=text.len()).step_by(3) {
            let mut gateways = Gateways::default();
            let cut = &text.as_bytes()[..end];
            let _ = Gateways::recognises(cut);
            if gateways.add("f", cut).is_ok() {
                gateways.wanted();
                gateways.targets(None);
            }
        }
    }
}
