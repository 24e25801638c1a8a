//! The binary with the configuration of other gateways than API Management.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PRESENTED: &str = "captures/tls12-client-certificate.pcapng";
const DECLINED: &str = "captures/tls12-declined.pcap";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtls-witness"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.args(arguments).output().unwrap()
}

/// Exit status and the first line.
fn answer(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.lines().next().unwrap_or_default().to_owned())
}

#[track_caller]
fn assert_answer(arguments: &[&str], status: i32, start: &str) {
    let (found, line) = answer(arguments);
    assert!(found == Some(status) && line.starts_with(start), "{found:?} {line}");
}

/// A folder of the test's own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gateways-{name}"));
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn certificate() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/certificates/client-rsa.pem");
    fs::read_to_string(path).unwrap()
}

#[test]
fn nginx_with_its_include_and_certificate_beside_it() {
    let folder = folder(
        "nginx",
        &[
            (
                "nginx.conf",
                "events {}\nhttp {\n  include mime.types;\n  include snippets/mtls.conf;\n  server {\n    \
                 location / { proxy_pass https://backend.example; }\n  }\n}\n",
            ),
            (
                "snippets/mtls.conf",
                "proxy_ssl_certificate /etc/nginx/tls/client.pem;\nproxy_ssl_server_name on;\n",
            ),
            ("client.pem", &certificate()),
        ],
    );
    let file = folder.join("nginx.conf").display().to_string();
    assert_answer(&["resolve", &file], 0, "EXPECT: nginx backend.example (location /): ");
    assert_answer(&["verify", "--gateway-config", &file, PRESENTED], 0, "PASS: ");
    assert_answer(&["verify", "--gateway-config", &file, DECLINED], 1, "FAIL: ");

    fs::remove_file(folder.join("client.pem")).unwrap();
    assert_answer(&["resolve", &file], 0, "UNDECIDABLE: ");
    assert_answer(&["verify", "--gateway-config", &file, PRESENTED], 3, "INCONCLUSIVE: ");
    let given = ["--expect-certificate", "captures/certificates/client-rsa.pem"];
    let arguments = [&["verify", "--gateway-config", &file, PRESENTED], &given[..]].concat();
    assert_answer(&arguments, 0, "PASS: ");
}

#[test]
fn kong_that_presents_nothing() {
    let folder = folder(
        "kong",
        &[(
            "kong.yml",
            "_format_version: '3.0'\nservices:\n- name: a\n  url: https://backend.example\n",
        )],
    );
    let file = folder.join("kong.yml").display().to_string();
    assert_answer(&["verify", "--gateway-config", &file, DECLINED], 0, "PASS: ");
    assert_answer(&["verify", "--gateway-config", &file, PRESENTED], 1, "FAIL: ");
}

#[test]
fn ingress_and_secret_as_plain_arguments() {
    let pem = certificate().replace('\n', "\n    ");
    let folder = folder(
        "ingress",
        &[
            (
                "ingress.yaml",
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  \
                 annotations:\n    nginx.ingress.kubernetes.io/backend-protocol: HTTPS\n    \
                 nginx.ingress.kubernetes.io/proxy-ssl-secret: web/client\n    \
                 nginx.ingress.kubernetes.io/proxy-ssl-server-name: \"on\"\n    \
                 nginx.ingress.kubernetes.io/proxy-ssl-name: backend.example\n",
            ),
            (
                "secret.yaml",
                &format!(
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: client\n  namespace: web\n\
                     stringData:\n  tls.crt: |\n    {pem}\n"
                ),
            ),
        ],
    );
    let ingress = folder.join("ingress.yaml").display().to_string();
    let secret = folder.join("secret.yaml").display().to_string();
    assert_answer(&["resolve", &ingress, &secret], 0, "EXPECT: Ingress shop: ");
    assert_answer(&["resolve", &ingress], 0, "UNDECIDABLE: Ingress shop: ");
    let both = ["--gateway-config", &ingress, "--gateway-config", &secret];
    assert_answer(&[&["verify", PRESENTED], &both[..]].concat(), 0, "PASS: ");
    // A Secret is a certificate file, too.
    assert_answer(&["verify", "--expect-certificate", &secret, PRESENTED], 0, "PASS: ");
}

#[test]
fn expectations_file_names_gateways() {
    let folder = folder(
        "toml",
        &[
            ("e.toml", "[[expectation]]\nname = \"a\"\ngateway-config = \"kong.yml\"\n"),
            (
                "kong.yml",
                "_format_version: '3.0'\nservices:\n- name: a\n  url: https://backend.example\n",
            ),
        ],
    );
    let file = folder.join("e.toml").display().to_string();
    assert_answer(&["verify", "--expectations", &file, DECLINED], 0, "PASS: ");
}

#[test]
fn source_files_are_told_with_the_command_that_reads_them() {
    let folder = folder(
        "sources",
        &[
            ("main.tf", "resource \"azurerm_api_management_backend\" \"a\" {}\n"),
            ("main.bicep", "param name string\n"),
            ("prod.bicepparam", "using './main.bicep'\n"),
            ("deploy.yaml", "apiVersion: apps/v1\nkind: Deployment\n"),
        ],
    );
    for (name, command) in [
        ("main.tf", "terraform plan -out p && terraform show -json p"),
        ("main.bicep", "az bicep build --file"),
        ("prod.bicepparam", "az bicep build-params --file"),
        ("deploy.yaml", "--gateway-config"),
    ] {
        let file = folder.join(name).display().to_string();
        for arguments in [["resolve", &file, "-q"], ["resolve", "--backend", &file]] {
            let output = run(&arguments);
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(text.contains("nothing is read of it") && text.contains(command), "{text}");
        }
    }
}

#[test]
fn broken_configuration_is_told_with_its_line() {
    let folder = folder(
        "broken",
        &[("nginx.conf", "http {\n  server {\n    location / { proxy_pass https://a.example }\n")],
    );
    let file = folder.join("nginx.conf").display().to_string();
    let output = run(&["resolve", &file]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("nginx.conf:3: proxy_pass is not ended by a semicolon"), "{text}");
}
