//! Responses of the REST interface, one by one as `az rest` prints them: whose policy it is, which
//! revision counts, which service; what was not given.

use super::servers::{SERVICE, backend_json};
use super::*;

pub(crate) fn attach(id: &str) -> String {
    format!("<authentication-certificate certificate-id='{id}'/>")
}

/// A policy as `GET …/policies/policy` answers: `path` is its owner's.
pub(crate) fn policy_json(path: &str, inbound: &str) -> String {
    let kind = path.split('/').step_by(2).collect::<Vec<_>>().join("/");
    let kind = if kind.is_empty() { String::new() } else { format!("{kind}/") };
    let slash = if path.is_empty() { "" } else { "/" };
    format!(
        r#"{{"id": "{SERVICE}/{path}{slash}policies/policy",
            "type": "Microsoft.ApiManagement/service/{kind}policies", "name": "policy",
            "properties": {{"format": "rawxml", "value":
              "<policies><inbound><base/>{inbound}</inbound><backend><base/></backend></policies>"}}}}"#
    )
}

pub(crate) fn api_json(path: &str, more: &str) -> String {
    let name = path.rsplit('/').next().unwrap();
    format!(
        r#"{{"id": "{SERVICE}/{path}", "type": "Microsoft.ApiManagement/service/apis",
            "name": "{name}", "properties": {{"displayName": "{name}", "path": "p", {more}}}}}"#
    )
}

pub(crate) fn certificates_json(all: &[(&str, &str)]) -> String {
    let one = |(path, thumbprint): &(&str, &str)| {
        let name = path.rsplit('/').next().unwrap();
        format!(
            r#"{{"id": "{SERVICE}/{path}", "name": "{name}",
                "type": "Microsoft.ApiManagement/service/certificates",
                "properties": {{"subject": "CN=x", "thumbprint": "{thumbprint}"}}}}"#
        )
    };
    let all: Vec<String> = all.iter().map(one).collect();
    format!("{{\"value\": [{}], \"nextLink\": null}}", all.join(","))
}

/// A configuration of these files, named after their places in the list.
pub(crate) fn of(files: &[String]) -> Configuration {
    let mut configuration = Configuration::default();
    add(&mut configuration, files);
    configuration
}

fn add(configuration: &mut Configuration, files: &[String]) {
    for (index, text) in files.iter().enumerate() {
        configuration
            .add(&format!("{index}.json"), text.as_bytes())
            .unwrap_or_else(|error| panic!("{error}: {text}"));
    }
}

fn two_certificates() -> String {
    certificates_json(&[("certificates/x", X), ("certificates/y", Y)])
}

/// The expectation of the only target that was asked about.
pub(crate) fn asked_about(configuration: &Configuration, question: &Question) -> Expectation {
    let targets = resolve(configuration, question).unwrap_or_else(|error| panic!("{error}"));
    let mut asked = targets.into_iter().filter(|target| target.is_asked);
    let first = asked.next().unwrap();
    let more: Vec<Target> = asked.collect();
    assert!(more.is_empty(), "{first:#?} {more:#?}");
    first.expectation
}

pub(crate) fn only(configuration: &Configuration) -> Expectation {
    asked_about(configuration, &Question::default())
}

const URL: &str =
    r#""serviceUrl": "https://backend.example", "isCurrent": true, "apiRevision": "1""#;

#[test]
fn owner_of_a_policy_is_what_its_id_says() {
    let api = api_json("apis/orders", URL);
    for path in ["", "apis/orders", "APIS/Orders", "apis/orders;rev=1", "products/gold"] {
        let configuration = of(&[api.clone(), policy_json(path, &attach("x")), two_certificates()]);
        let expectation = only(&configuration);
        assert_eq!(thumbprints(&expectation), [X], "{path}: {expectation:#?}");
    }
    // Where no file says which revision is current.
    let silent = api_json("apis/orders", r#""serviceUrl": "https://backend.example""#);
    let policy = policy_json("apis/orders;rev=2", &attach("x"));
    is_undecidable(&only(&of(&[silent, policy, two_certificates()])), "whether it is current");
    // Of another API: no word about this one.
    let expectation = asked_about(
        &of(&[
            api,
            policy_json("apis/orders", &attach("x")),
            policy_json("apis/other", &attach("y")),
            two_certificates(),
        ]),
        &Question { api: Some("orders".to_owned()), ..Question::default() },
    );
    is_certificate(&expectation, X, [X, X]);
}

#[test]
fn policies_of_several_apis_and_operations_belong_to_them() {
    let backend = backend_json("b", "https://backend.example", "").replace("[\"\"]", "[]");
    let route = "<set-backend-service backend-id='b'/>";
    let list = format!(
        "{{\"value\": [{}, {}], \"count\": 2}}",
        policy_json("apis/orders", &(attach("x") + route)),
        policy_json("apis/Stock", &(attach("y") + route)),
    );
    let operation = policy_json("apis/stock/operations/get", route);
    let configuration = of(&[backend, list, operation, two_certificates()]);
    let ask = |api: &str, operation: Option<&str>| {
        let operation = operation.map(str::to_owned);
        let question = Question { api: Some(api.to_owned()), operation, ..Question::default() };
        asked_about(&configuration, &question)
    };
    is_certificate(&ask("orders", None), X, [X, X]);
    is_certificate(&ask("stock", Some("get")), Y, [Y, Y]);
    is_certificate(&ask("stock", Some("put")), Y, [Y, Y]);
    assert_eq!(thumbprints(&only(&configuration)), [X, Y]);
}

#[test]
fn option_that_contradicts_the_id_of_a_policy_gives_way() {
    let mut configuration = of(&[api_json("apis/orders", URL), two_certificates()]);
    let policy = policy_json("apis/orders", &attach("x"));
    configuration.add_policy(Some(Scope::Global), "p.json", policy.as_bytes()).unwrap();
    let expectation = only(&configuration);
    is_certificate(&expectation, X, [X, X]);
    assert!(codes(&expectation).contains(&"policy-scope-differs-from-id"));
}

#[test]
fn only_the_current_revision_counts_and_others_are_named() {
    let old = r#""serviceUrl": "https://old.example", "apiRevision": "1", "isCurrent": false"#;
    let new = r#""serviceUrl": "https://backend.example", "apiRevision": "2", "isCurrent": true"#;
    let files = [
        api_json("apis/orders;rev=1", old),
        api_json("apis/orders", new),
        policy_json("apis/orders;rev=1", &attach("y")),
        policy_json("apis/orders;REV=2", &attach("x")),
        two_certificates(),
    ];
    let expectation = only(&of(&files));
    is_certificate(&expectation, X, [X, X]);
    let named: Vec<&str> = expectation.not_read.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(named, ["API orders;rev=1", "policy of the scope api of API orders;rev=1"]);
    assert!(expectation.not_read[1].why.contains("not of the current revision"));

    let question = Question { api: Some("orders;rev=1".to_owned()), ..Question::default() };
    let expectation = asked_about(&of(&files), &question);
    is_certificate(&expectation, Y, [Y, Y]);
    assert_eq!(expectation.endpoints.server_names, ["old.example"]);
}

#[test]
fn revision_that_is_not_current_is_told_where_the_name_does_not_end_with_it() {
    let resource = |revision: &str, current: bool, url: &str| {
        format!(
            r#"{{"type": "azurerm_api_management_api", "values": {{"name": "orders",
                "revision": "{revision}", "is_current": {current}, "service_url": "{url}"}}}}"#
        )
    };
    let state = format!(
        r#"{{"format_version": "1.0", "terraform_version": "1.9.0", "values": {{"root_module":
            {{"resources": [{}, {},
              {{"type": "azurerm_api_management_api_policy", "values": {{"api_name": "orders",
                "xml_content": "<policies><inbound><authentication-certificate thumbprint='{X}'/></inbound></policies>"}}}}]}}}}}}"#,
        resource("1", false, "https://old.example"),
        resource("2", true, "https://backend.example"),
    );
    let expectation = only(&of(&[state]));
    is_certificate(&expectation, X, [X, X]);
    assert_eq!(expectation.endpoints.server_names, ["backend.example"]);
    assert_eq!(expectation.not_read[0].what, "API orders;rev=1");
}

#[test]
fn revisions_of_which_none_is_said_to_be_current_are_undecidable() {
    let configuration = of(&[
        backend_json("b", "https://backend.example", Z),
        policy_json("apis/orders;rev=2", &attach("x")),
        policy_json("apis/orders;rev=3", &attach("y")),
        two_certificates(),
    ]);
    let expectation = only(&configuration);
    is_undecidable(&expectation, "the revisions 2 and 3 of the API orders were given");
    assert_eq!(predictions(&expectation), [UNDECIDABLE, UNDECIDABLE]);
}

#[test]
fn backend_that_was_not_given_is_undecidable_with_the_command_that_fetches_it() {
    for policy in [
        policy_json("apis/orders", "<set-backend-service backend-id='stock'/>"),
        "<policies><inbound><set-backend-service backend-id='stock'/></inbound></policies>"
            .to_owned(),
    ] {
        let expectation = only(&of(std::slice::from_ref(&policy)));
        is_undecidable(&expectation, "the backend stock is not among the files");
        assert!(says(&expectation, "/backends/stock?api-version="), "{expectation:#?}");
        assert_eq!(predictions(&expectation), [UNDECIDABLE, UNDECIDABLE]);
    }
    // The service's own id makes the command whole.
    let expectation =
        only(&of(&[policy_json("apis/orders", "<set-backend-service backend-id='stock'/>")]));
    let url = format!("https://management.azure.com{SERVICE}/backends/stock?");
    assert!(says(&expectation, &url), "{expectation:#?}");
    // Beside one that was given, it is a server of its own.
    let configuration = of(&[
        backend_json("a", "https://a.example", X),
        policy_json("apis/orders", "<set-backend-service backend-id='a'/>"),
        policy_json("apis/stock", "<set-backend-service backend-id='stock'/>"),
    ]);
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets[1].name, "backend stock (not given)");
    assert!(!targets[1].is_asked);
    is_undecidable(&targets[1].expectation, "is not among the files");
}

#[test]
fn api_that_was_not_given_may_go_to_any_of_several_backends() {
    let configuration = of(&[
        format!(
            "{{\"value\": [{},{}]}}",
            backend_json("a", "https://a.example", X),
            backend_json("b", "https://b.example", Y)
        ),
        policy_json("apis/orders", ""),
    ]);
    for target in resolve(&configuration, &Question::default()).unwrap() {
        is_undecidable(&target.expectation, "/apis/orders?api-version=");
        assert_eq!(predictions(&target.expectation), [UNDECIDABLE, UNDECIDABLE]);
    }
}

#[test]
fn policy_alone_that_attaches_nothing_is_undecidable() {
    let expectation = only(&of(&["<policies><inbound><base/></inbound></policies>".to_owned()]));
    is_undecidable(&expectation, "/apis?api-version=");
}

#[test]
fn named_value_that_was_not_given_is_undecidable_with_its_command() {
    let configuration = of(&[
        api_json("apis/orders", URL),
        policy_json("apis/orders", &attach("{{client}}")),
        two_certificates(),
    ]);
    is_undecidable(&only(&configuration), "/namedValues/client?api-version=");
}

#[test]
fn pool_that_an_old_interface_leaves_out_is_undecidable() {
    let bare = format!(
        r#"[{{"id": "{SERVICE}/backends/both", "name": "both",
            "type": "Microsoft.ApiManagement/service/backends", "properties": null,
            "credentials": null, "url": null, "protocol": null}}]"#
    );
    let empty = bare.replace("\"url\": null", "\"type\": \"Pool\", \"pool\": {\"services\": []}");
    let route = "<set-backend-service backend-id='both'/>";
    for (bare, inbound) in
        [(&bare, route.to_owned()), (&bare, attach("x") + route), (&empty, route.to_owned())]
    {
        let configuration =
            of(&[bare.clone(), policy_json("apis/o", &inbound), two_certificates()]);
        let expectation = only(&configuration);
        is_undecidable(&expectation, "neither a url nor members of a pool");
        assert!(says(&expectation, "api-version=2024-05-01"));
    }
}

#[test]
fn member_of_a_pool_that_was_not_given_is_undecidable() {
    let pool = format!(
        r#"{{"id": "{SERVICE}/backends/both", "properties": {{"type": "Pool", "pool":
            {{"services": [{{"id": "/backends/east"}}, {{"id": "/backends/west"}}]}}}}}}"#
    );
    let configuration = of(&[
        pool,
        backend_json("east", "https://east.example", X),
        policy_json("apis/o", "<set-backend-service backend-id='both'/>"),
    ]);
    for backend in [None, Some("both".to_owned())] {
        let question = Question { backend, ..Question::default() };
        let targets = resolve(&configuration, &question).unwrap();
        is_certificate(&targets[0].expectation, X, ["none", X]);
        assert_eq!(targets[1].name, "backend west (not given)");
        is_undecidable(&targets[1].expectation, "/backends/west?api-version=");
    }
}

#[test]
fn backend_that_is_asked_about_and_was_not_given_is_undecidable() {
    let configuration = of(&[policy_json("apis/o", "<set-backend-service backend-id='stock'/>")]);
    let question = Question { backend: Some("Stock".to_owned()), ..Question::default() };
    let expectation = asked_about(&configuration, &question);
    is_undecidable(&expectation, "/backends/stock?api-version=");
    let question = Question { backend: Some("other".to_owned()), ..Question::default() };
    assert!(resolve(&configuration, &question).is_err());
}

#[test]
fn url_of_which_no_backends_were_given_may_be_an_entitys() {
    let files = [api_json("apis/o", URL), policy_json("apis/o", "")];
    let expectation = only(&of(&files));
    is_undecidable(&expectation, "/backends?api-version=");
    assert_eq!(predictions(&expectation), ["none", UNDECIDABLE]);
    let mut configuration = of(&files);
    configuration.add_backends("b.json", b"{\"value\": []}").unwrap_err();
    // One Backend is no list of all, and neither is a list that goes on.
    let other = backend_json("other", "https://other.example", X);
    for (given, outcome) in [
        (other.clone(), ExpectedOutcome::Undecidable),
        (
            format!("{{\"value\": [{other}], \"nextLink\": \"https://n.example\"}}"),
            ExpectedOutcome::Undecidable,
        ),
        (format!("{{\"value\": [{other}]}}"), ExpectedOutcome::None),
        (format!("[{other}]"), ExpectedOutcome::None),
    ] {
        let mut configuration = of(&files);
        configuration.add_backends("b.json", given.as_bytes()).unwrap();
        let targets = resolve(&configuration, &Question::default()).unwrap();
        let url = targets.iter().find(|one| one.name == "backend.example:443").unwrap();
        assert_eq!(url.expectation.outcome, outcome, "{given}");
    }
}

#[test]
fn what_is_not_understood_on_a_backend_is_no_none() {
    let api = api_json("apis/o", URL);
    let policy = policy_json("apis/o", "<set-backend-service backend-id='b'/>");
    for (more, outcome) in [
        (r#""credentials": {"clientCertificate": {"id": "x"}}"#, ExpectedOutcome::Undecidable),
        (r#""type": "Fleet""#, ExpectedOutcome::Undecidable),
        (r#""type": "Single""#, ExpectedOutcome::None),
        (
            r#""credentials": {"managedIdentity": {"resource": "r"}, "later": []}"#,
            ExpectedOutcome::None,
        ),
    ] {
        let backend = backend_json("b", "https://backend.example", "");
        let backend = backend.replace(r#""credentials": {"certificate": [""]}"#, more);
        let expectation = only(&of(&[api.clone(), policy.clone(), backend]));
        assert_eq!(expectation.outcome, outcome, "{more}: {expectation:#?}");
    }
}

#[test]
fn several_services_are_told_apart() {
    let other = SERVICE.replace("/a", "/b");
    let policy = policy_json("apis/orders", &attach("x"));
    let files = [
        api_json("apis/orders", URL),
        policy.clone(),
        policy.replace(SERVICE, &other).replace("'x'", "'y'"),
        two_certificates(),
    ];
    let error = resolve(&of(&files), &Question::default()).unwrap_err();
    assert!(error.to_string().starts_with("2.json:1: an entity of the service b"), "{error}");
    assert!(error.hint.unwrap().contains("--service"));

    let mut configuration = Configuration::default();
    configuration.only_service("A");
    add(&mut configuration, &files);
    let expectation = only(&configuration);
    is_certificate(&expectation, X, [X, X]);
    assert_eq!(expectation.not_read[0].file, "2.json");
    assert_eq!(expectation.not_read[0].why, "it is of the service b");
}

#[test]
fn resources_that_are_not_read_are_named() {
    let logger = format!(
        r#"{{"id": "{SERVICE}/loggers/insights", "name": "insights",
            "type": "Microsoft.ApiManagement/service/loggers", "properties": {{}}}}"#
    );
    let unknown = logger.replace("loggers", "novelties");
    let list = format!("{{\"value\": [{logger},\n{unknown}]}}");
    let configuration = of(&[
        api_json("apis/o", URL),
        policy_json("apis/o", &attach("x")),
        list,
        two_certificates(),
    ]);
    let not_read = only(&configuration).not_read;
    let shown: Vec<String> = not_read.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "2.json:1: loggers insights: it has no part in client certificates at a backend",
            "2.json:3: novelties insights: this kind is not read: what it does to client \
             certificates is not known"
        ]
    );
}

#[test]
fn answers_that_powershell_wraps_and_errors_are_told_apart() {
    let wrapped = |body: &str| format!("{{\"StatusCode\": 200, \"Content\": {body:?}}}");
    let list = format!("{{\"value\": [{}]}}", backend_json("b", "https://backend.example", X));
    let policy = policy_json("apis/o", "<set-backend-service backend-id='b'/>");
    let configuration = of(&[wrapped(&list), wrapped(&policy), api_json("apis/o", URL)]);
    is_certificate(&only(&configuration), X, ["none", X]);
    for answer in [
        r#"{"error": {"code": "ResourceNotFound", "message": "Policy not found."}}"#,
        r#"{"StatusCode": 404, "Content": "{\"error\": {\"code\": \"ResourceNotFound\"}}"}"#,
    ] {
        let error = Configuration::default().add("p.json", answer.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("p.json:1: the service answered with an error: Res"));
    }
}
