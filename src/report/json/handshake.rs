//! The objects within a connection's `handshakes`.

use std::fmt::Display;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::super::{names, times};
use super::inference::InferenceRecord;
use super::shown::{Each, Hex, Shown};
use crate::certificate::{Certificate, RawPublicKey, display_name};
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Handshake, Inference, OidFilter, Original,
    PreSharedKey, SeenAlert,
};
use crate::tls::ClientCertificateType;
use crate::verdict::Cause;

#[derive(Serialize)]
pub(super) struct HandshakeRecord<'a> {
    kind: &'static str,
    protocol_version: Option<Shown<&'a dyn Display>>,
    cipher_suite: Option<Shown<&'a dyn Display>>,
    visibility: &'static str,
    hello_retry_request: bool,
    resumed: bool,
    pre_shared_key: Option<PreSharedKeyRecord>,
    early_data: Option<&'static str>,
    client_hello_frames: &'a [u64],
    server_hello_frames: &'a [u64],
    certificate_request: Option<CertificateRequestRecord<'a>>,
    client_authentication: ClientAuthenticationRecord<'a>,
    certificate_verify_frames: &'a [u64],
    server_chain: Chain<'a>,
    outcome: &'static str,
    alerts: Each<'a, SeenAlert, AlertRecord<'a>>,
}

impl<'a> HandshakeRecord<'a> {
    pub(super) fn new(handshake: &'a Handshake, expected: Option<&Certificate>) -> Self {
        Self {
            kind: names::kind(handshake.kind),
            protocol_version: handshake.protocol_version.as_ref().map(|one| Shown::of(one)),
            cipher_suite: handshake.cipher_suite.as_ref().map(|one| Shown::of(one)),
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
                handshake.inference.as_deref(),
                expected,
            ),
            certificate_verify_frames: &handshake.certificate_verify_frames,
            server_chain: Chain(&handshake.server_chain),
            outcome: names::outcome(handshake.outcome),
            alerts: Each(&handshake.alerts, AlertRecord::new),
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
    certificate_types: Each<'a, u8, Shown<ClientCertificateType>>,
    signature_schemes: Vec<Shown<&'a dyn Display>>,
    certificate_authorities: Each<'a, Vec<u8>, String>,
    certificate_signature_schemes: Vec<Shown<&'a dyn Display>>,
    oid_filters: Each<'a, OidFilter, String>,
    trust_anchors: bool,
    malformed: bool,
}

impl<'a> CertificateRequestRecord<'a> {
    fn new(request: &'a CertificateRequest) -> Self {
        Self {
            frames: &request.frames,
            certificate_types: Each(&request.certificate_types, |number| {
                Shown(ClientCertificateType(*number))
            }),
            signature_schemes: request.signature_schemes.iter().map(|one| Shown::of(one)).collect(),
            certificate_authorities: Each(&request.certificate_authorities, |name| {
                display_name(name)
            }),
            certificate_signature_schemes: request
                .certificate_signature_schemes
                .iter()
                .map(|one| Shown::of(one))
                .collect(),
            oid_filters: Each(&request.oid_filters, names::oid_filter),
            trust_anchors: request.trust_anchors,
            malformed: request.malformed,
        }
    }
}

/// One client authentication; fields that the status leaves without meaning are null or empty.
#[derive(Serialize)]
pub(super) struct ClientAuthenticationRecord<'a> {
    status: &'static str,
    reason: Option<&'static str>,
    detail: Option<&'a str>,
    frames: &'a [u64],
    chain: Chain<'a>,
    chain_complete: Option<bool>,
    possession: Option<&'static str>,
    possession_detail: Option<&'a str>,
    raw_public_key: Option<RawPublicKeyRecord<'a>>,
    original: Option<OriginalRecord<'a>>,
    inference: Option<InferenceRecord<'a>>,
}

impl<'a> ClientAuthenticationRecord<'a> {
    /// `inference` is shown beside what is obscured; `expected` is what it is compared with.
    pub(super) fn new(
        authentication: &'a ClientAuthentication,
        inference: Option<&'a Inference>,
        expected: Option<&Certificate>,
    ) -> Self {
        let bare = Self::bare(names::status(authentication));
        match authentication {
            ClientAuthentication::NotRequested => bare,
            ClientAuthentication::Declined { frames } => Self { frames, ..bare },
            ClientAuthentication::Presented(presented) => Self {
                frames: &presented.frames,
                chain: Chain(&presented.chain),
                chain_complete: Some(presented.chain_complete),
                possession: Some(names::possession(&presented.possession)),
                possession_detail: names::possession_detail(&presented.possession),
                ..bare
            },
            ClientAuthentication::PresentedKey(presented) => Self {
                frames: &presented.frames,
                possession: Some(names::possession(&presented.possession)),
                possession_detail: names::possession_detail(&presented.possession),
                raw_public_key: Some(RawPublicKeyRecord::new(&presented.key)),
                ..bare
            },
            ClientAuthentication::Resumed { original } => {
                Self { original: original.as_deref().map(OriginalRecord::new), ..bare }
            }
            ClientAuthentication::Obscured(obscurity) => Self {
                reason: Some(Cause::Obscured(obscurity.reason).code()),
                detail: Some(&obscurity.detail),
                inference: inference.map(|inference| InferenceRecord::new(inference, expected)),
                ..bare
            },
        }
    }

    /// The status and nothing else.
    fn bare(status: &'static str) -> Self {
        Self {
            status,
            reason: None,
            detail: None,
            frames: &[],
            chain: Chain(&[]),
            chain_complete: None,
            possession: None,
            possession_detail: None,
            raw_public_key: None,
            original: None,
            inference: None,
        }
    }
}

#[derive(Serialize)]
struct RawPublicKeyRecord<'a> {
    public_key: &'a str,
    spki_sha256: Hex<'a>,
    length: usize,
}

impl<'a> RawPublicKeyRecord<'a> {
    fn new(key: &'a RawPublicKey) -> Self {
        Self {
            public_key: &key.public_key.description,
            spki_sha256: Hex(&key.spki_sha256.0),
            length: key.public_key.spki_der.len(),
        }
    }
}

#[derive(Serialize)]
struct OriginalRecord<'a> {
    capture: usize,
    stream: Option<u64>,
    handshake: usize,
    frame: u64,
    status: &'static str,
    sha1: Option<Hex<'a>>,
    sha256: Option<Hex<'a>>,
    subject: Option<&'a str>,
}

impl<'a> OriginalRecord<'a> {
    fn new(original: &'a Original) -> Self {
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
            sha1: leaf.map(|leaf| Hex(&leaf.sha1.0)),
            sha256: leaf.map(|leaf| Hex(&leaf.sha256.0)),
            subject: fields.map(|fields| fields.subject.as_str()),
        }
    }
}

/// The certificates of a chain, end-entity first.
struct Chain<'a>(&'a [Arc<Certificate>]);

impl Serialize for Chain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Each(self.0, |certificate| CertificateRecord::new(certificate)).serialize(serializer)
    }
}

/// One certificate; everything that needs parsing is null where the DER could not be parsed, and
/// `unreadable` says why.
#[derive(Serialize)]
struct CertificateRecord<'a> {
    subject: Option<&'a str>,
    issuer: Option<&'a str>,
    serial: Option<&'a str>,
    not_before: Option<String>,
    not_after: Option<String>,
    sha1: Hex<'a>,
    sha256: Hex<'a>,
    public_key: Option<&'a str>,
    spki_sha256: Option<Hex<'a>>,
    extended_key_usages: Option<&'a [String]>,
    digital_signature: Option<bool>,
    dns_names: &'a [String],
    length: usize,
    oddities: &'a [String],
    unreadable: Option<&'a str>,
}

impl<'a> CertificateRecord<'a> {
    fn new(certificate: &'a Certificate) -> Self {
        let fields = certificate.fields.as_ref().ok();
        Self {
            subject: fields.map(|fields| fields.subject.as_str()),
            issuer: fields.map(|fields| fields.issuer.as_str()),
            serial: fields.map(|fields| fields.serial.as_str()),
            not_before: fields
                .and_then(|fields| fields.not_before)
                .and_then(times::certificate_time),
            not_after: fields.and_then(|fields| fields.not_after).and_then(times::certificate_time),
            sha1: Hex(&certificate.sha1.0),
            sha256: Hex(&certificate.sha256.0),
            public_key: fields.map(|fields| fields.public_key.description.as_str()),
            spki_sha256: fields.map(|fields| Hex(&fields.spki_sha256.0)),
            extended_key_usages: fields.and_then(|fields| fields.extended_key_usages.as_deref()),
            digital_signature: fields.and_then(|fields| fields.digital_signature),
            dns_names: fields.map_or(&[], |fields| &fields.dns_names),
            length: certificate.der.len(),
            oddities: fields.map_or(&[], |fields| &fields.oddities),
            unreadable: certificate.fields.as_ref().err().map(String::as_str),
        }
    }
}

#[derive(Serialize)]
struct AlertRecord<'a> {
    from: Option<&'static str>,
    level: Shown<&'a dyn Display>,
    description: Shown<&'a dyn Display>,
    frame: u64,
}

impl<'a> AlertRecord<'a> {
    fn new(seen: &'a SeenAlert) -> Self {
        Self {
            from: seen.from_client.map(|client| if client { "client" } else { "server" }),
            level: Shown::of(&seen.alert.level),
            description: Shown::of(&seen.alert.description),
            frame: seen.frame,
        }
    }
}
