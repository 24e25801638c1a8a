//! What the configuration does not tell: never "none".

use super::rest::{api_json, attach, certificates_json, of, policy_json};
use super::servers::{SERVICE, backend_json, with_policy};
use super::*;

fn template(resources: &str, more: &str) -> Configuration {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let text = format!("{{\"$schema\": \"{schema}\", {more} \"resources\": [{resources}]}}");
    let mut configuration = Configuration::default();
    configuration.add("t.json", text.as_bytes()).unwrap();
    configuration
}

fn only(configuration: &Configuration) -> Expectation {
    let mut targets = resolve(configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 1, "{targets:#?}");
    targets.remove(0).expectation
}

const BACKEND: &str = r#"{"type": "Microsoft.ApiManagement/service/backends",
    "name": "[concat(parameters('service'), '/b')]",
    "properties": {"url": "https://backend.example", "protocol": "http"}}"#;

fn policy_resource(value: &str) -> String {
    format!(
        r#"{{"type": "Microsoft.ApiManagement/service/apis/policies",
            "name": "[concat(parameters('service'), '/orders/policy')]", "properties": {value}}}"#
    )
}

#[test]
fn policy_that_a_template_computes_or_links_is_undecidable() {
    for value in [
        r#"{"format": "rawxml", "value": "[parameters('policy')]"}"#,
        r#"{"format": "rawxml-link", "value": "https://files.example/policy.xml"}"#,
    ] {
        let configuration = template(&format!("{BACKEND},{}", policy_resource(value)), "");
        let expectation = only(&configuration);
        is_undecidable(&expectation, "the policy itself is not in this file");
        assert!(codes(&expectation).contains(&"unresolved-policy"));
    }
}

#[test]
fn policy_in_a_variable_or_a_default_is_read() {
    let policy = format!(
        "<policies><inbound><base/><authentication-certificate thumbprint='{X}'/>\
         <set-backend-service backend-id='b'/></inbound></policies>"
    );
    let value = policy_resource(r#"{"format": "rawxml", "value": "[variables('policy')]"}"#);
    let variables = format!("\"variables\": {{\"policy\": \"{policy}\"}},");
    is_certificate(&only(&template(&format!("{BACKEND},{value}"), &variables)), X, [X, X]);
}

#[test]
fn module_of_a_compiled_template_is_read_with_its_parameters() {
    let module = format!(
        r#"{{"type": "Microsoft.Resources/deployments", "name": "backends",
            "properties": {{"mode": "Incremental",
              "parameters": {{"host": {{"value": "[concat('backend', variables('domain'))]"}},
                              "print": {{"value": "{X}"}}}},
              "template": {{"$schema":
                  "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "parameters": {{"host": {{"type": "string"}},
                                "print": {{"type": "string", "defaultValue": "{Y}"}}}},
                "resources": [{{"type": "Microsoft.ApiManagement/service/backends",
                  "name": "[format('{{0}}/{{1}}', parameters('service'), 'b')]",
                  "properties": {{"url": "[format('https://{{0}}/api', parameters('host'))]",
                    "protocol": "http",
                    "credentials": {{"certificate": ["[parameters('print')]"]}}}}}}]}}}}}}"#
    );
    let expectation = only(&template(&module, "\"variables\": {\"domain\": \".example\"},"));
    assert_eq!(thumbprints(&expectation), [X]);
    assert_eq!(expectation.endpoints.server_names, ["backend.example"]);
}

#[test]
fn url_that_is_known_in_part_names_no_server() {
    let backend = BACKEND
        .replace("\"https://backend.example\"", "\"[concat('https://b', parameters('x'), '/a')]\"");
    let configuration = template(&backend, "");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert!(targets[0].needs_selection);
    assert!(says(&targets[0].expectation, "names no server"));
}

#[test]
fn credentials_that_a_template_computes_are_undecidable() {
    let backend = BACKEND.replace(
        "\"protocol\": \"http\"",
        "\"protocol\": \"http\", \"credentials\": \"[parameters('credentials')]\"",
    );
    let expectation = only(&template(&backend, ""));
    is_undecidable(&expectation, "\"credentials\" is a template expression");
    assert!(codes(&expectation).contains(&"unresolved-part"));
}

#[test]
fn credentials_that_a_plan_does_not_know_are_undecidable() {
    let plan = r#"{"format_version": "1.2", "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [
          {"address": "azurerm_api_management_backend.b",
           "type": "azurerm_api_management_backend", "name": "b",
           "values": {"name": "b", "url": "https://backend.example", "protocol": "http",
                      "credentials": [{"authorization": []}]}},
          {"address": "azurerm_api_management_policy.p", "type": "azurerm_api_management_policy",
           "values": {"xml_content": "<policies><inbound/></policies>"}}]}},
        "resource_changes": [
          {"address": "azurerm_api_management_backend.b",
           "change": {"after_unknown": {"id": true,
               "credentials": [{"certificate": [true], "authorization": []}]}}}]}"#;
    let mut configuration = Configuration::default();
    configuration.add("plan.json", plan.as_bytes()).unwrap();
    is_undecidable(&only(&configuration), "the plan does not know the credentials yet");

    let known = plan.replace("[true]", "[false]");
    let mut configuration = Configuration::default();
    configuration.add("plan.json", known.as_bytes()).unwrap();
    assert_eq!(only(&configuration).outcome, ExpectedOutcome::None);
}

#[test]
fn fragment_that_is_not_given_may_send_requests_anywhere() {
    let backends =
        [backend_json("a", "https://a.example", X), backend_json("b", "https://b.example", Y)];
    let policy = "<set-backend-service backend-id='a'/><include-fragment fragment-id='f'/>";
    let targets = resolve(&with_policy(&backends, policy), &Question::default()).unwrap();
    assert_eq!(targets.len(), 2);
    for target in &targets {
        is_undecidable(&target.expectation, "the fragment f is not given");
    }
}

#[test]
fn named_value_among_statements_may_do_anything() {
    let backends = [backend_json("a", "https://a.example", X)];
    for inbound in [
        "<set-backend-service backend-id='a'/>{{snippet}}",
        "<set-backend-service backend-id='a'/>\
         <choose><otherwise>{{snippet}}</otherwise></choose>",
    ] {
        let expectation = only(&with_policy(&backends, inbound));
        is_undecidable(&expectation, "a named value stands among the statements");
    }
}

#[test]
fn request_that_a_policy_makes_after_the_response_counts_too() {
    let mut configuration = Configuration::default();
    let backend = backend_json("a", "https://a.example", X);
    configuration.add_backends("b.json", backend.as_bytes()).unwrap();
    let policy = format!(
        "<policies><inbound><base/><authentication-certificate thumbprint='{X}'/>\
         <set-backend-service backend-id='a'/></inbound><outbound><send-request>\
         <set-url>https://a.example/log</set-url><authentication-certificate thumbprint='{Y}'/>\
         </send-request></outbound></policies>"
    );
    configuration.add_policy(None, "p.xml", policy.as_bytes()).unwrap();
    assert_eq!(thumbprints(&only(&configuration)), [X, Y]);
}

#[test]
fn attributes_for_service_fabric_leave_the_backend_as_it_was() {
    let backends = [backend_json("a", "https://a.example", X)];
    let policy = "<set-backend-service backend-id='a'/>\
                  <set-backend-service sf-resolve-condition='@(context.LastError != null)'/>";
    is_certificate(&only(&with_policy(&backends, policy)), X, ["none", X]);
}

#[test]
fn proxy_of_a_policy_puts_it_out_of_reach() {
    let backends = [backend_json("a", "https://a.example", X)];
    let policy = "<set-backend-service backend-id='a'/><proxy url='http://proxy.example:8080'/>";
    is_undecidable(&only(&with_policy(&backends, policy)), "<proxy> sends the requests through");
}

#[test]
fn product_of_which_no_file_names_the_apis_may_be_meant() {
    let mut configuration = Configuration::default();
    let backend = backend_json("a", "https://a.example", Y);
    configuration.add_backends("b.json", backend.as_bytes()).unwrap();
    let attach = format!("<authentication-certificate thumbprint='{X}'/>");
    for (id, inbound) in [
        ("apis/orders/policies/policy", "<set-backend-service backend-id='a'/>"),
        ("products/gold/policies/policy", &attach),
    ] {
        let text = format!(
            "{{\"id\": \"{SERVICE}/{id}\", \"properties\": {{\"value\": \
             \"<policies><inbound><base/>{inbound}</inbound></policies>\"}}}}"
        );
        configuration.add(id, text.as_bytes()).unwrap();
    }
    let expectation = only(&configuration);
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&expectation), [X, Y]);
}

#[test]
fn two_policies_of_one_scope_are_refused() {
    let mut configuration = Configuration::default();
    // The same once more is no other one.
    for (file, policy) in [
        ("one.json", "<policies/>"),
        ("again.json", "<policies ></policies>"),
        ("two.json", "<policies><inbound/></policies>"),
    ] {
        let text = format!(
            "{{\"id\": \"{SERVICE}/apis/orders/policies/policy\", \"properties\": {{\"value\": \
             \"{policy}\"}}}}"
        );
        if file == "two.json" {
            resolve(&configuration, &Question::default()).unwrap();
        }
        configuration.add(file, text.as_bytes()).unwrap();
    }
    let error = resolve(&configuration, &Question::default()).unwrap_err();
    assert!(error.to_string().starts_with("two.json:1: a second policy of the scope api"));
    assert!(!error.to_string().contains("--policy"), "{error}");
}

#[test]
fn key_vault_certificate_without_the_earlier_one_is_told_to_follow_its_secret() {
    let mut configuration = Configuration::default();
    let case = folder("row-13-key-vault-rotation");
    for file in ["backend.json", "certificates.json", "api.policy.xml"] {
        configuration.add(file, &fs::read(case.join(file)).unwrap()).unwrap();
    }
    let expectation = only(&configuration);
    is_certificate(&expectation, X, [X, X]);
    assert!(says(&expectation, "--previous-certificates FILE allows for that one"));
}

#[test]
fn marks_of_what_makes_a_policy_are_no_statements() {
    let attach = attach("x");
    for inbound in [
        format!("%{{ if env != \"d\" ~}}{attach}%{{ endif ~}}"),
        "#{AUTH}#".to_owned(),
        "__AUTH__".to_owned(),
        format!(
            "<choose>%{{ if mtls }}<when condition='@(true)'>{attach}</when>%{{ endif }}</choose>"
        ),
        "<limit-concurrency key='k' max-count='1'>${auth}</limit-concurrency>".to_owned(),
    ] {
        let files = [
            api_json(
                "apis/orders",
                "\"serviceUrl\": \"https://backend.example\", \"isCurrent\": true",
            ),
            backend_json("b", "https://backend.example", "").replace("[\"\"]", "[]"),
            policy_json("apis/orders", &inbound.replace('"', "\\\"")),
            certificates_json(&[("certificates/x", X)]),
        ];
        is_undecidable(&only(&of(&files)), "stands among the statements");
    }
}

#[test]
fn a_policy_that_is_not_known_may_attach_a_certificate() {
    let inbound = |statements: &str| {
        let policy = format!(
            "<policies><inbound><base/>{statements}<set-backend-service backend-id='b'/></inbound>\
             <backend><base/></backend><outbound><shape-answer/><base/></outbound></policies>"
        );
        let policy = policy.replace('"', "'");
        let value = format!("{{\"format\": \"rawxml\", \"value\": \"{policy}\"}}");
        only(&template(&format!("{BACKEND},{}", policy_resource(&value)), ""))
    };
    for known in
        ["<rate-limit calls='5' renewal-period='60'/>", "<llm-new-limit/>", "<validate-jwt/>"]
    {
        assert_eq!(inbound(known).outcome, ExpectedOutcome::None, "{known}");
    }
    let unknown = "<authenticate-with-cert/>";
    let expectation = inbound(unknown);
    is_undecidable(&expectation, "<authenticate-with-cert> is not a policy that is known here");
    assert!(codes(&expectation).contains(&"unknown-policy"));
    let later = format!("{unknown}<authentication-certificate thumbprint='{X}'/>");
    is_certificate(&inbound(&later), X, [X, X]);
}
