//! Configuration -> expectation, from files in the shapes that users have. One test for each row
//! of the decision table (docs/guide/backend-configuration.md); the folders beside this file hold
//! the files of each.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use mtls_witness::expect::apim::{
    Configuration, ConfigurationError, Gateway, Question, Scope, Target, resolve,
};
use mtls_witness::expect::{Expectation, ExpectedOutcome, HypothesisName, Prediction};

const X: &str = "0d649a802f8253610d122587301538dd903a4065";
const Y: &str = "c979c3808fd8356af4e3a0f668325ca61061ec65";
const Z: &str = "3685528dc08d6c9b910915da04f458c67e19dd6e";

/// 2026-11-23.
const TODAY: i64 = 1_795_392_000;

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apim").join(case)
}

/// Every file of a case, by the option that its name stands for; `path` in messages is the name.
fn read(case: &str) -> Result<Configuration, ConfigurationError> {
    let mut configuration = Configuration::default();
    let root = folder(case);
    for path in files(&root) {
        let relative = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let bytes = fs::read(&path).unwrap();
        if let Some(inside) = relative.strip_prefix("apiops/") {
            configuration.add_apiops(&relative, inside, &bytes)?;
        } else if let Some(scope) = relative.strip_suffix(".policy.xml") {
            configuration.add_policy(Some(Scope::from_name(scope).unwrap()), &relative, &bytes)?;
        } else if relative.starts_with("backend") {
            configuration.add_backends(&relative, &bytes)?;
        } else if relative.starts_with("certificates") {
            configuration.add_certificates(&relative, &bytes)?;
        } else if relative.starts_with("previous") {
            configuration.add_previous(&relative, &bytes)?;
        } else {
            configuration.add(&relative, &bytes)?;
        }
    }
    Ok(configuration)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn targets(case: &str, question: &Question) -> Vec<Target> {
    let configuration = read(case).unwrap_or_else(|error| panic!("{case}: {error}"));
    resolve(&configuration, question).unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// The only target of a case.
fn one(case: &str) -> Expectation {
    asked(case, &Question::default())
}

fn asked(case: &str, question: &Question) -> Expectation {
    let targets = targets(case, question);
    assert_eq!(targets.len(), 1, "{case}: {targets:#?}");
    targets.into_iter().next().unwrap().expectation
}

/// SHA-1 thumbprints, in order.
fn thumbprints(expectation: &Expectation) -> Vec<String> {
    expectation.certificates.iter().map(|one| one.sha1.unwrap().to_string()).collect()
}

/// What both hypotheses predict: `none`, a thumbprint or `undecidable`.
fn predictions(expectation: &Expectation) -> [String; 2] {
    let [first, second] = expectation.hypotheses.as_slice() else {
        panic!("{expectation:#?}");
    };
    assert_eq!(first.name, HypothesisName::PolicyOnly);
    assert_eq!(second.name, HypothesisName::EntityCounts);
    [first.prediction().text(), second.prediction().text()]
}

/// Asserts one certificate, and what the hypotheses predict.
fn is_certificate(expectation: &Expectation, sha1: &str, predicted: [&str; 2]) {
    assert_eq!(expectation.outcome, ExpectedOutcome::Certificate, "{expectation:#?}");
    assert_eq!(thumbprints(expectation), [sha1]);
    assert_eq!(predictions(expectation), predicted);
}

fn is_undecidable(expectation: &Expectation, why: &str) {
    assert_eq!(expectation.outcome, ExpectedOutcome::Undecidable, "{expectation:#?}");
    assert!(says(expectation, why), "{:#?}", expectation.reasons);
}

fn says(expectation: &Expectation, words: &str) -> bool {
    expectation.reasons.iter().any(|reason| reason.contains(words))
}

fn codes(expectation: &Expectation) -> Vec<&'static str> {
    expectation.lint.iter().map(|lint| lint.code).collect()
}

fn conditions(expectation: &Expectation) -> Vec<String> {
    let sources = |index: usize| expectation.certificates[index].sources.iter();
    (0..expectation.certificates.len())
        .map(|index| sources(index).find_map(|one| one.condition.clone()).unwrap_or_default())
        .collect()
}

const UNDECIDABLE: &str = "undecidable";

// ---- the decision table, row by row

#[test]
fn row_1_unconditional_policy_decides() {
    let expectation = one("row-01-policy-by-id");
    is_certificate(&expectation, X, [X, X]);
    assert_eq!(expectation.endpoints.server_names, ["backend.example"]);
    assert_eq!(expectation.endpoints.ports, [443]);
    assert_eq!(expectation.certificates[0].label.as_deref(), Some("client-x"));
    let source = &expectation.certificates[0].sources[0];
    assert_eq!((source.file.as_deref(), source.line), (Some("api.policy.xml"), Some(4)));
    assert!(says(&expectation, "api.policy.xml:4: <authentication-certificate> attaches"));
    assert!(says(&expectation, "api.policy.xml:5: <set-backend-service> sends requests"));
}

#[test]
fn row_1_policy_by_thumbprint_in_a_compiled_template() {
    let expectation = one("row-01-policy-by-thumbprint-in-a-template");
    is_certificate(&expectation, X, [X, X]);
    assert_eq!(expectation.endpoints.server_names, ["backend.example"]);
}

#[test]
fn row_2_entity_without_policy_is_contested() {
    let case = "row-02-entity-only-in-an-apiops-folder";
    let expectation = one(case);
    is_certificate(&expectation, X, ["none", X]);
    assert!(says(&expectation, "contested"));
    assert!(says(&expectation, "Q&A 5808706"));
    assert!(codes(&expectation).contains(&"certificate-referenced-by-no-policy"));

    let question = Question { hypothesis: Some(HypothesisName::PolicyOnly), ..Question::default() };
    let expectation = asked(case, &question);
    assert_eq!(expectation.outcome, ExpectedOutcome::None);
    assert_eq!(predictions(&expectation), ["none", X]);
}

#[test]
fn row_3_entity_whose_url_is_the_apis_is_contested() {
    let expectation = one("row-03-entity-by-service-url-in-a-terraform-state");
    is_certificate(&expectation, X, ["none", X]);
    assert!(says(&expectation, "the API's service URL is that of the backend orders-backend"));
}

#[test]
fn row_4_entity_and_policy_agree() {
    let expectation = one("row-04-entity-and-policy-agree-in-powershell");
    is_certificate(&expectation, X, [X, X]);
    assert!(!says(&expectation, "contested"));
}

#[test]
fn row_5_policy_is_expected_and_the_entity_may_win() {
    let expectation = one("row-05-entity-and-policy-differ");
    is_certificate(&expectation, Y, [Y, Y]);
    let also: Vec<String> = expectation.hypotheses[1].also.iter().map(Prediction::text).collect();
    assert_eq!(also, [X]);
    assert!(expectation.hypotheses[0].also.is_empty());
}

#[test]
fn row_6_no_certificate_anywhere_means_none() {
    let expectation = one("row-06-no-certificate-anywhere");
    assert_eq!(expectation.outcome, ExpectedOutcome::None);
    assert_eq!(predictions(&expectation), ["none", "none"]);
    assert_eq!(codes(&expectation), ["policy-in-comment"]);
}

#[test]
fn row_7_certificate_that_nothing_references_means_none() {
    let expectation = one("row-07-certificate-referenced-nowhere");
    assert_eq!(expectation.outcome, ExpectedOutcome::None);
    assert_eq!(predictions(&expectation), ["none", "none"]);
}

#[test]
fn row_8_conditions_give_candidates_with_the_condition_beside_each() {
    let expectation = one("row-08-conditional");
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&expectation), [X, Y]);
    assert_eq!(predictions(&expectation), [UNDECIDABLE, UNDECIDABLE]);
    let conditions = conditions(&expectation);
    assert_eq!(
        conditions[0],
        "when @(context.Request.Headers.GetValueOrDefault(\"x-tenant\", \"\") == \"contoso\" && \
         context.Request.Url.Path.Length < 99)"
    );
    assert_eq!(conditions[1], "when @(context.Product?.Name == \"gold\")");
    assert!(expectation.none_if.unwrap().starts_with("unless one of @(context.Request"));
}

#[test]
fn row_8_expression_is_undecidable_and_quoted() {
    is_undecidable(&one("row-08-expression"), "$\"client-{context.Request.Headers[");
}

#[test]
fn row_8_secret_named_value_is_undecidable() {
    is_undecidable(&one("row-08-secret-named-value"), "the named value cert-id is a secret");
}

#[test]
fn row_8_plain_named_value_is_put_in() {
    is_certificate(&one("row-08-plain-named-value"), X, [X, X]);
}

#[test]
fn row_9_certificate_from_an_expression_is_undecidable() {
    let expectation = one("row-09-body");
    is_undecidable(&expectation, "(body)");
    assert_eq!(predictions(&expectation), [UNDECIDABLE, UNDECIDABLE]);
}

#[test]
fn row_10_policy_outside_does_not_run_without_base() {
    let expectation = one("row-10-missing-base");
    assert_eq!(expectation.outcome, ExpectedOutcome::None);
    assert_eq!(predictions(&expectation), ["none", "none"]);
    let lint = expectation.lint.iter().find(|lint| lint.code == "missing-base").unwrap();
    assert_eq!(lint.file.as_deref(), Some("apiops/apis/orders/policy.xml"));
    assert_eq!(lint.line, Some(2));
}

#[test]
fn row_11_product_policy_depends_on_the_subscription() {
    let expectation = one("row-11-product-policy");
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&expectation), [X]);
    assert_eq!(conditions(&expectation), ["the call carries a subscription to product gold"]);
    assert!(expectation.none_if.is_some());
}

#[test]
fn row_12_last_policy_that_runs_wins() {
    is_certificate(&one("row-12-last-policy-wins"), X, [X, X]);
    is_certificate(&one("row-12-outer-policy-wins-where-base-is-last"), Y, [Y, Y]);
}

#[test]
fn row_13_key_vault_certificate_is_the_current_or_the_previous_one() {
    let expectation = one("row-13-key-vault-rotation");
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&expectation), [X, Y]);
    assert!(expectation.none_if.is_none());
    let conditions = conditions(&expectation);
    assert_eq!(conditions[0], "the current version");
    assert!(conditions[1].contains("4 hours"));
}

#[test]
fn row_14_key_vault_certificate_by_thumbprint_is_remarked() {
    let expectation = one("row-14-key-vault-by-thumbprint");
    is_certificate(&expectation, X, [X, X]);
    assert!(codes(&expectation).contains(&"key-vault-certificate-by-thumbprint"));
}

#[test]
fn row_14_after_the_rotation_it_is_the_old_one_or_none() {
    let expectation = one("row-14-key-vault-by-old-thumbprint");
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&expectation), [Y]);
    assert!(expectation.none_if.is_some());
    assert!(codes(&expectation).contains(&"key-vault-certificate-by-thumbprint"));
}

#[test]
fn row_15_version_of_a_secret_stays() {
    let expectation = one("row-15-key-vault-version");
    is_certificate(&expectation, X, [X, X]);
    assert!(codes(&expectation).contains(&"key-vault-versioned-secret"));
}

#[test]
fn row_16_ids_win_over_thumbprints() {
    let expectation = one("row-16-both-lists");
    is_certificate(&expectation, X, ["none", X]);
    assert!(codes(&expectation).contains(&"both-certificate-lists"));
}

#[test]
fn row_17_several_ids_give_candidates() {
    let expectation = one("row-17-several-ids");
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&expectation), [X, Y]);
    assert!(expectation.none_if.is_none());
    assert_eq!(predictions(&expectation), ["none", UNDECIDABLE]);
    assert!(codes(&expectation).contains(&"several-certificates"));
}

#[test]
fn row_18_members_of_a_pool_have_their_own() {
    for question in [
        Question::default(),
        Question { backend: Some("orders-pool".to_owned()), ..Question::default() },
    ] {
        let targets = targets("row-18-pool-members", &question);
        assert_eq!(targets.len(), 2);
        assert_eq!(targets[0].name, "backend east (member of the pool orders-pool)");
        let [east, west] = [&targets[0].expectation, &targets[1].expectation];
        is_certificate(east, X, ["none", X]);
        is_certificate(west, Y, ["none", Y]);
        assert_eq!(east.endpoints.server_names, ["east.example"]);
        assert_eq!(west.endpoints.addresses, ["10.0.0.7".parse::<std::net::IpAddr>().unwrap()]);
        assert_eq!(west.endpoints.ports, [8443]);
    }
}

#[test]
fn row_19_policy_holds_for_every_member_of_a_pool() {
    let targets = targets("row-19-pool-policy", &Question::default());
    assert_eq!(targets.len(), 2);
    for target in &targets {
        is_certificate(&target.expectation, Z, [Z, Z]);
    }
}

#[test]
fn rows_20_and_21_service_fabric_certificate_is_for_the_management_endpoints() {
    let targets = targets("row-20-service-fabric", &Question::default());
    assert_eq!(targets.len(), 2);
    let [management, service] = [&targets[0].expectation, &targets[1].expectation];
    is_certificate(management, X, [X, X]);
    assert_eq!(management.endpoints.server_names, ["cluster.example"]);
    assert_eq!(management.endpoints.ports, [19080]);
    is_undecidable(service, "established by no source");
}

#[test]
fn row_22_request_of_a_policy_has_its_own_certificate() {
    let targets = targets("row-22-send-request", &Question::default());
    assert_eq!(targets.len(), 2);
    let [backend, login] = [&targets[0].expectation, &targets[1].expectation];
    assert_eq!(backend.outcome, ExpectedOutcome::None);
    assert_eq!(backend.endpoints.server_names, ["backend.example"]);
    is_certificate(login, X, [X, X]);
    assert_eq!(login.endpoints.server_names, ["login.example"]);
}

#[test]
fn row_23_no_request_to_the_backend_means_no_handshake() {
    for case in ["row-23-mock-response", "row-23-no-forward-request"] {
        let expectation = one(case);
        assert_eq!(expectation.outcome, ExpectedOutcome::NoHandshake, "{case}");
        assert!(expectation.certificates.is_empty());
    }
    let expectation = one("row-23-return-response-sometimes");
    is_certificate(&expectation, X, [X, X]);
    assert!(says(&expectation, "<return-response> answers in place of the backend"));
}

#[test]
fn row_24_proxy_puts_it_out_of_reach() {
    let expectation = one("row-24-proxy");
    is_undecidable(&expectation, "through the proxy");
    assert!(codes(&expectation).contains(&"backend-behind-proxy"));
}

#[test]
fn row_25_entity_on_a_self_hosted_gateway_is_contested_and_undocumented() {
    let question = Question { gateway: Some(Gateway::SelfHosted), ..Question::default() };
    let expectation = asked("row-25-self-hosted", &question);
    is_certificate(&expectation, X, ["none", X]);
    assert!(says(&expectation, "the self-hosted gateway"));
}

#[test]
fn row_26_http_has_no_handshake() {
    let expectation = one("row-26-http");
    assert_eq!(expectation.outcome, ExpectedOutcome::NoHandshake);
    assert!(codes(&expectation).contains(&"http-backend"));
}

// ---- beyond the table

#[test]
fn reference_that_cannot_be_resolved_is_undecidable_never_none() {
    let expectation = one("unresolved-id");
    is_undecidable(&expectation, "client-x cannot be resolved to a thumbprint");
    assert_eq!(predictions(&expectation), ["none", UNDECIDABLE]);
    is_undecidable(&one("masked"), "masked");
    is_undecidable(&one("fragment-missing"), "the fragment mtls");
    is_undecidable(&one("cut-by-convertto-json"), "-Depth 10");
}

#[test]
fn fragments_are_run_where_they_are_included() {
    is_certificate(&one("fragment"), X, [X, X]);
}

#[test]
fn entity_alone_is_expected_and_policy_only_says_nothing() {
    let expectation = one("no-policy-given");
    is_certificate(&expectation, X, [UNDECIDABLE, X]);
}

#[test]
fn lint_names_code_file_and_line() {
    let question = Question { as_of: Some(TODAY), ..Question::default() };
    let expectation = asked("lint", &question);
    let lines: Vec<String> = expectation
        .lint
        .iter()
        .map(|lint| {
            let line = lint.line.map(|line| line.to_string()).unwrap_or_default();
            format!("{} {} {line}", lint.code, lint.file.as_deref().unwrap_or_default())
        })
        .collect();
    for expected in [
        "certificate-expires-soon certificates.json",
        "certificate-referenced-by-no-policy backends.json",
        "incomplete-list backends.json",
        "invisible-characters certificates.json",
        "missing-base api.policy.xml 2",
        "name-differs-from-id backends.json",
        "tls-ends-at-front-end backends.json",
    ] {
        assert!(lines.iter().any(|line| line.starts_with(expected)), "{expected}: {lines:#?}");
    }
}

// ---- bad input

fn error_of(add: impl FnOnce(&mut Configuration) -> Result<(), ConfigurationError>) -> String {
    let error = add(&mut Configuration::default()).unwrap_err();
    assert!(error.hint.is_some(), "{error}");
    error.to_string()
}

#[test]
fn wrong_kinds_of_file_are_told_by_name() {
    let certificates = fs::read(folder("row-01-policy-by-id").join("certificates.json")).unwrap();
    let backend = fs::read(folder("row-01-policy-by-id").join("backend.json")).unwrap();
    let policy = b"<policies><inbound/></policies>";
    assert_eq!(
        error_of(|all| all.add_backends("c.json", &certificates)),
        "c.json: no Backend in this file: it holds 2 certificates"
    );
    assert_eq!(
        error_of(|all| all.add_certificates("b.json", &backend)),
        "b.json: no Certificate in this file: it holds a backend"
    );
    assert_eq!(
        error_of(|all| all.add_policy(None, "b.json", &backend)),
        "b.json: no policy in this file: it holds a backend"
    );
    assert_eq!(
        error_of(|all| all.add_backends("p.xml", policy)),
        "p.xml: no Backend in this file: it holds a policy"
    );
    assert!(
        error_of(|all| all.add("x.json", b"{\"error\": {\"code\": \"401\"}}"))
            .starts_with("x.json: no backend, certificate")
    );
    assert!(error_of(|all| all.add("x", b"PK\x03\x04\0\0")).starts_with("x: the file is no text"));
    assert!(error_of(|all| all.add("m.bicep", b"resource b 'x' = {\n}")).starts_with("m.bicep:1:"));
}

#[test]
fn truncated_json_is_told_with_its_line() {
    let whole = fs::read(folder("row-01-policy-by-id").join("certificates.json")).unwrap();
    let error = error_of(|all| all.add("c.json", &whole[..whole.len() / 2]));
    assert!(error.starts_with("c.json:"), "{error}");
    for length in 0..whole.len() - 2 {
        assert!(Configuration::default().add("c.json", &whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn two_certificates_with_one_id_are_refused() {
    let mut configuration = read("row-13-key-vault-rotation").unwrap();
    let previous = fs::read(folder("row-13-key-vault-rotation").join("previous.json")).unwrap();
    configuration.add_certificates("other.json", &previous).unwrap();
    let error = resolve(&configuration, &Question::default()).unwrap_err();
    assert!(error.to_string().starts_with("other.json:3: the certificate id client-x"), "{error}");
    assert!(error.hint.unwrap().contains("--previous-certificates"));
}

#[test]
fn names_that_are_not_there_are_told_with_those_that_are() {
    let configuration = read("row-02-entity-only-in-an-apiops-folder").unwrap();
    let question = Question { backend: Some("orders".to_owned()), ..Question::default() };
    let error = resolve(&configuration, &question).unwrap_err();
    assert_eq!(error.to_string(), "the backend orders is not in the configuration");
    assert_eq!(error.hint.as_deref(), Some("one of orders-backend"));
    let question = Question { api: Some("x".to_owned()), ..Question::default() };
    assert_eq!(
        resolve(&configuration, &question).unwrap_err().to_string(),
        "the API x is not in the configuration"
    );
}

#[test]
fn utf16_as_powershell_writes_it_is_read() {
    let text = fs::read_to_string(folder("row-01-policy-by-id").join("backend.json")).unwrap();
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    Configuration::default().add_backends("b.json", &bytes).unwrap();
}

#[test]
fn every_file_of_every_case_is_read_or_refused_when_it_is_cut_or_changed() {
    for path in files(&folder("")) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(37) {
            let _ = Configuration::default().add("f", &bytes[..length]);
            let mut changed = bytes.clone();
            changed[length] ^= 0x15;
            let mut configuration = Configuration::default();
            if configuration.add("f", &changed).is_ok() {
                let _ = resolve(&configuration, &Question::default());
            }
        }
    }
}

// ---- several backends at one server, and doubtful routes

const SERVICE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/a";

fn backend_json(name: &str, url: &str, thumbprint: &str) -> String {
    format!(
        "{{\"id\": \"{SERVICE}/backends/{name}\", \"properties\": {{\"url\": \"{url}\", \
         \"protocol\": \"http\", \"credentials\": {{\"certificate\": [\"{thumbprint}\"]}}}}}}"
    )
}

fn with_policy(backends: &[String], inbound: &str) -> Configuration {
    let mut configuration = Configuration::default();
    let list = format!("{{\"value\": [{}]}}", backends.join(","));
    configuration.add_backends("b.json", list.as_bytes()).unwrap();
    let policy = format!("<policies><inbound><base/>{inbound}</inbound></policies>");
    configuration.add_policy(None, "p.xml", policy.as_bytes()).unwrap();
    configuration
}

#[test]
fn backends_at_one_server_are_taken_together() {
    let backends =
        [backend_json("a", "https://b.example/a", X), backend_json("b", "https://b.example/b", Y)];
    let route = "<choose><when condition='@(context.Api.Id == \"1\")'>\
                 <set-backend-service backend-id='a'/></when><otherwise>\
                 <set-backend-service backend-id='b'/></otherwise></choose>";
    let configuration = with_policy(&backends, route);
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].name, "backend a and backend b");
    assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&targets[0].expectation), [X, Y]);
    assert!(conditions(&targets[0].expectation)[1].starts_with("requests to backend b"));

    // Asked about one: connections of the other look the same.
    let question = Question { backend: Some("a".to_owned()), ..Question::default() };
    let targets = resolve(&configuration, &question).unwrap();
    assert_eq!(targets[0].name, "backend a");
    assert_eq!(thumbprints(&targets[0].expectation), [X, Y]);
}

#[test]
fn service_url_above_the_entitys_leaves_open_whether_the_entity_counts() {
    let mut configuration = with_policy(&[backend_json("a", "https://b.example/a", X)], "");
    let api = format!(
        "{{\"id\": \"{SERVICE}/apis/orders\", \"properties\": {{\"serviceUrl\": \
         \"https://b.example\", \"path\": \"o\"}}}}"
    );
    configuration.add("api.json", api.as_bytes()).unwrap();
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 1);
    let expectation = &targets[0].expectation;
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert!(expectation.none_if.is_some());
    assert!(says(expectation, "ends before the entity's URL does"));
}

#[test]
fn route_by_an_expression_may_lead_to_every_backend() {
    let backends = [backend_json("a", "https://a.example", X)];
    let configuration =
        with_policy(&backends, "<set-backend-service backend-id='@(context.Variables[\"b\"])'/>");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(thumbprints(&targets[0].expectation), [X]);
}

#[test]
fn backend_that_policies_do_not_lead_to_is_undecidable() {
    let backends = [backend_json("a", "https://a.example", X)];
    let configuration = with_policy(&backends, "<set-backend-service backend-id='other'/>");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    is_undecidable(&targets[0].expectation, "the backend other, which is not among the files");
    assert!(codes(&targets[0].expectation).contains(&"unresolved-backend"));
}

#[test]
fn server_that_is_not_told_has_to_be_selected() {
    let backends = [backend_json("a", "{{host}}", X)];
    let configuration = with_policy(&backends, "");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert!(targets[0].needs_selection);
}

#[test]
fn same_names_in_two_workspaces_do_not_mix() {
    let mut configuration = Configuration::default();
    let put = |configuration: &mut Configuration, path: &str, text: &str| {
        assert!(configuration.add_apiops(path, path, text.as_bytes()).unwrap(), "{path}");
    };
    for (workspace, host, thumbprint) in [("one", "one.example", X), ("two", "two.example", Y)] {
        let root = format!("workspaces/{workspace}");
        let backend = format!(
            "{{\"properties\": {{\"url\": \"https://{host}\", \"protocol\": \"http\", \
             \"credentials\": {{\"certificate\": [\"{thumbprint}\"]}}}}}}"
        );
        put(&mut configuration, &format!("{root}/backends/b/backendInformation.json"), &backend);
        let api = "{\"properties\": {\"path\": \"o\"}}";
        put(&mut configuration, &format!("{root}/apis/orders/apiInformation.json"), api);
        let policy = "<policies><inbound><base/><set-backend-service backend-id=\"b\"/></inbound>\
                      </policies>";
        put(&mut configuration, &format!("{root}/apis/orders/policy.xml"), policy);
    }
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 2);
    is_certificate(&targets[0].expectation, X, ["none", X]);
    is_certificate(&targets[1].expectation, Y, ["none", Y]);
}

#[test]
fn policies_that_branch_without_end_are_given_up_in_time() {
    let branch = "<choose><when condition='@(a)'><authentication-certificate thumbprint='1'/>\
                  </when><when condition='@(b)'><set-backend-service base-url='https://x'/></when>\
                  </choose>";
    let nested = |depth: usize| {
        let open: String = (0..depth)
            .map(|number| {
                format!(
                    "<choose><when condition='@(x{number})'>\
                     <authentication-certificate thumbprint='{number:040}'/>\
                     <set-backend-service base-url='https://h{number}.example'/>"
                )
            })
            .collect();
        open + &"</when></choose>".repeat(depth)
    };
    let started = std::time::Instant::now();
    for inbound in [branch.repeat(2000), nested(80), nested(20).repeat(50)] {
        let configuration = with_policy(&[backend_json("a", "https://a.example", X)], &inbound);
        let _ = resolve(&configuration, &Question::default());
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn base_without_end_is_given_up_in_time() {
    let mut configuration = Configuration::default();
    let bases = "<base/>".repeat(100_000);
    let plain = "<set-variable/>".repeat(50_000);
    for (scope, inside) in [
        (Scope::Global, plain.as_str()),
        (Scope::Product, bases.as_str()),
        (Scope::Api, bases.as_str()),
        (Scope::Operation, bases.as_str()),
    ] {
        let policy = format!("<policies><inbound>{inside}</inbound></policies>");
        configuration.add_policy(Some(scope), scope.name(), policy.as_bytes()).unwrap();
    }
    let started = std::time::Instant::now();
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    is_undecidable(&targets[0].expectation, "branch too often");
}
