//! Folders of both extractors, what an environment overrides, and files that are damaged.

use super::rest::{asked_about, attach, certificates_json};
use super::*;

const BACKEND: &str = r#"{"properties": {"url": "https://backend.example", "protocol": "http",
    "credentials": {"certificateIds": ["/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/dev/certificates/x"]}}}"#;

const API: &str = r#"{"properties": {"path": "o", "serviceUrl": "https://backend.example"}}"#;

fn policy(inbound: &str) -> String {
    format!("<policies><inbound><base/>{inbound}</inbound><backend><base/></backend></policies>")
}

fn folder_of(files: &[(&str, &str)]) -> Configuration {
    let mut configuration = Configuration::default();
    for (path, text) in files {
        configuration.add_apiops(path, path, text.as_bytes()).unwrap();
    }
    let list = certificates_json(&[("certificates/x", X), ("certificates/y", Y)])
        .replace("/service/a/", "/service/dev/");
    configuration.add_certificates("certificates.json", list.as_bytes()).unwrap();
    configuration
}

fn only(configuration: &Configuration) -> Expectation {
    asked_about(configuration, &Question::default())
}

/// The folder of the older extractor, whose policy uses a fragment and a named value.
fn whole(fragments: &str, named_values: &str) -> Vec<(String, String)> {
    [
        (
            "policy.xml",
            "<policies><inbound/><backend><forward-request/></backend></policies>".to_owned(),
        ),
        ("apis/orders/apiInformation.json", API.to_owned()),
        ("apis/orders/policy.xml", policy("<include-fragment fragment-id='mtls'/>")),
        ("backends/b/backendInformation.json", BACKEND.to_owned()),
        (
            &*format!("{fragments}/mtls/policy.xml"),
            format!("<fragment>{}</fragment>", attach("{{client-name}}")),
        ),
        (
            &*format!("{named_values}/634e022983908257b35630b0/namedValueInformation.json"),
            r#"{"properties": {"displayName": "client-name", "value": "x"}}"#.to_owned(),
        ),
        ("certificates.txt", "notes".to_owned()),
        ("configuration.prod.yaml", "backends: []".to_owned()),
        ("loggers/l/loggerInformation.json", "{}".to_owned()),
        ("apis/orders/specification.yaml", "openapi: 3".to_owned()),
        ("apis/orders/mcpServerInformation.json", "{}".to_owned()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .to_vec()
}

fn read_all(files: &[(String, String)]) -> Configuration {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    folder_of(&files)
}

#[test]
fn folders_of_both_extractors_are_read_and_other_files_are_named() {
    for (fragments, named_values) in
        [("policy fragments", "named values"), ("policyFragments", "namedValues")]
    {
        let expectation = only(&read_all(&whole(fragments, named_values)));
        is_certificate(&expectation, X, [X, X]);
        let shown: Vec<String> = expectation.not_read.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "apis/orders/mcpServerInformation.json: a file of apis: it is not known to be a \
                 file of the extractor",
                "apis/orders/specification.yaml: a file of apis: it has no part in client \
                 certificates at a backend",
                "certificates.txt: the file: it is not known to be a file of the extractor",
                "configuration.prod.yaml: a configuration of the tools: it may hold what an \
                 environment overrides: --apiops-configuration FILE reads it",
                "loggers/l/loggerInformation.json: a file of loggers: it has no part in client \
                 certificates at a backend",
            ]
        );
    }
}

#[test]
fn environment_overrides_urls_credentials_and_named_values() {
    let mut configuration = read_all(&whole("policyFragments", "namedValues"));
    let overlay = "\
# yaml-language-server: $schema=https://example.com/override-config.schema.json
apimServiceName: apim-prod
namedValues:
  - name: 634E022983908257b35630b0
    properties:
      displayName: client-name
      value: y
backends:
  - name: B
    properties:
      url: &url https://prod.example
      credentials:
        certificate: []
apis:
  - name: Orders
    properties:
      serviceUrl: *url
    diagnostics:
      - name: applicationinsights
        properties: {verbosity: Error}
  - name: elsewhere
    properties: {serviceUrl: https://elsewhere.example}
loggers:
  - name: l
    properties: {}
";
    configuration.add_apiops_configuration("prod.yaml", overlay.as_bytes()).unwrap();
    let expectation = only(&configuration);
    is_certificate(&expectation, Y, [Y, Y]);
    assert_eq!(expectation.endpoints.server_names, ["prod.example"]);
    let shown: Vec<String> = expectation.not_read.iter().map(ToString::to_string).collect();
    for named in [
        "prod.yaml:21: apis elsewhere: the folder has nothing of this name",
        "prod.yaml:19: apis/diagnostics",
        "prod.yaml:24: loggers",
    ] {
        assert!(shown.iter().any(|one| one.starts_with(named)), "{named}: {shown:#?}");
    }
}

#[test]
fn tokens_that_a_pipeline_replaces_are_not_known() {
    for token in ["{#[CLIENT]#}", "{#client#}"] {
        let mut configuration = read_all(&whole("policyFragments", "namedValues"));
        let overlay =
            format!("namedValues:\n- name: client-name\n  properties:\n    value: \"{token}\"\n");
        configuration.add_apiops_configuration("prod.yaml", overlay.as_bytes()).unwrap();
        is_undecidable(&only(&configuration), "a token that the publisher's pipeline replaces");
    }
    let mut configuration = read_all(&whole("policyFragments", "namedValues"));
    let overlay = "namedValues:\n- name: client-name\n  properties:\n    keyVault: {secretIdentifier: https://v/x}\n";
    configuration.add_apiops_configuration("prod.yaml", overlay.as_bytes()).unwrap();
    is_undecidable(&only(&configuration), "comes from Key Vault");
}

#[test]
fn policy_of_an_environment_takes_the_place_of_the_folders() {
    let mut configuration = read_all(&whole("policyFragments", "namedValues"));
    let overlay = format!(
        "apis:\n- name: orders\n  policies:\n  - name: policy\n    properties:\n      \
         format: rawxml\n      value: |\n        {}\n",
        policy(&attach("y"))
    );
    configuration.add_apiops_configuration("prod.yaml", overlay.as_bytes()).unwrap();
    let expectation = only(&configuration);
    is_certificate(&expectation, Y, [Y, Y]);
    assert!(says(&expectation, "prod.yaml:8: <authentication-certificate>"), "{expectation:#?}");
}

#[test]
fn overrides_inside_a_workspace_are_not_known_to_be_taken_over() {
    let root = "workspaces/w";
    let mut configuration = folder_of(&[
        (&format!("{root}/apis/orders/apiInformation.json"), API),
        (&format!("{root}/apis/orders/policy.xml"), &policy("")),
    ]);
    is_undecidable_or_none(&only(&configuration));
    let overlay = "workspaces:\n- name: W\n  apis:\n  - name: orders\n    properties:\n      serviceUrl: https://prod.example\n";
    configuration.add_apiops_configuration("prod.yaml", overlay.as_bytes()).unwrap();
    let expectation = only(&configuration);
    is_undecidable(&expectation, "inside a workspace, which one publisher does");
}

fn is_undecidable_or_none(expectation: &Expectation) {
    assert_eq!(expectation.outcome, ExpectedOutcome::None, "{expectation:#?}");
}

#[test]
fn configuration_that_is_broken_names_its_line() {
    for (text, at) in [
        ("backends:\n  - name: [b\n", "prod.yaml:"),
        ("backends:\n- properties: {}\n", "prod.yaml:2: an object without a name"),
        ("- a\n", "prod.yaml:1: a list where sections are expected"),
        ("a: 1\na: 2\n", "prod.yaml:2: the key \"a\" comes twice"),
    ] {
        let mut configuration = read_all(&whole("policyFragments", "namedValues"));
        let error =
            configuration.add_apiops_configuration("prod.yaml", text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(at), "{error}");
        assert!(error.hint.is_some());
    }
}

#[test]
fn damaged_file_names_itself_and_only_what_depends_on_it_is_undecidable() {
    let base =
        [("apis/orders/apiInformation.json", API), ("backends/b/backendInformation.json", BACKEND)];
    let attach_x = policy(&attach("x"));
    let with = |more: &[(&str, &str)]| folder_of(&[&base, more].concat());
    // A policy elsewhere is of no account here.
    let configuration = with(&[
        ("apis/orders/policy.xml", &attach_x),
        (
            "apis/stock/apiInformation.json",
            "{\"properties\": {\"serviceUrl\": \"https://s.example\"}}",
        ),
        ("apis/stock/policy.xml", "<policies>\n<inbound>\n</policies>"),
    ]);
    let targets = resolve(&configuration, &Question::default()).unwrap();
    is_certificate(&targets[0].expectation, X, [X, X]);
    is_undecidable(&targets[1].expectation, "apis/stock/policy.xml:3: ");
    let lint = &targets[0].expectation.lint;
    let lint = lint.iter().find(|one| one.code == "unreadable-file").unwrap();
    assert_eq!((lint.file.as_deref(), lint.line), (Some("apis/stock/policy.xml"), Some(3)));
    let not_read = &targets[0].expectation.not_read;
    assert!(not_read.iter().any(|one| one.file == "apis/stock/policy.xml"), "{not_read:#?}");

    // What it depends on: a fragment, the backend, the API itself.
    let include = policy("<include-fragment fragment-id='f'/>");
    let configuration = with(&[
        ("apis/orders/policy.xml", &include),
        ("policyFragments/f/policy.xml", "<fragment"),
    ]);
    is_undecidable(&only(&configuration), "the fragment f is not given");
    let route = policy("<set-backend-service backend-id='c'/>");
    let configuration = with(&[
        ("apis/orders/policy.xml", &route),
        ("backends/c/backendInformation.json", "{\"properties\": "),
    ]);
    let targets = resolve(&configuration, &Question::default()).unwrap();
    let broken = targets.iter().find(|target| target.name == "backend c").unwrap();
    is_undecidable(&broken.expectation, "backends/c/backendInformation.json:1");
    assert_eq!(predictions(&broken.expectation), [UNDECIDABLE, UNDECIDABLE]);
    // Whatever its URL is, requests may match it.
    let own = "{\"properties\": {\"serviceUrl\": \"https://own.example\"}}";
    for backend in [
        "{\"properties\": ",
        r#"{"properties": {"url": "https://{{host}}", "credentials": {"certificateIds": ["x"]}}}"#,
    ] {
        let configuration = folder_of(&[
            ("apis/own/apiInformation.json", own),
            ("apis/own/policy.xml", &policy("")),
            ("backends/c/backendInformation.json", backend),
        ]);
        for target in resolve(&configuration, &Question::default()).unwrap() {
            let outcome = target.expectation.outcome;
            assert_eq!(outcome, ExpectedOutcome::Undecidable, "{backend}: {target:#?}");
        }
    }
    // A product of which the APIs cannot be read may hold this one.
    let configuration = with(&[
        ("apis/orders/policy.xml", &policy("")),
        ("products/gold/policy.xml", &attach_x.replace("'x'", "'y'")),
        ("products/gold/apis.json", "["),
    ]);
    assert_eq!(only(&configuration).outcome, ExpectedOutcome::Candidates);
}

#[test]
fn revisions_in_a_folder_that_are_not_current_are_named() {
    let configuration = folder_of(&[
        ("apis/orders/apiInformation.json", API),
        ("apis/orders/policy.xml", &policy(&attach("x"))),
        ("apis/orders;rev=2/apiInformation.json", r#"{"properties": {"isCurrent": false}}"#),
        ("apis/orders;rev=2/policy.xml", &policy(&attach("y"))),
    ]);
    let expectation = only(&configuration);
    is_certificate(&expectation, X, [X, X]);
    let files: Vec<&str> = expectation.not_read.iter().map(|one| one.file.as_str()).collect();
    assert_eq!(files, ["apis/orders;rev=2/apiInformation.json", "apis/orders;rev=2/policy.xml"]);
}

#[test]
fn folder_without_apis_does_not_tell_that_nothing_leads_to_a_backend() {
    let expectation = only(&folder_of(&[("backends/b/backendInformation.json", BACKEND)]));
    is_certificate(&expectation, X, [UNDECIDABLE, X]);
}
