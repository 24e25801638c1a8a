//! nginx: inheritance, includes, server names, upstream blocks.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::Gateways;
use crate::expect::ExpectedOutcome;
use crate::expect::apim::Target;

const LEAF: &str = include_str!("../testdata/leaf.pem");
const OTHER: &str = include_str!("../testdata/other.pem");

/// The targets of these files; wanted certificates are there by the names a.pem and b.pem.
fn targets(files: &[(&str, &str)]) -> Vec<Target> {
    let mut gateways = Gateways::default();
    for (name, text) in files {
        assert!(Gateways::recognises(text.as_bytes()), "{text}");
        gateways.add(name, text.as_bytes()).unwrap();
    }
    for wanted in gateways.wanted() {
        let pem = match wanted.name.rsplit('/').next() {
            Some("a.pem") => Some(LEAF),
            Some("b.pem") => Some(OTHER),
            _ => None,
        };
        let found = pem.map(|pem| (wanted.name.clone(), pem.into()));
        gateways.give(wanted, found);
    }
    gateways.targets(None)
}

fn one(text: &str) -> Target {
    let targets = targets(&[("nginx.conf", text)]);
    assert_eq!(targets.len(), 1, "{targets:?}");
    targets.into_iter().next().unwrap()
}

#[track_caller]
fn assert_outcome(target: &Target, outcome: ExpectedOutcome, word: &str) {
    let all = target.expectation.reasons.join("\n");
    assert_eq!(target.expectation.outcome, outcome, "{all}");
    assert!(all.contains(word), "{all}");
}

#[test]
fn certificate_is_inherited_and_the_name_is_sent() {
    let target = one(
        "http {\n  proxy_ssl_certificate /etc/nginx/a.pem; # inherited\n  server {\n    location \
         /api {\n      proxy_ssl_server_name on;\n      proxy_pass https://Orders.example/v1/;\n    \
         }\n  }\n}\n",
    );
    assert_outcome(&target, ExpectedOutcome::Certificate, "nginx.conf:2");
    assert_eq!(target.expectation.endpoints.server_names, ["orders.example"]);
    assert_eq!(target.expectation.endpoints.ports, [443]);
    assert!(!target.needs_selection);
}

#[test]
fn inner_block_has_its_own() {
    let text = "http { proxy_ssl_certificate a.pem; proxy_ssl_server_name on; server { \
                location / { proxy_ssl_certificate \"b.pem\"; proxy_pass https://x.example; } } }";
    let target = one(text);
    assert_eq!(target.expectation.certificates[0].label.as_deref(), Some("b.pem"));
    let target = one(&text.replace("\"b.pem\"", "\"\""));
    assert_outcome(&target, ExpectedOutcome::None, "proxy_ssl_certificate");
    let target = one(&text.replace("\"b.pem\"", "$cert"));
    assert_outcome(&target, ExpectedOutcome::Undecidable, "is a variable");
    let target = one(&text.replace("\"b.pem\"", "missing.pem"));
    assert_outcome(&target, ExpectedOutcome::Undecidable, "missing.pem was not given");
}

#[test]
fn none_and_no_tls() {
    let whole = |pass: &str| {
        format!("http {{ proxy_ssl_server_name on; server {{ location / {{ {pass} }} }} }}")
    };
    let none = one(&whole("proxy_pass https://x.example;"));
    assert_outcome(&none, ExpectedOutcome::None, "no proxy_ssl_certificate holds here");
    let plain = one(&whole("proxy_pass http://10.0.0.5;"));
    assert_eq!(plain.expectation.outcome, ExpectedOutcome::NoHandshake);
    assert_eq!(plain.expectation.endpoints.ports, [80]);
    let unknown = one(&whole("proxy_pass $scheme://x.example;"));
    assert_outcome(&unknown, ExpectedOutcome::Undecidable, "variable");
    let grpc =
        "grpc_ssl_server_name on; grpc_ssl_certificate a.pem; grpc_pass grpcs://x.example:8443;";
    assert_eq!(one(&whole(grpc)).expectation.outcome, ExpectedOutcome::Certificate);
    let grpc = one(&whole("grpc_pass x.example:80;"));
    assert_eq!(grpc.expectation.outcome, ExpectedOutcome::NoHandshake);
}

#[test]
fn name_that_is_not_sent_selects_nothing() {
    let text = "http { server { location / { proxy_pass https://x.example; } } }";
    let target = one(text);
    assert!(target.needs_selection);
    assert_outcome(&target, ExpectedOutcome::None, "proxy_ssl_server_name is off");
    let target = one(&text.replace("x.example", "10.0.0.5:8443"));
    assert!(!target.needs_selection);
    assert_eq!(target.expectation.endpoints.ports, [8443]);
    let named = text.replace(
        "proxy_pass",
        "proxy_ssl_server_name on; proxy_ssl_name Other.example; proxy_pass",
    );
    assert_eq!(one(&named).expectation.endpoints.server_names, ["other.example"]);
    assert!(one(&named.replace("Other.example", "$host")).needs_selection);
    assert!(one(&text.replace("x.example", "$backend")).needs_selection);
}

#[test]
fn upstream_block_gives_name_and_ports() {
    let target = targets(&[(
        "nginx.conf",
        "http { upstream Orders { zone a 64k; server 10.0.0.5:8443 weight=2; server 10.0.0.6:8443; \
         server 10.0.0.7; } server { location / { proxy_ssl_certificate a.pem; \
         proxy_pass https://orders; } } }",
    )]);
    let ports: Vec<_> = target.iter().map(|one| one.expectation.endpoints.clone()).collect();
    assert_eq!(ports[0].ports, [80]);
    assert_eq!(ports[1].ports, [8443]);
    assert_eq!(ports[1].addresses.len(), 2);
}

#[test]
fn what_is_not_given_is_unknown() {
    let pass = "location / { proxy_pass https://10.0.0.5; }";
    for text in [
        format!("server {{ {pass} }}"),
        pass.to_owned(),
        format!("http {{ include conf.d/*.conf; server {{ {pass} }} }}"),
        format!("http {{ server {{ include /etc/nginx/tls.conf; {pass} }} }}"),
        "http { proxy_ssl_certificate a.pem; server { location / { include x.conf; proxy_pass \
         https://10.0.0.5; } } }"
            .to_owned(),
    ] {
        assert_outcome(&one(&text), ExpectedOutcome::Undecidable, "nginx -T");
    }
    let harmless = format!("http {{ include mime.types; server {{ {pass} }} }}");
    assert_eq!(one(&harmless).expectation.outcome, ExpectedOutcome::None);
    let set = "server { location / { proxy_ssl_certificate a.pem; proxy_pass https://10.0.0.5; } }";
    assert_eq!(one(set).expectation.outcome, ExpectedOutcome::Certificate);
}

#[test]
fn included_files_are_found_among_those_given_and_in_a_dump() {
    let main = "http { include conf.d/tls.conf; include sites/*.conf; }";
    let site = "server { location / { proxy_pass https://10.0.0.5; } }";
    let tls = "proxy_ssl_certificate /etc/nginx/a.pem;";
    let all = [("a/nginx.conf", main), ("a/sites/b.conf", site), ("a/conf.d/tls.conf", tls)];
    let found = targets(&all);
    assert_eq!(found.len(), 1);
    // sites/ may have files that set it again, but not for this server.
    assert_outcome(&found[0], ExpectedOutcome::Certificate, "a/conf.d/tls.conf:1");

    let dump = format!(
        "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n# configuration file \
         /etc/nginx/nginx.conf:\n{main}\n\n# configuration file /etc/nginx/conf.d/tls.conf:\n{tls}\n\
         # configuration file /etc/nginx/sites/b.conf:\n{site}\n"
    );
    assert_outcome(&one(&dump), ExpectedOutcome::Certificate, "nginx.conf:6");
    let without = dump.replace(tls, "");
    assert_outcome(&one(&without), ExpectedOutcome::None, "no proxy_ssl_certificate");
}

#[test]
fn locations_of_one_server_are_candidates() {
    let text = "http { proxy_ssl_server_name on; server { location /a { proxy_ssl_certificate \
                a.pem; proxy_pass https://x.example; } location /b { proxy_pass https://x.example; \
                } } }";
    let target = one(text);
    assert_outcome(&target, ExpectedOutcome::Candidates, "one of");
    assert_eq!(target.expectation.none_if.as_deref(), Some("nginx x.example (location /b)"));
}

#[test]
fn stream_needs_proxy_ssl() {
    let text = "stream { server { listen 1; proxy_pass 10.0.0.5:636; proxy_ssl on; \
                proxy_ssl_certificate a.pem; } }";
    assert_eq!(one(text).expectation.outcome, ExpectedOutcome::Certificate);
    let off = text.replace("proxy_ssl on;", "");
    assert_eq!(one(&off).expectation.outcome, ExpectedOutcome::NoHandshake);
}

#[test]
fn broken_files_are_told_with_their_line() {
    for (text, what) in [
        ("http {\n server {\n", "n.conf:2: the block server is not closed"),
        ("http {\n proxy_pass x\n}\n", "n.conf:2: proxy_pass is not ended by a semicolon"),
        ("server {\n}\n}\n", "n.conf:3: a } without its {"),
        ("server {\n a \"b;\n}\n", "n.conf:2: a quotation mark is not closed"),
    ] {
        let error = Gateways::default().add("n.conf", text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(what), "{error}");
    }
    let deep = format!("server {{\n{}", "a {".repeat(100_000));
    assert!(Gateways::default().add("n", deep.as_bytes()).is_err());
}

#[test]
fn lua_and_variables_in_braces_are_passed_over() {
    let text = "http { server { access_by_lua_block { if x == \"}\" then f{ a = 1 } end } \
                set $a \"b;c\"; rewrite ^/(.*)$ /${a}/$1 break; location ~ \\.php$ { proxy_pass \
                https://10.0.0.5; } } }";
    assert_eq!(one(text).expectation.outcome, ExpectedOutcome::None);
}

#[test]
fn files_that_include_each_other_end() {
    let a = "http { server { location / { include b.conf; proxy_pass https://10.0.0.5; } } }";
    let b = "include c.conf;\nproxy_ssl_verify on;";
    let c = "include b.conf;\nproxy_ssl_verify on;";
    let found = targets(&[("a.conf", a), ("b.conf", b), ("c.conf", c)]);
    assert_eq!(found.len(), 1);
}
