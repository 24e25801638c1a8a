//! Certificates in Kubernetes Secrets, in what Azure Key Vault shows, and in a proxy's header.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use super::CertificateFile;

const LEAF: &str = include_str!("testdata/leaf.pem");
const INTERMEDIATE: &str = include_str!("testdata/intermediate.pem");
const OTHER: &str = include_str!("testdata/other.pem");
const LEAF_DER: &[u8] = include_bytes!("testdata/leaf.der");
const LEAF_PFX: &[u8] = include_bytes!("testdata/leaf.pfx");

#[track_caller]
fn assert_leaf(text: &str) -> CertificateFile {
    let file = CertificateFile::read_with_password("f", text.as_bytes(), Some("test")).unwrap();
    assert_eq!(file.certificate.der, LEAF_DER);
    file
}

/// The error with its hint.
fn error(text: &str) -> String {
    let error = CertificateFile::read("f", text.as_bytes()).unwrap_err();
    format!("{error} ({})", error.hint().unwrap_or_default())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        let number = number << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            match digit <= chunk.len() {
                true => text.push(char::from(DIGITS[number >> (18 - 6 * digit) & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

fn secret(name: &str, pem: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: {name}\n  \
         namespace: shop\ndata:\n  ca.crt: {}\n  tls.crt: {}\n  tls.key: c2VjcmV0\n",
        base64(OTHER.as_bytes()),
        base64(pem.as_bytes()),
    )
}

#[test]
fn secret_is_read_as_yaml_and_json() {
    let file = assert_leaf(&secret("client", &format!("{LEAF}{INTERMEDIATE}")));
    assert_eq!(file.line, Some(9));
    assert!(file.reasons.iter().any(|reason| reason.contains("the Secret client")));
    assert_leaf(&format!("---\n{}---\napiVersion: v1\nkind: ConfigMap\n", secret("a", LEAF)));
    let json = format!(
        "{{\n  \"apiVersion\": \"v1\",\n  \"data\": {{\"tls.crt\": \"{}\", \"tls.key\": \"eA==\"}},\n  \
         \"kind\": \"Secret\", \"metadata\": {{\"name\": \"client\"}}\n}}",
        base64(LEAF.as_bytes())
    );
    assert_leaf(&json);
    assert_leaf(&json.replace("\n  ", "\n\t"));
    assert_leaf(&format!("{{\"kind\": \"List\", \"items\": [{json}]}}"));
}

#[test]
fn plain_text_of_a_secret_takes_the_place_of_its_data() {
    let indented = LEAF.replace('\n', "\n    ");
    let text = format!(
        "kind: Secret\nmetadata:\n  name: a\ndata:\n  tls.crt: eA==\nstringData:\n  tls.key: |\n    \
         -----BEGIN PRIVATE KEY-----\n    eA==\n    -----END PRIVATE KEY-----\n  tls.crt: |\n    \
         {indented}\n"
    );
    assert_leaf(&text);
}

#[test]
fn secrets_that_do_not_say_which_certificate_are_told() {
    let two = format!("{}---\n{}", secret("a", LEAF), secret("b", OTHER));
    assert!(error(&two).starts_with("f: 2 Secrets hold a certificate (a, b)"), "{}", error(&two));
    let masked = "kind: Secret\nmetadata:\n  name: a\ndata:\n  tls.crt: '***'\n";
    assert!(error(masked).starts_with("f:5: tls.crt of the Secret a is not base64"));
    let without = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  tls.key: eA==\n";
    assert!(error(without).starts_with("f: no tls.crt in this Secret of Kubernetes"));
    let broken = "kind: Secret\ndata: [\n";
    assert!(error(broken).starts_with("f:"), "{}", error(broken));
    let key = secret("a", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    assert!(error(&key).contains("private key") && !error(&key).contains("c2VjcmV0"));
}

#[test]
fn what_key_vault_shows_is_read() {
    assert_leaf(&format!(
        "{{\"attributes\": {{\"enabled\": true}}, \"cer\": \"{}\", \"id\": \
         \"https://v.vault.azure.net/certificates/a/0\", \"x509Thumbprint\": \"AA\"}}",
        base64(LEAF_DER)
    ));
    assert_leaf(&format!(
        "{{\"contentType\": \"application/x-pkcs12\", \"value\": \"{}\"}}",
        base64(LEAF_PFX)
    ));
    assert_leaf(&format!(
        "{{\"contentType\": \"application/x-pem-file\", \"value\": \"{}\"}}",
        LEAF.replace('\n', "\\n")
    ));
    let listed = "{\"id\": \"a\", \"x509Thumbprint\": \"AAAA\"}";
    assert!(error(listed).contains("without its cer"));
    assert!(error("{\"cer\": null}").starts_with("f:1: "));
    assert!(error("{\"a\": 1}").starts_with("f: no certificate is known in this document"));
}

#[test]
fn certificate_in_a_header_is_read() {
    let escaped = LEAF.replace('\n', "%0A").replace(' ', "%20").replace('+', "%2B");
    assert_leaf(&format!("By=spiffe://a/b;Cert=\"{escaped}\";Subject=\"CN=a\""));
    assert_leaf(&escaped);
}
