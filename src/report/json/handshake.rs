//! The objects within a connection's `handshakes`.

use serde::Serialize;

use super::super::summary::leaf_sha1;
use super::super::{names, times};
use super::inference::InferenceRecord;
use crate::certificate::{Certificate, RawPublicKey, display_name};
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Handshake, Inference, Obscurity, Original,
    PreSharedKey, Presented, SeenAlert,
};
use crate::tls::ClientCertificateType;
use crate::verdict::Cause;

#[derive(Serialize)]
pub(super) struct HandshakeRecord<'a> {
    kind: &'static str,
    protocol_version: Option<String>,
    cipher_suite: Option<String>,
    visibility: &'static str,
    hello_retry_request: bool,
    resumed: bool,
    pre_shared_key: Option<PreSharedKeyRecord>,
    early_data: Option<&'static str>,
    client_hello_frames: &'a [u64],
    server_hello_frames: &'a [u64],
    certificate_request: Option<CertificateRequestRecord<'a>>,
    client_authentication: ClientAuthenticationRecord,
    certificate_verify_frames: &'a [u64],
    server_chain: Vec<CertificateRecord>,
    outcome: &'static str,
    alerts: Vec<AlertRecord>,
}

impl<'a> HandshakeRecord<'a> {
    pub(super) fn new(handshake: &'a Handshake, expected: Option<&Certificate>) -> Self {
        Self {
            kind: names::kind(handshake.kind),
            protocol_version: handshake.protocol_version.map(|version| version.to_string()),
            cipher_suite: handshake.cipher_suite.map(|suite| suite.to_string()),
            visibility: names::visibility(handshake.visibility),
            hello_retry_request: handshake.hello_retry_request,
            resumed: handshake.resumed,
            pre_shared_key: handshake.session.pre_shared_key.map(PreSharedKeyRecord::new),
            early_data: handshake.session.early_data.map(names::early_data),
            client_hello_frames: &handshake.client_hello_frames,
            server_hello_frames: &handshake.server_hello_frames,
            certificate_request: handshake
                .certificate_request
                .as_ref()
                .map(CertificateRequestRecord::new),
            client_authentication: ClientAuthenticationRecord::new(
                &handshake.client_authentication,
                handshake.inference.as_ref(),
                expected,
            ),
            certificate_verify_frames: &handshake.certificate_verify_frames,
            server_chain: handshake
                .server_chain
                .iter()
                .map(|certificate| CertificateRecord::new(certificate))
                .collect(),
            outcome: names::outcome(handshake.outcome),
            alerts: handshake.alerts.iter().map(AlertRecord::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct PreSharedKeyRecord {
    offered: Option<usize>,
    accepted: Option<u16>,
    origin: &'static str,
    zero_ticket_age: Option<bool>,
}

impl PreSharedKeyRecord {
    fn new(key: PreSharedKey) -> Self {
        Self {
            offered: key.offered,
            accepted: key.accepted,
            origin: names::psk_origin(key.origin),
            zero_ticket_age: key.zero_ticket_age,
        }
    }
}

#[derive(Serialize)]
struct CertificateRequestRecord<'a> {
    frames: &'a [u64],
    certificate_types: Vec<String>,
    signature_schemes: Vec<String>,
    certificate_authorities: Vec<String>,
    malformed: bool,
}

impl<'a> CertificateRequestRecord<'a> {
    fn new(request: &'a CertificateRequest) -> Self {
        let certificate_types = request.certificate_types.iter();
        let authorities = request.certificate_authorities.iter();
        Self {
            frames: &request.frames,
            certificate_types: certificate_types
                .map(|number| ClientCertificateType(*number).to_string())
                .collect(),
            signature_schemes: request.signature_schemes.iter().map(ToString::to_string).collect(),
            certificate_authorities: authorities.map(|name| display_name(name)).collect(),
            malformed: request.malformed,
        }
    }
}

/// One client authentication; fields that the status leaves without meaning are null or empty.
#[derive(Default, Serialize)]
pub(super) struct ClientAuthenticationRecord {
    status: &'static str,
    reason: Option<&'static str>,
    detail: Option<String>,
    frames: Vec<u64>,
    chain: Vec<CertificateRecord>,
    chain_complete: Option<bool>,
    possession: Option<&'static str>,
    possession_detail: Option<String>,
    raw_public_key: Option<RawPublicKeyRecord>,
    original: Option<OriginalRecord>,
    inference: Option<InferenceRecord>,
}

impl ClientAuthenticationRecord {
    /// `inference` is shown beside what is obscured; `expected` is what it is compared with.
    pub(super) fn new(
        authentication: &ClientAuthentication,
        inference: Option<&Inference>,
        expected: Option<&Certificate>,
    ) -> Self {
        let status = names::status(authentication);
        match authentication {
            ClientAuthentication::NotRequested => Self { status, ..Self::default() },
            ClientAuthentication::Declined { frames } => {
                Self { status, frames: frames.clone(), ..Self::default() }
            }
            ClientAuthentication::Presented(presented) => Self::presented(status, presented),
            ClientAuthentication::PresentedKey(presented) => Self {
                status,
                frames: presented.frames.clone(),
                possession: Some(names::possession(&presented.possession)),
                possession_detail: names::possession_detail(&presented.possession)
                    .map(str::to_owned),
                raw_public_key: Some(RawPublicKeyRecord::new(&presented.key)),
                ..Self::default()
            },
            ClientAuthentication::Resumed { original } => Self {
                status,
                original: original.as_deref().map(OriginalRecord::new),
                ..Self::default()
            },
            ClientAuthentication::Obscured(obscurity) => Self {
                inference: inference.map(|inference| InferenceRecord::new(inference, expected)),
                ..Self::obscured(status, obscurity)
            },
        }
    }

    fn presented(status: &'static str, presented: &Presented) -> Self {
        Self {
            status,
            frames: presented.frames.clone(),
            chain: presented
                .chain
                .iter()
                .map(|certificate| CertificateRecord::new(certificate))
                .collect(),
            chain_complete: Some(presented.chain_complete),
            possession: Some(names::possession(&presented.possession)),
            possession_detail: names::possession_detail(&presented.possession).map(str::to_owned),
            ..Self::default()
        }
    }

    fn obscured(status: &'static str, obscurity: &Obscurity) -> Self {
        Self {
            status,
            reason: Some(Cause::Obscured(obscurity.reason).code()),
            detail: Some(obscurity.detail.clone()),
            ..Self::default()
        }
    }
}

#[derive(Serialize)]
struct RawPublicKeyRecord {
    public_key: String,
    spki_sha256: String,
    length: usize,
}

impl RawPublicKeyRecord {
    fn new(key: &RawPublicKey) -> Self {
        Self {
            public_key: key.public_key.description.clone(),
            spki_sha256: key.spki_sha256.to_string(),
            length: key.public_key.spki_der.len(),
        }
    }
}

#[derive(Serialize)]
struct OriginalRecord {
    capture: usize,
    stream: u64,
    handshake: usize,
    frame: u64,
    status: &'static str,
    sha1: Option<String>,
    sha256: Option<String>,
    subject: Option<String>,
}

impl OriginalRecord {
    fn new(original: &Original) -> Self {
        let leaf = match &original.client_authentication {
            ClientAuthentication::Presented(presented) => presented.chain.first(),
            _ => None,
        };
        let fields = leaf.and_then(|leaf| leaf.fields.as_ref().ok());
        Self {
            capture: original.capture,
            stream: original.stream,
            handshake: original.handshake,
            frame: original.frame,
            status: names::status(&original.client_authentication),
            sha1: leaf_sha1(&original.client_authentication),
            sha256: leaf.map(|leaf| leaf.sha256.to_string()),
            subject: fields.map(|fields| fields.subject.clone()),
        }
    }
}

/// One certificate; everything that needs parsing is null where the DER could not be parsed, and
/// `unreadable` says why.
#[derive(Serialize)]
struct CertificateRecord {
    subject: Option<String>,
    issuer: Option<String>,
    serial: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    sha1: String,
    sha256: String,
    public_key: Option<String>,
    spki_sha256: Option<String>,
    extended_key_usages: Option<Vec<String>>,
    digital_signature: Option<bool>,
    dns_names: Vec<String>,
    length: usize,
    oddities: Vec<String>,
    unreadable: Option<String>,
}

impl CertificateRecord {
    fn new(certificate: &Certificate) -> Self {
        let fields = certificate.fields.as_ref().ok();
        Self {
            subject: fields.map(|fields| fields.subject.clone()),
            issuer: fields.map(|fields| fields.issuer.clone()),
            serial: fields.map(|fields| fields.serial.clone()),
            not_before: fields
                .and_then(|fields| fields.not_before)
                .and_then(times::certificate_time),
            not_after: fields.and_then(|fields| fields.not_after).and_then(times::certificate_time),
            sha1: certificate.sha1.to_string(),
            sha256: certificate.sha256.to_string(),
            public_key: fields.map(|fields| fields.public_key.description.clone()),
            spki_sha256: fields.map(|fields| fields.spki_sha256.to_string()),
            extended_key_usages: fields.and_then(|fields| fields.extended_key_usages.clone()),
            digital_signature: fields.and_then(|fields| fields.digital_signature),
            dns_names: fields.map(|fields| fields.dns_names.clone()).unwrap_or_default(),
            length: certificate.der.len(),
            oddities: fields.map(|fields| fields.oddities.clone()).unwrap_or_default(),
            unreadable: certificate.fields.as_ref().err().cloned(),
        }
    }
}

#[derive(Serialize)]
struct AlertRecord {
    from: Option<&'static str>,
    level: String,
    description: String,
    frame: u64,
}

impl AlertRecord {
    fn new(seen: &SeenAlert) -> Self {
        Self {
            from: seen.from_client.map(|client| if client { "client" } else { "server" }),
            level: seen.alert.level.to_string(),
            description: seen.alert.description.to_string(),
            frame: seen.frame,
        }
    }
}
