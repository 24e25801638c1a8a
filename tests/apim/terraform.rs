//! Terraform plans and states with resources of the azapi provider.

use super::servers::SERVICE;
use super::*;

fn read_all(files: &[&str]) -> Configuration {
    let mut configuration = Configuration::default();
    for (index, text) in files.iter().enumerate() {
        configuration
            .add(&format!("{index}.json"), text.as_bytes())
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
    configuration
}

fn resolved(text: &str) -> Expectation {
    let targets = resolve(&read_all(&[text]), &Question::default()).unwrap();
    assert_eq!(targets.len(), 1, "{targets:#?}");
    targets.into_iter().next().unwrap().expectation
}

fn shown(resources: &[String]) -> String {
    format!(
        r#"{{"format_version": "1.0", "terraform_version": "1.9.8",
            "values": {{"root_module": {{"resources": [{}]}}}}}}"#,
        resources.join(",")
    )
}

fn certificate() -> String {
    format!(
        r#"{{"address": "azurerm_api_management_certificate.client", "mode": "managed",
            "type": "azurerm_api_management_certificate", "name": "client", "values":
            {{"id": "{SERVICE}/certificates/client", "name": "client", "thumbprint": "{X}"}}}}"#
    )
}

/// An azapi resource; `body` is JSON.
fn azapi(kind: &str, parent: &str, name: &str, body: &str) -> String {
    format!(
        r#"{{"address": "azapi_resource.{name}", "mode": "managed", "type": "azapi_resource",
            "name": "{name}", "provider_name": "registry.terraform.io/azure/azapi", "values":
            {{"type": "Microsoft.ApiManagement/service{kind}@2024-05-01", "name": "{name}",
              "parent_id": "{SERVICE}{parent}", "body": {body}, "output": {{}}}}}}"#
    )
}

fn backend(ids: &str) -> String {
    format!(
        r#"{{"properties": {{"protocol": "http", "url": "https://backend.example",
            "credentials": {{"certificateIds": {ids}}}}}}}"#
    )
}

fn api() -> String {
    azapi("/apis", "", "orders", r#"{"properties": {"path": "o", "displayName": "Orders"}}"#)
}

fn policy_body(inside: &str) -> String {
    format!(
        r#"{{"properties": {{"format": "rawxml", "value": "<policies><inbound><base/>{inside}<set-backend-service backend-id='b'/></inbound><backend><base/></backend></policies>"}}}}"#
    )
}

fn policy(inside: &str) -> String {
    azapi("/apis/policies", "/apis/orders", "policy", &policy_body(inside))
}

fn ids() -> String {
    format!("[\"{SERVICE}/certificates/client\"]")
}

fn as_text(body: &str) -> String {
    format!("{:?}", body.replace('\n', " "))
}

#[test]
fn body_is_an_object_or_a_text() {
    let (whole, text) = (backend(&ids()), policy_body(""));
    for body in [whole.clone(), as_text(&whole)] {
        for policy in [text.clone(), as_text(&text)] {
            let resources = [
                azapi("/backends", "", "b", &body),
                api(),
                azapi("/apis/policies", "/apis/orders", "policy", &policy),
                certificate(),
            ];
            is_certificate(&resolved(&shown(&resources)), X, ["none", X]);
        }
    }
    let broken = [azapi("/backends", "", "b", "\"{\\\"properties\\\": \""), api(), policy("")];
    is_undecidable(&resolved(&shown(&broken)), "the body of azapi_resource.b cannot be read");
}

#[test]
fn policies_belong_to_what_their_parent_says() {
    let attach = "<authentication-certificate certificate-id='client'/>";
    let other = azapi("/apis", "", "other", r#"{"properties": {"path": "p"}}"#);
    let resources = [
        azapi("/backends", "", "b", &backend("[]")),
        api(),
        other,
        policy(attach),
        azapi("/apis/policies", "/apis/other", "policy", &policy_body("")),
        certificate(),
    ];
    let text = shown(&resources);
    for (api, outcome) in
        [("orders", ExpectedOutcome::Certificate), ("other", ExpectedOutcome::None)]
    {
        let question = Question { api: Some(api.to_owned()), ..Question::default() };
        let targets = resolve(&read_all(&[&text]), &question).unwrap();
        assert_eq!(targets[0].expectation.outcome, outcome, "{api}: {targets:#?}");
    }
}

#[test]
fn modules_and_instances_are_read() {
    let inside = [azapi("/backends", "", "b", &backend(&ids())).replace(
        "azapi_resource.b\"",
        "module.apim[0].module.backends.azapi_resource.this[\\\"b\\\"]\"",
    )];
    let text = format!(
        r#"{{"format_version": "1.0", "values": {{"root_module": {{"resources": [{}],
            "child_modules": [{{"address": "module.apim[0]", "child_modules": [
              {{"address": "module.apim[0].module.backends", "resources": [{}]}}]}}]}}}}}}"#,
        [api(), policy(""), certificate()].join(","),
        inside.join(",")
    );
    is_certificate(&resolved(&text), X, ["none", X]);
}

#[test]
fn state_file_is_read_with_its_instances() {
    let attributes = |body: &str, name: &str, kind: &str, parent: &str| {
        format!(
            r#"{{"id": "{SERVICE}{parent}/{}/{name}", "name": "{name}", "parent_id": "{SERVICE}{parent}",
                "type": "Microsoft.ApiManagement/service{kind}@2024-05-01", "body": {body}}}"#,
            kind.rsplit('/').next().unwrap()
        )
    };
    let dynamic = |body: &str| format!(r#"{{"value": {body}, "type": ["object", {{}}]}}"#);
    for wrapped in [true, false] {
        let body = |body: String| if wrapped { dynamic(&body) } else { as_text(&body) };
        let resource = |name: &str, instance: &str| {
            format!(
                r#"{{"module": "module.m", "mode": "managed", "type": "azapi_resource", "name": "{name}",
                    "provider": "provider[\"registry.terraform.io/azure/azapi\"]", "instances":
                    [{{"index_key": "k", "schema_version": 2, "attributes": {instance}}},
                     {{"index_key": "k", "deposed": "0badf00d", "attributes": {{}}}}]}}"#
            )
        };
        let text = format!(
            r#"{{"version": 4, "terraform_version": "1.9.8", "serial": 3, "lineage": "l",
                "outputs": {{}}, "resources": [{}, {}, {{"mode": "managed",
                "type": "azurerm_api_management_certificate", "name": "client",
                "instances": [{{"attributes": {{"name": "client", "thumbprint": "{X}"}}}}]}}]}}"#,
            resource("b", &attributes(&body(backend(&ids())), "b", "/backends", "")),
            resource(
                "p",
                &attributes(&body(policy_body("")), "policy", "/apis/policies", "/apis/orders")
            ),
        );
        is_certificate(&resolved(&text), X, ["none", X]);
    }
}

#[test]
fn update_changes_what_another_provider_made() {
    let made = format!(
        r#"{{"address": "azurerm_api_management_backend.b", "mode": "managed",
            "type": "azurerm_api_management_backend", "name": "b", "values":
            {{"id": "{SERVICE}/backends/b", "name": "b", "url": "https://backend.example",
              "protocol": "http", "credentials": [], "proxy": [], "tls": []}}}}"#
    );
    let update = |kind: &str, more: &str| {
        format!(
            r#"{{"address": "{kind}.b", "mode": "managed", "type": "{kind}", "name": "b", "values":
                {{"type": "Microsoft.ApiManagement/service/backends@2024-05-01",
                  "resource_id": "{SERVICE}/backends/b", {more}
                  "body": {{"properties": {{"credentials": {{"certificateIds": {}}}}}}}}}}}"#,
            ids()
        )
    };
    for update in [
        update("azapi_update_resource", ""),
        update("azapi_resource_action", "\"method\": \"PATCH\", \"action\": \"\","),
    ] {
        let resources = [update, made.clone(), api(), policy(""), certificate()];
        is_certificate(&resolved(&shown(&resources)), X, ["none", X]);
    }
    let action =
        update("azapi_resource_action", "\"method\": \"POST\", \"action\": \"reconnect\",");
    let resources = [action, made, api(), policy(""), certificate()];
    assert_eq!(resolved(&shown(&resources)).outcome, ExpectedOutcome::None);
}

#[test]
fn what_the_service_answered_completes_the_body() {
    let certificate = azapi("/certificates", "", "client", r#"{"properties": {"keyVault": {}}}"#);
    for output in [
        format!(r#"{{"properties": {{"thumbprint": "{X}"}}}}"#),
        as_text(&format!(r#"{{"properties": {{"thumbprint": "{X}"}}}}"#)),
    ] {
        let certificate = certificate.replace("\"output\": {}", &format!("\"output\": {output}"));
        let resources =
            [azapi("/backends", "", "b", &backend(&ids())), api(), policy(""), certificate];
        is_certificate(&resolved(&shown(&resources)), X, ["none", X]);
    }
}

#[test]
fn body_that_is_sensitive_is_not_taken_for_all() {
    let hidden = azapi("/backends", "", "b", &backend("[]")).replace(
        "\"output\": {}",
        "\"output\": {}, \"sensitive_body_version\": {\"properties.credentials\": \"1\"}",
    );
    is_undecidable(&resolved(&shown(&[hidden, api(), policy("")])), "sensitive_body");
}

#[test]
fn what_a_plan_does_not_know_is_undecidable() {
    let backend_there = azapi("/backends", "", "b", &backend("[null]"));
    let plan = |resources: &[String], unknown: &str| {
        format!(
            r#"{{"format_version": "1.2", "terraform_version": "1.9.8",
                "planned_values": {{"root_module": {{"resources": [{}]}}}},
                "resource_changes": [{unknown}]}}"#,
            resources.join(",")
        )
    };
    let change = |address: &str, unknown: &str| {
        format!(
            r#"{{"address": "{address}", "change": {{"actions": ["create"], "after_unknown": {unknown}}}}}"#
        )
    };
    let none = azapi("/backends", "", "b", "null");
    for (backend, unknown) in [
        (
            &backend_there,
            r#"{"body": {"properties": {"credentials": {"certificateIds": [true]}}}}"#,
        ),
        (&backend_there, r#"{"body": {"properties": {"credentials": {"certificateIds": true}}}}"#),
        (&backend_there, r#"{"body": {"properties": {"credentials": true}}}"#),
        (&none, r#"{"id": true, "body": true, "output": true}"#),
    ] {
        let resources = [backend.clone(), api(), policy(""), certificate()];
        let unknown = change("azapi_resource.b", unknown);
        let expectation = resolved(&plan(&resources, &unknown));
        is_undecidable(&expectation, "the plan does not know the body yet");
    }
    // A policy whose text is not known may attach anything.
    let resources = [
        azapi("/backends", "", "b", &backend("[]")),
        api(),
        azapi("/apis/policies", "/apis/orders", "policy", "{\"properties\": {}}"),
    ];
    let unknown = change("azapi_resource.policy", r#"{"body": {"properties": {"value": true}}}"#);
    let targets = resolve(&read_all(&[&plan(&resources, &unknown)]), &Question::default()).unwrap();
    for target in &targets {
        assert_eq!(target.expectation.outcome, ExpectedOutcome::Undecidable);
    }
}

#[test]
fn parent_that_a_plan_makes_too_is_found_by_its_reference() {
    let attach = "<authentication-certificate certificate-id='client'/>";
    let made_too = |text: String| {
        text.replace(&format!("\"parent_id\": \"{SERVICE}/apis/orders\","), "")
            .replace(&format!("\"parent_id\": \"{SERVICE}\","), "")
    };
    let other = azapi("/apis", "", "other", r#"{"properties": {"path": "p"}}"#)
        .replace("azapi_resource.other", "azapi_resource.api[\\\"other\\\"]");
    let orders = api().replace("azapi_resource.orders", "azapi_resource.api[\\\"orders\\\"]");
    let policy =
        policy(attach).replace("azapi_resource.policy", "azapi_resource.policy[\\\"orders\\\"]");
    let resources: Vec<String> =
        [azapi("/backends", "", "b", &backend("[]")), orders, other, policy, certificate()]
            .into_iter()
            .map(made_too)
            .collect();
    let plan = |configuration: &str| {
        format!(
            r#"{{"format_version": "1.2", "terraform_version": "1.9.8",
                "planned_values": {{"root_module": {{"resources": [{}]}}}},
                "resource_changes": [{{"address": "azapi_resource.policy[\"orders\"]",
                  "change": {{"after_unknown": {{"id": true, "parent_id": true}}}}}}],
                "configuration": {{"root_module": {{"resources": [{configuration}]}}}}}}"#,
            resources.join(",")
        )
    };
    let reference = r#"{"address": "azapi_resource.policy", "mode": "managed",
        "type": "azapi_resource", "name": "policy", "expressions": {"parent_id":
        {"references": ["azapi_resource.api", "each.key"]}}}"#;
    let asked = |text: &str, api: &str| {
        let question = Question { api: Some(api.to_owned()), ..Question::default() };
        resolve(&read_all(&[text]), &question).unwrap().remove(0).expectation
    };
    let text = plan(reference);
    is_certificate(&asked(&text, "orders"), X, [X, X]);
    assert_ne!(asked(&text, "other").outcome, ExpectedOutcome::Certificate);
    // Without the configuration it may be any API's.
    let text = plan("");
    for api in ["orders", "other"] {
        assert_eq!(asked(&text, api).outcome, ExpectedOutcome::Undecidable, "{api}");
    }
}

#[test]
fn what_is_not_read_is_named() {
    let logger = azapi("/loggers", "", "l", "{\"properties\": {}}");
    let data = azapi("/backends", "", "seen", "null").replace("\"managed\"", "\"data\"");
    let user = r#"{"address": "azurerm_api_management_user.u", "mode": "managed",
        "type": "azurerm_api_management_user", "name": "u", "values": {"user_id": "u"}}"#;
    let resources = [
        azapi("/backends", "", "b", &backend(&ids())),
        api(),
        policy(""),
        certificate(),
        logger,
        data,
        user.to_owned(),
    ];
    let expectation = resolved(&shown(&resources));
    is_certificate(&expectation, X, ["none", X]);
    let named: Vec<&str> = expectation.not_read.iter().map(|one| one.what.as_str()).collect();
    for what in ["loggers", "azapi_resource.seen", "azurerm_api_management_user"] {
        assert!(named.iter().any(|one| one.contains(what)), "{what}: {named:?}");
    }
}

#[test]
fn deep_bodies_are_bounded() {
    let mut body = "{}".to_owned();
    for _ in 0..3 {
        body = as_text(&format!("{{\"properties\": {body}}}"));
    }
    let deep = format!("\"{}\"", "[".repeat(100_000));
    for body in [body, deep] {
        let text = shown(&[azapi("/backends", "", "b", &body), api(), policy("")]);
        let targets = resolve(&read_all(&[&text]), &Question::default()).unwrap();
        assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Undecidable);
    }
}

#[test]
fn template_that_terraform_deploys_changes_what_its_resources_make() {
    let backend = r#"{"type": "azurerm_api_management_backend", "address": "b", "values":
        {"name": "b", "url": "https://backend.example", "protocol": "http", "credentials": [],
         "api_management_name": "a"}}"#;
    let api = r#"{"type": "azurerm_api_management_api", "address": "o", "values":
        {"name": "o", "is_current": true, "service_url": "", "api_management_name": "a"}}"#;
    let policy = r#"{"type": "azurerm_api_management_api_policy", "address": "p", "values":
        {"api_name": "o", "api_management_name": "a", "xml_content":
         "<policies><inbound><set-backend-service backend-id='b'/></inbound></policies>"}}"#;
    let deployment = |condition: &str, parameters: &str| {
        let template = format!(
            r#"{{"parameters": {{"mtls": {{"type": "bool", "defaultValue": false}}}},
                "resources": [{{"type": "Microsoft.ApiManagement/service/backends", {condition}
                "name": "a/b", "properties": {{"credentials": {{"certificate": ["{X}"]}}}}}}]}}"#
        );
        format!(
            r#"{{"type": "azurerm_resource_group_template_deployment", "address": "d", "values":
                {{"name": "d", "parameters_content": {parameters:?}, "template_content": {template:?}}}}}"#
        )
    };
    let known = "\"condition\": \"[parameters('mtls')]\",";
    let unknown = "\"condition\": \"[reference('x').y]\",";
    for (condition, parameters, outcome) in [
        ("", "", ExpectedOutcome::Certificate),
        (known, "", ExpectedOutcome::None),
        (known, r#"{"mtls": {"value": true}}"#, ExpectedOutcome::Certificate),
        (unknown, "", ExpectedOutcome::Undecidable),
    ] {
        let state = format!(
            r#"{{"format_version": "1.0", "terraform_version": "1.9.0", "values": {{"root_module":
                {{"resources": [{backend}, {api}, {policy}, {}]}}}}}}"#,
            deployment(condition, parameters)
        );
        let mut configuration = Configuration::default();
        configuration.add("s.json", state.as_bytes()).unwrap();
        let targets = resolve(&configuration, &Question::default()).unwrap();
        let [target] = targets.as_slice() else { panic!("{targets:#?}") };
        assert_eq!(target.expectation.outcome, outcome, "{condition}: {target:#?}");
    }
}
