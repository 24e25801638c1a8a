//! A TLS server or client on rustls that logs one JSON object a connection.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, DistinguishedName, Error, HandshakeKind, RootCertStore,
    ServerConfig, ServerConnection, SignatureScheme,
};

type Chain = Option<Vec<Vec<u8>>>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options: HashMap<String, String> = arguments
        .chunks_exact(2)
        .map(|pair| (pair[0].trim_start_matches("--").to_owned(), pair[1].clone()))
        .collect();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    if options.contains_key("listen") {
        serve(&options);
    } else {
        connect(&options);
    }
}

fn serve(options: &HashMap<String, String>) {
    let ask = options.get("ask").map_or("none", String::as_str);
    let seen: Arc<Mutex<Chain>> = Arc::default();
    let (chain, key) = own_certificate(options).expect("a server needs a certificate");
    let builder = ServerConfig::builder_with_protocol_versions(&versions(options));
    let builder = if ask == "none" {
        builder.with_no_client_auth()
    } else {
        let inner = WebPkiClientVerifier::builder(Arc::new(roots(options)));
        let inner = if ask == "optional" { inner.allow_unauthenticated() } else { inner };
        builder.with_client_cert_verifier(Arc::new(Logging { inner: inner.build().unwrap(), seen: seen.clone() }))
    };
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.key_log = Arc::new(rustls::KeyLogFile::new());
    if !options.contains_key("compress") {
        config.cert_compressors.clear();
        config.cert_decompressors.clear();
    }
    let config = Arc::new(config);
    let listener = TcpListener::bind(&options["listen"]).unwrap();
    println!("{{\"ready\": true}}");
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        *seen.lock().unwrap() = None;
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        let mut error = None;
        while connection.is_handshaking() && error.is_none() {
            error = connection.complete_io(&mut stream).err().map(|error| error.to_string());
        }
        let mut chain = seen.lock().unwrap().clone();
        if chain.is_none() && error.is_none() && ask != "none" {
            chain = Some(
                connection.peer_certificates().unwrap_or_default().iter().map(|der| der.to_vec()).collect(),
            );
        }
        let fields = Fields {
            side: "server",
            error,
            version: connection.protocol_version().map(|version| format!("{version:?}")),
            cipher: connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())),
            server_name: connection.server_name().map(str::to_owned),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            asked: ask != "none",
            chain,
        };
        if fields.error.is_none() {
            let mut secure = rustls::Stream::new(&mut connection, &mut stream);
            let mut line = String::new();
            BufReader::new(&mut secure).read_line(&mut line).ok();
            write!(secure, "pong for {line}").ok();
            connection.send_close_notify();
        }
        while connection.wants_write() {
            if connection.write_tls(&mut stream).is_err() {
                break;
            }
        }
        fields.print();
    }
}

fn connect(options: &HashMap<String, String>) {
    let resolver = Arc::new(Choosing {
        key: own_certificate(options).map(|(chain, key)| {
            Arc::new(CertifiedKey::new(chain, rustls::crypto::ring::sign::any_supported_type(&key).unwrap()))
        }),
        asked: Mutex::default(),
    });
    let mut config = ClientConfig::builder_with_protocol_versions(&versions(options))
        .with_root_certificates(roots(options))
        .with_client_cert_resolver(resolver.clone());
    config.key_log = Arc::new(rustls::KeyLogFile::new());
    if !options.contains_key("compress") {
        config.cert_compressors.clear();
        config.cert_decompressors.clear();
    }
    let name = options.get("server-name").map_or("backend.example", String::as_str).to_owned();
    let config = Arc::new(config);
    let times: usize = options.get("times").map_or(1, |times| times.parse().unwrap());
    for _ in 0..times {
        *resolver.asked.lock().unwrap() = false;
        let mut connection =
            ClientConnection::new(config.clone(), ServerName::try_from(name.clone()).unwrap()).unwrap();
        let mut stream = TcpStream::connect(&options["connect"]).unwrap();
        let mut secure = rustls::Stream::new(&mut connection, &mut stream);
        let mut answer = Vec::new();
        let error = secure
            .write_all(b"ping\n")
            .and_then(|()| secure.read_to_end(&mut answer))
            .err()
            .map(|error| error.to_string());
        let asked = *resolver.asked.lock().unwrap();
        Fields {
            side: "client",
            error,
            version: connection.protocol_version().map(|version| format!("{version:?}")),
            cipher: connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())),
            server_name: Some(name.clone()),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            asked,
            chain: asked.then(|| match &resolver.key {
                Some(key) => key.cert.iter().map(|der| der.to_vec()).collect(),
                None => Vec::new(),
            }),
        }
        .print();
        connection.send_close_notify();
        connection.write_tls(&mut stream).ok();
    }
}

fn versions(options: &HashMap<String, String>) -> Vec<&'static rustls::SupportedProtocolVersion> {
    match options.get("version").map(String::as_str) {
        Some("1.3") => vec![&rustls::version::TLS13],
        _ => vec![&rustls::version::TLS12],
    }
}

fn own_certificate(
    options: &HashMap<String, String>,
) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = CertificateDer::pem_file_iter(options.get("certificate")?).unwrap().map(Result::unwrap).collect();
    Some((chain, PrivateKeyDer::from_pem_file(options.get("key")?).unwrap()))
}

fn roots(options: &HashMap<String, String>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for der in CertificateDer::pem_file_iter(&options["ca"]).unwrap() {
        roots.add(der.unwrap()).unwrap();
    }
    roots
}

struct Fields {
    side: &'static str,
    error: Option<String>,
    version: Option<String>,
    cipher: Option<String>,
    server_name: Option<String>,
    resumed: bool,
    asked: bool,
    chain: Chain,
}

impl Fields {
    fn print(&self) {
        let text = |value: &Option<String>| match value {
            Some(value) => format!("\"{}\"", value.replace('"', "'")),
            None => "null".to_owned(),
        };
        let chain = match &self.chain {
            None => "null".to_owned(),
            Some(chain) => {
                let list: Vec<String> = chain
                    .iter()
                    .map(|der| format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(der)))
                    .collect();
                format!("[{}]", list.join(", "))
            }
        };
        println!(
            "{{\"side\": \"{}\", \"handshake\": \"{}\", \"error\": {}, \"version\": {}, \"cipher\": {}, \
             \"server_name\": {}, \"resumed\": {}, \"asked\": {}, \"chain\": {}}}",
            self.side,
            if self.error.is_some() { "failed" } else { "completed" },
            text(&self.error),
            text(&self.version.as_ref().map(|version| version.replace("TLSv1_", "TLS 1."))),
            text(&self.cipher),
            text(&self.server_name),
            self.resumed,
            self.asked,
            chain
        );
    }
}

/// Remembers whether the server asked.
#[derive(Debug)]
struct Choosing {
    key: Option<Arc<CertifiedKey>>,
    asked: Mutex<bool>,
}

impl ResolvesClientCert for Choosing {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.asked.lock().unwrap() = true;
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Remembers the client's chain before it is judged.
#[derive(Debug)]
struct Logging {
    inner: Arc<dyn ClientCertVerifier>,
    seen: Arc<Mutex<Chain>>,
}

impl ClientCertVerifier for Logging {
    fn offer_client_auth(&self) -> bool {
        self.inner.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let mut chain = vec![end_entity.to_vec()];
        chain.extend(intermediates.iter().map(|der| der.to_vec()));
        *self.seen.lock().unwrap() = Some(chain);
        self.inner.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
