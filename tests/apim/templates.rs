//! ARM templates and compiled Bicep: conditions, loops, modules, files of parameters.

use super::servers::SERVICE;
use super::*;

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01";

/// A template as Bicep compiles one: resources and what stands before them.
fn template(before: &str, resources: &str) -> String {
    format!(
        r#"{{"$schema": "{SCHEMA}/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "metadata": {{"_generator": {{"name": "bicep", "version": "0.30.3"}}}},
            {before} "resources": [{resources}]}}"#
    )
}

fn parameters(values: &str) -> String {
    format!(
        r#"{{"$schema": "{SCHEMA}/deploymentParameters.json#", "contentVersion": "1.0.0.0",
            "parameters": {{{values}}}}}"#
    )
}

/// The list of certificates: `client` is X, `other` is Y.
fn certificates() -> String {
    let one = |name: &str, print: &str| {
        format!(
            r#"{{"id": "{SERVICE}/certificates/{name}", "name": "{name}",
                "properties": {{"thumbprint": "{print}", "subject": "CN={name}"}}}}"#
        )
    };
    format!(r#"{{"value": [{}, {}]}}"#, one("client", X), one("other", Y))
}

fn read_all(files: &[&str]) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.add("certificates.json", certificates().as_bytes()).unwrap();
    for (index, text) in files.iter().enumerate() {
        configuration
            .add(&format!("{index}.json"), text.as_bytes())
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
    configuration
}

fn resolved(files: &[&str]) -> Expectation {
    let targets = resolve(&read_all(files), &Question::default()).unwrap();
    assert_eq!(targets.len(), 1, "{targets:#?}");
    targets.into_iter().next().unwrap().expectation
}

/// A Backend whose certificates are these (JSON).
fn backend(more: &str, ids: &str) -> String {
    format!(
        r#"{{"type": "Microsoft.ApiManagement/service/backends", "apiVersion": "2024-05-01", {more}
            "name": "[format('{{0}}/{{1}}', parameters('apimName'), 'orders')]",
            "properties": {{"protocol": "http", "url": "https://backend.example",
              "credentials": {{"certificateIds": {ids}}}}}}}"#
    )
}

const BARE: &str = r#"{"type": "Microsoft.ApiManagement/service/backends",
    "name": "[concat(parameters('apimName'), '/orders')]",
    "properties": {"protocol": "http", "url": "https://backend.example"}}"#;

const API: &str = r#"{"type": "Microsoft.ApiManagement/service/apis",
    "name": "[format('{0}/{1}', parameters('apimName'), 'orders-api')]",
    "properties": {"displayName": "Orders", "path": "orders", "protocols": ["https"]}}"#;

/// The policy of the API, which routes to the Backend; `more` are further properties of the
/// resource, `inside` stands in the section inbound.
fn policy(more: &str, inside: &str) -> String {
    format!(
        r#"{{"type": "Microsoft.ApiManagement/service/apis/policies", {more}
            "name": "[format('{{0}}/{{1}}/{{2}}', parameters('apimName'), 'orders-api', 'policy')]",
            "properties": {{"format": "rawxml", "value": "<policies><inbound><base />{inside}<set-backend-service backend-id='orders' /></inbound><backend><base /></backend></policies>"}}}}"#
    )
}

/// The policy of the whole service, which is always there.
const GLOBAL: &str = r#"{"type": "Microsoft.ApiManagement/service/policies",
    "name": "[concat(parameters('apimName'), '/policy')]", "properties": {"format": "xml",
    "value": "<policies><inbound /><backend><forward-request /></backend></policies>"}}"#;

const ATTACH: &str = "<authentication-certificate certificate-id='client' />";
const ATTACH_OTHER: &str = "<authentication-certificate certificate-id='other' />";

const NAME: &str = r#""apimName": {"type": "string", "defaultValue": "a"}"#;

fn with_parameters(more: &str) -> String {
    format!(r#""parameters": {{{NAME}, {more}}},"#)
}

const SWITCH: &str = r#""attach": {"type": "bool", "defaultValue": false}"#;

// ---- conditions

#[test]
fn condition_that_is_literal_decides() {
    let before = with_parameters(SWITCH);
    for (condition, outcome) in [
        ("true", ExpectedOutcome::Certificate),
        ("false", ExpectedOutcome::None),
        ("\"[equals(variables('env'), 'prod')]\"", ExpectedOutcome::Certificate),
        (
            "\"[not(or(equals(variables('env'), 'prod'), parameters('attach')))]\"",
            ExpectedOutcome::None,
        ),
        ("\"[and(false(), parameters('attach'))]\"", ExpectedOutcome::None),
        (
            "\"[contains(createArray('prod', 'test'), variables('env'))]\"",
            ExpectedOutcome::Certificate,
        ),
    ] {
        let before = format!("{before} \"variables\": {{\"env\": \"prod\"}},");
        let condition = format!("\"condition\": {condition},");
        let resources = format!("{GLOBAL}, {BARE}, {API}, {}", policy(&condition, ATTACH));
        let expectation = resolved(&[&template(&before, &resources)]);
        assert_eq!(expectation.outcome, outcome, "{condition}: {expectation:#?}");
    }
}

#[test]
fn condition_that_only_a_default_decides_leaves_both() {
    let condition = "\"condition\": \"[parameters('attach')]\",";
    let resources = format!("{GLOBAL}, {BARE}, {API}, {}", policy(condition, ATTACH));
    for default in ["false", "true"] {
        let switch = SWITCH.replace("false", default);
        let expectation = resolved(&[&template(&with_parameters(&switch), &resources)]);
        assert_eq!(expectation.outcome, ExpectedOutcome::Candidates, "{expectation:#?}");
        assert_eq!(thumbprints(&expectation), [X]);
        assert!(says(&expectation, "parameters('attach') decides, of which only the default"));
    }
    for (value, outcome) in
        [("true", ExpectedOutcome::Certificate), ("false", ExpectedOutcome::None)]
    {
        let template = template(&with_parameters(SWITCH), &resources);
        let parameters = parameters(&format!(r#""attach": {{"value": {value}}}"#));
        for files in [[template.as_str(), &parameters], [&parameters, &template]] {
            assert_eq!(resolved(&files).outcome, outcome, "{value}");
        }
        let reference = parameters.replace(
            &format!("\"value\": {value}"),
            r#""reference": {"keyVault": {"id": "/v"}, "secretName": "s"}"#,
        );
        let expectation = resolved(&[&template, &reference]);
        assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    }
}

#[test]
fn default_holds_where_a_file_of_parameters_leaves_it() {
    let condition = "\"condition\": \"[parameters('attach')]\",";
    let resources = format!("{GLOBAL}, {BARE}, {API}, {}", policy(condition, ATTACH));
    let template = template(&with_parameters(SWITCH), &resources);
    let parameters = parameters(r#""apimName": {"value": "a"}"#);
    assert_eq!(resolved(&[&template, &parameters]).outcome, ExpectedOutcome::None);
}

#[test]
fn condition_and_its_opposite_are_alternatives() {
    let with = policy("\"condition\": \"[parameters('attach')]\",", ATTACH);
    let without = policy("\"condition\": \"[not(parameters('attach'))]\",", ATTACH_OTHER);
    for resources in
        [format!("{BARE}, {API}, {with}, {without}"), format!("{without}, {with}, {BARE}, {API}")]
    {
        let template = template(&with_parameters(SWITCH), &resources);
        let expectation = resolved(&[&template]);
        assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
        let mut prints = thumbprints(&expectation);
        prints.sort();
        assert_eq!(prints, [X, Y], "{expectation:#?}");
        assert_eq!(expectation.none_if, None, "one of both is there in any case");
        let parameters = parameters(r#""attach": {"value": false}"#);
        is_certificate(&resolved(&[&template, &parameters]), Y, [Y, Y]);
    }
}

#[test]
fn backend_that_may_not_be_there_is_undecidable() {
    let with = backend("\"condition\": \"[parameters('attach')]\",", r#"["client"]"#);
    let without =
        BARE.replace("\"name\"", "\"condition\": \"[not(parameters('attach'))]\", \"name\"");
    let resources = format!("{with}, {without}, {API}, {}", policy("", ""));
    let template = template(&with_parameters(SWITCH), &resources);
    is_undecidable(&resolved(&[&template]), "whether the backend is deployed is not known");
    let parameters = parameters(r#""attach": {"value": false}"#);
    assert_eq!(resolved(&[&template, &parameters]).outcome, ExpectedOutcome::None);
}

#[test]
fn default_that_makes_a_list_empty_is_no_knowledge() {
    for (default, ids) in [
        ("\"list\": {\"defaultValue\": []}", "\"[parameters('list')]\""),
        (
            "\"list\": {\"defaultValue\": false}",
            "\"[if(parameters('list'), createArray('client'), createArray())]\"",
        ),
        (
            "\"list\": {\"defaultValue\": {}}",
            "\"[coalesce(tryGet(parameters('list'), 'ids'), createArray())]\"",
        ),
        ("\"list\": {\"defaultValue\": \"\"}", "[\"[parameters('list')]\"]"),
        (
            "\"list\": {\"defaultValue\": []}",
            "\"[map(parameters('list'), lambda('id', lambdaVariables('id')))]\"",
        ),
    ] {
        let resources = format!("{}, {API}, {}", backend("", ids), policy("", ""));
        let template = template(&with_parameters(default), &resources);
        let expectation = resolved(&[&template]);
        assert_eq!(expectation.outcome, ExpectedOutcome::Undecidable, "{ids}: {expectation:#?}");
    }
}

#[test]
fn default_that_names_the_certificate_is_expected_with_that_remark() {
    let more = r#""certName": {"type": "string", "defaultValue": "client"}"#;
    let id = "[\"[resourceId('Microsoft.ApiManagement/service/certificates', parameters('apimName'), parameters('certName'))]\"]";
    let resources = format!("{}, {API}, {}", backend("", id), policy("", ""));
    let template = template(&with_parameters(more), &resources);
    let expectation = resolved(&[&template]);
    is_certificate(&expectation, X, ["none", X]);
    assert!(says(&expectation, "parameters('certName') is taken to be client, its default"));
    assert!(!says(&expectation, "parameters('apimName')"), "{:#?}", expectation.reasons);

    let parameters = parameters(r#""certName": {"value": "other"}"#);
    let expectation = resolved(&[&template, &parameters]);
    is_certificate(&expectation, Y, ["none", Y]);
    assert!(!says(&expectation, "is taken to be"));
}

#[test]
fn default_that_is_a_policy_decides_only_where_it_attaches() {
    let value = policy("", "");
    let start = value.find("\"<policies>").unwrap();
    let end = value.rfind("\"}").unwrap() + 1;
    let text = value[start..end].to_owned();
    let resource = value.replace(&text, "\"[parameters('xml')]\"");
    for (xml, outcome) in [
        (text.clone(), ExpectedOutcome::Undecidable),
        (text.replace("<base />", &format!("<base />{ATTACH}")), ExpectedOutcome::Certificate),
    ] {
        let more = format!("\"xml\": {{\"defaultValue\": {xml}}}");
        let resources = format!("{BARE}, {API}, {resource}");
        let expectation = resolved(&[&template(&with_parameters(&more), &resources)]);
        assert_eq!(expectation.outcome, outcome, "{expectation:#?}");
    }
}

// ---- functions, variables, loops

#[test]
fn policy_of_a_loaded_text_with_replacements_is_read() {
    let text = "<policies><inbound><base /><authentication-certificate certificate-id='__CERT__' /><set-backend-service backend-id='{backend}' /></inbound></policies>";
    let value = "[replace(replace(variables('$fxv#0'), '__CERT__', parameters('certName')), '{backend}', last(split(variables('id'), '/')))]";
    let before = format!(
        "{} \"variables\": {{\"$fxv#0\": \"{text}\", \"id\": \"[toLower(concat('/a/', 'ORDERS'))]\"}},",
        with_parameters(r#""certName": {"defaultValue": "client"}"#)
    );
    let resource = format!(
        r#"{{"type": "Microsoft.ApiManagement/service/apis/policies",
            "name": "[format('{{0}}/{{1}}/{{2}}', parameters('apimName'), 'orders-api', 'policy')]",
            "properties": {{"format": "rawxml", "value": "{value}"}}}}"#
    );
    let resources = format!("{BARE}, {API}, {resource}");
    is_certificate(&resolved(&[&template(&before, &resources)]), X, [X, X]);
}

#[test]
fn loops_are_followed_where_their_count_is_known() {
    let looped = r#"{"type": "Microsoft.ApiManagement/service/backends",
        "copy": {"name": "backends", "count": "[length(variables('all'))]"},
        "name": "[format('{0}/{1}', parameters('apimName'), variables('all')[copyIndex()].name)]",
        "properties": {"protocol": "http", "url": "[variables('all')[copyIndex()].url]",
          "credentials": {"copy": [{"name": "certificateIds",
             "count": "[length(variables('all')[copyIndex()].ids)]",
             "input": "[variables('all')[copyIndex()].ids[copyIndex('certificateIds')]]"}]}}}"#;
    let variables = r#""variables": {"all": [
        {"name": "a", "url": "https://a.example", "ids": ["client"]},
        {"name": "b", "url": "https://b.example", "ids": []}]},"#;
    let before = format!("\"parameters\": {{{NAME}}}, {variables}");
    let text = template(&before, looped);
    let targets = resolve(&read_all(&[&text]), &Question::default()).unwrap();
    assert_eq!(targets.len(), 2, "{targets:#?}");
    assert_eq!(thumbprints(&targets[0].expectation), [X]);
    assert_eq!(targets[1].expectation.endpoints.server_names, ["b.example"]);

    let unknown = text.replace("variables('all')", "parameters('all')");
    let unknown = unknown.replace(NAME, &format!("{NAME}, \"all\": {{\"type\": \"array\"}}"));
    let targets = resolve(&read_all(&[&unknown]), &Question::default()).unwrap();
    assert!(targets.iter().all(|one| one.expectation.outcome == ExpectedOutcome::Undecidable));

    let given = parameters(
        r#""all": {"value": [{"name": "c", "url": "https://c.example", "ids": ["other"]}]}"#,
    );
    is_certificate(&resolved(&[&unknown, &given]), Y, [UNDECIDABLE, Y]);
}

#[test]
fn variable_that_is_defined_by_itself_is_not_known() {
    let before = r#""variables": {"a": "[variables('b')]", "b": "[variables('a')]"},"#;
    let text = template(before, &BARE.replace("https://backend.example", "[variables('a')]"));
    let targets = resolve(&read_all(&[&text]), &Question::default()).unwrap();
    assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Undecidable);
}

#[test]
fn values_that_grow_without_end_are_bounded() {
    let mut variables = vec![r#""v0": ["xxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxx"]"#.to_owned()];
    for step in 1..200 {
        let last = step - 1;
        variables.push(format!(
            r#""v{step}": "[createArray(variables('v{last}'), variables('v{last}'))]""#
        ));
    }
    let before = format!("\"variables\": {{{}}},", variables.join(","));
    let text = template(&before, &backend("", "\"[variables('v199')]\""));
    let targets = resolve(&read_all(&[&text]), &Question::default()).unwrap();
    assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Undecidable);

    let looped = r#"{"type": "Microsoft.Resources/deployments",
        "copy": {"name": "c", "count": 1000}, "properties": {"template": INSIDE}}"#;
    let mut inside = template("", BARE);
    for _ in 0..10 {
        inside = template("", &looped.replace("INSIDE", &inside));
    }
    let mut configuration = Configuration::default();
    let _ = configuration.add("loops.json", inside.as_bytes());
}

// ---- modules and symbolic names

#[test]
fn module_has_the_parameters_that_it_is_given() {
    let inner = template(
        r#""parameters": {"apimName": {"type": "string"}, "certs": {"type": "array", "defaultValue": []}},"#,
        &backend("", "\"[parameters('certs')]\""),
    );
    let module = |options: &str, given: &str| {
        format!(
            r#"{{"type": "Microsoft.Resources/deployments", "name": "m", "properties": {{{options}
                "parameters": {{"apimName": {{"value": "[parameters('apimName')]"}}{given}}},
                "template": {inner}}}}}"#
        )
    };
    let scope = r#""expressionEvaluationOptions": {"scope": "inner"},"#;
    let given =
        r#", "certs": {"value": "[createArray(format('/certificates/{0}', variables('cert')))]"}"#;
    let before = format!("\"parameters\": {{{NAME}}}, \"variables\": {{\"cert\": \"client\"}},");
    for (options, given, expected) in [
        (scope, given, ExpectedOutcome::Certificate),
        ("", given, ExpectedOutcome::Certificate),
        // The template itself gives nothing: its module's default is what is deployed.
        (scope, "", ExpectedOutcome::None),
    ] {
        let resources = format!("{}, {API}, {}", module(options, given), policy("", ""));
        let expectation = resolved(&[&template(&before, &resources)]);
        assert_eq!(expectation.outcome, expected, "{options} {given}: {expectation:#?}");
    }
}

#[test]
fn symbolic_names_are_read_and_existing_resources_are_not_entities() {
    let resources = format!(
        r#"{{"apim": {{"existing": true, "type": "Microsoft.ApiManagement/service",
                "apiVersion": "2024-05-01", "name": "[parameters('apimName')]"}},
            "old": {{"existing": true, "type": "Microsoft.ApiManagement/service/backends",
                "name": "[format('{{0}}/{{1}}', parameters('apimName'), 'old')]"}},
            "backend": {}, "api": {API}, "policy": {}}}"#,
        backend(
            "",
            r#"["[resourceId('Microsoft.ApiManagement/service/certificates', parameters('apimName'), 'client')]"]"#
        ),
        policy("", "")
    );
    let text = template(&format!("\"languageVersion\": \"2.0\", \"parameters\": {{{NAME}}},"), "")
        .replace("\"resources\": []", &format!("\"resources\": {resources}"));
    is_certificate(&resolved(&[&text]), X, ["none", X]);
}

#[test]
fn children_have_the_names_of_what_they_stand_in() {
    let service = format!(
        r#"{{"type": "Microsoft.ApiManagement/service", "name": "[parameters('apimName')]",
            "resources": [
              {{"type": "backends", "name": "orders",
                "properties": {{"protocol": "http", "url": "https://backend.example"}}}},
              {{"type": "apis", "name": "orders-api", "properties": {{"path": "o"}}, "resources": [
                {{"type": "policies", "name": "policy", "properties": {{"value":
                  "<policies><inbound>{ATTACH}<set-backend-service backend-id='orders'/></inbound></policies>"}}}}]}}]}}"#
    );
    let expectation = resolved(&[&template(&format!("\"parameters\": {{{NAME}}},"), &service)]);
    is_certificate(&expectation, X, [X, X]);
}

#[test]
fn policy_of_an_api_whose_name_is_not_known_may_be_any_apis() {
    let unknown = policy("", ATTACH).replace("'orders-api'", "parameters('api')");
    let more = r#""api": {"type": "string"}"#;
    let resources = format!(
        "{BARE}, {}, {unknown}",
        API.replace("\"path\"", "\"serviceUrl\": \"https://backend.example\", \"path\"",)
    );
    let text = template(&with_parameters(more), &resources);
    let question = Question { api: Some("orders-api".to_owned()), ..Question::default() };
    let targets = resolve(&read_all(&[&text]), &question).unwrap();
    assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Undecidable, "{targets:#?}");

    // Where the API has the same unknown name, the policy is its own.
    let resources = resources.replace("'orders-api'", "parameters('api')");
    is_certificate(&resolved(&[&template(&with_parameters(more), &resources)]), X, [X, X]);
}

#[test]
fn loop_of_modules_with_parts_that_may_be_absent_is_read() {
    let inner = template(
        r#""parameters": {"apimName": {"type": "string"}, "name": {"type": "string"},
            "protocol": {"type": "string", "defaultValue": "http"},
            "credentials": {"type": "object", "nullable": true}},"#,
        r#"{"type": "Microsoft.ApiManagement/service/backends",
            "name": "[format('{0}/{1}', parameters('apimName'), parameters('name'))]",
            "properties": {"url": "https://backend.example", "protocol": "[parameters('protocol')]",
              "credentials": "[parameters('credentials')]"}}"#,
    );
    let get = |key: &str| {
        format!(
            r#""{key}": {{"value": "[tryGet(coalesce(parameters('backends'), createArray())[copyIndex()], '{key}')]"}}"#
        )
    };
    let module = format!(
        r#"{{"copy": {{"name": "backends", "count": "[length(coalesce(parameters('backends'), createArray()))]"}},
            "type": "Microsoft.Resources/deployments", "name": "[format('b-{{0}}', copyIndex())]",
            "properties": {{"expressionEvaluationOptions": {{"scope": "inner"}},
              "parameters": {{"apimName": {{"value": "[parameters('apimName')]"}},
                "name": {{"value": "orders"}}, {}, {}}}, "template": {inner}}}}}"#,
        get("protocol"),
        get("credentials")
    );
    let more = r#""backends": {"type": "array", "nullable": true}"#;
    let resources = format!("{API}, {}, {module}", policy("", ""));
    let text = template(&with_parameters(more), &resources);
    for (given, outcome) in [
        (r#"[{"credentials": {"certificateIds": ["client"]}}]"#, ExpectedOutcome::Certificate),
        ("[{}]", ExpectedOutcome::None),
    ] {
        let given = parameters(&format!(r#""backends": {{"value": {given}}}"#));
        assert_eq!(resolved(&[&text, &given]).outcome, outcome, "{given}");
    }
    let targets = resolve(&read_all(&[&text]), &Question::default()).unwrap();
    for target in targets {
        assert_eq!(target.expectation.outcome, ExpectedOutcome::Undecidable);
    }
}

#[test]
fn certificate_that_the_template_makes_has_the_thumbprint_of_the_list() {
    let made = r#"{"type": "Microsoft.ApiManagement/service/certificates",
        "name": "[format('{0}/{1}', parameters('apimName'), 'client')]",
        "properties": {"keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/c"}}}"#;
    let resources = format!("{made}, {}, {API}, {}", backend("", r#"["client"]"#), policy("", ""));
    let text = template(&format!("\"parameters\": {{{NAME}}},"), &resources);
    let expectation = resolved(&[&text]);
    is_certificate(&expectation, X, ["none", X]);
    assert!(says(&expectation, "follows its Key Vault secret"));

    let mut alone = Configuration::default();
    alone.add("t.json", text.as_bytes()).unwrap();
    let targets = resolve(&alone, &Question::default()).unwrap();
    assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Undecidable);
}

// ---- files of parameters

#[test]
fn files_of_parameters_that_differ_are_no_knowledge() {
    let more = r#""certName": {"type": "string"}"#;
    let resources =
        format!("{}, {API}, {}", backend("", "[\"[parameters('certName')]\"]"), policy("", ""));
    let text = template(&with_parameters(more), &resources);
    let [dev, prod] = ["client", "other"]
        .map(|name| parameters(&format!(r#""certName": {{"value": "{name}"}}"#)));
    is_undecidable(&resolved(&[&text, &dev, &prod]), "one value in 1.json and another in 2.json");
    is_certificate(&resolved(&[&text, &prod]), Y, ["none", Y]);
}

#[test]
fn file_of_parameters_comes_by_any_option() {
    let more = r#""certName": {"type": "string"}"#;
    let resources =
        format!("{}, {API}, {}", backend("", "[\"[parameters('certName')]\"]"), policy("", ""));
    let (text, given) = (
        template(&with_parameters(more), &resources),
        parameters(r#""certName": {"value": "client"}"#),
    );
    let mut configuration = Configuration::default();
    configuration.add_backends("p.json", given.as_bytes()).unwrap();
    configuration.add_backends("t.json", text.as_bytes()).unwrap();
    configuration.add_certificates("c.json", certificates().as_bytes()).unwrap();
    let targets = resolve(&configuration, &Question::default()).unwrap();
    is_certificate(&targets[0].expectation, X, ["none", X]);
}

#[test]
fn file_of_parameters_without_its_template_is_refused() {
    let given = parameters(r#""certName": {"value": "client"}"#);
    let mut configuration = read_all(&[&given]);
    let error = resolve(&configuration, &Question::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "0.json: no template that was given has a parameter of this file"
    );
    configuration.add("t.json", template(&with_parameters(SWITCH), BARE).as_bytes()).unwrap();
    assert!(resolve(&configuration, &Question::default()).is_err());
}

#[test]
fn what_a_default_chooses_of_a_table_is_no_knowledge() {
    let environments = r#""env": {"type": "string", "defaultValue": "dev"}"#;
    let chosen = "variables('all')[parameters('env')]";
    let ids = |value: &str| format!("\"[{chosen}.{value}]\"");
    let table = |dev: &str, prod: &str| {
        format!(
            r#"{} "variables": {{"all": {{"dev": {dev}, "prod": {prod}}}}},"#,
            with_parameters(environments)
        )
    };
    // Whether the policy is there, and what it says.
    let switch = table(r#"{"attach": false}"#, r#"{"attach": true}"#);
    let policies = policy(&format!("\"condition\": {},", ids("attach")), ATTACH);
    let before = template(&switch, &format!("{GLOBAL}, {BARE}, {API}, {policies}"));
    assert_eq!(resolved(&[&before]).outcome, ExpectedOutcome::Candidates);
    let prod = parameters(r#""env": {"value": "prod"}"#);
    assert_eq!(resolved(&[&before, &prod]).outcome, ExpectedOutcome::Certificate);

    let with = policy("", "");
    let (start, end) = (with.find("\"<policies>").unwrap(), with.rfind("\"}").unwrap() + 1);
    let text = with[start..end].to_owned();
    let attaching = text.replace("<base />", &format!("<base />{ATTACH}"));
    let texts = table(&text, &attaching);
    let resource = with.replace(&text, &format!("\"[{chosen}]\""));
    let made = template(&texts, &format!("{BARE}, {API}, {resource}"));
    assert_eq!(resolved(&[&made]).outcome, ExpectedOutcome::Undecidable);

    // Whether there is a certificate on the Backend, and which.
    for (dev, outcome) in
        [("[]", ExpectedOutcome::Undecidable), ("[\"client\"]", ExpectedOutcome::Certificate)]
    {
        let lists = table(&format!("{{\"ids\": {dev}}}"), r#"{"ids": ["other"]}"#);
        let resources = format!("{}, {API}, {}", backend("", &ids("ids")), policy("", ""));
        let expectation = resolved(&[&template(&lists, &resources)]);
        assert_eq!(expectation.outcome, outcome, "{expectation:#?}");
    }
}

#[test]
fn what_the_default_of_a_whole_object_leaves_out_is_no_knowledge() {
    let whole = BARE.replace(
        r#"{"protocol": "http", "url": "https://backend.example"}"#,
        "\"[parameters('whole')]\"",
    );
    let part = BARE.replace(
        r#""url": "https://backend.example""#,
        r#""url": "https://backend.example", "credentials": "[parameters('whole')]""#,
    );
    for (backend, default) in [
        (&whole, r#"{"protocol": "http", "url": "https://backend.example"}"#),
        (&part, r#"{"header": {"x-key": ["k"]}}"#),
    ] {
        let before = with_parameters(&format!("\"whole\": {{\"defaultValue\": {default}}}"));
        let template = template(&before, &format!("{backend}, {API}, {}", policy("", "")));
        is_undecidable(&resolved(&[&template]), "of which only the default is known");
        let given = parameters(&format!("\"whole\": {{\"value\": {default}}}"));
        assert_eq!(resolved(&[&template, &given]).outcome, ExpectedOutcome::None);
    }
}
