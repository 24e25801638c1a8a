//! Files that cannot be used: `path:line: what is wrong`, and what to do.

use super::*;

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
            .starts_with("x.json:1: the service answered with an error: 401")
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
