//! Configuration -> expectation, from files in the shapes that users have. One test for each row
//! of the decision table (docs/guide/backend-configuration.md); the folders beside this file hold
//! the files of each.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod apiops;
mod bad_input;
mod kinds;
mod rest;
mod servers;
mod templates;
mod terraform;
mod unknown;

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
    assert!(expectation.hypotheses[1].also.is_empty());
    assert!(says(&expectation, "does not tell which of the two had it presented"));
}

#[test]
fn row_5_policy_is_expected_and_the_entity_may_win() {
    let expectation = one("row-05-entity-and-policy-differ");
    is_certificate(&expectation, Y, [Y, Y]);
    let also: Vec<String> = expectation.hypotheses[1].also.iter().map(Prediction::text).collect();
    assert_eq!(also, [X]);
    assert!(expectation.hypotheses[0].also.is_empty());
    assert!(says(&expectation, "seeing the entity's would mean that the entity won"));
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
    let expectation = one("row-12-last-policy-wins");
    is_certificate(&expectation, X, [X, X]);
    assert!(says(&expectation, "in place of the one attached at global.policy.xml:"));
    assert!(says(&expectation, "the last to run counts"));
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
