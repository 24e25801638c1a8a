//! The binary on configuration: `resolve`, and `verify` with the expectation that a configuration
//! gives, on the shipped captures.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The certificate of `client-x` and `orders-client` in the configurations was presented.
const PRESENTED: &str = "captures/tls12-client-certificate.pcapng";
/// The server asked; the client sent none.
const DECLINED: &str = "captures/tls12-declined.pcap";
/// The server never asked.
const NOT_REQUESTED: &str = "captures/tls12-not-requested.pcapng";
const X: &str = "0d649a802f8253610d122587301538dd903a4065";

/// A Backend with a certificate, and a policy that attaches none.
const ENTITY: [&str; 6] = [
    "--backend",
    "docs/guide/example/backend-with-certificate.json",
    "--certificates",
    "docs/guide/example/certificates.json",
    "--policy",
    "api=docs/guide/example/policy-without-certificate.xml",
];

/// A Backend without a certificate, and a policy that attaches one.
const POLICY: [&str; 6] = [
    "--backend",
    "docs/guide/example/backend-without-certificate.json",
    "--certificates",
    "docs/guide/example/certificates.json",
    "--policy",
    "docs/guide/example/policy-with-certificate.xml",
];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .env_remove("NO_COLOR")
        .args(arguments)
        .output()
        .unwrap()
}

fn verify(options: &[&str], capture: &str) -> (Option<i32>, Vec<String>) {
    let output = run(&[&["verify"], options, &[capture]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.lines().map(str::to_owned).collect())
}

fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stderr(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A folder of this test's own, empty.
fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli_configuration").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

// ---- the seed question

#[test]
fn certificate_on_the_entity_that_was_presented_refutes_policy_only() {
    let (status, lines) = verify(&ENTITY, PRESENTED);
    assert_eq!(status, Some(0));
    assert!(lines[0].starts_with("PASS: the client presented the expected certificate"));
    assert_eq!(
        lines[1],
        "CONTESTED RULE: the capture supports entity-counts and refutes policy-only (frame 8): the \
         certificate on the Backend entity (orders-client) was presented, and no policy given \
         attaches one."
    );
}

#[test]
fn certificate_on_the_entity_that_was_not_presented_supports_policy_only() {
    let (status, lines) = verify(&ENTITY, DECLINED);
    assert_eq!(status, Some(1));
    assert!(lines[0].starts_with("FAIL: the server asked for a certificate and the client sent"));
    assert!(lines[1].starts_with(
        "CONTESTED RULE: the capture supports policy-only and refutes entity-counts (frame 8)"
    ));

    // By the other hypothesis, none is what was to be seen.
    let options = [&ENTITY[..], &["--hypothesis", "policy-only"]].concat();
    let (status, lines) = verify(&options, DECLINED);
    assert_eq!(status, Some(0));
    assert!(lines[0].starts_with("PASS: the client presented no certificate, as expected"));
}

#[test]
fn server_that_did_not_ask_leaves_the_rule_open() {
    let (status, lines) = verify(&ENTITY, NOT_REQUESTED);
    assert_eq!(status, Some(1));
    assert!(lines[1].starts_with("CONTESTED RULE: the capture is silent"));
}

#[test]
fn policy_that_attaches_the_certificate_leaves_nothing_contested() {
    let (status, lines) = verify(&POLICY, PRESENTED);
    assert_eq!(status, Some(0));
    assert!(lines[0].starts_with("PASS"));
    assert!(!lines[1].contains("CONTESTED"));
    let (status, lines) = verify(&POLICY, DECLINED);
    assert_eq!(status, Some(1));
    assert!(!lines[1].contains("CONTESTED"));
}

#[test]
fn json_has_the_expectation_object_of_the_contract() {
    let report = json(&[&["verify"], &ENTITY[..], &[PRESENTED]].concat());
    let expectation = &report["expectation"];
    assert_eq!(expectation["outcome"], "certificate");
    assert_eq!(expectation["certificates"][0]["sha1"], X);
    assert_eq!(expectation["certificates"][0]["label"], "orders-client");
    assert_eq!(expectation["certificates"][0]["subject"], "CN=client-rsa.example, O=Witness Tests");
    let source = &expectation["certificates"][0]["sources"][0];
    assert_eq!(source["line"], 16);
    assert_eq!(source["rule"], "credentials.certificateIds");
    assert_eq!(expectation["selection"]["server_names"][0], "backend.example");
    assert_eq!(expectation["selection"]["ports"][0], 443);
    let hypotheses = expectation["hypotheses"].as_array().unwrap();
    assert_eq!(hypotheses[0]["name"], "policy-only");
    assert_eq!(hypotheses[0]["predicts"], "none");
    assert_eq!(hypotheses[0]["result"], "refuted");
    assert_eq!(hypotheses[0]["frames"], serde_json::json!([8]));
    assert_eq!(hypotheses[1]["name"], "entity-counts");
    assert_eq!(hypotheses[1]["predicts"], X);
    assert_eq!(hypotheses[1]["result"], "supported");
    assert_eq!(expectation["lint"][0]["code"], "certificate-referenced-by-no-policy");
    assert_eq!(expectation["lint"][0]["severity"], "warning");
    assert!(expectation["reasons"].as_array().unwrap().len() > 4);
}

#[test]
fn json_tells_of_each_hypothesis_what_the_capture_says_and_in_which_frames() {
    for (capture, policy_only, entity_counts, frames) in [
        (PRESENTED, "refuted", "supported", serde_json::json!([8])),
        (DECLINED, "supported", "refuted", serde_json::json!([8])),
        (NOT_REQUESTED, "silent", "silent", serde_json::json!([])),
    ] {
        let report = json(&[&["verify"], &ENTITY[..], &[capture]].concat());
        let hypotheses = &report["expectation"]["hypotheses"];
        assert_eq!(hypotheses[0]["result"], policy_only, "{capture}");
        assert_eq!(hypotheses[1]["result"], entity_counts, "{capture}");
        assert_eq!(hypotheses[0]["frames"], frames, "{capture}");
        assert_eq!(hypotheses[1]["frames"], frames, "{capture}");
    }
}

/// The earlier listing has the thumbprint of another certificate of the captures.
#[test]
fn rotation_tells_of_each_connection_which_certificate_was_seen() {
    let case = "tests/apim/row-13-key-vault-rotation";
    let file = |name: &str| format!("{case}/{name}");
    let (backend, certificates) = (file("backend.json"), file("certificates.json"));
    let (previous, policy) = (file("previous.json"), file("api.policy.xml"));
    let earlier = "captures/tls12-client-certificate-p256.pcap";
    let arguments = [
        "verify",
        "--backend",
        &backend,
        "--certificates",
        &certificates,
        "--policy",
        &policy,
        PRESENTED,
        earlier,
    ];
    let rotated = [&arguments[..], &["--previous-certificates", &previous]].concat();
    let output = run(&rotated);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("\"client-x\" (the current version) (frame 8), SHA-1 0d649a80"));
    assert!(
        words.contains("\"client-x\" (the version before the rotation: up to 4 hours after it")
    );
    let report = json(&rotated);
    for (index, sha1, began) in [
        (0, X, "2026-11-23T09:14:27.009443606Z"),
        (1, "c979c3808fd8356af4e3a0f668325ca61061ec65", "2026-11-23T09:14:32.513644Z"),
    ] {
        let connection = &report["connections"][index];
        assert_eq!(connection["verdict"], "match");
        let seen = connection.to_string();
        assert!(seen.contains(&format!("\"sha1\":\"{sha1}\"")), "{seen}");
        assert!(seen.contains(began), "{seen}");
    }

    // Without the earlier listing it is another certificate, and the report says what to give.
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("--previous-certificates FILE allows for that one"), "{text}");
}

// ---- resolve

#[test]
fn resolve_takes_files_of_any_kind_without_options() {
    let case = "tests/apim/row-25-self-hosted";
    let files = ["backend.json", "certificates.json", "api.policy.xml"];
    let files: Vec<String> = files.iter().map(|file| format!("{case}/{file}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let output = run(&[&["resolve"], &files[..]].concat());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("EXPECT: backend orders-backend: "), "{text}");
    assert!(text.contains("api.policy.xml:4: <set-backend-service> sends requests"));

    let resolved = json(&[&["resolve"], &files[..]].concat());
    assert_eq!(resolved["format_version"], 1);
    assert_eq!(resolved["outcome"], "certificate");
    assert_eq!(resolved["name"], "backend orders-backend");
    assert_eq!(resolved["hypotheses"][0]["result"], Value::Null);
}

#[test]
fn several_servers_are_listed() {
    let case = "tests/apim/row-18-pool-members";
    let resolved = json(&[
        "resolve",
        &format!("{case}/backends.json"),
        &format!("{case}/certificates.json"),
        &format!("{case}/api.policy.xml"),
    ]);
    let expectations = resolved["expectations"].as_array().unwrap();
    assert_eq!(expectations.len(), 2);
    assert_eq!(expectations[1]["selection"]["addresses"][0], "10.0.0.7");
}

#[test]
fn apiops_folder_needs_nothing_but_the_certificates() {
    let case = "tests/apim/row-02-entity-only-in-an-apiops-folder";
    let apiops = format!("{case}/apiops");
    let certificates = format!("{case}/certificates.json");
    let options = ["--apiops", &apiops, "--certificates", &certificates];
    let (status, lines) = verify(&options, PRESENTED);
    assert_eq!(status, Some(0));
    assert!(lines[0].starts_with("PASS"));
    assert!(lines[1].contains("supports entity-counts and refutes policy-only"));
    let (status, _) = verify(&[&options[..], &["--api", "orders"]].concat(), DECLINED);
    assert_eq!(status, Some(1));
    let output = run(&["resolve", &apiops, &certificates]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn terraform_state_is_enough() {
    let state = "tests/apim/row-03-entity-by-service-url-in-a-terraform-state/state.json";
    let (status, lines) = verify(&["--backend", state], PRESENTED);
    assert_eq!(status, Some(0));
    assert!(lines[0].starts_with("PASS"));
    assert!(lines[1].contains("supports entity-counts and refutes policy-only"));
}

// ---- beside a direct expectation

#[test]
fn direct_expectation_decides_where_the_configuration_cannot() {
    let case = "tests/apim/row-09-body";
    let backend = format!("{case}/backend.json");
    let policy = format!("{case}/api.policy.xml");
    let options = ["--backend", &backend, "--policy", &policy];
    let (status, lines) = verify(&options, PRESENTED);
    assert_eq!(status, Some(3));
    assert!(lines[0].contains("the configuration does not tell"), "{}", lines[0]);
    let options = [&options[..], &["--expect-thumbprint", X]].concat();
    assert_eq!(verify(&options, PRESENTED).0, Some(0));
}

#[test]
fn difference_between_both_is_reported() {
    let other = "c979c3808fd8356af4e3a0f668325ca61061ec65";
    let arguments = [&["verify"], &POLICY[..], &["--expect-thumbprint", other, PRESENTED]].concat();
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("it is not the one that the configuration expects"), "{told}");
}

#[test]
fn connections_to_other_servers_are_not_selected() {
    let case = "tests/apim/row-18-pool-members";
    let backends = format!("{case}/backends.json");
    let certificates = format!("{case}/certificates.json");
    let policy = format!("{case}/api.policy.xml");
    let options = ["--backend", &backends, "--certificates", &certificates, "--policy", &policy];
    let (status, lines) = verify(&options, PRESENTED);
    assert_eq!(status, Some(3));
    assert!(lines[0].starts_with("INCONCLUSIVE: of 2 expectations"), "{}", lines[0]);
    // The user's own selection goes before the configuration's.
    let options = [&options[..], &["--sni", "backend.example", "--backend-id", "east"]].concat();
    assert_eq!(verify(&options, PRESENTED).0, Some(0));
}

// ---- an expectations file

fn expectations(test: &str, text: &str) -> String {
    let path = folder(test).join("expected.toml");
    let root = env!("CARGO_MANIFEST_DIR");
    fs::write(&path, text.replace("ROOT", root)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn each_expectation_of_a_file_has_its_own_result_and_the_worst_counts() {
    let file = expectations(
        "each",
        &format!(
            "[[expectation]]\nname = \"x is presented\"\nthumbprint = \"{X}\"\n\
             sni = \"backend.example\"\n\n\
             [[expectation]]\nname = \"by configuration\"\n\
             backend = \"ROOT/tests/apim/row-01-policy-by-id/backend.json\"\n\
             certificates = \"ROOT/tests/apim/row-01-policy-by-id/certificates.json\"\n\
             policy = {{ api = \"ROOT/tests/apim/row-01-policy-by-id/api.policy.xml\" }}\n\n\
             [[expectation]]\nname = \"none\"\nnone = true\n"
        ),
    );
    let report = json(&["verify", "--expectations", &file, PRESENTED]);
    assert_eq!(report["result"], "fail");
    let results: Vec<&str> = report["expectations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["pass", "pass", "fail"]);
    assert_eq!(report["expectations"][2]["name"], "none");
    assert_eq!(report["expectations"][2]["judgements"][0]["verdict"], "unexpected");
    let (status, lines) = verify(&["--expectations", &file], PRESENTED);
    assert_eq!(status, Some(1));
    assert_eq!(lines[0], "FAIL: of 3 expectations: 2 pass, 1 fail.");
    assert_eq!(lines[1], "x is presented");
    assert!(lines[2].starts_with("PASS: "));
}

#[test]
fn allowed_verdicts_pass() {
    let file = expectations(
        "allowed",
        &format!(
            "[[expectation]]\nname = \"a\"\nthumbprint = \"{X}\"\n\
             allow = [\"match\", \"not_requested\"]\n"
        ),
    );
    assert_eq!(verify(&["--expectations", &file], NOT_REQUESTED).0, Some(0));
    assert_eq!(verify(&["--expectations", &file], PRESENTED).0, Some(0));
    assert_eq!(verify(&["--expectations", &file], DECLINED).0, Some(1));
}

#[test]
fn mistakes_in_an_expectations_file_are_told_with_their_line() {
    for (text, told) in [
        ("[[expectation]]\nname = \"a\"\nthumprint = \"x\"\n", ":3: unknown key \"thumprint\"\n"),
        ("[[expectation]]\nname = \"a\"\nthumbprint = \"x\"\n", ":2: --expect-thumbprint: "),
        (
            "[[expectation]]\nname = \"a\"\nnone = true\nallow = [\"matches\"]\n",
            ":4: there is no verdict \"matches\" to allow\n",
        ),
        ("[[expectation]]\nname = \"a\"\nnone = true\nserver = \"x y\"\n", ":4: server: "),
        ("[[expectation]]\nname = \"a\"\nbackend = \"missing.json\"\n", ":2: "),
    ] {
        let file = expectations("mistakes", text);
        let error = stderr(&["verify", "--expectations", &file, PRESENTED]);
        assert!(error.starts_with(&format!("mtls-witness: error: {file}{told}")), "{error}");
    }
}

// ---- mistakes

#[test]
fn mistakes_are_told_with_file_and_line() {
    let folder = folder("mistakes-of-files");
    let path = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bomb = path("bomb.xml", "<policies>\n<!DOCTYPE x [<!ENTITY a \"b\">]></policies>");
    let deep = path("deep.xml", &"<a>\n".repeat(100_000));
    let cut = path("cut.json", "{\n  \"value\": [\n    {\"id\": \"/backends/x\",");
    let page = path("page.xml", "<html>\n<body>Sign in</body></html>");
    for (file, told) in [
        (&bomb, ":2: a document type declaration is refused in a policy\nhint: "),
        (&deep, ":201: more than 200 elements inside one another\n"),
        (&cut, ":3: not valid JSON: "),
        (&page, ":1: <html> is neither <policies> nor <fragment>\nhint: "),
    ] {
        let error = stderr(&["resolve", file]);
        assert!(error.starts_with(&format!("mtls-witness: error: {file}{told}")), "{error}");
    }
    let error = stderr(&["resolve"]);
    assert!(error.contains("no configuration was given"), "{error}");
    let error = stderr(&["verify", "--expect-none", "--api", "x", PRESENTED]);
    assert!(error.contains("none was given"), "{error}");
    let error = stderr(&["resolve", &cut, "--hypothesis", "both"]);
    assert!(error.contains("there is no hypothesis both"), "{error}");
    let error = stderr(&["resolve", folder.to_str().unwrap()]);
    assert!(error.contains("nothing in this folder"), "{error}");
}

#[test]
fn pfx_is_read_with_its_password() {
    let folder = folder("pfx");
    let password = folder.join("password");
    fs::write(&password, "test\n").unwrap();
    let pfx = "src/expect/testdata/leaf.pfx";
    let password = password.to_str().unwrap();
    let arguments = ["verify", "--expect-certificate", pfx, "--password-file", password, PRESENTED];
    assert_eq!(run(&arguments).status.code(), Some(1));
    let error = stderr(&["verify", "--expect-certificate", pfx, PRESENTED]);
    assert!(error.contains("protected by a password") && error.contains("--password-file"));
}

#[test]
fn two_runs_give_the_same_bytes() {
    let arguments = [&["verify"], &ENTITY[..], &["--format", "json", DECLINED]].concat();
    assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
}

// ---- documentation

/// Each command of the guide's worked example says, in its first lines, what the guide shows.
#[test]
fn worked_example_of_the_guide_is_what_the_program_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/guide/backend-configuration.md")).unwrap();
    let mut compared = 0;
    for block in guide.split("```sh\n").skip(1) {
        let (command, after) = block.split_once("```\n").unwrap();
        let Some(shown) = after.trim_start().strip_prefix("```text\n") else { continue };
        let shown = shown.split("\n```").next().unwrap();
        let (folder, command) = command.strip_prefix("cd ").unwrap().split_once('\n').unwrap();
        let command = command.replace("\\\n", " ");
        let output = Command::new(env!("CARGO_BIN_EXE_mtls-witness"))
            .current_dir(root.join(folder))
            .env_remove("NO_COLOR")
            .args(command.split_whitespace().skip(1))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let said: Vec<&str> = said.lines().take(shown.lines().count()).collect();
        assert_eq!(said.join("\n"), shown, "{command}");
        compared += 1;
    }
    assert_eq!(compared, 7);
}

/// Every code in the sources is described in the guide, and none is described that does not exist.
#[test]
fn every_lint_code_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/guide/lint.md")).unwrap();
    let described: Vec<&str> =
        guide.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
    let mut sources = String::new();
    for entry in fs::read_dir(root.join("src/expect/apim")).unwrap() {
        sources.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for code in &described {
        assert!(sources.contains(&format!("\"{code}\"")), "{code} is described and not there");
    }
    let is_code = |text: &&str| {
        text.contains('-')
            && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
    };
    for after in ["lint(\n", "odd(\n", "lint(\"", "odd(\"", "remark(\n"] {
        for (start, _) in sources.match_indices(after) {
            let rest = &sources[start + after.len()..];
            let first = rest.trim_start().trim_start_matches('"').split('"').next().unwrap();
            if Some(first).filter(is_code).is_some() {
                assert!(described.contains(&first), "{first} is not in docs/guide/lint.md");
            }
        }
    }
    assert!(described.len() >= 20);
}

fn stdout(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).unwrap()
}

#[test]
fn resolve_says_how_to_record_what_it_expects() {
    let folder = "tests/apim/row-02-entity-only-in-an-apiops-folder";
    let arguments = ["resolve", "--apiops", &format!("{folder}/apiops")];
    let text = stdout(&arguments);
    assert!(text.contains("tcpdump --immediate-mode -i any -s 0"), "{text}");
    assert!(text.contains("'tcp port 443'"), "{text}");
    let json = stdout(&[&arguments[..], &["--format", "json"]].concat());
    let value: Value = serde_json::from_str(&json).unwrap();
    assert!(value["recording"]["windows"][1].as_str().unwrap().ends_with("-p 443"));
}

#[test]
fn a_selection_that_fits_nothing_says_what_is_there_instead() {
    let capture = "captures/tls12-client-certificate.pcapng";
    let of = |selection: [&str; 2]| {
        let text = stdout(&["verify", "--expect-none", selection[0], selection[1], capture]);
        // Without the breaks of the lines.
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let named = of(["--sni", "nobody.example"]);
    assert!(named.contains("which is backend.example instead of nobody.example"), "{named}");
    assert!(named.contains("selection server name nobody.example (fits 0)"), "{named}");
    let port = of(["--server", "10.0.0.5:8444"]);
    assert!(port.contains("which is 10.0.0.5:443"), "{port}");
}

// ---- folders with overrides, several services, what is not read

#[test]
fn environment_and_service_are_named_by_options_and_what_is_not_read_is_listed() {
    let root = folder("environment");
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    put("apis/o/apiInformation.json", r#"{"properties": {"serviceUrl": "https://dev.example"}}"#);
    put(
        "apis/o/policy.xml",
        "<policies><inbound><base/><authentication-certificate certificate-id='x'/></inbound>\
         <backend><forward-request/></backend></policies>",
    );
    put("loggers/l/loggerInformation.json", "{}");
    put(".git/config", "hidden");
    put("README.md", "# Service");
    let apiops = root.to_str().unwrap().to_owned();
    let outside = folder("environment-files");
    let list = |service: &str, thumbprint: &str| {
        format!(
            "{{\"id\": \"/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/\
             service/{service}/certificates/x\", \"properties\": {{\"thumbprint\": \
             \"{thumbprint}\", \"subject\": \"CN=x\"}}}}"
        )
    };
    let other = "c979c3808fd8356af4e3a0f668325ca61061ec65";
    let certificates = outside.join("certificates.json");
    fs::write(&certificates, format!("[{},{}]", list("dev", other), list("prod", X))).unwrap();
    let environment = outside.join("configuration.prod.yaml");
    let overrides = "apis:\n- name: o\n  properties:\n    serviceUrl: https://backend.example\n";
    fs::write(&environment, overrides).unwrap();
    let [certificates, environment] =
        [&certificates, &environment].map(|path| path.to_str().unwrap().to_owned());

    let common = ["--apiops", &apiops, "--certificates", &certificates];
    let error = stderr(&[&["resolve"], &common[..]].concat());
    assert!(error.contains("an entity of the service prod"), "{error}");
    assert!(error.contains("--service NAME"), "{error}");
    let options =
        [&common[..], &["--service", "prod", "--apiops-configuration", &environment]].concat();
    let (status, lines) = verify(&options, PRESENTED);
    assert_eq!((status, lines[0].split(':').next()), (Some(0), Some("PASS")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("not read     ")), "{lines:#?}");

    let resolved = json(&[&["resolve"], &options[..]].concat());
    assert_eq!(resolved["selection"]["server_names"][0], "backend.example");
    let not_read = resolved["not_read"].as_array().unwrap();
    let what: Vec<&str> = not_read.iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(what.len(), 3, "{not_read:#?}");
    assert!(not_read.iter().all(|one| !one["file"].as_str().unwrap().contains(".git")));
    let lines = run(&[&["verify", "--format", "ndjson"], &options[..], &[PRESENTED]].concat());
    let last = String::from_utf8(lines.stdout).unwrap();
    let last: Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    assert_eq!(last["expectation"]["not_read"].as_array().unwrap().len(), 3);

    let error = stderr(&["resolve", &certificates, "--apiops-configuration", &environment]);
    assert!(error.contains("none was given"), "{error}");
    fs::write(&environment, "apis:\n- name: [\n").unwrap();
    let error = stderr(&["resolve", "--apiops", &apiops, "--apiops-configuration", &environment]);
    assert!(error.contains("configuration.prod.yaml:"), "{error}");
    assert!(!error.contains("nothing is read of it"), "{error}");
    let error = stderr(&["verify", "--expect-none", "--service", "x", PRESENTED]);
    assert!(error.contains("none was given"), "{error}");
}

/// The options of `verify` that read a folder of tests/apim as `resolve` reads its files, by what
/// their names stand for.
fn options_of(case: &Path) -> Vec<String> {
    let mut options = Vec::new();
    let mut add = |option: &str, value: String| options.extend([option.to_owned(), value]);
    let mut entries: Vec<PathBuf> =
        fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let value = path.to_str().unwrap().to_owned();
        match name.strip_suffix(".policy.xml") {
            _ if path.is_dir() => add("--apiops", value),
            Some(scope) => add("--policy", format!("{scope}={value}")),
            None if name.starts_with("certificates") => add("--certificates", value),
            None if name.starts_with("previous") => add("--previous-certificates", value),
            None => add("--backend", value),
        }
    }
    options
}

/// What a report says of each expectation, without what only a capture tells.
fn told(report: &Value) -> Vec<Value> {
    let of = |one: &Value| {
        let one = one.get("expectation").unwrap_or(one);
        let hypotheses = one["hypotheses"].as_array().into_iter().flatten();
        let predicted: Vec<Value> = hypotheses
            .map(|own| Value::from(vec![own["name"].clone(), own["predicts"].clone()]))
            .collect();
        let keys = ["outcome", "certificates", "none_if", "reasons"].map(|key| one[key].clone());
        Value::from([&keys[..], &predicted].concat())
    };
    match report["expectations"].as_array() {
        Some(several) => several.iter().map(of).collect(),
        None => vec![of(report)],
    }
}

#[test]
fn resolve_and_verify_say_the_same_of_every_configuration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apim");
    let mut compared = 0;
    for entry in fs::read_dir(root).unwrap() {
        let case = entry.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let options = options_of(&case);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let run_json = |command: &[&str], rest: &[&str]| {
            run(&[command, &["--format", "json"], &options, rest].concat())
        };
        let resolved = run_json(&["resolve"], &[]);
        let verified = run_json(&["verify"], &[PRESENTED]);
        if resolved.status.code() == Some(2) {
            assert_eq!(verified.status.code(), Some(2), "{}", case.display());
            continue;
        }
        let [resolved, verified] = [resolved, verified]
            .map(|output| serde_json::from_slice::<Value>(&output.stdout).unwrap());
        assert_eq!(told(&resolved), told(&verified), "{}", case.display());
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
}
