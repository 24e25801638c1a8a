//! What explains each capture, against what its endpoints did: the table of docs/diagnosis.md.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A capture, the certificate expected of its client, whether its secrets are given, and the finding
/// that must stand first: of the connections that are not as expected, else of all, else of the run.
struct Row(&'static str, &'static str, bool, &'static str, &'static str);

const ROWS: &[Row] = &[
    Row("tls12-declined.pcap", "client-rsa.pem", false, "certificate-not-attached", "possible"),
    Row(
        "tls12-declined.pcap",
        "client-stranger.pem",
        false,
        "issuer-not-in-certificate-authorities",
        "likely",
    ),
    Row(
        "tls12-declined.pcap",
        "client-intermediate.pem",
        false,
        "issuer-not-in-certificate-authorities",
        "likely",
    ),
    Row(
        "tls12-declined.pcap",
        "client-expired.pem",
        false,
        "expected-certificate-not-valid",
        "likely",
    ),
    Row("tls12-declined.pcap", "client-ed448.pem", false, "certificate-not-attached", "possible"),
    Row(
        "tls12-declined-go.pcap",
        "client-brainpool-p256.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-declined-java.pcapng",
        "client-brainpool-p384.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls13-declined.pcapng",
        "client-brainpool-p256.pem",
        true,
        "signature-scheme-not-accepted",
        "likely",
    ),
    Row(
        "tls13-declined-go.pcap",
        "client-rsa-pss.pem",
        true,
        "signature-scheme-not-accepted",
        "likely",
    ),
    Row(
        "tls13-declined-go.pcap",
        "client-ed448.pem",
        true,
        "signature-scheme-not-accepted",
        "likely",
    ),
    Row(
        "tls13-declined-rustls.pcap",
        "client-p521.pem",
        true,
        "signature-scheme-not-accepted",
        "likely",
    ),
    Row(
        "tls12-declined-rustls.pcap",
        "client-p521.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-declined-node.pcapng",
        "client-rsa-pss.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-declined-python.pcap",
        "client-expired.pem",
        false,
        "expected-certificate-not-valid",
        "likely",
    ),
    Row(
        "tls12-declined-refused.pcapng",
        "client-rsa.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-declined-refused-go.pcap",
        "client-stranger.pem",
        false,
        "issuer-not-in-certificate-authorities",
        "likely",
    ),
    Row(
        "tls12-declined-refused-java.pcap",
        "client-rsa.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-declined-refused-gnutls.pcap",
        "client-rsa.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-declined-refused-rustls.pcap",
        "client-rsa.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls13-declined-refused.pcapng",
        "client-rsa.pem",
        true,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls13-declined-refused.pcapng",
        "client-rsa.pem",
        false,
        "refusal-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls12-declined-nginx-http-400.pcap",
        "client-rsa.pem",
        false,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls13-declined-nginx.pcap",
        "client-rsa.pem",
        true,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls13-declined-apache.pcap",
        "client-rsa.pem",
        true,
        "certificate-not-attached",
        "possible",
    ),
    Row("tls12-refused-expired.pcap", "client-expired.pem", false, "refused-expired", "certain"),
    Row("tls13-refused-expired.pcap", "client-expired.pem", true, "refused-expired", "certain"),
    Row(
        "tls13-refused-expired.pcap",
        "client-expired.pem",
        false,
        "refusal-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls12-refused-unknown-ca.pcapng",
        "client-stranger.pem",
        false,
        "refused-issuer-unknown",
        "likely",
    ),
    Row(
        "tls12-refused-missing-intermediate.pcap",
        "client-intermediate.pem",
        false,
        "refused-issuer-unknown",
        "likely",
    ),
    Row(
        "tls12-refused-by-apache.pcap",
        "client-stranger.pem",
        false,
        "refused-issuer-unknown",
        "likely",
    ),
    Row(
        "tls12-refused-by-go.pcap",
        "client-stranger.pem",
        false,
        "refused-issuer-unknown",
        "likely",
    ),
    Row(
        "tls12-refused-by-java.pcap",
        "client-stranger.pem",
        false,
        "refused-issuer-unknown",
        "likely",
    ),
    Row("tls12-refused-by-python.pcap", "client-stranger.pem", false, "refused", "possible"),
    Row(
        "tls12-refused-by-rustls.pcap",
        "client-stranger.pem",
        false,
        "refused-issuer-unknown",
        "likely",
    ),
    Row(
        "tls13-refused-unknown-ca.pcap",
        "client-stranger.pem",
        false,
        "refusal-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls13-refused-by-go.pcap",
        "client-stranger.pem",
        false,
        "refusal-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls13-refused-by-java.pcap",
        "client-stranger.pem",
        false,
        "refusal-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls13-refused-by-rustls.pcap",
        "client-stranger.pem",
        false,
        "refusal-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls13-refused-by-node.pcap",
        "client-stranger.pem",
        true,
        "server-closed-silently",
        "likely",
    ),
    Row(
        "tls13-refused-by-node.pcap",
        "client-stranger.pem",
        false,
        "silent-close-suggested-by-lengths",
        "possible",
    ),
    Row(
        "tls12-copied-certificate-rsa.pcapng",
        "client-rsa.pem",
        false,
        "refused-signature",
        "certain",
    ),
    Row("tls12-copied-certificate.pcap", "client-p256.pem", false, "refused-signature", "certain"),
    Row(
        "tls12-client-certificate.pcapng",
        "client-stranger.pem",
        false,
        "other-certificate",
        "certain",
    ),
    Row(
        "tls12-client-certificate.pcapng",
        "client-renewed.pem",
        false,
        "other-certificate-same-issuer",
        "certain",
    ),
    Row("tls12-not-requested-go.pcap", "client-p256.pem", false, "never-asked", "certain"),
    Row("tls12-renegotiation.pcap", "client-p256.pem", false, "asked-later", "likely"),
    Row(
        "tls12-renegotiation-declined.pcapng",
        "client-rsa.pem",
        true,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls13-post-handshake-declined.pcap",
        "client-rsa.pem",
        true,
        "certificate-not-attached",
        "possible",
    ),
    Row(
        "tls12-client-rejects-server.pcap",
        "client-rsa.pem",
        false,
        "client-refused-server-certificate",
        "certain",
    ),
    Row(
        "tls12-reset-after-request.pcap",
        "client-rsa.pem",
        false,
        "client-closed-when-asked",
        "certain",
    ),
    Row(
        "tls12-no-common-cipher-suite.pcap",
        "client-rsa.pem",
        false,
        "no-common-parameters",
        "likely",
    ),
    Row("tls12-version-refused.pcapng", "client-rsa.pem", false, "no-common-version", "certain"),
    Row("tls12-anonymous-requested.pcap", "client-rsa.pem", false, "client-broke-off", "certain"),
    Row("plain-http-on-443.pcap", "client-rsa.pem", false, "plain-http", "certain"),
    Row("plain-http-to-tls-server.pcap", "client-rsa.pem", false, "plain-http", "certain"),
    Row(
        "plain-http-to-tls-server-alert.pcap",
        "client-rsa.pem",
        false,
        "no-tls-to-a-tls-port",
        "likely",
    ),
    Row("port-scan.pcapng", "client-rsa.pem", false, "other-certificate-same-issuer", "certain"),
    Row("empty.pcap", "client-rsa.pem", false, "capture-empty", "certain"),
    Row("dtls12-client-certificate.pcapng", "client-rsa.pem", false, "not-followed", "certain"),
    Row(
        "three-connections-at-once.pcap",
        "client-p256.pem",
        false,
        "other-certificate-same-issuer",
        "certain",
    ),
];

#[test]
fn each_staged_cause_is_named_as_strongly_as_its_bytes_allow() {
    let mut differences = Vec::new();
    for Row(capture, certificate, keyed, code, strength) in ROWS {
        let seen = first_finding(&verify(capture, certificate, *keyed));
        if seen != Some((code.to_string(), strength.to_string())) {
            differences.push(format!("{capture}: {seen:?}, not {code} ({strength})"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Certificates made for one request (tests/diagnosis/certificates.sh), each with one thing that stands
/// in its way, and one with none.
#[test]
fn what_keeps_a_certificate_from_answering_a_request_is_named() {
    for (certificate, code, strength) in [
        ("any-usage", "certificate-not-attached", "possible"),
        ("key-encipherment-only", "key-usage-lacks-digital-signature", "likely"),
        ("server-auth-only", "extended-key-usage-lacks-client-authentication", "likely"),
        ("signed-with-sha1", "certificate-signature-not-accepted", "likely"),
    ] {
        let path = format!("../../tests/diagnosis/{certificate}.pem");
        let report = verify("tls12-declined.pcap", &path, false);
        let wanted = Some((code.to_owned(), strength.to_owned()));
        assert_eq!(first_finding(&report), wanted, "{certificate}");
    }
}

/// The second line of the text says it, with the values compared.
#[test]
fn second_line_says_why() {
    let text = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .args(["verify", "--expect-certificate", "tests/diagnosis/server-auth-only.pem"])
        .arg("captures/tls12-declined.pcap")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let second = text.lines().nth(1).unwrap();
    assert!(second.starts_with("diagnosis (likely): the extended key usage"), "{text}");
    assert!(text.contains("lacks clientAuth (serverAuth"), "{text}");
}

/// Another certificate of the listing is told by the name of its entity.
#[test]
fn entity_whose_certificate_was_presented_is_named() {
    const SERVICE: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/apim";
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("listed");
    std::fs::create_dir_all(&folder).unwrap();
    let presented = verify("tls12-client-certificate-p256.pcap", "client-p256.pem", false);
    let presented = presented["connections"][0]["client_authentication"]["chain"][0]["sha1"]
        .as_str()
        .unwrap()
        .to_owned();
    let entity = |name: &str, thumbprint: &str| {
        serde_json::json!({
            "id": format!("{SERVICE}/certificates/{name}"),
            "name": name,
            "type": "Microsoft.ApiManagement/service/certificates",
            "properties": {"thumbprint": thumbprint, "subject": "CN=x"},
        })
    };
    let other = "1111111111111111111111111111111111111111";
    let listing =
        serde_json::json!({"value": [entity("orders", other), entity("batch", &presented)]});
    let backend = serde_json::json!({
        "id": format!("{SERVICE}/backends/b"),
        "name": "b",
        "type": "Microsoft.ApiManagement/service/backends",
        "properties": {"url": "https://backend.example", "protocol": "http"},
    });
    let policy = "<policies><inbound><base/><set-backend-service backend-id=\"b\"/>\
                  <authentication-certificate certificate-id=\"orders\"/></inbound>\
                  <backend><base/></backend><outbound><base/></outbound></policies>";
    std::fs::write(folder.join("certificates.json"), listing.to_string()).unwrap();
    std::fs::write(folder.join("backend.json"), backend.to_string()).unwrap();
    std::fs::write(folder.join("policy.xml"), policy).unwrap();
    let capture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/tls12-client-certificate-p256.pcap");
    let output = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .args(["verify", "--format", "json", "--backend", "backend.json"])
        .args(["--certificates", "certificates.json", "--policy", "policy.xml"])
        .arg(capture)
        .current_dir(&folder)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let finding = &report["connections"][0]["diagnosis"][0];
    assert_eq!(finding["code"], "other-entity-of-listing", "{report}");
    assert!(finding["text"].as_str().unwrap().contains("batch (certificates.json:1)"), "{finding}");
}

/// Lines of ndjson have the findings of each connection by itself.
#[test]
fn lines_have_findings_too() {
    let output = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .args(["verify", "--format", "ndjson", "--expect-certificate"])
        .args(["tests/diagnosis/server-auth-only.pem", "captures/tls12-declined.pcap"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let code = &first["diagnosis"][0]["code"];
    assert_eq!(code, "extended-key-usage-lacks-client-authentication");
}

/// A client that presented what was expected, and was accepted, needs no explanation.
#[test]
fn plain_match_is_not_explained() {
    for (capture, certificate) in [
        ("tls12-client-certificate.pcapng", "client-p256.pem"),
        ("tls12-client-certificate-java.pcapng", "client-p256.pem"),
        ("tls12-client-certificate-go.pcap", "client-intermediate.pem"),
    ] {
        let report = verify(capture, certificate, false);
        for connection in report["connections"].as_array().unwrap() {
            if connection["verdict"] == "match" {
                assert_eq!(connection["diagnosis"], Value::from(Vec::<Value>::new()), "{capture}");
            }
        }
    }
}

/// Whatever certificate is expected: a refusal is only read out of lengths where there was one.
#[test]
fn lengths_suggest_no_refusal_where_the_server_went_on() {
    let mut wrong = Vec::new();
    for capture in captures() {
        let name = capture.file_name().unwrap().to_str().unwrap().to_owned();
        let is_accepted =
            name.starts_with("tls13-client-certificate") || name == "tls13-declined.pcapng";
        if !is_accepted {
            continue;
        }
        let report = verify(&name, "client-p256.pem", false);
        let found = report["connections"].as_array().unwrap().iter().any(|connection| {
            let findings = connection["diagnosis"].as_array().unwrap();
            findings
                .iter()
                .any(|finding| finding["code"].as_str().unwrap().contains("suggested-by-lengths"))
        });
        if found {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The table in the documentation is this one.
#[test]
fn table_of_the_documentation_is_this_one() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnosis.md");
    let page = std::fs::read_to_string(page).unwrap();
    for Row(capture, _, keyed, code, strength) in ROWS {
        let keys = if *keyed { " with its secrets" } else { "" };
        let row = format!("| {capture}{keys} | `{code}` | {strength} |");
        assert!(page.contains(&row), "docs/diagnosis.md lacks:\n{row}");
    }
}

/// Code and strength of the finding that stands first.
fn first_finding(report: &Value) -> Option<(String, String)> {
    let connections = report["connections"].as_array().unwrap();
    let first = |of: &dyn Fn(&Value) -> bool| {
        connections.iter().filter(|one| of(one)).find_map(|one| one["diagnosis"].get(0)).cloned()
    };
    let finding = first(&|one| one["verdict"] != "match" && one["verdict"] != "not_selected")
        .or_else(|| first(&|_| true))
        .or_else(|| report["diagnosis"].get(0).cloned())?;
    let text = |key: &str| finding[key].as_str().unwrap().to_owned();
    assert!(!text("text").ends_with('.'), "{finding}");
    Some((text("code"), text("strength")))
}

fn verify(capture: &str, certificate: &str, keyed: bool) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.args(["verify", "--format", "json"]).current_dir(&folder);
    command.args(["--expect-certificate", &format!("certificates/{certificate}")]);
    if keyed {
        let stem = capture.split(".pcap").next().unwrap();
        command.args(["--keylog", &format!("{stem}.keys")]);
    }
    let output = command.arg(capture).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{capture}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_capture = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.contains(".pcap") && !name.ends_with(".json")
    };
    files.filter(is_capture).collect()
}
