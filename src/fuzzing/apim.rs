//! `backend_configuration` and `policy_document`.

use crate::expect::apim::{Configuration, ConfigurationError, Question, Scope, resolve};
use crate::expect::{ExpectedOutcome, Prediction};

/// Takes the input for a file of configuration, told by its content, beside a listing of no
/// certificates; and for what an environment overrides in a folder. Promised: what is resolved fits together, and the same twice; messages stay on
/// their line.
pub fn backend_configuration(input: &[u8]) {
    let mut folder = Configuration::default();
    let backend = br#"{"properties": {"url": "https://b.example", "protocol": "http"}}"#;
    let read = folder.add_apiops("backend", "backends/b/backendInformation.json", backend);
    assert!(matches!(read, Ok(true)));
    match folder.add_apiops_configuration("overrides", input) {
        Ok(()) => check(&folder),
        Err(error) => refused(&error),
    }
    let mut configuration = Configuration::default();
    if let Err(error) = configuration.add("file", input) {
        return refused(&error);
    }
    check(&configuration);
}

/// Takes the input for the policy of an API that sends requests to a backend with a certificate.
/// Promised: as for `backend_configuration`; and a policy that may attach a certificate never gives
/// that none is expected.
pub fn policy_document(input: &[u8]) {
    let mut configuration = Configuration::default();
    let backend = br#"{"id": "/backends/b", "properties": {"url": "https://b.example",
        "protocol": "http"}}"#;
    assert!(configuration.add_backends("backend", backend).is_ok());
    if let Err(error) = configuration.add_policy(Some(Scope::Api), "file", input) {
        return refused(&error);
    }
    check(&configuration);
}

fn check(configuration: &Configuration) {
    let question = Question { as_of: Some(0), ..Question::default() };
    let found = resolve(configuration, &question);
    assert_eq!(resolve(configuration, &question), found);
    let targets = match found {
        Ok(targets) => targets,
        Err(error) => return refused(&error),
    };
    assert!(!targets.is_empty());
    for target in targets {
        let expectation = target.expectation;
        let certificates = expectation.certificates.len();
        match expectation.outcome {
            ExpectedOutcome::Certificate => assert_eq!(certificates, 1),
            ExpectedOutcome::Candidates => {
                assert!(certificates + usize::from(expectation.none_if.is_some()) > 1);
            }
            ExpectedOutcome::None | ExpectedOutcome::NoHandshake => assert_eq!(certificates, 0),
            ExpectedOutcome::Undecidable => {}
        }
        if let [policy_only, entity_counts] = expectation.hypotheses.as_slice() {
            assert!(!policy_only.predictions.is_empty() && !entity_counts.predictions.is_empty());
            // What one reading leaves open is never settled by both together.
            let is_none = expectation.outcome == ExpectedOutcome::None;
            assert!(!is_none || entity_counts.predictions == [Prediction::None]);
        }
        assert!(!expectation.reasons.is_empty());
        assert!(expectation.lint.iter().all(|remark| !remark.code.contains(char::is_whitespace)));
    }
}

fn refused(error: &ConfigurationError) {
    assert!(!error.to_string().contains(char::is_control), "{error}");
    assert!(error.hint.as_ref().is_none_or(|hint| !hint.contains(char::is_control)), "{error:?}");
}
